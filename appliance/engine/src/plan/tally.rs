//! Counting a plan: findings, what is written, what every policy would do, and the space
//! that it takes at its worst moment.

use super::{
    classify::{Action, Case, Finding, decide},
    step::{Step, What},
    summary::{Outlook, Summary},
};
use crate::{
    place::{Abilities, Kind, Space, join},
    worker::protocol::Amount,
};
use ocdeck_domain::restore::OverwritePolicy;
use ocdeck_domain::text;

/// How many skipped paths are named in a plan; all are named when it runs.
const NAMED: usize = 100;
/// What the smallest file takes.
const BLOCK: u64 = 4096;

/// The policies' decisions at one path, in the order of [`OverwritePolicy::ALL`].
pub(super) type Decisions = [Action; OverwritePolicy::ALL.len()];

/// What each policy does with a case.
pub(super) fn decisions(is_folder: bool, case: Case) -> Decisions {
    OverwritePolicy::ALL.map(|policy| decide(policy, is_folder, case))
}

/// Counts.
pub(super) struct Tally {
    pub(super) summary: Summary,
    skipped_names: Vec<String>,
    /// Written, with attributes.
    with_xattrs: u64,
    /// Written, and of owners that only root can give files to.
    strangers: u64,
    newer_replaced: u64,
    newly_made: u64,
    /// Bytes more than before, after the steps so far; and the most they ever were.
    taken: i128,
    peak: i128,
}

impl Tally {
    pub(super) fn new() -> Self {
        let outlook = |policy| Outlook {
            policy,
            created: Amount::default(),
            replaced: Amount::default(),
            left: Amount::default(),
        };
        Self {
            summary: Summary {
                outlooks: OverwritePolicy::ALL.map(outlook).to_vec(),
                ..Summary::default()
            },
            skipped_names: Vec::new(),
            with_xattrs: 0,
            strangers: 0,
            newer_replaced: 0,
            newly_made: 0,
            taken: 0,
            peak: 0,
        }
    }

    /// What each policy would do with a file or link of this many bytes, or with something
    /// that stands where a folder belongs.
    pub(super) fn decisions(&mut self, decisions: &Decisions, bytes: u64) {
        let amount = Amount { files: 1, bytes };
        for (outlook, action) in self.summary.outlooks.iter_mut().zip(decisions) {
            match action {
                Action::Create | Action::Beside => outlook.created += amount,
                Action::Replace => outlook.replaced += amount,
                Action::Keep => outlook.left += amount,
                Action::Skip => {}
            }
        }
    }

    /// Something is written that may not come back as it was. `own`: who the agent is,
    /// when it may give files to nobody else.
    pub(super) fn peculiar(&mut self, step: &Step, own: Option<u32>) {
        self.with_xattrs += u64::from(!step.xattrs.is_empty());
        let stranger = own.is_some() && step.uid.is_some() && step.uid != own;
        self.strangers += u64::from(stranger);
    }

    /// A step of the plan; `room` is what it takes on the disk.
    pub(super) fn step(&mut self, target: &[u8], step: &Step, room: u64) {
        let is_folder = step.what == What::Folder;
        if is_folder && matches!(step.action, Action::Create | Action::Replace) {
            self.summary.new_folders += 1;
            self.newly_made += 1;
            self.take(BLOCK, 0);
        }
        let merged = is_folder && step.finding.is_none_or(|finding| finding == Finding::New);
        if merged && step.action != Action::Skip {
            return;
        }
        self.find(target, step);
        let amount = Amount {
            files: 1,
            bytes: step.size,
        };
        if step.writes() {
            self.summary.written += amount;
            self.summary.linked += u64::from(step.link.is_some());
            self.write(target, step, room);
        }
        if step.action == Action::Replace {
            let bytes = step.there.map_or(0, |there| there.size);
            self.summary.replaced += Amount { files: 1, bytes };
        }
    }

    fn find(&mut self, target: &[u8], step: &Step) {
        let amount = Amount {
            files: 1,
            bytes: step.size,
        };
        let found = match (step.action, step.finding) {
            (Action::Skip, _) | (_, None) => {
                if self.skipped_names.len() < NAMED {
                    let path = join(target, &step.path);
                    let path = text::show(&path);
                    self.skipped_names
                        .push(format!("{path} is not restored: {}", step.reason));
                }
                &mut self.summary.skipped
            }
            (_, Some(Finding::New)) => &mut self.summary.new,
            (_, Some(Finding::Changed)) => &mut self.summary.changed,
            (_, Some(Finding::Same)) => &mut self.summary.same,
            (_, Some(Finding::Conflict)) => &mut self.summary.conflict,
        };
        *found += amount;
    }

    fn write(&mut self, target: &[u8], step: &Step, room: u64) {
        if self.summary.first_paths.len() < 3 {
            self.summary.first_paths.push(join(target, &step.path));
        }
        let replaced = step
            .there
            .filter(|there| step.action == Action::Replace && there.kind == Kind::File)
            // Another name keeps what a shared file takes.
            .filter(|there| !there.shared)
            .map_or(0, |there| there.size);
        let is_conflict = step.finding == Some(Finding::Conflict);
        self.newer_replaced += u64::from(is_conflict && step.action == Action::Replace);
        self.newly_made += u64::from(step.action != Action::Replace);
        self.take(room, replaced);
    }

    /// The new stands beside the old until it gets its name.
    fn take(&mut self, bytes: u64, given_back: u64) {
        let blocks = |bytes: u64| i128::from(bytes.div_ceil(BLOCK) * BLOCK);
        self.taken += blocks(bytes);
        self.peak = self.peak.max(self.taken);
        self.taken -= blocks(given_back);
    }

    /// A problem that must be mended first.
    pub(super) fn problem(&mut self, text: impl Into<String>) {
        self.summary.problems.push(text.into());
    }

    /// Compares with what is free at the target.
    pub(super) fn fit(&mut self, target: &str, space: Space) {
        self.summary.free_bytes = space.bytes;
        let needed = u64::try_from(self.peak).unwrap_or(0);
        if needed > space.bytes {
            self.problem(format!(
                "{} are needed at {target} and {} are free: free {} there, or choose another target",
                human(needed),
                human(space.bytes),
                human(needed - space.bytes)
            ));
        }
        if let Some(free) = space.files.filter(|free| *free < self.newly_made) {
            self.problem(format!(
                "{} files and folders would be made at {target}, and its file system has room \
                 for {free}: remove some there, or choose another target",
                self.newly_made
            ));
        }
    }

    /// The plan as a whole.
    pub(super) fn finish(
        mut self,
        policy: OverwritePolicy,
        abilities: Option<Abilities>,
    ) -> Summary {
        let same = self.summary.same.files;
        let differing = self.summary.changed.files + self.summary.conflict.files;
        let linked = self.summary.linked;
        let mut warn = |count: u64, text: String| {
            if count > 0 {
                self.summary.warnings.push(text);
            }
        };
        warn(
            self.newer_replaced,
            format!(
                "{} are newer than the point's or of another type, and would be replaced",
                files(self.newer_replaced)
            ),
        );
        if policy == OverwritePolicy::ReplaceChanged {
            warn(
                differing,
                "what differs was counted by type, size and time; when it runs, files of equal \
                 content are left as they are"
                    .to_owned(),
            );
        }
        if policy != OverwritePolicy::ReplaceAll {
            warn(
                same,
                format!(
                    "{} the same by type, size and time and would stay; their content was not \
                     compared: choose replace all to write them again",
                    if same == 1 {
                        "1 file is".to_owned()
                    } else {
                        format!("{same} files are")
                    }
                ),
            );
        }
        warn(
            linked,
            match abilities {
                Some(Abilities { links: false, .. }) => format!(
                    "{} had several names (hard links), which the target's file system does not \
                     know: each becomes a file of its own",
                    files(linked)
                ),
                _ => format!(
                    "{} had several names (hard links): those restored together become one file \
                     again, and take its room once",
                    files(linked)
                ),
            },
        );
        if abilities.is_some_and(|abilities| !abilities.xattrs) {
            warn(
                self.with_xattrs,
                format!(
                    "{} had extended attributes, which the target's file system does not hold: \
                     each is restored without them, and named",
                    files(self.with_xattrs)
                ),
            );
        }
        warn(
            self.strangers,
            format!(
                "{} had other owners: the agent does not run as root, so they will belong to its \
                 user, without set-id bits",
                files(self.strangers)
            ),
        );
        let more = self.summary.skipped.files - self.skipped_names.len() as u64;
        self.summary.warnings.append(&mut self.skipped_names);
        if more > 0 {
            let text = format!("{} more are not restored", files(more));
            self.summary.warnings.push(text);
        }
        self.summary
    }
}

fn files(count: u64) -> String {
    match count {
        1 => "1 file".to_owned(),
        _ => format!("{count} files"),
    }
}

/// Bytes as a person reads them.
pub(crate) fn human(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let mut shown = format!("{bytes} bytes");
    let mut scaled = bytes as f64;
    for unit in UNITS {
        if scaled < 999.5 {
            break;
        }
        scaled /= 1000.0;
        shown = format!("{scaled:.1} {unit}");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_readable() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (1_234_567, "1.2 MB"),
            (u64::MAX, "18446.7 PB"),
        ] {
            assert_eq!(human(bytes), text);
        }
    }
}

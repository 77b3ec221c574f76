//! The plans that are kept: 24 h under their digest, in the state folder.

use crate::{agent::StartError, state::Facts, work::Refusal};
use ocdeck_domain::{
    facts::{Amount, Time},
    ids::RequestId,
    restore::Order,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// So long a plan can be dispatched.
pub(super) const KEEP: chrono::TimeDelta = chrono::TimeDelta::hours(24);
/// So long the journal of a request is kept after it was last written.
const KEEP_JOURNAL: Duration = Duration::from_secs(30 * 24 * 3600);

/// What is kept beside a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ticket {
    /// What it is a plan of.
    pub(super) order: Order,
    /// Why one person may not dispatch it alone.
    pub(super) beyond_limit: Vec<String>,
    /// What must be mended first.
    pub(super) problems: Vec<String>,
    /// When it was made.
    pub(super) made: Time,
    /// Files that it creates.
    #[serde(default)]
    pub(super) created: Amount,
    /// Existing files that it replaces.
    #[serde(default)]
    pub(super) replaced: Amount,
    /// What it writes in all.
    #[serde(default)]
    pub(super) written: Amount,
}

/// The folders of plans and journals.
pub(crate) struct Plans {
    plans: PathBuf,
    journals: PathBuf,
}

impl Plans {
    pub(crate) fn open(state_dir: &Path) -> Result<Self, StartError> {
        let plans = Self {
            plans: state_dir.join("plans"),
            journals: state_dir.join("journals"),
        };
        for path in [&plans.plans, &plans.journals] {
            fs::create_dir_all(path).map_err(|source| StartError::Folder {
                path: path.clone(),
                source,
            })?;
        }
        Ok(plans)
    }

    /// A name for a plan whose digest is not known yet.
    pub(super) fn draft(&self) -> PathBuf {
        self.plans.join(format!("{}.draft", uuid::Uuid::new_v4()))
    }

    /// Plans that were cut off while they were made, each by the name that its draft had.
    pub(crate) fn cut_off(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(&self.plans).into_iter().flatten().flatten();
        let draft = |path: PathBuf| match path.extension().and_then(OsStr::to_str) {
            Some("draft") => Some(path),
            Some("part") => Some(path.with_extension("")),
            Some("ticket-draft") => Some(path.with_extension("draft")),
            _ => None,
        };
        let drafts: BTreeSet<PathBuf> = files.filter_map(|file| draft(file.path())).collect();
        drafts.into_iter().collect()
    }

    /// The ticket of a draft, should there be one, is nobody's.
    pub(crate) fn forget_ticket(draft: &Path) {
        let _ = fs::remove_file(draft.with_extension("ticket-draft"));
    }

    /// The plan of that digest.
    pub(super) fn file(&self, digest: &[u8]) -> PathBuf {
        self.plans.join(format!("{}.plan", hex(digest)))
    }

    fn ticket_file(&self, digest: &[u8]) -> PathBuf {
        self.plans.join(format!("{}.ticket", hex(digest)))
    }

    /// The journal of a request, for all its attempts.
    pub(super) fn journal(&self, request: RequestId) -> PathBuf {
        self.journals.join(format!("{request}.journal"))
    }

    /// Gives a draft its name. The ticket comes first: a plan with a name has one.
    pub(super) fn keep(&self, draft: &Path, digest: &[u8], ticket: &Ticket) -> Result<(), Refusal> {
        let failed = |error: io::Error| {
            Refusal::Internal(format!(
                "the plan cannot be kept in {}: {error}",
                self.plans.display()
            ))
        };
        let text = serde_json::to_vec(ticket).map_err(|error| failed(error.into()))?;
        // The plan itself is on the disk: a dispatch that names it may not lose it.
        let beside = draft.with_extension("ticket-draft");
        write_through(&beside, &text)
            .and_then(|()| fs::rename(&beside, self.ticket_file(digest)))
            .and_then(|()| fs::rename(draft, self.file(digest)))
            .and_then(|()| fs::File::open(&self.plans)?.sync_all())
            .map_err(failed)
    }

    /// The ticket of a plan that is still kept.
    pub(super) fn ticket(&self, digest: &[u8], now: Time) -> Result<Ticket, Refusal> {
        let unknown = |text: &str| Refusal::FailedPrecondition {
            code: "PLAN_UNKNOWN",
            text: format!("{text}; plan again"),
        };
        let there = self.file(digest).exists();
        let text = fs::read(self.ticket_file(digest)).ok().filter(|_| there);
        let ticket: Ticket = text
            .and_then(|text| serde_json::from_slice(&text).ok())
            .ok_or_else(|| unknown("this appliance does not know the plan"))?;
        if now - ticket.made > KEEP {
            return Err(unknown("the plan is older than 24 h"));
        }
        Ok(ticket)
    }

    /// Removes plans that nobody can dispatch any more and journals that nobody will
    /// continue, but none of a restore that has not ended.
    pub(crate) fn sweep(&self, facts: &Facts) {
        let unended = facts.unended_restores();
        let mut needed = BTreeSet::new();
        for restore in &unended {
            needed.insert(self.journal(restore.request));
            let digest = super::dispatch::digest_of(facts, restore);
            needed.extend(digest.into_iter().map(|digest| self.file(&digest)));
        }
        let old_plan = KEEP.to_std().unwrap_or_default();
        for (folder, age) in [(&self.plans, old_plan), (&self.journals, KEEP_JOURNAL)] {
            if let Err(error) = sweep_folder(folder, age, &needed) {
                tracing::warn!(folder = %folder.display(), %error, "old plans are not swept");
            }
        }
    }
}

fn write_through(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn sweep_folder(folder: &Path, age: Duration, needed: &BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // A ticket is needed as long as its plan.
        let plan = match path.extension() {
            Some(extension) if extension == OsStr::new("ticket") => path.with_extension("plan"),
            _ => path.clone(),
        };
        if needed.contains(&plan) {
            continue;
        }
        let modified = fs::metadata(&path)?.modified()?;
        let old = SystemTime::now()
            .duration_since(modified)
            .is_ok_and(|passed| passed > age);
        if old {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ocdeck_domain::restore::{OverwritePolicy, Target};

    #[test]
    fn a_plan_is_kept_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let plans = Plans::open(folder.path()).unwrap();
        let made = Time::UNIX_EPOCH;
        let ticket = Ticket {
            order: Order {
                system: "erp01".into(),
                point: "p".into(),
                paths: vec![b"/srv/\xff".to_vec()],
                target: Target::Original,
                policy: OverwritePolicy::KeepBoth,
            },
            beyond_limit: Vec::new(),
            problems: Vec::new(),
            made,
            created: Amount::default(),
            replaced: Amount::default(),
            written: Amount::default(),
        };
        let draft = plans.draft();
        fs::write(&draft, "plan").unwrap();
        plans.keep(&draft, &[1, 2], &ticket).unwrap();
        assert!(!draft.exists());
        let code = |refusal: Result<Ticket, Refusal>| match refusal {
            Err(Refusal::FailedPrecondition { code, .. }) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(plans.ticket(&[1, 2], made + KEEP).unwrap(), ticket);
        let late = made + KEEP + chrono::TimeDelta::seconds(1);
        assert_eq!(code(plans.ticket(&[1, 2], late)), "PLAN_UNKNOWN");
        assert_eq!(code(plans.ticket(&[9], made)), "PLAN_UNKNOWN");
    }
}

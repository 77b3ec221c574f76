//! The loop: batches of steps, each claimed in the journal before it is written, and
//! synced to the disk before the journal says that it is done.

use super::{
    RestoreError,
    content::was_found_restored,
    dress,
    journal::{Journal, Past},
    links::Links,
    pace::Pace,
    report::{Reporter, amount},
    step::Outcome,
};
use crate::{
    place::{Syncer, Tree, key},
    plan::{Action, Head, Holes, PlanFile, PointSource, Step, Steps, What},
    worker::Cancel,
};
use ocdeck_domain::text;
use ocdeck_faults::{Point, reached};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// Steps read at a time, and so the most files between two syncs.
const BATCH: usize = 1000;
/// The longest time between two syncs, as far as single files allow.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// What this attempt has done.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Keys of what is as the point has it, on the disk, by this attempt.
    pub(super) done: HashSet<u64>,
    /// Keys of what is written since the last sync.
    unsynced: Vec<u64>,
    /// Where in the plan the folders stand that get their metadata at the end.
    pub(super) to_dress: Vec<u64>,
    pub(super) syncer: Syncer,
    pub(super) holes: Holes,
    /// The target was full once: what does not fit is not begun any more.
    pub(super) full: bool,
}

/// Everything that writing needs.
pub(super) struct Writer<'a, 'e> {
    pub(super) source: &'a dyn PointSource,
    pub(super) cancel: &'a Cancel,
    pub(super) pace: Pace,
    /// An earlier attempt may have made what is found.
    pub(super) resumed: bool,
    pub(super) past: &'a Past,
    pub(super) tree: &'a mut Tree,
    pub(super) links: Links,
    pub(super) journal: Journal,
    pub(super) reporter: &'a mut Reporter<'e>,
    pub(super) head: Head,
    pub(super) state: State,
}

impl Writer<'_, '_> {
    /// Writes everything that the plan says, or all until the work shall end.
    pub(super) fn write_all(&mut self, plan: &mut PlanFile) -> Result<(), RestoreError> {
        let mut steps = plan.steps()?;
        while !self.cancel.is_cancelled() {
            let batch = read_batch(&mut steps)?;
            if batch.is_empty() {
                break;
            }
            let next: Vec<u64> = batch
                .iter()
                .filter(|(_, step)| step.writes())
                .map(|(_, step)| key(&step.path))
                .filter(|key| !self.past.done.contains(key))
                .collect();
            reached(Point::WorkerBeforeClaim);
            self.journal.next(&next)?;
            reached(Point::WorkerAfterClaim);
            self.write_batch(&batch)?;
        }
        self.reporter.outcome.cancelled = self.cancel.is_cancelled();
        dress::folders(self, plan)?;
        self.sync()
    }

    fn write_batch(&mut self, batch: &[(u64, Step)]) -> Result<(), RestoreError> {
        let mut synced = Instant::now();
        for (at, step) in batch {
            if self.cancel.is_cancelled() {
                break;
            }
            self.carry_out(*at, step);
            if synced.elapsed() >= SYNC_EVERY {
                self.sync()?;
                synced = Instant::now();
            }
        }
        self.sync()
    }

    fn carry_out(&mut self, at: u64, step: &Step) {
        match (&step.what, step.action) {
            (What::Nothing, _) | (_, Action::Skip) => {
                let text = format!("not restored: {}", step.reason);
                self.reporter.warn(&step.path, text);
            }
            (What::Folder, Action::Keep) if step.finding.is_some() => {
                self.reporter.outcome.left += amount(step);
            }
            (What::Folder, _) => self.folder(at, step),
            (_, Action::Keep) if self.is_unsure(step) => self.file(at, step),
            (_, Action::Keep) => self.kept(step),
            _ => {
                self.reporter.working(step, 0);
                self.file(at, step);
                self.reporter.through(step);
            }
        }
    }

    /// Whether what the plan found as it should be, by size and time, was written by an
    /// attempt that did not come to sync it: a power cut can have taken its bytes.
    fn is_unsure(&self, step: &Step) -> bool {
        was_found_restored(step) && self.past.open.contains(&key(&step.path))
    }

    /// What the plan found as it should be: by an earlier attempt of this request, or not.
    fn kept(&mut self, step: &Step) {
        if was_found_restored(step) && self.past.done.contains(&key(&step.path)) {
            self.reporter.outcome.done_before += amount(step);
        } else {
            self.reporter.outcome.left += amount(step);
        }
    }

    fn file(&mut self, at: u64, step: &Step) {
        let key = key(&step.path);
        if self.past.done.contains(&key) {
            self.links.in_place(step, at, None);
            self.reporter.outcome.done_before += amount(step);
            return;
        }
        let outcome = self.write_file(at, step);
        let counts = &mut self.reporter.outcome;
        match outcome {
            Outcome::Written => counts.written += amount(step),
            Outcome::WasRestored => counts.done_before += amount(step),
            Outcome::Equal => counts.left += amount(step),
            Outcome::Changed => self.reporter.changed(&step.path),
            Outcome::Failed(ref text) => self.reporter.failed(&step.path, text.as_str()),
            Outcome::Cancelled => {}
        }
        if matches!(outcome, Outcome::Written | Outcome::WasRestored) {
            self.state.unsynced.push(key);
        }
    }

    /// Brings what was written to the disk and says so in the journal.
    fn sync(&mut self) -> Result<(), RestoreError> {
        self.state
            .syncer
            .sync()
            .map_err(|source| RestoreError::Sync {
                target: text::show(&self.head.place.target()),
                source,
            })?;
        reached(Point::WorkerBeforeDone);
        self.journal.synced(&self.state.unsynced)?;
        reached(Point::WorkerAfterDone);
        self.state.done.extend(self.state.unsynced.drain(..));
        Ok(())
    }
}

fn read_batch(steps: &mut Steps<'_>) -> Result<Vec<(u64, Step)>, RestoreError> {
    steps
        .take(BATCH)
        .collect::<Result<_, _>>()
        .map_err(RestoreError::from)
}

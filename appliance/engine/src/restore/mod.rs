//! Carrying out a plan: what it says and nothing else, file by file, so that an error
//! costs one file, a cancel leaves nothing half, and a kill at any moment can be continued.
//!
//! All writing goes through [`crate::place`]; what is written where was decided by
//! [`crate::plan`]. It never chooses.

mod batch;
mod content;
mod dress;
mod journal;
mod links;
mod pace;
mod report;
mod step;
mod verify;

#[cfg(test)]
mod tests;

use crate::{
    place::{PlaceError, Tree, part_name, split},
    plan::{PlanError, PlanFile, PointSource, Summary, What},
    repo::{RepoError, Repository},
    worker::{
        Cancel,
        protocol::{Amount, Event, RestoreOutcome, RestoreSpec},
    },
};
use journal::{Alone, Journal, Past};
use ocdeck_faults::{Point, reached};
use report::Reporter;
use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a restore waits for the worker of an agent that was killed. That one has seen
/// it long before and gone, unless its disk hangs.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long cleaning up waits for it: an agent that starts.
const CLEANING_PATIENCE: Duration = Duration::from_secs(10);

/// Why a restore could not be carried out, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The repository.
    #[error(transparent)]
    Repository(#[from] RepoError),
    /// The target.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The journal of the request.
    #[error(
        "the journal {} cannot be {doing}, so nothing more is written: make room in the agent's \
         state folder, then continue: {source}",
        .path.display()
    )]
    Journal {
        /// Its file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A worker of before lives on.
    #[error(
        "another worker still works on this request and holds {}: see why it does not end, then \
         continue",
        .path.display()
    )]
    Busy {
        /// The journal of the request.
        path: PathBuf,
    },
    /// What was written does not reach the disk.
    #[error(
        "{target} did not take what was written, so it cannot be trusted: look at its disk and \
         mount, then continue: {source}"
    )]
    Sync {
        /// The target.
        target: String,
        /// Why.
        source: io::Error,
    },
}

/// Opens the repository and carries out the plan. Progress comes at most every 200 ms:
/// first of writing, then, after [`Event::Verifying`], from zero again of comparing.
///
/// # Errors
/// When nothing can be restored, or the target or the journal fails altogether. What goes
/// wrong at one path is an [`Event::Issue`] and is counted.
pub fn run(
    spec: &RestoreSpec,
    cancel: &Cancel,
    emit: &mut dyn FnMut(Event),
) -> Result<RestoreOutcome, RestoreError> {
    let repository = Repository::open(&spec.repository)?;
    carry_out(&repository, spec, cancel, emit)
}

/// Carries out the plan with what `source` holds.
///
/// # Errors
/// As [`run`].
pub fn carry_out(
    source: &dyn PointSource,
    spec: &RestoreSpec,
    cancel: &Cancel,
    emit: &mut dyn FnMut(Event),
) -> Result<RestoreOutcome, RestoreError> {
    let summary = Summary::load(&spec.plan)?;
    let mut plan = PlanFile::open(&spec.plan)?;
    let _alone = Alone::take(&spec.journal, PATIENCE, cancel)?;
    let past = Past::read(&spec.journal, &plan.head)?;
    let mut tree = Tree::open_or_make(&plan.head.place)?;
    let mut reporter = Reporter::new(emit, plan.head.place.target());
    reporter.begin(spec, &summary);
    reached(Point::WorkerBegun);
    let removed = remove_leftovers(&mut plan, &mut tree, &past)?;
    reporter.resumed(&past, removed);
    let journal = Journal::begin(&spec.journal, spec.attempt, &plan.head, &summary)?;

    let mut writer = batch::Writer {
        source,
        cancel,
        pace: pace::Pace::new(spec.write_limit),
        resumed: spec.attempt > 1 || past.any,
        past: &past,
        tree: &mut tree,
        links: links::Links::of(&spec.plan, &summary)?,
        journal,
        reporter: &mut reporter,
        head: plan.head.clone(),
        state: batch::State::default(),
    };
    writer.write_all(&mut plan)?;
    let batch::State { done, .. } = writer.state;
    if !reporter.outcome.cancelled {
        reporter.verifying(done.len() as u64 + past.done.len() as u64, &summary);
        verify::all(&mut plan, &mut tree, &past, &done, cancel, &mut reporter)?;
    }
    Ok(reporter.end())
}

/// What an interrupted attempt left at the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// Temporaries that were removed.
    pub removed: u64,
    /// Files that the journal knows to be written and on the disk, by all attempts.
    pub done: Amount,
}

/// Removes the temporaries that an interrupted attempt left at the target, and counts what
/// it had done. The next attempt removes them too; this is for one that may never come.
///
/// # Errors
/// When the plan, the journal or the target cannot be read.
pub fn clean(plan: &Path, journal: &Path) -> Result<Remains, RestoreError> {
    let mut plan = PlanFile::open(plan)?;
    // Where there is none, nothing was begun.
    let _alone = match journal.exists() {
        true => Some(Alone::take(journal, CLEANING_PATIENCE, &Cancel::new())?),
        false => None,
    };
    let past = Past::read(journal, &plan.head)?;
    let removed = match Tree::open(&plan.head.place)? {
        Some(mut tree) => remove_leftovers(&mut plan, &mut tree, &past)?,
        None => 0,
    };
    let mut done = Amount::default();
    for step in plan.steps()? {
        let (_, step) = step?;
        let file = !matches!(step.what, What::Folder | What::Nothing);
        if file && past.done.contains(&crate::place::key(&step.path)) {
            done += Amount {
                files: 1,
                bytes: step.size,
            };
        }
    }
    Ok(Remains { removed, done })
}

/// Temporaries can only stand where a write was claimed and not seen through.
fn remove_leftovers(
    plan: &mut PlanFile,
    tree: &mut Tree,
    past: &Past,
) -> Result<u64, RestoreError> {
    let mut removed = 0;
    if past.open.is_empty() {
        return Ok(removed);
    }
    let reference = plan.head.reference.clone();
    for step in plan.steps()? {
        let (_, step) = step?;
        if !past.open.contains(&crate::place::key(&step.path)) {
            continue;
        }
        let (folder, name) = split(&step.path);
        match tree.folder(folder) {
            Ok(folder) => {
                let found = folder.remove(&part_name(&reference, &step.path));
                removed += u64::from(found.unwrap_or(false));
                if past.reserves && content::only_takes_the_name(&folder, name, &step) {
                    removed += u64::from(folder.remove(name).unwrap_or(false));
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            // Its folder cannot be entered: the step itself will say so.
            Err(_) => {}
        }
    }
    Ok(removed)
}

//! After writing: every restored file, those of earlier attempts too, read back and
//! compared with the point by hash.

use super::{
    RestoreError,
    content::{is_equal, was_found_restored},
    journal::Past,
    links::file_at,
    report::{Reporter, amount},
};
use crate::{
    place::{Tree, advise, key, split},
    plan::{Holes, PlanFile, Step},
    worker::Cancel,
};
use ocdeck_faults::{Point, reached};
use std::{
    collections::HashSet,
    io::{self, ErrorKind},
};

/// Compares everything that is done.
pub(super) fn all(
    plan: &mut PlanFile,
    tree: &mut Tree,
    past: &Past,
    done: &HashSet<u64>,
    cancel: &Cancel,
    reporter: &mut Reporter<'_>,
) -> Result<(), RestoreError> {
    let mut holes = Holes::default();
    let mut seen = Seen::default();
    for step in plan.steps()? {
        let (_, step) = step?;
        let key = key(&step.path);
        let is_restored = (step.writes() || was_found_restored(&step))
            && (done.contains(&key) || past.done.contains(&key));
        if !is_restored {
            continue;
        }
        reached(Point::WorkerVerifying);
        reporter.working(&step, 0);
        match compare(tree, &step, &mut holes, &mut seen, cancel, reporter) {
            Ok(Some(true)) => reporter.outcome.verified += amount(&step),
            Ok(Some(false)) => reporter.unequal(
                &step.path,
                "not equal to the restore point after it was written: restore it again, and \
                 look at the target's disk if it stays so",
            ),
            Ok(None) => {
                reporter.outcome.cancelled = true;
                return Ok(());
            }
            Err(error) if error.kind() == ErrorKind::NotFound => reporter.unequal(
                &step.path,
                "it was restored and is gone again: find out who removed it",
            ),
            Err(error) => {
                let text = format!("it cannot be compared: {}", advise(&error));
                reporter.unequal(&step.path, text);
            }
        }
        reporter.through(&step);
    }
    Ok(())
}

/// Files that were found equal at one of their names.
type Seen = HashSet<(u64, u64, u64)>;

fn compare(
    tree: &mut Tree,
    step: &Step,
    holes: &mut Holes,
    seen: &mut Seen,
    cancel: &Cancel,
    reporter: &mut Reporter<'_>,
) -> io::Result<Option<bool>> {
    if cancel.is_cancelled() {
        return Ok(None);
    }
    let (folder, name) = split(&step.path);
    let folder = tree.folder(folder)?;
    // Read once, however many names it has.
    let file = match step.link {
        Some(link) => file_at(&folder, name).map(|(device, inode)| (link, device, inode)),
        None => None,
    };
    if file.is_some_and(|file| seen.contains(&file)) {
        return Ok(Some(true));
    }
    let equal = is_equal(&folder, name, step, holes, &mut |read| {
        reporter.working(step, read);
        !cancel.is_cancelled()
    })?;
    if equal == Some(true) {
        seen.extend(file);
    }
    Ok(equal)
}

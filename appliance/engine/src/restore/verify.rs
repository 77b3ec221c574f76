//! After writing: every restored file, those of earlier attempts too, read back and
//! compared with the point by hash.

use super::{
    RestoreError,
    content::{is_equal, was_found_restored},
    journal::Past,
    report::{Reporter, amount},
};
use crate::{
    place::{Tree, advise, key, split},
    plan::{PlanFile, Step},
    worker::Cancel,
};
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
    for step in plan.steps()? {
        let (_, step) = step?;
        let key = key(&step.path);
        let is_restored = (step.writes() || was_found_restored(&step))
            && (done.contains(&key) || past.done.contains(&key));
        if !is_restored {
            continue;
        }
        reporter.working(&step, 0);
        match compare(tree, &step, cancel, reporter) {
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

fn compare(
    tree: &mut Tree,
    step: &Step,
    cancel: &Cancel,
    reporter: &mut Reporter<'_>,
) -> io::Result<Option<bool>> {
    if cancel.is_cancelled() {
        return Ok(None);
    }
    let (folder, name) = split(&step.path);
    let folder = tree.folder(folder)?;
    is_equal(&folder, name, step, &mut |read| {
        reporter.working(step, read);
        !cancel.is_cancelled()
    })
}

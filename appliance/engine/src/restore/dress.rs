//! Folders get mode, owner and times when everything below them is written: the deepest
//! first, because one that is closed lets nobody in.

use super::{RestoreError, batch::Writer};
use crate::{
    place::{advise, set_folder_metadata},
    plan::PlanFile,
};

/// Sets the metadata of all folders that were noted for it.
pub(super) fn folders(
    writer: &mut Writer<'_, '_>,
    plan: &mut PlanFile,
) -> Result<(), RestoreError> {
    for at in std::mem::take(&mut writer.state.to_dress).into_iter().rev() {
        let step = plan.step_at(at)?;
        match writer.tree.folder(&step.path) {
            Ok(folder) => {
                for warning in set_folder_metadata(&folder, &step.metadata()) {
                    writer.reporter.warn(&step.path, warning);
                }
                writer.state.syncer.touch(&folder);
            }
            Err(error) => {
                let text = format!("its mode, owner and times are not set: {}", advise(&error));
                writer.reporter.warn(&step.path, text);
            }
        }
    }
    Ok(())
}

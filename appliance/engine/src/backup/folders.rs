//! The protected folders: whether they are there, and hold something where they did before.
//!
//! The library saves a point of nothing when a folder is gone or was emptied, and it would be
//! the newest.

use crate::worker::protocol::PathBytes;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// A protected folder that cannot be backed up.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is nothing to protect.
    #[error("the job protects no folder; name one in its system")]
    None,
    /// A path depends on where the agent was started.
    #[error("the protected folder {} is not an absolute path", .0.display())]
    Relative(PathBuf),
    /// It is gone.
    #[error(
        "the protected folder {} is missing; no restore point was made. Is a disk not mounted?",
        .0.display()
    )]
    Missing(PathBuf),
    /// It is empty, and was not in the last point.
    #[error(
        "the protected folder {} is empty, but was not in the last restore point; no restore point was made. Is a disk not mounted?",
        .0.display()
    )]
    Emptied(PathBuf),
    /// It is a file, a link or anything else.
    #[error("the protected path {} is no folder; name the folder itself", .0.display())]
    NotAFolder(PathBuf),
    /// It cannot be opened.
    #[error(
        "the protected folder {} cannot be opened: {cause}; no restore point was made",
        folder.display()
    )]
    Closed {
        /// The folder.
        folder: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

/// The protected folders in the order of a walk, none below another.
pub(super) fn protected(folders: &[PathBytes]) -> Result<Vec<PathBuf>, FolderError> {
    let mut all: Vec<PathBuf> = Vec::with_capacity(folders.len());
    for folder in folders {
        let path = PathBuf::from(OsString::from_vec(folder.clone()));
        if !path.is_absolute() {
            return Err(FolderError::Relative(path));
        }
        // Without doubled and trailing slashes.
        all.push(path.components().collect());
    }
    all.sort();
    let mut kept: Vec<PathBuf> = Vec::new();
    for path in all {
        if !kept.last().is_some_and(|above| path.starts_with(above)) {
            kept.push(path);
        }
    }
    if kept.is_empty() {
        return Err(FolderError::None);
    }
    Ok(kept)
}

/// Opens every folder; `was_filled` tells whether it must not be empty.
pub(super) fn check(
    folders: &[PathBuf],
    was_filled: impl Fn(&Path) -> bool,
) -> Result<(), FolderError> {
    for folder in folders {
        let failed = |cause: std::io::Error| match cause.kind() {
            std::io::ErrorKind::NotFound => FolderError::Missing(folder.clone()),
            _ => FolderError::Closed {
                folder: folder.clone(),
                cause,
            },
        };
        if !std::fs::symlink_metadata(folder).map_err(failed)?.is_dir() {
            return Err(FolderError::NotAFolder(folder.clone()));
        }
        let first = std::fs::read_dir(folder).map_err(failed)?.next();
        if first.transpose().map_err(failed)?.is_none() && was_filled(folder) {
            return Err(FolderError::Emptied(folder.clone()));
        }
    }
    Ok(())
}

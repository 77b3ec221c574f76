//! Comparing what stands at a path with the point, by hash.

use crate::{
    place::{Folder, Kind, Stamp, There},
    plan::{Action, Step, What},
    repo::BlobId,
};
use rustix::fs::{Advice, fadvise};
use std::{
    fs::File,
    io::{self, ErrorKind, Read},
};

/// Whether what stands there looks as the step leaves it, without reading it.
pub(super) fn looks_restored(step: &Step, there: &There) -> bool {
    let kept = |modified: Stamp| modified.is_kept_as(there.modified);
    match step.what {
        What::File(_) => {
            there.kind == Kind::File && there.size == step.size && step.modified.is_none_or(kept)
        }
        What::Symlink(_) => there.kind == Kind::Symlink,
        What::Folder | What::Nothing => false,
    }
}

/// Whether the plan found at the step's path what the step would write.
pub(super) fn was_found_restored(step: &Step) -> bool {
    step.action == Action::Keep && step.there.is_some_and(|there| looks_restored(step, &there))
}

/// Whether it may be what a power cut left of a write: the time is set and not all bytes
/// are there.
pub(super) fn looks_cut_short(step: &Step, there: &There) -> bool {
    matches!(step.what, What::File(_))
        && there.kind == Kind::File
        && there.size < step.size
        && step
            .modified
            .is_some_and(|modified| modified.is_kept_as(there.modified))
}

/// Whether the content at `name` is the point's. `busy` hears how many bytes were read and
/// answers whether to go on; when not, the answer is `None`.
pub(super) fn is_equal(
    folder: &Folder,
    name: &[u8],
    step: &Step,
    busy: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<bool>> {
    match &step.what {
        What::File(blobs) => file_equals(&folder.open_file(name)?, blobs, busy),
        What::Symlink(target) => Ok(Some(folder.link_target(name)? == *target)),
        What::Folder | What::Nothing => Ok(Some(false)),
    }
}

fn file_equals(
    mut file: &File,
    blobs: &[(BlobId, Option<u32>)],
    busy: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<bool>> {
    // What is on the disk counts, not what is still in memory. Some file systems cannot.
    let _ = fadvise(file, 0, None, Advice::DontNeed);
    let mut bytes = Vec::new();
    let mut read = 0;
    for (id, length) in blobs {
        let Some(length) = length else {
            return Ok(Some(false));
        };
        bytes.resize(*length as usize, 0);
        match file.read_exact(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(Some(false)),
            other => other?,
        }
        if BlobId::of(&bytes) != *id {
            return Ok(Some(false));
        }
        read += u64::from(*length);
        if !busy(read) {
            return Ok(None);
        }
    }
    // One byte more would be one too many.
    let more = file.read(&mut [0])?;
    Ok(Some(more == 0))
}

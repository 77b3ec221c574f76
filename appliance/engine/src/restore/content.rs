//! Comparing what stands at a path with the point, by hash.

use crate::{
    place::{Folder, Kind, Stamp, There},
    plan::{Action, Holes, Step, What, kind_of},
    repo::BlobId,
};
use rustix::fs::{Advice, fadvise};
use std::{
    fs::File,
    io::{self, ErrorKind},
    os::unix::fs::FileExt,
};

/// Whether what stands there looks as the step leaves it, without reading it.
pub(super) fn looks_restored(step: &Step, there: &There) -> bool {
    let kept = |modified: Stamp| modified.is_kept_as(there.modified);
    match step.what {
        What::File(_) => {
            there.kind == Kind::File && there.size == step.size && step.modified.is_none_or(kept)
        }
        What::Symlink(_) => there.kind == Kind::Symlink,
        What::Special(special) => (there.kind, there.device) == kind_of(special),
        What::Folder | What::Nothing => false,
    }
}

/// Whether what stands there is the empty file that took the name of what the step writes.
pub(super) fn only_takes_the_name(folder: &Folder, name: &[u8], step: &Step) -> bool {
    let there = folder.look(name).ok().flatten();
    step.action != Action::Replace
        && there.is_some_and(|there| {
            there.kind == Kind::File && there.size == 0 && !looks_restored(step, &there)
        })
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
    holes: &mut Holes,
    busy: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<bool>> {
    match &step.what {
        What::File(blobs) => file_equals(&folder.open_file(name)?, blobs, holes, busy),
        What::Symlink(target) => Ok(Some(folder.link_target(name)? == *target)),
        What::Special(special) => match folder.look(name)? {
            Some(there) => Ok(Some((there.kind, there.device) == kind_of(*special))),
            None => Err(ErrorKind::NotFound.into()),
        },
        What::Folder | What::Nothing => Ok(Some(false)),
    }
}

fn file_equals(
    file: &File,
    blobs: &[(BlobId, Option<u32>)],
    holes: &mut Holes,
    busy: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<bool>> {
    // What is on the disk counts, not what is still in memory. Some file systems cannot.
    let _ = fadvise(file, 0, None, Advice::DontNeed);
    let end = file.metadata()?.len();
    let mut bytes = Vec::new();
    let mut at = 0;
    for ((id, length), hole) in blobs.iter().zip(holes.of(blobs)) {
        let Some(length) = *length else {
            return Ok(Some(false));
        };
        let next = at + u64::from(length);
        if next > end {
            return Ok(Some(false));
        }
        if hole.is_none() || !is_hole(file, at, next) {
            bytes.resize(length as usize, 0);
            match file.read_exact_at(&mut bytes, at) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(Some(false)),
                other => other?,
            }
            if BlobId::of(&bytes) != *id {
                return Ok(Some(false));
            }
        }
        at = next;
        if !busy(at) {
            return Ok(None);
        }
    }
    Ok(Some(at == end))
}

/// Whether the file system holds nothing from `at` to `end`, so that zeros are read there.
fn is_hole(file: &File, at: u64, end: u64) -> bool {
    match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(at)) {
        Ok(data) => data >= end,
        // No more data in the file.
        Err(error) => error == rustix::io::Errno::NXIO,
    }
}

//! Room on the disk for what waits, taken while there is some: a person's own desk stands on the
//! same disk as its spool, and a disk that is full for the one is full for the other.

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// How much: the longest record twice, because the newer file is written beside the older one.
pub(super) const SIZE: u64 = 2 * ocdeck_domain::journal::LONGEST as u64;
/// What is given beside the bytes that were asked for: an entry of the folder may need a block.
const BESIDE: u64 = 8_192;

/// A file that holds nothing but its blocks. Programs of one account share it.
#[derive(Debug)]
pub(super) struct Reserve(PathBuf);

impl Reserve {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self(folder.join("reserve"))
    }

    fn open(&self, make: bool) -> io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create(make)
            .truncate(false)
            .mode(0o600)
            .open(&self.0)
    }

    /// Takes what is missing, unless that is more than half of what is free: whoever shares the
    /// disk needs it more.
    pub(super) fn fill(&self) -> io::Result<()> {
        let file = self.open(true)?;
        let missing = SIZE.saturating_sub(file.metadata()?.len());
        let disk = statvfs(&self.0)?;
        if missing == 0 || disk.f_bavail.saturating_mul(disk.f_frsize) / 2 < missing {
            return Ok(());
        }
        let done = fallocate(&file, FallocateFlags::empty(), 0, SIZE);
        if done.is_err() {
            // Some of it may be there already, and would be missing elsewhere.
            file.set_len(SIZE - missing)?;
        }
        Ok(done?)
    }

    /// Gives so many bytes back to the disk. `false`: there are none left.
    pub(super) fn give(&self, bytes: usize) -> bool {
        let give = || {
            let file = self.open(false)?;
            let holds = file.metadata()?.len();
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            file.set_len(holds.saturating_sub(bytes.saturating_add(BESIDE)))?;
            Ok::<_, io::Error>(holds > 0)
        };
        give().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::{Reserve, SIZE};
    use std::{fs, os::unix::fs::MetadataExt};

    #[test]
    fn what_was_taken_is_given_piece_by_piece() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::in_folder(folder.path());
        assert!(!reserve.give(1), "nothing was taken yet");
        reserve.fill().unwrap();
        let held = || fs::metadata(folder.path().join("reserve")).unwrap();
        assert_eq!(held().len(), SIZE);
        assert!(held().blocks() * 512 >= SIZE, "a hole holds no room");
        assert!(reserve.give(1_000_000));
        assert!(held().len() < SIZE - 1_000_000);
        assert!(held().len() > SIZE - 1_100_000);
        assert!(reserve.give(usize::MAX));
        assert!(!reserve.give(1), "all of it is given");
        reserve.fill().unwrap();
        assert_eq!(held().len(), SIZE);
    }
}

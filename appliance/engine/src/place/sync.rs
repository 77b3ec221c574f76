//! Bringing what was written to the disk: one `syncfs` for many files, on every device
//! that they are on.

use super::folder::Folder;
use rustix::fs::{fstatfs, syncfs};
use std::{collections::BTreeMap, io, sync::Arc};

/// `f_type` of FUSE: a `syncfs` there reaches no daemon.
const FUSE: i64 = 0x6573_5546;

/// The devices written to since the last sync.
#[derive(Debug, Default)]
pub struct Syncer {
    touched: BTreeMap<u64, Arc<Folder>>,
    each_file: BTreeMap<u64, bool>,
}

impl Syncer {
    /// Notes that something was written in `folder`. Says whether its files must be synced
    /// one by one.
    pub fn touch(&mut self, folder: &Arc<Folder>) -> bool {
        self.touched
            .entry(folder.device)
            .or_insert_with(|| Arc::clone(folder));
        *self
            .each_file
            .entry(folder.device)
            .or_insert_with(|| fstatfs(folder.as_ref()).is_ok_and(|stat| stat.f_type == FUSE))
    }

    /// Brings everything written since the last time to the disk.
    pub fn sync(&mut self) -> io::Result<()> {
        for folder in std::mem::take(&mut self.touched).values() {
            syncfs(folder.as_ref())?;
        }
        Ok(())
    }
}

//! The files that count, each with what it was like before it was read: so no change is missed,
//! also not one from between the reading and the first look at them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// What shows that a file is another one: when it was written, its length, its inode. `None`
/// where there is none.
type Stamp = Option<(SystemTime, u64, u64)>;

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
}

/// Files that count, also those that are not there yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted(RefCell<BTreeMap<PathBuf, Stamp>>);

impl Counted {
    /// Takes a file down as it is. To be called before it is read; the first call counts, for
    /// what is read twice must be looked at again when it changes in between.
    pub fn note(&self, path: &Path) {
        let mut files = self.0.borrow_mut();
        if !files.contains_key(path) {
            files.insert(path.to_owned(), stamp(path));
        }
    }

    /// The files.
    pub fn files(&self) -> BTreeSet<PathBuf> {
        self.0.borrow().keys().cloned().collect()
    }

    /// The same files as they are now.
    #[must_use]
    pub fn looked_at(&self) -> Self {
        let files = self.0.borrow();
        let now = files.keys().map(|path| (path.clone(), stamp(path)));
        Self(RefCell::new(now.collect()))
    }
}

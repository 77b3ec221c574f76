//! The folder that a demo lives in: found or made, locked while the demo runs, removed at
//! its end unless the person named it.
//!
//! A demo that was killed cannot remove its folder; the next one does, for the lock of a
//! dead process is free.

use anyhow::{Context, bail};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, DirBuilder, File},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

const PREFIX: &str = "ocdeck-demo-";
const LOCK: &str = "lock";

/// A locked folder.
pub(super) struct Folder {
    path: PathBuf,
    keep: bool,
    /// The lock lives as long as this file is open.
    _lock: File,
}

impl Folder {
    /// The folder that the person named, which must be empty or new, or a temporary one.
    pub(super) fn open(named: Option<&Path>) -> anyhow::Result<Self> {
        let (path, keep) = match named {
            Some(path) => (std::path::absolute(path)?, true),
            None => {
                sweep(&std::env::temp_dir());
                let name = format!("{PREFIX}{}", std::process::id());
                (std::env::temp_dir().join(name), false)
            }
        };
        if path.exists() && fs::read_dir(&path)?.next().is_some() {
            bail!(
                "{} is not empty; a demo starts anew, so name another folder or remove it",
                path.display()
            );
        }
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("{} cannot be made", path.display()))?;
        let path = fs::canonicalize(&path)?;
        let lock = File::create(path.join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .with_context(|| format!("{} belongs to another demo", path.display()))?;
        Ok(Self {
            path,
            keep,
            _lock: lock,
        })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "the demo's folder stays");
        }
    }
}

/// The folder of a demo that runs: the one that the person named, or the newest.
pub(super) fn running(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let found = match named {
        Some(path) => Some(path.to_owned()).filter(|path| is_held(path)),
        None => newest(&std::env::temp_dir()),
    };
    found.context("no demo runs there: start one with `ocdeck demo`, in another terminal")
}

fn newest(temporary: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(temporary).ok()?.flatten();
    let demos = entries.filter(|entry| {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        named && is_held(&entry.path())
    });
    let begun = |entry: &fs::DirEntry| fs::metadata(entry.path().join(LOCK)).ok()?.modified().ok();
    demos.max_by_key(begun).map(|entry| entry.path())
}

/// Whether a demo that lives has the folder.
fn is_held(folder: &Path) -> bool {
    let lock = File::open(folder.join(LOCK));
    lock.is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockShared).is_err())
}

/// Removes the folders of demos that are no more.
fn sweep(temporary: &Path) {
    let Ok(entries) = fs::read_dir(temporary) else {
        return;
    };
    for entry in entries.flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let Ok(lock) = File::open(entry.path().join(LOCK)) else {
            continue;
        };
        let dead = flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
        if named && dead && fs::remove_dir_all(entry.path()).is_err() {
            tracing::warn!(path = %entry.path().display(), "the folder of a dead demo stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Folder, LOCK, PREFIX, newest, running, sweep};
    use rustix::fs::{FlockOperation, flock};
    use std::fs::{self, File};

    #[test]
    fn only_folders_of_dead_demos_are_swept() {
        let temporary = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let folder = temporary.path().join(name);
            fs::create_dir(&folder).unwrap();
            let lock = File::create(folder.join(LOCK)).unwrap();
            (folder, lock)
        };
        let (dead, lock) = make(&format!("{PREFIX}1"));
        drop(lock);
        let (alive, lock) = make(&format!("{PREFIX}2"));
        flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
        let (other, _other_lock) = make("other");
        sweep(temporary.path());
        assert!(!dead.exists());
        assert!(alive.exists());
        assert!(other.exists());
    }

    #[test]
    fn the_newest_demo_that_lives_is_joined() {
        let temporary = tempfile::tempdir().unwrap();
        assert_eq!(newest(temporary.path()), None);
        let dead = temporary.path().join(format!("{PREFIX}1"));
        drop(Folder::open(Some(&dead)).unwrap());
        assert_eq!(newest(temporary.path()), None);
        let alive = temporary.path().join(format!("{PREFIX}2"));
        let held = Folder::open(Some(&alive)).unwrap();
        assert_eq!(newest(temporary.path()), Some(alive.clone()));
        assert_eq!(running(Some(&alive)).unwrap(), alive);
        drop(held);
        let none = running(Some(&alive)).unwrap_err();
        assert!(none.to_string().contains("no demo runs there"), "{none}");
    }

    #[test]
    fn a_named_folder_stays_and_must_be_empty() {
        let temporary = tempfile::tempdir().unwrap();
        let named = temporary.path().join("mine");
        drop(Folder::open(Some(&named)).unwrap());
        assert!(named.exists());
        let refused = Folder::open(Some(&named)).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("is not empty"), "{refused}");
    }
}

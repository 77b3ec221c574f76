//! The file of one program: lines that are whole and on the disk, or not there.

use super::{Kept, line};
use ocdeck_domain::journal::Subject;
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// A file that is smaller than this is not written anew for its older states.
const SMALL: u64 = 65_536;

/// The file, locked.
#[derive(Debug)]
pub(super) struct Own {
    path: PathBuf,
    file: File,
    length: u64,
    /// What of it is not about drafts.
    commands: u64,
    /// How long the last state of each field is.
    rows: BTreeMap<(Subject, String), u64>,
}

/// How many bytes these take.
pub(super) fn length(head: &str, kept: &[Kept]) -> io::Result<usize> {
    Ok(text(head, kept)?.len())
}

fn text(head: &str, kept: &[Kept]) -> io::Result<String> {
    let mut text = head.to_owned();
    for one in kept {
        text.push_str(&line(one)?);
    }
    Ok(text)
}

fn bytes(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

impl Own {
    /// Puts a file there, whole and on the disk, or not at all.
    pub(super) fn put(path: &Path, head: &str, kept: &[Kept]) -> io::Result<Self> {
        let fresh = path.with_extension("new");
        let done = Self::put_by(&fresh, path, head, kept);
        if done.is_err() {
            // Half of it is worth nothing, and needs room.
            let _ = fs::remove_file(&fresh);
        }
        done
    }

    fn put_by(fresh: &Path, path: &Path, head: &str, kept: &[Kept]) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(fresh)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::Error(error) => error,
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
        })?;
        let text = text(head, kept)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(fresh, path)?;
        let mut own = Self {
            path: path.to_owned(),
            file,
            length: bytes(&text),
            commands: bytes(head),
            rows: BTreeMap::new(),
        };
        own.count(kept)?;
        Ok(own)
    }

    /// Appends these, on the disk when it comes back: all of them or nothing.
    pub(super) fn add(&mut self, kept: &[Kept]) -> io::Result<()> {
        let text = text("", kept)?;
        if text.is_empty() {
            return Ok(());
        }
        let write = |file: &mut File| {
            file.write_all(text.as_bytes())?;
            file.sync_data()
        };
        if let Err(error) = write(&mut self.file) {
            // Half a line would tear the next one.
            self.file.set_len(self.length)?;
            io::Seek::seek(&mut self.file, io::SeekFrom::Start(self.length))?;
            return Err(error);
        }
        self.length += bytes(&text);
        self.count(kept)
    }

    fn count(&mut self, kept: &[Kept]) -> io::Result<()> {
        for one in kept {
            match one {
                Kept::Drafts { rows } => {
                    for row in rows {
                        let key = (row.draft.clone(), row.field.clone());
                        self.rows.insert(key, bytes(&line(row)?));
                    }
                }
                Kept::Open { .. } | Kept::Append { .. } => self.commands += bytes(&line(one)?),
            }
        }
        Ok(())
    }

    /// Whether more than half of it are older states of what was typed.
    pub(super) fn is_mostly_old(&self) -> bool {
        let waits = self.commands + self.rows.values().sum::<u64>();
        self.length > SMALL && self.length / 2 > waits
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

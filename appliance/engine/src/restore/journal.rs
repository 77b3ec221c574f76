//! The journal of a request: what its attempts were about to write, and what of it is
//! known to be on the disk. Append-only JSON lines, each synced before it counts.
//!
//! Before a batch is written, a line names it (*next*); after the target was synced, a
//! line names what of it is done (*synced*). So whatever an attempt may have written when
//! it was killed is among *next*, and only *synced* is trusted unread. A line cut short is
//! not believed.

use super::RestoreError;
use crate::{
    alone,
    plan::{Head, Summary},
    worker::Cancel,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// An attempt begins.
    Begin {
        attempt: u32,
        point: String,
        #[serde(with = "crate::plan::text")]
        target: Vec<u8>,
        plan: String,
    },
    /// What is written next: keys of paths.
    Next(Vec<Key>),
    /// From here on names are taken by empty files before they are given.
    Reserves,
    /// What is written and on the disk.
    Synced(Vec<Key>),
}

/// A path's key, as sixteen digits.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
struct Key(u64);

impl From<Key> for String {
    fn from(Key(key): Key) -> Self {
        format!("{key:016x}")
    }
}

impl TryFrom<String> for Key {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u64::from_str_radix(&text, 16).map(Self)
    }
}

/// The right to work on a request, as long as it is held: of two that write the same
/// temporary, one would name what the other has half written.
#[derive(Debug)]
pub(super) struct Alone {
    /// Locked until it is closed.
    _file: File,
}

impl Alone {
    /// Waits at most `patience` for a worker that holds the journal still.
    pub(super) fn take(
        path: &Path,
        patience: Duration,
        cancel: &Cancel,
    ) -> Result<Self, RestoreError> {
        let failed = |source| RestoreError::Journal {
            path: path.to_owned(),
            doing: "written",
            source,
        };
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .map_err(failed)?;
        match alone::take(&file, patience, cancel).map_err(failed)? {
            true => Ok(Self { _file: file }),
            false => Err(RestoreError::Busy {
                path: path.to_owned(),
            }),
        }
    }
}

/// What earlier attempts did.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// There was one that wrote the same point to the same target.
    pub(super) any: bool,
    /// Keys of what is written and on the disk.
    pub(super) done: HashSet<u64>,
    /// Keys of what may have been written, or begun.
    pub(super) open: HashSet<u64>,
    /// Empty files may stand where something was begun.
    pub(super) reserves: bool,
}

impl Past {
    /// Reads the journal; none is an empty past.
    pub(super) fn read(path: &Path, head: &Head) -> Result<Self, RestoreError> {
        let failed = |source| RestoreError::Journal {
            path: path.to_owned(),
            doing: "read",
            source,
        };
        let mut past = Self::default();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(past),
            Err(error) => return Err(failed(error)),
        };
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(failed)?;
            if let Ok(line) = serde_json::from_slice(&line) {
                past.learn(line, head);
            }
        }
        Ok(past)
    }

    fn learn(&mut self, line: Line, head: &Head) {
        match line {
            Line::Begin { point, target, .. } => {
                self.any = point == head.point && target == head.place.target();
                if !self.any {
                    // It wrote something else: nothing of before can be trusted.
                    self.open.extend(self.done.drain());
                }
            }
            Line::Next(keys) => {
                for Key(key) in keys {
                    self.done.remove(&key);
                    self.open.insert(key);
                }
            }
            Line::Reserves => self.reserves = true,
            Line::Synced(keys) => {
                for Key(key) in keys {
                    self.open.remove(&key);
                    if self.any {
                        self.done.insert(key);
                    }
                }
            }
        }
    }
}

/// The journal, open for this attempt.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    reserves: bool,
}

impl Journal {
    /// Opens it and says that an attempt begins.
    pub(super) fn begin(
        path: &Path,
        attempt: u32,
        head: &Head,
        summary: &Summary,
    ) -> Result<Self, RestoreError> {
        let open = || -> io::Result<File> {
            let mut file = OpenOptions::new()
                .read(true)
                .append(true)
                .create(true)
                .open(path)?;
            close_cut_line(&mut file)?;
            if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
                File::open(folder)?.sync_all()?;
            }
            Ok(file)
        };
        let file = open().map_err(|source| RestoreError::Journal {
            path: path.to_owned(),
            doing: "written",
            source,
        })?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            reserves: false,
        };
        journal.line(&Line::Begin {
            attempt,
            point: head.point.clone(),
            target: head.place.target(),
            plan: summary.digest.iter().map(|b| format!("{b:02x}")).collect(),
        })?;
        Ok(journal)
    }

    /// Names what is written next.
    pub(super) fn next(&mut self, keys: &[u64]) -> Result<(), RestoreError> {
        match keys {
            [] => Ok(()),
            _ => self.line(&Line::Next(keys.iter().copied().map(Key).collect())),
        }
    }

    /// Says, once, that empty files take names before they are given.
    pub(super) fn reserves(&mut self) -> Result<(), RestoreError> {
        if !self.reserves {
            self.line(&Line::Reserves)?;
            self.reserves = true;
        }
        Ok(())
    }

    /// Names what is on the disk.
    pub(super) fn synced(&mut self, keys: &[u64]) -> Result<(), RestoreError> {
        match keys {
            [] => Ok(()),
            _ => self.line(&Line::Synced(keys.iter().copied().map(Key).collect())),
        }
    }

    fn line(&mut self, line: &Line) -> Result<(), RestoreError> {
        append(&mut self.file, line).map_err(|source| RestoreError::Journal {
            path: self.path.clone(),
            doing: "written",
            source,
        })
    }
}

fn append(file: &mut File, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)?;
    file.sync_data()
}

/// Ends a line that was cut short, so that the next one stands alone.
fn close_cut_line(file: &mut File) -> io::Result<()> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(());
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    if last != [b'\n'] {
        file.write_all(b"\n")?;
    }
    Ok(())
}

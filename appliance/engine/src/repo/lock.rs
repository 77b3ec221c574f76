//! The locks that restic keeps on a repository. The library knows none; `restic prune` and
//! others that take things away lock it for themselves alone, and a backup beside them would
//! refer to what they are about to delete.

use super::{Repository, local, unopened};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use rustic_core::repofile::{RepoFile, SnapshotId};
use rustic_core::{
    BytesList, Credentials, ErrorKind, FileType, Id, NoProgressBars, ReadBackend, RusticError,
    RusticResult, WriteBackend,
};
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// restic renews a lock every 5 minutes, and takes one that is older than this for left over.
const STALE: TimeDelta = TimeDelta::minutes(30);

/// A lock of restic, as it writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// When it was made or last renewed.
    pub time: DateTime<Utc>,
    /// Whether its holder must be alone.
    pub exclusive: bool,
    /// The machine of its holder.
    #[serde(default)]
    pub hostname: String,
    /// Its user.
    #[serde(default)]
    pub username: String,
    /// Its process.
    #[serde(default)]
    pub pid: i32,
}

impl Lock {
    /// Whether its holder still works: restic's own rule.
    fn is_held(&self, now: DateTime<Utc>, here: &str) -> bool {
        let fresh = now - self.time < STALE;
        fresh && (self.hostname != here || runs(self.pid))
    }
}

impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            time,
            hostname,
            username,
            pid,
            ..
        } = self;
        let time = time.format("%Y-%m-%d %H:%M UTC");
        write!(f, "{username}@{hostname}, process {pid}, lock of {time}")
    }
}

impl RepoFile for Lock {
    const TYPE: FileType = FileType::Snapshot;
    type Id = SnapshotId;
}

impl Repository {
    /// A lock whose holder must be alone and still works, at `now`. One that cannot be read is
    /// passed over, as restic does: it is being written, or was taken away meanwhile.
    #[must_use]
    pub fn exclusive_lock(&self, now: DateTime<Utc>) -> Option<Lock> {
        let here = rustix::system::uname();
        let here = here.nodename().to_string_lossy().into_owned();
        let backend = Arc::new(Locks {
            repository: local(&self.path).ok()?,
            folder: self.path.join("locks"),
        });
        let opened = unopened(backend, NoProgressBars)
            .ok()?
            .open(&Credentials::Masterkey(self.key.clone()));
        let locks =
            opened.and_then(|stored| Ok(stored.stream_files::<Lock>()?.collect::<Vec<_>>()));
        let locks = locks
            .inspect_err(|error| log::warn!("the locks are not read: {}", super::one_line(error)))
            .ok()?;
        locks
            .into_iter()
            .filter_map(|read| Some(read.ok()?.1))
            .find(|lock| lock.exclusive && lock.is_held(now, &here))
    }
}

/// A repository whose locks stand where the library looks for snapshots: it opens sealed and
/// compressed files of the kinds that it knows, and locks are none of them. Writes nothing.
struct Locks {
    repository: Arc<dyn WriteBackend>,
    folder: PathBuf,
}

impl Locks {
    fn file(&self, id: &Id) -> PathBuf {
        self.folder.join(id.to_hex().as_str())
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Box<RusticError> {
    RusticError::with_source(ErrorKind::Backend, "`{path}` cannot be read", error)
        .attach_context("path", path.display().to_string())
}

fn read_only() -> Box<RusticError> {
    RusticError::new(ErrorKind::Unsupported, "locks are only read")
}

impl ReadBackend for Locks {
    fn location(&self) -> String {
        self.repository.location()
    }

    fn list_with_size(&self, tpe: FileType) -> RusticResult<Vec<(Id, u32)>> {
        if tpe != Lock::TYPE {
            return self.repository.list_with_size(tpe);
        }
        let files = std::fs::read_dir(&self.folder)
            .map_err(|error| unreadable(&self.folder, error))?
            .flatten();
        // Anything else is a file that restic is writing.
        let locks = files.filter_map(|file| {
            let id = file.file_name().to_str()?.parse().ok()?;
            let size = u32::try_from(file.metadata().ok()?.len()).ok()?;
            Some((id, size))
        });
        Ok(locks.collect())
    }

    fn read_full(&self, tpe: FileType, id: &Id) -> RusticResult<Bytes> {
        if tpe != Lock::TYPE {
            return self.repository.read_full(tpe, id);
        }
        let file = self.file(id);
        let content = std::fs::read(&file).map_err(|error| unreadable(&file, error))?;
        Ok(content.into())
    }

    fn read_partial(
        &self,
        tpe: FileType,
        id: &Id,
        cacheable: bool,
        offset: u32,
        length: u32,
    ) -> RusticResult<Bytes> {
        self.repository
            .read_partial(tpe, id, cacheable, offset, length)
    }

    fn warmup_path(&self, tpe: FileType, id: &Id) -> String {
        self.repository.warmup_path(tpe, id)
    }
}

impl WriteBackend for Locks {
    fn create(&self) -> RusticResult<()> {
        Err(read_only())
    }

    fn write_bytes(&self, _: FileType, _: &Id, _: bool, _: BytesList) -> RusticResult<()> {
        Err(read_only())
    }

    fn remove(&self, _: FileType, _: &Id, _: bool) -> RusticResult<()> {
        Err(read_only())
    }
}

fn runs(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(minutes: i64, hostname: &str, pid: i32) -> bool {
        let now = Utc::now();
        let lock = Lock {
            time: now - TimeDelta::minutes(minutes),
            exclusive: true,
            hostname: hostname.to_owned(),
            username: "root".to_owned(),
            pid,
        };
        lock.is_held(now, "here")
    }

    #[test]
    fn a_lock_that_is_old_or_whose_process_is_gone_is_none() {
        let me = i32::try_from(std::process::id()).unwrap();
        assert!(lock(0, "here", me));
        assert!(lock(29, "elsewhere", 1));
        assert!(!lock(31, "elsewhere", 1));
        assert!(!lock(0, "here", i32::MAX), "no process has this number");
        assert!(lock(0, "elsewhere", i32::MAX));
    }
}

//! The way to the repository: counts, keeps to the limit, and stays shut once it was shut.

use super::gate::{Gate, Stop};
use crate::repo::one_line;
use bytes::Bytes;
use ocdeck_faults::{Point, reached};
use rustic_core::{
    BytesList, ErrorKind, FileType, Id, ReadBackend, RusticError, RusticResult, WriteBackend,
};
use rustix::io::Errno;
use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A backend that writes only while its gate is open.
pub(super) struct Guarded {
    inner: Arc<dyn WriteBackend>,
    gate: Arc<Gate>,
    limit: Option<u64>,
    used: AtomicU64,
    /// Snapshots that the library saves are not written: it saves one also of a source that
    /// ended early. Released when the run was found good.
    holding: AtomicBool,
    saved: Mutex<Option<Id>>,
}

impl Guarded {
    pub(super) fn new(inner: Arc<dyn WriteBackend>, gate: Arc<Gate>, limit: Option<u64>) -> Self {
        Self {
            inner,
            gate,
            limit,
            used: AtomicU64::new(0),
            holding: AtomicBool::new(true),
            saved: Mutex::default(),
        }
    }

    /// What the repository holds before the run.
    pub(super) fn start_from(&self, used: u64) {
        self.used.store(used, Ordering::SeqCst);
    }

    /// From now on snapshots are written.
    pub(super) fn release(&self) {
        self.holding.store(false, Ordering::SeqCst);
    }

    /// The snapshot that was written.
    pub(super) fn saved(&self) -> Option<Id> {
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes that the repository holds.
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::SeqCst)
    }

    fn reserve(&self, size: u64) -> RusticResult<()> {
        let used = self.used.fetch_add(size, Ordering::SeqCst) + size;
        match self.limit {
            Some(limit) if used > limit => {
                self.used.fetch_sub(size, Ordering::SeqCst);
                self.gate.shut(Stop::Limit(limit));
                Err(refused())
            }
            _ => Ok(()),
        }
    }
}

/// Why a write failed, and what to do.
fn in_words(error: &RusticError) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let number = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::raw_os_error);
        match number.map(Errno::from_raw_os_error) {
            Some(Errno::NOSPC) => return "its disk is full: make room there, then run the job again".to_owned(),
            Some(Errno::DQUOT) => return "the quota of its disk is used up: raise it or make room, then run the job again".to_owned(),
            Some(Errno::ROFS) => return "its disk is mounted read-only: look why, and mount it writable".to_owned(),
            Some(Errno::ACCESS | Errno::PERM) => return "the agent's user may not write there: give it the right".to_owned(),
            Some(Errno::IO) => return "its disk reports an error: look at the disk and its mount".to_owned(),
            _ => cause = error.source(),
        }
    }
    one_line(error)
}

fn refused() -> Box<RusticError> {
    RusticError::new(
        ErrorKind::Backend,
        "the run has ended; nothing is written any more",
    )
}

impl ReadBackend for Guarded {
    fn location(&self) -> String {
        self.inner.location()
    }
    fn list_with_size(&self, tpe: FileType) -> RusticResult<Vec<(Id, u32)>> {
        self.inner.list_with_size(tpe)
    }
    fn list(&self, tpe: FileType) -> RusticResult<Vec<Id>> {
        self.inner.list(tpe)
    }
    fn read_full(&self, tpe: FileType, id: &Id) -> RusticResult<Bytes> {
        self.inner.read_full(tpe, id)
    }
    fn read_partial(
        &self,
        tpe: FileType,
        id: &Id,
        cacheable: bool,
        offset: u32,
        length: u32,
    ) -> RusticResult<Bytes> {
        self.inner.read_partial(tpe, id, cacheable, offset, length)
    }
    fn warmup_path(&self, tpe: FileType, id: &Id) -> String {
        self.inner.warmup_path(tpe, id)
    }
}

impl WriteBackend for Guarded {
    fn write_bytes(
        &self,
        tpe: FileType,
        id: &Id,
        cacheable: bool,
        content: BytesList,
    ) -> RusticResult<()> {
        if self.gate.is_shut() {
            return Err(refused());
        }
        if tpe == FileType::Snapshot && self.holding.load(Ordering::SeqCst) {
            return Ok(());
        }
        let size = content.size() as u64;
        self.reserve(size)?;
        self.inner
            .write_bytes(tpe, id, cacheable, content)
            .inspect_err(|error| {
                self.used.fetch_sub(size, Ordering::SeqCst);
                self.gate.shut(Stop::Write(in_words(error)));
            })?;
        if tpe == FileType::Pack {
            reached(Point::BackupAfterPack);
        }
        if tpe == FileType::Snapshot {
            *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(*id);
        }
        Ok(())
    }

    /// A backup removes nothing. Completing the index after a kill would, where a pack is
    /// missing; a file system that is half there must not cost index entries.
    fn remove(&self, tpe: FileType, id: &Id, _cacheable: bool) -> RusticResult<()> {
        let text = format!(
            "a backup does not remove the {tpe} {}",
            id.to_hex().as_str()
        );
        Err(RusticError::new(ErrorKind::Backend, text))
    }
}

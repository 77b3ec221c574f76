//! What a run counts and tells: files, bytes, the current path, warnings.

use crate::worker::Emit;
use crate::worker::protocol::{Event, Progress};
use rustic_core::{ProgressBars, ProgressType, RusticProgress};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Warnings that are told by name; those beyond are counted.
const NAMED: u64 = 1_000;

/// Counters of one run.
#[derive(Debug)]
pub(super) struct Meter {
    emit: Emit,
    files: AtomicU64,
    bytes: AtomicU64,
    current: Mutex<Vec<u8>>,
    total: OnceLock<(u64, u64)>,
    warnings: AtomicU64,
    /// Files whose content could not be read, so that they are in no point.
    lost: AtomicU64,
    offered: AtomicU64,
}

impl Meter {
    pub(super) fn new(emit: Emit) -> Self {
        Self {
            emit,
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            current: Mutex::default(),
            total: OnceLock::new(),
            warnings: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            offered: AtomicU64::new(0),
        }
    }

    /// A file was handed to the library.
    pub(super) fn offered(&self) {
        self.offered.fetch_add(1, Ordering::Relaxed);
    }

    /// The file that is being read.
    pub(super) fn reading(&self, path: &Path) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clear();
        current.extend_from_slice(path.as_os_str().as_bytes());
    }

    /// A file is done, read or found unchanged.
    pub(super) fn done(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    /// How much there is.
    pub(super) fn total(&self, files: u64, bytes: u64) {
        let _ = self.total.set((files, bytes));
    }

    /// Something at a path could not be read or kept.
    pub(super) fn warn(&self, path: &Path, text: String) {
        if self.warnings.fetch_add(1, Ordering::Relaxed) < NAMED {
            self.emit.warn(path.as_os_str().as_bytes(), text);
        }
    }

    /// A file could not be read: it will not be in the point.
    pub(super) fn lose(&self, path: &Path, text: String) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.warn(path, text);
    }

    /// Files that should be in the point.
    pub(super) fn expected(&self) -> u64 {
        let lost = self.lost.load(Ordering::Relaxed);
        self.offered.load(Ordering::Relaxed).saturating_sub(lost)
    }

    pub(super) fn warnings(&self) -> u64 {
        self.warnings.load(Ordering::Relaxed)
    }

    /// Tells where the run stands.
    pub(super) fn tell(&self) {
        let total = self.total.get();
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = Progress {
            files_done: self.files.load(Ordering::Relaxed),
            files_total: total.map(|(files, _)| *files),
            bytes_done: self.bytes.load(Ordering::Relaxed),
            bytes_total: total.map(|(_, bytes)| *bytes),
            current: current.clone(),
        };
        drop(current);
        self.emit.event(Event::Progress(progress));
    }
}

/// The library's progress bars: only the bytes of the backup matter, also those of unchanged
/// files, which nobody reads.
#[derive(Debug)]
pub(super) struct Bars(pub(super) Arc<Meter>);

#[derive(Debug)]
struct Bytes(Arc<Meter>);

impl ProgressBars for Bars {
    fn progress(&self, kind: ProgressType, _prefix: &str) -> rustic_core::Progress {
        if matches!(kind, ProgressType::Bytes) {
            rustic_core::Progress::new(Bytes(Arc::clone(&self.0)))
        } else {
            rustic_core::Progress::hidden()
        }
    }
}

impl RusticProgress for Bytes {
    /// A bar that is seen would be given a length, for which the library walks the source.
    fn is_hidden(&self) -> bool {
        true
    }
    fn set_length(&self, _len: u64) {}
    fn set_title(&self, _title: &str) {}
    fn inc(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
    fn finish(&self) {}
}

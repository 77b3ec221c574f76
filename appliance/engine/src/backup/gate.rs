//! Whether the run goes on. Source and backend both ask, so that an end is an end.

use super::BackupError;
use crate::worker::Cancel;
use std::sync::OnceLock;

/// Open until the run is cancelled or the first write fails.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) cancel: Cancel,
    stop: OnceLock<Stop>,
}

/// Why a run ended by itself.
#[derive(Debug)]
pub(super) enum Stop {
    /// The repository may not grow beyond this.
    Limit(u64),
    /// It could not be written.
    Write(String),
}

impl Gate {
    pub(super) fn new(cancel: Cancel) -> Self {
        Self {
            cancel,
            stop: OnceLock::new(),
        }
    }

    /// Ends the run. The first reason stays.
    pub(super) fn shut(&self, stop: Stop) {
        let _ = self.stop.set(stop);
    }

    pub(super) fn is_shut(&self) -> bool {
        self.cancel.is_cancelled() || self.stop.get().is_some()
    }

    /// Why it is shut. What the library reports then only follows from it.
    pub(super) fn error(&self) -> Option<BackupError> {
        match self.stop.get() {
            Some(Stop::Limit(limit)) => Some(BackupError::Limit(*limit)),
            Some(Stop::Write(cause)) => Some(BackupError::Write(cause.clone())),
            None => self.cancel.is_cancelled().then_some(BackupError::Cancelled),
        }
    }
}

//! The wish that the work end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Whether the work shall end; clones share it. It never goes back.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    wanted: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
}

impl Cancel {
    /// Not wanted so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to end.
    pub fn cancel(&self) {
        let guard = self.0.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.wanted.store(true, Ordering::SeqCst);
        drop(guard);
        self.0.changed.notify_all();
    }

    /// Whether the work shall end. Cheap: ask it for every file and block.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.wanted.load(Ordering::Relaxed)
    }

    /// Waits that long, or until the work shall end. Returns whether it shall.
    #[must_use]
    pub fn wait(&self, time: Duration) -> bool {
        let guard = self.0.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .0
            .changed
            .wait_timeout_while(guard, time, |()| !self.is_cancelled());
        drop(waited);
        self.is_cancelled()
    }
}

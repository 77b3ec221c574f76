//! How fast a run may read.

use super::gate::Gate;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes per second, shared by all files that are read at once.
#[derive(Debug)]
pub(super) struct Pace {
    limit: Option<u64>,
    /// When what was read so far is paid for.
    paid: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self {
            limit: limit.filter(|limit| *limit > 0),
            paid: Mutex::new(Instant::now()),
        }
    }

    /// Bytes to read at once, so that a slow run flows instead of jumping.
    pub(super) fn block(&self) -> usize {
        self.limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit / 20)
                .unwrap_or(usize::MAX)
                .clamp(1, 64 * 1024)
        })
    }

    /// Waits until these bytes are paid for, or the run ends.
    pub(super) fn take(&self, bytes: u64, gate: &Gate) {
        let Some(limit) = self.limit else { return };
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no last digit")]
        let cost = Duration::from_secs_f64(bytes as f64 / limit as f64);
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let until = (*paid).max(Instant::now()) + cost;
        *paid = until;
        drop(paid);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            // In slices: a failed write ends the run without waking anybody.
            if left.is_zero()
                || gate.is_shut()
                || gate.cancel.wait(left.min(Duration::from_millis(100)))
            {
                return;
            }
        }
    }
}

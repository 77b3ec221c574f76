//! Not faster than asked.

use crate::worker::Cancel;
use std::time::{Duration, Instant};

/// A limit of bytes per second, or none.
#[derive(Debug)]
pub(super) struct Pace {
    limit: Option<u64>,
    since: Instant,
    bytes: u64,
}

impl Pace {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self {
            limit: limit.filter(|limit| *limit > 0),
            since: Instant::now(),
            bytes: 0,
        }
    }

    /// Waits until these bytes may have been written, or the work shall end.
    pub(super) fn wrote(&mut self, bytes: usize, cancel: &Cancel) {
        let Some(limit) = self.limit else {
            return;
        };
        self.bytes += bytes as u64;
        let due = Duration::from_secs_f64(self.bytes as f64 / limit as f64);
        let ahead = due.saturating_sub(self.since.elapsed());
        if !ahead.is_zero() {
            let _ = cancel.wait(ahead);
        }
    }
}

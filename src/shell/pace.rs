//! When to paint and when to look at the clock: pure rules, no clock of their own.
//!
//! Keys paint at once, data at most ten times a second, and never two frames within 8 ms
//! (2-architecture.md, Flow of a key). Seconds are counted only while a clock runs on screen.

use chrono::{Timelike, Utc};
use std::time::{Duration, Instant};

/// Least time between two frames.
const FRAME: Duration = Duration::from_millis(8);
/// Least time between two frames that only data asked for.
const DATA: Duration = Duration::from_millis(100);

/// What asks for a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// News from outside.
    Data,
    /// A person waits.
    Key,
}

/// Decides when the next frame is due.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    wanted: Option<Urgency>,
    last: Option<Instant>,
}

impl Pace {
    /// Something changed that may be visible.
    pub(super) fn want(&mut self, urgency: Urgency) {
        self.wanted = self.wanted.max(Some(urgency));
    }

    /// When the next frame may be painted; `None`: nothing asks for one.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let least = match self.wanted? {
            Urgency::Data => DATA,
            Urgency::Key => FRAME,
        };
        Some(self.last.map_or(now, |last| last + least))
    }

    /// A frame is painted now.
    pub(super) fn painted(&mut self, now: Instant) {
        self.wanted = None;
        self.last = Some(now);
    }
}

/// How long until the next tick: the next whole second while a clock runs on screen, else the
/// next whole minute, which is all that then changes by itself.
pub(super) fn until_tick(now: chrono::DateTime<Utc>, clock_runs: bool) -> Duration {
    // A leap second counts past a billion.
    let nanos = now.nanosecond().min(999_999_999);
    let to_second = Duration::from_nanos(u64::from(1_000_000_000 - nanos));
    if clock_runs {
        return to_second;
    }
    to_second + Duration::from_secs(u64::from(59 - now.second().min(59)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn keys_paint_at_once_and_data_waits() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pace = Pace::default();
        assert_eq!(pace.due(start), None);
        pace.want(Urgency::Data);
        assert_eq!(pace.due(start), Some(start));
        pace.painted(start);
        pace.want(Urgency::Data);
        assert_eq!(pace.due(at(1)), Some(at(100)));
        // A key does not wait for the data's turn, only for the last frame.
        pace.want(Urgency::Key);
        pace.want(Urgency::Data);
        assert_eq!(pace.due(at(1)), Some(at(8)));
        pace.painted(at(8));
        assert_eq!(pace.due(at(9)), None);
        pace.want(Urgency::Key);
        assert!(pace.due(at(50)).is_some_and(|due| due <= at(50)));
    }

    #[test]
    fn seconds_only_while_a_clock_runs() {
        let now =
            DateTime::from_timestamp(1_700_000_000 - 1_700_000_000 % 60 + 14, 250_000_000).unwrap();
        assert_eq!(until_tick(now, true), Duration::from_millis(750));
        assert_eq!(until_tick(now, false), Duration::from_millis(45_750));
        let minute = DateTime::from_timestamp(1_700_000_000 - 1_700_000_000 % 60, 0).unwrap();
        assert_eq!(until_tick(minute, false), Duration::from_secs(60));
    }
}

//! When to paint and when to look at the clock: pure rules, no clock of their own.
//!
//! Keys paint at once, data at most ten times a second and within a budget of bytes, and never
//! two frames within 8 ms. Seconds are counted only while a clock runs on screen.

use chrono::{Timelike, Utc};
use std::time::{Duration, Instant};

/// Least time between two frames.
const FRAME: Duration = Duration::from_millis(8);
/// Least time between two frames that only data asked for.
const DATA: Duration = Duration::from_millis(100);
/// Bytes a second that frames for data may take in the long run: a quarter of a slow link.
const BUDGET: f64 = 8_000.0;
/// Longest time that data waits for the budget: after a whole screen was drawn, say.
const PATIENCE: Duration = Duration::from_secs(1);

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
    /// When the bytes written so far are within the budget again.
    paid: Option<Instant>,
}

impl Pace {
    /// Something changed that may be visible.
    pub(super) fn want(&mut self, urgency: Urgency) {
        self.wanted = self.wanted.max(Some(urgency));
    }

    /// When the next frame may be painted; `None`: nothing asks for one.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let wanted = self.wanted?;
        let Some(last) = self.last else {
            return Some(now);
        };
        Some(match wanted {
            Urgency::Key => last + FRAME,
            Urgency::Data => {
                let paid = self.paid.unwrap_or(last);
                (last + DATA).max(paid.min(last + PATIENCE))
            }
        })
    }

    /// A frame of so many bytes is painted now.
    pub(super) fn painted(&mut self, now: Instant, bytes: usize) {
        self.wanted = None;
        self.last = Some(now);
        // What a second of silence has saved is there for the next burst.
        let saved = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
        let owed = self.paid.unwrap_or(saved).max(saved);
        // A frame is far below what would not fit.
        #[expect(clippy::cast_precision_loss)]
        let costs = Duration::from_secs_f64(bytes as f64 / BUDGET);
        self.paid = Some(owed + costs);
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
        pace.painted(start, 0);
        pace.want(Urgency::Data);
        assert_eq!(pace.due(at(1)), Some(at(100)));
        // A key does not wait for the data's turn, only for the last frame.
        pace.want(Urgency::Key);
        pace.want(Urgency::Data);
        assert_eq!(pace.due(at(1)), Some(at(8)));
        pace.painted(at(8), 0);
        assert_eq!(pace.due(at(9)), None);
        pace.want(Urgency::Key);
        assert!(pace.due(at(50)).is_some_and(|due| due <= at(50)));
    }

    #[test]
    fn data_stays_within_its_budget_of_bytes() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut now = start;
        let mut bytes = 0;
        // Half a minute of data that never stops.
        while now < start + Duration::from_secs(30) {
            pace.want(Urgency::Data);
            now = pace.due(now).unwrap();
            pace.painted(now, 3_000);
            bytes += 3_000;
        }
        // And what silence had saved before.
        assert!((230_000..=256_000).contains(&bytes), "{bytes} bytes");
        // A key is painted although the budget is spent, and data is not forgotten.
        pace.want(Urgency::Key);
        assert_eq!(pace.due(now), Some(now + FRAME));
        pace.painted(now, 100_000);
        pace.want(Urgency::Data);
        assert_eq!(pace.due(now), Some(now + PATIENCE));
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

//! How far an appliance's clock is from ours: the median of the last five measurements,
//! so that one slow answer moves nothing.

use chrono::TimeDelta;
use ocdeck_domain::facts::Time;
use std::collections::VecDeque;

const SAMPLES: usize = 5;

/// Measurements of a clock.
#[derive(Debug, Default)]
pub(super) struct Skew {
    /// Their clock minus ours, newest last.
    samples: VecDeque<i64>,
    /// Half of the shortest round trip.
    one_way: Option<i64>,
}

impl Skew {
    /// A question was sent, answered with `theirs` and received.
    pub(super) fn round_trip(&mut self, sent: Time, theirs: Time, received: Time) {
        let trip = (received - sent).max(TimeDelta::zero()).num_milliseconds();
        self.one_way = Some(self.one_way.unwrap_or(i64::MAX).min(trip / 2));
        self.push((theirs - received).num_milliseconds() + trip / 2);
    }

    /// A message sent at `theirs` was received.
    pub(super) fn one_way(&mut self, theirs: Time, received: Time) {
        let way = self.one_way.unwrap_or(0);
        self.push((theirs - received).num_milliseconds().saturating_add(way));
    }

    fn push(&mut self, sample: i64) {
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// Their clock minus ours, in milliseconds; 0 before the first measurement.
    pub(super) fn offset_ms(&self) -> i64 {
        let mut sorted: Vec<i64> = self.samples.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn at(ms: i64) -> Time {
        DateTime::from_timestamp_millis(ms).unwrap()
    }

    #[test]
    fn one_slow_answer_moves_nothing() {
        let mut skew = Skew::default();
        assert_eq!(skew.offset_ms(), 0);
        // Their clock is 7 s ahead; the way takes 20 ms.
        skew.round_trip(at(1_000), at(8_020), at(1_040));
        assert_eq!(skew.offset_ms(), 7_000);
        skew.one_way(at(9_000), at(2_020));
        skew.one_way(at(10_000), at(5_500));
        assert_eq!(skew.offset_ms(), 7_000);
    }
}

//! Rate and time left, from what a worker counts. Pure: moments come in as values.

use chrono::{DateTime, Utc};
use ocdeck_domain::facts;
use ocdeck_engine::worker::protocol;
use std::{collections::VecDeque, time::Duration};

/// The rate is over so much of the past.
const WINDOW: Duration = Duration::from_secs(5);
/// Before this, a guess of the time left is worth nothing.
const SETTLE: Duration = Duration::from_secs(10);
/// Time constant of the smoothed rate, from which the time left comes.
const SMOOTH: f64 = 15.0;

/// Turns counts into rate, time left and the moment of the last byte.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    samples: VecDeque<(Duration, u64)>,
    smooth: Option<f64>,
    last: Option<(Duration, u64)>,
    last_byte_at: Option<DateTime<Utc>>,
}

impl Meter {
    /// Takes in what was counted at `since` after the start, at the moment `now`.
    pub fn read(
        &mut self,
        since: Duration,
        now: DateTime<Utc>,
        counted: &protocol::Progress,
    ) -> facts::Progress {
        let bytes = counted.bytes_done;
        if let Some((then, before)) = self.last {
            let seconds = since.saturating_sub(then).as_secs_f64();
            if bytes > before {
                self.last_byte_at = Some(now);
            }
            if seconds > 0.0 {
                let rate = bytes.saturating_sub(before) as f64 / seconds;
                let weight = 1.0 - (-seconds / SMOOTH).exp();
                self.smooth = Some(self.smooth.map_or(rate, |old| old + (rate - old) * weight));
            }
        } else if bytes > 0 {
            self.last_byte_at = Some(now);
        }
        self.last = Some((since, bytes));
        self.samples.push_back((since, bytes));
        while self.samples.len() > 2
            && self
                .samples
                .get(1)
                .is_some_and(|(at, _)| since.saturating_sub(*at) >= WINDOW)
        {
            self.samples.pop_front();
        }
        facts::Progress {
            files_done: counted.files_done,
            files_total: counted.files_total,
            bytes_done: bytes,
            bytes_total: counted.bytes_total,
            rate: self.rate(since, bytes),
            eta_seconds: self.left(since, counted),
            current: counted.current.clone(),
            last_byte_at: self.last_byte_at,
        }
    }

    fn rate(&self, since: Duration, bytes: u64) -> u64 {
        let Some((at, before)) = self.samples.front() else {
            return 0;
        };
        let seconds = since.saturating_sub(*at).as_secs_f64();
        if seconds <= 0.0 {
            return 0;
        }
        (bytes.saturating_sub(*before) as f64 / seconds) as u64
    }

    fn left(&self, since: Duration, counted: &protocol::Progress) -> Option<u64> {
        let total = counted.bytes_total?;
        let rate = self.smooth.filter(|rate| *rate >= 1.0)?;
        (since >= SETTLE)
            .then(|| (total.saturating_sub(counted.bytes_done) as f64 / rate).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(bytes: u64) -> protocol::Progress {
        protocol::Progress {
            bytes_done: bytes,
            bytes_total: Some(1_000_000),
            ..protocol::Progress::default()
        }
    }

    #[test]
    fn a_steady_flow_has_its_rate_and_its_time_left_after_ten_seconds() {
        let mut meter = Meter::default();
        let now = DateTime::UNIX_EPOCH;
        for tenth in 0..200u64 {
            let since = Duration::from_millis(tenth * 100);
            let progress = meter.read(since, now, &counted(tenth * 1000));
            if since < SETTLE {
                assert_eq!(progress.eta_seconds, None);
            } else {
                assert_eq!(progress.rate, 10_000);
                let left = (1_000_000 - tenth * 1000).div_ceil(10_000);
                let eta = progress.eta_seconds.unwrap();
                assert!(eta.abs_diff(left) <= 1, "{eta} for {left}");
            }
        }
    }

    #[test]
    fn a_stall_shows_in_the_rate_and_in_the_last_byte() {
        let mut meter = Meter::default();
        let start = DateTime::UNIX_EPOCH;
        let at = |seconds: i64| start + chrono::TimeDelta::seconds(seconds);
        for second in 0..30 {
            meter.read(
                Duration::from_secs(second),
                at(second as i64),
                &counted(second * 1000),
            );
        }
        let mut last = facts::Progress::default();
        for second in 30..40 {
            last = meter.read(
                Duration::from_secs(second),
                at(second as i64),
                &counted(29_000),
            );
        }
        assert_eq!(last.rate, 0);
        assert_eq!(last.last_byte_at, Some(at(29)));
    }

    #[test]
    fn nothing_counted_is_no_rate_and_no_time_left() {
        let mut meter = Meter::default();
        let progress = meter.read(Duration::from_secs(60), DateTime::UNIX_EPOCH, &counted(0));
        assert_eq!(
            (progress.rate, progress.eta_seconds, progress.last_byte_at),
            (0, None, None)
        );
    }
}

//! When to dial again: jitter keeps a fleet that comes back from being dialled all at once.

use std::time::Duration;

/// The shortest wait.
const FLOOR: Duration = Duration::from_millis(500);
/// The end of the first range to choose from; it doubles with every failure.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait.
const CEILING: Duration = Duration::from_secs(30);

/// Waits between dials, longer with every failure.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The dials before were good.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait now; `jitter` is a random number from 0 to 1.
    pub(super) fn next(&mut self, jitter: f64) -> Duration {
        let range = FIRST
            .saturating_mul(1_u32 << self.failures.min(5))
            .min(CEILING);
        self.failures = self.failures.saturating_add(1);
        FLOOR + (range - FLOOR).mul_f64(jitter.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_its_ceiling_and_keeps_its_floor() {
        let mut backoff = Backoff::default();
        let longest: Vec<u128> = (0..8).map(|_| backoff.next(1.0).as_millis()).collect();
        assert_eq!(
            longest,
            [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]
        );
        assert_eq!(backoff.next(0.0), FLOOR);
        backoff.reset();
        assert_eq!(backoff.next(1.0), FIRST);
    }
}

//! Times of rounds, printed as rows.

use std::time::{Duration, Instant};

/// Times of a thing that was done many times.
#[derive(Clone, Debug)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Does a thing so many times, after a tenth of them that do not count.
    pub fn of(rounds: usize, mut thing: impl FnMut()) -> Self {
        for _ in 0..rounds.div_ceil(10) {
            thing();
        }
        let mut times: Vec<Duration> = (0..rounds)
            .map(|_| {
                let start = Instant::now();
                thing();
                start.elapsed()
            })
            .collect();
        times.sort();
        Self(times)
    }

    /// These.
    pub fn from(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    /// The time that so many percent of them stayed below.
    pub fn percentile(&self, percent: usize) -> Duration {
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).copied().unwrap_or_default()
    }

    /// The one in the middle.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The shortest: what is left of a time when nobody else wanted the core.
    pub fn least(&self) -> Duration {
        self.percentile(0)
    }

    /// Prints them as a row.
    pub fn row(&self, name: &str) {
        println!(
            "{name:<58} least {:>10}  median {:>10}  p99 {:>10}",
            shown(self.least()),
            shown(self.median()),
            shown(self.percentile(99))
        );
    }
}

/// A time in the unit that fits.
pub fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..1.0 => format!("{:.0} ns", micros * 1e3),
        ..1e3 => format!("{micros:.1} µs"),
        ..1e6 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

/// Prints anything else as a row.
pub fn row(name: &str, value: impl std::fmt::Display) {
    println!("{name:<58} {value:>10}");
}

/// CPU time of this process's first thread, which does everything that is measured so: on a
/// busy machine it can be trusted, the time on the wall cannot.
pub fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    let nanos = text.split_whitespace().next().unwrap();
    Duration::from_nanos(nanos.parse().unwrap())
}

/// What this process holds in memory, and the most that it ever held, in MB.
pub fn memory() -> (u64, u64) {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1024
    };
    (of("VmRSS"), of("VmHWM"))
}

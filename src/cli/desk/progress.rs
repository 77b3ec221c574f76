//! How far a long look at a desk is: on a terminal, and only once it takes a while.

use ocdeck_domain::words::count;
use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

/// What is over sooner needs no progress.
const PATIENCE: Duration = Duration::from_millis(500);
/// Least time between two words.
const EVERY: Duration = Duration::from_millis(200);

/// One line that is written over.
pub(super) struct Progress {
    word: &'static str,
    /// Records that there are, where that is known.
    of: Option<u64>,
    due: Instant,
    shown: bool,
    on: bool,
}

impl Progress {
    /// `word`: "looked at", "exported".
    pub(super) fn new(word: &'static str, of: Option<u64>) -> Self {
        Self {
            word,
            of,
            due: Instant::now() + PATIENCE,
            shown: false,
            on: io::stderr().is_terminal(),
        }
    }

    /// So many records are done.
    pub(super) fn at(&mut self, done: u64) {
        let now = Instant::now();
        if !self.on || now < self.due {
            return;
        }
        self.due = now + EVERY;
        self.shown = true;
        let mut stderr = io::stderr().lock();
        // Who cannot be told how far it is still gets the result.
        let _ = write!(stderr, "\r{}", line(self.word, done, self.of));
        let _ = stderr.flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(word: &str, done: u64, of: Option<u64>) -> String {
    match of {
        Some(of) => format!("{word} {} of {} records", count(done), count(of)),
        None => format!("{word} {} records", count(done)),
    }
}

#[cfg(test)]
mod tests {
    use super::{count, line};

    #[test]
    fn how_far_it_is_in_one_line() {
        let known = line("looked at", 230_000, Some(1_000_000));
        let (done, of) = (count(230_000), count(1_000_000));
        assert_eq!(known, format!("looked at {done} of {of} records"));
        assert_eq!(line("exported", 7, None), "exported 7 records");
    }
}

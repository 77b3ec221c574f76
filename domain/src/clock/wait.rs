//! Waiting for the client: what the adjusted value leaves out.

use crate::{calendar::Hours, facts::Time};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// A wait for the client, recorded with the attempt to contact somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Since when.
    pub from: Time,
    /// Until when; `None`: still.
    pub until: Option<Time>,
    /// For what: "the list of folders", "an answer on the overwrite".
    pub what: String,
    /// The contact attempt: whom, on what number or address.
    pub attempt: String,
}

/// Why a wait is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaitRefused {
    /// Nothing is said that is missing.
    #[error("say what the client is to give")]
    What,
    /// Nobody was contacted.
    #[error("record whom you tried to reach, and how: only then does the adjusted clock pause")]
    Attempt,
}

impl Wait {
    /// A wait that begins.
    ///
    /// # Errors
    /// When it says not for what, or there was no contact attempt.
    pub fn begin(from: Time, what: &str, attempt: &str) -> Result<Self, WaitRefused> {
        let (what, attempt) = (what.trim(), attempt.trim());
        if what.is_empty() {
            return Err(WaitRefused::What);
        }
        if attempt.is_empty() {
            return Err(WaitRefused::Attempt);
        }
        Ok(Self {
            from,
            until: None,
            what: what.to_owned(),
            attempt: attempt.to_owned(),
        })
    }

    /// Whether it holds at `now`.
    pub fn holds(&self, now: Time) -> bool {
        self.from <= now && self.until.is_none_or(|until| until > now)
    }
}

/// How much of these hours fell into waits between two moments; time that is in two waits
/// counts once.
pub fn waited(waits: &[Wait], hours: &Hours, from: Time, to: Time) -> TimeDelta {
    let mut spans: Vec<(Time, Time)> = waits
        .iter()
        .map(|wait| (wait.from.max(from), wait.until.unwrap_or(to).min(to)))
        .filter(|(from, to)| from < to)
        .collect();
    spans.sort_unstable();
    let mut sum = TimeDelta::zero();
    let mut counted = from;
    for (from, to) in spans {
        let from = from.max(counted);
        if from < to {
            sum += hours.open_time(from, to);
            counted = to;
        }
    }
    sum
}

//! When lists that are gathered from everything are made anew: those of the Shift screen and of
//! the sweep: before a frame, and before a person acts on them. What a person or the desk does is
//! there at once; what appliances tell, and time, once a second: they tell thousands of things in
//! one, and nobody reads a list that fast.

use chrono::TimeDelta;
use ocdeck_domain::facts::Time;

/// Least time between two gatherings that only facts or time asked for.
const FACTS: TimeDelta = TimeDelta::seconds(1);

/// When it was gathered last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gathered {
    /// `None`: it must be anew.
    at: Option<Time>,
    /// Whether appliances told something since.
    behind: bool,
    /// How often it was gathered.
    #[cfg(test)]
    pub(super) times: usize,
}

impl Gathered {
    /// A person, or the desk, did something.
    pub(super) fn stir(&mut self) {
        self.at = None;
    }

    /// Appliances told something.
    pub(super) fn fall_behind(&mut self) {
        self.behind = true;
    }

    /// Whether appliances told something that is not gathered yet.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Whether it is to be gathered now; then that is done by who asks.
    pub(super) fn is_due(&mut self, now: Time) -> bool {
        let due = self
            .at
            .is_none_or(|at| !(TimeDelta::zero()..FACTS).contains(&(now - at)));
        if due {
            self.at = Some(now);
            self.behind = false;
            #[cfg(test)]
            {
                self.times += 1;
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_at_once_facts_and_time_once_a_second() {
        let at = |ms| Time::UNIX_EPOCH + TimeDelta::milliseconds(ms);
        let mut gathered = Gathered::default();
        assert!(gathered.is_due(at(5_000)));
        assert!(!gathered.is_due(at(5_999)));
        gathered.fall_behind();
        assert!(!gathered.is_due(at(5_999)) && gathered.is_behind());
        assert!(gathered.is_due(at(6_000)) && !gathered.is_behind());
        gathered.stir();
        assert!(gathered.is_due(at(6_001)));
        // A clock that was set back holds nothing up.
        assert!(gathered.is_due(at(1_000)));
    }
}

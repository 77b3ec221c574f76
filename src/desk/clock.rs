//! Desk time: the one base of all clocks.
//!
//! A process counts it with the clock that never jumps, from an offset that is measured against
//! the desk. So a local clock that is set wrong or anew moves no running clock; it is told. Where
//! that clock is the desk's, one that stays where it was set is followed after some minutes: the
//! host was asleep, or was set right.

use super::Place;
use crate::state::msg::Jump;
use chrono::{TimeDelta, Utc};
use ocdeck_domain::facts::Time;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How many measurements the offset is the median of.
pub(super) const SAMPLES: usize = 5;
/// What is no drift any more.
const JUMP: TimeDelta = TimeDelta::seconds(2);
/// How long the host's clock stays where it jumped before a desk on this host follows it.
const STAYS: Duration = Duration::from_secs(300);

/// Whose clock desk time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// A server's: everybody follows it, also when it jumps.
    Server,
    /// This host's: when it jumps, a running process goes on as before until that clock has
    /// stayed there for a while.
    Host,
}

/// Desk time in this process; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base: Base,
    /// The two clocks of this host at one moment.
    start: (Instant, Time),
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Desk time less unjumped local time, and how long the question took.
    samples: VecDeque<(TimeDelta, Duration)>,
    offset: TimeDelta,
    /// How far the host's clock stands from the one that never jumps.
    drift: TimeDelta,
    /// Jumps of the host's clock that were not followed.
    ignored: TimeDelta,
    /// Since when the host's clock stands there.
    jumped: Option<Instant>,
}

impl Clock {
    /// A clock that runs with this host's until the first measurement.
    pub fn new(base: Base) -> Self {
        Self(Arc::new(Inner {
            base,
            start: (Instant::now(), Utc::now()),
            state: Mutex::default(),
        }))
    }

    /// The clock of the desk that stands there.
    pub fn of(place: &Place) -> Self {
        Self::new(match place {
            Place::Server(_) => Base::Server,
            Place::Own(_) | Place::Shared(_) => Base::Host,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Local time that never jumps.
    fn steady(&self, at: Instant) -> Time {
        let (start, time) = self.0.start;
        let since = at.saturating_duration_since(start);
        time + TimeDelta::from_std(since).unwrap_or(TimeDelta::MAX)
    }

    /// Now, as the desk has it.
    pub fn now(&self) -> Time {
        let offset = self.state().offset;
        self.steady(Instant::now()) + offset
    }

    /// How far this host's clock is behind the desk's, and how long a question to the desk
    /// takes: the medians of the last measurements.
    pub fn skew(&self) -> (TimeDelta, Duration) {
        let state = self.state();
        let mut trips: Vec<Duration> = state.samples.iter().map(|(_, trip)| *trip).collect();
        trips.sort_unstable();
        let trip = trips.get(trips.len() / 2).copied().unwrap_or_default();
        let behind = match self.0.base {
            Base::Server => state.offset - state.drift,
            Base::Host => TimeDelta::zero(),
        };
        (behind, trip)
    }

    /// Takes in what the desk said: asked at `sent`, answered at `received`.
    pub fn measured(&self, sent: Instant, desk: Time, received: Instant) -> Option<Jump> {
        let trip = received.saturating_duration_since(sent);
        let sample = desk - self.steady(sent + trip / 2);
        let mut state = self.state();
        let first = state.samples.is_empty();
        state.samples.push_back((sample, trip));
        if state.samples.len() > SAMPLES {
            state.samples.pop_front();
        }
        let wanted = state.median() - state.ignored;
        let by = wanted - state.offset;
        let jumped = !first && by.abs() > JUMP;
        match self.0.base {
            Base::Host if jumped => None,
            _ => {
                state.offset = wanted;
                jumped.then_some(Jump {
                    by,
                    local: false,
                    followed: true,
                })
            }
        }
    }

    /// Whether a measurement differs so much from what is known that more are needed at once.
    pub fn surprised(&self) -> bool {
        let state = self.state();
        let last = state.samples.back();
        self.0.base == Base::Server
            && last.is_some_and(|(sample, _)| (*sample - state.offset).abs() > JUMP)
    }

    /// Whether this host's clock, which stands at `wall`, jumped since the last look, or jumped
    /// long ago and is followed now.
    pub fn look(&self, wall: Time, at: Instant) -> Option<Jump> {
        let drift = wall - self.steady(at);
        let mut state = self.state();
        let by = drift - std::mem::replace(&mut state.drift, drift);
        if by.abs() <= JUMP {
            return state.follow(at);
        }
        if self.0.base == Base::Host {
            state.ignored += by;
            state.jumped = (state.ignored.abs() > JUMP).then_some(at);
        }
        Some(Jump {
            by,
            local: true,
            followed: false,
        })
    }
}

impl State {
    /// Follows the host's clock, when it has stayed where it jumped.
    fn follow(&mut self, at: Instant) -> Option<Jump> {
        let jumped = self.jumped?;
        if at.saturating_duration_since(jumped) < STAYS {
            return None;
        }
        self.jumped = None;
        let by = std::mem::take(&mut self.ignored);
        self.offset += by;
        Some(Jump {
            by,
            local: true,
            followed: true,
        })
    }

    fn median(&self) -> TimeDelta {
        let mut offsets: Vec<TimeDelta> = self.samples.iter().map(|(offset, _)| *offset).collect();
        offsets.sort_unstable();
        offsets.get(offsets.len() / 2).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: i64) -> TimeDelta {
        TimeDelta::seconds(n)
    }

    /// Asks a desk whose clock is so far ahead; the answer takes 20 ms each way.
    fn ask(clock: &Clock, ahead: TimeDelta) -> Option<Jump> {
        let sent = Instant::now();
        let desk = clock.steady(sent) + ahead + TimeDelta::milliseconds(20);
        clock.measured(sent, desk, sent + Duration::from_millis(40))
    }

    #[test]
    fn the_desk_s_time_is_shown_and_an_outlier_is_not_believed() {
        let clock = Clock::new(Base::Server);
        for ahead in [90, 90, 91, 90, 90] {
            assert_eq!(ask(&clock, seconds(ahead)), None);
        }
        assert_eq!(ask(&clock, seconds(500)), None);
        assert!(clock.surprised());
        let (behind, trip) = clock.skew();
        assert_eq!((behind, trip), (seconds(90), Duration::from_millis(40)));
        let ahead = clock.now() - clock.steady(Instant::now());
        assert!((ahead - seconds(90)).abs() < TimeDelta::milliseconds(500));
    }

    #[test]
    fn everybody_follows_a_server_that_jumps() {
        let clock = Clock::new(Base::Server);
        for _ in 0..SAMPLES {
            ask(&clock, seconds(0));
        }
        let jumps: Vec<Jump> = (0..SAMPLES)
            .filter_map(|_| ask(&clock, seconds(3600)))
            .collect();
        let [jump] = jumps[..] else {
            panic!("{jumps:?}");
        };
        assert_eq!(
            (jump.by, jump.local, jump.followed),
            (seconds(3600), false, true)
        );
    }

    #[test]
    fn a_local_clock_that_jumps_moves_no_running_clock() {
        for base in [Base::Server, Base::Host] {
            let clock = Clock::new(base);
            for _ in 0..SAMPLES {
                ask(&clock, seconds(0));
            }
            let before = clock.now();
            let at = Instant::now();
            let wall = clock.steady(at) + seconds(7200);
            let jump = clock.look(wall, at).unwrap();
            assert_eq!(
                (jump.by, jump.local, jump.followed),
                (seconds(7200), true, false)
            );
            // Told once.
            assert_eq!(clock.look(wall, at), None);
            // A desk on this host says the new time from now on.
            let desk = match base {
                Base::Host => seconds(7200),
                Base::Server => seconds(0),
            };
            for _ in 0..2 * SAMPLES {
                assert_eq!(ask(&clock, desk), None);
            }
            assert!(clock.now() - before < seconds(60), "{base:?}");
            let behind = clock.skew().0;
            let expected = match base {
                Base::Host => seconds(0),
                Base::Server => seconds(-7200),
            };
            assert_eq!(behind, expected);
        }
    }

    #[test]
    fn a_host_s_clock_that_stays_where_it_was_set_is_followed_once() {
        for (base, follows) in [(Base::Host, true), (Base::Server, false)] {
            let clock = Clock::new(base);
            for _ in 0..SAMPLES {
                ask(&clock, seconds(0));
            }
            let at = Instant::now();
            let look = |by: i64, after: u64| {
                let at = at + Duration::from_secs(after);
                clock.look(clock.steady(at) + seconds(by), at)
            };
            // Set, and set back in time: nothing is left to follow.
            assert!(look(600, 0).is_some_and(|jump| !jump.followed));
            assert!(look(0, 60).is_some_and(|jump| !jump.followed));
            assert_eq!(look(0, 1000), None);
            assert!(look(600, 1001).is_some());
            assert_eq!(look(600, 1299), None);
            let before = clock.now();
            let followed = look(600, 1302).map(|jump| (jump.by, jump.local, jump.followed));
            assert_eq!(followed, follows.then_some((seconds(600), true, true)));
            assert_eq!(look(600, 9000), None);
            let desk = if follows { 600 } else { 0 };
            for _ in 0..2 * SAMPLES {
                assert_eq!(ask(&clock, seconds(desk)), None);
            }
            let moved = clock.now() - before - seconds(desk);
            assert!(moved.abs() < seconds(60), "{base:?}: {moved}");
        }
    }
}

//! The shift in numbers.

use crate::{facts::Time, policy::Policy, restore::Request, sweep::Sweep};
use chrono::TimeDelta;

/// The shift in numbers. Nothing is in it that is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Night {
    /// Since when.
    pub since: Option<Time>,
    /// Requests that were called in, recovery tests left out.
    pub restores: u64,
    /// Of those whose initiate clock stopped, how many did in time.
    pub in_time: u64,
    /// Places of those with a clock that was or is over.
    pub breached: Vec<String>,
    /// Calls that were taken.
    pub calls: u64,
    /// Mean time until human contact, in seconds.
    pub respond_mean: Option<i64>,
    /// Jobs that ended, and how many of them failed; `None`: appliances were not asked.
    pub jobs: Option<(u64, u64)>,
    /// Sweeps that ended.
    pub sweeps: u64,
    /// When the last of them did.
    pub last_sweep: Option<Time>,
}

/// The numbers since then; `place` says where a request is, `policy` what its clocks started under.
pub fn night<'a>(
    since: Time,
    now: Time,
    requests: impl Iterator<Item = &'a Request>,
    sweeps: impl Iterator<Item = &'a Sweep>,
    place: impl Fn(&Request) -> String,
    policy: impl Fn(&'a Request) -> &'a Policy,
) -> Night {
    let mut night = Night {
        since: Some(since),
        ..Night::default()
    };
    let mut responded = Vec::new();
    for request in requests.filter(|r| r.received.is_some_and(|at| at >= since)) {
        night.calls += 1;
        let respond = request.received.zip(request.responded);
        responded.extend(respond.map(|(received, at)| (at - received).num_seconds()));
        let Some([respond, initiate]) = request.clocks(policy(request)) else {
            continue;
        };
        night.restores += 1;
        let over = |clock: &crate::clock::Clock| clock.left(now) < TimeDelta::zero();
        if over(&respond) || over(&initiate) {
            night.breached.push(place(request));
        } else if !initiate.runs() {
            night.in_time += 1;
        }
    }
    let calls = i64::try_from(responded.len()).unwrap_or(0);
    night.respond_mean = (calls > 0).then(|| responded.iter().sum::<i64>() / calls.max(1));
    let ended = sweeps.filter_map(|sweep| sweep.ended.as_ref().map(|(at, ..)| *at));
    for at in ended.filter(|at| *at >= since) {
        night.sweeps += 1;
        night.last_sweep = night.last_sweep.max(Some(at));
    }
    night
}

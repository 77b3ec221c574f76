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
    /// Of those that an appliance ran, how many were initiated in time.
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
        let policy = policy(request);
        let Some([respond, initiate]) = request.clocks(policy) else {
            continue;
        };
        night.restores += 1;
        let over = |clock: &crate::clock::Clock| clock.left(now) < TimeDelta::zero();
        if over(&respond) || over(&initiate) {
            night.breached.push(place(request));
        } else if request.initiated(policy).is_some() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::RequestId, journal::Record, policy::shipped, restore::Event};
    use uuid::Uuid;

    #[test]
    fn what_was_given_up_was_not_initiated_in_time() {
        let id = RequestId(Uuid::from_u128(118));
        let start = Time::from_timestamp(1_795_000_000, 0).unwrap();
        let given_up = Event::Cancelled {
            reason: "not needed".into(),
        };
        let mut request = Request::new(id);
        for (version, event) in (1u32..).zip([Event::CallReceived, Event::Responded, given_up]) {
            request.fold(&Record {
                seq: version.into(),
                subject_version: version,
                received_at: start,
                author: Default::default(),
                record: event.record(Uuid::from_u128(version.into()), id, start, "mara"),
            });
        }
        let policy = shipped();
        let (requests, none) = ([request], std::iter::empty());
        let place = |_: &Request| "cove/hv02".to_owned();
        let night = night(start, start, requests.iter(), none, place, |_| &policy);
        assert_eq!((night.restores, night.in_time), (1, 0));
    }
}

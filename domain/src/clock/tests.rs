use super::*;
use crate::{
    policy::shipped,
    restore::{Asked, Purpose},
};
use proptest::prelude::*;

fn at(seconds: i64) -> Time {
    Time::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn timing(received: i64) -> Timing {
    Timing {
        received: at(received),
        ..Timing::default()
    }
}

fn system_clocks(timing: &Timing) -> [Clock; 2] {
    clocks(timing, Some(&shipped().restore.system)).unwrap()
}

#[test]
fn a_clock_warns_turns_hot_and_is_breached() {
    let policy = shipped().clock;
    let [respond, initiate] = system_clocks(&timing(0));
    for (seconds, heat) in [
        (0, Heat::Normal),
        (450, Heat::Normal),
        (451, Heat::Warn),
        (675, Heat::Warn),
        (676, Heat::Hot),
        (900, Heat::Hot),
        (901, Heat::Breached),
    ] {
        assert_eq!(
            respond.heat(at(seconds), &policy),
            heat,
            "after {seconds} s"
        );
    }
    assert_eq!(respond.left(at(1_038)), TimeDelta::seconds(-138));
    assert_eq!(initiate.left(at(1_038)), TimeDelta::seconds(3_600 - 1_038));
}

#[test]
fn a_recovery_test_has_no_clock() {
    let policy = shipped().restore;
    let none = times(&policy, Purpose::RecoveryTest, Some(Asked::System), None);
    assert_eq!(clocks(&timing(0), none.as_ref()), None);
}

#[test]
fn until_a_kind_is_chosen_the_strictest_holds() {
    let policy = shipped().restore;
    let of = |asked, chosen| times(&policy, Purpose::Production, asked, chosen).unwrap();
    assert_eq!(of(None, None), policy.system);
    assert_eq!(of(Some(Asked::Files), None), policy.file);
    assert_eq!(of(Some(Asked::Files), Some(Priority::P1)), policy.raised);
    assert_eq!(of(Some(Asked::System), Some(Priority::P2)), policy.folder);
}

#[test]
fn a_session_that_fails_at_once_did_not_initiate() {
    let policy = shipped().clock;
    let run = |started, failed: Option<i64>| Run {
        dispatched: at(0),
        started: at(started),
        heard: at(started + 1),
        offset: TimeDelta::zero(),
        failed: failed.map(at),
    };
    assert_eq!(
        initiated(&[run(10, Some(309))], &policy),
        None,
        "the clock runs on"
    );
    assert_eq!(initiated(&[run(10, Some(310))], &policy), Some(at(10)));
    assert_eq!(
        initiated(&[run(10, Some(20)), run(60, None)], &policy),
        Some(at(60))
    );
}

#[test]
fn a_skewed_appliance_neither_starts_early_nor_late() {
    let run = |started| Run {
        dispatched: at(100),
        started: at(started),
        heard: at(110),
        offset: TimeDelta::zero(),
        failed: None,
    };
    assert_eq!(run(40).started_clamped(), at(100));
    assert_eq!(run(105).started_clamped(), at(105));
    assert_eq!(run(900).started_clamped(), at(110));
}

proptest! {
    #[test]
    fn time_only_makes_it_worse(start in 0i64..100_000, a in 0i64..50_000, more in 0i64..50_000) {
        let policy = shipped().clock;
        for clock in system_clocks(&timing(start)) {
            let (early, late) = (at(start + a), at(start + a + more));
            prop_assert!(clock.heat(early, &policy) <= clock.heat(late, &policy));
            prop_assert!(clock.left(early) >= clock.left(late));
            prop_assert!(clock.percent_left(late) <= clock.percent_left(early));
            let breached = clock.heat(late, &policy) == Heat::Breached;
            prop_assert_eq!(breached, clock.left(late) < TimeDelta::zero());
        }
    }

    #[test]
    fn a_stopped_clock_stands_still(stop in 0i64..10_000, a in 0i64..10_000, b in 0i64..10_000) {
        let mut timing = timing(0);
        timing.initiated = Some(at(stop));
        let [_, clock] = system_clocks(&timing);
        prop_assert_eq!(clock.left(at(a)), clock.left(at(b)));
        prop_assert!(!clock.runs());
    }

    #[test]
    fn changing_the_priority_keeps_the_start(received in 0i64..10_000, chosen in 1u32..=4) {
        let policy = shipped().restore;
        let times = times(&policy, Purpose::Production, Some(Asked::Folders), Priority::from_number(chosen));
        for clock in clocks(&timing(received), times.as_ref()).unwrap() {
            prop_assert_eq!(clock.start, at(received));
            prop_assert!(clock.deadline > clock.start);
        }
    }
}

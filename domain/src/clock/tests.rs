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

fn waits() -> impl Strategy<Value = Vec<Wait>> {
    let wait = (0i64..10_000, prop::option::of(0i64..10_000));
    let wait = wait.prop_map(|(from, length)| Wait {
        from: at(from),
        until: length.map(|length| at(from + length)),
        what: "an answer".into(),
        attempt: "called Ann Lee".into(),
    });
    prop::collection::vec(wait, 0..6)
}

proptest! {
    #[test]
    fn the_wall_never_shows_less_gone_than_the_adjusted_value(
        start in 0i64..2_000, now in 0i64..20_000, waits in waits(), business in any::<bool>(),
        stop in prop::option::of(0i64..20_000),
    ) {
        let usual = std::sync::Arc::new(shipped().calendar().unwrap());
        // The start of these times is a Wednesday afternoon in Chicago.
        let hours = if business {
            Hours::of(&usual, chrono_tz::Tz::America__Chicago)
        } else {
            Hours::AroundTheClock
        };
        let clock = Clock::new(Verb::Initiate, Priority::P2, at(start), TimeDelta::hours(4), hours)
            .waiting(&waits)
            .stop(stop.map(|after| at(start + after)));
        let now = at(start + now);
        let zero = TimeDelta::zero();
        prop_assert!(clock.elapsed(now) >= clock.adjusted_elapsed(now));
        prop_assert!(clock.adjusted_elapsed(now) >= zero);
        prop_assert!(clock.adjusted_left(now) >= clock.left(now));
        prop_assert!(clock.adjusted_deadline(now) >= clock.deadline);
        prop_assert_eq!(clock.late(now), clock.left(now) < zero);
    }

    #[test]
    fn waits_at_the_same_time_count_once_and_in_any_order(waits in waits(), now in 0i64..20_000) {
        let all = |waits: &[Wait]| waited(waits, &Hours::AroundTheClock, at(0), at(now));
        let mut other = waits.clone();
        other.reverse();
        other.extend(waits.clone());
        prop_assert_eq!(all(&waits), all(&other));
        prop_assert!(all(&waits) <= TimeDelta::seconds(now));
    }
}

#[test]
fn a_wait_needs_words_and_an_attempt() {
    assert_eq!(
        Wait::begin(at(0), " ", "called").unwrap_err(),
        WaitRefused::What
    );
    let alone = Wait::begin(at(0), "the folder", "").unwrap_err();
    assert_eq!(alone, WaitRefused::Attempt);
    let wait = Wait::begin(at(5), " the folder ", "called Ann Lee").unwrap();
    assert_eq!(wait.what, "the folder");
    assert!(!wait.holds(at(4)) && wait.holds(at(5)));
}

#[test]
fn a_change_of_priority_says_why_not() {
    use Priority::{P1, P2, P3};
    let refused = |from, to, called, reason| change_of_priority(from, to, called, reason).err();
    assert_eq!(refused(P2, P2, true, "x"), Some(ChangeRefused::Same(P2)));
    assert_eq!(refused(P2, P1, false, "x"), Some(ChangeRefused::NeedsCall));
    assert_eq!(refused(P2, P1, true, ""), None);
    assert_eq!(refused(P3, P2, false, ""), None);
    assert_eq!(refused(P1, P2, true, " "), Some(ChangeRefused::NeedsReason));
    assert_eq!(refused(P1, P2, false, "it is a test"), None);
}

#[test]
fn what_is_internal_is_over_and_never_breached() {
    let policy = shipped();
    for priority in [Priority::P1, Priority::P2, Priority::P3, Priority::P4] {
        let clock = target(
            &policy,
            priority,
            Verb::Respond,
            at(0),
            &Hours::AroundTheClock,
        );
        assert_eq!(clock.heat(at(1_000_000), &policy.clock), Heat::Over);
        assert_eq!(clock.state(at(1_000_000)), "over");
    }
    assert!(Heat::Over.late() && Heat::Breached.late() && !Heat::Hot.late());
}

#[test]
fn a_clock_turns_hot_when_less_than_a_quarter_is_left() {
    let policy = shipped();
    let start: Time = "2026-11-21T08:14:05Z".parse().unwrap();
    let business = policy.calendar().unwrap();
    let business = Hours::of(&std::sync::Arc::new(business), chrono_tz::UTC);
    for hours in [Hours::AroundTheClock, business] {
        for minutes in [15, 20, 240] {
            let budget = TimeDelta::minutes(minutes);
            let clock = Clock::new(
                Verb::Acknowledge,
                Priority::P2,
                start,
                budget,
                hours.clone(),
            );
            let hot = clock.turns_hot(&policy.clock);
            assert_eq!(clock.heat(hot, &policy.clock), Heat::Hot);
            let before = hot - TimeDelta::milliseconds(1);
            assert_eq!(clock.heat(before, &policy.clock), Heat::Warn);
        }
    }
}

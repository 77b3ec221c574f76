use super::super::{Contacted, Event, Reported};
use super::*;
use crate::{ids::IncidentId, journal::Record, policy, priority::Priority};
use chrono::TimeDelta;
use std::sync::Arc;
use uuid::Uuid;

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// Business hours in Chicago, six hours behind UTC in November.
fn business() -> Hours {
    let usual = Arc::new(policy::shipped().calendar().unwrap());
    Hours::of(&usual, chrono_tz::America::Chicago)
}

fn incident(
    channel: Channel,
    wants: Kind,
    priority: Priority,
    later: &[(Event, &str)],
) -> Incident {
    let received = at("2026-11-20T21:00:00Z"); // Friday, 15:00 there
    let report = Event::Reported(Box::new(Reported {
        channel,
        wants,
        tenant: None,
        text: "nobody can book".into(),
        priority,
        contact: "Ann Lee".into(),
        number: "+1 555 0142".into(),
        received,
    }));
    let id = IncidentId(Uuid::from_u128(7));
    let mut incident = Incident::new(id);
    let first = (report, "2026-11-20T21:00:00Z");
    for (version, (event, when)) in (1u32..).zip(std::iter::once(&first).chain(later)) {
        incident.fold(&Record {
            seq: version.into(),
            subject_version: version,
            received_at: at(when),
            author: Default::default(),
            record: event.record(Uuid::from_u128(version.into()), id, at(when), "mara"),
        });
    }
    incident
}

fn call() -> Event {
    Event::Contacted(Contacted {
        whom: "Ann Lee".into(),
        number: "+1 555 0142".into(),
        how: "phone".into(),
        reached: true,
        outcome: String::new(),
    })
}

fn clocks(incident: &Incident) -> Vec<Clock> {
    incident.clocks(&policy::shipped(), &business(), None)
}

#[test]
fn a_p3_counts_business_hours() {
    let clocks = clocks(&incident(Channel::Portal, Kind::Other, Priority::P3, &[]));
    // Two of its four hours on Friday, the others on Monday.
    assert_eq!(clocks[0].deadline, at("2026-11-23T16:00:00Z"));
    assert!(clocks[0].internal);
}

#[test]
fn a_portal_p1_has_an_advisory_timer_until_the_call_starts_its_clocks() {
    let portal = |later| incident(Channel::Portal, Kind::RestoreSystem, Priority::P1, later);
    let advisory = clocks(&portal(&[]));
    assert_eq!(advisory.len(), 1);
    assert!(advisory[0].internal && advisory[0].runs());
    assert_eq!(advisory[0].start, at("2026-11-20T21:00:00Z"));

    let called = portal(&[(call(), "2026-11-20T21:30:00Z")]);
    let [respond, initiate] = clocks(&called).try_into().unwrap();
    assert_eq!(respond.start, at("2026-11-20T21:30:00Z"));
    assert_eq!(respond.stopped, Some(at("2026-11-20T21:30:00Z")));
    assert_eq!(initiate.deadline, at("2026-11-20T22:30:00Z"));
    assert!(initiate.runs() && !initiate.internal);
}

#[test]
fn a_call_starts_at_its_receipt_and_a_change_of_priority_keeps_that() {
    let raised = Event::PriorityChanged {
        to: Priority::P1,
        reason: String::new(),
        call: Some(super::super::Call {
            whom: "Ann Lee".into(),
            number: String::new(),
        }),
    };
    let later = [(raised, "2026-11-20T21:40:00Z")];
    let incident = incident(Channel::Call, Kind::RestoreFile, Priority::P2, &later);
    let clocks = clocks(&incident);
    assert_eq!(clocks[1].start, at("2026-11-20T21:00:00Z"));
    assert_eq!(clocks[1].budget, TimeDelta::hours(1));
    assert_eq!(clocks[1].priority, Priority::P1);
}

#[test]
fn a_recovery_test_has_none_and_a_backup_its_own() {
    let of = |wants, priority| clocks(&incident(Channel::Call, wants, priority, &[]));
    assert!(of(Kind::RecoveryTest, Priority::P4).is_empty());
    let backup = of(Kind::Backup, Priority::P2);
    assert_eq!(backup[0].budget, TimeDelta::minutes(20));
    assert!(backup[0].internal);
}

#[test]
fn waits_count_in_the_adjusted_value_only_and_what_is_solved_stops() {
    let waiting = Event::Waiting {
        what: "the folder".into(),
        attempt: "Ann Lee by phone".into(),
    };
    let later = [
        (call(), "2026-11-20T21:00:00Z"),
        (waiting, "2026-11-20T21:10:00Z"),
        (Event::WaitingEnded, "2026-11-20T21:40:00Z"),
    ];
    let incident = incident(Channel::Call, Kind::RestoreFile, Priority::P2, &later);
    let [_, initiate] = clocks(&incident).try_into().unwrap();
    let now = at("2026-11-20T22:00:00Z");
    assert_eq!(initiate.elapsed(now), TimeDelta::hours(1));
    assert_eq!(initiate.adjusted_elapsed(now), TimeDelta::minutes(30));

    let mut solved = incident.clone();
    solved.resolved = Some((now, "found it".into()));
    let [_, initiate] = clocks(&solved).try_into().unwrap();
    assert_eq!(initiate.stopped, Some(now));
}

#[test]
fn below_p2_a_restore_has_a_target_of_ours_and_no_contract_clock() {
    for (to, due) in [
        (Priority::P3, "2026-11-23T16:00:00Z"),
        (Priority::P4, "2026-11-23T20:00:00Z"),
    ] {
        let lowered = Event::PriorityChanged {
            to,
            reason: "the standby serves".into(),
            call: None,
        };
        let later = [(lowered, "2026-11-20T21:10:00Z")];
        let mut incident = incident(Channel::Call, Kind::RestoreSystem, Priority::P1, &later);
        incident.responded = None;
        let clocks = clocks(&incident);
        assert_eq!(clocks.len(), 1, "nothing is promised to be initiated");
        assert!(clocks[0].internal);
        assert_eq!(clocks[0].start, at("2026-11-20T21:00:00Z"));
        assert_eq!(clocks[0].deadline, at(due));
    }
}

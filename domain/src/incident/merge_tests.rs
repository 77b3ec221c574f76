use super::super::{Channel, Event, Kind, Phase};
use super::*;
use crate::{ids::IncidentId, journal::Record, policy::shipped};
use uuid::Uuid;

fn at(minute: u32) -> Time {
    let start: Time = "2026-11-21T02:00:00Z".parse().unwrap();
    start + chrono::TimeDelta::minutes(minute.into())
}

fn id(number: u8) -> IncidentId {
    IncidentId(Uuid::from_u128(number.into()))
}

fn report(channel: Channel, wants: Kind, priority: Priority, minute: u32) -> Event {
    Event::Reported(Box::new(Reported {
        channel,
        wants,
        tenant: Some("acme".into()),
        text: "nobody can book".into(),
        priority,
        contact: "Ann Lee".into(),
        number: "+1 555 0142".into(),
        received: at(minute),
    }))
}

fn fold(incident: &mut Incident, minute: u32, event: &Event) {
    let version = incident.version() + 1;
    let unique = incident.id.0.as_u128() * 1_000 + u128::from(version);
    incident.fold(&Record {
        seq: version.into(),
        subject_version: version,
        received_at: at(minute),
        author: Default::default(),
        record: event.record(Uuid::from_u128(unique), incident.id, at(minute), "mara"),
    });
}

fn incident(number: u8, events: &[(u32, Event)]) -> Incident {
    let mut incident = Incident::new(id(number));
    for (minute, event) in events {
        fold(&mut incident, *minute, event);
    }
    incident
}

fn merge(from: &Incident, into: &mut Incident, minute: u32) {
    let policy = shipped();
    let takes = from.leaves_to(into, &policy, &policy);
    let incident = from.id;
    let takes = Some(Box::new(takes));
    fold(into, minute, &Event::MergedFrom { incident, takes });
}

#[test]
fn the_one_that_stays_takes_promises_wait_priority_and_the_earlier_clock() {
    let promised = Event::Promised {
        what: "call back".into(),
        at: at(40),
    };
    let waiting = Event::Waiting {
        what: "the password".into(),
        attempt: "Ann Lee by phone".into(),
    };
    let first = report(Channel::Call, Kind::RestoreSystem, Priority::P1, 0);
    let from = incident(1, &[(0, first), (5, promised), (6, waiting)]);
    let later = report(Channel::Call, Kind::Other, Priority::P3, 10);
    let mut into = incident(2, &[(10, later)]);
    merge(&from, &mut into, 20);
    assert_eq!(into.priority(), Priority::P1);
    assert_eq!(into.started, Some(at(0)));
    assert_eq!(into.report().unwrap().wants, Kind::RestoreSystem);
    assert_eq!(into.waiting().unwrap().from, at(6));
    let promise = into.open_promises()[0].id;
    let hours = crate::calendar::Hours::AroundTheClock;
    let initiate = into.clocks(&shipped(), &hours, None)[1].clone();
    assert_eq!(initiate.deadline, at(60));
    fold(&mut into, 30, &Event::Kept { promise });
    assert!(into.open_promises().is_empty());
    let lowered = Event::PriorityChanged {
        to: Priority::P2,
        reason: "the standby serves".into(),
        call: None,
    };
    fold(&mut into, 31, &lowered);
    assert_eq!(into.priority(), Priority::P2, "a later decision counts");
}

#[test]
fn who_waits_for_a_call_waits_on_top_until_somebody_is_reached() {
    let policy = shipped();
    let portal = |minute| report(Channel::Portal, Kind::RestoreSystem, Priority::P1, minute);
    let called = |minute| report(Channel::Call, Kind::RestoreSystem, Priority::P1, minute);
    for (from, into) in [(portal(0), called(5)), (called(5), portal(0))] {
        let from = incident(1, &[(5, from)]);
        let mut into = incident(2, &[(5, into)]);
        merge(&from, &mut into, 20);
        assert_eq!(into.phase(&policy), Phase::NeedsCall);
        assert_eq!(into.clock_start(&policy), Some(at(5)), "what runs goes on");
        let reached = Event::Contacted(super::super::Contacted {
            whom: "Ann Lee".into(),
            number: "+1 555 0142".into(),
            how: "phone".into(),
            reached: true,
            outcome: String::new(),
        });
        fold(&mut into, 25, &reached);
        assert_eq!(into.phase(&policy), Phase::InProgress);
    }
}

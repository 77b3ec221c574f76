use super::super::{Call, Incidents};
use super::*;
use crate::{ids::On, journal::NewRecord, policy, priority::Severity};
use proptest::prelude::*;
use uuid::Uuid;

const ID: IncidentId = IncidentId(Uuid::from_u128(7));

fn at(minute: u32) -> Time {
    let start: Time = "2026-11-21T02:00:00Z".parse().unwrap();
    start + chrono::TimeDelta::minutes(minute.into())
}

fn alert(episode: u32, severity: u32) -> Raised {
    Raised {
        episode: crate::ids::Episode {
            alert: On::new("acme-stl-01".into(), "job_failed/erp01".into()),
            episode,
        },
        tenant: Some("acme".into()),
        object_kind: crate::facts::EntityKind::Job,
        object: "erp01-files".into(),
        monitor: "job_failed".into(),
        severity: Severity::clamped(severity),
        text: "erp01-files failed".into(),
        raised: at(1),
    }
}

fn report(channel: Channel, priority: Priority) -> Event {
    Event::Reported(Box::new(Reported {
        channel,
        wants: Kind::Other,
        tenant: Some("acme".into()),
        text: "nobody can book".into(),
        priority,
        contact: "Ann Lee".into(),
        number: "+1 555 0142".into(),
        received: at(1),
    }))
}

fn call(reached: bool) -> Event {
    Event::Contacted(Contacted {
        whom: "Ann Lee".into(),
        number: "+1 555 0142".into(),
        how: "phone".into(),
        reached,
        outcome: String::new(),
    })
}

/// The records of one incident, one a minute, by mara.
fn records(id: IncidentId, events: &[Event]) -> Vec<Record> {
    (1u32..)
        .zip(events)
        .map(|(version, event)| Record {
            seq: u64::from(version),
            subject_version: version,
            received_at: at(version),
            author: Default::default(),
            record: event.record(Uuid::from_u128(version.into()), id, at(version), "mara"),
        })
        .collect()
}

fn folded(events: &[Event]) -> Incident {
    let mut incident = Incident::new(ID);
    for record in records(ID, events) {
        incident.fold(&record);
    }
    incident
}

#[test]
fn every_event_reads_back_as_it_was_written() {
    let raised = Box::new(alert(1, 7));
    let episode = raised.episode.clone();
    let text = || "words".to_owned();
    let events = [
        Event::Opened {
            reference: IncidentNumber(12),
        },
        Event::Raised(raised.clone()),
        report(Channel::Portal, Priority::P2),
        Event::AlertLinked(raised),
        Event::Recovered { episode },
        Event::RequestLinked {
            request: RequestId(Uuid::from_u128(3)),
        },
        Event::Taken,
        Event::TakenOver { from: text() },
        Event::Assigned { to: text() },
        Event::Noted { text: text() },
        call(true),
        Event::Waiting {
            what: text(),
            attempt: text(),
        },
        Event::WaitingEnded,
        Event::PriorityChanged {
            to: Priority::P1,
            reason: text(),
            call: Some(Call {
                whom: text(),
                number: text(),
            }),
        },
        Event::Escalated(Escalation {
            to: text(),
            number: text(),
            reason: text(),
            called: at(2),
            answered: None,
            outcome: text(),
        }),
        Event::Notified(Notified {
            whom: text(),
            how: text(),
            at: at(3),
        }),
        Event::Promised {
            what: text(),
            at: at(9),
        },
        Event::Kept {
            promise: Uuid::from_u128(16),
        },
        Event::MergedInto { incident: ID },
        Event::MergedFrom {
            incident: ID,
            takes: None,
        },
        Event::Resolved { note: text() },
        Event::Closed { reason: text() },
        Event::Reopened { reason: text() },
    ];
    for (event, record) in events.iter().zip(records(ID, &events)) {
        assert_eq!(&record.event::<Event>().unwrap(), event);
        assert_eq!(record.record.kind, event.kind());
        let body: serde_json::Value = serde_json::from_str(&record.record.body).unwrap();
        assert_eq!(body["kind"], event.kind());
    }
}

#[test]
fn a_call_stamps_the_response_and_names_the_owner() {
    let incident = folded(&[report(Channel::Call, Priority::P1)]);
    assert_eq!(incident.responded, Some((at(1), "mara".into())));
    assert_eq!(incident.owner, "mara");
    assert_eq!(incident.phase(&policy::shipped()), Phase::InProgress);
}

#[test]
fn a_portal_report_of_p1_or_p2_needs_a_call_and_a_call_that_reaches_somebody_is_one() {
    for channel in [Channel::Portal, Channel::Email] {
        for priority in [Priority::P1, Priority::P2] {
            let mut events = vec![report(channel, priority)];
            assert_eq!(folded(&events).phase(&policy::shipped()), Phase::NeedsCall);
            events.push(call(false));
            let tried = folded(&events);
            assert_eq!(
                tried.phase(&policy::shipped()),
                Phase::NeedsCall,
                "nobody answered"
            );
            assert_eq!((tried.responded, tried.owner.as_str()), (None, "mara"));
            events.push(call(true));
            let reached = folded(&events);
            assert_eq!(reached.phase(&policy::shipped()), Phase::InProgress);
            assert_eq!(reached.responded, Some((at(3), "mara".into())));
            assert_eq!(reached.started, Some(at(1)));
        }
    }
    let calm = folded(&[report(Channel::Portal, Priority::P3)]);
    assert_eq!(calm.phase(&policy::shipped()), Phase::Open);
    let called = folded(&[report(Channel::Call, Priority::P1)]);
    assert!(!called.needs_call(&policy::shipped()));
}

#[test]
fn another_priority_keeps_the_start() {
    let incident = folded(&[
        report(Channel::Call, Priority::P2),
        Event::PriorityChanged {
            to: Priority::P1,
            reason: String::new(),
            call: Some(Call {
                whom: "Ann Lee".into(),
                number: "+1 555 0142".into(),
            }),
        },
    ]);
    assert_eq!(incident.priority(), Priority::P1);
    assert_eq!(incident.started, Some(at(1)));
}

#[test]
fn a_worse_raising_makes_it_more_urgent_and_a_new_one_opens_it_again() {
    let raised = Event::Raised(Box::new(alert(1, 7)));
    let recovered = |episode| Event::Recovered {
        episode: alert(episode, 7).episode,
    };
    let mut events = vec![raised, recovered(1)];
    let over = folded(&events);
    assert_eq!(over.phase(&policy::shipped()), Phase::Recovered);
    assert_eq!(over.ended(), Some(at(2)));
    events.push(Event::AlertLinked(Box::new(alert(2, 7))));
    assert_eq!(folded(&events).phase(&policy::shipped()), Phase::Open);
    events.push(Event::AlertLinked(Box::new(alert(2, 9))));
    let worse = folded(&events);
    assert_eq!(worse.priority(), Priority::P1);
    assert_eq!(worse.alerts.len(), 2);
    assert_eq!(worse.started, Some(at(1)));
}

#[test]
fn it_waits_until_the_client_gives_what_it_waits_for() {
    let mut events = vec![
        report(Channel::Call, Priority::P2),
        call(true),
        Event::Waiting {
            what: "the folder".into(),
            attempt: "Ann Lee by phone".into(),
        },
    ];
    let waiting = folded(&events);
    assert_eq!(waiting.phase(&policy::shipped()), Phase::Waiting);
    assert_eq!(waiting.waiting().unwrap().what, "the folder");
    events.push(Event::WaitingEnded);
    let goes_on = folded(&events);
    assert_eq!(goes_on.phase(&policy::shipped()), Phase::InProgress);
    assert_eq!(goes_on.waits[0].until, Some(at(4)));
}

#[test]
fn promises_stand_until_they_are_kept() {
    let promised = |minute| Event::Promised {
        what: "call back".into(),
        at: at(minute),
    };
    let mut events = vec![
        report(Channel::Call, Priority::P2),
        promised(40),
        promised(20),
    ];
    let due = folded(&events);
    let order: Vec<Time> = due.open_promises().iter().map(|p| p.at).collect();
    assert_eq!(order, [at(20), at(40)]);
    events.push(Event::Kept {
        promise: Uuid::from_u128(3),
    });
    assert_eq!(folded(&events).open_promises().len(), 1);
}

#[test]
fn kinds_have_the_priority_of_the_service_guide() {
    let policy = policy::shipped();
    let of = Kind::ALL.map(|kind| Incident::usual_priority(kind, &policy).number());
    assert_eq!(of, [1, 2, 2, 4, 2, 3]);
}

#[test]
fn two_that_are_merged_into_each_other_leave_the_first() {
    let other = IncidentId(Uuid::from_u128(8));
    let of = |id, number, into| {
        let opened = Event::Opened {
            reference: IncidentNumber(number),
        };
        let report = report(Channel::Call, Priority::P2);
        records(id, &[opened, report, Event::MergedInto { incident: into }])
    };
    let (one, two) = (of(ID, 4, other), of(other, 5, ID));
    let mut forth = Incidents::default();
    let mut back = Incidents::default();
    for record in one.iter().chain(&two) {
        forth.fold(record);
    }
    for record in two.iter().chain(&one) {
        back.fold(record);
    }
    for incidents in [forth, back] {
        let open: Vec<IncidentId> = incidents.open().map(|i| i.id).collect();
        assert_eq!(open, [ID]);
        assert_eq!(incidents.end_of(other).unwrap().id, ID);
    }
}

#[test]
fn of_two_that_are_merged_into_each_other_the_desk_has_the_same_one_open() {
    let other = IncidentId(Uuid::from_u128(8));
    for (one, two) in [(ID, other), (other, ID)] {
        let (into, from) = (
            |incident| Event::MergedInto { incident },
            |incident| Event::MergedFrom {
                incident,
                takes: None,
            },
        );
        let story = [
            (one, report(Channel::Call, Priority::P2)),
            (two, report(Channel::Call, Priority::P2)),
            (one, into(two)),
            (two, from(one)),
            (two, into(one)),
            (one, from(two)),
        ];
        let mut all: Vec<Record> = Vec::new();
        for (seq, (id, event)) in (1u64..).zip(&story) {
            let subject = Subject::Incident(*id);
            let before = all.iter().filter(|r| r.record.subject == subject).count();
            let mut written = records(*id, std::slice::from_ref(event));
            written[0].seq = seq;
            written[0].subject_version = u32::try_from(before + 1).unwrap();
            all.append(&mut written);
        }
        let mut incidents = Incidents::default();
        for record in &all {
            incidents.fold(record);
        }
        let mut apart = Incidents::default();
        all.sort_by_key(|record| (record.record.subject.to_string(), record.seq));
        for record in &all {
            apart.fold(record);
        }
        assert_eq!(incidents.open().count(), 1);
        for id in [one, two] {
            let subject = Subject::Incident(id);
            let of = all.iter().rev().filter(|r| r.record.subject == subject);
            let kept = of.into_iter().find_map(|record| record.record.over);
            for incidents in [&incidents, &apart] {
                let over = incidents.get(id).unwrap().over();
                assert_eq!(Some(over), kept);
            }
        }
    }
}

#[test]
fn what_a_newer_build_wrote_is_kept_and_shown() {
    let mut incident = folded(&[report(Channel::Call, Priority::P2)]);
    let newer = Record {
        seq: 2,
        subject_version: 2,
        received_at: at(2),
        author: Default::default(),
        record: NewRecord {
            kind: "frozen".into(),
            body: "{\"kind\":\"frozen\"}".into(),
            ..Event::Taken.record(Uuid::from_u128(2), ID, at(2), "jon")
        },
    };
    incident.fold(&newer);
    let moment = incident.moments.last().unwrap();
    assert_eq!((moment.kind.as_str(), &moment.event), ("frozen", &None));
    assert_eq!(incident.version(), 2);
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(report(Channel::Portal, Priority::P2)),
        (1u32..4, 5u32..11).prop_map(|(n, s)| Event::AlertLinked(Box::new(alert(n, s)))),
        (1u32..4, 1u32..3).prop_map(|(n, revision)| Event::ApplianceLeft {
            episode: alert(n, 7).episode,
            revision,
        }),
        (1u32..4).prop_map(|n| Event::Recovered {
            episode: alert(n, 7).episode
        }),
        Just(Event::Taken),
        Just(Event::TakenOver {
            from: "mara".into()
        }),
        any::<bool>().prop_map(call),
        Just(Event::Waiting {
            what: "an answer".into(),
            attempt: "Ann Lee by phone".into(),
        }),
        Just(Event::WaitingEnded),
        Just(Event::Resolved { note: "x".into() }),
        Just(Event::Closed { reason: "y".into() }),
        Just(Event::Reopened { reason: "z".into() }),
        Just(Event::MergedInto {
            incident: IncidentId(Uuid::from_u128(9))
        }),
        (0u32..60).prop_map(|minute| Event::Promised {
            what: "a call".into(),
            at: at(minute),
        }),
        (1u128..24).prop_map(|n| Event::Kept {
            promise: Uuid::from_u128(n),
        }),
    ]
}

proptest! {
    /// Whatever happened: folding in pieces that overlap gives what folding at once gives, a
    /// clock's start never moves, and an incident that is over is not among the open ones.
    #[test]
    fn folding_in_pieces_is_folding_at_once(
        events in prop::collection::vec(any_event(), 1..24),
        cuts in prop::collection::vec((0usize..24, 0usize..24), 0..6),
    ) {
        let mut all = vec![Event::Raised(Box::new(alert(1, 7)))];
        all.extend(events);
        let records = records(ID, &all);
        let mut at_once = Incidents::default();
        for record in &records {
            at_once.fold(record);
        }
        let mut pieces = Incidents::default();
        let mut seen = 0usize;
        for (back, on) in cuts {
            let from = seen.min(seen.saturating_sub(back));
            let to = (from + on).min(records.len()).max(seen);
            for record in &records[from..to] {
                pieces.fold(record);
            }
            seen = to;
        }
        for record in &records[seen..] {
            pieces.fold(record);
        }
        prop_assert_eq!(&pieces, &at_once);
        let incident = at_once.get(ID).unwrap();
        prop_assert_eq!(incident.started, Some(at(1)));
        prop_assert_eq!(incident.over(), at_once.open().next().is_none());
        prop_assert_eq!(incident.moments.len(), all.len());
        let kept = records.iter().rev().find_map(|record| record.record.over);
        prop_assert!(incident.over() || kept != Some(true), "what is open is open on the desk");
    }

    /// Whatever happens to three incidents that are merged into each other: what is kept apart
    /// of the open ones is what looking through all of them finds.
    #[test]
    fn what_is_kept_apart_is_what_all_of_them_hold(
        story in prop::collection::vec((7u128..10, any_event(), prop::option::of(7u128..10)), 0..40),
    ) {
        let mut incidents = Incidents::default();
        let mut written: Vec<(IncidentId, Event)> = Vec::new();
        for (id, event, into) in story {
            let id = IncidentId(Uuid::from_u128(id));
            let into = into.map(|into| IncidentId(Uuid::from_u128(into)));
            let event = into.filter(|into| *into != id).map_or(event, |incident| Event::MergedInto { incident });
            written.push((id, event));
            let of: Vec<Event> = written.iter().filter(|(of, _)| *of == id).map(|(_, event)| event.clone()).collect();
            incidents.fold(records(id, &of).last().unwrap());
            let open = || incidents.all().filter(|incident| !incident.over());
            prop_assert!(incidents.open().eq(open()));
            prop_assert!(incidents.open_of_people().eq(open().filter(|incident| incident.reported())));
            let mut promises: Vec<_> = open().flat_map(|incident| {
                incident.open_promises().into_iter().map(move |promise| (incident, promise))
            }).collect();
            promises.sort_by_key(|(incident, promise)| (promise.at, incident.id));
            prop_assert_eq!(incidents.promises(), promises);
        }
    }
}

#[test]
fn without_an_attempt_to_reach_somebody_it_waits_for_nobody() {
    let waits = |attempt: &str| {
        folded(&[
            report(Channel::Call, Priority::P2),
            Event::Waiting {
                what: "the folder's name".into(),
                attempt: attempt.into(),
            },
        ])
    };
    assert_eq!(waits(" ").waiting(), None);
    assert!(waits("Ann Lee by phone").waiting().is_some());
}

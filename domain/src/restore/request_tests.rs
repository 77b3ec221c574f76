use super::*;
use crate::{
    journal::NewRecord,
    policy::shipped,
    restore::{Order, OverwritePolicy, Target},
};
use proptest::prelude::*;
use uuid::Uuid;

const ID: RequestId = RequestId(Uuid::from_u128(118));

fn at(seconds: i64) -> Time {
    Time::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn intended(attempt: u32) -> Event {
    Event::Dispatching(Box::new(Intended {
        attempt,
        appliance: "acme-stl-01".into(),
        tenant: "acme".into(),
        system: "erp01".into(),
        order: Order {
            system: "erp01".into(),
            point: "p1".into(),
            paths: vec![b"/srv/\xff".to_vec()],
            target: Target::Original,
            policy: OverwritePolicy::KeepBoth,
        },
        digest: vec![1, 2, 3],
        priority: Priority::P1,
        requester: "Ann Lee".into(),
        call_back: "+1 555 0142".into(),
        reason: "gone".into(),
        break_glass: None,
        files: 1,
        bytes: 2,
    }))
}

fn told(attempt: u32, state: RestoreState, seconds: i64) -> Event {
    Event::Witnessed(Box::new(Witnessed {
        attempt,
        state: state.name().into(),
        at: at(seconds),
        offset_ms: 0,
        heard: at(seconds + 1),
        written: 0,
        failed: 0,
        verified: 0,
        unequal: 0,
        message: String::new(),
    }))
}

fn events() -> impl Strategy<Value = Event> {
    use RestoreState as S;
    let states = prop::sample::select(vec![
        S::Accepted,
        S::Running,
        S::Verifying,
        S::Completed,
        S::Failed,
        S::Interrupted,
    ]);
    prop_oneof![
        Just(Event::CallReceived),
        Just(Event::Responded),
        Just(Event::KindChosen {
            asked: Asked::Files,
            purpose: Purpose::Production,
            priority: None,
            reason: String::new()
        }),
        (1u8..=8).prop_map(|step| Event::Parked { step }),
        Just(Event::TakenOver {
            from: "mara".into()
        }),
        (1u32..3).prop_map(intended),
        (1u32..3).prop_map(|attempt| Event::Refused {
            attempt,
            text: "no".into()
        }),
        (1u32..3, states, 0i64..5_000)
            .prop_map(|(attempt, state, time)| told(attempt, state, time)),
        Just(Event::Cancelled {
            reason: "gave up".into()
        }),
        Just(Event::Validated {
            contact: "Ann Lee".into()
        }),
        Just(Event::Noted {
            text: "ask for ann\nnot for bob".to_owned()
        }),
        Just(Event::Waiting {
            what: "the folder's name".into(),
            attempt: "Ann Lee by phone, no answer".into()
        }),
        Just(Event::WaitingEnded),
        Just(Event::Closed),
    ]
}

fn records(events: &[Event]) -> Vec<Record> {
    events
        .iter()
        .enumerate()
        .map(|(number, event)| Record {
            seq: number as u64 + 1,
            subject_version: number as u32 + 1,
            received_at: at(number as i64),
            author: Default::default(),
            record: event.record(
                Uuid::from_u128(number as u128),
                ID,
                at(number as i64),
                "mara",
            ),
        })
        .collect()
}

fn folded<'a>(records: impl IntoIterator<Item = &'a Record>) -> Request {
    let mut request = Request::new(ID);
    records.into_iter().for_each(|record| request.fold(record));
    request
}

proptest! {
    #[test]
    fn folding_in_pieces_is_folding_at_once(events in prop::collection::vec(events(), 0..30), cut in 0usize..30, overlap in 0usize..5) {
        let records = records(&events);
        let cut = cut.min(records.len());
        let from = cut.saturating_sub(overlap);
        let pieces = folded(records[..cut].iter().chain(&records[from..]));
        prop_assert_eq!(pieces, folded(&records));
    }

    #[test]
    fn an_event_reads_back_as_it_was_written(event in events()) {
        let written = records(std::slice::from_ref(&event));
        prop_assert_eq!(written[0].event::<Event>().unwrap(), event);
    }
}

fn refused(attempt: u32) -> Event {
    Event::Refused {
        attempt,
        text: "plan again".into(),
    }
}

proptest! {
    #[test]
    fn what_an_appliance_told_of_is_followed(
        after in prop::collection::vec((0usize..3, 0usize..5), 1..20),
    ) {
        use RestoreState as S;
        let states = [S::Accepted, S::Running, S::Verifying, S::Completed, S::Failed];
        let mut story = vec![Event::CallReceived, intended(1)];
        let mut best: Option<S> = None;
        for (kind, state) in after {
            let state = states[state];
            story.push(match kind {
                0 => intended(1),
                1 => refused(1),
                _ => told(1, state, 5),
            });
            if kind == 2 {
                let seen = best.into_iter().chain([state]);
                best = seen.max_by_key(|s| (s.ended(), s.rank()));
            }
            let phase = folded(&records(&story)).phase();
            match best {
                Some(S::Completed | S::Failed) => prop_assert!(
                    [Phase::of_attempt(S::Completed), Phase::of_attempt(S::Failed)].contains(&phase)
                ),
                Some(best) => prop_assert_eq!(phase, Phase::of_attempt(best)),
                None if kind == 0 => prop_assert_eq!(phase, Phase::Dispatching),
                None => prop_assert_eq!(phase, Phase::Draft),
            }
        }
    }
}

proptest! {
    /// A start of a console reads what the store keeps as open: nothing that goes on is left out.
    /// Who cancels or validates has read everything before.
    #[test]
    fn what_goes_on_is_open_on_the_desk(events in prop::collection::vec(events(), 0..30)) {
        let mut story: Vec<Event> = Vec::new();
        for event in events {
            let phase = folded(&records(&story)).phase();
            let may = match &event {
                Event::Cancelled { .. } => phase == Phase::Draft,
                Event::Validated { .. } => matches!(phase, Phase::AwaitingValidation(_)),
                _ => true,
            };
            if may {
                story.push(event);
            }
            let all = records(&story);
            let over = all.iter().rev().find_map(|record| record.record.over);
            let phase = folded(&all).phase();
            prop_assert!(phase.over() || over != Some(true), "{phase:?}");
        }
    }
}

#[test]
fn what_is_sent_after_a_refusal_takes_its_place() {
    let mut again = intended(1);
    if let Event::Dispatching(intended) = &mut again {
        intended.digest = vec![9];
    }
    let story = [Event::CallReceived, intended(1), refused(1), again];
    let all = records(&story);
    assert_eq!(folded(&all[..3]).next_attempt(), 1);
    let request = folded(&all);
    assert_eq!(request.phase(), Phase::Dispatching);
    assert_eq!(request.next_attempt(), 2);
    let attempt = request.attempt().unwrap();
    assert_eq!(
        (attempt.intended.digest.as_slice(), attempt.at),
        (&[9][..], at(3))
    );
}

#[test]
fn a_kind_of_tomorrow_is_kept_and_shown() {
    let mut all = records(&[Event::CallReceived, Event::Closed]);
    let body = r#"{"kind":"escalated","to":"eva"}"#;
    all[1].record = NewRecord {
        kind: "escalated".into(),
        body: body.into(),
        ..all[1].record.clone()
    };
    let request = folded(&all);
    assert_eq!(request.moments.len(), 2);
    assert_eq!(
        (request.moments[1].kind.as_str(), &request.moments[1].event),
        ("escalated", &None)
    );
    assert_eq!(request.phase(), Phase::Draft);
}

#[test]
fn several_consoles_witness_a_fact_once() {
    let event = told(1, RestoreState::Running, 5);
    let mine = event.record(Uuid::from_u128(1), ID, at(0), "mara");
    let theirs = event.record(Uuid::from_u128(2), ID, at(3), "jon");
    assert_eq!(mine.event_id, theirs.event_id);
    let other = told(2, RestoreState::Running, 5).record(Uuid::from_u128(1), ID, at(0), "mara");
    assert_ne!(mine.event_id, other.event_id);
}

#[test]
fn a_request_goes_from_call_to_closed() {
    use RestoreState as S;
    let story = [
        Event::CallReceived,
        Event::Responded,
        intended(1),
        told(1, S::Running, 60),
        told(1, S::Interrupted, 90),
        intended(2),
        told(2, S::Running, 200),
        told(2, S::Accepted, 190),
        told(2, S::Completed, 900),
        Event::Validated {
            contact: "Ann Lee".into(),
        },
        Event::Closed,
    ];
    let phases: Vec<Phase> = (1..=story.len())
        .map(|n| folded(&records(&story[..n])).phase())
        .collect();
    assert_eq!(
        phases,
        [
            Phase::Draft,
            Phase::Draft,
            Phase::Dispatching,
            Phase::Attempt(S::Running),
            Phase::Attempt(S::Interrupted),
            Phase::Dispatching,
            Phase::Attempt(S::Running),
            Phase::Attempt(S::Running),
            Phase::AwaitingValidation(S::Completed),
            Phase::Validated,
            Phase::Closed,
        ]
    );
    // Interrupted after 30 s, so the first run did not initiate: the clock ran on.
    let policy = shipped();
    let all = records(&story);
    let after = |n: usize| folded(&all[..n]).clocks(&policy).unwrap()[1].clone();
    assert_eq!(after(4).stopped, Some(at(60)));
    assert_eq!(after(5).stopped, None);
    assert_eq!(after(5).start, at(0));
    assert_eq!(after(7).stopped, Some(at(200)));
    assert!(folded(&all[..5]).phase().may_continue());
    assert_eq!(folded(&all[..5]).next_attempt(), 2);
}

proptest! {
    #[test]
    fn any_order_of_delivery_gives_the_same_clocks(
        told in prop::collection::vec((1u32..4, 0usize..5, 0i64..4_000, -90i64..90), 0..12),
        shuffle in prop::collection::vec(any::<u64>(), 12),
    ) {
        use RestoreState as S;
        let states = [S::Accepted, S::Running, S::Verifying, S::Failed, S::Interrupted];
        let mut facts = std::collections::BTreeMap::new();
        for (attempt, state, time, off) in told {
            // A fact is written once, whoever tells it: its id is derived.
            let fact = facts.entry((attempt, state)).or_insert_with(|| told_by(attempt, states[state], time, off));
            prop_assert!(matches!(fact, Event::Witnessed(_)));
        }
        let facts: Vec<Event> = facts.into_values().collect();
        let mut order: Vec<usize> = (0..facts.len()).collect();
        order.sort_by_key(|n| shuffle[n % shuffle.len()]);
        let begin = [Event::CallReceived, intended(1), intended(2), intended(3)];
        let story = |facts: Vec<Event>| {
            let all = begin.iter().cloned().chain(facts).collect::<Vec<_>>();
            folded(&records(&all)).clocks(&shipped()).unwrap()
        };
        let other = story(order.into_iter().map(|n| facts[n].clone()).collect());
        prop_assert_eq!(story(facts), other);
    }
}

fn told_by(attempt: u32, state: RestoreState, seconds: i64, off: i64) -> Event {
    let Event::Witnessed(mut told) = told(attempt, state, seconds) else {
        unreachable!("it is witnessed");
    };
    told.offset_ms = off * 1000;
    Event::Witnessed(told)
}

fn waits_for(what: &str, attempt: &str) -> Event {
    Event::Waiting {
        what: what.into(),
        attempt: attempt.into(),
    }
}

#[test]
fn a_wait_pauses_the_adjusted_value_and_never_the_wall() {
    let waits = waits_for("the folder's name", "Ann Lee by phone, no answer");
    // One second apart: received at 0, waits from 2 to 3 and again from 4 on.
    let events = [
        Event::CallReceived,
        Event::Responded,
        waits.clone(),
        Event::WaitingEnded,
        waits,
    ];
    let request = folded(&records(&events));
    assert_eq!(request.waiting().unwrap().what, "the folder's name");
    let [_, initiate] = request.clocks(&shipped()).unwrap();
    let now = at(10);
    assert_eq!(initiate.elapsed(now).num_seconds(), 10);
    assert_eq!(initiate.adjusted_elapsed(now).num_seconds(), 3);
    assert_eq!(initiate.state(now), "waiting");
}

#[test]
fn without_an_attempt_to_reach_somebody_nothing_pauses() {
    let events = [Event::CallReceived, waits_for("the folder's name", " ")];
    let request = folded(&records(&events));
    assert_eq!(request.waiting(), None);
    let [_, initiate] = request.clocks(&shipped()).unwrap();
    assert_eq!(initiate.adjusted_left(at(10)), initiate.left(at(10)));
    assert_eq!(request.moments.len(), 2, "it stands in the time line");
}

#[test]
fn what_is_over_waits_for_nobody() {
    for end in [
        Event::Cancelled {
            reason: "not needed".into(),
        },
        Event::Validated {
            contact: "Ann Lee".into(),
        },
        Event::Closed,
    ] {
        let waits = waits_for("the folder's name", "Ann Lee by phone, reached");
        let request = folded(&records(&[Event::CallReceived, waits, end]));
        assert_eq!(request.waiting(), None);
        assert_eq!(request.waits[0].until, Some(at(2)));
    }
}

#[test]
fn an_attempt_that_begins_behind_the_end_of_a_request_is_in_no_shadow_of_it() {
    use RestoreState as S;
    let before = || vec![Event::CallReceived, intended(1), told(1, S::Failed, 60)];
    let validated = Event::Validated {
        contact: "Ann Lee".into(),
    };
    for end in [Event::Closed, validated] {
        let mut story = before();
        story.extend([end, intended(2)]);
        let request = folded(&records(&story));
        assert_eq!(request.phase(), Phase::Dispatching);
        assert!(request.running_clock(&shipped()).is_some());
    }
    let given_up = Event::Cancelled {
        reason: "no restore".into(),
    };
    let request = folded(&records(&[Event::CallReceived, given_up, intended(1)]));
    assert_eq!(request.phase(), Phase::Dispatching);
    assert!(request.running_clock(&shipped()).is_some());
}

fn chosen(purpose: Purpose, seconds: i64, version: u32) -> Record {
    let event = Event::KindChosen {
        asked: Asked::System,
        purpose,
        priority: None,
        reason: "a test after all".into(),
    };
    Record {
        seq: version.into(),
        subject_version: version,
        received_at: at(seconds),
        author: Default::default(),
        record: event.record(Uuid::from_u128(version.into()), ID, at(seconds), "mara"),
    }
}

#[test]
fn a_breach_outlives_the_turn_into_a_recovery_test() {
    let clocks_of = |turned: i64| {
        let mut all = records(&[Event::CallReceived, Event::Responded]);
        all.push(chosen(Purpose::Production, 5, 3));
        all.push(chosen(Purpose::RecoveryTest, turned, 4));
        all.push(chosen(Purpose::RecoveryTest, turned + 9, 5));
        folded(&all).clocks(&shipped())
    };
    assert_eq!(clocks_of(3_600), None);
    let [respond, initiate] = clocks_of(3_601).unwrap();
    assert!(!respond.runs() && !respond.late(at(9_000)));
    assert_eq!(initiate.stopped, Some(at(3_601)));
    assert!(initiate.late(at(9_000)));
}

mod late;
mod several;

use super::{may::Asking, *};
use crate::{
    book::Book,
    facts::{Alert, EntityKind, Time},
    ids::{Episode, On},
    journal::{NewRecord, Record, Subject},
    policy::shipped,
    priority::Severity,
};
use proptest::prelude::*;
use uuid::Uuid;

fn at(seconds: i64) -> Time {
    Time::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn episode(number: u32) -> Episode {
    Episode {
        alert: On::new("acme-stl-01".into(), "job:erp01:job_failed".into()),
        episode: number,
    }
}

fn fact(severity: u32, count: u32) -> Alert {
    Alert {
        id: "job:erp01:job_failed".into(),
        tenant: Some("acme".into()),
        object_kind: EntityKind::Job,
        object: "erp01".into(),
        monitor: "job_failed".into(),
        severity: Severity::clamped(severity),
        text: "Job erp01 failed: no".into(),
        episode: 1,
        count,
        raised: at(0),
        last_seen: at(0),
        cleared: None,
    }
}

fn policy() -> LifePolicy {
    shipped().alert_life
}

/// A history as a store keeps it: one place after the other.
#[derive(Debug, Default)]
struct Story(Vec<Record>);

impl Story {
    fn write(&mut self, seconds: i64, actor: &str, event: &Event) -> &mut Self {
        let id = Uuid::from_u128(self.0.len() as u128 + 1);
        self.keep(event.record(id, &episode(1), at(seconds), actor))
    }

    fn keep(&mut self, record: NewRecord) -> &mut Self {
        let next = u32::try_from(self.0.len() + 1).unwrap();
        self.0.push(Record {
            seq: next.into(),
            subject_version: next,
            received_at: record.at,
            author: Default::default(),
            record,
        });
        self
    }

    fn life(&self) -> Life {
        let mut life = Life::new(episode(1));
        self.0.iter().for_each(|record| life.fold(record));
        life
    }
}

fn asking<'a>(life: &'a Life, me: &'a str, seconds: i64, policy: &'a LifePolicy) -> Asking<'a> {
    Asking {
        life,
        severity: Severity::clamped(7),
        me,
        now: at(seconds),
        policy,
    }
}

fn acknowledged(note: &str) -> Event {
    Event::Acknowledged { note: note.into() }
}

fn timed_out(of: u32, progress: Option<i64>) -> Event {
    let progress = progress.map(at);
    Event::AcknowledgementTimedOut { of, progress }
}

#[test]
fn a_life_from_raised_to_closed() {
    let policy = policy();
    let mut story = Story::default();
    story.write(1, "mara", &Event::Raised(Box::new(fact(7, 1))));
    assert_eq!(story.life().state(at(2), &policy), State::Raised);
    story.write(60, "mara", &acknowledged("looking"));
    let life = story.life();
    assert_eq!(life.state(at(61), &policy), State::Acknowledged);
    assert_eq!((life.owner.as_str(), life.answered), ("mara", Some(at(60))));
    story.write(90, "jon", &Event::Taken);
    let life = story.life();
    assert_eq!(life.state(at(91), &policy), State::InProgress);
    assert_eq!((life.owner.as_str(), life.answered), ("jon", Some(at(60))));
    story.write(200, "jon", &Event::Cleared { at: at(199) });
    let life = story.life();
    assert_eq!(life.state(at(201), &policy), State::Resolved);
    assert_eq!(life.end(), Some((at(199), End::Cleared)));
    assert_eq!(life.state(at(199 + 3_601), &policy), State::Closed);
    assert_eq!(story.0.last().unwrap().record.over, Some(true));
}

#[test]
fn an_acknowledgement_times_out_unless_something_is_done() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "mara", &acknowledged(""));
    let severity = Severity::clamped;
    let due = |life: &Life, number| life.times_out(severity(number), None, &policy);
    assert_eq!(due(&story.life(), 9), Some(at(600)));
    assert_eq!(due(&story.life(), 7), Some(at(1_200)));
    assert_eq!(due(&story.life(), 6), None);
    story.write(
        500,
        "mara",
        &Event::Noted {
            text: "disk 4".into(),
        },
    );
    assert_eq!(due(&story.life(), 9), Some(at(1_100)), "a note is progress");
    let life = story.life();
    let out = |seconds| life.time_out(severity(9), None, at(seconds), &policy);
    assert_eq!(out(1_099), None);
    let out = out(1_100).unwrap();
    assert_eq!(out, timed_out(1, Some(500)));
    story.write(1_100, "jon", &out);
    let life = story.life();
    assert_eq!(life.state(at(1_101), &policy), State::Raised);
    assert_eq!((life.owner.as_str(), life.answered), ("", None));
}

#[test]
fn a_time_out_that_comes_late_takes_nothing_away() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "mara", &acknowledged(""));
    story.write(600, "mara", &Event::Taken);
    story.write(601, "jon", &timed_out(1, None));
    assert_eq!(story.life().state(at(602), &policy), State::InProgress);
    let mut story = Story::default();
    story.write(0, "mara", &acknowledged(""));
    story.write(1, "mara", &Event::AcknowledgementUndone);
    story.write(2, "jon", &acknowledged("mine"));
    story.write(601, "eva", &timed_out(1, None));
    assert_eq!(story.life().owner, "jon", "it was another acknowledgement");
}

#[test]
fn only_ones_own_last_acknowledgement_is_undone() {
    let policy = policy();
    let mut story = Story::default();
    story.write(0, "eva", &Event::Assigned { to: "jon".into() });
    let why = asking(&story.life(), "mara", 1, &policy)
        .undo()
        .unwrap_err();
    assert_eq!(why, "it is not acknowledged");
    story.write(2, "mara", &acknowledged(""));
    let life = story.life();
    assert_eq!(asking(&life, "mara", 3, &policy).undo(), Ok(()));
    let why = asking(&life, "jon", 3, &policy).undo().unwrap_err();
    assert_eq!(why, "mara acknowledged it, not you");
    let why = asking(&life, "mara", 5, &policy).acknowledge().unwrap_err();
    assert_eq!(why, "you acknowledged it 3 s ago");
    story.write(4, "mara", &Event::AcknowledgementUndone);
    let life = story.life();
    assert_eq!(life.state(at(5), &policy), State::Raised);
    assert_eq!(life.owner, "jon", "who had it before has it again");
    story.write(6, "mara", &acknowledged(""));
    story.write(7, "jon", &Event::Taken);
    let why = asking(&story.life(), "mara", 8, &policy)
        .undo()
        .unwrap_err();
    assert_eq!(why, "jon took it since then");
}

#[test]
fn a_snooze_has_an_end_and_never_hides_the_worst() {
    let policy = policy();
    let life = Life::new(episode(1));
    let day = 86_400;
    let ask = asking(&life, "mara", 0, &policy);
    assert_eq!(ask.snooze_until(at(day)), Ok(()));
    assert_eq!(ask.snooze_until(at(day + 1)).unwrap_err(), "at most 24 h");
    assert_eq!(ask.snooze_until(at(0)).unwrap_err(), "that is past");
    for severity in 1..=10 {
        let ask = Asking {
            severity: Severity::clamped(severity),
            ..ask
        };
        assert_eq!(ask.snooze().is_ok(), severity < 9, "severity {severity}");
    }
    let mut story = Story::default();
    let until = at(600);
    story.write(
        0,
        "mara",
        &Event::Snoozed {
            until,
            reason: "reboot".into(),
        },
    );
    let life = story.life();
    assert_eq!(life.snoozed_until(at(599)), Some(until));
    assert_eq!(life.snoozed_until(at(600)), None, "it ends by itself");
    assert_eq!(life.again, Some(until), "its clock begins again then");
    assert!(asking(&life, "mara", 601, &policy).wake().is_err());
    story.write(300, "jon", &Event::Woken);
    let life = story.life();
    assert_eq!(
        (life.snoozed_until(at(301)), life.again),
        (None, Some(at(300)))
    );
}

#[test]
fn resolved_by_a_person_it_comes_back_with_whatever_is_new() {
    let policy = policy();
    let resolved = Event::Resolved {
        note: "known".into(),
        count: 1,
        text: "Job erp01 failed: no".into(),
    };
    let mut story = Story::default();
    story.write(0, "mara", &Event::Taken);
    story.write(10, "mara", &resolved);
    let life = story.life();
    assert_eq!(life.state(at(11), &policy), State::Resolved);
    assert_eq!(
        life.comes_back(&fact(7, 1), at(20), &policy),
        None,
        "it says the same"
    );
    let back = life.comes_back(&fact(7, 2), at(3_610), &policy).unwrap();
    let late = life.comes_back(&fact(7, 2), at(3_611), &policy).unwrap();
    assert!(
        matches!(
            back,
            Event::Reopened {
                of: 2,
                fresh: false,
                ..
            }
        ),
        "{back:?}"
    );
    assert!(
        matches!(late, Event::Reopened { fresh: true, .. }),
        "{late:?}"
    );
    story.write(20, "jon", &back);
    let life = story.life();
    assert_eq!(
        (life.state(at(21), &policy), life.owner.as_str()),
        (State::Raised, "mara")
    );
    let fresh = Event::Reopened {
        of: 4,
        before: None,
        owner: String::new(),
        fresh: true,
    };
    let life = story
        .write(30, "mara", &resolved)
        .write(5_000, "jon", &fresh)
        .life();
    assert_eq!((life.owner.as_str(), life.again), ("", Some(at(5_000))));
    let why = asking(
        &story.write(5_001, "eva", &resolved).life(),
        "mara",
        5_003,
        &policy,
    )
    .take();
    assert_eq!(why.unwrap_err(), "eva resolved it 2 s ago");
}

#[test]
fn raised_anew_within_the_hour_it_goes_on() {
    let policy = policy();
    let mut story = Story::default();
    story
        .write(0, "mara", &Event::Taken)
        .write(100, "mara", &Event::Cleared { at: at(100) });
    let life = story.life();
    let on = life.goes_on(at(100 + 3_600), &policy).unwrap();
    assert_eq!(
        on,
        Event::Reopened {
            of: 0,
            before: Some(1),
            owner: "mara".into(),
            fresh: false
        }
    );
    assert_eq!(life.goes_on(at(100 + 3_601), &policy), None);
    let record = on.record(Uuid::nil(), &episode(2), at(200), "jon");
    let mut next = Life::new(episode(2));
    next.fold(&Record {
        seq: 9,
        subject_version: 1,
        received_at: at(200),
        author: Default::default(),
        record,
    });
    assert_eq!((next.before, next.owner.as_str()), (Some(1), "mara"));
}

#[test]
fn what_was_thought_gone_and_stands_is_as_it_was() {
    let policy = policy();
    let mut story = Story::default();
    story
        .write(0, "jon", &Event::Raised(Box::new(fact(9, 1))))
        .write(10, "jon", &acknowledged("I look"));
    let before = story.life();
    let gone = before.goes(at(20));
    let over = story.write(20, "rena", &gone).life();
    assert_eq!(over.state(at(21), &policy), State::Resolved);
    let back = over.comes_back(&fact(9, 1), at(30), &policy).unwrap();
    let life = story.write(30, "jon", &back).life();
    assert_eq!((life.cleared, life.answered), (None, before.answered));
    assert_eq!(life.state(at(31), &policy), State::Acknowledged);
    assert_eq!(life.comes_back(&fact(9, 1), at(31), &policy), None);
    // It may go again, and what its appliance says itself is never taken back.
    let id = |event: &Event| event.record(Uuid::nil(), &episode(1), at(0), "x").event_id;
    assert_ne!(id(&life.goes(at(40))), id(&gone));
    let cleared = story
        .write(40, "jon", &life.goes(at(40)))
        .write(50, "jon", &Event::Cleared { at: at(45) })
        .life();
    assert_eq!(cleared.comes_back(&fact(9, 1), at(60), &policy), None);
}

#[test]
fn several_consoles_derive_one_id() {
    let raised = |count| Event::Raised(Box::new(fact(7, count)));
    let id = |event: &Event, own: u128| {
        event
            .record(Uuid::from_u128(own), &episode(1), at(0), "mara")
            .event_id
    };
    assert_eq!(id(&raised(1), 1), id(&raised(2), 2));
    assert_ne!(id(&raised(1), 1), id(&Event::Cleared { at: at(1) }, 1));
    assert_ne!(
        id(&Event::Taken, 1),
        id(&Event::Taken, 2),
        "what a person does is done once each"
    );
}

#[test]
fn the_known_classes_say_what_to_do() {
    let guide = |monitor: &str, text: &str| {
        guide::of(&Alert {
            monitor: monitor.into(),
            text: text.into(),
            ..fact(7, 1)
        })
    };
    let missing = "Job a failed: the protected folder /srv/a is missing; no restore point was made. Is a disk not mounted?";
    assert_eq!(
        guide("job_failed", missing).unwrap().owner,
        guide::Owner::Client
    );
    let busy = guide(
        "job_failed",
        "Job a failed: VSS writer NTDS timed out, 60 s",
    )
    .unwrap();
    assert!(busy.retry.starts_with("once"), "{busy:?}");
    for monitor in [
        "job_failed",
        "job_warning",
        "job_long",
        "run_missed",
        "repository_space",
        "repository_offline",
        "appliance_restarted",
        LINK_LOST,
    ] {
        let guide = guide(monitor, "?").unwrap();
        assert!(!guide.first.is_empty() && !guide.means.is_empty());
    }
    assert_eq!(guide("of_a_later_build", "full"), None);
}

#[test]
fn a_lost_appliance_has_one_alert() {
    let policy = policy();
    let id = link_lost_id(&"acme-lv-01".into());
    assert!(is_link_lost(&id));
    assert!(!is_link_lost(&On::new("other".into(), id.id.clone())));
    assert!(!is_link_lost(&episode(1).alert));
    let alert = link_lost(
        &"acme-lv-01".into(),
        None,
        2,
        at(300),
        at(0),
        "nothing listens",
        &policy,
    );
    assert_eq!((&alert.id, alert.severity.number()), (&id.id, 7));
}

fn events() -> impl Strategy<Value = Event> {
    let text = "[a-z ]{0,8}";
    prop_oneof![
        (5u32..=10, 1u32..4)
            .prop_map(|(severity, count)| Event::Raised(Box::new(fact(severity, count)))),
        text.prop_map(|note| Event::Acknowledged { note }),
        Just(Event::AcknowledgementUndone),
        (0u32..8, prop::option::of(0i64..9_000)).prop_map(|(of, at)| timed_out(of, at)),
        Just(Event::Taken),
        Just(Event::TakenOver { from: "jon".into() }),
        prop::sample::select(vec!["mara", "jon"]).prop_map(|to| Event::Assigned { to: to.into() }),
        (text, 0i64..90_000).prop_map(|(reason, until)| Event::Snoozed {
            until: at(until),
            reason
        }),
        Just(Event::Woken),
        text.prop_map(|text| Event::Noted { text }),
        (text, text).prop_map(|(whom, text)| Event::ClientNotified {
            whom,
            how: "phone".into(),
            at: at(1),
            text
        }),
        (text, 1u32..4).prop_map(|(note, count)| Event::Resolved {
            note,
            count,
            text: String::new()
        }),
        (0i64..9_000).prop_map(|seconds| Event::Cleared { at: at(seconds) }),
        (0i64..9_000, 0u32..8).prop_map(|(seconds, of)| Event::Gone {
            at: at(seconds),
            of
        }),
        (1u32..4).prop_map(|revision| Event::ApplianceLeft { revision }),
        (0u32..8, any::<bool>()).prop_map(|(of, fresh)| Event::Reopened {
            of,
            before: (of == 0).then_some(1),
            owner: "jon".into(),
            fresh
        }),
    ]
}

fn stories() -> impl Strategy<Value = Story> {
    let step = (events(), 0i64..4_000, any::<bool>(), any::<u8>());
    prop::collection::vec(step, 0..20).prop_map(|steps| {
        let mut story = Story::default();
        let mut now = 0;
        for (event, later, mine, odd) in steps {
            now += later;
            let actor = if mine { "mara" } else { "jon" };
            if odd == 0 {
                let mut record = event.record(Uuid::nil(), &episode(1), at(now), actor);
                record.kind = "of_a_later_build".into();
                record.body = "{\"kind\":\"of_a_later_build\"}".into();
                story.keep(record);
            } else {
                story.write(now, actor, &event);
            }
        }
        story
    })
}

proptest! {
    #[test]
    fn every_event_is_read_as_it_was_written(event in events()) {
        let mut story = Story::default();
        story.write(0, "mara", &event);
        prop_assert_eq!(story.0[0].record.kind.as_str(), event.kind());
        prop_assert_eq!(story.0[0].event::<Event>().unwrap(), event);
    }

    /// Whoever reads the history in whatever pieces, some of them twice, holds the same life.
    #[test]
    fn pieces_give_what_the_whole_gives(story in stories(), cuts in prop::collection::vec(0usize..20, 0..6)) {
        let whole = story.life();
        let mut life = Life::new(episode(1));
        for cut in cuts {
            story.0.iter().take(cut).for_each(|record| life.fold(record));
        }
        story.0.iter().for_each(|record| life.fold(record));
        prop_assert_eq!(&life, &whole);
        prop_assert_eq!(whole.moments.len(), story.0.len(), "every record is shown");
    }

    /// Histories of several raisings, read in any interleaving, give one book.
    #[test]
    fn any_interleaving_gives_one_book(one in stories(), two in stories(), turns in prop::collection::vec(any::<bool>(), 0..40)) {
        let other = two.0.iter().map(|record| {
            let mut record = record.clone();
            record.record.subject = Subject::Alert(episode(2));
            record
        });
        let other: Vec<Record> = other.collect();
        let mut straight = Book::default();
        one.0.iter().chain(&other).for_each(|record| straight.fold(record));
        let (mut left, mut right) = (one.0.iter(), other.iter());
        let mut mixed = Book::default();
        for turn in turns {
            let next = if turn { left.next() } else { right.next() };
            next.into_iter().for_each(|record| mixed.fold(record));
        }
        left.chain(right).for_each(|record| mixed.fold(record));
        prop_assert_eq!(&mixed, &straight);
        prop_assert_eq!(mixed.raisings(&episode(1).alert).count(), straight.alerts().count());
    }

    /// Of two people who each write only what may be done, whatever was written stands, and
    /// nobody is told twice that it is theirs.
    #[test]
    fn what_may_be_done_is_done(steps in prop::collection::vec((events(), any::<bool>(), 1i64..2_000), 0..30)) {
        let policy = policy();
        let mut story = Story::default();
        let mut now = 0;
        for (event, mine, later) in steps {
            now += later;
            let me = if mine { "mara" } else { "jon" };
            let life = story.life();
            if !event.claims() || asking(&life, me, now, &policy).still(&event).is_err() {
                continue;
            }
            story.write(now, me, &event);
            let life = story.life();
            let state = life.state(at(now), &policy);
            match &event {
                Event::Acknowledged { .. } | Event::Taken => {
                    let taken = event == Event::Taken;
                    let seen = life.acknowledged.iter().filter(|a| a.by == me).count();
                    prop_assert_eq!(if taken { life.owner == me } else { seen == 1 }, true);
                    prop_assert!(!life.owner.is_empty());
                    prop_assert!(matches!(state, State::Acknowledged | State::InProgress));
                    prop_assert!(life.answered.is_some());
                }
                Event::AcknowledgementUndone => {
                    prop_assert!(life.acknowledged.iter().all(|a| a.by != me));
                    let raised = life.acknowledged.is_empty() && !life.working;
                    prop_assert_eq!(state == State::Raised, raised);
                    prop_assert_eq!(life.answered.is_none(), raised);
                }
                Event::Assigned { to } => prop_assert_eq!(&life.owner, to),
                Event::Snoozed { until, .. } => prop_assert_eq!(life.snoozed_until(at(now)), Some(*until)),
                Event::Resolved { .. } => prop_assert!(state.over()),
                _ => {}
            }
            let again = asking(&life, me, now, &policy).still(&event);
            let snooze = matches!(event, Event::Snoozed { .. });
            prop_assert!(again.is_err() || snooze, "{:?} twice", event);
        }
    }
}

#[test]
fn a_moment_of_a_clock_that_is_wrong_is_marked() {
    let mut story = Story::default();
    story.write(0, "acme-stl-01", &Event::Raised(Box::new(fact(7, 1))));
    for (seconds, ahead) in [(60, false), (61, true)] {
        story.write(seconds, "mara", &Event::Woken);
        story.0.last_mut().unwrap().received_at = at(0);
        let life = story.life();
        assert_eq!(life.moments.last().unwrap().ahead, ahead);
        assert_eq!(life.began, Some(1));
    }
}

//! What every store of the desk does alike.

use super::{Fresh, on_a_disk, on_a_server, open, record, request};
use crate::support::{postgres::trial_with_postgres, trial_by, wait_for};
use chrono::{DateTime, TimeDelta, Utc};
use libtest_mimic::Trial;
use ocdeck::desk::{Access, Past, Sqlite, Store, StoreError, dump};
use ocdeck_domain::{
    ids::{HandoverId, IncidentId, Reference, SweepId},
    journal::{DraftRow, LONGEST, NewRecord, Series, Subject},
    restore::Event,
};
use std::collections::BTreeSet;
use uuid::Uuid;

type Case = (&'static str, fn(&Fresh));

const CASES: &[Case] = &[
    ("what_was_written_is_read_back_in_order", in_order),
    ("an_event_is_written_once_and_a_place_taken_once", once),
    ("numbers_run_and_stay", numbers),
    ("two_consoles_see_each_other", see_each_other),
    ("the_last_writer_of_a_field_wins_visibly", drafts),
    ("a_start_reads_what_is_open", picture),
    ("what_is_over_is_read_back_page_by_page", past),
    ("any_text_and_every_digit_of_a_time_is_kept", any_text),
    (
        "an_event_from_the_future_is_kept_and_marked",
        from_the_future,
    ),
    ("what_is_too_long_is_refused_in_words", too_long),
    ("a_time_that_few_can_read_is_refused_in_words", no_year),
    ("who_is_connected_is_told", connected),
    ("any_interleaving_gives_one_history", interleaved),
    ("a_desk_moves_between_stores", moved),
    ("an_import_mixes_with_nothing", unmixed),
];

/// Each case on a desk of its own; those on a server one after the other on one cluster.
pub fn trials() -> Vec<Trial> {
    let on_disks = CASES.iter().map(|(name, case)| {
        trial_by(&format!("desk::suite::sqlite::{name}"), || {
            case(&on_a_disk())
        })
    });
    let mut trials: Vec<_> = on_disks.collect();
    trials.push(trial_with_postgres("desk::suite::postgres", || {
        let fresh = on_a_server();
        for (name, case) in CASES {
            println!("{name}");
            fresh.clear();
            case(&fresh);
        }
    }));
    trials
}

fn event(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn at_place(subject: &Subject, n: u128, version: u32) -> NewRecord {
    NewRecord {
        subject_version: Some(version),
        ..record(subject, event(n))
    }
}

fn in_order(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    let (one, two) = (request(1), request(2));
    let first = at_place(&one, 1, 1);
    store
        .append(&[first.clone(), record(&two, event(2))])
        .unwrap();
    store.append(&[at_place(&one, 3, 2)]).unwrap();
    let records = store.records(0, 99).unwrap();
    let seen: Vec<_> = records
        .iter()
        .map(|r| (r.record.event_id.as_u128(), r.subject_version))
        .collect();
    assert_eq!(seen, [(1, 1), (2, 1), (3, 2)]);
    assert!(records.is_sorted_by_key(|r| r.seq));
    assert_eq!(records[0].record, first);
    assert!(!records[0].author.account.is_empty());
    // Desk time may differ from this clock, but not by minutes.
    assert!((Utc::now() - records[0].received_at).abs() < TimeDelta::minutes(2));
    assert_eq!(store.records(records[1].seq, 99).unwrap(), records[2..]);
    assert_eq!(store.records(0, 2).unwrap(), records[..2]);
    let history = store.history(&one).unwrap();
    assert_eq!(history, [records[0].clone(), records[2].clone()]);
    drop(store);
    assert_eq!(fresh.open("mara").records(0, 99).unwrap(), records);
}

fn once(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    let subject = request(1);
    store.append(&[at_place(&subject, 1, 1)]).unwrap();
    store.append(&[at_place(&subject, 1, 1)]).unwrap();
    let taken = store.append(&[at_place(&subject, 2, 2), at_place(&subject, 3, 1)]);
    assert!(matches!(
        taken,
        Err(StoreError::Taken { subject: about, version: 1 }) if about == subject
    ));
    // A hole is refused as well.
    let hole = store.append(&[at_place(&subject, 4, 9)]);
    assert!(matches!(hole, Err(StoreError::Taken { version: 9, .. })));
    // The whole call is gone, its first record too.
    assert_eq!(store.records(0, 99).unwrap().len(), 1);
}

fn numbers(fresh: &Fresh) {
    let mut one = fresh.open("mara");
    let mut two = fresh.open("mara");
    let open = |store: &mut dyn Store, n: u128| {
        let records = [record(&request(n), event(n))];
        store.open(&request(n), Series::Request, &records).unwrap()
    };
    assert_eq!(open(one.as_mut(), 1), 1);
    assert_eq!(open(two.as_mut(), 2), 2);
    assert_eq!(open(one.as_mut(), 1), 1);
    assert_eq!(open(one.as_mut(), 3), 3);
    let incident = Subject::Incident(IncidentId(event(1)));
    assert_eq!(two.open(&incident, Series::Incident, &[]).unwrap(), 1);
    assert_eq!(open(two.as_mut(), 4), 4);
    let records = one.records(0, 99).unwrap();
    assert_eq!(records.len(), 9);
    let opened = Event::Opened {
        reference: Reference(1),
    };
    assert_eq!(records[0].event::<Event>().unwrap(), opened);
    assert_eq!(
        (records[0].subject_version, records[1].subject_version),
        (1, 2)
    );
}

fn see_each_other(fresh: &Fresh) {
    let mut one = fresh.open("mara");
    let mut two = fresh.open("mara");
    // What came before was told, or is told once.
    while one.changed().unwrap() {}
    two.append(&[record(&request(1), event(1))]).unwrap();
    wait_for("news of a record", || one.changed().unwrap().then_some(()));
    assert_eq!(one.records(0, 99).unwrap().len(), 1);
    while one.changed().unwrap() {}
    two.save_drafts(&[typed("a", 1, "ben")]).unwrap();
    wait_for("news of a draft", || one.changed().unwrap().then_some(()));
    assert_eq!(one.drafts(0).unwrap().rows.len(), 1);
}

fn typed(value: &str, version: u32, author: &str) -> DraftRow {
    DraftRow {
        draft: request(1),
        field: "caller".to_owned(),
        value: value.to_owned(),
        version,
        author: author.to_owned(),
        at: DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap(),
    }
}

fn drafts(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    assert_eq!(store.save_drafts(&[typed("a", 1, "mara")]).unwrap(), []);
    let first = store.drafts(0).unwrap();
    assert_eq!(first.rows, [typed("a", 1, "mara")]);
    // Ben did not see what Mara typed: hers comes back to be shown, his stands.
    let over = store.save_drafts(&[typed("b", 1, "ben")]).unwrap();
    assert_eq!(over, [typed("a", 1, "mara")]);
    let second = store.drafts(first.change).unwrap();
    assert_eq!(second.rows, [typed("b", 2, "ben")]);
    assert!(second.change > first.change);
    // Who saw it writes over it without a word.
    assert_eq!(store.save_drafts(&[typed("c", 9, "mara")]).unwrap(), []);
    let third = store.drafts(second.change).unwrap();
    assert_eq!(third.rows, [typed("c", 9, "mara")]);
    let none = store.drafts(third.change).unwrap();
    assert_eq!((none.rows.len(), none.change), (0, third.change));
    assert_eq!(store.drafts(0).unwrap().rows.len(), 1);
}

fn picture(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    let (open, over, again) = (request(1), request(2), request(3));
    let with = |subject: &Subject, n: u128, over: Option<bool>| NewRecord {
        over,
        ..record(subject, event(n))
    };
    store
        .append(&[
            with(&open, 1, None),
            with(&over, 2, None),
            with(&over, 3, Some(true)),
            with(&again, 4, Some(true)),
            with(&again, 5, Some(false)),
            with(&over, 6, None),
        ])
        .unwrap();
    let on = |draft: &Subject| DraftRow {
        draft: draft.clone(),
        ..typed("a", 1, "mara")
    };
    let nothing_yet = request(9);
    let rows = [on(&open), on(&over), on(&nothing_yet)];
    store.save_drafts(&rows).unwrap();
    let now = store.now().unwrap();
    let events = |since| {
        let mut other = fresh.open("ben");
        let picture = other.picture(since).unwrap();
        assert!(picture.records.is_sorted_by_key(|r| r.seq));
        let all = other.records(0, 99).unwrap();
        assert_eq!(picture.last, all[5].seq);
        assert_eq!(picture.change, other.drafts(0).unwrap().change);
        let drafts: Vec<_> = picture.drafts.into_iter().map(|row| row.draft).collect();
        let events = picture.records.iter().map(|r| r.record.event_id.as_u128());
        (events.collect::<Vec<_>>(), drafts)
    };
    let late = events(now + TimeDelta::hours(1));
    assert_eq!(
        late,
        (vec![1, 4, 5], vec![open.clone(), nothing_yet.clone()])
    );
    let early = events(now - TimeDelta::hours(1));
    assert_eq!(
        early,
        (vec![1, 2, 3, 4, 5, 6], vec![open, over, nothing_yet])
    );
    // The last sweep, however long ago, and of the others none.
    let sweep = |n| Subject::Sweep(SweepId(event(n)));
    for n in [7, 8] {
        store.append(&[with(&sweep(n), n, Some(true))]).unwrap();
    }
    let start = store.start(now + TimeDelta::hours(1)).unwrap();
    let events = start.records.iter().map(|r| r.record.event_id.as_u128());
    assert_eq!(events.collect::<BTreeSet<_>>(), [1, 4, 5, 8].into());
}

fn past(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    let handover = |n: u128| Subject::Handover(HandoverId(event(n)));
    let over = |subject: &Subject, n: u128| NewRecord {
        over: Some(true),
        ..record(subject, event(n))
    };
    // Ids say nothing about the order in which they ended.
    let ended = [3, 1, 5, 2, 4].map(handover);
    for (n, subject) in (0..).zip(&ended) {
        store.append(&[record(subject, event(100 + n))]).unwrap();
    }
    for (n, subject) in (0..).zip(&ended) {
        store.append(&[over(subject, 200 + n)]).unwrap();
        // Other things end too.
        store.append(&[over(&request(50 + n), 300 + n)]).unwrap();
    }
    let last = ended.last().unwrap();
    // A word that comes later ends nothing again.
    store.append(&[record(&ended[0], event(400))]).unwrap();
    // This one goes on.
    store.append(&[record(&handover(9), event(401))]).unwrap();
    let subjects = |past: &Past| {
        let mut all: Vec<Subject> = Vec::new();
        for one in &past.records {
            if !all.contains(&one.record.subject) {
                all.push(one.record.subject.clone());
            }
        }
        all
    };
    let first = store.past("handover", None, 2).unwrap();
    assert_eq!(subjects(&first), [ended[3].clone(), last.clone()]);
    assert_eq!(first.records.len(), 4, "whole histories");
    assert!(first.records.is_sorted_by_key(|r| r.seq));
    assert_eq!(first.more.as_ref(), Some(&ended[3]));
    let next = store.past("handover", first.more.as_ref(), 2).unwrap();
    assert_eq!(subjects(&next), [ended[1].clone(), ended[2].clone()]);
    assert_eq!(next.more.as_ref(), Some(&ended[1]));
    let end = store.past("handover", next.more.as_ref(), 2).unwrap();
    assert_eq!(subjects(&end), [ended[0].clone()]);
    assert_eq!((end.records.len(), end.more), (3, None));
    let all = store.past("handover", None, 5).unwrap();
    assert_eq!((subjects(&all).len(), all.more), (5, None));
    assert_eq!(store.past("sweep", None, 5).unwrap(), Past::default());
}

fn any_text(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    let record = NewRecord {
        event_id: event(1),
        subject: Subject::from("change:\u{1b}[2J\u{202e}\"'\\%_\n\t;--"),
        subject_version: Some(1),
        kind: "of_a_newer_program".to_owned(),
        kind_version: 2_000_000_000,
        at: DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap(),
        actor: "m\u{e4}ra\u{7}\r\n\u{1f9d1}\u{200d}\u{1f680}".to_owned(),
        body: "{ \"kind\" : \"of_a_newer_program\", \"\\u0001\": 1e400, \"b\": 1, \"b\": 2 }"
            .to_owned(),
        durable: true,
        over: Some(true),
    };
    store.append(std::slice::from_ref(&record)).unwrap();
    assert_eq!(store.records(0, 9).unwrap()[0].record, record);
    let row = DraftRow {
        draft: record.subject.clone(),
        value: record.body.clone(),
        author: record.actor.clone(),
        ..typed("", 1, "")
    };
    store.save_drafts(std::slice::from_ref(&row)).unwrap();
    assert_eq!(store.drafts(0).unwrap().rows, [row]);
}

fn from_the_future(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    let ahead = NewRecord {
        at: Utc::now() + TimeDelta::days(400),
        ..record(&request(1), event(1))
    };
    store
        .append(&[ahead.clone(), record(&request(1), event(2))])
        .unwrap();
    let records = store.records(0, 9).unwrap();
    assert_eq!(records[0].record.at, ahead.at);
    let by = records[0].ahead().unwrap();
    assert!(by > TimeDelta::days(399), "{by}");
    assert_eq!(records[1].ahead(), None);
    let remarks = ocdeck::desk::verify(store.as_mut()).unwrap().remarks;
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    let words = remarks[0].to_string();
    assert!(
        words.contains("a clock that was 399 d ahead") || words.contains("400 d"),
        "{words}"
    );
}

/// JSON of this length.
fn quoted(length: usize) -> String {
    format!("\"{}\"", "x".repeat(length - 2))
}

fn too_long(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    let long = NewRecord {
        body: quoted(8_000_000),
        ..record(&request(1), event(1))
    };
    let error = store.append(&[long]).unwrap_err();
    assert!(error.is_refusal());
    let words = error.to_string();
    assert!(words.contains("has 8000000 bytes, a desk takes"), "{words}");
    let row = typed(&"x".repeat(LONGEST + 1), 1, "mara");
    assert!(store.save_drafts(&[row]).unwrap_err().is_refusal());
    // What is as long as it may be is taken, and everything else goes on.
    let longest = NewRecord {
        body: quoted(LONGEST),
        ..record(&request(1), event(2))
    };
    store.append(&[longest]).unwrap();
    assert_eq!(store.records(0, 9).unwrap().len(), 1);
}

fn no_year(fresh: &Fresh) {
    let mut store = fresh.open("mara");
    let at = |text: &str| NewRecord {
        at: text.parse().unwrap(),
        ..record(&request(1), event(1))
    };
    for far in ["+10000-01-01T00:00:00Z", "0000-12-31T23:59:59Z"] {
        let error = store.append(&[at(far)]).unwrap_err();
        assert!(error.is_refusal());
        let words = error.to_string();
        assert!(words.contains("a desk takes 1 to 9999"), "{words}");
    }
    let last = at("9999-12-31T23:59:59Z");
    store.append(std::slice::from_ref(&last)).unwrap();
    assert_eq!(store.records(0, 9).unwrap()[0].record.at, last.at);
}

fn connected(fresh: &Fresh) {
    let mut one = fresh.open("mara");
    assert_eq!(one.access(), Access::ReadWrite);
    let two = fresh.open("ben");
    let sessions = one.sessions().unwrap();
    let mut names: Vec<_> = sessions.iter().map(|s| s.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ben", "mara"]);
    for session in &sessions {
        assert_eq!((session.pid, session.stale), (std::process::id(), false));
        assert!(session.program.starts_with("ocdeck "), "{session:?}");
        assert!(!session.host.is_empty());
    }
    drop(two);
    // A tool that does not want to be seen is not.
    let about = fresh.open("").about().unwrap();
    assert_eq!(one.sessions().unwrap().len(), 1);
    assert_eq!(one.about().unwrap(), about);
}

/// Writers take turns in an order that no one of them chose.
fn interleaved(fresh: &Fresh) {
    let mut writers: Vec<_> = (0..3).map(|_| fresh.open("mara")).collect();
    let mut pieces = Vec::new();
    let mut seen = 0;
    let mut seed = 7_usize;
    for n in 0..40_u128 {
        seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345) % (1 << 31);
        let writer = &mut writers[(seed >> 8) % 3];
        // Some are written by two of them.
        let event = event(n - n % 3 % 2);
        writer
            .append(&[record(&request(n / 3 % 4), event)])
            .unwrap();
        if n % 5 == 0 {
            let piece = writers[0].records(seen, 3).unwrap();
            seen = piece.last().map_or(seen, |r| r.seq);
            pieces.extend(piece);
        }
    }
    pieces.extend(writers[0].records(seen, u32::MAX).unwrap());
    for writer in &mut writers {
        assert_eq!(writer.records(0, u32::MAX).unwrap(), pieces);
    }
    assert_eq!(
        ocdeck::desk::verify(writers[0].as_mut()).unwrap().damage,
        []
    );
}

fn moved(fresh: &Fresh) {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Sqlite::open(&folder.path().join("desk.sqlite")).unwrap();
    for n in 1..=3_u128 {
        let mut note = record(&request(n), event(n));
        note.at = DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap();
        note.over = (n == 2).then_some(true);
        source.open(&request(n), Series::Request, &[note]).unwrap();
    }
    source.save_drafts(&[typed("a", 3, "mara")]).unwrap();
    let mut lines = Vec::new();
    let counts = dump::export(&mut source, &mut lines).unwrap();
    assert_eq!((counts.records, counts.drafts), (6, 1));
    let mut store = open(&fresh.owner, "mara");
    assert_eq!(
        dump::import(store.as_mut(), &mut lines.as_slice()).unwrap(),
        counts
    );
    let mut again = Vec::new();
    dump::export(store.as_mut(), &mut again).unwrap();
    let text = |lines: &[u8]| String::from_utf8(lines.to_vec()).unwrap();
    assert_eq!(text(&again), text(&lines));
    // It goes on where it was.
    assert_eq!(store.open(&request(4), Series::Request, &[]).unwrap(), 4);
    store.append(&[at_place(&request(2), 9, 3)]).unwrap();
    let since = store.now().unwrap() + TimeDelta::hours(1);
    let open = store.picture(since).unwrap().records;
    assert!(open.iter().all(|r| r.record.subject != request(2)));
    let error = dump::import(store.as_mut(), &mut lines.as_slice()).unwrap_err();
    assert!(matches!(error, StoreError::NotEmpty { .. }), "{error}");
}

/// Also drafts alone are somebody's.
fn unmixed(fresh: &Fresh) {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Sqlite::open(&folder.path().join("desk.sqlite")).unwrap();
    source.append(&[record(&request(1), event(1))]).unwrap();
    let mut lines = Vec::new();
    dump::export(&mut source, &mut lines).unwrap();
    let mut store = open(&fresh.owner, "mara");
    store.save_drafts(&[typed("a", 1, "mara")]).unwrap();
    let error = dump::import(store.as_mut(), &mut lines.as_slice()).unwrap_err();
    let holds = "holds 0 records and 1 rows of drafts already";
    assert!(error.to_string().contains(holds), "{error}");
    assert_eq!(store.records(0, 9).unwrap(), []);
}

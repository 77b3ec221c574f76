use super::*;
use crate::desk::Sqlite;
use ocdeck_domain::{
    ids::RequestId,
    journal::{DraftRow, NewRecord, Series, Subject},
};
use std::path::{Path, PathBuf};
use uuid::Uuid;

#[path = "worker_intents_tests.rs"]
mod intents;

const DEADLINE: Duration = Duration::from_secs(20);

struct Bench {
    desk: Desk,
    events: Receiver<DeskEvent>,
}

fn start(path: PathBuf) -> Bench {
    start_in(path, None)
}

/// With a spool in this state folder.
fn start_in(path: PathBuf, state: Option<&Path>) -> Bench {
    let setup = Setup {
        spool: state.map(|state| Spool::new(state, "here".to_owned())),
        clock: None,
    };
    let (out, events) = mpsc::channel();
    let open = move || Sqlite::open(&path).map(|store| Box::new(store) as Box<dyn Store>);
    let desk = Desk::start_with(setup, open, move |event| drop(out.send(event))).unwrap();
    Bench { desk, events }
}

impl Bench {
    fn next(&self) -> DeskEvent {
        self.events.recv_timeout(DEADLINE).unwrap()
    }

    fn loaded(&self) -> (usize, Vec<DraftRow>) {
        loop {
            match self.next() {
                DeskEvent::Msg(DeskMsg::Loaded { records, drafts }) => {
                    break (records.len(), drafts);
                }
                // It was looked for once more before the test brought it back.
                DeskEvent::Msg(DeskMsg::Failed { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn append(&self, event: u128, version: Option<u32>, then: Vec<Effect>) {
        let record = record(event, version);
        let command = match then.is_empty() {
            true => DeskCommand::Append {
                records: vec![record],
            },
            false => DeskCommand::Intend {
                until: record.at + TimeDelta::minutes(10),
                record: Box::new(record),
                then,
            },
        };
        assert!(self.desk.send(command));
    }
}

fn record(event: u128, version: Option<u32>) -> NewRecord {
    NewRecord {
        event_id: Uuid::from_u128(event),
        subject: RequestId(Uuid::from_u128(7)).into(),
        subject_version: version,
        kind: "noted".to_owned(),
        kind_version: 1,
        at: Utc::now(),
        actor: "mara".to_owned(),
        body: "{}".to_owned(),
        durable: true,
        over: None,
    }
}

fn typed(n: u32) -> DraftRow {
    DraftRow {
        draft: RequestId(Uuid::from_u128(7)).into(),
        field: "reason".to_owned(),
        value: n.to_string(),
        version: n,
        author: "mara".to_owned(),
        at: Utc::now(),
    }
}

#[test]
fn what_follows_runs_after_the_record_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let bench = start(folder.path().join("desk.sqlite"));
    assert_eq!(bench.loaded().0, 0);
    bench.append(1, None, vec![Effect::Redraw]);
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(r)) if r.len() == 1));
    assert!(matches!(bench.next(), DeskEvent::Then(e) if e == [Effect::Redraw]));
    assert_eq!(bench.desk.close(DEADLINE), Left::default());
}

#[test]
fn an_intent_is_written_behind_what_was_typed_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let bench = start(path.clone());
    bench.loaded();
    assert!(bench.desk.send(DeskCommand::SaveDraft(vec![typed(1)])));
    bench.append(1, None, vec![Effect::Redraw]);
    while !matches!(bench.next(), DeskEvent::Then(_)) {}
    let drafts = Sqlite::open(&path).unwrap().drafts(0).unwrap().rows;
    assert_eq!(drafts.len(), 1);
}

#[test]
fn a_record_is_written_behind_what_was_typed_about_its_subject() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let bench = start(path.clone());
    bench.loaded();
    assert!(bench.desk.send(DeskCommand::SaveDraft(vec![typed(1)])));
    bench.append(1, None, Vec::new());
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(_))));
    let drafts = Sqlite::open(&path).unwrap().drafts(0).unwrap().rows;
    assert_eq!(drafts.len(), 1, "who reads \"parked\" finds the draft");
}

#[test]
fn another_console_hears_of_a_draft_before_its_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let one = start(path.clone());
    one.loaded();
    let two = start(path);
    two.loaded();
    assert!(one.desk.send(DeskCommand::SaveDraft(vec![typed(1)])));
    one.append(1, None, Vec::new());
    assert!(matches!(one.next(), DeskEvent::Msg(DeskMsg::Appended(_))));
    // Its own writing reads what others wrote, and its looking does.
    two.append(2, None, Vec::new());
    assert!(matches!(two.next(), DeskEvent::Msg(DeskMsg::Drafts(rows)) if rows.len() == 1));
    assert!(matches!(two.next(), DeskEvent::Msg(DeskMsg::Appended(_))));
}

#[test]
fn a_request_gets_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let bench = start(folder.path().join("desk.sqlite"));
    bench.loaded();
    let request = Subject::Request(RequestId(Uuid::from_u128(7)));
    assert!(bench.desk.send(DeskCommand::Open {
        subject: request.clone(),
        series: Series::Request,
        records: vec![record(1, None)],
    }));
    assert!(matches!(
        bench.next(),
        DeskEvent::Msg(DeskMsg::Opened { subject, number: 1, records })
            if subject == request && records.len() == 2
    ));
}

#[test]
fn a_stop_waits_for_the_store_and_the_store_for_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let (entered, inside) = mpsc::channel();
    let (go_on, held) = mpsc::channel::<()>();
    let (out, events) = mpsc::channel();
    let open = move || {
        let _ = entered.send(());
        let _ = held.recv();
        Sqlite::open(&path).map(|store| Box::new(store) as Box<dyn Store>)
    };
    let desk = Desk::start(open, move |event| drop(out.send(event))).unwrap();
    let bench = Bench { desk, events };
    inside.recv_timeout(DEADLINE).unwrap();
    assert!(bench.desk.shared.try_turn().is_none(), "it is being opened");
    // Whoever stops does not wait for ever.
    let mut stopped = 0;
    bench.desk.between(Duration::ZERO, || stopped += 1);
    drop(go_on);
    bench.loaded();
    bench.desk.between(DEADLINE, || {
        stopped += 1;
        assert!(bench.desk.shared.try_turn().is_none());
    });
    assert_eq!(stopped, 2);
    bench.append(1, None, vec![Effect::Redraw]);
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(r)) if r.len() == 1));
}

#[test]
fn of_two_writers_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let bench = start(folder.path().join("desk.sqlite"));
    bench.loaded();
    bench.append(1, Some(1), Vec::new());
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(_))));
    bench.append(2, Some(1), vec![Effect::Redraw]);
    bench.append(3, Some(2), Vec::new());
    assert!(matches!(
        bench.next(),
        DeskEvent::Msg(DeskMsg::Conflict { .. })
    ));
    // The bell of the refused record never rang; the queue goes on.
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(r)) if r.len() == 1));
}

#[test]
fn what_stood_there_already_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let one = start(path.clone());
    one.loaded();
    one.append(1, None, Vec::new());
    assert!(matches!(one.next(), DeskEvent::Msg(DeskMsg::Appended(r)) if r.len() == 1));
    // Derived by another, which need not know what it read.
    let two = start(path);
    two.loaded();
    two.append(1, None, Vec::new());
    let subject = record(1, None).subject;
    assert!(matches!(two.next(), DeskEvent::Msg(DeskMsg::Stood(s)) if s == [subject]));
}

#[test]
fn another_console_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    // One after the other: two that make the same file at once may have to try again.
    let one = start(path.clone());
    one.loaded();
    let two = start(path);
    two.loaded();
    one.append(1, None, Vec::new());
    assert!(matches!(two.next(), DeskEvent::Msg(DeskMsg::Appended(r)) if r.len() == 1));
}

#[test]
fn a_desk_out_of_reach_drops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // A file stands where the desk's folder should be.
    let place = folder.path().join("state");
    std::fs::write(&place, "").unwrap();
    let bench = start(place.join("desk.sqlite"));
    bench.append(1, None, vec![Effect::Redraw]);
    assert!(matches!(
        bench.next(),
        DeskEvent::Msg(DeskMsg::Failed { .. })
    ));
    std::fs::remove_file(&place).unwrap();
    assert_eq!(bench.loaded().0, 0);
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(r)) if r.len() == 1));
    assert!(matches!(bench.next(), DeskEvent::Then(_)));
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Recovered)));
}

#[test]
fn closing_writes_what_was_typed_last() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let bench = start(path.clone());
    bench.loaded();
    for n in 1..=50 {
        assert!(bench.desk.send(DeskCommand::SaveDraft(vec![typed(n)])));
    }
    assert_eq!(bench.desk.close(DEADLINE), Left::default());
    let (_, drafts) = start(path).loaded();
    assert_eq!(drafts.len(), 1);
    assert_eq!((drafts[0].value.as_str(), drafts[0].version), ("50", 50));
}

/// A desk whose folder cannot be made: a file stands in its place.
fn out_of_reach(folder: &Path) -> (PathBuf, PathBuf) {
    let place = folder.join("desk");
    std::fs::write(&place, "").unwrap();
    (place.join("desk.sqlite"), place)
}

impl Bench {
    /// Waits until so many things wait for the desk.
    fn waiting(&self, wanted: usize) {
        loop {
            match self.next() {
                DeskEvent::Msg(DeskMsg::Failed { waiting, .. }) if waiting == wanted => return,
                DeskEvent::Msg(DeskMsg::Failed { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn events_of(&self, count: usize) -> Vec<u128> {
        let mut seen = Vec::new();
        while seen.len() < count {
            if let DeskEvent::Msg(DeskMsg::Appended(records)) = self.next() {
                seen.extend(records.iter().map(|r| r.record.event_id.as_u128()));
            }
        }
        seen
    }
}

#[test]
fn what_the_desk_cannot_take_is_written_by_the_next_program() {
    let folder = tempfile::tempdir().unwrap();
    let (path, place) = out_of_reach(folder.path());
    let bench = start_in(path.clone(), Some(folder.path()));
    for event in 1..=3 {
        bench.append(event, None, Vec::new());
    }
    // A dispatch waits too, but is not sent hours later by itself.
    bench.append(4, None, vec![Effect::Redraw]);
    assert!(bench.desk.send(DeskCommand::SaveDraft(vec![typed(1)])));
    bench.waiting(5);
    let left = bench.desk.close(DEADLINE);
    assert_eq!((left.waiting, left.unsent), (5, 1));
    let kept = left.kept.unwrap();
    assert!(kept.is_file());
    // Nor does the second program reach it.
    let bench = start_in(path.clone(), Some(folder.path()));
    bench.append(5, None, Vec::new());
    bench.waiting(5);
    let left = bench.desk.close(DEADLINE);
    assert_eq!((left.waiting, left.unsent), (5, 0));
    assert!(!kept.exists(), "the newer file holds all of it");
    std::fs::remove_file(&place).unwrap();
    let bench = start_in(path.clone(), Some(folder.path()));
    assert_eq!(bench.loaded().0, 0);
    assert_eq!(bench.events_of(4), [1, 2, 3, 5]);
    assert_eq!(bench.desk.close(DEADLINE), Left::default());
    let drafts = Sqlite::open(&path).unwrap().drafts(0).unwrap().rows;
    assert_eq!(drafts.len(), 1);
    let spool = std::fs::read_dir(folder.path().join("spool")).unwrap();
    let names: Vec<_> = spool.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["reserve"]);
}

#[test]
fn what_waits_survives_a_kill_too() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _place) = out_of_reach(folder.path());
    let bench = start_in(path, Some(folder.path()));
    bench.append(1, None, Vec::new());
    // It is told how much waits once that stands in the file.
    bench.waiting(1);
    let text = || -> Option<String> {
        let files = std::fs::read_dir(folder.path().join("spool")).ok()?;
        let mut paths = files.flatten().map(|file| file.path());
        let path = paths.find(|path| path.extension().is_some_and(|it| it == "jsonl"))?;
        std::fs::read_to_string(path).ok()
    };
    let end = Instant::now() + DEADLINE;
    while !text().is_some_and(|text| text.contains("noted")) {
        assert!(Instant::now() < end, "nothing was kept");
        thread::yield_now();
    }
}

#[test]
fn who_was_faster_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let one = start(path.clone());
    one.loaded();
    let two = start(path);
    two.loaded();
    one.append(1, Some(1), Vec::new());
    assert_eq!(one.events_of(1), [1]);
    two.append(2, Some(1), vec![Effect::Redraw]);
    assert_eq!(two.events_of(1), [1]);
    match two.next() {
        DeskEvent::Msg(DeskMsg::Conflict {
            winner, refused, ..
        }) => {
            assert_eq!(winner.unwrap().record.event_id, Uuid::from_u128(1));
            assert_eq!(refused[0].event_id, Uuid::from_u128(2));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_too_long_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let bench = start(folder.path().join("desk.sqlite"));
    bench.loaded();
    let mut long = record(1, None);
    long.body = "x".repeat(ocdeck_domain::journal::LONGEST + 1);
    assert!(bench.desk.send(DeskCommand::Append {
        records: vec![long],
    }));
    bench.append(2, None, Vec::new());
    assert!(matches!(
        bench.next(),
        DeskEvent::Msg(DeskMsg::Refused { refused, .. }) if refused.len() == 1
    ));
    assert_eq!(bench.events_of(1), [2]);
}

#[test]
fn a_store_that_never_answers_holds_no_end_up() {
    let folder = tempfile::tempdir().unwrap();
    let (out, events) = mpsc::channel();
    let setup = Setup {
        spool: Some(Spool::new(folder.path(), "here".to_owned())),
        clock: None,
    };
    let (begin, begun) = mpsc::channel();
    let (_never, answer) = mpsc::channel::<()>();
    let open = move || {
        begin.send(()).unwrap();
        let _ = answer.recv();
        Err(StoreError::Damaged {
            seq: 0,
            what: "silent".to_owned(),
        })
    };
    let desk = Desk::start_with(setup, open, move |event| drop(out.send(event))).unwrap();
    begun.recv_timeout(DEADLINE).unwrap();
    assert!(desk.send(DeskCommand::Append {
        records: vec![record(1, None)],
    }));
    let left = desk.close(Duration::from_millis(50));
    assert_eq!(left.waiting, 1);
    let kept = std::fs::read_to_string(left.kept.unwrap()).unwrap();
    assert!(kept.contains("noted"), "{kept}");
    drop(events);
}

#[test]
fn the_history_of_a_request_is_read_where_nothing_may_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let bench = start(path.clone());
    bench.loaded();
    bench.append(1, None, vec![Effect::Redraw]);
    while !matches!(bench.next(), DeskEvent::Then(_)) {}
    bench.desk.close(DEADLINE);
    // A newer program migrated it meanwhile.
    rusqlite::Connection::open(&path)
        .and_then(|db| db.execute("UPDATE meta SET version = 99, min_writer = 99", []))
        .unwrap();
    let bench = start(path);
    bench.loaded();
    bench.append(2, None, Vec::new());
    let subject = Subject::Request(RequestId(Uuid::from_u128(7)));
    let asked = DeskCommand::History(subject);
    assert!(bench.desk.send(asked));
    assert!(bench.desk.send(DeskCommand::Past {
        kind: "handover",
        before: None,
        most: 9,
    }));
    let mut answers = Vec::new();
    while answers.len() < 2 {
        match bench.next() {
            DeskEvent::Msg(DeskMsg::History { records, .. }) => answers.push(records.len()),
            DeskEvent::Msg(DeskMsg::Past { records, .. }) => answers.push(records.len()),
            _ => {}
        }
    }
    assert_eq!(
        answers,
        [1, 0],
        "what waits to be written holds up no question"
    );
    assert_eq!(bench.desk.close(DEADLINE).waiting, 1);
}

#[test]
fn what_waited_overwrites_nothing_newer_whoever_typed_it() {
    let at = |seconds| Utc::now() + TimeDelta::seconds(seconds);
    let waits = DraftRow {
        at: at(-60),
        ..typed(1)
    };
    let mut pending = Pending::default();
    pending.push(DeskCommand::SaveDraft(vec![waits.clone()]));
    // The same person went on at another console meanwhile.
    let newer = DraftRow {
        at: at(-30),
        ..typed(2)
    };
    assert_eq!(
        pending.drop_older(std::slice::from_ref(&newer)),
        [(waits, newer.clone())]
    );
    assert!(pending.drafts().is_empty());
    // What is typed here after that stands.
    pending.push(DeskCommand::SaveDraft(vec![typed(3)]));
    assert_eq!(pending.drop_older(&[newer]), []);
    assert_eq!(pending.drafts().len(), 1);
}

#[test]
fn the_spool_is_told_what_came_and_all_of_it_when_something_waits_no_more() {
    let append = |event| DeskCommand::Append {
        records: vec![record(event, None)],
    };
    let mut pending = Pending::default();
    pending.push(append(1));
    assert_eq!(pending.news(), News::Whole(pending.kept()));
    pending.push(append(2));
    pending.push(DeskCommand::SaveDraft(vec![typed(1)]));
    pending.push(DeskCommand::SaveDraft(vec![typed(2)]));
    let News::More(more) = pending.news() else {
        panic!("nothing waits no more");
    };
    // What was typed since is one state.
    assert_eq!(more, pending.kept()[1..]);
    assert_eq!(pending.news(), News::More(Vec::new()));
    pending.pop();
    assert_eq!(pending.news(), News::Whole(pending.kept()));
    // What could not be kept is told again.
    pending.push(append(3));
    assert!(matches!(pending.news(), News::More(_)));
    pending.unkept();
    assert_eq!(pending.news(), News::Whole(pending.kept()));
}

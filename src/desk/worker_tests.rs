use super::*;
use crate::desk::Sqlite;
use ocdeck_domain::{
    ids::RequestId,
    journal::{NewRecord, Series},
};
use std::path::PathBuf;
use uuid::Uuid;

const DEADLINE: Duration = Duration::from_secs(20);

struct Bench {
    desk: Desk,
    events: Receiver<DeskEvent>,
}

fn start(path: PathBuf) -> Bench {
    let (out, events) = mpsc::channel();
    let open = move || Sqlite::open(&path).map(|store| Box::new(store) as Box<dyn Store>);
    let desk = Desk::start(open, move |event| drop(out.send(event))).unwrap();
    Bench { desk, events }
}

impl Bench {
    fn next(&self) -> DeskEvent {
        self.events.recv_timeout(DEADLINE).unwrap()
    }

    fn loaded(&self) -> (usize, Vec<DraftRow>) {
        match self.next() {
            DeskEvent::Msg(DeskMsg::Loaded { records, drafts }) => (records.len(), drafts),
            other => panic!("{other:?}"),
        }
    }

    fn append(&self, event: u128, version: Option<u32>, then: Vec<Effect>) {
        let records = vec![record(event, version)];
        assert!(self.desk.send(DeskCommand::Append { records, then }));
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
    bench.append(1, None, vec![Effect::Bell]);
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(r)) if r.len() == 1));
    assert!(matches!(bench.next(), DeskEvent::Then(e) if e == [Effect::Bell]));
    assert_eq!(bench.desk.close(DEADLINE), Some(0));
}

#[test]
fn an_intent_is_written_behind_what_was_typed_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let bench = start(path.clone());
    bench.loaded();
    assert!(bench.desk.send(DeskCommand::SaveDraft(vec![typed(1)])));
    bench.append(1, None, vec![Effect::Bell]);
    while !matches!(bench.next(), DeskEvent::Then(_)) {}
    let drafts = Sqlite::open(&path).unwrap().drafts(0).unwrap().rows;
    assert_eq!(drafts.len(), 1);
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
fn of_two_writers_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let bench = start(folder.path().join("desk.sqlite"));
    bench.loaded();
    bench.append(1, Some(1), Vec::new());
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(_))));
    bench.append(2, Some(1), vec![Effect::Bell]);
    bench.append(3, Some(2), Vec::new());
    assert!(matches!(
        bench.next(),
        DeskEvent::Msg(DeskMsg::Conflict { .. })
    ));
    // The bell of the refused record never rang; the queue goes on.
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(r)) if r.len() == 1));
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
    bench.append(1, None, vec![Effect::Bell]);
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
    assert_eq!(bench.desk.close(DEADLINE), Some(0));
    let (_, drafts) = start(path).loaded();
    assert_eq!(drafts.len(), 1);
    assert_eq!((drafts[0].value.as_str(), drafts[0].version), ("50", 50));
}

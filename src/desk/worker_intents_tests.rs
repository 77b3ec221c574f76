//! An intent that waits: it is taken back, by whoever asks or by time.

use super::*;

/// An intent that something follows.
fn intend(event: u128, until: Time) -> DeskCommand {
    DeskCommand::Intend {
        record: Box::new(record(event, None)),
        then: vec![Effect::Redraw],
        until,
    }
}

/// A desk that cannot be opened while a folder stands in its place.
fn away(folder: &Path) -> (Bench, PathBuf) {
    let away = folder.join("desk.sqlite");
    std::fs::create_dir(&away).unwrap();
    let bench = start(away.clone());
    assert!(matches!(
        bench.next(),
        DeskEvent::Msg(DeskMsg::Failed { waiting: 0, .. })
    ));
    (bench, away)
}

/// What was taken back, and whether it stands on the desk.
fn taken_back(bench: &Bench) -> (u128, bool) {
    loop {
        if let DeskEvent::Msg(DeskMsg::TakenBack { record, stands }) = bench.next() {
            return (record.event_id.as_u128(), stands);
        }
    }
}

#[test]
fn an_intent_that_waits_is_taken_back_while_the_desk_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let (bench, away) = away(folder.path());
    let soon = Utc::now() + TimeDelta::minutes(10);
    assert!(bench.desk.send(intend(1, soon)));
    bench.append(2, None, Vec::new());
    let event = Uuid::from_u128(1);
    assert!(bench.desk.send(DeskCommand::TakeBack(event)));
    assert_eq!(taken_back(&bench), (1, false));
    // What stood behind it is written.
    std::fs::remove_dir(&away).unwrap();
    assert_eq!(bench.events_of(1), [2]);
    assert_eq!(bench.desk.close(DEADLINE), Left::default());
}

#[test]
fn an_intent_that_waited_too_long_is_not_written_when_the_desk_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let (bench, away) = away(folder.path());
    // The program was stopped meanwhile: it is late before anybody looks.
    assert!(
        bench
            .desk
            .send(intend(1, Utc::now() - TimeDelta::seconds(1)))
    );
    std::fs::remove_dir(&away).unwrap();
    assert_eq!(taken_back(&bench), (1, false));
    bench.append(2, None, Vec::new());
    assert_eq!(bench.events_of(1), [2]);
}

#[test]
fn an_intent_that_is_written_is_not_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let bench = start(folder.path().join("desk.sqlite"));
    bench.loaded();
    bench.append(1, None, vec![Effect::Redraw]);
    while !matches!(bench.next(), DeskEvent::Then(_)) {}
    let event = Uuid::from_u128(1);
    assert!(bench.desk.send(DeskCommand::TakeBack(event)));
    bench.append(2, None, Vec::new());
    assert!(matches!(bench.next(), DeskEvent::Msg(DeskMsg::Appended(_))));
    assert_eq!(bench.desk.close(DEADLINE), Left::default());
}

#[test]
fn of_an_intent_that_may_stand_on_the_desk_the_desk_is_asked() {
    for stands in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Sqlite::open(&folder.path().join("desk.sqlite")).unwrap();
        let (out, events) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let open = || -> Result<Box<dyn Store>, StoreError> { unreachable!("nothing is opened") };
        let out = move |event| drop(out.send(event));
        let mut worker = Worker::new(Setup::default(), shared.clone(), open, out);
        worker.last = Some(0);
        shared
            .pending()
            .push(intend(1, Utc::now() + TimeDelta::minutes(10)));
        let handed = shared.pending().front();
        assert!(handed.is_some());
        if stands {
            // The answer was lost.
            store.append(&[record(1, None)]).unwrap();
        }
        let event = Uuid::from_u128(1);
        shared.pending().push(DeskCommand::TakeBack(event));
        worker.take_back();
        assert!(events.try_recv().is_err(), "nobody knows it yet");
        worker.settle(&mut store).unwrap();
        match events.try_recv().unwrap() {
            DeskEvent::Msg(DeskMsg::TakenBack { stands: told, .. }) => assert_eq!(told, stands),
            other => panic!("{other:?}"),
        }
        assert_eq!(shared.pending().waiting(), 0);
        let told = matches!(events.try_recv(), Ok(DeskEvent::Msg(DeskMsg::Appended(_))));
        assert_eq!(told, stands);
    }
}

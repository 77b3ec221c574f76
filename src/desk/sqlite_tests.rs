use super::*;
use ocdeck_domain::{ids::RequestId, restore::Event};
use std::os::unix::fs::PermissionsExt;

fn now() -> Time {
    DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap()
}

fn record(subject: u128, event: u128, version: Option<u32>) -> NewRecord {
    NewRecord {
        event_id: Uuid::from_u128(event),
        subject: RequestId(Uuid::from_u128(subject)).into(),
        subject_version: version,
        kind: "noted".to_owned(),
        kind_version: 1,
        at: now(),
        actor: "mara".to_owned(),
        body: "{\"text\":\"ä\"}".to_owned(),
        durable: true,
        over: None,
    }
}

fn desk() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("state/desk.sqlite")).unwrap();
    (folder, store)
}

#[test]
fn what_was_written_is_read_back_in_order() {
    let (folder, mut store) = desk();
    store
        .append(&[record(1, 1, Some(1)), record(2, 2, None)])
        .unwrap();
    store.append(&[record(1, 3, Some(2))]).unwrap();
    let records = store.records(0, 99).unwrap();
    let seen: Vec<_> = records
        .iter()
        .map(|r| (r.seq, r.record.event_id.as_u128(), r.subject_version))
        .collect();
    assert_eq!(seen, [(1, 1, 1), (2, 2, 1), (3, 3, 2)]);
    assert_eq!(records[0].record, record(1, 1, Some(1)));
    assert_eq!(store.records(2, 99).unwrap().len(), 1);
    drop(store);
    let mut again = Sqlite::open(&folder.path().join("state/desk.sqlite")).unwrap();
    assert_eq!(again.records(0, 99).unwrap(), records);
}

#[test]
fn an_event_is_written_once_and_a_place_is_taken_once() {
    let (_folder, mut store) = desk();
    store.append(&[record(1, 1, Some(1))]).unwrap();
    store.append(&[record(1, 1, Some(1))]).unwrap();
    let taken = store.append(&[record(1, 2, Some(2)), record(1, 3, Some(1))]);
    assert!(matches!(taken, Err(StoreError::Taken { version: 1, .. })));
    // The whole transaction is gone, its first record too.
    assert_eq!(store.records(0, 99).unwrap().len(), 1);
}

#[test]
fn numbers_run_and_stay() {
    let (folder, mut store) = desk();
    let mut other = Sqlite::open(&folder.path().join("state/desk.sqlite")).unwrap();
    let open = |store: &mut Sqlite, subject, event| {
        store
            .open(
                &RequestId(Uuid::from_u128(subject)).into(),
                Series::Request,
                &[record(subject, event, None)],
            )
            .unwrap()
    };
    assert_eq!(open(&mut store, 1, 1), 1);
    assert_eq!(open(&mut other, 2, 2), 2);
    assert_eq!(open(&mut store, 1, 1), 1);
    assert_eq!(open(&mut store, 3, 3), 3);
    let records = store.records(0, 99).unwrap();
    assert_eq!(records.len(), 6);
    let opened = Event::Opened {
        reference: ocdeck_domain::ids::Reference(1),
    };
    assert_eq!(Event::read(&records[0]).unwrap(), opened);
    assert_eq!(records[0].subject_version, 1);
    assert_eq!(records[1].subject_version, 2);
}

#[test]
fn the_journal_is_insert_only() {
    let (_folder, mut store) = desk();
    store.append(&[record(1, 1, None)]).unwrap();
    for sql in ["UPDATE journal SET actor = 'x'", "DELETE FROM journal"] {
        let error = store.write.execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("insert only"), "{error}");
    }
}

#[test]
fn two_consoles_see_each_other() {
    let (folder, mut store) = desk();
    let mut other = Sqlite::open(&folder.path().join("state/desk.sqlite")).unwrap();
    assert!(!store.changed().unwrap());
    other.append(&[record(1, 1, None)]).unwrap();
    assert!(store.changed().unwrap());
    assert!(!store.changed().unwrap());
    assert_eq!(store.records(0, 99).unwrap().len(), 1);
}

#[test]
fn drafts_keep_the_last_writer() {
    let (_folder, mut store) = desk();
    let row = |value: &str, version| DraftRow {
        draft: RequestId(Uuid::from_u128(1)).into(),
        field: "caller".to_owned(),
        value: value.to_owned(),
        version,
        author: "mara".to_owned(),
        at: now(),
    };
    store.save_drafts(&[row("\"a\"", 1)]).unwrap();
    store.save_drafts(&[row("\"b\"", 1)]).unwrap();
    store.save_drafts(&[row("\"c\"", 9)]).unwrap();
    assert_eq!(store.drafts(0).unwrap().rows, [row("\"c\"", 9)]);
}

#[test]
fn only_the_owner_reads_it_and_a_newer_one_is_left_alone() {
    let (folder, store) = desk();
    let path = folder.path().join("state/desk.sqlite");
    for name in ["desk.sqlite", "desk.sqlite-wal"] {
        let mode = std::fs::metadata(path.with_file_name(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    store.write.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    let error = Sqlite::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Newer { needs: 99, .. }));
}

#[test]
fn durable_means_full() {
    let (_folder, mut store) = desk();
    let level = |store: &Sqlite| -> i64 {
        store
            .write
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap()
    };
    store.append(&[record(1, 1, None)]).unwrap();
    assert_eq!(level(&store), 2);
    store.save_drafts(&[]).unwrap();
    assert_eq!(level(&store), 1);
}

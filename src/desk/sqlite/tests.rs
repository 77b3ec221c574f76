use super::{tables::APPLICATION, *};
use crate::desk::{Finding, Steps, verify};
use chrono::{DateTime, TimeDelta};
use ocdeck_domain::{
    ids::{Reference, RequestId},
    restore::Event,
};
use rusqlite::StatementStatus;
use std::{os::unix::fs::PermissionsExt, path::PathBuf};
use uuid::Uuid;

fn now() -> Time {
    DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap()
}

fn how() -> How {
    How {
        clock: now,
        ..How::default()
    }
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

fn path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("state/desk.sqlite")
}

fn desk() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    private(&path(&folder)).unwrap();
    let store = Sqlite::connect(&path(&folder), how()).unwrap();
    (folder, store)
}

#[test]
fn the_writer_and_desk_time_stand_beside_a_record() {
    let (_folder, mut store) = desk();
    store.append(&[record(1, 1, Some(1))]).unwrap();
    let records = store.records(0, 9).unwrap();
    assert_eq!(records[0].record, record(1, 1, Some(1)));
    assert_eq!(records[0].received_at, now());
    let uid = rustix::process::getuid().as_raw();
    assert_eq!(records[0].author.account, format!("uid {uid}"));
    assert!(!records[0].author.host.is_empty());
}

#[test]
fn a_host_s_clock_that_jumps_is_not_when_the_desk_received_it() {
    let (_folder, mut store) = desk();
    let clock = Clock::new(crate::desk::Base::Host);
    store.follow(&clock);
    let before = clock.now();
    store.append(&[record(1, 1, None)]).unwrap();
    let received = store.records(0, 9).unwrap()[0].received_at;
    assert!(before <= received && received <= clock.now(), "{received}");
    // What is compared with other programs' is the host's still.
    assert_eq!(store.now().unwrap(), now());
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
fn a_row_that_cannot_be_read_costs_that_row() {
    let (_folder, mut store) = desk();
    let all = [1, 2, 3].map(|n| record(1, n, None));
    store.append(&all).unwrap();
    let far = "+10000-01-01T00:00:00Z";
    store
        .write
        .execute_batch(&format!(
            "DROP TRIGGER journal_never_changes; UPDATE journal SET at = '{far}' WHERE seq = 2;
             UPDATE journal SET at = 'noon' WHERE seq = 3;"
        ))
        .unwrap();
    let since = now() - TimeDelta::days(2);
    assert_eq!(store.picture(since).unwrap().records.len(), 3);
    let records = store.records(0, 9).unwrap();
    let kinds: Vec<&str> = records.iter().map(|r| r.record.kind.as_str()).collect();
    assert_eq!(kinds, ["noted", "noted", "unreadable"]);
    assert_eq!(records[1].record.at, far.parse::<Time>().unwrap());
    assert_eq!(records[2].record.at, records[2].received_at);
    let damage = verify(&mut store).unwrap().damage;
    assert!(
        damage.contains(&Finding::Unreadable { seq: 3 }),
        "{damage:?}"
    );
}

#[test]
fn only_the_owner_reads_it() {
    let (folder, _store) = desk();
    for name in ["desk.sqlite", "desk.sqlite-wal"] {
        let about = std::fs::metadata(path(&folder).with_file_name(name)).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
    }
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

#[test]
fn a_desk_of_version_1_becomes_one_of_version_2() {
    let folder = tempfile::tempdir().unwrap();
    private(&path(&folder)).unwrap();
    let old = Connection::open(path(&folder)).unwrap();
    old.execute_batch(include_str!("version_1.sql")).unwrap();
    drop(old);
    let mut store = Sqlite::connect(&path(&folder), how()).unwrap();
    assert_eq!(store.access(), Access::ReadWrite);
    let about = store.about().unwrap();
    assert_eq!(about.version, 2);
    assert_eq!(
        about.created.to_rfc3339(),
        "2026-11-20T22:00:00.123456789+00:00"
    );
    let records = store.records(0, 99).unwrap();
    let seen: Vec<_> = records
        .iter()
        .map(|r| {
            (
                r.seq,
                r.subject_version,
                r.record.kind.as_str(),
                r.record.over,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (1, 1, "opened", None),
            (2, 2, "call_received", None),
            (4, 1, "opened", None),
            (5, 2, "cancelled", Some(true)),
            (6, 3, "of_a_newer_program", None),
        ]
    );
    let opened = Event::Opened {
        reference: Reference(2),
    };
    assert_eq!(records[2].event::<Event>().unwrap(), opened);
    let verdict = verify(&mut store).unwrap();
    assert!(verdict.chained && verdict.damage.is_empty(), "{verdict:?}");
    // The request that was given up is not read at a start long after it.
    let picture = store.picture(now() + TimeDelta::days(9000)).unwrap();
    assert_eq!(picture.records.len(), 2);
    assert_eq!(
        (picture.drafts.len(), picture.last, picture.change),
        (1, 6, 1)
    );
    // Numbers go on.
    let next = RequestId(Uuid::from_u128(77)).into();
    assert_eq!(store.open(&next, Series::Request, &[]).unwrap(), 3);
}

#[test]
fn a_foreign_file_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.sqlite");
    let foreign = Connection::open(&file).unwrap();
    foreign
        .execute_batch("CREATE TABLE journal (a); CREATE TABLE \"b\u{1b}[2J\" (b);")
        .unwrap();
    drop(foreign);
    let before = std::fs::read(&file).unwrap();
    let error = Sqlite::open(&file).unwrap_err();
    assert!(matches!(&error, StoreError::Foreign { .. }), "{error:?}");
    let words = error.chain();
    assert!(words.contains("the tables journal, b[2J"), "{words}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    std::fs::write(&file, "Dear diary, this is no database at all. ".repeat(40)).unwrap();
    let words = Sqlite::open(&file).unwrap_err().chain();
    assert!(
        words.contains("it is no SQLite file: move it away"),
        "{words}"
    );
}

#[test]
fn a_newer_desk_is_read_if_it_may_be() {
    let (folder, mut store) = desk();
    store.append(&[record(1, 1, None)]).unwrap();
    let set = |sql| store.write.execute(sql, []).unwrap();
    set("UPDATE meta SET version = 4, min_writer = 3");
    let mut older = Sqlite::connect(&path(&folder), how()).unwrap();
    let Access::ReadOnly(reason) = older.access() else {
        panic!("it may write");
    };
    assert!(reason.contains("migrated to version 4"), "{reason}");
    assert_eq!(older.records(0, 9).unwrap().len(), 1);
    let refused = older.append(&[record(1, 2, None)]).unwrap_err();
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused}");
    set("UPDATE meta SET min_reader = 3");
    let error = Sqlite::connect(&path(&folder), how()).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Newer {
                needs: 3,
                known: 2,
                ..
            }
        ),
        "{error}"
    );
}

const fn breaking(to: u32, min_reader: u32) -> Step {
    Step {
        to,
        min_reader,
        min_writer: to,
        breaking: true,
        run: |transaction, words| {
            transaction
                .execute_batch("ALTER TABLE draft ADD COLUMN mood TEXT")
                .map_err(|error| words.open(error))
        },
    }
}

const NEXT: u32 = STEPS[STEPS.len() - 1].to + 1;
const MAY_READ: &[Step] = &[breaking(NEXT, 2)];
const MAY_NOT: &[Step] = &[breaking(NEXT, NEXT)];

/// A program of the next version: this one may read after it, and may not.
pub(crate) fn next_program(older_may_read: bool) -> Steps {
    Steps::of(if older_may_read { MAY_READ } else { MAY_NOT })
}

#[test]
fn what_cuts_others_off_waits_for_a_person() {
    let (folder, store) = desk();
    let who = Who {
        name: "ben".to_owned(),
    };
    let mut ben = Sqlite::connect(&path(&folder), How { who, ..how() }).unwrap();
    drop(store);
    let newer = || How {
        steps: MAY_READ,
        ..how()
    };
    let waiting = Sqlite::connect(&path(&folder), newer()).unwrap();
    let Access::ReadOnly(reason) = waiting.access() else {
        panic!("it was made newer");
    };
    assert!(reason.contains("`ocdeck desk migrate`"), "{reason}");
    let found = outdated(&path(&folder), MAY_READ).unwrap().unwrap();
    assert_eq!(
        (found.version, found.to, found.sessions.len()),
        (NEXT - 1, NEXT, 1)
    );
    assert_eq!(found.sessions[0].name, "ben");
    drop(
        Sqlite::connect(
            &path(&folder),
            How {
                breaking: true,
                ..newer()
            },
        )
        .unwrap(),
    );
    assert_eq!(outdated(&path(&folder), MAY_READ).unwrap(), None);
    let after = Sqlite::connect(&path(&folder), newer()).unwrap();
    assert_eq!(after.access(), Access::ReadWrite);
    // So does the one that had it open all the time.
    let refused = ben.append(&[record(1, 9, None)]).unwrap_err();
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused}");
    assert!(matches!(ben.access(), Access::ReadOnly(_)));
    // The program before reads on.
    let before = Sqlite::connect(&path(&folder), how()).unwrap();
    assert!(matches!(before.access(), Access::ReadOnly(_)));
}

#[test]
fn who_is_connected_is_told_until_they_go() {
    let (folder, mut store) = desk();
    let who = Who {
        name: "ben".to_owned(),
    };
    let ben = Sqlite::connect(&path(&folder), How { who, ..how() }).unwrap();
    let sessions = store.sessions().unwrap();
    assert_eq!(sessions.len(), 1);
    assert_eq!(
        (sessions[0].pid, sessions[0].stale),
        (std::process::id(), false)
    );
    // One whose process is not there any more.
    let gone = "UPDATE session SET pid = 2000000000";
    store.write.execute(gone, []).unwrap();
    assert!(store.sessions().unwrap()[0].stale);
    // One on another host that was silent for long.
    let silent = "UPDATE session SET host = 'elsewhere', seen = '2023-11-14T22:11:00Z'";
    store.write.execute(silent, []).unwrap();
    assert!(store.sessions().unwrap()[0].stale);
    drop(ben);
    assert_eq!(store.sessions().unwrap(), []);
}

#[test]
fn a_changed_record_is_seen_at_the_next_start() {
    let (folder, mut store) = desk();
    for event in 1..=40 {
        store.append(&[record(1, event, None)]).unwrap();
    }
    store
        .write
        .execute_batch(
            "DROP TRIGGER journal_never_changes;
             UPDATE journal SET actor = 'ben' WHERE seq IN (5, 38)",
        )
        .unwrap();
    let again = Sqlite::connect(&path(&folder), how()).unwrap();
    let Access::ReadOnly(reason) = again.access() else {
        panic!("it may write");
    };
    assert!(reason.starts_with("record 38 does not follow"), "{reason}");
    let verdict = verify(&mut store).unwrap();
    assert_eq!(
        verdict.damage,
        [Finding::Torn { seq: 5 }, Finding::Torn { seq: 38 }]
    );
}

#[test]
fn a_start_reads_what_is_open_and_nothing_else() {
    let (_folder, mut store) = desk();
    let (open, each) = (20_u128, 10_u128);
    let mut event = 0;
    for subject in 0..5_000 {
        let mut records: Vec<_> = (0..each)
            .map(|_| {
                event += 1;
                NewRecord {
                    durable: false,
                    ..record(subject, event, None)
                }
            })
            .collect();
        if subject >= open {
            records.last_mut().unwrap().over = Some(true);
        }
        store.append(&records).unwrap();
    }
    let sql = read::open_histories();
    let steps = |store: &Sqlite| {
        let statement = store.write.prepare_cached(&sql).unwrap();
        let scanned = statement.get_status(StatementStatus::FullscanStep);
        (scanned, statement.get_status(StatementStatus::VmStep))
    };
    let picture = store.picture(now() + TimeDelta::seconds(1)).unwrap();
    assert_eq!(picture.records.len(), 200);
    assert_eq!(picture.last, 50_000);
    let (scanned, made) = steps(&store);
    assert_eq!(scanned, 0, "a table was read from end to end");
    // A look at each of the 50,000 records would be more than 50,000 steps of SQLite's machine.
    assert!(made < 20_000, "{made} steps for 200 records");
    // What was over lately comes as well.
    assert_eq!(store.picture(now()).unwrap().records.len(), 50_000);
    assert!(steps(&store).1 > 50_000);
}

#[test]
fn a_file_that_may_only_be_read_is_read() {
    let (folder, mut store) = desk();
    store.append(&[record(1, 1, None)]).unwrap();
    drop(store);
    let file = path(&folder);
    let copy = rusqlite::Connection::open(&file).unwrap();
    copy.pragma_update(None, "journal_mode", "DELETE").unwrap();
    drop(copy);
    let set = |place: &Path, mode| {
        std::fs::set_permissions(place, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(&file, 0o400);
    set(file.parent().unwrap(), 0o500);
    // Root may write whatever the mode says: what it would see is shown in tests/it.
    if !rustix::process::geteuid().is_root() {
        let mut read = Sqlite::connect(&file, how()).unwrap();
        assert_eq!(read.records(0, 9).unwrap().len(), 1);
        let words = read.append(&[record(1, 2, None)]).unwrap_err().chain();
        assert!(words.contains("may not write"), "{words}");
    }
    set(file.parent().unwrap(), 0o700);
}

#[test]
fn it_says_that_it_is_a_desk() {
    let (_folder, store) = desk();
    let application: i64 = store
        .write
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .unwrap();
    assert_eq!(application, APPLICATION);
}

#[test]
fn files_that_another_account_is_just_making_are_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder);
    drop(Sqlite::open(&path).unwrap());
    // What cannot be opened stands where the journal of the file would.
    let beside = path.with_file_name("desk.sqlite-wal");
    std::fs::create_dir(&beside).unwrap();
    let asked = std::time::Instant::now();
    let error = Sqlite::open(&path).err().unwrap();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(
        asked.elapsed() >= open::BEING_MADE,
        "it may have been passing"
    );
    // And once it can be, the same call goes on.
    std::thread::scope(|scope| {
        let opens = scope.spawn(|| Sqlite::open(&path).map(drop));
        std::fs::remove_dir(&beside).unwrap();
        opens.join().unwrap().unwrap();
    });
}

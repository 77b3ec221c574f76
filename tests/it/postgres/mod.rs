//! The desk in PostgreSQL: a cluster of one's own, stopped and killed as it comes.

mod sends;
mod standby;
mod words;

use crate::support::{
    DEADLINE,
    fleet::Fleet,
    p1::{at_step, is_up, starting_console, the_call_is_written},
    postgres::{Cluster, OWNER, Stop, desk_for, trial_with_postgres},
    wait_for,
};
use chrono::Utc;
use libtest_mimic::Trial;
use ocdeck::desk::{
    Access, Desk, DeskEvent, Left, Place, Postgres, Setup, Spool, Store, StoreError, Who,
    open as open_place, postgres::Address,
};
use ocdeck::state::{effect::DeskCommand, msg::DeskMsg};
use ocdeck_domain::{ids::RequestId, journal::NewRecord};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};
use uuid::Uuid;

pub fn trials() -> Vec<Trial> {
    let mut trials = standby::trials();
    trials.extend(sends::trials());
    trials.extend(words::trials());
    trials.extend([
        trial_with_postgres(
            "postgres::a_cluster_keeps_what_it_committed",
            a_cluster_keeps_what_it_committed,
        ),
        trial_with_postgres("postgres::a_desk_is_shared", a_desk_is_shared),
        trial_with_postgres("postgres::rights_are_few", rights_are_few),
        trial_with_postgres(
            "postgres::nothing_told_is_lost_when_the_server_dies",
            nothing_told_is_lost_when_the_server_dies,
        ),
        trial_with_postgres(
            "postgres::what_is_done_while_it_is_away_is_written",
            what_is_done_while_it_is_away_is_written,
        ),
        trial_with_postgres(
            "postgres::a_console_outlives_its_desk",
            a_console_outlives_its_desk,
        ),
    ]);
    trials
}

/// The ground that the other trials stand on.
fn a_cluster_keeps_what_it_committed() {
    let cluster = Cluster::start();
    cluster.sql(
        OWNER,
        "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)",
    );
    cluster.stop(Stop::Immediate);
    cluster.start_again();
    assert_eq!(cluster.sql(OWNER, "SELECT n FROM kept"), "7");
    cluster.role("mara");
    let words = cluster.refused("mara", "INSERT INTO kept VALUES (8)");
    assert!(words.contains("permission denied"), "{words}");
    cluster.stop(Stop::Fast);
    cluster.start_again();
    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(cluster.sql_at(&cluster.tls_url("mara"), encrypted), "t");
}

fn open(url: &str, name: &str) -> Result<Postgres, StoreError> {
    let who = Who {
        name: name.to_owned(),
    };
    Postgres::open(&Address::parse(url).unwrap(), &who)
}

fn refusal(url: &str) -> String {
    match open(url, "eve") {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error.chain(),
    }
}

fn note(subject: RequestId, actor: &str) -> NewRecord {
    NewRecord {
        event_id: Uuid::new_v4(),
        subject: subject.into(),
        subject_version: None,
        kind: "noted".to_owned(),
        kind_version: 1,
        at: Utc::now(),
        actor: actor.to_owned(),
        body: "{\"text\": \"ä\\u0000\"}".to_owned(),
        durable: true,
        over: None,
    }
}

/// What one writes the other sees, with who was logged in beside who was named; over TLS too.
fn a_desk_is_shared() {
    let cluster = desk_for(&["mara", "jonas"]);
    let mut mara = open(&cluster.url("mara"), "mara").unwrap();
    let mut jonas = open(&cluster.tls_url("jonas"), "jonas").unwrap();
    assert_eq!(jonas.access(), Access::ReadWrite);
    let subject = RequestId(Uuid::from_u128(1));
    let mut record = note(subject, "jonas");
    mara.append(std::slice::from_ref(&record)).unwrap();
    let written = Instant::now();
    wait_for("the news", || jonas.changed().unwrap().then_some(()));
    println!("seen after {} ms", written.elapsed().as_millis());
    assert!(!mara.changed().unwrap(), "one's own writing is no news");
    let seen = jonas.records(0, 10).unwrap();
    record.subject_version = Some(1);
    assert_eq!(seen[0].record, record);
    assert_eq!(seen[0].author.account, "mara");
    let names: Vec<_> = jonas
        .sessions()
        .unwrap()
        .into_iter()
        .map(|session| (session.name, session.stale))
        .collect();
    assert_eq!(
        names,
        [("mara".to_owned(), false), ("jonas".to_owned(), false)]
    );
    drop(mara);
    assert_eq!(jonas.sessions().unwrap().len(), 1);
    let desk_time = jonas.now().unwrap();
    assert!((Utc::now() - desk_time).num_seconds().abs() < 60);
}

/// Insert only, whoever it is; nobody writes as another.
fn rights_are_few() {
    let cluster = desk_for(&["mara"]);
    let mut mara = open(&cluster.url("mara"), "mara").unwrap();
    mara.append(&[note(RequestId(Uuid::from_u128(1)), "mara")])
        .unwrap();
    for role in ["mara", OWNER] {
        for sql in [
            "UPDATE ocdeck.journal SET actor = 'eve'",
            "DELETE FROM ocdeck.journal",
            "TRUNCATE ocdeck.journal",
        ] {
            let words = cluster.refused(role, sql);
            let meant = ["insert only", "permission denied"];
            assert!(
                meant.iter().any(|m| words.contains(m)),
                "{role}: {sql}: {words}"
            );
        }
    }
    for sql in [
        "INSERT INTO ocdeck.journal (event_id, subject, subject_version, kind, kind_version, at, \
         actor, body, author) VALUES (gen_random_uuid(), 'x', 1, 'x', 1, '', 'x', '{}', 'eve')",
        "UPDATE ocdeck.subject SET over = true",
        "UPDATE ocdeck.meta SET min_writer = 99",
        "UPDATE ocdeck.session SET role = 'eve'",
        "CREATE TABLE ocdeck.more (n int)",
        "DROP SCHEMA ocdeck CASCADE",
    ] {
        let words = cluster.refused("mara", sql);
        assert!(
            words.contains("permission denied") || words.contains("must be owner"),
            "{sql}: {words}"
        );
    }
    // A second run gives the rights anew and makes nothing.
    let made = ocdeck::desk::postgres::init(
        &Address::parse(&cluster.url(OWNER)).unwrap(),
        ocdeck::desk::postgres::GROUP,
    )
    .unwrap();
    assert!(!made.tables && !made.group);
}

/// Four writers, a server that falls again and again as in a power cut: what was told is there.
fn nothing_told_is_lost_when_the_server_dies() {
    let cluster = desk_for(&["mara"]);
    let url = cluster.url("mara");
    let over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (1..=4)
        .map(|n| {
            let (url, over) = (url.clone(), over.clone());
            thread::spawn(move || write_until(&url, RequestId(Uuid::from_u128(n)), &over))
        })
        .collect();
    let mut watcher = open(&url, "").unwrap();
    let mut last = 0;
    for _ in 0..3 {
        // Each round writers have come through anew.
        let goal = last + 40;
        wait_for("writers", || {
            if watcher.changed().is_err() {
                watcher = open(&url, "").ok()?;
            }
            let records = watcher.records(last, 1000).ok()?;
            last = records.last().map_or(last, |record| record.seq);
            (last >= goal).then_some(())
        });
        cluster.stop(Stop::Immediate);
        cluster.start_again();
    }
    over.store(true, Ordering::Release);
    let told: Vec<Uuid> = writers
        .into_iter()
        .flat_map(|writer| writer.join().unwrap())
        .collect();
    let records = open(&url, "").unwrap().records(0, u32::MAX).unwrap();
    let mut places: BTreeMap<_, Vec<u32>> = BTreeMap::new();
    for (n, record) in records.iter().enumerate() {
        assert_eq!(record.seq, n as u64 + 1, "numbers have no holes");
        places
            .entry(record.record.subject.clone())
            .or_default()
            .push(record.subject_version);
    }
    for (subject, places) in places {
        let all: Vec<u32> = (1..).take(places.len()).collect();
        assert_eq!(places, all, "{subject}");
    }
    for event in &told {
        let times = records
            .iter()
            .filter(|record| record.record.event_id == *event)
            .count();
        assert_eq!(times, 1, "{event} was told to be written");
    }
    println!(
        "{} events told, {} in the journal",
        told.len(),
        records.len()
    );
}

/// Writes until `over`, each event until the store says that it is written; which those are.
fn write_until(url: &str, subject: RequestId, over: &AtomicBool) -> Vec<Uuid> {
    let mut told = Vec::new();
    let mut store = None;
    // What is only witnessed too: consoles hold its number, and nobody may get it again.
    let next = |told: &[Uuid]| NewRecord {
        durable: told.len().is_multiple_of(2),
        ..note(subject, "mara")
    };
    let mut record = next(&told);
    while !over.load(Ordering::Acquire) {
        let Some(open) = store.as_mut() else {
            store = open(url, "").ok();
            continue;
        };
        match Postgres::append(open, std::slice::from_ref(&record)) {
            Ok(()) => {
                told.push(record.event_id);
                record = next(&told);
            }
            // The same event again: it may be there already.
            Err(_) => store = None,
        }
    }
    told
}

/// Two consoles' desks; the server stops, one goes on, and ends before it is back.
fn what_is_done_while_it_is_away_is_written() {
    let cluster = desk_for(&["mara", "jonas"]);
    let state = tempfile::tempdir().unwrap();
    let start = |role: &str| {
        let place = Place::named(cluster.url(role).as_ref());
        let who = Who {
            name: role.to_owned(),
        };
        let setup = Setup {
            spool: Some(Spool::new(&state.path().join(role), place.to_string())),
            clock: None,
        };
        let (tell, told) = mpsc::channel();
        let open = move || open_place(&place, &who);
        let desk = Desk::start_with(setup, open, move |event| drop(tell.send(event))).unwrap();
        (desk, told)
    };
    let until = |told: &mpsc::Receiver<DeskEvent>, wanted: &dyn Fn(&DeskMsg) -> bool| loop {
        match told.recv_timeout(DEADLINE).unwrap() {
            DeskEvent::Msg(msg) if wanted(&msg) => return,
            _ => {}
        }
    };
    let write = |desk: &Desk, n: u128| {
        let mut record = note(RequestId(Uuid::from_u128(1)), "mara");
        record.event_id = Uuid::from_u128(n);
        desk.send(DeskCommand::Append {
            records: vec![record],
        })
    };
    let loaded = |msg: &DeskMsg| matches!(msg, DeskMsg::Loaded { .. });
    let (mara, told) = start("mara");
    let (jonas, jonas_told) = start("jonas");
    until(&told, &loaded);
    until(&jonas_told, &loaded);
    cluster.stop(Stop::Immediate);
    for n in 1..=3 {
        assert!(write(&mara, n));
    }
    until(&told, &|msg| {
        matches!(msg, DeskMsg::Failed { waiting: 3, .. })
    });
    let left = mara.close(DEADLINE);
    assert_eq!(left.waiting, 3);
    assert!(left.kept.unwrap().is_file());
    cluster.start_again();
    let (mara, told) = start("mara");
    until(&told, &loaded);
    assert!(write(&mara, 4));
    // The other console, which lost its connection too, reads all of it in its order.
    let mut seen = Vec::new();
    until(&jonas_told, &|msg| matches!(msg, DeskMsg::Failed { .. }));
    while seen.len() < 4 {
        if let DeskEvent::Msg(DeskMsg::Appended(records)) =
            jonas_told.recv_timeout(DEADLINE).unwrap()
        {
            seen.extend(records.iter().map(|r| r.record.event_id.as_u128()));
        }
    }
    assert_eq!(seen, [1, 2, 3, 4]);
    assert_eq!(mara.close(DEADLINE), Left::default());
    assert_eq!(jonas.close(DEADLINE), Left::default());
}

/// A call comes while the server is down: the clock starts with the call, not with the server.
fn a_console_outlives_its_desk() {
    let cluster = desk_for(&["mara"]);
    let fleet = Fleet::start();
    let url = cluster.url("mara");
    let mut term = starting_console(&fleet, &[("OCDECK_DESK", &url)]);
    is_up(&term);
    cluster.stop(Stop::Immediate);
    term.wait("desk read-only since");
    term.press(&["c"]);
    at_step(&term, "1 Call");
    term.type_text("mariposa");
    term.wait("mariposa");
    // The call, and what was typed.
    term.wait("2 wait");
    term.wait("desk read-only since");
    let restarted = Utc::now();
    cluster.start_again();
    term.wait_gone("desk read-only since");
    term.wait("Restore R-0001");

    // Nothing has to be waited for: the words went when everything was written.
    let mut store = open_place(&Place::named(url.as_ref()), &Who::default()).unwrap();
    the_call_is_written(&mut *store, "mariposa", restarted);
    term.press(&["Esc"]);
    term.wait("R-0001 parked at step 1");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

//! Backup jobs: points, warnings, failures, alerts.

use crate::site::*;
use ocdeck_appliance::{
    seed::Seeder,
    work::{Refusal, Work},
};
use ocdeck_domain::facts::{EntryKind, SessionResult, Time};
use std::{fs, os::unix::ffi::OsStrExt};

pub(crate) fn a_job_on_demand_makes_a_point() {
    let site = Site::new();
    let agent = site.agent();
    let session = back_up(&agent);
    assert_eq!(session.result, Some(SessionResult::Success), "{session:?}");
    assert_eq!(session.started_by, "mara");
    let point = newest(&agent);
    assert_eq!(session.point, Some(point.id.clone()));
    assert_eq!((point.kind.as_str(), point.files > 0), ("full", true));
    let entries = agent
        .browse(
            &system(),
            &point.id,
            site.root().join("db").as_os_str().as_bytes(),
        )
        .unwrap();
    let names: Vec<_> = entries
        .iter()
        .map(|it| (String::from_utf8_lossy(&it.name).into_owned(), it.kind))
        .collect();
    let expected = [
        ("deep", EntryKind::Folder),
        ("empty", EntryKind::File),
        ("table.bin", EntryKind::File),
    ];
    assert_eq!(names, expected.map(|(name, kind)| (name.to_owned(), kind)));
    let fact = agent.facts().job(&job()).unwrap();
    assert_eq!(fact.last_result, Some(SessionResult::Success));
    assert_eq!(fact.session, Some(session.id.clone()));
    let fact = agent.facts().system(&system()).unwrap();
    assert_eq!(
        (fact.point_count, fact.last_good_point),
        (1, Some(point.time))
    );
    let repository = agent.facts().repository(&"main".into()).unwrap();
    assert!(
        repository.used > 300_000 && repository.offline.is_none(),
        "{repository:?}"
    );
    assert!(agent.facts().log_length(&session.id).unwrap() >= 2);
    agent.stop();
}

pub(crate) fn a_file_that_vanishes_is_a_warning() {
    let site = Site::with("read_limit = \"150 kB\"\nreread_all = true");
    for name in ["conf/a", "conf/b", "db/zz-vanishes"] {
        site.write(name, &noise(150_000, name.len() as u64));
    }
    let agent = site.agent();
    let id = start(&agent);
    until("the first bytes", || {
        let session = agent.facts().session(&id).unwrap()?;
        (session.progress.bytes_done > 0).then_some(())
    });
    fs::remove_file(site.root().join("db/zz-vanishes")).unwrap();
    let session = ended(&agent, &id);
    assert_eq!(session.result, Some(SessionResult::Warning), "{session:?}");
    assert!(
        session.message.contains("zz-vanishes"),
        "{}",
        session.message
    );
    assert!(session.warnings > 0 && session.point.is_some());
    let alert = agent
        .facts()
        .alert(&"job:nightly:job_warning".into())
        .unwrap();
    assert_eq!((alert.severity.number(), alert.cleared), (7, None));
    agent.stop();
}

pub(crate) fn a_folder_that_is_gone_fails_the_job() {
    let site = Site::new();
    let agent = site.agent();
    back_up(&agent);
    let away = site.path("away");
    fs::rename(site.root().join("db"), &away).unwrap();
    for count in 1..=2 {
        let session = back_up(&agent);
        assert_eq!(session.result, Some(SessionResult::Failed), "{session:?}");
        assert_eq!(session.point, None);
        let alert = agent
            .facts()
            .alert(&"job:nightly:job_failed".into())
            .unwrap();
        let folder = site.root().join("db").display().to_string();
        assert!(alert.text.contains(&folder), "{}", alert.text);
        assert_eq!((alert.count, alert.cleared), (count, None));
    }
    let fact = agent.facts().system(&system()).unwrap();
    assert!(fact.trouble.unwrap().ends_with("db is gone"));
    assert_eq!(agent.points(&system()).unwrap().len(), 1);
    assert_eq!(agent.facts().job(&job()).unwrap().failures_in_a_row, 2);
    fs::rename(&away, site.root().join("db")).unwrap();
    let session = back_up(&agent);
    assert_eq!(session.result, Some(SessionResult::Success), "{session:?}");
    let alert = agent
        .facts()
        .alert(&"job:nightly:job_failed".into())
        .unwrap();
    assert!(alert.cleared.is_some());
    assert_eq!(agent.facts().system(&system()).unwrap().trouble, None);
    agent.stop();
}

pub(crate) fn a_job_is_stopped() {
    let site = Site::with("read_limit = \"20 kB\"");
    let agent = site.agent();
    let id = start(&agent);
    until("the first bytes", || {
        let session = agent.facts().session(&id).unwrap()?;
        (session.progress.bytes_done > 0).then_some(())
    });
    let again = agent.start_job(&job(), &mara(), &intent(""));
    assert!(
        matches!(again, Err(Refusal::AlreadyExists { .. })),
        "{again:?}"
    );
    let mute = agent.stop_job(&job(), &mara(), &intent(" "));
    assert!(
        matches!(mute, Err(Refusal::InvalidArgument { .. })),
        "{mute:?}"
    );
    agent
        .stop_job(&job(), &mara(), &intent("wrong hour"))
        .unwrap();
    let session = ended(&agent, &id);
    assert_eq!(
        session.result,
        Some(SessionResult::Cancelled),
        "{session:?}"
    );
    assert_eq!(session.message, "stopped by mara: wrong hour");
    assert!(agent.points(&system()).unwrap().is_empty());
    assert!(agent.facts().alerts().is_empty());
    agent.stop();
}

pub(crate) fn points_are_seeded() {
    let site = Site::with("read_limit = 1000\nreread_all = true");
    let seeder = Seeder::open(&site.path("appliance.toml"), program()).unwrap();
    let at = |day: u32| -> Time { format!("2026-11-{day}T22:00:00Z").parse().unwrap() };
    let first = seeder.seed(&job(), at(18)).unwrap();
    site.write("db/later", b"later");
    let second = seeder.seed(&job(), at(19)).unwrap();
    drop(seeder);
    let agent = site.agent();
    let points = agent.points(&system()).unwrap();
    let told: Vec<_> = points
        .iter()
        .map(|it| (it.id.clone(), it.time, it.seeded))
        .collect();
    assert_eq!(told, [(second, at(19), true), (first, at(18), true)]);
    until("the system's points", || {
        let fact = agent.facts().system(&system())?;
        (fact.last_good_point == Some(at(19)) && fact.last_good_seeded).then_some(())
    });
    agent.stop();
}

pub(crate) fn an_interval_starts_the_job() {
    let site = Site::with("every = \"1s\"");
    let agent = site.agent();
    let ended = until("two scheduled runs", || {
        let mut sessions = agent.facts().sessions();
        sessions.retain(|session| session.ended.is_some());
        (sessions.len() >= 2).then_some(sessions)
    });
    assert!(
        ended.iter().all(|it| it.started_by == "schedule"),
        "{ended:?}"
    );
    assert!(agent.facts().job(&job()).unwrap().next_run.is_some());
    agent.stop();
}

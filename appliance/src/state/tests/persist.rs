//! What survives a restart, and what can never happen twice.

use super::{
    super::{AuditEntry, Clock, Facts, Recorded, StateError, store::MAX_LINES},
    alert, job, noon, open, restore, session,
};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::{EntityKind, Fact, LogLevel, RestoreState, SessionResult},
    ids::{AlertId, ApplianceId, SessionId},
};

fn audit() -> AuditEntry {
    AuditEntry {
        actor: "mara".to_owned(),
        role: "technician".to_owned(),
        action: "dispatch".to_owned(),
        object: "erp01".to_owned(),
        ..AuditEntry::default()
    }
}

#[test]
fn sessions_alerts_restores_and_logs_survive() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    let mut ended = session("s1", "acme", Some(noon()));
    ended.result = Some(SessionResult::Unknown(77));
    let running = session("s2", "acme", None);
    facts.put(Fact::Session(Box::new(ended.clone())));
    facts.put(Fact::Session(Box::new(running.clone())));
    facts.put(alert("a", None, 3));
    facts.put(alert("gone", None, 1));
    facts.remove(EntityKind::Alert, "gone");
    facts.put(job("nightly", "acme", 1));
    let accepted = restore(1, 1, RestoreState::Accepted);
    let recorded = facts.record_dispatch(accepted.clone(), b"content", &audit());
    assert_eq!(recorded.expect("recorded"), Recorded::New);
    facts.log(&running.id, LogLevel::Warning, "one\ttwo\n");
    drop(facts);

    let facts = open(dir.path());
    assert_eq!(facts.sessions(), [ended, running.clone()]);
    assert_eq!(facts.unended_sessions(), std::slice::from_ref(&running));
    assert_eq!(facts.unended_restores(), std::slice::from_ref(&accepted));
    assert_eq!(facts.alert(&AlertId::new("a")).map(|it| it.count), Some(3));
    assert_eq!(facts.alerts().len(), 1);
    assert!(
        facts.jobs().is_empty(),
        "jobs are told anew by the configuration"
    );
    let content = facts
        .dispatch_record(accepted.request, 1)
        .expect("readable");
    assert_eq!(content.as_deref(), Some(b"content".as_slice()));
    facts.log(&running.id, LogLevel::Info, "three");
    let lines = facts.read_log(&running.id, 0, 10).expect("log");
    let lines: Vec<_> = lines
        .iter()
        .map(|it| (it.line, it.level, it.text.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (0, LogLevel::Warning, "one two "),
            (1, LogLevel::Info, "three")
        ]
    );
}

#[test]
fn a_dispatch_is_recorded_once_and_attempts_follow_each_other() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    let first = restore(1, 1, RestoreState::Accepted);
    let record = |it: &_, content: &[u8]| {
        let it: &ocdeck_domain::facts::RestoreAttempt = it;
        facts
            .record_dispatch(it.clone(), content, &audit())
            .expect("recorded")
    };
    let second = restore(1, 2, RestoreState::Accepted);
    assert_eq!(record(&second, b"a"), Recorded::Gap { next: 1 });
    assert_eq!(record(&first, b"a"), Recorded::New);
    let there = Box::new(first.clone());
    assert_eq!(record(&first, b"a"), Recorded::Same(there.clone()));
    assert_eq!(record(&first, b"b"), Recorded::Different(there.clone()));
    assert_eq!(record(&second, b"a"), Recorded::BeforeNotEnded(there));
    let failed = restore(1, 1, RestoreState::Interrupted);
    facts.put(Fact::Restore(Box::new(failed.clone())));
    assert_eq!(record(&first, b"a"), Recorded::Same(Box::new(failed)));
    assert_eq!(record(&second, b"a"), Recorded::New);
    assert_eq!(
        facts.audit_log().expect("whole").len(),
        2,
        "one entry for each that was accepted"
    );
}

#[test]
fn the_audit_log_cannot_be_changed_unseen() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    for _ in 0..3 {
        facts.audit(&audit()).expect("written");
    }
    let log = facts.audit_log().expect("whole");
    assert_eq!(log.iter().map(|it| it.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(log.iter().all(|it| it.entry.contains("\"actor\":\"mara\"")));
    drop(facts);

    let db = rusqlite::Connection::open(dir.path().join("state.db")).expect("open");
    let change = "UPDATE audit SET entry = replace(entry, 'mara', 'omar') WHERE seq = 2";
    let refused = db.execute(change, []).expect_err("append-only");
    assert!(refused.to_string().contains("append-only"), "{refused}");
    assert!(db.execute("DELETE FROM audit", []).is_err());
    db.execute_batch(&format!("DROP TRIGGER audit_is_not_changed; {change}"))
        .expect("whoever owns the file can change it");
    drop(db);
    let broken = open(dir.path()).audit_log().expect_err("seen");
    assert!(
        matches!(broken, StateError::AuditBroken { seq: 2 }),
        "{broken}"
    );
}

#[test]
fn a_folder_serves_one_agent_of_one_appliance() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    let id = |id| ApplianceId::new(id);
    let second = Facts::open(dir.path(), &id("acme-stl-01"), Clock::new(noon));
    assert!(matches!(second, Err(StateError::Locked { .. })));
    drop(facts);
    let other = Facts::open(dir.path(), &id("birch-lv-01"), Clock::new(noon));
    assert!(matches!(other, Err(StateError::OtherAppliance { .. })));
    open(dir.path());
}

#[test]
fn the_stream_carries_recent_sessions_and_pages_list_all_kept_ones() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    for number in 0..250 {
        let mut it = session(&format!("s{number:03}"), "acme", Some(noon()));
        it.started = noon() + TimeDelta::seconds(number);
        facts.put(Fact::Session(Box::new(it)));
    }
    let live = facts.sessions();
    assert_eq!(live.len(), 200);
    assert_eq!(live.first().map(|it| it.id.as_str()), Some("s050"));
    let old = facts.session(&SessionId::new("s000")).expect("readable");
    assert!(old.is_some(), "it stays on the disk");
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = facts
            .session_page(Some(&"nightly".into()), after.as_deref(), 40, |it| {
                it.id.as_str() != "s007"
            })
            .expect("a page");
        listed.extend(page.sessions.into_iter().map(|it| it.id.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..250)
        .rev()
        .filter(|it| *it != 7)
        .map(|it| format!("s{it:03}"))
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn a_log_that_never_ends_is_cut_with_a_word_about_it() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    let running = session("s", "acme", None);
    facts.put(Fact::Session(Box::new(running.clone())));
    let line = (LogLevel::Info, "x".repeat(5000));
    let lines = vec![line; usize::try_from(MAX_LINES).expect("a size") + 10];
    facts.log_lines(&running.id, &lines[..5]);
    facts.log_lines(
        &running.id,
        &vec![(LogLevel::Info, String::new()); lines.len()],
    );
    facts.log(&running.id, LogLevel::Info, "too late");
    assert_eq!(
        facts.log_length(&running.id).expect("length"),
        MAX_LINES + 1
    );
    let last = facts.read_log(&running.id, MAX_LINES, 9).expect("log");
    assert!(last[0].text.contains("left out"), "{}", last[0].text);
    let first = facts.read_log(&running.id, 0, 1).expect("log");
    assert!(first[0].text.len() < 4100 && first[0].text.ends_with('…'));
}

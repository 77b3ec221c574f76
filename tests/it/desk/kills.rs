//! The desk under `kill -9`: what was acknowledged is there, whatever happens to the writer.

use super::{Fresh, open, record};
use crate::support::{ROLE, wait_for};
use ocdeck_domain::ids::RequestId;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};
use uuid::Uuid;

/// Writes records for ever and says each one once it is acknowledged.
pub fn writer() {
    let mut store = open(&std::env::var("OCDECK_DESK").unwrap(), "mara");
    let request = RequestId(Uuid::new_v4()).into();
    let mut stdout = std::io::stdout();
    loop {
        let event = Uuid::new_v4();
        store.append(&[record(&request, event)]).unwrap();
        writeln!(stdout, "{event}").unwrap();
        stdout.flush().unwrap();
    }
}

pub fn kill_loses_nothing(fresh: &Fresh) {
    let mut told = BTreeSet::new();
    for round in 1..=5 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .env(ROLE, "desk-writer")
            .env("OCDECK_DESK", &fresh.place)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        for line in lines.take(7 * round) {
            told.insert(line.unwrap());
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
    }
    let mut store = fresh.open("ben");
    let records = store.records(0, u32::MAX).unwrap();
    let kept: BTreeSet<String> = records
        .iter()
        .map(|record| record.record.event_id.to_string())
        .collect();
    assert_eq!(told.len(), 7 * 15);
    assert!(told.is_subset(&kept), "{:?}", told.difference(&kept));
    // Each history is without holes.
    let mut last = BTreeMap::new();
    for record in &records {
        let version = last.entry(record.record.subject.clone()).or_insert(0);
        *version += 1;
        assert_eq!(record.subject_version, *version);
    }
    let verdict = ocdeck::desk::verify(store.as_mut()).unwrap();
    assert_eq!(verdict.damage, []);
    // The killed ones did not say goodbye, and are told as gone.
    // A server notices a moment later.
    wait_for("five that are gone, and this one", || {
        let sessions = store.sessions().unwrap();
        let gone = sessions.iter().filter(|session| session.stale).count();
        ((gone, sessions.len()) == (5, 6)).then_some(())
    });
}

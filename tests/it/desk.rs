//! The desk under `kill -9`: what was acknowledged is there, whatever happens to the writer.

use crate::support::{Home, ROLE, trial};
use chrono::Utc;
use libtest_mimic::Trial;
use ocdeck::desk::{Sqlite, Store};
use ocdeck_domain::{ids::RequestId, journal::NewRecord};
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};
use uuid::Uuid;

pub fn trials() -> Vec<Trial> {
    vec![trial("desk::kill_loses_nothing", kill_loses_nothing)]
}

/// Writes records for ever and says each number once it is acknowledged.
pub fn writer_role() {
    let state = std::env::var("OCDECK_STATE_DIR").unwrap();
    let mut store = Sqlite::open(&std::path::Path::new(&state).join("desk.sqlite")).unwrap();
    let request = RequestId(Uuid::new_v4());
    let mut stdout = std::io::stdout();
    loop {
        let event = Uuid::new_v4();
        let record = NewRecord {
            event_id: event,
            subject: request.into(),
            subject_version: None,
            kind: "noted".to_owned(),
            kind_version: 1,
            at: Utc::now(),
            actor: "mara".to_owned(),
            body: "{}".to_owned(),
            durable: true,
            over: None,
        };
        store.append(&[record]).unwrap();
        writeln!(stdout, "{event}").unwrap();
        stdout.flush().unwrap();
    }
}

fn kill_loses_nothing() {
    let home = Home::new();
    let mut told = BTreeSet::new();
    for round in 1..=5 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .env_clear()
            .envs(home.environment())
            .env(ROLE, "desk-writer")
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
    let mut store = Sqlite::open(&home.state().join("desk.sqlite")).unwrap();
    let records = store.records(0, u32::MAX).unwrap();
    let kept: BTreeSet<String> = records
        .iter()
        .map(|record| record.record.event_id.to_string())
        .collect();
    assert_eq!(told.len(), 7 * 15);
    assert!(told.is_subset(&kept), "{:?}", told.difference(&kept));
    // Each history is without holes.
    let mut last = std::collections::BTreeMap::new();
    for record in &records {
        let version = last.entry(record.record.subject.clone()).or_insert(0);
        *version += 1;
        assert_eq!(record.subject_version, *version);
    }
}

//! Eight processes on one desk: of those who take the same thing in one moment, one has it, and
//! the others read who has.

use super::{Fresh, open, record, request};
use crate::support::ROLE;
use ocdeck::desk::StoreError;
use ocdeck_domain::journal::NewRecord;
use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};
use uuid::Uuid;

const WRITERS: usize = 8;
const ROUNDS: u32 = 12;

/// Takes the next place in a history whenever it is told to, and says how it went.
pub fn claimer() {
    let name = std::env::var("USER").unwrap();
    let mut store = open(&std::env::var("OCDECK_DESK").unwrap(), &name);
    let subject = request(7);
    println!("ready");
    for line in std::io::stdin().lines() {
        let version: u32 = line.unwrap().parse().unwrap();
        let claim = NewRecord {
            subject_version: Some(version),
            actor: name.clone(),
            ..record(&subject, Uuid::new_v4())
        };
        let said = match store.append(&[claim]) {
            Ok(()) => format!("won {name}"),
            Err(StoreError::Taken { subject, .. }) => {
                // The news of the other is there already.
                let history = store.history(&subject).unwrap();
                let taken = history.iter().find(|r| r.subject_version == version);
                format!("lost to {}", taken.unwrap().record.actor)
            }
            Err(error) => format!("failed: {}", error.chain()),
        };
        println!("{said}");
    }
}

struct Claimer {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Claimer {
    fn start(fresh: &Fresh, n: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(ROLE, "desk-claimer")
            .env("OCDECK_DESK", &fresh.place)
            .env("USER", format!("person-{n}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            stdin,
            lines,
        }
    }

    fn says(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }
}

pub fn of_eight_at_once_one_has_it(fresh: &Fresh) {
    let mut claimers: Vec<_> = (0..WRITERS).map(|n| Claimer::start(fresh, n)).collect();
    for claimer in &mut claimers {
        assert_eq!(claimer.says(), "ready");
    }
    let mut winners = Vec::new();
    for round in 1..=ROUNDS {
        for claimer in &mut claimers {
            writeln!(claimer.stdin, "{round}").unwrap();
        }
        let said: Vec<String> = claimers.iter_mut().map(Claimer::says).collect();
        let won: Vec<&str> = said.iter().filter_map(|s| s.strip_prefix("won ")).collect();
        assert_eq!(won.len(), 1, "round {round}: {said:?}");
        let lost = format!("lost to {}", won[0]);
        let losers = said.iter().filter(|said| **said == lost).count();
        assert_eq!(losers, WRITERS - 1, "round {round}: {said:?}");
        winners.push(won[0].to_owned());
    }
    let mut store = fresh.open("ben");
    let live = store
        .sessions()
        .unwrap()
        .iter()
        .filter(|s| !s.stale)
        .count();
    assert_eq!(live, WRITERS + 1);
    for mut claimer in claimers {
        drop(claimer.stdin);
        assert!(claimer.child.wait().unwrap().success());
    }
    let history = store.history(&request(7)).unwrap();
    let actors: Vec<_> = history.iter().map(|r| r.record.actor.clone()).collect();
    assert_eq!(actors, winners);
    assert_eq!(ocdeck::desk::verify(store.as_mut()).unwrap().damage, []);
}

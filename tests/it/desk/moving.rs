//! `ocdeck desk`, as a person types it.

use super::{on_a_disk, record, request};
use crate::support::{Home, both, trial};
use libtest_mimic::Trial;
use std::{fs, process::Output};
use uuid::Uuid;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("desk::moves_by_its_commands", moves),
        trial("desk::is_found_by_argument_or_file", is_found),
        trial("desk::says_what_a_migration_would_do", migrates),
    ]
}

fn good(output: &Output) -> String {
    let text = both(output);
    assert!(output.status.success(), "{text}");
    text
}

fn moves() {
    let home = Home::new();
    let fresh = on_a_disk();
    let mut store = fresh.open("mara");
    for n in 1..=3 {
        store
            .append(&[record(&request(n), Uuid::from_u128(n))])
            .unwrap();
    }
    let desk = ["--desk", fresh.place.as_str()];
    let run = |arguments: &[&str]| home.run(&[&["desk"], arguments].concat());
    // While a console has it open.
    let said = good(&run(&[&["export", "desk.jsonl"], desk.as_slice()].concat()));
    assert!(said.contains("exported records: 3"), "{said}");
    let text = fs::read_to_string(home.path().join("desk.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 5, "{text}");
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    assert!(text.contains(&format!("\"host\":\"{host}\"")), "{text}");
    let again = run(&[&["export", "desk.jsonl"], desk.as_slice()].concat());
    assert!(
        both(&again).contains("cannot make desk.jsonl"),
        "{}",
        both(&again)
    );
    // Into one's own, which is made by it.
    let none = run(&["verify"]);
    assert!(
        both(&none).contains("there is no desk yet"),
        "{}",
        both(&none)
    );
    let said = good(&run(&["import", "desk.jsonl"]));
    assert!(said.contains("imported records: 3"), "{said}");
    let said = good(&run(&["verify"]));
    assert!(said.contains("is sound; records: 3"), "{said}");
    let out = home.run(&["desk", "export"]);
    assert_eq!(String::from_utf8_lossy(&out.stdout), text);
    let twice = run(&["import", "desk.jsonl"]);
    assert!(
        both(&twice).contains("holds 3 records and 0 rows of drafts already"),
        "{}",
        both(&twice)
    );
    // Cut off, it is refused as a whole.
    let cut: Vec<&str> = text.lines().take(3).collect();
    fs::write(home.path().join("cut.jsonl"), cut.join("\n")).unwrap();
    let state = home.path().join("other");
    let place = state.to_str().unwrap();
    let group = rustix::process::getegid().as_raw().to_string();
    good(&run(&["init", place, "--group", &group]));
    let said = both(&run(&["import", "cut.jsonl", "--desk", place]));
    assert!(
        said.contains("the export was cut off; nothing was imported"),
        "{said}"
    );
}

fn is_found() {
    let home = Home::new();
    let group = rustix::process::getegid().as_raw().to_string();
    let place = home.path().join("shared");
    let said = good(&home.run(&["desk", "init", "shared", "--group", &group]));
    assert!(
        said.contains(&format!("ocdeck --desk {}", place.display())),
        "{said}"
    );
    fs::create_dir_all(home.config()).unwrap();
    let config = home.config().join("config.toml");
    fs::write(&config, format!("[desk]\npath = \"{}\"\n", place.display())).unwrap();
    let said = good(&home.run(&["desk", "verify"]));
    assert!(
        said.contains(&format!("{} is sound", place.display())),
        "{said}"
    );
    // A mistake there opens no other desk.
    fs::write(&config, "[desk]\npaht = \"/srv/desk\"\n").unwrap();
    let wrong = home.run(&["desk", "verify"]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = both(&wrong);
    assert!(said.contains("did you mean \"path\"?"), "{said}");
    assert!(!home.state().join("desk.sqlite").exists());
    // What is named comes first; a folder without a desk says how to make one.
    let said = both(&home.run(&["desk", "verify", "--desk", "nowhere"]));
    assert!(said.contains("nowhere --group GROUP"), "{said}");
    let said = both(&home.run(&["desk", "init", "x", "--group", "no-such-group"]));
    assert!(said.contains("sudo groupadd no-such-group"), "{said}");
}

fn migrates() {
    let home = Home::new();
    let fresh = on_a_disk();
    let _ben = fresh.open("ben\u{1b}[2J");
    let said = good(&home.run(&["desk", "migrate", "--desk", &fresh.place]));
    assert!(said.contains("connected: ben[2J on "), "{said}");
    assert!(
        said.contains("has version 2, which is the newest: nothing to do"),
        "{said}"
    );
}

//! The disk of a desk becomes full, or read-only: facts go on, and what is typed is written when
//! the disk is well again, with the time at which it was typed.

use super::take_a_call;
use crate::support::{
    disk::{SmallDisk, trial_on_a_small_disk},
    fleet::Fleet,
    p1::{is_up, starting_console, the_call_is_written},
    wait_for,
};
use chrono::Utc;
use libtest_mimic::Trial;
use ocdeck::desk::{Place, Who, folder, open};
use rustix::process::Signal;
use std::{fs, path::Path};

pub fn trials() -> Vec<Trial> {
    vec![
        trial_on_a_small_disk(
            "trouble::a_call_outlives_a_full_disk_and_a_kill",
            "console-on-a-full-disk",
        ),
        trial_on_a_small_disk(
            "trouble::a_call_outlives_a_disk_that_becomes_read_only_and_a_kill",
            "console-on-a-failing-disk",
        ),
        trial_on_a_small_disk(
            "trouble::what_stands_in_no_file_is_said",
            "console-on-a-read-only-disk",
        ),
    ]
}

pub fn role(name: &str) -> bool {
    match name {
        "console-on-a-full-disk" => full_and_killed(),
        "console-on-a-failing-disk" => read_only_and_killed(),
        "console-on-a-read-only-disk" => read_only_with_all(),
        _ => return false,
    }
    true
}

/// Whether what waits for the desk stands in a file of this state folder, with these words.
fn is_kept(state: &Path, words: &str) -> Option<()> {
    let files = fs::read_dir(state.join("spool")).ok()?.flatten();
    let mut paths = files.map(|file| file.path());
    let kept = |path: &Path| {
        path.extension().is_some_and(|it| it == "jsonl")
            && fs::read_to_string(path).is_ok_and(|text| text.contains(words))
    };
    paths.any(|path| kept(&path)).then_some(())
}

/// A person's own desk: the state folder, which keeps what waits, is on the disk that is full.
fn full_and_killed() {
    let disk = SmallDisk::of_this_process();
    let fleet = Fleet::start();
    let state = disk.path().join("state");
    let environment = [("OCDECK_STATE_DIR", state.to_str().unwrap())];
    let mut term = starting_console(&fleet, &environment);
    is_up(&term);
    disk.fill();
    take_a_call(&mut term);
    term.wait("desk read-only since");
    term.wait("2 wait");
    // Whoever filled it takes what becomes free too.
    disk.fill();
    wait_for("what was typed in the state folder", || {
        is_kept(&state, "mariposa")
    });
    term.signal(Signal::KILL);
    term.exit();
    disk.fill();
    let mut term = starting_console(&fleet, &environment);
    term.wait("desk read-only since");
    term.wait("2 wait");
    let mended = Utc::now();
    disk.make_room();
    term.wait_gone("desk read-only since");
    let mut store = open(&Place::own(&state), &Who::default()).unwrap();
    the_call_is_written(store.as_mut(), "mariposa", mended);
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
    assert_eq!(is_kept(&state, ""), None);
}

/// A desk of several people is on the disk; what waits stands elsewhere.
fn read_only_and_killed() {
    let disk = SmallDisk::of_this_process();
    let fleet = Fleet::start();
    let folder = disk.path().join("desk");
    folder::init(&folder, rustix::process::getegid().as_raw(), "ops").unwrap();
    let environment = [("OCDECK_DESK", folder.to_str().unwrap())];
    let mut term = starting_console(&fleet, &environment);
    is_up(&term);
    disk.fill();
    take_a_call(&mut term);
    term.wait("2 wait");
    term.wait_words("the disk is full: free some space");
    // Between two tries nobody has it open.
    wait_for("a disk that is read-only", || {
        disk.remount("ro").then_some(())
    });
    term.wait_words("mounted read-only");
    wait_for("what was typed in the state folder", || {
        is_kept(&fleet.home.state(), "mariposa")
    });
    term.signal(Signal::KILL);
    term.exit();
    let mut term = starting_console(&fleet, &environment);
    is_up(&term);
    term.wait_words("mounted read-only");
    term.wait("2 wait");
    let mended = Utc::now();
    assert!(disk.remount("rw"));
    disk.make_room();
    term.wait_gone("desk read-only since");
    let mut store = open(&Place::named(folder.as_ref()), &Who::default()).unwrap();
    the_call_is_written(store.as_mut(), "mariposa", mended);
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

/// The whole state folder can only be read: a console starts, shows facts, and says that what is
/// typed ends with it.
fn read_only_with_all() {
    let disk = SmallDisk::of_this_process();
    let fleet = Fleet::start();
    let state = disk.path().join("state");
    let environment = [("OCDECK_STATE_DIR", state.to_str().unwrap())];
    let mut term = starting_console(&fleet, &environment);
    is_up(&term);
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
    assert!(disk.remount("ro"));
    let mut term = starting_console(&fleet, &environment);
    is_up(&term);
    term.wait("desk read-only since");
    term.wait_words("mounted read-only");
    take_a_call(&mut term);
    term.wait("2 wait only here");
    term.wait_words("do not end this console until the desk is back");
    let mended = Utc::now();
    assert!(disk.remount("rw"));
    term.wait_gone("desk read-only since");
    let mut store = open(&Place::own(&state), &Who::default()).unwrap();
    the_call_is_written(store.as_mut(), "mariposa", mended);
    term.press(&["Esc"]);
    term.wait("R-0001 parked");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

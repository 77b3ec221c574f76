//! What somebody deleted and what somebody changed, found by name in an older point, by keys
//! on the built program.

use crate::support::{
    fleet::{APPLIANCE, Fleet},
    p1::{at_step, console, send},
    trial, wait_for,
};
use libtest_mimic::Trial;
use std::{fs, path::Path};

pub fn trials() -> Vec<Trial> {
    vec![trial(
        "look::a_deleted_file_and_an_older_version",
        a_deleted_file_and_an_older_version,
    )]
}

/// Makes the next point.
fn back_up(fleet: &Fleet) {
    let last = || fleet.status()["appliances"][0]["jobs"][0].clone();
    let before = wait_for("its job", || Some(last()).filter(|job| !job.is_null()));
    let mut term = console(fleet);
    term.press(&["2"]);
    term.wait("erp01-files");
    term.press(&["s"]);
    wait_for("the next point", || {
        let job = last();
        let ended = job["last_end"] != before["last_end"] && job["state"] == "idle";
        (ended && job["last_result"] == "success").then_some(())
    });
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

/// Every file of this name below a folder.
fn files_of(folder: &Path, name: &str, found: &mut Vec<Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_of(&path, name, found);
        } else if path.ends_with(name) {
            found.extend(fs::read(path));
        }
    }
}

fn a_deleted_file_and_an_older_version() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let deleted = fleet.data().join("data/2/seg_0006");
    let changed = fleet.data().join("erp.conf");
    let before = [fs::read(&deleted).unwrap(), fs::read(&changed).unwrap()];
    fs::remove_file(&deleted).unwrap();
    fs::write(&changed, "port = 1\nbroken since this morning\n").unwrap();
    back_up(&fleet);

    let mut term = console(&fleet);
    term.press(&["c"]);
    at_step(&term, "1 Call");
    term.type_text("mar");
    term.press(&["Enter", "Down", "Down", "Enter"]);
    at_step(&term, "2 System");
    term.wait("Restore R-0001");
    term.type_text("erp");
    term.wait("acme/erp01");
    term.press(&["Enter"]);
    at_step(&term, "3 Point");
    term.wait("2 points of");
    term.press(&["Enter"]);
    at_step(&term, "4 What");

    // The deleted file is in no name of the newest point.
    term.press(&["/"]);
    term.type_text("SEG_0006");
    term.wait("No name holds");
    term.press(&["Tab"]);
    term.wait("1 found in all 2 points");
    term.press(&["Enter"]);
    term.wait("Take the point of");
    term.press(&["Enter"]);
    term.wait("seg_0006 marked, point of");

    // The changed one: the older of its two versions is what the point holds now.
    term.press(&["C-u"]);
    term.type_text("*.conf");
    term.wait("2 found in all 2 points");
    term.press(&["A-v"]);
    term.wait("2 versions in 2 points");
    term.press(&["Enter"]);
    term.wait("erp.conf marked");
    term.press(&["C-n"]);
    at_step(&term, "5 Where");
    term.press(&["Down", "Down", "Down"]);
    term.press(&["Enter"]);
    at_step(&term, "6 Overwrite");
    term.press(&["Enter"]);
    at_step(&term, "7 Check");
    term.wait("✓ counted");
    term.press(&["Enter"]);
    at_step(&term, "8 Read back");
    send(&mut term);
    term.wait("awaits validation");
    let staging = fleet.home.path().join(APPLIANCE).join("staging");
    for (name, content) in ["seg_0006", "erp.conf"].into_iter().zip(before) {
        let mut found = Vec::new();
        files_of(&staging, name, &mut found);
        assert_eq!(found, [content], "{name}");
    }
    assert!(!deleted.exists(), "the original place is left alone");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

//! A lost system, from the phone call to verified files, by keys on the built program.

use crate::support::{
    books::{Books, Desk},
    fleet::Fleet,
    p1::{at_step, back_up, console, send, up_to_read_back, up_to_read_back_of},
    trial, trial_with_peer, wait_for,
};
use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "restore::a_lost_system_in_thirty_keys",
            a_lost_system_in_thirty_keys,
        ),
        trial(
            "restore::break_glass_on_a_system_that_stands",
            break_glass_on_a_system_that_stands,
        ),
        trial(
            "restore::a_console_killed_in_the_wizard",
            a_console_killed_in_the_wizard,
        ),
        trial(
            "restore::a_console_killed_after_dispatch",
            a_console_killed_after_dispatch,
        ),
        trial(
            "restore::an_appliance_killed_while_restoring",
            an_appliance_killed_while_restoring,
        ),
        trial_with_peer(
            "restore::restic_reads_what_was_written",
            "restic",
            "restic",
            restic_reads_what_was_written,
        ),
    ]
}

fn a_lost_system_in_thirty_keys() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    assert_eq!(before.len(), 41);
    fleet.lose();
    let mut term = console(&fleet);
    up_to_read_back(&mut term);
    send(&mut term);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
    term.wait("awaits validation");
    assert!(
        term.commands <= 12,
        "{} keys that type nothing",
        term.commands
    );
    assert!(
        term.commands + term.typed <= 30,
        "{} keys",
        term.commands + term.typed
    );
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

fn break_glass_on_a_system_that_stands() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    std::fs::write(fleet.data().join("erp.conf"), "port = 1\nbroken\n").unwrap();
    let mut term = console(&fleet);
    up_to_read_back(&mut term);
    term.press(&["F6"]);
    term.press(&["C-d"]);
    term.wait("waits for: break glass");
    assert_ne!(fleet.hashes(), before, "nothing is written without it");
    term.wait("the duty manager's name");
    term.type_text("the hour runs out");
    term.press(&["Tab"]);
    term.type_text("eva");
    term.press(&["Tab"]);
    term.type_text("02:10");
    send(&mut term);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
    term.wait("awaits validation");
}

fn a_console_killed_in_the_wizard() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    fleet.lose();
    let mut term = console(&fleet);
    up_to_read_back(&mut term);
    let desk = Desk::of(&fleet);
    let request = desk.first_request();
    wait_for("the last step on the desk", || {
        (desk.step(request)? == 8).then_some(())
    });
    term.signal(rustix::process::Signal::KILL);
    term.exit();
    let mut term = console(&fleet);
    term.press(&["4"]);
    term.wait("R-0001");
    term.press(&["Enter"]);
    at_step(&term, "8 Read back");
    // A plan tries what the file system can do with a file of its own, gone at once.
    let there = fleet.hashes();
    let restored: Vec<_> = there
        .keys()
        .filter(|path| before.contains_key(*path))
        .collect();
    assert!(
        restored.is_empty(),
        "the kill started something: {restored:?}"
    );
    // The confirmation is nobody's but who sends it: it is typed anew.
    term.type_text("erp01");
    send(&mut term);
    term.wait("awaits validation");
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
}

fn a_console_killed_after_dispatch() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    fleet.lose();
    let mut term = console(&fleet);
    up_to_read_back(&mut term);
    let request = Desk::of(&fleet).first_request();
    send(&mut term);
    // From here on it may be anywhere between the intent and the appliance's answer.
    wait_for("the intent", || {
        (Desk::of(&fleet).intents(request) == 1).then_some(())
    });
    term.signal(rustix::process::Signal::KILL);
    term.exit();
    let mut term = console(&fleet);
    term.press(&["4"]);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
    term.wait("awaits validation");
    let books = Books::of(&fleet);
    assert_eq!(books.dispatches(request), [1]);
    assert_eq!(books.restores(request), 1, "it began once");
}

fn an_appliance_killed_while_restoring() {
    let mut fleet = Fleet::start();
    // Enough that a kill finds it at work.
    for n in 0..600 {
        let file = fleet.data().join(format!("big/{n:04}"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, format!("row {n}\n").repeat(5000)).unwrap();
    }
    back_up(&fleet);
    let before = fleet.hashes();
    fleet.lose();
    let mut term = console(&fleet);
    up_to_read_back_of(&mut term, "641 files");
    send(&mut term);
    wait_for("the first file", || {
        (!fleet.hashes().is_empty()).then_some(())
    });
    fleet.kill();
    let under_final_names = fleet.hashes();
    for (path, hash) in &under_final_names {
        let is_temporary = !before.contains_key(path);
        assert!(
            is_temporary || before[path] == *hash,
            "{} is half-written",
            path.display()
        );
    }
    fleet.serve();
    drop(term);
    let mut term = console(&fleet);
    term.press(&["4"]);
    // The worker may have been done when its appliance died.
    let goes_on = "r goes on in another attempt";
    term.until("the end or how to go on", |screen| {
        let screen = screen.contents();
        screen.contains(goes_on) || screen.contains("awaits validation")
    });
    if term.screen().contains(goes_on) {
        // The next attempt is planned anew: what was done stands there as the same.
        term.press(&["r"]);
        at_step(&term, "7 Check");
        term.wait("✓ counted");
        term.press(&["Enter"]);
        at_step(&term, "8 Read back");
        term.type_text("erp01");
        send(&mut term);
    }
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
    term.wait("awaits validation");
}

fn restic_reads_what_was_written() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let folder = fleet.home.path().join(crate::support::fleet::APPLIANCE);
    let output = std::process::Command::new("restic")
        .args(["check", "--read-data", "--no-cache", "-r"])
        .arg(folder.join("repository"))
        .arg("--password-file")
        .arg(folder.join("password"))
        .env_clear()
        .envs(fleet.home.environment())
        .output()
        .unwrap();
    let said = crate::support::both(&output);
    assert!(
        output.status.success() && said.contains("no errors were found"),
        "{said}"
    );
}

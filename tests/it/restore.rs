//! A lost system, from the phone call to verified files, by keys on the built program.

use crate::support::{fleet::Fleet, pty::Term, trial, wait_for};
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
    ]
}

fn console(fleet: &Fleet) -> Term {
    let file = fleet.file();
    let term = Term::ocdeck(&fleet.home, &["--fleet", file.to_str().unwrap()], 120, 40);
    // The header counts what is up once Describe was answered.
    term.wait("● 1");
    term
}

/// A point, made by a run that a person started.
fn back_up(fleet: &Fleet) {
    let mut term = console(fleet);
    term.press(&["2"]);
    term.wait("erp01-files");
    term.press(&["s"]);
    fleet.wait_for_job("success");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

/// Waits until the wizard stands at this step: its title is in the rule of the pane.
fn at_step(term: &Term, step: &str) {
    term.wait(&format!("─ {step} ─"));
}

/// From the call to the read-back, for the whole of erp01 at its place.
fn up_to_read_back(term: &mut Term) {
    term.press(&["c"]);
    at_step(term, "1 Call");
    term.type_text("mar");
    term.press(&["Enter", "Enter"]);
    at_step(term, "2 System");
    term.type_text("erp");
    term.press(&["Enter"]);
    at_step(term, "3 Point");
    // The point that is offered, once the appliance has told it.
    term.wait("41 files");
    term.press(&["Enter"]);
    at_step(term, "5 Where");
    term.press(&["Enter"]);
    at_step(term, "6 Overwrite");
    term.press(&["Enter"]);
    at_step(term, "7 Check");
    term.press(&["Enter"]);
    at_step(term, "8 Read back");
    term.type_text("erp01");
}

fn a_lost_system_in_thirty_keys() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    assert_eq!(before.len(), 41);
    fleet.lose();
    let mut term = console(&fleet);
    up_to_read_back(&mut term);
    term.press(&["C-s"]);
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
    term.press(&["C-s"]);
    term.wait("break glass");
    assert_ne!(fleet.hashes(), before, "nothing is written without it");
    term.press(&["F6"]);
    term.type_text("the hour runs out");
    term.press(&["Tab"]);
    term.type_text("eva");
    term.press(&["Tab"]);
    term.type_text("02:10");
    term.press(&["C-s"]);
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
    // What was typed is on the desk within the time that drafts are gathered for.
    term.wait("erp01");
    std::thread::sleep(std::time::Duration::from_millis(400));
    term.signal(rustix::process::Signal::KILL);
    term.exit();
    let mut term = console(&fleet);
    term.press(&["4"]);
    term.wait("R-0001");
    term.press(&["Enter"]);
    term.wait("8 Read back");
    assert!(fleet.hashes().is_empty(), "nothing was started by the kill");
    term.press(&["C-s"]);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
}

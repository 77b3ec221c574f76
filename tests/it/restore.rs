//! A lost system, from the phone call to verified files, by keys on the built program.

use crate::support::{fleet::Fleet, pty::Term, trial, trial_with_peer, wait_for};
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

pub fn console(fleet: &Fleet) -> Term {
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
pub fn at_step(term: &Term, step: &str) {
    term.wait(&format!("─ {step} ─"));
}

/// From the call to the read-back, for the whole of erp01 at its place.
fn up_to_read_back(term: &mut Term) {
    up_to_read_back_of(term, "41 files");
}

fn up_to_read_back_of(term: &mut Term, files: &str) {
    term.press(&["c"]);
    at_step(term, "1 Call");
    term.type_text("mar");
    term.press(&["Enter", "Enter"]);
    at_step(term, "2 System");
    // The desk has given the number, and the appliance has told what it protects.
    term.wait("Restore R-0001");
    term.type_text("erp");
    term.wait("acme/erp01");
    term.press(&["Enter"]);
    at_step(term, "3 Point");
    // The point that is offered, once the appliance has told it.
    term.wait(files);
    term.press(&["Enter"]);
    at_step(term, "5 Where");
    term.press(&["Enter"]);
    at_step(term, "6 Overwrite");
    term.press(&["Enter"]);
    at_step(term, "7 Check");
    term.wait("✓ counted");
    term.press(&["Enter"]);
    at_step(term, "8 Read back");
    term.type_text("erp01");
}

/// Dispatches, once nothing is missing any more.
pub fn send(term: &mut Term) {
    term.wait("✓ nothing");
    term.press(&["C-d"]);
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
    term.press(&["C-d"]);
    term.wait("waits for: break glass");
    assert_ne!(fleet.hashes(), before, "nothing is written without it");
    term.press(&["F6"]);
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
    // What was typed is on the desk within the time that drafts are gathered for.
    term.wait("erp01");
    std::thread::sleep(std::time::Duration::from_millis(400));
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
    send(&mut term);
    // From here on it may be anywhere between the intent and the appliance's answer.
    term.wait_gone("─ 8 Read back ─");
    term.signal(rustix::process::Signal::KILL);
    term.exit();
    let mut term = console(&fleet);
    term.press(&["4"]);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
    term.wait("awaits validation");
    let audit = std::fs::read_dir(fleet.data()).unwrap().count();
    assert_eq!(audit, 2, "no second restore left anything beside");
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
    if fleet.hashes() != before {
        term.wait("r goes on in another attempt");
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

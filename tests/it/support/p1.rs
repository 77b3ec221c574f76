//! The main job by keys: a lost system, from the call to its read-back.

use super::{fleet::Fleet, ocdeck, pty::Term};
use chrono::{DateTime, Utc};
use ocdeck::desk::Store;
use portable_pty::CommandBuilder;

/// A console with the appliance up.
pub fn console(fleet: &Fleet) -> Term {
    let term = starting_console(fleet, &[]);
    is_up(&term);
    term
}

/// The console of another person at the same desk, with the appliance up.
pub fn console_of(fleet: &Fleet, person: &str, role: &str) -> Term {
    let mut command = CommandBuilder::new(ocdeck());
    command.arg("--fleet");
    command.arg(fleet.file_of(person, role));
    let term = Term::spawn(&fleet.home, command, &[], 120, 40);
    is_up(&term);
    term
}

/// Waits until a call can be taken.
pub fn is_up(term: &Term) {
    // The header counts what is up once Describe was answered.
    term.wait("● 1");
    term.wait_gone("the desk is being read");
}

/// A console that starts, with more variables.
pub fn starting_console(fleet: &Fleet, environment: &[(&str, &str)]) -> Term {
    let mut command = CommandBuilder::new(ocdeck());
    command.arg("--fleet");
    command.arg(fleet.file());
    Term::spawn(&fleet.home, command, environment, 120, 40)
}

/// A point, made by a run that a person started.
pub fn back_up(fleet: &Fleet) {
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

/// From the call to the read-back, for the whole of erp01 at its place: the first request.
pub fn up_to_read_back(term: &mut Term) {
    up_to_read_back_of(term, "41 files");
}

/// As [`up_to_read_back`], with so many files.
pub fn up_to_read_back_of(term: &mut Term, files: &str) {
    up_to_read_back_as(term, "R-0001", files);
}

/// As [`up_to_read_back`], for a later request.
pub fn up_to_read_back_as(term: &mut Term, reference: &str, files: &str) {
    term.press(&["c"]);
    at_step(term, "1 Call");
    term.type_text("mar");
    term.press(&["Enter", "Enter"]);
    at_step(term, "2 System");
    // The desk has given the number, and the appliance has told what it protects.
    term.wait(&format!("Restore {reference}"));
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

/// A call that was taken while the desk was out of reach stands there once, with what was typed of
/// who called, and with its own time: before `mended`, when the desk was back.
pub fn the_call_is_written(store: &mut dyn Store, caller: &str, mended: DateTime<Utc>) {
    let records = store.records(0, u32::MAX).unwrap();
    let calls: Vec<_> = records
        .iter()
        .filter(|it| it.record.kind == "call_received")
        .collect();
    let [call] = calls[..] else {
        panic!("{} calls", calls.len());
    };
    let subject = &call.record.subject;
    let history = store.history(subject).unwrap();
    let kinds: Vec<_> = history.iter().map(|it| it.record.kind.as_str()).collect();
    assert_eq!(kinds[..3], ["opened", "call_received", "responded"]);
    for written in &history[1..3] {
        let (at, received) = (written.record.at, written.received_at);
        assert_eq!(written.record.actor, "mara");
        assert!(at < mended, "{at} {mended}");
        assert!(mended < received, "{mended} {received}");
    }
    let drafts = store.drafts(0).unwrap().rows;
    let typed: Vec<_> = drafts.iter().filter(|row| row.field == "caller").collect();
    let [typed] = typed[..] else {
        panic!("{typed:?}");
    };
    assert_eq!((&typed.draft, typed.author.as_str()), (subject, "mara"));
    assert_eq!(typed.value, format!("\"{caller}\""));
}

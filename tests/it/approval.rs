//! Two people at two consoles: what goes beyond the limit of one begins by the other's word.

use crate::support::{
    books::Books,
    books::Desk,
    both,
    fleet::{APPLIANCE, Fleet},
    p1::{at_step, back_up, console, console_of, send, up_to_read_back, up_to_read_back_as},
    pty::Term,
    trial, wait_for,
};
use libtest_mimic::Trial;
use std::process::Output;

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "approval::by_another_person_at_another_console",
            by_another_person_at_another_console,
        ),
        trial(
            "approval::rejected_then_glass_is_broken",
            rejected_then_glass_is_broken,
        ),
        trial(
            "approval::by_a_line_without_a_console",
            by_a_line_without_a_console,
        ),
        trial("approval::rejected_by_a_script", rejected_by_a_script),
        trial(
            "approval::an_appliance_says_its_own_limit",
            an_appliance_says_its_own_limit,
        ),
    ]
}

/// A file of the system is broken: it is not as the restore point has it.
fn spoil(fleet: &Fleet) {
    std::fs::write(fleet.data().join("erp.conf"), "port = 1\nbroken\n").unwrap();
}

/// mara asks for the whole system at its place.
fn asks(term: &mut Term) {
    up_to_read_back(term);
    term.wait("ask a duty manager");
    send(term);
    term.wait("of a duty manager · asked by mara");
}

/// The console of the duty manager, where she looks at what she is asked.
fn eva(fleet: &Fleet) -> Term {
    let mut term = console_of(fleet, "eva", "duty_manager");
    term.press(&["4"]);
    term.wait("of a duty manager · asked by mara");
    term.wait("A approve…");
    term
}

fn by_another_person_at_another_console() {
    let mut fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    spoil(&fleet);
    let mut mara = console(&fleet);
    asks(&mut mara);
    let request = Desk::of(&fleet).first_request();
    mara.press(&["A"]);
    mara.wait("another person approves");
    drop(mara);

    // Killed while it awaits: it still does, and nothing has begun.
    fleet.kill();
    fleet.serve();
    let mara = console(&fleet);
    let mut eva = eva(&fleet);
    assert_eq!(Books::of(&fleet).restores(request), 0);
    assert_ne!(fleet.hashes(), before);
    eva.press(&["A"]);
    eva.wait("Type the name of the system");
    eva.type_text("erp01");
    eva.press(&["Enter"]);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
    eva.wait("awaits validation");
    eva.wait("✓ eva");
    // Who asked hears of it, without a key.
    let mut mara = mara;
    mara.press(&["4"]);
    mara.wait("✓ eva");
    mara.wait("approved by eva");
    assert_eq!(Books::of(&fleet).restores(request), 1);
    assert_eq!(Books::of(&fleet).dispatches(request), [1]);
}

fn rejected_then_glass_is_broken() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    spoil(&fleet);
    let mut mara = console(&fleet);
    asks(&mut mara);
    let mut eva = eva(&fleet);
    eva.press(&["D"]);
    eva.wait("Why?");
    eva.type_text("not on a Friday");
    eva.press(&["Enter"]);
    mara.wait("eva rejected it: not on a Friday");
    assert_ne!(fleet.hashes(), before, "nothing is written");
    mara.press(&["r"]);
    at_step(&mara, "7 Check");
    mara.wait("✓ counted");
    mara.press(&["Enter"]);
    at_step(&mara, "8 Read back");
    mara.press(&["F6"]);
    mara.wait("the duty manager's name");
    mara.type_text("the hour runs out");
    mara.press(&["Tab"]);
    mara.type_text("eva");
    mara.press(&["Tab"]);
    mara.type_text("1 min ago");
    mara.press(&["Tab"]);
    mara.type_text("erp01");
    send(&mut mara);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
    eva.wait("awaits validation");
}

/// What a person types at a shell, with the code that it must end with.
fn typed(fleet: &Fleet, person: (&str, &str), arguments: &[&str], code: i32) -> String {
    let file = fleet.file_of(person.0, person.1);
    let fleet_of = ["--fleet", file.to_str().unwrap()];
    let output: Output = fleet.home.run(&[arguments, &fleet_of[..]].concat());
    let said = both(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

const EVA: (&str, &str) = ("eva", "duty_manager");

fn by_a_line_without_a_console() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    let none = typed(&fleet, EVA, &["approve"], 0);
    assert!(none.contains("nothing awaits approval"), "{none}");
    spoil(&fleet);
    let mut mara = console(&fleet);
    asks(&mut mara);
    let request = Desk::of(&fleet).first_request();
    let list = typed(&fleet, EVA, &["approve"], 1);
    for said in [
        "R-0001 · P1 · acme/erp01",
        "asked by mara",
        "replaces 1 file",
    ] {
        assert!(list.contains(said), "{said} is not in\n{list}");
    }
    let json = typed(&fleet, EVA, &["approve", "--json"], 1);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let plan = json["awaiting"][0]["plan"].as_str().unwrap();
    assert_eq!(
        (plan.len(), &json["awaiting"][0]["attempt"]),
        (64, &1.into())
    );

    // Who may not, another name, another plan, nobody to ask: nothing begins.
    for (person, more, why) in [
        (
            ("mara", "technician"),
            ["--system", "erp01"],
            "a duty manager; this is",
        ),
        (EVA, ["--system", "erp02"], "that is not its name, erp01"),
        (EVA, ["--plan", "00000000"], "R-0001 is of another plan"),
        (
            EVA,
            ["--appliance", "elsewhere"],
            "no R-0001 awaits approval",
        ),
        (EVA, ["--plan", plan], "there is no terminal to ask on"),
    ] {
        let arguments = [&["approve", "R-0001"][..], &more].concat();
        let said = typed(&fleet, person, &arguments, 1);
        assert!(said.contains(why), "{why} is not in\n{said}");
    }
    assert_eq!(Books::of(&fleet).restores(request), 0);

    // On a telephone.
    let file = fleet.file_of(EVA.0, EVA.1);
    let arguments = ["approve", "1", "--fleet", file.to_str().unwrap()];
    let mut line = Term::ocdeck(&fleet.home, &arguments, 60, 30);
    line.wait("Type the name of the system, erp01");
    for said in [
        "the whole system",
        "its original place, on acme-stl-01",
        "replaces  1 file",
    ] {
        line.wait(said);
    }
    line.type_text("erp01");
    line.press(&["Enter"]);
    line.wait("R-0001 approved: it begins on acme-stl-01");
    assert_eq!(line.exit(), 0);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
    mara.wait("approved by eva");
    let books = Books::of(&fleet);
    assert_eq!(
        (books.dispatches(request), books.restores(request)),
        (vec![1], 1)
    );
}

fn rejected_by_a_script() {
    let mut fleet = Fleet::start();
    back_up(&fleet);
    spoil(&fleet);
    let before = fleet.hashes();
    let mut mara = console(&fleet);
    asks(&mut mara);
    let said = typed(&fleet, EVA, &["reject", "R-0001", "--reason", " "], 1);
    assert!(said.contains("it needs words"), "{said}");
    let said = typed(
        &fleet,
        EVA,
        &["reject", "r-1", "--reason", "not tonight"],
        0,
    );
    assert!(
        said.contains("R-0001 rejected: nothing is written"),
        "{said}"
    );
    mara.wait("eva rejected it: not tonight");
    assert_eq!(fleet.hashes(), before);
    let said = typed(&fleet, EVA, &["approve", "R-0001", "--system", "erp01"], 1);
    assert!(said.contains("no R-0001 awaits approval"), "{said}");
    fleet.kill();
    let said = typed(&fleet, EVA, &["approve"], 3);
    assert!(said.contains(&format!("✖ {APPLIANCE}: ")), "{said}");
    typed(&fleet, EVA, &["approve", "R-0001", "--system", "erp01"], 3);
}

/// The appliance anew, with this at the end of its file.
fn says(fleet: &mut Fleet, text: &str) {
    let file = fleet.folder().join("appliance.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    let config = config.split("\n[approval]\n").next().unwrap().to_owned();
    std::fs::write(&file, format!("{config}\n[approval]\n{text}\n")).unwrap();
    fleet.kill();
    fleet.serve();
}

fn an_appliance_says_its_own_limit() {
    let mut fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    spoil(&fleet);
    says(&mut fleet, "replace_bytes = 1\noriginal_files = 2");
    let mut mara = console(&fleet);
    up_to_read_back(&mut mara);
    mara.wait("one person alone may replace 1 B");
    drop(mara);

    // More than one file, and more than a byte: this one is within.
    says(&mut fleet, "replace_bytes = \"1 MB\"\noriginal_files = 2");
    let mut mara = console(&fleet);
    up_to_read_back_as(&mut mara, "R-0002", "41 files");
    send(&mut mara);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
}

//! Two people at two consoles: what goes beyond the limit of one begins by the other's word.

use crate::support::{
    books::Books,
    books::Desk,
    fleet::Fleet,
    ocdeck,
    p1::{at_step, back_up, console, is_up, send, up_to_read_back},
    pty::Term,
    trial, wait_for,
};
use libtest_mimic::Trial;
use portable_pty::CommandBuilder;

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
    let mut command = CommandBuilder::new(ocdeck());
    command.arg("--fleet");
    command.arg(fleet.file_of("eva", "duty_manager"));
    let mut term = Term::spawn(&fleet.home, command, &[], 120, 40);
    is_up(&term);
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

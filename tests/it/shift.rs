//! Two people at two real consoles on one desk: a shift changes hands, a draft goes on at the
//! same step, and two who send at once start one restore.

use crate::support::{
    Home,
    books::{Books, Desk},
    both,
    fleet::Fleet,
    ocdeck,
    p1::{at_step, back_up, console, is_up, up_to_read_back},
    pty::Term,
    trial, wait_for,
};
use libtest_mimic::Trial;
use portable_pty::CommandBuilder;
use rustix::process::Signal;
use std::path::{Path, PathBuf};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "shift::two_consoles_hand_a_shift_over",
            two_consoles_hand_a_shift_over,
        ),
        trial(
            "shift::the_desk_is_printed_without_a_terminal",
            the_desk_is_printed,
        ),
    ]
}

/// A desk that the group of whoever runs this shares, in a folder of its own.
fn shared_desk(home: &Home) -> PathBuf {
    let folder = home.path().join("desk");
    let group = rustix::process::getgid().to_string();
    let made = home.run(&["desk", "init", folder.to_str().unwrap(), "--group", &group]);
    assert!(made.status.success(), "{}", both(&made));
    folder
}

/// A console that lives in this home, on the desk that stands there.
fn console_at(home: &Home, file: &Path, desk: &Path) -> Term {
    let mut command = CommandBuilder::new(ocdeck());
    command.arg("--fleet");
    command.arg(file);
    command.arg("--desk");
    command.arg(desk);
    let term = Term::spawn(home, command, &[], 120, 40);
    is_up(&term);
    term
}

/// Reads what is left: on a full disk there is a line about the repository too.
fn read_the_rest(term: &mut Term) {
    loop {
        let unread = |text: &str| text.matches('□').count();
        let left = unread(&term.screen());
        if left == 0 {
            return;
        }
        term.press(&["a"]);
        term.until("one more line to be read", |screen| {
            unread(&screen.contents()) < left
        });
    }
}

/// The frozen copy as it stands on a screen.
fn copy_on(term: &mut Term) -> String {
    term.press(&["6", "h"]);
    term.wait("mara → jon");
    term.press(&["Enter"]);
    term.wait("Frozen copy · mara → jon");
    let screen = term.screen();
    let rows = screen
        .lines()
        .skip_while(|row| !row.contains("Frozen copy"));
    // What stands behind the last letter of a row depends on what was drawn there before.
    let rows: Vec<&str> = rows.map(str::trim_end).collect();
    // The last row is the footer.
    rows[..rows.len() - 1].join("\n")
}

fn two_consoles_hand_a_shift_over() {
    let fleet = Fleet::start();
    back_up(&fleet);
    let before = fleet.hashes();
    fleet.lose();
    // Each has a state folder of their own; the desk alone is shared.
    let (shared, jons) = (Home::new(), Home::new());
    let folder = shared_desk(&shared);
    let mut mara = console_at(&fleet.home, &fleet.file(), &folder);
    let mut jon = console_at(&jons, &fleet.file_of("jon", "technician"), &folder);

    // A P1 is opened and parked, and the shift handed over.
    up_to_read_back(&mut mara);
    mara.press(&["Esc"]);
    mara.wait("R-0001 parked at step 8");
    mara.press(&["6", "b"]);
    mara.wait("To whom?");
    mara.type_text("jon");
    mara.press(&["Enter"]);
    mara.wait("Handover · mara → jon");
    jon.wait("mara hands the shift over to you");
    // Also where another window is looked at.
    let told = String::from_utf8_lossy(&jon.bytes()).into_owned();
    assert!(told.contains("\u{7}\u{1b}]777;notify;ocdeck;mara hands the shift over to you\u{7}"));
    jon.press(&["6"]);
    jon.wait("Handover · mara → jon");
    jon.wait("R-0001");

    // It is taken only when each line of a P1 or P2 is read.
    jon.press(&["C-t"]);
    jon.wait("to be read");
    jon.press(&["a"]);
    jon.wait("R-0001 read by jon");
    jon.wait("lines 1 of");
    // Half way the console of jon is killed: what was read is read.
    jon.signal(Signal::KILL);
    jon.exit();
    let mut jon = console_at(&jons, &fleet.file_of("jon", "technician"), &folder);
    jon.press(&["6"]);
    jon.wait("lines 1 of");
    read_the_rest(&mut jon);
    jon.press(&["C-t"]);
    jon.wait("you have the shift of mara: R-0001");
    mara.wait("jon has taken");
    assert_eq!(copy_on(&mut mara), copy_on(&mut jon));
    let desk = Desk::at(&folder);
    let request = desk.first_request();
    let kinds = desk.kinds(request);
    assert_eq!(kinds.last().unwrap(), "taken_over", "{kinds:?}");

    printed_as_it_was_frozen(&shared, &folder);

    // Jon goes on where mara was; she comes back into it. Who sees the request has its draft.
    for (term, who) in [(&mut jon, "jon"), (&mut mara, "mara")] {
        term.press(&["4"]);
        term.wait("R-0001");
        term.press(&["Enter"]);
        at_step(term, "8 Read back");
        term.type_text("erp01");
        term.until(&format!("{who} to be able to send"), |screen| {
            screen.contents().contains("✓ nothing")
        });
    }
    jon.wait("mara has taken R-0001 over from you");

    // Both send at once: one restore.
    jon.press(&["C-d"]);
    mara.press(&["C-d"]);
    wait_for("every file as it was", || {
        (fleet.hashes() == before).then_some(())
    });
    for term in [&jon, &mara] {
        term.wait("awaits validation");
    }
    let books = Books::of(&fleet);
    assert_eq!(books.dispatches(request), [1]);
    assert_eq!(books.restores(request), 1);
    assert_eq!(desk.intents(request), 1);
    // What was frozen says what was there then.
    assert!(copy_on(&mut mara).contains("parked at step 8"));
    // Jon has no desk of his own beside it.
    assert!(!jons.state().join("desk.sqlite").exists());
}

/// The list and the copy of what was just taken, without a terminal.
fn printed_as_it_was_frozen(home: &Home, desk: &Path) {
    let print = |arguments: &[&str]| {
        let mut all = vec!["handover", "--desk", desk.to_str().unwrap()];
        all.extend(arguments);
        let output = home.run(&all);
        assert!(output.status.success(), "{}", both(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let list = print(&["list"]);
    let row = list.lines().nth(1).unwrap();
    assert!(row.contains("mara → jon  R-0001"), "{list}");
    let id = row.split_whitespace().next().unwrap();
    let page = print(&["show", id]);
    assert_eq!(page, print(&["show", "last"]));
    assert!(page.contains("- [x] **P1** R-0001 "), "{page}");
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&print(arguments)).unwrap()
    };
    let copy = json(&["show", id, "--format", "json"]);
    assert_eq!(copy["moved"][0]["name"], "R-0001");
    let list = json(&["list", "--format", "json"]);
    assert_eq!(list["handovers"][0]["taken_by"], "jon");
    assert_eq!(list["more"], false);
    assert!(list["handovers"][0]["id"].as_str().unwrap().starts_with(id));
}

fn the_desk_is_printed() {
    let home = Home::new();
    let none = home.run(&["handover"]);
    assert_eq!(none.status.code(), Some(1), "{}", both(&none));
    assert!(both(&none).contains("there is no desk"), "{}", both(&none));
    let wrong = home.run(&["handover", "--format", "pdf"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", both(&wrong));

    let fleet = Fleet::start();
    let mut mara = console(&fleet);
    mara.press(&["c"]);
    at_step(&mara, "1 Call");
    mara.wait("Restore R-0001");
    mara.press(&["Esc"]);
    mara.wait("R-0001 parked at step 1");
    mara.press(&["q"]);
    assert_eq!(mara.exit(), 0);
    let file = fleet.file();
    let printed = |arguments: &[&str]| {
        let mut all = vec!["handover", "--fleet", file.to_str().unwrap()];
        all.extend(arguments);
        let output = fleet.home.run(&all);
        assert!(output.status.success(), "{}", both(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let page = printed(&[]);
    for said in ["nobody hands over", "- [ ] **P1** R-0001", "## Not known"] {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }
    let json: serde_json::Value = serde_json::from_str(&printed(&["--format", "json"])).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["lines"][0]["name"], "R-0001");
    assert_eq!(json["lines"][0]["owner"], "mara");
    // There is no handover that is over.
    assert!(printed(&["list"]).contains("No handover was taken"));
    let none = fleet.home.run(&["handover", "show", "last"]);
    assert_eq!(none.status.code(), Some(1), "{}", both(&none));
    assert!(
        both(&none).contains("ocdeck handover list"),
        "{}",
        both(&none)
    );
    // Reading wrote nothing: the same again, but for the time and what is left of it.
    let again = |page: &str| {
        let lines = page.lines().skip(3);
        let lines = lines.map(|line| line.split(" · ").next().unwrap_or_default().to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(again(&printed(&[])), again(&page));
}

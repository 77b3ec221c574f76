//! The console's start and end: with no terminal, no home, no fleet; ended by a key, a signal, a
//! panic, a closed window; stopped and continued.

use crate::support::{Home, ROLE, both, pty::Term, trial};
use libtest_mimic::Trial;
use portable_pty::CommandBuilder;
use rustix::process::Signal;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("start::version_and_help", version_and_help),
        trial("start::without_a_terminal", without_a_terminal),
        trial("start::on_a_dumb_terminal", on_a_dumb_terminal),
        trial("start::without_a_home", without_a_home),
        trial("start::without_a_fleet", without_a_fleet),
        trial("start::the_terminal_comes_back", the_terminal_comes_back),
        trial("start::every_size_is_filled", every_size_is_filled),
        trial(
            "start::a_window_that_is_too_small",
            a_window_that_is_too_small,
        ),
        trial(
            "start::signals_give_the_terminal_back",
            signals_give_the_terminal_back,
        ),
        trial(
            "start::a_panic_gives_the_terminal_back",
            a_panic_gives_the_terminal_back,
        ),
        trial("start::a_paste_is_text", a_paste_is_text),
        trial("start::stopped_and_continued", stopped_and_continued),
        trial("start::a_closed_window_ends_it", a_closed_window_ends_it),
        trial(
            "start::mistakes_in_settings_are_told",
            mistakes_in_settings_are_told,
        ),
    ]
}

fn version_and_help() {
    let home = Home::new();
    let version = home.run(&["--version"]);
    assert_eq!(
        both(&version),
        format!("ocdeck {}\n", env!("CARGO_PKG_VERSION"))
    );
    let help = both(&home.run(&["--help"]));
    for word in ["status", "pki", "--fleet", "--theme"] {
        assert!(help.contains(word), "{help}");
    }
    // Nothing of this needs a home or leaves something there.
    assert!(!home.state().exists());
}

/// No pipe, no file, no closed descriptor is a terminal.
fn without_a_terminal() {
    let home = Home::new();
    let output = home.run(&[]);
    assert_eq!(output.status.code(), Some(2));
    let words = both(&output);
    assert!(words.contains("standard input is none"), "{words}");
    assert!(words.contains("`ocdeck status`"), "{words}");
    for (redirection, which) in [
        ("<&-", "standard input"),
        ("</dev/null", "standard input"),
        (">out", "standard output"),
        (">&-", "standard output"),
        ("| cat", "standard output"),
    ] {
        let script = format!("{{ \"$OCDECK\" {redirection}; }} 2>said; echo status=$?; cat said");
        let mut term = Term::shell(&home, &script, 200, 24);
        assert_eq!(term.exit(), 0);
        let screen = term.screen();
        // The status of a pipe is that of its end.
        let status = if redirection.starts_with('|') { 0 } else { 2 };
        assert!(
            screen.contains(&format!("status={status}")),
            "{redirection}: {screen}"
        );
        let words = format!("the console needs a terminal, and {which} is none");
        assert!(screen.contains(&words), "{redirection}: {screen}");
        assert!(
            screen.contains("`ocdeck status`"),
            "{redirection}: {screen}"
        );
    }
    // Nobody who could read it: no panic, and the same status.
    let mut term = Term::shell(&home, "\"$OCDECK\" <&- >&- 2>&-; echo status=$?", 80, 24);
    assert_eq!(term.exit(), 0);
    assert_eq!(term.screen().trim(), "status=2");
}

fn on_a_dumb_terminal() {
    let home = Home::new();
    for (set, words) in [
        ("TERM=dumb", "cannot draw on this terminal (TERM=dumb)"),
        ("TERM=", "does not know this terminal (TERM is not set)"),
        ("-u TERM", "does not know this terminal (TERM is not set)"),
    ] {
        let script = format!("env {set} \"$OCDECK\" --theme=dark; echo status=$?");
        let mut term = Term::shell(&home, &script, 200, 24);
        assert_eq!(term.exit(), 0);
        for words in [words, "`ocdeck status`", "status=2"] {
            assert!(term.screen().contains(words), "{set}: {}", term.screen());
        }
        assert!(!term.alternate());
    }
}

fn without_a_home() {
    let home = Home::new();
    let mut term = Term::shell(
        &home,
        "unset HOME OCDECK_STATE_DIR OCDECK_CONFIG_DIR; \"$OCDECK\"; echo status=$?",
        80,
        24,
    );
    term.wait("status=2");
    let screen = term.screen().replace('\n', " ");
    assert!(screen.contains("set HOME"), "{screen}");
    assert!(screen.contains("`ocdeck status --fleet"), "{screen}");
    assert_eq!(term.exit(), 0);
}

/// Calm, and it says what to do.
fn without_a_fleet() {
    let home = Home::new();
    let mut term = Term::ocdeck(&home, &[], 120, 40);
    term.wait("OCDECK");
    term.wait("ocdeck init");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
    let mode = |name: &str| {
        use std::os::unix::fs::PermissionsExt;
        let file = home.state().join(name);
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("desk.sqlite"), 0o600);
    assert_eq!(mode("."), 0o700);
}

const THEN: &str =
    "echo status=$?; stty -a | tr ' ;' '\\n\\n' | grep -x -e '-\\?icanon' -e '-\\?echo'";

/// Waits for the shell's words after the console, and sees that the terminal is as it was.
fn is_back(term: &mut Term, status: u32) {
    term.wait(&format!("status={status}"));
    term.wait("\necho");
    term.wait("icanon");
    assert!(!term.screen().contains("-icanon"), "{}", term.screen());
    assert!(!term.alternate());
    assert_eq!(term.exit(), 0);
    let bytes = term.bytes();
    let said = |sequence: &str| {
        bytes
            .windows(sequence.len())
            .any(|w| w == sequence.as_bytes())
    };
    for (on, off) in [
        ("\x1b[?1049h", "\x1b[?1049l"),
        ("\x1b[?2004h", "\x1b[?2004l"),
        ("\x1b[?1000h", "\x1b[?1000l"),
        ("\x1b[?25l", "\x1b[?25h"),
    ] {
        assert!(said(on) && said(off), "{on:?} {off:?}");
    }
}

fn the_terminal_comes_back() {
    let home = Home::new();
    let mut term = Term::shell(&home, &format!("\"$OCDECK\"; {THEN}"), 100, 30);
    term.wait("OCDECK");
    assert!(term.alternate());
    term.press(&["q"]);
    is_back(&mut term, 0);
}

fn every_size_is_filled() {
    let home = Home::new();
    let mut term = Term::ocdeck(&home, &[], 120, 40);
    term.wait("OCDECK");
    for (columns, rows) in [
        (80, 24),
        (200, 50),
        (60, 10),
        (500, 150),
        (50, 10),
        (120, 40),
    ] {
        term.resize(columns, rows);
        // The footer stands in the last row, whatever the size.
        term.until(&format!("a footer at {columns}×{rows}"), |screen| {
            let rows: Vec<String> = screen.rows(0, columns).collect();
            rows[0].contains("no appliance") && rows.last().is_some_and(|last| last.contains('?'))
        });
    }
    // One cell is no screen, but no reason to fall over either.
    term.resize(1, 1);
    term.resize(120, 40);
    term.wait("OCDECK");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

/// It says what it needs, no key does what nobody sees, and all is there again afterwards.
fn a_window_that_is_too_small() {
    let home = Home::new();
    let mut term = Term::ocdeck(&home, &[], 120, 40);
    term.wait("OCDECK");
    term.press(&[":"]);
    term.type_text("red");
    term.wait("Redraw the whole screen");
    term.resize(20, 5);
    term.wait("20×5 is too small.");
    term.wait("ocdeck needs 50×10.");
    // What is typed is typed, and nothing is run. The size does not come in the order of the
    // keys: once the screen is drawn anew, all keys before were heard.
    let drawn = |term: &Term| {
        let bytes = String::from_utf8_lossy(&term.bytes()).into_owned();
        bytes.matches("too small").count()
    };
    let before = drawn(&term);
    term.type_text("raw");
    term.press(&["Enter", "C-l"]);
    crate::support::wait_for("the screen to be drawn anew", || {
        (drawn(&term) > before).then_some(())
    });
    term.resize(120, 40);
    term.wait("redraw");
    term.wait("Redraw the whole screen");
    term.press(&["Esc"]);
    term.wait_gone("Redraw the whole screen");
    term.resize(20, 5);
    term.wait("too small");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

fn signals_give_the_terminal_back() {
    for (signal, name) in [(15, "TERM"), (1, "HUP"), (2, "INT")] {
        let home = Home::new();
        let script = format!("\"$OCDECK\" & echo $! >pid; fg >/dev/null; {THEN}");
        let mut term = Term::shell(&home, &format!("set -m; {script}"), 100, 30);
        term.wait("OCDECK");
        let pid = std::fs::read_to_string(home.path().join("pid")).unwrap();
        let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        let signal_of = match name {
            "TERM" => Signal::TERM,
            "HUP" => Signal::HUP,
            _ => Signal::INT,
        };
        rustix::process::kill_process(pid, signal_of).unwrap();
        is_back(&mut term, 128 + signal);
    }
}

/// Plays a console that panics: takes the terminal over, then falls.
pub fn panic_role() {
    let state = std::env::var("OCDECK_STATE_DIR").unwrap();
    let log = ocdeck::shell::log::start(state.as_ref());
    ocdeck::shell::log::catch_panics(log.folder());
    let _guard = ocdeck::shell::terminal::Guard::take().unwrap();
    panic!("the test fell");
}

fn a_panic_gives_the_terminal_back() {
    let home = Home::new();
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", &format!("\"$IT\"; {THEN}")]);
    let it = std::env::current_exe().unwrap();
    let environment = [("IT", it.to_str().unwrap()), (ROLE, "panic")];
    let mut term = Term::spawn(&home, command, &environment, 100, 30);
    is_back(&mut term, 101);
    let screen = term.screen().replace('\n', "");
    assert!(screen.contains("the test fell"), "{screen}");
    assert!(screen.contains("panic.log"), "{screen}");
    let report = std::fs::read_to_string(home.state().join("panic.log")).unwrap();
    assert!(report.contains("start.rs"), "{report}");
}

fn stopped_and_continued() {
    let home = Home::new();
    let script = format!("set -m; \"$OCDECK\"; echo stopped; read line; fg >/dev/null; {THEN}");
    let mut term = Term::shell(&home, &script, 100, 30);
    term.wait("OCDECK");
    term.press(&["C-z"]);
    term.wait("stopped");
    assert!(!term.alternate());
    term.press(&["Enter"]);
    term.wait("OCDECK");
    assert!(term.alternate());
    term.press(&["q"]);
    is_back(&mut term, 0);
}

fn a_closed_window_ends_it() {
    let home = Home::new();
    let script = "set -m; \"$OCDECK\" & echo $! >pid; fg >/dev/null";
    let term = Term::shell(&home, script, 100, 30);
    term.wait("OCDECK");
    let pid = std::fs::read_to_string(home.path().join("pid")).unwrap();
    // With the leader of its session the terminal is gone, as when an SSH session breaks.
    term.signal(Signal::KILL);
    let status = format!("/proc/{}/stat", pid.trim());
    crate::support::wait_for("the console to end with its window", || {
        let stat = std::fs::read_to_string(&status).unwrap_or_default();
        (stat.is_empty() || stat.contains(") Z ")).then_some(())
    });
}

fn mistakes_in_settings_are_told() {
    let home = Home::new();
    std::fs::create_dir_all(home.config()).unwrap();
    let keymap = "[normal]\nx = \"quitt\"\n";
    std::fs::write(home.config().join("keymap.toml"), keymap).unwrap();
    let mut term = Term::shell(&home, "\"$OCDECK\" --theme ligth; echo status=$?", 200, 30);
    term.wait("OCDECK");
    term.wait("▲ 2 mistakes in the configuration");
    term.press(&["q"]);
    term.wait("status=0");
    for told in [
        "keymap.toml:2:5",
        "did you mean \"quit\"?",
        "did you mean \"light\"?",
    ] {
        assert!(term.screen().contains(told), "{}", term.screen());
    }
    assert_eq!(term.exit(), 0);
}

/// In a list a paste does nothing, in a field it is typed: never is it pressed.
fn a_paste_is_text() {
    let home = Home::new();
    let mut term = Term::ocdeck(&home, &[], 120, 40);
    term.wait("OCDECK");
    term.paste("q");
    term.press(&[":"]);
    term.paste("qzq\rq");
    term.wait("qzq");
    term.press(&["Esc"]);
    term.wait_gone("qzq");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

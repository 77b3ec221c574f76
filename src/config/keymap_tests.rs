use super::*;
use crate::{
    input::{Lookup, Resolver},
    state::{
        command::Mode,
        msg::{Edit, Msg},
    },
};

fn own(text: &str) -> Result<Keymap, String> {
    parse(Path::new("keymap.toml"), text).map_err(|problems| problems.to_string())
}

fn shipped() -> Keymap {
    let (keymap, problems) = load(None);
    assert_eq!(problems.map(|p| p.to_string()), None);
    keymap
}

fn hint(keymap: &Keymap, mode: Mode, command: Command) -> Option<String> {
    keymap.labels().key(mode, command).map(str::to_owned)
}

fn keys(text: &str) -> Vec<Key> {
    text.split(' ').map(|key| key.parse().unwrap()).collect()
}

#[test]
fn the_shipped_map_has_no_mistakes_and_reaches_every_screen() {
    let keymap = shipped();
    for mode in [Mode::Fleet, Mode::Jobs, Mode::Alerts, Mode::Restores] {
        for (number, screen) in [
            ("1", Command::ScreenFleet),
            ("2", Command::ScreenJobs),
            ("3", Command::ScreenAlerts),
            ("4", Command::ScreenRestores),
        ] {
            assert_eq!(keymap.lookup(mode, &keys(number)), Lookup::Command(screen));
        }
        assert_eq!(hint(&keymap, mode, Command::Quit).as_deref(), Some("q"));
    }
    for mode in Mode::ALL {
        assert!(
            hint(&keymap, mode, Command::Back).is_some(),
            "{mode:?} has no way out"
        );
        assert!(
            hint(&keymap, mode, Command::Open).is_some(),
            "{mode:?} has no Enter"
        );
    }
}

#[test]
fn every_key_of_a_text_field_leaves_letters_alone() {
    let keymap = shipped();
    for mode in Mode::ALL.into_iter().filter(|mode| mode.is_text()) {
        let mut resolver = Resolver::default();
        for c in (' '..='~').chain(['ä', '漢']) {
            let msg = resolver.key(&keymap, mode, Key::char(c));
            assert!(
                matches!(msg, Some(Msg::Edit(Edit::Insert(i))) if i == c),
                "{c} {msg:?}"
            );
        }
    }
}

#[test]
fn tmux_and_screen_keep_their_prefix() {
    for line in DEFAULT.lines() {
        assert!(
            !line.starts_with("C-a ") && !line.starts_with("C-b "),
            "{line}"
        );
    }
}

#[test]
fn mistakes_are_named_with_their_place_and_the_nearest_name() {
    let problems = own("\
[normal]
q = \"quitt\"
G = 7
S-g = \"last\"
g = { x = \"open\" }
C-s = \"quit\"
C-S = \"quit\"
[feild]
x = \"quit\"
[field]
x = \"back\"
C-m = \"open\"
")
    .unwrap_err();
    assert_eq!(
        problems,
        "\
keymap.toml:2:5: there is no command \"quitt\"; did you mean \"quit\"?
keymap.toml:3:5: a key is bound to the name of a command in quotes, or to a group { label = \"…\", … }
keymap.toml:4:1: write the character that Shift makes (\"G\" for example) instead of S-
keymap.toml:5:5: a group needs a label = \"…\"
keymap.toml:7:1: C-s is bound here already
keymap.toml:8:2: there is no mode \"feild\"; did you mean \"field\"?
keymap.toml:11:1: x is text in a field; choose a key with C- or A-, an F-key, Tab, Enter or Esc
keymap.toml:12:1: terminals send Enter for C-m; write Enter"
    );
}

#[test]
fn a_map_of_ones_own_is_laid_over_and_a_wrong_one_changes_nothing() {
    let path = Path::new("keymap.toml");
    let text = "[normal]\nQ = \"quit\"\nq = \"none\"\n[normal.g]\nlabel = \"jump\"\nz = \"zoom\"\n";
    let (keymap, problems) = load(Some((path, text)));
    assert!(problems.is_none());
    assert_eq!(
        hint(&keymap, Mode::Jobs, Command::Quit).as_deref(),
        Some("Q")
    );
    assert_eq!(keymap.lookup(Mode::Jobs, &keys("q")), Lookup::Nothing);
    assert_eq!(
        keymap.lookup(Mode::Jobs, &keys("g z")),
        Lookup::Command(Command::Zoom)
    );
    assert_eq!(
        keymap.lookup(Mode::Jobs, &keys("g g")),
        Lookup::Command(Command::First)
    );
    assert_eq!(keymap.next(Mode::Jobs, &keys("g")).0, "jump");
    let (keymap, problems) = load(Some((path, "[normal]\nQ = \"quit\"\nx = \"nonsense\"\n")));
    assert!(problems.is_some());
    assert_eq!(keymap, shipped());
}

#[test]
fn a_hint_never_names_a_key_that_does_something_else_here() {
    let keymap = shipped();
    for info in TABLE {
        for mode in Mode::ALL {
            for keys in keymap.keys(mode, info.command) {
                assert_eq!(keymap.lookup(mode, &keys), Lookup::Command(info.command));
            }
        }
    }
    // "n" is another command on the Restores screen than elsewhere.
    assert_eq!(
        hint(&keymap, Mode::Jobs, Command::ShowNew).as_deref(),
        Some("n")
    );
    assert_eq!(hint(&keymap, Mode::Restores, Command::ShowNew), None);
}

#[test]
fn chords_wait_and_end() {
    let keymap = shipped();
    let mut resolver = Resolver::default();
    let mut press = |mode, key: &str| resolver.key(&keymap, mode, key.parse().unwrap());
    assert!(matches!(press(Mode::Jobs, "g"), Some(Msg::PendingKeys(k)) if k == ["g"]));
    assert!(matches!(
        press(Mode::Jobs, "a"),
        Some(Msg::Command(Command::ScreenAlerts))
    ));
    press(Mode::Jobs, "g");
    assert!(matches!(press(Mode::Jobs, "Esc"), Some(Msg::PendingKeys(k)) if k.is_empty()));
    assert!(matches!(
        press(Mode::Jobs, "Esc"),
        Some(Msg::Command(Command::Back))
    ));
    press(Mode::Jobs, "g");
    assert!(matches!(press(Mode::Jobs, "Q"), Some(Msg::PendingKeys(k)) if k.is_empty()));
    // A chord does not reach into another mode.
    press(Mode::Jobs, "g");
    assert!(matches!(
        press(Mode::Field, "a"),
        Some(Msg::Edit(Edit::Insert('a')))
    ));
}

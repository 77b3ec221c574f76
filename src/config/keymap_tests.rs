use super::*;
use crate::{
    input::{Lookup, Resolver},
    state::{
        command::Mode,
        msg::{Edit, Msg},
    },
};

fn own(text: &str) -> Result<Keymap, String> {
    let base = &mut |name: Option<&str>| Ok(super::shipped(name.unwrap_or(DEFAULT)).unwrap());
    parse(Path::new("keymap.toml"), text, base).map_err(|problems| problems.to_string())
}

fn shipped() -> Keymap {
    super::shipped(DEFAULT).unwrap()
}

fn hint(keymap: &Keymap, mode: Mode, command: Command) -> Option<String> {
    keymap.labels().key(mode, command).map(str::to_owned)
}

fn keys(text: &str) -> Vec<Key> {
    text.split(' ').map(|key| key.parse().unwrap()).collect()
}

#[test]
fn every_shipped_map_has_no_mistakes_and_reaches_every_screen() {
    for (name, text) in SHIPPED {
        let keymap = super::shipped(name).unwrap();
        for mode in [
            Mode::Fleet,
            Mode::Jobs,
            Mode::Alerts,
            Mode::Restores,
            Mode::Incidents,
        ] {
            for (number, screen) in [
                ("1", Command::ScreenFleet),
                ("2", Command::ScreenJobs),
                ("3", Command::ScreenAlerts),
                ("4", Command::ScreenRestores),
                ("5", Command::ScreenIncidents),
            ] {
                assert_eq!(keymap.lookup(mode, &keys(number)), Lookup::Command(screen));
            }
        }
        for mode in Mode::ALL {
            let takes = match mode {
                Mode::Note => Command::NoteSave,
                _ => Command::Open,
            };
            for command in [Command::Back, takes] {
                let key = hint(&keymap, mode, command);
                assert!(key.is_some(), "{name} {mode:?} has no key for {command:?}");
            }
        }
        if *name != DEFAULT {
            let path = Path::new("vim.toml");
            assert_eq!(shadowed(path, text, &keymap), [], "{name}");
        }
    }
}

#[test]
fn vim_loses_no_command_and_has_what_hands_expect() {
    let (default, vim) = (shipped(), super::shipped("vim").unwrap());
    for mode in Mode::ALL {
        for info in TABLE {
            if hint(&default, mode, info.command).is_some() {
                let key = hint(&vim, mode, info.command);
                assert!(key.is_some(), "vim has no {} in {mode:?}", info.name);
            }
        }
    }
    for (mode, pressed, command) in [
        (Mode::Jobs, "g g", Command::First),
        (Mode::Jobs, "G", Command::Last),
        (Mode::Jobs, "C-f", Command::PageDown),
        (Mode::Jobs, "C-d", Command::PageDown),
        (Mode::Jobs, "C-u", Command::PageUp),
        (Mode::Jobs, "y y", Command::CopyId),
        (Mode::Jobs, "d d", Command::JobStop),
        (Mode::Restores, "d d", Command::CancelRestore),
        (Mode::Alerts, "C-w w", Command::NextPane),
        (Mode::Fleet, "z o", Command::Right),
        (Mode::Fleet, "Z Z", Command::Quit),
        (Mode::Fleet, ":", Command::Palette),
        (Mode::Wizard, "g g", Command::First),
        (Mode::Wizard, "C-d", Command::Dispatch),
        (Mode::Overlay, "G", Command::Last),
    ] {
        let found = vim.lookup(mode, &keys(pressed));
        assert_eq!(found, Lookup::Command(command), "{pressed}");
    }
    assert_eq!(vim.lookup(Mode::Jobs, &keys("q")), Lookup::Nothing);
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
    for (name, _) in SHIPPED {
        let keymap = super::shipped(name).unwrap();
        for mode in Mode::ALL {
            for prefix in ["C-a", "C-b"] {
                assert_eq!(
                    keymap.lookup(mode, &keys(prefix)),
                    Lookup::Nothing,
                    "{name}"
                );
            }
        }
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
[jobs.z]
label = \"z\"
Esc = \"back\"
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
keymap.toml:12:1: terminals send Enter for C-m; write Enter
keymap.toml:15:1: Esc leaves a group; choose another key"
    );
    assert_eq!(
        own("[normal]\nq = \"quit\"\nq = \"back\"\n").unwrap_err(),
        "keymap.toml:3:1: duplicate key"
    );
}

/// A key of `[normal]` that a screen takes for itself is in force, but surely not meant so.
#[test]
fn a_key_that_a_screen_takes_for_itself_is_told() {
    let text = "[normal]\nr = \"redraw\"\nQ = \"quit\"\n[jobs]\nr = \"redraw\"\n";
    let found = shadowed(Path::new("keymap.toml"), text, &own(text).unwrap());
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "keymap.toml:2:1: r is alert.resolve in [alerts] and restore.continue in [restores], \
          which comes before [normal]; bind it there too if it should do the same"
        ]
    );
}

#[test]
fn a_map_of_ones_own_is_laid_over_the_one_it_inherits() {
    let text = "[normal]\nQ = \"quit\"\nq = \"none\"\n[normal.g]\nlabel = \"jump\"\nz = \"zoom\"\n";
    let keymap = own(text).unwrap();
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
    let chord = keymap.chord(Mode::Jobs, &keys("g"));
    assert_eq!(
        (chord.label.as_str(), chord.keys),
        ("jump", vec!["g".to_owned()])
    );
    assert!(
        chord
            .next
            .iter()
            .any(|next| next.key == "z" && next.label == "zoom")
    );
    let vim = own("inherits = \"vim\"\n[normal]\nq = \"quit\"\n").unwrap();
    assert_eq!(
        vim.lookup(Mode::Jobs, &keys("q")),
        Lookup::Command(Command::Quit)
    );
    assert_eq!(
        vim.lookup(Mode::Jobs, &keys("Z Z")),
        Lookup::Command(Command::Quit)
    );
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
    assert!(matches!(press(Mode::Jobs, "g"), Some(Msg::Chord(c)) if c.keys == ["g"]));
    assert!(matches!(
        press(Mode::Jobs, "a"),
        Some(Msg::Command(Command::ScreenAlerts))
    ));
    press(Mode::Jobs, "g");
    assert!(matches!(press(Mode::Jobs, "Esc"), Some(Msg::Chord(c)) if c.keys.is_empty()));
    assert!(matches!(
        press(Mode::Jobs, "Esc"),
        Some(Msg::Command(Command::Back))
    ));
    press(Mode::Jobs, "g");
    assert!(matches!(press(Mode::Jobs, "Backspace"), Some(Msg::Chord(c)) if c.keys.is_empty()));
    assert!(matches!(
        press(Mode::Jobs, "Esc"),
        Some(Msg::Command(Command::Back))
    ));
    press(Mode::Jobs, "g");
    assert!(matches!(press(Mode::Jobs, "Q"), Some(Msg::Chord(c)) if c.keys.is_empty()));
    // A chord does not reach into another mode.
    press(Mode::Jobs, "g");
    assert!(matches!(
        press(Mode::Field, "a"),
        Some(Msg::Edit(Edit::Insert('a')))
    ));
}

//! Configuration that changes while the console runs.

use crate::support::{Home, pty::Term, trial};
use libtest_mimic::Trial;
use std::fs;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("reload::keys_follow_their_file", keys_follow_their_file),
        trial(
            "reload::colours_follow_the_theme_and_what_it_inherits",
            colours_follow_the_theme,
        ),
    ]
}

/// Writes as editors do: a new file in the place of the old one.
fn put(home: &Home, name: &str, text: &str) {
    let path = home.config().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, &path).unwrap();
}

fn keys_follow_their_file() {
    let home = Home::new();
    let mut term = Term::ocdeck(&home, &[], 120, 40);
    term.wait("OCDECK");
    put(&home, "keymap.toml", "[normal]\nx = \"help\"\n");
    term.wait("keymap reloaded");
    term.press(&["x"]);
    term.wait("Help · Fleet");
    term.press(&["Esc"]);
    term.wait_gone("Help · Fleet");

    // A mistake: the keys stay, and the screen says so until it is mended.
    put(&home, "keymap.toml", "[normal]\nx = \"hepl\"\n");
    term.wait("▲ 1 mistake in the configuration");
    term.wait("keymap.toml:2:5");
    term.press(&["x"]);
    term.wait("Help · Fleet");
    term.press(&["Esc"]);
    term.wait_gone("Help · Fleet");
    term.press(&["g"]);
    term.wait("configuration");
    term.press(&[","]);
    term.wait("did you mean \"help\"?");
    term.wait("what was good last stays in force");

    // Mended while the list is open, by a map that inherits; the file of it counts at once.
    put(&home, "keymaps/mine.toml", "[normal]\nx = \"none\"\n");
    put(
        &home,
        "keymap.toml",
        "inherits = \"mine\"\n[normal]\nY = \"help\"\n",
    );
    term.wait("no mistakes");
    term.wait("mine with keymap.toml");
    term.press(&["Esc"]);
    term.wait_gone("no mistakes");
    put(&home, "keymaps/mine.toml", "inherits = \"vmi\"\n");
    term.wait("▲ 1 mistake in the configuration");
    put(&home, "keymaps/mine.toml", "inherits = \"vim\"\n");
    term.wait_gone("▲ 1 mistake in the configuration");
    term.press(&["Z"]);
    term.wait("was pressed, waiting for the next key");
    term.press(&["Z"]);
    assert_eq!(term.exit(), 0);
}

fn colours_follow_the_theme() {
    let home = Home::new();
    let mut term = Term::ocdeck(&home, &[], 120, 40);
    term.wait("OCDECK");
    let ground = |screen: &vt100::Screen| screen.cell(0, 0).unwrap().bgcolor();
    let indexed = vt100::Color::Idx;
    term.until("the dark ground", |screen| ground(screen) == indexed(235));
    put(&home, "config.toml", "theme = \"mine\"\n");
    term.wait("there is no theme");
    put(&home, "themes/mine.toml", "inherits = \"base\"\n");
    put(&home, "themes/base.toml", "inherits = \"light\"\n");
    term.until("the light ground", |screen| ground(screen) == indexed(255));
    let own = "inherits = \"light\"\n[palette]\nbar = [\"000000\", 17, \"blue\"]\n";
    put(&home, "themes/base.toml", own);
    term.until("a ground of one's own", |screen| {
        ground(screen) == indexed(17)
    });
    fs::remove_file(home.config().join("config.toml")).unwrap();
    term.until("the dark ground again", |screen| {
        ground(screen) == indexed(235)
    });
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
}

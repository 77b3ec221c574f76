//! What is good comes into force, what is not leaves what was good last.

use super::*;
use std::fs;

struct Desk {
    folder: tempfile::TempDir,
    loader: Loader,
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    for name in ["themes", "keymaps"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let loader = Loader::new(Wanted {
        folder: folder.path().to_owned(),
        theme: None,
        keymap: None,
        colours: Colours::True,
        ascii: false,
    });
    Desk { folder, loader }
}

impl Desk {
    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Mistakes, each as one line.
    fn mistakes(&mut self) -> Vec<String> {
        let config = self.loader.load().config;
        let line = |Remark { place, text }: &Remark| format!("{place}: {text}");
        config.mistakes.iter().map(line).collect()
    }
}

#[test]
fn without_files_everything_is_as_shipped() {
    let mut desk = desk();
    let now = desk.loader.load();
    assert_eq!(now.keymap, keymap::shipped("default").unwrap());
    assert_eq!(
        (now.config.theme.as_str(), now.config.keymap.as_str()),
        ("dark", "default")
    );
    assert!(now.config.files.is_empty() && now.config.mistakes.is_empty());
    assert!(now.changed.is_empty());
    // What may come is looked at already.
    for name in [
        "config.toml",
        "keymap.toml",
        "themes/dark.toml",
        "keymaps/default.toml",
    ] {
        let path = desk.folder.path().join(name);
        assert!(desk.loader.files().files().contains(&path), "{name}");
    }
}

#[test]
fn what_changes_is_named_and_inherited_files_count() {
    let mut desk = desk();
    desk.loader.load();
    desk.write("config.toml", "theme = \"mine\"\nkeymap = \"mine\"\n");
    desk.write("themes/mine.toml", "inherits = \"base\"\n");
    desk.write("themes/base.toml", "inherits = \"light\"\n");
    desk.write("keymaps/mine.toml", "inherits = \"vim\"\n");
    let now = desk.loader.load();
    assert_eq!(now.config.mistakes, []);
    assert_eq!(now.changed, ["theme", "keymap"]);
    assert_eq!(
        now.config.files,
        [
            "config.toml",
            "keymaps/mine.toml",
            "themes/base.toml",
            "themes/mine.toml"
        ]
    );
    assert!(desk.loader.load().changed.is_empty());
    desk.write("themes/base.toml", "inherits = \"dark\"\n");
    assert_eq!(desk.loader.load().changed, ["theme"]);
    desk.write("keymap.toml", "[normal]\nQ = \"quit\"\n");
    let now = desk.loader.load();
    assert_eq!(now.changed, ["keymap"]);
    assert_eq!(now.config.keymap, "mine with keymap.toml");
}

#[test]
fn what_was_good_last_stays_in_force_and_every_mistake_is_named() {
    let mut desk = desk();
    desk.write("config.toml", "theme = \"light\"\n");
    desk.write("keymap.toml", "[normal]\nQ = \"quit\"\n");
    let good = desk.loader.load();
    desk.write("config.toml", "theme = \"drak\"\n");
    desk.write("keymap.toml", "[normal]\nQ = \"quitt\"\n");
    let bad = desk.loader.load();
    assert!(bad.changed.is_empty());
    assert_eq!(bad.keymap, good.keymap);
    assert_eq!(bad.config.theme, "light");
    let mistakes = desk.mistakes();
    assert!(
        mistakes[0]
            .starts_with("config.toml:1:9: there is no theme \"drak\"; did you mean \"dark\"?"),
        "{mistakes:?}"
    );
    assert_eq!(
        mistakes[1],
        "keymap.toml:2:5: there is no command \"quitt\"; did you mean \"quit\"?"
    );
    // A mistake in one file does not keep another from coming into force.
    desk.write("config.toml", "theme = \"dark\"\n");
    let now = desk.loader.load();
    assert_eq!(now.changed, ["theme"]);
    assert_eq!(now.config.mistakes.len(), 1);
    desk.write("keymap.toml", "");
    assert_eq!(desk.mistakes(), Vec::<String>::new());
}

#[test]
fn a_broken_config_toml_keeps_the_theme_that_it_chose() {
    let mut desk = desk();
    desk.write("config.toml", "theme = \"light\"\n");
    desk.loader.load();
    desk.write("config.toml", "theme = \"light\n");
    assert_eq!(desk.loader.load().config.theme, "light");
    assert!(
        desk.mistakes()[0].starts_with("config.toml:1:"),
        "{:?}",
        desk.mistakes()
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let mut desk = desk();
    fs::create_dir(desk.folder.path().join("keymap.toml")).unwrap();
    fs::write(desk.folder.path().join("config.toml"), b"theme = \"\xff\"").unwrap();
    let mistakes = desk.mistakes();
    assert!(
        mistakes[0].starts_with("config.toml: cannot be read: "),
        "{mistakes:?}"
    );
    assert!(
        mistakes[1].starts_with("keymap.toml: cannot be read: "),
        "{mistakes:?}"
    );
}

#[test]
fn who_asks_at_the_start_is_before_config_toml() {
    let mut desk = desk();
    desk.write("config.toml", "theme = \"light\"\nkeymap = \"default\"\n");
    desk.loader.wanted.theme = Some("ansi16".to_owned());
    desk.loader.wanted.keymap = Some("vmi".to_owned());
    let now = desk.loader.load();
    assert_eq!(now.config.theme, "ansi16");
    let mistakes = desk.mistakes();
    assert!(
        mistakes[0].starts_with("command line: there is no keymap \"vmi\"; did you mean \"vim\"?"),
        "{mistakes:?}"
    );
}

//! Every kind of file that people write, as samples: the good ones are read without a word, the
//! bad ones answered with exactly the words that stand beside them.

use crate::{support::trial, tidy::root};
use libtest_mimic::Trial;
use ocdeck::config::{
    counted::Counted,
    fleet, keymap, policy, settings,
    shelf::{NoBase, Shelf},
    theme::{self, Theme},
    toml::Problems,
};
use ocdeck_appliance::config::ConfigError;
use std::{
    fs,
    path::{Path, PathBuf},
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("configs::good_samples_are_read", good_samples),
        trial("configs::bad_samples_are_answered", bad_samples),
        trial("configs::what_ships_is_good", what_ships),
    ]
}

const KINDS: [&str; 6] = ["config", "theme", "keymap", "fleet", "policy", "appliance"];

/// What is wrong with a file, as a person reads it; empty: nothing.
fn mistakes(kind: &str, file: &Path) -> String {
    // Mistakes name a file as it was named: here by its name alone.
    let name = Path::new(file.file_name().unwrap());
    let text = fs::read_to_string(file).unwrap();
    let words = |problems: Problems| problems.to_string();
    let found = match kind {
        "config" => settings::parse(name, &text).err().map(words),
        "theme" => {
            let counts = Counted::default();
            let shelf = theme::shelf(Path::new("nowhere"), &counts);
            let base =
                &mut |base: Option<&str>| base.map_or(Ok(Theme::default()), |b| shelf.get(b));
            Theme::parse(name, &text, base).err().map(words)
        }
        "keymap" => {
            let counts = Counted::default();
            let shelf = keymap::shelf(Path::new("nowhere"), &counts);
            let base = &mut |base: Option<&str>| shelf.get(base.unwrap_or(keymap::DEFAULT));
            keymap::parse(name, &text, base).err().map(words)
        }
        "fleet" => fleet::parse(name, &text).err().map(words),
        "policy" => policy::parse(name, &text).err().map(words),
        "appliance" => match ocdeck_appliance::config::read(file) {
            Err(error @ ConfigError::Invalid { .. }) => {
                let folder = format!("{}/", file.parent().unwrap().display());
                Some(error.to_string().replace(&folder, ""))
            }
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        },
        other => panic!("{other}"),
    };
    found.unwrap_or_default()
}

fn samples(folder: &str, kind: &str) -> Vec<PathBuf> {
    let folder = root().join("tests/configs").join(folder).join(kind);
    let entries = fs::read_dir(&folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

fn good_samples() {
    for kind in KINDS {
        for file in samples("valid", kind) {
            assert_eq!(mistakes(kind, &file), "", "{}", file.display());
        }
    }
}

/// The words stand in a file of the same name that ends in `.txt`.
fn bad_samples() {
    let mut wrong = Vec::new();
    for kind in KINDS {
        for file in samples("invalid", kind) {
            let found = mistakes(kind, &file);
            let words = fs::read_to_string(file.with_extension("txt")).unwrap_or_default();
            if words.trim().is_empty() || found.trim_end() != words.trim_end() {
                let file = file.with_extension("txt");
                wrong.push(format!("--- {} should be:\n{found}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn what_ships() {
    fn good<T: Default>(shelf: &Shelf<'_, T>) {
        for (name, _) in shelf.shipped {
            match shelf.get(name) {
                Ok(_) => {}
                Err(NoBase::Refused(why)) => panic!("{name}: {why}"),
                Err(NoBase::Mistakes(problems)) => panic!("{problems}"),
            }
        }
    }
    let counts = Counted::default();
    good(&theme::shelf(Path::new("nowhere"), &counts));
    good(&keymap::shelf(Path::new("nowhere"), &counts));
    // Every file in the two folders is one that ships.
    for (folder, shipped) in [("themes", theme::SHIPPED), ("keymaps", keymap::SHIPPED)] {
        let files = fs::read_dir(root().join(folder)).unwrap();
        assert_eq!(files.count(), shipped.len(), "{folder}");
    }
}

//! Truth in hints: every `ocdeck …` that a screen, a message or a page names is one that can be
//! typed, with its subcommands and flags.

use crate::{support::trial, tidy};
use clap::Command;
use libtest_mimic::Trial;
use std::{collections::BTreeSet, fs, path::Path};

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "truth::every_command_that_is_named_exists",
            every_command_exists,
        ),
        trial(
            "truth::what_does_not_exist_is_found",
            what_does_not_exist_is_found,
        ),
    ]
}

/// What people read: sources that print or draw, shipped files and pages.
const PLACES: [&str; 8] = [
    "src",
    "trust/src",
    "appliance/src",
    "themes",
    "keymaps",
    "README.md",
    "CONTRIBUTING.md",
    "docs",
];

fn every_command_exists() {
    let mut command = ocdeck::cli::command();
    command.build();
    let mut named = BTreeSet::new();
    let mut wrong = Vec::new();
    for place in PLACES {
        visit(&tidy::root().join(place), &mut |path, text| {
            for words in mentions(text) {
                match resolve(&command, &words) {
                    Ok(names) => {
                        named.insert(names);
                    }
                    Err(why) => wrong.push(format!(
                        "{}: ocdeck {}: {why}",
                        path.display(),
                        words.join(" ")
                    )),
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The words were found at all.
    for name in [
        "demo",
        "init",
        "doctor",
        "pki issue person",
        "appliance serve",
    ] {
        assert!(
            named.contains(name),
            "nothing names ocdeck {name}: {named:?}"
        );
    }
}

fn visit(path: &Path, each: &mut dyn FnMut(&Path, &str)) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            visit(&entry.unwrap().path(), each);
        }
    } else if let Ok(text) = fs::read_to_string(path) {
        each(path, &text);
    }
}

/// The words behind each `ocdeck ` that go on with a command, or that stand in backticks.
fn mentions(text: &str) -> Vec<Vec<String>> {
    // A string that goes on in the next line is one.
    let text = joined(text);
    let mut found = Vec::new();
    let parts: Vec<&str> = text.split("ocdeck ").collect();
    for pair in parts.windows(2) {
        let quoted = pair[0].ends_with('`');
        let rest = pair[1]
            .split(['`', '\n', '"', ';', ',', '(', '\\'])
            .next()
            .unwrap();
        let words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
        let first = words.first().map_or("", String::as_str);
        let known = ocdeck::cli::command().find_subcommand(first).is_some();
        // Prose goes on with other words ("ocdeck ended by a mistake").
        if known || quoted && first.starts_with(|c: char| c.is_ascii_lowercase()) {
            found.push(words);
        }
    }
    found
}

fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.split('\n') {
        if joined.ends_with('\\') && !joined.ends_with("\\n\\") {
            joined.pop();
            joined.push_str(line.trim_start());
        } else {
            joined.push('\n');
            joined.push_str(line);
        }
    }
    joined
}

/// The names of the subcommands; fails with the word that does not exist.
fn resolve(command: &Command, words: &[String]) -> Result<String, String> {
    let mut at = command;
    let mut names = Vec::new();
    // What stands behind `#` is said to the reader.
    let mut words = words.iter().take_while(|word| *word != "#");
    while let Some(word) = words.next() {
        let word = word.trim_end_matches(['.', ':', ')', '?']);
        if let Some(whole) = word.strip_prefix("--") {
            let flag = whole.split('=').next().unwrap_or(whole);
            let known = at
                .get_arguments()
                .find(|argument| argument.get_long() == Some(flag));
            if known.is_none() && !["help", "version"].contains(&flag) {
                return Err(format!("there is no --{flag}"));
            }
            let takes = known.is_some_and(|argument| argument.get_action().takes_values());
            if takes && flag == whole {
                words.next();
            }
        } else if let Some(below) = at.find_subcommand(word) {
            at = below;
            names.push(below.get_name().to_owned());
        } else if at.has_subcommands() && names.is_empty() {
            return Err(format!("there is no {word}"));
        } else if at.has_subcommands() && word.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(format!("{} has no {word}", names.join(" ")));
        }
    }
    Ok(names.join(" "))
}

fn what_does_not_exist_is_found() {
    let mut command = ocdeck::cli::command();
    command.build();
    let wrong = |text: &str| {
        let mentions = mentions(text);
        assert_eq!(mentions.len(), 1, "{text}: {mentions:?}");
        resolve(&command, &mentions[0]).unwrap_err()
    };
    assert_eq!(wrong("run `ocdeck docter`"), "there is no docter");
    assert_eq!(wrong("run: ocdeck pki isue person"), "pki has no isue");
    assert_eq!(wrong("`ocdeck doctor --jsn`"), "there is no --jsn");
    assert_eq!(wrong("run: ocdeck pki \\\n    isue"), "pki has no isue");
    assert_eq!(
        wrong("ocdeck handover --format json lst"),
        "handover has no lst"
    );
    let said = mentions("    ocdeck handover --format json # what is in it");
    assert_eq!(resolve(&command, &said[0]).unwrap(), "handover");
    assert!(mentions("the console of ocdeck ended by a mistake").is_empty());
    assert!(mentions("ocdeck ended by a mistake").is_empty());
}

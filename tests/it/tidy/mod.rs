//! The walls of the house, as tests: each rule is a direction of ARCHITECTURE.md, and an
//! offence names the direction's number and the line.

mod directions;
mod getters;
mod licences;
mod source;

use libtest_mimic::{Failed, Trial};
use source::SourceFile;
use std::path::{Path, PathBuf};

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "tidy::the_sources_keep_the_directions",
            sources_keep_directions,
        ),
        Trial::test(
            "tidy::every_direction_can_be_broken",
            directions::each_can_be_broken,
        ),
        Trial::test(
            "tidy::domain_needs_only_what_direction_1_allows",
            domain_dependencies,
        ),
        Trial::test("tidy::enum_getters_are_banned", getters::all_are_banned),
        Trial::test("tidy::files_have_one_job", files_are_short),
        Trial::test(
            "tidy::invariants_name_tests_that_exist",
            invariants_have_tests,
        ),
        Trial::test(
            "licences::all_are_allowed_and_from_the_registry",
            licences::check,
        ),
    ]
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files of the workspace that are not generated, by path from its root.
pub fn sources() -> Vec<SourceFile> {
    let mut files = Vec::new();
    for top in [
        "src",
        "domain",
        "proto",
        "trust",
        "widgets",
        "appliance",
        "faults",
        "tests",
        "benches",
    ] {
        collect(&root().join(top), &mut files);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(folder: &Path, into: &mut Vec<SourceFile>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|n| n != "target") {
            collect(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(SourceFile::read(&root(), &path));
        }
    }
}

fn sources_keep_directions() -> Result<(), Failed> {
    let files = sources();
    assert!(files.len() > 20, "the sources were not found");
    let offences: Vec<String> = files.iter().flat_map(directions::offences).collect();
    if offences.is_empty() {
        Ok(())
    } else {
        Err(offences.join("\n").into())
    }
}

fn domain_dependencies() -> Result<(), Failed> {
    let text = std::fs::read_to_string(root().join("domain/Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let allowed = [
        "chrono",
        "chrono-tz",
        "serde",
        "serde_json",
        "thiserror",
        "uuid",
    ];
    for name in manifest["dependencies"].as_table().unwrap().keys() {
        if !allowed.contains(&name.as_str()) {
            return Err(format!("direction 1: domain/Cargo.toml: depends on {name}").into());
        }
    }
    let features = &manifest["dependencies"]["uuid"];
    let made = features.to_string().contains("\"v4\"") || features.to_string().contains("\"v7\"");
    if made {
        return Err("direction 1: domain/Cargo.toml: uuid may not make new ids".into());
    }
    Ok(())
}

/// Lines that a file may have before it surely has two jobs.
const MOST_LINES: usize = 600;

fn files_are_short() -> Result<(), Failed> {
    let long: Vec<String> = sources()
        .iter()
        .filter(|f| f.lines() > MOST_LINES)
        .map(|f| format!("{}: {} lines, at most {MOST_LINES}", f.path, f.lines()))
        .collect();
    if long.is_empty() {
        Ok(())
    } else {
        Err(long.join("\n").into())
    }
}

/// Every invariant of ARCHITECTURE.md names tests, and each of them stands in the sources.
fn invariants_have_tests() -> Result<(), Failed> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, invariants) = text.split_once("## Invariants").unwrap();
    let sources: Vec<SourceFile> = sources();
    for invariant in invariants.split("- **I").skip(1) {
        let number = invariant.split("**").next().unwrap();
        let tests: Vec<&str> = invariant.split('`').skip(1).step_by(2).collect();
        if tests.is_empty() {
            return Err(format!("ARCHITECTURE.md: I{number} names no test").into());
        }
        for test in tests {
            if !sources.iter().any(|file| file.defines(test)) {
                return Err(format!("ARCHITECTURE.md: I{number}: there is no test {test}").into());
            }
        }
    }
    Ok(())
}

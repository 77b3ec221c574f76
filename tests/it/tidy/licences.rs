//! Licences and sources of everything that is built in, from the lock file alone.

use libtest_mimic::Failed;
use serde_json::Value;
use std::process::Command;

/// Licences that may be built in. MPL-2.0 is there for one crate used unchanged.
const ALLOWED: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "MPL-2.0",
    "Unicode-3.0",
    "BSL-1.0",
    "CC0-1.0",
    "Unlicense",
    "MIT-0",
];

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Every package has an allowed licence and comes from crates.io; duplicates are printed.
pub fn check() -> Result<(), Failed> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(super::root())
        .output()
        .unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "the packages were not found");
    let mut offences: Vec<String> = packages.iter().filter_map(offence).collect();
    print_duplicates(packages);
    if offences.is_empty() {
        return Ok(());
    }
    offences.sort();
    Err(offences.join("\n").into())
}

fn offence(package: &Value) -> Option<String> {
    let name = format!(
        "{} {}",
        package["name"].as_str()?,
        package["version"].as_str()?
    );
    match package["source"].as_str() {
        None | Some(REGISTRY) => {}
        Some(other) => return Some(format!("{name}: comes from {other}")),
    }
    let Some(licence) = package["license"].as_str() else {
        return Some(format!("{name}: names no licence"));
    };
    let parsed = match spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX) {
        Ok(parsed) => parsed,
        Err(e) => return Some(format!("{name}: licence {licence}: {e}")),
    };
    let allowed = parsed.evaluate(|req| {
        let id = req.license.id().map(|id| id.name);
        id.is_some_and(|id| ALLOWED.contains(&id))
    });
    (!allowed).then(|| format!("{name}: licence {licence} is not allowed"))
}

fn print_duplicates(packages: &[Value]) {
    let mut names: Vec<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    names.sort_unstable();
    let mut twice: Vec<&str> = names
        .windows(2)
        .filter(|w| w[0] == w[1])
        .map(|w| w[0])
        .collect();
    twice.dedup();
    println!("in more than one version: {}", twice.join(", "));
}

//! `ocdeck desk directory`: applied, shown, told apart, and never half.

use crate::support::{Home, both, trial};
use libtest_mimic::Trial;
use std::fs;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("directory::revisions_are_applied_and_shown", revisions),
        trial("directory::mistakes_change_nothing", mistakes),
    ]
}

const FLEET: &str = r#"# ours
[me]
cert = "mara.pem"
key = "mara.key"
ca = "ca.pem"

[[party]]
id = "provider"

[[tenant]]
id = "acme"
parent = "provider"

[[appliance]]
id = "acme-01"
address = "10.0.0.1:7443"
"#;

fn apply(home: &Home, files: &[&str]) -> (bool, String) {
    let files = files.iter().map(|file| home.path().join(file));
    let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
    let mut arguments = vec!["desk", "directory", "apply", "--yes"];
    arguments.extend(files.iter().map(String::as_str));
    let output = home.run(&arguments);
    (output.status.success(), both(&output))
}

fn revisions() {
    let home = Home::new();
    let file = home.path().join("fleet.toml");
    fs::write(&file, FLEET).unwrap();
    let (done, said) = apply(&home, &["fleet.toml"]);
    assert!(done, "{said}");
    assert!(
        said.contains("+ tenant acme") && said.contains("revision 1 is in force"),
        "{said}"
    );
    assert!(apply(&home, &["fleet.toml"]).1.contains("nothing changes"));

    let next = FLEET.replace(
        "parent = \"provider\"\n",
        "parent = \"provider\"\ntime_zone = \"Europe/Berlin\"\n",
    );
    fs::write(&file, next).unwrap();
    fs::write(
        home.path().join("policy.toml"),
        "[restore.system]\nrespond = 600\n",
    )
    .unwrap();
    let (done, said) = apply(&home, &["fleet.toml", "policy.toml"]);
    assert!(done, "{said}");
    assert!(
        said.contains("~ tenant acme: time_zone UTC → Europe/Berlin"),
        "{said}"
    );
    assert!(
        said.contains("~ policy restore.system.respond 900 → 600"),
        "{said}"
    );

    let shown = both(&home.run(&["desk", "directory", "show", "fleet.toml"]));
    assert!(
        shown.starts_with("# ours\n[[party]]"),
        "[me] stays local: {shown}"
    );
    let first = both(&home.run(&["desk", "directory", "show", "--revision", "1"]));
    assert!(!first.contains("Berlin"), "{first}");
    let history = both(&home.run(&["desk", "directory", "history"]));
    assert_eq!(history.lines().count(), 2, "{history}");
}

fn mistakes() {
    let home = Home::new();
    fs::write(
        home.path().join("fleet.toml"),
        FLEET.replace("parent = \"provider\"", "parent = \"provder\""),
    )
    .unwrap();
    let (done, said) = apply(&home, &["fleet.toml"]);
    assert!(
        !done && said.contains("fleet.toml:12:10: there is no party \"provder\"; did you mean"),
        "{said}"
    );
    let history = both(&home.run(&["desk", "directory", "history"]));
    assert!(history.contains("no directory yet"), "{history}");
}

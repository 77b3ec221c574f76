//! `ocdeck desk directory`: applied, shown, told apart, and never half.

use crate::{
    desk::{Fresh, on_a_disk, on_a_server},
    support::{
        Home, both,
        fleet::{APPLIANCE, Fleet, serve},
        ocdeck,
        p1::console,
        postgres::trial_with_postgres,
        pty::Term,
        trial,
    },
};
use libtest_mimic::Trial;
use ocdeck_domain::journal::{LONGEST_DIRECTORY, Subject};
use std::{
    fs,
    process::{Child, Command, Stdio},
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("directory::revisions_are_applied_and_shown", revisions),
        trial("directory::mistakes_change_nothing", mistakes),
        trial("directory::of_two_at_once_one_has_it", || {
            two_at_once(&on_a_disk());
        }),
        trial_with_postgres("directory::of_two_at_once_one_has_it_on_postgres", || {
            two_at_once(&on_a_server());
        }),
        trial("directory::what_is_too_large_is_refused_unasked", too_large),
        trial("directory::links_follow_a_revision", links_follow),
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

/// Several people with a folder each, and one desk.
struct Writers<'a> {
    home: Home,
    fresh: &'a Fresh,
}

impl Writers<'_> {
    /// Who is who as this person wants it.
    fn write(&self, name: &str, tenant: &str) {
        let text = FLEET.replace("\"acme\"", &format!("\"{tenant}\""));
        let folder = self.home.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("fleet.toml"), text).unwrap();
    }

    fn arguments(&self, name: &str) -> Vec<String> {
        let file = format!("{name}/fleet.toml");
        let place = &self.fresh.place;
        let words = ["desk", "directory", "apply", &file, "--desk", place];
        words.map(str::to_owned).to_vec()
    }

    /// Applies without being asked.
    fn start(&self, name: &str) -> Child {
        Command::new(ocdeck())
            .args(self.arguments(name))
            .arg("--yes")
            .env_clear()
            .envs(self.home.environment())
            .env("USER", name)
            .current_dir(self.home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn apply(&self, name: &str) {
        let output = self.start(name).wait_with_output().unwrap();
        assert!(output.status.success(), "{}", both(&output));
    }

    /// Looks at the difference, and is asked.
    fn asked(&self, name: &str) -> Term {
        let arguments = self.arguments(name);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let term = Term::ocdeck(&self.home, &arguments, 200, 50);
        term.wait("apply? [y/N]");
        term
    }

    fn shown(&self) -> String {
        let words = ["desk", "directory", "show", "--desk", &self.fresh.place];
        both(&self.home.run(&words))
    }
}

/// One looks at the difference while the other applies; then six apply in one moment.
fn two_at_once(fresh: &Fresh) {
    let home = Home::new();
    let writers = Writers { home, fresh };
    // Another content: the slower one reads who was faster, and nothing of it is in force.
    writers.write("mara", "acme");
    writers.write("ben", "nova");
    let mut mara = writers.asked("mara");
    writers.apply("ben");
    mara.type_text("y");
    mara.press(&["Enter"]);
    mara.wait("ben applied revision 1 at ");
    mara.wait("; nothing of yours is in force");
    mara.wait("shows what differs from revision 1");
    assert_ne!(mara.exit(), 0);
    let shown = writers.shown();
    assert!(
        shown.contains("nova") && !shown.contains("\"acme\""),
        "{shown}"
    );
    // The same content: there is nothing to do, and no second revision.
    writers.write("mara", "tria");
    writers.write("ben", "tria");
    let mut mara = writers.asked("mara");
    writers.apply("ben");
    mara.type_text("y");
    mara.press(&["Enter"]);
    mara.wait("ben applied revision 2 at ");
    mara.wait("it says the same: nothing changes");
    assert_eq!(mara.exit(), 0);
    six_at_once(&writers);
}

/// Every one that is told so has its revision, whole and its own; two revisions were there.
fn six_at_once(writers: &Writers<'_>) {
    let names: Vec<String> = (0..6).map(|n| format!("person-{n}")).collect();
    for name in &names {
        writers.write(name, &format!("tenant-of-{name}"));
    }
    let children: Vec<_> = names.iter().map(|name| writers.start(name)).collect();
    let mut told = Vec::new();
    for (name, child) in names.iter().zip(children) {
        let output = child.wait_with_output().unwrap();
        let said = both(&output);
        if output.status.success() {
            let number = said.split(" is in force").next().unwrap();
            let number: usize = number.rsplit(' ').next().unwrap().parse().unwrap();
            told.push((number, name.clone()));
        } else {
            assert!(said.contains("nothing of yours is in force"), "{said}");
        }
    }
    told.sort();
    assert!(!told.is_empty());
    let history = writers.fresh.open("").history(&Subject::Directory).unwrap();
    let authors = history.iter().map(|r| r.record.actor.clone());
    let there: Vec<(usize, String)> = (1..).zip(authors).skip(2).collect();
    assert_eq!(there, told);
    for record in history.iter().skip(2) {
        let tenant = format!("tenant-of-{}", record.record.actor);
        assert!(record.record.body.contains(&tenant), "{tenant}");
    }
}

fn too_large() {
    let home = Home::new();
    // No desk is asked: there is none at this address.
    let nowhere = "postgresql://mara@/desk?host=/nowhere";
    let comment = format!("{FLEET}# {}\n", "x".repeat(LONGEST_DIRECTORY));
    fs::write(home.path().join("fleet.toml"), comment).unwrap();
    let words = [
        "desk",
        "directory",
        "apply",
        "fleet.toml",
        "--yes",
        "--desk",
        nowhere,
    ];
    let output = home.run(&words);
    let said = both(&output);
    assert!(!output.status.success(), "{said}");
    let size = "would take 32.0 MB of the desk, 171 B more than one revision may (32.0 MB); \
                fleet.toml has 32.0 MB: ";
    assert!(
        said.contains(&size.replace("171", &(FLEET.len() + 3).to_string())),
        "{said}"
    );
    assert!(
        said.contains("a desk of its own; nothing was changed"),
        "{said}"
    );
    // What is small as a file and large on the desk: quotes are two bytes there.
    let quotes = format!("{FLEET}# {}\n", "\"".repeat(LONGEST_DIRECTORY / 2 + 1));
    fs::write(home.path().join("fleet.toml"), quotes).unwrap();
    let (done, said) = apply(&home, &["fleet.toml"]);
    assert!(!done && said.contains("nothing was changed"), "{said}");
    let history = both(&home.run(&["desk", "directory", "history"]));
    assert!(history.contains("no directory yet"), "{history}");
    // Numbers alone are no directory.
    fs::write(
        home.path().join("policy.toml"),
        "[alert_life]\nacknowledged_p1 = 60\n",
    )
    .unwrap();
    let (done, said) = apply(&home, &["policy.toml"]);
    assert!(
        !done && said.contains("together with policy.toml"),
        "{said}"
    );
}

/// Another appliance, of another tenant; its part of a directory.
fn nova(home: &Home, address: &str) -> String {
    let text = fs::read_to_string(home.path().join("nova-01/fleet.toml")).unwrap();
    let own = text.split_once("[[tenant]]").unwrap().1;
    format!("[[tenant]]{}", own.replace("127.0.0.1:0", address))
}

/// A console runs; revisions add an appliance, take one away, and move one to another address.
fn links_follow() {
    let fleet = Fleet::start();
    let home = &fleet.home;
    fs::create_dir(home.path().join("fs02")).unwrap();
    fs::write(home.path().join("fs02/plan.txt"), "nova").unwrap();
    let made = home.run(&[
        "appliance",
        "init",
        "nova-01",
        "--protect",
        "fs02",
        "--pki",
        "pki",
        "--person",
        "mara",
        "--tenant",
        "nova",
        "--listen",
        "127.0.0.1:0",
    ]);
    assert!(made.status.success(), "{}", both(&made));
    let (mut first, address) = serve(home, "nova-01");
    let acme = fs::read_to_string(fleet.file()).unwrap();
    let both_of = |address: &str| format!("{acme}\n{}", nova(home, address));
    let revise = |text: &str| {
        let name = home.path().join("next.toml");
        fs::write(name, text).unwrap();
        let (done, said) = apply(home, &["next.toml"]);
        assert!(done, "{said}");
    };

    let mut term = console(&fleet);
    term.press(&["2"]);
    term.wait("erp01-files");
    revise(&both_of(&address));
    term.wait("● 2");
    term.wait("fs02-files");
    // It stands on the screen that was open, and nothing was started again.
    term.wait("erp01-files");

    // Another address: the same appliance, served anew on another port.
    first.kill().unwrap();
    first.wait().unwrap();
    term.wait("● 1");
    let (mut second, address) = serve(home, "nova-01");
    revise(&both_of(&address));
    term.wait("appliances 1 moved");
    term.wait("● 2");

    // The first one leaves: its rows go, the other's stay.
    let (begin, _) = acme.split_once("[[tenant]]").unwrap();
    revise(&format!("{begin}{}", nova(home, &address)));
    term.wait_gone("erp01-files");
    term.wait("appliances 1 left");
    term.wait("fs02-files");
    term.wait("● 1");
    term.press(&["1"]);
    term.wait_gone(APPLIANCE);
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
    second.kill().unwrap();
    second.wait().unwrap();
}

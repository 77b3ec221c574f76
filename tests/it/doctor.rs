//! `ocdeck doctor`, `init`, `completions` and `man`, as a person runs them.

use crate::support::{Home, both, pty::Term, trial};
use libtest_mimic::Trial;
use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        trial("doctor::names_the_command_that_mends_it", names_the_command),
        trial(
            "doctor::looks_at_the_terminal_it_is_in",
            looks_at_the_terminal,
        ),
        trial("doctor::is_json_for_a_script", is_json),
        trial("init::asks_writes_and_its_next_command_works", init_asks),
        trial(
            "init::takes_defaults_and_overwrites_nothing",
            init_takes_defaults,
        ),
        trial("manual::completions_and_pages_are_made", manual),
        trial("manual::every_help_fits_eighty_columns", helps_fit),
    ]
}

fn names_the_command() {
    let home = Home::new();
    let bare = home.run(&["doctor"]);
    assert_eq!(bare.status.code(), Some(1), "{}", both(&bare));
    assert!(
        both(&bare).contains("there is no fleet yet"),
        "{}",
        both(&bare)
    );
    assert!(both(&bare).contains("→ ocdeck init"), "{}", both(&bare));
    // Nothing is made by looking.
    assert!(!home.state().exists() && !home.config().exists());

    fs::create_dir_all(home.config()).unwrap();
    fs::write(home.config().join("config.toml"), "them = \"light\"\n").unwrap();
    fs::write(home.config().join("fleet.toml"), "[mee]\n").unwrap();
    let wrong = home.run(&["doctor"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", both(&wrong));
    for word in [
        "config.toml:1:1",
        "did you mean \"theme\"?",
        "fleet.toml:1:",
        "${EDITOR:-vi}",
    ] {
        assert!(both(&wrong).contains(word), "{word}: {}", both(&wrong));
    }
}

fn looks_at_the_terminal() {
    let home = Home::new();
    let term = Term::shell(&home, "\"$OCDECK\" doctor; echo code=$?", 70, 40);
    term.wait("code=1");
    for word in [
        "✓ kind",
        "TERM=xterm-256color",
        "▲ size",
        "70×40",
        "✓ colours",
        "✓ signs",
    ] {
        assert!(term.screen().contains(word), "{word}: {}", term.screen());
    }
    let script = "LANG=POSIX TERM=dumb \"$OCDECK\" doctor; echo code=$?";
    let mut term = Term::shell(&home, script, 120, 40);
    term.wait("code=2");
    for word in ["x kind", "> export TERM=xterm-256color", "! signs"] {
        assert!(term.screen().contains(word), "{word}: {}", term.screen());
    }
    assert_eq!(term.exit(), 0);
}

fn is_json() {
    let home = Home::new();
    let output = home.run(&["doctor", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = json["checks"].as_array().unwrap();
    let fleet = checks
        .iter()
        .find(|check| check["area"] == "fleet")
        .unwrap();
    assert_eq!(fleet["level"], "warning");
    assert_eq!(fleet["remedy"], "ocdeck init");
}

/// Runs the program with these lines on standard input.
fn answered(home: &Home, arguments: &[&str], lines: &str) -> Output {
    let mut child = Command::new(crate::support::ocdeck())
        .args(arguments)
        .env_clear()
        .envs(home.environment())
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn init_asks() {
    let home = Home::new();
    fs::create_dir(home.path().join("data")).unwrap();
    fs::write(home.path().join("data/letter.txt"), "Dear Ann,").unwrap();
    let lines = "mara\ntechnician\nacme\ndata\nbox1\n127.0.0.1:0\n";
    let output = answered(&home, &["init"], lines);
    let said = both(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Your short name [mara]: mara"), "{said}");
    let config = home.config();
    let next = format!(
        "ocdeck appliance serve --config {}/box1/appliance.toml",
        config.display()
    );
    assert!(said.contains(&next), "{said}");
    assert!(said.contains("\nthen:\n  ocdeck\n"), "{said}");

    // The next commands work: the appliance serves, the console finds the fleet by itself.
    let script = format!(
        "set -m\n\"$OCDECK\" appliance serve --config '{0}/box1/appliance.toml' >out 2>log &\n\
         until grep -q listening out; do :; done\n\
         sed -i \"s/127.0.0.1:0/$(sed 's/listening on //' out)/\" '{0}/fleet.toml'\n\
         \"$OCDECK\" doctor\necho code=$?\nread line\n\"$OCDECK\"\nkill %1",
        config.display()
    );
    let mut term = Term::shell(&home, &script, 120, 50);
    term.until("the doctor's end", |screen| {
        screen.contents().contains("code=")
    });
    let seen = term.screen();
    assert!(
        seen.contains("code=0") && seen.contains("all is well"),
        "{seen}"
    );
    assert!(seen.contains("✓ box1"), "{seen}");
    term.press(&["Enter"]);
    term.wait("● 1 up");
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);

    let again = answered(&home, &["init"], lines);
    assert_eq!(again.status.code(), Some(2), "{}", both(&again));
    assert!(
        both(&again).contains("is never overwritten"),
        "{}",
        both(&again)
    );
}

fn init_takes_defaults() {
    let home = Home::new();
    let output = home.run(&["init", "--yes", "--dir", "first"]);
    let said = both(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("ocdeck appliance init box1 --protect FOLDER --pki"),
        "{said}"
    );
    assert!(said.contains("ocdeck --fleet "), "{said}");
    let status = home.run(&["status", "--fleet", "first/fleet.toml"]);
    assert_eq!(status.status.code(), Some(0), "{}", both(&status));
    // What is there of an interrupted run is used: no key changes.
    let key = fs::read(home.path().join("first/pki/mara.key")).unwrap();
    fs::remove_file(home.path().join("first/fleet.toml")).unwrap();
    let again = home.run(&["init", "--yes", "--dir", "first"]);
    assert!(again.status.success(), "{}", both(&again));
    assert_eq!(
        fs::read(home.path().join("first/pki/mara.key")).unwrap(),
        key
    );
    let silent = answered(&home, &["init", "--dir", "second"], "");
    assert_eq!(silent.status.code(), Some(2), "{}", both(&silent));
    assert!(
        both(&silent).contains("`ocdeck init --yes`"),
        "{}",
        both(&silent)
    );
    assert!(!home.path().join("second").exists());
}

fn manual() {
    let home = Home::new();
    for (shell, word) in [
        ("bash", "complete -F _ocdeck"),
        ("zsh", "#compdef ocdeck"),
        ("fish", "complete -c ocdeck"),
    ] {
        let output = home.run(&["completions", shell]);
        assert!(output.status.success(), "{}", both(&output));
        let script = both(&output);
        assert!(script.contains(word), "{shell}");
        assert!(script.contains("doctor"), "{shell}");
    }
    let page = both(&home.run(&["man"]));
    assert!(page.contains(".TH ocdeck 1"), "{page}");
    let output = home.run(&["man", "man1"]);
    assert!(output.status.success(), "{}", both(&output));
    for page in ["ocdeck.1", "ocdeck-doctor.1", "ocdeck-pki-revoke.1"] {
        let path = home.path().join("man1").join(page);
        assert!(path.exists(), "{page}");
    }
    assert!(!home.path().join("man1/ocdeck-worker.1").exists());
}

/// Also the longest line of every command's help.
fn helps_fit() {
    fn visit(command: &mut clap::Command, path: &str) {
        let path = format!("{path} {}", command.get_name());
        let help = command.clone().term_width(80).render_help().to_string();
        assert!(help.contains("Usage:"), "{path}: {help}");
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(!about.is_empty(), "{path} does not say what it is for");
        // A usage may be as long as it must be.
        for line in help.lines().filter(|line| !line.starts_with("Usage:")) {
            assert!(line.chars().count() <= 80, "{path}: {line}");
        }
        for below in command.get_subcommands_mut() {
            if !below.is_hide_set() && below.get_name() != "help" {
                visit(below, &path);
            }
        }
    }
    let mut command = ocdeck::cli::command();
    command.build();
    visit(&mut command, "");
}

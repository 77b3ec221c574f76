//! What the README tells people to type, typed.

use crate::support::{Home, pty::Term, trial};
use libtest_mimic::Trial;
use std::{fs, path::Path};

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "readme::a_console_on_ones_own_folder_in_eight_lines",
            on_ones_own_servers,
        ),
        trial("readme::a_desk_for_several_people", a_desk),
        trial(
            "readme::every_picture_and_page_is_there",
            every_link_is_there,
        ),
    ]
}

fn readme() -> String {
    fs::read_to_string(crate::tidy::root().join("README.md")).unwrap()
}

/// The lines of one of the README's shell blocks, from 1.
fn shell_block(readme: &str, number: usize) -> Vec<&str> {
    let block = readme.split("```sh\n").nth(number).unwrap();
    let block = block.split("```").next().unwrap();
    block.lines().filter(|line| !line.is_empty()).collect()
}

fn on_ones_own_servers() {
    let readme = readme();
    let lines = shell_block(&readme, 1);
    assert!((1..=8).contains(&lines.len()), "{lines:#?}");
    let (console, before) = lines.split_last().unwrap();
    assert!(console.starts_with("ocdeck --fleet"), "{console}");
    assert!(
        before.iter().all(|line| line.starts_with("ocdeck ")),
        "{before:#?}"
    );

    let home = Home::new();
    fs::create_dir(home.path().join("Documents")).unwrap();
    fs::write(home.path().join("Documents/letter.txt"), "Dear Ann,").unwrap();
    // Port 7443 may be taken on the machine that runs the tests.
    let port = free_port();
    let script = format!(
        "set -e; PATH=$(dirname \"$OCDECK\"):$PATH\n{}\nsed -i 's/:7443/:{port}/' box1/*.toml\n{}\n{console}\nkill %1",
        before[..before.len() - 1].join("\n"),
        before[before.len() - 1],
    );
    let mut term = Term::shell(&home, &format!("set -m\n{script}"), 120, 40);
    term.until("the appliance to be up", |screen| {
        let text = screen.contents();
        text.contains("● 1 up") && text.contains("box1")
    });
    // The job runs soon after the start by itself: a real point of the folder.
    term.press(&["2"]);
    term.until("the first backup to be done", |screen| {
        screen.contents().contains("documents-files") && screen.contents().contains("✓")
    });
    term.press(&["q"]);
    assert_eq!(term.exit(), 0, "{}", term.screen());
    key_is_private(&home.path().join("box1/password"));
    key_is_private(&home.path().join("pki/ca.key"));
}

fn a_desk() {
    let readme = readme();
    let lines = shell_block(&readme, 2);
    let (group, commands) = lines.split_first().unwrap();
    assert_eq!(*group, "sudo groupadd ops");
    let home = Home::new();
    // What belongs to the machine: its root folder, its groups, and who may change them.
    let own = rustix::process::getegid().as_raw().to_string();
    let mut said = String::new();
    for line in commands {
        let line = line
            .trim_start_matches("sudo ")
            .replace(" ops", &format!(" {own}"));
        let line = line.replace("/srv", home.path().to_str().unwrap());
        let arguments: Vec<&str> = line.split(' ').skip(1).collect();
        let output = home.run(&arguments);
        assert!(
            output.status.success(),
            "{line}: {}",
            crate::support::both(&output)
        );
        said.push_str(&crate::support::both(&output));
    }
    for word in ["made the desk", "is sound", "exported", "imported"] {
        assert!(said.contains(word), "{said}");
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn key_is_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", path.display());
}

fn every_link_is_there() {
    let readme = readme();
    for part in readme.split("](").skip(1) {
        let link = part.split(')').next().unwrap();
        if !link.starts_with("http") {
            let path = crate::tidy::root().join(link);
            assert!(
                path.exists(),
                "README.md links to {link}, which is not there"
            );
        }
    }
}

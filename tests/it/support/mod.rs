//! What integration tests share: the built program, folders, deadlines, peers, a terminal.

pub mod books;
pub mod disk;
pub mod faketime;
pub mod fleet;
pub mod p1;
pub mod postgres;
pub mod pty;

use libtest_mimic::{Failed, Trial};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

/// How long anything may take before a test gives up. Generous: the machine may be busy, and a
/// test that passes never waits this long.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The variable that makes this binary play another process instead of running tests.
pub const ROLE: &str = "OCDECK_IT_ROLE";

/// The built program.
pub fn ocdeck() -> &'static str {
    env!("CARGO_BIN_EXE_ocdeck")
}

/// A home of one's own, gone at the end.
pub struct Home {
    pub dir: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn config(&self) -> PathBuf {
        self.path().join("config")
    }

    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// The variables of a program that lives here: nothing of the person who runs the tests.
    pub fn environment(&self) -> Vec<(String, String)> {
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        vec![
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("HOME".to_owned(), path(self.path().to_owned())),
            ("OCDECK_CONFIG_DIR".to_owned(), path(self.config())),
            ("OCDECK_STATE_DIR".to_owned(), path(self.state())),
            ("TERM".to_owned(), "xterm-256color".to_owned()),
            ("TZ".to_owned(), "UTC".to_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("USER".to_owned(), "mara".to_owned()),
        ]
    }

    /// Runs the program without a terminal and waits for its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(ocdeck())
            .args(arguments)
            .env_clear()
            .envs(self.environment())
            .current_dir(self.path())
            .output()
            .unwrap()
    }
}

/// Looks again and again until `look` gives something; panics at the deadline with what it
/// was waiting for.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A trial; its body panics when it fails.
pub fn trial(name: &str, body: fn()) -> Trial {
    trial_by(name, body)
}

/// As [`trial`], of a body that knows something.
pub fn trial_by(name: &str, body: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        body();
        Ok::<(), Failed>(())
    })
}

/// A trial that needs a foreign program: listed as ignored, with the package to install, when
/// it is missing; a failure then under `OCDECK_REQUIRE_PEERS=1`.
pub fn trial_with_peer(name: &str, program: &str, package: &str, body: fn()) -> Trial {
    trial_with_peer_by(name, program, package, body)
}

/// As [`trial_with_peer`], of a body that knows something.
pub fn trial_with_peer_by(
    name: &str,
    program: &str,
    package: &str,
    body: impl FnOnce() + Send + 'static,
) -> Trial {
    let there = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    });
    trial_if(there, name, (program, package), body)
}

/// A trial that needs something foreign of a package: listed as ignored, with the package to
/// install, when it is not `there`; a failure then under `OCDECK_REQUIRE_PEERS=1`.
pub fn trial_if(
    there: bool,
    name: &str,
    (what, package): (&str, &str),
    body: impl FnOnce() + Send + 'static,
) -> Trial {
    if there {
        return trial_by(name, body);
    }
    let missing = format!("{what} is missing: install the package {package}");
    let required = std::env::var("OCDECK_REQUIRE_PEERS").is_ok_and(|value| value == "1");
    Trial::test(format!("{name} ({missing})"), move || {
        Err(Failed::from(missing))
    })
    .with_ignored_flag(!required)
}

/// Standard output and standard error, for messages of failed tests.
pub fn both(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

//! A host's clock that a trial sets while a program runs: Debian's libfaketime under that program.
//! Only what tells the time of day is set; what never jumps on a real host does not jump here.

use super::trial_if;
use libtest_mimic::Trial;
use std::{fs, path::PathBuf};

/// A trial that sets a host's clock: listed as ignored, with the package to install, where the
/// library is missing; a failure then under `OCDECK_REQUIRE_PEERS=1`.
pub fn trial_with_faketime(name: &str, body: fn()) -> Trial {
    trial_if(
        is_there(),
        name,
        ("libfaketimeMT.so.1", "libfaketime"),
        body,
    )
}

/// Whether a host's clock can be set here.
pub fn is_there() -> bool {
    library().is_some()
}

/// Where Debian keeps it: in a folder named after the machine's kind.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.is_file())
}

/// The clock of a host, as the programs have it that run in its environment.
pub struct HostClock(tempfile::TempDir);

impl HostClock {
    /// One that is right.
    pub fn new() -> Self {
        let clock = Self(tempfile::tempdir().unwrap());
        clock.set("+0");
        clock
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("time")
    }

    /// Sets it so far from the right time: `+3h`.
    pub fn set(&self, by: &str) {
        // A program looks at any moment: never at half a file.
        let fresh = self.0.path().join("new");
        fs::write(&fresh, format!("{by}\n")).unwrap();
        fs::rename(fresh, self.file()).unwrap();
    }

    /// The variables of a program on this host.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        [
            ("LD_PRELOAD", text(library().unwrap())),
            ("FAKETIME_TIMESTAMP_FILE", text(self.file())),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}

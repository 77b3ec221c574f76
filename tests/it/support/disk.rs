//! A small disk of a trial's own, which becomes full and read-only as the trial wants: a tmpfs in
//! a mount namespace, so this binary plays the trial's body in a second process there.

use super::{ROLE, both, trial_by};
use libtest_mimic::Trial;
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Where the disk is mounted.
const FOLDER: &str = "OCDECK_IT_DISK";

/// A trial whose body, the role of this name, runs where a small disk is mounted. Listed as
/// ignored where none can be, a failure then under `OCDECK_REQUIRE_PEERS=1`.
pub fn trial_on_a_small_disk(name: &str, role: &'static str) -> Trial {
    let body = move || {
        let folder = tempfile::tempdir().unwrap();
        let output = on_a_disk_at(folder.path(), role);
        assert!(output.status.success(), "{}", both(&output));
    };
    let mount = "mount -t tmpfs -o size=1m tmpfs /mnt";
    let probe = Command::new("unshare")
        .args(["-Urm", "sh", "-c", mount])
        .output();
    let required = std::env::var_os("OCDECK_REQUIRE_PEERS").is_some_and(|value| value == "1");
    if required || probe.is_ok_and(|output| output.status.success()) {
        return trial_by(name, body);
    }
    let missing = format!("{name} (a small disk cannot be mounted here: package util-linux)");
    trial_by(&missing, body).with_ignored_flag(true)
}

fn on_a_disk_at(folder: &Path, role: &str) -> Output {
    let script = "mount -t tmpfs -o size=40m,mode=700 tmpfs \"$1\" || exit 77; exec \"$2\"";
    Command::new("unshare")
        .args(["-Urm", "sh", "-c", script, "sh"])
        .arg(folder)
        .arg(std::env::current_exe().unwrap())
        .env(ROLE, role)
        .env(FOLDER, folder)
        .output()
        .unwrap()
}

/// The disk, inside a role's process.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// The one that was mounted for this process.
    pub fn of_this_process() -> Self {
        Self(std::env::var_os(FOLDER).unwrap().into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Takes so much of it away.
    pub fn take(&self, bytes: usize) {
        fs::write(self.ballast(), vec![0; bytes]).unwrap();
    }

    /// Fills it to the last byte, and what became free since.
    pub fn fill(&self) {
        let file = File::options()
            .append(true)
            .create(true)
            .open(self.ballast());
        let mut file = file.unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        // What is left of a page.
        while file.write_all(&[0]).is_ok() {}
    }

    /// Makes room again.
    pub fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    /// `ro` or `rw`; whether that is so now: a disk that somebody writes does not become `ro`.
    pub fn remount(&self, mode: &str) -> bool {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,{mode}")])
            .arg(&self.0)
            .output();
        done.unwrap().status.success()
    }
}

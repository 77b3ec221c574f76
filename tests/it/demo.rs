//! The demo, as the README starts it: real appliances, real data, nothing left behind.

use crate::support::{DEADLINE, ocdeck, trial_with_peer};
use libtest_mimic::Trial;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// Seeding makes some thirty real backups on what may be a busy machine.
const SEEDED_WITHIN: Duration = Duration::from_secs(300);

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![trial_with_peer(
        "demo::is_real_stays_small_and_leaves_no_process",
        "restic",
        "restic",
        is_real_stays_small_and_leaves_no_process,
    )]
}

/// A demo without a console; killed when dropped.
struct Demo {
    child: Child,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    /// Starts it and waits until all is seeded; answers with the console's configuration.
    fn start(dir: &Path) -> (Self, PathBuf) {
        let mut child = Command::new(ocdeck())
            .args(["demo", "--no-console", "--dir"])
            .arg(dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let demo = Self { child };
        let (lines, told) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let deadline = Instant::now() + SEEDED_WITHIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = told.recv_timeout(left).expect("the demo says `ready`");
            if let Some(fleet) = line.strip_prefix("ready ") {
                return (demo, PathBuf::from(fleet));
            }
        }
    }

    /// The processes that it started.
    fn children(&self) -> Vec<u32> {
        let pid = self.child.id();
        fs::read_dir("/proc")
            .unwrap()
            .filter_map(|e| e.unwrap().file_name().to_str()?.parse().ok())
            .filter(|candidate| parent_of(*candidate) == Some(pid))
            .collect()
    }
}

/// The parent of a process; `None`: it is gone.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut words = after_name.split_whitespace();
    // A zombie is gone: nobody but its parent sees it.
    (words.next()? != "Z").then_some(())?;
    words.next()?.parse().ok()
}

fn is_real_stays_small_and_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let (demo, fleet) = Demo::start(&dir);
    assert_eq!(fleet, dir.canonicalize().unwrap().join("fleet.toml"));
    status_tells_of_all(&fleet, folder.path());
    small(&dir);
    repositories_are_sound(&dir);

    let children = demo.children();
    assert!(children.len() >= 6, "{children:?}");
    drop(demo);
    let deadline = Instant::now() + DEADLINE;
    while children.iter().any(|pid| parent_of(*pid).is_some()) {
        assert!(
            Instant::now() < deadline,
            "left after SIGKILL: {children:?}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Seven appliances, of which the one that is down is told as down, with a reason.
fn status_tells_of_all(fleet: &Path, home: &Path) {
    let output = Command::new(ocdeck())
        .args(["status", "--json", "--fleet"])
        .arg(fleet)
        .env("HOME", home)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "an appliance is down");
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let appliances = status["appliances"].as_array().unwrap();
    let with = |link: &str| appliances.iter().filter(|a| a["link"] == link).count();
    assert_eq!((with("live"), with("down")), (6, 1), "{status:#}");
    assert!(
        appliances
            .iter()
            .all(|a| a["jobs"].is_array() || a["jobs"].is_object())
    );
}

/// At most 60 MB and 4,000 files in all, repositories, keys and logs among them.
fn small(dir: &Path) {
    fn count(folder: &Path, files: &mut u64, bytes: &mut u64) {
        // What comes and goes meanwhile is not counted.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.metadata() else {
                continue;
            };
            if about.is_dir() {
                count(&entry.path(), files, bytes);
            } else {
                *files += 1;
                *bytes += about.len();
            }
        }
    }
    let (mut files, mut bytes) = (0, 0);
    count(dir, &mut files, &mut bytes);
    assert!(
        files <= 4_000 && bytes <= 60_000_000,
        "{files} files, {bytes} bytes"
    );
}

/// restic finds no fault in any repository, and at least three points of each managed tenant.
fn repositories_are_sound(dir: &Path) {
    let mut points: Vec<(String, usize)> = Vec::new();
    for appliance in fs::read_dir(dir).unwrap().flatten() {
        let password = appliance.path().join("password");
        if !password.exists() {
            continue;
        }
        for folder in fs::read_dir(appliance.path()).unwrap().flatten() {
            if !folder
                .file_name()
                .to_string_lossy()
                .starts_with("repository-")
            {
                continue;
            }
            let restic = |arguments: &[&str]| {
                Command::new("restic")
                    .args(["--no-cache", "--no-lock", "--repo"])
                    .arg(folder.path())
                    .arg("--password-file")
                    .arg(&password)
                    .args(arguments)
                    .output()
                    .unwrap()
            };
            let check = restic(&["check", "--read-data"]);
            assert!(
                check.status.success(),
                "{}: {}",
                folder.path().display(),
                String::from_utf8_lossy(&check.stderr)
            );
            let snapshots = restic(&["snapshots", "--json"]);
            let snapshots: Value = serde_json::from_slice(&snapshots.stdout).unwrap();
            for snapshot in snapshots.as_array().unwrap() {
                let host = snapshot["hostname"].as_str().unwrap().to_owned();
                match points.iter_mut().find(|(name, _)| *name == host) {
                    Some((_, count)) => *count += 1,
                    None => points.push((host, 1)),
                }
            }
        }
    }
    for system in ["erp01", "fs02", "hv02"] {
        let found = points.iter().find(|(name, _)| name == system);
        assert!(found.is_some_and(|(_, n)| *n >= 3), "{system}: {points:?}");
    }
}

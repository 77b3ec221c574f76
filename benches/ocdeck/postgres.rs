//! A PostgreSQL cluster of the bench's own, by Debian's programs: gone at the end.

use ocdeck::desk::postgres::{self, Address};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const OWNER: &str = "postgres";

/// A running cluster with a desk.
pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Cluster {
    /// Makes and starts it; `None`: PostgreSQL is not there.
    pub fn start() -> Option<Self> {
        let newest = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let newest = newest.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
        let cluster = Self {
            folder: tempfile::Builder::new().prefix("pg").tempdir().ok()?,
            programs: newest.max()?,
        };
        let owned = Command::new("chown")
            .arg(OWNER)
            .arg(cluster.path())
            .status();
        if rustix::process::geteuid().is_root() && !owned.ok()?.success() {
            return None;
        }
        let data = cluster.path().join("data");
        cluster.run(
            "initdb",
            &["--no-sync", "-A", "trust", "-U", OWNER, "-D"],
            &data,
        );
        let settings = format!(
            "-c listen_addresses='' -c unix_socket_directories={}",
            cluster.path().display()
        );
        let log = cluster.path().join("log");
        let log = log.to_str()?;
        cluster.run(
            "pg_ctl",
            &["start", "-w", "-l", log, "-o", &settings, "-D"],
            &data,
        );
        cluster.run("createdb", &["-U", OWNER, "desk", "-h"], cluster.path());
        let address = Address::parse(&cluster.url()).unwrap();
        postgres::init(&address, postgres::GROUP).unwrap();
        Some(cluster)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The desk.
    pub fn url(&self) -> String {
        format!("postgresql://{OWNER}@/desk?host={}", self.path().display())
    }

    /// The bytes that the desk takes.
    pub fn size(&self) -> u64 {
        let asked = self
            .command("psql")
            .args(["-X", "-A", "-t", "-U", OWNER, "-d", "desk", "-h"])
            .arg(self.path())
            .args(["-c", "SELECT pg_database_size('desk')"])
            .output();
        String::from_utf8_lossy(&asked.unwrap().stdout)
            .trim()
            .parse()
            .unwrap()
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", OWNER, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, program: &str, words: &[&str], last: &Path) {
        let mut command = self.command(program);
        command.args(words).arg(last).stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "{command:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.path().join("data");
        self.run("pg_ctl", &["stop", "-m", "immediate", "-D"], &data);
    }
}

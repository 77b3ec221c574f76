//! The demo's appliances and its keeper as processes of their own.
//!
//! Each has the read end of a pipe as its standard input, and stops when that ends: so
//! none outlives the demo, however it ends. One that dies by itself is started again, as a
//! service manager would.

use anyhow::{Context, bail};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// How long an appliance has to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long after its last start one that died is started again.
const AGAIN: Duration = Duration::from_secs(3);

/// The running appliances. Dropping them stops them.
#[derive(Default)]
pub(super) struct Children(Vec<Running>);

struct Running {
    child: Child,
    what: What,
    since: Instant,
}

/// What runs.
#[derive(Clone)]
enum What {
    /// The appliance of a configuration.
    Appliance(PathBuf),
    /// The keeper of the desk in this folder of a demo.
    Keeper(PathBuf),
}

impl What {
    fn command(&self) -> Command {
        // This very program, also after its file was replaced.
        let mut command = Command::new("/proc/self/exe");
        command.arg0("ocdeck");
        match self {
            Self::Appliance(config) => command
                .args(["appliance", "serve", "--stop-on-stdin-eof", "--config"])
                .arg(config),
            Self::Keeper(dir) => command
                .args(["desk", "keep", "--stop-on-stdin-eof", "--fleet"])
                .arg(dir.join("fleet.toml"))
                // The hooks of the person who runs the demo are not for it.
                .env("OCDECK_CONFIG_DIR", dir.join("console"))
                .env("OCDECK_STATE_DIR", dir.join("console")),
        };
        command
    }

    fn log(&self) -> PathBuf {
        match self {
            Self::Appliance(config) => config.with_file_name("log"),
            Self::Keeper(dir) => dir.join("keeper.log"),
        }
    }
}

/// What an appliance says on standard output: where it listens. What went wrong stands in its
/// log.
pub(super) struct Announcement {
    said: ChildStdout,
    log: PathBuf,
}

impl Announcement {
    /// Waits until the appliance listens.
    pub(super) fn wait(self) -> anyhow::Result<()> {
        let mut line = String::new();
        BufReader::new(self.said).read_line(&mut line)?;
        if line.is_empty() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let last = log.lines().last().unwrap_or("nothing");
            bail!("it ended before it listened; its log says last: {last}");
        }
        Ok(())
    }

    /// Lets go what it says: a pipe that nobody reads fills, and one that is closed ends it.
    fn drain(mut self) {
        std::thread::spawn(move || std::io::copy(&mut self.said, &mut std::io::sink()));
    }
}

impl Children {
    /// Starts the appliance of a configuration; its words go to `log` in its folder.
    pub(super) fn start(&mut self, id: &str, config: PathBuf) -> anyhow::Result<Announcement> {
        let (running, announcement) = Running::start(What::Appliance(config))
            .with_context(|| format!("{id} cannot be started"))?;
        self.0.push(running);
        Ok(announcement)
    }

    /// Starts the keeper of the desk of the demo in this folder.
    pub(super) fn keep(&mut self, dir: &Path) -> anyhow::Result<()> {
        let what = What::Keeper(dir.to_owned());
        let (running, announcement) =
            Running::start(what).context("the keeper cannot be started")?;
        self.0.push(running);
        announcement.drain();
        Ok(())
    }

    /// Starts those again that died.
    pub(super) fn tend(&mut self) {
        for running in &mut self.0 {
            let died = !matches!(running.child.try_wait(), Ok(None));
            if !died || running.since.elapsed() < AGAIN {
                continue;
            }
            match Running::start(running.what.clone()) {
                Ok((again, announcement)) => {
                    *running = again;
                    announcement.drain();
                }
                Err(error) => {
                    running.since = Instant::now();
                    let log = running.what.log();
                    tracing::warn!(log = %log.display(), %error, "a part of the demo stays down");
                }
            }
        }
    }
}

impl Running {
    fn start(what: What) -> anyhow::Result<(Self, Announcement)> {
        let log = what.log();
        let log_file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| log.display().to_string())?;
        let mut child = what
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file)
            // Signals of the terminal are for the demo, which then stops its appliances.
            .process_group(0)
            .spawn()?;
        let said = child.stdout.take().context("no pipe to hear it")?;
        let running = Self {
            child,
            what,
            since: Instant::now(),
        };
        Ok((running, Announcement { said, log }))
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for running in &mut self.0 {
            drop(running.child.stdin.take());
        }
        let deadline = Instant::now() + PATIENCE;
        for Running { child, .. } in &mut self.0 {
            while Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(20));
            }
            if matches!(child.try_wait(), Ok(None)) {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

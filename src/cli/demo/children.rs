//! The demo's appliances as processes of their own.
//!
//! Each has the read end of a pipe as its standard input, and stops when that ends: so
//! none outlives the demo, however it ends. One that dies by itself is started again, as a
//! service manager would.

use anyhow::{Context, bail};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::PathBuf,
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
    config: PathBuf,
    since: Instant,
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
}

impl Children {
    /// Starts the appliance of a configuration; its words go to `log` in its folder.
    pub(super) fn start(&mut self, id: &str, config: PathBuf) -> anyhow::Result<Announcement> {
        let (running, announcement) =
            Running::start(config).with_context(|| format!("{id} cannot be started"))?;
        self.0.push(running);
        Ok(announcement)
    }

    /// Starts those again that died.
    pub(super) fn tend(&mut self) {
        for running in &mut self.0 {
            let died = !matches!(running.child.try_wait(), Ok(None));
            if !died || running.since.elapsed() < AGAIN {
                continue;
            }
            match Running::start(running.config.clone()) {
                Ok((again, _)) => *running = again,
                Err(error) => {
                    running.since = Instant::now();
                    let config = running.config.display();
                    tracing::warn!(%config, %error, "an appliance of the demo stays down");
                }
            }
        }
    }
}

impl Running {
    fn start(config: PathBuf) -> anyhow::Result<(Self, Announcement)> {
        let log = config.with_file_name("log");
        let log_file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| log.display().to_string())?;
        // This very program, also after its file was replaced.
        let mut child = Command::new("/proc/self/exe")
            .arg0("ocdeck")
            .args(["appliance", "serve", "--stop-on-stdin-eof", "--config"])
            .arg(&config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file)
            // Signals of the terminal are for the demo, which then stops its appliances.
            .process_group(0)
            .spawn()?;
        let said = child.stdout.take().context("no pipe to hear it")?;
        let running = Self {
            child,
            config,
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

//! The demo's appliances as processes of their own.
//!
//! Each has the read end of a pipe as its standard input, and stops when that ends: so
//! none outlives the demo, however it ends.

use super::{files, world::Appliance};
use anyhow::Context;
use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long an appliance has to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// The running appliances. Dropping them stops them.
#[derive(Default)]
pub(super) struct Children(Vec<Child>);

impl Children {
    /// Starts an appliance; its words go to `log` in its folder.
    pub(super) fn start(&mut self, dir: &Path, appliance: &Appliance) -> anyhow::Result<()> {
        let program = std::env::current_exe().context("this program cannot be found")?;
        let log = dir.join(appliance.id).join("log");
        let log = File::create(&log).with_context(|| log.display().to_string())?;
        let child = Command::new(program)
            .args(["appliance", "serve", "--stop-on-stdin-eof", "--config"])
            .arg(files::config_of(dir, appliance))
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} cannot be started", appliance.id))?;
        self.0.push(child);
        Ok(())
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for child in &mut self.0 {
            drop(child.stdin.take());
        }
        let deadline = Instant::now() + PATIENCE;
        for child in &mut self.0 {
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

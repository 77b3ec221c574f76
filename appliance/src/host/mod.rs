//! The host of worker processes: starts one, hears its events, ends it.
//!
//! A worker runs in a process group of its own. Its standard input is a pipe whose write
//! end only this process holds (pipes are close-on-exec), so a worker whose agent died
//! reads end of file and stops. This module knows nothing of jobs and restores.

mod stop;

pub use stop::{Cause, Stop};

use ocdeck_domain::text;
use ocdeck_engine::worker::protocol::{Event, PROTOCOL, Request, Task};
use ocdeck_faults::{Point, reached};
use std::{
    ffi::OsString,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{ChildStderr, Command, ExitStatus, Stdio},
    thread,
};

/// The program that is started as a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The file.
    pub path: PathBuf,
    /// What it is told to be.
    pub args: Vec<OsString>,
}

impl Default for Program {
    /// This very program, also after its file was replaced by an upgrade.
    fn default() -> Self {
        Self::at("/proc/self/exe")
    }
}

impl Program {
    /// `<path> worker`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            args: vec!["worker".into()],
        }
    }
}

/// Why a worker did not do its work to the end.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// It could not be started.
    #[error("the worker {} cannot be started: {source}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It could not be told what to do.
    #[error("the worker did not take its request: {0}")]
    Request(std::io::Error),
    /// It ended without saying how its work ended.
    #[error("the worker died in the middle of its work ({})", words(*.0))]
    Died(ExitStatus),
    /// It was told to stop before it said anything.
    #[error("stopped")]
    Stopped,
    /// The system did not say how it ended.
    #[error("the end of the worker could not be seen: {0}")]
    Wait(std::io::Error),
}

fn words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (_, Some(9)) => "signal 9: killed by hand or for want of memory".to_owned(),
        (_, Some(signal)) => format!("signal {signal}"),
        (Some(code), _) => format!("exit code {code}"),
        (None, None) => "no exit code".to_owned(),
    }
}

/// Runs one worker to its end. Every event is given to `on`, in order; the last one is
/// [`Event::BackupDone`], [`Event::RestoreDone`] or [`Event::Failed`], else this is an
/// error. Blocks.
pub fn run(
    program: &Program,
    task: Task,
    stop: &Stop,
    on: &mut dyn FnMut(Event),
) -> Result<(), HostError> {
    reached(Point::AgentBeforeWorker);
    let mut child = Command::new(&program.path)
        .args(&program.args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|source| HostError::Spawn {
            program: program.path.clone(),
            source,
        })?;
    let stdout = child.stdout.take();
    if let Some(stderr) = child.stderr.take() {
        let pid = child.id();
        thread::spawn(move || log_errors(pid, stderr));
    }
    let request = Request {
        protocol: PROTOCOL,
        task,
    };
    let sent = child.stdin.take().map_or(Ok(()), |mut stdin| {
        let mut line = serde_json::to_vec(&request)?;
        line.push(b'\n');
        stdin.write_all(&line)?;
        // Held by `stop` from here on; dropped when the worker is gone.
        stop.started(stdin, child.id());
        Ok(())
    });
    if let Err(error) = sent {
        stop.kill();
        // The reason the pipe broke is how the child ended.
        return match child.kill().and_then(|()| child.wait()) {
            Ok(status) if !status.success() => Err(HostError::Died(status)),
            _ => Err(HostError::Request(error)),
        };
    }
    reached(Point::AgentAfterWorker);
    let ended = stdout.is_some_and(|stdout| hear(stdout, on));
    let status = stop.reap(&mut child).map_err(HostError::Wait)?;
    match (ended, stop.cause()) {
        (true, _) => Ok(()),
        (false, Some(_)) => Err(HostError::Stopped),
        (false, None) => Err(HostError::Died(status)),
    }
}

/// Gives every event on; says whether the last one came.
fn hear(stdout: impl Read, on: &mut dyn FnMut(Event)) -> bool {
    let mut ended = false;
    let mut reader = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return ended,
            Ok(_) => {}
        }
        match serde_json::from_slice::<Event>(&line) {
            Ok(event) => {
                ended |= matches!(
                    event,
                    Event::BackupDone(_) | Event::RestoreDone(_) | Event::Failed { .. }
                );
                on(event);
            }
            Err(error) => tracing::warn!(
                %error,
                line = %text::show(line.trim_ascii_end()),
                "a worker said something that is no event"
            ),
        }
    }
}

fn log_errors(pid: u32, stderr: ChildStderr) {
    for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
        tracing::warn!(worker = pid, "{}", text::show(&line));
    }
}

#[cfg(test)]
mod tests;

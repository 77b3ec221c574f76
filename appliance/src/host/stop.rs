//! Stopping a worker: a word, then after 1.5 s SIGKILL to its process group.

use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    io::Write,
    process::{Child, ChildStdin, ExitStatus},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long a worker may take to end by itself.
const SOFT: Duration = Duration::from_millis(1500);
/// How long a worker may live on after it closed its standard output.
const AFTER_LAST_WORD: Duration = Duration::from_millis(1000);

/// Why work is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A person asked for it.
    Person,
    /// It took longer than it may.
    MaxRuntime,
    /// The agent is ending; the work is to be continued later.
    Shutdown,
}

/// The handle that stops one piece of work. It may be pulled before the worker runs.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    gone: Condvar,
}

#[derive(Debug, Default)]
struct State {
    cause: Option<Cause>,
    stdin: Option<ChildStdin>,
    /// The group of a worker that is not reaped yet. Only then the number surely is its.
    group: Option<Pid>,
}

impl Stop {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the work was stopped, if it was.
    pub fn cause(&self) -> Option<Cause> {
        self.state().cause
    }

    /// Stops the work. The first cause is the one that counts. Returns at once; the
    /// worker is gone after at most 2 s.
    pub fn pull(&self, cause: Cause) {
        let mut state = self.state();
        if state.cause.is_some() {
            return;
        }
        state.cause = Some(cause);
        if state.group.is_some() {
            self.end(&mut state);
        }
    }

    /// A worker runs now, with this standard input, leading its own group.
    pub(super) fn started(&self, stdin: ChildStdin, pid: u32) {
        let mut state = self.state();
        state.stdin = Some(stdin);
        state.group = i32::try_from(pid).ok().and_then(Pid::from_raw);
        if state.cause.is_some() {
            self.end(&mut state);
        }
    }

    fn end(&self, state: &mut MutexGuard<'_, State>) {
        if let Some(stdin) = &mut state.stdin {
            // A worker that no longer reads is about to be killed.
            let _ = stdin.write_all(b"\"cancel\"\n");
        }
        let this = self.clone();
        thread::spawn(move || {
            let state = this.state();
            let (state, _) = this
                .0
                .gone
                .wait_timeout_while(state, SOFT, |state| state.group.is_some())
                .unwrap_or_else(PoisonError::into_inner);
            drop(state);
            this.kill();
        });
    }

    /// Kills the worker's group, if it is not reaped.
    pub(super) fn kill(&self) {
        if let Some(group) = self.state().group {
            // It may have ended by itself in this moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Waits for the end of a worker that has closed its standard output, and kills it
    /// when it lives on.
    pub(super) fn reap(&self, child: &mut Child) -> std::io::Result<ExitStatus> {
        let deadline = Instant::now() + AFTER_LAST_WORD;
        loop {
            {
                let mut state = self.state();
                state.stdin = None;
                if let Some(status) = child.try_wait()? {
                    state.group = None;
                    self.0.gone.notify_all();
                    return Ok(status);
                }
            }
            if Instant::now() >= deadline {
                self.kill();
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

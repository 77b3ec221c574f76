//! The agent at work: it ties schedule, driver, monitors and restores to the facts.
//!
//! One thread starts what is due, one watches over repositories and sources, and each
//! session has a thread of its own. Nothing here is async: the services call it off their
//! async threads.

mod backups;
mod recover;
mod scheduler;
mod track;
mod watcher;
mod work;

pub(crate) use track::{Track, level};
pub(crate) use watcher::is_mount;
pub(crate) use work::{audit, need_reason, need_reason_to_reject, stopped_words};

use crate::{
    config::Config,
    driver::Driver,
    host::{Cause, Stop},
    monitor::{self, Seen},
    restores::{self, Plans},
    schedule::queue::{Item, Queue, What},
    state::{AuditEntry, Facts, StateError},
    work::Refusal,
};
use ocdeck_domain::{
    facts::{Fact, Job, RestoreAttempt, RestoreState, Session, Time},
    ids::{JobId, RequestId, SessionId},
};
use ocdeck_faults::{Point, reached};
use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Why an agent cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A folder of its own cannot be made.
    #[error("the folder {} cannot be made: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What it knew cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// A thread cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(io::Error),
}

/// The agent of one appliance. Clones are the same agent.
#[derive(Clone)]
pub struct Agent(Arc<Inner>);

struct Inner {
    config: Arc<Config>,
    facts: Facts,
    driver: Box<dyn Driver>,
    plans: Plans,
    board: Mutex<Board>,
    /// Wakes the scheduler, and who waits for the end of sessions.
    changed: Condvar,
    /// Held while a job's, system's or restore's fact is read, changed and put. Taken
    /// after the board, never before it.
    edits: Mutex<()>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What waits and runs.
#[derive(Default)]
struct Board {
    queue: Queue,
    runs: HashMap<SessionId, Run>,
    next: BTreeMap<JobId, Time>,
    /// Since when a scheduled run of a job should have begun.
    owed: BTreeMap<JobId, Time>,
    stopping: bool,
}

/// Something that waits or runs, as its session will need it.
#[derive(Clone)]
struct Run {
    stop: Stop,
    /// Who started it.
    by: String,
    /// Who stopped it and why, once someone did.
    stopped: Option<String>,
    /// When it is stopped, while it runs.
    deadline: Option<Instant>,
    /// When somebody should look why it still runs.
    long: Option<(Instant, Duration)>,
}

impl Board {
    fn push(&mut self, session: SessionId, by: &str, what: What) {
        let run = Run {
            stop: Stop::default(),
            by: by.to_owned(),
            stopped: None,
            deadline: None,
            long: None,
        };
        self.runs.insert(session.clone(), run);
        self.queue.push(Item { session, what });
    }
}

impl Agent {
    /// Takes up what survived the last stop, and begins to work.
    ///
    /// # Errors
    /// When its folders or its state cannot be used.
    pub fn start(
        config: Arc<Config>,
        facts: Facts,
        driver: Box<dyn Driver>,
    ) -> Result<Self, StartError> {
        let agent = Self::idle(config, facts, driver)?;
        agent.recover()?;
        let scheduler = agent.clone();
        agent.thread("schedule", move || scheduler.schedule())?;
        let watcher = agent.clone();
        agent.thread("watch", move || watcher.watch())?;
        Ok(agent)
    }

    /// An agent that does nothing by itself.
    pub(crate) fn idle(
        config: Arc<Config>,
        facts: Facts,
        driver: Box<dyn Driver>,
    ) -> Result<Self, StartError> {
        for path in [&config.staging, &config.state_dir] {
            std::fs::create_dir_all(path).map_err(|source| StartError::Folder {
                path: path.clone(),
                source,
            })?;
        }
        let plans = Plans::open(&config.state_dir)?;
        Ok(Self(Arc::new(Inner {
            config,
            facts,
            driver,
            plans,
            board: Mutex::default(),
            changed: Condvar::new(),
            edits: Mutex::default(),
            threads: Mutex::default(),
        })))
    }

    fn thread(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), StartError> {
        let handle = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(StartError::Thread)?;
        self.threads().push(handle);
        Ok(())
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.0
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all work within a few seconds: running backups fail, running restores are
    /// interrupted and can be continued, waiting ones wait for the next start.
    pub fn stop(&self) {
        let mut board = self.board();
        board.stopping = true;
        for item in board.queue.running() {
            if let Some(run) = board.runs.get(&item.session) {
                run.stop.pull(Cause::Shutdown);
            }
        }
        self.0.changed.notify_all();
        // A worker is gone after at most 2 s.
        let waited = self
            .0
            .changed
            .wait_timeout_while(board, Duration::from_secs(5), |board| {
                !board.queue.running().is_empty()
            });
        drop(waited);
        self.join(Instant::now() + Duration::from_secs(2));
    }

    /// Waits for the threads, but not for one that hangs in a dead file server.
    fn join(&self, deadline: Instant) {
        let threads: Vec<_> = self.threads().drain(..).collect();
        for thread in threads {
            while !thread.is_finished() && Instant::now() < deadline {
                std::thread::park_timeout(Duration::from_millis(2));
            }
            if thread.is_finished() && thread.join().is_err() {
                tracing::error!("a thread of the agent had panicked");
            }
        }
    }

    /// Remembers a session's thread, and forgets those that have ended.
    fn keep(&self, thread: JoinHandle<()>) {
        let mut threads = self.threads();
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
    }

    /// The facts that it keeps.
    pub fn facts(&self) -> &Facts {
        &self.0.facts
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn driver(&self) -> &dyn Driver {
        &*self.0.driver
    }

    pub(crate) fn plans(&self) -> &Plans {
        &self.0.plans
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn editing(&self) -> MutexGuard<'_, ()> {
        self.0.edits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a job's fact, if it is changed.
    fn edit_job(&self, id: &JobId, change: impl FnOnce(&mut Job)) {
        let _edit = self.editing();
        if let Some(before) = self.0.facts.job(id) {
            let mut job = before.clone();
            change(&mut job);
            if job != before {
                self.0.facts.put(Fact::Job(Box::new(job)));
            }
        }
    }

    /// Changes a restore's fact, if it is changed, and answers what it is now.
    pub(crate) fn edit_restore(
        &self,
        request: RequestId,
        attempt: u32,
        change: impl FnOnce(&mut RestoreAttempt),
    ) -> Option<RestoreAttempt> {
        let _edit = self.editing();
        let before = self.0.facts.restore(request, attempt)?;
        let mut restore = before.clone();
        change(&mut restore);
        if restore != before {
            self.0.facts.put(Fact::Restore(Box::new(restore.clone())));
        }
        Some(restore)
    }

    /// Puts a session of a restore with what it means for the restore: on the disk there
    /// is never the one without the other.
    pub(crate) fn put_session_of(
        &self,
        (request, attempt): (RequestId, u32),
        session: Session,
        change: impl FnOnce(&mut RestoreAttempt),
    ) {
        let _edit = self.editing();
        let mut facts = vec![Fact::Session(Box::new(session))];
        if let Some(mut restore) = self.0.facts.restore(request, attempt) {
            change(&mut restore);
            facts.push(Fact::Restore(Box::new(restore)));
        }
        self.0.facts.put_together(facts);
    }

    /// Puts progress of a restore, which is told at leisure and not written.
    pub(crate) fn put_restore_progress(
        &self,
        request: RequestId,
        attempt: u32,
        change: impl FnOnce(&mut RestoreAttempt),
    ) {
        let _edit = self.editing();
        if let Some(mut restore) = self.0.facts.restore(request, attempt) {
            change(&mut restore);
            self.0.facts.put_progress(Fact::Restore(Box::new(restore)));
        }
    }

    /// Folds what a monitor saw into the alerts.
    fn saw(&self, seen: &Seen) {
        let standing = self.0.facts.alert(&seen.alert_id());
        if let Some(alert) = monitor::fold(standing.as_ref(), seen, self.0.facts.now()) {
            self.0.facts.put(Fact::Alert(alert));
        }
    }

    /// Puts a restore into the queue.
    pub(crate) fn enqueue_restore(&self, by: &str, what: What) {
        self.board().push(new_session(), by, what);
        self.0.changed.notify_all();
    }

    /// Decides about a restore that awaits approval: what `decide` makes of it and the entry
    /// of the audit log are on the disk together, and what is accepted then is queued.
    /// Without an entry nothing is changed. `decide` may not wait for a file system.
    pub(crate) fn decide_restore(
        &self,
        (request, attempt): (RequestId, u32),
        decide: impl FnOnce(&mut RestoreAttempt) -> Result<Option<AuditEntry>, Refusal>,
    ) -> Result<RestoreAttempt, Refusal> {
        // Who cancels it meanwhile finds it either awaiting or in the queue.
        let mut board = self.board();
        let _edit = self.editing();
        let mut restore = self.0.facts.restore(request, attempt).ok_or_else(|| {
            Refusal::NotFound(format!(
                "there is no attempt {attempt} of request {request}"
            ))
        })?;
        let Some(entry) = decide(&mut restore)? else {
            return Ok(restore);
        };
        reached(Point::AgentBeforeDecision);
        self.0
            .facts
            .record_decision(restore.clone(), &entry)
            .map_err(|error| unwritten(&error))?;
        reached(Point::AgentAfterDecision);
        if restore.state == RestoreState::Accepted {
            board.push(new_session(), &restore.actor, restores::what(&restore));
            self.0.changed.notify_all();
        }
        Ok(restore)
    }

    /// Stops a restore. `Some(true)`: it runs; `Some(false)`: it waited and will never
    /// run; `None`: it neither waits nor runs.
    pub(crate) fn stop_restore(&self, wanted: (RequestId, u32), words: String) -> Option<bool> {
        let mut board = self.board();
        let is_it = |what: &What| matches!(what, What::Restore { request, attempt, .. } if (*request, *attempt) == wanted);
        let waiting = board.queue.waiting().find(|(item, _)| is_it(&item.what));
        if let Some(session) = waiting.map(|(item, _)| item.session.clone()) {
            board.queue.remove(&session);
            board.runs.remove(&session);
            self.0.changed.notify_all();
            return Some(false);
        }
        let running = board.queue.running().iter().find(|item| is_it(&item.what));
        let session = running?.session.clone();
        if let Some(run) = board.runs.get_mut(&session) {
            run.stopped.get_or_insert(words);
            run.stop.pull(Cause::Person);
        }
        Some(true)
    }
}

/// The state of the appliance refuses to be written.
pub(crate) fn unwritten(error: &StateError) -> Refusal {
    Refusal::Internal(format!("nothing was done: {error}"))
}

fn new_session() -> SessionId {
    SessionId::new(uuid::Uuid::new_v4().to_string())
}

//! The thread that runs the desk's store: one queue in, messages out, nothing dropped.
//!
//! A store that cannot be reached is tried again until it can; what waits keeps its order, and
//! stands in the [`Spool`] meanwhile. Drafts are gathered for at most [`GATHER`], so that a crash
//! loses no more than that of what was typed, and typing writes five times a second at most.

mod pending;
mod writes;

use super::{Access, Clock, Past, Picture, Spool, Store, StoreError, clock::SAMPLES};
use crate::state::{
    effect::{DeskCommand, Effect},
    msg::DeskMsg,
};
use chrono::{TimeDelta, Utc};
use ocdeck_domain::{
    facts::Time,
    journal::{NewRecord, Record, Subject},
};
use ocdeck_faults::{Point, reached};
use pending::{News, Pending, Shared};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long drafts are gathered.
const GATHER: Duration = Duration::from_millis(200);
/// How often another console's writes are looked for.
const POLL: Duration = Duration::from_millis(250);
/// How soon a store that failed is tried again at first, and at last.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));
/// How often a desk that may only be read is opened anew: somebody may have given the right.
const REOPEN: Duration = Duration::from_secs(30);
/// How often desk time is measured.
const MEASURE: Duration = Duration::from_secs(30);
/// What was over for longer than this is not read at the start.
pub const RECENT: TimeDelta = TimeDelta::hours(48);

/// What comes out of the desk.
#[derive(Debug)]
pub enum DeskEvent {
    /// News for the model.
    Msg(DeskMsg),
    /// What was to follow a record that is on disk now.
    Then(Vec<Effect>),
}

/// What a desk's thread needs beside its store.
#[derive(Debug, Default)]
pub struct Setup {
    /// Where what could not be written is kept; `None`: nowhere.
    pub spool: Option<Spool>,
    /// The clock that is set by the desk's.
    pub clock: Option<Clock>,
}

/// What is left at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// How many things could not be written.
    pub waiting: usize,
    /// How many of them were dispatches, which are not sent later.
    pub unsent: usize,
    /// Where the others are kept for the next start; `None`: nowhere.
    pub kept: Option<PathBuf>,
}

enum Job {
    /// Something waits.
    Look,
    Close,
}

/// A desk on its own thread.
#[derive(Debug)]
pub struct Desk {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
    closed: Receiver<Left>,
    thread: Option<JoinHandle<()>>,
    /// For a thread that does not come back.
    spool: Option<Spool>,
}

impl Desk {
    /// Starts the thread. `open` is called there, again and again until it succeeds.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        open: impl FnMut() -> Result<Box<dyn Store>, StoreError> + Send + 'static,
        out: impl FnMut(DeskEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        Self::start_with(Setup::default(), open, out)
    }

    /// As [`start`](Self::start), with a spool and a clock.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start_with(
        setup: Setup,
        open: impl FnMut() -> Result<Box<dyn Store>, StoreError> + Send + 'static,
        out: impl FnMut(DeskEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        let (done, closed) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let spool = setup.spool.as_ref().map(Spool::beside);
        let worker = Worker::new(setup, shared.clone(), open, out);
        let thread = thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || {
                let left = worker.run(&inbox);
                // Nobody waits any more: the program ends.
                let _ = done.send(left);
            })?;
        Ok(Self {
            shared,
            jobs,
            closed,
            thread: Some(thread),
            spool,
        })
    }

    /// Hands a command over. Never waits. `false`: the thread is gone.
    pub fn send(&self, command: DeskCommand) -> bool {
        self.shared.pending().push(command);
        self.jobs.send(Job::Look).is_ok()
    }

    /// Does something while the store is not used: a process that is stopped in the middle of a
    /// transaction keeps all others out until it goes on. Waits for the store at most `patience`.
    pub fn between(&self, patience: Duration, what: impl FnOnce()) {
        let end = Instant::now() + patience;
        let turn = loop {
            match self.shared.try_turn() {
                None if Instant::now() < end => thread::sleep(Duration::from_millis(2)),
                turn => break turn,
            }
        };
        what();
        drop(turn);
    }

    /// Writes what waits and ends the thread; waits at most `patience`, then keeps what waits
    /// for the next start.
    pub fn close(mut self, patience: Duration) -> Left {
        let _ = self.jobs.send(Job::Close);
        if let Ok(left) = self.closed.recv_timeout(patience) {
            if let Some(thread) = self.thread.take() {
                let _ = thread.join();
            }
            return left;
        }
        // The store is silent. What it is being asked is kept too: a record is written once.
        let pending = self.shared.pending().clone();
        pending.left(self.spool.as_mut())
    }
}

/// Why the desk is not written.
struct Failing {
    since: Time,
    text: String,
    /// How many waited when it was told, and why they stood in no file then.
    told: Option<(usize, Option<String>)>,
    tries: u32,
}

struct Worker<Open, Out> {
    open: Open,
    out: Out,
    clock: Option<Clock>,
    spool: Option<Spool>,
    shared: Arc<Shared>,
    store: Option<Box<dyn Store>>,
    /// The last record that the model knows; `None`: nothing was loaded yet.
    last: Option<u64>,
    /// The last change of a draft that the model knows.
    change: u64,
    failing: Option<Failing>,
    retry_at: Option<Instant>,
    poll_at: Instant,
    measure_at: Instant,
    reopen_at: Instant,
    /// Which state of what waits stands in the spool.
    spooled: u64,
    spool_at: Option<Instant>,
    /// Why what waits stands in no file.
    unkept: Option<String>,
    closing: bool,
}

/// What of `own` is not among what is new: somebody had written it before.
fn stood(own: &[NewRecord], fresh: &[Record]) -> Vec<Subject> {
    let fresh: BTreeSet<_> = fresh.iter().map(|it| it.record.event_id).collect();
    let stood = own.iter().filter(|own| !fresh.contains(&own.event_id));
    let mut stood: Vec<Subject> = stood.map(|own| own.subject.clone()).collect();
    stood.dedup();
    stood
}

impl<Open, Out> Worker<Open, Out>
where
    Open: FnMut() -> Result<Box<dyn Store>, StoreError>,
    Out: FnMut(DeskEvent),
{
    fn new(setup: Setup, shared: Arc<Shared>, open: Open, out: Out) -> Self {
        let now = Instant::now();
        Self {
            open,
            out,
            clock: setup.clock,
            spool: setup.spool,
            shared,
            store: None,
            last: None,
            change: 0,
            failing: None,
            retry_at: None,
            poll_at: now + POLL,
            measure_at: now,
            reopen_at: now,
            spooled: 0,
            spool_at: None,
            unkept: None,
            closing: false,
        }
    }

    /// Runs until it is closed. What could not be written.
    fn run(mut self, inbox: &Receiver<Job>) -> Left {
        self.take_up();
        loop {
            self.take_back();
            // A desk that was out of reach a moment ago is not waited for at the end.
            let given_up = self.closing && self.failing.is_some();
            if !given_up && self.retry_at.is_none_or(|at| at <= Instant::now()) {
                let shared = self.shared.clone();
                let turn = shared.turn();
                let done = self.work();
                drop(turn);
                match done {
                    Ok(()) => self.recovered(),
                    Err(error) => self.failed(&error),
                }
            }
            if self.closing {
                let pending = self.shared.pending().clone();
                return pending.left(self.spool.as_mut());
            }
            self.look_at_clocks();
            self.keep_what_waits();
            match inbox.recv_timeout(self.pause()) {
                Ok(job) => self.take(&job),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => self.take(&Job::Close),
            }
            while let Ok(job) = inbox.try_recv() {
                self.take(&job);
            }
        }
    }

    fn pause(&self) -> Duration {
        let due = match (self.retry_at, self.shared.pending().drafts_due) {
            (Some(retry), _) => retry,
            (None, Some(drafts)) => drafts.min(self.poll_at),
            (None, None) => self.poll_at,
        };
        let due = self.spool_at.map_or(due, |at| due.min(at));
        due.saturating_duration_since(Instant::now())
    }

    fn take(&mut self, job: &Job) {
        match job {
            Job::Look => {}
            Job::Close => {
                self.closing = true;
                self.retry_at = None;
            }
        }
    }

    fn tell(&mut self, msg: DeskMsg) {
        (self.out)(DeskEvent::Msg(msg));
    }

    fn work(&mut self) -> Result<(), StoreError> {
        let (mut store, fresh) = match self.store.take() {
            Some(store) if !self.may_have_changed(store.as_ref()) => (store, false),
            _ => ((self.open)()?, true),
        };
        if fresh {
            if let Some(clock) = &self.clock {
                store.follow(clock);
            }
            self.reopen_at = Instant::now() + REOPEN;
            self.measure_at = Instant::now();
        }
        let done = self.work_with(store.as_mut(), fresh);
        // A store that fails is opened anew: the file may have been moved or replaced, the
        // connection is gone. One that may only be read is read on.
        if matches!(done, Ok(()) | Err(StoreError::ReadOnly { .. })) {
            self.store = Some(store);
        }
        done
    }

    /// Whether the right to write may have been given since a store was opened without it.
    fn may_have_changed(&self, store: &dyn Store) -> bool {
        store.access() != Access::ReadWrite
            && (self.reopen_at <= Instant::now() || store.may_open_better())
    }

    fn work_with(&mut self, store: &mut dyn Store, fresh: bool) -> Result<(), StoreError> {
        self.measure(store)?;
        // Before its record is told: who reads of an intent may send what follows it.
        self.settle(store)?;
        if self.last.is_none() {
            self.load(store)?;
        } else if fresh {
            // Whatever was told while nobody listened.
            self.news(store, &[])?;
            self.draft_news(store)?;
        }
        if self.poll_at <= Instant::now() {
            self.poll_at = Instant::now() + POLL;
            if store.changed()? {
                self.news(store, &[])?;
                self.draft_news(store)?;
            }
        }
        if let Access::ReadOnly(reason) = store.access() {
            self.answer(store)?;
            return Err(StoreError::ReadOnly {
                place: String::new(),
                reason,
            });
        }
        self.write(store)
    }

    fn load(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        let since = store.now()? - RECENT;
        let Picture {
            records,
            drafts,
            last,
            change,
        } = store.start(since)?;
        self.last = Some(last);
        self.change = change;
        let late = self.shared.pending().drop_older(&drafts);
        self.tell(DeskMsg::Loaded { records, drafts });
        self.tell_late(late);
        reached(Point::ConsoleDeskRead);
        Ok(())
    }

    /// Sets the clock by the desk's: by a few questions at first, then by one now and then.
    fn measure(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        let Some(clock) = self
            .clock
            .clone()
            .filter(|_| self.measure_at <= Instant::now())
        else {
            return Ok(());
        };
        let first = self.last.is_none();
        for n in 0..SAMPLES {
            let sent = Instant::now();
            let desk = store.now()?;
            if let Some(jump) = clock.measured(sent, desk, Instant::now()) {
                self.tell(DeskMsg::Jumped(jump));
            }
            if n == 0 && !first && !clock.surprised() {
                break;
            }
        }
        self.measure_at = Instant::now() + MEASURE;
        let (behind, round_trip) = clock.skew();
        self.tell(DeskMsg::Skew { behind, round_trip });
        Ok(())
    }

    fn look_at_clocks(&mut self) {
        let jump = self
            .clock
            .as_ref()
            .and_then(|clock| clock.look(Utc::now(), Instant::now()));
        if let Some(jump) = jump {
            tracing::warn!("this host's clock jumped by {} s", jump.by.num_seconds());
            self.tell(DeskMsg::Jumped(jump));
        }
    }

    /// What the model does not know yet, its own records and those of other consoles. Who
    /// writes a record has written before it what it speaks of, and nobody opens a draft whose
    /// rows are not here yet: with records that are not `own` what was typed goes first.
    fn fresh(
        &mut self,
        store: &mut dyn Store,
        own: &[NewRecord],
    ) -> Result<Vec<Record>, StoreError> {
        let records = store.records(self.last.unwrap_or(0), u32::MAX)?;
        let is_own = |it: &Record| own.iter().any(|own| own.event_id == it.record.event_id);
        if !records.iter().all(is_own) {
            // Read behind the records: it is at least as new as they are.
            self.draft_news(store)?;
        }
        if let Some(record) = records.last() {
            self.last = Some(record.seq);
        }
        Ok(records)
    }

    fn news(&mut self, store: &mut dyn Store, own: &[NewRecord]) -> Result<(), StoreError> {
        let records = self.fresh(store, own)?;
        let stood = stood(own, &records);
        if !records.is_empty() {
            self.tell(DeskMsg::Appended(records));
        }
        if !stood.is_empty() {
            self.tell(DeskMsg::Stood(stood));
        }
        Ok(())
    }

    /// What others have typed since.
    fn draft_news(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        let drafts = store.drafts(self.change)?;
        self.change = drafts.change.max(self.change);
        let (rows, late) = {
            let mut pending = self.shared.pending();
            let rows = pending.foreign(drafts.rows);
            let late = pending.drop_older(&rows);
            (rows, late)
        };
        if !rows.is_empty() {
            self.tell(DeskMsg::Drafts(rows));
        }
        self.tell_late(late);
        Ok(())
    }

    fn now(&self) -> Time {
        self.clock.as_ref().map_or_else(Utc::now, Clock::now)
    }

    fn recovered(&mut self) {
        self.retry_at = None;
        self.unkept = None;
        if self.failing.take().is_some() {
            tracing::info!("the desk can be written again");
            self.tell(DeskMsg::Recovered);
        }
    }

    fn failed(&mut self, error: &StoreError) {
        let text = match error {
            StoreError::ReadOnly { reason, .. } => reason.clone(),
            error => error.chain(),
        };
        let waiting = self.shared.pending().waiting();
        let now = self.now();
        let before = self.failing.take();
        let tries = before.as_ref().map_or(0, |failing| failing.tries);
        let since = before.as_ref().map_or(now, |failing| failing.since);
        self.retry_at = Some(Instant::now() + self.patience(error, tries));
        let known = before.filter(|failing| failing.text == text);
        if known.is_none() {
            tracing::error!("{text}");
        }
        self.failing = Some(Failing {
            since,
            text,
            told: known.and_then(|failing| failing.told),
            tries: tries.saturating_add(1),
        });
        self.tell_failing(waiting);
    }

    /// Tells why the desk is not written and how much waits, unless that is known.
    fn tell_failing(&mut self, waiting: usize) {
        let now = (waiting, self.unkept.clone());
        let Some(failing) = self.failing.as_mut() else {
            return;
        };
        if failing.told.as_ref() == Some(&now) {
            return;
        }
        let (text, since) = (failing.text.clone(), failing.since);
        failing.told = Some(now);
        self.tell(DeskMsg::Failed {
            text,
            since,
            waiting,
            unkept: self.unkept.clone(),
        });
    }

    /// How long until the next try: longer each time, and not for all consoles the same.
    fn patience(&self, error: &StoreError, tries: u32) -> Duration {
        if matches!(error, StoreError::ReadOnly { .. }) {
            return POLL;
        }
        let (first, last) = RETRY;
        let wait = first.saturating_mul(1 << tries.min(8)).min(last);
        wait.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;

//! The thread that runs the desk's store: one queue in, messages out, nothing dropped.
//!
//! A store that cannot be reached is tried again until it can; what waits keeps its order.
//! Drafts are gathered for at most [`GATHER`], so that a crash loses no more than that of what
//! was typed, and typing writes five times a second at most.

use super::{Drafts, Picture, Store, StoreError};
use crate::state::{
    effect::{DeskCommand, Effect},
    msg::DeskMsg,
};
use chrono::{TimeDelta, Utc};
use ocdeck_domain::{
    facts::Time,
    journal::{DraftRow, Subject},
};
use ocdeck_faults::{Point, reached};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long drafts are gathered.
const GATHER: Duration = Duration::from_millis(200);
/// How often another console's writes are looked for.
const POLL: Duration = Duration::from_millis(250);
/// How soon a store that failed is tried again.
const RETRY: Duration = Duration::from_millis(500);

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

enum Job {
    Do(DeskCommand),
    Close,
}

/// A desk on its own thread.
#[derive(Debug)]
pub struct Desk {
    jobs: Sender<Job>,
    closed: Receiver<usize>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// Starts the thread. `open` is called there, again and again until it succeeds.
    pub fn start(
        open: impl FnMut() -> Result<Box<dyn Store>, StoreError> + Send + 'static,
        out: impl FnMut(DeskEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        let (done, closed) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || {
                let left = Worker::new(open, out).run(&inbox);
                // Nobody waits any more: the program ends.
                let _ = done.send(left);
            })?;
        Ok(Self {
            jobs,
            closed,
            thread: Some(thread),
        })
    }

    /// Hands a command over. Never waits. `false`: the thread is gone.
    pub fn send(&self, command: DeskCommand) -> bool {
        self.jobs.send(Job::Do(command)).is_ok()
    }

    /// Writes what waits and ends the thread; waits at most `patience`. How many commands
    /// could not be written; `None`: the store did not answer in time.
    pub fn close(mut self, patience: Duration) -> Option<usize> {
        let _ = self.jobs.send(Job::Close);
        let left = self.closed.recv_timeout(patience).ok()?;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        Some(left)
    }
}

struct Worker<Open, Out> {
    open: Open,
    out: Out,
    store: Option<Box<dyn Store>>,
    /// The last record that the model knows; `None`: nothing was loaded yet.
    last: Option<u64>,
    /// The last change of a draft that the model knows.
    change: u64,
    queue: VecDeque<DeskCommand>,
    drafts: BTreeMap<(Subject, String), DraftRow>,
    drafts_due: Option<Instant>,
    failing: Option<(Time, String)>,
    retry_at: Option<Instant>,
    poll_at: Instant,
    closing: bool,
}

impl<Open, Out> Worker<Open, Out>
where
    Open: FnMut() -> Result<Box<dyn Store>, StoreError>,
    Out: FnMut(DeskEvent),
{
    fn new(open: Open, out: Out) -> Self {
        Self {
            open,
            out,
            store: None,
            last: None,
            change: 0,
            queue: VecDeque::new(),
            drafts: BTreeMap::new(),
            drafts_due: None,
            failing: None,
            retry_at: None,
            poll_at: Instant::now() + POLL,
            closing: false,
        }
    }

    /// Runs until it is closed. How many commands could not be written.
    fn run(mut self, inbox: &Receiver<Job>) -> usize {
        loop {
            if self.retry_at.is_none_or(|at| at <= Instant::now()) {
                match self.work() {
                    Ok(()) => self.recovered(),
                    Err(error) => self.failed(&error),
                }
            }
            if self.closing {
                return self.queue.len() + self.drafts.len();
            }
            match inbox.recv_timeout(self.pause()) {
                Ok(job) => self.take(job),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => self.take(Job::Close),
            }
            while let Ok(job) = inbox.try_recv() {
                self.take(job);
            }
        }
    }

    fn pause(&self) -> Duration {
        let due = match (self.retry_at, self.drafts_due) {
            (Some(retry), _) => retry,
            (None, Some(drafts)) => drafts.min(self.poll_at),
            (None, None) => self.poll_at,
        };
        due.saturating_duration_since(Instant::now())
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Do(DeskCommand::SaveDraft(rows)) => {
                for row in rows {
                    self.drafts
                        .insert((row.draft.clone(), row.field.clone()), row);
                }
                self.drafts_due.get_or_insert(Instant::now() + GATHER);
            }
            Job::Do(command) => self.queue.push_back(command),
            Job::Close => {
                self.closing = true;
                self.retry_at = None;
            }
        }
    }

    fn work(&mut self) -> Result<(), StoreError> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => (self.open)()?,
        };
        // A store that fails is opened anew: the file may have been moved or replaced.
        self.work_with(store.as_mut())?;
        self.store = Some(store);
        Ok(())
    }

    fn work_with(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        if self.last.is_none() {
            let since = store.now()? - RECENT;
            let Picture {
                records,
                drafts,
                last,
                change,
            } = store.picture(since)?;
            self.last = Some(last);
            self.change = change;
            (self.out)(DeskEvent::Msg(DeskMsg::Loaded { records, drafts }));
            reached(Point::ConsoleDeskRead);
        }
        while let Some(command) = self.queue.front().cloned() {
            match self.run_one(store, command) {
                Err(StoreError::Taken { subject, .. } | StoreError::TooLong { subject, .. }) => {
                    self.news(store)?;
                    let refused = match self.queue.front() {
                        Some(DeskCommand::Append { records, .. }) => records.clone(),
                        _ => Vec::new(),
                    };
                    (self.out)(DeskEvent::Msg(DeskMsg::Conflict { subject, refused }));
                }
                done => done?,
            }
            self.queue.pop_front();
        }
        if self.closing || self.drafts_due.is_some_and(|due| due <= Instant::now()) {
            self.save_drafts(store)?;
        }
        if self.poll_at <= Instant::now() {
            self.poll_at = Instant::now() + POLL;
            if store.changed()? {
                self.news(store)?;
                self.typed(store)?;
            }
        }
        Ok(())
    }

    fn save_drafts(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        let rows: Vec<DraftRow> = self.drafts.values().cloned().collect();
        if !rows.is_empty() {
            reached(Point::ConsoleBeforeDraft);
            store.save_drafts(&rows)?;
            reached(Point::ConsoleAfterDraft);
        }
        self.drafts.clear();
        self.drafts_due = None;
        Ok(())
    }

    fn run_one(&mut self, store: &mut dyn Store, command: DeskCommand) -> Result<(), StoreError> {
        match command {
            DeskCommand::Open {
                subject,
                series,
                records,
            } => {
                let number = store.open(&subject, series, &records)?;
                let records = self.fresh(store)?;
                (self.out)(DeskEvent::Msg(DeskMsg::Opened {
                    subject,
                    number,
                    records,
                }));
            }
            DeskCommand::History(subject) => {
                let records = store.history(&subject)?;
                (self.out)(DeskEvent::Msg(DeskMsg::History { subject, records }));
            }
            DeskCommand::Append { records, then } => {
                // Only an intent has something that follows it.
                let is_intent = !then.is_empty();
                if is_intent {
                    // What it was made of: the next attempt, or the next person, begins there.
                    self.save_drafts(store)?;
                    reached(Point::ConsoleBeforeIntent);
                }
                store.append(&records)?;
                if is_intent {
                    reached(Point::ConsoleAfterIntent);
                }
                self.news(store)?;
                if !then.is_empty() {
                    (self.out)(DeskEvent::Then(then));
                }
            }
            DeskCommand::SaveDraft(rows) => drop(store.save_drafts(&rows)?),
        }
        Ok(())
    }

    /// What the model does not know yet, its own records and those of other consoles.
    fn fresh(
        &mut self,
        store: &mut dyn Store,
    ) -> Result<Vec<ocdeck_domain::journal::Record>, StoreError> {
        let records = store.records(self.last.unwrap_or(0), u32::MAX)?;
        if let Some(record) = records.last() {
            self.last = Some(record.seq);
        }
        Ok(records)
    }

    fn news(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        let records = self.fresh(store)?;
        if !records.is_empty() {
            (self.out)(DeskEvent::Msg(DeskMsg::Appended(records)));
        }
        Ok(())
    }

    /// What was typed into drafts, by this console and by others.
    fn typed(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        let Drafts { rows, change } = store.drafts(self.change)?;
        self.change = change;
        if !rows.is_empty() {
            (self.out)(DeskEvent::Msg(DeskMsg::Drafts(rows)));
        }
        Ok(())
    }

    fn recovered(&mut self) {
        self.retry_at = None;
        if self.failing.take().is_some() {
            tracing::info!("the desk can be written again");
            (self.out)(DeskEvent::Msg(DeskMsg::Recovered));
        }
    }

    fn failed(&mut self, error: &StoreError) {
        self.retry_at = Some(Instant::now() + RETRY);
        let text = error.chain();
        let since = self
            .failing
            .as_ref()
            .map_or_else(Utc::now, |(since, _)| *since);
        if self.failing.as_ref().is_some_and(|(_, old)| *old == text) {
            return;
        }
        tracing::error!("{text}");
        self.failing = Some((since, text.clone()));
        (self.out)(DeskEvent::Msg(DeskMsg::Failed { text, since }));
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;

//! The lists of the screens Jobs, Alerts and Restores: rows in order, a selection by id,
//! and what stands beside it. Rows are kept in order as facts come, never sorted to draw.

use super::{effect::Ticket, line::LineInput};
use ocdeck_domain::{
    facts::{LogLine, Time},
    ids::{AlertId, JobId, On, RequestId, SessionId},
};
use std::collections::VecDeque;

/// How urgently a job wants a look; the order of the Jobs screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobClass {
    /// Its last session failed.
    Failed,
    /// Its last session ended with warnings.
    Warning,
    /// A session runs.
    Running,
    /// It waits behind other work.
    Waiting,
    /// Its appliance cannot be heard.
    Unknown,
    /// Its last session was good, or there was none yet.
    Ok,
    /// Switched off.
    Disabled,
}

/// A list in an order that is kept: rows by their key, the selection by id.
#[derive(Clone, Debug)]
pub struct Rows<K, I> {
    sorted: Vec<(K, I)>,
}

impl<K, I> Default for Rows<K, I> {
    fn default() -> Self {
        Self { sorted: Vec::new() }
    }
}

impl<K: Ord + Clone, I: Ord + Clone> Rows<K, I> {
    /// How many.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The id in that row.
    pub fn get(&self, row: usize) -> Option<&I> {
        self.sorted.get(row).map(|(_, id)| id)
    }

    /// The ids, from top to bottom.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = &I> + ExactSizeIterator {
        self.sorted.iter().map(|(_, id)| id)
    }

    /// The row of an id.
    pub fn position(&self, id: &I) -> Option<usize> {
        self.sorted.iter().position(|(_, other)| other == id)
    }

    /// Put a row in its place; `false` if it stood there already.
    pub fn insert(&mut self, key: K, id: I) -> bool {
        let row = (key, id);
        match self.sorted.binary_search(&row) {
            Ok(_) => false,
            Err(at) => {
                self.sorted.insert(at, row);
                true
            }
        }
    }

    /// Take a row out; whether it was there.
    pub fn remove(&mut self, key: K, id: I) -> bool {
        match self.sorted.binary_search(&(key, id)) {
            Ok(at) => {
                self.sorted.remove(at);
                true
            }
            Err(_) => false,
        }
    }

    /// Replace all rows.
    pub fn replace(&mut self, rows: impl IntoIterator<Item = (K, I)>) {
        self.sorted = rows.into_iter().collect();
        self.sorted.sort();
        self.sorted.dedup();
    }

    /// The id so many rows from the selected one; the first row when nothing is selected.
    pub fn step(&self, selected: Option<&I>, by: isize) -> Option<I> {
        let last = self.sorted.len().checked_sub(1)?;
        let at = match selected.and_then(|id| self.position(id)) {
            Some(at) => at.saturating_add_signed(by).min(last),
            None => 0,
        };
        self.get(at).cloned()
    }
}

/// The order of jobs: class, then tenant and job by name.
pub type JobKey = (JobClass, String);

/// The Jobs screen.
#[derive(Debug, Default)]
pub struct JobsList {
    /// Jobs of the scope that pass the filter, the most urgent first.
    pub rows: Rows<JobKey, On<JobId>>,
    /// Jobs of the scope, filtered or not.
    pub total: usize,
    /// The selected job.
    pub selected: Option<On<JobId>>,
    /// What rows must hold.
    pub filter: LineInput,
    /// Whether the filter has the cursor.
    pub filtering: bool,
    /// The log of the selected job's session.
    pub log: LogView,
}

/// A log that is followed.
#[derive(Debug, Default)]
pub struct LogView {
    /// Whose.
    pub session: Option<On<SessionId>>,
    /// The lines, oldest first; at most [`LogView::KEPT`].
    pub lines: VecDeque<LogLine>,
    /// How many older lines were let go.
    pub dropped: u64,
    /// Whether the newest line is shown; else the view is held and nothing scrolls.
    pub follow: bool,
    /// How many lines below the shown ones while held.
    pub below: usize,
    /// How it ended: well, or why the stream broke. `None`: it goes on.
    pub ended: Option<Result<(), String>>,
    pub(super) ticket: Option<Ticket>,
}

impl LogView {
    /// How many lines are kept.
    pub const KEPT: usize = 5_000;
}

/// The order of alerts: severity (worst first), then age (oldest first).
pub type AlertKey = (std::cmp::Reverse<u8>, Time);

/// The Alerts screen.
#[derive(Debug, Default)]
pub struct AlertsList {
    /// Open alerts of the scope.
    pub rows: Rows<AlertKey, On<AlertId>>,
    /// The selected alert.
    pub selected: Option<On<AlertId>>,
    /// Rows that wait, so that nothing moves under the cursor.
    pub waiting: Vec<(AlertKey, On<AlertId>)>,
}

/// The order of requests: those that are over last, then the most urgent clock, then the newest.
pub type RestoreKey = (bool, i64, RequestId);

/// The Restores screen.
#[derive(Debug, Default)]
pub struct RestoresList {
    /// The requests shown, the most urgent first.
    pub rows: Vec<RequestId>,
    /// The selected request.
    pub selected: Option<RequestId>,
    /// Whether closed ones are shown too.
    pub show_closed: bool,
}

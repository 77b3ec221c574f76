//! The lists of the screens Jobs and Restores: rows in order, a selection by id,
//! and what stands beside it. Rows are kept in order as facts come, never sorted to draw.

pub use super::rows::Rows;

use super::{effect::Ticket, line::LineInput};
use ocdeck_domain::{
    facts::LogLine,
    ids::{JobId, On, RequestId, SessionId, TenantId},
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

impl JobClass {
    /// Whether a person must look at it.
    pub fn needs_person(self) -> bool {
        matches!(self, Self::Failed | Self::Warning)
    }
}

/// The order of jobs: class, then tenant and job by name.
pub type JobKey = (JobClass, TenantId, JobId);

/// What rows of a list must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// What is typed.
    pub input: LineInput,
    /// Whether it has the cursor.
    pub typing: bool,
}

impl Filter {
    /// Whether it hides anything, or may soon.
    pub fn is_shown(&self) -> bool {
        self.typing || self.is_on()
    }

    /// Whether it hides anything.
    pub fn is_on(&self) -> bool {
        !self.input.is_blank()
    }

    /// The words, in lower case, each of which a row must hold.
    pub(super) fn words(&self) -> Vec<String> {
        let text = self.input.text().to_lowercase();
        text.split_whitespace().map(str::to_owned).collect()
    }
}

/// Whether a row's text, however it is written, holds every word.
pub(super) fn holds(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}

/// The Jobs screen.
#[derive(Debug, Default)]
pub struct JobsList {
    /// All jobs below the top of the tree, the most urgent first, whatever is shown.
    pub(super) whole: Rows<JobKey, On<JobId>>,
    /// Those of a narrower scope that pass the filter; `None`: all of them are shown.
    pub(super) part: Option<Rows<JobKey, On<JobId>>>,
    /// Jobs of the scope, filtered or not.
    pub total: usize,
    /// The selected job.
    pub selected: Option<On<JobId>>,
    /// What rows must hold.
    pub filter: Filter,
    /// The log of the selected job's session.
    pub log: LogView,
}

impl JobsList {
    /// Jobs of the scope that pass the filter, the most urgent first.
    pub fn rows(&self) -> &Rows<JobKey, On<JobId>> {
        self.part.as_ref().unwrap_or(&self.whole)
    }
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

/// The Restores screen.
#[derive(Debug, Default)]
pub struct RestoresList {
    /// The requests that pass the filter, the most urgent first.
    pub rows: Vec<RequestId>,
    /// Those that would be shown without a filter.
    pub total: usize,
    /// What rows must hold.
    pub filter: Filter,
    /// The selected request.
    pub selected: Option<RequestId>,
    /// Whether closed ones are shown too.
    pub show_closed: bool,
}

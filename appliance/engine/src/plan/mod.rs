//! What a restore would do, path by path, before anything is written.
//!
//! [`make()`] walks the point once, looks at what stands at each path, decides by the
//! policy, and writes every step to a file that [`crate::restore`] carries out. It reads
//! no content: equal means *same by time*. It writes nothing at the target but the
//! temporaries that find out what the target can do.

mod classify;
mod digest;
mod facts;
mod file;
mod holes;
mod look;
mod make;
mod news;
mod source;
mod step;
mod summary;
mod tally;
pub(crate) mod text;

pub use classify::{Action, Case, Finding, classify, decide, kind_of};
pub use file::{Head, PlanFile, Steps, discard};
pub use holes::Holes;
pub use make::make;
pub use source::{Item, PointSource, Visit, Walked};
pub use step::{Step, What};
pub use summary::{Outlook, Summary};

use crate::{
    place::{PathError, Place},
    repo::RepoError,
    worker::protocol::PathBytes,
};
use ocdeck_domain::{facts::PlanEntry, restore::OverwritePolicy};
use std::{io, path::PathBuf};

/// What is to be planned.
#[derive(Clone, Debug)]
pub struct PlanSpec {
    /// The restore point's id.
    pub point: String,
    /// The root of the system whose point it is.
    pub system_root: PathBytes,
    /// Paths inside the point; none: the whole system.
    pub paths: Vec<PathBytes>,
    /// Where to.
    pub place: Place,
    /// What happens to a file that is already there.
    pub policy: OverwritePolicy,
    /// The request's reference, such as `R-0118`.
    pub reference: String,
    /// The point's time in the tenant's zone as `2026-11-20 2200`, for the names of
    /// *keep both*.
    pub stamp: String,
    /// Whether block and character devices may be made.
    pub devices: bool,
}

/// News of a plan being made.
#[derive(Clone, Debug)]
pub enum PlanNews {
    /// How far the counting is.
    Counted {
        /// Entries looked at.
        entries: u64,
        /// Bytes in them.
        bytes: u64,
    },
    /// Some of what it would do: changes first, at most [`NEWS_ENTRIES`] in all.
    Entries(Vec<PlanEntry>),
}

/// How many entries a plan tells in all.
pub const NEWS_ENTRIES: usize = 2000;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A path that cannot be asked for.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The reference or the time cannot stand in the name of a file.
    #[error("{0:?} cannot stand in the name of a file: use letters, digits, - and _")]
    Label(String),
    /// The point cannot be walked.
    #[error("restore point {point} cannot be read: {source}")]
    Point {
        /// The point.
        point: String,
        /// Why.
        source: RepoError,
    },
    /// The plan cannot be kept.
    #[error("the plan {} cannot be written: {source}", .path.display())]
    Write {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The plan cannot be read.
    #[error("the plan {} cannot be read, plan again: {source}", .path.display())]
    Read {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Whoever asked went away.
    #[error("planning was stopped because nobody waits for it any more")]
    Stopped,
}

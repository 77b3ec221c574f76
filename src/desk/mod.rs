//! The desk: what people decide and what was witnessed, kept where no console can lose it.
//!
//! [`Store`] is what a desk's store can do; [`Sqlite`] is the one that ships. [`Desk`] runs a
//! store on a thread of its own, so that a slow disk never holds the screen. The store keeps
//! records without understanding them: what they mean is folded in `ocdeck_domain`.

mod examine;
mod sqlite;
mod worker;

pub use examine::{Examination, examine};
pub use sqlite::Sqlite;
pub use worker::{Desk, DeskEvent};

use ocdeck_domain::{
    facts::Time,
    journal::{DraftRow, NewRecord, Record, Series, Subject},
};
use std::path::PathBuf;
use thiserror::Error;

/// What a desk's store can do. Every call is one transaction: all of it or nothing.
pub trait Store: Send {
    /// The records behind `after`, in order; 0: all of them.
    fn records(&mut self, after: u64) -> Result<Vec<Record>, StoreError>;

    /// All rows of drafts.
    fn drafts(&mut self) -> Result<Vec<DraftRow>, StoreError>;

    /// Writes `records`. A record whose event is there already is not written again. When the
    /// call returns, those that are `durable` survive a power cut.
    fn append(&mut self, records: &[NewRecord], now: Time) -> Result<(), StoreError>;

    /// Gives a subject the next number of its series and writes `records` behind it
    /// ([`journal::opened`](ocdeck_domain::journal::opened)). A subject that has a number keeps
    /// it, and of `records` only what is not there is written.
    fn open(
        &mut self,
        subject: &Subject,
        series: Series,
        records: &[NewRecord],
        now: Time,
    ) -> Result<u32, StoreError>;

    /// The whole history of a subject, in order: for what is not among the open work any more.
    fn history(&mut self, subject: &Subject) -> Result<Vec<Record>, StoreError>;

    /// Keeps what was typed. The last writer of a field wins.
    fn save_drafts(&mut self, rows: &[DraftRow]) -> Result<(), StoreError>;

    /// Whether anybody wrote since the last call.
    fn changed(&mut self) -> Result<bool, StoreError>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The folder could not be made.
    #[error("cannot make the folder {} for the desk; check its owner and free space", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file could not be opened or set up.
    #[error("cannot open the desk {}; check its owner, mode and free space", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file could not be made.
    #[error("cannot make the desk {}; check the folder's owner, mode and free space", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer program wrote the file.
    #[error("the desk {} has version {version}, this ocdeck knows {known}; use the newer ocdeck", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
        /// Ours.
        known: u32,
    },
    /// Reading failed.
    #[error("cannot read the desk")]
    Read(#[source] rusqlite::Error),
    /// Writing failed.
    #[error("cannot write the desk; check free space and whether another program holds the file")]
    Write(#[source] rusqlite::Error),
    /// A row is not what this program writes.
    #[error("record {seq} of the desk is damaged: {what}; restore the file from a backup")]
    Damaged {
        /// Which.
        seq: u64,
        /// What is wrong with it.
        what: String,
    },
    /// Somebody else wrote first.
    #[error("somebody else wrote place {version} in the history of {subject} first")]
    Taken {
        /// About what.
        subject: Subject,
        /// The place.
        version: u32,
    },
}

impl StoreError {
    /// The error and its causes in one line.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}

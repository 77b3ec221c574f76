//! Why a store did not do what it was asked, in words that say what to do.

use ocdeck_domain::journal::Subject;
use std::path::PathBuf;
use thiserror::Error;

/// What a library said.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

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
    /// The file could not be made.
    #[error("cannot make the desk {}; check the folder's owner, mode and free space", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder in which no desk for several people can stand.
    #[error("{} cannot hold a desk: {what}; {remedy}", path.display())]
    Unfit {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// The desk could not be opened or set up.
    #[error("cannot open the desk {place}; {remedy}")]
    Open {
        /// The file, or the address without its secrets.
        place: String,
        /// What to do about it.
        remedy: String,
        /// Why.
        source: Cause,
    },
    /// The address of a server cannot be used.
    #[error(transparent)]
    Address(#[from] super::postgres::AddressError),
    /// Something that is no desk stands there.
    #[error("{place} is no desk of ocdeck ({what}); name another place with --desk")]
    Foreign {
        /// The file, or the address without its secrets.
        place: String,
        /// What it is instead.
        what: String,
    },
    /// A newer program wrote the desk, and this one cannot read it.
    #[error(
        "the desk {place} can be read by version {needs} and later, this ocdeck has {known}; use the newer ocdeck"
    )]
    Newer {
        /// The file, or the address without its secrets.
        place: String,
        /// The oldest version that may read it.
        needs: u32,
        /// Ours.
        known: u32,
    },
    /// The desk may be read and not written.
    #[error("the desk {place} is read-only: {reason}")]
    ReadOnly {
        /// The file, or the address without its secrets.
        place: String,
        /// Why, and what to do about it.
        reason: String,
    },
    /// Reading failed.
    #[error("cannot read the desk {place}; {remedy}")]
    Read {
        /// The file, or the address without its secrets.
        place: String,
        /// What to do about it.
        remedy: String,
        /// Why.
        source: Cause,
    },
    /// Writing failed.
    #[error("cannot write the desk {place}; {remedy}")]
    Write {
        /// The file, or the address without its secrets.
        place: String,
        /// What to do about it.
        remedy: String,
        /// Why.
        source: Cause,
    },
    /// A row is not what this program writes.
    #[error("record {seq} of the desk is damaged: {what}; restore the desk from a backup")]
    Damaged {
        /// Which; 0: a row of the drafts.
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
    /// A record is longer than a desk takes.
    #[error("{kind} of {subject} has {bytes} bytes, a desk takes {most}; make it shorter")]
    TooLong {
        /// About what.
        subject: Subject,
        /// Which kind of record, or which field of a draft.
        kind: String,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// A record's time is none that every program can read again.
    #[error(
        "{kind} of {subject} is dated in the year {year}, a desk takes 1 to 9999; set the clock that told it"
    )]
    Year {
        /// About what.
        subject: Subject,
        /// Which kind of record.
        kind: String,
        /// The year.
        year: i32,
    },
    /// An import needs a desk that holds nothing.
    #[error(
        "the desk {place} holds {records} records and {drafts} rows of drafts already; import \
         into a new one"
    )]
    NotEmpty {
        /// The file, or the address without its secrets.
        place: String,
        /// How many records it holds.
        records: u64,
        /// How many rows of drafts.
        drafts: u64,
    },
    /// A line of an exported desk is not what `ocdeck desk export` writes.
    #[error("line {line} of the export: {what}; nothing was imported")]
    Dump {
        /// Which, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
}

impl StoreError {
    /// Whether the same thing, asked again, will be refused again: it must not be kept and
    /// tried anew, and whoever asked must be told.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Taken { .. } | Self::TooLong { .. } | Self::Year { .. }
        )
    }

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

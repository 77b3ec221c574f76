//! What agent and worker say to each other: one [`Request`] as a JSON line on the
//! worker's standard input, then [`Event`]s as JSON lines on its standard output.
//!
//! The worker stops when its standard input ends (the agent is gone) or carries the
//! line `"cancel"`. Progress comes at most every 200 ms; everything else at once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Version of this protocol. A worker refuses a request of another version.
pub const PROTOCOL: u32 = 1;

/// A path of a file system, as its bytes.
pub type PathBytes = Vec<u8>;

/// What the worker is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// [`PROTOCOL`] of the agent.
    pub protocol: u32,
    /// The work.
    pub task: Task,
}

/// A piece of work.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Make a restore point.
    Backup(BackupSpec),
    /// Carry out a plan.
    Restore(RestoreSpec),
}

/// A repository and how to open it.
#[derive(Clone, Serialize, Deserialize)]
pub struct RepositorySpec {
    /// Its folder.
    pub path: PathBuf,
    /// What opens it.
    pub secret: RepositorySecret,
    /// Bytes that it may hold; a write beyond it is refused.
    pub limit: Option<u64>,
}

/// What opens a repository. Never in arguments, environment or logs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepositorySecret {
    /// A password: scrypt, 0.3 s and more.
    Password(String),
    /// The master key as JSON: instantly.
    MasterKey(String),
}

impl std::fmt::Debug for RepositorySpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RepositorySpec")
            .field("path", &self.path)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// A backup to make.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackupSpec {
    /// Where to.
    pub repository: RepositorySpec,
    /// Label of the point: the job's id.
    pub job: String,
    /// Host of the point: the system's id.
    pub system: String,
    /// The protected folders, absolute.
    pub folders: Vec<PathBytes>,
    /// The point's time, when it is not the time of the run; such a point is tagged `seeded`.
    pub time: Option<DateTime<Utc>>,
    /// Bytes per second to read at most.
    pub read_limit: Option<u64>,
    /// Read every file, also where size and time are as in the point before.
    pub reread_all: bool,
    /// The last backup to this repository did not end well (killed, cancelled, failed):
    /// index what it stored, else it is stored again.
    pub after_kill: bool,
}

/// A restore to carry out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RestoreSpec {
    /// Where from.
    pub repository: RepositorySpec,
    /// The plan, as [`crate::plan`] wrote it.
    pub plan: PathBuf,
    /// The journal of this request: what earlier attempts have done, and where this one
    /// records what is done and synced.
    pub journal: PathBuf,
    /// The attempt, from 1. From 2 on, what the journal says is done is skipped.
    pub attempt: u32,
    /// Bytes per second to write at most; for tests and demos.
    pub write_limit: Option<u64>,
}

/// What the worker tells.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The work has begun: the repository is open and the first file is being looked at.
    Started,
    /// Where it stands.
    Progress(Progress),
    /// A line for the session's log.
    Log {
        /// How much it matters.
        level: Level,
        /// The line.
        text: String,
    },
    /// Something went wrong at one path; the work goes on.
    Issue(Issue),
    /// Everything is written; comparing begins.
    Verifying,
    /// The end of a backup that made a point, or made none.
    BackupDone(BackupOutcome),
    /// The end of a restore.
    RestoreDone(RestoreOutcome),
    /// The end of anything that could not be done. Nothing follows.
    Failed {
        /// What failed and what to do.
        text: String,
        /// Whether it ended because it was told to.
        cancelled: bool,
    },
}

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// What is being done.
    Info,
    /// Something was left out or done otherwise.
    Warning,
    /// Something failed.
    Error,
}

/// Where the work stands. Rates and ETAs are the agent's to compute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Files done.
    pub files_done: u64,
    /// Files in all, once known.
    pub files_total: Option<u64>,
    /// Bytes done.
    pub bytes_done: u64,
    /// Bytes in all, once known.
    pub bytes_total: Option<u64>,
    /// What is being worked on.
    pub current: PathBytes,
}

/// Something that went wrong at one path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// The path, from the root of the file system.
    pub path: PathBytes,
    /// What happened, in words that say what to do.
    pub text: String,
    /// Whether it is only a warning.
    pub warning: bool,
}

/// How a backup ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackupOutcome {
    /// The point's id, all hexadecimal digits.
    pub point: String,
    /// Files in it.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Bytes added to the repository.
    pub added: u64,
    /// Files of the point before; absent: this was the first.
    pub files_before: Option<u64>,
    /// Paths that could not be read.
    pub warnings: u64,
    /// Less than half the files of the point before: the point carries the mark *shrunk*.
    pub shrunk: bool,
    /// Bytes that the repository holds now.
    pub repository_used: u64,
}

/// Files and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

impl std::ops::AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

/// How a restore ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreOutcome {
    /// Written by this attempt.
    pub written: Amount,
    /// Done by an earlier attempt, by the journal.
    pub done_before: Amount,
    /// Left as they were.
    pub left: Amount,
    /// Not as the plan saw them, left alone.
    pub changed_since_plan: u64,
    /// Failed; each was an [`Event::Issue`].
    pub failed: u64,
    /// Warnings; each was an [`Event::Issue`].
    pub warnings: u64,
    /// Compared by hash and equal, those of earlier attempts among them.
    pub verified: Amount,
    /// Compared by hash and not equal; each was an [`Event::Issue`].
    pub unequal: u64,
    /// It ended because it was told to.
    pub cancelled: bool,
}

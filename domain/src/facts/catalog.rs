//! What can be restored, and what a restore would do: the answers of the catalog and the
//! plan of a restore.

use super::{Amount, PathBytes, Time};
use crate::{
    ids::{PointId, RepositoryId, SystemId},
    restore::OverwritePolicy,
};
use serde::{Deserialize, Serialize};

/// A state of a system that can be brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestorePoint {
    /// Id.
    pub id: PointId,
    /// The system.
    pub system: SystemId,
    /// The repository that holds it.
    pub repository: RepositoryId,
    /// The state it shows is of this time.
    pub time: Time,
    /// "full" or "incremental".
    pub kind: String,
    /// "local", "offsite" or "archive".
    pub copy: String,
    /// Files in it.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Bytes it added to the repository.
    pub added: u64,
    /// When all of it was last read and found good.
    pub verified: Option<Time>,
    /// Less than half the files of the point before.
    pub shrunk: bool,
    /// Made by a run at another time than `time`.
    pub seeded: bool,
    /// The folders it holds.
    pub folders: Vec<PathBytes>,
    /// The host that it is of: the system itself when a job of its appliance made it, else
    /// the name of the machine that restic ran on.
    pub host: String,
    /// The tags that restic was given.
    pub tags: Vec<String>,
}

impl RestorePoint {
    /// What tells it from the points of other makers: the host, unless it is the system
    /// itself, and the tags. `None`: a job of its appliance made it.
    pub fn origin(&self) -> Option<String> {
        let host = self.foreign_host().map(str::to_owned);
        let tags = self.tags.iter().map(|tag| format!("#{tag}"));
        let words: Vec<_> = host.into_iter().chain(tags).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The host, unless it is the system itself.
    pub fn foreign_host(&self) -> Option<&str> {
        let host = Some(self.host.as_str());
        host.filter(|host| !host.is_empty() && *host != self.system.as_str())
    }

    /// Whether its maker counted its files: restic before 0.17 does not.
    pub fn is_counted(&self) -> bool {
        self.origin().is_none() || self.files > 0 || self.bytes > 0
    }
}

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A regular file.
    File,
    /// A symbolic link.
    Symlink,
    /// Anything else.
    Other,
}

/// An entry of a folder inside a restore point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, as bytes.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of a file.
    pub size: u64,
    /// When it was last modified.
    pub modified: Option<Time>,
    /// Where a link points.
    pub link_target: PathBytes,
}

/// A name that fits a search. A state of a path that several points hold is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The point that holds it.
    pub point: PointId,
    /// The time of that point.
    pub time: Time,
    /// The path from the root.
    pub path: PathBytes,
    /// What stands there.
    pub kind: EntryKind,
    /// Bytes of a file.
    pub size: u64,
    /// When it was last modified.
    pub modified: Option<Time>,
}

/// How far a look at points is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// Points that are done.
    pub points: u32,
    /// Points in all.
    pub of: u32,
    /// Names that were compared; those of folders that points share count once.
    pub names: u64,
}

/// What is to be known once a look at points is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookEnd {
    /// How far it went.
    pub searched: Searched,
    /// It ended at its limit: there may be more.
    pub limited: bool,
    /// What could not be read, so that something may be missing.
    pub unread: Vec<String>,
}

/// A state of a path, and the run of points that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The newest point of the run.
    pub newest: PointId,
    /// Its time.
    pub newest_time: Time,
    /// The oldest point of the run.
    pub oldest: PointId,
    /// Its time.
    pub oldest_time: Time,
    /// Points in the run.
    pub points: u32,
    /// What stands there.
    pub kind: EntryKind,
    /// Bytes of a file.
    pub size: u64,
    /// When it was last modified.
    pub modified: Option<Time>,
    /// Whether the content is that of the version before it in time; absent: there is none.
    pub same_content: Option<bool>,
}

/// What a plan found at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing stands there.
    New,
    /// A file that differs stands there, older than the point's.
    Changed,
    /// Same type, size and modification time.
    Same,
    /// Newer than the point's, or of another type.
    Conflict,
    /// A finding that this build does not know.
    Unknown(i32),
}

/// What a plan would do at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanAction {
    /// Create.
    Create,
    /// Replace.
    Replace,
    /// Leave.
    Keep,
    /// Write beside.
    Beside,
    /// Cannot be restored.
    Skip,
    /// An action that this build does not know.
    Unknown(i32),
}

/// One path of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanEntry {
    /// Where it would be written.
    pub path: PathBytes,
    /// What stands there.
    pub finding: Finding,
    /// What would be done.
    pub action: PlanAction,
    /// Bytes of the point's file.
    pub size: u64,
    /// Modification time of the point's file.
    pub modified: Option<Time>,
    /// Bytes of what stands there.
    pub there_size: Option<u64>,
    /// Modification time of what stands there.
    pub there_modified: Option<Time>,
    /// Why it is a conflict or skipped; may be empty.
    pub reason: String,
}

/// What a policy would do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The policy.
    pub policy: OverwritePolicy,
    /// Files created, those of *keep both* among them.
    pub created: Amount,
    /// Files replaced.
    pub replaced: Amount,
    /// Files left as they are.
    pub left: Amount,
}

/// A plan as a whole. See `PlanResult` in `restores.proto`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// SHA-256 that names it.
    pub digest: Vec<u8>,
    /// Nothing stands there.
    pub new: Amount,
    /// Differs, older than the point's.
    pub changed: Amount,
    /// Same by type, size and time.
    pub same: Amount,
    /// Newer, or of another type.
    pub conflict: Amount,
    /// Cannot be restored.
    pub skipped: Amount,
    /// Folders created.
    pub new_folders: u64,
    /// Written in all.
    pub written: Amount,
    /// Existing files replaced.
    pub replaced: Amount,
    /// What each policy would do.
    pub outlooks: Vec<Outlook>,
    /// Bytes free at the target.
    pub free_bytes: u64,
    /// Where the first items go.
    pub first_paths: Vec<PathBytes>,
    /// What must be mended first.
    pub problems: Vec<String>,
    /// What should be known first.
    pub warnings: Vec<String>,
    /// Why one person may not dispatch it alone.
    pub beyond_limit: Vec<String>,
    /// Until when the appliance keeps it.
    pub expires: Option<Time>,
    /// Bytes per second to expect; 0: not known.
    pub expected_rate: u64,
    /// Why it cannot await another person's approval beyond the limit; empty: it can.
    pub approval_off: String,
    /// Why nobody can break glass beyond the limit; empty: one can.
    pub break_glass_off: String,
    /// Some of its paths, changes first.
    pub entries: Vec<PlanEntry>,
}

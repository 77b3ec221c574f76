//! A restore point as the engine shows it, whoever made it.

use super::node::FolderId;
use crate::worker::protocol::PathBytes;
use chrono::{DateTime, Utc};
use rustic_core::repofile::SnapshotFile;

/// The tag of a point whose time was given, not taken from the clock.
pub const SEEDED: &str = "seeded";
/// The tag of a point with less than half the files of the one before.
pub const SHRUNK: &str = "shrunk";

/// A restore point. Points made by restic itself have no job, and no counts before restic 0.17.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// All hexadecimal digits of its id.
    pub id: String,
    /// When it was made, or says that it was when it is seeded.
    pub time: DateTime<Utc>,
    /// Its time was given.
    pub seeded: bool,
    /// Less than half the files of the point before.
    pub shrunk: bool,
    /// The host of the snapshot: of our own points the system, else the machine's name.
    pub host: String,
    /// Its tags without our own marks, as the maker wrote them.
    pub tags: Vec<String>,
    /// The job: the label of the snapshot; empty when another program made it.
    pub job: String,
    /// Files in it, where recorded.
    pub files: Option<u64>,
    /// Bytes in them, where recorded.
    pub bytes: Option<u64>,
    /// Bytes that it added to the repository, where recorded.
    pub added: Option<u64>,
    /// The protected folders.
    pub folders: Vec<PathBytes>,
    /// The point it was compared with when it was made.
    pub parent: Option<String>,
    /// The root folder.
    pub(crate) root: FolderId,
}

impl Point {
    pub(super) fn from_snapshot(snapshot: &SnapshotFile) -> Option<Self> {
        let summary = snapshot.summary.as_ref();
        let tags = (&snapshot.tags).into_iter();
        Some(Self {
            id: snapshot.id.to_hex().as_str().to_owned(),
            time: super::node::utc(snapshot.time.timestamp().as_nanosecond())?,
            seeded: snapshot.tags.contains(SEEDED),
            shrunk: snapshot.tags.contains(SHRUNK),
            host: snapshot.hostname.clone(),
            tags: tags
                .filter(|tag| ![SEEDED, SHRUNK].contains(&tag.as_str()))
                .cloned()
                .collect(),
            job: snapshot.label.clone(),
            files: summary.map(|s| s.total_files_processed),
            bytes: summary.map(|s| s.total_bytes_processed),
            added: summary.map(|s| s.data_added_packed),
            folders: snapshot
                .paths
                .iter()
                .map(|path| path.as_bytes().to_vec())
                .collect(),
            parent: snapshot.parent.map(|id| id.to_hex().as_str().to_owned()),
            root: FolderId(snapshot.tree),
        })
    }
}

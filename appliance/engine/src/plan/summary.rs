//! A plan as a whole: counts of all steps, and what every policy would do.

use crate::worker::protocol::{Amount, PathBytes};
use ocdeck_domain::restore::OverwritePolicy;
use serde::{Deserialize, Serialize};

/// What a policy would do with the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// A plan as a whole. Links are files of no bytes; each path is counted under exactly one
/// of new, changed, same, conflict and skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// SHA-256 over the point, the target, the policy, and every step with what stood there.
    pub digest: Vec<u8>,
    /// Nothing stands there.
    pub new: Amount,
    /// Differs and is not newer.
    pub changed: Amount,
    /// Same by type, size and time.
    pub same: Amount,
    /// Newer, or of another type.
    pub conflict: Amount,
    /// Not restored; each is named when the restore runs.
    pub skipped: Amount,
    /// Folders created.
    pub new_folders: u64,
    /// Files and links written.
    pub written: Amount,
    /// Existing files and links replaced.
    pub replaced: Amount,
    /// What each policy would do.
    pub outlooks: Vec<Outlook>,
    /// Bytes free at the target.
    pub free_bytes: u64,
    /// Where the first three go, from the root of the file system.
    pub first_paths: Vec<PathBytes>,
    /// Names written of files that had several (hard links).
    #[serde(default)]
    pub linked: u64,
    /// What must be mended before it can be carried out; each says what to do.
    pub problems: Vec<String>,
    /// What should be known before.
    pub warnings: Vec<String>,
}

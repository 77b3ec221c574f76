//! One step of a plan, as it stands in the plan's file.

use super::classify::{Action, Finding};
use crate::{
    place::{Metadata, Stamp, There, Xattr},
    repo::{BlobId, Special},
    worker::protocol::PathBytes,
};
use serde::{Deserialize, Serialize};

/// What is restored by a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A regular file of these blobs.
    File(Vec<(BlobId, Option<u32>)>),
    /// A folder.
    Folder,
    /// A symbolic link to this.
    Symlink(#[serde(with = "super::text")] PathBytes),
    /// A named pipe or a device.
    Special(Special),
    /// Nothing: it is only named.
    Nothing,
}

/// One path of a plan. A million of them stand in a file: the keys are short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where, below the target; empty: the target itself. For [`Action::Beside`] the name
    /// that was found for it.
    #[serde(rename = "p", with = "super::text")]
    pub path: PathBytes,
    /// What.
    #[serde(rename = "w")]
    pub what: What,
    /// What stands there; `None`: nothing was looked for, as for a skipped path.
    #[serde(rename = "f", skip_serializing_if = "Option::is_none", default)]
    pub finding: Option<Finding>,
    /// What is done.
    #[serde(rename = "a")]
    pub action: Action,
    /// Bytes.
    #[serde(rename = "n")]
    pub size: u64,
    /// What stood at the path of the point's file when it was planned; of merged folders
    /// it is not kept.
    #[serde(rename = "t", skip_serializing_if = "Option::is_none", default)]
    pub there: Option<There>,
    /// Whether a folder that is already there gets the point's mode, owner and times.
    #[serde(rename = "d", skip_serializing_if = "is_false", default)]
    pub dress: bool,
    /// Mode.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none", default)]
    pub mode: Option<u32>,
    /// Owner.
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    pub uid: Option<u32>,
    /// Group.
    #[serde(rename = "g", skip_serializing_if = "Option::is_none", default)]
    pub gid: Option<u32>,
    /// When it was modified.
    #[serde(rename = "mt", skip_serializing_if = "Option::is_none", default)]
    pub modified: Option<Stamp>,
    /// When it was read.
    #[serde(rename = "at", skip_serializing_if = "Option::is_none", default)]
    pub accessed: Option<Stamp>,
    /// Extended attributes.
    #[serde(rename = "x", skip_serializing_if = "Vec::is_empty", default)]
    pub xattrs: Vec<Xattr>,
    /// Which file of the point it is a name of, where it had several (hard links).
    #[serde(rename = "l", skip_serializing_if = "Option::is_none", default)]
    pub link: Option<u64>,
    /// Why it is a conflict or is skipped.
    #[serde(rename = "r", skip_serializing_if = "String::is_empty", default)]
    pub reason: String,
}

// serde calls it with a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Step {
    /// Mode, owner, times and attributes.
    pub fn metadata(&self) -> Metadata {
        Metadata {
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            modified: self.modified,
            accessed: self.accessed,
            xattrs: self.xattrs.clone(),
        }
    }

    /// Whether it writes a file, a link, a pipe or a device.
    pub fn writes(&self) -> bool {
        self.action.writes() && !matches!(self.what, What::Folder | What::Nothing)
    }
}

//! What stands in a restore point: files, folders, links. The library's own types end here.

use crate::place::{Xattr, key};
use chrono::{DateTime, Utc};
use rustic_core::repofile::{Metadata, Node as StoredNode, NodeType};
use rustic_core::{DataId, Id, TreeId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::os::unix::ffi::OsStrExt;

/// One entry of a folder in a restore point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name in its folder, as bytes: not every name is UTF-8.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Bytes of a file's content: the sum of its blobs where the index knows them all, which
    /// is what a restore writes, even when the file changed while it was backed up.
    pub size: u64,
    /// Permission bits with setuid, setgid and sticky (`0o7777`); absent when not recorded.
    pub mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Time of the last change of the content.
    pub mtime: Option<DateTime<Utc>>,
    /// Which file this is a name of, where it had several names (hard links): the same for
    /// each of them in a point.
    pub linked: Option<u64>,
    /// Extended attributes.
    pub xattrs: Vec<Xattr>,
    /// A file's content, in order. Empty for everything else.
    pub blobs: Vec<Blob>,
    /// The folder's content.
    pub(crate) folder: Option<FolderId>,
}

/// The content of a folder. The same in every point whose folder is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FolderId(pub(super) TreeId);

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink {
        /// Where it points, as bytes.
        target: Vec<u8>,
    },
    /// Anything else.
    Special(Special),
}

/// Nodes that are neither file, folder nor link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Special {
    /// A block device of this number.
    BlockDevice(u64),
    /// A character device of this number.
    CharDevice(u64),
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

impl std::fmt::Display for Special {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::BlockDevice(_) => "block device",
            Self::CharDevice(_) => "character device",
            Self::Fifo => "named pipe",
            Self::Socket => "socket",
        })
    }
}

/// A piece of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its id.
    pub id: BlobId,
    /// Its length; absent when the index does not know it, so that reading it will fail.
    pub length: Option<u32>,
}

/// The id of a blob: the SHA-256 of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobId(pub(super) DataId);

impl BlobId {
    /// The id of a blob with this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(DataId::from(Id::new(Sha256::digest(content).into())))
    }
}

impl std::fmt::Display for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.to_hex().as_str())
    }
}

impl Node {
    /// Whether it is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.kind == Kind::Folder
    }

    /// The folder above all others.
    pub(crate) fn root(folder: FolderId) -> Self {
        Self {
            name: Vec::new(),
            kind: Kind::Folder,
            size: 0,
            mode: None,
            uid: None,
            gid: None,
            mtime: None,
            linked: None,
            xattrs: Vec::new(),
            blobs: Vec::new(),
            folder: Some(folder),
        }
    }

    /// From the library's node; `length` tells how long a blob is.
    pub(super) fn from_stored(
        stored: &StoredNode,
        length: impl Fn(&DataId) -> Option<u32>,
    ) -> Self {
        let blobs: Vec<Blob> = stored
            .content
            .iter()
            .flatten()
            .map(|id| Blob {
                id: BlobId(*id),
                length: length(id),
            })
            .collect();
        let Metadata {
            mode, mtime, size, ..
        } = stored.meta;
        let kind = kind(&stored.node_type);
        let size = match kind {
            Kind::File => blobs
                .iter()
                .map(|blob| blob.length.map(u64::from))
                .sum::<Option<u64>>()
                .unwrap_or(size),
            _ => 0,
        };
        Self {
            name: stored.name().as_bytes().to_vec(),
            kind,
            size,
            mode: mode.map(permissions),
            uid: stored.meta.uid,
            gid: stored.meta.gid,
            mtime: mtime.and_then(|time| utc(time.as_nanosecond())),
            linked: linked(stored),
            xattrs: xattrs(&stored.meta),
            blobs,
            folder: stored.subtree.map(FolderId),
        }
    }
}

fn kind(stored: &NodeType) -> Kind {
    match stored {
        NodeType::File => Kind::File,
        NodeType::Dir => Kind::Folder,
        NodeType::Symlink { .. } => Kind::Symlink {
            target: stored.to_link().as_os_str().as_bytes().to_vec(),
        },
        NodeType::Dev { device } => Kind::Special(Special::BlockDevice(*device)),
        NodeType::Chardev { device } => Kind::Special(Special::CharDevice(*device)),
        NodeType::Fifo => Kind::Special(Special::Fifo),
        NodeType::Socket => Kind::Special(Special::Socket),
    }
}

/// Names of one inode are names of one file only when they hold the same: it may have
/// changed between the reading of one and of the other.
fn linked(stored: &StoredNode) -> Option<u64> {
    let meta = &stored.meta;
    if meta.links <= 1 || meta.inode == 0 || stored.is_dir() {
        return None;
    }
    let time = meta.mtime.map(|time| time.as_nanosecond());
    let mut all = Vec::new();
    for number in [meta.device_id, meta.inode, meta.size] {
        all.extend(number.to_be_bytes());
    }
    all.extend(time.unwrap_or_default().to_be_bytes());
    for number in [meta.mode, meta.uid, meta.gid] {
        all.extend(number.unwrap_or_default().to_be_bytes());
    }
    for blob in stored.content.iter().flatten() {
        all.extend(blob.to_hex().as_bytes());
    }
    Some(key(&all))
}

fn xattrs(stored: &Metadata) -> Vec<Xattr> {
    let all = stored.extended_attributes.iter();
    all.map(|it| Xattr {
        name: it.name.as_bytes().to_vec(),
        value: it.value.clone().unwrap_or_default(),
    })
    .collect()
}

/// Whether a file system can have an entry of this name.
pub(crate) fn possible(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.iter().any(|byte| matches!(byte, b'/' | 0))
}

/// The repository stores Go's mode word: permissions below, setuid, setgid and sticky high.
fn permissions(go: u32) -> u32 {
    let bit = |from: u32, to: u32| if go & (1 << from) == 0 { 0 } else { to };
    (go & 0o777) | bit(23, 0o4000) | bit(22, 0o2000) | bit(20, 0o1000)
}

/// From nanoseconds since 1970. Times before it exist in the wild.
pub(super) fn utc(nanoseconds: i128) -> Option<DateTime<Utc>> {
    const SECOND: i128 = 1_000_000_000;
    let seconds = i64::try_from(nanoseconds.div_euclid(SECOND)).ok()?;
    let rest = u32::try_from(nanoseconds.rem_euclid(SECOND)).ok()?;
    DateTime::from_timestamp(seconds, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gos_mode_word_becomes_permissions() {
        assert_eq!(permissions(0o644), 0o644);
        assert_eq!(permissions((1 << 31) | 0o755), 0o755, "a folder");
        assert_eq!(permissions((1 << 23) | 0o755), 0o4755, "setuid");
        assert_eq!(permissions((1 << 22) | 0o755), 0o2755, "setgid");
        assert_eq!(
            permissions((1 << 31) | (1 << 20) | 0o777),
            0o1777,
            "sticky folder"
        );
    }

    #[test]
    fn times_before_1970_keep_their_nanoseconds() {
        let time = utc(-1).unwrap();
        assert_eq!(
            (time.timestamp(), time.timestamp_subsec_nanos()),
            (-1, 999_999_999)
        );
    }

    #[test]
    fn names_that_leave_their_folder_are_impossible() {
        for name in [&b""[..], b".", b"..", b"a/b", b"a\0b"] {
            assert!(!possible(name), "{name:?}");
        }
        assert!(possible(b"..."));
        assert!(possible(b"\xff"));
    }
}

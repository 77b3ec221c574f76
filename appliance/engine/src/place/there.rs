//! What stands at a name.

use rustix::fs::{FileType, Stat};
use serde::{Deserialize, Serialize};

/// A time of a file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp(
    /// Seconds since 1970.
    pub i64,
    /// Nanoseconds.
    pub u32,
);

impl Stamp {
    /// Whether a file system that kept this time would show `there`: some keep whole
    /// seconds, some microseconds.
    pub fn is_kept_as(self, there: Self) -> bool {
        let grain = match there.1 {
            0 => 1_000_000_000,
            nanos if nanos % 1000 == 0 => 1000,
            _ => 1,
        };
        self.0 == there.0 && self.1 / grain == there.1 / grain
    }
}

/// What kind of thing stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block device.
    BlockDevice,
    /// A character device.
    CharDevice,
}

impl Kind {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Symlink => "a symbolic link",
            Self::Fifo => "a named pipe",
            Self::Socket => "a socket",
            Self::BlockDevice => "a block device",
            Self::CharDevice => "a character device",
        }
    }
}

/// What stands at a name, as far as it says whether it is still the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct There {
    /// What it is.
    pub kind: Kind,
    /// Its inode.
    pub inode: u64,
    /// Its bytes.
    pub size: u64,
    /// When it was modified.
    pub modified: Stamp,
    /// When its inode was changed.
    pub changed: Stamp,
    /// The number of a device; 0: it is none.
    #[serde(rename = "rdev", skip_serializing_if = "is_zero", default)]
    pub device: u64,
    /// It has further names (hard links); of a folder that says nothing.
    #[serde(skip_serializing_if = "is_false", default)]
    pub shared: bool,
}

// serde calls these with a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !*value
}

impl There {
    pub(super) fn from_stat(stat: &Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Symlink,
            FileType::Fifo => Kind::Fifo,
            FileType::BlockDevice => Kind::BlockDevice,
            FileType::CharacterDevice => Kind::CharDevice,
            _ => Kind::Socket,
        };
        let is_device = matches!(kind, Kind::BlockDevice | Kind::CharDevice);
        let nanos = |value| u32::try_from(value).unwrap_or(0);
        Self {
            kind,
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: Stamp(stat.st_mtime, nanos(stat.st_mtime_nsec)),
            changed: Stamp(stat.st_ctime, nanos(stat.st_ctime_nsec)),
            device: if is_device { stat.st_rdev } else { 0 },
            shared: kind != Kind::Folder && stat.st_nlink > 1,
        }
    }

    /// Whether it is `other`, when one of its further names may have gone or come since:
    /// that changes an inode, and says nothing of its content.
    pub fn is_but_for_links(&self, other: &Self) -> bool {
        let plain = |there: &Self| Self {
            changed: Stamp::default(),
            shared: false,
            ..*there
        };
        plain(self) == plain(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_kept_as_coarsely_as_the_file_system_does() {
        let exact = Stamp(10, 123_456_789);
        assert!(exact.is_kept_as(exact));
        assert!(exact.is_kept_as(Stamp(10, 123_456_000)));
        assert!(exact.is_kept_as(Stamp(10, 0)));
        assert!(!exact.is_kept_as(Stamp(10, 123_456_788)));
        assert!(!exact.is_kept_as(Stamp(11, 0)));
    }
}

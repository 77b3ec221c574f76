//! Mode, owner, times and extended attributes: set, in the order in which none takes
//! another away, and what could not be set is said in words.

use super::{
    folder::Folder,
    there::Stamp,
    write::{advise, is_unsupported},
};
use crate::worker::protocol::PathBytes;
use ocdeck_domain::text;
use rustix::{
    fs::{
        AtFlags, CWD, FileType, Gid, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, Uid,
        XattrFlags, chmodat, chownat, fchmod, fchown, flistxattr, fremovexattr, fsetxattr, fstat,
        futimens, lsetxattr, openat, statat, utimensat,
    },
    io::Errno,
};
use serde::{Deserialize, Serialize};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Bits that lend rights: they are not given away with a file whose owner could not be set.
const LENDING_BITS: u32 = 0o6000;
/// Access lists that a new file takes over from its folder, so that others than the point
/// says could read it.
const INHERITED: [&str; 2] = ["system.posix_acl_access", "system.posix_acl_default"];
/// The kernel takes no longer list of names.
const LONGEST_LIST: usize = 1 << 16;

/// An extended attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Xattr {
    /// Its name, with its class: `user.note`.
    #[serde(rename = "n", with = "crate::plan::text")]
    pub name: PathBytes,
    /// Its value.
    #[serde(rename = "v", with = "crate::plan::text")]
    pub value: PathBytes,
}

/// Mode, owner, times and extended attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Permission bits, with set-id and sticky.
    pub mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// When it was modified.
    pub modified: Option<Stamp>,
    /// When it was read.
    pub accessed: Option<Stamp>,
    /// Extended attributes.
    pub xattrs: Vec<Xattr>,
}

impl Metadata {
    /// Whether what stands at `name` has this mode and this owner.
    pub fn is_at(&self, folder: &Folder, name: &[u8]) -> bool {
        statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| {
            owns(stat.st_uid, stat.st_gid, self)
                && self.mode.is_none_or(|mode| mode == stat.st_mode & 0o7777)
        })
    }
}

/// Sets the metadata of an open file or folder.
pub(super) fn set_by_handle(handle: impl AsFd, metadata: &Metadata) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut mode = metadata.mode;
    // The owner first: setting it takes the set-id bits and capabilities away.
    if !fstat(&handle).is_ok_and(|stat| owns(stat.st_uid, stat.st_gid, metadata)) {
        let (uid, gid) = owner(metadata);
        if !note(&mut warnings, "owner", fchown(&handle, uid, gid)) {
            mode = mode.map(|mode| mode & !LENDING_BITS);
        }
    }
    // Before the mode: a file that is closed to writing takes no attributes.
    set_xattrs(&mut warnings, metadata, |attribute| {
        let Xattr { name, value } = attribute;
        fsetxattr(&handle, name.as_slice(), value, XattrFlags::empty())
    });
    remove_inherited(&mut warnings, handle.as_fd(), metadata);
    if let Some(mode) = mode {
        let mode = Mode::from_raw_mode(mode & 0o7777);
        note(&mut warnings, "mode", fchmod(&handle, mode));
    }
    if let Some(times) = times(metadata) {
        note(&mut warnings, "times", futimens(&handle, &times));
    }
    warnings
}

/// Sets the metadata of what is not opened: a link has no mode, and a pipe or device is
/// not touched by it.
pub(super) fn set_by_name(
    folder: &Folder,
    name: &[u8],
    metadata: &Metadata,
    has_mode: bool,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut mode = metadata.mode.filter(|_| has_mode);
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    let owned =
        statat(folder, name, flags).is_ok_and(|stat| owns(stat.st_uid, stat.st_gid, metadata));
    if !owned {
        let (uid, gid) = owner(metadata);
        if !note(
            &mut warnings,
            "owner",
            chownat(folder, name, uid, gid, flags),
        ) {
            mode = mode.map(|mode| mode & !LENDING_BITS);
        }
    }
    if !metadata.xattrs.is_empty() {
        // There is no call that takes a folder and a name.
        let mut path = format!("/proc/self/fd/{}/", folder.as_fd().as_raw_fd()).into_bytes();
        path.extend_from_slice(name);
        set_xattrs(&mut warnings, metadata, |attribute| {
            let Xattr { name, value } = attribute;
            lsetxattr(path.as_slice(), name.as_slice(), value, XattrFlags::empty())
        });
    }
    if let Some(mode) = mode {
        let mode = Mode::from_raw_mode(mode & 0o7777);
        note(&mut warnings, "mode", chmod_special(folder, name, mode));
    }
    if let Some(times) = times(metadata) {
        note(
            &mut warnings,
            "times",
            utimensat(folder, name, &times, flags),
        );
    }
    warnings
}

/// The kernel's chmod by name follows a link that somebody may have swapped in; so what
/// stands there is held first, and changed through what is held.
fn chmod_special(folder: &Folder, name: &[u8], mode: Mode) -> rustix::io::Result<()> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let held = openat(folder, name, flags, Mode::empty())?;
    match FileType::from_raw_mode(fstat(&held)?.st_mode) {
        FileType::Fifo | FileType::BlockDevice | FileType::CharacterDevice => {
            let path = format!("/proc/self/fd/{}", held.as_raw_fd());
            chmodat(CWD, path.as_str(), mode, AtFlags::empty())
        }
        _ => Err(Errno::INVAL),
    }
}

fn set_xattrs(
    warnings: &mut Vec<String>,
    metadata: &Metadata,
    set: impl Fn(&Xattr) -> rustix::io::Result<()>,
) {
    let mut failed = Vec::new();
    let mut cause = None;
    for attribute in &metadata.xattrs {
        if let Err(error) = set(attribute) {
            failed.push(text::show(&attribute.name));
            cause.get_or_insert(error);
        }
    }
    if let Some(cause) = cause {
        warnings.push(format!(
            "restored, but without its extended attributes {}: {}",
            failed.join(", "),
            why_no_xattr(cause)
        ));
    }
}

fn why_no_xattr(error: Errno) -> String {
    match error {
        Errno::PERM | Errno::ACCESS => {
            "the agent may not set them: run it as root, outside of a container".to_owned()
        }
        Errno::NOSPC | Errno::TOOBIG | Errno::RANGE => {
            "the target's file system has no room for them".to_owned()
        }
        error if is_unsupported(error) => "the target's file system does not hold them".to_owned(),
        error => advise(&error.into()),
    }
}

fn remove_inherited(warnings: &mut Vec<String>, handle: BorrowedFd<'_>, metadata: &Metadata) {
    let mut list = [0; 256];
    let mut long = Vec::new();
    let listed = match flistxattr(handle, &mut list[..]) {
        Ok(length) => list.get(..length).unwrap_or_default(),
        Err(Errno::RANGE) => {
            long.resize(LONGEST_LIST, 0);
            let length = flistxattr(handle, &mut long[..]).unwrap_or_default();
            long.get(..length).unwrap_or_default()
        }
        // A file system without attributes hands none down.
        Err(_) => return,
    };
    for name in listed.split(|byte| *byte == 0) {
        let inherited = INHERITED.iter().any(|it| it.as_bytes() == name);
        if inherited && !metadata.xattrs.iter().any(|it| it.name == name) {
            note(warnings, "access list", fremovexattr(handle, name));
        }
    }
}

fn note(warnings: &mut Vec<String>, what: &str, result: rustix::io::Result<()>) -> bool {
    match result {
        Ok(()) => true,
        // In a container, a user that it does not know is an invalid argument.
        Err(Errno::PERM | Errno::INVAL) if what == "owner" => {
            warnings.push(
                "restored, but its owner could not be set: run the agent as root to restore \
                 files of other owners"
                    .to_owned(),
            );
            false
        }
        Err(error) => {
            let text = advise(&error.into());
            warnings.push(format!("restored, but its {what} could not be set: {text}"));
            false
        }
    }
}

fn owns(uid: u32, gid: u32, metadata: &Metadata) -> bool {
    metadata.uid.is_none_or(|wanted| wanted == uid)
        && metadata.gid.is_none_or(|wanted| wanted == gid)
}

fn owner(metadata: &Metadata) -> (Option<Uid>, Option<Gid>) {
    // The highest number means "leave as it is" to the kernel, and is nobody's.
    let real = |id: &u32| *id != u32::MAX;
    (
        metadata.uid.filter(real).map(Uid::from_raw),
        metadata.gid.filter(real).map(Gid::from_raw),
    )
}

fn times(metadata: &Metadata) -> Option<Timestamps> {
    if metadata.modified.is_none() && metadata.accessed.is_none() {
        return None;
    }
    let spec = |stamp: Option<Stamp>| match stamp {
        Some(Stamp(seconds, nanos)) => Timespec {
            tv_sec: seconds,
            tv_nsec: nanos.min(999_999_999).into(),
        },
        None => Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
    };
    Some(Timestamps {
        last_access: spec(metadata.accessed),
        last_modification: spec(metadata.modified),
    })
}

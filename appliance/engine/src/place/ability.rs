//! What a target can do and hold: found out once, when a restore is planned.

use super::{
    folder::Folder,
    write::{create_by_link, is_unsupported, reserve},
};
use crate::worker::protocol::PathBytes;
use ocdeck_faults::{Point, reached};
use rustix::{
    fs::{
        AtFlags, Mode, OFlags, RenameFlags, XattrFlags, fsetxattr, fstatvfs, linkat, openat,
        renameat, renameat_with, symlinkat, unlinkat,
    },
    io::Errno,
};
use serde::{Deserialize, Serialize};
use std::io;

/// How something is created only where nothing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// By a rename that does not replace.
    Rename,
    /// By a second link: NFS, sshfs.
    Link,
    /// By an empty file that takes the name, and is replaced when the content is whole.
    Reserve,
}

/// What a target can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// How it creates without replacing; `None`: it cannot.
    pub keep: Option<Keep>,
    /// Whether it holds symbolic links.
    pub symlinks: bool,
    /// Whether a file can have several names (hard links).
    pub links: bool,
    /// Whether it holds extended attributes.
    pub xattrs: bool,
}

impl Abilities {
    /// Tries it out in `folder`, with temporaries that are gone afterwards. `whose` names
    /// them: no two that try at once may have the same.
    pub fn of(folder: &Folder, whose: u64) -> io::Result<Self> {
        let [one, two] = temporaries(whose);
        Self::clear(folder, whose);
        let found = probe(folder, &one, &two);
        Self::clear(folder, whose);
        found
    }

    /// Removes the temporaries of one who was killed in the middle.
    pub fn clear(folder: &Folder, whose: u64) {
        for name in temporaries(whose) {
            let _ = unlinkat(folder, name.as_slice(), AtFlags::empty());
        }
    }
}

fn temporaries(whose: u64) -> [PathBytes; 2] {
    ["a", "b"].map(|end| format!(".ocdeck-probe-{whose:016x}-{end}.part").into_bytes())
}

fn probe(folder: &Folder, one: &[u8], two: &[u8]) -> io::Result<Abilities> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let made = openat(folder, one, flags, Mode::RUSR | Mode::WUSR)?;
    reached(Point::AgentProbing);
    let attribute = fsetxattr(&made, "user.ocdeck", b"1", XattrFlags::empty());
    let xattrs = !attribute.is_err_and(is_unsupported);
    let links = linkat(folder, one, folder, two, AtFlags::empty()).is_ok();
    let _ = unlinkat(folder, two, AtFlags::empty());
    let keep = match renameat_with(folder, one, folder, two, RenameFlags::NOREPLACE) {
        Ok(()) => Some(Keep::Rename),
        Err(error) if is_unsupported(error) => match create_by_link(folder, one, two) {
            Ok(true) => Some(Keep::Link),
            _ => reserve(folder, two)
                .and_then(|taken| match taken {
                    Some(_) => renameat(folder, one, folder, two).map_err(Into::into),
                    None => Err(Errno::EXIST.into()),
                })
                .is_ok()
                .then_some(Keep::Reserve),
        },
        Err(error) => return Err(error.into()),
    };
    let _ = unlinkat(folder, one, AtFlags::empty());
    let symlinks = match symlinkat("x", folder, one) {
        Ok(()) => true,
        Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => false,
        Err(error) => return Err(error.into()),
    };
    Ok(Abilities {
        keep,
        symlinks,
        links,
        xattrs,
    })
}

/// What is free at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes.
    pub bytes: u64,
    /// Files; `None`: the file system has no such limit.
    pub files: Option<u64>,
}

impl Space {
    /// What is free where `folder` is.
    pub fn of(folder: &Folder) -> io::Result<Self> {
        let stat = fstatvfs(folder)?;
        Ok(Self {
            bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
            files: (stat.f_files > 0).then_some(stat.f_favail),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Place, Tree};
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_local_folder_can_all_and_is_left_empty() {
        let temp = tempfile::tempdir().unwrap();
        let place = Place::elsewhere(temp.path().as_os_str().as_bytes(), b"");
        let tree = Tree::open(&place).unwrap().unwrap();
        let found = Abilities::of(tree.top(), 1).unwrap();
        assert!(found.keep.is_some() && found.symlinks && found.links);
        assert!(Space::of(tree.top()).unwrap().bytes > 0);
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
    }
}

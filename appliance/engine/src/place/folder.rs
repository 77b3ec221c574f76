//! Folders as open handles: the way to them is walked once, component by component,
//! and never through a symlink.

use super::{
    mapping::Place,
    name::{is_component, parts},
    there::There,
    write::advise,
};
use crate::worker::protocol::PathBytes;
use ocdeck_domain::text;
use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags, fstat, mkdirat, openat, readlinkat, statat, unlinkat},
    io::Errno,
};
use std::{
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

/// Handles kept open at the end of the way down; what is above is opened again when it is
/// needed, so that no depth exhausts the process's handles.
const KEPT_OPEN: usize = 64;

/// Why the target cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The target does not exist.
    #[error("the target folder {path} does not exist: mount or make it, or choose another target")]
    Missing {
        /// The target.
        path: String,
    },
    /// Something else stands on the way to it.
    #[error(
        "{path} is reached through a symbolic link or is no folder: choose the folder itself as target"
    )]
    NotAFolder {
        /// The target.
        path: String,
    },
    /// It cannot be opened.
    #[error("the target folder {path} cannot be opened: {}", advise(.source))]
    Open {
        /// The target.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    handle: OwnedFd,
    /// The device that it is on.
    pub device: u64,
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

impl Folder {
    fn new(handle: OwnedFd) -> io::Result<Self> {
        let device = fstat(&handle)?.st_dev;
        Ok(Self { handle, device })
    }

    /// Opens the folder `name` in it. A symlink or anything else is an error.
    pub fn enter(&self, name: &[u8]) -> io::Result<Self> {
        let name = checked(name)?;
        Self::new(openat(&self.handle, name, folder_flags(), Mode::empty())?)
    }

    /// What stands at `name`, itself: a symlink is not followed.
    pub fn look(&self, name: &[u8]) -> io::Result<Option<There>> {
        match statat(&self.handle, checked(name)?, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(There::from_stat(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Where the symlink `name` points.
    pub fn link_target(&self, name: &[u8]) -> io::Result<PathBytes> {
        Ok(readlinkat(&self.handle, checked(name)?, Vec::new())?.into_bytes())
    }

    /// Opens the regular file `name` for reading; nothing else, and a pipe does not block.
    pub fn open_file(&self, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(&self.handle, checked(name)?, flags, Mode::empty())?);
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(Errno::INVAL.into())
        }
    }

    /// Removes what stands at `name`, unless it is a folder. Says whether there was any.
    pub fn remove(&self, name: &[u8]) -> io::Result<bool> {
        match unlinkat(&self.handle, checked(name)?, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The target of a restore: its folder, and the way last walked below it.
#[derive(Debug)]
pub struct Tree {
    top: Arc<Folder>,
    /// Of a deep way only the end is open.
    way: Vec<(PathBytes, Option<Arc<Folder>>)>,
}

impl Tree {
    /// Opens the target. `Ok(None)`: it is a folder that a restore may make and has not yet.
    pub fn open(place: &Place) -> Result<Option<Self>, PlaceError> {
        let mut folder = open_base(place)?;
        for name in parts(&place.below) {
            match folder.enter(name) {
                Ok(next) => folder = next,
                Err(error) if place.create && is(&error, Errno::NOENT) => return Ok(None),
                Err(error) => return Err(opening(place, error)),
            }
        }
        Ok(Some(Self::at(folder)))
    }

    /// Opens the target, and makes what may be made of it.
    pub fn open_or_make(place: &Place) -> Result<Self, PlaceError> {
        let mut folder = open_base(place)?;
        for name in parts(&place.below) {
            if place.create {
                make_one(&folder, name).map_err(|error| opening(place, error))?;
            }
            folder = folder.enter(name).map_err(|error| opening(place, error))?;
        }
        Ok(Self::at(folder))
    }

    /// The allowed folder above the target, which always exists.
    pub fn base(place: &Place) -> Result<Self, PlaceError> {
        open_base(place).map(Self::at)
    }

    fn at(folder: Folder) -> Self {
        Self {
            top: Arc::new(folder),
            way: Vec::new(),
        }
    }

    /// The target itself.
    pub fn top(&self) -> &Arc<Folder> {
        &self.top
    }

    /// Forgets the handles on the way to `path` and below, because what stands there changed.
    pub fn forget(&mut self, path: &[u8]) {
        let depth = parts(path).count().saturating_sub(1);
        self.way.truncate(depth);
    }

    /// The folder at `path` below the target; empty: the target itself.
    pub fn folder(&mut self, path: &[u8]) -> io::Result<Arc<Folder>> {
        let shared = self
            .way
            .iter()
            .zip(parts(path))
            .take_while(|((known, _), name)| known == name)
            .count();
        self.way.truncate(shared);
        let mut open = self.way.iter().enumerate().rev();
        let (depth, mut folder) = open
            .find_map(|(depth, (_, open))| Some((depth + 1, open.clone()?)))
            .unwrap_or_else(|| (0, Arc::clone(&self.top)));
        for (depth, name) in parts(path).enumerate().skip(depth) {
            folder = Arc::new(folder.enter(name)?);
            let open = Some(Arc::clone(&folder));
            match self.way.get_mut(depth) {
                Some((_, closed)) => *closed = open,
                None => self.way.push((name.to_vec(), open)),
            }
            let far = depth.checked_sub(KEPT_OPEN);
            if let Some((_, open)) = far.and_then(|far| self.way.get_mut(far)) {
                *open = None;
            }
        }
        Ok(folder)
    }
}

/// Whether the error says that what should be a folder is none, or is a symlink.
pub(super) fn is_no_folder(error: &io::Error) -> bool {
    is(error, Errno::NOTDIR) || is(error, Errno::LOOP)
}

pub(super) fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

/// The name, if it is one: the last line of defence against a hostile tree.
pub(super) fn checked(name: &[u8]) -> io::Result<&[u8]> {
    if is_component(name) {
        Ok(name)
    } else {
        Err(Errno::INVAL.into())
    }
}

fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

fn open_base(place: &Place) -> Result<Folder, PlaceError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(CWD, place.base.as_slice(), flags, Mode::empty())
        .map_err(io::Error::from)
        .and_then(Folder::new)
        .map_err(|error| opening(place, error))
}

fn make_one(folder: &Folder, name: &[u8]) -> io::Result<()> {
    match mkdirat(folder, checked(name)?, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn opening(place: &Place, source: io::Error) -> PlaceError {
    let path = text::show(&place.target());
    if is(&source, Errno::NOENT) {
        PlaceError::Missing { path }
    } else if is_no_folder(&source) {
        PlaceError::NotAFolder { path }
    } else {
        PlaceError::Open { path, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::{ffi::OsStrExt, fs::symlink};

    fn place(base: &std::path::Path, below: &[u8]) -> Place {
        Place::elsewhere(base.as_os_str().as_bytes(), below)
    }

    #[test]
    fn a_symlink_on_the_way_is_not_followed() {
        let temp = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::create_dir(outside.path().join("inner")).unwrap();
        symlink(outside.path(), temp.path().join("link")).unwrap();
        assert!(matches!(
            Tree::open(&place(temp.path(), b"link")),
            Err(PlaceError::NotAFolder { .. })
        ));
        assert!(matches!(
            Tree::open(&place(temp.path(), b"link/inner")),
            Err(PlaceError::NotAFolder { .. })
        ));
        let mut tree = Tree::open(&place(temp.path(), b"")).unwrap().unwrap();
        assert!(is_no_folder(&tree.folder(b"link").unwrap_err()));
        assert!(is_no_folder(&tree.folder(b"link/inner").unwrap_err()));
        assert!(is(&tree.folder(b"../x").unwrap_err(), Errno::INVAL));
    }

    #[test]
    fn a_root_is_never_made_and_a_staging_folder_is() {
        let temp = tempfile::tempdir().unwrap();
        let gone = place(&temp.path().join("gone"), b"");
        assert!(matches!(Tree::open(&gone), Err(PlaceError::Missing { .. })));
        assert!(matches!(
            Tree::open_or_make(&gone),
            Err(PlaceError::Missing { .. })
        ));
        assert!(matches!(
            Tree::open_or_make(&place(temp.path(), b"new")),
            Err(PlaceError::Missing { .. })
        ));
        let staging = Place::staging(temp.path().as_os_str().as_bytes(), "R-1").unwrap();
        assert!(Tree::open(&staging).unwrap().is_none());
        Tree::open_or_make(&staging).unwrap();
        assert!(Tree::open(&staging).unwrap().is_some());
    }

    #[test]
    fn a_deep_way_keeps_few_handles() {
        let temp = tempfile::tempdir().unwrap();
        let deep = vec!["d"; 200].join("/");
        std::fs::create_dir_all(temp.path().join(&deep)).unwrap();
        let mut tree = Tree::open(&place(temp.path(), b"")).unwrap().unwrap();
        tree.folder(deep.as_bytes()).unwrap();
        let open = tree.way.iter().filter(|(_, open)| open.is_some());
        assert_eq!((open.count(), tree.way.len()), (KEPT_OPEN, 200));
        let two = tree.folder(b"d/d").unwrap();
        assert_eq!(tree.way.len(), 2);
        let inode = |folder: &Folder| fstat(folder).unwrap().st_ino;
        let one = tree.folder(b"d").unwrap();
        assert_eq!(inode(&one.enter(b"d").unwrap()), inode(&two));
    }
}

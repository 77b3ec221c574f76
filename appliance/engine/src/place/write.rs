//! Writing: a temporary in the target's folder, its metadata through its handle, then
//! its own name. A temporary that never got its name is gone when it is dropped.

use super::{
    ability::Keep,
    content::Content,
    folder::{Folder, checked, is, is_no_folder},
    metadata::{Metadata, set_by_handle, set_by_name},
    there::{Kind, There},
};
use crate::worker::protocol::PathBytes;
use rustix::{
    fs::{
        AtFlags, FileType, Mode, OFlags, RenameFlags, fstat, linkat, mkdirat, mknodat, openat,
        renameat, renameat_with, symlinkat, unlinkat,
    },
    io::Errno,
};
use std::{fs::File, io};

/// How a temporary gets its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// Only where nothing stands.
    Create,
    /// In place of what stands there.
    Replace,
}

/// How a temporary got its name.
#[derive(Debug)]
pub enum Published<'a> {
    /// It has it.
    Done,
    /// Something stands there and was to be kept; the temporary is removed.
    Taken,
    /// The file system cannot create without replacing: [`Part::publish_reserved`] is left.
    Unable(Part<'a>),
}

/// A temporary in the folder of what it will be.
#[derive(Debug)]
pub struct Part<'a> {
    folder: &'a Folder,
    name: PathBytes,
    what: Made,
    published: bool,
}

/// What a temporary is.
#[derive(Debug)]
enum Made {
    File(Content),
    Symlink,
    Special,
    /// A further name of a file that is whole already.
    Link,
}

impl<'a> Part<'a> {
    /// An empty regular file, readable by nobody else. A leftover of that name is removed.
    pub fn file(folder: &'a Folder, name: PathBytes) -> io::Result<Self> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = past_leftover(folder, &name, |name| {
            openat(folder, name, flags, Mode::RUSR | Mode::WUSR)
        })?;
        let content = Content::new(File::from(handle));
        Ok(Self::new(folder, name, Made::File(content)))
    }

    /// A symbolic link.
    pub fn symlink(folder: &'a Folder, name: PathBytes, target: &[u8]) -> io::Result<Self> {
        past_leftover(folder, &name, |name| symlinkat(target, folder, name))?;
        Ok(Self::new(folder, name, Made::Symlink))
    }

    /// A named pipe, or a device of this number.
    pub fn special(
        folder: &'a Folder,
        name: PathBytes,
        kind: Kind,
        device: u64,
    ) -> io::Result<Self> {
        let kind = match kind {
            Kind::Fifo => FileType::Fifo,
            Kind::BlockDevice => FileType::BlockDevice,
            Kind::CharDevice => FileType::CharacterDevice,
            _ => return Err(Errno::INVAL.into()),
        };
        past_leftover(folder, &name, |name| {
            mknodat(folder, name, kind, Mode::RUSR | Mode::WUSR, device)
        })?;
        Ok(Self::new(folder, name, Made::Special))
    }

    /// A further name of what stands at `to_name` in `to`, itself.
    pub fn link(
        folder: &'a Folder,
        name: PathBytes,
        to: &Folder,
        to_name: &[u8],
    ) -> io::Result<Self> {
        let to_name = checked(to_name)?;
        past_leftover(folder, &name, |name| {
            linkat(to, to_name, folder, name, AtFlags::empty())
        })?;
        Ok(Self::new(folder, name, Made::Link))
    }

    fn new(folder: &'a Folder, name: PathBytes, what: Made) -> Self {
        Self {
            folder,
            name,
            what,
            published: false,
        }
    }

    /// What the temporary is, as it stands there.
    pub fn look(&self) -> io::Result<Option<There>> {
        self.folder.look(&self.name)
    }

    /// Writes the next bytes of a file. Long runs of zeros become holes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.content()?.write(bytes)
    }

    /// As many zeros.
    pub fn write_zeros(&mut self, length: u64) -> io::Result<()> {
        self.content()?.write_zeros(length);
        Ok(())
    }

    /// The content is whole.
    pub fn end(&mut self) -> io::Result<()> {
        self.content()?.end()
    }

    fn content(&mut self) -> io::Result<&mut Content> {
        match &mut self.what {
            Made::File(content) => Ok(content),
            _ => Err(Errno::INVAL.into()),
        }
    }

    /// Sets mode, owner, times and attributes; what could not be set comes back in words.
    pub fn set_metadata(&self, metadata: &Metadata) -> Vec<String> {
        match &self.what {
            Made::File(content) => set_by_handle(content.file(), metadata),
            Made::Symlink => set_by_name(self.folder, &self.name, metadata, false),
            Made::Special => set_by_name(self.folder, &self.name, metadata, true),
            Made::Link => Vec::new(),
        }
    }

    /// Brings the bytes to the disk, where a later `syncfs` does not.
    pub fn sync(&self) -> io::Result<()> {
        match &self.what {
            Made::File(content) => content.file().sync_all(),
            _ => Ok(()),
        }
    }

    /// Gives it its name. `keep`: the first way that is tried to create without replacing.
    pub fn publish(mut self, name: &[u8], how: Publish, keep: Keep) -> io::Result<Published<'a>> {
        let name = checked(name)?;
        match how {
            Publish::Replace => self.replace(name)?,
            Publish::Create => match create(self.folder, &self.name, name, keep)? {
                Created::Done => {}
                Created::Taken => return Ok(Published::Taken),
                Created::Unable => return Ok(Published::Unable(self)),
            },
        }
        self.published = true;
        Ok(Published::Done)
    }

    /// Gives it its name where the file system cannot create without replacing: an empty
    /// file takes the name, and is replaced. `Ok(false)`: something stands there.
    pub fn publish_reserved(mut self, name: &[u8]) -> io::Result<bool> {
        let name = checked(name)?;
        let Some(inode) = reserve(self.folder, name)? else {
            return Ok(false);
        };
        let own = self
            .folder
            .look(name)?
            .is_some_and(|there| (there.inode, there.size) == (inode, 0));
        if !own {
            return Ok(false);
        }
        if let Err(error) = self.replace(name) {
            let _ = unlinkat(self.folder, name, AtFlags::empty());
            return Err(error);
        }
        self.published = true;
        Ok(true)
    }

    fn replace(&self, name: &[u8]) -> io::Result<()> {
        let own = self.name.as_slice();
        renameat(self.folder, own, self.folder, name)?;
        if matches!(self.what, Made::Link) {
            // Of two names of one file the kernel takes none away by a rename.
            let _ = unlinkat(self.folder, own, AtFlags::empty());
        }
        Ok(())
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        if !self.published {
            // Nothing is left to do when this fails: the next start looks for it.
            let _ = unlinkat(self.folder, self.name.as_slice(), AtFlags::empty());
        }
    }
}

/// How creating without replacing went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Created {
    Done,
    /// Something stands there.
    Taken,
    /// The file system has no such way.
    Unable,
}

/// Renames where nothing stands.
fn create(folder: &Folder, own: &[u8], name: &[u8], keep: Keep) -> io::Result<Created> {
    let done = |done| match done {
        true => Created::Done,
        false => Created::Taken,
    };
    if keep == Keep::Rename {
        match renameat_with(folder, own, folder, name, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(Created::Done),
            Err(Errno::EXIST) => return Ok(Created::Taken),
            Err(error) if is_unsupported(error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if keep <= Keep::Link {
        match create_by_link(folder, own, name) {
            Err(error) if is_other_file_system(&error) && !is(&error, Errno::NOENT) => {}
            other => return other.map(done),
        }
    }
    Ok(Created::Unable)
}

/// Takes a name with an empty file that nobody reads, and tells its inode. `None`:
/// something stands there.
pub(super) fn reserve(folder: &Folder, name: &[u8]) -> io::Result<Option<u64>> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(folder, name, flags, Mode::empty()) {
        Ok(taken) => Ok(Some(fstat(&taken)?.st_ino)),
        Err(Errno::EXIST) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a rename failed because of its flags: NFS and sshfs know none.
pub(super) fn is_unsupported(error: Errno) -> bool {
    matches!(error, Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP)
}

/// The same where the file system knows no rename flags.
pub(super) fn create_by_link(folder: &Folder, own: &[u8], name: &[u8]) -> io::Result<bool> {
    match linkat(folder, own, folder, name, AtFlags::empty()) {
        Ok(()) => {
            unlinkat(folder, own, AtFlags::empty())?;
            Ok(true)
        }
        Err(Errno::EXIST) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Makes the folder `name`, closed to others until its metadata is set. `Ok(false)`: a
/// folder stands there already.
pub fn make_folder(folder: &Folder, name: &[u8]) -> io::Result<bool> {
    match mkdirat(folder, checked(name)?, Mode::RWXU) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => match folder.look(name)? {
            Some(there) if there.kind == Kind::Folder => Ok(false),
            _ => Err(Errno::NOTDIR.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Sets mode, owner and times of an open folder; what could not be set comes back in words.
pub fn set_folder_metadata(folder: &Folder, metadata: &Metadata) -> Vec<String> {
    set_by_handle(folder, metadata)
}

/// Makes a temporary; when one of that name is left of an attempt that was killed, that
/// one is removed first.
fn past_leftover<T>(
    folder: &Folder,
    name: &[u8],
    make: impl Fn(&[u8]) -> rustix::io::Result<T>,
) -> io::Result<T> {
    let name = checked(name)?;
    match make(name) {
        Err(Errno::EXIST) => {
            folder.remove(name)?;
            Ok(make(name)?)
        }
        made => Ok(made?),
    }
}

/// What an error of the file system means, and what to do.
pub fn advise(error: &io::Error) -> String {
    let text = match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOSPC) => {
            "no space is left at the target: free some, then continue the restore"
        }
        Some(Errno::DQUOT) => {
            "the quota of the target is used up: raise it, then continue the restore"
        }
        Some(Errno::ROFS) => {
            "the target is read-only: mount it writable, then continue the restore"
        }
        Some(Errno::ACCESS | Errno::PERM) => {
            "the agent may not do this here: give its user the right, or run it as root"
        }
        Some(Errno::NAMETOOLONG) => {
            "the path is too long for the target's file system: restore it to a shorter path"
        }
        Some(Errno::ISDIR) => "a folder stands there: move it away, or restore to another path",
        Some(Errno::IO) => "the target's storage reports an error: look at its disk and mount",
        Some(Errno::STALE | Errno::NOTCONN | Errno::TIMEDOUT | Errno::HOSTDOWN) => {
            "the target's mount does not answer: look at it, then continue the restore"
        }
        Some(Errno::FBIG) => "the file is too large for the target's file system",
        Some(Errno::MFILE | Errno::NFILE) => {
            "too many files are open: raise the limit of open files of the agent"
        }
        Some(Errno::INVAL | Errno::ILSEQ) => "the target's file system does not take this name",
        Some(Errno::NOENT) => "it is not there any more",
        Some(Errno::XDEV) => "that is on another file system",
        Some(Errno::MLINK) => "that has as many names as its file system takes",
        _ if is_no_folder(error) => {
            "a symbolic link or a file stands where a folder is needed, and links are not \
             followed: move it away, or restore to another path"
        }
        _ => return error.to_string(),
    };
    text.to_owned()
}

/// Whether a further name cannot be made from one folder to another, or no more of them,
/// so that a file of its own is the way.
pub fn is_other_file_system(error: &io::Error) -> bool {
    [Errno::XDEV, Errno::MLINK, Errno::PERM, Errno::NOENT]
        .iter()
        .any(|errno| is(error, *errno))
        || error
            .raw_os_error()
            .is_some_and(|raw| is_unsupported(Errno::from_raw_os_error(raw)))
}

/// Whether the error says that the target is full.
pub fn is_full(error: &io::Error) -> bool {
    is(error, Errno::NOSPC) || is(error, Errno::DQUOT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Place, Stamp, Tree};
    use std::{
        os::unix::{ffi::OsStrExt, fs::MetadataExt},
        path::Path,
    };

    fn open(path: &Path) -> Tree {
        let place = Place::elsewhere(path.as_os_str().as_bytes(), b"");
        Tree::open(&place).unwrap().unwrap()
    }

    #[test]
    fn a_part_without_a_name_leaves_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let tree = open(temp.path());
        let mut part = Part::file(tree.top(), b".part".to_vec()).unwrap();
        part.write(b"half").unwrap();
        assert!(temp.path().join(".part").exists());
        drop(part);
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
    }

    #[test]
    fn create_keeps_what_stands_there_by_rename_and_by_link() {
        let temp = tempfile::tempdir().unwrap();
        let tree = open(temp.path());
        std::fs::write(temp.path().join("taken"), "theirs").unwrap();
        for keep in [Keep::Rename, Keep::Link] {
            std::fs::write(temp.path().join("own"), "ours").unwrap();
            let by = |name: &[u8]| create(tree.top(), b"own", name, keep).unwrap();
            assert_eq!(by(b"taken"), Created::Taken);
            assert_eq!(by(b"free"), Created::Done);
            assert!(!temp.path().join("own").exists());
            std::fs::remove_file(temp.path().join("free")).unwrap();
        }
        let read = std::fs::read(temp.path().join("taken")).unwrap();
        assert_eq!(read, b"theirs");
    }

    #[test]
    fn metadata_comes_with_the_name_and_a_leftover_does_not_hinder() {
        let temp = tempfile::tempdir().unwrap();
        let tree = open(temp.path());
        std::fs::write(temp.path().join(".part"), "left over").unwrap();
        let mut part = Part::file(tree.top(), b".part".to_vec()).unwrap();
        part.write(b"whole").unwrap();
        let metadata = Metadata {
            mode: Some(0o640),
            modified: Some(Stamp(1_000_000_000, 123_456_789)),
            ..Metadata::default()
        };
        assert_eq!(part.set_metadata(&metadata), Vec::<String>::new());
        let published = part.publish(b"name", Publish::Create, Keep::Rename);
        assert!(matches!(published, Ok(Published::Done)));
        let stat = std::fs::metadata(temp.path().join("name")).unwrap();
        assert_eq!(stat.mode() & 0o7777, 0o640);
        assert_eq!(
            (stat.mtime(), stat.mtime_nsec()),
            (1_000_000_000, 123_456_789)
        );
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_replaced_itself_and_not_what_it_points_to() {
        let temp = tempfile::tempdir().unwrap();
        let tree = open(temp.path());
        std::fs::write(temp.path().join("far"), "far").unwrap();
        std::os::unix::fs::symlink("far", temp.path().join("name")).unwrap();
        let mut part = Part::file(tree.top(), b".part".to_vec()).unwrap();
        part.write(b"new").unwrap();
        let published = part.publish(b"name", Publish::Replace, Keep::Rename);
        assert!(matches!(published, Ok(Published::Done)));
        assert_eq!(std::fs::read(temp.path().join("far")).unwrap(), b"far");
        assert_eq!(std::fs::read(temp.path().join("name")).unwrap(), b"new");
    }

    #[test]
    fn a_name_that_must_be_taken_first_is_taken_from_nobody() {
        let temp = tempfile::tempdir().unwrap();
        let tree = open(temp.path());
        std::fs::write(temp.path().join("taken"), "theirs").unwrap();
        for (name, free) in [(&b"taken"[..], false), (b"free", true)] {
            let mut part = Part::file(tree.top(), b".part".to_vec()).unwrap();
            part.write(b"ours").unwrap();
            let Published::Unable(part) =
                part.publish(name, Publish::Create, Keep::Reserve).unwrap()
            else {
                panic!("another way was found");
            };
            assert_eq!(part.publish_reserved(name).unwrap(), free);
            assert!(!temp.path().join(".part").exists());
        }
        assert_eq!(std::fs::read(temp.path().join("taken")).unwrap(), b"theirs");
        assert_eq!(std::fs::read(temp.path().join("free")).unwrap(), b"ours");
    }

    #[test]
    fn faults_of_a_disk_say_what_to_do() {
        for (errno, words) in [
            (Errno::NOSPC, "free some, then continue"),
            (Errno::DQUOT, "quota of the target is used up: raise it"),
            (Errno::ROFS, "read-only: mount it writable"),
            (Errno::NAMETOOLONG, "restore it to a shorter path"),
            (Errno::ISDIR, "a folder stands there: move it away"),
            (Errno::NOTDIR, "where a folder is needed"),
            (Errno::LOOP, "links are not followed"),
            (Errno::STALE, "does not answer"),
            (Errno::IO, "look at its disk and mount"),
        ] {
            let text = advise(&errno.into());
            assert!(text.contains(words), "{text}");
        }
        assert!(is_full(&Errno::DQUOT.into()) && is_full(&Errno::NOSPC.into()));
        assert!(!is_full(&Errno::ROFS.into()));
    }
}

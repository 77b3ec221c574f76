//! The folder of a desk that several accounts of one machine share: who may write what in it,
//! and on which disks the locks of SQLite are sure.

use super::{FILE, Sqlite, StoreError, sqlite::How};
use rustix::{
    fs::{FileType, Gid, Mode, OFlags, fchmod, fchown, fstat, open, statfs},
    io::Errno,
};
use std::{
    fs::{self, DirBuilder, Metadata, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Everybody in the group enters, reads and writes; what is made there belongs to the group.
const FOLDER: u32 = 0o2770;
const DESK: u32 = 0o660;

/// The numbers of `statfs(2)` of what does not stand on a disk of this machine.
const NETWORK: [(u32, &str); 12] = [
    (0x6969, "NFS"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x517b, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9P"),
    (0x5346_414f, "AFS"),
    (0x00c3_6400, "Ceph"),
    (0x0bd0_0bd0, "Lustre"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x7375_7245, "Coda"),
];

/// The name of the network file system with this number.
pub fn network(number: u32) -> Option<&'static str> {
    let known = NETWORK.iter().find(|(known, _)| *known == number)?;
    Some(known.1)
}

/// The network file system that a folder stands on; `None`: a disk of this machine.
pub fn network_of(folder: &Path) -> io::Result<Option<&'static str>> {
    let found = statfs(folder)?;
    // The type has another width on each architecture; its number has 32 bits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(network(found.f_type as u32))
}

/// What [`init`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Whether a desk was there before: only owner and modes were set then.
    pub was_there: bool,
    /// Folders above that the group cannot enter.
    pub closed: Vec<PathBuf>,
}

/// Makes a folder whose desk the members of a group share, whatever the umask says; or sets
/// group and modes of one that is there.
///
/// # Errors
/// When no desk can stand there, or the group cannot be given it: with the remedy.
pub fn init(folder: &Path, group: u32, name: &str) -> Result<Made, StoreError> {
    let above = above(folder)?;
    on_this_machine(&above)?;
    let made = DirBuilder::new().mode(0o700).create(folder);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Folder {
                path: folder.to_owned(),
                source: error,
            });
        }
        _ => {}
    }
    about(folder)?;
    on_this_machine(folder)?;
    kept_by_few(folder)?;
    // Above the folder nobody else writes; in it the whole group does.
    let whole = fs::canonicalize(folder).map_err(|error| unreadable(folder, &error))?;
    let file = whole.join(FILE);
    let was_there = fs::metadata(&file).is_ok_and(|about| about.len() > 0);
    let to = Group {
        number: group,
        name,
    };
    to.give(&whole, FileType::Directory, FOLDER)?;
    create(&file)?;
    for place in [
        file.clone(),
        whole.join(format!("{FILE}-wal")),
        whole.join(format!("{FILE}-shm")),
    ] {
        if fs::symlink_metadata(&place).is_ok() {
            to.give(&place, FileType::RegularFile, DESK)?;
        }
    }
    drop(Sqlite::connect(&file, How::default())?);
    let closed = above
        .ancestors()
        .filter(|above| fs::metadata(above).is_ok_and(|about| !is_open(&about, group)))
        .map(Path::to_owned)
        .collect();
    Ok(Made { was_there, closed })
}

/// Looks whether the desk of several people can stand in this folder and is there.
///
/// # Errors
/// When not, with the remedy.
pub fn check(folder: &Path) -> Result<(), StoreError> {
    if fs::metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Err(none(folder));
    }
    about(folder)?;
    on_this_machine(folder)?;
    kept_by_few(folder)?;
    let file = folder.join(FILE);
    match fs::metadata(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(none(folder)),
        Err(error) => Err(unreadable(folder, &error)),
        Ok(_) => Ok(()),
    }
}

fn none(folder: &Path) -> StoreError {
    StoreError::Unfit {
        path: folder.to_owned(),
        what: "there is none yet".to_owned(),
        remedy: format!(
            "make one: `ocdeck desk init {} --group GROUP`",
            folder.display()
        ),
    }
}

fn unreadable(folder: &Path, error: &io::Error) -> StoreError {
    StoreError::Unfit {
        path: folder.to_owned(),
        what: format!("it cannot be looked into ({error})"),
        remedy: format!(
            "become a member of the group of {} and log in anew",
            folder.display()
        ),
    }
}

fn about(folder: &Path) -> Result<Metadata, StoreError> {
    let about = fs::metadata(folder).map_err(|error| unreadable(folder, &error))?;
    if about.is_dir() {
        return Ok(about);
    }
    Err(StoreError::Unfit {
        path: folder.to_owned(),
        what: "it is a file".to_owned(),
        remedy: "name a folder".to_owned(),
    })
}

/// The folder above, which must be there: whoever makes it decides who may enter.
fn above(folder: &Path) -> Result<PathBuf, StoreError> {
    let whole = std::path::absolute(folder).map_err(|source| StoreError::Folder {
        path: folder.to_owned(),
        source,
    })?;
    let above = whole.parent().unwrap_or(&whole).to_owned();
    if above.is_dir() {
        return Ok(above);
    }
    Err(StoreError::Unfit {
        path: folder.to_owned(),
        what: format!("{} is not there", above.display()),
        remedy: format!("make it first: `sudo mkdir -p {}`", above.display()),
    })
}

fn on_this_machine(folder: &Path) -> Result<(), StoreError> {
    let found = network_of(folder).map_err(|error| unreadable(folder, &error))?;
    let Some(kind) = found else {
        return Ok(());
    };
    Err(StoreError::Unfit {
        path: folder.to_owned(),
        what: format!("it is on {kind}, where the locks of SQLite cannot be relied on"),
        remedy: "take a folder on a disk of this machine, or PostgreSQL for several machines"
            .to_owned(),
    })
}

/// Whoever may write a folder can put another file in the place of the desk.
fn kept_by_few(folder: &Path) -> Result<(), StoreError> {
    let whole = fs::canonicalize(folder).map_err(|error| unreadable(folder, &error))?;
    for place in whole.ancestors() {
        let Ok(about) = fs::metadata(place) else {
            continue;
        };
        let sticky = about.mode() & 0o1000 != 0 && place != whole;
        if about.mode() & 0o002 != 0 && !sticky {
            return Err(StoreError::Unfit {
                path: folder.to_owned(),
                what: format!(
                    "everybody may write {} (mode {:04o})",
                    place.display(),
                    about.mode() & 0o7777
                ),
                remedy: format!("`chmod o-w {}`, or take another folder", place.display()),
            });
        }
    }
    Ok(())
}

fn is_open(about: &Metadata, group: u32) -> bool {
    about.mode() & 0o001 != 0 || (about.gid() == group && about.mode() & 0o010 != 0)
}

/// The file is nobody else's before the group has it.
fn create(file: &Path) -> Result<(), StoreError> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(file)
        .map(drop)
        .map_err(|source| StoreError::Create {
            path: file.to_owned(),
            source,
        })
}

/// Who is given the desk.
struct Group<'a> {
    number: u32,
    name: &'a str,
}

impl Group<'_> {
    /// Gives something to the group, with this mode exactly. Never through a link: who may write
    /// the folder could lead whoever runs this, often root, to any file of the machine.
    fn give(&self, place: &Path, kind: FileType, mode: u32) -> Result<(), StoreError> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match open(place, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::LOOP) => return Err(planted(place, "a symbolic link")),
            Err(error) => return Err(unreadable(place, &error.into())),
        };
        let about = fstat(&file).map_err(|error| unreadable(place, &error.into()))?;
        if FileType::from_raw_mode(about.st_mode) != kind {
            return Err(planted(place, "something else than a desk has there"));
        }
        if kind == FileType::RegularFile && about.st_nlink != 1 {
            return Err(planted(place, "a file that has another name too"));
        }
        let refused = |error: Errno| StoreError::Unfit {
            path: place.to_owned(),
            what: format!(
                "uid {} may not give it to the group {} ({error})",
                rustix::process::geteuid().as_raw(),
                self.name
            ),
            remedy: format!(
                "run this with sudo, or as the owner (uid {}) who is a member of {}",
                about.st_uid, self.name
            ),
        };
        if about.st_gid != self.number {
            fchown(&file, None, Some(Gid::from_raw(self.number))).map_err(refused)?;
        }
        if about.st_mode & 0o7777 != mode || about.st_gid != self.number {
            fchmod(&file, Mode::from_raw_mode(mode)).map_err(refused)?;
        }
        // A system takes the group's bit away from who is not in the group, and says nothing.
        let now = fstat(&file).map_err(|error| unreadable(place, &error.into()))?;
        if now.st_mode & 0o7777 != mode || now.st_gid != self.number {
            return Err(refused(Errno::PERM));
        }
        Ok(())
    }
}

fn planted(place: &Path, what: &str) -> StoreError {
    StoreError::Unfit {
        path: place.to_owned(),
        what: format!("it is {what}"),
        remedy: format!(
            "see who put it there (`ls -l {}`) and take it away",
            place.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    fn mode(place: &Path) -> u32 {
        fs::metadata(place).unwrap().mode() & 0o7777
    }

    fn group() -> u32 {
        rustix::process::getegid().as_raw()
    }

    #[test]
    fn the_group_gets_folder_and_file_whatever_stood_there() {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), Permissions::from_mode(0o700)).unwrap();
        let folder = home.path().join("desk");
        let made = init(&folder, group(), "ops").unwrap();
        assert!(!made.was_there);
        // The folder above is its owner's alone, which is told.
        assert_eq!(made.closed, [home.path().to_owned()]);
        let file = folder.join(FILE);
        assert_eq!((mode(&folder), mode(&file)), (0o2770, 0o660));
        let store = Sqlite::open(&file).unwrap();
        assert_eq!(mode(&folder.join("desk.sqlite-wal")), 0o660);
        assert_eq!(mode(&folder.join("desk.sqlite-shm")), 0o660);
        drop(store);
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        assert!(init(&folder, group(), "ops").unwrap().was_there);
        assert_eq!(mode(&file), 0o660);
        check(&folder).unwrap();
    }

    #[test]
    fn what_a_member_of_the_group_planted_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("desk");
        init(&folder, group(), "ops").unwrap();
        let secret = home.path().join("secret");
        fs::write(&secret, "theirs").unwrap();
        fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
        let wal = folder.join("desk.sqlite-wal");
        let _ = fs::remove_file(&wal);
        std::os::unix::fs::symlink(&secret, &wal).unwrap();
        let error = init(&folder, group(), "ops").unwrap_err().to_string();
        assert!(error.contains("symbolic link"), "{error}");
        fs::remove_file(&wal).unwrap();
        fs::hard_link(&secret, &wal).unwrap();
        let error = init(&folder, group(), "ops").unwrap_err().to_string();
        assert!(error.contains("another name"), "{error}");
        assert_eq!(mode(&secret), 0o600);
        // The desk itself, before there is one.
        let other = home.path().join("other");
        fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(home.path().join("made"), other.join(FILE)).unwrap();
        init(&other, group(), "ops").unwrap_err();
        assert!(!home.path().join("made").exists());
    }

    #[test]
    fn a_folder_that_everybody_may_write_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("desk");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        let error = init(&folder, group(), "ops").unwrap_err().to_string();
        assert!(error.contains("everybody may write"), "{error}");
        assert!(error.contains(&format!("`chmod o-w {}`", folder.display())));
        // The one above counts as well: the folder could be moved away.
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(home.path(), Permissions::from_mode(0o777)).unwrap();
        init(&folder, group(), "ops").unwrap_err();
        fs::set_permissions(home.path(), Permissions::from_mode(0o1777)).unwrap();
        init(&folder, group(), "ops").unwrap();
    }

    #[test]
    fn what_is_not_there_is_named_with_the_command_that_makes_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("above/desk");
        let error = init(&folder, group(), "ops").unwrap_err().to_string();
        assert!(error.contains("sudo mkdir -p"), "{error}");
        let error = check(&folder).unwrap_err().to_string();
        assert!(error.contains("ocdeck desk init"), "{error}");
    }

    #[test]
    fn file_servers_are_told_by_their_numbers() {
        assert_eq!(network(0x6969), Some("NFS"));
        assert_eq!(network(0xfe53_4d42), Some("SMB"));
        assert_eq!(network(0xef53), None, "ext4");
        assert_eq!(network_of(Path::new("/proc")).unwrap(), None);
    }
}

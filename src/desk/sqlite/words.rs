//! What SQLite says, in words that say what to do.

use crate::desk::StoreError;
use rusqlite::{Error, ErrorCode};
use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// A file's name, for words about it.
#[derive(Clone, Debug)]
pub(in crate::desk) struct Words {
    path: PathBuf,
}

impl Words {
    pub(in crate::desk) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    pub(in crate::desk) fn place(&self) -> String {
        self.path.display().to_string()
    }

    pub(in crate::desk) fn open(&self, source: Error) -> StoreError {
        StoreError::Open {
            place: self.place(),
            remedy: self.remedy(&source),
            source: source.into(),
        }
    }

    pub(in crate::desk) fn read(&self, source: Error) -> StoreError {
        StoreError::Read {
            place: self.place(),
            remedy: self.remedy(&source),
            source: source.into(),
        }
    }

    pub(in crate::desk) fn write(&self, source: Error) -> StoreError {
        StoreError::Write {
            place: self.place(),
            remedy: self.remedy(&source),
            source: source.into(),
        }
    }

    pub(in crate::desk) fn path(&self) -> &Path {
        &self.path
    }

    /// Between a look at the tables and the writing somebody changed them: the next try sees it.
    pub(super) fn just_changed(&self) -> StoreError {
        StoreError::Write {
            place: self.place(),
            remedy: "it is opened anew".to_owned(),
            source: "its tables were made newer this moment".into(),
        }
    }

    /// What a person can do about it.
    fn remedy(&self, error: &Error) -> String {
        let (path, folder) = (self.path.display(), self.folder().display());
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                format!(
                    "the disk is full: free some space, `df -h {folder}` shows how much there is"
                )
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => not_writable(&self.path),
            Some(ErrorCode::CannotOpen) => {
                format!("this account must be able to read and write {folder} and what is in it")
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                format!("another program holds it: `fuser -v {path}` shows which")
            }
            Some(ErrorCode::DatabaseCorrupt) => format!(
                "the file is damaged: restore it from a backup; what can be read of it: \
                 `sqlite3 {path} .recover`"
            ),
            Some(ErrorCode::NotADatabase) => {
                "it is no SQLite file: move it away, or name another place with --desk".to_owned()
            }
            Some(ErrorCode::SystemIoFailure) => {
                format!("the disk failed: `dmesg` may say why, `df -h {folder}` whether it is full")
            }
            _ => format!("`ocdeck desk verify` looks at all of {path}"),
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}

fn forbidden(place: &Path, me: u32, about: &Metadata) -> String {
    let place = place.display();
    let (uid, gid, mode) = (about.uid(), about.gid(), about.mode() & 0o7777);
    format!(
        "uid {me} may not write {place}, which belongs to uid {uid} and gid {gid} with mode \
         {mode:04o}: `sudo chmod ug+rw {place}`, or become a member of its group"
    )
}

/// Why a file cannot be written by this account, and the command that changes it.
pub(in crate::desk) fn not_writable(path: &Path) -> String {
    let folder = path.parent().unwrap_or(path);
    for place in [path, folder] {
        if let Err(error) = rustix::fs::access(place, rustix::fs::Access::WRITE_OK) {
            if error == rustix::io::Errno::ROFS {
                return format!(
                    "{} is on a file system that is mounted read-only: `mount -o remount,rw` \
                     it, or name another place with --desk",
                    place.display()
                );
            }
            let Ok(about) = fs::metadata(place) else {
                continue;
            };
            return forbidden(place, rustix::process::geteuid().as_raw(), &about);
        }
    }
    format!("check owner and mode of {}", folder.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_command_names_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("desk.sqlite");
        fs::write(&place, "").unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o640)).unwrap();
        let about = fs::metadata(&place).unwrap();
        let said = forbidden(&place, 1000, &about);
        let place = place.display();
        assert!(
            said.starts_with(&format!("uid 1000 may not write {place}, ")),
            "{said}"
        );
        assert!(said.contains("with mode 0640"), "{said}");
        assert!(
            said.contains(&format!("`sudo chmod ug+rw {place}`")),
            "{said}"
        );
    }
}

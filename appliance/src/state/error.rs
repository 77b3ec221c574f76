//! What can go wrong with the appliance's state, each with the file or entity concerned.

use std::{io, path::PathBuf};

/// The state cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The folder cannot be used.
    #[error("cannot use the state folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another agent works in the folder.
    #[error("another agent uses the state folder {}; stop it first", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The file cannot be opened.
    #[error("cannot open {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file belongs to another appliance.
    #[error(
        "{} belongs to the appliance \"{found}\", not to \"{wanted}\"; \
         give each appliance a state_dir of its own", path.display()
    )]
    OtherAppliance {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Who wanted it.
        wanted: String,
    },
    /// The file was written by a later version.
    #[error("{} was written by a newer version of ocdeck (schema {found}); upgrade this one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its schema.
        found: i64,
    },
    /// Something cannot be read.
    #[error("cannot read {what} {id} from the state: {source}")]
    Read {
        /// What kind of thing.
        what: &'static str,
        /// Which.
        id: String,
        /// Why.
        source: rusqlite::Error,
    },
    /// Something cannot be written.
    #[error("cannot write {what} {id} to the state: {source}")]
    Write {
        /// What kind of thing.
        what: &'static str,
        /// Which.
        id: String,
        /// Why.
        source: rusqlite::Error,
    },
    /// The audit log was changed from outside.
    #[error("the audit log is broken at entry {seq}: it was changed after it was written")]
    AuditBroken {
        /// The first entry that does not follow from the one before.
        seq: i64,
    },
}

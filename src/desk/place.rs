//! Where a desk stands.

use super::{Sqlite, Store, StoreError};
use std::{
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
};

/// The file in a desk's folder.
pub const FILE: &str = "desk.sqlite";

/// Where a desk stands.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A person's own, in the state folder: made at the first start.
    Own(PathBuf),
    /// A folder that several accounts share: made by `ocdeck desk init`.
    Shared(PathBuf),
}

impl Place {
    /// The place that a person named: a folder.
    pub fn named(text: &OsStr) -> Self {
        Self::Shared(PathBuf::from(text))
    }

    /// A person's own desk in the state folder.
    pub fn own(state: &Path) -> Self {
        Self::Own(state.to_owned())
    }
}

/// Without secrets: for the screen and the log.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(folder) | Self::Shared(folder) => folder.display().fmt(f),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}

/// Who opens a desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// The name in the certificate. Empty: a tool that does not want to be seen among those
    /// that are connected.
    pub name: String,
}

/// Opens the desk that stands there; what a [`Desk`](super::Desk) calls until it succeeds.
///
/// # Errors
/// When it cannot be opened, with what to do about it.
pub fn open(place: &Place, who: &Who) -> Result<Box<dyn Store>, StoreError> {
    match place {
        Place::Own(folder) | Place::Shared(folder) => {
            let _ = who;
            Ok(Box::new(Sqlite::open(&folder.join(FILE))?))
        }
    }
}

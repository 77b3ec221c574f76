//! Where a desk stands.

use super::{
    Postgres, Session, Sqlite, Store, StoreError, folder,
    postgres::{Address, Unlike, shown},
    sqlite::{self, How},
};
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
    /// A database on a PostgreSQL server, for several hosts: its URL, which may hold a secret.
    Server(String),
}

impl Place {
    /// The place that a person named: a folder, or a URL `postgresql://…`.
    pub fn named(text: &OsStr) -> Self {
        match text.to_str().filter(|text| Address::is_one(text)) {
            Some(url) => Self::Server(url.to_owned()),
            None => Self::Shared(PathBuf::from(text)),
        }
    }

    /// A person's own desk in the state folder.
    pub fn own(state: &Path) -> Self {
        Self::Own(state.to_owned())
    }

    /// Where whoever opens it logs in under another name than that of this person; an empty name
    /// is nobody's.
    pub fn unlike(&self, person: &str) -> Option<Unlike> {
        let Self::Server(url) = self else {
            return None;
        };
        let role = Address::parse(url).ok()?.role().to_owned();
        (!person.is_empty() && role != person).then(|| Unlike {
            role,
            person: person.to_owned(),
        })
    }
}

/// Without secrets: for the screen and the log.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(folder) | Self::Shared(folder) => folder.display().fmt(f),
            Self::Server(url) => f.write_str(&shown(url)),
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
        Place::Own(folder) => {
            let file = folder.join(FILE);
            sqlite::private(&file)?;
            Ok(Box::new(Sqlite::connect(&file, How::of(who))?))
        }
        Place::Shared(folder) => {
            folder::check(folder)?;
            Ok(Box::new(Sqlite::connect(&folder.join(FILE), How::of(who))?))
        }
        Place::Server(url) => Ok(Box::new(Postgres::open(&Address::parse(url)?, who)?)),
    }
}

/// The steps to newer tables that a program knows.
#[derive(Clone, Copy, Debug)]
pub struct Steps(&'static [sqlite::Step]);

/// Those of this program.
impl Default for Steps {
    fn default() -> Self {
        Self(sqlite::newest_steps())
    }
}

#[cfg(test)]
impl Steps {
    pub(super) fn of(steps: &'static [sqlite::Step]) -> Self {
        Self(steps)
    }
}

/// A desk whose tables must be made newer by a person, because older consoles are cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outdated {
    /// The version of its tables.
    pub version: u32,
    /// The version that they would have.
    pub to: u32,
    /// Who is connected.
    pub sessions: Vec<Session>,
}

/// Looks whether a desk's tables must be made newer by a person; `None`: they need not.
///
/// # Errors
/// When it cannot be opened.
pub fn outdated(place: &Place, steps: Steps) -> Result<Option<Outdated>, StoreError> {
    match place {
        Place::Own(folder) | Place::Shared(folder) => sqlite::outdated(&folder.join(FILE), steps.0),
        // `desk init` makes the tables in their newest version: no step waits for a person.
        Place::Server(url) => Postgres::open(&Address::parse(url)?, &Who::default()).map(|_| None),
    }
}

/// Makes a desk's tables newer, also when that cuts off older consoles.
///
/// # Errors
/// When it cannot be opened or written.
pub fn migrate(place: &Place, steps: Steps) -> Result<(), StoreError> {
    match place {
        Place::Own(folder) | Place::Shared(folder) => sqlite::migrate(&folder.join(FILE), steps.0),
        Place::Server(url) => Postgres::open(&Address::parse(url)?, &Who::default()).map(drop),
    }
}

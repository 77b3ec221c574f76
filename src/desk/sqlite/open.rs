//! Opening a desk's file: making it, looking at what stands there, and how much of it may be
//! written.

use super::{
    How, Sqlite,
    read::torn_tail,
    session::{Presence, author},
    tables::{STEPS, Step},
    upgrade::{self, Found},
    words::{Words, not_writable},
};
use crate::desk::{Access, Outdated, Store, StoreError};
use ocdeck_domain::facts::Time;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, TransactionBehavior};
use rustix::fs::access;
use std::{
    fs::{DirBuilder, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long a writer waits for others, about. A writer holds the file for milliseconds; eight of
/// them on a slow disk for longer.
const BUSY: Duration = Duration::from_secs(5);

/// How long an account waits for files beside the desk that another one is making: SQLite makes
/// them under its umask, closed to the group, and gives them the mode of the desk a moment later.
pub(super) const BEING_MADE: Duration = Duration::from_secs(2);

/// Waits a moment for another writer; `false`: for too long. SQLite's own way to wait sleeps for
/// up to 100 ms, and somebody who writes without a pause is then never met between two writes.
fn wait(tries: i32) -> bool {
    let moment = Duration::from_millis(1 + u64::from(tries.unsigned_abs() % 3));
    thread::sleep(moment);
    Duration::from_millis(2) * tries.unsigned_abs() < BUSY
}

/// Makes the file of one person's desk, if it is not there.
pub(in crate::desk) fn private(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|source| StoreError::Folder {
                path: folder.to_owned(),
                source,
            })?;
    }
    if path.exists() {
        return Ok(());
    }
    // SQLite gives its -wal and -shm files the mode of the file itself.
    let made = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    made.map(drop).map_err(|source| StoreError::Create {
        path: path.to_owned(),
        source,
    })
}

impl Sqlite {
    /// Opens the file that stands there.
    pub(in crate::desk) fn connect(path: &Path, how: How) -> Result<Self, StoreError> {
        let words = Words::new(path);
        let begun = Instant::now();
        loop {
            let patient = begun.elapsed() < BEING_MADE;
            match Self::connect_once(path, &how, &words, patient) {
                // Two that make one file at once: SQLite itself does not wait then.
                Err(StoreError::Open { source, .. })
                    if begun.elapsed() < worth_waiting(source.downcast_ref()) =>
                {
                    thread::sleep(Duration::from_millis(10));
                }
                done => return done,
            }
        }
    }

    /// `patient`: files beside the desk that were opened to be read only, because another account
    /// had not yet opened them to the group, are an error. The connection would never write.
    fn connect_once(
        path: &Path,
        how: &How,
        words: &Words,
        patient: bool,
    ) -> Result<Self, StoreError> {
        if !may_write(path) && path.exists() {
            return Self::connect_to_read(path, how, words);
        }
        let mut write = connection(path).map_err(|error| words.open(error))?;
        // Before anything is changed: it may be somebody else's file.
        upgrade::look(&write, words)?;
        let now = (how.clock)();
        set_up(&write).map_err(|error| words.open(error))?;
        let mut access = prepare(&mut write, how, words, now)?;
        if let Some(seq) = torn_tail(&write, words)? {
            access = Access::ReadOnly(torn(seq));
        }
        let author = author();
        // On a full disk a desk can still be read: who is connected is then told less well.
        let presence = (access == Access::ReadWrite && !how.who.name.is_empty())
            .then(|| Presence::begin(&write, &how.who, &author.host, now));
        let presence = match presence {
            Some(Err(error)) if patient && is_read_only(&error) => return Err(words.open(error)),
            presence => presence.and_then(Result::ok),
        };
        let watch = connection(path).map_err(|error| words.open(error))?;
        let version = data_version(&watch).map_err(|error| words.open(error))?;
        let tables = tables(&watch).map_err(|error| words.open(error))?;
        Ok(Self {
            write,
            watch,
            version,
            tables,
            steps: how.steps,
            words: words.clone(),
            access,
            unwritable: false,
            author,
            clock: how.clock,
            desk_time: None,
            presence,
        })
    }

    /// Opens a file that this account cannot write.
    fn connect_to_read(path: &Path, how: &How, words: &Words) -> Result<Self, StoreError> {
        let open = |error| words.open(error);
        let write = to_read(path).map_err(open)?;
        let watch = to_read(path).map_err(open)?;
        let why = not_writable(path);
        let reason = match upgrade::look(&write, words)? {
            Found::Desk(about) => match upgrade::may(&about, how.steps, words)? {
                (Access::ReadOnly(reason), _) => reason,
                (Access::ReadWrite, missing) if missing.is_empty() => why,
                _ => return Err(older(words, why)),
            },
            Found::Empty | Found::First => return Err(older(words, why)),
        };
        let version = data_version(&watch).map_err(open)?;
        let tables = tables(&watch).map_err(open)?;
        Ok(Self {
            write,
            watch,
            version,
            tables,
            steps: how.steps,
            words: words.clone(),
            access: Access::ReadOnly(reason),
            unwritable: true,
            author: author(),
            clock: how.clock,
            desk_time: None,
            presence: None,
        })
    }
}

/// What is said of a journal whose end was changed.
fn torn(seq: u64) -> String {
    format!(
        "record {seq} does not follow from the one before it, so somebody changed the file with \
         another tool: `ocdeck desk verify` looks at all of it; restore it from a backup"
    )
}

fn older(words: &Words, why: String) -> StoreError {
    StoreError::ReadOnly {
        place: words.place(),
        reason: format!("its tables must be made newer first, and {why}"),
    }
}

/// Makes the tables, or makes them newer, as far as that may happen by itself.
fn prepare(
    write: &mut Connection,
    how: &How,
    words: &Words,
    now: Time,
) -> Result<Access, StoreError> {
    let open = |error| words.open(error);
    // Nobody is held up by a console that starts, unless there is something to do.
    if let Found::Desk(about) = upgrade::look(write, words)? {
        let (access, missing) = upgrade::may(&about, &steps(how), words)?;
        if missing.is_empty() {
            return Ok(access);
        }
    }
    let transaction = write
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(open)?;
    let steps = steps(how);
    let access = match upgrade::look(&transaction, words)? {
        Found::Empty => {
            // STEPS is a constant with at least one step.
            let newest = STEPS.last().copied();
            if let Some(newest) = newest {
                upgrade::make(&transaction, &newest, now).map_err(open)?;
            }
            Access::ReadWrite
        }
        Found::First => {
            upgrade::run(&transaction, words, &steps)?;
            Access::ReadWrite
        }
        Found::Desk(about) => {
            let (access, missing) = upgrade::may(&about, &steps, words)?;
            upgrade::run(&transaction, words, &missing)?;
            access
        }
    };
    transaction.commit().map_err(open)?;
    Ok(access)
}

/// The steps that this program may make now.
fn steps(how: &How) -> Vec<Step> {
    let allowed = |step: &Step| Step {
        breaking: step.breaking && !how.breaking,
        ..*step
    };
    how.steps.iter().map(allowed).collect()
}

/// The desk as it is before its tables are made newer by these steps; `None`: there is nothing to
/// do.
pub(in crate::desk) fn outdated(
    path: &Path,
    steps: &'static [Step],
) -> Result<Option<Outdated>, StoreError> {
    let how = How {
        steps,
        ..How::default()
    };
    let to = steps.last().map_or(0, |step| step.to);
    let mut store = Sqlite::connect(path, how)?;
    let version = store.about()?.version;
    if version >= to {
        return Ok(None);
    }
    let sessions = store.sessions()?;
    Ok(Some(Outdated {
        version,
        to,
        sessions,
    }))
}

/// Makes the tables newer, also when that cuts off older consoles.
pub(in crate::desk) fn migrate(path: &Path, steps: &'static [Step]) -> Result<(), StoreError> {
    let how = How {
        steps,
        breaking: true,
        ..How::default()
    };
    Sqlite::connect(path, how).map(drop)
}

fn connection(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait))?;
    Ok(connection)
}

/// Opens a file to read it. Nobody keeps a log beside it that this account could read: then it
/// is a copy, such as a backup, that nobody writes.
pub(in crate::desk) fn to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = |mut connection: Connection| {
        connection.busy_handler(Some(wait))?;
        // The file is opened by the first look into it.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    };
    let first = Connection::open_with_flags(path, flags).and_then(open);
    let log = path.with_extension("sqlite-wal");
    match first {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) && !log.exists() => {
            let uri = format!("file:{}?immutable=1", escaped(path));
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI).and_then(open)
        }
        done => done,
    }
}

/// A path inside a URI.
fn escaped(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let bytes = path.as_os_str().as_bytes();
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'/' | b'.' | b'-' | b'_' => text.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(*byte)),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Making tables, or making them newer, is durable.
    connection.pragma_update(None, "synchronous", "FULL")
}

pub(super) fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// The version of the tables.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether this account may write a file and what SQLite keeps beside it.
pub(super) fn may_write(path: &Path) -> bool {
    let folder = path.parent().unwrap_or(path);
    let may = |place: &&Path| access(*place, rustix::fs::Access::WRITE_OK).is_ok();
    [path, folder].iter().all(may)
}

fn is_read_only(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ReadOnly)
}

/// For how long after the first try an error of opening may pass by itself.
fn worth_waiting(error: Option<&Error>) -> Duration {
    match error.and_then(Error::sqlite_error_code) {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => BUSY,
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => BEING_MADE,
        _ => Duration::ZERO,
    }
}

//! A look at a desk's file without opening the desk: nothing is made and nothing is changed.

use super::{StoreError, sqlite::VERSION};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// What a look at a desk's file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// What SQLite's quick check says is wrong; empty: nothing.
    pub damage: Vec<String>,
    /// Records in the journal.
    pub records: u64,
}

/// Reads a desk's file and lets SQLite check it. A console may have it open meanwhile.
///
/// # Errors
/// When it cannot be read, or is of a newer program.
pub fn examine(path: &Path) -> Result<Examination, StoreError> {
    let open_error = |source: rusqlite::Error| StoreError::Open {
        place: path.display().to_string(),
        remedy: "check its owner and mode".to_owned(),
        source: source.into(),
    };
    let read_error = |source: rusqlite::Error| StoreError::Read {
        place: path.display().to_string(),
        remedy: "check its owner and mode".to_owned(),
        source: source.into(),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(open_error)?;
    let version: u32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(open_error)?;
    if version > VERSION {
        return Err(StoreError::Newer {
            place: path.display().to_string(),
            needs: version,
            known: VERSION,
        });
    }
    let mut statement = connection
        .prepare("PRAGMA quick_check(5)")
        .map_err(read_error)?;
    let lines = statement
        .query_map([], |row| row.get::<_, String>(0))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(read_error)?;
    let damage = lines.into_iter().filter(|line| line != "ok").collect();
    let count = connection.query_row("SELECT count(*) FROM journal", [], |row| {
        row.get::<_, i64>(0)
    });
    Ok(Examination {
        damage,
        // A file without tables was made a moment ago.
        records: count.ok().and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Sqlite;
    use super::examine;
    use std::io::{Seek, SeekFrom, Write};

    #[test]
    fn a_sound_desk_is_sound_and_a_damaged_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.sqlite");
        drop(Sqlite::open(&path).unwrap());
        let found = examine(&path).unwrap();
        assert_eq!((found.damage.len(), found.records), (0, 0));
        let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&[7; 4096]).unwrap();
        assert!(examine(&path).is_err());
    }
}

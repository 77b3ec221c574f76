//! A look at a desk's file without opening the desk: nothing is made and nothing is changed.

use super::{
    Access, StoreError,
    sqlite::{Found, Words, look, may, newest_steps, to_read, torn_tail},
};
use ocdeck_domain::facts::Time;
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;

/// What a look at a desk's file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// What SQLite's quick check says is wrong; empty: nothing.
    pub damage: Vec<String>,
    /// Records in the journal.
    pub records: u64,
    /// The first of the last records that does not follow from the one before it.
    pub torn: Option<u64>,
    /// When the last record was received, desk time.
    pub last: Option<Time>,
    /// What the version of its tables lets this program do.
    pub access: Access,
}

/// Reads a desk's file and lets SQLite check it. A console may have it open meanwhile.
///
/// # Errors
/// When it cannot be read, is no desk, or is of a newer program.
pub fn examine(path: &Path) -> Result<Examination, StoreError> {
    let words = Words::new(path);
    let connection = to_read(path).map_err(|error| words.open(error))?;
    let found = look(&connection, &words)?;
    let mut examination = Examination {
        damage: damage(&connection).map_err(|error| words.read(error))?,
        records: 0,
        torn: None,
        last: None,
        access: Access::ReadWrite,
    };
    if matches!(found, Found::Empty) {
        // It was made a moment ago.
        return Ok(examination);
    }
    let count = "SELECT count(*) FROM journal";
    let records: i64 = connection
        .query_row(count, [], |row| row.get(0))
        .map_err(|error| words.read(error))?;
    examination.records = u64::try_from(records).unwrap_or_default();
    let last: Option<String> = connection
        .query_row(
            "SELECT received_at FROM journal ORDER BY seq DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(|error| words.read(error))?;
    examination.last = last.and_then(|last| last.parse().ok());
    if let Found::Desk(about) = found {
        examination.access = may(&about, newest_steps(), &words)?.0;
        examination.torn = torn_tail(&connection, &words)?;
    }
    Ok(examination)
}

fn damage(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA quick_check(5)")?;
    let lines = statement
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
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

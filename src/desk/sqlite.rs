//! The desk in one SQLite file.
//!
//! `journal` is insert only (triggers refuse anything else), in WAL mode. Records that must
//! survive a power cut are committed with `synchronous = FULL`; drafts with `NORMAL`, which a
//! crash of the program survives too.

use super::{About, Access, Drafts, Item, Picture, Session, Store, StoreError};
use chrono::{DateTime, SecondsFormat, Utc};
use ocdeck_domain::{
    facts::Time,
    journal::{self, Author, DraftRow, LONGEST, NewRecord, Record, Series, Subject},
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use std::{
    fs::{DirBuilder, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};
use uuid::Uuid;

/// Version of the tables.
pub(super) const VERSION: u32 = 1;

/// How long a writer waits for another one. A writer holds the file for milliseconds.
const BUSY: Duration = Duration::from_secs(2);

/// Who wrote what the store writes itself.
const ACTOR: &str = "desk";

const TABLES: &str = "
CREATE TABLE journal (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id        TEXT NOT NULL UNIQUE,
    subject         TEXT NOT NULL,
    subject_version INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    kind_version    INTEGER NOT NULL,
    at              TEXT NOT NULL,
    received_at     TEXT NOT NULL,
    actor           TEXT NOT NULL,
    body            TEXT NOT NULL,
    UNIQUE (subject, subject_version)
) STRICT;
CREATE UNIQUE INDEX journal_reference
    ON journal (substr(subject, 1, 9) = 'incident:', json_extract(body, '$.reference'))
    WHERE kind = 'opened';
CREATE TRIGGER journal_never_changes BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TRIGGER journal_never_forgets BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TABLE draft (
    draft_id TEXT NOT NULL,
    field    TEXT NOT NULL,
    value    TEXT NOT NULL,
    version  INTEGER NOT NULL,
    author   TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (draft_id, field)
) STRICT;
";

const RECORD: &str = "SELECT seq, event_id, subject, subject_version, kind, kind_version, at, \
     received_at, actor, body FROM journal";

/// A desk in a file.
#[derive(Debug)]
pub struct Sqlite {
    write: Connection,
    /// `data_version` tells only of the writes of other connections, so this one never writes.
    watch: Connection,
    version: i64,
}

impl Sqlite {
    /// Opens the desk, and makes it when it is not there: readable for its owner only.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        create(path)?;
        let open_error = |source: rusqlite::Error| StoreError::Open {
            place: path.display().to_string(),
            remedy: "check its owner, mode and free space".to_owned(),
            source: source.into(),
        };
        let mut write = connect(path).map_err(open_error)?;
        let version = migrate(&mut write).map_err(open_error)?;
        if version > VERSION {
            return Err(StoreError::Newer {
                place: path.display().to_string(),
                needs: version,
                known: VERSION,
            });
        }
        let watch = connect(path).map_err(open_error)?;
        let version = data_version(&watch).map_err(open_error)?;
        Ok(Self {
            write,
            watch,
            version,
        })
    }

    fn query(&self, sql: &str, with: impl rusqlite::Params) -> Result<Vec<Record>, StoreError> {
        let mut statement = self.write.prepare_cached(sql).map_err(read_error)?;
        let mut rows = statement.query(with).map_err(read_error)?;
        let mut records = Vec::new();
        while let Some(row) = rows.next().map_err(read_error)? {
            records.push(Raw::read(row).map_err(read_error)?.record()?);
        }
        Ok(records)
    }

    fn transaction<T>(
        &mut self,
        durable: bool,
        body: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let level = if durable { "FULL" } else { "NORMAL" };
        // Cannot be changed inside a transaction.
        self.write
            .pragma_update(None, "synchronous", level)
            .map_err(write_error)?;
        let transaction = self
            .write
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(write_error)?;
        let done = body(&transaction)?;
        transaction.commit().map_err(write_error)?;
        Ok(done)
    }
}

fn create(path: &Path) -> Result<(), StoreError> {
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

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<u32> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
        return Ok(VERSION);
    }
    Ok(version)
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

fn read_error(source: rusqlite::Error) -> StoreError {
    StoreError::Read {
        place: String::new(),
        remedy: "check its owner and mode".to_owned(),
        source: source.into(),
    }
}

fn write_error(source: rusqlite::Error) -> StoreError {
    StoreError::Write {
        place: String::new(),
        remedy: "check free space and whether another program holds the file".to_owned(),
        source: source.into(),
    }
}

impl Sqlite {
    fn all_drafts(&self) -> Result<Vec<DraftRow>, StoreError> {
        let mut statement = self
            .write
            .prepare("SELECT draft_id, field, value, version, author, at FROM draft")
            .map_err(read_error)?;
        let mut rows = statement.query([]).map_err(read_error)?;
        let mut drafts = Vec::new();
        while let Some(row) = rows.next().map_err(read_error)? {
            let (draft, at): (String, String) = row
                .get(0)
                .and_then(|draft| Ok((draft, row.get(5)?)))
                .map_err(read_error)?;
            drafts.push(DraftRow {
                draft: Subject::from(draft.as_str()),
                field: row.get(1).map_err(read_error)?,
                value: row.get(2).map_err(read_error)?,
                version: row.get(3).map_err(read_error)?,
                author: row.get(4).map_err(read_error)?,
                at: time(&at, 0)?,
            });
        }
        Ok(drafts)
    }
}

impl Store for Sqlite {
    fn picture(&mut self, _since: Time) -> Result<Picture, StoreError> {
        let records = self.records(0, u32::MAX)?;
        Ok(Picture {
            last: records.last().map_or(0, |record| record.seq),
            records,
            drafts: self.all_drafts()?,
            change: 0,
        })
    }

    fn records(&mut self, after: u64, most: u32) -> Result<Vec<Record>, StoreError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.query(
            &format!("{RECORD} WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
            params![after, most],
        )
    }

    fn drafts(&mut self, _after: u64) -> Result<Drafts, StoreError> {
        Ok(Drafts {
            rows: self.all_drafts()?,
            change: 0,
        })
    }

    fn append(&mut self, records: &[NewRecord]) -> Result<(), StoreError> {
        let now = Utc::now();
        let durable = records.iter().any(|record| record.durable);
        self.transaction(durable, |transaction| {
            records
                .iter()
                .try_for_each(|record| insert(transaction, record, now))
        })
    }

    fn open(
        &mut self,
        subject: &Subject,
        series: Series,
        records: &[NewRecord],
    ) -> Result<u32, StoreError> {
        let now = Utc::now();
        self.transaction(true, |transaction| {
            let number = match number_of(transaction, subject)? {
                Some(number) => number,
                None => {
                    let number = last_number(transaction, series)?.saturating_add(1);
                    let opened = journal::opened(subject, number, now, ACTOR);
                    insert(transaction, &opened, now)?;
                    number
                }
            };
            for record in records {
                insert(transaction, record, now)?;
            }
            Ok(number)
        })
    }

    fn history(&mut self, subject: &Subject) -> Result<Vec<Record>, StoreError> {
        let sql = format!("{RECORD} WHERE subject = ?1 ORDER BY subject_version");
        self.query(&sql, [subject.to_string()])
    }

    fn save_drafts(&mut self, rows: &[DraftRow]) -> Result<Vec<DraftRow>, StoreError> {
        self.transaction(false, |transaction| {
            let mut statement = transaction
                .prepare_cached(
                    "INSERT INTO draft (draft_id, field, value, version, author, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (draft_id, field) DO UPDATE SET value = excluded.value,
                         version = max(draft.version + 1, excluded.version),
                         author = excluded.author, at = excluded.at",
                )
                .map_err(write_error)?;
            for row in rows {
                statement
                    .execute(params![
                        row.draft.to_string(),
                        row.field,
                        row.value,
                        row.version,
                        row.author,
                        text(row.at),
                    ])
                    .map_err(write_error)?;
            }
            Ok(Vec::new())
        })
    }

    fn changed(&mut self) -> Result<bool, StoreError> {
        let version = data_version(&self.watch).map_err(read_error)?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }

    fn access(&self) -> Access {
        Access::ReadWrite
    }

    fn now(&mut self) -> Result<Time, StoreError> {
        Ok(Utc::now())
    }

    fn sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        Ok(Vec::new())
    }

    fn about(&mut self) -> Result<About, StoreError> {
        Ok(About {
            desk: Uuid::nil(),
            created: DateTime::UNIX_EPOCH,
            version: VERSION,
            min_reader: VERSION,
            min_writer: VERSION,
        })
    }

    fn hashes(&mut self, _after: u64, _most: u32) -> Result<Vec<(u64, [u8; 32])>, StoreError> {
        Ok(Vec::new())
    }

    fn import(
        &mut self,
        _about: &About,
        items: &mut dyn Iterator<Item = Result<Item, StoreError>>,
    ) -> Result<(), StoreError> {
        let records = self.records(0, u32::MAX)?.len() as u64;
        if records > 0 {
            return Err(StoreError::NotEmpty {
                place: String::new(),
                records,
            });
        }
        for item in items {
            match item? {
                Item::Record(record) => self.append(&[record.record])?,
                Item::Draft(row) => drop(self.save_drafts(&[row])?),
            }
        }
        Ok(())
    }
}

/// The number that a subject has.
fn number_of(transaction: &Transaction<'_>, subject: &Subject) -> Result<Option<u32>, StoreError> {
    transaction
        .query_row(
            "SELECT json_extract(body, '$.reference') FROM journal
             WHERE kind = 'opened' AND subject = ?1",
            [subject.to_string()],
            |row| row.get(0),
        )
        .optional()
        .map_err(write_error)
}

/// The last number given of a series; 0: none.
fn last_number(transaction: &Transaction<'_>, series: Series) -> Result<u32, StoreError> {
    let like = match series {
        Series::Request => "substr(subject, 1, 9) <> 'incident:'",
        Series::Incident => "substr(subject, 1, 9) = 'incident:'",
    };
    let sql = format!(
        "SELECT coalesce(max(json_extract(body, '$.reference')), 0) FROM journal
         WHERE kind = 'opened' AND {like}"
    );
    transaction
        .query_row(&sql, [], |row| row.get(0))
        .map_err(write_error)
}

fn insert(transaction: &Transaction<'_>, record: &NewRecord, now: Time) -> Result<(), StoreError> {
    let subject = record.subject.to_string();
    if record.body.len() > LONGEST {
        return Err(StoreError::TooLong {
            subject: record.subject.clone(),
            kind: record.kind.clone(),
            bytes: record.body.len(),
            most: LONGEST,
        });
    }
    let known: bool = transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM journal WHERE event_id = ?1)")
        .and_then(|mut statement| {
            statement.query_row([record.event_id.to_string()], |row| row.get(0))
        })
        .map_err(write_error)?;
    if known {
        return Ok(());
    }
    let last: u32 = transaction
        .prepare_cached("SELECT coalesce(max(subject_version), 0) FROM journal WHERE subject = ?1")
        .and_then(|mut statement| statement.query_row([&subject], |row| row.get(0)))
        .map_err(write_error)?;
    let next = last.saturating_add(1);
    if let Some(version) = record.subject_version.filter(|version| *version != next) {
        return Err(StoreError::Taken {
            subject: record.subject.clone(),
            version,
        });
    }
    transaction
        .prepare_cached(
            "INSERT INTO journal (event_id, subject, subject_version, kind, kind_version, at,
                 received_at, actor, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                record.event_id.to_string(),
                subject,
                next,
                record.kind,
                record.kind_version,
                text(record.at),
                text(now),
                record.actor,
                record.body,
            ])
        })
        .map(drop)
        .map_err(write_error)
}

/// A row as SQLite holds it.
struct Raw {
    seq: u64,
    event_id: String,
    subject: String,
    subject_version: u32,
    kind: String,
    kind_version: u32,
    at: String,
    received_at: String,
    actor: String,
    body: String,
}

impl Raw {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let seq: i64 = row.get(0)?;
        Ok(Self {
            seq: u64::try_from(seq).unwrap_or_default(),
            event_id: row.get(1)?,
            subject: row.get(2)?,
            subject_version: row.get(3)?,
            kind: row.get(4)?,
            kind_version: row.get(5)?,
            at: row.get(6)?,
            received_at: row.get(7)?,
            actor: row.get(8)?,
            body: row.get(9)?,
        })
    }

    fn record(self) -> Result<Record, StoreError> {
        Ok(Record {
            seq: self.seq,
            subject_version: self.subject_version,
            received_at: time(&self.received_at, self.seq)?,
            author: Author::default(),
            record: NewRecord {
                event_id: uuid(&self.event_id, self.seq)?,
                subject: Subject::from(self.subject.as_str()),
                subject_version: Some(self.subject_version),
                kind: self.kind,
                kind_version: self.kind_version,
                at: time(&self.at, self.seq)?,
                actor: self.actor,
                body: self.body,
                durable: true,
                over: None,
            },
        })
    }
}

fn text(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn time(text: &str, seq: u64) -> Result<Time, StoreError> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .map_err(|error| StoreError::Damaged {
            seq,
            what: format!("time {text:?}: {error}"),
        })
}

fn uuid(text: &str, seq: u64) -> Result<Uuid, StoreError> {
    Uuid::parse_str(text).map_err(|error| StoreError::Damaged {
        seq,
        what: format!("id {text:?}: {error}"),
    })
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;

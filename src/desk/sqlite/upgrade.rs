//! What stands in a file, and whether this program may read it, write it, or has to make its
//! tables newer first.

use super::{
    rows::{text, time, uuid},
    tables::{APPLICATION, Step, TABLES},
    words::Words,
    write::{Writer, put_draft},
};
use crate::desk::{About, Access, StoreError};
use chrono::{DateTime, Utc};
use ocdeck_domain::{
    facts::Time,
    journal::{Author, DraftRow, NewRecord, Record, Subject},
    restore::Event,
    text::clean,
};
use rusqlite::{Connection, Row, Transaction, params};
use uuid::Uuid;

/// What stands in a file.
#[derive(Debug)]
pub(in crate::desk) enum Found {
    /// Nothing yet.
    Empty,
    /// A desk of version 1, which said nothing about itself.
    First,
    /// A desk.
    Desk(About),
}

/// Looks without changing anything.
pub(in crate::desk) fn look(connection: &Connection, words: &Words) -> Result<Found, StoreError> {
    let open = |error| words.open(error);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = pragma("application_id").map_err(open)?;
    let version = pragma("user_version").map_err(open)?;
    let tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .and_then(|mut statement| {
            statement
                .query_map([], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(open)?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    match (application, version) {
        (0, 0) if tables.is_empty() => Ok(Found::Empty),
        (0, 1) if has("journal") && has("draft") => Ok(Found::First),
        (APPLICATION, _) if has("meta") => about(connection, words).map(Found::Desk),
        _ => {
            let shown: Vec<_> = tables.iter().take(4).map(|name| clean(name)).collect();
            let what = match shown.len() {
                0 => format!("a SQLite file of the application {application}"),
                _ => format!("a SQLite file with the tables {}", shown.join(", ")),
            };
            Err(StoreError::Foreign {
                place: words.place(),
                what,
            })
        }
    }
}

pub(super) fn about(connection: &Connection, words: &Words) -> Result<About, StoreError> {
    let (desk, created, version, min_reader, min_writer) = connection
        .query_row(
            "SELECT desk, created, version, min_reader, min_writer FROM meta",
            [],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ))
            },
        )
        .map_err(|error| words.open(error))?;
    Ok(About {
        desk: uuid(&desk, 0)?,
        created: time(&created, 0)?,
        version,
        min_reader,
        min_writer,
    })
}

/// What may be done with a desk, and what has to be done first.
pub(in crate::desk) fn may(
    about: &About,
    steps: &[Step],
    words: &Words,
) -> Result<(Access, Vec<Step>), StoreError> {
    let known = steps.last().map_or(about.version, |step| step.to);
    if about.min_reader > known {
        return Err(StoreError::Newer {
            place: words.place(),
            needs: about.min_reader,
            known,
        });
    }
    let reason = if about.min_writer > known {
        format!(
            "it was migrated to version {}, which version {} and later may write, and this \
             ocdeck has {known}: use the newer ocdeck",
            about.version, about.min_writer
        )
    } else {
        let missing: Vec<Step> = steps
            .iter()
            .copied()
            .filter(|step| step.to > about.version)
            .collect();
        if !missing.iter().any(|step| step.breaking) {
            return Ok((Access::ReadWrite, missing));
        }
        format!(
            "it has version {} and this ocdeck writes {known}; the change cuts off older \
             consoles, so a person makes it: `ocdeck desk migrate`",
            about.version
        )
    };
    Ok((Access::ReadOnly(reason), Vec::new()))
}

/// Makes the tables of an empty file.
pub(super) fn make(
    transaction: &Transaction<'_>,
    version: &Step,
    now: Time,
) -> rusqlite::Result<()> {
    transaction.execute_batch(TABLES)?;
    transaction.execute(
        "INSERT INTO meta (one, desk, created, version, min_reader, min_writer)
         VALUES (1, ?1, ?2, 0, 0, 0)",
        params![Uuid::new_v4().to_string(), text(now)],
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    stamp(transaction, version)
}

/// Makes the tables newer, step by step.
pub(super) fn run(
    transaction: &Transaction<'_>,
    words: &Words,
    steps: &[Step],
) -> Result<(), StoreError> {
    for step in steps {
        (step.run)(transaction, words)?;
        stamp(transaction, step).map_err(|error| words.open(error))?;
    }
    Ok(())
}

fn stamp(transaction: &Transaction<'_>, step: &Step) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE meta SET version = ?1, min_reader = ?2, min_writer = ?3",
        params![step.to, step.min_reader, step.min_writer],
    )?;
    transaction.pragma_update(None, "user_version", step.to)
}

/// From the first tables, which kept nothing but the journal and the drafts, to the second.
pub(super) fn from_1_to_2(transaction: &Transaction<'_>, words: &Words) -> Result<(), StoreError> {
    let open = |error| words.open(error);
    transaction
        .execute_batch(
            "DROP TRIGGER IF EXISTS journal_never_changes;
             DROP TRIGGER IF EXISTS journal_never_forgets;
             ALTER TABLE journal RENAME TO journal_1;
             ALTER TABLE draft RENAME TO draft_1;",
        )
        .map_err(open)?;
    transaction.execute_batch(TABLES).map_err(open)?;
    let first: Option<String> = transaction
        .query_row("SELECT min(received_at) FROM journal_1", [], |row| {
            row.get(0)
        })
        .map_err(open)?;
    transaction
        .execute(
            "INSERT INTO meta (one, desk, created, version, min_reader, min_writer)
             VALUES (1, ?1, ?2, 0, 0, 0)",
            params![
                Uuid::new_v4().to_string(),
                first.unwrap_or_else(|| text(Utc::now()))
            ],
        )
        .map_err(open)?;
    copy_journal(transaction, words)?;
    copy_drafts(transaction).map_err(open)?;
    transaction
        .execute_batch("DROP TABLE journal_1; DROP TABLE draft_1;")
        .map_err(open)?;
    transaction
        .pragma_update(None, "application_id", APPLICATION)
        .map_err(open)
}

fn copy_journal(transaction: &Transaction<'_>, words: &Words) -> Result<(), StoreError> {
    let open = |error| words.open(error);
    let mut writer = Writer::new(transaction, words)?;
    let mut statement = transaction
        .prepare(
            "SELECT seq, event_id, subject, subject_version, kind, kind_version, at, received_at,
                 actor, body FROM journal_1 ORDER BY seq",
        )
        .map_err(open)?;
    let mut rows = statement.query([]).map_err(open)?;
    while let Some(row) = rows.next().map_err(open)? {
        let (mut record, times) = first_record(row).map_err(open)?;
        record.record.at = time(&times.0, record.seq)?;
        record.received_at = time(&times.1, record.seq)?;
        record.record.event_id = uuid(&times.2, record.seq)?;
        record.record.over = over(&record);
        writer.put(&record)?;
    }
    Ok(())
}

/// A row of the first journal; its times and id, as text, beside it.
fn first_record(row: &Row<'_>) -> rusqlite::Result<(Record, (String, String, String))> {
    let seq: i64 = row.get(0)?;
    let subject: String = row.get(2)?;
    let subject_version = row.get(3)?;
    let texts = (row.get(6)?, row.get(7)?, row.get(1)?);
    let record = Record {
        seq: u64::try_from(seq).unwrap_or_default(),
        subject_version,
        received_at: DateTime::UNIX_EPOCH,
        author: Author::default(),
        record: NewRecord {
            event_id: Uuid::nil(),
            subject: Subject::from(subject.as_str()),
            subject_version: Some(subject_version),
            kind: row.get(4)?,
            kind_version: row.get(5)?,
            at: DateTime::UNIX_EPOCH,
            actor: row.get(8)?,
            body: row.get(9)?,
            durable: true,
            over: None,
        },
    };
    Ok((record, texts))
}

/// The first tables did not keep whether a request was over; its events say it.
fn over(record: &Record) -> Option<bool> {
    let id = record.record.subject.request()?;
    let event = record.event::<Event>().ok()?;
    event
        .record(record.record.event_id, id, record.record.at, "")
        .over
}

fn copy_drafts(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut statement = transaction
        .prepare("SELECT draft_id, field, value, version, author, at FROM draft_1 ORDER BY at")?;
    let mut rows = statement.query([])?;
    let mut change = 0;
    while let Some(row) = rows.next()? {
        change += 1;
        let draft: String = row.get(0)?;
        let at: String = row.get(5)?;
        let row = DraftRow {
            draft: Subject::from(draft.as_str()),
            field: row.get(1)?,
            value: row.get(2)?,
            version: row.get(3)?,
            author: row.get(4)?,
            at: time(&at, 0).unwrap_or_default(),
        };
        put_draft(transaction, &row, change)?;
    }
    Ok(())
}

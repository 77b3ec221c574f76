//! Reading: what a console needs at its start, and what came since.

use super::{
    rows::{COLUMNS, DRAFT, Raw, RawDraft, number},
    words::Words,
};
use crate::desk::{
    Drafts, Guards, Past, Picture, StoreError,
    chain::{self, START},
};
use ocdeck_domain::{
    facts::Time,
    journal::{Record, Subject},
};
use rusqlite::{Connection, OptionalExtension, Params, ToSql, params};

/// Subjects that are not over, or were over after ?1. Driven by the index of `over_since`: the
/// others are never looked at.
const OPEN: &str = "SELECT subject FROM subject WHERE over_since IS NULL
     UNION ALL SELECT subject FROM subject WHERE over_since >= ?1";

/// How many records at the end are looked at when a desk is opened.
const TAIL: i64 = 16;

/// The histories of what is open. CROSS JOIN: SQLite keeps this order of loops.
pub(super) fn open_histories() -> String {
    format!(
        "SELECT {COLUMNS} FROM ({OPEN}) AS open
         CROSS JOIN journal ON journal.subject = open.subject ORDER BY seq"
    )
}

fn open_drafts() -> String {
    format!(
        "SELECT {DRAFT} FROM ({OPEN}) AS open
         CROSS JOIN draft ON draft.draft_id = open.subject ORDER BY change"
    )
}

/// What a console needs at its start.
pub(super) fn picture(
    connection: &Connection,
    words: &Words,
    since: Time,
) -> Result<Picture, StoreError> {
    let since = since.timestamp_micros();
    let last = |sql| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .map(|last| u64::try_from(last).unwrap_or_default())
            .map_err(|error| words.read(error))
    };
    Ok(Picture {
        records: records(connection, words, &open_histories(), [since])?,
        drafts: drafts(connection, words, &open_drafts(), [since])?.rows,
        last: last("SELECT coalesce(max(seq), 0) FROM journal")?,
        change: last("SELECT coalesce(max(change), 0) FROM draft")?,
    })
}

pub(super) fn behind(
    connection: &Connection,
    words: &Words,
    after: u64,
    most: u32,
) -> Result<Vec<Record>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    records(connection, words, &sql, params![number(after), most])
}

pub(super) fn history(
    connection: &Connection,
    words: &Words,
    subject: &str,
) -> Result<Vec<Record>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE subject = ?1 ORDER BY subject_version");
    records(connection, words, &sql, [subject])
}

/// The subjects of a kind that are over, the one that ended last first: those whose names begin
/// with ?1, at most ?2, and behind ?3 if it is given.
fn over(behind: bool) -> String {
    let behind = match behind {
        true => {
            "AND (over_since, subject) < (SELECT over_since, subject FROM subject WHERE subject = ?3)"
        }
        false => "",
    };
    format!(
        "SELECT subject FROM subject WHERE over_since IS NOT NULL {behind}
         AND substr(subject, 1, length(?1)) = ?1
         ORDER BY over_since DESC, subject DESC LIMIT ?2"
    )
}

pub(super) fn past(
    connection: &Connection,
    words: &Words,
    kind: &str,
    before: Option<&Subject>,
    most: u32,
) -> Result<Past, StoreError> {
    let read = |error| words.read(error);
    let (kind, rows) = (format!("{kind}:"), Past::names(most));
    let mut with: Vec<&dyn ToSql> = vec![&kind, &rows];
    let before = before.map(Subject::to_string);
    with.extend(before.as_ref().map(|before| before as &dyn ToSql));
    let mut statement = connection
        .prepare_cached(&over(before.is_some()))
        .map_err(read)?;
    let names = statement
        .query_map(&*with, |row| row.get(0))
        .and_then(Iterator::collect);
    let mut names: Vec<String> = names.map_err(read)?;
    let more = Past::page(&mut names, most);
    let mut all = Vec::new();
    for name in &names {
        all.extend(history(connection, words, name)?);
    }
    all.sort_by_key(|record| record.seq);
    Ok(Past { records: all, more })
}

fn records(
    connection: &Connection,
    words: &Words,
    sql: &str,
    with: impl Params,
) -> Result<Vec<Record>, StoreError> {
    let read = |error| words.read(error);
    let mut statement = connection.prepare_cached(sql).map_err(read)?;
    let mut rows = statement.query(with).map_err(read)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next().map_err(read)? {
        records.push(Raw::read(row).map_err(read)?.record());
    }
    Ok(records)
}

pub(super) fn drafts_behind(
    connection: &Connection,
    words: &Words,
    after: u64,
) -> Result<Drafts, StoreError> {
    let sql = format!("SELECT {DRAFT} FROM draft WHERE change > ?1 ORDER BY change");
    let mut drafts = drafts(connection, words, &sql, [number(after)])?;
    drafts.change = drafts.change.max(after);
    Ok(drafts)
}

fn drafts(
    connection: &Connection,
    words: &Words,
    sql: &str,
    with: impl Params,
) -> Result<Drafts, StoreError> {
    let read = |error| words.read(error);
    let mut statement = connection.prepare_cached(sql).map_err(read)?;
    let mut rows = statement.query(with).map_err(read)?;
    let mut drafts = Drafts::default();
    while let Some(row) = rows.next().map_err(read)? {
        let raw = RawDraft::read(row).map_err(read)?;
        drafts.change = raw.change;
        drafts.rows.push(raw.draft()?);
    }
    Ok(drafts)
}

pub(super) fn hashes(
    connection: &Connection,
    words: &Words,
    after: u64,
    most: u32,
) -> Result<Vec<(u64, [u8; 32])>, StoreError> {
    connection
        .prepare_cached("SELECT seq, hash FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2")
        .and_then(|mut statement| {
            statement
                .query_map(params![number(after), most], |row| {
                    let seq: i64 = row.get(0)?;
                    Ok((u64::try_from(seq).unwrap_or_default(), row.get(1)?))
                })?
                .collect()
        })
        .map_err(|error| words.read(error))
}

/// Whether the triggers that refuse a change are there; the hashes show the rest.
pub(super) fn guards(connection: &Connection, words: &Words) -> Result<Guards, StoreError> {
    let mut open = Vec::new();
    for name in ["journal_never_changes", "journal_never_forgets"] {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' \
             AND tbl_name = 'journal' AND name = ?1";
        let there: i64 = connection
            .query_row(sql, [name], |row| row.get(0))
            .map_err(|error| words.read(error))?;
        if there == 0 {
            open.push(format!("the trigger {name} of the journal is missing"));
        }
    }
    // The hashes do not show that the last records were taken out.
    let sql = "SELECT subject, last_seq FROM subject WHERE last_seq NOT IN \
         (SELECT seq FROM journal) ORDER BY last_seq LIMIT 10";
    let lost = connection
        .prepare(sql)
        .and_then(|mut statement| {
            let rows = statement.query_map([], |row| {
                let (subject, last): (String, i64) = (row.get(0)?, row.get(1)?);
                Ok(format!(
                    "the history of {subject} ended with record {last}, which is not there"
                ))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(|error| words.read(error))?;
    Ok(Guards {
        open,
        lost,
        mend: "`ocdeck desk export` and `import` into a new desk".to_owned(),
        ..Guards::default()
    })
}

/// The first of the last records that does not follow from the one before it; `None`: all fit.
pub(in crate::desk) fn torn_tail(
    connection: &Connection,
    words: &Words,
) -> Result<Option<u64>, StoreError> {
    let read = |error| words.read(error);
    let first: i64 = connection
        .query_row(
            "SELECT coalesce(max(seq), 0) - ?1 FROM journal",
            [TAIL],
            |row| row.get(0),
        )
        .map_err(read)?;
    let before: Option<[u8; 32]> = connection
        .query_row(
            "SELECT hash FROM journal WHERE seq < ?1 ORDER BY seq DESC LIMIT 1",
            [first],
            |row| row.get(0),
        )
        .optional()
        .map_err(read)?;
    let mut before = before.unwrap_or(START);
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE seq >= ?1 ORDER BY seq");
    let mut statement = connection.prepare(&sql).map_err(read)?;
    let mut rows = statement.query([first]).map_err(read)?;
    while let Some(row) = rows.next().map_err(read)? {
        let raw = Raw::read(row).map_err(read)?;
        let (seq, hash) = (raw.seq, raw.hash);
        if chain::link(&before, &raw.record()) != hash {
            return Ok(Some(seq));
        }
        before = hash;
    }
    Ok(None)
}

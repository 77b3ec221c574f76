//! Writing: records with their places, numbers and hashes; rows of drafts.
//!
//! Everything here runs inside a transaction that holds the file's only write lock, so what was
//! read in it is still true when it is committed.

use super::{
    rows::{DRAFT, RawDraft, number, text},
    words::Words,
};
use crate::desk::{
    About, Item, StoreError,
    chain::{self, START},
    store::{check_length, check_year},
};
use ocdeck_domain::{
    facts::Time,
    journal::{self, Author, DraftRow, NewRecord, OPENED, Record, Series, Subject},
};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Deserialize;

/// Writes to the journal, from its end on.
pub(super) struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    words: &'a Words,
    /// The last record, and its hash.
    seq: u64,
    hash: [u8; 32],
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        transaction: &'a Transaction<'a>,
        words: &'a Words,
    ) -> Result<Self, StoreError> {
        let last: Option<(i64, [u8; 32])> = transaction
            .prepare_cached("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
            .and_then(|mut statement| {
                statement
                    .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .map_err(|error| words.write(error))?;
        let (seq, hash) = last.unwrap_or((0, START));
        Ok(Self {
            transaction,
            words,
            seq: u64::try_from(seq).unwrap_or_default(),
            hash,
        })
    }

    /// Writes a record behind the last, unless its event is there.
    pub(super) fn add(
        &mut self,
        new: &NewRecord,
        author: &Author,
        now: Time,
    ) -> Result<(), StoreError> {
        check_length(&new.subject, &new.kind, &new.body)?;
        check_year(&new.subject, &new.kind, new.at)?;
        if self.is_there(new)? {
            return Ok(());
        }
        let next = self.last_version(&new.subject)?.saturating_add(1);
        if let Some(version) = new.subject_version.filter(|version| *version != next) {
            return Err(StoreError::Taken {
                subject: new.subject.clone(),
                version,
            });
        }
        self.put(&Record {
            seq: self.seq.saturating_add(1),
            subject_version: next,
            received_at: now,
            author: author.clone(),
            record: new.clone(),
        })
    }

    /// Writes a record exactly as it is.
    pub(super) fn put(&mut self, record: &Record) -> Result<(), StoreError> {
        let hash = chain::link(&self.hash, record);
        let new = &record.record;
        let subject = new.subject.to_string();
        self.transaction
            .prepare_cached(
                "INSERT INTO journal (seq, event_id, subject, subject_version, kind, kind_version,
                     at, received_at, actor, account, host, over, body, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    number(record.seq),
                    new.event_id.to_string(),
                    subject,
                    record.subject_version,
                    new.kind,
                    new.kind_version,
                    text(new.at),
                    text(record.received_at),
                    new.actor,
                    record.author.account,
                    record.author.host,
                    new.over,
                    new.body,
                    hash,
                ])
            })
            .map_err(|error| self.words.write(error))?;
        self.note(record, &subject)?;
        self.seq = record.seq;
        self.hash = hash;
        Ok(())
    }

    /// Keeps what is derived from a record: where its subject stands, and which number it has.
    fn note(&self, record: &Record, subject: &str) -> Result<(), StoreError> {
        let since = record.received_at.timestamp_micros();
        let over = record.record.over;
        self.transaction
            .prepare_cached(
                "INSERT INTO subject (subject, last_seq, last_version, over_since)
                 VALUES (?1, ?2, ?3, iif(?4, ?5, NULL))
                 ON CONFLICT (subject) DO UPDATE SET last_seq = excluded.last_seq,
                     last_version = excluded.last_version,
                     over_since = iif(?4 IS NULL, subject.over_since, excluded.over_since)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    subject,
                    number(record.seq),
                    record.subject_version,
                    over,
                    since,
                ])
            })
            .map_err(|error| self.words.write(error))?;
        if let Some((series, number)) = numbered(record) {
            self.keep_number(series, number, subject)?;
        }
        Ok(())
    }

    fn keep_number(&self, series: Series, number: u32, subject: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("INSERT INTO number (series, number, subject) VALUES (?1, ?2, ?3)")
            .and_then(|mut statement| statement.execute(params![name(series), number, subject]))
            .map(drop)
            .map_err(|error| self.words.write(error))
    }

    /// Gives a subject its number, if it has none.
    pub(super) fn open(
        &mut self,
        subject: &Subject,
        series: Series,
        author: &Author,
        now: Time,
    ) -> Result<u32, StoreError> {
        let write = |error| self.words.write(error);
        let known: Option<u32> = self
            .transaction
            .query_row(
                "SELECT number FROM number WHERE subject = ?1",
                [subject.to_string()],
                |row| row.get(0),
            )
            .optional()
            .map_err(write)?;
        if let Some(number) = known {
            return Ok(number);
        }
        let last: u32 = self
            .transaction
            .query_row(
                "SELECT coalesce(max(number), 0) FROM number WHERE series = ?1",
                [name(series)],
                |row| row.get(0),
            )
            .map_err(write)?;
        let number = last.saturating_add(1);
        self.add(
            &journal::opened(subject, number, now, journal::DESK),
            author,
            now,
        )?;
        Ok(number)
    }

    fn is_there(&self, new: &NewRecord) -> Result<bool, StoreError> {
        self.transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM journal WHERE event_id = ?1)")
            .and_then(|mut statement| {
                statement.query_row([new.event_id.to_string()], |row| row.get(0))
            })
            .map_err(|error| self.words.write(error))
    }

    fn last_version(&self, subject: &Subject) -> Result<u32, StoreError> {
        let last: Option<u32> = self
            .transaction
            .prepare_cached("SELECT last_version FROM subject WHERE subject = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([subject.to_string()], |row| row.get(0))
                    .optional()
            })
            .map_err(|error| self.words.write(error))?;
        Ok(last.unwrap_or(0))
    }
}

/// The number that a record gives to its subject.
fn numbered(record: &Record) -> Option<(Series, u32)> {
    #[derive(Deserialize)]
    struct Body {
        reference: u32,
    }
    let new = &record.record;
    if new.kind != OPENED {
        return None;
    }
    let series = Series::of(&new.subject)?;
    let body: Body = serde_json::from_str(&new.body).ok()?;
    Some((series, body.reference))
}

fn name(series: Series) -> &'static str {
    match series {
        Series::Request => "request",
        Series::Incident => "incident",
    }
}

/// Keeps rows of drafts; gives back what another author had written in the meantime.
pub(super) fn save_drafts(
    transaction: &Transaction<'_>,
    words: &Words,
    rows: &[DraftRow],
) -> Result<Vec<DraftRow>, StoreError> {
    let write = |error| words.write(error);
    let mut change = last_change(transaction).map_err(write)?;
    let mut overwritten = Vec::new();
    for row in rows {
        check_length(&row.draft, &row.field, &row.value)?;
        let there = transaction
            .prepare_cached(&format!(
                "SELECT {DRAFT} FROM draft WHERE draft_id = ?1 AND field = ?2"
            ))
            .and_then(|mut statement| {
                statement
                    .query_row([&row.draft.to_string(), &row.field], RawDraft::read)
                    .optional()
            })
            .map_err(write)?
            .map(RawDraft::draft)
            .transpose()?;
        let mut version = row.version;
        if let Some(there) = there.filter(|there| there.version >= row.version) {
            version = there.version.saturating_add(1);
            if there.author != row.author && there.value != row.value {
                overwritten.push(there);
            }
        }
        change += 1;
        put_draft(
            transaction,
            &DraftRow {
                version,
                ..row.clone()
            },
            change,
        )
        .map_err(write)?;
    }
    Ok(overwritten)
}

pub(super) fn last_change(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    transaction.query_row("SELECT coalesce(max(change), 0) FROM draft", [], |row| {
        row.get(0)
    })
}

/// Writes a row exactly as it is. Its subject is open, if nothing was known of it.
pub(super) fn put_draft(
    transaction: &Transaction<'_>,
    row: &DraftRow,
    change: i64,
) -> rusqlite::Result<()> {
    let draft = row.draft.to_string();
    transaction
        .prepare_cached(
            "INSERT INTO subject (subject, last_seq, last_version) VALUES (?1, 0, 0)
             ON CONFLICT (subject) DO NOTHING",
        )?
        .execute([&draft])?;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO draft (draft_id, field, value, version, author, at, change)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            draft,
            row.field,
            row.value,
            row.version,
            row.author,
            text(row.at),
            change,
        ])
        .map(drop)
}

/// Writes a whole desk into one that holds nothing.
pub(super) fn import(
    transaction: &Transaction<'_>,
    words: &Words,
    about: &About,
    items: &mut dyn Iterator<Item = Result<Item, StoreError>>,
) -> Result<(), StoreError> {
    let write = |error| words.write(error);
    let (records, drafts): (i64, i64) = transaction
        .query_row(
            "SELECT (SELECT count(*) FROM journal), (SELECT count(*) FROM draft)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .map_err(write)?;
    if records > 0 || drafts > 0 {
        return Err(StoreError::NotEmpty {
            place: words.place(),
            records: u64::try_from(records).unwrap_or_default(),
            drafts: u64::try_from(drafts).unwrap_or_default(),
        });
    }
    transaction
        .execute(
            "UPDATE meta SET desk = ?1, created = ?2",
            params![about.desk.to_string(), text(about.created)],
        )
        .map_err(write)?;
    let mut writer = Writer::new(transaction, words)?;
    let mut change = 0;
    for item in items {
        match item? {
            Item::Record(record) => writer.put(&record)?,
            Item::Draft(row) => {
                change += 1;
                put_draft(transaction, &row, change).map_err(write)?;
            }
        }
    }
    Ok(())
}

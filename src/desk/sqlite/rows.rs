//! Rows of the tables as records and drafts.

use crate::desk::{StoreError, store::record_of};
use ocdeck_domain::journal::{Author, DraftRow, NewRecord, Record, Subject};
use rusqlite::Row;
use uuid::Uuid;

pub(super) use crate::desk::store::{text, time};

/// Columns of the journal, as [`Raw::read`] takes them.
pub(super) const COLUMNS: &str = "journal.seq, event_id, journal.subject, subject_version, kind, \
     kind_version, at, received_at, actor, account, host, over, body, hash";

/// Columns of the drafts, as [`RawDraft::read`] takes them.
pub(super) const DRAFT: &str = "draft_id, field, value, version, author, at, change";

/// A row of the journal as SQLite holds it.
pub(super) struct Raw {
    pub(super) seq: u64,
    event_id: String,
    subject: String,
    subject_version: u32,
    kind: String,
    kind_version: u32,
    at: String,
    received_at: String,
    actor: String,
    account: String,
    host: String,
    over: Option<bool>,
    body: String,
    pub(super) hash: [u8; 32],
}

impl Raw {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
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
            account: row.get(9)?,
            host: row.get(10)?,
            over: row.get(11)?,
            body: row.get(12)?,
            hash: row.get(13)?,
        })
    }

    pub(super) fn record(self) -> Record {
        let seq = self.seq;
        let id = uuid(&self.event_id, seq);
        let (at, received) = (time(&self.at, seq), time(&self.received_at, seq));
        record_of(seq, id, at, received, |event_id, at, received_at| Record {
            seq,
            subject_version: self.subject_version,
            received_at,
            author: Author {
                account: self.account,
                host: self.host,
            },
            record: NewRecord {
                event_id,
                subject: Subject::from(self.subject.as_str()),
                subject_version: Some(self.subject_version),
                kind: self.kind,
                kind_version: self.kind_version,
                at,
                actor: self.actor,
                body: self.body,
                durable: true,
                over: self.over,
            },
        })
    }
}

/// A row of the drafts as SQLite holds it.
pub(super) struct RawDraft {
    row: (String, String, String, u32, String, String),
    pub(super) change: u64,
}

impl RawDraft {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let change: i64 = row.get(6)?;
        Ok(Self {
            row: (
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
            ),
            change: u64::try_from(change).unwrap_or_default(),
        })
    }

    pub(super) fn draft(self) -> Result<DraftRow, StoreError> {
        let (draft, field, value, version, author, at) = self.row;
        Ok(DraftRow {
            draft: Subject::from(draft.as_str()),
            field,
            value,
            version,
            author,
            at: time(&at, 0)?,
        })
    }
}

pub(super) fn uuid(text: &str, seq: u64) -> Result<Uuid, StoreError> {
    Uuid::parse_str(text).map_err(|error| StoreError::Damaged {
        seq,
        what: format!("id {text:?}: {error}"),
    })
}

/// A sequence number as SQLite takes it.
pub(super) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

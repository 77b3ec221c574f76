//! Records and drafts as PostgreSQL's arrays, and rows as records and drafts.

use crate::desk::{
    Session, StoreError,
    store::{check_length, check_year, record_of},
};
use ocdeck_domain::journal::{Author, DraftRow, NewRecord, Record, Subject};
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};
use uuid::Uuid;

pub(super) use crate::desk::store::{text, time};

/// What is read of a record; the journal is `j`.
pub(super) const RECORD: &str = "j.seq, j.event_id::text, j.subject, j.subject_version, j.kind, \
     j.kind_version, j.at, j.received_at, j.actor, j.author, j.host, j.body::text, j.over";

/// What is read of a draft; the drafts are `d`.
pub(super) const DRAFT: &str = "d.draft_id, d.field, d.value, d.version::bigint, d.author, d.at";

/// A parameter and its type.
pub(super) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// Records, a column an array.
#[derive(Clone, Default)]
pub(super) struct Records {
    events: Vec<String>,
    subjects: Vec<String>,
    places: Vec<Option<i64>>,
    kinds: Vec<String>,
    kind_versions: Vec<i64>,
    ats: Vec<String>,
    actors: Vec<String>,
    bodies: Vec<String>,
    overs: Vec<Option<bool>>,
}

impl Records {
    pub(super) fn of(records: &[NewRecord]) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        for record in records {
            columns.push(record)?;
        }
        Ok(columns)
    }

    fn push(&mut self, record: &NewRecord) -> Result<(), StoreError> {
        check_length(&record.subject, &record.kind, &record.body)?;
        check_year(&record.subject, &record.kind, record.at)?;
        self.events.push(record.event_id.to_string());
        self.subjects.push(record.subject.to_string());
        self.places.push(record.subject_version.map(i64::from));
        self.kinds.push(record.kind.clone());
        self.kind_versions.push(record.kind_version.into());
        self.ats.push(text(record.at));
        self.actors.push(record.actor.clone());
        self.bodies.push(record.body.clone());
        self.overs.push(record.over);
        Ok(())
    }

    /// In the order in which the functions take them.
    pub(super) fn params(&self) -> Vec<Param<'_>> {
        vec![
            (&self.events, Type::TEXT_ARRAY),
            (&self.subjects, Type::TEXT_ARRAY),
            (&self.places, Type::INT8_ARRAY),
            (&self.kinds, Type::TEXT_ARRAY),
            (&self.kind_versions, Type::INT8_ARRAY),
            (&self.ats, Type::TEXT_ARRAY),
            (&self.actors, Type::TEXT_ARRAY),
            (&self.bodies, Type::TEXT_ARRAY),
            (&self.overs, Type::BOOL_ARRAY),
        ]
    }
}

/// Records that stand in another journal, with what it knows beside them.
#[derive(Default)]
pub(super) struct Kept {
    records: Records,
    seqs: Vec<i64>,
    received: Vec<String>,
    authors: Vec<String>,
    hosts: Vec<String>,
}

impl Kept {
    pub(super) fn push(&mut self, record: &Record) -> Result<(), StoreError> {
        self.records.push(&record.record)?;
        if let Some(place) = self.records.places.last_mut() {
            *place = Some(record.subject_version.into());
        }
        self.seqs.push(signed(record.seq));
        self.received.push(text(record.received_at));
        self.authors.push(record.author.account.clone());
        self.hosts.push(record.author.host.clone());
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.seqs.len()
    }

    /// As the statement that imports takes them.
    pub(super) fn params(&self) -> Vec<Param<'_>> {
        let mut params = self.records.params();
        params.push((&self.seqs, Type::INT8_ARRAY));
        params.push((&self.received, Type::TEXT_ARRAY));
        params.push((&self.authors, Type::TEXT_ARRAY));
        params.push((&self.hosts, Type::TEXT_ARRAY));
        params
    }
}

/// Rows of drafts, a column an array.
#[derive(Clone, Default)]
pub(super) struct DraftRows {
    drafts: Vec<String>,
    fields: Vec<String>,
    values: Vec<String>,
    versions: Vec<i64>,
    authors: Vec<String>,
    ats: Vec<String>,
}

impl DraftRows {
    pub(super) fn of(rows: &[DraftRow]) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        for row in rows {
            columns.push(row)?;
        }
        Ok(columns)
    }

    pub(super) fn push(&mut self, row: &DraftRow) -> Result<(), StoreError> {
        check_length(&row.draft, &row.field, &row.value)?;
        self.drafts.push(row.draft.to_string());
        self.fields.push(row.field.clone());
        self.values.push(row.value.clone());
        self.versions.push(row.version.into());
        self.authors.push(row.author.clone());
        self.ats.push(text(row.at));
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.drafts.len()
    }

    pub(super) fn params(&self) -> Vec<Param<'_>> {
        vec![
            (&self.drafts, Type::TEXT_ARRAY),
            (&self.fields, Type::TEXT_ARRAY),
            (&self.values, Type::TEXT_ARRAY),
            (&self.versions, Type::INT8_ARRAY),
            (&self.authors, Type::TEXT_ARRAY),
            (&self.ats, Type::TEXT_ARRAY),
        ]
    }
}

pub(super) fn records(rows: &[Row]) -> Vec<Record> {
    rows.iter().map(record).collect()
}

fn record(row: &Row) -> Record {
    let seq = unsigned(row.get(0));
    let place = number(row.get::<_, i32>(3).into());
    let id = Uuid::parse_str(row.get(1)).map_err(|error| StoreError::Damaged {
        seq,
        what: error.to_string(),
    });
    let (at, received) = (time(row.get(6), seq), time(row.get(7), seq));
    record_of(seq, id, at, received, |event_id, at, received_at| Record {
        seq,
        subject_version: place,
        received_at,
        author: Author {
            account: row.get(9),
            host: row.get(10),
        },
        record: NewRecord {
            event_id,
            subject: Subject::from(row.get::<_, &str>(2)),
            subject_version: Some(place),
            kind: row.get(4),
            kind_version: number(row.get::<_, i32>(5).into()),
            at,
            actor: row.get(8),
            body: row.get(11),
            durable: true,
            over: row.get(12),
        },
    })
}

pub(super) fn drafts(rows: &[Row]) -> Result<Vec<DraftRow>, StoreError> {
    rows.iter()
        .map(|row| {
            Ok(DraftRow {
                draft: Subject::from(row.get::<_, &str>(0)),
                field: row.get(1),
                value: row.get(2),
                version: number(row.get(3)),
                author: row.get(4),
                at: time(row.get(5), 0)?,
            })
        })
        .collect()
}

pub(super) fn sessions(rows: &[Row]) -> Result<Vec<Session>, StoreError> {
    rows.iter()
        .map(|row| {
            Ok(Session {
                name: row.get(0),
                host: row.get(1),
                pid: number(row.get(2)),
                program: row.get(3),
                since: time(row.get(4), 0)?,
                seen: time(row.get(5), 0)?,
                stale: row.get(6),
            })
        })
        .collect()
}

/// A time with every digit that it has.
pub(super) fn number(value: i64) -> u32 {
    u32::try_from(value).unwrap_or_default()
}

pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

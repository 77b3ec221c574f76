//! A desk as JSON lines: moved to another store, or kept as a backup that every tool can read.
//!
//! The first line says which desk it is, then come the records in their order, then the drafts,
//! and the last line says how many there were and the last hash. A file that was cut off or
//! changed is refused as a whole.

use super::{
    About, Item, Store, StoreError,
    chain::{self, START},
    verify::PAGE,
};
use ocdeck_domain::{
    facts::Time,
    journal::{Author, DraftRow, NewRecord, Record, Subject},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io::{self, BufRead, Write},
};
use thiserror::Error;
use uuid::Uuid;

/// Version of the lines.
const FORMAT: u32 = 1;

/// How much there was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records of the journal.
    pub records: u64,
    /// Rows of drafts.
    pub drafts: u64,
    /// The hash of the last record, as text.
    pub hash: String,
}

/// Why a desk could not be exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The desk.
    #[error(transparent)]
    Desk(#[from] StoreError),
    /// Where it is written to.
    #[error("cannot write the export")]
    Write(#[from] io::Error),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Desk(Header),
    Record(Box<Linked>),
    Draft(DraftRow),
    End(Counts),
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    #[serde(flatten)]
    about: About,
}

/// A record and its hash. `body` stays the text that it is: the hash is over its very bytes.
#[derive(Serialize, Deserialize)]
struct Linked {
    seq: u64,
    event_id: Uuid,
    subject: Subject,
    subject_version: u32,
    kind: String,
    kind_version: u32,
    at: Time,
    received_at: Time,
    actor: String,
    author: Author,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over: Option<bool>,
    body: String,
    hash: String,
}

impl Linked {
    fn new(record: Record, hash: String) -> Self {
        let new = record.record;
        Self {
            seq: record.seq,
            event_id: new.event_id,
            subject: new.subject,
            subject_version: record.subject_version,
            kind: new.kind,
            kind_version: new.kind_version,
            at: new.at,
            received_at: record.received_at,
            actor: new.actor,
            author: record.author,
            over: new.over,
            body: new.body,
            hash,
        }
    }

    fn record(self) -> (Record, String) {
        let record = Record {
            seq: self.seq,
            subject_version: self.subject_version,
            received_at: self.received_at,
            author: self.author,
            record: NewRecord {
                event_id: self.event_id,
                subject: self.subject,
                subject_version: Some(self.subject_version),
                kind: self.kind,
                kind_version: self.kind_version,
                at: self.at,
                actor: self.actor,
                body: self.body,
                durable: true,
                over: self.over,
            },
        };
        (record, self.hash)
    }
}

/// Writes everything that a desk holds. What is written to the desk meanwhile is not in it.
///
/// # Errors
/// When the desk cannot be read, or the lines cannot be written.
pub fn export(store: &mut dyn Store, out: &mut dyn Write) -> Result<Counts, ExportError> {
    export_while(store, out, &mut |_| {})
}

/// As [`export`]; `told` hears now and then how many records were written.
///
/// # Errors
/// When the desk cannot be read, or the lines cannot be written.
pub fn export_while(
    store: &mut dyn Store,
    out: &mut dyn Write,
    told: &mut dyn FnMut(u64),
) -> Result<Counts, ExportError> {
    let mut line = |line: &Line| -> io::Result<()> {
        serde_json::to_writer(&mut *out, line)?;
        out.write_all(b"\n")
    };
    let about = store.about()?;
    line(&Line::Desk(Header {
        format: FORMAT,
        about,
    }))?;
    let (mut seq, mut hash, mut records) = (0, START, 0);
    loop {
        let page = store.records(seq, PAGE)?;
        if page.is_empty() {
            break;
        }
        for record in page {
            seq = record.seq;
            hash = chain::link(&hash, &record);
            records += 1;
            let linked = Linked::new(record, chain::text(&hash));
            line(&Line::Record(Box::new(linked)))?;
        }
        told(records);
    }
    let mut drafts = 0;
    for row in store.drafts(0)?.rows {
        drafts += 1;
        line(&Line::Draft(row))?;
    }
    let counts = Counts {
        records,
        drafts,
        hash: chain::text(&hash),
    };
    line(&Line::End(counts.clone()))?;
    Ok(counts)
}

/// Writes what [`export`] wrote into a desk that holds nothing: all of it, or nothing.
///
/// # Errors
/// When a line is not what it should be, the chain of hashes is broken, the end is missing, or
/// the desk is not empty or cannot be written.
pub fn import(store: &mut dyn Store, lines: &mut dyn BufRead) -> Result<Counts, StoreError> {
    let mut reader = Reader::new(lines);
    let about = reader.header()?;
    store.import(&about, &mut reader)?;
    Ok(reader.counts())
}

struct Reader<'a> {
    lines: &'a mut dyn BufRead,
    line: u64,
    seq: u64,
    hash: [u8; 32],
    records: u64,
    drafts: u64,
    places: BTreeMap<String, u32>,
    ended: bool,
}

impl<'a> Reader<'a> {
    fn new(lines: &'a mut dyn BufRead) -> Self {
        Self {
            lines,
            line: 0,
            seq: 0,
            hash: START,
            records: 0,
            drafts: 0,
            places: BTreeMap::new(),
            ended: false,
        }
    }

    fn counts(&self) -> Counts {
        Counts {
            records: self.records,
            drafts: self.drafts,
            hash: chain::text(&self.hash),
        }
    }

    fn wrong(&self, what: impl Into<String>) -> StoreError {
        StoreError::Dump {
            line: self.line,
            what: what.into(),
        }
    }

    /// The next line; `None`: there is none.
    fn next_line(&mut self) -> Result<Option<Line>, StoreError> {
        self.line += 1;
        let mut text = String::new();
        let read = self.lines.read_line(&mut text);
        match read {
            Ok(0) => Ok(None),
            Ok(_) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|error| self.wrong(format!("it is not what an export has: {error}"))),
            Err(error) => Err(self.wrong(format!("it cannot be read: {error}"))),
        }
    }

    fn header(&mut self) -> Result<About, StoreError> {
        match self.next_line()? {
            Some(Line::Desk(header)) if header.format == FORMAT => Ok(header.about),
            Some(Line::Desk(header)) => Err(self.wrong(format!(
                "its format is {}, this ocdeck knows {FORMAT}: use the newer ocdeck",
                header.format
            ))),
            _ => Err(self.wrong("an export begins with {\"desk\":…}")),
        }
    }

    fn record(&mut self, linked: Linked) -> Result<Item, StoreError> {
        let (record, hash) = linked.record();
        if record.seq <= self.seq {
            return Err(self.wrong(format!("record {} comes behind {}", record.seq, self.seq)));
        }
        self.hash = chain::link(&self.hash, &record);
        if chain::text(&self.hash) != hash {
            return Err(self.wrong(format!(
                "record {} does not follow from the one before it: the export was changed",
                record.seq
            )));
        }
        let subject = record.record.subject.to_string();
        let place = self.places.entry(subject).or_default();
        *place = place.saturating_add(1);
        let expected = *place;
        if record.subject_version != expected {
            return Err(self.wrong(format!(
                "record {} is number {} of its subject, and {expected} should come",
                record.seq, record.subject_version
            )));
        }
        self.seq = record.seq;
        self.records += 1;
        Ok(Item::Record(Box::new(record)))
    }

    fn item(&mut self) -> Result<Option<Item>, StoreError> {
        match self.next_line()? {
            Some(Line::Record(linked)) if self.drafts == 0 => self.record(*linked).map(Some),
            Some(Line::Draft(row)) => {
                self.drafts += 1;
                Ok(Some(Item::Draft(row)))
            }
            Some(Line::End(counts)) if counts == self.counts() => {
                self.ended = true;
                Ok(None)
            }
            Some(Line::End(counts)) => Err(self.wrong(format!(
                "{} records and {} drafts should have come, these were {} and {}",
                counts.records, counts.drafts, self.records, self.drafts
            ))),
            Some(Line::Record(_) | Line::Desk(_)) => Err(self.wrong("it is in the wrong place")),
            None => Err(self.wrong("the end is missing: the export was cut off")),
        }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Item, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.item().transpose();
        // An error is the last thing that is said.
        self.ended |= matches!(item, Some(Err(_)));
        item
    }
}

#[cfg(test)]
#[path = "dump_tests.rs"]
mod tests;

//! What a desk's store can do, whatever it is made of.

use super::{Clock, StoreError};
use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use ocdeck_domain::{
    facts::Time,
    journal::{DraftRow, NewRecord, Record, Series, Subject, UNREADABLE, longest},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a desk's store can do. Every call is one transaction: all of it or nothing.
///
/// Sequence numbers rise in the order in which records become visible: who has read up to 7
/// never misses a 6 that was committed later. The same holds for the change numbers of drafts.
/// Times keep every digit that they were written with.
pub trait Store: Send {
    /// What a console needs at its start, at one moment: whole histories of the subjects that
    /// are not over, or were over after `since` (desk time), and the drafts of these. Older
    /// ones come with [`Store::history`].
    fn picture(&mut self, since: Time) -> Result<Picture, StoreError>;

    /// What a console knows at its start: the picture since `since`, and the last sweep that
    /// ended, however long ago: by it, it is known how many were missed.
    fn start(&mut self, since: Time) -> Result<Picture, StoreError> {
        let mut picture = self.picture(since)?;
        let mut records = self.past("sweep", None, 1)?.records;
        let known: BTreeSet<u64> = picture.records.iter().map(|it| it.seq).collect();
        records.retain(|record| !known.contains(&record.seq));
        picture.records.append(&mut records);
        picture.records.sort_by_key(|record| record.seq);
        Ok(picture)
    }

    /// The records behind `after`, in order, at most `most`; behind 0: from the first.
    fn records(&mut self, after: u64, most: u32) -> Result<Vec<Record>, StoreError>;

    /// The whole history of a subject, in order.
    fn history(&mut self, subject: &Subject) -> Result<Vec<Record>, StoreError>;

    /// Whole histories of the subjects of a kind ("handover") that are over, the one that ended
    /// last first: those that ended before `before` did, at most `most` of them.
    fn past(&mut self, kind: &str, before: Option<&Subject>, most: u32)
    -> Result<Past, StoreError>;

    /// Writes `records`; desk time is put beside. A record whose event is there already is not
    /// written again. When the call returns, those that are `durable` survive a power cut.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a record names a place that is not the next one of its
    /// subject, [`StoreError::TooLong`] above [`journal::LONGEST`](ocdeck_domain::journal::LONGEST),
    /// [`StoreError::Year`] of a time outside the years 1 to 9999.
    fn append(&mut self, records: &[NewRecord]) -> Result<(), StoreError>;

    /// Gives a subject the next number of its series and writes `records` behind it
    /// ([`journal::opened`](ocdeck_domain::journal::opened)). A subject that has a number keeps
    /// it, and of `records` only what is not there is written. Durable.
    fn open(
        &mut self,
        subject: &Subject,
        series: Series,
        records: &[NewRecord],
    ) -> Result<u32, StoreError>;

    /// Keeps what was typed; the last writer of a field wins. A row's version becomes one more
    /// than what stood there, if it is not higher already. What another author had written in a
    /// version that the writer did not know (not lower than the row's) comes back, so that it
    /// can be shown.
    fn save_drafts(&mut self, rows: &[DraftRow]) -> Result<Vec<DraftRow>, StoreError>;

    /// The rows of drafts that were written after the change `after`, by anybody; 0: all rows.
    fn drafts(&mut self, after: u64) -> Result<Drafts, StoreError>;

    /// Whether anybody may have written since the last call. Cheap: asked four times a second.
    fn changed(&mut self) -> Result<bool, StoreError>;

    /// Whether this program may write here.
    fn access(&self) -> Access;

    /// Whether what kept this program from writing is gone, as far as a cheap look tells: then
    /// it is opened anew.
    fn may_open_better(&self) -> bool {
        false
    }

    /// Desk time: the one base of all clocks.
    fn now(&mut self) -> Result<Time, StoreError>;

    /// Which consoles and keepers are connected, this one included, and which were and did not
    /// say goodbye.
    fn sessions(&mut self) -> Result<Vec<Session>, StoreError>;

    /// Which desk this is.
    fn about(&mut self) -> Result<About, StoreError>;

    /// The hashes of the records behind `after`, at most `most`, by their sequence numbers: each
    /// is [`chain::link`](super::chain::link) of the one before and the record. A store that
    /// keeps none has none.
    fn hashes(&mut self, after: u64, most: u32) -> Result<Vec<(u64, [u8; 32])>, StoreError>;

    /// Lets this clock say from now on when the desk received what is written: the host's may jump
    /// while the program runs. A server goes by its own.
    fn follow(&mut self, _clock: &Clock) {}

    /// Whether what keeps records from being changed is there.
    fn guards(&mut self) -> Result<Guards, StoreError>;

    /// Writes what [`super::dump`] reads, exactly as it comes: sequence numbers, times and
    /// authors too. The desk takes on the identity of `about`.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`]; an error of `items` ends it. Nothing is written then.
    fn import(
        &mut self,
        about: &About,
        items: &mut dyn Iterator<Item = Result<Item, StoreError>>,
    ) -> Result<(), StoreError>;
}

/// What a console needs at its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// Whole histories, in the journal's order.
    pub records: Vec<Record>,
    /// Drafts of what is open.
    pub drafts: Vec<DraftRow>,
    /// The last record that there was; 0: none.
    pub last: u64,
    /// The last change of a draft that there was; 0: none.
    pub change: u64,
}

/// Subjects that are over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// Whole histories, in the journal's order.
    pub records: Vec<Record>,
    /// The one that ended first of them, if others ended before it.
    pub more: Option<Subject>,
}

impl Past {
    /// How many names are asked for, to see whether there are more than `most`.
    pub(super) fn names(most: u32) -> i64 {
        i64::from(most) + 1
    }

    /// The page that begins with these names; their records are still to be read.
    pub(super) fn page(names: &mut Vec<String>, most: u32) -> Option<Subject> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let more = names.len() > most;
        names.truncate(most);
        let last = names.last().filter(|_| more);
        last.map(|name| Subject::from(name.as_str()))
    }
}

/// Rows of drafts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    /// The rows, in the order in which they were written.
    pub rows: Vec<DraftRow>,
    /// The last change that there was.
    pub change: u64,
}

/// Whether this program may write to a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// It may.
    ReadWrite,
    /// It may only read: why, and what to do about it.
    ReadOnly(String),
}

/// A program that is, or was, connected to a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose: the name in the certificate.
    pub name: String,
    /// On which host.
    pub host: String,
    /// Its process there; 0: not known.
    pub pid: u32,
    /// Which program: `ocdeck 0.1.0`.
    pub program: String,
    /// Since when, desk time.
    pub since: Time,
    /// When it was seen last, desk time.
    pub seen: Time,
    /// Whether it is gone without a goodbye: killed, or cut off.
    pub stale: bool,
}

/// Which desk it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Made with the desk; an import keeps it.
    pub desk: Uuid,
    /// When it was made.
    pub created: Time,
    /// Version of its tables.
    pub version: u32,
    /// The oldest version of a program that may read it.
    pub min_reader: u32,
    /// The oldest version of a program that may write it.
    pub min_writer: u32,
}

/// What keeps the records of a desk from being changed or taken out, beside their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guards {
    /// What of it was taken away: a sentence each.
    pub open: Vec<String>,
    /// What shows that records were taken out: a sentence each.
    pub lost: Vec<String>,
    /// Who may take the guards away, by name; none: that is not known.
    pub above: Vec<String>,
    /// What puts them back.
    pub mend: String,
}

/// One thing that an exported desk holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A record of the journal.
    Record(Box<Record>),
    /// A row of a draft.
    Draft(DraftRow),
}

/// Refuses a text that is longer than its subject may have.
pub(super) fn check_length(subject: &Subject, kind: &str, text: &str) -> Result<(), StoreError> {
    let most = longest(subject);
    if text.len() <= most {
        return Ok(());
    }
    Err(StoreError::TooLong {
        subject: subject.clone(),
        kind: kind.to_owned(),
        bytes: text.len(),
        most,
    })
}

/// Refuses a time that cannot be read again by whatever reads RFC 3339.
pub(super) fn check_year(subject: &Subject, kind: &str, at: Time) -> Result<(), StoreError> {
    let year = at.year();
    if (1..=9999).contains(&year) {
        return Ok(());
    }
    Err(StoreError::Year {
        subject: subject.clone(),
        kind: kind.to_owned(),
        year,
    })
}

/// A time as every store keeps it.
pub(super) fn text(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The same read back; `seq` is the record that it belongs to.
pub(super) fn time(text: &str, seq: u64) -> Result<Time, StoreError> {
    // Not `parse_from_rfc3339`: older programs wrote years above 9999, which it does not take.
    text.parse::<DateTime<Utc>>()
        .map_err(|error| StoreError::Damaged {
            seq,
            what: format!("time {text:?}: {error}"),
        })
}

/// A row whose id and times were read. One that is not what a program of this name writes costs
/// no more than that row: it keeps its place in its history and says that it cannot be read.
pub(super) fn record_of(
    seq: u64,
    id: Result<Uuid, StoreError>,
    at: Result<Time, StoreError>,
    received: Result<Time, StoreError>,
    make: impl FnOnce(Uuid, Time, Time) -> Record,
) -> Record {
    match (id, at, received) {
        (Ok(id), Ok(at), Ok(received)) => make(id, at, received),
        (id, at, received) => {
            let received = received.unwrap_or_default();
            let name = format!("{UNREADABLE} {seq}");
            let id = id.unwrap_or_else(|_| Uuid::new_v5(&Uuid::nil(), name.as_bytes()));
            let mut record = make(id, at.unwrap_or(received), received);
            UNREADABLE.clone_into(&mut record.record.kind);
            record.record.body = "{}".to_owned();
            record
        }
    }
}

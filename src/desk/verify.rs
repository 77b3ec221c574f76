//! A look at everything that a desk holds: whether anything was changed or taken out afterwards,
//! and whether clocks went wrong.

use super::{
    Guards, Store, StoreError,
    chain::{self, START},
};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::Time,
    journal::{Record, Subject, UNREADABLE},
};
use std::{collections::BTreeMap, fmt};

/// Records that are read at once.
pub(super) const PAGE: u32 = 10_000;

/// Of two records that were received one after the other by different hosts, the later one may
/// be stamped earlier by this much: clocks that NTP keeps differ by less.
const JITTER: TimeDelta = TimeDelta::seconds(5);

/// What a look at a whole desk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Records in the journal.
    pub records: u64,
    /// Rows of drafts.
    pub drafts: u64,
    /// The hash of the last record.
    pub hash: [u8; 32],
    /// Whether the desk keeps hashes, so that a change would be seen.
    pub chained: bool,
    /// What keeps records from being changed, and what of it is missing.
    pub guards: Guards,
    /// What is wrong, in the journal's order.
    pub damage: Vec<Finding>,
    /// What is odd and harms nothing.
    pub remarks: Vec<Finding>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A record's hash is not that of the record behind the one before it.
    Torn {
        /// The record.
        seq: u64,
    },
    /// Numbers are missing before this record, in a desk without hashes.
    Gap {
        /// The number before; 0: this is the first.
        after: u64,
        /// The record.
        seq: u64,
    },
    /// A record's id or times are not what a program writes: it counts for nothing.
    Unreadable {
        /// The record.
        seq: u64,
    },
    /// A subject's history has a hole before this record.
    Hole {
        /// The record.
        seq: u64,
        /// Whose history.
        subject: Subject,
        /// Its place there.
        version: u32,
        /// The place that it should have.
        expected: u32,
    },
    /// Desk time went back: the clock of the host that wrote was set.
    Back {
        /// The record.
        seq: u64,
        /// Which host.
        host: String,
        /// By how much.
        by: TimeDelta,
    },
    /// The record says of itself that it happened after it was received.
    Ahead {
        /// The record.
        seq: u64,
        /// By how much.
        by: TimeDelta,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn { seq } => write!(
                f,
                "record {seq} does not follow from the one before it: one of them was changed, or \
                 records between them were taken out"
            ),
            Self::Gap { after, seq } => write!(
                f,
                "record {seq} follows record {after}: what stood between them was taken out"
            ),
            Self::Unreadable { seq } => write!(
                f,
                "record {seq} cannot be read: its id or its times are not valid; it counts for nothing"
            ),
            Self::Hole {
                seq,
                subject,
                version,
                expected,
            } => write!(
                f,
                "record {seq} is number {version} in the history of {subject}, and {expected} \
                 should come"
            ),
            Self::Back { seq, host, by } => write!(
                f,
                "record {seq} was received {} before the one before it: the clock of {host} was \
                 set back",
                span(*by)
            ),
            Self::Ahead { seq, by } => write!(
                f,
                "record {seq} comes from a clock that was {} ahead of the desk",
                span(*by)
            ),
        }
    }
}

/// A span in its largest unit, rounded down.
fn span(by: TimeDelta) -> String {
    match by.num_seconds() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// Looks at everything that a desk holds.
///
/// # Errors
/// When it cannot be read.
pub fn verify(store: &mut dyn Store) -> Result<Verdict, StoreError> {
    verify_while(store, &mut |_| {})
}

/// As [`verify`]; `told` hears now and then how many records were looked at.
///
/// # Errors
/// When it cannot be read.
pub fn verify_while(
    store: &mut dyn Store,
    told: &mut dyn FnMut(u64),
) -> Result<Verdict, StoreError> {
    let mut look = Look::default();
    loop {
        let records = store.records(look.seq, PAGE)?;
        let hashes: BTreeMap<u64, [u8; 32]> = store.hashes(look.seq, PAGE)?.into_iter().collect();
        if records.is_empty() {
            break;
        }
        for record in &records {
            look.at(record, hashes.get(&record.seq));
        }
        told(look.records);
    }
    let drafts = store.drafts(0)?.rows.len();
    Ok(Verdict {
        records: look.records,
        drafts: u64::try_from(drafts).unwrap_or(u64::MAX),
        hash: look.hash.unwrap_or(START),
        chained: look.chained,
        guards: store.guards()?,
        damage: look.damage,
        remarks: look.remarks,
    })
}

#[derive(Default)]
struct Look {
    records: u64,
    seq: u64,
    hash: Option<[u8; 32]>,
    chained: bool,
    received: Option<Time>,
    places: BTreeMap<Subject, u32>,
    damage: Vec<Finding>,
    remarks: Vec<Finding>,
}

impl Look {
    fn at(&mut self, record: &Record, kept: Option<&[u8; 32]>) {
        let seq = record.seq;
        let hash = chain::link(&self.hash.unwrap_or(START), record);
        self.chained |= kept.is_some();
        if kept.is_some_and(|kept| *kept != hash) {
            self.damage.push(Finding::Torn { seq });
        }
        if kept.is_none() && seq != self.seq + 1 {
            self.damage.push(Finding::Gap {
                after: self.seq,
                seq,
            });
        }
        if record.record.kind == UNREADABLE {
            self.damage.push(Finding::Unreadable { seq });
        }
        // Behind a torn place the chain is followed as it was kept: each break is told once.
        self.hash = Some(kept.copied().unwrap_or(hash));
        let subject = &record.record.subject;
        let place = self.places.entry(subject.clone()).or_default();
        let expected = place.saturating_add(1);
        if record.subject_version != expected {
            self.damage.push(Finding::Hole {
                seq,
                subject: subject.clone(),
                version: record.subject_version,
                expected,
            });
        }
        *place = record.subject_version;
        if let Some(before) = self.received
            && before - record.received_at > JITTER
        {
            self.remarks.push(Finding::Back {
                seq,
                host: record.author.host.clone(),
                by: before - record.received_at,
            });
        }
        if let Some(by) = record.ahead() {
            self.remarks.push(Finding::Ahead { seq, by });
        }
        self.received = Some(record.received_at);
        self.records += 1;
        self.seq = seq;
    }
}

#[cfg(test)]
mod tests {
    use super::span;
    use chrono::TimeDelta;

    #[test]
    fn spans_are_short() {
        assert_eq!(span(TimeDelta::seconds(61)), "61 s");
        assert_eq!(span(TimeDelta::seconds(7199)), "119 min");
        assert_eq!(span(TimeDelta::days(2)), "2 d");
    }
}

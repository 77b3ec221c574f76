//! The chain of hashes over the journal: a record that was changed or taken out afterwards, with
//! whatever tool, no longer fits to the next.

use chrono::SecondsFormat;
use ocdeck_domain::journal::Record;
use sha2::{Digest, Sha256};

/// What the first record follows.
pub const START: [u8; 32] = [0; 32];

/// The hash of `record`, which follows the one with the hash `before`: SHA-256 over `before` and
/// every field, each behind its length (8 bytes, big endian), so that no text can move from one
/// field to the next.
pub fn link(before: &[u8; 32], record: &Record) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    let mut field = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    let new = &record.record;
    let time = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Nanos, true);
    field(&record.seq.to_string());
    field(&new.event_id.to_string());
    field(&new.subject.to_string());
    field(&record.subject_version.to_string());
    field(&new.kind);
    field(&new.kind_version.to_string());
    field(&time(new.at));
    field(&time(record.received_at));
    field(&new.actor);
    field(&record.author.account);
    field(&record.author.host);
    field(match new.over {
        Some(true) => "over",
        Some(false) => "open",
        None => "",
    });
    field(&new.body);
    hash.finalize().into()
}

/// A hash as text.
pub fn text(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! The audit log: append-only by trigger, each entry chained to the one before by hash.
//! Whoever owns the file can still change it, but not unseen.

use super::{Store, json, reading};
use crate::state::StateError;
use ocdeck_domain::facts::Time;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Something done by a person, for the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Who, from the certificate.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// What: "start_job", "dispatch", "break_glass", …
    pub action: String,
    /// On what: an id.
    pub object: String,
    /// Why.
    pub reason: String,
    /// For what: "R-0118".
    pub reference: String,
    /// Anything else that must be known later.
    pub detail: String,
}

/// An entry of the audit log as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number, from 1.
    pub seq: i64,
    /// When, in RFC 3339.
    pub at: String,
    /// The entry, as JSON.
    pub entry: String,
}

impl Store {
    pub(in crate::state) fn audit(
        &mut self,
        entry: &AuditEntry,
        now: Time,
    ) -> Result<(), StateError> {
        self.write(true, ("audit entry", &entry.action), |tx| {
            append_audit(tx, entry, now)
        })
    }

    /// Reads the whole audit log and checks that each entry follows from the one before.
    pub(in crate::state) fn audit_log(&self) -> Result<Vec<AuditRecord>, StateError> {
        let mut statement = self
            .db
            .prepare("SELECT seq, at, entry, hash FROM audit ORDER BY seq")
            .map_err(reading("audit", "log"))?;
        let rows = statement
            .query_map([], |row| {
                let record = AuditRecord {
                    seq: row.get(0)?,
                    at: row.get(1)?,
                    entry: row.get(2)?,
                };
                Ok((record, row.get::<_, Vec<u8>>(3)?))
            })
            .map_err(reading("audit", "log"))?;
        let mut records: Vec<AuditRecord> = Vec::new();
        let mut before = Vec::new();
        for row in rows {
            let (record, hash) = row.map_err(reading("audit", "log"))?;
            let follows = records.last().map_or(1, |last| last.seq + 1) == record.seq;
            before = chained(&before, record.seq, &record.at, &record.entry);
            if !follows || before != hash {
                return Err(StateError::AuditBroken { seq: record.seq });
            }
            records.push(record);
        }
        Ok(records)
    }
}

pub(super) fn append_audit(
    tx: &Transaction<'_>,
    entry: &AuditEntry,
    now: Time,
) -> rusqlite::Result<()> {
    let last: Option<(i64, Vec<u8>)> = tx
        .query_row(
            "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (last, before) = last.unwrap_or_default();
    let (seq, at, entry) = (last + 1, now.to_rfc3339(), json(entry)?);
    let hash = chained(&before, seq, &at, &entry);
    tx.execute(
        "INSERT INTO audit (seq, at, entry, hash) VALUES (?1, ?2, ?3, ?4)",
        params![seq, at, entry, hash],
    )?;
    Ok(())
}

/// The hash of an entry: over the hash before it and everything in it.
fn chained(before: &[u8], seq: i64, at: &str, entry: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(seq.to_be_bytes());
    hash.update(at);
    hash.update([0]);
    hash.update(entry);
    hash.finalize().to_vec()
}

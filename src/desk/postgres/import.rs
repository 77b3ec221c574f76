//! A whole desk, as another one exported it: numbers, times and authors too. Only the owner may.

use super::{
    Postgres,
    line::{ANSWER, MUCH},
    rows::{self, DraftRows, Kept},
};
use crate::desk::{About, Item, StoreError};
use tokio_postgres::types::Type;

/// How many records are sent at once.
const CHUNK: usize = 500;

impl Postgres {
    pub(super) fn import_whole(
        &self,
        about: &About,
        items: &mut dyn Iterator<Item = Result<Item, StoreError>>,
    ) -> Result<(), StoreError> {
        let done = self.import_all(about, items);
        let ended = self.much(match done {
            Ok(()) => "COMMIT",
            Err(_) => "ROLLBACK",
        });
        done.and(ended)?;
        // A start finds what is open by figures that the server counts late by itself.
        self.much("ANALYZE ocdeck.journal, ocdeck.subject")
    }

    /// Runs what may take long.
    fn much(&self, sql: &'static str) -> Result<(), StoreError> {
        let asked = self.line.ask(
            MUCH,
            |client| async move { client.batch_execute(sql).await },
        );
        asked.map_err(|trouble| self.line.cannot_write(trouble))
    }

    fn import_all(
        &self,
        about: &About,
        items: &mut dyn Iterator<Item = Result<Item, StoreError>>,
    ) -> Result<(), StoreError> {
        self.much(
            "BEGIN; SET LOCAL statement_timeout = 0; \
             SET LOCAL idle_in_transaction_session_timeout = 0; \
             LOCK TABLE ocdeck.journal, ocdeck.draft IN EXCLUSIVE MODE",
        )?;
        let count = self.line.read(|client| async move {
            let sql = "SELECT (SELECT count(*) FROM ocdeck.journal), \
                       (SELECT count(*) FROM ocdeck.draft)";
            client.query_typed(sql, &[]).await
        })?;
        let counted = |at: usize| count.first().map_or(0, |row| rows::unsigned(row.get(at)));
        let (records, drafts) = (counted(0), counted(1));
        if records > 0 || drafts > 0 {
            return Err(StoreError::NotEmpty {
                place: self.line.address().to_string(),
                records,
                drafts,
            });
        }
        let (mut kept, mut drafts) = (Kept::default(), DraftRows::default());
        for item in items {
            match item? {
                Item::Record(record) => kept.push(&record)?,
                Item::Draft(row) => drafts.push(&row)?,
            }
            if kept.len() >= CHUNK {
                self.import_records(std::mem::take(&mut kept))?;
            }
            if drafts.len() >= CHUNK {
                self.import_drafts(std::mem::take(&mut drafts))?;
            }
        }
        self.import_records(kept)?;
        self.import_drafts(drafts)?;
        let (desk, created) = (about.desk.to_string(), rows::text(about.created));
        let asked = self.line.ask(ANSWER, |client| async move {
            let sql = "UPDATE ocdeck.meta SET desk = $1::uuid, created = $2";
            client
                .execute_typed(sql, &[(&desk, Type::TEXT), (&created, Type::TEXT)])
                .await
        });
        asked
            .map(drop)
            .map_err(|trouble| self.line.cannot_write(trouble))
    }

    fn import_records(&self, kept: Kept) -> Result<(), StoreError> {
        let asked = self.line.ask(MUCH, |client| async move {
            let sql = "INSERT INTO ocdeck.journal (event_id, subject, subject_version, kind, \
                     kind_version, at, actor, body, over, seq, received_at, author, host) \
                 SELECT e::uuid, s, p, k, kv, a, ac, b::json, o, q, r, au, h FROM unnest($1::text[], \
                     $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[], \
                     $8::text[], $9::bool[], $10::bigint[], $11::text[], $12::text[], \
                     $13::text[]) AS x (e, s, p, k, kv, a, ac, b, o, q, r, au, h)";
            client.execute_typed(sql, &kept.params()).await
        });
        asked
            .map(drop)
            .map_err(|trouble| self.line.cannot_write(trouble))
    }

    fn import_drafts(&self, drafts: DraftRows) -> Result<(), StoreError> {
        if drafts.len() == 0 {
            return Ok(());
        }
        let asked = self.line.ask(MUCH, |client| async move {
            let sql = "INSERT INTO ocdeck.draft (draft_id, field, value, version, author, at, \
                     change) \
                 SELECT d, f, v, n, a, t, (SELECT coalesce(max(c.change), 0) FROM ocdeck.draft c) \
                     + row_number() OVER () \
                 FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], \
                     $6::text[]) AS x (d, f, v, n, a, t)";
            client.execute_typed(sql, &drafts.params()).await
        });
        asked
            .map(drop)
            .map_err(|trouble| self.line.cannot_write(trouble))
    }
}

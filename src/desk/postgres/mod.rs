//! The desk in PostgreSQL, for consoles on several hosts.
//!
//! One database role a person, a group role that holds the rights (`schema.sql`, `grants.sql`):
//! the journal takes inserts and nothing else, and the server writes beside each record who was
//! logged in. Writers take turns, so numbers rise in the order in which records become visible.
//! What a call writes is one statement or one transaction, so a connection that breaks leaves all
//! of it or nothing.
//! `LISTEN` tells numbers only; what is behind the last one is read, also after a new connection.

mod address;
mod guards;
mod import;
mod init;
mod line;
mod passfile;
mod reach;
mod rights;
mod rows;
mod tls;
mod trouble;
mod unlike;

pub use address::{Address, AddressError, for_a_colleague, shown};
pub use init::{GROUP, Made, init};
pub use unlike::Unlike;

use super::{About, Access, Drafts, Guards, Item, Past, Picture, Session, Store, StoreError, Who};
use line::{ANSWER, Line, MUCH};
use ocdeck_domain::{
    facts::Time,
    journal::{self, DraftRow, NewRecord, Record, Series, Subject},
};
use reach::Serves;
use rights::{about, rights};
use rows::{DRAFT, DraftRows, RECORD, Records};
use std::time::{Duration, Instant};
use tokio_postgres::types::Type;
use trouble::Trouble;
use uuid::Uuid;

/// Version of the tables.
const VERSION: u32 = 2;
/// What `ocdeck.append` says of a taken place.
const TAKEN: &str = "OC001";
/// How often a session says that it is there.
const BEAT: Duration = Duration::from_secs(60);
/// What is longer than this, in bytes, may take long.
const LONG: usize = 1_000_000;
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// A desk on a server.
pub struct Postgres {
    line: Line,
    access: Access,
    /// How the connection is called on the server.
    id: Uuid,
    who: Who,
    /// The row among the sessions; `None`: not shown there.
    session: Option<Uuid>,
    beat: Instant,
}

impl Postgres {
    /// Connects to a desk that `ocdeck desk init` made.
    ///
    /// # Errors
    /// When it cannot be reached, is no desk, may not be read by this role, or is too new.
    pub fn open(address: &Address, who: &Who) -> Result<Self, StoreError> {
        let session = Uuid::new_v4();
        let line = Line::connect(address, &application(session))?;
        let access = rights(&line)?.access(&line)?;
        let mut desk = Self {
            line,
            access,
            id: session,
            who: who.clone(),
            session: None,
            beat: Instant::now(),
        };
        desk.greet()?;
        Ok(desk)
    }

    /// Looks whether a server that took no writes does now: a standby that was promoted keeps
    /// its connections. Whether there may be news.
    fn look_again(&mut self) -> Result<bool, StoreError> {
        let before = self.line.serves();
        let moved = self.line.look_again()?;
        if self.line.serves() != before {
            self.access = rights(&self.line)?.access(&self.line)?;
            self.greet()?;
        }
        Ok(moved)
    }

    /// Takes a place among the sessions, and away those of this role that are long gone, or that
    /// this process had before its connection broke.
    fn greet(&mut self) -> Result<(), StoreError> {
        let is_told = self.session.is_some() || self.who.name.is_empty();
        if is_told || self.access != Access::ReadWrite {
            return Ok(());
        }
        let (id, name) = (self.id, self.who.name.clone());
        let host = rustix::system::uname();
        let host = host.nodename().to_string_lossy().into_owned();
        let pid = i64::from(std::process::id());
        let asked = self.line.ask(ANSWER, |client| async move {
            client
                .execute_typed(
                    "DELETE FROM ocdeck.session s WHERE role = session_user \
                     AND (seen < clock_timestamp() - interval '30 days' \
                         OR (name, host, pid) = ($1, $2, $3) AND NOT EXISTS (\
                             SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = s.backend \
                             AND a.application_name = 'ocdeck ' || left(s.id::text, 8)))",
                    &[(&name, Type::TEXT), (&host, Type::TEXT), (&pid, Type::INT8)],
                )
                .await?;
            let id = id.to_string();
            let program = concat!("ocdeck ", env!("CARGO_PKG_VERSION"));
            client
                .execute_typed(
                    "INSERT INTO ocdeck.session (id, name, host, pid, program) \
                     VALUES ($1::uuid, $2, $3, $4, $5)",
                    &[
                        (&id, Type::TEXT),
                        (&name, Type::TEXT),
                        (&host, Type::TEXT),
                        (&pid, Type::INT8),
                        (&program, Type::TEXT),
                    ],
                )
                .await
        });
        asked.map_err(|trouble| self.line.cannot_write(trouble))?;
        self.session = Some(id);
        Ok(())
    }

    fn beat(&mut self) {
        let Some(id) = self.session.filter(|_| self.beat.elapsed() >= BEAT) else {
            return;
        };
        self.beat = Instant::now();
        let asked = self.line.ask(ANSWER, |client| async move {
            let id = id.to_string();
            client
                .execute_typed(
                    "UPDATE ocdeck.session SET seen = clock_timestamp() WHERE id = $1::uuid",
                    &[(&id, Type::TEXT)],
                )
                .await
        });
        if let Err(trouble) = asked {
            tracing::debug!("{trouble}");
        }
    }

    /// Writing failed: by somebody who was faster, or by the server.
    fn refused(&self, trouble: Trouble, records: &[NewRecord]) -> StoreError {
        if trouble.state().is_some_and(|state| state.code() == TAKEN)
            && let Trouble::Said(error) = &trouble
            && let Some(taken) = error
                .as_db_error()
                .and_then(|db| db.detail()?.parse::<usize>().ok())
                .and_then(|index| records.get(index))
        {
            return StoreError::Taken {
                subject: taken.subject.clone(),
                version: taken.subject_version.unwrap_or_default(),
            };
        }
        self.line.cannot_write(trouble)
    }

    fn may_write(&self) -> Result<(), StoreError> {
        match &self.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly(reason) => Err(StoreError::ReadOnly {
                place: self.line.address().to_string(),
                reason: reason.clone(),
            }),
        }
    }
}

/// How a session is called on the server: by it a killed one is told from one that lives.
fn application(session: Uuid) -> String {
    let id = session.to_string();
    format!("ocdeck {}", id.get(..8).unwrap_or_default())
}

impl Store for Postgres {
    fn picture(&mut self, since: Time) -> Result<Picture, StoreError> {
        let asked = self.line.ask(MUCH, |client| async move {
            let since = rows::text(since);
            // One moment for all of it.
            client
                .batch_execute(
                    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                     SET LOCAL statement_timeout = 0",
                )
                .await?;
            let with = [(&since as _, Type::TEXT)];
            let sql = format!(
                "SELECT {RECORD} FROM (\
                     SELECT subject FROM ocdeck.subject WHERE NOT over \
                     UNION ALL \
                     SELECT subject FROM ocdeck.subject WHERE over AND since >= $1::timestamptz\
                 ) AS wanted JOIN ocdeck.journal j USING (subject) ORDER BY j.seq"
            );
            let records = client.query_typed(&sql, &with).await?;
            let sql = format!(
                "SELECT {DRAFT} FROM ocdeck.draft d \
                 LEFT JOIN ocdeck.subject s ON s.subject = d.draft_id \
                 WHERE s.subject IS NULL OR NOT s.over OR s.since >= $1::timestamptz \
                 ORDER BY d.change"
            );
            let drafts = client.query_typed(&sql, &with).await?;
            let sql = "SELECT (SELECT coalesce(max(seq), 0) FROM ocdeck.journal), \
                 (SELECT coalesce(max(change), 0) FROM ocdeck.draft)";
            let last = client.query_typed(sql, &[]).await?;
            client.batch_execute("COMMIT").await?;
            Ok((records, drafts, last))
        });
        let (records, drafts, last) = asked.map_err(|trouble| self.line.cannot_read(trouble))?;
        let last = |n: usize| last.first().map_or(0, |row| rows::unsigned(row.get(n)));
        Ok(Picture {
            records: rows::records(&records),
            drafts: rows::drafts(&drafts)?,
            last: last(0),
            change: last(1),
        })
    }

    fn records(&mut self, after: u64, most: u32) -> Result<Vec<Record>, StoreError> {
        let rows = self.line.read(|client| async move {
            let (after, most) = (rows::signed(after), i64::from(most));
            let sql = format!(
                "SELECT {RECORD} FROM ocdeck.journal j WHERE j.seq > $1 ORDER BY j.seq LIMIT $2"
            );
            let with: [rows::Param<'_>; 2] = [(&after, Type::INT8), (&most, Type::INT8)];
            client.query_typed(&sql, &with).await
        })?;
        Ok(rows::records(&rows))
    }

    fn history(&mut self, subject: &Subject) -> Result<Vec<Record>, StoreError> {
        let subject = subject.to_string();
        let rows = self.line.read(|client| async move {
            let sql = format!(
                "SELECT {RECORD} FROM ocdeck.journal j WHERE j.subject = $1 \
                 ORDER BY j.subject_version"
            );
            client.query_typed(&sql, &[(&subject, Type::TEXT)]).await
        })?;
        Ok(rows::records(&rows))
    }

    fn past(
        &mut self,
        kind: &str,
        before: Option<&Subject>,
        most: u32,
    ) -> Result<Past, StoreError> {
        let kind = format!("{kind}:");
        let before = before.map(Subject::to_string);
        let (rows, more) = self.line.read(|client| async move {
            let (names, behind) = (Past::names(most), before.is_some());
            let before = before.unwrap_or_default();
            let sql = "SELECT s.subject FROM ocdeck.subject s WHERE s.over \
                     AND starts_with(s.subject, $1) AND (NOT $2 OR (s.since, s.subject) < \
                     (SELECT b.since, b.subject FROM ocdeck.subject b WHERE b.subject = $3)) \
                 ORDER BY s.since DESC, s.subject DESC LIMIT $4";
            let with: [rows::Param<'_>; 4] = [
                (&kind, Type::TEXT),
                (&behind, Type::BOOL),
                (&before, Type::TEXT),
                (&names, Type::INT8),
            ];
            let names = client.query_typed(sql, &with).await?;
            let mut names: Vec<String> = names.iter().map(|row| row.get(0)).collect();
            let more = Past::page(&mut names, most);
            let sql = format!(
                "SELECT {RECORD} FROM ocdeck.journal j WHERE j.subject = ANY ($1) ORDER BY j.seq"
            );
            let with: [rows::Param<'_>; 1] = [(&names, Type::TEXT_ARRAY)];
            Ok((client.query_typed(&sql, &with).await?, more))
        })?;
        Ok(Past {
            records: rows::records(&rows),
            more,
        })
    }

    fn append(&mut self, records: &[NewRecord]) -> Result<(), StoreError> {
        self.may_write()?;
        let columns = Records::of(records)?;
        // A directory of thousands of tenants is long under way.
        let bytes: usize = records.iter().map(|record| record.body.len()).sum();
        let patience = if bytes > LONG { MUCH } else { ANSWER };
        let asked = self.line.ask(patience, |client| async move {
            let mut with = columns.params();
            // Consoles hold the numbers that they were told: a server that falls must not give
            // them a second time.
            with.push((&true, Type::BOOL));
            let sql = "SELECT ocdeck.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
            client.query_typed(sql, &with).await
        });
        match asked {
            Ok(_) => Ok(()),
            Err(trouble) => Err(self.refused(trouble, records)),
        }
    }

    fn open(
        &mut self,
        subject: &Subject,
        series: Series,
        records: &[NewRecord],
    ) -> Result<u32, StoreError> {
        self.may_write()?;
        // The server finds the series in the subject, as `Series::of` does.
        debug_assert_eq!(Series::of(subject), Some(series));
        let columns = Records::of(records)?;
        let opening = journal::opened(subject, 0, Time::default(), journal::DESK);
        let asked = self.line.ask(ANSWER, |client| async move {
            let event = opening.event_id.to_string();
            let about = opening.subject.to_string();
            let version = i64::from(opening.kind_version);
            let mut with: Vec<rows::Param<'_>> = vec![
                (&event, Type::TEXT),
                (&about, Type::TEXT),
                (&opening.body, Type::TEXT),
                (&version, Type::INT8),
                (&opening.actor, Type::TEXT),
            ];
            with.extend(columns.params());
            let sql = "SELECT ocdeck.open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
                 $13, $14)";
            client.query_typed(sql, &with).await
        });
        match asked {
            Ok(rows) => Ok(rows.first().map_or(0, |row| rows::number(row.get(0)))),
            Err(trouble) => Err(self.refused(trouble, records)),
        }
    }

    fn save_drafts(&mut self, rows: &[DraftRow]) -> Result<Vec<DraftRow>, StoreError> {
        self.may_write()?;
        let columns = DraftRows::of(rows)?;
        let asked = self.line.ask(ANSWER, |client| async move {
            let sql = format!(
                "SELECT {} FROM ocdeck.save_drafts($1, $2, $3, $4, $5, $6) d",
                DRAFT.replace("d.draft_id", "d.draft")
            );
            client.query_typed(&sql, &columns.params()).await
        });
        let rows = asked.map_err(|trouble| self.line.cannot_write(trouble))?;
        rows::drafts(&rows)
    }

    fn drafts(&mut self, after: u64) -> Result<Drafts, StoreError> {
        let rows = self.line.read(|client| async move {
            let after = rows::signed(after);
            let sql = format!(
                "SELECT {DRAFT}, d.change FROM ocdeck.draft d WHERE d.change > $1 \
                 ORDER BY d.change"
            );
            client.query_typed(&sql, &[(&after, Type::INT8)]).await
        })?;
        let last = rows.last().map(|row| rows::unsigned(row.get(6)));
        Ok(Drafts {
            rows: rows::drafts(&rows)?,
            change: last.unwrap_or(after),
        })
    }

    fn changed(&mut self) -> Result<bool, StoreError> {
        let told = self.line.news()?;
        if self.line.serves() == Serves::Writes {
            return Ok(told);
        }
        // A standby tells nothing.
        Ok(self.look_again()? || told)
    }

    fn access(&self) -> Access {
        self.access.clone()
    }

    fn now(&mut self) -> Result<Time, StoreError> {
        self.beat();
        let rows = self.line.read(|client| async move {
            client.query_typed("SELECT ocdeck.desk_time()", &[]).await
        })?;
        rows::time(rows.first().map_or("", |row| row.get(0)), 0)
    }

    fn sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        let rows = self.line.read(|client| async move {
            let time = |column: &str| {
                format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
            };
            let sql = format!(
                "SELECT s.name, s.host, s.pid, s.program, {}, {}, a.pid IS NULL \
                 FROM ocdeck.session s LEFT JOIN pg_catalog.pg_stat_activity a \
                     ON a.pid = s.backend \
                     AND a.application_name = 'ocdeck ' || left(s.id::text, 8) \
                 ORDER BY s.since",
                time("s.since"),
                time("CASE WHEN a.pid IS NULL THEN s.seen ELSE clock_timestamp() END"),
            );
            client.query_typed(&sql, &[]).await
        })?;
        rows::sessions(&rows)
    }

    fn about(&mut self) -> Result<About, StoreError> {
        about(&self.line)
    }

    /// None: who may change a row past the guards may count hashes anew as well.
    fn hashes(&mut self, _after: u64, _most: u32) -> Result<Vec<(u64, [u8; 32])>, StoreError> {
        Ok(Vec::new())
    }

    fn guards(&mut self) -> Result<Guards, StoreError> {
        guards::look(&self.line)
    }

    fn import(
        &mut self,
        about: &About,
        items: &mut dyn Iterator<Item = Result<Item, StoreError>>,
    ) -> Result<(), StoreError> {
        self.may_write()?;
        self.import_whole(about, items)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Some(id) = self.session.take() else {
            return;
        };
        // Whether it is heard or not: a session whose connection is gone is known to be gone.
        let _ = self.line.ask(GOODBYE, |client| async move {
            let id = id.to_string();
            client
                .execute_typed(
                    "DELETE FROM ocdeck.session WHERE id = $1::uuid",
                    &[(&id, Type::TEXT)],
                )
                .await
        });
    }
}

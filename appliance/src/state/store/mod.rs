//! The SQLite file: sessions with their logs, alerts, restores with the content of their
//! dispatch, and the audit log.
//!
//! Write-ahead log, `synchronous` NORMAL; FULL for what must be durable before somebody is told:
//! dispatches, the states of restores, the ends of sessions, the audit log. The
//! bodies of entities are JSON of the domain's types; columns are only what is searched.

mod audit;
mod log;

pub use audit::{AuditEntry, AuditRecord};
#[cfg(test)]
pub(in crate::state) use log::MAX_LINES;

use super::StateError;
use audit::append_audit;
use ocdeck_domain::{
    facts::{Alert, EntityKind, Fact, RestoreAttempt, Session, Time},
    ids::{JobId, RequestId, SessionId},
};
use rusqlite::{
    Connection, OptionalExtension, Transaction, TransactionBehavior, params, types::Value,
};
use rustix::fs::{FlockOperation, flock};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::HashMap,
    fs::{DirBuilder, File, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

const SCHEMA: &str = include_str!("schema.sql");
/// The version of the schema, in `user_version`.
const VERSION: i64 = 1;
/// Restores and the contents of their dispatches are kept so long.
const KEEP_RESTORES: chrono::TimeDelta = chrono::TimeDelta::days(450);
/// Alerts that cleared are kept so long.
const KEEP_ALERTS: chrono::TimeDelta = chrono::TimeDelta::days(7);
/// Ended sessions that are kept, with their logs.
const KEEP_SESSIONS: i64 = 5000;

/// A page of sessions, newest first.
#[derive(Clone, Debug, Default)]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<Session>,
    /// Where to go on; absent: this was the last page.
    pub next: Option<String>,
}

pub(in crate::state) struct Store {
    db: Connection,
    /// The number of the next line of a session's log.
    lines: HashMap<SessionId, u64>,
    /// Held as long as the store is open.
    _lock: File,
}

fn reading(what: &'static str, id: impl ToString) -> impl FnOnce(rusqlite::Error) -> StateError {
    let id = id.to_string();
    move |source| StateError::Read { what, id, source }
}

fn writing(what: &'static str, id: impl ToString) -> impl FnOnce(rusqlite::Error) -> StateError {
    let id = id.to_string();
    move |source| StateError::Write { what, id, source }
}

impl Store {
    pub(in crate::state) fn open(
        dir: &Path,
        appliance: &str,
        now: Time,
    ) -> Result<Self, StateError> {
        let lock = lock_folder(dir)?;
        let path = dir.join("state.db");
        let opening = |source| StateError::Open {
            path: path.clone(),
            source,
        };
        let db = Connection::open(&path).map_err(opening)?;
        db.busy_timeout(Duration::from_secs(5)).map_err(opening)?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;",
        )
        .map_err(opening)?;
        let found: i64 = db
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(opening)?;
        if found > VERSION {
            return Err(StateError::Newer { path, found });
        }
        if found == 0 {
            db.execute_batch(&format!(
                "BEGIN; {SCHEMA}; PRAGMA user_version = {VERSION}; COMMIT;"
            ))
            .map_err(opening)?;
        }
        db.execute(
            "INSERT OR IGNORE INTO owner (one, appliance) VALUES (1, ?1)",
            [appliance],
        )
        .map_err(opening)?;
        let owner: String = db
            .query_row("SELECT appliance FROM owner", [], |row| row.get(0))
            .map_err(opening)?;
        if owner != appliance {
            return Err(StateError::OtherAppliance {
                path,
                found: owner,
                wanted: appliance.to_owned(),
            });
        }
        let store = Self {
            db,
            lines: HashMap::new(),
            _lock: lock,
        };
        store.forget_old(now).map_err(opening)?;
        Ok(store)
    }

    fn forget_old(&self, now: Time) -> rusqlite::Result<()> {
        let restores = (now - KEEP_RESTORES).timestamp_micros();
        self.db.execute(
            "DELETE FROM restore WHERE ended AND accepted < ?1",
            [restores],
        )?;
        let alerts = (now - KEEP_ALERTS).timestamp_micros();
        self.db
            .execute("DELETE FROM alert WHERE cleared < ?1", [alerts])?;
        self.forget_sessions()
    }

    /// Keeps the newest ended sessions; the logs of others go with them.
    pub(in crate::state) fn forget_sessions(&self) -> rusqlite::Result<()> {
        self.db.execute(
            "DELETE FROM session WHERE ended AND id IN
             (SELECT id FROM session WHERE ended ORDER BY started DESC, id DESC LIMIT -1 OFFSET ?1)",
            [KEEP_SESSIONS],
        )?;
        Ok(())
    }

    /// Everything that is told again after a start: unended and recent sessions, alerts, restores.
    pub(in crate::state) fn load(&self, recent: usize) -> Result<Vec<Fact>, StateError> {
        let recent = i64::try_from(recent).unwrap_or(i64::MAX);
        let sessions = self
            .bodies::<Session>(
                "SELECT body FROM session WHERE NOT ended UNION ALL SELECT * FROM
                 (SELECT body FROM session WHERE ended ORDER BY started DESC, id DESC LIMIT ?1)",
                &[Value::Integer(recent)],
            )
            .map_err(reading("sessions", "at start"))?;
        let alerts = self
            .bodies::<Alert>("SELECT body FROM alert", &[])
            .map_err(reading("alerts", "at start"))?;
        let restores = self
            .bodies::<RestoreAttempt>("SELECT body FROM restore ORDER BY accepted", &[])
            .map_err(reading("restores", "at start"))?;
        Ok(sessions
            .into_iter()
            .map(|it| Fact::Session(Box::new(it)))
            .chain(alerts.into_iter().map(Fact::Alert))
            .chain(restores.into_iter().map(|it| Fact::Restore(Box::new(it))))
            .collect())
    }

    fn bodies<T: DeserializeOwned>(&self, sql: &str, with: &[Value]) -> rusqlite::Result<Vec<T>> {
        let mut statement = self.db.prepare_cached(sql)?;
        let rows =
            statement.query_map(rusqlite::params_from_iter(with), |row| parsed(row.get(0)?))?;
        rows.collect()
    }

    /// Writes facts together, those of kinds that survive a restart. The states of restores
    /// and the ends of sessions are on the disk when it returns.
    pub(in crate::state) fn save<'a>(
        &mut self,
        facts: impl Iterator<Item = &'a Fact> + Clone,
    ) -> Result<(), StateError> {
        let durable = facts.clone().any(|fact| match fact {
            Fact::Restore(_) => true,
            Fact::Session(session) => session.ended.is_some(),
            _ => false,
        });
        self.write(durable, ("facts", "in memory"), |tx| {
            facts.clone().try_for_each(|fact| save_fact(tx, fact))
        })
    }

    /// Writes in one transaction; `durable`: it survives a power cut when this returns.
    fn write<T>(
        &mut self,
        durable: bool,
        (what, id): (&'static str, &str),
        body: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StateError> {
        let level = if durable { "FULL" } else { "NORMAL" };
        let write = || {
            // Cannot be changed inside a transaction.
            self.db.pragma_update(None, "synchronous", level)?;
            let tx = self
                .db
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = body(&tx)?;
            tx.commit()?;
            Ok(done)
        };
        write().map_err(writing(what, id))
    }

    /// Writes an accepted restore, the content of its dispatch and an entry of the audit log
    /// together, on the disk before it returns.
    pub(in crate::state) fn accept(
        &mut self,
        restore: &RestoreAttempt,
        content: &[u8],
        audit: &AuditEntry,
        now: Time,
    ) -> Result<(), StateError> {
        self.write(true, ("restore", &restore_id(restore)), |tx| {
            save_restore(tx, restore)?;
            tx.execute(
                "INSERT INTO dispatch (request, attempt, content) VALUES (?1, ?2, ?3)",
                params![restore.request.to_string(), restore.attempt, content],
            )?;
            append_audit(tx, audit, now)
        })
    }

    /// Writes what was decided about a restore and an entry of the audit log together, on
    /// the disk before it returns.
    pub(in crate::state) fn decide(
        &mut self,
        restore: &RestoreAttempt,
        audit: &AuditEntry,
        now: Time,
    ) -> Result<(), StateError> {
        self.write(true, ("restore", &restore_id(restore)), |tx| {
            save_restore(tx, restore)?;
            append_audit(tx, audit, now)
        })
    }

    /// The content that a dispatch was accepted with.
    pub(in crate::state) fn content(
        &self,
        request: RequestId,
        attempt: u32,
    ) -> Result<Option<Vec<u8>>, StateError> {
        self.db
            .query_row(
                "SELECT content FROM dispatch WHERE request = ?1 AND attempt = ?2",
                params![request.to_string(), attempt],
                |row| row.get(0),
            )
            .optional()
            .map_err(reading("dispatch", format!("{request}:{attempt}")))
    }

    pub(in crate::state) fn session(&self, id: &SessionId) -> Result<Option<Session>, StateError> {
        self.db
            .query_row(
                "SELECT body FROM session WHERE id = ?1",
                [id.as_str()],
                |row| parsed(row.get(0)?),
            )
            .optional()
            .map_err(reading("session", id))
    }

    /// Sessions older than the one named by `after`, newest first, that `wanted` wants.
    pub(in crate::state) fn sessions(
        &self,
        job: Option<&JobId>,
        after: Option<&str>,
        size: usize,
        wanted: impl Fn(&Session) -> bool,
    ) -> Result<SessionPage, StateError> {
        let read = || {
            let mut statement = self.db.prepare_cached(
                "SELECT body FROM session WHERE (?1 IS NULL OR job = ?1) AND
                 (?2 IS NULL OR (started, id) < (SELECT started, id FROM session WHERE id = ?2))
                 ORDER BY started DESC, id DESC",
            )?;
            let with = params![job.map(JobId::as_str), after];
            let rows = statement.query_map(with, |row| parsed::<Session>(row.get(0)?))?;
            let mut page = SessionPage::default();
            for session in rows {
                let session = session?;
                if !wanted(&session) {
                    continue;
                }
                if page.sessions.len() == size {
                    page.next = page.sessions.last().map(|last| last.id.to_string());
                    break;
                }
                page.sessions.push(session);
            }
            Ok(page)
        };
        read().map_err(reading("sessions after", after.unwrap_or("now")))
    }
}

fn lock_folder(dir: &Path) -> Result<File, StateError> {
    let refuse = |source| StateError::Folder {
        path: dir.to_owned(),
        source,
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(refuse)?;
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(dir.join("state.lock"))
        .map_err(refuse)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(StateError::Locked {
            path: dir.to_owned(),
        }),
        Err(error) => Err(refuse(error.into())),
    }
}

fn save_fact(db: &Connection, fact: &Fact) -> rusqlite::Result<()> {
    match fact {
        Fact::Session(it) => save_session(db, it),
        Fact::Alert(it) => save_alert(db, it),
        Fact::Restore(it) => save_restore(db, it),
        Fact::Repository(_) | Fact::Quota(_) | Fact::System(_) | Fact::Job(_) => Ok(()),
        // What the stream no longer carries is still kept here, except an alert.
        Fact::Gone(EntityKind::Alert, id) => db
            .execute("DELETE FROM alert WHERE id = ?1", [id])
            .map(|_| ()),
        Fact::Gone(..) => Ok(()),
    }
}

fn save_session(db: &Connection, it: &Session) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO session (id, job, started, ended, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, body = excluded.body",
    )?
    .execute(params![
        it.id.as_str(),
        it.job.as_ref().map(JobId::as_str),
        it.started.timestamp_micros(),
        it.ended.is_some(),
        json(it)?
    ])?;
    Ok(())
}

fn save_alert(db: &Connection, it: &Alert) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO alert (id, cleared, body) VALUES (?1, ?2, ?3)")?
        .execute(params![
            it.id.as_str(),
            it.cleared.map(|at| at.timestamp_micros()),
            json(it)?
        ])?;
    Ok(())
}

fn save_restore(db: &Connection, it: &RestoreAttempt) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO restore (request, attempt, accepted, ended, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (request, attempt) DO UPDATE SET ended = excluded.ended, body = excluded.body",
    )?
    .execute(params![
        it.request.to_string(),
        it.attempt,
        it.accepted.timestamp_micros(),
        it.state.ended(),
        json(it)?
    ])?;
    Ok(())
}

fn restore_id(it: &RestoreAttempt) -> String {
    format!("{}:{}", it.request, it.attempt)
}

fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn parsed<T: DeserializeOwned>(text: String) -> rusqlite::Result<T> {
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
    })
}

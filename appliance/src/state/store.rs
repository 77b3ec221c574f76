//! The SQLite file: sessions with their logs, alerts, restores with the content of their
//! dispatch, and the audit log.
//!
//! Write-ahead log, `synchronous` NORMAL; FULL for what must be durable before an answer. The
//! bodies of entities are JSON of the domain's types; columns are only what is searched.

use super::StateError;
use ocdeck_domain::{
    facts::{Alert, EntityKind, Fact, LogLevel, LogLine, RestoreAttempt, Session, Time},
    ids::{JobId, RequestId, SessionId},
};
use rusqlite::{
    Connection, OptionalExtension, Transaction, TransactionBehavior, params, types::Value,
};
use rustix::fs::{FlockOperation, flock};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
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
/// Lines that the log of one session may have.
pub(super) const MAX_LINES: u64 = 20_000;
/// Bytes that one line may have.
const MAX_LINE: usize = 4096;

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

/// A page of sessions, newest first.
#[derive(Clone, Debug, Default)]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<Session>,
    /// Where to go on; absent: this was the last page.
    pub next: Option<String>,
}

pub(super) struct Store {
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
    pub(super) fn open(dir: &Path, appliance: &str, now: Time) -> Result<Self, StateError> {
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
    pub(super) fn forget_sessions(&self) -> rusqlite::Result<()> {
        self.db.execute(
            "DELETE FROM session WHERE ended AND id IN
             (SELECT id FROM session WHERE ended ORDER BY started DESC, id DESC LIMIT -1 OFFSET ?1)",
            [KEEP_SESSIONS],
        )?;
        Ok(())
    }

    /// Everything that is told again after a start: unended and recent sessions, alerts, restores.
    pub(super) fn load(&self, recent: usize) -> Result<Vec<Fact>, StateError> {
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

    /// Writes a fact, if it is of a kind that survives a restart.
    pub(super) fn save(&self, fact: &Fact) -> Result<(), StateError> {
        match fact {
            Fact::Session(it) => self.save_session(it).map_err(writing("session", &it.id)),
            Fact::Alert(it) => self.save_alert(it).map_err(writing("alert", &it.id)),
            Fact::Restore(it) => {
                save_restore(&self.db, it).map_err(writing("restore", restore_id(it)))
            }
            Fact::Repository(_) | Fact::Quota(_) | Fact::System(_) | Fact::Job(_) => Ok(()),
            // What the stream no longer carries is still kept here, except an alert.
            Fact::Gone(EntityKind::Alert, id) => self
                .db
                .execute("DELETE FROM alert WHERE id = ?1", [id])
                .map(|_| ())
                .map_err(writing("alert", id)),
            Fact::Gone(..) => Ok(()),
        }
    }

    fn save_session(&self, it: &Session) -> rusqlite::Result<()> {
        self.db
            .prepare_cached(
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

    fn save_alert(&self, it: &Alert) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO alert (id, cleared, body) VALUES (?1, ?2, ?3)")?
            .execute(params![
                it.id.as_str(),
                it.cleared.map(|at| at.timestamp_micros()),
                json(it)?
            ])?;
        Ok(())
    }

    /// Writes an accepted restore, the content of its dispatch and an entry of the audit log
    /// together, on the disk before it returns.
    pub(super) fn accept(
        &mut self,
        restore: &RestoreAttempt,
        content: &[u8],
        audit: &AuditEntry,
        now: Time,
    ) -> Result<(), StateError> {
        let failed = || writing("restore", restore_id(restore));
        self.db
            .pragma_update(None, "synchronous", "FULL")
            .map_err(failed())?;
        let written = self.accept_inner(restore, content, audit, now);
        self.db
            .pragma_update(None, "synchronous", "NORMAL")
            .map_err(failed())?;
        written.map_err(failed())
    }

    fn accept_inner(
        &mut self,
        restore: &RestoreAttempt,
        content: &[u8],
        audit: &AuditEntry,
        now: Time,
    ) -> rusqlite::Result<()> {
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        save_restore(&tx, restore)?;
        tx.execute(
            "INSERT INTO dispatch (request, attempt, content) VALUES (?1, ?2, ?3)",
            params![restore.request.to_string(), restore.attempt, content],
        )?;
        append_audit(&tx, audit, now)?;
        tx.commit()
    }

    /// The content that a dispatch was accepted with.
    pub(super) fn content(
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

    pub(super) fn audit(&mut self, entry: &AuditEntry, now: Time) -> Result<(), StateError> {
        let mut write = || {
            let tx = self
                .db
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            append_audit(&tx, entry, now)?;
            tx.commit()
        };
        write().map_err(writing("audit entry", &entry.action))
    }

    /// Reads the whole audit log and checks that each entry follows from the one before.
    pub(super) fn audit_log(&self) -> Result<Vec<AuditRecord>, StateError> {
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

    pub(super) fn session(&self, id: &SessionId) -> Result<Option<Session>, StateError> {
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
    pub(super) fn sessions(
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

    /// Appends lines to the log of a session. Beyond the limit only one line
    /// more is written, that says so.
    pub(super) fn append_log(
        &mut self,
        session: &SessionId,
        lines: &[(LogLevel, String)],
        now: Time,
    ) -> Result<(), StateError> {
        let mut append = || {
            let mut next = match self.lines.get(session) {
                Some(next) => *next,
                None => count_lines(&self.db, session)?,
            };
            let tx = self
                .db
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (level, text) in lines {
                if next > MAX_LINES {
                    break;
                }
                let full = next == MAX_LINES;
                let text = if full {
                    "The log is full: what follows is left out.".to_owned()
                } else {
                    clean(text)
                };
                tx.prepare_cached(
                    "INSERT INTO log_line (session, line, at, level, text) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    session.as_str(),
                    integer(next),
                    now.timestamp_micros(),
                    if full { 2 } else { level_number(*level) },
                    text
                ])?;
                next += 1;
            }
            tx.commit()?;
            self.lines.insert(session.clone(), next);
            Ok(())
        };
        append().map_err(writing("log of session", session))
    }

    /// The log of a session ended: nothing of it is held in memory any more.
    pub(super) fn close_log(&mut self, session: &SessionId) {
        self.lines.remove(session);
    }

    pub(super) fn log_length(&self, session: &SessionId) -> Result<u64, StateError> {
        count_lines(&self.db, session).map_err(reading("log of session", session))
    }

    pub(super) fn log_lines(
        &self,
        session: &SessionId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<LogLine>, StateError> {
        let read = || {
            let mut statement = self.db.prepare_cached(
                "SELECT line, at, level, text FROM log_line
                 WHERE session = ?1 AND line >= ?2 ORDER BY line LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows =
                statement.query_map(params![session.as_str(), integer(from), limit], |row| {
                    Ok(LogLine {
                        line: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
                        at: Time::from_timestamp_micros(row.get(1)?).unwrap_or_default(),
                        level: level(row.get(2)?),
                        text: row.get(3)?,
                    })
                })?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().map_err(reading("log of session", session))
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

fn append_audit(tx: &Transaction<'_>, entry: &AuditEntry, now: Time) -> rusqlite::Result<()> {
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

fn restore_id(it: &RestoreAttempt) -> String {
    format!("{}:{}", it.request, it.attempt)
}

fn count_lines(db: &Connection, session: &SessionId) -> rusqlite::Result<u64> {
    db.query_row(
        "SELECT coalesce(max(line) + 1, 0) FROM log_line WHERE session = ?1",
        [session.as_str()],
        |row| row.get::<_, i64>(0),
    )
    .map(|count| u64::try_from(count).unwrap_or_default())
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

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A line without control characters, and not too long.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(MAX_LINE));
    for c in text.chars() {
        if clean.len() + c.len_utf8() > MAX_LINE {
            clean.push('…');
            break;
        }
        clean.push(if c.is_control() { ' ' } else { c });
    }
    clean
}

fn level_number(level: LogLevel) -> i64 {
    match level {
        LogLevel::Info => 1,
        LogLevel::Warning => 2,
        LogLevel::Error => 3,
    }
}

fn level(number: i64) -> LogLevel {
    match number {
        3 => LogLevel::Error,
        2 => LogLevel::Warning,
        _ => LogLevel::Info,
    }
}

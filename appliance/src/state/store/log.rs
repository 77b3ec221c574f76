//! The logs of sessions: lines without control characters, bounded in length and number.

use super::{Store, reading, writing};
use crate::state::StateError;
use ocdeck_domain::{
    facts::{LogLevel, LogLine, Time},
    ids::SessionId,
    text,
};
use rusqlite::{Connection, TransactionBehavior, params};

/// Lines that the log of one session may have.
pub(in crate::state) const MAX_LINES: u64 = 20_000;
/// Bytes that one line may have.
const MAX_LINE: usize = 4096;

impl Store {
    /// Appends lines to the log of a session. Beyond the limit only one line
    /// more is written, that says so.
    pub(in crate::state) fn append_log(
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
    pub(in crate::state) fn close_log(&mut self, session: &SessionId) {
        self.lines.remove(session);
    }

    pub(in crate::state) fn log_length(&self, session: &SessionId) -> Result<u64, StateError> {
        count_lines(&self.db, session).map_err(reading("log of session", session))
    }

    pub(in crate::state) fn log_lines(
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

fn count_lines(db: &Connection, session: &SessionId) -> rusqlite::Result<u64> {
    db.query_row(
        "SELECT coalesce(max(line) + 1, 0) FROM log_line WHERE session = ?1",
        [session.as_str()],
        |row| row.get::<_, i64>(0),
    )
    .map(|count| u64::try_from(count).unwrap_or_default())
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A line without what could move a cursor or turn what follows, and not too long.
fn clean(text: &str) -> String {
    let text = text::clean(text);
    let mut clean = String::with_capacity(text.len().min(MAX_LINE));
    for c in text.chars() {
        if clean.len() + c.len_utf8() > MAX_LINE {
            clean.push('…');
            break;
        }
        clean.push(c);
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

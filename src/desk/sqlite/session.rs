//! Who is connected: a row for every console, its time renewed, taken away at its end.

use super::rows::{text, time};
use crate::desk::{Session, StoreError, Who, sqlite::words::Words};
use chrono::TimeDelta;
use ocdeck_domain::{facts::Time, journal::Author};
use rusqlite::{Connection, params};
use rustix::process::{Pid, test_kill_process};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How often a console says that it is there.
pub(super) const BEAT: Duration = Duration::from_secs(30);
/// A console that said nothing for three beats is gone.
const GONE: TimeDelta = TimeDelta::seconds(90);
/// How long one that is gone is still told.
const FORGOTTEN: TimeDelta = TimeDelta::days(7);

/// This console's row.
#[derive(Debug)]
pub(super) struct Presence {
    id: Uuid,
    due: Instant,
}

impl Presence {
    /// Says that this console is there.
    pub(super) fn begin(
        connection: &Connection,
        who: &Who,
        host: &str,
        now: Time,
    ) -> rusqlite::Result<Self> {
        let id = Uuid::now_v7();
        connection.execute(
            "DELETE FROM session WHERE seen < ?1",
            [text(now - FORGOTTEN)],
        )?;
        connection.execute(
            "INSERT INTO session (id, name, host, pid, program, since, seen)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            params![
                id.to_string(),
                who.name,
                host,
                std::process::id(),
                concat!("ocdeck ", env!("CARGO_PKG_VERSION")),
                text(now),
            ],
        )?;
        Ok(Self {
            id,
            due: Instant::now() + BEAT,
        })
    }

    /// Whether it is time to say it again.
    pub(super) fn is_due(&mut self) -> bool {
        let due = self.due <= Instant::now();
        if due {
            self.due = Instant::now() + BEAT;
        }
        due
    }

    pub(super) fn beat(&self, connection: &Connection, now: Time) -> rusqlite::Result<()> {
        connection
            .execute(
                "UPDATE session SET seen = ?2 WHERE id = ?1",
                params![self.id.to_string(), text(now)],
            )
            .map(drop)
    }

    pub(super) fn end(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .execute("DELETE FROM session WHERE id = ?1", [self.id.to_string()])
            .map(drop)
    }
}

/// All that are connected, or were and are gone without a goodbye.
pub(super) fn all(
    connection: &Connection,
    words: &Words,
    host: &str,
    now: Time,
) -> Result<Vec<Session>, StoreError> {
    let read = |error| words.read(error);
    let mut statement = connection
        .prepare("SELECT name, host, pid, program, since, seen FROM session ORDER BY since, id")
        .map_err(read)?;
    let mut rows = statement.query([]).map_err(read)?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next().map_err(read)? {
        let (since, seen): (String, String) = row
            .get(4)
            .and_then(|since| Ok((since, row.get(5)?)))
            .map_err(read)?;
        let mut session = Session {
            name: row.get(0).map_err(read)?,
            host: row.get(1).map_err(read)?,
            pid: row.get(2).map_err(read)?,
            program: row.get(3).map_err(read)?,
            since: time(&since, 0)?,
            seen: time(&seen, 0)?,
            stale: false,
        };
        // On the host itself a look says it at once; elsewhere only silence does.
        session.stale =
            now - session.seen > GONE || (session.host == host && !is_running(session.pid));
        sessions.push(session);
    }
    Ok(sessions)
}

fn is_running(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| match test_kill_process(pid) {
        Ok(()) => true,
        // It runs, and belongs to somebody else.
        Err(error) => error == rustix::io::Errno::PERM,
    })
}

/// What this system says about who writes.
pub(super) fn author() -> Author {
    Author {
        account: format!("uid {}", rustix::process::getuid().as_raw()),
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
    }
}

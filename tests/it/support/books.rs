//! What the parts have written down, read beside them: who says that something began twice,
//! or was kept, counts it here.

use super::{DEADLINE, fleet::Fleet, wait_for};
use ocdeck_domain::{
    facts::{RestoreAttempt, Session, WorkKind},
    ids::RequestId,
};
use rusqlite::{Connection, OpenFlags, types::FromSql};
use std::path::Path;
use uuid::Uuid;

fn read_only(path: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).unwrap();
    db.busy_timeout(DEADLINE).unwrap();
    db
}

fn column<T: FromSql>(db: &Connection, sql: &str, with: &str) -> Vec<T> {
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([with], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// What an appliance has written down, read beside it.
pub struct Books(Connection);

impl Books {
    pub fn of(fleet: &Fleet) -> Self {
        Self(read_only(&fleet.folder().join("state/state.db")))
    }

    /// The attempts of a request that the audit log has, each as often as it was accepted.
    pub fn dispatches(&self, request: RequestId) -> Vec<u32> {
        let sql = "SELECT json_extract(entry, '$.object') FROM audit WHERE
             json_extract(entry, '$.action') IN ('dispatch', 'ask_approval', 'break_glass') AND
             json_extract(entry, '$.object') LIKE ?1 || ':%' ORDER BY seq";
        let objects: Vec<String> = column(&self.0, sql, &request.to_string());
        let attempt = |object: String| object.rsplit(':').next().unwrap().parse().unwrap();
        objects.into_iter().map(attempt).collect()
    }

    /// All sessions.
    pub fn sessions(&self) -> Vec<Session> {
        let sql = "SELECT body FROM session WHERE id <> ?1 ORDER BY started";
        let bodies: Vec<String> = column(&self.0, sql, "");
        let parse = |body: String| serde_json::from_str(&body).unwrap();
        bodies.into_iter().map(parse).collect()
    }

    /// How many sessions restored for a request.
    pub fn restores(&self, request: RequestId) -> usize {
        let sessions = self.sessions();
        let its = |it: &&Session| it.kind == WorkKind::Restore && it.request == Some(request);
        sessions.iter().filter(its).count()
    }

    pub fn attempt(&self, request: RequestId, attempt: u32) -> Option<RestoreAttempt> {
        let sql = format!("SELECT body FROM restore WHERE request = ?1 AND attempt = {attempt}");
        let bodies: Vec<String> = column(&self.0, &sql, &request.to_string());
        Some(serde_json::from_str(bodies.first()?).unwrap())
    }
}

/// What a console has written down, read beside it.
pub struct Desk(Connection);

impl Desk {
    /// A person's own, once there is one.
    pub fn of(fleet: &Fleet) -> Self {
        Self::at(&fleet.home.state())
    }

    /// The one that stands in this folder.
    pub fn at(folder: &Path) -> Self {
        Self(read_only(&folder.join("desk.sqlite")))
    }

    /// The first request, once it is known.
    pub fn first_request(&self) -> RequestId {
        wait_for("R-0001 on the desk", || self.request(1))
    }

    /// The request with this number, as far as it is known.
    pub fn request(&self, reference: u32) -> Option<RequestId> {
        let sql = "SELECT subject FROM journal WHERE kind = 'opened' AND
             subject NOT LIKE 'incident:%' AND
             json_extract(body, '$.reference') = CAST(?1 AS INTEGER)";
        let ids: Vec<String> = column(&self.0, sql, &reference.to_string());
        Some(RequestId(ids.first()?.parse::<Uuid>().unwrap()))
    }

    /// The kinds of a request's records, in their order.
    pub fn kinds(&self, request: RequestId) -> Vec<String> {
        let sql = "SELECT kind FROM journal WHERE subject = ?1 ORDER BY subject_version";
        column(&self.0, sql, &request.to_string())
    }

    /// How often the intent to dispatch stands there.
    pub fn intents(&self, request: RequestId) -> usize {
        let kinds = self.kinds(request);
        kinds.iter().filter(|kind| *kind == "dispatching").count()
    }

    /// A text field of a draft.
    pub fn typed(&self, request: RequestId, field: &str) -> Option<String> {
        let sql = format!("SELECT value FROM draft WHERE draft_id = ?1 AND field = '{field}'");
        let values: Vec<String> = column(&self.0, &sql, &request.to_string());
        Some(serde_json::from_str(values.first()?).unwrap())
    }

    /// The step that a draft stands at.
    pub fn step(&self, request: RequestId) -> Option<u8> {
        let sql = "SELECT value FROM draft WHERE draft_id = ?1 AND field = 'step'";
        let values: Vec<String> = column(&self.0, sql, &request.to_string());
        values.first()?.parse().ok()
    }
}

//! The tables of a desk's file, and how older ones become these.

use super::{upgrade::from_1_to_2, words::Words};
use crate::desk::StoreError;
use rusqlite::Transaction;

/// Says that a SQLite file is a desk: "ocde".
pub(super) const APPLICATION: i64 = 0x6f63_6465;

pub(super) const TABLES: &str = "
CREATE TABLE meta (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    desk       TEXT NOT NULL,
    created    TEXT NOT NULL,
    version    INTEGER NOT NULL,
    min_reader INTEGER NOT NULL,
    min_writer INTEGER NOT NULL
) STRICT;

CREATE TABLE journal (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id        TEXT NOT NULL UNIQUE,
    subject         TEXT NOT NULL,
    subject_version INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    kind_version    INTEGER NOT NULL,
    at              TEXT NOT NULL,
    received_at     TEXT NOT NULL,
    actor           TEXT NOT NULL,
    account         TEXT NOT NULL,
    host            TEXT NOT NULL,
    over            INTEGER CHECK (over IN (0, 1)),
    body            TEXT NOT NULL,
    hash            BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (subject, subject_version)
) STRICT;
CREATE TRIGGER journal_never_changes BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TRIGGER journal_never_forgets BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;

-- What a start of a console reads instead of the whole journal. over_since: microseconds since
-- 1970, desk time; NULL: not over.
CREATE TABLE subject (
    subject      TEXT PRIMARY KEY,
    last_seq     INTEGER NOT NULL,
    last_version INTEGER NOT NULL,
    over_since   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_over ON subject (over_since);

CREATE TABLE number (
    series  TEXT NOT NULL,
    number  INTEGER NOT NULL,
    subject TEXT NOT NULL UNIQUE,
    PRIMARY KEY (series, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
    draft_id TEXT NOT NULL,
    field    TEXT NOT NULL,
    value    TEXT NOT NULL,
    version  INTEGER NOT NULL,
    author   TEXT NOT NULL,
    at       TEXT NOT NULL,
    change   INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (draft_id, field)
) STRICT;

CREATE TABLE session (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    host    TEXT NOT NULL,
    pid     INTEGER NOT NULL,
    program TEXT NOT NULL,
    since   TEXT NOT NULL,
    seen    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// How the tables of one version become those of the next.
#[derive(Clone, Copy, Debug)]
pub(in crate::desk) struct Step {
    /// The version that it makes.
    pub(super) to: u32,
    /// The oldest program that may read the desk after it.
    pub(super) min_reader: u32,
    /// The oldest program that may write the desk after it. A step that takes writing from
    /// programs that are in use is run by `ocdeck desk migrate` only.
    pub(super) min_writer: u32,
    /// Whether consoles of the version before cannot go on: then a person runs it.
    pub(super) breaking: bool,
    pub(super) run: fn(&Transaction<'_>, &Words) -> Result<(), StoreError>,
}

/// All steps that there are, in order.
///
/// Version 1 knew no other writer than the one person whose file it was, so nobody else is cut
/// off by the step from it.
pub(super) const STEPS: &[Step] = &[Step {
    to: 2,
    min_reader: 2,
    min_writer: 2,
    breaking: false,
    run: from_1_to_2,
}];

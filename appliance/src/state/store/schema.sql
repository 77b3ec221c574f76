-- Schema 1 of an appliance's state. Times are microseconds since 1970 UTC.
CREATE TABLE owner (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    appliance TEXT NOT NULL
);

CREATE TABLE session (
    id TEXT PRIMARY KEY,
    job TEXT,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX session_by_start ON session (started, id);
CREATE INDEX session_by_job ON session (job, started, id);

CREATE TABLE log_line (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    at INTEGER NOT NULL,
    level INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (session, line)
) WITHOUT ROWID;

CREATE TABLE alert (
    id TEXT PRIMARY KEY,
    cleared INTEGER,
    body TEXT NOT NULL
);

CREATE TABLE restore (
    request TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (request, attempt)
);

-- What a dispatch was accepted with: the same key with the same content never starts twice.
CREATE TABLE dispatch (
    request TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (request, attempt),
    FOREIGN KEY (request, attempt) REFERENCES restore (request, attempt) ON DELETE CASCADE
);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    entry TEXT NOT NULL,
    hash BLOB NOT NULL
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT raise(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
BEGIN
    SELECT raise(ABORT, 'the audit log is append-only');
END;

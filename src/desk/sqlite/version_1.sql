-- A desk as the first version of ocdeck wrote it.
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
    body            TEXT NOT NULL,
    UNIQUE (subject, subject_version)
) STRICT;
CREATE UNIQUE INDEX journal_reference ON journal (json_extract(body, '$.reference'))
    WHERE kind = 'opened';
CREATE TRIGGER journal_never_changes BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TRIGGER journal_never_forgets BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TABLE draft (
    draft_id TEXT NOT NULL,
    field    TEXT NOT NULL,
    value    TEXT NOT NULL,
    version  INTEGER NOT NULL,
    author   TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (draft_id, field)
) STRICT;
INSERT INTO journal VALUES
    (1, '00000000-0000-0000-0000-000000000011', '00000000-0000-0000-0000-000000000001', 1, 'opened', 1,
     '2026-11-20T22:00:00.123456789Z', '2026-11-20T22:00:00.123456789Z', 'desk', '{"kind":"opened","reference":1}'),
    (2, '00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000001', 2, 'call_received', 1,
     '2026-11-20T22:00:00Z', '2026-11-20T22:00:01Z', 'mara', '{"kind":"call_received"}'),
    (4, '00000000-0000-0000-0000-000000000013', '00000000-0000-0000-0000-000000000002', 1, 'opened', 1,
     '2026-11-20T23:00:00Z', '2026-11-20T23:00:00Z', 'desk', '{"kind":"opened","reference":2}'),
    (5, '00000000-0000-0000-0000-000000000014', '00000000-0000-0000-0000-000000000002', 2, 'cancelled', 1,
     '2026-11-20T23:01:00Z', '2026-11-20T23:01:00Z', 'mara', '{"kind":"cancelled","reason":"found it"}'),
    (6, '00000000-0000-0000-0000-000000000015', '00000000-0000-0000-0000-000000000002', 3, 'of_a_newer_program', 7,
     '2026-11-20T23:02:00Z', '2026-11-20T23:02:00Z', 'mara', '{ "kind": "of_a_newer_program" }');
INSERT INTO draft VALUES
    ('00000000-0000-0000-0000-000000000001', 'caller', '"Ann"', 3, 'mara', '2026-11-20T22:00:02Z');
PRAGMA user_version = 1;

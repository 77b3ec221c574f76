-- The desk in PostgreSQL. Run once, by the role that will own it, in one transaction.
--
-- A person writes with a role of their own that is a member of the desk's group. The group may
-- insert into the journal and read it; nobody, the owner included, may change what stands there.
-- Texts of times keep every digit, as the file store does.

CREATE SCHEMA ocdeck;

CREATE TABLE ocdeck.meta (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    desk       uuid    NOT NULL,
    created    text    NOT NULL,
    version    integer NOT NULL,
    min_reader integer NOT NULL,
    min_writer integer NOT NULL,
    -- The role whose members may write.
    members    text    NOT NULL
);

-- Desk time. Not now(): that is when the transaction began, before it waited for its turn.
CREATE FUNCTION ocdeck.desk_time() RETURNS text
    LANGUAGE sql VOLATILE SET search_path = pg_catalog
    AS $$ SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- Where the writer sits; a local socket has no address.
CREATE FUNCTION ocdeck.writer_host() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog
    AS $$ SELECT coalesce(host(inet_client_addr()), '') $$;

CREATE TABLE ocdeck.journal (
    seq             bigint  PRIMARY KEY,
    event_id        uuid    NOT NULL UNIQUE,
    subject         text    NOT NULL,
    subject_version integer NOT NULL,
    kind            text    NOT NULL,
    kind_version    integer NOT NULL,
    at              text    NOT NULL,
    received_at     text    NOT NULL DEFAULT ocdeck.desk_time(),
    -- Whom the writer says to be, and who had to prove it.
    actor           text    NOT NULL,
    author          text    NOT NULL DEFAULT session_user,
    host            text    NOT NULL DEFAULT ocdeck.writer_host(),
    body            json    NOT NULL,
    over            boolean,
    UNIQUE (subject, subject_version)
);

CREATE UNIQUE INDEX journal_reference ON ocdeck.journal
    ((left(subject, 9) = 'incident:'), ((body ->> 'reference')::bigint))
    WHERE kind = 'opened';

-- Takes the writers' turn until the transaction ends, and the next number. So numbers have no
-- holes and rise in the order in which records become visible.
CREATE FUNCTION ocdeck.next_seq() RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(28515, 1);
    RETURN (SELECT coalesce(max(seq), 0) + 1 FROM ocdeck.journal);
END $$;
ALTER TABLE ocdeck.journal ALTER COLUMN seq SET DEFAULT ocdeck.next_seq();

-- Which subjects are over: what a start reads is found by it, however long the journal is.
CREATE TABLE ocdeck.subject (
    subject text        PRIMARY KEY,
    last    bigint      NOT NULL,
    over    boolean     NOT NULL,
    since   timestamptz
);
CREATE INDEX subject_open ON ocdeck.subject (subject) WHERE NOT over;
CREATE INDEX subject_over ON ocdeck.subject (since) WHERE over;

-- Of the owner: members cannot write to the table of subjects by themselves.
CREATE FUNCTION ocdeck.note_subject() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
    AS $$
BEGIN
    INSERT INTO ocdeck.subject AS was (subject, last, over, since)
    VALUES (NEW.subject, NEW.seq, coalesce(NEW.over, false),
            CASE WHEN NEW.over THEN NEW.received_at::timestamptz END)
    ON CONFLICT (subject) DO UPDATE SET
        last = excluded.last,
        over = coalesce(NEW.over, was.over),
        since = CASE WHEN NEW.over IS NULL THEN was.since
                     WHEN NEW.over THEN NEW.received_at::timestamptz END;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_subject AFTER INSERT ON ocdeck.journal
    FOR EACH ROW EXECUTE FUNCTION ocdeck.note_subject();

-- Numbers only: whoever listens reads what is behind the last one that it has.
CREATE FUNCTION ocdeck.tell_journal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $$
BEGIN
    PERFORM pg_notify('ocdeck', 'journal ' || (SELECT max(seq) FROM fresh));
    RETURN NULL;
END $$;
CREATE TRIGGER journal_tells AFTER INSERT ON ocdeck.journal
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION ocdeck.tell_journal();

CREATE TABLE ocdeck.draft (
    draft_id text    NOT NULL,
    field    text    NOT NULL,
    value    text    NOT NULL,
    version  integer NOT NULL,
    author   text    NOT NULL,
    at       text    NOT NULL,
    change   bigint  NOT NULL UNIQUE,
    PRIMARY KEY (draft_id, field)
);

-- Which programs are connected. One that is killed leaves its row; its connection is gone.
CREATE TABLE ocdeck.session (
    id      uuid        PRIMARY KEY,
    name    text        NOT NULL,
    role    text        NOT NULL DEFAULT session_user,
    host    text        NOT NULL,
    pid     bigint      NOT NULL,
    program text        NOT NULL,
    backend integer     NOT NULL DEFAULT pg_backend_pid(),
    since   timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen    timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE ocdeck.session ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_sees ON ocdeck.session FOR SELECT USING (true);
CREATE POLICY ones_own ON ocdeck.session USING (role = session_user)
    WITH CHECK (role = session_user);

-- Writes records, all or none. A known event is passed over; a taken place is refused with its
-- number in the array as detail.
CREATE FUNCTION ocdeck.append(
    events text[], subjects text[], places bigint[], kinds text[], kind_versions bigint[],
    ats text[], actors text[], bodies text[], overs boolean[], durable boolean
) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog
    AS $$
DECLARE
    place bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(28515, 1);
    IF NOT durable THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    FOR i IN 1 .. cardinality(events) LOOP
        CONTINUE WHEN EXISTS (SELECT FROM ocdeck.journal WHERE event_id = events[i]::uuid);
        SELECT coalesce(max(subject_version), 0) + 1 INTO place
            FROM ocdeck.journal WHERE subject = subjects[i];
        IF places[i] <> place THEN
            RAISE EXCEPTION 'place % of % is taken', places[i], subjects[i]
                USING ERRCODE = 'OC001', DETAIL = (i - 1)::text;
        END IF;
        INSERT INTO ocdeck.journal
            (event_id, subject, subject_version, kind, kind_version, at, actor, body, over)
        VALUES (events[i]::uuid, subjects[i], place, kinds[i], kind_versions[i], ats[i],
            actors[i], bodies[i]::json, overs[i]);
    END LOOP;
END $$;

-- Gives a subject the next number of its series, in place of the 0 that `opening` names, unless
-- it has one; writes the records behind it; and gives back the number.
CREATE FUNCTION ocdeck.open(
    event text, about text, opening text, opening_version bigint, opener text,
    events text[], subjects text[], places bigint[], kinds text[], kind_versions bigint[],
    ats text[], actors text[], bodies text[], overs boolean[]
) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog
    AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(28515, 1);
    SELECT (j.body ->> 'reference')::bigint INTO number
        FROM ocdeck.journal j WHERE j.kind = 'opened' AND j.subject = about;
    IF number IS NULL THEN
        SELECT coalesce(max((j.body ->> 'reference')::bigint), 0) + 1 INTO number
            FROM ocdeck.journal j
            WHERE j.kind = 'opened'
                AND (left(j.subject, 9) = 'incident:') = (left(about, 9) = 'incident:');
        PERFORM ocdeck.append(ARRAY[event], ARRAY[about], ARRAY[NULL::bigint], ARRAY['opened'],
            ARRAY[opening_version], ARRAY[ocdeck.desk_time()], ARRAY[opener],
            ARRAY[replace(opening, '"reference":0', '"reference":' || number)],
            ARRAY[NULL::boolean], true);
    END IF;
    PERFORM ocdeck.append(events, subjects, places, kinds, kind_versions, ats, actors, bodies,
        overs, true);
    RETURN number;
END $$;

-- Keeps what was typed; gives back what another author had written there and the writer did not
-- know.
CREATE FUNCTION ocdeck.save_drafts(
    drafts text[], fields text[], vals text[], versions bigint[], authors text[], ats text[]
) RETURNS TABLE (
    "draft" text, "field" text, "value" text, "version" bigint, "author" text, "at" text
)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog
    AS $$
#variable_conflict use_column
DECLARE
    old ocdeck.draft;
BEGIN
    PERFORM pg_advisory_xact_lock(28515, 2);
    FOR i IN 1 .. cardinality(drafts) LOOP
        SELECT * INTO old FROM ocdeck.draft d
            WHERE d.draft_id = drafts[i] AND d.field = fields[i];
        IF old.author <> authors[i] AND old.version >= versions[i] THEN
            RETURN QUERY SELECT old.draft_id, old.field, old.value, old.version::bigint,
                old.author, old.at;
        END IF;
        INSERT INTO ocdeck.draft AS d (draft_id, field, value, version, author, at, change)
        VALUES (drafts[i], fields[i], vals[i], versions[i], authors[i], ats[i],
            (SELECT coalesce(max(c.change), 0) + 1 FROM ocdeck.draft c))
        ON CONFLICT (draft_id, field) DO UPDATE SET value = excluded.value,
            version = greatest(d.version + 1, excluded.version),
            author = excluded.author, at = excluded.at, change = excluded.change;
    END LOOP;
    PERFORM pg_notify('ocdeck', 'draft ' || (SELECT max(c.change) FROM ocdeck.draft c));
END $$;

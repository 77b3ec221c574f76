-- What the members of the group may do, and what nobody may. May run again: it puts back what was
-- taken away (`ocdeck desk verify` says what).
CREATE OR REPLACE FUNCTION ocdeck.refuse() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $$
BEGIN
    RAISE EXCEPTION 'the journal is insert only' USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER IF EXISTS journal_never_changes ON ocdeck.journal;
CREATE TRIGGER journal_never_changes BEFORE UPDATE OR DELETE ON ocdeck.journal
    FOR EACH ROW EXECUTE FUNCTION ocdeck.refuse();
DROP TRIGGER IF EXISTS journal_never_forgets ON ocdeck.journal;
CREATE TRIGGER journal_never_forgets BEFORE TRUNCATE ON ocdeck.journal
    FOR EACH STATEMENT EXECUTE FUNCTION ocdeck.refuse();
ALTER TABLE ocdeck.journal
    ENABLE TRIGGER USER,
    ALTER COLUMN seq SET DEFAULT ocdeck.next_seq(),
    ALTER COLUMN received_at SET DEFAULT ocdeck.desk_time(),
    ALTER COLUMN author SET DEFAULT session_user,
    ALTER COLUMN host SET DEFAULT ocdeck.writer_host();

REVOKE ALL ON ALL TABLES IN SCHEMA ocdeck FROM PUBLIC, {members};
GRANT USAGE ON SCHEMA ocdeck TO {members};
GRANT SELECT ON ALL TABLES IN SCHEMA ocdeck TO {members};
GRANT INSERT (event_id, subject, subject_version, kind, kind_version, at, actor, body, over)
    ON ocdeck.journal TO {members};
GRANT INSERT, UPDATE ON ocdeck.draft TO {members};
GRANT INSERT (id, name, host, pid, program), UPDATE (seen), DELETE ON ocdeck.session TO {members};
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ocdeck FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ocdeck TO {members};

-- What the members of the group may do. May run again.
GRANT USAGE ON SCHEMA ocdeck TO {members};
GRANT SELECT ON ALL TABLES IN SCHEMA ocdeck TO {members};
GRANT INSERT (event_id, subject, subject_version, kind, kind_version, at, actor, body, over)
    ON ocdeck.journal TO {members};
GRANT INSERT, UPDATE ON ocdeck.draft TO {members};
GRANT INSERT (id, name, host, pid, program), UPDATE (seen), DELETE ON ocdeck.session TO {members};
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ocdeck FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ocdeck TO {members};

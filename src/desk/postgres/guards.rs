//! Whether the server keeps records from being changed as `ocdeck desk init` told it to.

use super::line::Line;
use crate::desk::{Guards, StoreError};
use tokio_postgres::Row;

/// Triggers of the journal that are missing or switched off.
const TRIGGERS: &str = "SELECT 'the trigger ' || name || ' of the journal is missing or off' \
     FROM unnest(ARRAY['journal_never_changes', 'journal_never_forgets', 'journal_subject', \
         'journal_tells']) AS name \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t \
         WHERE t.tgrelid = 'ocdeck.journal'::regclass AND t.tgname = name \
             AND t.tgenabled IN ('O', 'A')) \
     UNION ALL SELECT 'the function ocdeck.refuse, which refuses a change, was replaced' \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc p \
         WHERE p.oid = to_regprocedure('ocdeck.refuse()') AND p.prosrc LIKE '%RAISE EXCEPTION%')";

/// Columns that the server fills in, and does not any more.
const DEFAULTS: &str = "SELECT 'the server no longer fills in the column ' || name || \
         ' of the journal by itself' \
     FROM (VALUES ('seq', 'ocdeck.next_seq()'), ('received_at', 'ocdeck.desk_time()'), \
         ('author', 'SESSION_USER'), ('host', 'ocdeck.writer_host()')) AS own (name, means) \
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE a.attrelid = 'ocdeck.journal'::regclass AND a.attname = name \
             AND pg_get_expr(d.adbin, d.adrelid) IN (means, replace(means, 'ocdeck.', '')))";

/// Roles beside the owner that were given more than to add, on the table or on a column that
/// the server fills in.
const GRANTS: &str = "SELECT DISTINCT g.who || ' was given ' || g.may || ' on the journal: REVOKE ' || \
         g.may || ' ON ocdeck.journal FROM ' || g.who FROM (\
         SELECT a.grantee, a.privilege_type FROM pg_catalog.pg_class c, aclexplode(c.relacl) a \
         WHERE c.oid = 'ocdeck.journal'::regclass AND a.grantee <> c.relowner \
             AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER') \
         UNION ALL \
         SELECT a.grantee, a.privilege_type FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a \
         WHERE c.oid = 'ocdeck.journal'::regclass AND a.grantee <> c.relowner \
             AND (a.privilege_type = 'UPDATE' OR a.privilege_type = 'INSERT' \
                 AND t.attname IN ('seq', 'received_at', 'author', 'host')) \
     ) AS given (grantee, may), LATERAL (SELECT \
         CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END AS who, may \
     ) AS g ORDER BY 1";

/// Subjects whose last record is not the one that was written last.
const TAILS: &str = "SELECT 'the history of ' || s.subject || ' ended with record ' || s.last || \
         ', which is not there' \
     FROM ocdeck.subject s \
     WHERE NOT EXISTS (SELECT FROM ocdeck.journal j WHERE j.seq = s.last AND j.subject = s.subject) \
     ORDER BY s.last LIMIT 10";

/// Who may take the guards away: the owner and whoever is a member of it, which every superuser
/// is.
const ABOVE: &str = "SELECT r.rolname::text FROM pg_catalog.pg_roles r, pg_catalog.pg_class c \
     WHERE c.oid = 'ocdeck.journal'::regclass AND pg_has_role(r.oid, c.relowner, 'USAGE') \
         AND (r.rolcanlogin OR r.oid = c.relowner) ORDER BY 1";

/// Looks at all of it.
pub(super) fn look(line: &Line) -> Result<Guards, StoreError> {
    let ask = |sql: &'static str| -> Result<Vec<String>, StoreError> {
        let rows = line.read(|client| async move { client.query_typed(sql, &[]).await })?;
        Ok(rows.iter().map(|row: &Row| row.get(0)).collect())
    };
    let mut open = Vec::new();
    for sql in [TRIGGERS, DEFAULTS, GRANTS] {
        open.extend(ask(sql)?);
    }
    Ok(Guards {
        open,
        lost: ask(TAILS)?,
        above: ask(ABOVE)?,
        mend: "the owner of the desk runs `ocdeck desk init` on it again".to_owned(),
    })
}

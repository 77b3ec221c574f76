//! What a role may do with the desk that stands there, and which desk it is.

use super::{GROUP, VERSION, init::quoted, line::Line, rows};
use crate::desk::{About, Access, StoreError};
use uuid::Uuid;

/// What the server says about this role and this desk.
pub(super) struct Rights {
    /// Whether the tables are there.
    there: bool,
    /// Whether this role may read them.
    reads: bool,
    /// Whether it may add to them.
    adds: bool,
    /// Who owns them.
    owner: String,
    /// The role whose members may add.
    members: String,
    about: Option<About>,
}

pub(super) fn rights(line: &Line) -> Result<Rights, StoreError> {
    // The name of the group can be read by who may not read the desk: it stands in the schema's
    // own rights.
    let rows = line.read(|client| async move {
        client
            .query_typed(
                "SELECT coalesce(has_schema_privilege(n.oid, 'USAGE') \
                         AND has_table_privilege(m.oid, 'SELECT'), false), \
                     coalesce(has_any_column_privilege(j.oid, 'INSERT'), false), \
                     pg_get_userbyid(n.nspowner), \
                     (SELECT pg_get_userbyid(a.grantee) FROM aclexplode(n.nspacl) a \
                      WHERE a.grantee NOT IN (0, n.nspowner) ORDER BY a.grantee LIMIT 1) \
                 FROM pg_catalog.pg_namespace n \
                 JOIN pg_catalog.pg_class m ON m.relnamespace = n.oid AND m.relname = 'meta' \
                 LEFT JOIN pg_catalog.pg_class j ON j.relnamespace = n.oid \
                     AND j.relname = 'journal' \
                 WHERE n.nspname = 'ocdeck'",
                &[],
            )
            .await
    })?;
    let row = rows.first();
    let mut rights = Rights {
        there: row.is_some(),
        reads: row.is_some_and(|row| row.get(0)),
        adds: row.is_some_and(|row| row.get(1)),
        owner: row.map_or_else(String::new, |row| row.get(2)),
        members: row
            .and_then(|row| row.get(3))
            .unwrap_or_else(|| GROUP.to_owned()),
        about: None,
    };
    if rights.reads {
        rights.about = Some(about(line)?);
        let rows = line.read(|client| async move {
            let members = "SELECT m.members FROM ocdeck.meta m";
            client.query_typed(members, &[]).await
        })?;
        if let Some(row) = rows.first() {
            rights.members = row.get(0);
        }
    }
    Ok(rights)
}

impl Rights {
    pub(super) fn access(self, line: &Line) -> Result<Access, StoreError> {
        let place = line.address().to_string();
        if !self.there {
            return Err(StoreError::Foreign {
                place,
                what: "its tables are missing; `ocdeck desk init` makes them".to_owned(),
            });
        }
        let role = line.address().role();
        let grant = format!(
            "ask its owner {} for GRANT {} TO {}",
            self.owner,
            quoted(&self.members),
            quoted(role)
        );
        let Some(about) = self.about else {
            return Err(StoreError::Open {
                place,
                remedy: format!("{role} is not among those who may use it; {grant}"),
                source: "permission denied".into(),
            });
        };
        if about.min_reader > VERSION {
            return Err(StoreError::Newer {
                place,
                needs: about.min_reader,
                known: VERSION,
            });
        }
        let why = if about.min_writer > VERSION {
            format!(
                "it is written by version {} and later, this ocdeck has {VERSION}; use the newer \
                 ocdeck",
                about.min_writer
            )
        } else if let Some(why) = line.reads_only() {
            why
        } else if !self.adds {
            format!("the role {role} may not write; {grant}")
        } else {
            return Ok(Access::ReadWrite);
        };
        Ok(Access::ReadOnly(why))
    }
}

pub(super) fn about(line: &Line) -> Result<About, StoreError> {
    let rows = line.read(|client| async move {
        let sql = "SELECT m.desk::text, m.created, m.version::bigint, m.min_reader::bigint, \
             m.min_writer::bigint FROM ocdeck.meta m";
        client.query_typed(sql, &[]).await
    })?;
    let damaged = |what: &str| StoreError::Damaged {
        seq: 0,
        what: what.to_owned(),
    };
    let row = rows
        .first()
        .ok_or_else(|| damaged("its identity is missing"))?;
    Ok(About {
        desk: Uuid::parse_str(row.get(0)).map_err(|error| damaged(&error.to_string()))?,
        created: rows::time(row.get(1), 0)?,
        version: rows::number(row.get(2)),
        min_reader: rows::number(row.get(3)),
        min_writer: rows::number(row.get(4)),
    })
}

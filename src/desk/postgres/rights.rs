//! What a role may do with the desk that stands there, and which desk it is.

use super::{Address, GROUP, VERSION, line::Line, rows};
use crate::desk::{About, Access, StoreError};
use uuid::Uuid;

/// What the server says about this role and this desk.
pub(super) struct Rights {
    schema: bool,
    usage: bool,
    standby: bool,
    insert: bool,
    about: Option<About>,
    members: String,
}

pub(super) fn rights(line: &Line) -> Result<Rights, StoreError> {
    let row = line.read(|client| async move {
        client
            .query_typed(
                "SELECT n.oid IS NOT NULL, \
                     coalesce(has_schema_privilege(n.oid, 'USAGE'), false), \
                     pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool \
                 FROM (SELECT 1) AS one \
                 LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'ocdeck'",
                &[],
            )
            .await
    })?;
    let flag = |n: usize| row.first().is_some_and(|row| row.get(n));
    let mut rights = Rights {
        schema: flag(0),
        usage: flag(1),
        standby: flag(2),
        insert: false,
        about: None,
        members: String::new(),
    };
    if rights.usage {
        let row = line.read(|client| async move {
            let may = "SELECT has_any_column_privilege('ocdeck.journal', 'INSERT'), m.members \
                 FROM ocdeck.meta m";
            client.query_typed(may, &[]).await
        })?;
        if let Some(row) = row.first() {
            rights.insert = row.get(0);
            rights.members = row.get(1);
        }
        rights.about = Some(about(line)?);
    }
    Ok(rights)
}

impl Rights {
    pub(super) fn access(self, address: &Address) -> Result<Access, StoreError> {
        let place = address.to_string();
        if !self.schema {
            return Err(StoreError::Foreign {
                place,
                what: "its tables are missing; `ocdeck desk init` makes them".to_owned(),
            });
        }
        let Some(about) = self.about else {
            let role = address.role();
            return Err(StoreError::Open {
                place,
                remedy: format!(
                    "{role} is not among those who may use it; ask its owner for \
                     GRANT {GROUP} TO {role}"
                ),
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
        } else if self.standby {
            "that server is a standby or read-only; name the one that takes writes".to_owned()
        } else if !self.insert {
            format!(
                "the role {} may not write; ask its owner for GRANT {} TO {0}",
                address.role(),
                self.members
            )
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

//! Makes a desk in a database: once, by the role that will own it.

use super::{
    Address, VERSION,
    line::{Line, MUCH},
    rows,
};
use crate::desk::StoreError;
use chrono::Utc;
use tokio_postgres::types::Type;
use uuid::Uuid;

const SCHEMA: &str = include_str!("schema.sql");
const GRANTS: &str = include_str!("grants.sql");

/// The role whose members share a desk, unless another one is named.
pub const GROUP: &str = "ocdeck_desk";

/// What [`init`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Whether the tables were made; they were there already otherwise, and only the rights were
    /// given anew.
    pub tables: bool,
    /// Whether the group was made.
    pub group: bool,
    /// What to run for each person, `NAME` in place of the name.
    pub grant: String,
}

/// Makes the tables and the group in the database of `address`, whose role will own them. Where
/// they are, the rights are given anew.
///
/// # Errors
/// When the role may not make them, or the server cannot be reached. Nothing is made then.
pub fn init(address: &Address, group: &str) -> Result<Made, StoreError> {
    let line = Line::connect(address, "ocdeck desk init")?;
    let members = quoted(group);
    let name = group.to_owned();
    let there = line.read(|client| async move {
        let sql = "SELECT to_regclass('ocdeck.meta') IS NOT NULL, \
             EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)";
        client.query_typed(sql, &[(&name, Type::TEXT)]).await
    })?;
    let flag = |n: usize| there.first().is_some_and(|row| row.get(n));
    let (tables, has_group) = (!flag(0), flag(1));
    let mut sql = "BEGIN;\n".to_owned();
    if !has_group {
        sql.push_str(&format!("CREATE ROLE {members} NOLOGIN;\n"));
    }
    if tables {
        sql.push_str(SCHEMA);
        sql.push_str(&format!(
            "INSERT INTO ocdeck.meta (desk, created, version, min_reader, min_writer, members) \
             VALUES ('{}', '{}', {VERSION}, {VERSION}, {VERSION}, {});\n",
            Uuid::new_v4(),
            rows::text(Utc::now()),
            literal(group),
        ));
    } else {
        sql.push_str(&format!(
            "UPDATE ocdeck.meta SET members = {};\n",
            literal(group)
        ));
    }
    sql.push_str(&GRANTS.replace("{members}", &members));
    sql.push_str("COMMIT;\n");
    line.ask(
        MUCH,
        |client| async move { client.batch_execute(&sql).await },
    )
    .map_err(|trouble| line.cannot_write(trouble))?;
    Ok(Made {
        tables,
        group: !has_group,
        grant: format!("GRANT {members} TO NAME;"),
    })
}

/// A name as SQL takes it, whatever stands in it.
pub(super) fn quoted(name: &str) -> String {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if plain && name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

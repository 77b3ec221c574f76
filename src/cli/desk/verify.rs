//! `ocdeck desk verify`: whether anything was changed or lost.

use super::{super::print, file, there};
use crate::desk::{Place, chain, examine, verify};
use anyhow::Result;
use std::{fmt::Write, process::ExitCode};

/// Look at everything that the desk holds: damage, changes made with other tools, wrong clocks.
///
/// Exits with 0 when all is well, 1 when something is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {}

pub(super) fn run(_: &VerifyArgs, place: &Place) -> Result<ExitCode> {
    let mut text = String::new();
    let mut wrong = false;
    let mut store = there(place)?;
    if let Some(file) = file(place) {
        for line in examine(&file)?.damage {
            wrong = true;
            writeln!(text, "damage: {line}")?;
        }
    }
    let verdict = verify(store.as_mut())?;
    for finding in &verdict.damage {
        wrong = true;
        writeln!(text, "damage: {finding}")?;
    }
    for finding in &verdict.remarks {
        writeln!(text, "remark: {finding}")?;
    }
    let word = if wrong { "damaged" } else { "sound" };
    write!(
        text,
        "{place} is {word}; records: {}, fields of drafts: {}; ",
        verdict.records, verdict.drafts
    )?;
    // An empty desk has no hash to keep.
    if verdict.chained || verdict.records == 0 {
        write!(text, "the last hash is {}", chain::text(&verdict.hash))?;
    } else {
        text.push_str("the server keeps no hashes, its rights keep the records");
    }
    if wrong {
        text.push_str("\nrestore it from a backup, or an export into a new desk");
    }
    print(&text)?;
    Ok(ExitCode::from(u8::from(wrong)))
}

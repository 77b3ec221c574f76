//! `ocdeck desk verify`: whether anything was changed or lost.

use super::{super::print, file, progress::Progress, there};
use crate::desk::{Place, Verdict, chain, examine, verify_while};
use anyhow::Result;
use std::{fmt::Write, process::ExitCode};

/// Look at everything that the desk holds: damage, changes made with other tools, whether what
/// keeps records from being changed is there, wrong clocks.
///
/// Exits with 0 when all is well, 1 when something is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {}

pub(super) fn run(_: &VerifyArgs, place: &Place) -> Result<ExitCode> {
    let mut text = String::new();
    let mut wrong = false;
    let mut store = there(place)?;
    let mut records = None;
    if let Some(file) = file(place) {
        let examination = examine(&file)?;
        for line in examination.damage {
            wrong = true;
            writeln!(text, "damage: {line}")?;
        }
        records = Some(examination.records);
    }
    let mut progress = Progress::new("looked at", records);
    let verdict = verify_while(store.as_mut(), &mut |done| progress.at(done))?;
    drop(progress);
    for finding in &verdict.damage {
        wrong = true;
        writeln!(text, "damage: {finding}")?;
    }
    for lost in &verdict.guards.lost {
        wrong = true;
        writeln!(text, "damage: {lost}")?;
    }
    for open in &verdict.guards.open {
        writeln!(text, "unguarded: {open}")?;
    }
    for finding in &verdict.remarks {
        writeln!(text, "remark: {finding}")?;
    }
    let unguarded = !verdict.guards.open.is_empty();
    let word = match (wrong, unguarded) {
        (true, _) => "damaged",
        (false, true) => "not guarded",
        (false, false) => "sound",
    };
    write!(
        text,
        "{place} is {word}; records: {}, fields of drafts: {}; ",
        verdict.records, verdict.drafts
    )?;
    // An empty desk has no hash to keep.
    if verdict.chained || verdict.records == 0 {
        write!(text, "the last hash is {}", chain::text(&verdict.hash))?;
    } else {
        unchained(&mut text, &verdict)?;
    }
    if unguarded {
        write!(text, "\nto guard it again: {}", verdict.guards.mend)?;
    }
    if wrong {
        text.push_str("\nrestore it from a backup, or an export into a new desk");
    }
    print(&text)?;
    Ok(ExitCode::from(u8::from(wrong || unguarded)))
}

/// What a desk in a database has in place of a chain of hashes.
fn unchained(text: &mut String, verdict: &Verdict) -> std::fmt::Result {
    let Verdict {
        records, guards, ..
    } = verdict;
    let as_made = if guards.open.is_empty() {
        " as ocdeck made them"
    } else {
        ""
    };
    writeln!(
        text,
        "the numbers of records were looked at, and the triggers and rights that keep them{as_made}"
    )?;
    write!(
        text,
        "there is no chain of hashes here: who may take the guards away ({}) could count it anew. \
         Note elsewhere that the hash over all {records} is {}: an export shows it beside record \
         {records} as long as none was changed",
        guards.above.join(", "),
        chain::text(&verdict.hash),
    )
}

//! `ocdeck desk migrate`: makes the tables of a desk newer when that cuts off older consoles.

use super::{super::print, there};
use crate::desk::{self, Outdated, Place, Session};
use anyhow::{Result, bail};
use chrono::Utc;
use ocdeck_domain::text::clean;
use std::{fmt::Write, process::ExitCode};

/// Make the desk's tables newer, when that cuts off older consoles; says who is connected.
///
/// What cuts off nobody happens by itself when a newer console opens the desk.
#[derive(Debug, clap::Args)]
pub(super) struct MigrateArgs {
    /// Also while others are connected: they can only read from then on.
    #[arg(long)]
    anyway: bool,
}

pub(super) fn run(args: &MigrateArgs, place: &Place) -> Result<ExitCode> {
    // Says so when there is none, and makes by itself what may be made by itself.
    let mut store = there(place)?;
    let about = store.about()?;
    let all = store.sessions()?;
    let connected = sessions(&all)?;
    let live = all.iter().any(|session| !session.stale);
    drop(store);
    let Some(Outdated { version, to, .. }) = desk::outdated(place)? else {
        print(&format!(
            "{connected}{place} has version {}, which is the newest: nothing to do",
            about.version
        ))?;
        return Ok(ExitCode::SUCCESS);
    };
    if live && !args.anyway {
        print(&connected)?;
        bail!(
            "{place} would go from version {version} to {to}, and these could only read then: ask \
             them to end, or use --anyway"
        );
    }
    desk::migrate(place)?;
    print(&format!("{place} went from version {version} to {to}"))?;
    Ok(ExitCode::SUCCESS)
}

/// Who is connected, a line each.
fn sessions(sessions: &[Session]) -> Result<String> {
    let mut text = String::new();
    for session in sessions {
        let gone = if session.stale {
            "; gone without a goodbye"
        } else {
            ""
        };
        let ago = (Utc::now() - session.seen).num_seconds().max(0);
        writeln!(
            text,
            "connected: {} on {} (process {}, {}) since {}, seen {ago} s ago{gone}",
            clean(&session.name),
            clean(&session.host),
            session.pid,
            clean(&session.program),
            session.since.format("%Y-%m-%d %H:%M:%SZ"),
        )?;
    }
    Ok(text)
}

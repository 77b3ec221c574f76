//! `ocdeck desk migrate`: makes the tables of a desk newer when that cuts off older consoles.

use super::{super::print, there};
use crate::desk::{self, Outdated, Place, Session, Steps};
use anyhow::{Result, bail};
use chrono::Utc;
use ocdeck_domain::{text::clean, words::ago};
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
    run_by(args, place, Steps::default())
}

fn run_by(args: &MigrateArgs, place: &Place, steps: Steps) -> Result<ExitCode> {
    // Says so when there is none, and makes by itself what may be made by itself.
    let mut store = there(place)?;
    let about = store.about()?;
    let all = store.sessions()?;
    let connected = sessions(&all)?;
    let live = all.iter().any(|session| !session.stale);
    drop(store);
    let Some(Outdated { version, to, .. }) = desk::outdated(place, steps)? else {
        print(&format!(
            "{connected}{place} has version {}, which is the newest: nothing to do",
            about.version
        ))?;
        return Ok(ExitCode::SUCCESS);
    };
    if live && !args.anyway {
        bail!(
            "{connected}{place} would go from version {version} to {to}, and these could only read then: ask \
             them to end, or use --anyway"
        );
    }
    desk::migrate(place, steps)?;
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
        let seen = ago(Utc::now() - session.seen);
        writeln!(
            text,
            "connected: {} on {} (process {}, {}) since {}, seen {seen}{gone}",
            clean(&session.name),
            clean(&session.host),
            session.pid,
            clean(&session.program),
            session.since.format("%Y-%m-%d %H:%M:%SZ"),
        )?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{MigrateArgs, run_by};
    use crate::desk::{Access, Place, Store, StoreError, Who, next_program, open};
    use chrono::Utc;
    use ocdeck_domain::{ids::RequestId, journal::NewRecord};
    use uuid::Uuid;

    fn note(n: u128) -> NewRecord {
        NewRecord {
            event_id: Uuid::from_u128(n),
            subject: RequestId(Uuid::from_u128(1)).into(),
            subject_version: None,
            kind: "noted".to_owned(),
            kind_version: 1,
            at: Utc::now(),
            actor: "ben".to_owned(),
            body: "{}".to_owned(),
            durable: true,
            over: None,
        }
    }

    /// Ben has the desk open, with a program that the next one cuts off.
    fn with_ben(place: &Place, older_may_read: bool) -> Box<dyn Store> {
        let who = Who {
            name: "ben".to_owned(),
        };
        let mut ben = open(place, &who).unwrap();
        ben.append(&[note(1)]).unwrap();
        let steps = next_program(older_may_read);
        let refused = run_by(&MigrateArgs { anyway: false }, place, steps).unwrap_err();
        let words = refused.to_string();
        assert!(words.starts_with("connected: ben on "), "{words}");
        assert!(words.contains("or use --anyway"), "{words}");
        ben.append(&[note(2)]).unwrap();
        run_by(&MigrateArgs { anyway: true }, place, steps).unwrap();
        ben
    }

    #[test]
    fn who_is_connected_can_only_read_after_anyway() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::own(folder.path());
        let mut ben = with_ben(&place, true);
        let refused = ben.append(&[note(3)]).unwrap_err();
        assert!(matches!(&refused, StoreError::ReadOnly { reason, .. }
            if reason.contains("use the newer ocdeck")));
        assert!(matches!(ben.access(), Access::ReadOnly(_)));
        assert_eq!(ben.records(0, 9).unwrap().len(), 2);
        // It is the newest now.
        let again = run_by(&MigrateArgs { anyway: false }, &place, next_program(true));
        again.unwrap();
    }

    #[test]
    fn who_is_connected_may_not_even_read_where_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::own(folder.path());
        let mut ben = with_ben(&place, false);
        let seen = ben.changed();
        assert!(matches!(seen, Err(StoreError::Newer { .. })), "{seen:?}");
        let refused = ben.append(&[note(3)]);
        assert!(matches!(refused, Err(StoreError::Newer { .. })));
        let later = open(&place, &Who::default()).map(drop).unwrap_err();
        assert!(later.chain().contains("use the newer ocdeck"));
    }
}

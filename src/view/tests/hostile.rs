//! Names that somebody chose to harm whoever reads them, wherever a screen shows a name.

use super::{
    catalog::{hits, versions},
    dark, drawn,
    fixture::Night,
};
use crate::state::{command::Command, msg::Reply};
use ocdeck_domain::{
    facts::{Entry, EntryKind, Hit, LookEnd, Plan, RestoreAttempt, RestoreIssue, RestoreState},
    text::unsafe_on_screen,
};
use proptest::prelude::*;

/// Everything that is no folder is called so, and every link points there.
pub(super) fn entries(entries: &mut [Entry], name: &[u8]) {
    for entry in entries {
        if entry.kind != EntryKind::Folder {
            entry.name = name.to_vec();
        }
        if entry.kind == EntryKind::Symlink {
            entry.link_target = name.to_vec();
        }
    }
}

/// Every path of a plan ends so, and every sentence quotes it.
pub(super) fn plan(plan: &mut Plan, name: &[u8]) {
    let text = String::from_utf8_lossy(name);
    let paths = plan.entries.iter_mut().map(|entry| &mut entry.path);
    for path in paths.chain(&mut plan.first_paths) {
        path.extend_from_slice(name);
    }
    for entry in &mut plan.entries {
        entry.reason.push_str(&text);
    }
    for sentence in plan.warnings.iter_mut().chain(&mut plan.beyond_limit) {
        sentence.push_str(&text);
    }
    plan.warnings.push(text.into_owned());
}

/// The path at work ends so, and an issue has it.
pub(super) fn attempt(told: &mut RestoreAttempt, name: &[u8]) {
    told.progress.current.extend_from_slice(name);
    told.issues.push(RestoreIssue {
        path: [b"/srv/", name].concat(),
        text: String::from_utf8_lossy(name).into_owned(),
        warning: true,
    });
}

/// Bytes of any kind, and what terminals act on.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let any = prop::collection::vec(1u8..=255, 1..40);
    let text = "(a|é|/|\u{1b}\\[2J|\u{1b}\\]0;x\u{7}|\u{9b}31m|\n|\r|\t|\u{202e}|\u{2066}|\u{200d}|\u{feff}|👩|\u{301}|\u{e0041}){1,12}";
    prop_oneof![any, text.prop_map(String::into_bytes)]
}

proptest! {
    // Each case drives the console through a whole wizard, five times.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_name_reaches_a_cell_with_what_a_terminal_acts_on(name in name()) {
        let wizard = |step| {
            let mut night = Night::busy();
            night.stands = true;
            night.odd = Some(name.clone());
            night.wizard(step, true);
            night
        };
        let mut nights: Vec<Night> =
            [Command::StepWhat, Command::StepOverwrite, Command::StepCheck].map(wizard).into();
        let mut running = Night::busy();
        running.odd = Some(name.clone());
        running.running(RestoreState::Running);
        nights.push(running);
        let path = [b"/srv/erp/", name.as_slice()].concat();
        let mut found = Night::busy();
        found.search("xy");
        found.reply(vec![
            Reply::Hits(hits(&[("/srv/erp/x", 8)]).into_iter().map(|hit| Hit { path: path.clone(), ..hit }).collect()),
            Reply::LookEnd(Ok(LookEnd {
                unread: vec![String::from_utf8_lossy(&name).into_owned()],
                ..LookEnd::default()
            })),
        ]);
        found.press(Command::Open);
        found.press(Command::Versions);
        found.reply(vec![Reply::Versions(versions())]);
        nights.push(found);
        for night in nights {
            for (width, height) in [(80, 24), (120, 40)] {
                let buf = drawn(&night.model, &dark(), width, height);
                for cell in &buf.content {
                    prop_assert!(
                        !cell.symbol().chars().any(unsafe_on_screen),
                        "{:?} of {:?}", cell.symbol(), name
                    );
                }
            }
        }
    }
}

//! The sweep, and drafts that two people work on.

use super::{shift::*, *};
use crate::state::{
    command::Mode,
    model::Screen,
    msg::{MouseAction, Spot},
    overlay::Overlay,
    wizard::Step,
};
use ocdeck_domain::{fleet::Node, restore};

#[test]
fn the_sweep_stamps_each_job_once_for_everybody() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenAlerts);
    deck.press(Command::SweepBegin);
    assert_eq!(deck.model.mode(), Mode::Sweep);
    let list = deck.model.sweep.as_ref().unwrap();
    assert_eq!((list.total, list.looked, list.rows.len()), (3, 0, 3));
    // The worst on top.
    assert_eq!(list.rows[0].id.as_str(), "erp01-files");
    deck.press(Command::Stamp);
    assert_eq!(deck.toast(), "erp01-files looked at");
    let list = deck.model.sweep.as_ref().unwrap();
    assert_eq!((list.looked, list.rows[2].id.as_str()), (1, "erp01-files"));
    assert_eq!(list.selected.as_ref().unwrap().id.as_str(), "fs02-shares");
    deck.press(Command::Finding);
    deck.type_text("rights changed?");
    deck.press(Command::Open);
    assert!(
        deck.toast().contains("noted for the handover"),
        "{}",
        deck.toast()
    );
    deck.press(Command::Back);
    assert_eq!(deck.model.mode(), Mode::Alerts);

    // Another goes on with it.
    let mut jon = second(&deck, "jon");
    jon.press(Command::ScreenAlerts);
    jon.press(Command::SweepBegin);
    assert_eq!(jon.toast(), "the sweep that mara began goes on");
    assert_eq!(jon.model.sweep.as_ref().unwrap().looked, 2);
    let why = "nothing listens there".to_owned();
    let retry_at = jon.now;
    jon.news("acme-stl-01", LinkNews::Down { why, retry_at });
    // Of the whole tree, whatever part of it is shown.
    jon.model.tree.selected = Some(Node::Tenant("acme".into()));
    jon.press(Command::EndSweep);
    let Some(Overlay::Confirm(asked)) = &jon.model.overlay else {
        panic!("{}", jon.toast());
    };
    assert!(
        asked.text.starts_with("1 not looked at, of 3"),
        "{}",
        asked.text
    );
    assert!(
        asked.text.contains("Not heard: acme-stl-01"),
        "{}",
        asked.text
    );
    jon.press(Command::Open);
    assert_eq!(jon.toast(), "the sweep has ended: 2 of 3 looked at, 1 not");
    hear(&mut deck, &jon);
    deck.press(Command::ScreenShift);
    deck.press(Command::TurnShift);
    let lines = deck.model.shift.lines.iter();
    let left = lines.clone().find(|s| s.line.key == "sweep:left").unwrap();
    assert!(
        left.text().starts_with("1 of 3 jobs not looked at"),
        "{}",
        left.text()
    );
    let found = |deck: &Deck| {
        let lines = &deck.model.shift.lines;
        lines.iter().any(|s| s.text().contains("rights changed?"))
    };
    assert!(found(&deck));
    deck.press(Command::Last);
    deck.press(Command::Open);
    assert_eq!(deck.model.screen, Screen::Jobs, "the line opens the job");
    // After the next time it is due, it is missed.
    deck.wait(TimeDelta::hours(5));
    deck.press(Command::ScreenShift);
    deck.press(Command::TurnShift);
    let missed = |deck: &Deck| {
        let lines = &deck.model.shift.lines;
        lines.iter().any(|s| s.line.key == "sweep:missed")
    };
    assert!(missed(&deck));
}

#[test]
fn green_jobs_are_stamped_together_and_failed_ones_never() {
    let mut deck = Deck::new();
    let mut green = |id: &str, result, fails| {
        let mut job = job(id, "acme", "crm01", JobState::Idle, Some(result));
        job.last_end = Some(deck.now);
        job.failures_in_a_row = fails;
        deck.news(
            "acme-stl-01",
            LinkNews::Delta(vec![Fact::Job(Box::new(job))]),
        );
    };
    green("a-good", SessionResult::Success, 0);
    green("b-good", SessionResult::Success, 0);
    green("c-bad", SessionResult::Failed, 2);
    green("d-warned", SessionResult::Warning, 0);
    deck.press(Command::ScreenAlerts);
    deck.press(Command::SweepBegin);
    deck.press(Command::Filter);
    assert_eq!(deck.model.mode(), Mode::Prompt);
    deck.type_text("a-good");
    deck.press(Command::Open);
    deck.press(Command::StampGreen);
    assert_eq!(deck.toast(), "1 green job stamped", "only what is shown");
    deck.press(Command::Back);
    deck.press(Command::StampGreen);
    assert_eq!(deck.toast(), "1 green job stamped");
    deck.press(Command::StampGreen);
    assert!(
        deck.toast().contains("no job here is green"),
        "{}",
        deck.toast()
    );
    let looked: Vec<&str> = deck
        .model
        .sweep()
        .unwrap()
        .looked
        .keys()
        .map(|job| job.id.as_str())
        .collect();
    assert_eq!(looked, ["a-good", "b-good"]);
    // Moving about in the list.
    for command in [
        Command::First,
        Command::Down,
        Command::PageDown,
        Command::Last,
        Command::Up,
        Command::PageUp,
    ] {
        deck.press(command);
    }
    let first = deck.model.sweep.as_ref().unwrap().rows[0].clone();
    assert_eq!(
        deck.model.sweep.as_ref().unwrap().selected,
        Some(first.clone())
    );
    deck.press(Command::CopyId);
    assert!(
        matches!(deck.effects.last(), Some(Effect::Copy(_, text)) if *text == first.to_string())
    );
    deck.send(Msg::Pointed(Spot::Swept(first), MouseAction::Click));
    // Ended by somebody else meanwhile.
    let mut jon = second(&deck, "jon");
    jon.press(Command::ScreenShift);
    jon.press(Command::SweepBegin);
    jon.press(Command::EndSweep);
    jon.press(Command::Open);
    hear(&mut deck, &jon);
    for command in [Command::Stamp, Command::Finding, Command::EndSweep] {
        deck.press(command);
        assert!(
            deck.toast().contains("this sweep has ended"),
            "{}",
            deck.toast()
        );
    }
}

#[test]
fn a_draft_is_taken_over_in_sight_of_both() {
    let mut mara = Deck::new();
    mara.call_for_files();
    let step = mara.wizard().step;
    mara.press(Command::Back);
    let mut jon = second(&mara, "jon");
    jon.press(Command::ScreenRestores);
    jon.press(Command::Continue);
    assert_eq!(jon.wizard().step, step);
    assert_eq!(
        jon.toast(),
        format!("R-0118 taken over from mara at step {}", step.number())
    );
    let last = jon.journal.last().unwrap().record.body.clone();
    assert!(last.contains("\"from\":\"mara\""), "{last}");
    hear(&mut mara, &jon);
    assert_eq!(mara.toast(), "jon has taken R-0118 over from you");
    // Mara comes back into it: both are there, and see so.
    mara.answer();
    mara.press(Command::Continue);
    mara.answer();
    hear(&mut jon, &mara);
    assert!(
        jon.toast()
            .contains("mara has taken R-0118 over from you; what you type counts too"),
        "{}",
        jon.toast()
    );
}

#[test]
fn two_consoles_in_one_draft_do_not_fight() {
    let mut mara = Deck::new();
    mara.call_for_files();
    mara.press(Command::Back);
    let mut jon = second(&mara, "jon");
    jon.press(Command::ScreenRestores);
    jon.press(Command::Continue);
    hear(&mut mara, &jon);
    mara.press(Command::Continue);
    hear(&mut jon, &mara);
    // What jon writes is in mara's wizard, and is not written again by it.
    let from = jon.drafts.len();
    jon.press(Command::StepCall);
    while jon.wizard().focus != Field::Reason {
        jon.press(Command::NextField);
    }
    jon.type_text("disk");
    let rows = jon.drafts[from..].to_vec();
    assert!(
        rows.iter()
            .any(|row| row.field == "reason" && row.value == "\"disk\"")
    );
    let (before, step) = (mara.drafts.len(), mara.wizard().step);
    mara.send(Msg::Desk(DeskMsg::Drafts(rows.clone())));
    assert_eq!(mara.wizard().text(Field::Reason), "disk");
    assert_eq!(mara.wizard().step, step, "each looks where they look");
    assert_eq!(mara.drafts.len(), before, "nothing is written back");
    let told = mara.toast();
    assert!(told.ends_with("jon changed reason"), "{told}");
    // One's own come back, and older ones: they change nothing.
    jon.type_text("s");
    jon.send(Msg::Desk(DeskMsg::Drafts(rows)));
    assert_eq!(jon.wizard().text(Field::Reason), "disks");
}

#[test]
fn what_another_one_sends_is_not_sent_from_here_too() {
    let mut mara = Deck::new();
    mara.call_for_files();
    mara.press(Command::Back);
    let mut jon = second(&mara, "jon");
    jon.press(Command::ScreenRestores);
    jon.press(Command::Continue);
    hear(&mut mara, &jon);
    mara.press(Command::Continue);
    assert!(mara.model.wizard_open());
    // Jon sends it.
    let intended = restore::Intended {
        attempt: 1,
        appliance: "acme-stl-01".into(),
        tenant: "acme".into(),
        system: "erp01".into(),
        order: ocdeck_domain::restore::Order {
            system: "erp01".into(),
            point: "p1".into(),
            paths: Vec::new(),
            target: ocdeck_domain::restore::Target::Original,
            policy: OverwritePolicy::KeepBoth,
        },
        digest: vec![1],
        priority: Priority::P2,
        requester: "Ann Lee".into(),
        call_back: String::new(),
        reason: String::new(),
        break_glass: None,
        files: 1,
        bytes: 1,
    };
    let event = restore::Event::Dispatching(Box::new(intended));
    let record = event.record(Uuid::from_u128(77), mara.request(), mara.now, "jon");
    let written = mara.write(vec![record]);
    mara.now += TimeDelta::seconds(2);
    mara.send(Msg::Desk(DeskMsg::Appended(written)));
    assert_eq!(mara.toast(), "jon sent R-0118 2 s ago");
    assert!(!mara.model.wizard_open());
    mara.press(Command::Dispatch);
    assert!(mara.dispatched.is_empty());
}

/// Jon takes over what mara parked before its rows are here: his console, the rows, their step.
fn taken_over_too_early() -> (Deck, Vec<DraftRow>, Step) {
    let mut mara = Deck::new();
    mara.call_for_files();
    let step = mara.wizard().step;
    mara.press(Command::Back);
    let rows = std::mem::take(&mut mara.drafts);
    let mut jon = second(&mara, "jon");
    jon.now += TimeDelta::seconds(1);
    jon.press(Command::ScreenRestores);
    jon.press(Command::Continue);
    assert_ne!(jon.wizard().step, step);
    (jon, rows, step)
}

#[test]
fn a_draft_whose_rows_come_late_is_continued_where_it_was_left() {
    let (mut jon, rows, step) = taken_over_too_early();
    jon.send(Msg::Desk(DeskMsg::Drafts(rows.clone())));
    assert_eq!(jon.wizard().step, step);
    assert_eq!(jon.wizard().text(Field::Caller), "ann lee");
    assert!(
        jon.toast().contains("where mara left it"),
        "{}",
        jon.toast()
    );
    // What is open here is what is written there: nothing of it is written again.
    jon.wait(TimeDelta::seconds(1));
    let value = |field: &str| {
        rows.iter()
            .rfind(|row| row.field == field)
            .map(|row| &row.value)
    };
    for row in &jon.drafts {
        assert_eq!(
            value(&row.field),
            Some(&row.value),
            "{} was overwritten",
            row.field
        );
    }
}

#[test]
fn a_draft_that_is_opened_before_its_rows_came_is_not_overwritten() {
    let (mut jon, ..) = taken_over_too_early();
    jon.wait(TimeDelta::seconds(1));
    assert_eq!(jon.drafts, []);
    jon.type_text("b");
    let fields: Vec<&str> = jon.drafts.iter().map(|row| row.field.as_str()).collect();
    assert_eq!(fields, ["caller"], "only what is typed here");
}

#[test]
fn what_one_types_at_another_console_is_the_draft_too() {
    let (mut there, rows, step) = taken_over_too_early();
    there.model.me.name = "mara".to_owned();
    there.send(Msg::Desk(DeskMsg::Drafts(rows)));
    assert_eq!(there.wizard().step, step);
}

//! Shifts, handovers and sweeps: what each command does, and what the other console sees.

use super::*;
use crate::state::{
    command::Mode,
    model::{Pane, Screen},
    msg::{MouseAction, Spot},
    overlay::Overlay,
    shift::ShiftView,
};
use ocdeck_domain::{
    handover::{self, Handover},
    ids::HandoverId,
    journal::Subject,
    shift,
};

/// What comes next is done at another console.
fn as_other(deck: &mut Deck, name: &str) {
    deck.model.me.name = name.to_owned();
}

/// A second console: it has what the desk has, and nothing else.
fn second(deck: &Deck, name: &str) -> Deck {
    let mut other = Deck::asleep("2026-11-21T08:14:05Z");
    other.model.me.name = name.to_owned();
    other.now = deck.now;
    other.journal = deck.journal.clone();
    // Its ids are its own.
    other.ids = Cell::new(deck.ids.get() + 1_000_000);
    other.send(Msg::Desk(DeskMsg::Loaded {
        records: deck.journal.clone(),
        drafts: deck.drafts.clone(),
    }));
    other.up();
    other
}

/// What the other console wrote is news here.
fn hear(deck: &mut Deck, other: &Deck) {
    let news = other.journal[deck.journal.len()..].to_vec();
    deck.journal = other.journal.clone();
    deck.now = other.now;
    deck.send(Msg::Desk(DeskMsg::Appended(news)));
}

/// A P2 of mara, parked; the deck stands on the Shift screen.
fn with_a_request() -> Deck {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Back);
    deck.press(Command::ScreenShift);
    deck
}

fn begin(deck: &mut Deck, to: &str) {
    deck.press(Command::BeginHandover);
    deck.type_text(to);
    deck.press(Command::Open);
}

fn handover(deck: &Deck) -> &Handover {
    deck.model.book.handovers.values().next_back().unwrap()
}

#[test]
fn the_screen_shows_what_is_mine_and_what_nobody_has() {
    let mut deck = with_a_request();
    assert_eq!(
        (deck.model.screen, deck.model.mode()),
        (Screen::Shift, Mode::Shift)
    );
    assert_eq!(deck.model.shift.view, ShiftView::Mine);
    assert_eq!(deck.model.shift.lines.len(), 1);
    let line = &deck.model.selected_line().unwrap().line;
    assert_eq!(line.name, "R-0118");
    deck.press(Command::CopyId);
    assert!(matches!(deck.effects.last(), Some(Effect::Copy(_, text)) if text == "R-0118"));
    deck.press(Command::Open);
    assert_eq!(deck.model.screen, Screen::Restores);
    let request = deck.request();
    assert_eq!(deck.model.restores.selected, Some(request));
    deck.press(Command::ScreenShift);
    deck.press(Command::TurnShift);
    assert_eq!(deck.model.shift.view, ShiftView::Handover);
    deck.press(Command::TurnShift);
    // Another person's is not mine.
    as_other(&mut deck, "jon");
    deck.press(Command::TurnShift);
    deck.press(Command::TurnShift);
    assert_eq!(deck.model.shift.lines.len(), 0);
    deck.press(Command::Open);
    assert_eq!(deck.model.screen, Screen::Shift, "there is nothing to open");
}

#[test]
fn coming_going_and_being_seen() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenShift);
    deck.press(Command::OffShift);
    assert!(
        deck.toast().contains("you are not on shift"),
        "{}",
        deck.toast()
    );
    deck.press(Command::OnShift);
    assert_eq!(deck.toast(), "you are on shift");
    assert_eq!(deck.model.on_shift().len(), 1);
    deck.press(Command::OnShift);
    assert!(
        deck.toast().ends_with("you are on shift"),
        "{}",
        deck.toast()
    );
    let written = deck.journal.len();
    deck.press(Command::Help);
    deck.press(Command::Back);
    assert_eq!(deck.journal.len(), written, "seen a moment ago");
    deck.wait(TimeDelta::minutes(30));
    assert_eq!(deck.journal.len(), written, "time alone is not seen");
    deck.press(Command::Help);
    deck.press(Command::Back);
    assert_eq!(deck.kinds()[written..], ["seen"]);
    deck.press(Command::OffShift);
    assert_eq!(deck.toast(), "you are off shift");
    let last = &deck.journal.last().unwrap().record;
    assert_eq!((last.kind.as_str(), last.over), ("off_shift", Some(true)));
    assert!(deck.model.on_shift().is_empty());
}

#[test]
fn going_with_something_open_says_so() {
    let mut deck = with_a_request();
    deck.press(Command::OnShift);
    deck.press(Command::OffShift);
    assert!(
        deck.toast().contains("still have 1 request"),
        "{}",
        deck.toast()
    );
}

#[test]
fn promises_are_made_and_kept() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenShift);
    deck.press(Command::Promise);
    deck.type_text("at nine");
    deck.press(Command::Open);
    assert!(deck.toast().contains("needs a time"), "{}", deck.toast());
    // It is 02:14: 01:30 is tomorrow's.
    for (time, due) in [
        ("01:30", "2026-11-22T07:30:00Z"),
        ("10:40", "2026-11-21T16:40:00Z"),
    ] {
        deck.press(Command::Promise);
        deck.type_text(&format!("{time} call Ann Lee back"));
        deck.press(Command::Open);
        let promises = &deck.model.book.people["mara"].promises;
        assert!(promises.values().any(|p| p.due == at(due)), "{promises:?}");
    }
    assert_eq!(deck.model.shift.lines.len(), 2);
    deck.press(Command::First);
    let line = &deck.model.selected_line().unwrap().line;
    assert_eq!(
        (line.name.as_str(), line.text.as_str()),
        ("10:40", "call Ann Lee back")
    );
    deck.press(Command::Kept);
    assert_eq!(deck.toast(), "kept");
    assert_eq!(deck.model.book.people["mara"].promises.len(), 1);
    // Somebody else's are for them to keep.
    as_other(&mut deck, "jon");
    deck.press(Command::TurnShift);
    deck.press(Command::First);
    deck.press(Command::Kept);
    assert!(deck.toast().contains("it is mara's"), "{}", deck.toast());
    // Going with a promise open, it is not forgotten.
    as_other(&mut deck, "mara");
    deck.press(Command::OnShift);
    deck.press(Command::OffShift);
    assert_eq!(deck.journal.last().unwrap().record.over, Some(false));
}

#[test]
fn a_shift_is_handed_over_from_begin_to_taken() {
    let mut mara = with_a_request();
    mara.press(Command::OnShift);
    mara.press(Command::Promise);
    mara.type_text("10:40 call Ann Lee back");
    mara.press(Command::Open);
    begin(&mut mara, "mara");
    assert!(mara.toast().contains("somebody else"), "{}", mara.toast());
    begin(&mut mara, "jon");
    assert_eq!(mara.model.shift.view, ShiftView::Handover);
    mara.press(Command::BeginHandover);
    assert!(
        mara.toast().contains("one goes on already"),
        "{}",
        mara.toast()
    );
    mara.press(Command::ReadLine);
    assert!(mara.toast().contains("jon reads it"), "{}", mara.toast());
    mara.press(Command::TakeShift);
    assert!(mara.toast().contains("jon takes it"), "{}", mara.toast());
    mara.press(Command::HandoverNote);
    mara.type_text("their calls go to Pat");
    mara.press(Command::Open);
    mara.press(Command::AddLine);
    mara.type_text("watch disk 4");
    mara.press(Command::Open);
    assert_eq!(
        mara.model.shift.lines.last().unwrap().text(),
        "watch disk 4"
    );

    let mut jon = second(&mara, "jon");
    jon.press(Command::ScreenShift);
    assert_eq!(jon.model.shift.view, ShiftView::Handover, "it is for jon");
    assert_eq!(jon.model.lines_read(), (0, 1));
    jon.press(Command::TakeShift);
    assert!(
        jon.toast().contains("1 line of a P1 or P2 is to be read"),
        "{}",
        jon.toast()
    );
    jon.press(Command::First);
    jon.press(Command::ReadLine);
    assert_eq!(jon.toast(), "R-0118 read by jon");
    jon.press(Command::ReadLine);
    assert!(jon.toast().contains("it is read"), "{}", jon.toast());

    // What mara writes into it then is to be read again.
    hear(&mut mara, &jon);
    mara.press(Command::First);
    mara.press(Command::EditLine);
    assert!(
        matches!(&mara.model.overlay, Some(Overlay::Ask(ask)) if ask.input.text().contains("parked"))
    );
    mara.type_text(", Tom is out");
    mara.press(Command::Open);
    hear(&mut jon, &mara);
    assert_eq!(jon.model.lines_read(), (0, 1));
    jon.press(Command::First);
    jon.press(Command::ReadLine);
    let before = jon.journal.len();
    jon.press(Command::TakeShift);
    assert_eq!(jon.toast(), "you have the shift of mara: R-0118");
    // One transaction with everything in it.
    assert_eq!(
        jon.kinds()[before..],
        [
            "taken",
            "taken_over",
            "passed",
            "promised",
            "off_shift",
            "on_shift"
        ]
    );
    assert_eq!(jon.model.requests.get(jon.request()).unwrap().owner, "jon");
    assert_eq!(jon.model.book.people["jon"].promises.len(), 1);
    assert_eq!(jon.model.book.people["mara"].promises.len(), 0);
    assert_eq!(
        jon.model
            .on_shift()
            .iter()
            .map(|(n, _)| *n)
            .collect::<Vec<_>>(),
        ["jon"]
    );
    assert_eq!(jon.model.shift.view, ShiftView::Mine);

    hear(&mut mara, &jon);
    assert!(
        mara.toast().starts_with("jon has taken"),
        "{}",
        mara.toast()
    );
    let copy = |deck: &Deck| handover(deck).taken.clone().unwrap().2.copy;
    assert_eq!(copy(&mara), copy(&jon), "both have one frozen copy");
    let page = copy(&mara).markdown;
    for said in [
        "# Handover mara → jon",
        "- [x] **P2** R-0118",
        "Tom is out",
        "their calls go to Pat",
        "watch disk 4",
        "## Now with jon",
    ] {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }
    // What comes later changes nothing in it.
    jon.press(Command::ScreenRestores);
    jon.press(Command::Continue);
    jon.press(Command::Back);
    hear(&mut mara, &jon);
    assert_eq!(copy(&mara).markdown, page);

    mara.press(Command::ScreenShift);
    mara.press(Command::History);
    assert_eq!(mara.model.shift.view, ShiftView::History);
    mara.press(Command::Down);
    mara.press(Command::Open);
    assert!(matches!(mara.model.shift.view, ShiftView::Copy(_)));
    mara.press(Command::Down);
    assert_eq!(mara.model.shift.top, 1);
    mara.press(Command::Export);
    let Some(Effect::Export(ticket, files)) = mara.effects.last().cloned() else {
        panic!("{:?}", mara.effects)
    };
    assert_eq!((files.len(), files[0].text == page), (2, true));
    assert!(files[0].name.ends_with("-mara-jon.md"), "{}", files[0].name);
    mara.send(Msg::Reply(
        ticket,
        Reply::Exported(Ok("/state/handovers".into())),
    ));
    assert_eq!(mara.toast(), "written to /state/handovers");
    for view in [ShiftView::History, ShiftView::Handover] {
        mara.press(Command::Back);
        assert_eq!(mara.model.shift.view, view);
    }
    mara.press(Command::Back);
    assert_eq!(mara.model.screen, Screen::Fleet);
}

#[test]
fn what_cannot_be_written_is_said() {
    let mut deck = with_a_request();
    deck.press(Command::Export);
    let Some(Effect::Export(ticket, _)) = deck.effects.last().cloned() else {
        panic!("{:?}", deck.effects)
    };
    deck.send(Msg::Reply(ticket, Reply::Exported(Err("no space".into()))));
    assert_eq!(deck.toast(), "not written: no space");
}

#[test]
fn a_line_is_left_out_and_a_handover_called_off() {
    let mut deck = with_a_request();
    deck.press(Command::TurnShift);
    for command in [
        Command::HandoverNote,
        Command::AddLine,
        Command::CancelHandover,
    ] {
        deck.press(command);
        assert!(
            deck.toast().contains("no handover goes on"),
            "{}",
            deck.toast()
        );
    }
    begin(&mut deck, "jon");
    deck.press(Command::First);
    deck.press(Command::RemoveLine);
    assert!(deck.toast().contains("never left out"), "{}", deck.toast());
    deck.press(Command::AddLine);
    deck.type_text("watch disk 4");
    deck.press(Command::Open);
    let lines = deck.model.shift.lines.len();
    deck.press(Command::Last);
    deck.press(Command::RemoveLine);
    assert_eq!(deck.model.shift.lines.len(), lines - 1);
    // Empty: as it is generated.
    deck.press(Command::First);
    let generated = deck.model.selected_line().unwrap().line.text.clone();
    for text in ["quite another", ""] {
        deck.press(Command::EditLine);
        deck.send(Msg::Edit(Edit::DeleteToStart));
        deck.type_text(text);
        deck.press(Command::Open);
    }
    assert_eq!(deck.model.selected_line().unwrap().text(), generated);
    deck.press(Command::CancelHandover);
    deck.type_text("jon is ill");
    deck.press(Command::Open);
    assert_eq!(deck.toast(), "handover mara → jon called off");
    assert!(deck.model.handover().is_none());
}

#[test]
fn what_changed_meanwhile_lets_nothing_move() {
    let mut mara = with_a_request();
    begin(&mut mara, "jon");
    let mut jon = second(&mara, "jon");
    jon.press(Command::ScreenShift);
    jon.press(Command::ReadLine);
    // eva is faster: jon's console does not know yet.
    let request = jon.request();
    let mut eva = second(&jon, "eva");
    eva.wait(TimeDelta::seconds(3));
    eva.press(Command::ScreenShift);
    eva.press(Command::TurnShift);
    eva.press(Command::First);
    eva.press(Command::TakeOne);
    assert_eq!(eva.toast(), "R-0118 taken over from mara");
    jon.desk_works = false;
    jon.press(Command::TakeShift);
    let claimed = jon.claimed.clone();
    let of_request = claimed
        .iter()
        .find(|r| r.subject == request.into())
        .unwrap();
    let place = eva.journal.last().unwrap().subject_version;
    assert_eq!(
        of_request.subject_version,
        Some(place),
        "the same place is claimed"
    );
    hear(&mut jon, &eva);
    jon.now += TimeDelta::seconds(1);
    jon.send(Msg::Desk(DeskMsg::Conflict {
        subject: request.into(),
        refused: claimed,
    }));
    assert!(
        jon.toast()
            .contains("R-0118 changed meanwhile (eva: taken over, 1 s ago): nothing moved"),
        "{}",
        jon.toast()
    );
    assert!(handover(&jon).is_open());
    // Offered again: now it is eva's, and does not move.
    jon.desk_works = true;
    jon.press(Command::TakeShift);
    assert_eq!(jon.toast(), "you have the shift of mara; nothing was open");
    assert_eq!(jon.model.requests.get(request).unwrap().owner, "eva");
}

#[test]
fn a_whole_shift_of_somebody_who_cannot_be_reached() {
    let mara = with_a_request();
    let mut jon = second(&mara, "jon");
    jon.press(Command::ScreenShift);
    jon.press(Command::TakeOverShift);
    jon.press(Command::Down);
    jon.press(Command::Open);
    assert!(
        matches!(&jon.model.overlay, Some(Overlay::Ask(ask)) if ask.text.contains("mara has R-0118"))
    );
    jon.press(Command::Open);
    assert!(
        jon.toast().contains("it needs words"),
        "a reason is not left out"
    );
    jon.type_text("in hospital");
    let before = jon.journal.len();
    jon.press(Command::Open);
    assert_eq!(
        jon.kinds()[before..],
        ["begun", "taken", "taken_over", "on_shift"]
    );
    assert_eq!(jon.toast(), "you have the shift of mara: R-0118");
    let taken = handover(&jon).taken.clone().unwrap().2;
    assert_eq!(taken.reason, "in hospital");
    assert!(
        taken
            .copy
            .markdown
            .contains("Taken without a handover: in hospital")
    );
    // One that goes on is ended by it.
    let mut mara = with_a_request();
    begin(&mut mara, "eva");
    let mut jon = second(&mara, "jon");
    jon.press(Command::ScreenShift);
    for name in ["jon", "nobody"] {
        jon.press(Command::TakeOverShift);
        jon.type_text(name);
        jon.press(Command::Open);
        assert!(jon.model.overlay.is_none(), "{}", jon.toast());
    }
    jon.press(Command::TakeOverShift);
    jon.type_text("mara");
    jon.press(Command::Open);
    jon.type_text("in hospital");
    jon.press(Command::Open);
    assert_eq!(jon.model.book.handovers.len(), 1);
    assert!(!handover(&jon).is_open());
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
    assert_eq!(mara.toast(), "jon writes in this request too");
    // One's own come back, and older ones: they change nothing.
    jon.type_text("s");
    jon.send(Msg::Desk(DeskMsg::Drafts(rows)));
    assert_eq!(jon.wizard().text(Field::Reason), "disks");
}

#[test]
fn whoever_hands_over_is_heard_at_once() {
    let mut mara = with_a_request();
    let mut jon = second(&mara, "jon");
    begin(&mut mara, "jon");
    hear(&mut jon, &mara);
    assert!(
        jon.toast().starts_with("mara hands the shift over to you"),
        "{}",
        jon.toast()
    );
    assert!(jon.effects.contains(&Effect::Bell));
}

#[test]
fn a_viewer_reads_and_takes_nothing() {
    let mut deck = with_a_request();
    deck.model.me.role = "viewer".into();
    for command in [
        Command::OnShift,
        Command::BeginHandover,
        Command::TakeOverShift,
        Command::Promise,
        Command::SweepBegin,
    ] {
        deck.press(command);
        assert!(
            deck.toast().contains("a viewer may not do that"),
            "{}",
            deck.toast()
        );
    }
    deck.press(Command::TurnShift);
    assert_eq!(deck.model.shift.view, ShiftView::Handover);
    deck.press(Command::TurnShift);
    deck.press(Command::First);
    let key = deck.model.shift.selected.clone().unwrap();
    deck.send(Msg::Pointed(Spot::Line(key), MouseAction::DoubleClick));
    assert_eq!(deck.model.screen, Screen::Restores);
}

#[test]
fn records_of_tomorrow_are_kept() {
    let mut deck = Deck::new();
    let id = HandoverId(Uuid::from_u128(5));
    let mut record = handover::Event::Begun {
        from: "mara".into(),
        to: "jon".into(),
    }
    .record(Uuid::from_u128(900), id, deck.now, "mara");
    record.kind = "sealed".into();
    record.body = "{\"kind\":\"sealed\"}".into();
    let mut person = shift::Event::Seen.record(Uuid::from_u128(901), "mara", deck.now, "mara");
    person.body = "{\"kind\":\"blinked\"}".into();
    let written = deck.write(vec![record, person]);
    deck.send(Msg::Desk(DeskMsg::Appended(written)));
    let moments = &deck.model.book.handovers[&id].moments;
    assert_eq!((moments.len(), moments[0].event.clone()), (1, None));
    assert_eq!(deck.model.book.people["mara"].moments.len(), 1);
    deck.press(Command::ScreenShift);
    assert!(deck.model.handover().is_none());
}

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
    jon.press(Command::EndSweep);
    assert_eq!(jon.toast(), "the sweep has ended: 2 of 3 looked at, 1 not");
    hear(&mut deck, &jon);
    deck.press(Command::ScreenShift);
    deck.press(Command::TurnShift);
    let found = |deck: &Deck| {
        let lines = &deck.model.shift.lines;
        lines.iter().any(|s| s.text().contains("rights changed?"))
    };
    assert!(found(&deck));
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
fn the_index_of_a_handover_is_its_history() {
    let mut deck = with_a_request();
    begin(&mut deck, "jon");
    deck.press(Command::NextPane);
    assert_eq!(deck.model.focus, Pane::Detail);
    let subject = deck.journal.last().unwrap().record.subject.clone();
    assert!(matches!(subject, Subject::Handover(_)));
    let id = *deck.model.book.handovers.keys().next().unwrap();
    deck.send(Msg::Pointed(Spot::Handover(id), MouseAction::Click));
    assert_eq!(deck.model.focus, Pane::Main);
}

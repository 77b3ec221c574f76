//! The Shift screen: coming, going, promises, what is mine; and what two consoles share.

use super::*;
use crate::state::{
    command::Mode,
    model::Screen,
    msg::{MouseAction, Spot},
    shift::ShiftView,
};
use ocdeck_domain::{
    alert,
    handover::{self, Handover},
    ids::{Episode, HandoverId, IncidentId, On},
    incident, shift,
};

/// What comes next is done at another console.
pub(super) fn as_other(deck: &mut Deck, name: &str) {
    deck.model.me.name = name.to_owned();
}

/// A second console: it has what the desk has, and nothing else.
pub(super) fn second(deck: &Deck, name: &str) -> Deck {
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
pub(super) fn hear(deck: &mut Deck, other: &Deck) {
    let news = other.journal[deck.journal.len()..].to_vec();
    deck.journal = other.journal.clone();
    deck.now = other.now;
    deck.send(Msg::Desk(DeskMsg::Appended(news)));
}

/// A P2 of mara, parked; the deck stands on the Shift screen.
pub(super) fn with_a_request() -> Deck {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Back);
    deck.press(Command::ScreenShift);
    deck
}

pub(super) fn begin(deck: &mut Deck, to: &str) {
    deck.press(Command::BeginHandover);
    deck.type_text(to);
    deck.press(Command::Open);
}

pub(super) fn handover(deck: &Deck) -> &Handover {
    deck.model.book.handovers.values().next_back().unwrap()
}

/// An incident that monitoring opened, and an alert of it that eva works on.
pub(super) fn with_an_incident(deck: &mut Deck, owner: &str) -> IncidentId {
    // Of an appliance that is not heard: nobody says that it has cleared.
    let alert = On::new("nova-02".into(), "a7".into());
    let episode = Episode { alert, episode: 1 };
    let id = incident::incident_id(&episode);
    let raised = incident::Event::Raised(Box::new(incident::Raised {
        episode: episode.clone(),
        tenant: Some("nova".into()),
        object_kind: EntityKind::Job,
        object: "fs02-shares".into(),
        monitor: "job_failed".into(),
        severity: Severity::clamped(7),
        text: "fs02-shares failed".into(),
        raised: deck.now,
    }));
    let mut records = vec![raised.record(Uuid::from_u128(801), id, deck.now, "monitoring")];
    let promised = incident::Event::Promised {
        what: "call back".into(),
        at: deck.now,
    };
    records.push(promised.record(Uuid::from_u128(804), id, deck.now, "eva"));
    if !owner.is_empty() {
        let taken = incident::Event::Taken;
        records.push(taken.record(Uuid::from_u128(802), id, deck.now, owner));
        let taken = alert::Event::Taken;
        records.push(taken.record(Uuid::from_u128(803), &episode, deck.now, owner));
    }
    let written = deck.write(records);
    deck.send(Msg::Desk(DeskMsg::Appended(written)));
    id
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
        deck.toast().contains("still have R-0118"),
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
    let off = shift::Event::OffShift { handover: None };
    let mut person = off.record(Uuid::from_u128(901), "mara", deck.now, "mara");
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
fn an_incident_has_its_line_and_is_taken_alone() {
    let mut deck = Deck::new();
    with_an_incident(&mut deck, "");
    let now = deck.now;
    for (n, snooze) in [(1, false), (2, false), (3, true)] {
        let fact = Alert {
            id: format!("b{n}").into(),
            tenant: Some("nova".into()),
            object_kind: EntityKind::Repository,
            object: "main".into(),
            monitor: "repository_space".into(),
            severity: Severity::clamped(6),
            text: "12 % free".into(),
            episode: 1,
            count: 1,
            raised: now,
            last_seen: now,
            cleared: None,
        };
        deck.news("nova-01", LinkNews::Delta(vec![Fact::Alert(fact)]));
        if snooze {
            let alert = On::new("nova-01".into(), "b3".into());
            let event = alert::Event::Snoozed {
                until: now + TimeDelta::hours(2),
                reason: "known".into(),
            };
            let episode = Episode { alert, episode: 1 };
            let record = event.record(Uuid::from_u128(810), &episode, now, "eva");
            let written = deck.write(vec![record]);
            deck.send(Msg::Desk(DeskMsg::Appended(written)));
        }
    }
    deck.press(Command::ScreenShift);
    deck.press(Command::TurnShift);
    let said: Vec<(&str, &str)> = deck
        .model
        .shift
        .lines
        .iter()
        .map(|shown| (shown.line.name.as_str(), shown.text()))
        .collect();
    assert!(
        said.contains(&("2", "P3: nova/main: 12 % free, and 1 more")),
        "{said:?}"
    );
    assert!(
        said.contains(&("1", "snoozed until 04:14: nova/main: 12 % free")),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|(_, text)| text.contains("fs02-shares failed, open")),
        "{said:?}"
    );
    deck.press(Command::First);
    deck.press(Command::TakeOne);
    assert!(deck.toast().ends_with("is yours"), "{}", deck.toast());
    deck.press(Command::TakeOne);
    assert!(deck.toast().contains("you have it"), "{}", deck.toast());
    // What was promised in an incident is kept there.
    let promise = deck
        .model
        .shift
        .lines
        .iter()
        .find(|s| s.line.key.starts_with("promise:"));
    let key = promise.unwrap().line.key.clone();
    deck.send(Msg::Pointed(Spot::Line(key), MouseAction::Click));
    deck.press(Command::Kept);
    assert!(
        deck.toast().contains("kept in its incident"),
        "{}",
        deck.toast()
    );
}

#[test]
fn a_promise_stands_in_the_rail_until_it_is_kept() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenShift);
    deck.press(Command::Promise);
    deck.type_text("02:30 call Ann Lee back");
    deck.press(Command::Open);
    // It is 02:14: more than ten minutes are left.
    assert_eq!(deck.model.due_promises(), []);
    deck.wait(TimeDelta::minutes(7));
    let due = deck.model.due_promises();
    assert_eq!((due.len(), due[0].by.as_str()), (1, "mara"));
    deck.wait(TimeDelta::hours(1));
    assert_eq!(deck.model.due_promises().len(), 1, "over is not forgotten");
    deck.press(Command::First);
    deck.press(Command::Kept);
    assert_eq!(deck.model.due_promises(), []);
}

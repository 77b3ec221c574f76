//! A handover from its beginning to its end, at two consoles.

use super::{shift::*, *};
use crate::state::{
    model::{Pane, Screen},
    msg::{MouseAction, Spot},
    overlay::Overlay,
    shift::ShiftView,
};
use ocdeck_domain::{alert, incident, journal::Subject};

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
    assert_eq!(mara.toast(), "saved: /state/handovers");
    for view in [ShiftView::History, ShiftView::Handover] {
        mara.press(Command::Back);
        assert_eq!(mara.model.shift.view, view);
    }
    mara.press(Command::Back);
    assert_eq!(mara.model.screen, Screen::Fleet);
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
        winner: None,
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
        jon.toast().contains("it needs a reason"),
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
    assert_eq!(jon.rings(), ["mara hands the shift over to you"]);
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
fn incidents_and_alerts_move_with_the_shift() {
    let mut jon = Deck::new();
    as_other(&mut jon, "jon");
    let id = with_an_incident(&mut jon, "eva");
    jon.press(Command::ScreenShift);
    jon.press(Command::TakeOverShift);
    jon.type_text("eva");
    jon.press(Command::Open);
    jon.type_text("on the road");
    let before = jon.journal.len();
    jon.press(Command::Open);
    assert_eq!(
        jon.kinds()[before..],
        ["begun", "taken", "taken_over", "taken_over", "on_shift"],
        "{}",
        jon.toast()
    );
    assert_eq!(jon.model.book.incidents.get(id).unwrap().owner, "jon");
    let life = jon.model.book.alerts().next().unwrap();
    assert_eq!(life.owner, "jon");
    let promises = jon.model.promises();
    assert_eq!(
        promises[0].by, "jon",
        "whoever has the incident keeps its promise"
    );
    let claims = jon.journal[before + 1..before + 4].iter();
    assert!(claims.clone().all(|r| r.record.subject_version.is_some()
        || r.record.subject == jon.journal[before].record.subject));
}

#[test]
fn what_nobody_has_looked_at_is_not_looked_at_because_the_shift_moved() {
    let mut jon = Deck::new();
    as_other(&mut jon, "jon");
    let id = with_an_incident(&mut jon, "");
    let incident = jon.model.book.incidents.get(id).unwrap();
    let episode = incident.alerts[0].raised.episode.clone();
    let given = incident::Event::Assigned { to: "eva".into() };
    let mut records = vec![given.record(Uuid::from_u128(811), id, jon.now, "mara")];
    let seen = alert::Event::Acknowledged {
        note: String::new(),
    };
    records.push(seen.record(Uuid::from_u128(812), &episode, jon.now, "eva"));
    let written = jon.write(records);
    jon.send(Msg::Desk(DeskMsg::Appended(written)));
    jon.press(Command::ScreenShift);
    jon.press(Command::TakeOverShift);
    jon.type_text("eva");
    jon.press(Command::Open);
    jon.type_text("on the road");
    jon.press(Command::Open);
    let incident = jon.model.book.incidents.get(id).unwrap();
    assert_eq!(
        (incident.owner.as_str(), &incident.responded),
        ("jon", &None)
    );
    let life = jon.model.book.alert(&episode).unwrap();
    assert_eq!((life.owner.as_str(), life.working), ("jon", false));
    let times_out = life.times_out(Severity::clamped(9), None, &jon.model.policy.alert_life);
    assert!(times_out.is_some(), "as it would have");
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

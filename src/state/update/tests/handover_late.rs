//! A handover where two people do something in the same second, and what is read of old ones.

use super::{shift::*, *};
use crate::state::{
    overlay::Overlay,
    shift::{Older, ShiftView},
};
use ocdeck_domain::{
    handover::{Event, Handover},
    ids::HandoverId,
    journal::Subject,
    shift,
};

fn the_handover(deck: &Deck) -> HandoverId {
    *deck.model.book.handovers.keys().next_back().unwrap()
}

/// Mara hands over to jon, who has read the one line of it.
fn read_by_jon() -> (Deck, Deck) {
    let mut mara = with_a_request();
    mara.press(Command::OnShift);
    begin(&mut mara, "jon");
    let mut jon = second(&mara, "jon");
    jon.press(Command::ScreenShift);
    jon.press(Command::First);
    jon.press(Command::ReadLine);
    hear(&mut mara, &jon);
    (mara, jon)
}

/// What is written at that console now is refused: its place is taken.
fn refused(deck: &mut Deck, act: impl FnOnce(&mut Deck)) -> Vec<NewRecord> {
    deck.desk_works = false;
    act(deck);
    deck.desk_works = true;
    std::mem::take(&mut deck.claimed)
}

fn conflict(deck: &mut Deck, subject: Subject, refused: Vec<NewRecord>) {
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject,
        refused,
        winner: None,
    }));
}

#[test]
fn who_takes_what_was_called_off_reads_by_whom() {
    let (mut mara, mut jon) = read_by_jon();
    let taking = refused(&mut jon, |jon| jon.press(Command::TakeShift));
    mara.press(Command::CancelHandover);
    mara.type_text("jon is ill");
    mara.press(Command::Open);
    hear(&mut jon, &mara);
    assert_eq!(jon.toast(), "mara called the handover off: jon is ill");
    let id = the_handover(&jon);
    conflict(&mut jon, Subject::Handover(id), taking);
    assert_eq!(
        jon.toast(),
        "mara has called the handover off just now: nothing moved"
    );
    jon.press(Command::TakeShift);
    assert!(
        jon.toast().contains("no handover goes on"),
        "{}",
        jon.toast()
    );
}

#[test]
fn who_calls_off_what_was_taken_reads_that_it_stands() {
    let (mut mara, mut jon) = read_by_jon();
    // Both at once: jon's came first.
    let late = refused(&mut mara, |mara| {
        mara.press(Command::CancelHandover);
        mara.type_text("I stay");
        mara.press(Command::Open);
    });
    jon.press(Command::TakeShift);
    hear(&mut mara, &jon);
    assert!(
        mara.toast().contains("jon has taken the shift"),
        "{}",
        mara.toast()
    );
    let written = mara.write(late);
    mara.send(Msg::Desk(DeskMsg::Appended(written)));
    assert_eq!(
        mara.toast(),
        "jon has taken the shift just now: that stands"
    );
    let handover = handover(&mara);
    assert!(handover.taken.is_some() && handover.cancelled.is_none());
}

#[test]
fn a_note_that_is_being_written_is_not_lost_when_the_shift_is_taken() {
    let (mut mara, mut jon) = read_by_jon();
    mara.press(Command::HandoverNote);
    mara.type_text("Pat phones at 9");
    let id = the_handover(&mara);
    jon.send(Msg::Desk(DeskMsg::Drafts(mara.drafts.clone())));
    assert_eq!(jon.model.note_in_writing(id), Some("mara"));
    jon.press(Command::TakeShift);
    hear(&mut mara, &jon);
    assert!(
        mara.toast().contains("saving adds your note"),
        "{}",
        mara.toast()
    );
    assert!(matches!(mara.model.overlay, Some(Overlay::Note(_))));
    mara.press(Command::NoteSave);
    assert!(
        mara.toast().contains("noted below the copy"),
        "{}",
        mara.toast()
    );
    hear(&mut jon, &mara);
    assert!(
        jon.toast().contains("mara noted after the handover")
            && jon.toast().ends_with("Pat phones at 9"),
        "{}",
        jon.toast()
    );
    let told: Vec<&str> = handover(&jon)
        .after
        .iter()
        .map(|note| note.text.as_str())
        .collect();
    assert_eq!(told, ["Pat phones at 9"]);
    jon.press(Command::History);
    jon.press(Command::Open);
    assert!(handover(&jon).page(jon.model.me.zone).ends_with("CST)\n"));
}

#[test]
fn what_is_typed_into_a_handover_that_is_over_is_not_dropped_in_silence() {
    let (mut mara, mut jon) = read_by_jon();
    mara.press(Command::AddLine);
    mara.type_text("watch disk 4");
    jon.press(Command::TakeShift);
    hear(&mut mara, &jon);
    mara.press(Command::Open);
    assert_eq!(
        mara.toast(),
        "the handover is over; not added: watch disk 4"
    );
    // In the same second: it is written behind the end.
    let (mut mara, mut jon) = read_by_jon();
    let late = refused(&mut mara, |mara| {
        mara.press(Command::AddLine);
        mara.type_text("watch disk 4");
        mara.press(Command::Open);
    });
    jon.press(Command::TakeShift);
    hear(&mut mara, &jon);
    let written = mara.write(late);
    mara.send(Msg::Desk(DeskMsg::Appended(written)));
    assert_eq!(
        mara.toast(),
        "jon has taken the shift just now: this is not in the handover"
    );
}

/// Mara is on shift and has promised something; nothing else is hers.
fn promised() -> Deck {
    let mut mara = Deck::new();
    mara.press(Command::ScreenShift);
    mara.press(Command::OnShift);
    mara.press(Command::Promise);
    mara.type_text("10:40 call Ann Lee back");
    mara.press(Command::Open);
    mara
}

fn take_over(deck: &mut Deck) {
    deck.press(Command::ScreenShift);
    deck.press(Command::TakeOverShift);
    deck.type_text("mara");
    deck.press(Command::Open);
    let Some(Overlay::Ask(ask)) = &deck.model.overlay else {
        panic!("{:?}", deck.model.overlay)
    };
    assert!(ask.text.starts_with("mara has 1 promise."), "{}", ask.text);
    deck.type_text("she does not answer");
    deck.press(Command::Open);
}

#[test]
fn of_two_who_take_over_one_shift_one_has_it() {
    let mara = promised();
    let (mut jon, mut eva) = (second(&mara, "jon"), second(&mara, "eva"));
    let late = refused(&mut eva, take_over);
    take_over(&mut jon);
    assert!(
        jon.toast().contains("you have the shift of mara"),
        "{}",
        jon.toast()
    );
    hear(&mut eva, &jon);
    conflict(&mut eva, Subject::Person("mara".into()), late);
    assert!(eva.toast().contains("nothing moved"), "{}", eva.toast());
    let promises = eva.model.promises();
    let by: Vec<&str> = promises.iter().map(|it| it.by.as_str()).collect();
    assert_eq!(by, ["jon"], "it is promised once");
}

#[test]
fn that_the_giver_pressed_a_key_meanwhile_keeps_nobody_from_the_shift() {
    let mut mara = promised();
    let mut jon = second(&mara, "jon");
    let late = refused(&mut jon, take_over);
    // As a program wrote it that had no history of its own for it.
    let seen = NewRecord {
        subject: Subject::Person("mara".into()),
        over: None,
        ..shift::Event::Seen.record(Uuid::from_u128(77), "mara", mara.now, "mara")
    };
    mara.write(vec![seen]);
    hear(&mut jon, &mara);
    conflict(&mut jon, Subject::Person("mara".into()), late);
    assert!(
        jon.toast().contains("you have the shift of mara"),
        "{}",
        jon.toast()
    );
    assert_eq!(jon.model.book.people["mara"].on_since, None);
    assert_eq!(jon.model.promises()[0].by, "jon");
}

#[test]
fn a_name_that_nobody_has_is_said() {
    let mut mara = with_a_request();
    begin(&mut mara, "jno");
    assert!(
        mara.toast().contains("jno was never seen"),
        "{}",
        mara.toast()
    );
}

#[test]
fn the_history_is_read_back_as_one_goes_down() {
    let (mut mara, mut jon) = read_by_jon();
    jon.press(Command::TakeShift);
    hear(&mut mara, &jon);
    // Long ago there was another one.
    let old = HandoverId(Uuid::from_u128(9));
    let at = mara.now - TimeDelta::days(40);
    let (from, to) = ("jon".to_owned(), "mara".to_owned());
    let begun = Event::Begun { from, to }.record(Uuid::from_u128(91), old, at, "jon");
    let copy = handover(&mara).taken.as_ref().unwrap().2.clone();
    let taken = Event::Taken(Box::new(copy)).record(Uuid::from_u128(92), old, at, "mara");
    let mut elsewhere = Deck::new();
    mara.archive = elsewhere.write(vec![begun, taken]);

    mara.desk_answers = false;
    mara.press(Command::History);
    assert!(matches!(mara.model.shift.older, Older::Asked(_)));
    assert_eq!(mara.model.past_handovers().len(), 1);
    let toast = mara.toast().to_owned();
    mara.desk_answers = true;
    mara.answer_past();
    assert_eq!(mara.toast(), toast, "what is old is no news");
    assert_eq!(mara.model.shift.view, ShiftView::History);
    let over: Vec<HandoverId> = mara
        .model
        .past_handovers()
        .iter()
        .map(|(id, _)| *id)
        .collect();
    assert_eq!((over.len(), over[1]), (2, old));
    assert_eq!(mara.model.shift.older, Older::All);
    // Opened again, it begins with what was last.
    mara.press(Command::Down);
    mara.press(Command::Back);
    mara.press(Command::History);
    assert_eq!(mara.model.shift.past, Some(over[0]));
    // One at a time: at the last one the next are asked for.
    mara.model.shift.older = Older::Before(Subject::Handover(old));
    mara.press(Command::Down);
    assert_eq!(mara.model.shift.past, Some(old));
    assert_eq!(mara.model.shift.older, Older::All, "asked, and answered");
    mara.press(Command::Open);
    assert_eq!(mara.model.shift.view, ShiftView::Copy(old));
    let open = |handover: &Handover| handover.is_open();
    assert!(!mara.model.book.handovers.values().any(open));
}

#[test]
fn what_is_done_with_a_line_is_among_its_actions() {
    let mut mara = with_a_request();
    mara.press(Command::Actions);
    let Some(Overlay::Actions { rows, .. }) = &mara.model.overlay else {
        panic!("{:?}", mara.model.overlay)
    };
    for command in [Command::ReadLine, Command::EditLine, Command::TakeOne] {
        assert!(rows.contains(&command), "{rows:?}");
    }
    mara.press(Command::Back);
    mara.press(Command::ScreenJobs);
    mara.press(Command::Actions);
    let lines = matches!(&mara.model.overlay, Some(Overlay::Actions { rows, .. })
        if rows.contains(&Command::EditLine));
    assert!(!lines, "only where there are lines");
}

//! What was handed to the desk: said when it stands there, and written behind what came between.

use super::incidents::{answer, only, phase, with_incident};
use super::*;
use ocdeck_domain::incident::{Event, Phase};

/// A note of a colleague at the next place of the incident.
fn noted_by_jon(deck: &mut Deck) -> Record {
    let (id, version) = (only(deck).id, only(deck).version());
    let event = Event::Noted {
        text: "looked at it".to_owned(),
    };
    let record = event.record(Uuid::from_u128(0x70_7070), id, deck.now, "jon");
    let record = Record {
        seq: 5000,
        subject_version: version + 1,
        received_at: deck.now,
        author: Default::default(),
        record,
    };
    deck.journal.push(record.clone());
    deck.send(Msg::Desk(DeskMsg::Appended(vec![record.clone()])));
    record
}

#[test]
fn nothing_is_called_done_before_it_stands_on_the_desk() {
    let mut deck = with_incident();
    deck.desk_works = false;
    deck.press(Command::IncidentTake);
    assert_eq!(deck.toast(), "writing: INC-0118 is yours");
    let taken = std::mem::take(&mut deck.claimed);
    deck.desk_works = true;
    deck.desk(DeskCommand::Append { records: taken });
    assert_eq!(deck.toast(), "INC-0118 is yours");
}

#[test]
fn decisions_in_a_row_stand_behind_a_note_that_came_between() {
    let mut deck = with_incident();
    deck.desk_works = false;
    deck.press(Command::IncidentTake);
    let taken = std::mem::take(&mut deck.claimed);
    deck.press(Command::IncidentResolve);
    answer(&mut deck, "rights were changed back");
    let resolved = std::mem::take(&mut deck.claimed);
    let place = |records: &[NewRecord]| records[0].subject_version.unwrap();
    assert_eq!(place(&resolved), place(&taken) + 1);
    let note = noted_by_jon(&mut deck);
    deck.desk_works = true;
    for refused in [taken, resolved] {
        deck.send(Msg::Desk(DeskMsg::Conflict {
            subject: note.record.subject.clone(),
            refused,
            winner: Some(Box::new(note.clone())),
        }));
    }
    assert_eq!(only(&deck).owner, "mara");
    assert_eq!(phase(&deck), Phase::Resolved);
    assert!(deck.toast().contains("is resolved"));
    assert!(deck.model.desk.conflicts.is_empty());
}

#[test]
fn a_decision_that_a_colleague_was_faster_than_is_not_tried_again() {
    let mut deck = with_incident();
    let id = only(&deck).id;
    deck.desk_works = false;
    deck.press(Command::IncidentTake);
    let taken = std::mem::take(&mut deck.claimed);
    let closed = Event::Closed {
        reason: "over".to_owned(),
    };
    let closed = Record {
        seq: 5000,
        subject_version: only(&deck).version() + 1,
        received_at: deck.now,
        author: Default::default(),
        record: closed.record(Uuid::from_u128(0x70_7071), id, deck.now, "jon"),
    };
    deck.journal.push(closed.clone());
    deck.send(Msg::Desk(DeskMsg::Appended(vec![closed.clone()])));
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject: closed.record.subject.clone(),
        refused: taken,
        winner: Some(Box::new(closed)),
    }));
    assert!(deck.claimed.is_empty(), "nothing is tried again");
    assert!(
        deck.toast().contains("jon closed INC-0118"),
        "{}",
        deck.toast()
    );
}

#[test]
fn what_a_shift_does_is_done_when_it_stands_on_the_desk() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenShift);
    deck.desk_works = false;
    deck.press(Command::OnShift);
    assert_eq!(deck.toast(), "writing: you are on shift");
    let records = std::mem::take(&mut deck.claimed);
    deck.desk_works = true;
    deck.desk(DeskCommand::Append { records });
    assert_eq!(deck.toast(), "you are on shift");
}

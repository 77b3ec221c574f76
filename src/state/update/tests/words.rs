//! Words that go with decisions about alerts and incidents: drafts until they stand, and a note
//! where somebody else was faster.

use super::{
    alerts::{alert, episode, id},
    *,
};
use ocdeck_domain::{
    alert::{Event, State},
    incident,
    journal::Subject,
};

/// Two people acknowledge it in one second: a P1 may need a technician and the duty manager.
#[test]
fn of_two_who_acknowledge_it_both_have_seen_it() {
    let mut deck = Deck::queue(&[("a", 9)]);
    deck.press(Command::AlertAcknowledge);
    deck.type_text("disk 4");
    let refused = deck.refuse(Command::NoteSave);
    let note = "I call the site".to_owned();
    deck.other("eva", "a", &Event::Acknowledged { note });
    let subject = Subject::Alert(episode("a", 1));
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject,
        refused,
        winner: None,
    }));
    assert_eq!(deck.toast(), "acme/a acknowledged");
    let seen = deck.life("a").acknowledged.iter();
    let seen: Vec<_> = seen.map(|a| (a.by.as_str(), a.note.as_str())).collect();
    assert_eq!(seen, [("eva", "I call the site"), ("mara", "disk 4")]);
    assert_eq!(deck.life("a").owner, "eva", "the first looks after it");
    let id = id("a");
    let known = deck.model.known_alert(&id).unwrap();
    assert_eq!(known.seen_beside_owner().collect::<Vec<_>>(), ["mara"]);
}

#[test]
fn what_was_written_with_a_refused_decision_is_a_note() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertAcknowledge);
    deck.type_text("disk 4");
    let refused = deck.refuse(Command::NoteSave);
    let given = Event::Assigned { to: "jon".into() };
    deck.other("eva", "a", &given);
    let subject = Subject::Alert(episode("a", 1));
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject,
        refused,
        winner: None,
    }));
    assert_eq!(
        deck.toast(),
        "eva gave it to jon just now: acme/a; what you wrote is kept there as a note"
    );
    assert_eq!(deck.kinds_of("a"), ["raised", "assigned", "noted"]);
    assert_eq!(deck.life("a").owner, "jon");
}

#[test]
fn words_of_a_decision_have_lines_and_are_a_draft_until_it_stands() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertAcknowledge);
    deck.type_text("disk 4");
    deck.press(Command::NoteNewLine);
    deck.send(Msg::Paste("mount: I/O error\nsector 9".into()));
    let text = "disk 4\nmount: I/O error\nsector 9";
    // Killed: the next console has it, and it is this person's own.
    let subject = Subject::Alert(episode("a", 1));
    let row = deck.drafts.last().unwrap();
    assert_eq!(
        (&row.draft, row.field.as_str()),
        (&subject, "acknowledge by mara")
    );
    assert_eq!(serde_json::from_str::<String>(&row.value).unwrap(), text);
    deck.press(Command::Back);
    assert_eq!(deck.state("a"), State::Raised);
    deck.press(Command::AlertAcknowledge);
    deck.press(Command::NoteSave);
    assert_eq!(deck.life("a").acknowledged[0].note, text);
    assert_eq!(deck.drafts.last().unwrap().value, "\"\"");
    deck.press(Command::AlertResolve);
    assert_eq!(deck.model.hint(Command::NoteSave).label, "resolve");
    deck.type_text("new disk");
    deck.press(Command::NoteNewLine);
    deck.type_text("backup ran");
    deck.press(Command::NoteSave);
    let resolved = deck.life("a").resolved.clone().unwrap();
    assert_eq!(resolved.note, "new disk\nbackup ran");
}

#[test]
fn what_was_written_for_an_alert_that_is_over_meanwhile_is_a_note() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertAcknowledge);
    deck.type_text("disk 4");
    deck.tell(Alert {
        cleared: Some(deck.now),
        ..alert("a", 7, deck.now)
    });
    deck.press(Command::NoteSave);
    assert_eq!(
        deck.toast(),
        "a is not open any more; what you wrote is kept there as a note"
    );
    assert_eq!(deck.kinds_of("a"), ["raised", "cleared", "noted"]);
}

#[test]
fn the_reason_of_who_was_slower_is_a_note() {
    let mut deck = Deck::queue(&[("a", 7)]);
    let id = deck.model.book.incidents.open().next().unwrap().id;
    let closed = |reason: &str| incident::Event::Closed {
        reason: reason.to_owned(),
    };
    let theirs = closed("known").record(Uuid::from_u128(99), id, deck.now, "jon");
    let news = deck.write(vec![theirs]);
    deck.send(Msg::Desk(DeskMsg::Appended(news)));
    let text = "disk 4 was changed\nthe next run was good";
    let mine = closed(text).record(Uuid::from_u128(98), id, deck.now, "mara");
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject: Subject::Incident(id),
        refused: vec![mine],
        winner: None,
    }));
    assert!(deck.toast().starts_with("jon closed"), "{}", deck.toast());
    assert!(deck.toast().ends_with("as a note"), "{}", deck.toast());
    let incident = deck.model.book.incidents.get(id).unwrap();
    let last = incident.moments.last().unwrap().event.clone();
    let text = text.to_owned();
    assert_eq!(last, Some(incident::Event::Noted { text }));
}

//! Several people at one desk.

use super::*;
use crate::state::{msg::Jump, overlay::ToastKind, wizard::Field};
use ocdeck_domain::journal::Author;

fn typed(deck: &Deck, field: &str, value: &str, author: &str) -> DraftRow {
    DraftRow {
        draft: deck.request().into(),
        field: field.to_owned(),
        value: value.to_owned(),
        version: 50,
        author: author.to_owned(),
        at: deck.now,
    }
}

/// A wizard at its first step.
fn call() -> Deck {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.type_text("ann");
    deck
}

#[test]
fn what_a_colleague_types_is_seen_and_named() {
    let mut deck = call();
    let rows = vec![
        typed(&deck, "reason", "\"the disk is gone\"", "jonas"),
        typed(&deck, "purpose", "\"recovery_test\"", "jonas"),
    ];
    deck.send(Msg::Desk(DeskMsg::Drafts(rows)));
    assert_eq!(deck.wizard().text(Field::Reason), "the disk is gone");
    assert!(
        deck.toast().contains("jonas changed purpose, reason"),
        "{}",
        deck.toast()
    );
    // It is not written back as if it had been typed here.
    deck.wait(TimeDelta::seconds(1));
    assert!(deck.drafts.iter().all(|row| row.field != "reason"));
}

#[test]
fn the_field_with_the_cursor_stays_and_wins_with_the_next_letter() {
    let mut deck = call();
    let field = deck.wizard().focus;
    let before = deck.drafts.len();
    let row = typed(&deck, field.name(), "\"bob\"", "jonas");
    deck.send(Msg::Desk(DeskMsg::Drafts(vec![row])));
    assert_eq!(deck.wizard().text(field), "ann");
    deck.wait(TimeDelta::seconds(1));
    let own = |deck: &Deck| {
        deck.drafts[before..]
            .iter()
            .any(|r| r.field == field.name())
    };
    assert!(!own(&deck), "two consoles would write in turn for ever");
    deck.type_text("a");
    assert!(own(&deck));
    // Where a colleague stands moves nobody.
    let step = deck.wizard().step;
    let row = typed(&deck, "step", "6", "jonas");
    deck.send(Msg::Desk(DeskMsg::Drafts(vec![row])));
    assert_eq!(deck.wizard().step, step);
}

#[test]
fn who_was_faster_is_named_with_the_time_one_after_the_other() {
    let mut deck = call();
    let mut winner = deck.journal[0].clone();
    winner.record.actor = "jonas".to_owned();
    winner.received_at = deck.now - TimeDelta::seconds(12);
    let mut refused = winner.record.clone();
    for kind in ["taken_over", "parked"] {
        refused.kind = kind.to_owned();
        deck.send(Msg::Desk(DeskMsg::Conflict {
            subject: refused.subject.clone(),
            refused: vec![refused.clone()],
            winner: Some(Box::new(winner.clone())),
        }));
    }
    let first = deck.toast().to_owned();
    assert!(first.contains("jonas was faster"), "{first}");
    assert!(
        first.contains("12 s ago") && first.contains("taken over not written"),
        "{first}"
    );
    deck.wait(TimeDelta::seconds(30));
    let second = deck.toast();
    assert!(second.contains("parked not written"), "{second}");
    assert_eq!(deck.model.toast.as_ref().unwrap().kind, ToastKind::Conflict);
}

#[test]
fn what_was_typed_too_late_is_shown_with_what_stands_there() {
    let mut deck = call();
    let ours = typed(&deck, "reason", "\"mine\"", "mara");
    let theirs = typed(&deck, "reason", "\"theirs\"", "jonas");
    deck.send(Msg::Desk(DeskMsg::Late(vec![(ours, theirs.clone())])));
    let text = deck.toast();
    assert!(
        text.contains("mine") && text.contains("jonas typed reason"),
        "{text}"
    );
    deck.send(Msg::Desk(DeskMsg::Overwritten(vec![theirs])));
    assert!(deck.toast().contains("replaced what jonas typed in reason"));
}

#[test]
fn nobody_writes_as_another_unseen() {
    let mut deck = call();
    let mut record = deck.journal[0].clone();
    for (account, shown) in [
        ("mara", "mara"),
        ("uid 1000", "mara"),
        ("eve", "mara (written by eve)"),
    ] {
        record.record.actor = "mara".to_owned();
        record.author = Author {
            account: account.to_owned(),
            host: String::new(),
        };
        assert_eq!(record.signed().record.actor, shown);
    }
    // It is shown so wherever the journal is.
    record.seq += 100;
    record.record.event_id = Uuid::from_u128(0xe0e);
    record.subject_version = deck.journal.len() as u32 + 1;
    record.record.kind = "taken_over".to_owned();
    record.record.body = "{\"kind\":\"taken_over\"}".to_owned();
    let id = deck.request();
    deck.send(Msg::Desk(DeskMsg::Appended(vec![record])));
    let owner = &deck.model.requests.get(id).unwrap().owner;
    assert_eq!(owner, "mara (written by eve)");
}

#[test]
fn clocks_that_are_wrong_are_told() {
    let mut deck = Deck::new();
    let skew = |behind| {
        Msg::Desk(DeskMsg::Skew {
            behind: TimeDelta::seconds(behind),
            round_trip: Default::default(),
        })
    };
    deck.send(skew(1));
    assert!(deck.model.toast.is_none());
    deck.send(skew(-90));
    assert!(
        deck.toast()
            .contains("is 90 s ahead; times here are the desk's"),
        "{}",
        deck.toast()
    );
    // As a clock that was set by three hours is measured.
    deck.send(Msg::Desk(DeskMsg::Jumped(Jump {
        by: TimeDelta::hours(3) - TimeDelta::milliseconds(2),
        local: true,
        followed: false,
    })));
    assert!(deck.toast().contains("jumped by 3 h") && deck.toast().contains("go on as before"));
}

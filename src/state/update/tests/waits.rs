//! A dispatch that waits for a desk out of reach: it is taken back, by a person or by time.

use super::*;
use crate::state::wizard::Step;
use ocdeck_domain::restore::Phase;

/// The lost system was sent while the desk is away.
fn waiting() -> Deck {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    // The number was given before.
    deck.press(Command::Back);
    deck.press(Command::Continue);
    deck.desk_works = false;
    deck.send(Msg::Desk(DeskMsg::Failed {
        text: "connection refused".to_owned(),
        since: deck.now,
        waiting: 0,
        unkept: None,
    }));
    super::p1::from_the_name_on(&mut deck);
    deck
}
fn taken_back(deck: &mut Deck, stands: bool) {
    let record = Box::new(deck.intended().remove(0));
    deck.send(Msg::Desk(DeskMsg::TakenBack { record, stands }));
}

fn recovered(deck: &mut Deck) {
    deck.desk_works = true;
    deck.send(Msg::Desk(DeskMsg::Recovered));
}

fn dispatches(deck: &Deck) -> usize {
    let calls = deck.calls.iter();
    calls
        .filter(|(.., call)| matches!(call, Call::Dispatch(_)))
        .count()
}

#[test]
fn it_is_said_that_nothing_has_started_and_how_it_is_taken_back() {
    let mut deck = waiting();
    let id = deck.request();
    assert!(
        deck.toast()
            .contains("waits for the desk; nothing has started")
    );
    let waits = deck.model.waits_for_desk(id).unwrap();
    assert_eq!(waits.until - waits.since, TimeDelta::minutes(10));
    let until = waits.until;
    let handed = matches!(deck.intents[..], [DeskCommand::Intend { until: at, .. }] if at == until);
    assert!(handed);
    assert_eq!(deck.model.why_not(Command::TakeBack), None);
    for other in [Command::Continue, Command::CancelRestore] {
        let why = deck.model.why_not(other).unwrap();
        assert!(why.contains("it waits for the desk"), "{why}");
    }
    deck.press(Command::TakeBack);
    let asked = deck.intents.last();
    let event = deck.intended()[0].event_id;
    assert_eq!(asked, Some(&DeskCommand::TakeBack(event)));
    assert_eq!(
        deck.model.why_not(Command::TakeBack).unwrap(),
        "it is being taken back"
    );
}

#[test]
fn what_is_taken_back_stands_ready_in_the_wizard() {
    let mut deck = waiting();
    deck.press(Command::TakeBack);
    taken_back(&mut deck, false);
    assert!(
        deck.toast().contains("is taken back; nothing was sent"),
        "{}",
        deck.toast()
    );
    let wizard = deck.model.wizard.as_ref().unwrap();
    assert_eq!(wizard.step, Step::ReadBack);
    let system = wizard.system.as_ref().unwrap();
    assert_eq!(system.id.as_str(), "erp01");
    assert_eq!(deck.model.request_phase(deck.request()), Phase::Draft);
    // The desk is back; what was taken back is sent once, when it is sent.
    recovered(&mut deck);
    deck.answer();
    deck.wait(TimeDelta::seconds(60));
    assert_eq!(dispatches(&deck), 0);
    deck.press(Command::StepReadBack);
    deck.type_text("erp01");
    deck.press(Command::Dispatch);
    assert_eq!(dispatches(&deck), 1);
}

#[test]
fn one_that_waited_too_long_is_told_and_not_sent() {
    let mut deck = waiting();
    deck.wait(TimeDelta::minutes(11));
    taken_back(&mut deck, false);
    deck.wait(TimeDelta::seconds(10));
    assert!(
        deck.toast()
            .contains("waited 10 min for the desk and was not sent"),
        "{}",
        deck.toast()
    );
    assert!(deck.model.wizard.is_none(), "nobody asked for it");
    recovered(&mut deck);
    deck.wait(TimeDelta::seconds(60));
    assert_eq!(dispatches(&deck), 0);
    assert_eq!(deck.model.why_not(Command::Continue), None);
}

#[test]
fn one_that_stands_on_the_desk_all_the_same_is_undone_there() {
    let mut deck = waiting();
    deck.press(Command::TakeBack);
    let record = deck.intended().remove(0);
    taken_back(&mut deck, true);
    let undone = std::mem::take(&mut deck.claimed);
    recovered(&mut deck);
    let written = deck.write(vec![record]);
    // Between the two nothing goes out either.
    deck.send(Msg::Desk(DeskMsg::Appended(written)));
    deck.wait(TimeDelta::seconds(60));
    assert_eq!(dispatches(&deck), 0);
    deck.desk(DeskCommand::Append { records: undone });
    deck.wait(TimeDelta::seconds(60));
    assert_eq!(dispatches(&deck), 0);
    assert_eq!(deck.model.request_phase(deck.request()), Phase::Draft);
}

#[test]
fn one_that_was_just_written_goes_out_and_that_is_said() {
    let mut deck = waiting();
    deck.press(Command::TakeBack);
    let intent = deck.intents.remove(0);
    recovered(&mut deck);
    deck.desk(intent);
    deck.wait(TimeDelta::seconds(10));
    assert!(
        deck.toast().contains("was written just before"),
        "{}",
        deck.toast()
    );
    assert_eq!(dispatches(&deck), 1);
}

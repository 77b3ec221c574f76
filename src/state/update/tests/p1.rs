//! The whole P1 by keys, and what must hold around its dispatch.

use super::*;
use crate::state::{
    model::Screen,
    msg::{CallError, CallErrorKind},
    wizard::Step,
};
use ocdeck_domain::{clock::Verb, restore::Phase};

/// The lost system, by keys, until it is sent.
pub(super) fn p1(deck: &mut Deck) {
    deck.press(Command::CallCard);
    from_the_name_on(deck);
}

/// The same, with the call card open.
pub(super) fn from_the_name_on(deck: &mut Deck) {
    deck.type_text("ann l");
    deck.press(Command::Open); // takes Ann Lee
    deck.press(Command::Open); // a whole system
    deck.type_text("erp");
    deck.press(Command::Open); // takes acme/erp01
    deck.answer();
    deck.press(Command::Open); // takes the point
    deck.press(Command::Open); // original place
    deck.answer();
    deck.press(Command::Open); // replace changed
    deck.answer();
    deck.press(Command::Open); // the plan is right
    deck.type_text("erp01");
    deck.press(Command::Dispatch);
}

#[test]
fn a_p1_takes_at_most_thirty_keys() {
    let mut deck = Deck::new();
    p1(&mut deck);
    deck.answer();
    assert!(
        deck.commands <= 12,
        "{} keys are not typed text",
        deck.commands
    );
    assert!(
        deck.commands + deck.typed <= 30,
        "{} keys",
        deck.commands + deck.typed
    );
    let sent = deck.dispatched.first().unwrap();
    assert_eq!(
        sent.order.point,
        PointId::from("p2"),
        "the newest point that is not shrunk"
    );
    assert_eq!(sent.order.policy, OverwritePolicy::ReplaceChanged);
    assert!(sent.order.paths.is_empty());
    assert_eq!((sent.attempt, sent.priority), (1, Priority::P1));
    assert_eq!(sent.digest, [7; 32]);
    assert_eq!(sent.requester, "Ann Lee");
    assert!(
        sent.break_glass.is_none(),
        "a lost system is not beyond the limit"
    );
    assert!(deck.written_before_call);
    assert_eq!(deck.model.screen, Screen::Restores);
    let kinds = deck.kinds();
    assert_eq!(
        kinds,
        [
            "opened",
            "call_received",
            "responded",
            "kind_chosen",
            "dispatching",
            "witnessed"
        ]
    );
}

#[test]
fn the_clock_stops_when_the_appliance_runs_it() {
    let mut deck = Deck::new();
    p1(&mut deck);
    deck.answer();
    assert_eq!(deck.model.rail()[0].clock.verb, Verb::Initiate);
    deck.wait(TimeDelta::minutes(2));
    let running = attempt_of(&deck.dispatched[0].clone(), RestoreState::Running, deck.now);
    deck.news(
        "acme-stl-01",
        LinkNews::Delta(vec![Fact::Restore(Box::new(running))]),
    );
    assert!(deck.model.rail().is_empty());
    let id = deck.request();
    assert_eq!(
        deck.model.requests.get(id).unwrap().phase(),
        Phase::Attempt(RestoreState::Running)
    );
    // The same fact again writes nothing.
    let written = deck.journal.len();
    let again = attempt_of(&deck.dispatched[0].clone(), RestoreState::Running, deck.now);
    deck.news(
        "acme-stl-01",
        LinkNews::Delta(vec![Fact::Restore(Box::new(again))]),
    );
    assert_eq!(deck.journal.len(), written);
}

#[test]
fn nothing_is_sent_before_the_name_is_typed() {
    let mut deck = Deck::new();
    p1(&mut deck);
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.type_text("ann l");
    for _ in 0..3 {
        deck.press(Command::Open);
    }
    deck.answer();
    for _ in 0..4 {
        deck.press(Command::Open);
        deck.answer();
    }
    assert_eq!(deck.wizard().step, Step::ReadBack);
    assert_eq!(deck.wizard().focus, Field::Confirm);
    deck.type_text("erp0");
    deck.press(Command::Dispatch);
    assert!(deck.toast().contains("the name, typed"), "{}", deck.toast());
    deck.type_text("1");
    deck.press(Command::Open);
    assert!(
        deck.dispatched.is_empty() && deck.calls.is_empty(),
        "Enter does not send it"
    );
    deck.press(Command::Dispatch);
    deck.answer();
    assert_eq!(deck.dispatched.len(), 1);
}

#[test]
fn a_lost_answer_is_sent_again_with_the_same_key() {
    let mut deck = Deck::new();
    p1(&mut deck);
    let (ticket, _, first) = deck.calls.pop().unwrap();
    let lost = CallError {
        kind: CallErrorKind::LinkLost,
        text: "broken pipe".into(),
        code: String::new(),
    };
    deck.send(Msg::Reply(ticket, Reply::Dispatched(Err(lost))));
    let down = LinkNews::Down {
        why: "no route".into(),
        retry_at: deck.now,
    };
    deck.news("acme-stl-01", down);
    deck.wait(TimeDelta::minutes(1));
    assert!(
        deck.calls.is_empty(),
        "nothing is sent over a link that is gone"
    );
    deck.news("acme-stl-01", LinkNews::Heard);
    let (_, _, second) = deck.calls.last().cloned().unwrap();
    assert_eq!(first, second);
    deck.answer();
    let Call::Dispatch(dispatch) = second else {
        panic!("{second:?}")
    };
    assert_eq!(dispatch.attempt, 1);
    assert_eq!(deck.dispatched.len(), 1);
    deck.wait(TimeDelta::minutes(1));
    assert!(
        deck.calls.is_empty(),
        "an answered dispatch is not sent again"
    );
}

#[test]
fn a_console_killed_after_the_intent_sends_it_again() {
    let mut deck = Deck::new();
    p1(&mut deck);
    let (_, _, first) = deck.calls.pop().unwrap();
    // Killed before the answer; another console starts with the same desk.
    let mut next = Deck::asleep("2026-11-21T08:20:00Z");
    next.send(Msg::Desk(DeskMsg::Loaded {
        records: deck.journal.clone(),
        drafts: deck.drafts.clone(),
    }));
    next.journal = deck.journal.clone();
    assert!(next.calls.is_empty());
    next.up();
    let sent: Vec<&Call> = next
        .calls
        .iter()
        .map(|(_, _, call)| call)
        .filter(|c| matches!(c, Call::Dispatch(_)))
        .collect();
    assert_eq!(sent, [&first], "the very same, once");
}

#[test]
fn an_intent_that_is_not_written_is_not_sent() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.type_text("ann l");
    for _ in 0..3 {
        deck.press(Command::Open);
    }
    deck.answer();
    for _ in 0..4 {
        deck.press(Command::Open);
        deck.answer();
    }
    deck.type_text("erp01");
    deck.desk_works = false;
    deck.press(Command::Dispatch);
    deck.answer();
    assert!(deck.dispatched.is_empty());
    let (subject, refused) = (deck.request().into(), Vec::new());
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject,
        refused,
        winner: None,
    }));
    assert!(deck.toast().contains("nothing sent"));
    assert!(deck.model.pending.is_empty());
}

#[test]
fn a_refusal_makes_it_a_draft_again() {
    let mut deck = Deck::new();
    p1(&mut deck);
    let (ticket, _, _) = deck.calls.pop().unwrap();
    let no = CallError {
        kind: CallErrorKind::Refused,
        text: "plan again".into(),
        code: "PLAN_OLD".into(),
    };
    deck.send(Msg::Reply(ticket, Reply::Dispatched(Err(no))));
    let id = deck.request();
    assert_eq!(deck.model.requests.get(id).unwrap().phase(), Phase::Draft);
    assert!(deck.toast().contains("refused: plan again"));
    deck.press(Command::Continue);
    assert_eq!(deck.wizard().request, id);
    deck.answer();
    deck.press(Command::StepReadBack);
    deck.type_text("erp01");
    deck.press(Command::Dispatch);
    deck.answer();
    assert_eq!(
        deck.dispatched.last().unwrap().attempt,
        1,
        "a refused attempt was never made"
    );
    let request = deck.model.requests.get(id).unwrap();
    let accepted = Phase::Attempt(RestoreState::Accepted);
    assert_eq!(request.phase(), accepted, "it is followed again");
}

#[test]
fn beyond_the_limit_glass_is_broken_with_a_recorded_call() {
    let mut deck = Deck::new();
    deck.plan = plan_that_replaces(true);
    deck.press(Command::CallCard);
    deck.type_text("ann l");
    for _ in 0..3 {
        deck.press(Command::Open);
    }
    deck.answer();
    for _ in 0..4 {
        deck.press(Command::Open);
        deck.answer();
    }
    deck.type_text("erp01");
    deck.press(Command::BreakGlass);
    deck.press(Command::Dispatch);
    assert!(deck.toast().contains("break glass"), "{}", deck.toast());
    deck.type_text("the hour runs out");
    deck.press(Command::NextField);
    deck.type_text("eva");
    deck.press(Command::NextField);
    deck.type_text("02:10");
    deck.press(Command::Dispatch);
    deck.answer();
    let (reason, manager, called) = deck.dispatched[0].break_glass.clone().unwrap();
    assert_eq!(
        (reason.as_str(), manager.as_str()),
        ("the hour runs out", "eva")
    );
    assert_eq!(called, at("2026-11-21T08:10:00Z"));
}

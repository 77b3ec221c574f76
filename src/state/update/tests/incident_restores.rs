//! The restores of incidents: whose clocks run, and which the rail shows.

use super::incidents::{answer, fill, only, take, with_incident};
use super::*;
use ocdeck_domain::journal::Subject;

/// A report of a whole system by phone, whose restore is opened so many minutes later.
fn restore_after(deck: &mut Deck, minutes: i64) -> Time {
    deck.press(Command::ScreenIncidents);
    deck.press(Command::IncidentNew);
    fill(deck, "came by", "c");
    fill(deck, "wants", "r");
    fill(deck, "tenant", "acme");
    fill(deck, "what", "erp01 is gone");
    fill(deck, "contact", "Ann Lee");
    fill(deck, "number", "+1 555 0142");
    take(deck);
    let called = deck.now;
    let report = deck.model.selected_incident().unwrap().report().unwrap();
    assert_eq!(report.wants, ocdeck_domain::incident::Kind::RestoreSystem);
    deck.wait(TimeDelta::minutes(minutes));
    deck.press(Command::NewRestore);
    called
}

#[test]
fn the_restore_of_an_incident_is_due_when_the_call_said() {
    let mut deck = Deck::new();
    let called = restore_after(&mut deck, 25);
    let request = deck.model.requests.get(deck.request()).unwrap();
    assert_eq!(
        (request.received, request.responded),
        (Some(called), Some(called))
    );
    let rail = deck.model.rail();
    assert_eq!(rail.len(), 1);
    assert_eq!(rail[0].clock.deadline, called + TimeDelta::hours(1));
    assert_eq!(rail[0].clock.start, called);
    let request = Subject::Request(deck.request());
    let of = deck.journal.iter().filter(|r| r.record.subject == request);
    let kinds: Vec<&str> = of.map(|r| r.record.kind.as_str()).collect();
    assert_eq!(kinds, ["opened", "for_incident"], "nobody called again");
}

#[test]
fn a_request_that_is_due_later_hides_no_clock_of_its_incident() {
    let mut deck = Deck::new();
    // Another call, and its request is linked by hand.
    let called = restore_after(&mut deck, 25);
    deck.press(Command::Back);
    let first = deck.request();
    deck.press(Command::ScreenRestores);
    deck.press(Command::CancelRestore);
    answer(&mut deck, "opened by mistake");
    deck.press(Command::CallCard);
    deck.press(Command::Back);
    let second = deck
        .model
        .requests
        .all()
        .find(|r| r.id != first)
        .unwrap()
        .id;
    deck.press(Command::ScreenIncidents);
    deck.press(Command::IncidentLink);
    deck.press(Command::Down);
    deck.press(Command::Open);
    assert!(only(&deck).requests.contains(&second));
    let dues: Vec<Time> = deck.model.rail().iter().map(|c| c.clock.deadline).collect();
    assert_eq!(
        dues,
        [called + TimeDelta::hours(1), deck.now + TimeDelta::hours(1)]
    );
}

#[test]
fn a_request_that_is_given_up_stops_no_clock_of_its_incident() {
    let mut deck = Deck::new();
    restore_after(&mut deck, 5);
    deck.press(Command::Back);
    deck.press(Command::ScreenRestores);
    deck.press(Command::CancelRestore);
    answer(&mut deck, "opened by mistake");
    let clocks = deck.model.incident_clocks(only(&deck));
    assert!(clocks[1].runs(), "nothing was restored");
    assert_eq!(deck.model.rail().len(), 1);
}

#[test]
fn a_request_of_another_desk_is_neither_linked_nor_escalated() {
    let mut deck = with_incident();
    let theirs = super::requests::sent();
    let told = attempt_of(
        &theirs.dispatched[0],
        RestoreState::AwaitingApproval,
        deck.now,
    );
    let appliance = "acme-stl-01".into();
    deck.model.requests.adopt(&appliance, &told, "erp01");
    deck.press(Command::IncidentLink);
    assert!(
        deck.toast().contains("no restore request is open"),
        "{}",
        deck.toast()
    );
    deck.press(Command::ScreenRestores);
    deck.model.restores.selected = Some(told.request);
    deck.press(Command::Escalate);
    assert!(deck.toast().contains("of another desk"), "{}", deck.toast());
}

#[test]
fn what_is_merged_into_an_incident_of_an_alert_keeps_its_clock_there() {
    let mut deck = Deck::new();
    let called = restore_after(&mut deck, 5);
    deck.press(Command::Back);
    deck.press(Command::ScreenRestores);
    deck.press(Command::CancelRestore);
    answer(&mut deck, "opened by mistake");
    let reported = only(&deck).id;
    let raised = super::incidents::alert("acme", "erp01-files", 7, deck.now);
    deck.news("acme-stl-01", LinkNews::Delta(vec![Fact::Alert(raised)]));
    deck.press(Command::ScreenIncidents);
    deck.model.incidents.selected = Some(reported);
    deck.press(Command::IncidentMerge);
    deck.press(Command::Down);
    deck.press(Command::Open);
    assert_ne!(only(&deck).id, reported);
    let dues: Vec<Time> = deck.model.rail().iter().map(|c| c.clock.deadline).collect();
    assert_eq!(dues, [called + TimeDelta::hours(1)]);
}

//! What ended long ago was not read at the start, and comes back; what is done elsewhere; and what
//! becomes a P1.

use super::{
    alerts::{alert, episode, minutes},
    *,
};
use crate::state::alerts::Place;
use ocdeck_domain::{
    alert::{Event, State},
    incident,
    journal::Subject,
};

/// A console that did not read what its desk says of an alert, which its appliance tells.
fn unread(severity: u32, history: &[Event]) -> Deck {
    let mut deck = Deck::asleep("2026-11-21T08:14:05Z");
    let raised = deck.now - TimeDelta::days(3);
    let fact = alert("a", severity, raised);
    let raising = Event::Raised(Box::new(fact.clone()));
    let past = std::iter::once(&raising).chain(history);
    let past = (1..).zip(past).map(|(n, event)| {
        let id = Uuid::from_u128(7_000 + n);
        event.record(id, &episode("a", 1), raised, "jon")
    });
    let past = past.collect();
    deck.write(past);
    let (records, drafts) = (Vec::new(), Vec::new());
    deck.send(Msg::Desk(DeskMsg::Loaded { records, drafts }));
    deck.up();
    deck.tell(fact);
    deck.press(Command::ScreenAlerts);
    deck
}

fn gone(deck_now: &str) -> Event {
    let at = at(deck_now);
    Event::Gone { at, of: 0 }
}

#[test]
fn what_was_gone_long_ago_and_stands_again_is_in_the_queue() {
    let deck = unread(7, &[gone("2026-11-18T09:00:00Z")]);
    assert_eq!(deck.kinds_of("a"), ["raised", "gone", "reopened"]);
    assert_eq!(deck.state("a"), State::Raised);
    assert_eq!(deck.place("a"), Place::Queued);
}

#[test]
fn a_decision_in_whose_way_unread_history_stands_is_made_knowing_it() {
    let text = "disk 4".to_owned();
    let history = [Event::Taken, Event::Noted { text }];
    let mut deck = unread(4, &history);
    assert_eq!(deck.model.book.alert(&episode("a", 1)), None);
    let refused = deck.refuse(Command::AlertTake);
    assert_eq!(refused.len(), 1);
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject: Subject::Alert(episode("a", 1)),
        refused,
        winner: None,
    }));
    assert!(deck.toast().starts_with("jon took it"), "{}", deck.toast());
    assert_eq!(deck.life("a").owner, "jon", "the whole history is known");
    deck.press(Command::AlertTake);
    assert_eq!(deck.toast(), "acme/a is yours");
}

#[test]
fn what_is_done_on_the_incident_is_done_for_its_alert() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertAcknowledge);
    deck.press(Command::Open);
    assert_eq!(deck.state("a"), State::Acknowledged);
    deck.wait(minutes(15));
    let open = deck.model.book.incidents.open().next().unwrap().id;
    let text = "the disk is on its way".to_owned();
    let note = incident::Event::Noted { text };
    let note = note.record(Uuid::from_u128(8_000), open, deck.now, "jon");
    let written = deck.write(vec![note]);
    deck.send(Msg::Desk(DeskMsg::Appended(written)));
    deck.wait(minutes(19));
    assert_eq!(deck.state("a"), State::Acknowledged, "jon works on it");
    deck.wait(minutes(2));
    assert_eq!(deck.state("a"), State::Raised);
}

#[test]
fn what_was_acknowledged_and_snoozed_and_becomes_a_p1_calls() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::AlertAcknowledge);
    deck.press(Command::Open);
    let until = deck.now + TimeDelta::hours(8);
    let reason = "waits for the disk".to_owned();
    deck.other("mara", "a", &Event::Snoozed { until, reason });
    assert_eq!(deck.place("a"), Place::Snoozed);
    let rang = deck.rings().len();
    let raised = deck.now;
    deck.wait(minutes(1));
    deck.tell(alert("a", 9, raised));
    assert_eq!(deck.place("a"), Place::Queued);
    assert_eq!(deck.rings().len(), rang + 1);
    deck.wait(minutes(10));
    assert_eq!(deck.state("a"), State::Raised, "the snooze does not hold");
}

#[test]
fn who_has_a_p1_is_heard_of_at_once() {
    let mut deck = Deck::new();
    let beats = |deck: &Deck| {
        let beats = deck.effects.iter().filter_map(|effect| match effect {
            Effect::Heartbeat(id, every) if id.as_str() == "nova-01" => Some(*every),
            _ => None,
        });
        beats.collect::<Vec<_>>()
    };
    let link = &deck.model.policy.link;
    let (near, far) = (link.heartbeat_near, link.heartbeat_far);
    let mut fact = Alert {
        tenant: Some("nova".into()),
        ..alert("a", 8, deck.now)
    };
    let tell = |deck: &mut Deck, fact: &Alert| {
        deck.news("nova-01", LinkNews::Delta(vec![Fact::Alert(fact.clone())]));
    };
    tell(&mut deck, &fact);
    assert!(beats(&deck).is_empty(), "a P2 waits");
    fact.severity = Severity::clamped(9);
    tell(&mut deck, &fact);
    assert_eq!(beats(&deck), [near]);
    fact.cleared = Some(deck.now);
    tell(&mut deck, &fact);
    assert_eq!(beats(&deck), [near, far]);
}

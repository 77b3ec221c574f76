//! Links follow the directory: what comes is dialled, what leaves is hung up and leaves the
//! picture, and what people do keeps its place.

use super::{
    alerts::{alert, id},
    directory::{apply, parts},
    requests::{sent, tell},
    *,
};
use crate::state::{
    fleet::LinkState,
    wizard::{Load, Step},
};
use ocdeck_domain::{
    fleet::{Appliance, Node, Parts},
    restore::Phase,
};

fn site(parts: &mut Parts, id: &str, at: &str, address: Option<&str>) {
    parts.appliances.push(Appliance {
        id: id.into(),
        sites: vec![at.into()],
        address: address.map(Into::into),
        via: None,
    });
}

fn without(parts: &mut Parts, id: &str) {
    parts
        .appliances
        .retain(|appliance| appliance.id.as_str() != id);
}

/// What the links should be, as it was wanted last.
fn wanted(deck: &mut Deck) -> Option<Vec<(String, String)>> {
    let effects = std::mem::take(&mut deck.effects);
    let links = effects.into_iter().filter_map(|effect| match effect {
        Effect::Links(links) => Some(links),
        _ => None,
    });
    let links = links.last()?.into_iter();
    Some(
        links
            .map(|link| (link.appliance.to_string(), link.address))
            .collect(),
    )
}

#[test]
fn links_follow_each_revision() {
    let mut deck = Deck::new();
    let policy = deck.model.policy.clone();
    apply(&mut deck, 1, parts(), &policy);
    assert_eq!(wanted(&mut deck), None, "the same links");
    let mut next = parts();
    site(&mut next, "acme-02", "hq", Some("10.0.0.2:7443"));
    without(&mut next, "nova-01");
    next.appliances[0].address = Some("10.0.0.9:7443".into());
    let moved = next.appliances[0].id.clone();
    apply(&mut deck, 2, next.clone(), &policy);
    let links = wanted(&mut deck).unwrap();
    let of = |id: &str| {
        links
            .iter()
            .find(|(of, _)| of == id)
            .map(|(_, at)| at.as_str())
    };
    assert_eq!(of("acme-02"), Some("10.0.0.2:7443"));
    assert_eq!(of(moved.as_str()), Some("10.0.0.9:7443"));
    assert_eq!(of("nova-01"), None);
    assert_eq!(links.len(), next.appliances.len());
    assert_eq!(
        deck.toast(),
        "revision 2 by eva: appliances 1 new, 1 left, 1 moved"
    );
    let link = |deck: &Deck, id: &str| deck.model.fleet.get(&id.into()).map(|a| a.link.clone());
    assert_eq!(link(&deck, "acme-02"), Some(LinkState::Dialling));
    assert_eq!(link(&deck, moved.as_str()), Some(LinkState::Dialling));
    assert_eq!(
        link(&deck, "hosted-01"),
        Some(LinkState::Live),
        "left alone"
    );
    // What the old link told before it ended breaks nothing.
    deck.live("nova-01", vec![system("fs02", "nova", None)]);
    assert_eq!(link(&deck, "nova-01"), None);
    // It comes back: it is dialled as for the first time.
    apply(&mut deck, 3, parts(), &policy);
    assert_eq!(link(&deck, "nova-01"), Some(LinkState::Dialling));
    assert!(
        wanted(&mut deck)
            .unwrap()
            .iter()
            .any(|(id, _)| id == "nova-01")
    );
    assert!(
        deck.model
            .fleet
            .get(&"nova-01".into())
            .unwrap()
            .jobs
            .is_empty()
    );
}

#[test]
fn where_the_directory_has_no_address_the_consoles_own_file_has() {
    let mut deck = Deck::new();
    let policy = deck.model.policy.clone();
    let mut next = parts();
    next.appliances
        .iter_mut()
        .for_each(|appliance| appliance.address = None);
    site(&mut next, "acme-02", "hq", None);
    apply(&mut deck, 1, next, &policy);
    assert_eq!(wanted(&mut deck), None);
    let said = deck.toast().to_owned();
    assert!(said.contains("1 appliance has no address"), "{said}");
    let state = deck.model.fleet.get(&"acme-02".into()).unwrap();
    assert!(matches!(&state.link, LinkState::Down { why, .. } if why.contains("fleet.toml")));
    assert!(deck.model.fleet.is_live(&"nova-01".into()));
}

#[test]
fn what_is_looked_at_keeps_its_place() {
    let mut deck = Deck::new();
    let policy = deck.model.policy.clone();
    deck.press(Command::ScreenJobs);
    let ids = |deck: &Deck| {
        let rows =
            (0..deck.model.jobs.rows().len()).filter_map(|row| deck.model.jobs.rows().get(row));
        rows.map(|job| job.id.to_string()).collect::<Vec<_>>()
    };
    let before = ids(&deck);
    let row = before.iter().position(|id| id == "fs02-shares").unwrap();
    let selected = deck.model.jobs.rows().get(row).cloned();
    deck.model.jobs.selected = selected;
    let total = deck.model.fleet.total().jobs;
    let mut next = parts();
    without(&mut next, "nova-01");
    apply(&mut deck, 1, next, &policy);
    let mut after = before.clone();
    after.remove(row);
    assert_eq!(ids(&deck), after);
    assert_eq!(deck.model.fleet.total().jobs, total - 1);
    let stands = deck.model.jobs.selected.clone().unwrap().id.to_string();
    assert_eq!(
        Some(&stands),
        after.get(row).or(after.last()),
        "the row under the cursor"
    );

    // The scope: an appliance that goes leaves what is above it.
    let acme = |id: &str| {
        let sites = |a: &Appliance| a.sites.first().cloned();
        let parts = parts();
        let appliance = parts
            .appliances
            .iter()
            .find(|a| a.id.as_str() == id)
            .unwrap();
        Node::Appliance(sites(appliance), id.into())
    };
    let node = acme("acme-stl-01");
    deck.model.tree.reveal(&deck.model.directory.clone(), &node);
    apply(&mut deck, 2, parts(), &policy);
    assert_eq!(deck.model.scope(), Some(&node));
    let mut next = parts();
    without(&mut next, "acme-stl-01");
    apply(&mut deck, 3, next, &policy);
    assert!(
        matches!(deck.model.scope(), Some(Node::Site(_) | Node::Tenant(_))),
        "{:?}",
        deck.model.scope()
    );
    assert!(deck.model.tree.position().is_some(), "and it is in view");
}

#[test]
fn alerts_of_an_appliance_that_left_leave_the_queue() {
    let mut deck = Deck::new();
    let policy = deck.model.policy.clone();
    apply(&mut deck, 1, parts(), &policy);
    deck.tell(alert("full", 7, deck.now));
    let on = id("full").appliance;
    let counted = |deck: &Deck| (deck.model.alerts.counts, deck.model.alerts.rows.len());
    let before = counted(&deck);
    let mut next = parts();
    without(&mut next, on.as_str());
    apply(&mut deck, 2, next, &policy);
    assert_ne!(counted(&deck), before);
    assert!(deck.model.alerts.placed(&id("full")).is_none());
    assert!(
        deck.model.book.incidents.open().count() > 0,
        "what people work on stays"
    );
    // It is told again when it is back, and stands where it stood.
    apply(&mut deck, 3, parts(), &policy);
    deck.up();
    deck.tell(alert("full", 7, deck.now));
    assert!(deck.model.alerts.placed(&id("full")).is_some());
}

/// A revision without the appliance of the tests, and the next one that has it again.
fn gone(deck: &mut Deck, revision: u32) {
    let policy = deck.model.policy.clone();
    let mut next = parts();
    without(&mut next, "acme-stl-01");
    apply(deck, revision, next, &policy);
}

fn back(deck: &mut Deck, revision: u32) {
    let policy = deck.model.policy.clone();
    apply(deck, revision, parts(), &policy);
}

#[test]
fn what_runs_on_an_appliance_that_left_stays_in_view() {
    let mut deck = sent();
    tell(&mut deck, RestoreState::Running);
    let id = deck.request();
    gone(&mut deck, 1);
    assert_eq!(
        deck.toast(),
        "R-0118 is not heard any more: its appliance left the directory (revision 1 by eva)"
    );
    assert_eq!(deck.model.restores.rows, [id]);
    let running = Phase::Attempt(RestoreState::Running);
    assert_eq!(
        deck.model.request_phase(id),
        running,
        "as the desk knows it"
    );
    assert_eq!(deck.model.request_place(id), "acme/erp01");
    deck.press(Command::CancelRestore);
    deck.type_text("wrong place");
    deck.press(Command::Open);
    assert!(
        deck.toast().starts_with("acme-stl-01 left the directory"),
        "{}",
        deck.toast()
    );
    assert!(deck.calls.is_empty());

    back(&mut deck, 2);
    deck.up();
    tell(&mut deck, RestoreState::Completed);
    let phase = deck.model.request_phase(id);
    assert_eq!(phase, Phase::AwaitingValidation(RestoreState::Completed));
}

#[test]
fn what_was_dispatched_is_not_forgotten() {
    let mut deck = sent();
    let id = deck.request();
    let before = deck.kinds().len();
    gone(&mut deck, 1);
    // The answer was on its way.
    let mut other = sent_unanswered();
    gone(&mut other, 1);
    other.answer();
    assert_eq!(
        other.kinds().last(),
        Some(&"witnessed"),
        "{:?}",
        other.kinds()
    );
    assert_eq!(deck.kinds().len(), before + 1, "the revision alone");

    // One without an answer goes out again as soon as there is a link.
    let mut silent = sent_unanswered();
    let (_, _, first) = silent.calls.pop().unwrap();
    gone(&mut silent, 1);
    silent.model.pending.clear();
    silent.wait(TimeDelta::minutes(5));
    assert!(silent.calls.is_empty() && silent.model.restores.rows.contains(&id));
    back(&mut silent, 2);
    silent.up();
    let again = silent.calls.iter().map(|(_, _, call)| call);
    assert!(
        again.into_iter().any(|call| *call == first),
        "the very same"
    );
}

fn sent_unanswered() -> Deck {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Mark);
    deck.press(Command::NextStep);
    for _ in 0..3 {
        deck.press(Command::Open);
        deck.answer();
    }
    deck.press(Command::Open);
    assert!(
        deck.calls
            .iter()
            .any(|(_, _, call)| matches!(call, Call::Dispatch(_)))
    );
    deck
}

#[test]
fn a_draft_for_an_appliance_that_left_waits_for_another_system() {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Mark);
    deck.press(Command::NextStep);
    deck.answer();
    let steps = |deck: &Deck| {
        let missing = deck.model.wizard_missing(deck.wizard());
        missing
            .into_iter()
            .map(|row| (row.step, row.text))
            .collect::<Vec<_>>()
    };
    let before = steps(&deck);
    let marks = deck.wizard().marks.clone();
    gone(&mut deck, 1);
    let left = (
        Step::System,
        "another system: acme-stl-01 left the directory".to_owned(),
    );
    assert!(steps(&deck).contains(&left), "{:?}", steps(&deck));
    assert!(
        deck.wizard()
            .systems
            .iter()
            .all(|m| m.system.appliance.as_str() != "acme-stl-01")
    );
    deck.press(Command::Dispatch);
    assert!(deck.dispatched.is_empty());
    assert_eq!(deck.wizard().marks, marks, "what was typed stays");
    back(&mut deck, 2);
    deck.up();
    deck.answer();
    assert_eq!(steps(&deck), before);
    assert!(matches!(deck.wizard().points, Load::Known(..)));
}

#[test]
fn a_link_that_is_looked_at_is_asked_often_again_when_it_is_back() {
    let mut deck = sent();
    tell(&mut deck, RestoreState::Running);
    gone(&mut deck, 1);
    deck.effects.clear();
    back(&mut deck, 2);
    let places = |wanted: fn(&Effect) -> bool| deck.effects.iter().position(wanted);
    let links = places(|effect| matches!(effect, Effect::Links(_))).unwrap();
    let near =
        places(|effect| matches!(effect, Effect::Heartbeat(id, 5) if id.as_str() == "acme-stl-01"));
    assert!(near.is_some_and(|near| near > links), "{:?}", deck.effects);
}

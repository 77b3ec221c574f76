//! The Restores screen: from what runs to what is closed.

use super::*;
use crate::state::{
    clocks::{Due, Timed},
    effect::DemoCommand,
    model::Screen,
    msg::{DemoMsg, MouseAction, Spot},
    overlay::Overlay,
    shift::ShiftView,
};
use ocdeck_domain::restore::Phase;

pub(super) fn sent() -> Deck {
    let mut deck = Deck::new();
    deck.call_for_files();
    deck.press(Command::Mark);
    deck.press(Command::NextStep);
    for _ in 0..4 {
        deck.press(Command::Open);
        deck.answer();
    }
    assert_eq!(deck.dispatched.len(), 1);
    deck
}

pub(super) fn tell(deck: &mut Deck, state: RestoreState) {
    tell_of(deck, state, |_| {});
}

/// What the appliance says of the attempt that was sent.
pub(super) fn tell_of(
    deck: &mut Deck,
    state: RestoreState,
    more: impl FnOnce(&mut RestoreAttempt),
) {
    let dispatch = deck.dispatched.last().unwrap().clone();
    let mut told = attempt_of(&dispatch, state, deck.now);
    more(&mut told);
    deck.news(
        "acme-stl-01",
        LinkNews::Delta(vec![Fact::Restore(Box::new(told))]),
    );
}

fn phase(deck: &Deck) -> Phase {
    deck.model.requests.get(deck.request()).unwrap().phase()
}

#[test]
fn a_named_contact_validates_then_it_is_closed() {
    let mut deck = sent();
    deck.press(Command::Validate);
    assert!(deck.toast().contains("it is accepted"));
    tell(&mut deck, RestoreState::Completed);
    deck.press(Command::Close);
    assert!(deck.toast().contains("a named contact validates it first"));
    deck.press(Command::Validate);
    deck.press(Command::Open);
    assert!(
        deck.toast().contains("nobody is named"),
        "not without a name"
    );
    deck.press(Command::Down);
    deck.press(Command::Open);
    assert_eq!(phase(&deck), Phase::Validated);
    deck.press(Command::Close);
    assert_eq!(phase(&deck), Phase::Closed);
    assert!(deck.model.restores.rows.is_empty());
    deck.press(Command::ShowClosed);
    assert_eq!(deck.model.restores.rows.len(), 1);
}

#[test]
fn an_interrupted_restore_is_continued_as_the_next_attempt() {
    let mut deck = sent();
    tell(&mut deck, RestoreState::Interrupted);
    deck.press(Command::Continue);
    deck.answer();
    deck.press(Command::Open);
    deck.press(Command::Dispatch);
    deck.answer();
    let attempts: Vec<u32> = deck.dispatched.iter().map(|d| d.attempt).collect();
    assert_eq!(attempts, [1, 2]);
    assert_eq!(deck.dispatched[0].order, deck.dispatched[1].order);
}

#[test]
fn what_the_screen_offers_is_taken_before_the_desk_has_it() {
    let mut deck = sent();
    deck.desk_works = false;
    tell(&mut deck, RestoreState::Interrupted);
    assert_eq!(phase(&deck), Phase::Attempt(RestoreState::Accepted));
    let shown = deck.model.request_phase(deck.request());
    assert_eq!(shown, Phase::Attempt(RestoreState::Interrupted));
    deck.press(Command::Continue);
    assert_eq!(deck.wizard().step, crate::state::wizard::Step::Check);
}

#[test]
fn what_an_appliance_with_a_wrong_clock_tells_is_kept_in_our_time() {
    let mut deck = sent();
    let description = Box::new(Description {
        driver: "engine".into(),
        agent_version: "0.1.0".into(),
        capabilities: Vec::new(),
        caller: ("mara".into(), "technician".into()),
    });
    let offset_ms = -90_000;
    let live = LinkNews::Live {
        description,
        offset_ms,
    };
    deck.news("acme-stl-01", live);
    tell(&mut deck, RestoreState::Running);
    let request = deck.model.requests.get(deck.request()).unwrap();
    let running = &request.attempt().unwrap().witnessed["running"];
    assert_eq!(running.at - deck.now, TimeDelta::seconds(90));
    assert_eq!(running.offset_ms, offset_ms);
}

#[test]
fn cancelling_wants_a_reason() {
    let mut deck = sent();
    tell(&mut deck, RestoreState::Running);
    deck.press(Command::CancelRestore);
    assert!(matches!(deck.model.overlay, Some(Overlay::Ask(_))));
    deck.type_text("wrong system");
    deck.press(Command::Open);
    let (_, _, call) = deck.calls.last().unwrap();
    let Call::Cancel(_, 1, intent) = call else {
        panic!("{call:?}")
    };
    assert_eq!(
        (intent.reason.as_str(), intent.reference.as_str()),
        ("wrong system", "R-0118")
    );
    tell(&mut deck, RestoreState::Cancelled);
    deck.press(Command::Close);
    assert_eq!(phase(&deck), Phase::Closed);
}

#[test]
fn a_draft_is_given_up_with_a_reason() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.press(Command::Back);
    deck.press(Command::CancelRestore);
    deck.type_text("a wrong number");
    deck.press(Command::Open);
    assert_eq!(phase(&deck), Phase::Cancelled);
    assert!(deck.model.rail().is_empty(), "its clock stands still");
}

#[test]
fn the_urgent_clock_walks_through_all() {
    let mut deck = Deck::new();
    deck.press(Command::UrgentClock);
    assert!(deck.toast().contains("no clock is running"));
    deck.press(Command::CallCard);
    deck.press(Command::Back);
    deck.wait(TimeDelta::minutes(1));
    deck.press(Command::CallCard);
    deck.press(Command::Back);
    deck.press(Command::ScreenFleet);
    deck.press(Command::UrgentClock);
    let first = deck.model.restores.selected;
    deck.press(Command::UrgentClock);
    assert_ne!(deck.model.restores.selected, first);
    deck.press(Command::UrgentClock);
    assert_eq!(deck.model.restores.selected, first);
}

#[test]
fn the_urgent_clock_reaches_what_was_promised_in_its_order() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenShift);
    deck.press(Command::Promise);
    // It is 02:14: three minutes before the clock of the call is over.
    deck.type_text("02:22 call Ann Lee back");
    deck.press(Command::Open);
    deck.press(Command::CallCard);
    deck.press(Command::Back);
    let request = deck.request();
    deck.press(Command::ScreenFleet);
    let id = deck.model.due_promises()[0].promise.promise;
    let order: Vec<Timed> = deck.model.due().iter().map(Due::of).collect();
    assert_eq!(order, [Timed::Promise(id), Timed::Request(request)]);
    for _ in 0..2 {
        deck.press(Command::UrgentClock);
        assert_eq!(deck.model.screen, Screen::Shift);
        let line = deck.model.selected_line().unwrap();
        assert_eq!(line.text(), "call Ann Lee back");
        deck.press(Command::UrgentClock);
        assert_eq!(deck.model.screen, Screen::Restores);
        assert_eq!(deck.model.restores.selected, Some(request));
    }
    // Of a colleague it stands among what is handed over.
    deck.model.me.name = "jon".into();
    deck.press(Command::UrgentClock);
    assert_eq!(deck.model.shift.view, ShiftView::Handover);
    assert_eq!(
        deck.model.selected_line().unwrap().text(),
        "call Ann Lee back"
    );
    // In the rail it is reached by the mouse too.
    deck.press(Command::ScreenFleet);
    deck.send(Msg::Pointed(Spot::Promise(id), MouseAction::Click));
    assert_eq!(deck.model.screen, Screen::Shift);
}

#[test]
fn what_was_promised_in_an_incident_opens_that_incident() {
    let mut deck = Deck::new();
    let id = super::shift::with_an_incident(&mut deck, "");
    deck.press(Command::UrgentClock);
    assert_eq!(deck.model.screen, Screen::Incidents);
    assert_eq!(deck.model.incidents.selected, Some(id));
}

#[test]
fn the_rail_is_made_once_a_second_however_much_is_told() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    let left = deck.model.rail()[0].left;
    let times = deck.model.rail.times;
    for _ in 0..100 {
        deck.news("nova-01", LinkNews::Heard);
    }
    assert_eq!(deck.model.rail.times, times);
    deck.wait(TimeDelta::seconds(1));
    assert_eq!(deck.model.rail.times, times + 1);
    assert_eq!(deck.model.rail()[0].left, left - TimeDelta::seconds(1));
    // What comes from the desk is there at once.
    deck.press(Command::Back);
    deck.press(Command::CallCard);
    assert_eq!(deck.model.rail().len(), 2);
    assert!(deck.model.rail.times > times + 1);
    for list in [Command::ScreenFleet, Command::ScreenJobs] {
        deck.press(list);
        let times = deck.model.rail.times;
        deck.press(Command::Down);
        deck.press(Command::Last);
        assert_eq!(
            deck.model.rail.times, times,
            "a step in a list decides nothing"
        );
    }
}

#[test]
fn a_hot_clock_rings_once() {
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.effects.clear();
    deck.wait(TimeDelta::minutes(46));
    deck.wait(TimeDelta::seconds(1));
    assert_eq!(deck.rings().len(), 1);
    deck.wait(TimeDelta::minutes(20));
    assert!(deck.model.rail()[0].left < TimeDelta::zero());
}

#[test]
fn the_demo_compares_what_came_back() {
    let mut deck = Deck::new();
    deck.send(Msg::Demo(DemoMsg::Lost {
        system: "acme/erp01".into(),
        files: 212,
    }));
    deck.call_for_files();
    deck.press(Command::Mark);
    deck.press(Command::NextStep);
    for _ in 0..4 {
        deck.press(Command::Open);
        deck.answer();
    }
    tell(&mut deck, RestoreState::Completed);
    assert!(
        deck.effects
            .contains(&Effect::Demo(DemoCommand::Compare("acme/erp01".into())))
    );
    deck.send(Msg::Demo(DemoMsg::Compared {
        system: "acme/erp01".into(),
        equal: 212,
        wrong: 0,
    }));
    assert!(deck.toast().contains("212 files back, every one equal"));
}

#[test]
fn a_desk_that_cannot_be_written_says_so_until_it_can() {
    let mut deck = Deck::new();
    deck.send(Msg::Desk(DeskMsg::Failed {
        text: "disk full".into(),
        since: deck.now,
        waiting: 0,
        unkept: None,
    }));
    let (why, _) = deck.model.desk.trouble.clone().unwrap();
    assert!(why == "disk full" && deck.toast().contains("kept and written later"));
    deck.send(Msg::Desk(DeskMsg::Recovered));
    assert_eq!(deck.toast(), "the desk is written again, nothing was lost");
}

#[test]
fn a_request_waits_for_the_client_after_an_attempt_to_reach_somebody() {
    use super::incidents::{fill, take};
    let mut deck = Deck::new();
    deck.press(Command::CallCard);
    deck.type_text("ann lee");
    deck.press(Command::Open);
    deck.press(Command::Back);
    let id = deck.request();
    deck.press(Command::IncidentWait);
    fill(&mut deck, "for what", "the folder's name");
    fill(&mut deck, "whom", "");
    take(&mut deck);
    assert!(deck.toast().contains("whom: it needs an answer"));
    assert_eq!(deck.model.requests.get(id).unwrap().waiting(), None);
    fill(&mut deck, "whom", "Ann Lee");
    fill(&mut deck, "number", "+1 555 0142");
    fill(&mut deck, "result", "n");
    take(&mut deck);
    let request = deck.model.requests.get(id).unwrap();
    let wait = request.waiting().unwrap();
    assert_eq!(wait.what, "the folder's name");
    assert_eq!(wait.attempt, "Ann Lee +1 555 0142 by phone, no answer");
    deck.wait(TimeDelta::minutes(5));
    let clock = deck.model.chip(id).unwrap().clock;
    let now = deck.model.now;
    assert_eq!(
        clock.adjusted_left(now) - clock.left(now),
        TimeDelta::minutes(5),
        "the wall value goes on"
    );
    assert_eq!(deck.model.hint(Command::IncidentWait).label, "goes on");
    deck.press(Command::IncidentWait);
    assert_eq!(deck.model.requests.get(id).unwrap().waiting(), None);
    assert_eq!(deck.kinds().last(), Some(&"waiting_ended"));
    let label = deck.model.hint(Command::IncidentWait).label;
    assert_eq!(label, "waits for client…");
}

#[test]
fn what_is_over_or_awaits_the_word_of_the_client_waits_for_nothing_else() {
    let mut deck = sent();
    tell(&mut deck, RestoreState::Completed);
    deck.press(Command::IncidentWait);
    assert!(
        deck.toast()
            .contains("it awaits validation: it waits already")
    );
    deck.press(Command::Validate);
    deck.press(Command::Down);
    deck.press(Command::Open);
    deck.press(Command::Close);
    deck.press(Command::ShowClosed);
    deck.press(Command::IncidentWait);
    assert!(deck.toast().contains("it is closed"), "{}", deck.toast());
    assert!(deck.model.overlay.is_none());
}

#[test]
fn an_interrupted_restore_that_nobody_continues_is_closed_with_a_reason() {
    let mut deck = sent();
    tell(&mut deck, RestoreState::Interrupted);
    deck.press(Command::Close);
    assert_eq!(phase(&deck), Phase::Attempt(RestoreState::Interrupted));
    deck.press(Command::Open);
    assert!(
        deck.toast().contains("it needs a reason"),
        "{}",
        deck.toast()
    );
    deck.type_text("the client took the copy");
    deck.press(Command::Open);
    assert_eq!(phase(&deck), Phase::Closed);
    assert!(deck.kinds().ends_with(&["noted", "closed"]));
}

/// What was to be written about the request, while the desk did not work.
fn claimed(deck: &mut Deck, press: &[Command]) -> Vec<NewRecord> {
    deck.desk_works = false;
    for command in press {
        deck.press(*command);
    }
    deck.desk_works = true;
    std::mem::take(&mut deck.claimed)
}

/// Somebody else writes about the request, and the desk refuses what was written here.
fn faster(deck: &mut Deck, event: &ocdeck_domain::restore::Event, refused: Vec<NewRecord>) {
    let id = deck.request();
    let record = event.record(Uuid::from_u128(9_000), id, deck.now, "jon");
    let written = deck.write(vec![record]);
    deck.send(Msg::Desk(DeskMsg::Appended(written.clone())));
    deck.send(Msg::Desk(DeskMsg::Conflict {
        subject: id.into(),
        refused,
        winner: written.into_iter().next().map(Box::new),
    }));
}

#[test]
fn who_closes_in_the_second_of_a_dispatch_does_not() {
    use ocdeck_domain::restore::Event;
    let mut deck = sent();
    tell(&mut deck, RestoreState::Failed);
    let version = deck.model.requests.get(deck.request()).unwrap().version();
    let refused = claimed(&mut deck, &[Command::Close]);
    assert_eq!(refused[0].subject_version, Some(version + 1));
    let request = deck.model.requests.get(deck.request()).unwrap();
    let mut again = request.attempt().unwrap().intended.clone();
    again.attempt = 2;
    faster(&mut deck, &Event::Dispatching(Box::new(again)), refused);
    assert_eq!(phase(&deck), Phase::Dispatching);
    assert!(!deck.kinds().contains(&"closed"));
}

#[test]
fn a_close_is_written_behind_a_note_that_came_between() {
    use ocdeck_domain::restore::Event;
    let mut deck = sent();
    tell(&mut deck, RestoreState::Failed);
    let refused = claimed(&mut deck, &[Command::Close]);
    let text = "the client knows".to_owned();
    faster(&mut deck, &Event::Noted { text }, refused);
    assert_eq!(phase(&deck), Phase::Closed);
    assert!(deck.toast().contains("closed"), "{}", deck.toast());
}

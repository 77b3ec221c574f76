//! Beyond the limit of one person: asked, approved, rejected, each heard by the other side.

use super::*;
use crate::state::{
    msg::{CallError, CallErrorKind},
    overlay::Overlay,
};
use ocdeck_domain::{
    fleet::{Directory, Duty, Parts, Rota, Turn},
    restore::Phase,
};

const AWAITS: Phase = Phase::Attempt(RestoreState::AwaitingApproval);

/// The whole of erp01 at its place, as it is about to be sent.
fn read_back(plan: Plan) -> Deck {
    let mut deck = Deck::new();
    deck.plan = plan;
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
    deck
}

/// mara has sent it: it awaits approval.
fn asked() -> Deck {
    let mut deck = read_back(plan_that_replaces(true));
    deck.press(Command::Dispatch);
    deck.answer();
    deck
}

fn told(deck: &Deck) -> RestoreAttempt {
    awaiting(&deck.dispatched[0], &deck.plan, deck.now)
}

/// As the appliance tells what was said.
fn decided(deck: &Deck, approved: bool, person: &str, reason: &str) -> RestoreAttempt {
    let mut told = told(deck);
    told.state = match approved {
        true => RestoreState::Accepted,
        false => RestoreState::Rejected,
    };
    if !approved {
        told.ended = Some(deck.now);
        told.message = format!("by {person}: {reason}; nothing was written");
    }
    told.approval.as_mut().unwrap().decision = Some(Decision {
        approved,
        person: person.into(),
        at: deck.now,
        reason: reason.into(),
    });
    told
}

/// The console of another person, at the same desk.
fn other(deck: &Deck, name: &str, role: &str) -> Deck {
    let mut other = Deck::asleep("2026-11-21T08:16:00Z");
    other.model.me.name = name.into();
    other.model.me.role = role.into();
    other.journal = deck.journal.clone();
    other.send(Msg::Desk(DeskMsg::Loaded {
        records: deck.journal.clone(),
        drafts: deck.drafts.clone(),
    }));
    other.up();
    other.effects.clear();
    other.hear(told(deck));
    other.press(Command::ScreenRestores);
    other
}

impl Deck {
    fn hear(&mut self, told: RestoreAttempt) {
        let fact = Fact::Restore(Box::new(told));
        self.news("acme-stl-01", LinkNews::Delta(vec![fact]));
    }

    fn its_phase(&self) -> Phase {
        let request = self.model.requests.all().next().unwrap();
        assert_eq!(self.model.request_phase(request.id), request.phase());
        request.phase()
    }

    fn off(&self, command: Command) -> String {
        self.model.why_not(command).unwrap_or_default()
    }

    /// The word that is on its way, answered.
    fn answer_word(&mut self, result: Result<RestoreAttempt, CallError>) {
        let (ticket, ..) = self.calls.pop().unwrap();
        let reply = Reply::Decided(result.map(Box::new));
        self.send(Msg::Reply(ticket, reply));
    }

    /// What was witnessed on the desk: each state with its words.
    fn witnessed(&self) -> Vec<(String, String)> {
        let bodies = self
            .journal
            .iter()
            .filter(|it| it.record.kind == "witnessed");
        let body = |it: &Record| serde_json::from_str(&it.record.body).unwrap();
        let field = |body: &serde_json::Value, name: &str| body[name].as_str().unwrap().to_owned();
        bodies
            .map(body)
            .map(|body| (field(&body, "state"), field(&body, "message")))
            .collect()
    }
}

#[test]
fn beyond_the_limit_a_dispatch_awaits_another_person() {
    let mut deck = asked();
    assert_eq!(deck.dispatched[0].break_glass, None);
    assert!(
        deck.toast()
            .contains("awaits the approval of a duty manager")
    );
    assert_eq!(deck.its_phase(), AWAITS);
    let beyond = "a whole system replaces 212 files".to_owned();
    assert_eq!(deck.witnessed(), [("awaits approval".to_owned(), beyond)]);
    let request = deck.model.requests.all().next().unwrap();
    let clock = request.running_clock(&deck.model.policy).unwrap();
    assert_eq!(clock.stopped, None, "only running stops it");
    deck.press(Command::Approve);
    assert!(
        deck.toast().contains("another person approves"),
        "{}",
        deck.toast()
    );
    assert!(deck.off(Command::Reject).contains("another person"));
    assert!(deck.off(Command::Continue).contains("it awaits approval"));
    assert_eq!(deck.off(Command::CancelRestore), "");
    assert!(deck.calls.is_empty());
}

#[test]
fn a_duty_manager_approves_by_the_systems_name() {
    let mara = asked();
    let mut eva = other(&mara, "eva", "duty_manager");
    assert!(
        eva.toast().contains("mara asks for your approval"),
        "{}",
        eva.toast()
    );
    assert_eq!((eva.rings().len(), eva.model.to_approve().count()), (1, 1));
    eva.press(Command::Approve);
    let Some(Overlay::Ask(ask)) = &eva.model.overlay else {
        panic!("{:?}", eva.model.overlay)
    };
    assert!(
        ask.text.contains("a whole system replaces 212 files"),
        "{}",
        ask.text
    );
    eva.type_text("erp");
    eva.press(Command::Open);
    assert!(eva.toast().contains("nothing is approved") && eva.calls.is_empty());
    eva.type_text("01");
    eva.press(Command::Open);
    let Some((_, appliance, Call::Decide(verdict))) = eva.calls.last() else {
        panic!("{:?}", eva.calls)
    };
    assert_eq!(
        (appliance.as_str(), verdict.approved, verdict.attempt),
        ("acme-stl-01", true, 1)
    );
    assert_eq!(verdict.digest, mara.dispatched[0].digest);
    assert!(eva.off(Command::Approve).contains("on its way"));
    let approved = decided(&mara, true, "eva", "");
    eva.answer_word(Ok(approved.clone()));
    assert!(
        eva.toast().contains("approved: it begins"),
        "{}",
        eva.toast()
    );
    eva.hear(approved);
    assert_eq!(eva.model.to_approve().count(), 0);
    let words = eva.witnessed().pop().unwrap();
    assert_eq!(words, ("accepted".to_owned(), "approved by eva".to_owned()));
}

#[test]
fn a_rejection_wants_its_reason_and_ends_in_words() {
    let mara = asked();
    let refused = |kind, text: &str| CallError {
        kind,
        text: text.into(),
        code: String::new(),
    };
    for (error, words) in [
        (
            refused(CallErrorKind::Refused, "mara cancelled it"),
            "refused: mara cancelled it",
        ),
        (
            refused(CallErrorKind::TimedOut, "no answer"),
            "timed out, it may have been done",
        ),
        (refused(CallErrorKind::LinkLost, "broke"), "link lost"),
    ] {
        let mut eva = other(&mara, "eva", "duty_manager");
        eva.press(Command::Reject);
        eva.press(Command::Open);
        assert!(eva.calls.is_empty(), "a reason is wanted");
        eva.type_text("not on a Friday");
        eva.press(Command::Open);
        let Some((_, _, Call::Decide(verdict))) = eva.calls.last() else {
            panic!("{:?}", eva.calls)
        };
        assert_eq!(
            (verdict.approved, verdict.intent.reason.as_str()),
            (false, "not on a Friday")
        );
        eva.answer_word(Err(error));
        assert!(eva.toast().contains(words), "{}", eva.toast());
        assert_eq!(eva.off(Command::Reject), "", "and can be said again");
    }
}

#[test]
fn who_waits_hears_of_it_at_once() {
    let mut mara = asked();
    let bells = mara.rings().len();
    mara.hear(decided(&mara, true, "eva", ""));
    assert!(
        mara.toast().contains("eva approved it, it begins"),
        "{}",
        mara.toast()
    );
    assert_eq!(mara.rings().len(), bells + 1);
    assert_eq!(mara.its_phase(), Phase::Attempt(RestoreState::Accepted));

    let mut mara = asked();
    mara.hear(decided(&mara, false, "eva", "not on a Friday"));
    assert!(
        mara.toast().contains("eva rejected it: not on a Friday"),
        "{}",
        mara.toast()
    );
    assert_eq!(mara.its_phase(), Phase::Attempt(RestoreState::Rejected));
    assert_eq!(
        mara.off(Command::Continue),
        "",
        "it is planned again, or glass is broken"
    );
    assert_eq!(mara.off(Command::Close), "");

    let mut mara = asked();
    let mut late = told(&mara);
    late.state = RestoreState::Failed;
    late.ended = Some(mara.now);
    late.message = "nobody approved it within 24 h; plan again".into();
    mara.hear(late);
    assert!(
        mara.toast().contains("within 24 h; plan again"),
        "{}",
        mara.toast()
    );
}

#[test]
fn nobody_is_the_second_person_of_an_order_of_ones_own() {
    let mara = asked();
    let promoted = other(&mara, "Mara", "duty_manager");
    assert!(promoted.off(Command::Approve).contains("you asked for it"));
    assert_eq!(
        (promoted.rings().len(), promoted.model.to_approve().count()),
        (0, 0)
    );
    let mut eva = other(&mara, "eva", "duty_manager");
    let why = "no route".to_owned();
    let retry_at = eva.now;
    eva.news("acme-stl-01", LinkNews::Down { why, retry_at });
    assert!(eva.off(Command::Approve).contains("is not up"));
}

#[test]
fn what_a_tenant_does_not_allow_is_off_and_says_why() {
    let only = |approval_off: &str, break_glass_off: &str| Plan {
        approval_off: approval_off.into(),
        break_glass_off: break_glass_off.into(),
        ..plan_that_replaces(true)
    };
    let mut deck = read_back(only("acme allows it only by break glass", ""));
    deck.press(Command::Dispatch);
    assert!(deck.toast().contains("break glass") && deck.dispatched.is_empty());

    let mut deck = read_back(only("", "acme allows it only with approval"));
    deck.press(Command::BreakGlass);
    assert!(deck.toast().contains("acme allows it only with approval"));
    assert!(!deck.wizard().break_glass);
    deck.press(Command::Dispatch);
    deck.answer();
    assert_eq!(deck.its_phase(), AWAITS);
}

#[test]
fn what_another_desk_sent_is_shown_decided_and_written_nowhere() {
    let mara = asked();
    let mut eva = Deck::asleep("2026-11-21T08:16:00Z");
    eva.model.me.name = "eva".into();
    eva.model.me.role = "duty_manager".into();
    eva.up();
    eva.hear(told(&mara));
    assert_eq!(eva.model.requests.all().count(), 0, "the desk may know it");
    eva.send(Msg::Desk(DeskMsg::Loaded {
        records: Vec::new(),
        drafts: Vec::new(),
    }));
    eva.press(Command::ScreenRestores);
    assert_eq!((eva.rings().len(), eva.model.to_approve().count()), (1, 1));
    let id = eva.model.restores.selected.unwrap();
    assert_eq!(eva.model.request_place(id), "acme/erp01");
    assert_eq!(eva.model.reference_text(id), mara.model.reference_text(id));
    eva.now += TimeDelta::minutes(5);
    eva.send(Msg::Tick);
    assert!(eva.calls.is_empty(), "nothing is dispatched a second time");
    eva.press(Command::Approve);
    eva.type_text("erp01");
    eva.press(Command::Open);
    let approved = decided(&mara, true, "eva", "");
    eva.answer_word(Ok(approved.clone()));
    eva.hear(approved.clone());
    assert_eq!(eva.model.requests.open_count(), 1);
    let mut ended = approved;
    ended.state = RestoreState::Completed;
    ended.ended = Some(eva.now);
    eva.hear(ended);
    assert!(
        eva.toast().contains("acme/erp01: completed"),
        "{}",
        eva.toast()
    );
    assert_eq!(eva.model.requests.all().count(), 0);
    assert!(eva.journal.is_empty(), "{:?}", eva.journal);
}

#[test]
fn who_is_on_duty_is_named_and_nobody_is_asked_twice() {
    let mut deck = read_back(plan_that_replaces(true));
    let duty = |name: &str, phone: &str| Rota {
        duty: Duty::DutyManager,
        name: name.into(),
        phone: phone.into(),
        zone: chrono_tz::Tz::UTC,
        turn: Turn::Weekly {
            days: every_day(),
            from: "00:00".parse().unwrap(),
            to: "24:00".parse().unwrap(),
        },
    };
    let rota = vec![
        duty("eva", "+1 555 0100"),
        duty("eva", "+1 555 0101"),
        duty("mara", ""),
    ];
    let parts = deck.model.directory.parts();
    deck.model.directory = Directory::of(Parts { rota, ..parts }).unwrap();
    assert_eq!(
        deck.model.approver_to_call(),
        "eva +1 555 0100 or eva +1 555 0101"
    );
    deck.press(Command::Dispatch);
    deck.answer();
    assert!(
        deck.toast().contains("awaits the approval of eva;"),
        "{}",
        deck.toast()
    );
}

fn every_day() -> Vec<String> {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    days.map(str::to_owned).to_vec()
}

//! A dispatch that nobody answered: who sends it again, and who only reads of it.

use super::{p1::p1, shift::hear, *};
use crate::state::{overlay::Overlay, update::again::Unanswered};
use ocdeck_domain::{journal::NewRecord, restore::Phase};

/// mara's console dies right after the intent: the desk has it, no appliance.
fn intended() -> Deck {
    let mut mara = Deck::new();
    p1(&mut mara);
    assert_eq!(mara.kinds().last(), Some(&"dispatching"));
    assert_eq!(sent(&mara), 1, "it is on its way, and is never heard");
    mara
}

/// Dispatches that wait for an answer.
fn sent(deck: &Deck) -> usize {
    let calls = deck.calls.iter();
    calls
        .filter(|(.., call)| matches!(call, Call::Dispatch(_)))
        .count()
}

/// A console at the same desk, long enough for an answer.
fn console(of: &Deck, name: &str, role: &str) -> Deck {
    let mut other = Deck::asleep("2026-11-21T08:14:05Z");
    other.model.me.name = name.into();
    other.model.me.role = role.into();
    other.now = of.now;
    other.journal = of.journal.clone();
    other.ids = Cell::new(of.ids.get() + 1_000_000);
    other.send(Msg::Desk(DeskMsg::Loaded {
        records: of.journal.clone(),
        drafts: of.drafts.clone(),
    }));
    other.up();
    other.press(Command::ScreenRestores);
    other.wait(TimeDelta::seconds(11));
    other
}

#[test]
fn who_dispatched_it_sends_it_again_from_any_console() {
    let mara = intended();
    let again = console(&mara, "mara", "technician");
    assert_eq!(sent(&again), 1);
    assert_eq!(again.model.left_unanswered(again.request()), None);
    assert_eq!(
        again.model.why_not(Command::SendAsMine).unwrap(),
        "it is on its way"
    );
}

#[test]
fn another_person_reads_of_it_and_sends_nothing() {
    let mara = intended();
    for role in [
        "technician",
        "duty_manager",
        "reseller",
        "viewer",
        "engineer",
    ] {
        let mut other = console(&mara, "jon", role);
        other.wait(TimeDelta::minutes(10));
        // Nor when the link comes back.
        other.up();
        assert_eq!(sent(&other), 0, "{role}");
        assert_eq!(other.kinds(), mara.kinds(), "{role}");
        let left = other.model.left_unanswered(other.request());
        let Unanswered { by, since } = left.unwrap();
        assert_eq!((by.as_str(), since), ("mara", mara.now));
    }
}

#[test]
fn it_stands_out_until_it_is_answered() {
    let mara = intended();
    let mut jon = console(&mara, "jon", "technician");
    let told = jon.toast().to_owned();
    assert!(
        told.contains("mara's dispatch got no answer since 02:14:05; ask mara"),
        "{told}"
    );
    assert_eq!(
        jon.rings(),
        ["R-0118 acme/erp01: mara's dispatch got no answer since 02:14:05"]
    );
    assert!(jon.model.rail()[0].unanswered);
    assert_eq!(jon.model.restores.rows[0], jon.request());
    // Told once.
    jon.effects.clear();
    jon.wait(TimeDelta::minutes(1));
    assert!(jon.rings().is_empty());
    let order = jon
        .model
        .requests
        .get(jon.request())
        .unwrap()
        .attempt()
        .unwrap();
    let dispatch = Dispatch {
        request: jon.request(),
        attempt: 1,
        order: order.intended.order.clone(),
        digest: Vec::new(),
        intent: Default::default(),
        priority: Priority::P1,
        requester: String::new(),
        break_glass: None,
        asked_by: Vec::new(),
    };
    let running = attempt_of(&dispatch, RestoreState::Running, jon.now);
    let fact = Fact::Restore(Box::new(running));
    jon.news("acme-stl-01", LinkNews::Delta(vec![fact]));
    assert_eq!(jon.model.left_unanswered(jon.request()), None);
    assert_eq!(
        jon.model.why_not(Command::SendAsMine).unwrap(),
        "it is running"
    );
}

#[test]
fn who_may_not_dispatch_never_sends_it() {
    let mara = intended();
    for (name, role) in [("wall", "viewer"), ("mara", "viewer"), ("kim", "engineer")] {
        let mut other = console(&mara, name, role);
        assert_eq!(sent(&other), 0, "{name}, {role}");
        other.press(Command::SendAsMine);
        assert_eq!(other.model.overlay, None, "{name}, {role}");
        let why = format!("send as yours: a {role} may not do that");
        assert_eq!(other.toast(), why);
        let help = other.model.unanswered_help("mara");
        assert_eq!(help, format!("ask mara; a {role} may not do that"));
    }
}

#[test]
fn by_a_persons_own_key_it_goes_out_as_theirs() {
    let mut mara = intended();
    let mut jon = console(&mara, "jon", "technician");
    jon.press(Command::SendAsMine);
    let Some(Overlay::Confirm(confirm)) = &jon.model.overlay else {
        panic!("{:?}", jon.model.overlay)
    };
    assert!(confirm.text.contains("Ask mara first"), "{}", confirm.text);
    assert_eq!(sent(&jon), 0, "never one key alone");
    jon.press(Command::Open);
    let record = jon.journal.last().unwrap().record.clone();
    assert_eq!(
        (record.kind.as_str(), record.actor.as_str()),
        ("sent_again", "jon")
    );
    assert!(record.durable && jon.written_before_call);
    assert_eq!(
        jon.model.why_not(Command::SendAsMine).unwrap(),
        "it is on its way"
    );
    // The answer is lost: now it is his, and goes out again by itself.
    jon.calls.clear();
    jon.model.pending.clear();
    jon.wait(TimeDelta::seconds(11));
    assert_eq!(sent(&jon), 1);
    jon.answer();
    let (ours, theirs) = (&jon.dispatched[0], mara.calls.pop().unwrap().2);
    assert_eq!(ours.asked_by, ["jon", "mara"]);
    // Who asked for it is no part of the order.
    let ours = Dispatch {
        asked_by: vec!["mara".to_owned()],
        ..ours.clone()
    };
    assert_eq!(
        Call::Dispatch(Box::new(ours)),
        theirs,
        "the very same order"
    );
    let phase = jon.model.request_phase(jon.request());
    assert_eq!(phase, Phase::Attempt(RestoreState::Accepted));
    hear(&mut mara, &jon);
    assert!(
        mara.toast().contains("jon has sent R-0118 as theirs"),
        "{}",
        mara.toast()
    );
}

#[test]
fn before_it_is_late_nobody_sends_for_another() {
    let mara = intended();
    let mut jon = console(&mara, "jon", "technician");
    let mut early = console(&mara, "eva", "duty_manager");
    jon.now = mara.now + TimeDelta::seconds(5);
    jon.send(Msg::Tick);
    assert_eq!(jon.model.left_unanswered(jon.request()), None);
    assert_eq!(
        jon.model.why_not(Command::SendAsMine).unwrap(),
        "acme-stl-01 may still answer"
    );
    let down = LinkNews::Down {
        why: "nobody listens".into(),
        retry_at: early.now,
    };
    early.news("acme-stl-01", down);
    assert_eq!(
        early.model.why_not(Command::SendAsMine).unwrap(),
        "acme-stl-01 is not up"
    );
}

#[test]
fn who_was_slower_has_sent_nothing() {
    let mara = intended();
    let mut jon = console(&mara, "jon", "technician");
    let mut eva = console(&mara, "eva", "duty_manager");
    eva.desk_works = false;
    for deck in [&mut jon, &mut eva] {
        deck.press(Command::SendAsMine);
        deck.press(Command::Open);
    }
    let refused: Vec<NewRecord> = eva.intended();
    let winner = jon.journal.last().unwrap().clone();
    assert_eq!(refused[0].subject_version, Some(winner.subject_version));
    hear(&mut eva, &jon);
    eva.send(Msg::Desk(DeskMsg::Conflict {
        subject: refused[0].subject.clone(),
        refused,
        winner: Some(Box::new(winner)),
    }));
    assert_eq!(sent(&eva), 0);
    assert!(eva.toast().contains("jon was faster"), "{}", eva.toast());
    // Nothing is waited for that never left.
    assert!(eva.model.pending.is_empty());
}

#[test]
fn who_is_sent_for_is_named() {
    let mara = intended();
    let mut jon = console(&mara, "jon", "technician");
    jon.press(Command::SendAsMine);
    jon.press(Command::Open);
    jon.answer();
    assert_eq!(jon.dispatched[0].asked_by, ["mara"]);
}

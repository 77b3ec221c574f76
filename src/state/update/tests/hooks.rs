//! A keeper: what happened is claimed on the desk, and one of several runs the command.

use super::*;
use crate::state::keeper::{HookCall, Keeper, Rule};
use ocdeck_domain::{
    hook::{Outcome, Trigger},
    ids::IncidentId,
    incident,
    journal::Subject,
};

/// A keeper with a hook on P1 and on hot and breached clocks, and the desk as it is.
fn keeper(journal: &[Record], runner: u128) -> Deck {
    let mut deck = Deck::asleep("2026-11-21T08:14:05Z");
    deck.model.me.name = format!("desk keep {runner}");
    deck.model.me.role = "viewer".into();
    deck.journal = journal.to_vec();
    let on = [Trigger::NewP1, Trigger::ClockHot, Trigger::ClockBreached];
    let rule = Rule {
        hook: "page".to_owned(),
        on: on.into(),
    };
    let keeper = Keeper::new(vec![rule], Uuid::from_u128(runner), "a".to_owned());
    deck.send(Msg::Keeping(Box::new(keeper)));
    deck.send(Msg::Desk(DeskMsg::Loaded {
        records: journal.to_vec(),
        drafts: Vec::new(),
    }));
    deck
}

fn incident(n: u128, severity: u32) -> Record {
    let now = at("2026-11-21T08:14:05Z");
    let id = IncidentId(Uuid::from_u128(n));
    let alert = ocdeck_domain::ids::On::new("acme-stl-01".into(), "a".into());
    let raised = incident::Event::Raised(Box::new(incident::Raised {
        episode: ocdeck_domain::ids::Episode { alert, episode: 1 },
        tenant: Some("acme".into()),
        object_kind: EntityKind::Job,
        object: "erp01-files".into(),
        monitor: "job_failed".into(),
        severity: Severity::clamped(severity),
        text: "backup of erp01 failed".into(),
        raised: now,
    }));
    Record {
        seq: 100 + u64::try_from(n).unwrap(),
        subject_version: 1,
        received_at: now,
        author: Default::default(),
        record: raised.record(Uuid::from_u128(n), id, now, "acme-stl-01"),
    }
}

fn calls(deck: &Deck) -> Vec<&HookCall> {
    let calls = deck.effects.iter().filter_map(|effect| match effect {
        Effect::Hook(call) => Some(call),
        _ => None,
    });
    calls.collect()
}

/// How often somebody was paged for something new, not for a clock.
fn paged(deck: &Deck) -> usize {
    let calls = calls(deck);
    calls.iter().filter(|call| call.event == "new_p1").count()
}

/// What the desk holds, as a poll brings it.
fn hears(deck: &mut Deck, records: &[Record]) {
    deck.journal = records.to_vec();
    deck.send(Msg::Desk(DeskMsg::Appended(records.to_vec())));
}

#[test]
fn of_two_keepers_one_runs_the_hook() {
    let mut first = keeper(&[], 1);
    let mut second = keeper(&[], 2);
    let opened = vec![incident(7, 9)];
    hears(&mut first, &opened);
    hears(&mut second, &opened);
    // Both look at the same second; the desk takes the first.
    first.wait(TimeDelta::seconds(1));
    assert_eq!(calls(&first).len(), 1);
    let journal = first.journal.clone();
    second.journal = journal.clone();
    second.wait(TimeDelta::seconds(1));
    assert_eq!(
        second.journal.len(),
        journal.len(),
        "it is not written twice"
    );
    hears(&mut second, &journal);
    for _ in 0..3 {
        second.wait(TimeDelta::seconds(1));
        first.wait(TimeDelta::seconds(1));
    }
    assert_eq!((calls(&first).len(), calls(&second).len()), (1, 0));
}

#[test]
fn a_keeper_that_starts_again_runs_nothing_twice_and_tells_what_is_lost() {
    let mut deck = keeper(&[], 1);
    hears(&mut deck, &[incident(7, 10)]);
    deck.wait(TimeDelta::seconds(1));
    assert_eq!(calls(&deck).len(), 1);
    // Killed before it heard how it went.
    let mut again = keeper(&deck.journal, 2);
    again.wait(TimeDelta::minutes(14));
    assert_eq!(paged(&again), 0);
    assert!(again.kinds().contains(&"hook_run"));
    assert!(!again.kinds().contains(&"hook_ended"));
    again.wait(TimeDelta::minutes(2));
    assert_eq!(paged(&again), 0);
    assert!(again.kinds().contains(&"hook_ended"));
    assert!(again.toast().contains("is not known"), "{}", again.toast());
}

#[test]
fn how_it_ended_stands_on_the_desk_and_a_failure_is_told() {
    let mut deck = keeper(&[], 1);
    hears(&mut deck, &[incident(7, 10)]);
    deck.wait(TimeDelta::seconds(1));
    let run = calls(&deck)[0].run;
    deck.send(Msg::HookEnded(
        run,
        Outcome::Failed("exit status: 3".to_owned()),
    ));
    assert_eq!(deck.kinds().last(), Some(&"hook_ended"));
    assert!(
        deck.toast().contains("failed at a: exit status: 3"),
        "{}",
        deck.toast()
    );
    let about = Subject::Incident(IncidentId(Uuid::from_u128(7)));
    assert_eq!(deck.model.book.hooks.of(&about).len(), 1);
    // A console on the same desk sees it, and runs nothing.
    let mut console = Deck::new();
    hears(&mut console, &deck.journal.clone());
    console.wait(TimeDelta::seconds(1));
    assert!(console.toast().contains("hook page"), "{}", console.toast());
    assert_eq!(calls(&console).len(), 0);
}

#[test]
fn what_is_old_or_less_urgent_pages_nobody() {
    let mut deck = keeper(&[], 1);
    let old = incident(7, 9);
    let minor = incident(8, 5);
    // Appliances that nobody hears for so long would be alerts of their own.
    deck.up();
    deck.now += TimeDelta::minutes(16);
    hears(&mut deck, &[old, minor]);
    deck.wait(TimeDelta::seconds(1));
    assert_eq!(paged(&deck), 0);
    // Its clock was used up a minute ago: that is news.
    let told: Vec<&str> = calls(&deck).iter().map(|call| call.event).collect();
    assert_eq!(told, ["clock_breached"]);
    deck.wait(TimeDelta::minutes(20));
    assert_eq!(calls(&deck).len(), 1);
}

#[test]
fn a_clock_that_turns_hot_and_is_breached_pages_once_each() {
    let mut taken = Deck::new();
    taken.call_for_files();
    let mut deck = keeper(&taken.journal, 1);
    deck.wait(TimeDelta::minutes(1));
    let told = |deck: &Deck| -> Vec<&str> { calls(deck).iter().map(|call| call.event).collect() };
    assert!(told(&deck).is_empty(), "{:?}", told(&deck));
    // A P2 is initiated within 4 h.
    deck.wait(TimeDelta::minutes(181));
    assert_eq!(told(&deck), ["clock_hot"]);
    deck.wait(TimeDelta::minutes(60));
    assert_eq!(told(&deck), ["clock_hot", "clock_breached"]);
    deck.wait(TimeDelta::minutes(5));
    assert_eq!(told(&deck).len(), 2);
    let input: serde_json::Value = serde_json::from_str(&calls(&deck)[1].input).unwrap();
    assert_eq!(input["clock"]["verb"], "initiate");
    assert_eq!(input["kind"], "request");
    assert!(input["clock"]["seconds_left"].as_i64().unwrap() < 0);
}

#[test]
fn a_call_pages_nobody_before_its_kind_is_chosen() {
    let mut taken = Deck::new();
    taken.press(Command::CallCard);
    taken.type_text("ann lee");
    taken.press(Command::Open);
    let mut deck = keeper(&taken.journal, 1);
    deck.wait(TimeDelta::seconds(1));
    assert_eq!(calls(&deck).len(), 0);
}

/// The shape in docs/hooks.md is the one that commands get.
#[test]
fn the_documented_input_is_what_a_command_gets() {
    let page = include_str!("../../../../docs/hooks.md");
    let example = page.split("```json\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let documented: serde_json::Value = serde_json::from_str(example).unwrap();
    let mut deck = keeper(&[], 1);
    hears(&mut deck, &[incident(7, 9)]);
    deck.wait(TimeDelta::seconds(1));
    let input: serde_json::Value = serde_json::from_str(&calls(&deck)[0].input).unwrap();
    let keys = |value: &serde_json::Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(&documented), keys(&input));
    for key in [
        "version", "event", "kind", "priority", "tenant", "where", "text",
    ] {
        assert_eq!(documented[key], input[key], "{key}");
    }
    let mut taken = Deck::new();
    taken.call_for_files();
    let mut deck = keeper(&taken.journal, 1);
    deck.wait(TimeDelta::minutes(190));
    let input: serde_json::Value = serde_json::from_str(&calls(&deck)[0].input).unwrap();
    assert_eq!(keys(&documented), keys(&input));
    assert_eq!(keys(&documented["clock"]), keys(&input["clock"]));
    // Every event has its line.
    for trigger in Trigger::ALL {
        assert!(
            page.contains(&format!("`{}`", trigger.name())),
            "{trigger:?}"
        );
    }
}

#[test]
fn what_is_told_late_is_news_and_what_stood_long_is_none() {
    // The appliance could not be heard for 35 minutes: its respond time is over by then.
    let late = Record {
        received_at: at("2026-11-21T08:49:05Z"),
        ..incident(7, 9)
    };
    let mut deck = keeper(&[], 1);
    deck.wait(TimeDelta::minutes(35));
    hears(&mut deck, &[late]);
    deck.wait(TimeDelta::seconds(1));
    assert_eq!(paged(&deck), 1);
    // On the desk since then: somebody has looked, or was told.
    let mut deck = keeper(&[], 1);
    deck.wait(TimeDelta::minutes(35));
    hears(&mut deck, &[incident(7, 9)]);
    deck.wait(TimeDelta::seconds(1));
    assert_eq!(paged(&deck), 0);
}

//! Beyond the limit of one person: taken durably, begun by another person's word, once.

use crate::site::*;
use ocdeck_appliance::{
    agent::Agent,
    state::Clock,
    work::{Actor, BreakGlass, Dispatch, Refusal, Verdict, Work},
};
use ocdeck_domain::{
    facts::{RestoreAttempt, RestoreState, Time},
    ids::RequestId,
    restore::OverwritePolicy,
};
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use uuid::Uuid;

const REQUEST: RequestId = RequestId(Uuid::from_u128(118));

/// An agent whose whole system, restored to its place, replaces one file; and how it was.
fn spoiled(site: &Site, agent: &Agent) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    back_up(agent);
    let before = site.content();
    site.write("conf/erp.conf", b"port = 2, and broken\n");
    before
}

fn beyond(site: &Site, agent: &Agent, attempt: u32) -> Dispatch {
    let order = site.whole(&newest(agent), OverwritePolicy::ReplaceChanged);
    let planned = plan(agent, &order);
    assert_eq!(planned.beyond_limit.len(), 1);
    dispatch_of(&order, &planned, attempt)
}

fn verdict(dispatch: &Dispatch, approved: bool) -> Verdict {
    Verdict {
        request: dispatch.request,
        attempt: dispatch.attempt,
        digest: dispatch.digest.clone(),
        approved,
        intent: intent(if approved { "" } else { "not on a Friday" }),
    }
}

fn code(refused: Result<RestoreAttempt, Refusal>) -> &'static str {
    match refused.unwrap_err() {
        Refusal::FailedPrecondition { code, .. } => code,
        Refusal::SamePerson(_) => "SAME_PERSON",
        Refusal::InvalidArgument { field, .. } => field,
        other => panic!("{other:?}"),
    }
}

fn actions(agent: &Agent) -> Vec<String> {
    let log = agent.facts().audit_log().unwrap();
    let action = |entry: &str| {
        let entry: serde_json::Value = serde_json::from_str(entry).unwrap();
        entry["action"].as_str().unwrap().to_owned()
    };
    let mut actions: Vec<_> = log.iter().map(|it| action(&it.entry)).collect();
    actions.retain(|it| it != "start_job");
    actions
}

pub(crate) fn nothing_begins_before_another_person_approves() {
    let site = Site::new();
    let agent = site.agent();
    let before = spoiled(&site, &agent);
    let dispatch = beyond(&site, &agent, 1);
    let asked = agent.dispatch(&dispatch, &mara()).unwrap();
    assert_eq!(asked.state, RestoreState::AwaitingApproval);
    let approval = asked.approval.as_deref().unwrap();
    assert_eq!(approval.digest, dispatch.digest);
    assert_eq!(
        (approval.replaced.files, approval.decision.as_ref()),
        (1, None)
    );
    assert!(approval.beyond_limit[0].contains("replaces 1 existing file"));
    assert_eq!(
        agent.dispatch(&dispatch, &mara()).unwrap(),
        asked,
        "the same key has the same answer"
    );
    // Backups of the system go on meanwhile: nothing of it is half restored.
    back_up(&agent);
    let there = agent.facts().restore(REQUEST, 1).unwrap();
    assert_eq!(there.state, RestoreState::AwaitingApproval);
    assert_ne!(site.content(), before);

    let yes = verdict(&dispatch, true);
    let approved = agent.decide(&yes, &duty_manager("eva")).unwrap();
    assert_eq!(approved.state, RestoreState::Accepted);
    assert_eq!(approved.approval.unwrap().decision.unwrap().person, "eva");
    let done = restored(&agent, 1);
    assert_eq!(done.state, RestoreState::Completed, "{done:?}");
    assert_eq!((done.actor.as_str(), done.break_glass), ("mara", false));
    assert_eq!(site.content(), before);
    // Its answer may have been lost.
    assert_eq!(agent.decide(&yes, &duty_manager("eva")).unwrap(), done);
    assert_eq!(actions(&agent), ["ask_approval", "approve"]);
    agent.stop();
}

pub(crate) fn only_the_right_word_of_the_right_person_counts() {
    let site = Site::new();
    let agent = site.agent();
    spoiled(&site, &agent);
    let eva = duty_manager("eva");
    let first = beyond(&site, &agent, 1);
    agent.dispatch(&first, &eva).unwrap();
    assert_eq!(
        code(agent.decide(&verdict(&first, true), &eva)),
        "SAME_PERSON"
    );
    let spelled = duty_manager("Eva ");
    assert_eq!(
        code(agent.decide(&verdict(&first, false), &spelled)),
        "SAME_PERSON"
    );
    agent.cancel(REQUEST, 1, &eva, &intent("my own")).unwrap();

    // Who dispatched an earlier attempt is no second person for the next.
    let second = beyond(&site, &agent, 2);
    agent.dispatch(&second, &mara()).unwrap();
    assert_eq!(
        code(agent.decide(&verdict(&second, true), &eva)),
        "SAME_PERSON"
    );
    let other_plan = Verdict {
        digest: vec![7; 32],
        ..verdict(&second, true)
    };
    let ola = duty_manager("ola");
    assert_eq!(code(agent.decide(&other_plan, &ola)), "OTHER_PLAN");
    let ended = verdict(&first, true);
    assert_eq!(code(agent.decide(&ended, &ola)), "NOT_AWAITING_APPROVAL");
    let unknown = Verdict {
        attempt: 3,
        ..verdict(&second, true)
    };
    let refused = agent.decide(&unknown, &ola).unwrap_err();
    assert!(matches!(refused, Refusal::NotFound(_)), "{refused:?}");
    let silent = Verdict {
        intent: intent(" "),
        ..verdict(&second, false)
    };
    assert_eq!(code(agent.decide(&silent, &ola)), "intent.reason");
    let there = agent.facts().restore(REQUEST, 2).unwrap();
    assert_eq!(there.state, RestoreState::AwaitingApproval);
    agent.decide(&verdict(&second, true), &ola).unwrap();
    let late = agent.decide(&verdict(&second, false), &ola);
    assert_eq!(code(late), "NOT_AWAITING_APPROVAL");
    assert_eq!(restored(&agent, 2).state, RestoreState::Completed);
    agent.stop();
}

/// Eva asked for it, and others sent it in her place: her word does not count, and neither does
/// that of whoever sent it once more.
pub(crate) fn who_asked_for_it_is_no_second_person() {
    let site = Site::new();
    let agent = site.agent();
    spoiled(&site, &agent);
    let first = Dispatch {
        asked_by: vec!["eva".to_owned()],
        ..beyond(&site, &agent, 1)
    };
    agent.dispatch(&first, &mara()).unwrap();
    let (eva, ola) = (duty_manager("eva"), duty_manager("ola"));
    for (who, approved) in [(&eva, true), (&eva, false), (&duty_manager(" EVA"), true)] {
        let said = agent.decide(&verdict(&first, approved), who);
        assert_eq!(code(said), "SAME_PERSON");
    }
    // Whose it is, is not what makes it the same; who sends it again is told as before.
    let again = Dispatch {
        asked_by: Vec::new(),
        ..first.clone()
    };
    let there = agent.dispatch(&again, &ola).unwrap();
    assert_eq!(there.state, RestoreState::AwaitingApproval);
    let known = |it: &RestoreAttempt| it.approval.as_ref().unwrap().asked_by.clone();
    assert_eq!(known(&there), ["eva", "ola"]);
    let there = agent.dispatch(&again, &ola).unwrap();
    assert_eq!(known(&there), ["eva", "ola"], "once");
    agent.stop();
    drop(agent);
    // A restart forgets none of them, and a third person is one.
    let agent = site.agent();
    for who in [&eva, &ola] {
        let said = agent.decide(&verdict(&first, true), who);
        assert_eq!(code(said), "SAME_PERSON");
    }
    let agreed = agent.decide(&verdict(&first, true), &duty_manager("kim"));
    assert_eq!(agreed.unwrap().state, RestoreState::Accepted);
    assert_eq!(restored(&agent, 1).state, RestoreState::Completed);
    agent.stop();
}

pub(crate) fn what_awaits_is_rejected_or_cancelled() {
    let site = Site::new();
    let agent = site.agent();
    spoiled(&site, &agent);
    let spoiled = site.content();
    let first = beyond(&site, &agent, 1);
    agent.dispatch(&first, &mara()).unwrap();
    let next = Dispatch {
        attempt: 2,
        ..first.clone()
    };
    assert_eq!(code(agent.dispatch(&next, &mara())), "ATTEMPT_NOT_ENDED");
    let rejected = agent.decide(&verdict(&first, false), &duty_manager("eva"));
    let rejected = rejected.unwrap();
    assert_eq!(rejected.state, RestoreState::Rejected);
    assert!(rejected.message.contains("by eva: not on a Friday"));
    assert!(rejected.ended.is_some());

    agent.dispatch(&next, &mara()).unwrap();
    let cancelled = agent.cancel(REQUEST, 2, &mara(), &intent("no need any more"));
    assert_eq!(cancelled.unwrap().state, RestoreState::Cancelled);
    let late = agent.decide(&verdict(&next, true), &duty_manager("eva"));
    assert_eq!(code(late), "NOT_AWAITING_APPROVAL");

    // Whoever cannot wait breaks glass, in the next attempt of the same plan.
    let glass = BreakGlass {
        reason: "the hour runs out".into(),
        duty_manager: "eva".into(),
        called_at: agent.facts().now(),
    };
    let alone = Dispatch {
        attempt: 3,
        break_glass: Some(glass),
        ..first
    };
    assert_eq!(site.content(), spoiled, "nothing was written");
    let begun = agent.dispatch(&alone, &mara()).unwrap();
    assert_eq!(
        (begun.state, begun.approval),
        (RestoreState::Accepted, None)
    );
    assert_eq!(restored(&agent, 3).state, RestoreState::Completed);
    let done = [
        "ask_approval",
        "reject",
        "ask_approval",
        "cancel_restore",
        "break_glass",
    ];
    assert_eq!(actions(&agent), done);
    agent.stop();
}

pub(crate) fn what_awaits_survives_and_ends_after_a_day() {
    let site = Site::new();
    let ahead = Arc::new(AtomicI64::new(0));
    let clock = || {
        let ahead = Arc::clone(&ahead);
        Clock::new(move || {
            let seconds = ahead.load(Ordering::Relaxed);
            chrono::Utc::now() + chrono::TimeDelta::seconds(seconds)
        })
    };
    let start = || agent_at(&site.path("appliance.toml"), None, clock());
    let agent = start();
    spoiled(&site, &agent);
    let dispatch = beyond(&site, &agent, 1);
    let asked = agent.dispatch(&dispatch, &mara()).unwrap();
    agent.stop();
    drop(agent);

    let agent = start();
    assert_eq!(agent.facts().restore(REQUEST, 1), Some(asked.clone()));
    assert_eq!(agent.dispatch(&dispatch, &mara()).unwrap(), asked);
    ahead.store(24 * 3600, Ordering::Relaxed);
    let late = agent.decide(&verdict(&dispatch, true), &duty_manager("eva"));
    let late = code(late);
    assert!(
        ["APPROVAL_EXPIRED", "NOT_AWAITING_APPROVAL"].contains(&late),
        "{late}"
    );
    let ended = restored(&agent, 1);
    assert_eq!(ended.state, RestoreState::Failed);
    assert!(
        ended.message.contains("within 24 h; plan again"),
        "{ended:?}"
    );
    assert_eq!(ended.session, None, "nothing began");
    assert_eq!(actions(&agent), ["ask_approval", "approval_expired"]);
    let expires = asked.approval.unwrap().expires;
    assert_eq!(expires - asked.accepted, chrono::TimeDelta::hours(24));
    assert!(expires > Time::UNIX_EPOCH);
    agent.stop();
}

pub(crate) fn a_tenant_allows_one_way_only() {
    let glass = |agent: &Agent| {
        Some(BreakGlass {
            reason: "the hour runs out".into(),
            duty_manager: "eva".into(),
            called_at: agent.facts().now(),
        })
    };
    let refused = |agent: &Agent, dispatch: &Dispatch, by: &Actor, words: &str| {
        let error = agent.dispatch(dispatch, by).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(code(Err(error)), "BEYOND_LIMIT");
        assert!(agent.facts().restores().is_empty());
    };
    let site = Site::of_tenant("approval = \"break_glass\"");
    let agent = site.agent();
    spoiled(&site, &agent);
    let dispatch = beyond(&site, &agent, 1);
    let words = "acme allows it only by break glass";
    refused(&agent, &dispatch, &mara(), words);
    let order = &dispatch.order;
    let planned = plan(&agent, order);
    assert!(planned.approval_off.contains(words) && planned.break_glass_off.is_empty());
    agent.stop();
    drop(agent);

    let config = site.path("appliance.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("\"break_glass\"", "\"approve\"")).unwrap();
    let agent = site.agent();
    let alone = Dispatch {
        break_glass: glass(&agent),
        ..dispatch.clone()
    };
    let words = "acme allows it only with a second person's approval";
    refused(&agent, &alone, &mara(), words);
    let planned = plan(&agent, order);
    assert!(planned.break_glass_off.contains(words) && planned.approval_off.is_empty());
    let asked = agent.dispatch(&dispatch, &mara()).unwrap();
    assert_eq!(asked.state, RestoreState::AwaitingApproval);
    agent.stop();
}

//! Restores by order: byte for byte, once, within the limit, only where allowed.

use crate::site::*;
use ocdeck_appliance::work::{BreakGlass, Dispatch, PlanOrder, Refusal, Work};
use ocdeck_domain::{
    facts::{Amount, RestoreState, SessionResult},
    ids::RequestId,
    restore::{OverwritePolicy, Target},
};
use std::{fs, ops::ControlFlow};
use uuid::Uuid;

pub(crate) fn a_lost_system_comes_back() {
    let site = Site::new();
    let agent = site.agent();
    back_up(&agent);
    let before = site.content();
    site.lose();
    let order = site.whole(&newest(&agent), OverwritePolicy::ReplaceChanged);
    let planned = plan(&agent, &order);
    assert_eq!(planned.beyond_limit, Vec::<String>::new());
    assert_eq!(planned.problems, Vec::<String>::new());
    assert_eq!(planned.replaced, Amount::default());
    let accepted = agent
        .dispatch(&dispatch_of(&order, &planned, 1), &mara())
        .unwrap();
    assert_eq!(accepted.state, RestoreState::Accepted);
    let done = restored(&agent, 1);
    assert_eq!(done.state, RestoreState::Completed, "{done:?}");
    assert!(done.started.is_some() && done.verifying_since.is_some());
    assert_eq!(done.written, planned.written);
    assert_eq!((done.unequal, done.failed), (0, 0));
    assert!(done.verified.files >= 4, "{done:?}");
    assert_eq!(site.content(), before);
    let session = agent
        .facts()
        .session(&done.session.unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(session.result, Some(SessionResult::Success));
    assert!(plan(&agent, &order).expected_rate > 0);
    agent.stop();
}

pub(crate) fn one_order_is_one_restore() {
    let site = Site::new();
    let agent = site.agent();
    back_up(&agent);
    site.lose();
    let order = site.whole(&newest(&agent), OverwritePolicy::ReplaceChanged);
    let planned = plan(&agent, &order);
    let dispatch = dispatch_of(&order, &planned, 1);
    let first = agent.dispatch(&dispatch, &mara()).unwrap();
    let second = agent.dispatch(&dispatch, &mara()).unwrap();
    assert_eq!(first.accepted, second.accepted);
    let done = restored(&agent, 1);
    assert_eq!(
        agent.dispatch(&dispatch, &mara()).unwrap(),
        done,
        "also when it has ended"
    );
    assert_eq!(agent.facts().restores().len(), 1);
    let other = Dispatch {
        requester: "someone else".into(),
        ..dispatch.clone()
    };
    let refused = agent.dispatch(&other, &mara()).unwrap_err();
    assert!(
        matches!(refused, Refusal::AlreadyExists { .. }),
        "{refused:?}"
    );
    let gap = Dispatch {
        attempt: 3,
        ..dispatch
    };
    let code = |refusal| match refusal {
        Refusal::FailedPrecondition { code, .. } => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        code(agent.dispatch(&gap, &mara()).unwrap_err()),
        "ATTEMPT_GAP"
    );
    let unknown = Dispatch {
        digest: vec![7; 32],
        attempt: 2,
        ..gap
    };
    assert_eq!(
        code(agent.dispatch(&unknown, &mara()).unwrap_err()),
        "PLAN_UNKNOWN"
    );
    agent.stop();
}

pub(crate) fn beyond_the_limit_needs_broken_glass() {
    let site = Site::new();
    let agent = site.agent();
    back_up(&agent);
    let before = site.content();
    site.write("conf/erp.conf", b"port = 2, and broken\n");
    let order = site.whole(&newest(&agent), OverwritePolicy::ReplaceChanged);
    let planned = plan(&agent, &order);
    assert_eq!(planned.replaced.files, 1);
    assert_eq!(planned.beyond_limit.len(), 1);
    let mut dispatch = dispatch_of(&order, &planned, 1);
    let mut glass = BreakGlass {
        reason: "nobody else is awake".into(),
        duty_manager: " ".into(),
        called_at: agent.facts().now(),
    };
    dispatch.break_glass = Some(glass.clone());
    let refused = agent.dispatch(&dispatch, &mara()).unwrap_err();
    assert!(
        matches!(refused, Refusal::InvalidArgument { .. }),
        "{refused:?}"
    );
    assert!(agent.facts().restores().is_empty());
    glass.duty_manager = "Ola".into();
    dispatch.break_glass = Some(glass);
    agent.dispatch(&dispatch, &mara()).unwrap();
    let done = restored(&agent, 1);
    assert_eq!(done.state, RestoreState::Completed, "{done:?}");
    assert!(done.break_glass);
    assert_eq!(site.content(), before);
    let audit = agent.facts().audit_log().unwrap();
    let entry = audit
        .iter()
        .find(|it| it.entry.contains("break_glass"))
        .unwrap();
    assert!(entry.entry.contains("Ola") && entry.entry.contains("nobody else is awake"));
    agent.stop();
}

pub(crate) fn only_allowed_places_are_written() {
    let site = Site::new();
    let agent = site.agent();
    back_up(&agent);
    let outside = tempfile::tempdir().unwrap();
    let point = newest(&agent);
    let mut order = site.whole(&point, OverwritePolicy::KeepBoth);
    let ask = |order: &ocdeck_domain::restore::Order| {
        let ask = PlanOrder {
            order: order.clone(),
            reference: "R-0118".into(),
            time_zone: String::new(),
        };
        agent.plan(&ask, &mut |_| ControlFlow::Continue(()))
    };
    order.target = Target::OtherPath(outside.path().to_str().unwrap().into());
    let refused = ask(&order).unwrap_err();
    assert!(
        matches!(refused, Refusal::PermissionDenied(_)),
        "{refused:?}"
    );
    order.target = Target::OtherPath(site.path("state/x").to_str().unwrap().into());
    let refused = ask(&order).unwrap_err();
    assert!(
        matches!(refused, Refusal::PermissionDenied(_)),
        "{refused:?}"
    );
    order.target = Target::Staging("R-0118".into());
    let planned = ask(&order).unwrap();
    agent
        .dispatch(&dispatch_of(&order, &planned, 1), &mara())
        .unwrap();
    let done = restored(&agent, 1);
    assert_eq!(done.state, RestoreState::Completed, "{done:?}");
    let staged = fs::read(site.path("staging/R-0118/db/table.bin")).unwrap();
    assert_eq!(staged, noise(300_000, 1));
    agent.stop();
}

pub(crate) fn a_root_that_is_gone_is_a_problem() {
    let site = Site::new();
    let agent = site.agent();
    back_up(&agent);
    fs::remove_dir_all(site.root()).unwrap();
    let order = site.whole(&newest(&agent), OverwritePolicy::ReplaceChanged);
    let planned = plan(&agent, &order);
    assert!(!planned.problems.is_empty());
    let refused = agent
        .dispatch(&dispatch_of(&order, &planned, 1), &mara())
        .unwrap_err();
    assert!(
        matches!(
            refused,
            Refusal::FailedPrecondition {
                code: "PLAN_HAS_PROBLEMS",
                ..
            }
        ),
        "{refused:?}"
    );
    agent.stop();
}

pub(crate) fn a_running_restore_is_cancelled() {
    let site = Site::new();
    let agent = site.slow_agent(15_000);
    back_up(&agent);
    site.lose();
    let order = site.whole(&newest(&agent), OverwritePolicy::ReplaceChanged);
    let planned = plan(&agent, &order);
    agent
        .dispatch(&dispatch_of(&order, &planned, 1), &mara())
        .unwrap();
    running(&agent, 1);
    let id = start(&agent);
    let waiting = until("the backup that waits", || {
        let fact = agent.facts().job(&job())?;
        (!fact.waiting_for.is_empty()).then_some(fact.waiting_for)
    });
    assert_eq!(waiting, "restore R-0118 of erp01");
    let request = RequestId(Uuid::from_u128(118));
    agent
        .cancel(request, 1, &mara(), &intent("wrong system"))
        .unwrap();
    let done = restored(&agent, 1);
    assert_eq!(done.state, RestoreState::Cancelled, "{done:?}");
    assert!(
        done.message.contains("mara: wrong system"),
        "{}",
        done.message
    );
    let left: Vec<_> = site.content().into_keys().collect();
    assert!(
        !left
            .iter()
            .any(|path| path.to_string_lossy().contains("part")),
        "temporaries stay: {left:?}"
    );
    // The folders are half restored: what this backup says of them is not this test's.
    ended(&agent, &id);
    agent.stop();
}

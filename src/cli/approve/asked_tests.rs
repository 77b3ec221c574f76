use super::*;
use ocdeck_domain::{
    facts::Progress,
    ids::RequestId,
    priority::Priority,
    restore::{Order, OverwritePolicy},
};
use uuid::Uuid;

fn at(text: &str) -> Time {
    format!("2026-11-21T{text}:00Z").parse().unwrap()
}

fn awaiting(reference: &str) -> RestoreAttempt {
    let amount = |files, bytes| Amount { files, bytes };
    RestoreAttempt {
        request: RequestId(Uuid::from_u128(7)),
        attempt: 1,
        tenant: "acme".into(),
        reference: reference.to_owned(),
        order: Order {
            system: "erp01".into(),
            point: "p2".into(),
            paths: Vec::new(),
            target: Target::Original,
            policy: OverwritePolicy::ReplaceChanged,
        },
        state: RestoreState::AwaitingApproval,
        actor: "mara".to_owned(),
        priority: Priority::P1,
        requester: "Ann\u{202e} Lee".to_owned(),
        accepted: at("02:13"),
        started: None,
        verifying_since: None,
        ended: None,
        session: None,
        progress: Progress::default(),
        written: Amount::default(),
        left: Amount::default(),
        changed_since_plan: 0,
        failed: 0,
        warnings: 0,
        verified: Amount::default(),
        unequal: 0,
        issues: Vec::new(),
        message: String::new(),
        break_glass: false,
        waiting_for: String::new(),
        approval: Some(Box::new(Approval {
            beyond_limit: vec!["it restores a whole system onto its original place".to_owned()],
            digest: vec![0xab; 32],
            created: amount(40, 65_000),
            replaced: amount(1, 14),
            written: amount(41, 65_014),
            asked: at("02:13"),
            expires: at("14:13"),
            decision: None,
            asked_by: Vec::new(),
        })),
    }
}

fn known(restores: Vec<RestoreAttempt>) -> Known {
    let appliances: Vec<ApplianceId> = vec!["acme-stl-01".into(), "nova-01".into()];
    let mut known = Known::new(Directory::default(), appliances.iter());
    let restores = restores.into_iter().map(|it| Fact::Restore(Box::new(it)));
    known.take(vec![FleetMsg {
        appliance: "acme-stl-01".into(),
        at: at("02:14"),
        news: LinkNews::Snapshot(restores.collect()),
    }]);
    known
}

#[test]
fn what_awaits_is_found_by_its_number_and_its_plan() {
    let mut ended = awaiting("R-0117");
    ended.state = RestoreState::Rejected;
    ended.attempt = 2;
    let known = known(vec![awaiting("R-0118"), ended]);
    let awaiting = known.awaiting();
    let [asked] = awaiting.as_slice() else {
        panic!("{awaiting:?}")
    };
    for name in ["R-0118", "r-0118", "r-118", "118", " 0118 "] {
        assert!(asked.is_called(name), "{name}");
    }
    for name in ["", "R-", "R-0117", "R-01180", "erp01"] {
        assert!(!asked.is_called(name), "{name}");
    }
    assert!(asked.is_of_plan("ABABABAB") && asked.is_of_plan(&asked.plan()));
    assert!(!asked.is_of_plan("") && !asked.is_of_plan("abab") && !asked.is_of_plan("abababac"));
    assert!(known.is_waiting(), "the other one has not told yet");
    assert_eq!(known.silent().len(), 1);
}

#[test]
fn the_page_says_what_is_replaced_where_and_of_which_plan() {
    let asked = known(vec![awaiting("R-0118")]).awaiting().remove(0);
    let page = asked.page(None, Tz::UTC);
    for said in [
        "R-0118 · P1 · acme/erp01",
        "▲ it restores a whole system onto its original place",
        "onto      its original place, on acme-stl-01",
        "replaces  1 file, 14 B",
        "creates   40 files, 65.0 kB",
        "for       Ann Lee",
        "asked by  mara",
        "ends      21 Nov 14:13 without a word",
        "plan      abababab",
    ] {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }
    assert!(!page.contains('\u{202e}'));
    let row = asked.row(Tz::UTC);
    assert!(row.contains("replaces 1 file, 14 B"), "{row}");
}

#[test]
fn what_is_gone_awaits_nothing() {
    let mut known = known(vec![awaiting("R-0118")]);
    let gone = format!("{}:1", RequestId(Uuid::from_u128(7)));
    known.take(vec![FleetMsg {
        appliance: "acme-stl-01".into(),
        at: at("02:15"),
        news: LinkNews::Delta(vec![Fact::Gone(EntityKind::Restore, gone)]),
    }]);
    assert!(known.awaiting().is_empty());
}

//! What needs a person and what runs full, kept in order for every node of the tree.

use super::{
    Deck,
    script::{at, job, system},
};
use crate::state::{
    fleet::{Health, LinkState, Linked, Need},
    msg::LinkNews,
};
use chrono::TimeDelta;
use ocdeck_domain::{facts::*, fleet::Node, ids::ApplianceId};
use proptest::prelude::*;

const APPLIANCES: [&str; 3] = ["acme-stl-01", "nova-01", "hosted-01"];

/// Which appliance, what it tells, and three dice.
fn told() -> impl Strategy<Value = (usize, u8, u8, u8, u8)> {
    (0usize..3, 0u8..8, 0u8..3, 0u8..4, 0u8..4)
}

fn news(deck: &Deck, kind: u8, which: u8, how: u8, when: u8) -> LinkNews {
    let id = format!("it-{which}");
    let tenant = ["acme", "nova"][usize::from(how % 2)];
    let gone = |kind, id: &str| LinkNews::Delta(vec![Fact::Gone(kind, id.to_owned())]);
    match kind {
        0 => LinkNews::Silent,
        1 => LinkNews::Down {
            why: "gone".into(),
            retry_at: deck.now,
        },
        2 => LinkNews::Heard,
        3 => {
            let trouble = (how < 2).then_some("its disk is lost");
            LinkNews::Delta(vec![system(&id, tenant, trouble)])
        }
        4 => LinkNews::Delta(vec![Fact::Repository(Repository {
            id: id.as_str().into(),
            tenant: None,
            role: "primary".into(),
            capacity: 100,
            used: u64::from(when) * 30,
            free: 0,
            offline: (how == 0).then(|| "its disk is lost".to_owned()),
        })]),
        5 => gone(
            [EntityKind::System, EntityKind::Repository, EntityKind::Job][usize::from(how % 3)],
            &id,
        ),
        _ => {
            use SessionResult as R;
            let last = [None, Some(R::Success), Some(R::Warning), Some(R::Failed)];
            let state = [JobState::Idle, JobState::Running][usize::from(kind % 2)];
            let mut job = job(&id, tenant, "erp01", state, last[usize::from(how)]);
            let hours = TimeDelta::hours(i64::from(when));
            job.last_end = (when > 0).then(|| at("2026-11-20T08:00:00Z") + hours);
            LinkNews::Delta(vec![Fact::Job(Box::new(job))])
        }
    }
}

/// What counts under a node, looked for in everything.
fn counted(deck: &Deck, node: &Node) -> Vec<Need> {
    let (fleet, directory) = (&deck.model.fleet, &deck.model.directory);
    let mut all: Vec<Need> = fleet
        .appliances()
        .flat_map(|(id, state)| state.needs(id).into_iter().map(move |need| (id, need)))
        .filter(|(id, need)| match need.tenant() {
            Some(tenant) => directory.nodes_above(id, Some(tenant)).contains(node),
            None => directory.nodes_above_appliance(id).contains(node),
        })
        .map(|(_, need)| need)
        .collect();
    all.sort();
    all
}

fn nodes(deck: &Deck) -> Vec<Node> {
    let all = APPLIANCES.into_iter().flat_map(|id| {
        let id = ApplianceId::from(id);
        deck.model.directory.nodes_above_appliance(&id)
    });
    all.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever comes in whatever order, and under whichever directory, what is kept is what a
    /// look through everything finds.
    #[test]
    fn what_is_kept_is_what_is_found(story in prop::collection::vec(told(), 0..60), anew: bool) {
        let mut deck = Deck::new();
        for (appliance, kind, which, how, when) in story {
            let news = news(&deck, kind, which, how, when);
            deck.news(APPLIANCES[appliance], news);
        }
        if anew {
            let fleet = std::mem::take(&mut deck.model.fleet);
            deck.model.fleet = fleet
                .under(&deck.model.directory, deck.now, |_| Linked::Same)
                .0;
        }
        let fleet = &deck.model.fleet;
        for node in nodes(&deck) {
            let kept: Vec<Need> = fleet.needs(&node).iter().cloned().collect();
            let found = counted(&deck, &node);
            let of = |kind: fn(&&Need) -> bool| found.iter().filter(kind).count();
            let needs = fleet.needs(&node);
            prop_assert_eq!(needs.warnings(), of(|need| matches!(need, Need::Warning(_))));
            prop_assert_eq!(needs.stale(), of(|need| matches!(need, Need::Stale { .. })));
            prop_assert_eq!(needs.len(), found.len());
            prop_assert_eq!(needs.bad() + needs.warnings() + needs.stale(), found.len());
            prop_assert_eq!(kept, found, "{:?}", node);
            let below = deck.model.directory.appliances_below(&node);
            let states = || below.iter().filter_map(|id| fleet.get(id));
            for health in Health::ALL {
                let there = states().filter(|state| state.health() == health).count();
                let kept = fleet.rollup(&node).health(health);
                prop_assert_eq!(kept, i32::try_from(there).unwrap(), "{:?} {:?}", node, health);
            }
            let stores = fleet.stores(&node).map(|(_, _, repository)| repository);
            let fills: Vec<(bool, u64)> = stores.map(|r| (r.offline.is_some(), r.used)).collect();
            let there: usize = states().map(|state| state.repositories.len()).sum();
            prop_assert_eq!(fills.len(), there);
            prop_assert!(fills.is_sorted_by(|a, b| a >= b), "{:?}", fills);
        }
    }
}

#[test]
fn the_worst_stands_first_and_a_link_hides_what_is_behind_it() {
    let mut deck = Deck::new();
    let provider = Node::Party("provider".into());
    let words = |deck: &Deck| -> Vec<&'static str> {
        let needs = deck.model.fleet.needs(&provider).iter();
        needs
            .map(|need| match need {
                Need::Lost { .. } => "lost",
                Need::Down { .. } => "down",
                Need::Failed(_) => "failed",
                Need::Stale { .. } => "stale",
                Need::Warning(_) => "warning",
            })
            .collect()
    };
    let lost = LinkNews::Delta(vec![system("crm01", "nova", Some("its disk is lost"))]);
    deck.news("nova-01", lost);
    deck.news("hosted-01", LinkNews::Silent);
    assert_eq!(words(&deck), ["lost", "lost", "failed", "failed", "stale"]);
    let down = LinkNews::Down {
        why: "refused".into(),
        retry_at: deck.now,
    };
    deck.news("nova-01", down);
    let state = deck.model.fleet.get(&"nova-01".into()).unwrap();
    assert!(matches!(state.link, LinkState::Down { .. }) && state.troubled() == 1);
    assert_eq!(words(&deck), ["lost", "down", "failed", "stale"]);
}

//! News of the links: roll-ups, order, stale data, text from outside.

use super::*;
use crate::state::{fleet::RollUp, lists::JobClass, model::Screen};
use ocdeck_domain::{fleet::Node, ids::On};
use proptest::prelude::*;

fn rows(deck: &Deck) -> Vec<String> {
    deck.model
        .jobs
        .rows()
        .ids()
        .map(|id| id.id.to_string())
        .collect()
}

fn tenant(id: &str) -> Node {
    Node::Tenant(id.into())
}

#[test]
fn jobs_stand_by_urgency_and_rollups_count_them() {
    let deck = Deck::new();
    assert_eq!(rows(&deck), ["erp01-files", "fs02-shares", "crm01-files"]);
    let acme = deck.model.fleet.rollup(&tenant("acme"));
    assert_eq!((acme.appliances, acme.jobs, acme.bad()), (2, 2, 1));
    assert_eq!(acme.class(JobClass::Running), 1);
    let all = deck.model.fleet.total();
    assert_eq!((all.appliances, all.up, all.jobs), (3, 3, 3));
    assert_eq!(
        deck.model
            .fleet
            .rollup(&Node::Party("provider".into()))
            .appliances,
        3,
        "a hosted one counts once"
    );
}

#[test]
fn behind_a_lost_link_jobs_are_unknown_until_it_is_back() {
    let mut deck = Deck::new();
    let down = LinkNews::Down {
        why: "no route\u{1b}[2J".into(),
        retry_at: deck.now,
    };
    deck.news("acme-stl-01", down);
    let acme = deck.model.fleet.rollup(&tenant("acme"));
    assert_eq!(
        (
            acme.down,
            acme.class(JobClass::Unknown),
            acme.class(JobClass::Failed)
        ),
        (1, 2, 0)
    );
    assert_eq!(rows(&deck), ["fs02-shares", "crm01-files", "erp01-files"]);
    deck.news("acme-stl-01", LinkNews::Dialling);
    assert!(
        deck.model
            .fleet
            .get(&"acme-stl-01".into())
            .unwrap()
            .link
            .name()
            == "down"
    );
    deck.news("acme-stl-01", LinkNews::Heard);
    assert_eq!(deck.model.fleet.rollup(&tenant("acme")).bad(), 1);
    deck.news("acme-stl-01", LinkNews::Silent);
    assert_eq!(deck.model.fleet.rollup(&tenant("acme")).stale, 1);
}

#[test]
fn words_from_an_appliance_are_safe() {
    let mut deck = Deck::new();
    let mut nasty = job("erp01-files", "acme", "erp01", JobState::Idle, None);
    nasty.last_message = "fine\u{1b}]0;owned\u{7}".into();
    deck.news(
        "acme-stl-01",
        LinkNews::Delta(vec![Fact::Job(Box::new(nasty))]),
    );
    let id = On::new("acme-stl-01".into(), "erp01-files".into());
    assert_eq!(
        deck.model.fleet.job(&id).unwrap().last_message,
        "fine]0;owned"
    );
}

#[test]
fn a_snapshot_takes_away_what_it_lacks() {
    let mut deck = Deck::new();
    deck.news(
        "acme-stl-01",
        LinkNews::Snapshot(vec![system("crm01", "acme", None)]),
    );
    assert_eq!(rows(&deck), ["fs02-shares"]);
    assert_eq!(deck.model.fleet.rollup(&tenant("acme")).jobs, 0);
    assert_eq!(deck.model.fleet.systems().count(), 2);
}

fn alert(id: &str, severity: u32) -> Fact {
    Fact::Alert(Alert {
        id: id.into(),
        tenant: Some("acme".into()),
        object_kind: EntityKind::Job,
        object: "erp01-files".into(),
        monitor: "job_failed".into(),
        severity: Severity::clamped(severity),
        text: "it failed".into(),
        episode: 1,
        count: 1,
        raised: at("2026-11-21T08:00:00Z"),
        last_seen: at("2026-11-21T08:00:00Z"),
        cleared: None,
    })
}

#[test]
fn new_alerts_wait_above_the_cursor_and_ring() {
    let mut deck = Deck::new();
    deck.news("acme-stl-01", LinkNews::Delta(vec![alert("a", 7)]));
    assert_eq!(deck.rings(), ["P2 acme/erp01-files: it failed"]);
    deck.press(Command::ScreenAlerts);
    deck.news("acme-stl-01", LinkNews::Delta(vec![alert("b", 9)]));
    assert_eq!(
        (
            deck.model.alerts.rows.len(),
            deck.model.alerts.waiting.len()
        ),
        (1, 1)
    );
    deck.press(Command::ShowNew);
    let ids: Vec<&str> = deck
        .model
        .alerts
        .rows
        .ids()
        .map(|id| id.id.as_str())
        .collect();
    assert_eq!(ids, ["b", "a"], "the worst first");
    assert_eq!(
        deck.model.alerts.selected.as_ref().unwrap().id.as_str(),
        "a",
        "the cursor did not move"
    );
    deck.press(Command::ShowNew);
    assert!(deck.toast().contains("no new rows wait"));
}

fn jobs_now() -> impl Strategy<Value = (u8, u8, u8, bool)> {
    (0u8..3, 0u8..4, 0u8..4, any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever comes in whatever order, roll-ups and rows are what counting again gives.
    #[test]
    fn what_is_kept_equals_what_is_counted(story in prop::collection::vec(jobs_now(), 0..40)) {
        let mut deck = Deck::new();
        for (appliance, state, result, gone) in story {
            let appliance = ["acme-stl-01", "nova-01", "hosted-01"][usize::from(appliance)];
            let news = match (state, gone) {
                (0, true) => LinkNews::Silent,
                (1, true) => LinkNews::Down { why: "gone".into(), retry_at: deck.now },
                (2, true) => LinkNews::Delta(vec![Fact::Gone(EntityKind::Job, format!("job-{result}"))]),
                (_, true) => LinkNews::Heard,
                (state, false) => {
                    let state = [JobState::Idle, JobState::Running, JobState::Waiting, JobState::Disabled][usize::from(state)];
                    let tenant = if appliance == "nova-01" { "nova" } else { "acme" };
                    let last = [None, Some(SessionResult::Success), Some(SessionResult::Warning), Some(SessionResult::Failed)][usize::from(result)];
                    LinkNews::Delta(vec![Fact::Job(Box::new(job(&format!("job-{result}"), tenant, "erp01", state, last)))])
                }
            };
            deck.news(appliance, news);
        }
        let kept: Vec<_> = deck.model.jobs.rows().ids().cloned().collect();
        let rollup: RollUp = *deck.model.fleet.total();
        let mut counted: Vec<_> = deck.model.fleet.job_keys().map(|(key, id, _)| (key, id)).collect();
        counted.sort();
        prop_assert_eq!(kept.len(), deck.model.jobs.total);
        for class in [JobClass::Failed, JobClass::Warning, JobClass::Running, JobClass::Unknown, JobClass::Ok] {
            let there = counted.iter().filter(|((c, ..), _)| *c == class).count();
            prop_assert_eq!(rollup.class(class), i32::try_from(there).unwrap());
        }
        prop_assert_eq!(kept, counted.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
        prop_assert_eq!(rollup.up + rollup.stale + rollup.down, 3);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever comes, under whatever scope and filter: the list is what looking through all
    /// jobs finds, and so is what is kept for the whole tree.
    #[test]
    fn the_jobs_shown_are_those_that_looking_again_finds(
        story in prop::collection::vec((0u8..10, 0u8..5, 0u8..4, 0u8..4), 1..40),
    ) {
        let mut deck = Deck::new();
        for (kind, which, state, result) in story {
            let appliance = ["acme-stl-01", "nova-01", "hosted-01", "nova-02", "nova-01"][usize::from(which)];
            let state = [JobState::Idle, JobState::Running, JobState::Waiting, JobState::Disabled][usize::from(state)];
            let last = [None, Some(SessionResult::Success), Some(SessionResult::Warning), Some(SessionResult::Failed)][usize::from(result)];
            // Also of a tenant that the directory does not know, and from one to another.
            let tenant = ["acme", "nova", "nobody", "acme", "nova"][usize::from(which)];
            let fact = || Fact::Job(Box::new(job(&format!("job-{result}"), tenant, "erp01", state, last)));
            match kind {
                0 => deck.news(appliance, LinkNews::Silent),
                1 => deck.news(appliance, LinkNews::Heard),
                2 => deck.news(appliance, LinkNews::Snapshot(vec![fact()])),
                3 => deck.news(appliance, LinkNews::Delta(vec![Fact::Gone(EntityKind::Job, format!("job-{result}"))])),
                4 => deck.press(Command::Down),
                5 => deck.press([Command::Up, Command::First][usize::from(which % 2)]),
                6 => {
                    deck.press(Command::ScreenJobs);
                    deck.press(Command::Filter);
                    deck.type_text(["1", "e", "acme", "running", "r"][usize::from(which)]);
                    deck.press(Command::Open);
                    deck.press(Command::ScreenFleet);
                }
                7 => {
                    deck.press(Command::ScreenJobs);
                    deck.press(Command::Back);
                    deck.press(Command::ScreenFleet);
                }
                _ => deck.news(appliance, LinkNews::Delta(vec![fact()])),
            }
            let model = &deck.model;
            let words = model.jobs.filter.words();
            let mut below: Vec<_> = model.fleet.job_keys().map(|(key, id, _)| (key, id)).collect();
            below.sort();
            below.retain(|((_, tenant, _), id)| model.in_scope(&id.appliance, Some(tenant)));
            prop_assert_eq!(model.jobs.total, below.len());
            below.retain(|(_, id)| model.passes(id, &words));
            let rows: Vec<_> = model.jobs.rows().ids().cloned().collect();
            prop_assert_eq!(rows, below.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
        }
        deck.press(Command::ScreenJobs);
        deck.press(Command::Back);
        deck.press(Command::ScreenFleet);
        deck.press(Command::First);
        prop_assert!(deck.model.jobs.part.is_none());
        let mut whole: Vec<_> = deck.model.fleet.job_keys().map(|(key, id, _)| (key, id)).collect();
        whole.retain(|((_, tenant, _), _)| tenant.as_str() != "nobody");
        whole.sort();
        let rows: Vec<_> = deck.model.jobs.rows().ids().cloned().collect();
        prop_assert_eq!(rows, whole.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    }
}

#[test]
fn a_log_follows_the_selected_job_and_its_link() {
    let mut deck = Deck::new();
    deck.press(Command::ScreenJobs);
    let (ticket, _, call) = deck.calls.last().cloned().unwrap();
    assert_eq!(call, Call::TailLog("erp01-files-s".into(), 500));
    let line = |number| LogLine {
        line: number,
        at: at("2026-11-21T08:00:00Z"),
        level: LogLevel::Info,
        text: "read\n".into(),
    };
    deck.send(Msg::Reply(ticket, Reply::Log(vec![line(1), line(2)])));
    deck.press(Command::Follow);
    deck.send(Msg::Reply(ticket, Reply::Log(vec![line(3)])));
    let log = &deck.model.jobs.log;
    assert_eq!((log.lines.len(), log.follow, log.below), (3, false, 1));
    deck.press(Command::Down);
    assert!(
        deck.calls.iter().all(|(t, ..)| *t != ticket),
        "the old stream is let go"
    );
    assert_eq!(deck.model.screen, Screen::Jobs);
}

//! The order of the alert queue, what stands in it, and what stands behind a lost appliance.

use super::{
    alerts::{alert, id, minutes},
    *,
};
use crate::state::{
    alerts::{Page, Place, Told},
    fleet::LinkState,
    model::{Pane, Screen},
};
use ocdeck_domain::{
    alert::Event,
    fleet::{Directory, Parts, Window, WindowKind},
    ids::{AlertId, On},
    journal::Subject,
};

#[test]
fn a_lost_appliance_is_one_row() {
    let mut deck = Deck::queue(&[("a", 7), ("worst", 9), ("mine", 7)]);
    deck.press(Command::Last);
    deck.press(Command::AlertTake);
    deck.press(Command::First);
    let why = "nothing listens there".to_owned();
    let retry_at = deck.now;
    deck.news("acme-stl-01", LinkNews::Down { why, retry_at });
    let lost = "appliance:acme-stl-01:link_lost";
    deck.wait(minutes(4));
    assert!(!deck.ids().contains(&lost), "not before its time");
    deck.press(Command::ScreenJobs);
    deck.wait(minutes(1));
    deck.press(Command::ScreenAlerts);
    let mut rows = deck.ids();
    rows.sort_unstable();
    assert_eq!(rows, [lost, "mine", "worst"]);
    assert_eq!(deck.place("a"), Place::Behind);
    let known = id(lost);
    let behind = deck.model.behind(&deck.model.known_alert(&known).unwrap());
    assert_eq!((behind.jobs.len(), behind.alerts.len()), (2, 1));
    deck.model.alerts.selected = Some(id(lost));
    deck.press(Command::Open);
    assert_eq!(
        (deck.model.focus, deck.model.alerts.page),
        (Pane::Detail, Page::Behind)
    );
    let priority = deck.model.alerts.placed(&id(lost)).unwrap().priority;
    assert_eq!(priority, Some(Priority::P2));
    deck.news("acme-stl-01", LinkNews::Heard);
    assert_eq!(deck.place("a"), Place::Queued);
    assert!(!deck.ids().contains(&lost));
    assert_eq!(deck.kinds_of(lost), ["raised", "cleared"]);
    assert!(matches!(
        deck.model.fleet.get(&"acme-stl-01".into()).unwrap().link,
        LinkState::Live
    ));
}

#[test]
fn a_clock_that_is_far_off_writes_no_time_that_is_still_to_come() {
    let mut deck = Deck::queue(&[]);
    let far: Time = "9999-12-31T23:59:59Z".parse().unwrap();
    deck.tell(alert("far", 7, far));
    let mut journal = deck.journal.iter();
    let raised = journal.find(|r| matches!(r.record.subject, Subject::Alert(_)));
    let raised = raised.unwrap();
    assert_eq!(raised.record.at, deck.now);
    let Event::Raised(fact) = raised.event().unwrap() else {
        panic!("it was raised")
    };
    assert_eq!((fact.raised, fact.last_seen), (deck.now, deck.now));
    let cleared = Alert {
        cleared: Some(far),
        ..alert("far", 7, far)
    };
    deck.wait(minutes(1));
    deck.tell(cleared);
    assert_eq!(deck.kinds_of("far"), ["raised", "cleared"]);
    let late = deck.journal.iter().filter(|r| r.record.at > deck.now);
    assert_eq!(late.count(), 0);
}

#[test]
fn what_becomes_worse_than_may_be_snoozed_is_looked_at() {
    let mut deck = Deck::queue(&[("a", 7)]);
    let until = deck.now + TimeDelta::hours(8);
    let reason = "the client knows".to_owned();
    deck.other("jon", "a", &Event::Snoozed { until, reason });
    assert_eq!(deck.place("a"), Place::Snoozed);
    deck.tell(alert("a", 9, deck.now));
    assert_eq!(deck.place("a"), Place::Queued);
    let deadline = deck.model.alerts.placed(&id("a")).unwrap().deadline;
    assert!(
        deadline.is_some_and(|deadline| deadline < until),
        "its clock runs"
    );
    deck.tell(alert("a", 8, deck.now));
    assert_eq!(deck.place("a"), Place::Snoozed);
}

#[test]
fn who_is_shown_some_tenants_alone_says_of_no_alert_that_it_is_gone() {
    let mut deck = Deck::queue(&[("a", 9)]);
    deck.model.me.restricted = true;
    deck.news("acme-stl-01", LinkNews::Snapshot(Vec::new()));
    deck.wait(minutes(1));
    assert_eq!(deck.kinds_of("a"), ["raised"]);
    // The same shown to who sees all.
    deck.model.me.restricted = false;
    deck.news("acme-stl-01", LinkNews::Snapshot(Vec::new()));
    deck.model.touch_all_alerts();
    deck.wait(minutes(1));
    assert_eq!(deck.kinds_of("a"), ["raised", "gone"]);
}

#[test]
fn what_another_thought_gone_and_stands_here_comes_back() {
    let mut deck = Deck::queue(&[("a", 9)]);
    let at = deck.now;
    deck.other("rena", "a", &Event::Gone { at, of: 0 });
    assert_eq!(deck.kinds_of("a"), ["raised", "gone", "reopened"]);
    assert_eq!(deck.place("a"), Place::Queued);
}

const LOST: &str = "appliance:acme-stl-01:link_lost";

impl Deck {
    fn down(&mut self, appliance: &str) {
        let retry_at = self.now;
        let why = "your certificate has expired".to_owned();
        self.news(appliance, LinkNews::Down { why, retry_at });
    }

    fn all_down(&mut self) -> usize {
        let fleet = self.model.fleet.appliances();
        let all: Vec<String> = fleet.map(|(id, _)| id.to_string()).collect();
        all.iter().for_each(|id| self.down(id));
        all.len()
    }

    fn lost(&self) -> usize {
        let lost = |r: &&Record| match &r.record.subject {
            Subject::Alert(of) => {
                ocdeck_domain::alert::is_link_lost(&of.alert) && r.record.kind == "raised"
            }
            _ => false,
        };
        self.journal.iter().filter(lost).count()
    }
}

#[test]
fn who_does_not_dial_an_appliance_does_not_say_that_it_is_lost() {
    let mut deck = Deck::queue(&[]);
    let id = "acme-stl-01".into();
    let link = deck.model.revised.links.remove(&id).unwrap();
    deck.down("acme-stl-01");
    deck.wait(minutes(30));
    assert_eq!(deck.lost(), 0);
    deck.model.revised.links.insert(id, link);
    deck.down("acme-stl-01");
    deck.model.touch_all_alerts();
    deck.wait(minutes(1));
    assert_eq!(deck.lost(), 1);
}

#[test]
fn who_hears_nobody_looks_at_itself() {
    let mut deck = Deck::queue(&[]);
    assert!(deck.all_down() >= 3);
    deck.wait(minutes(5));
    assert_eq!(
        deck.toast(),
        "this console hears no appliance: your certificate has expired; look at its network and \
         its certificate (ocdeck doctor)"
    );
    deck.wait(minutes(30));
    assert_eq!(deck.lost(), 0);
    // One that is heard says that the others are gone indeed.
    deck.news("acme-stl-01", LinkNews::Heard);
    deck.wait(minutes(5));
    assert!(deck.lost() >= 2, "{}", deck.lost());
}

#[test]
fn a_keeper_that_hears_nobody_says_so_once_for_all() {
    let mut deck = Deck::queue(&[]);
    let keeper = crate::state::keeper::Keeper::new(Vec::new(), Uuid::nil(), "a".to_owned());
    deck.model.keeper = Some(keeper);
    deck.all_down();
    deck.wait(minutes(5));
    deck.wait(minutes(30));
    assert_eq!(deck.lost(), 1);
}

#[test]
fn whose_loss_others_took_back_is_no_witness_until_it_hears_again() {
    let mut deck = Deck::queue(&[]);
    deck.down("acme-stl-01");
    deck.wait(minutes(5));
    let at = deck.now;
    deck.other("jon", LOST, &Event::Cleared { at });
    deck.wait(minutes(5));
    deck.wait(minutes(60));
    assert_eq!(deck.lost(), 1, "not again and again");
    deck.news("acme-stl-01", LinkNews::Heard);
    deck.wait(minutes(1));
    deck.down("acme-stl-01");
    deck.wait(minutes(5));
    assert_eq!(deck.lost(), 2);
}

/// acme and its appliance alone.
fn one_tenant() -> Parts {
    let all = directory();
    let mut tenant = all.tenant(&"acme".into()).unwrap().clone();
    tenant.parent = "provider".into();
    let provider = ocdeck_domain::fleet::Party {
        id: tenant.parent.clone(),
        name: "provider".into(),
        parent: None,
        time_zone: tenant.time_zone,
    };
    let appliances = all.appliances();
    let appliances = appliances.filter(|a| a.id.as_str() == "acme-stl-01");
    Parts {
        parties: vec![provider],
        tenants: vec![tenant],
        sites: vec![all.site(&"hq".into()).unwrap().clone()],
        appliances: appliances.cloned().collect(),
        ..Parts::default()
    }
}

#[test]
fn a_window_counts_and_queues_nothing() {
    let mut deck = Deck::queue(&[("a", 7), ("worst", 9)]);
    let to = deck.now + minutes(30);
    let window = Window {
        scope: ocdeck_domain::fleet::Scope::Tenant("acme".into()),
        from: deck.now + minutes(10),
        to,
        reason: "new switch".into(),
        kind: WindowKind::Regular,
        noticed: None,
    };
    let with = Directory::of(Parts {
        windows: vec![window],
        ..one_tenant()
    });
    deck.model.directory = with.unwrap();
    // Whoever reads the directory anew touches all.
    deck.tell(alert("b", 7, deck.now));
    deck.press(Command::ScreenJobs);
    assert_eq!(deck.place("a"), Place::Queued);
    deck.wait(minutes(10));
    assert_eq!(
        (deck.place("a"), deck.place("worst")),
        (Place::Window, Place::Queued)
    );
    assert_eq!(deck.alert_says("a"), Told::Window(to));
    assert_eq!(deck.model.alerts.scoped.window, 2);
    deck.wait(minutes(20));
    assert_eq!(deck.place("a"), Place::Queued);
}

/// While a window is open nothing looks at its alerts again but their change and its end.
#[test]
fn what_a_window_keeps_quiet_is_judged_when_something_changes() {
    const MANY: usize = 200;
    let mut deck = Deck::new();
    let to = deck.now + minutes(30);
    let window = Window {
        scope: ocdeck_domain::fleet::Scope::Tenant("acme".into()),
        from: deck.now - minutes(1),
        to,
        reason: "new switch".into(),
        kind: WindowKind::Regular,
        noticed: None,
    };
    let with = Directory::of(Parts {
        windows: vec![window],
        ..one_tenant()
    });
    deck.model.directory = with.unwrap();
    let now = deck.now;
    let names: Vec<String> = (0..MANY).map(|n| format!("a{n}")).collect();
    let told = names.iter().map(|name| Fact::Alert(alert(name, 7, now)));
    deck.news("acme-stl-01", LinkNews::Delta(told.collect()));
    assert_eq!(deck.model.alerts.counts.window, MANY);
    assert_eq!(deck.model.incidents.quiet.len(), MANY);
    // What waits to be judged is what the next message judges.
    let mut judged = 0;
    for _ in 0..100 {
        deck.now += TimeDelta::seconds(1);
        judged += deck.model.incidents.unjudged.len() + deck.model.alerts.touched.len();
        deck.send(Msg::Tick);
    }
    assert_eq!(judged, 0, "200 alerts, 100 messages");
    let incidents = |deck: &Deck| deck.model.book.incidents.all().count();
    // One that becomes so bad that no window hides it.
    let mut worse = alert("a7", 9, now);
    worse.count = 2;
    deck.tell(worse);
    assert_eq!((incidents(&deck), deck.place("a7")), (1, Place::Queued));
    deck.wait(to - deck.now);
    for _ in 0..10 {
        deck.send(Msg::Tick);
    }
    assert_eq!(incidents(&deck), MANY);
    assert!(deck.model.incidents.quiet.is_empty());
}

#[test]
fn clocks_that_turn_hot_together_ring_once_with_a_count() {
    let mut deck = Deck::new();
    let now = deck.now;
    let told = (0..200).map(|n| {
        let raised = now + TimeDelta::milliseconds(n * 5);
        Fact::Alert(alert(&format!("a{n}"), 7, raised))
    });
    deck.news("acme-stl-01", LinkNews::Delta(told.collect()));
    // A P3 has until Monday, and rings for nothing.
    deck.tell(alert("calm", 5, now));
    deck.effects.clear();
    // 20 minutes, hot when less than a quarter is left.
    deck.wait(minutes(15));
    assert_eq!(deck.rings().len(), 0);
    for _ in 0..4 {
        deck.now += TimeDelta::milliseconds(300);
        deck.send(Msg::Tick);
    }
    assert_eq!(deck.rings().len(), 1);
    assert_eq!(deck.toast(), "200 alerts turn hot: the first is due 02:34");
    for _ in 0..10 {
        deck.wait(minutes(1));
    }
    assert_eq!(deck.rings().len(), 1, "nor again when they are over");
}

#[test]
fn a_hot_clock_rings_for_none_that_somebody_answered_for() {
    let mut deck = Deck::queue(&[("seen", 9), ("snoozed", 7), ("taken", 7), ("hidden", 7)]);
    let until = deck.now + minutes(60);
    for (name, event) in [
        ("seen", Event::Acknowledged { note: "x".into() }),
        ("taken", Event::Taken),
        (
            "snoozed",
            Event::Snoozed {
                until,
                reason: "x".into(),
            },
        ),
    ] {
        deck.other("jon", name, &event);
    }
    deck.other("jon", "seen", &Event::Taken);
    let window = Window {
        scope: ocdeck_domain::fleet::Scope::Tenant("acme".into()),
        from: deck.now,
        to: deck.now + minutes(30),
        reason: "x".into(),
        kind: WindowKind::Regular,
        noticed: None,
    };
    let with = Directory::of(Parts {
        windows: vec![window],
        ..one_tenant()
    });
    deck.model.directory = with.unwrap();
    deck.model.touch_all_alerts();
    deck.effects.clear();
    for _ in 0..29 {
        deck.wait(minutes(1));
    }
    assert_eq!(deck.rings().len(), 0);
}

#[test]
fn what_was_hot_before_the_desk_was_read_is_no_news() {
    let mut first = Deck::new();
    first.tell(alert("old", 9, first.now));
    let mut deck = Deck::asleep("2026-11-21T08:26:30Z");
    deck.journal.clone_from(&first.journal);
    deck.send(Msg::Desk(DeskMsg::Loaded {
        records: first.journal.clone(),
        drafts: Vec::new(),
    }));
    deck.news(
        "acme-stl-01",
        LinkNews::Snapshot(vec![Fact::Alert(alert("old", 9, first.now))]),
    );
    for _ in 0..3 {
        deck.wait(minutes(1));
    }
    assert_eq!(deck.rings().len(), 0);
}

#[test]
fn an_alert_that_becomes_worse_rings_again() {
    let mut deck = Deck::queue(&[("a", 5)]);
    deck.effects.clear();
    for (severity, expected) in [(7, 1), (7, 1), (9, 2), (7, 2)] {
        deck.tell(alert("a", severity, deck.now));
        assert_eq!(deck.rings().len(), expected, "severity {severity}");
    }
}

#[test]
fn late_ones_first_then_what_is_seen_then_what_may_wait() {
    let mut deck = Deck::new();
    let now = deck.now;
    // A Saturday night: P3 counts from Monday morning.
    for (name, severity, raised) in [
        ("note", 4, now - minutes(1)),
        ("calm", 5, now - minutes(90)),
        ("late", 7, now - minutes(25)),
        ("worst", 9, now - minutes(2)),
        ("seen", 7, now - minutes(1)),
        ("fresh", 7, now),
    ] {
        deck.tell(alert(name, severity, raised));
    }
    deck.other(
        "jon",
        "seen",
        &Event::Acknowledged {
            note: String::new(),
        },
    );
    deck.press(Command::ScreenAlerts);
    assert_eq!(
        deck.ids(),
        ["late", "worst", "fresh", "seen", "calm", "note"]
    );
    let Told::Runs(clock) = deck.alert_says("late") else {
        panic!("it runs");
    };
    assert!(clock.late(now) && clock.internal, "over, never breached");
    assert_eq!(deck.model.alerts.hottest().map(|(n, ..)| n), Some(3));
    deck.press(Command::ScreenFleet);
    deck.press(Command::UrgentClock);
    assert_eq!(deck.model.screen, Screen::Alerts);
    assert_eq!(deck.model.alerts.selected, Some(id("late")));
}

#[test]
fn pages_of_the_detail_are_turned_and_scrolled() {
    let mut deck = Deck::queue(&[("a", 7)]);
    deck.press(Command::Right);
    assert_eq!(
        (deck.model.focus, deck.model.alerts.page),
        (Pane::Detail, Page::What)
    );
    deck.press(Command::Down);
    assert_eq!(deck.model.alerts.below, 1);
    for page in [Page::Behind, Page::History, Page::Notes, Page::Notes] {
        deck.press(Command::Right);
        assert_eq!(deck.model.alerts.page, page);
    }
    for _ in 0..4 {
        deck.press(Command::Left);
    }
    assert_eq!(
        (deck.model.focus, deck.model.alerts.page),
        (Pane::Main, Page::What)
    );
}

/// However alerts come, change and go, what is kept in order is what ordering all gives.
mod kept {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn the_queue_is_what_judging_all_gives(
            story in prop::collection::vec((0u8..5, 1u32..=10, 0u8..8, 0i64..1_500), 1..40),
        ) {
            let mut deck = Deck::new();
            for (name, severity, what, later) in story {
                deck.now += TimeDelta::seconds(later);
                let name = format!("a{name}");
                let now = deck.now;
                match what {
                    0..=2 => deck.tell(alert(&name, severity, now)),
                    3 => deck.tell(Alert { cleared: Some(now), ..alert(&name, severity, now) }),
                    4 => deck.other("jon", &name, &Event::Acknowledged { note: String::new() }),
                    5 => deck.other("jon", &name, &Event::Snoozed { until: now + minutes(9), reason: "r".into() }),
                    6 => deck.other("jon", &name, &Event::Taken),
                    _ => deck.news("acme-stl-01", match severity {
                        1..=5 => LinkNews::Heard,
                        _ => LinkNews::Down { why: "gone".into(), retry_at: now },
                    }),
                }
            }
            deck.send(Msg::Tick);
            let kept: Vec<On<AlertId>> = deck.model.alerts.rows.ids().cloned().collect();
            let (counts, scoped, total) =
                (deck.model.alerts.counts, deck.model.alerts.scoped, deck.model.alerts.total);
            let running = deck.model.alerts.running.clone();
            deck.model.touch_all_alerts();
            deck.send(Msg::Tick);
            prop_assert_eq!(deck.model.alerts.running.clone(), running);
            prop_assert_eq!(deck.model.alerts.counts, counts);
            deck.model.rebuild_alerts();
            let anew: Vec<On<AlertId>> = deck.model.alerts.rows.ids().cloned().collect();
            prop_assert_eq!(kept, anew);
            prop_assert_eq!((deck.model.alerts.scoped, deck.model.alerts.total), (scoped, total));
            prop_assert_eq!(counts.open(), deck.model.alerts.total, "all is in the scope");
        }
    }
}

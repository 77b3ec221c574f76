//! Revisions of the directory come from the desk.

use super::{
    alerts::{alert, id},
    *,
};
use ocdeck_domain::{
    alert::{End, State},
    calendar,
    directory::{Applied, Event},
    fleet::{Node, Parts},
    ids::TenantId,
    journal::Subject,
    restore::Asked as Wanted,
};

pub(super) fn parts() -> Parts {
    directory().parts()
}

/// Another console, or a tool, applied it.
pub(super) fn apply(deck: &mut Deck, revision: u32, parts: Parts, policy: &policy::Policy) {
    let event = Event::Applied(Box::new(Applied {
        revision,
        files: Default::default(),
        directory: parts,
        policy: serde_json::to_value(policy).unwrap(),
    }));
    let id = Uuid::from_u128(9_000 + u128::from(revision));
    let record = event.record(id, revision - 1, deck.now, "eva");
    deck.told(vec![record]);
}

#[test]
fn a_revision_comes_into_force_at_once_and_running_clocks_keep_theirs() {
    let mut deck = Deck::new();
    let shipped = deck.model.policy.clone();
    apply(&mut deck, 1, parts(), &shipped);
    assert!(deck.model.toast.is_none(), "{:?}", deck.model.toast);
    let old = deck.call_for(Wanted::System);

    let mut stricter = shipped.clone();
    stricter.restore.system.respond = 300;
    stricter.restore.system.initiate = 1800;
    let mut next = parts();
    next.tenants.retain(|tenant| tenant.id.as_str() != "nova");
    next.contacts
        .retain(|contact| contact.tenant.as_str() != "nova");
    next.sites.retain(|site| site.tenant.as_str() != "nova");
    for appliance in &mut next.appliances {
        appliance
            .sites
            .retain(|site| !site.as_str().contains("nova"));
    }
    apply(&mut deck, 2, next, &stricter);
    let toast = deck.model.toast.as_ref().unwrap().text.clone();
    assert_eq!(toast, "revision 2 of the directory by eva is in force");
    assert_eq!(deck.model.policy, stricter);

    let budget = |deck: &Deck, id| {
        let request = deck.model.requests.get(id).unwrap();
        let [_, initiate] = request.clocks(deck.model.policy_of(request)).unwrap();
        initiate.budget.num_seconds()
    };
    assert_eq!(budget(&deck, old), 3600, "it started under revision 1");
    let new = deck.call_for(Wanted::System);
    assert_eq!(budget(&deck, new), 1800);
    let words = |id| {
        let request = deck.model.requests.get(id).unwrap();
        deck.model.policy_words(request.started).unwrap()
    };
    assert_eq!(words(old), "policy revision 1 of 2026-11-21 by eva");
    assert_eq!(words(new), "policy revision 2 of 2026-11-21 by eva");
    let chip = deck.model.chip(old).unwrap();
    assert_eq!(
        chip.clock.budget.num_seconds(),
        900,
        "respond of revision 1"
    );
}

#[test]
fn a_new_revision_changes_no_open_clock_of_an_alert_or_an_incident() {
    let mut deck = Deck::new();
    let shipped = deck.model.policy.clone();
    apply(&mut deck, 1, parts(), &shipped);
    for (name, severity) in [("old", 7), ("calm", 5), ("seen", 7)] {
        deck.tell(alert(name, severity, deck.now));
    }
    deck.other("jon", "seen", &acknowledged());
    let clocks = |deck: &Deck, name| {
        let id = id(name);
        let known = deck.model.known_alert(&id).unwrap();
        let of_alert = deck.model.alert_clock(&known).unwrap();
        let of_incident = deck.model.incident_clocks(known.incident.unwrap());
        assert_eq!(of_incident.len(), 1);
        (
            of_alert.deadline - deck.now,
            of_incident[0].deadline - deck.now,
        )
    };
    let before = ["old", "calm", "seen"].map(|name| clocks(&deck, name));
    let seen = deck.alert_says("seen");

    let mut stricter = shipped;
    stricter.target.p2.respond = 300;
    stricter.business_hours.days = vec!["sun".into()];
    stricter.alert_life.acknowledged_p2 = 60;
    stricter.escalation.over_at_priority = Priority::P1;
    apply(&mut deck, 2, parts(), &stricter);
    assert_eq!(deck.model.policy, stricter);
    let after = ["old", "calm", "seen"].map(|name| clocks(&deck, name));
    assert_eq!(after, before);
    assert_eq!(deck.alert_says("seen"), seen);
    deck.wait(TimeDelta::minutes(2));
    assert_eq!(deck.state("seen"), State::Acknowledged);

    for (name, severity) in [("new", 7), ("mild", 5), ("looked", 7)] {
        deck.tell(alert(name, severity, deck.now));
    }
    deck.other("jon", "looked", &acknowledged());
    let five = TimeDelta::minutes(5);
    assert_eq!(clocks(&deck, "new"), (five, five));
    let (mild, _) = clocks(&deck, "mild");
    assert!(
        mild < before[1].0 - TimeDelta::hours(12),
        "Sunday counts: {mild}"
    );
    deck.wait(TimeDelta::minutes(2));
    assert_eq!(deck.state("looked"), State::Raised);

    deck.wait(TimeDelta::minutes(20));
    let proposed = |name| {
        let id = id(name);
        let known = deck.model.known_alert(&id).unwrap();
        let incident = known.incident.unwrap();
        let words = deck.model.older_policy_words(incident.began);
        assert_eq!(
            words,
            deck.model.older_policy_words(known.life.unwrap().began)
        );
        (deck.model.escalation_words(incident), words)
    };
    let first = "policy revision 1 of 2026-11-21 by eva".to_owned();
    assert_eq!(
        proposed("old"),
        (Some("respond is over".into()), Some(first))
    );
    assert_eq!(
        proposed("new"),
        (None, None),
        "the second asks for P1 alone"
    );
}

/// The hours of acme: its own calendar, with these holidays.
fn with_holidays(holidays: &[&str], zone: chrono_tz::Tz) -> Parts {
    let mut parts = parts();
    let week = calendar::Week {
        days: calendar::DAYS.map(str::to_owned).to_vec(),
        hours: vec!["00:00-24:00".parse().unwrap()],
    };
    let weekly = calendar::Calendar::weekly("acme".into(), &week).unwrap();
    let days = holidays
        .iter()
        .map(|day| (day.parse().unwrap(), String::new()));
    let calendar = calendar::Calendar::new("acme".into(), weekly.week().clone(), days.collect());
    parts.calendars.push(calendar.unwrap());
    let acme = parts
        .tenants
        .iter_mut()
        .find(|tenant| tenant.id.as_str() == "acme")
        .unwrap();
    (acme.calendar, acme.time_zone) = (Some("acme".into()), zone);
    parts
}

#[test]
fn a_holiday_that_is_entered_later_moves_no_clock_that_runs() {
    let mut deck = Deck::new();
    let policy = deck.model.policy.clone();
    let zone = chrono_tz::America::Chicago;
    // Before there is any revision, and under the first one.
    deck.tell(alert("first", 5, deck.now));
    apply(&mut deck, 1, with_holidays(&[], zone), &policy);
    deck.tell(alert("old", 5, deck.now));
    let due = |deck: &Deck, name: &str| {
        let id = id(name);
        let known = deck.model.known_alert(&id).unwrap();
        let of_alert = deck.model.alert_clock(&known).unwrap();
        let of_incident = deck.model.incident_clocks(known.incident.unwrap());
        assert_eq!(of_incident[0].deadline, of_alert.deadline, "{name}");
        assert_eq!(of_incident[0].hours, of_alert.hours, "{name}");
        of_alert.deadline
    };
    let before = ["first", "old"].map(|name| due(&deck, name));
    assert_eq!(
        before[1] - deck.now,
        TimeDelta::hours(4),
        "around its clock"
    );
    let days = ["2026-11-21", "2026-11-22", "2026-11-23"];
    apply(&mut deck, 2, with_holidays(&days, zone), &policy);
    assert_eq!(["first", "old"].map(|name| due(&deck, name)), before);
    deck.tell(alert("new", 5, deck.now));
    assert_eq!(
        due(&deck, "new"),
        at("2026-11-24T10:00:00Z"),
        "four hours into Tuesday"
    );
    // Another zone, and no tenant at all any more.
    apply(
        &mut deck,
        3,
        with_holidays(&days, chrono_tz::Asia::Kolkata),
        &policy,
    );
    apply(&mut deck, 4, with_holidays(&[], chrono_tz::UTC), &policy);
    assert_eq!(["first", "old"].map(|name| due(&deck, name)), before);
    assert_eq!(due(&deck, "new"), at("2026-11-24T10:00:00Z"));
    // A console that starts now says the same.
    let mut next = Deck::asleep("2026-11-21T09:00:00Z");
    let records = deck.journal.clone();
    next.send(Msg::Desk(DeskMsg::Loaded {
        records,
        drafts: Vec::new(),
    }));
    for name in ["first", "old", "new"] {
        assert_eq!(due(&next, name), due(&deck, name), "{name}");
    }
}

fn acknowledged() -> ocdeck_domain::alert::Event {
    ocdeck_domain::alert::Event::Acknowledged {
        note: String::new(),
    }
}

#[test]
fn what_the_appliances_told_is_counted_under_the_new_tree() {
    let mut deck = Deck::new();
    let before = *deck.model.fleet.total();
    let nova = Node::Tenant(TenantId::new("nova"));
    let of_nova = deck.model.fleet.rollup(&nova);
    assert!(of_nova.jobs > 0);
    let mut next = parts();
    let north = Node::Party("north".into());
    for tenant in &mut next.tenants {
        tenant.parent = "north".into();
    }
    let policy = deck.model.policy.clone();
    apply(&mut deck, 1, next, &policy);
    assert_eq!(*deck.model.fleet.total(), before);
    assert_eq!(deck.model.fleet.rollup(&nova), of_nova);
    assert_eq!(deck.model.fleet.rollup(&north), before);
    // Facts that come later are counted on.
    deck.live("nova-01", Vec::new());
    assert_eq!(deck.model.fleet.rollup(&nova).jobs, 0);
    assert_eq!(deck.model.fleet.total().jobs, before.jobs - of_nova.jobs);
}

impl Deck {
    /// What somebody else wrote to the desk.
    fn told(&mut self, records: Vec<NewRecord>) {
        let records = records
            .into_iter()
            .map(|record| Record {
                seq: self.journal.len() as u64 + 1,
                subject_version: 1 + self
                    .journal
                    .iter()
                    .filter(|kept| kept.record.subject == record.subject)
                    .count() as u32,
                received_at: self.now,
                author: Default::default(),
                record,
            })
            .collect::<Vec<_>>();
        self.journal.extend(records.clone());
        self.send(Msg::Desk(DeskMsg::Appended(records)));
    }

    /// A call for something, taken by a colleague.
    fn call_for(&mut self, asked: Wanted) -> RequestId {
        use ocdeck_domain::restore::{Event, Purpose};
        let id = RequestId(Uuid::from_u128(7_000 + self.journal.len() as u128));
        let chosen = Event::KindChosen {
            asked,
            purpose: Purpose::Production,
            priority: None,
            reason: String::new(),
        };
        for event in [Event::CallReceived, chosen] {
            let event_id = Uuid::from_u128(8_000 + self.journal.len() as u128);
            let record = event.record(event_id, id, self.now, "eva");
            self.told(vec![record]);
        }
        id
    }
}

/// Without that appliance, which is not managed any more.
fn without(appliance: &str) -> Parts {
    let mut parts = parts();
    parts.appliances.retain(|a| a.id.as_str() != appliance);
    parts
}

fn of_incidents(deck: &Deck) -> Vec<&str> {
    let about = |r: &&Record| matches!(r.record.subject, Subject::Incident(_));
    let records = deck.journal.iter().filter(about);
    records.map(|r| r.record.kind.as_str()).collect()
}

#[test]
fn an_alert_of_an_appliance_that_left_is_closed_and_its_incident_says_so() {
    let mut deck = Deck::new();
    let shipped = deck.model.policy.clone();
    apply(&mut deck, 1, parts(), &shipped);
    deck.tell(alert("a", 7, deck.now));
    deck.wait(TimeDelta::minutes(1));
    apply(&mut deck, 2, without("acme-stl-01"), &shipped);
    assert_eq!(deck.kinds_of("a"), ["raised", "appliance_left"]);
    let (at, end) = deck.life("a").end().unwrap();
    assert_eq!((at, end), (deck.now, End::Left(2)));
    assert!(deck.model.alerts.placed(&id("a")).is_none());
    assert_eq!(deck.model.alerts.counts.open(), 0);
    assert_eq!(of_incidents(&deck), ["opened", "raised", "appliance_left"]);
    let open: Vec<_> = deck.model.book.incidents.open().collect();
    assert_eq!(open.len(), 1, "a person says what becomes of it");
    // Whatever comes next, it is said once.
    apply(&mut deck, 3, without("acme-stl-01"), &shipped);
    deck.wait(TimeDelta::minutes(1));
    assert_eq!(deck.kinds_of("a").len(), 2);
    assert_eq!(of_incidents(&deck).len(), 3);

    // It is managed again, and still says it.
    apply(&mut deck, 4, parts(), &shipped);
    deck.up();
    deck.news(
        "acme-stl-01",
        LinkNews::Snapshot(vec![Fact::Alert(alert("a", 7, deck.now))]),
    );
    assert_eq!(deck.kinds_of("a"), ["raised", "appliance_left", "reopened"]);
    assert_eq!(deck.state("a"), State::Raised);
}

#[test]
fn a_console_that_starts_later_closes_what_an_appliance_left_behind() {
    let mut deck = Deck::new();
    let shipped = deck.model.policy.clone();
    apply(&mut deck, 1, parts(), &shipped);
    deck.tell(alert("a", 7, deck.now));
    let lost = "appliance:acme-stl-01:link_lost";
    let down = LinkNews::Down {
        why: "nothing listens there".to_owned(),
        retry_at: deck.now,
    };
    deck.news("acme-stl-01", down);
    deck.wait(TimeDelta::minutes(6));
    assert_eq!(deck.kinds_of(lost), ["raised"]);
    // Nobody looked when the second revision came.
    deck.desk_works = false;
    let mut journal = deck.journal.clone();
    apply(&mut deck, 2, without("acme-stl-01"), &shipped);
    let applied = deck.journal.last().unwrap().clone();
    journal.push(applied);
    let mut late = Deck::asleep("2026-11-22T08:00:00Z");
    late.journal.clone_from(&journal);
    late.send(Msg::Desk(DeskMsg::Loaded {
        records: journal,
        drafts: Vec::new(),
    }));
    assert_eq!(late.kinds_of("a"), ["raised", "appliance_left"]);
    assert_eq!(late.kinds_of(lost), ["raised", "appliance_left"]);
    let said = of_incidents(&late);
    let left = said.iter().filter(|kind| **kind == "appliance_left");
    assert_eq!(left.count(), late.model.book.incidents.open().count());
}

#[test]
fn without_a_directory_on_the_desk_nothing_is_closed() {
    let mut deck = Deck::new();
    deck.tell(alert("a", 7, deck.now));
    let journal = deck.journal.clone();
    let mut other = Deck::asleep("2026-11-21T09:00:00Z");
    // Its own fleet.toml has another fleet.
    let parts = without("acme-stl-01");
    other.model.directory = ocdeck_domain::fleet::Directory::of(parts).unwrap();
    other.model.fleet = crate::state::fleet::FleetStore::new(&other.model.directory, other.now);
    other.journal.clone_from(&journal);
    other.send(Msg::Desk(DeskMsg::Loaded {
        records: journal,
        drafts: Vec::new(),
    }));
    assert_eq!(other.kinds_of("a"), ["raised"]);
}

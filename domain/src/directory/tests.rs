use super::*;
use crate::{
    calendar::{Calendar, Hours, Week},
    fleet::{Duty, Lifecycle, Party, RestartPolicy, Rota, Tenant, Turn},
    ids::TenantId,
    policy::shipped,
};
use chrono::NaiveDate;
use chrono_tz::Tz;
use proptest::prelude::*;

fn at(seconds: i64) -> Time {
    Time::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn parts() -> Parts {
    let tenant = |id: &str| Tenant {
        id: id.into(),
        name: id.into(),
        parent: "provider".into(),
        managed: true,
        time_zone: Tz::UTC,
        restart_policy: RestartPolicy::Allowed,
        calendar: None,
        lifecycle: Lifecycle::Live,
    };
    Parts {
        parties: vec![Party {
            id: "provider".into(),
            name: "Provider".into(),
            parent: None,
            time_zone: Tz::UTC,
        }],
        tenants: vec![tenant("acme"), tenant("nova")],
        ..Parts::default()
    }
}

fn applied(revision: u32, parts: Parts, policy: &Policy) -> Event {
    Event::Applied(Box::new(Applied {
        revision,
        files: [("fleet.toml".to_owned(), "…".to_owned())].into(),
        directory: parts,
        policy: serde_json::to_value(policy).unwrap(),
    }))
}

fn record(seq: u64, version: u32, event: &Event) -> Record {
    Record {
        seq,
        subject_version: version,
        received_at: at(0),
        author: crate::journal::Author::default(),
        record: event.record(Uuid::from_u128(seq.into()), version - 1, at(0), "eva"),
    }
}

#[test]
fn a_clock_finds_the_revision_that_was_in_force() {
    let mut policy = shipped();
    let first = record(3, 1, &applied(1, parts(), &policy));
    policy.restore.system.respond = 600;
    let second = record(9, 2, &applied(2, parts(), &policy));
    let mut revisions = Revisions::default();
    for record in [&first, &second, &first] {
        revisions.fold(record);
    }
    let number = |seq| revisions.at(seq).map(|revision| revision.number);
    assert_eq!([2, 4, 9, 10].map(number), [None, Some(1), Some(1), Some(2)]);
    let current = revisions.current().unwrap();
    assert_eq!((current.number, current.author.as_str()), (2, "eva"));
    let now = shipped().with(&current.policy).unwrap();
    assert_eq!(now, policy);
    assert_eq!(revisions.version(), 2);
}

#[test]
fn what_cannot_be_read_leaves_the_revision_before_in_force() {
    let mut revisions = Revisions::default();
    revisions.fold(&record(1, 1, &applied(1, parts(), &shipped())));
    let mut odd = record(2, 2, &applied(2, parts(), &shipped()));
    odd.record.body = r#"{"kind":"withdrawn"}"#.into();
    revisions.fold(&odd);
    assert_eq!(revisions.current().unwrap().number, 1);
    assert_eq!(revisions.unread(), [odd]);
    assert_eq!(revisions.version(), 2, "the next one is written behind it");
}

#[test]
fn numbers_of_another_version_are_filled_in_or_passed_over() {
    let mut written = serde_json::to_value(shipped()).unwrap();
    let map = written.as_object_mut().unwrap();
    map.remove("target");
    map.insert("tomorrow".into(), 7.into());
    map["clock"]["hot_below_percent"] = 10.into();
    let policy = shipped().with(&written).unwrap();
    assert_eq!(policy.target, shipped().target);
    assert_eq!(policy.clock.hot_below_percent, 10);
    assert!(shipped().with(&serde_json::json!({"clock": 3})).is_err());
}

#[test]
fn a_difference_is_told_in_words() {
    let old = Directory::of(parts()).unwrap();
    let mut next = parts();
    next.tenants.remove(1);
    next.tenants[0].time_zone = Tz::Europe__Berlin;
    next.rota.push(Rota {
        duty: Duty::DutyManager,
        name: "eva".into(),
        phone: "+1 555 0100".into(),
        zone: Tz::UTC,
        turn: Turn::Weekly {
            days: vec!["mon".into()],
            from: "08:00".parse().unwrap(),
            to: "17:00".parse().unwrap(),
        },
    });
    let new = Directory::of(next).unwrap();
    let zone = (
        "time_zone".to_owned(),
        "UTC".to_owned(),
        "Europe/Berlin".to_owned(),
    );
    assert_eq!(
        changes(&old, &new),
        [
            Change::Changed("tenant acme".into(), vec![zone]),
            Change::Removed("tenant nova".into()),
            Change::Added("rota duty manager eva".into()),
        ]
    );
    assert_eq!(changes(&new, &new), []);
    let mut policy = shipped();
    policy.restore.system.respond = 600;
    assert_eq!(
        changes_of_policy(&shipped(), &policy),
        [("restore.system.respond".into(), "900".into(), "600".into())]
    );
}

/// The records of the next revision, as a store gives them back from this place on.
fn written(revisions: &Revisions, seq: u64, parts: Parts, policy: &Policy) -> Vec<Record> {
    let directory = Directory::of(parts).unwrap();
    let ids = std::cell::Cell::new(u128::from(seq) << 8);
    let new = || Uuid::from_u128(ids.replace(ids.get() + 1));
    let files = [("fleet.toml".to_owned(), "…".to_owned())].into();
    let policy = serde_json::to_value(policy).unwrap();
    let records = revisions.next(files, &directory, policy, &new, (at(0), "eva"));
    let placed = (seq..).zip(records).map(|(seq, record)| Record {
        seq,
        subject_version: record
            .subject_version
            .unwrap_or(1 + u32::from(record.over.is_some())),
        received_at: at(0),
        author: crate::journal::Author::default(),
        record,
    });
    placed.collect()
}

#[test]
fn what_clocks_go_by_is_small_and_the_rest_is_over_with_the_next_revision() {
    let mut revisions = Revisions::default();
    let first = written(&revisions, 1, parts(), &shipped());
    first.iter().for_each(|record| revisions.fold(record));
    assert_eq!(revisions.content().unwrap().directory.tenants().count(), 2);
    let mut next = parts();
    next.tenants[1].time_zone = Tz::Asia__Kolkata;
    let second = written(&revisions, 9, next.clone(), &shipped());
    let kinds: Vec<_> = second
        .iter()
        .map(|r| {
            (
                r.record.subject.to_string(),
                r.record.kind.as_str(),
                r.record.over,
            )
        })
        .collect();
    let own = |text: &str| text.to_owned();
    assert_eq!(
        kinds,
        [
            (own("directory"), "revised", None),
            (own("directory:2"), "content", None),
            (own("directory:1"), "superseded", Some(true)),
        ]
    );
    assert_eq!(second[0].record.subject_version, Some(2));
    assert!(
        !second[0].record.body.contains("acme"),
        "it did not change: {}",
        second[0].record.body
    );
    second.iter().for_each(|record| revisions.fold(record));
    // A start does not read what is over.
    let mut start = Revisions::default();
    for record in [&first[0], &second[0], &second[1]] {
        start.fold(record);
    }
    assert_eq!(start, revisions);
    assert_eq!(start.content().unwrap().directory.parts(), next);
}

#[test]
fn since_when_an_appliance_is_not_managed_is_known_without_the_revisions_before() {
    let mut revisions = Revisions::default();
    let mut seq = 1;
    let with = |ids: &[&str]| Parts {
        appliances: ids
            .iter()
            .map(|id| crate::fleet::Appliance {
                id: (*id).into(),
                sites: Vec::new(),
                address: None,
                via: None,
            })
            .collect(),
        ..parts()
    };
    let both = with(&["a", "b"]);
    for next in [both.clone(), with(&["a"]), both, with(&["b"]), with(&[])] {
        for record in written(&revisions, seq, next, &shipped()) {
            revisions.fold(&record);
        }
        seq += 10;
    }
    let since = |id: &str| revisions.left(&id.into()).map(|revision| revision.number);
    assert_eq!(
        [since("a"), since("b"), since("never")],
        [Some(4), Some(5), Some(1)]
    );
    let mut back = revisions.clone();
    for record in written(&revisions, seq, with(&["b"]), &shipped()) {
        back.fold(&record);
    }
    assert_eq!(back.left(&"b".into()), None);
}

#[test]
fn a_revision_whose_content_is_not_there_yet_says_nothing_of_who_is_who() {
    let mut revisions = Revisions::default();
    let mut all = written(&revisions, 1, parts(), &shipped());
    revisions.fold(&all[0]);
    assert!(revisions.current().is_some() && revisions.content().is_none());
    all[1].record.body = r#"{"kind":"parchment"}"#.into();
    revisions.fold(&all[1]);
    assert!(revisions.content().is_none());
}

/// A directory in few numbers: what each of two tenants has, `None`: it is not there; the zone of
/// the provider.
type Small = (Vec<Option<(usize, usize)>>, usize);

const ZONES: [Tz; 3] = [Tz::UTC, Tz::America__Chicago, Tz::Asia__Kolkata];

fn small() -> impl Strategy<Value = Small> {
    let tenant = proptest::option::weighted(0.8, (0..4_usize, 0..ZONES.len()));
    (proptest::collection::vec(tenant, 2), 0..ZONES.len())
}

fn calendar(n: usize) -> Calendar {
    let week = Week {
        days: vec!["mon".into(), "tue".into()],
        hours: vec!["08:00-12:00".parse().unwrap()],
    };
    let weekly = Calendar::weekly(format!("c{}", n % 2).into(), &week).unwrap();
    // The same id may name other days in another revision.
    let holiday = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap() + chrono::Days::new(n as u64 / 2);
    let holidays = [(holiday, String::new())].into();
    Calendar::new(weekly.id().clone(), weekly.week().clone(), holidays).unwrap()
}

fn of(small: &Small) -> Parts {
    let mut parts = parts();
    parts.parties[0].time_zone = ZONES[small.1];
    let mut tenants = Vec::new();
    for (mut tenant, own) in std::mem::take(&mut parts.tenants).into_iter().zip(&small.0) {
        let Some((n, zone)) = own else { continue };
        tenant.time_zone = ZONES[*zone];
        if *n < 3 {
            let calendar = calendar(*n);
            tenant.calendar = Some(calendar.id().clone());
            parts.calendars.retain(|other| other.id() != calendar.id());
            parts.calendars.push(calendar);
        }
        tenants.push(tenant);
    }
    parts.tenants = tenants;
    parts
}

proptest! {
    /// Whatever is applied later: the hours of a clock that runs are those of its start, exactly as
    /// the directory of then said.
    #[test]
    fn no_later_revision_changes_the_hours_of_a_clock_that_runs(
        all in proptest::collection::vec(small(), 1..12), old in any::<bool>(),
    ) {
        let usual = Arc::new(shipped().calendar().unwrap());
        let tenants = [None, Some("acme".into()), Some("nova".into()), Some("never".into())];
        let mut revisions = Revisions::default();
        // Each clock starts right behind a revision, and is looked at behind every later one.
        let mut running: Vec<(u64, Vec<Hours>)> = Vec::new();
        for (n, small) in all.iter().enumerate() {
            let seq = 10 * (n as u64 + 1);
            let number = u32::try_from(n + 1).unwrap();
            match old {
                true => revisions.fold(&record(seq, number, &applied(number, of(small), &shipped()))),
                false => written(&revisions, seq, of(small), &shipped())
                    .iter()
                    .for_each(|record| revisions.fold(record)),
            }
            let directory = Directory::of(of(small)).unwrap();
            let now = tenants.iter().map(|of| directory.hours_of(of.as_ref(), &usual));
            running.push((seq + 5, now.collect()));
            for (began, hours) in &running {
                let of = |tenant: &Option<TenantId>| {
                    revisions.calendars().at(*began, tenant.as_ref(), &usual)
                };
                prop_assert_eq!(&tenants.iter().map(of).collect::<Vec<_>>(), hours);
            }
        }
        prop_assert!(revisions.all().iter().all(|revision| revision.number > 0));
    }
}

#[test]
fn a_thousand_revisions_cost_what_they_change() {
    let mut revisions = Revisions::default();
    let mut next = of(&(vec![Some((0, 0)), Some((1, 1))], 0));
    for number in 1..=1_000 {
        // What clocks do not go by is another every time.
        next.tenants[0].name = format!("acme {number}");
        if number == 500 {
            next.tenants[1].time_zone = Tz::Europe__Berlin;
        }
        let event = applied(number, next.clone(), &shipped());
        revisions.fold(&record(number.into(), number, &event));
    }
    assert_eq!(revisions.all().len(), 1_000);
    assert_eq!(
        revisions.calendars().len(),
        4,
        "two tenants, the provider, one change"
    );
    let shared = revisions.all().windows(2);
    assert!(
        shared
            .into_iter()
            .all(|two| Arc::ptr_eq(&two[0].policy, &two[1].policy))
    );
    let held = revisions.content().unwrap();
    assert_eq!(held.directory.tenant_name(&"acme".into()), "acme 1000");
}

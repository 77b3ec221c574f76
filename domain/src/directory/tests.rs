use super::*;
use crate::{
    fleet::{Duty, Lifecycle, Party, RestartPolicy, Rota, Tenant, Turn},
    policy::shipped,
};
use chrono_tz::Tz;

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

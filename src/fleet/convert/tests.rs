//! Arbitrary messages never panic; what is wrong is named; what is unknown stays known.

use super::*;
use crate::state::effect;
use ocdeck_domain::{
    facts::{Fact, JobState, SessionResult, WorkKind},
    ids::RequestId,
    priority::Priority,
    restore::{Order, OverwritePolicy, Target},
};
use ocdeck_proto::v1 as wire;
use proptest::prelude::*;
use prost::Message;
use prost_types::Timestamp;
use uuid::Uuid;

fn job() -> wire::Job {
    wire::Job {
        id: "erp01-files".into(),
        tenant_id: "acme".into(),
        system_id: "erp01".into(),
        repository_id: "main".into(),
        ..wire::Job::default()
    }
}

fn as_fact(job: wire::Job) -> wire::Fact {
    wire::Fact {
        entity: Some(wire::fact::Entity::Job(job)),
    }
}

#[test]
fn unknown_numbers_stay_known() {
    let converted = fact(as_fact(wire::Job {
        kind: 77,
        state: -3,
        last_result: 12,
        ..job()
    }))
    .unwrap();
    let Fact::Job(job) = converted else {
        panic!("not a job")
    };
    assert_eq!(job.kind, WorkKind::Unknown(77));
    assert_eq!(job.state, JobState::Unknown(-3));
    assert_eq!(job.last_result, Some(SessionResult::Unknown(12)));
}

#[test]
fn absent_and_impossible_things_are_named() {
    let error = fact(as_fact(wire::Job {
        tenant_id: String::new(),
        ..job()
    }))
    .unwrap_err();
    assert_eq!(error.to_string(), "Job.tenant_id is missing");

    let error = fact(as_fact(wire::Job {
        next_run: Some(Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        }),
        ..job()
    }))
    .unwrap_err();
    assert_eq!(error.to_string(), "Job.next_run is no time");

    let error = fact(as_fact(wire::Job {
        id: "a\u{1b}[2J".into(),
        ..job()
    }))
    .unwrap_err();
    assert_eq!(error.to_string(), "Job.id holds control characters");
    assert!(fact(wire::Fact { entity: None }).is_err());
}

#[test]
fn texts_cannot_move_a_cursor_and_end_somewhere() {
    assert_eq!(clean("a\u{1b}[2Jb\u{202e}c\nd".into()), "a[2Jbc d");
    let long = clean("é".repeat(5_000));
    assert_eq!(long.chars().count(), 2_000);
    assert!(long.ends_with('…'));
}

#[test]
fn an_order_goes_out_and_comes_back() {
    let order_of = |target| Order {
        system: "erp01".into(),
        point: "p1".into(),
        paths: vec![b"/srv/erp/\xff".to_vec()],
        target,
        policy: OverwritePolicy::ReplaceChanged,
    };
    for target in [
        Target::Original,
        Target::OtherPath(b"/srv/x".to_vec()),
        Target::OtherSystem("erp02".into()),
        Target::Staging("R-0118".into()),
    ] {
        let request = dispatch(&effect::Dispatch {
            request: RequestId(Uuid::nil()),
            attempt: 1,
            order: order_of(target.clone()),
            digest: vec![7; 32],
            intent: effect::Intent::default(),
            priority: Priority::P1,
            requester: "Ann Lee".into(),
            break_glass: None,
            asked_by: vec!["mara".to_owned()],
        });
        assert_eq!(request.asked_by, ["mara"]);
        let back = attempt(wire::Restore {
            request_id: request.request_id,
            attempt: request.attempt,
            tenant_id: "acme".into(),
            order: request.order,
            priority: request.priority,
            accepted: Some(Timestamp::default()),
            ..wire::Restore::default()
        })
        .unwrap();
        assert_eq!(back.order, order_of(target));
        assert_eq!(back.priority, Priority::P1);
    }
}

/// A protobuf message of arbitrary fields: most are valid on the wire, so that the
/// conversion is reached and not only the decoder.
fn fields() -> impl Strategy<Value = Vec<u8>> {
    let number = any::<u64>().prop_map(|n| {
        let mut bytes = Vec::new();
        prost::encoding::encode_varint(n, &mut bytes);
        (0_u64, bytes)
    });
    let length = |bytes: Vec<u8>| {
        let mut whole = Vec::new();
        prost::encoding::encode_varint(bytes.len() as u64, &mut whole);
        whole.extend(bytes);
        (2_u64, whole)
    };
    let text = any::<String>().prop_map(move |text| length(text.into_bytes()));
    let leaf = prop_oneof![number, text];
    let message = |field: BoxedStrategy<(u64, Vec<u8>)>| {
        prop::collection::vec((1_u64..30, field), 0..12).prop_map(|fields| {
            let mut bytes = Vec::new();
            for (tag, (kind, value)) in fields {
                prost::encoding::encode_varint(tag << 3 | kind, &mut bytes);
                bytes.extend(value);
            }
            bytes
        })
    };
    let nested = leaf.prop_recursive(4, 64, 8, move |inner| {
        message(inner.boxed()).prop_map(length)
    });
    message(nested.boxed())
}

proptest! {
    #[test]
    fn arbitrary_messages_never_panic(bytes in fields()) {
        let bytes = bytes.as_slice();
        if let Ok(value) = wire::Fact::decode(bytes) { let _ = fact(value); }
        if let Ok(value) = wire::Job::decode(bytes) { let _ = fact(as_fact(value)); }
        if let Ok(value) = wire::Restore::decode(bytes) { let _ = attempt(value); }
        if let Ok(value) = wire::DescribeResponse::decode(bytes) { let _ = description(value); }
        if let Ok(value) = wire::RestorePoint::decode(bytes) { let _ = point(value); }
        if let Ok(value) = wire::Entry::decode(bytes) { let _ = entry(value); }
        if let Ok(value) = wire::LogLine::decode(bytes) { let _ = log_line(value); }
        if let Ok(value) = wire::PlanEntry::decode(bytes) { let _ = plan_entry(value); }
        if let Ok(value) = wire::PlanResult::decode(bytes) { let _ = plan(value); }
    }

    #[test]
    fn any_time_is_a_time_or_an_error(seconds in any::<i64>(), nanos in any::<i32>()) {
        let _ = time("x", Some(Timestamp { seconds, nanos }));
    }

    #[test]
    fn clean_text_is_clean(text in any::<String>()) {
        let once = clean(text);
        prop_assert!(!once.chars().any(char::is_control));
        prop_assert_eq!(clean(once.clone()), once);
    }
}

#[test]
fn hits_and_versions_keep_their_paths_as_bytes_and_name_what_is_wrong() {
    let at = Some(Timestamp {
        seconds: 1_700_000_000,
        nanos: 0,
    });
    let found = wire::SearchHit {
        point_id: "p1".into(),
        time: at,
        path: b"/srv/caf\xe9".to_vec(),
        kind: 99,
        size: 7,
        modified: None,
    };
    let taken = hit(found.clone()).unwrap();
    assert_eq!(taken.path, b"/srv/caf\xe9");
    assert_eq!(taken.kind, ocdeck_domain::facts::EntryKind::Other);
    for (broken, text) in [
        (
            wire::SearchHit {
                path: b"srv".to_vec(),
                ..found.clone()
            },
            "SearchHit.path does not begin at the root",
        ),
        (
            wire::SearchHit {
                point_id: String::new(),
                ..found.clone()
            },
            "SearchHit.point_id is missing",
        ),
        (
            wire::SearchHit {
                time: None,
                ..found
            },
            "SearchHit.time is missing",
        ),
    ] {
        assert_eq!(hit(broken).unwrap_err().to_string(), text);
    }
    let known = wire::Version {
        newest_point_id: "p2".into(),
        newest_time: at,
        oldest_point_id: "p1".into(),
        oldest_time: at,
        points: 2,
        same_content: Some(true),
        ..wire::Version::default()
    };
    assert_eq!(version(known.clone()).unwrap().same_content, Some(true));
    let error = version(wire::Version {
        oldest_time: None,
        ..known
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "Version.oldest_time is missing"
    );
}

//! What it costs to turn bytes from an appliance into facts.

use crate::{Wanted, measure::Times};
use ocdeck::fleet::convert;
use ocdeck_proto::v1 as wire;
use prost::Message;
use std::{hint::black_box, time::Duration};

fn fact(n: usize) -> wire::Fact {
    let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let job = wire::Job {
        id: format!("erp{n:03}-files"),
        tenant_id: "acme".into(),
        system_id: format!("erp{n:03}"),
        repository_id: "main".into(),
        kind: wire::WorkKind::Backup.into(),
        use_case: "B1".into(),
        state: wire::JobState::Running.into(),
        every_seconds: Some(86_400),
        next_run: time(1_795_260_000),
        session_id: format!("s-{n}"),
        last_result: wire::SessionResult::Success.into(),
        last_end: time(1_795_150_000),
        progress: Some(wire::Progress {
            files_done: 1_000,
            bytes_done: 1_000_000,
            bytes_total: Some(9_000_000),
            current: b"/srv/erp/data/ledger/batch-1".to_vec(),
            last_byte_at: time(1_795_250_000),
            ..Default::default()
        }),
        ..Default::default()
    };
    wire::Fact {
        entity: Some(wire::fact::Entity::Job(job)),
    }
}

fn message(facts: usize) -> Vec<u8> {
    let delta = wire::Delta {
        facts: (0..facts).map(fact).collect(),
    };
    wire::WatchResponse {
        epoch: "epoch".into(),
        revision: 8,
        previous_revision: 7,
        body: Some(wire::watch_response::Body::Delta(delta)),
        ..Default::default()
    }
    .encode_to_vec()
}

pub fn run(_: &Wanted) {
    for facts in [1, 10, 200] {
        let bytes = message(facts);
        println!("a message of {facts} jobs, {} bytes:", bytes.len());
        let decode = Times::of(2_000, || {
            black_box(wire::WatchResponse::decode(bytes.as_slice()).unwrap());
        });
        decode.row("  decoded");
        let whole = Times::of(2_000, || {
            let message = wire::WatchResponse::decode(bytes.as_slice()).unwrap();
            let Some(wire::watch_response::Body::Delta(delta)) = message.body else {
                return;
            };
            for fact in delta.facts {
                black_box(convert::fact(fact).unwrap());
            }
        });
        whole.row("  decoded and converted");
        let each = whole.median() / u32::try_from(facts).unwrap_or(1);
        crate::measure::row("  each fact", crate::measure::shown(each));
        assert!(each < Duration::from_secs(1));
    }
}

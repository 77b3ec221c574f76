//! Appliances that lie, flood, stall or speak of what this console does not know: that one
//! link says what is wrong, the others stay live.

use super::{
    super::Fleet,
    cutter::Cutter,
    down,
    rig::{self, Appliance, Pki, Watched, until},
    snapshot,
};
use crate::state::msg::{LinkNews, Msg};
use ocdeck_domain::facts::{Fact, JobState};
use ocdeck_proto::v1::{self as wire, WatchResponse, fact::Entity, watch_response::Body};
use tokio::sync::mpsc::Receiver;

/// A message of the script's epoch.
fn message(previous: u64, revision: u64, body: Body) -> WatchResponse {
    WatchResponse {
        epoch: "epoch 1".to_owned(),
        previous_revision: previous,
        revision,
        now: Some(rig::now()),
        skipped_transitions: 0,
        body: Some(body),
    }
}

fn begin(entities: u64) -> WatchResponse {
    message(0, 1, Body::SnapshotBegin(wire::SnapshotBegin { entities }))
}

fn chunk(facts: Vec<wire::Fact>) -> WatchResponse {
    message(0, 1, Body::SnapshotChunk(wire::SnapshotChunk { facts }))
}

fn end() -> WatchResponse {
    message(0, 1, Body::SnapshotEnd(wire::SnapshotEnd {}))
}

fn delta(previous: u64, revision: u64, facts: Vec<wire::Fact>) -> WatchResponse {
    message(previous, revision, Body::Delta(wire::Delta { facts }))
}

/// A whole snapshot of these.
fn whole(facts: Vec<wire::Fact>) -> Vec<WatchResponse> {
    vec![begin(facts.len() as u64), chunk(facts), end()]
}

/// The one that misbehaves, and a neighbour.
struct Pair {
    bad: Appliance,
    good: Appliance,
    _fleet: Fleet,
    _pki: Pki,
    inbox: Receiver<Msg>,
}

impl Pair {
    async fn start(with: impl FnOnce(Watched) -> Watched) -> Self {
        let pki = Pki::new();
        let bad = Appliance::start_with(&pki, "bad", with).await;
        let good = Appliance::start(&pki, "good").await;
        let (fleet, inbox) = pki.link(&[("bad", &bad.address), ("good", &good.address)]);
        fleet.heartbeat(&"good".into(), 1);
        Self {
            bad,
            good,
            _fleet: fleet,
            _pki: pki,
            inbox,
        }
    }

    async fn plays(play: impl Fn(usize) -> Vec<WatchResponse> + Send + Sync + 'static) -> Self {
        Self::start(|watched| watched.plays(play)).await
    }

    /// Why the bad one went down.
    async fn why(&mut self) -> String {
        until(&mut self.inbox, "bad", down).await
    }

    /// The good one is heard, and has not been dialled again.
    async fn good_is_live(mut self) {
        until(&mut self.inbox, "good", |news| {
            assert!(down(news).is_none(), "{news:?}");
            matches!(news, LinkNews::Heard).then_some(())
        })
        .await;
        assert_eq!(self.good.subscriptions().len(), 1);
    }
}

#[tokio::test]
async fn what_never_fits_is_dialled_again_with_the_waits_of_a_broken_one() {
    let nothing = || Vec::new();
    let other = |message: WatchResponse| WatchResponse {
        epoch: "another".to_owned(),
        ..message
    };
    let fits = whole(vec![rig::system(0)]);
    let and = |more: Vec<WatchResponse>| [fits.clone(), more].concat();
    for (what, messages) in [
        ("another epoch", and(vec![other(delta(1, 2, nothing()))])),
        ("a hole", and(vec![delta(5, 6, nothing())])),
        ("backwards", and(vec![delta(1, 0, nothing())])),
        (
            "nothing in it",
            and(vec![WatchResponse {
                body: None,
                ..end()
            }]),
        ),
        ("an end without a begin", and(vec![end()])),
        (
            "fewer than announced",
            vec![begin(2), chunk(vec![rig::system(0)]), end()],
        ),
        (
            "more than announced",
            vec![begin(0), chunk(vec![rig::system(0)]), end()],
        ),
        ("a change inside", vec![begin(1), delta(1, 2, nothing())]),
        (
            "no epoch",
            vec![WatchResponse {
                epoch: String::new(),
                ..begin(0)
            }],
        ),
        ("a change before all", vec![delta(0, 1, nothing())]),
    ] {
        let mut pair = Pair::plays(move |_| messages.clone()).await;
        let why = pair.why().await;
        assert!(
            why.contains("facts that do not fit together"),
            "{what}: {why}"
        );
        let asked = pair.bad.subscriptions().len();
        // Three to a dial, and more dials the longer this test was kept from looking.
        assert!(
            asked < 30,
            "{what}: {asked} subscriptions before it was given up"
        );
        pair.good_is_live().await;
    }
}

#[tokio::test]
async fn what_is_not_known_is_passed_over_and_what_is_wrong_is_said() {
    let job = |id: &str, change: fn(&mut wire::Job)| {
        let Some(Entity::Job(mut job)) = rig::job(wire::JobState::Idle, 0).entity else {
            panic!("no job")
        };
        job.id = id.to_owned();
        change(&mut job);
        wire::Fact {
            entity: Some(Entity::Job(job)),
        }
    };
    let facts = vec![
        // Of a newer appliance: a kind without a name here, a number without a name here.
        wire::Fact { entity: None },
        job("newer", |job| job.state = 77),
        job("twice", |job| job.failures_in_a_row = 1),
        job("twice", |job| job.failures_in_a_row = u32::MAX),
        job("huge", |job| {
            job.every_seconds = Some(u64::MAX);
            job.recent_seconds = vec![u64::MAX; 1_000];
            job.last_message = "\u{1b}[2J\u{202e}".repeat(20_000);
            let last = prost_types::Timestamp {
                seconds: 253_402_300_799,
                nanos: 0,
            };
            job.next_run = Some(last);
        }),
        job("late", |job| {
            let never = prost_types::Timestamp {
                seconds: i64::MAX,
                nanos: -1,
            };
            job.next_run = Some(never);
        }),
        job(&"x".repeat(1_000), |_| {}),
        job("\u{1b}]0;owned\u{7}", |_| {}),
    ];
    let mut pair = Pair::plays(move |_| {
        [
            whole(facts.clone()),
            vec![delta(1, 2, vec![job("", |_| {})])],
        ]
        .concat()
    })
    .await;
    // In one go: they may come in one batch.
    let (mut held, mut odd) = (Vec::new(), Vec::new());
    until(&mut pair.inbox, "bad", |news| {
        match news {
            LinkNews::Snapshot(facts) => held.clone_from(facts),
            LinkNews::Odd { count, example } => odd.push((*count, example.clone())),
            _ => {}
        }
        (odd.last()?.0 >= 4).then_some(())
    })
    .await;
    let jobs: Vec<_> = held
        .iter()
        .map(|fact| match fact {
            Fact::Job(job) => (job.id.as_str(), job.state, job.failures_in_a_row),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        jobs,
        [
            ("newer", JobState::Unknown(77), 0),
            ("twice", JobState::Idle, 1),
            ("twice", JobState::Idle, u32::MAX),
            ("huge", JobState::Idle, 0),
        ]
    );
    let Fact::Job(huge) = &held[3] else {
        panic!("no job")
    };
    assert!(!huge.last_message.contains(['\u{1b}', '\u{202e}']));
    assert!(huge.last_message.chars().count() <= 2_000);
    assert_eq!(huge.recent_seconds.len(), 12);
    assert_eq!(
        odd[0],
        (3, "Job.next_run is no time".to_owned()),
        "of the snapshot"
    );
    assert_eq!(odd[1].0, 4, "one more");
    pair.good_is_live().await;
}

#[tokio::test]
async fn a_snapshot_of_megabytes_is_taken_in_chunks_and_not_in_one() {
    let fact = |n: usize| {
        let Some(Entity::System(mut system)) = rig::system(n).entity else {
            panic!("no system")
        };
        system.folders = vec![vec![b'x'; 4_000]];
        wire::Fact {
            entity: Some(Entity::System(system)),
        }
    };
    let facts: Vec<_> = (0..1_100).map(fact).collect();
    let chunks = facts.clone();
    let mut pair = Pair::plays(move |_| {
        let chunks = chunks.chunks(60).map(|facts| chunk(facts.to_vec()));
        let all = std::iter::once(begin(1_100)).chain(chunks);
        all.chain([end()]).collect()
    })
    .await;
    assert_eq!(until(&mut pair.inbox, "bad", snapshot).await, 1_100);
    pair.good_is_live().await;

    let mut pair = Pair::plays(move |_| whole(facts.clone())).await;
    let why = pair.why().await;
    assert!(why.contains("bad sent a message beyond the limit"), "{why}");
    pair.good_is_live().await;
}

#[tokio::test]
async fn more_than_anybody_has_is_not_taken() {
    let mut pair = Pair::plays(|_| vec![begin(u64::MAX)]).await;
    let why = pair.why().await;
    assert!(why.contains("more than 500 000 entities"), "{why}");
    pair.good_is_live().await;
}

#[tokio::test]
async fn a_snapshot_that_does_not_go_on_is_given_up() {
    let pki = Pki::new();
    // It sends signs of life for ever.
    let half = |_| vec![begin(10), chunk(vec![rig::system(0)])];
    let bad = Appliance::start_with(&pki, "bad", |watched| watched.plays(half)).await;
    let (_fleet, mut inbox) = pki.hasty_link(&[("bad", &bad.address)]);
    let why = until(&mut inbox, "bad", down).await;
    assert!(why.contains("does not finish"), "{why}");
    assert!(why.contains("1 of 10 facts came"), "{why}");
}

#[tokio::test]
async fn who_does_not_say_who_it_is_is_given_up() {
    let pki = Pki::new();
    let bad = Appliance::start_with(&pki, "bad", Watched::never_says_who_it_is).await;
    let (_fleet, mut inbox) = pki.link(&[("bad", &bad.address)]);
    let why = until(&mut inbox, "bad", down).await;
    assert!(
        why.contains("bad is connected but does not answer"),
        "{why}"
    );
}

/// The cable is pulled: nothing comes, and nothing says so.
#[tokio::test]
async fn a_line_that_stands_still_is_silent_and_then_down() {
    for (what, systems, after) in [
        ("between messages", 1, 0),
        ("inside a snapshot", 4_000, 60_000),
    ] {
        let pki = Pki::new();
        let bad = Appliance::start_with(&pki, "bad", |watched| watched.systems(systems)).await;
        let good = Appliance::start(&pki, "good").await;
        let line = Cutter::start(&bad.address, usize::MAX).await;
        if after > 0 {
            line.stall(after);
        }
        let (fleet, mut inbox) = pki.link(&[("bad", &line.address), ("good", &good.address)]);
        fleet.heartbeat(&"bad".into(), 1);
        fleet.heartbeat(&"good".into(), 1);
        until(&mut inbox, "good", snapshot).await;
        if after == 0 {
            until(&mut inbox, "bad", |news| {
                matches!(news, LinkNews::Heard).then_some(())
            })
            .await;
            line.stall(0);
        }
        let mut silent = false;
        let why = until(&mut inbox, "bad", |news| {
            silent |= matches!(news, LinkNews::Silent);
            down(news)
        })
        .await;
        assert!(
            silent && why.contains("bad is connected but was not heard for"),
            "{what}: {why}"
        );
        until(&mut inbox, "good", |news| {
            matches!(news, LinkNews::Heard).then_some(())
        })
        .await;
        assert_eq!(good.subscriptions().len(), 1);
    }
}

//! Links against appliances that misbehave by script, over real TLS. The links against
//! real appliances stand in `tests/it`.

mod cutter;
mod follow;
mod hostile;
mod rig;

use super::*;
use crate::state::{
    effect::{Call, Intent},
    msg::{CallErrorKind, LinkNews, Reply},
};
use cutter::Cutter;
use ocdeck_domain::facts::{Fact, JobState};
use rig::{Appliance, Pki, Watched, next, until};
use std::time::Duration;

fn is_live(news: &LinkNews) -> bool {
    matches!(news, LinkNews::Live { .. })
}

fn down(news: &LinkNews) -> Option<String> {
    match news {
        LinkNews::Down { why, .. } => Some(why.clone()),
        _ => None,
    }
}

fn snapshot(news: &LinkNews) -> Option<usize> {
    match news {
        LinkNews::Snapshot(facts) => Some(facts.len()),
        _ => None,
    }
}

#[tokio::test]
async fn live_after_describe_then_a_snapshot() {
    let pki = Pki::new();
    let appliance = Appliance::start(&pki, "a").await;
    let (_fleet, mut inbox) = pki.link(&[("a", &appliance.address)]);
    let live = until(&mut inbox, "a", |news| is_live(news).then(|| news.clone())).await;
    let LinkNews::Live {
        offset_ms,
        description,
    } = live
    else {
        panic!("not live")
    };
    assert!(offset_ms.abs() < 5_000, "{offset_ms}");
    assert_eq!(description.caller.0, "mara");
    assert_eq!(until(&mut inbox, "a", snapshot).await, 1);
}

#[tokio::test]
async fn a_restart_is_a_new_epoch_and_a_new_snapshot() {
    let pki = Pki::new();
    let appliance = Appliance::start(&pki, "a").await;
    // Behind a proxy, because a script that is stopped leaves its connections open.
    let proxy = Cutter::start(&appliance.address, usize::MAX).await;
    let (fleet, mut inbox) = pki.link(&[("a", &proxy.address)]);
    assert_eq!(until(&mut inbox, "a", snapshot).await, 1);
    let address = appliance.stop().await;
    proxy.cut();
    until(&mut inbox, "a", down).await;
    let again = Appliance::restart(&pki, "a", &address, |watched| watched.systems(3)).await;
    fleet.redial(&"a".into());
    assert_eq!(until(&mut inbox, "a", snapshot).await, 3);
    let asked = again.subscriptions();
    assert_eq!(
        asked[0].as_deref(),
        Some("epoch 1"),
        "it asks to resume first"
    );
}

#[tokio::test]
async fn resumes_where_it_was_when_the_epoch_is_the_same() {
    let pki = Pki::new();
    let appliance = Appliance::start(&pki, "a").await;
    let proxy = Cutter::start(&appliance.address, usize::MAX).await;
    let (fleet, mut inbox) = pki.link(&[("a", &proxy.address)]);
    assert_eq!(until(&mut inbox, "a", snapshot).await, 1);
    proxy.cut();
    until(&mut inbox, "a", down).await;
    fleet.redial(&"a".into());
    until(&mut inbox, "a", |news| is_live(news).then_some(())).await;
    // The rig answers a resumed stream with a heartbeat, a fresh one with a snapshot.
    until(&mut inbox, "a", |news| {
        assert!(snapshot(news).is_none(), "it was resumed");
        matches!(news, LinkNews::Heard).then_some(())
    })
    .await;
}

#[tokio::test]
async fn says_that_nobody_listens() {
    let pki = Pki::new();
    let appliance = Appliance::start(&pki, "a").await;
    let address = appliance.stop().await;
    let (fleet, mut inbox) = pki.link(&[("a", &address)]);
    let why = until(&mut inbox, "a", down).await;
    assert!(why.contains("nobody listens at 127.0.0.1:"), "{why}");
    let call = Call::StartJob("j".into(), Intent::default());
    fleet.call(Ticket(1), &"a".into(), call);
    let Reply::Job(Err(error)) = rig::reply(&mut inbox, Ticket(1)).await else {
        panic!("not the reply")
    };
    assert_eq!(error.kind, CallErrorKind::LinkLost);
    assert!(error.text.contains("not sent"), "{}", error.text);
}

#[tokio::test]
async fn a_black_hole_slows_nobody() {
    let pki = Pki::new();
    let hole = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = hole.local_addr().unwrap().to_string();
    let good = Appliance::start(&pki, "good").await;
    let (_fleet, mut inbox) = pki.link(&[("hole", &address), ("good", &good.address)]);
    until(&mut inbox, "good", |news| is_live(news).then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn says_that_a_black_hole_does_not_answer() {
    let pki = Pki::new();
    let hole = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = hole.local_addr().unwrap().to_string();
    let (_fleet, mut inbox) = pki.link(&[("hole", &address)]);
    let why = until(&mut inbox, "hole", down).await;
    assert!(why.contains("answer"), "{why}");
}

#[tokio::test]
async fn another_certificate_at_the_address_is_said() {
    let pki = Pki::new();
    let other = Appliance::start(&pki, "b").await;
    let (_fleet, mut inbox) = pki.link(&[("a", &other.address)]);
    let why = until(&mut inbox, "a", down).await;
    assert!(why.contains("another appliance than a answers"), "{why}");
}

#[tokio::test]
async fn another_id_than_its_certificate_is_said() {
    let pki = Pki::new();
    let liar = Appliance::start_with(&pki, "a", |watched| watched.calls_itself("b")).await;
    let (_fleet, mut inbox) = pki.link(&[("a", &liar.address)]);
    let why = until(&mut inbox, "a", down).await;
    assert!(why.contains("calls itself b, not a"), "{why}");
}

#[tokio::test]
async fn a_certificate_of_another_ca_is_said() {
    let (pki, foreign) = (Pki::new(), Pki::new());
    let appliance = Appliance::start(&pki, "a").await;
    // Trusts the right appliances, but is nobody there.
    let (_fleet, mut inbox) = foreign.stranger(&pki, &[("a", &appliance.address)]);
    let why = until(&mut inbox, "a", down).await;
    assert!(why.contains("refuses our certificate"), "{why}");
}

#[tokio::test]
async fn a_snapshot_that_is_cut_is_never_seen() {
    let pki = Pki::new();
    let appliance = Appliance::start_with(&pki, "a", |watched| watched.systems(4_000)).await;
    let proxy = Cutter::start(&appliance.address, 60_000).await;
    let (fleet, mut inbox) = pki.link(&[("a", &proxy.address)]);
    let seen = until(&mut inbox, "a", |news| {
        assert!(snapshot(news).is_none(), "the snapshot was cut");
        down(news)
    })
    .await;
    assert!(seen.contains("a"), "{seen}");
    proxy.limit(usize::MAX);
    fleet.redial(&"a".into());
    assert_eq!(until(&mut inbox, "a", snapshot).await, 4_000);
}

#[tokio::test]
async fn a_change_that_does_not_fit_is_mended_by_a_snapshot() {
    let pki = Pki::new();
    let appliance = Appliance::start_with(&pki, "a", Watched::skips_a_revision_once).await;
    let (_fleet, mut inbox) = pki.link(&[("a", &appliance.address)]);
    assert_eq!(until(&mut inbox, "a", snapshot).await, 1);
    assert_eq!(until(&mut inbox, "a", snapshot).await, 1);
    assert_eq!(
        appliance.subscriptions(),
        [None, None],
        "both without a place to resume"
    );
}

#[tokio::test]
async fn a_flood_is_conflated_and_its_end_is_seen() {
    const FLOOD: u64 = 20_000;
    let pki = Pki::new();
    let appliance = Appliance::start_with(&pki, "a", |watched| watched.floods(FLOOD)).await;
    let (_fleet, mut inbox) = pki.link(&[("a", &appliance.address)]);
    let mut states = 0;
    until(&mut inbox, "a", |news| {
        let LinkNews::Delta(facts) = news else {
            return None;
        };
        states += facts.len();
        facts
            .iter()
            .any(|fact| matches!(fact, Fact::Job(job) if job.state == JobState::Idle))
            .then_some(())
    })
    .await;
    assert!(states < FLOOD as usize / 4, "{states} states were told");
}

#[tokio::test]
async fn a_refusal_carries_its_word() {
    let pki = Pki::new();
    let appliance = Appliance::start(&pki, "a").await;
    let (fleet, mut inbox) = pki.link(&[("a", &appliance.address)]);
    until(&mut inbox, "a", snapshot).await;
    let stop = Call::StopJob("j".into(), Intent::default());
    fleet.call(Ticket(7), &"a".into(), stop);
    let Reply::Job(Err(error)) = rig::reply(&mut inbox, Ticket(7)).await else {
        panic!("not the reply")
    };
    assert_eq!(
        (error.kind, error.code.as_str(), error.text.as_str()),
        (
            CallErrorKind::Refused,
            "NOT_RUNNING",
            "j does not run; start it first"
        )
    );
}

#[tokio::test]
async fn a_call_that_is_not_answered_times_out() {
    let pki = Pki::new();
    let appliance = Appliance::start(&pki, "a").await;
    let (fleet, mut inbox) = pki.link(&[("a", &appliance.address)]);
    until(&mut inbox, "a", snapshot).await;
    // The rig never answers this one; from here on time passes as fast as nothing happens.
    tokio::time::pause();
    let start = Call::StartJob("j".into(), Intent::default());
    fleet.call(Ticket(8), &"a".into(), start);
    let Reply::Job(Err(error)) = rig::reply(&mut inbox, Ticket(8)).await else {
        panic!("not the reply")
    };
    assert_eq!(error.kind, CallErrorKind::TimedOut);
    assert!(error.text.contains("not known whether"), "{}", error.text);
}

#[tokio::test]
async fn a_log_goes_on_over_a_link_that_breaks() {
    let pki = Pki::new();
    let appliance = Appliance::start(&pki, "a").await;
    let proxy = Cutter::start(&appliance.address, usize::MAX).await;
    let (fleet, mut inbox) = pki.link(&[("a", &proxy.address)]);
    until(&mut inbox, "a", snapshot).await;
    fleet.call(Ticket(9), &"a".into(), Call::TailLog("s".into(), 10));
    let mut seen: Vec<u64> = Vec::new();
    let mut cut = false;
    loop {
        let Msg::Reply(Ticket(9), reply) = next(&mut inbox).await else {
            continue;
        };
        match reply {
            Reply::Log(lines) => seen.extend(lines.iter().map(|line| line.line)),
            Reply::LogEnd(end) => {
                end.unwrap();
                break;
            }
            other => panic!("{other:?}"),
        }
        // The rig sends the second half to the second reader only.
        if !cut && seen.len() >= 3 {
            cut = true;
            proxy.cut();
            tokio::task::yield_now().await;
            fleet.redial(&"a".into());
        }
    }
    assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_silent_appliance_is_said_to_be_silent() {
    let pki = Pki::new();
    let appliance = Appliance::start_with(&pki, "a", Watched::never_speaks_again).await;
    let (fleet, mut inbox) = pki.link(&[("a", &appliance.address)]);
    fleet.heartbeat(&"a".into(), 1);
    until(&mut inbox, "a", snapshot).await;
    until(&mut inbox, "a", |news| {
        matches!(news, LinkNews::Silent).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_out_of_the_fleet_is_answered_too() {
    let pki = Pki::new();
    let (fleet, mut inbox) = pki.link(&[]);
    fleet.call(Ticket(1), &"x".into(), Call::Points("s".into()));
    let Reply::Points(Err(error)) = rig::reply(&mut inbox, Ticket(1)).await else {
        panic!("not the reply")
    };
    assert!(
        error.text.contains("not in the directory"),
        "{}",
        error.text
    );
}

#[test]
fn the_deadline_of_these_tests_is_longer_than_any_wait_of_a_link() {
    assert!(rig::DEADLINE > Duration::from_secs(10));
}

//! The links follow the directory.

use super::{
    rig::{Appliance, Pki, next, until},
    *,
};
use crate::fleet::connect::DIALS;
use tokio::{net::TcpListener, time::timeout};

fn to(id: &str, address: &str) -> Link {
    Link {
        appliance: id.into(),
        address: address.to_owned(),
        via: None,
    }
}

#[tokio::test]
async fn what_comes_is_dialled_what_goes_is_hung_up_and_the_rest_is_left_alone() {
    let pki = Pki::new();
    let (a, b) = (
        Appliance::start(&pki, "a").await,
        Appliance::start(&pki, "b").await,
    );
    let c = Appliance::start_with(&pki, "c", |watched| watched.systems(2)).await;
    let (fleet, mut inbox) = pki.link(&[("a", &a.address), ("b", &b.address)]);
    // Both stand; which was first does not matter.
    let mut waiting = vec!["a", "b"];
    while !waiting.is_empty() {
        let Msg::Fleet(batch) = next(&mut inbox).await else {
            continue;
        };
        for msg in batch.iter().filter(|msg| snapshot(&msg.news).is_some()) {
            waiting.retain(|id| *id != msg.appliance.as_str());
        }
    }
    fleet.follow(vec![to("a", &a.address), to("c", &c.address)]);
    let mut seen = Vec::new();
    let came = loop {
        let Msg::Fleet(batch) = next(&mut inbox).await else {
            continue;
        };
        seen.extend(batch.iter().map(|msg| msg.appliance.to_string()));
        let mut of_c = batch.iter().filter(|msg| msg.appliance.as_str() == "c");
        if let Some(facts) = of_c.find_map(|msg| snapshot(&msg.news)) {
            break facts;
        }
    };
    assert_eq!(came, 2);
    assert_eq!(a.subscriptions().len(), 1, "never dialled again");
    let call = Call::StartJob("j".into(), Intent::default());
    fleet.call(Ticket(7), &"b".into(), call);
    let Reply::Job(Err(error)) = rig::reply(&mut inbox, Ticket(7)).await else {
        panic!("not the reply")
    };
    assert_eq!(error.kind, CallErrorKind::LinkLost);
    assert!(error.text.contains("not sent"), "{}", error.text);
}

#[tokio::test]
async fn another_address_is_dialled_anew_from_the_beginning() {
    let pki = Pki::new();
    let old = Appliance::start(&pki, "a").await;
    let (fleet, mut inbox) = pki.link(&[("a", &old.address)]);
    assert_eq!(until(&mut inbox, "a", snapshot).await, 1);
    let new = Appliance::start_with(&pki, "a", |watched| watched.systems(4)).await;
    fleet.follow(vec![to("a", &new.address)]);
    assert_eq!(until(&mut inbox, "a", snapshot).await, 4);
    assert_eq!(new.subscriptions(), [None], "nothing to resume there");
    // Through a pass-through, at last.
    let passed = Cutter::start(&new.address, usize::MAX).await;
    let link = Link {
        via: Some(passed.address.clone()),
        ..to("a", "10.255.255.1:7443")
    };
    fleet.follow(vec![link]);
    until(&mut inbox, "a", |news| is_live(news).then_some(())).await;
}

#[tokio::test]
async fn a_log_of_an_appliance_that_is_hung_up_ends() {
    let pki = Pki::new();
    let appliance = Appliance::start(&pki, "a").await;
    let address = appliance.stop().await;
    let (fleet, mut inbox) = pki.link(&[("a", &address)]);
    until(&mut inbox, "a", down).await;
    // It waits for the link to come back.
    fleet.call(Ticket(3), &"a".into(), Call::TailLog("s".into(), 10));
    fleet.follow(Vec::new());
    let Reply::LogEnd(Err(error)) = rig::reply(&mut inbox, Ticket(3)).await else {
        panic!("not the reply")
    };
    assert_eq!(error.kind, CallErrorKind::LinkLost);
}

#[tokio::test]
async fn a_mass_change_takes_its_turns() {
    let pki = Pki::new();
    let kept = Appliance::start(&pki, "kept").await;
    let (fleet, mut inbox) = pki.link(&[("kept", &kept.address)]);
    until(&mut inbox, "kept", snapshot).await;
    // It takes connections and never says a word.
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = mute.local_addr().unwrap().to_string();
    let mut links = vec![to("kept", &kept.address)];
    links.extend((0..DIALS + 44).map(|n| to(&format!("new-{n}"), &address)));
    fleet.follow(links.clone());
    fleet.follow(links);
    let mut taken = Vec::new();
    while taken.len() < DIALS {
        taken.push(
            timeout(rig::DEADLINE, mute.accept())
                .await
                .unwrap()
                .unwrap(),
        );
    }
    assert_eq!(
        fleet.0.new.dialler.free(),
        0,
        "all others wait for their turn"
    );
    // Where one gives up, the next one has its turn; nobody else was disturbed.
    drop(taken.pop());
    taken.push(
        timeout(rig::DEADLINE, mute.accept())
            .await
            .unwrap()
            .unwrap(),
    );
    assert_eq!(kept.subscriptions().len(), 1);
    fleet.follow(vec![to("kept", &kept.address)]);
    assert_eq!(lock(&fleet.0.links).len(), 1);
}

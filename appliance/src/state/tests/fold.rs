//! What a client folds from the stream is what the server holds, filtered for that client,
//! whatever happens between them.

use super::{
    super::{
        Body, Facts, Message, Place, Scope, Subscription,
        feed::{Key, MAX_TOMBSTONES, key},
        lock,
        subscription::Step,
    },
    alert, everything, job, noon, open, quota, repository, session, tenants,
};
use ocdeck_domain::{
    facts::{EntityKind, Fact},
    ids::{PartyId, TenantId},
};
use proptest::prelude::*;
use std::{collections::BTreeMap, time::Duration};
use tempfile::TempDir;
use tokio::time::Instant;

/// A client by the rules that `appliance.proto` gives.
#[derive(Default)]
struct Client {
    epoch: String,
    revision: u64,
    state: BTreeMap<String, Fact>,
    aside: Option<BTreeMap<String, Fact>>,
    /// Entities that the snapshot put aside has in all.
    expected: u64,
    skipped: u64,
}

/// The message does not build on what the client holds: it must subscribe anew.
#[derive(Debug, PartialEq, Eq)]
struct Mismatch;

fn name(key: &Key) -> String {
    format!("{:?} {}", key.0, key.1)
}

impl Client {
    fn apply(&mut self, message: Message) -> Result<(), Mismatch> {
        self.skipped += message.skipped;
        match message.body {
            Body::Begin { entities } => {
                self.aside = Some(BTreeMap::new());
                self.expected = entities;
            }
            Body::Chunk(facts) => {
                let aside = self.aside.as_mut().ok_or(Mismatch)?;
                for fact in facts {
                    assert!(
                        !matches!(*fact, Fact::Gone(..)),
                        "a tombstone in a snapshot"
                    );
                    aside.insert(name(&key(&fact)), (*fact).clone());
                }
            }
            Body::End => {
                let aside = self.aside.take().ok_or(Mismatch)?;
                if aside.len() as u64 != self.expected {
                    return Err(Mismatch);
                }
                self.state = aside;
                self.epoch = message.epoch.to_string();
                self.revision = message.revision;
            }
            Body::Delta(facts) => {
                self.builds_on(&message.epoch, message.previous)?;
                for fact in facts {
                    match &*fact {
                        Fact::Gone(..) => self.state.remove(&name(&key(&fact))),
                        fact => self.state.insert(name(&key(fact)), fact.clone()),
                    };
                }
                self.revision = message.revision;
            }
            Body::Heartbeat => {
                self.builds_on(&message.epoch, message.previous)?;
                self.revision = message.revision;
            }
        }
        Ok(())
    }

    fn builds_on(&self, epoch: &str, previous: u64) -> Result<(), Mismatch> {
        if self.epoch == epoch && self.revision == previous {
            return Ok(());
        }
        Err(Mismatch)
    }

    fn place(&self) -> Option<Place> {
        (!self.epoch.is_empty()).then(|| Place {
            epoch: self.epoch.clone(),
            revision: self.revision,
        })
    }
}

/// What the server holds, filtered.
fn truth(facts: &Facts, scope: &Scope) -> BTreeMap<String, Fact> {
    let feed = lock(&facts.shared.feed);
    feed.iter()
        .filter(|fact| scope.shows(fact))
        .map(|fact| (name(&key(fact)), (**fact).clone()))
        .collect()
}

#[derive(Clone, Debug)]
enum Op {
    Put(u8, u8, u8),
    Progress(u8, u8, u8),
    Remove(u8),
    Read(u8),
    Lose,
    Cut,
    CutForgetful,
    Restart,
    Rescope(u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => (0..8_u8, 0..5_u8, 0..9_u8).prop_map(|(id, tenant, value)| Op::Put(id, tenant, value)),
        4 => (0..8_u8, 0..5_u8, 0..9_u8).prop_map(|(id, tenant, value)| Op::Progress(id, tenant, value)),
        3 => (0..8_u8).prop_map(Op::Remove),
        6 => (1..6_u8).prop_map(Op::Read),
        1 => Just(Op::Lose),
        1 => Just(Op::Cut),
        1 => Just(Op::CutForgetful),
        1 => Just(Op::Restart),
        1 => (0..4_u8).prop_map(Op::Rescope),
    ]
}

/// Eight entities of four kinds, that may pass from one tenant to another.
fn entity(id: u8, tenant: u8, value: u8) -> Fact {
    let own = ["acme", "birch", "cedar", "dune"]
        .get(usize::from(tenant))
        .copied();
    let (some, name) = (own.unwrap_or("acme"), format!("e{id}"));
    match id % 4 {
        0 => repository(&name, own, u64::from(value)),
        1 => job(&name, some, u64::from(value)),
        2 => alert(&name, own, u32::from(value)),
        _ => quota(some, u64::from(value)),
    }
}

fn scope(number: u8) -> Scope {
    let (acme, dune) = (TenantId::new("acme"), TenantId::new("dune"));
    match number {
        0 => everything(),
        1 => Scope::only(&tenants(), &[], &[PartyId::new("north")]),
        2 => Scope::only(&tenants(), &[acme], &[]),
        _ => Scope::only(&tenants(), &[dune], &[]),
    }
}

struct World {
    dir: TempDir,
    facts: Facts,
    scope: Scope,
    client: Client,
    reader: Option<Subscription>,
    lossy: bool,
    now: Instant,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("dir");
        let facts = open(dir.path());
        let mut world = Self {
            dir,
            facts,
            scope: everything(),
            client: Client::default(),
            reader: None,
            lossy: false,
            now: Instant::now(),
        };
        world.dial();
        world
    }

    fn dial(&mut self) {
        self.client.aside = None;
        self.lossy = false;
        let place = self.client.place();
        self.reader = Some(self.facts.subscribe(self.scope.clone(), place));
    }

    /// The next message, if one is due by now.
    fn take(&mut self) -> Option<Message> {
        match self.reader.as_mut().expect("a reader").step(self.now) {
            Step::Send(message) => Some(message),
            Step::Wait(_) => None,
        }
    }

    /// Reads one message; answers whether it was a heartbeat, or there was none.
    fn read(&mut self) -> bool {
        self.now += Duration::from_millis(700);
        let Some(message) = self.take() else {
            return false;
        };
        let quiet = matches!(message.body, Body::Heartbeat);
        if self.client.apply(message).is_err() {
            assert!(self.lossy, "a message does not follow, and none was lost");
            self.client = Client::default();
            self.dial();
            return false;
        }
        quiet
    }

    fn restart(&mut self) {
        self.reader = None;
        let other = open(tempfile::tempdir().expect("dir").path());
        drop(std::mem::replace(&mut self.facts, other));
        self.facts = open(self.dir.path());
        self.dial();
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Put(id, tenant, value) => self.facts.put(entity(id, tenant, value)),
            Op::Progress(id, tenant, value) => self.facts.put_progress(entity(id, tenant, value)),
            Op::Remove(id) => {
                let (kind, id) = key(&entity(id, 0, 0));
                self.facts.remove(kind, &id);
            }
            Op::Read(times) => (0..times).for_each(|_| {
                self.read();
            }),
            Op::Lose => {
                self.now += Duration::from_secs(2);
                self.lossy |= self.take().is_some();
            }
            Op::Cut => self.dial(),
            Op::CutForgetful => {
                self.client = Client::default();
                self.dial();
            }
            Op::Restart => self.restart(),
            Op::Rescope(number) => {
                self.scope = scope(number);
                self.dial();
            }
        }
    }

    /// Reads until a heartbeat is applied: then the client holds all there is, also if it
    /// lost a message before.
    fn settle(&mut self) {
        for _ in 0..1000 {
            self.now += Duration::from_secs(301);
            if self.read() {
                return;
            }
        }
        panic!("the stream never becomes quiet");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_client_holds_what_the_server_shows_it(ops in prop::collection::vec(op(), 1..60)) {
        let mut world = World::new();
        for op in ops {
            world.run(op);
        }
        world.settle();
        prop_assert_eq!(&world.client.state, &truth(&world.facts, &world.scope));
    }
}

fn drain(reader: &mut Subscription, client: &mut Client, now: &mut Instant) {
    loop {
        *now += Duration::from_secs(2);
        match reader.step(*now) {
            Step::Send(message) => client.apply(message).expect("it follows"),
            Step::Wait(_) => return,
        }
    }
}

#[test]
fn a_slow_reader_gets_the_last_state_and_the_number_it_missed() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    let mut reader = facts.subscribe(everything(), None);
    let (mut client, mut now) = (Client::default(), Instant::now());
    drain(&mut reader, &mut client, &mut now);
    for done in 1..=10 {
        facts.put(job("nightly", "acme", done));
    }
    drain(&mut reader, &mut client, &mut now);
    assert_eq!(client.skipped, 9);
    assert_eq!(client.state, truth(&facts, &everything()));
}

#[test]
fn who_is_behind_the_last_tombstone_gets_a_snapshot() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    facts.put(job("j", "acme", 1));
    let mut reader = facts.subscribe(everything(), None);
    let (mut client, mut now) = (Client::default(), Instant::now());
    drain(&mut reader, &mut client, &mut now);
    facts.remove(EntityKind::Job, "j");
    for number in 0..=MAX_TOMBSTONES {
        let id = format!("x{number}");
        facts.put_progress(job(&id, "acme", 1));
        facts.remove(EntityKind::Job, &id);
    }
    now += Duration::from_secs(2);
    let Step::Send(first) = reader.step(now) else {
        panic!("nothing is told");
    };
    assert!(matches!(first.body, Body::Begin { entities: 0 }));
    client.apply(first).expect("it follows");
    drain(&mut reader, &mut client, &mut now);
    assert!(client.state.is_empty());
}

#[test]
fn a_large_state_comes_in_chunks() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    for number in 0..3000 {
        facts.put_progress(job(&format!("j{number}"), "acme", 1));
    }
    let mut reader = facts.subscribe(everything(), None);
    let mut chunks = 0;
    let mut client = Client::default();
    loop {
        let Step::Send(message) = reader.step(Instant::now()) else {
            panic!("a snapshot does not wait");
        };
        chunks += usize::from(matches!(message.body, Body::Chunk(_)));
        let end = matches!(message.body, Body::End);
        client.apply(message).expect("it follows");
        if end {
            break;
        }
    }
    assert!(chunks > 3, "{chunks} chunks");
    assert_eq!(client.state.len(), 3000);
}

#[tokio::test(start_paused = true)]
async fn transitions_come_at_once_and_progress_at_most_once_a_second() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    let mut reader = facts.subscribe(everything(), None);
    for _ in 0..2 {
        reader.next().await; // begin, end
    }
    let start = Instant::now();
    facts.put(job("j", "acme", 1));
    assert!(matches!(reader.next().await.body, Body::Delta(_)));
    assert!(
        start.elapsed() <= Duration::from_millis(101),
        "{:?}",
        start.elapsed()
    );
    let start = Instant::now();
    facts.put_progress(job("j", "acme", 2));
    assert!(matches!(reader.next().await.body, Body::Delta(_)));
    let took = start.elapsed();
    assert!(
        took >= Duration::from_secs(1) && took < Duration::from_millis(1010),
        "{took:?}"
    );
    reader.set_heartbeat(5);
    let start = Instant::now();
    assert!(matches!(reader.next().await.body, Body::Heartbeat));
    let took = start.elapsed();
    assert!(
        took >= Duration::from_secs(5) && took < Duration::from_millis(5010),
        "{took:?}"
    );
}

#[test]
fn an_unmanaged_tenant_shows_its_quota_only() {
    let dir = tempfile::tempdir().expect("dir");
    let facts = open(dir.path());
    facts.put(quota("dune", 1));
    facts.put(job("theirs", "dune", 1));
    facts.put(Fact::Session(Box::new(session("s", "dune", Some(noon())))));
    facts.put(repository("shared", None, 1));
    let seen = truth(&facts, &everything());
    assert_eq!(
        seen.keys().collect::<Vec<_>>(),
        ["Quota dune:r", "Repository shared"]
    );
    let reseller = truth(&facts, &scope(1));
    assert_eq!(reseller.keys().collect::<Vec<_>>(), ["Quota dune:r"]);
}

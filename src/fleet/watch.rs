//! What a message of a `Watch` stream means for what is held: pure, so that every order of
//! messages can be tried.

use super::{
    convert,
    ledger::{ENTITIES, Ledger},
};
use crate::state::msg::LinkNews;
use ocdeck_domain::facts::Fact;
use ocdeck_proto::v1::{self as wire, WatchResponse, watch_response::Body};

/// A place in the stream of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// The epoch.
    pub(super) epoch: String,
    /// The last revision that was applied.
    pub(super) revision: u64,
}

/// What to do after a message.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing yet.
    Quiet,
    /// This is held now, and this is new.
    News(Held, LinkNews),
    /// It does not fit: subscribe anew, without a place to resume.
    Misfit(&'static str),
    /// It is beyond a limit: end the link.
    Beyond(&'static str),
}

/// Facts that this console does not accept: what they are about is not up to date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Odd {
    /// How many came.
    pub(super) count: u64,
    /// What is wrong with one of them.
    pub(super) example: String,
}

/// What is received of an appliance, from one subscription to the next.
#[derive(Debug, Default)]
pub(super) struct Intake {
    snapshot: Option<Collecting>,
    held: Ledger,
    odd: Odd,
}

/// A snapshot that is being received.
#[derive(Debug)]
struct Collecting {
    place: Held,
    announced: u64,
    received: u64,
    facts: Vec<Fact>,
    ledger: Ledger,
}

impl Intake {
    /// Another subscription begins: what the one before it had begun is dropped.
    pub(super) fn begin_anew(&mut self) {
        self.snapshot = None;
    }

    /// Facts received and announced of the snapshot that is under way.
    pub(super) fn under_way(&self) -> Option<(u64, u64)> {
        let snapshot = self.snapshot.as_ref()?;
        Some((snapshot.received, snapshot.announced))
    }

    /// The facts that were not accepted since the last snapshot.
    pub(super) fn odd(&self) -> &Odd {
        &self.odd
    }

    /// Takes the next message of the stream.
    pub(super) fn step(&mut self, message: WatchResponse, held: Option<&Held>) -> Step {
        let place = Held {
            epoch: message.epoch,
            revision: message.revision,
        };
        let Some(body) = message.body else {
            return Step::Misfit("a message of an unknown kind");
        };
        match (body, &mut self.snapshot) {
            (Body::SnapshotBegin(begin), _) => self.begin(place, begin.entities),
            (Body::SnapshotChunk(chunk), Some(collecting)) if collecting.place == place => {
                collecting.chunk(chunk.facts, &mut self.odd)
            }
            (Body::SnapshotEnd(_), Some(collecting)) if collecting.place == place => self.end(),
            (Body::SnapshotChunk(_) | Body::SnapshotEnd(_), _) => {
                Step::Misfit("a part of a snapshot that did not begin")
            }
            (Body::Heartbeat(_), Some(_)) => Step::Quiet,
            (Body::Delta(_), Some(_)) => Step::Misfit("a change inside a snapshot"),
            (body, None) => self.change(body, place, message.previous_revision, held),
        }
    }

    fn begin(&mut self, place: Held, entities: u64) -> Step {
        if place.epoch.is_empty() || place.epoch.len() > 256 {
            return Step::Misfit("no epoch");
        }
        let Ok(count @ 0..=ENTITIES) = usize::try_from(entities) else {
            return Step::Beyond("500 000 entities");
        };
        self.odd = Odd::default();
        self.snapshot = Some(Collecting {
            place,
            announced: entities,
            received: 0,
            // The number is the other side's word: room for it is made as facts come.
            facts: Vec::with_capacity(count.min(1_000)),
            ledger: Ledger::default(),
        });
        Step::Quiet
    }

    fn end(&mut self) -> Step {
        match self.snapshot.take() {
            Some(whole) if whole.received == whole.announced => {
                self.held = whole.ledger;
                Step::News(whole.place, LinkNews::Snapshot(whole.facts))
            }
            _ => Step::Misfit("a snapshot with other facts than announced"),
        }
    }

    fn change(&mut self, body: Body, place: Held, previous: u64, held: Option<&Held>) -> Step {
        let fits = held.is_some_and(|held| {
            held.epoch == place.epoch && held.revision == previous && previous <= place.revision
        });
        if !fits {
            return Step::Misfit("a change of something else than what is held");
        }
        match body {
            Body::Delta(delta) => match accepted(delta.facts, &mut self.held, &mut self.odd) {
                Ok(facts) => Step::News(place, LinkNews::Delta(facts)),
                Err(limit) => Step::Beyond(limit),
            },
            _ => Step::News(place, LinkNews::Heard),
        }
    }
}

impl Collecting {
    fn chunk(&mut self, facts: Vec<wire::Fact>, odd: &mut Odd) -> Step {
        self.received = self.received.saturating_add(facts.len() as u64);
        if self.received > self.announced {
            return Step::Misfit("a snapshot with more facts than announced");
        }
        match accepted(facts, &mut self.ledger, odd) {
            Ok(facts) => self.facts.extend(facts),
            Err(limit) => return Step::Beyond(limit),
        }
        Step::Quiet
    }
}

/// The facts that this console accepts, or the limit that they pass.
fn accepted(
    facts: Vec<wire::Fact>,
    ledger: &mut Ledger,
    odd: &mut Odd,
) -> Result<Vec<Fact>, &'static str> {
    let mut accepted = Vec::with_capacity(facts.len());
    for fact in facts {
        // An entity of a kind that a newer appliance has: nothing here shows such.
        if fact.entity.is_none() {
            continue;
        }
        if let Some(limit) = ledger.enter(&fact) {
            return Err(limit);
        }
        match convert::fact(fact) {
            Ok(fact) => accepted.push(fact),
            Err(malformed) => {
                odd.count = odd.count.saturating_add(1);
                if odd.count == 1 {
                    odd.example = malformed.to_string();
                    tracing::warn!(%malformed, "a fact is not accepted");
                }
            }
        }
    }
    Ok(accepted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use wire::{Delta, EntityKind, Heartbeat, SnapshotBegin, SnapshotChunk, SnapshotEnd};

    fn message(epoch: &str, previous: u64, revision: u64, body: Body) -> WatchResponse {
        WatchResponse {
            epoch: epoch.to_owned(),
            previous_revision: previous,
            revision,
            body: Some(body),
            ..WatchResponse::default()
        }
    }

    fn system(id: &str, points: u64) -> wire::Fact {
        wire::Fact {
            entity: Some(wire::fact::Entity::System(wire::System {
                id: id.to_owned(),
                tenant_id: "acme".to_owned(),
                name: id.to_owned(),
                point_count: points,
                ..wire::System::default()
            })),
        }
    }

    fn gone(id: &str) -> wire::Fact {
        wire::Fact {
            entity: Some(wire::fact::Entity::Tombstone(wire::Tombstone {
                kind: EntityKind::System.into(),
                id: id.to_owned(),
            })),
        }
    }

    /// An appliance that tells the truth: its states by revision.
    struct Truth {
        epoch: String,
        states: Vec<BTreeMap<String, u64>>,
    }

    impl Truth {
        fn snapshot(&self, revision: usize) -> Vec<WatchResponse> {
            let state = &self.states[revision];
            let at = |body| message(&self.epoch, 0, revision as u64, body);
            let mut all = vec![at(Body::SnapshotBegin(SnapshotBegin {
                entities: state.len() as u64,
            }))];
            all.extend(state.iter().map(|(id, points)| {
                at(Body::SnapshotChunk(SnapshotChunk {
                    facts: vec![system(id, *points)],
                }))
            }));
            all.push(at(Body::SnapshotEnd(SnapshotEnd {})));
            all
        }

        fn delta(&self, from: usize, to: usize) -> WatchResponse {
            let (old, new) = (&self.states[from], &self.states[to]);
            let mut facts: Vec<_> = new
                .iter()
                .filter(|(id, points)| old.get(*id) != Some(points))
                .map(|(id, points)| system(id, *points))
                .collect();
            facts.extend(
                old.keys()
                    .filter(|id| !new.contains_key(*id))
                    .map(|id| gone(id)),
            );
            message(
                &self.epoch,
                from as u64,
                to as u64,
                Body::Delta(Delta { facts }),
            )
        }
    }

    fn apply(state: &mut BTreeMap<String, u64>, news: LinkNews) {
        let facts = match news {
            LinkNews::Snapshot(facts) => {
                state.clear();
                facts
            }
            LinkNews::Delta(facts) => facts,
            _ => return,
        };
        for fact in facts {
            match fact {
                Fact::System(system) => {
                    state.insert(system.id.to_string(), system.point_count);
                }
                Fact::Gone(_, id) => {
                    state.remove(&id);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_cut_snapshot_changes_nothing() {
        let truth = Truth {
            epoch: "e".to_owned(),
            states: vec![BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)])],
        };
        let mut snapshot = Intake::default();
        let mut messages = truth.snapshot(0);
        let end = messages.pop().unwrap();
        for message in messages {
            assert!(matches!(snapshot.step(message, None), Step::Quiet));
        }
        // The stream was cut here; the end of another one does not complete it.
        let mut fresh = Intake::default();
        assert!(matches!(fresh.step(end, None), Step::Misfit(_)));
    }

    #[test]
    fn a_snapshot_beyond_the_limit_ends_the_link() {
        let begin = Body::SnapshotBegin(SnapshotBegin { entities: u64::MAX });
        let step = Intake::default().step(message("e", 0, 1, begin), None);
        assert!(matches!(step, Step::Beyond(_)));
    }

    #[test]
    fn a_heartbeat_of_another_epoch_does_not_fit() {
        let held = Held {
            epoch: "old".to_owned(),
            revision: 4,
        };
        let beat = |epoch| message(epoch, 4, 4, Body::Heartbeat(Heartbeat {}));
        let mut snapshot = Intake::default();
        assert!(matches!(
            snapshot.step(beat("new"), Some(&held)),
            Step::Misfit(_)
        ));
        assert!(matches!(
            snapshot.step(beat("old"), Some(&held)),
            Step::News(_, LinkNews::Heard)
        ));
    }

    proptest! {
        /// Whatever is lost, repeated or cut, what is held is the truth at its revision.
        #[test]
        fn what_is_held_is_true(
            states in prop::collection::vec(
                prop::collection::btree_map("[a-d]", 0_u64..4, 0..4), 1..8),
            events in prop::collection::vec((0_u8..5, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..40),
        ) {
            let truth = Truth { epoch: "e".to_owned(), states };
            let last = truth.states.len();
            let mut held: Option<Held> = None;
            let mut state = BTreeMap::new();
            let mut snapshot = Intake::default();
            for (kind, a, b) in events {
                let (a, b) = (a.index(last), b.index(last));
                let messages = match kind {
                    0 => truth.snapshot(a),
                    1 => { let mut all = truth.snapshot(a); all.truncate(b); all }
                    2 => vec![truth.delta(a.min(b), a.max(b))],
                    3 => vec![message("e", a as u64, b.max(a) as u64, Body::Heartbeat(Heartbeat {}))]
                        .into_iter().filter(|_| truth.states[a] == truth.states[b.max(a)]).collect(),
                    _ => vec![message("other", a as u64, b as u64, Body::Delta(Delta { facts: vec![gone("a")] }))],
                };
                for message in messages {
                    match snapshot.step(message, held.as_ref()) {
                        Step::News(place, news) => { held = Some(place); apply(&mut state, news); }
                        Step::Misfit(_) => { held = None; snapshot = Intake::default(); }
                        Step::Quiet | Step::Beyond(_) => {}
                    }
                    if let Some(held) = &held {
                        prop_assert_eq!(&state, &truth.states[held.revision as usize]);
                    }
                }
            }
        }
    }
}

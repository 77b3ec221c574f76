//! The facts in memory, in the order of their last change.
//!
//! Each entity stands once, with its latest state and the revision of its last change, so
//! that "what changed since revision n" is a walk over the end of one index, whoever asks and
//! however far behind. Entities that are gone leave a tombstone; when too many pile up, the
//! oldest go, and who is further behind gets a snapshot.

use super::scope::{Scope, owner};
use ocdeck_domain::{
    facts::{EntityKind, Fact},
    ids::TenantId,
};
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    ops::Bound,
    sync::Arc,
};

/// Tombstones kept for those who are behind.
pub(super) const MAX_TOMBSTONES: usize = 4096;
/// Transitions remembered to count those that a slow reader missed.
const MAX_TRANSITIONS: usize = 4096;

/// Names an entity: its kind, and its id as `Tombstone` in `facts.proto` spells it.
pub(super) type Key = (EntityKind, String);

/// The key of a fact.
pub(super) fn key(fact: &Fact) -> Key {
    match fact {
        Fact::Repository(it) => (EntityKind::Repository, it.id.to_string()),
        Fact::Quota(it) => (
            EntityKind::Quota,
            format!("{}:{}", it.tenant, it.repository),
        ),
        Fact::System(it) => (EntityKind::System, it.id.to_string()),
        Fact::Job(it) => (EntityKind::Job, it.id.to_string()),
        Fact::Session(it) => (EntityKind::Session, it.id.to_string()),
        Fact::Alert(it) => (EntityKind::Alert, it.id.to_string()),
        Fact::Restore(it) => (
            EntityKind::Restore,
            format!("{}:{}", it.request, it.attempt),
        ),
        Fact::Gone(kind, id) => (*kind, id.clone()),
    }
}

struct Entity {
    /// The latest state, or `Fact::Gone`.
    fact: Arc<Fact>,
    revision: u64,
    /// Whose it was at any time in this epoch: who saw it then must learn that it is gone.
    owners: Vec<Option<TenantId>>,
}

/// What happened to a change.
pub(super) enum Pace {
    /// Everyone is told at once.
    Lossless,
    /// It may be overtaken before anyone is told.
    Progress,
}

/// The facts, their order and their history, as far as it is kept.
#[derive(Default)]
pub(super) struct Feed {
    revision: u64,
    /// The revision of the last change that everyone is told at once.
    lossless: u64,
    /// Nobody below this revision can be told what is gone.
    floor: u64,
    entities: HashMap<Key, Entity>,
    order: BTreeMap<u64, Key>,
    tombstones: VecDeque<(u64, Key)>,
    transitions: VecDeque<(u64, Key)>,
}

/// What a reader takes from the feed.
pub(super) struct Changes {
    /// The latest state of each changed entity, or its tombstone.
    pub(super) facts: Vec<Arc<Fact>>,
    /// The revision that these lead to.
    pub(super) revision: u64,
    /// Transitions between that nobody is shown.
    pub(super) skipped: u64,
}

impl Feed {
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn lossless(&self) -> u64 {
        self.lossless
    }

    pub(super) fn floor(&self) -> u64 {
        self.floor
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Fact>> {
        let entity = self.entities.get(key)?;
        (!matches!(*entity.fact, Fact::Gone(..))).then_some(&entity.fact)
    }

    /// Every fact, in no order that means anything.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Fact>> {
        self.entities
            .values()
            .map(|entity| &entity.fact)
            .filter(|fact| !matches!(***fact, Fact::Gone(..)))
    }

    /// Takes a new state, or a `Fact::Gone`. Answers whether anything changed.
    pub(super) fn put(&mut self, fact: Fact, pace: Pace) -> bool {
        let key = key(&fact);
        let gone = matches!(fact, Fact::Gone(..));
        let before = self.entities.get(&key);
        if before.map_or(gone, |entity| *entity.fact == fact) {
            return false;
        }
        let mut owners = before
            .map(|entity| entity.owners.clone())
            .unwrap_or_default();
        if !gone {
            let (_, tenant) = owner(&fact);
            if !owners.contains(&tenant) {
                owners.push(tenant);
            }
        }
        if let Some(before) = before {
            self.order.remove(&before.revision);
        }
        self.revision += 1;
        self.order.insert(self.revision, key.clone());
        if matches!(pace, Pace::Lossless) {
            self.lossless = self.revision;
            self.transitions.push_back((self.revision, key.clone()));
            if self.transitions.len() > MAX_TRANSITIONS {
                self.transitions.pop_front();
            }
        }
        if gone {
            self.tombstones.push_back((self.revision, key.clone()));
        }
        let (fact, revision) = (Arc::new(fact), self.revision);
        self.entities.insert(
            key,
            Entity {
                fact,
                revision,
                owners,
            },
        );
        self.bury();
        true
    }

    /// Forgets the oldest tombstones when there are too many.
    fn bury(&mut self) {
        while self.tombstones.len() > MAX_TOMBSTONES {
            let Some((revision, key)) = self.tombstones.pop_front() else {
                return;
            };
            // It may have come back, or gone again, since.
            if self
                .entities
                .get(&key)
                .is_some_and(|it| it.revision == revision)
            {
                self.entities.remove(&key);
                self.order.remove(&revision);
            }
            self.floor = revision;
        }
    }

    /// Everything that a scope sees, oldest change first.
    pub(super) fn snapshot(&self, scope: &Scope) -> Vec<Arc<Fact>> {
        self.order
            .values()
            .filter_map(|key| self.get(key))
            .filter(|fact| scope.shows(fact))
            .map(Arc::clone)
            .collect()
    }

    /// What a scope is to be told after `since`, up to about `limit` bytes.
    pub(super) fn changes(&self, scope: &Scope, since: u64, limit: usize) -> Changes {
        let mut changes = Changes {
            facts: Vec::new(),
            revision: self.revision,
            skipped: 0,
        };
        let mut bytes = 0;
        let later = (Bound::Excluded(since), Bound::Unbounded);
        for (revision, key) in self.order.range(later) {
            let Some(fact) = self.entities.get(key).and_then(|it| told(it, key, scope)) else {
                continue;
            };
            bytes += weight(&fact);
            if bytes > limit && !changes.facts.is_empty() {
                changes.revision = revision - 1;
                break;
            }
            changes.facts.push(fact);
        }
        changes.skipped = self.skipped(scope, since, changes.revision);
        changes
    }

    /// Transitions in `(since, until]` that were overtaken by later ones.
    fn skipped(&self, scope: &Scope, since: u64, until: u64) -> u64 {
        let start = self
            .transitions
            .partition_point(|(revision, _)| *revision <= since);
        let mut seen = HashSet::new();
        let mut count = 0_u64;
        for (revision, key) in self.transitions.range(start..) {
            let visible = self
                .entities
                .get(key)
                .is_some_and(|it| was_seen(it, key.0, scope));
            if *revision <= until && visible && !seen.insert(key) {
                count += 1;
            }
        }
        count
    }
}

fn was_seen(entity: &Entity, kind: EntityKind, scope: &Scope) -> bool {
    entity
        .owners
        .iter()
        .any(|tenant| scope.sees(kind, tenant.as_ref()))
}

/// What a scope is told about an entity that changed.
fn told(entity: &Entity, key: &Key, scope: &Scope) -> Option<Arc<Fact>> {
    if !was_seen(entity, key.0, scope) {
        return None;
    }
    if matches!(*entity.fact, Fact::Gone(..)) || scope.shows(&entity.fact) {
        return Some(Arc::clone(&entity.fact));
    }
    // It passed to somebody whom this scope does not see.
    Some(Arc::new(Fact::Gone(key.0, key.1.clone())))
}

/// About how many bytes a fact takes on the wire; rather too many than too few.
pub(super) fn weight(fact: &Fact) -> usize {
    let texts = |all: &[Vec<u8>]| all.iter().map(|text| text.len() + 4).sum::<usize>();
    256 + match fact {
        Fact::System(it) => {
            let aliases: usize = it.aliases.iter().map(|alias| alias.len() + 4).sum();
            let trouble = it.trouble.as_ref().map_or(0, String::len);
            texts(&it.folders) + aliases + trouble + it.root.len()
        }
        Fact::Job(it) => {
            let current = it.progress.as_ref().map_or(0, |it| it.current.len() + 96);
            it.last_message.len() + it.waiting_for.len() + current + it.recent_seconds.len() * 10
        }
        Fact::Session(it) => it.message.len() + it.progress.current.len() + 96,
        Fact::Alert(it) => it.text.len(),
        Fact::Restore(it) => {
            let issues: usize = it
                .issues
                .iter()
                .map(|it| it.path.len() + it.text.len() + 12)
                .sum();
            texts(&it.order.paths) + issues + it.message.len() + it.progress.current.len() + 256
        }
        Fact::Repository(_) | Fact::Quota(_) | Fact::Gone(..) => 0,
    }
}

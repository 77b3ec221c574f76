//! How much of an appliance is held: bounded, whatever it sends. Only sizes are kept, by a
//! hash of what the entity is.

use ocdeck_proto::v1 as wire;
use prost::Message;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};
use wire::fact::Entity;

/// Most entities that an appliance may have.
pub(super) const ENTITIES: usize = 500_000;
/// Most bytes of all of them, as they came over the wire.
const BYTES: u64 = 256 * 1024 * 1024;

/// The sizes of what is held.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    hashes: RandomState,
    sizes: HashMap<u64, u32>,
    bytes: u64,
}

impl Ledger {
    /// Enters a fact that will be held, or takes out one that is gone. Answers with the limit
    /// that is passed, if one is.
    pub(super) fn enter(&mut self, fact: &wire::Fact) -> Option<&'static str> {
        let (key, size) = match fact.entity.as_ref()? {
            Entity::Tombstone(gone) => (self.key(gone.kind, &[&gone.id]), None),
            entity => {
                let size = u32::try_from(fact.encoded_len()).unwrap_or(u32::MAX);
                (self.entity(entity), Some(size))
            }
        };
        let before = match size {
            Some(size) => self.sizes.insert(key, size),
            None => self.sizes.remove(&key),
        };
        self.bytes = self.bytes + u64::from(size.unwrap_or(0)) - u64::from(before.unwrap_or(0));
        if self.sizes.len() > ENTITIES {
            return Some("500 000 entities");
        }
        (self.bytes > BYTES).then_some("256 MB of facts")
    }

    fn entity(&self, entity: &Entity) -> u64 {
        use wire::EntityKind as Kind;
        let (kind, parts): (Kind, [&str; 2]) = match entity {
            Entity::Repository(it) => (Kind::Repository, [&it.id, ""]),
            Entity::Quota(it) => (Kind::Quota, [&it.tenant_id, &it.repository_id]),
            Entity::System(it) => (Kind::System, [&it.id, ""]),
            Entity::Job(it) => (Kind::Job, [&it.id, ""]),
            Entity::Session(it) => (Kind::Session, [&it.id, ""]),
            Entity::Alert(it) => (Kind::Alert, [&it.alert_id, ""]),
            Entity::Restore(it) => {
                let attempt = it.attempt.to_string();
                return self.key(Kind::Restore.into(), &[&it.request_id, &attempt]);
            }
            Entity::Tombstone(it) => return self.key(it.kind, &[&it.id]),
        };
        match parts {
            [id, ""] => self.key(kind.into(), &[id]),
            parts => self.key(kind.into(), &parts),
        }
    }

    /// As a tombstone spells it.
    fn key(&self, kind: i32, parts: &[&str]) -> u64 {
        self.hashes.hash_one((kind, parts.join(":")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(entity: Entity) -> wire::Fact {
        wire::Fact {
            entity: Some(entity),
        }
    }

    fn job(id: &str, words: usize) -> wire::Fact {
        fact(Entity::Job(wire::Job {
            id: id.to_owned(),
            last_message: "x".repeat(words),
            ..wire::Job::default()
        }))
    }

    fn gone(kind: wire::EntityKind, id: &str) -> wire::Fact {
        fact(Entity::Tombstone(wire::Tombstone {
            kind: kind.into(),
            id: id.to_owned(),
        }))
    }

    #[test]
    fn what_goes_makes_room_and_a_newer_state_takes_its_place() {
        let mut ledger = Ledger::default();
        let restore = wire::Restore {
            request_id: "r".to_owned(),
            attempt: 2,
            ..wire::Restore::default()
        };
        let quota = wire::Quota {
            tenant_id: "acme".to_owned(),
            repository_id: "main".to_owned(),
            ..wire::Quota::default()
        };
        for fact in [
            job("j", 5),
            job("j", 9),
            fact(Entity::Restore(restore)),
            fact(Entity::Quota(quota)),
        ] {
            assert_eq!(ledger.enter(&fact), None);
        }
        assert_eq!(ledger.sizes.len(), 3);
        for (kind, id) in [
            (wire::EntityKind::Job, "j"),
            (wire::EntityKind::Job, "never there"),
            (wire::EntityKind::Restore, "r:2"),
            (wire::EntityKind::Quota, "acme:main"),
        ] {
            assert_eq!(ledger.enter(&gone(kind, id)), None);
        }
        assert_eq!((ledger.sizes.len(), ledger.bytes), (0, 0));
    }

    #[test]
    fn more_entities_or_bytes_than_may_be_are_said() {
        let mut ledger = Ledger::default();
        let mut passed = (0..=ENTITIES).map(|n| ledger.enter(&job(&n.to_string(), 0)));
        assert_eq!(passed.find_map(|it| it), Some("500 000 entities"));
        let mut ledger = Ledger::default();
        let mut passed = (0..300).map(|n| ledger.enter(&job(&n.to_string(), 1_000_000)));
        assert_eq!(passed.find_map(|it| it), Some("256 MB of facts"));
    }
}

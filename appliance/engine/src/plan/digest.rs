//! The name of a plan: SHA-256 over everything that it would do and that it saw.

use super::{
    PlanSpec,
    step::{Step, What},
};
use crate::place::{Kind, Mapping, Stamp};
use sha2::{Digest, Sha256};

/// Raised when what is hashed, or how, changes.
const VERSION: &[u8] = b"ocdeck plan 2";

/// Hashes a plan step by step.
pub(super) struct Digester(Sha256);

impl Digester {
    pub(super) fn new(spec: &PlanSpec) -> Self {
        let mut digester = Self(Sha256::new());
        digester.bytes(VERSION);
        digester.bytes(spec.point.as_bytes());
        digester.bytes(&spec.place.base);
        digester.bytes(&spec.place.below);
        digester.number(u64::from(spec.place.mapping == Mapping::Original));
        digester.bytes(spec.policy.name().as_bytes());
        digester.bytes(spec.reference.as_bytes());
        digester
    }

    /// `source` is the path in the point.
    pub(super) fn step(&mut self, source: &[u8], step: &Step) {
        self.bytes(source);
        self.bytes(&step.path);
        self.number(match step.what {
            What::File(_) => 0,
            What::Folder => 1,
            What::Symlink(_) => 2,
            What::Nothing => 3,
            What::Special(_) => 4,
        });
        self.number(step.link.map_or(0, |link| link.max(1)));
        self.number(step.action as u64);
        self.number(u64::from(step.dress));
        self.number(step.size);
        let Some(there) = &step.there else {
            return self.number(0);
        };
        self.number(match there.kind {
            Kind::File => 1,
            Kind::Folder => 2,
            Kind::Symlink => 3,
            Kind::Fifo => 4,
            Kind::Socket => 5,
            Kind::BlockDevice => 6,
            Kind::CharDevice => 7,
        });
        self.number(there.device);
        self.number(there.inode);
        self.number(there.size);
        self.stamp(there.modified);
        self.stamp(there.changed);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0.finalize().to_vec()
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_be_bytes());
    }

    fn stamp(&mut self, Stamp(seconds, nanos): Stamp) {
        self.0.update(seconds.to_be_bytes());
        self.number(nanos.into());
    }
}

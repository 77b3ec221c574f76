//! Counts of what stands below a node, changed by what changes.

use super::LinkState;
use crate::state::lists::JobClass;
use ocdeck_domain::fleet::Node;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// What stands below a node of the tree, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RollUp {
    /// Appliances.
    pub appliances: i32,
    /// Whose link is live.
    pub up: i32,
    /// Who were not heard for a while.
    pub stale: i32,
    /// Whose link is gone.
    pub down: i32,
    /// Jobs.
    pub jobs: i32,
    /// Jobs by class, in the order of [`JobClass`].
    pub classes: [i32; 7],
}

impl RollUp {
    /// Jobs of a class.
    pub fn class(&self, class: JobClass) -> i32 {
        self.classes.get(class as usize).copied().unwrap_or(0)
    }

    /// Failed jobs and lost appliances: the ✗ of the tree.
    pub fn bad(&self) -> i32 {
        self.class(JobClass::Failed) + self.down
    }

    /// Warnings and stale appliances: the ▲ of the tree.
    pub fn warn(&self) -> i32 {
        self.class(JobClass::Warning) + self.stale
    }

    pub(super) fn link(&mut self, link: &LinkState, by: i32) {
        match link {
            LinkState::Dialling => {}
            LinkState::Live => self.up += by,
            LinkState::Stale => self.stale += by,
            LinkState::Down { .. } => self.down += by,
        }
    }

    pub(super) fn job(&mut self, class: JobClass, by: i32) {
        self.jobs += by;
        if let Some(count) = self.classes.get_mut(class as usize) {
            *count += by;
        }
    }
}

/// Roll-ups of all nodes. A node has a number, so that counting up a tree is adding, not
/// looking for names.
#[derive(Debug, Default)]
pub(super) struct RollUps {
    places: HashMap<Node, usize>,
    counts: Vec<RollUp>,
}

impl RollUps {
    pub(super) fn get(&self, node: &Node) -> RollUp {
        let count = self.places.get(node).and_then(|at| self.counts.get(*at));
        count.copied().unwrap_or_default()
    }

    /// The numbers of these nodes.
    pub(super) fn numbers(&mut self, nodes: BTreeSet<Node>) -> Arc<[usize]> {
        let numbers = nodes.into_iter().map(|node| {
            *self.places.entry(node).or_insert_with(|| {
                self.counts.push(RollUp::default());
                self.counts.len() - 1
            })
        });
        numbers.collect()
    }

    pub(super) fn change(&mut self, numbers: &[usize], change: impl Fn(&mut RollUp)) {
        for at in numbers {
            self.counts.get_mut(*at).into_iter().for_each(&change);
        }
    }
}

//! Counts of what stands below a node, changed by what changes.

use super::{
    LinkState,
    needs::{Fill, Health, NONE, Need, Needs},
};
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
    /// Appliances by how they are, in the order of [`Health`].
    pub health: [i32; 6],
}

impl RollUp {
    /// Jobs of a class.
    pub fn class(&self, class: JobClass) -> i32 {
        self.classes.get(class as usize).copied().unwrap_or(0)
    }

    /// Appliances that are so.
    pub fn health(&self, health: Health) -> i32 {
        self.health.get(health as usize).copied().unwrap_or(0)
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

    pub(super) fn appliance(&mut self, health: Health, by: i32) {
        if let Some(count) = self.health.get_mut(health as usize) {
            *count += by;
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
    nodes: Vec<Below>,
}

/// What stands below a node, counted and in order.
#[derive(Debug, Default)]
struct Below {
    counts: RollUp,
    needs: Needs,
    stores: BTreeSet<Fill>,
}

impl RollUps {
    /// The number of a node.
    pub(super) fn number(&self, node: &Node) -> Option<usize> {
        self.places.get(node).copied()
    }

    fn node(&self, node: &Node) -> Option<&Below> {
        self.nodes.get(self.number(node)?)
    }

    pub(super) fn get(&self, node: &Node) -> RollUp {
        self.node(node)
            .map(|below| below.counts)
            .unwrap_or_default()
    }

    pub(super) fn needs(&self, node: &Node) -> &Needs {
        self.node(node).map_or(&NONE, |below| &below.needs)
    }

    pub(super) fn stores(&self, node: &Node) -> impl Iterator<Item = &Fill> {
        let below = self.node(node).into_iter();
        below.flat_map(|below| &below.stores)
    }

    /// The numbers of these nodes.
    pub(super) fn numbers(&mut self, nodes: BTreeSet<Node>) -> Arc<[usize]> {
        let numbers = nodes.into_iter().map(|node| {
            *self.places.entry(node).or_insert_with(|| {
                self.nodes.push(Below::default());
                self.nodes.len() - 1
            })
        });
        numbers.collect()
    }

    fn each(&mut self, numbers: &[usize], mut change: impl FnMut(&mut Below)) {
        for at in numbers {
            self.nodes.get_mut(*at).into_iter().for_each(&mut change);
        }
    }

    pub(super) fn change(&mut self, numbers: &[usize], change: impl Fn(&mut RollUp)) {
        self.each(numbers, |below| change(&mut below.counts));
    }

    pub(super) fn put_need(&mut self, numbers: &[usize], need: &Need) {
        self.each(numbers, |below| below.needs.put(need.clone()));
    }

    pub(super) fn take_need(&mut self, numbers: &[usize], need: &Need) {
        self.each(numbers, |below| below.needs.take(need));
    }

    pub(super) fn put_store(&mut self, numbers: &[usize], fill: &Fill) {
        self.each(numbers, |below| {
            below.stores.insert(fill.clone());
        });
    }

    pub(super) fn take_store(&mut self, numbers: &[usize], fill: &Fill) {
        self.each(numbers, |below| {
            below.stores.remove(fill);
        });
    }
}

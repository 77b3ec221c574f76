//! The tenant tree: which nodes are unfolded, which rows that makes, which one is selected.

use ocdeck_domain::fleet::{Directory, Node};
use std::collections::BTreeSet;

/// A visible row of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// The node.
    pub node: Node,
    /// How deep it stands; roots at 0.
    pub depth: usize,
    /// Whether it is unfolded; `None`: nothing is below it.
    pub open: Option<bool>,
}

/// The tenant tree.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The visible rows, from top to bottom.
    pub rows: Vec<TreeRow>,
    /// The selected node: the scope of every screen.
    pub selected: Option<Node>,
    folded: BTreeSet<Node>,
}

/// Below so many nodes everything starts unfolded, otherwise tenants start folded.
const SMALL: usize = 60;

impl Tree {
    /// The tree of a directory, its first root selected.
    pub fn new(directory: &Directory) -> Self {
        let mut tree = Self::default();
        tree.rebuild(directory);
        if tree.rows.len() > SMALL {
            tree.folded = directory
                .tenants()
                .map(|t| Node::Tenant(t.id.clone()))
                .collect();
            tree.rebuild(directory);
        }
        tree.selected = tree.rows.first().map(|row| row.node.clone());
        tree
    }

    /// Where the selected row stands among the visible ones.
    pub fn position(&self) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        self.rows.iter().position(|row| &row.node == selected)
    }

    /// Select the row so many rows further down; whether the selection changed.
    pub fn step(&mut self, by: isize) -> bool {
        let last = self.rows.len().saturating_sub(1);
        let at = self
            .position()
            .unwrap_or(0)
            .saturating_add_signed(by)
            .min(last);
        self.select(self.rows.get(at).map(|row| row.node.clone()))
    }

    /// Select a node; whether the selection changed.
    pub fn select(&mut self, node: Option<Node>) -> bool {
        let changed = node.is_some() && node != self.selected;
        if changed {
            self.selected = node;
        }
        changed
    }

    /// Fold or unfold a node.
    pub fn set_open(&mut self, directory: &Directory, node: &Node, open: bool) {
        if open {
            self.folded.remove(node);
        } else {
            self.folded.insert(node.clone());
        }
        self.rebuild(directory);
    }

    /// Unfold everything above a node and select it.
    pub fn reveal(&mut self, directory: &Directory, node: &Node) -> bool {
        for above in directory.way_to(node) {
            if &above != node {
                self.folded.remove(&above);
            }
        }
        self.rebuild(directory);
        self.select(Some(node.clone()))
    }

    /// Make the rows anew, from the directory and what is folded.
    pub fn rebuild(&mut self, directory: &Directory) {
        let mut rows = Vec::new();
        let mut todo: Vec<(Node, usize)> = directory
            .children(None)
            .iter()
            .rev()
            .map(|node| (node.clone(), 0))
            .collect();
        while let Some((node, depth)) = todo.pop() {
            let below = match unmanaged(directory, &node) {
                true => &[],
                false => directory.children(Some(&node)),
            };
            let open = !self.folded.contains(&node);
            rows.push(TreeRow {
                node: node.clone(),
                depth,
                open: (!below.is_empty()).then_some(open),
            });
            if open {
                todo.extend(below.iter().rev().map(|node| (node.clone(), depth + 1)));
            }
        }
        self.rows = rows;
    }
}

/// Of an unmanaged tenant only the use of its quota is ours to know: it is a leaf.
fn unmanaged(directory: &Directory, node: &Node) -> bool {
    match node {
        Node::Tenant(id) => directory.tenant(id).is_some_and(|tenant| !tenant.managed),
        _ => false,
    }
}

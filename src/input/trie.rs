//! What keys mean: one trie of key sequences a mode, with labels for the groups.
//!
//! The screens share one more table, `normal`, and text fields `text` ([`Layer`]); a group that both have is one group.
//! Nothing here knows the keymap's file; `config::keymap` builds it.

use super::Key;
use crate::state::{
    command::{Command, Mode, TABLE},
    model::{Chord, ChordKey, KeyLabels},
};
use std::collections::BTreeMap;

/// A table of a keymap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// What holds on every screen that does not say otherwise.
    Normal,
    /// What holds wherever text is written and a mode does not say otherwise.
    Text,
    /// What holds in one mode.
    Mode(Mode),
}

impl Layer {
    /// All layers.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Normal, Self::Text]
            .into_iter()
            .chain(Mode::ALL.into_iter().map(Self::Mode))
    }

    /// Its table in a keymap.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Text => "text",
            Self::Mode(mode) => mode.name(),
        }
    }

    /// Whether plain characters are text here.
    pub fn is_text(self) -> bool {
        match self {
            Self::Normal => false,
            Self::Text => true,
            Self::Mode(mode) => mode.is_text(),
        }
    }
}

/// Which keys mean what, in every mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    layers: BTreeMap<Layer, Node>,
}

/// A group of keys: what may follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// What the group is for ("goto"); empty at the root.
    pub label: String,
    /// In the order of the file.
    children: Vec<(Key, Entry)>,
}

/// What a key means inside its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A command.
    Command(Command),
    /// Nothing, though a mode that this one falls back on may say otherwise.
    Nothing,
    /// A group.
    Group(Node),
}

impl Node {
    /// A group with this label.
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            children: Vec::new(),
        }
    }

    /// What `key` means here.
    pub fn get(&self, key: Key) -> Option<&Entry> {
        self.children
            .iter()
            .find(|(k, _)| *k == key)
            .map(|(_, entry)| entry)
    }

    /// Binds `key`. What it meant before is gone.
    pub fn set(&mut self, key: Key, entry: Entry) {
        match self.children.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = entry,
            None => self.children.push((key, entry)),
        }
    }

    /// What may follow, in the order of the file.
    pub fn children(&self) -> impl Iterator<Item = (Key, &Entry)> {
        self.children.iter().map(|(key, entry)| (*key, entry))
    }

    /// Lays `over` over this: its bindings win, groups that both have are merged.
    fn merge(&mut self, over: Node) {
        if !over.label.is_empty() {
            self.label = over.label;
        }
        for (key, entry) in over.children {
            let mine = self.children.iter_mut().find(|(k, _)| *k == key);
            match (mine.map(|(_, entry)| entry), entry) {
                (Some(Entry::Group(mine)), Entry::Group(over)) => mine.merge(over),
                (_, entry) => self.set(key, entry),
            }
        }
    }

    fn walk(&self, keys: &[Key]) -> Option<Found<'_>> {
        let Some((first, rest)) = keys.split_first() else {
            return Some(Found::Group(self));
        };
        match (self.get(*first)?, rest) {
            (Entry::Group(group), rest) => group.walk(rest),
            (Entry::Command(command), []) => Some(Found::Command(*command)),
            (Entry::Nothing, []) => Some(Found::Nothing),
            _ => None,
        }
    }

    fn collect(&self, wanted: Command, keys: &mut Vec<Key>, found: &mut Vec<Vec<Key>>) {
        for (key, entry) in &self.children {
            keys.push(*key);
            match entry {
                Entry::Command(command) if *command == wanted => found.push(keys.clone()),
                Entry::Group(group) => group.collect(wanted, keys, found),
                _ => {}
            }
            keys.pop();
        }
    }
}

enum Found<'k> {
    Command(Command),
    Nothing,
    Group(&'k Node),
}

/// What a sequence of keys means in a mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A command.
    Command(Command),
    /// The start of something longer.
    Pending,
    /// Nothing.
    Nothing,
}

impl Keymap {
    /// The root of a layer, to bind keys in.
    pub fn layer_mut(&mut self, layer: Layer) -> &mut Node {
        self.layers.entry(layer).or_default()
    }

    /// Lays `over` over this: its bindings win, everything else stays.
    pub fn merge(&mut self, over: Keymap) {
        for (layer, node) in over.layers {
            self.layer_mut(layer).merge(node);
        }
    }

    fn layers(&self, mode: Mode) -> impl Iterator<Item = &Node> {
        let normal = mode.falls_back_to_normal().then_some(Layer::Normal);
        std::iter::once(Layer::Mode(mode))
            .chain(normal)
            .chain(mode.is_text().then_some(Layer::Text))
            .filter_map(|layer| self.layers.get(&layer))
    }

    /// What `keys` mean in `mode`. The nearest mode that knows them wins.
    pub fn lookup(&self, mode: Mode, keys: &[Key]) -> Lookup {
        for layer in self.layers(mode) {
            match layer.walk(keys) {
                Some(Found::Command(command)) => return Lookup::Command(command),
                Some(Found::Group(_)) => return Lookup::Pending,
                Some(Found::Nothing) => return Lookup::Nothing,
                None => {}
            }
        }
        Lookup::Nothing
    }

    /// The chord that `keys` begin in `mode`: the label of the group they open, and what may
    /// follow.
    pub fn chord(&self, mode: Mode, keys: &[Key]) -> Chord {
        let mut label = String::new();
        let mut next: Vec<ChordKey> = Vec::new();
        for layer in self.layers(mode) {
            let Some(Found::Group(group)) = layer.walk(keys) else {
                continue;
            };
            if label.is_empty() {
                label.clone_from(&group.label);
            }
            for (key, entry) in group.children() {
                let (command, label) = match entry {
                    Entry::Command(command) => (Some(*command), command.info().label.to_owned()),
                    Entry::Group(group) => (None, group.label.clone()),
                    Entry::Nothing => continue,
                };
                let key = key.hint();
                if next.iter().all(|n| n.key != key) {
                    next.push(ChordKey {
                        key,
                        command,
                        label,
                    });
                }
            }
        }
        Chord {
            keys: keys.iter().map(|key| key.hint()).collect(),
            label,
            next,
        }
    }

    /// The keys that run `command` in `mode`, the easiest first. Keys that a nearer mode
    /// takes for something else are not among them: a hint never lies.
    pub fn keys(&self, mode: Mode, command: Command) -> Vec<Vec<Key>> {
        let mut found = Vec::new();
        for layer in self.layers(mode) {
            layer.collect(command, &mut Vec::new(), &mut found);
        }
        found.retain(|keys| self.lookup(mode, keys) == Lookup::Command(command));
        // Keys without Ctrl or Alt before the others: they are easier to press and to read.
        found.sort_by_key(|keys| {
            (
                keys.len(),
                keys.iter().filter(|key| key.is_modified()).count(),
            )
        });
        found.dedup();
        found
    }

    /// The keys of every command in every mode, as hints show them.
    pub fn labels(&self) -> KeyLabels {
        let mut labels = KeyLabels::default();
        for mode in Mode::ALL {
            for info in TABLE {
                let keys = self.keys(mode, info.command);
                if !keys.is_empty() {
                    let shown = keys.iter().map(|keys| shown(keys)).collect();
                    labels.0.insert((mode, info.command), shown);
                }
            }
        }
        labels
    }
}

fn shown(keys: &[Key]) -> String {
    let words: Vec<String> = keys.iter().map(|key| key.hint()).collect();
    words.join(" ")
}

//! Keymaps: `[normal]` and `[mode]` tables of `key = "command"`, groups as tables of their own with a label.
//!
//! The shipped map is embedded and holds for every key that a person's own map does not name.
//! A map with a mistake changes nothing; every mistake is named with its place.

use super::toml::{Document, Problems, did_you_mean};
use crate::{
    input::{Entry, Key, Keymap, Layer, Node},
    state::command::{Command, TABLE},
};
use std::path::Path;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The map that ships.
pub const DEFAULT: &str = include_str!("../../keymaps/default.toml");

/// The word that takes a key away from its command.
const NOTHING: &str = "none";

/// Reads one map. `file` names it in mistakes.
pub fn parse(file: &Path, text: &str) -> Result<Keymap, Problems> {
    let (document, root) = Document::parse(file, text);
    let mut keymap = Keymap::default();
    for (name, value) in root.get_ref().iter() {
        let layer = Layer::all().find(|layer| layer.name() == name.get_ref().as_ref());
        let Some(layer) = layer else {
            let hint = did_you_mean(name.get_ref(), Layer::all().map(Layer::name));
            document.problem(
                name.span(),
                format!("there is no mode {:?}{hint}", name.get_ref()),
            );
            continue;
        };
        let Some(table) = value.get_ref().as_table() else {
            document.problem(
                value.span(),
                format!("a mode is a table: [{}]", layer.name()),
            );
            continue;
        };
        group(&document, table, layer, true, keymap.layer_mut(layer));
    }
    document.finish(keymap)
}

fn group(document: &Document<'_>, table: &DeTable<'_>, layer: Layer, root: bool, node: &mut Node) {
    let mut entries: Vec<_> = table.iter().collect();
    // The table is sorted by name; people read a popup in the order of their file.
    entries.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in entries {
        if name.get_ref() == "label" {
            match value.get_ref().as_str() {
                Some(label) if !root => node.label = label.to_owned(),
                _ => document.problem(value.span(), "a label is the text that names a group"),
            }
            continue;
        }
        let key = match name.get_ref().parse::<Key>() {
            Ok(key) => key,
            Err(error) => {
                document.problem(name.span(), error.to_string());
                continue;
            }
        };
        if let Some(never) = never_reached(key, layer, root) {
            document.problem(name.span(), never);
            continue;
        }
        if node.get(key).is_some() {
            document.problem(name.span(), format!("{key} is bound here already"));
            continue;
        }
        if let Some(entry) = entry(document, value, layer) {
            node.set(key, entry);
        }
    }
}

/// Why a binding could never do anything.
fn never_reached(key: Key, layer: Layer, root: bool) -> Option<String> {
    if root && layer.is_text() && key.text().is_some() {
        return Some(format!(
            "{key} is text in a field; choose a key with C- or A-, an F-key, Tab, Enter or Esc"
        ));
    }
    None
}

fn entry(document: &Document<'_>, value: &Spanned<DeValue<'_>>, layer: Layer) -> Option<Entry> {
    if let Some(table) = value.get_ref().as_table() {
        let mut node = Node::default();
        group(document, table, layer, false, &mut node);
        if node.label.is_empty() {
            document.problem(value.span(), "a group needs a label = \"…\"");
        }
        return Some(Entry::Group(node));
    }
    let Some(name) = value.get_ref().as_str() else {
        document.problem(
            value.span(),
            "a key is bound to the name of a command in quotes, or to a group { label = \"…\", … }",
        );
        return None;
    };
    if name == NOTHING {
        return Some(Entry::Nothing);
    }
    let command = Command::from_name(name);
    if command.is_none() {
        let hint = did_you_mean(name, TABLE.iter().map(|info| info.name));
        document.problem(value.span(), format!("there is no command {name:?}{hint}"));
    }
    command.map(Entry::Command)
}

/// The shipped map, under the person's own if there is one.
pub fn load(own: Option<(&Path, &str)>) -> (Keymap, Option<Problems>) {
    let (mut keymap, shipped) = match parse(Path::new("keymaps/default.toml"), DEFAULT) {
        Ok(keymap) => (keymap, None),
        // A test holds the shipped map to zero mistakes.
        Err(problems) => (Keymap::default(), Some(problems)),
    };
    match own.map(|(file, text)| parse(file, text)) {
        Some(Ok(own)) => keymap.merge(own),
        Some(Err(problems)) => return (keymap, Some(problems)),
        None => {}
    }
    (keymap, shipped)
}

#[cfg(test)]
#[path = "keymap_tests.rs"]
mod tests;

//! Keymaps: `[normal]` and `[mode]` tables of `key = "command"`, groups as tables of their own with a label.
//!
//! A map is laid over the one that it inherits, the shipped `default` if it names none: it says
//! only what differs. A map with a mistake changes nothing; every mistake is named with its place.

use super::{
    counted::Counted,
    shelf::{Base, Shelf},
    toml::{Document, Problem, Problems, did_you_mean},
};
use crate::{
    input::{Entry, Key, Keymap, Layer, Lookup, Node},
    state::command::{Command, Mode, TABLE},
};
use std::path::Path;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The shipped maps: name and text.
pub const SHIPPED: &[(&str, &str)] = &[
    (DEFAULT, include_str!("../../keymaps/default.toml")),
    ("vim", include_str!("../../keymaps/vim.toml")),
];

/// The map that holds where none is named, and that every map inherits in the end.
pub const DEFAULT: &str = "default";

/// The word that takes a key away from its command.
const NOTHING: &str = "none";

/// The keymaps in this folder, before those that ship.
pub fn shelf<'s>(folder: &Path, counts: &'s Counted) -> Shelf<'s, Keymap> {
    Shelf {
        kind: "keymap",
        folder: folder.join("keymaps"),
        shipped: SHIPPED,
        default: Some(DEFAULT),
        parse,
        counts,
    }
}

/// Reads a map that stands at `file`, laid over what it inherits.
///
/// # Errors
/// All mistakes in it and in what it inherits, each with its place.
pub fn parse(file: &Path, text: &str, base: Base<'_, Keymap>) -> Result<Keymap, Problems> {
    let (document, root) = Document::parse(file, text);
    let mut keymap = document.inherited(root.get_ref(), base);
    keymap.merge(layers(&document, root.get_ref()));
    document.finish(keymap)
}

fn layers(document: &Document<'_>, root: &DeTable<'_>) -> Keymap {
    let mut keymap = Keymap::default();
    for (name, value) in root.iter() {
        if name.get_ref() == "inherits" {
            continue;
        }
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
        group(document, table, layer, true, keymap.layer_mut(layer));
    }
    keymap
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
    if !root && key == Key::named(crate::input::Named::Esc) {
        return Some("Esc leaves a group; choose another key".to_owned());
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
        let names = TABLE.iter().map(|info| info.name);
        let hint = did_you_mean(name, names.chain([NOTHING]));
        document.problem(value.span(), format!("there is no command {name:?}{hint}"));
    }
    command.map(Entry::Command)
}

/// Keys that `[normal]` of this file binds and that a screen's own table takes for something
/// else, so that they do there not what the file says. `keymap` is what is in force.
pub fn shadowed(file: &Path, text: &str, keymap: &Keymap) -> Vec<Problem> {
    let (document, root) = Document::parse(file, text);
    let normal = root
        .get_ref()
        .iter()
        .find(|(name, _)| name.get_ref() == Layer::Normal.name());
    let bindings = normal.and_then(|(_, value)| value.get_ref().as_table());
    for (name, value) in bindings.into_iter().flat_map(|table| table.iter()) {
        let Ok(key) = name.get_ref().parse::<Key>() else {
            continue;
        };
        let here = match value.get_ref().as_str() {
            Some(NOTHING) => Lookup::Nothing,
            Some(command) => match Command::from_name(command) {
                Some(command) => Lookup::Command(command),
                None => continue,
            },
            None => Lookup::Pending,
        };
        let screens = Mode::ALL
            .into_iter()
            .filter(|mode| mode.falls_back_to_normal());
        let taken: Vec<String> = screens
            .filter_map(|mode| {
                let what = match keymap.lookup(mode, &[key]) {
                    found if found == here => return None,
                    Lookup::Command(command) => command.name(),
                    Lookup::Pending => "a group",
                    Lookup::Nothing => NOTHING,
                };
                Some(format!("{what} in [{}]", mode.name()))
            })
            .collect();
        if !taken.is_empty() {
            let text = format!(
                "{key} is {}, which comes before [normal]; bind it there too if it should do the same",
                taken.join(" and ")
            );
            document.problem(name.span(), text);
        }
    }
    match document.finish(()) {
        Ok(()) => Vec::new(),
        Err(Problems(problems)) => problems,
    }
}

/// The shipped map of that name. A test holds all of them to zero mistakes.
pub fn shipped(name: &str) -> Option<Keymap> {
    let counts = Counted::default();
    shelf(Path::new(""), &counts).shipped(name).ok()
}

#[cfg(test)]
#[path = "keymap_tests.rs"]
mod tests;

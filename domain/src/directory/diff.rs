//! What a revision changes, in words of meaning: things that came, went and differ, and numbers.

use crate::{fleet::Directory, policy::Policy};
use serde_json::Value;
use std::collections::BTreeMap;

/// One thing that a revision changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It came.
    Added(String),
    /// It went.
    Removed(String),
    /// Its fields differ: name, before, after.
    Changed(String, Vec<(String, String, String)>),
}

/// What differs between two directories.
pub fn changes(old: &Directory, new: &Directory) -> Vec<Change> {
    let (old, new) = (things(old), things(new));
    let mut changes = Vec::new();
    for (name, was) in &old {
        match new.get(name) {
            None => changes.push(Change::Removed(name.clone())),
            Some(is) if is != was => changes.push(differ(name, was, is)),
            Some(_) => {}
        }
    }
    let added = new.keys().filter(|name| !old.contains_key(*name));
    changes.extend(added.cloned().map(Change::Added));
    changes
}

/// What differs between two policies: the name of each number, before and after.
pub fn changes_of_policy(old: &Policy, new: &Policy) -> Vec<(String, String, String)> {
    let value = |policy| serde_json::to_value(policy).unwrap_or_default();
    let mut changes = Vec::new();
    fields("", &value(old), &value(new), &mut changes);
    changes
}

fn differ(name: &str, was: &Value, is: &Value) -> Change {
    let mut changes = Vec::new();
    fields("", was, is, &mut changes);
    Change::Changed(name.to_owned(), changes)
}

/// The fields that differ, with their whole names.
fn fields(above: &str, old: &Value, new: &Value, into: &mut Vec<(String, String, String)>) {
    if old == new {
        return;
    }
    let (Value::Object(was), Value::Object(is)) = (old, new) else {
        into.push((above.to_owned(), shown(old), shown(new)));
        return;
    };
    let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
        let dot = if above.is_empty() { "" } else { "." };
        fields(&format!("{above}{dot}{name}"), &of(was), &of(is), into);
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) if text.is_empty() => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Everything in a directory by the name that people use. What has no id is named by what makes
/// it that thing; two of the same name are numbered.
fn things(directory: &Directory) -> BTreeMap<String, Value> {
    let parts = serde_json::to_value(directory.parts()).unwrap_or_default();
    let mut things = BTreeMap::new();
    let kinds: [(&str, &str, &[&str]); 8] = [
        ("parties", "party", &["id"]),
        ("tenants", "tenant", &["id"]),
        ("contacts", "contact", &["tenant", "name"]),
        ("sites", "site", &["id"]),
        ("appliances", "appliance", &["id"]),
        ("calendars", "calendar", &["id"]),
        ("rota", "rota", &["duty", "name"]),
        ("windows", "window", &["scope", "from"]),
    ];
    for (list, kind, keys) in kinds {
        for value in parts
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let parts = keys.iter().filter_map(|key| value.get(*key)).map(named);
            let name = format!("{kind} {}", parts.collect::<Vec<_>>().join(" "));
            let mut unique = name.clone();
            let mut number = 2;
            while things.contains_key(&unique) {
                unique = format!("{name} ({number})");
                number += 1;
            }
            things.insert(unique, value.clone());
        }
    }
    things
}

/// A value as part of a name: of a scope `{"tenant": "acme"}` both.
fn named(value: &Value) -> String {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match value {
                Value::Object(_) => named(value),
                value => format!("{key} {}", shown(value)),
            })
            .collect::<Vec<_>>()
            .join(" "),
        value => shown(value).replace('_', " "),
    }
}

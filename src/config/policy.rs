//! `policy.toml`: the numbers of the rules. What a file of an operations center says lies over
//! what ships.

use super::toml::{Problem, Problems};
use ocdeck_domain::policy::{Policy, SHIPPED};
use std::path::Path;
use toml::{Table, Value};

/// Ships here, and is judged by appliances: each has the file that says otherwise.
const APPROVAL: &str = "approval";

/// The shortest time that a dispatch may be told to wait for a desk, in seconds.
const SHORTEST_WAIT: u32 = 5;

/// What ships.
///
/// # Errors
/// When the shipped file has a mistake: a test would have said so.
pub fn shipped() -> Result<Policy, toml::de::Error> {
    toml::from_str(SHIPPED)
}

/// Reads the text of a `policy.toml` that stands at `path`: only what differs from what ships
/// need stand in it.
///
/// # Errors
/// The mistake in it, with its place.
pub fn parse(path: &Path, text: &str) -> Result<Policy, Problems> {
    let own: Table = toml::from_str(text).map_err(|error| at(path, text, &error))?;
    let mut all: Table = toml::from_str(SHIPPED).map_err(|error| at(path, text, &error))?;
    if let Some((key, near)) = unknown(&own, &all, "") {
        return Err(named(
            path,
            text,
            &key,
            &format!("policy.toml has no {key}{near}"),
        ));
    }
    if own.contains_key(APPROVAL) {
        let words =
            "the limit of one person is the appliance's: write [approval] into its appliance.toml";
        return Err(named(path, text, APPROVAL, words));
    }
    lay_over(&mut all, own);
    let policy: Policy = Value::Table(all)
        .try_into()
        .map_err(|error: toml::de::Error| {
            // The merged table has no places: look the key up in what a person wrote.
            let words = error.message().to_owned();
            let whole = error.to_string();
            let key = whole
                .split("in `")
                .nth(1)
                .and_then(|rest| rest.split('`').next());
            named(path, text, key.unwrap_or_default(), &words)
        })?;
    if policy.dispatch.wait_at_most < SHORTEST_WAIT {
        let words = format!(
            "a dispatch waits at least {SHORTEST_WAIT} seconds for the desk: with less, one that \
             is only slow would send nothing"
        );
        return Err(named(path, text, "dispatch.wait_at_most", &words));
    }
    policy
        .calendar()
        .map_err(|error| named(path, text, "business_hours", &error.to_string()))?;
    Ok(policy)
}

fn lay_over(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => lay_over(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

/// The first key that does not ship, as `section.key`, and what was probably meant.
fn unknown(own: &Table, shipped: &Table, above: &str) -> Option<(String, String)> {
    for (key, value) in own {
        let whole = format!("{above}{key}");
        let Some(known) = shipped.get(key) else {
            let near = super::toml::did_you_mean(key, shipped.keys().map(String::as_str));
            return Some((whole, near));
        };
        if let (Value::Table(own), Value::Table(known)) = (value, known)
            && let Some(found) = unknown(own, known, &format!("{whole}."))
        {
            return Some(found);
        }
    }
    None
}

fn at(path: &Path, text: &str, error: &toml::de::Error) -> Problems {
    let start = error.span().map_or(0, |span| span.start);
    problem(path, text, start, error.message())
}

/// A mistake at the line where the last part of a dotted key stands.
fn named(path: &Path, text: &str, key: &str, words: &str) -> Problems {
    let last = key.rsplit('.').next().unwrap_or(key);
    let mut from = 0;
    for part in key.split('.') {
        from += text
            .get(from..)
            .and_then(|rest| rest.find(part))
            .unwrap_or_default();
    }
    let start = text
        .get(from..)
        .filter(|rest| rest.starts_with(last))
        .map_or(0, |_| from);
    problem(path, text, start, words)
}

fn problem(path: &Path, text: &str, start: usize, words: &str) -> Problems {
    let (line, column) = super::toml::place(text, start);
    Problems(vec![Problem {
        file: path.to_owned(),
        line,
        column,
        text: words.to_owned(),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ocdeck_domain::priority::Priority;

    fn mistake(text: &str) -> String {
        parse(Path::new("policy.toml"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn only_what_differs_need_be_said() {
        let text = "[restore.system]\nrespond = 600\n";
        let policy = parse(Path::new("policy.toml"), text).unwrap();
        assert_eq!(policy.restore.system.respond, 600);
        assert_eq!(policy.restore.system.initiate, 3600);
        assert_eq!(policy.restore.system.priority, Priority::P1);
        assert_eq!(
            parse(Path::new("policy.toml"), "").unwrap(),
            shipped().unwrap()
        );
    }

    #[test]
    fn mistakes_have_a_place_and_a_nearest_name() {
        assert_eq!(
            mistake("# ours\n[restore.system]\nrespnd = 600\n"),
            "policy.toml:3:1: policy.toml has no restore.system.respnd; did you mean \"respond\"?"
        );
        assert!(mistake("[restore").starts_with("policy.toml:1:"));
        assert_eq!(
            mistake("[dispatch]\nwait_at_most = 0\n"),
            "policy.toml:2:1: a dispatch waits at least 5 seconds for the desk: with less, one \
             that is only slow would send nothing"
        );
        assert_eq!(
            mistake("# ours\n[approval]\nreplace_bytes = 1\n"),
            "policy.toml:2:2: the limit of one person is the appliance's: write [approval] into its appliance.toml"
        );
        assert!(
            mistake("[business_hours]\ndays = [\"mon\", \"tues\"]\n")
                .contains("\"tues\" is no day")
        );
    }
}

//! A handover as a page and as JSON.

use super::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the JSON holds, for who reads it.
const PAGE: &str = include_str!("../../../../docs/handover.md");

#[test]
fn the_page_and_the_json_say_the_same() {
    let gist = lines(&known())[0].gist.clone();
    let text = "*bold* <b>\u{1b}[2J".to_owned();
    let events = [
        begun(),
        ("10", "jon", read(121, &gist)),
        ("11", "mara", Event::Noted { text }),
    ];
    let copy = sheet(&folded(&events)).freeze();
    let page = &copy.markdown;
    for row in [
        "# Handover mara → jon\n\nAs of 2026-11-21 06:52 CST, begun 2026-11-21 06:00 CST.\n",
        "- [x] **P2** R-0121   cove/hv02 single files, parked at step 4 · initiate 2 h 48 m; mara (read by jon, 06:10)\n",
        "- [ ] **P1** R-0117 ",
        "- \\*bold\\* \\<b\\>\\[2J (mara, 2026-11-21 06:11 CST)\n",
        "- clocks breached: 1 (nova/mail\\_01)\n",
        "## Now with jon\n\nR-0121\n",
        "## Not known\n\n- jobs: no appliance was asked\n",
    ] {
        assert!(page.contains(row), "{row}\nis not in\n{page}");
    }
    let value: serde_json::Value = serde_json::from_str(&copy.json).unwrap();
    assert_eq!(value["format"], 1);
    assert_eq!(value["lines"][0]["read_by"], "jon");
    assert_eq!(value["lines"][1]["name"], "INC-2045");
    assert_eq!(value["lines"][1]["must_be_read"], true);
    assert_eq!(
        value["lines"].as_array().unwrap().len(),
        lines(&known()).len()
    );
    assert_eq!(value["moved"][0]["name"], "R-0121");
}

#[test]
fn what_a_section_says_begins_in_one_column() {
    let page = sheet(&folded(&[begun()])).markdown();
    let column = |name: &str, word: &str| {
        let row = page.lines().find(|row| row.contains(name)).unwrap();
        row.find(word).unwrap()
    };
    assert_eq!(column("R-0121", "cove"), column("INC-2045", "acme"));
}

#[test]
fn nothing_in_it_is_read_as_markup() {
    for (text, said) in [
        (
            "a|b *c* _d_ #e `f` [g](h) <i> ~~j~~ &k;",
            r"a\|b \*c\* \_d\_ \#e \`f\` \[g\](h) \<i\> \~\~j\~\~ \&k;",
        ),
        ("- a list", r"\- a list"),
        ("+ a list", r"\+ a list"),
        ("1. a list", r"1\. a list"),
        ("12) a list", r"12\) a list"),
        ("=== a heading", r"\=== a heading"),
        (
            "7.5 GB - not a list",
            "7.5 GB - not a list".replacen("7.", r"7\.", 1).as_str(),
        ),
        ("\u{202e}gpj\u{1b}[2J\u{7}", r"gpj\[2J"),
    ] {
        let text = text.to_owned();
        let events = [
            begun(),
            ("10", "mara", Event::Added { text: text.clone() }),
            (
                "11",
                "mara",
                Event::Noted {
                    text: format!("first\n{text}"),
                },
            ),
        ];
        let page = sheet(&folded(&events)).markdown();
        assert!(
            page.contains(&format!("- {said} · mara\n")),
            "{said}\n{page}"
        );
        assert!(
            page.contains(&format!("- first  \n  {said} (mara, ")),
            "{said}\n{page}"
        );
        let odd = page
            .chars()
            .filter(|c| c.is_control() && *c != '\n')
            .count();
        assert_eq!(odd, 0, "{page}");
    }
}

#[test]
fn a_note_that_comes_late_stands_below_the_copy() {
    let before = folded(&[begun()]);
    let late = Event::Noted {
        text: "Pat phones at 9".into(),
    };
    let events = [
        begun(),
        ("20", "jon", taken(&before)),
        ("21", "mara", late),
        (
            "22",
            "mara",
            Event::Added {
                text: "too late".into(),
            },
        ),
        (
            "23",
            "mara",
            Event::Cancelled {
                reason: "too late".into(),
            },
        ),
    ];
    let after = folded(&events);
    assert!(after.notes.is_empty() && after.added.is_empty() && after.cancelled.is_none());
    let page = after.page(chrono_tz::America::Chicago);
    let copy = &after.taken.as_ref().unwrap().2.copy.markdown;
    let below = page.strip_prefix(copy.as_str()).unwrap();
    assert_eq!(
        below,
        "\n## Noted afterwards\n\n- Pat phones at 9 (mara, 2026-11-21 06:21 CST)\n"
    );
    assert_eq!(after.ended(), Some(at("12:20")));
}

#[test]
fn one_that_was_called_off_says_by_whom_and_why() {
    let reason = "jon is ill".to_owned();
    let off = folded(&[begun(), ("20", "mara", Event::Cancelled { reason })]);
    assert_eq!(
        off.page(chrono_tz::America::Chicago),
        "# Handover mara → jon\n\nCalled off by mara, 2026-11-21 06:20 CST: jon is ill\n\n\
         Nothing was taken over: there is no copy.\n"
    );
    assert_eq!(folded(&[begun()]).page(chrono_tz::UTC), "");
}

/// The fields that the page about the JSON names, with their types.
fn fields() -> BTreeMap<String, Vec<String>> {
    let part = PAGE.split("<!-- ").nth(1).unwrap();
    let rows = part.lines().filter_map(|row| row.strip_prefix("| `"));
    let rows = rows.filter_map(|row| {
        let mut cells = row.split(" | ");
        let field = cells.next()?.trim_end_matches('`').to_owned();
        let types = cells.next()?.split(" or ").map(str::to_owned).collect();
        Some((field, types))
    });
    rows.collect()
}

fn visit(path: &str, value: &Value, seen: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
        Value::String(text) if text.parse::<Time>().is_ok() => "time",
        Value::String(_) => "text",
    };
    if !path.is_empty() {
        seen.entry(path.to_owned()).or_default().insert(kind);
    }
    match value {
        Value::Array(all) => all
            .iter()
            .for_each(|one| visit(&format!("{path}[]"), one, seen)),
        Value::Object(all) => all.iter().for_each(|(name, one)| {
            let path = format!("{path}.{name}");
            visit(path.trim_start_matches('.'), one, seen);
        }),
        _ => {}
    }
}

#[test]
fn the_json_is_what_its_page_says() {
    let gist = lines(&known())[0].gist.clone();
    let events = [
        begun(),
        ("10", "jon", read(121, &gist)),
        (
            "11",
            "mara",
            Event::Edited {
                key: key(118),
                text: "ask Tom".into(),
            },
        ),
        ("12", "mara", Event::Noted { text: "Pat".into() }),
    ];
    let mut full = sheet(&folded(&events));
    full.night.jobs = Some((9, 1));
    let empty = Sheet {
        from: String::new(),
        to: String::new(),
        begun: None,
        lines: Vec::new(),
        notes: Vec::new(),
        night: Night::default(),
        moved: Vec::new(),
        unknown: Vec::new(),
        ..full.clone()
    };
    let mut seen = BTreeMap::new();
    for sheet in [&full, &empty] {
        visit("", &serde_json::from_str(&sheet.json()).unwrap(), &mut seen);
    }
    let fields = fields();
    for (field, kinds) in &seen {
        let told = fields
            .get(field)
            .unwrap_or_else(|| panic!("{field} is not in the page"));
        let known = |kind: &&str| told.iter().any(|it| it == kind);
        assert!(
            kinds.iter().all(known),
            "{field} is {kinds:?}, the page says {told:?}"
        );
    }
    for (field, told) in &fields {
        let kinds = seen
            .get(field)
            .unwrap_or_else(|| panic!("{field} is not in the JSON"));
        let been = |kind: &String| kinds.contains(kind.as_str());
        assert!(
            told.iter().all(been),
            "{field}: the page says {told:?}, it was {kinds:?}"
        );
    }
    for section in Section::ALL {
        let word = serde_json::to_value(section).unwrap();
        let row = format!("| `{}` | {} |", word.as_str().unwrap(), section.name());
        assert!(PAGE.contains(&row), "{row} is not in the page");
    }
}

//! Every sign that can be drawn has an ASCII twin.

use super::*;
use std::{collections::BTreeMap, fs, path::Path};

/// Non-ASCII signs of a text, each with the place where it stands first. Letters and what is two
/// cells wide are data: names of files and people.
fn signs(place: &str, text: &str, found: &mut BTreeMap<char, String>) {
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        let data = |c: char| c.is_ascii() || c.is_alphanumeric() || is_wide(c);
        for c in line.chars().filter(|c| !data(*c)) {
            found
                .entry(c)
                .or_insert_with(|| format!("{place}:{}", number + 1));
        }
    }
}

fn is_wide(c: char) -> bool {
    // Half of a flag counts as one cell.
    c >= '\u{1f000}' || unicode_width::UnicodeWidthChar::width(c) != Some(1)
}

fn walk(folder: &Path, end: &str, found: &mut BTreeMap<char, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, end, found);
        } else if path.to_string_lossy().ends_with(end) {
            let text = fs::read_to_string(&path).unwrap();
            signs(&path.display().to_string(), &text, found);
        }
    }
}

#[test]
fn every_sign_that_can_be_drawn_has_an_ascii_twin() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    for folder in [
        "src/view",
        "src/state",
        "src/input",
        "src/fleet",
        "widgets/src",
    ] {
        walk(&root.join(folder), ".rs", &mut found);
    }
    walk(&root.join("src/view/snapshots"), ".snap", &mut found);
    assert!(found.contains_key(&'◌'), "the sources were not found");
    let look = look("dark", Colours::None, true);
    let area = Rect::new(0, 0, 1, 1);
    for (c, place) in found {
        let mut buf = Buffer::empty(area);
        buf.content[0].set_char(c);
        look.finish(&mut buf);
        let twin = buf.content[0].symbol();
        assert!(twin.is_ascii(), "{c} of {place} has no ASCII twin");
    }
}

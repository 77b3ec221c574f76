//! Reading a theme file: TOML in, looks out, every mistake with its place.

use super::{
    colour::{self, Shade},
    scope::Scope,
};
use crate::config::place::{Mistake, did_you_mean};
use ratatui::style::Modifier;
use std::collections::BTreeMap;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// What a scope looks like, before it is known on which terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Paint {
    pub(super) fg: Option<Shade>,
    pub(super) bg: Option<Shade>,
    /// Everywhere.
    pub(super) always: Modifier,
    /// Where there are no colours.
    pub(super) plain: Modifier,
}

/// The looks of all scopes that a theme file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    pub(super) paints: BTreeMap<String, Paint>,
}

impl Theme {
    /// Reads a theme file; `file` is how the person calls it.
    ///
    /// # Errors
    ///
    /// All mistakes in it, each with its place.
    pub fn parse(file: &str, source: &str) -> Result<Self, Vec<Mistake>> {
        let table = DeTable::parse(source).map_err(|error| {
            let byte = error.span().map_or(0, |span| span.start);
            vec![Mistake::at(file, source, byte, error.message())]
        })?;
        let mut reader = Reader {
            file,
            source,
            palette: BTreeMap::new(),
            mistakes: Vec::new(),
        };
        let paints = reader.theme(table.get_ref());
        if reader.mistakes.is_empty() {
            Ok(Self { paints })
        } else {
            Err(reader.mistakes)
        }
    }

    /// What a scope looks like: its own look, or that of the nearest parent that has one.
    pub(super) fn paint(&self, scope: Scope) -> Paint {
        scope
            .lookup()
            .find_map(|name| self.paints.get(name))
            .copied()
            .unwrap_or_default()
    }
}

struct Reader<'a> {
    file: &'a str,
    source: &'a str,
    palette: BTreeMap<String, Shade>,
    mistakes: Vec<Mistake>,
}

const TABLES: [&str; 2] = ["palette", "scopes"];
const ATTRIBUTES: [&str; 7] = ["fg", "bg", "bold", "underline", "reverse", "dim", "plain"];
const MODIFIERS: [(&str, Modifier); 4] = [
    ("bold", Modifier::BOLD),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("dim", Modifier::DIM),
];

impl Reader<'_> {
    fn wrong(&mut self, byte: usize, text: impl Into<String>) {
        let mistake = Mistake::at(self.file, self.source, byte, text);
        self.mistakes.push(mistake);
    }

    fn theme(&mut self, root: &DeTable<'_>) -> BTreeMap<String, Paint> {
        for (key, value) in root {
            if !TABLES.contains(&key.get_ref().as_ref()) {
                let name = key.get_ref();
                let hint = did_you_mean(name, TABLES);
                self.wrong(key.span().start, format!("unknown table \"{name}\"{hint}"));
            } else if !value.get_ref().is_table() {
                self.wrong(value.span().start, format!("{} is a table", key.get_ref()));
            }
        }
        for (name, value) in entries(root, "palette") {
            if let Some(shade) = self.palette_entry(value) {
                self.palette.insert(name.get_ref().to_string(), shade);
            }
        }
        let mut paints = BTreeMap::new();
        for (name, value) in entries(root, "scopes") {
            if !Scope::valid_names().any(|valid| valid == name.get_ref().as_ref()) {
                let hint = did_you_mean(name.get_ref(), Scope::valid_names());
                let text = format!("unknown scope \"{}\"{hint}", name.get_ref());
                self.wrong(name.span().start, text);
                continue;
            }
            let paint = self.paint(value);
            paints.insert(name.get_ref().to_string(), paint);
        }
        paints
    }

    /// `"58a6ff"`, or `["58a6ff", 75, "bright blue"]` for terminals with fewer colours.
    fn palette_entry(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Shade> {
        if let Some(hex) = value.get_ref().as_str() {
            return self.hex(hex, value.span().start).map(Shade::from_rgb);
        }
        let Some([hex, indexed, ansi]) = value
            .get_ref()
            .as_array()
            .and_then(|array| <[_; 3]>::try_from(array.iter().collect::<Vec<_>>()).ok())
        else {
            self.wrong(
                value.span().start,
                "a colour is \"58a6ff\" or [\"58a6ff\", 75, \"bright blue\"]",
            );
            return None;
        };
        let rgb = self.hex(hex.get_ref().as_str().unwrap_or_default(), hex.span().start);
        let number = indexed.get_ref().as_integer();
        let index = number.and_then(|n| u8::from_str_radix(n.as_str(), n.radix()).ok());
        if index.is_none() {
            let text = "the second value is a number of the 256 colours, 0 to 255";
            self.wrong(indexed.span().start, text);
        }
        let name = ansi.get_ref().as_str().unwrap_or_default();
        let named = colour::parse_ansi(name);
        if named.is_none() {
            let hint = did_you_mean(name, colour::ANSI_NAMES);
            let text = format!("\"{name}\" is none of the 16 colours{hint}");
            self.wrong(ansi.span().start, text);
        }
        Some(Shade {
            rgb: rgb?,
            indexed: index?,
            ansi: named?,
        })
    }

    fn hex(&mut self, text: &str, byte: usize) -> Option<(u8, u8, u8)> {
        let rgb = colour::parse_hex(text);
        if rgb.is_none() {
            self.wrong(
                byte,
                format!("\"{text}\" is no colour: six hex digits, as 58a6ff"),
            );
        }
        rgb
    }

    fn paint(&mut self, value: &Spanned<DeValue<'_>>) -> Paint {
        let mut paint = Paint::default();
        let Some(table) = value.get_ref().as_table() else {
            let text = "a scope is a table, as { fg = \"blue\", bold = true }";
            self.wrong(value.span().start, text);
            return paint;
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "fg" => paint.fg = self.shade(value),
                "bg" => paint.bg = self.shade(value),
                "plain" => paint.plain |= self.modifiers(value),
                name => match modifier(name) {
                    Some(modifier) => match value.get_ref().as_bool() {
                        Some(on) => paint.always.set(modifier, on),
                        None => self.wrong(value.span().start, "true or false"),
                    },
                    None => {
                        let hint = did_you_mean(name, ATTRIBUTES);
                        self.wrong(key.span().start, format!("unknown \"{name}\"{hint}"));
                    }
                },
            }
        }
        paint
    }

    /// A name of the palette, or a colour itself.
    fn shade(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Shade> {
        let name = value.get_ref().as_str().unwrap_or_default();
        let known = self.palette.get(name).copied();
        let shade = known.or_else(|| colour::parse_hex(name).map(Shade::from_rgb));
        if shade.is_none() {
            let hint = did_you_mean(name, self.palette.keys().map(String::as_str));
            let text = format!("\"{name}\" is neither in the palette nor six hex digits{hint}");
            self.wrong(value.span().start, text);
        }
        shade
    }

    fn modifiers(&mut self, value: &Spanned<DeValue<'_>>) -> Modifier {
        let mut all = Modifier::empty();
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(value.span().start, "plain is a list, as [\"reverse\"]");
            return all;
        };
        for word in list.iter() {
            let name = word.get_ref().as_str().unwrap_or_default();
            match modifier(name) {
                Some(modifier) => all |= modifier,
                None => {
                    let hint = did_you_mean(name, MODIFIERS.map(|(known, _)| known));
                    self.wrong(word.span().start, format!("unknown \"{name}\"{hint}"));
                }
            }
        }
        all
    }
}

fn modifier(name: &str) -> Option<Modifier> {
    MODIFIERS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, modifier)| *modifier)
}

type Entry<'t, 'i> = (
    &'t Spanned<std::borrow::Cow<'i, str>>,
    &'t Spanned<DeValue<'i>>,
);

/// The entries of a table of the file, in the order of its text.
fn entries<'t, 'i>(root: &'t DeTable<'i>, name: &str) -> Vec<Entry<'t, 'i>> {
    let table = root
        .iter()
        .find(|(key, _)| key.get_ref().as_ref() == name)
        .and_then(|(_, value)| value.get_ref().as_table());
    let mut found: Vec<_> = table.into_iter().flat_map(|table| table.iter()).collect();
    found.sort_by_key(|(key, _)| key.span().start);
    found
}

//! Reading a theme file: TOML in, looks out, every mistake with its place.

use super::{
    colour::{self, Shade},
    scope::Scope,
};
use crate::config::{
    shelf::Base,
    toml::{Document, Problems, did_you_mean},
};
use ratatui::style::Modifier;
use std::{collections::BTreeMap, path::Path};
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

/// A look as it is written: its colours are still names of the palette, so that a theme that
/// inherits this one can change them all at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Written {
    fg: Option<Ink>,
    bg: Option<Ink>,
    always: Modifier,
    plain: Modifier,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Ink {
    /// A name of the palette.
    Named(String),
    /// A colour itself.
    Shade(Shade),
}

/// The looks of all scopes that a theme names, or inherits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    palette: BTreeMap<String, Shade>,
    scopes: BTreeMap<String, Written>,
    heavy_focus: bool,
}

impl Theme {
    /// Reads a theme that stands at `file`; `base` gives what it inherits.
    ///
    /// # Errors
    /// All mistakes in it and in what it inherits, each with its place.
    pub fn parse(file: &Path, text: &str, base: Base<'_, Self>) -> Result<Self, Problems> {
        let (document, root) = Document::parse(file, text);
        let mut theme = document.inherited(root.get_ref(), base);
        Reader {
            document: &document,
            theme: &mut theme,
        }
        .read(root.get_ref());
        document.finish(theme)
    }

    /// What a scope looks like: its own look, or that of the nearest parent that has one.
    pub(super) fn paint(&self, scope: Scope) -> Paint {
        let written = scope.lookup().find_map(|name| self.scopes.get(name));
        let shade = |ink: &Option<Ink>| match ink.as_ref()? {
            Ink::Named(name) => self.palette.get(name).copied(),
            Ink::Shade(shade) => Some(*shade),
        };
        written.map_or_else(Paint::default, |written| Paint {
            fg: shade(&written.fg),
            bg: shade(&written.bg),
            always: written.always,
            plain: written.plain,
        })
    }

    /// Whether the rule of the focused pane is heavy.
    pub(super) fn heavy_focus(&self) -> bool {
        self.heavy_focus
    }

    /// Whether it gives a look to a scope under its own name.
    #[cfg(test)]
    pub(super) fn names(&self, scope: Scope) -> bool {
        self.scopes.contains_key(scope.name())
    }
}

struct Reader<'r, 't> {
    document: &'r Document<'t>,
    theme: &'r mut Theme,
}

const KEYS: [&str; 4] = ["inherits", "heavy-focus", "palette", "scopes"];
const ATTRIBUTES: [&str; 7] = ["fg", "bg", "bold", "underline", "reverse", "dim", "plain"];
const MODIFIERS: [(&str, Modifier); 4] = [
    ("bold", Modifier::BOLD),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("dim", Modifier::DIM),
];
const COLOURS: &str = "\"58a6ff\", one of the 16 such as \"bright blue\", \
                       or for each depth [\"58a6ff\", 75, \"bright blue\"]";

impl Reader<'_, '_> {
    fn wrong(&self, value: &Spanned<DeValue<'_>>, text: impl Into<String>) {
        self.document.problem(value.span(), text);
    }

    fn read(&mut self, root: &DeTable<'_>) {
        for (key, value) in root {
            match key.get_ref().as_ref() {
                // Read already.
                "inherits" => {}
                "heavy-focus" => match value.get_ref().as_bool() {
                    Some(heavy) => self.theme.heavy_focus = heavy,
                    None => self.wrong(value, "heavy-focus is true or false"),
                },
                name @ ("palette" | "scopes") => {
                    if !value.get_ref().is_table() {
                        self.wrong(value, format!("{name} is a table: [{name}]"));
                    }
                }
                name => {
                    let hint = did_you_mean(name, KEYS.into_iter());
                    let text = format!("a theme has no {name:?}{hint}");
                    self.document.problem(key.span(), text);
                }
            }
        }
        for (name, value) in entries(root, "palette") {
            if let Some(shade) = self.shade(value) {
                self.theme.palette.insert(name.get_ref().to_string(), shade);
            }
        }
        for (name, value) in entries(root, "scopes") {
            if !Scope::valid_names().any(|valid| valid == name.get_ref().as_ref()) {
                let hint = did_you_mean(name.get_ref(), Scope::valid_names());
                let text = format!("there is no scope {:?}{hint}", name.get_ref());
                self.document.problem(name.span(), text);
                continue;
            }
            let written = self.written(value);
            self.theme
                .scopes
                .insert(name.get_ref().to_string(), written);
        }
    }

    /// A colour: of 24 bits, of the terminal's own 16, or one for each depth.
    fn shade(&self, value: &Spanned<DeValue<'_>>) -> Option<Shade> {
        if let Some(text) = value.get_ref().as_str() {
            let shade = colour::parse(text);
            if shade.is_none() {
                let hint = did_you_mean(text, colour::ANSI_NAMES.into_iter());
                self.wrong(
                    value,
                    format!("{text:?} is no colour{hint}; write {COLOURS}"),
                );
            }
            return shade;
        }
        let parts = value.get_ref().as_array();
        let Some([hex, indexed, ansi]) =
            parts.and_then(|array| <[_; 3]>::try_from(array.iter().collect::<Vec<_>>()).ok())
        else {
            self.wrong(value, format!("a colour is {COLOURS}"));
            return None;
        };
        let text = hex.get_ref().as_str().unwrap_or_default();
        let rgb = colour::parse_hex(text);
        if rgb.is_none() {
            self.wrong(
                hex,
                format!("{text:?} is no colour: six hex digits, as 58a6ff"),
            );
        }
        let number = indexed.get_ref().as_integer();
        let index = number.and_then(|n| u8::from_str_radix(n.as_str(), n.radix()).ok());
        if index.is_none() {
            let text = "the second value is a number of the 256 colours, 0 to 255";
            self.wrong(indexed, text);
        }
        let name = ansi.get_ref().as_str().unwrap_or_default();
        let named = colour::parse_ansi(name);
        if named.is_none() {
            let hint = did_you_mean(name, colour::ANSI_NAMES.into_iter());
            self.wrong(ansi, format!("{name:?} is none of the 16 colours{hint}"));
        }
        Some(Shade::of_each_depth(rgb?, index?, named?))
    }

    fn written(&self, value: &Spanned<DeValue<'_>>) -> Written {
        let mut written = Written::default();
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(
                value,
                "a scope is a table, as { fg = \"blue\", bold = true }",
            );
            return written;
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "fg" => written.fg = self.ink(value),
                "bg" => written.bg = self.ink(value),
                "plain" => written.plain |= self.modifiers(value),
                name => match modifier(name) {
                    Some(modifier) => match value.get_ref().as_bool() {
                        Some(on) => written.always.set(modifier, on),
                        None => self.wrong(value, format!("{name} is true or false")),
                    },
                    None => {
                        let hint = did_you_mean(name, ATTRIBUTES.into_iter());
                        let text = format!("a look has no {name:?}{hint}");
                        self.document.problem(key.span(), text);
                    }
                },
            }
        }
        written
    }

    /// A name of the palette, or a colour itself.
    fn ink(&self, value: &Spanned<DeValue<'_>>) -> Option<Ink> {
        let name = value.get_ref().as_str().unwrap_or_default();
        let palette = &self.theme.palette;
        if palette.contains_key(name) {
            return Some(Ink::Named(name.to_owned()));
        }
        let shade = colour::parse(name);
        if shade.is_none() {
            let names = palette.keys().map(String::as_str);
            let hint = did_you_mean(name, names.chain(colour::ANSI_NAMES));
            let text = format!("{name:?} is neither in the palette nor a colour{hint}");
            self.wrong(value, text);
        }
        shade.map(Ink::Shade)
    }

    fn modifiers(&self, value: &Spanned<DeValue<'_>>) -> Modifier {
        let mut all = Modifier::empty();
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(value, "plain is a list, as [\"reverse\"]");
            return all;
        };
        for word in list.iter() {
            let name = word.get_ref().as_str().unwrap_or_default();
            match modifier(name) {
                Some(modifier) => all |= modifier,
                None => {
                    let hint = did_you_mean(name, MODIFIERS.into_iter().map(|(known, _)| known));
                    self.wrong(word, format!("plain has no {name:?}{hint}"));
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

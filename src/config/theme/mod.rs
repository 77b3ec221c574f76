//! Themes: which colours a meaning has. Widgets and views name a [`Scope`], never a colour.
//!
//! A theme file has a `[palette]` of colours, each with its value for 24-bit, 256-colour
//! and 16-colour terminals, and `[scopes]` of dotted names; a scope that a theme leaves
//! out looks like its parent. A theme may inherit another one and name only what differs.
//! [`Look`] is a theme on one terminal.

mod colour;
mod glyphs;
mod look;
mod read;
mod scope;

pub use colour::Colours;
pub use look::Look;
pub use read::Theme;
pub use scope::Scope;

use super::{counted::Counted, shelf::Shelf};
use std::path::Path;

/// The shipped themes: name and text.
pub const SHIPPED: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.toml"),
    ),
    ("ansi16", include_str!("../../../themes/ansi16.toml")),
    (
        "colour-blind",
        include_str!("../../../themes/colour-blind.toml"),
    ),
];

/// The theme that holds where none is named, and where the named one cannot be read.
pub const DEFAULT: &str = "dark";

/// The themes in this folder, before those that ship.
pub fn shelf<'s>(folder: &Path, counts: &'s Counted) -> Shelf<'s, Theme> {
    Shelf {
        kind: "theme",
        folder: folder.join("themes"),
        shipped: SHIPPED,
        default: None,
        parse: Theme::parse,
        counts,
    }
}

/// The shipped theme of that name. A test holds all of them to zero mistakes.
pub fn shipped(name: &str) -> Option<Theme> {
    let counts = Counted::default();
    shelf(Path::new(""), &counts).shipped(name).ok()
}

#[cfg(test)]
mod tests;

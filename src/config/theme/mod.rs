//! Themes: which colours a meaning has. Widgets and views name a [`Scope`], never a colour.
//!
//! A theme file has a `[palette]` of colours, each with its value for 24-bit, 256-colour
//! and 16-colour terminals, and `[scopes]` of dotted names; a scope that a theme leaves
//! out looks like its parent. [`Look`] is a theme on one terminal.

mod colour;
mod glyphs;
mod look;
mod read;
mod scope;

pub use colour::Colours;
pub use look::Look;
pub use read::Theme;
pub use scope::Scope;

/// The shipped themes: name and text.
pub const SHIPPED: [(&str, &str); 2] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
];

/// The shipped theme of that name.
pub fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

#[cfg(test)]
mod tests;

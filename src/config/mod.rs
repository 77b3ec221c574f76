//! What a person can configure: themes, keymaps, the fleet, settings. Everything is
//! checked when it is read, and a mistake is told with its place and the nearest valid name.

pub mod counted;
pub mod fleet;
pub mod hook;
pub mod keymap;
pub mod load;
pub mod policy;
pub mod ring;
pub mod settings;
pub mod shelf;
pub mod theme;
pub mod toml;

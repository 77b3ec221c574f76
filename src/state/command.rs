//! The command table: everything that a key, the palette or the mouse can ask for.
//! Hints, help, palette and keymaps all come from it.

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// End the program.
    Quit,
}

//! Keys: their grammar, what they mean in which mode, and the way from the terminal's events
//! to messages.
//!
//! Terminal types (`KeyCode`) end here: everything further in speaks of commands and edits
//! (ARCHITECTURE.md, direction 3). Nothing here does I/O.

mod key;
mod resolver;
mod trie;

pub use key::{Key, KeyError, Named};
pub use resolver::{Input, Resolver};
pub use trie::{Entry, Keymap, Layer, Lookup, Node};

//! The console's state: the model, what happens to it, and what it wants done.
//!
//! `update` is the only writer of the model. Nothing here does I/O, reads a clock, draws
//! or knows a key; it imports `ocdeck_domain` only (ARCHITECTURE.md, direction 2).

pub mod command;
pub mod effect;
pub mod msg;

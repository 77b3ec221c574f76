//! The worker: backup and restore in a process of their own, so that they can be stopped,
//! and a panic or a leak of the library harms nobody else.
//!
//! Owns the process's standard input and output. The agent spawns it and reads the events.

mod cancel;
mod emit;
pub mod protocol;
mod serve;

pub use cancel::Cancel;
pub use emit::Emit;
pub use serve::run;

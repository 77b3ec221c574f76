//! The pure rules of a backup operations center.
//!
//! No I/O, no clock, no async, no terminal: times and new ids come in as values
//! (ARCHITECTURE.md, direction 1). The rules' numbers are in `policy.toml`.

pub mod alert;
pub mod book;
pub mod calendar;
pub mod clock;
pub mod directory;
pub mod facts;
pub mod fleet;
pub mod handover;
pub mod hook;
pub mod ids;
pub mod incident;
pub mod journal;
pub mod near;
pub mod policy;
pub mod priority;
pub mod restore;
pub mod shift;
pub mod sweep;
pub mod text;
pub mod words;

//! The console's state: the model, what happens to it, and what it wants done.
//!
//! `update` is the only writer of the model. Nothing here does I/O, reads a clock, draws
//! or knows a key; it imports `ocdeck_domain` only (ARCHITECTURE.md, direction 2).

pub mod alerts;
mod answered;
pub mod clocks;
pub mod command;
pub mod config;
pub mod directory;
pub mod drafts;
pub mod effect;
pub mod escalation;
pub mod find;
pub mod fleet;
pub mod form;
mod gathered;
pub mod hints;
pub mod incidents;
pub mod keeper;
mod known;
pub mod line;
pub mod lists;
pub mod model;
pub mod msg;
pub mod note;
pub mod overlay;
pub mod pending;
pub mod requests;
mod rows;
pub mod shift;
pub mod sweep;
pub mod tree;
mod until;
mod update;
pub mod wizard;
pub mod words;

pub use model::{Env, Model, Start};
pub use update::update;

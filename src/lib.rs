//! The console of a backup operations center.

pub mod cli;
pub mod config;
pub mod desk;
pub mod fleet;
pub mod input;
pub mod shell;
pub mod state;
pub mod view;

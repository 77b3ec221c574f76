//! The console of a backup operations center.

pub mod config;
pub mod desk;
pub mod fleet;
pub mod state;

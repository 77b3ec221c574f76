//! The console of a backup operations center.

pub mod desk;
pub mod state;

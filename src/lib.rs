//! The console of a backup operations center.

pub mod state;

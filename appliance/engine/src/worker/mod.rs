//! The worker: backup and restore in a process of their own.

pub mod protocol;

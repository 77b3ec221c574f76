//! The engine: restic repositories through `rustic_core`, our own restore loop, and the
//! worker process. Every call of `rustic_core` stands in this crate, because its
//! generics make whoever calls it slow to compile.
//!
//! Everything here blocks; the agent calls it off its async threads.

mod alone;
pub mod backup;
pub mod catalog;
pub mod place;
pub mod plan;
pub mod repo;
pub mod restore;
#[cfg(test)]
pub(crate) mod testing;
pub mod worker;

//! The worker: backup and restore in a process of their own.

mod cancel;
mod emit;
pub mod protocol;

pub use cancel::Cancel;
pub use emit::Emit;

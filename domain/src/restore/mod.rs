//! Restore requests: what is asked, what is ordered, and the fold of what happened.

mod order;

pub use order::{Order, OverwritePolicy, Target};

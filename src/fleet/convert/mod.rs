//! Wire ↔ domain: the only place of the console where generated types become facts.
//!
//! What comes in was written by another machine: an absent, oversized or impossible thing is
//! a [`Malformed`] of that one entity, never a panic and never a zero in its stead. Texts
//! are bounded and stripped of what could move a terminal's cursor. Numbers of enums are
//! read raw, and what this build does not know stays `Unknown(n)`.

mod answers;
mod bounds;
mod calls;
mod facts;

pub(super) use answers::{
    description, entry, hit, log_line, plan, plan_entry, point, searched, unread, version,
};
pub(super) use bounds::{clean, time};
pub(super) use calls::{approval, dispatch, intent, order, rejection};
pub(super) use facts::attempt;
pub use facts::fact;

/// Why something from the wire is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {why}")]
pub struct Malformed {
    /// The field, as the `.proto` spells it.
    pub field: &'static str,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Malformed {
    fn new(field: &'static str, why: &'static str) -> Self {
        Self { field, why }
    }

    fn absent(field: &'static str) -> Self {
        Self::new(field, "is missing")
    }
}

#[cfg(test)]
mod tests;

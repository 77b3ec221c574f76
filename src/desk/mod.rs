//! The desk: what people decide and what was witnessed, kept where no console can lose it.
//!
//! [`Store`] is what a desk's store can do; [`open`] opens the one that stands at a [`Place`].
//! [`Desk`] runs a store on a thread of its own, so that a slow disk never holds the screen. The
//! store keeps records without understanding them: what they mean is folded in `ocdeck_domain`.

pub mod chain;
mod clock;
pub mod dump;
mod error;
mod examine;
pub mod folder;
mod place;
pub mod postgres;
mod spool;
mod sqlite;
mod store;
mod verify;
mod worker;

#[cfg(test)]
pub(crate) use sqlite::tests::next_program;

pub use clock::{Base, Clock};
pub use error::{Cause, StoreError};
pub use examine::{Examination, examine};
pub use place::{FILE, Outdated, Place, Steps, Who, migrate, open, outdated};
pub use postgres::{Postgres, Unlike};
pub use spool::Spool;
pub use sqlite::Sqlite;
pub use store::{About, Access, Drafts, Guards, Item, Past, Picture, Session, Store};
pub use verify::{Finding, Verdict, verify, verify_while};
pub use worker::{Desk, DeskEvent, Left, RECENT, Setup};

//! What the appliance knows: facts with revisions, their subscribers, and the SQLite file
//! that sessions, alerts, restores, logs and the audit survive in.
//!
//! Everything goes through [`Facts`]: the work of the appliance writes it, the services read it.
//! It decides nothing about the work and nothing about who may call; it only keeps, orders and
//! filters. A fact is written to disk before anyone is told.

mod error;
mod facts;
mod feed;
mod reads;
mod scope;
mod store;
mod subscription;
#[cfg(test)]
mod tests;

pub use error::StateError;
pub use facts::{Clock, Facts, Recorded};
pub use scope::{Scope, TenantRule, Tenants};
pub use store::{AuditEntry, AuditRecord, SessionPage};
pub use subscription::{Body, Message, Place, Subscription};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a holder panicked: what is behind these locks is replaced whole, so
/// that it is never half written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

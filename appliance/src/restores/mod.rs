//! Restores: planned, ordered once and only once, carried out, told truthfully.
//!
//! Owns the life of an attempt from its dispatch to its end. What is written to disk, and
//! how, is the engine's; where it may be written is decided in [`places`].

mod approval;
mod dispatch;
pub mod places;
mod plan;
mod plans;
mod run;

pub(crate) use plans::Plans;

use crate::schedule::queue::What;
use ocdeck_domain::{facts::RestoreAttempt, restore::Target};

/// What an attempt says that was cut off.
pub(crate) const INTERRUPTED: &str = "the appliance stopped in the middle; \
    continue it, what is written and synced is not written again";

/// An attempt as the queue knows it.
pub(crate) fn what(restore: &RestoreAttempt) -> What {
    let mut systems = vec![restore.order.system.clone()];
    if let Target::OtherSystem(other) = &restore.order.target {
        systems.push(other.clone());
    }
    What::Restore {
        request: restore.request,
        attempt: restore.attempt,
        reference: restore.reference.clone(),
        priority: restore.priority,
        systems,
    }
}

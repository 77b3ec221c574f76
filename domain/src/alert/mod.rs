//! The life of an alert (`[alert_life]` of the policy): raised, acknowledged, in progress, resolved, closed; beside
//! it owned, snoozed, reopened. The appliance says what happened; what people decide about it
//! is folded from the desk, one [`Life`] for each raising ([`crate::ids::Episode`]).

mod event;
pub mod guide;
mod life;
mod lost;
pub mod may;
mod policy;

pub use event::{Event, KIND_VERSION};
pub use life::{Acknowledged, End, Left, Life, Moment, Notified, Resolved, Snoozed, State};
pub use lost::{LINK_LOST, is_link_lost, link_lost, link_lost_id};
pub use policy::LifePolicy;

#[cfg(test)]
mod tests;

//! The clock rail: one chip for each restore request whose clock runs.

use super::model::Model;
use chrono::TimeDelta;
use ocdeck_domain::{
    calendar::Hours,
    clock::{Clock, Heat},
    ids::{Reference, RequestId, TenantId},
    priority::Priority,
};
use std::sync::Arc;

/// A chip of the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// The request.
    pub request: RequestId,
    /// Its number.
    pub reference: Option<Reference>,
    /// The clock that runs.
    pub clock: Clock,
    /// Time left; negative once breached.
    pub left: TimeDelta,
    /// Share of its time that is left, 0 to 100.
    pub percent: u8,
    /// How it looks.
    pub heat: Heat,
    /// "acme/erp01", as far as it is known.
    pub place: String,
    /// Who works on it; `None`: unclaimed.
    pub owner: Option<String>,
}

impl Chip {
    /// Its priority.
    pub fn priority(&self) -> Priority {
        self.clock.priority
    }
}

impl Model {
    /// The business hours of a tenant; of the provider for `None`.
    pub fn hours(&self, tenant: Option<&TenantId>) -> Hours {
        // A policy without hours is refused where it is read.
        self.policy
            .calendar()
            .map_or(Hours::AroundTheClock, |usual| {
                self.directory.hours_of(tenant, &Arc::new(usual))
            })
    }

    /// The chips, the most urgent first: breached ones, then by time left.
    pub fn rail(&self) -> Vec<Chip> {
        let mut chips: Vec<Chip> = self
            .requests
            .open()
            .filter_map(|id| self.chip(id))
            .collect();
        chips.sort_by_key(|chip| (chip.heat != Heat::Breached, chip.left, chip.request));
        chips
    }

    /// The chip of a request whose clock runs.
    pub fn chip(&self, id: RequestId) -> Option<Chip> {
        let request = self.requests.get(id)?;
        let clock = request.running_clock(&self.policy)?;
        Some(Chip {
            request: id,
            reference: request.reference,
            left: clock.left(self.now),
            percent: clock.percent_left(self.now),
            heat: clock.heat(self.now, &self.policy.clock),
            clock,
            place: self.request_place(id),
            owner: (!request.owner.is_empty()).then(|| request.owner.clone()),
        })
    }
}

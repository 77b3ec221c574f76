//! Whose hours count: calendars of tenants and of the provider.

use super::{Contact, Directory, Node};
use crate::{
    calendar::{Calendar, Hours},
    ids::{CalendarId, TenantId},
};
use chrono_tz::Tz;
use std::sync::Arc;

impl Directory {
    /// A calendar.
    pub fn calendar(&self, id: &CalendarId) -> Option<&Arc<Calendar>> {
        self.calendars.get(id)
    }

    /// All calendars.
    pub fn calendars(&self) -> impl Iterator<Item = &Arc<Calendar>> {
        self.calendars.values()
    }

    /// The calendar that a tenant names; none: that of the policy counts
    /// ([`crate::policy::Policy::calendar`]).
    pub fn calendar_of(&self, tenant: &TenantId) -> Option<&Arc<Calendar>> {
        self.calendars
            .get(self.tenants.get(tenant)?.calendar.as_ref()?)
    }

    /// The zone of a tenant; of the provider for `None`.
    pub fn zone_of(&self, tenant: Option<&TenantId>) -> Tz {
        let provider = || match self.children(None).first() {
            Some(Node::Party(id)) => self.parties.get(id).map(|party| party.time_zone),
            _ => None,
        };
        tenant
            .and_then(|id| self.tenants.get(id))
            .map(|tenant| tenant.time_zone)
            .or_else(provider)
            .unwrap_or(Tz::UTC)
    }

    /// The business hours of a tenant in its zone; of the provider for `None`. `usual` are
    /// the hours of whoever names no calendar.
    pub fn hours_of(&self, tenant: Option<&TenantId>, usual: &Arc<Calendar>) -> Hours {
        let own = tenant.and_then(|id| self.calendar_of(id));
        Hours::of(own.unwrap_or(usual), self.zone_of(tenant))
    }

    /// The persons of a tenant in the order in which they are called when something is
    /// urgent; those without a place come last, as the file has them.
    pub fn escalation_of(&self, tenant: &TenantId) -> Vec<&Contact> {
        let mut contacts: Vec<&Contact> = self
            .contacts
            .iter()
            .filter(|contact| &contact.tenant == tenant)
            .collect();
        contacts.sort_by_key(|contact| contact.escalation.unwrap_or(u32::MAX));
        contacts
    }
}

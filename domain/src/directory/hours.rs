//! Whose hours counted when: the business hours of each tenant as the revisions changed them. Kept is
//! what a revision changes: it costs memory for changes, not for revisions.

use crate::{
    calendar::{Calendar, Hours},
    fleet::Directory,
    ids::{CalendarId, TenantId},
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The hours of a tenant, or of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    /// The calendar that it names; `None`: that of the policy counts.
    calendar: Option<Arc<Calendar>>,
    zone: Tz,
}

/// Business hours by tenant, each since a place in the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendars {
    /// By tenant, the provider under `None`: the place of the record that changed it, the oldest
    /// first, and what counts behind it; `None`: the directory did not have it then.
    since: BTreeMap<Option<TenantId>, Vec<(u64, Option<Own>)>>,
}

/// What a revision changes of the hours, as it is written: only that.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// The calendars that are named below.
    calendars: Vec<Calendar>,
    tenants: Vec<ChangedHours>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ChangedHours {
    /// Whose; `None`: the provider's.
    tenant: Option<TenantId>,
    /// `None`: the directory does not have it any more.
    zone: Option<Tz>,
    calendar: Option<CalendarId>,
}

impl Calendars {
    /// What a directory says, from the record with this place in the journal on.
    pub fn put(&mut self, seq: u64, directory: &Directory) {
        self.take(seq, self.changed(directory));
    }

    /// What a directory changes.
    pub fn changed(&self, directory: &Directory) -> Changed {
        let mut changed = Changed::default();
        let mut all: BTreeSet<Option<TenantId>> = self.since.keys().cloned().collect();
        all.extend(directory.tenants().map(|tenant| Some(tenant.id.clone())));
        all.insert(None);
        for tenant in all {
            let own = own(directory, tenant.as_ref());
            let before = self.since.get(&tenant).and_then(|since| since.last());
            if before.and_then(|(_, own)| own.as_ref()) == own.as_ref() {
                continue;
            }
            let calendar = own.as_ref().and_then(|own| own.calendar.as_deref());
            let known =
                |calendar: &&Calendar| changed.calendars.iter().all(|c| c.id() != calendar.id());
            let new = calendar.filter(known).cloned();
            changed.tenants.push(ChangedHours {
                tenant,
                zone: own.as_ref().map(|own| own.zone),
                calendar: calendar.map(|calendar| calendar.id().clone()),
            });
            changed.calendars.extend(new);
        }
        changed
    }

    /// Takes up what the revision in the record with this place in the journal changed.
    pub fn take(&mut self, seq: u64, changed: Changed) {
        let calendars = changed.calendars.into_iter().map(Arc::new);
        let calendars: BTreeMap<CalendarId, Arc<Calendar>> = calendars
            .map(|calendar| (calendar.id().clone(), calendar))
            .collect();
        for ChangedHours {
            tenant,
            zone,
            calendar,
        } in changed.tenants
        {
            let calendar = calendar.and_then(|id| calendars.get(&id).cloned());
            let own = zone.map(|zone| Own { calendar, zone });
            self.since.entry(tenant).or_default().push((seq, own));
        }
    }

    /// The hours that counted when the record with this place in the journal came, of a tenant or of
    /// the provider; `usual` are those of whoever names no calendar.
    pub fn at(&self, seq: u64, tenant: Option<&TenantId>, usual: &Arc<Calendar>) -> Hours {
        let own = self.own(seq, tenant);
        let calendar = own.and_then(|own| own.calendar.as_ref()).unwrap_or(usual);
        // A tenant that the directory did not have: as the directory says of such a one.
        let zone = own
            .or_else(|| self.own(seq, None))
            .map_or(Tz::UTC, |own| own.zone);
        Hours::of(calendar, zone)
    }

    fn own(&self, seq: u64, tenant: Option<&TenantId>) -> Option<&Own> {
        let since = self.since.get(&tenant.cloned())?;
        let behind = since.partition_point(|(at, _)| *at < seq);
        since.get(behind.checked_sub(1)?)?.1.as_ref()
    }

    /// How many changes are kept.
    pub fn len(&self) -> usize {
        self.since.values().map(Vec::len).sum()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.since.is_empty()
    }
}

/// What a directory says of a tenant, or of the provider.
fn own(directory: &Directory, tenant: Option<&TenantId>) -> Option<Own> {
    if tenant.is_some_and(|id| directory.tenant(id).is_none()) {
        return None;
    }
    Some(Own {
        calendar: tenant.and_then(|id| directory.calendar_of(id)).cloned(),
        zone: directory.zone_of(tenant),
    })
}

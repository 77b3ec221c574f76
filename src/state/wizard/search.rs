//! Who calls and which system: over the whole directory, the caller's tenant first.

use super::{Caller, ContactMatch, SystemMatch, Wizard};
use crate::state::{
    find::{Fit, fit, fits_number},
    fleet::FleetStore,
};
use ocdeck_domain::{
    facts::System,
    fleet::{Contact, Directory},
    ids::{On, SystemId, TenantId},
};
use std::{cmp::Reverse, collections::BTreeSet};

/// How many matches are kept.
const SHOWN: usize = 50;

fn fit_system(query: &str, tenant: &str, system: &System) -> Option<Fit> {
    let name = fit(query, &system.name);
    let others = system.aliases.iter().filter_map(|alias| fit(query, alias));
    let with_tenant = fit(query, &format!("{tenant} {}", system.name));
    let best = others
        .chain(with_tenant)
        .map(|f| f.score)
        .max()
        .unwrap_or(0);
    match name {
        Some(name) if name.score >= best => Some(name),
        name if best > 0 => Some(Fit {
            score: best,
            matched: name.map(|n| n.matched).unwrap_or_default(),
        }),
        name => name,
    }
}

/// Contacts that fit what was typed: by name, number, tenant, system or alias.
pub(super) fn contacts(
    query: &str,
    directory: &Directory,
    fleet: &FleetStore,
) -> Vec<ContactMatch> {
    if query.trim().is_empty() {
        return Vec::new();
    }
    let systems: Vec<(On<SystemId>, &System, u32)> = fleet
        .systems()
        .filter_map(|(id, system)| {
            let best = std::iter::once(&system.name)
                .chain(&system.aliases)
                .filter_map(|n| fit(query, n));
            Some((id, system, best.map(|f| f.score).max()?))
        })
        .filter(|(_, _, score)| *score >= 100)
        .collect();
    let troubled: BTreeSet<TenantId> = fleet
        .systems()
        .filter(|(_, s)| s.trouble.is_some())
        .map(|(_, s)| s.tenant.clone())
        .collect();
    let mut found: Vec<(u32, ContactMatch)> = directory
        .contacts()
        .iter()
        .filter_map(|contact| {
            let (score, by_system, matched) = fit_contact(query, contact, directory, &systems)?;
            Some((
                score,
                ContactMatch {
                    contact: contact.clone(),
                    by_system,
                    matched,
                },
            ))
        })
        .collect();
    found.sort_by_cached_key(|(score, m)| {
        let c = &m.contact;
        (
            Reverse(*score / 100),
            !troubled.contains(&c.tenant),
            !c.may_request,
            Reverse(*score),
            c.name.clone(),
        )
    });
    found.into_iter().take(SHOWN).map(|(_, m)| m).collect()
}

type ContactFit = (u32, Option<On<SystemId>>, Vec<usize>);

fn fit_contact(
    query: &str,
    contact: &Contact,
    directory: &Directory,
    systems: &[(On<SystemId>, &System, u32)],
) -> Option<ContactFit> {
    if fits_number(query, &contact.phone) {
        return Some((300, None, Vec::new()));
    }
    let tenant = directory.tenant_name(&contact.tenant);
    let name = fit(query, &contact.name);
    let with_tenant = fit(query, &format!("{} {tenant}", contact.name)).map(|f| f.score);
    let by_system = systems
        .iter()
        .filter(|(_, s, _)| s.tenant == contact.tenant)
        .max_by_key(|(_, _, score)| *score);
    let system_score = by_system.map_or(0, |(_, _, score)| score - 50);
    let name_score = name.as_ref().map(|f| f.score).max(with_tenant).unwrap_or(0);
    if name_score == 0 && system_score == 0 {
        return None;
    }
    if system_score > name_score {
        return Some((
            system_score,
            by_system.map(|(id, _, _)| id.clone()),
            Vec::new(),
        ));
    }
    Some((
        name_score,
        None,
        name.map(|f| f.matched).unwrap_or_default(),
    ))
}

/// Systems that fit what was typed; nothing typed: the caller's, those in trouble first.
pub(super) fn systems(
    query: &str,
    tenant: Option<&TenantId>,
    directory: &Directory,
    fleet: &FleetStore,
) -> Vec<SystemMatch> {
    let all = query.trim().is_empty();
    let mut found: Vec<_> = fleet
        .systems()
        .filter(|(_, system)| !all || tenant.is_none_or(|t| &system.tenant == t))
        .filter_map(|(id, system)| {
            let fit = fit_system(query, directory.tenant_name(&system.tenant), system);
            let fit = if all {
                Fit {
                    score: 1,
                    matched: Vec::new(),
                }
            } else {
                fit?
            };
            let callers = tenant.is_some_and(|t| t == &system.tenant);
            // Letters in order anywhere in the fleet are noise once the caller's own fit.
            Some((
                fit.score,
                system,
                SystemMatch {
                    system: id,
                    tenant: system.tenant.clone(),
                    callers,
                    matched: fit.matched,
                },
            ))
        })
        .collect();
    found.sort_by_cached_key(|(score, system, m)| {
        (
            !m.callers,
            Reverse(*score),
            system.trouble.is_none(),
            system.name.clone(),
            m.system.clone(),
        )
    });
    found.into_iter().take(SHOWN).map(|(_, _, m)| m).collect()
}

impl Wizard {
    /// The tenant: of the system, else of the caller.
    pub fn tenant(&self, fleet: &FleetStore) -> Option<TenantId> {
        let of_system = self
            .system
            .as_ref()
            .and_then(|id| Some(fleet.system(id)?.tenant.clone()));
        of_system.or_else(|| {
            self.caller
                .as_ref()
                .and_then(Caller::contact)
                .map(|c| c.tenant.clone())
        })
    }

    /// Find contacts anew.
    pub(crate) fn refresh_contacts(&mut self, directory: &Directory, fleet: &FleetStore) {
        self.contacts = contacts(&self.text(super::Field::Caller), directory, fleet);
        self.contact_selected = self
            .contact_selected
            .min(self.contacts.len().saturating_sub(1));
    }

    /// Find systems anew; the selection stays on its system while that fits.
    pub(crate) fn refresh_systems(&mut self, directory: &Directory, fleet: &FleetStore) {
        let selected = self
            .systems
            .get(self.system_selected)
            .map(|m| m.system.clone());
        let tenant = self
            .caller
            .as_ref()
            .and_then(Caller::contact)
            .map(|c| c.tenant.clone());
        self.systems = systems(
            &self.text(super::Field::System),
            tenant.as_ref(),
            directory,
            fleet,
        );
        self.system_selected = self
            .systems
            .iter()
            .position(|m| Some(&m.system) == selected.as_ref())
            .unwrap_or(0);
    }
}

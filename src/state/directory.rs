//! The revisions of the directory and the policy that the desk keeps: which one is in force, and
//! which one a clock started under.

use super::{alerts::Known, model::Model};
use ocdeck_domain::{
    calendar::Hours,
    directory::{Calendars, Revision},
    fleet::{Appliance, Directory, Link},
    ids::{ApplianceId, TenantId},
    incident::Incident,
    policy::Policy,
    restore::Request,
};
use std::{collections::BTreeMap, sync::Arc};

/// What this console started with, and the policies of the desk's revisions.
#[derive(Clone, Debug)]
pub(super) struct Revised {
    /// The numbers without a desk's directory.
    pub(super) shipped: Policy,
    /// Where this console's own file says that appliances are.
    pub(super) local: Links,
    /// The links that are wanted now.
    pub(super) links: Links,
    /// The business hours of that file: those of clocks that started before the first revision.
    pub(super) own: Calendars,
    /// By the number of the revision; those with the same numbers share them.
    pub(super) policies: BTreeMap<u32, Arc<Policy>>,
    /// The revision in force; 0: none.
    pub(super) current: u32,
}

/// Links by their appliance.
pub(super) type Links = BTreeMap<ApplianceId, Link>;

fn by_appliance(links: impl Iterator<Item = Link>) -> Links {
    links.map(|link| (link.appliance.clone(), link)).collect()
}

impl Revised {
    pub(super) fn new(policy: &Policy, directory: &Directory) -> Self {
        let mut own = Calendars::default();
        own.put(0, directory);
        Self {
            own,
            shipped: policy.clone(),
            local: by_appliance(directory.links()),
            links: by_appliance(directory.links()),
            policies: BTreeMap::new(),
            current: 0,
        }
    }

    /// Reads the numbers of the revisions that came since.
    pub(super) fn read_policies(&mut self, revisions: &[Revision]) {
        let known = self.policies.len();
        for (at, revision) in revisions.iter().enumerate().skip(known) {
            let before = at.checked_sub(1).and_then(|at| revisions.get(at));
            let same = before.filter(|before| Arc::ptr_eq(&before.policy, &revision.policy));
            let same = same.and_then(|before| self.policies.get(&before.number));
            let policy = same.cloned().unwrap_or_else(|| {
                let policy = self.shipped.with(&revision.policy);
                Arc::new(policy.unwrap_or_else(|_| self.shipped.clone()))
            });
            self.policies.insert(revision.number, policy);
        }
    }

    /// The links to the appliances of a directory: by its address, which counts for all consoles,
    /// else by the one that this console's own file has.
    pub(super) fn links_to(&self, directory: &Directory) -> Links {
        let link = |appliance: &Appliance| {
            let local = || self.local.get(&appliance.id).cloned();
            appliance.link().or_else(local)
        };
        by_appliance(directory.appliances().filter_map(link))
    }
}

impl Model {
    /// The numbers that were in force when the record with this place in the journal was
    /// written; `None`: those of now.
    pub fn policy_at(&self, seq: Option<u64>) -> &Policy {
        let Some(seq) = seq else {
            return &self.policy;
        };
        let revision = self.book.directory.at(seq);
        revision
            .and_then(|revision| self.revised.policies.get(&revision.number))
            .map_or(&self.revised.shipped, |policy| policy)
    }

    /// The business hours of a tenant, of the provider for `None`, that counted when the record with
    /// this place in the journal was written; `None`: those of now.
    pub fn hours_at(&self, seq: Option<u64>, tenant: Option<&TenantId>) -> Hours {
        // A policy without hours is refused where it is read.
        let Ok(usual) = self.policy_at(seq).calendar().map(Arc::new) else {
            return Hours::AroundTheClock;
        };
        let revisions = &self.book.directory;
        match seq {
            None => self.directory.hours_of(tenant, &usual),
            Some(seq) if revisions.at(seq).is_none() => self.revised.own.at(seq, tenant, &usual),
            Some(seq) => revisions.calendars().at(seq, tenant, &usual),
        }
    }

    /// The numbers that a request's clocks started under.
    pub fn policy_of(&self, request: &Request) -> &Policy {
        self.policy_at(request.started)
    }

    /// The numbers that an incident's clocks started under.
    pub fn policy_of_incident(&self, incident: &Incident) -> &Policy {
        self.policy_at(incident.began)
    }

    /// The numbers that an alert's clock started under; of one that is not on the desk yet
    /// those of now.
    pub fn policy_of_alert(&self, alert: &Known<'_>) -> &Policy {
        self.policy_at(alert.life.and_then(|life| life.began))
    }

    /// The revision that a clock started under, if a newer one is in force by now.
    pub fn older_policy_words(&self, seq: Option<u64>) -> Option<String> {
        let seq = seq?;
        let current = self.book.directory.current()?;
        match self.book.directory.at(seq) {
            Some(revision) if revision.number == current.number => None,
            Some(_) => self.policy_words(Some(seq)),
            None => Some("policy of before the first revision".to_owned()),
        }
    }

    /// The revision of these: `policy revision 3 of 2026-11-02 by eva`; `None`: it is what
    /// ships.
    pub fn policy_words(&self, seq: Option<u64>) -> Option<String> {
        let revision = match seq {
            Some(seq) => self.book.directory.at(seq),
            None => self.book.directory.current(),
        };
        let Revision {
            number, at, author, ..
        } = revision?;
        let date = at.with_timezone(&self.me.zone).format("%Y-%m-%d");
        Some(format!("policy revision {number} of {date} by {author}"))
    }
}

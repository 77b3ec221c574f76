//! What needs a person, and what runs full, kept in order for every node of the tree: a screen
//! shows the first of thousands and must not look through all of them.

use super::{ApplianceState, LinkState};
use crate::state::{lists::JobClass, words::percent};
use ocdeck_domain::{
    facts::{Job, Repository, System, Time},
    ids::{ApplianceId, JobId, RepositoryId, SystemId, TenantId},
};
use std::{cmp::Reverse, collections::BTreeSet};

/// Something that needs a person. The worst stands first, of two alike the older one; what is
/// not known to be old stands behind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A system that is lost.
    Lost {
        /// Whose.
        tenant: TenantId,
        /// Its name.
        name: String,
        /// On which appliance.
        on: ApplianceId,
        /// Its id there.
        system: SystemId,
    },
    /// An appliance whose link is gone.
    Down {
        /// Since when.
        since: Time,
        /// Which.
        on: ApplianceId,
    },
    /// A job whose last session failed.
    Failed(JobNeed),
    /// An appliance that was not heard for a while.
    Stale {
        /// Since when.
        since: Time,
        /// Which.
        on: ApplianceId,
    },
    /// A job whose last session ended with warnings.
    Warning(JobNeed),
}

/// A job that needs a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobNeed {
    /// When its last session ended.
    pub ended: Ended,
    /// Whose it is.
    pub tenant: TenantId,
    /// Which job.
    pub job: JobId,
    /// On which appliance.
    pub on: ApplianceId,
}

/// When something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// Then.
    At(Time),
    /// It is not known.
    Unknown,
}

impl Need {
    /// Whose it is; `None`: of a whole appliance.
    pub(in crate::state) fn tenant(&self) -> Option<&TenantId> {
        match self {
            Self::Lost { tenant, .. } => Some(tenant),
            Self::Failed(job) | Self::Warning(job) => Some(&job.tenant),
            Self::Down { .. } | Self::Stale { .. } => None,
        }
    }

    /// Since when it is so, where that is known.
    pub fn since(&self) -> Option<Time> {
        match self {
            Self::Lost { .. } => None,
            Self::Down { since, .. } | Self::Stale { since, .. } => Some(*since),
            Self::Failed(job) | Self::Warning(job) => match job.ended {
                Ended::At(at) => Some(at),
                Ended::Unknown => None,
            },
        }
    }
}

/// What needs a person below a node, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    all: BTreeSet<Need>,
    warnings: usize,
    stale: usize,
}

/// At a node of which nothing is known nothing needs anybody.
pub(super) static NONE: Needs = Needs {
    all: BTreeSet::new(),
    warnings: 0,
    stale: 0,
};

impl Needs {
    /// The worst first.
    pub fn iter(&self) -> impl Iterator<Item = &Need> {
        self.all.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Jobs with warnings.
    pub fn warnings(&self) -> usize {
        self.warnings
    }

    /// Appliances that were not heard for a while.
    pub fn stale(&self) -> usize {
        self.stale
    }

    /// What is lost, gone or failed.
    pub fn bad(&self) -> usize {
        self.len().saturating_sub(self.warnings + self.stale)
    }

    fn count(&mut self, need: &Need) -> Option<&mut usize> {
        match need {
            Need::Warning(_) => Some(&mut self.warnings),
            Need::Stale { .. } => Some(&mut self.stale),
            Need::Lost { .. } | Need::Down { .. } | Need::Failed(_) => None,
        }
    }

    pub(super) fn put(&mut self, need: Need) {
        if !self.all.contains(&need) {
            if let Some(count) = self.count(&need) {
                *count += 1;
            }
            self.all.insert(need);
        }
    }

    pub(super) fn take(&mut self, need: &Need) {
        if self.all.remove(need)
            && let Some(count) = self.count(need)
        {
            *count = count.saturating_sub(1);
        }
    }
}

/// A repository by how full it is: one that cannot be read first, then the fullest.
pub(super) type Fill = (Reverse<(bool, u64)>, ApplianceId, RepositoryId);

/// The place of a repository among others.
pub(super) fn fill(on: &ApplianceId, repository: &Repository) -> Fill {
    let used = percent(repository.used, repository.capacity);
    let full = Reverse((repository.offline.is_some(), used));
    (full, on.clone(), repository.id.clone())
}

/// How an appliance is, the worst first: by its link, and by the worst of its jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Its link is gone.
    Down,
    /// It was not heard for a while.
    Stale,
    /// A job failed, or a system is lost.
    Failed,
    /// A job ended with warnings.
    Warning,
    /// It was never heard.
    Unheard,
    /// All is well.
    Well,
}

impl Health {
    /// All of them, the worst first.
    pub const ALL: [Self; 6] = [
        Self::Down,
        Self::Stale,
        Self::Failed,
        Self::Warning,
        Self::Unheard,
        Self::Well,
    ];
}

impl ApplianceState {
    /// How it is.
    pub fn health(&self) -> Health {
        let has = |class| self.counts.class(class) > 0;
        match self.link {
            LinkState::Down { .. } => Health::Down,
            LinkState::Stale => Health::Stale,
            LinkState::Dialling => Health::Unheard,
            LinkState::Live if self.troubled() > 0 || has(JobClass::Failed) => Health::Failed,
            LinkState::Live if has(JobClass::Warning) => Health::Warning,
            LinkState::Live => Health::Well,
        }
    }

    /// What a job wants of a person while the link is as it is.
    pub(super) fn need_of_job(&self, on: &ApplianceId, job: &Job) -> Option<Need> {
        let need = match self.class(job) {
            JobClass::Failed => Need::Failed,
            JobClass::Warning => Need::Warning,
            _ => return None,
        };
        Some(need(JobNeed {
            ended: job.last_end.map_or(Ended::Unknown, Ended::At),
            tenant: job.tenant.clone(),
            job: job.id.clone(),
            on: on.clone(),
        }))
    }

    /// What a system wants of a person while the link is as it is.
    pub(super) fn need_of_system(&self, on: &ApplianceId, system: &System) -> Option<Need> {
        let lost = system.trouble.is_some() && self.link == LinkState::Live;
        lost.then(|| Need::Lost {
            tenant: system.tenant.clone(),
            name: system.name.clone(),
            on: on.clone(),
            system: system.id.clone(),
        })
    }

    /// Everything that it wants of a person.
    pub(in crate::state) fn needs(&self, on: &ApplianceId) -> Vec<Need> {
        let (since, id) = (self.since, on.clone());
        match self.link {
            LinkState::Live => {}
            LinkState::Dialling => return Vec::new(),
            LinkState::Down { .. } => return vec![Need::Down { since, on: id }],
            LinkState::Stale => return vec![Need::Stale { since, on: id }],
        }
        let systems = self.systems.values().filter(|_| self.troubled() > 0);
        let lost = systems.filter_map(|system| self.need_of_system(on, system));
        let jobs = self.jobs.values();
        lost.chain(jobs.filter_map(|job| self.need_of_job(on, job)))
            .collect()
    }
}

//! One appliance: its link and what it told.

use super::RollUp;
use crate::state::lists::{JobClass, JobKey};
use ocdeck_domain::{
    facts::{
        Alert, Description, Job, JobState, Quota, Repository, RestoreAttempt, Session,
        SessionResult, System, Time,
    },
    ids::{AlertId, JobId, RepositoryId, RequestId, SessionId, SystemId, TenantId},
};
use std::{collections::BTreeMap, sync::Arc};

/// A link to an appliance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It is being dialled for the first time, or again.
    Dialling,
    /// `Describe` was answered and the stream is heard.
    Live,
    /// Nothing was heard for 2.5 heartbeats.
    Stale,
    /// Gone.
    Down {
        /// Why, in words that say what to do.
        why: String,
        /// When the next dial is due.
        retry_at: Time,
    },
}

impl LinkState {
    /// Its word on screen.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dialling => "dialling",
            Self::Live => "up",
            Self::Stale => "stale",
            Self::Down { .. } => "down",
        }
    }

    /// Whether what this appliance told may be old.
    pub fn dims(&self) -> bool {
        *self != Self::Live
    }
}

/// An appliance, as its link shows it.
#[derive(Clone, Debug)]
pub struct ApplianceState {
    /// The link.
    pub link: LinkState,
    /// Since when the link is as it is.
    pub since: Time,
    /// When it was last heard; `None`: never. Everything below is as of then.
    pub heard: Option<Time>,
    /// Whether it ever told everything that it holds.
    pub told: bool,
    /// Who is there.
    pub description: Option<Box<Description>>,
    /// Its clock minus ours, in milliseconds.
    pub offset_ms: i64,
    /// Facts of it that were not accepted since its last snapshot, and what is wrong with one.
    pub odd: Option<(u64, String)>,
    /// Its repositories.
    pub repositories: BTreeMap<RepositoryId, Repository>,
    /// Quotas of tenants in them.
    pub quotas: BTreeMap<(TenantId, RepositoryId), Quota>,
    /// Its systems.
    pub systems: BTreeMap<SystemId, System>,
    /// Its jobs.
    pub jobs: BTreeMap<JobId, Job>,
    /// Its sessions, running and recent.
    pub sessions: BTreeMap<SessionId, Session>,
    /// Its alerts.
    pub alerts: BTreeMap<AlertId, Alert>,
    /// Attempts of restores.
    pub restores: BTreeMap<(RequestId, u32), RestoreAttempt>,
    /// Its jobs and alerts, counted.
    pub(super) counts: RollUp,
    /// The nodes that something of a tenant counts under here, by their numbers.
    pub(super) above: Vec<(Option<TenantId>, Arc<[usize]>)>,
    /// The nodes that it counts under itself.
    pub(super) here: Option<Arc<[usize]>>,
    /// How many of its systems are in trouble.
    troubled: usize,
}

impl ApplianceState {
    pub(super) fn new(now: Time) -> Self {
        Self {
            link: LinkState::Dialling,
            since: now,
            heard: None,
            told: false,
            description: None,
            offset_ms: 0,
            odd: None,
            repositories: BTreeMap::new(),
            quotas: BTreeMap::new(),
            systems: BTreeMap::new(),
            jobs: BTreeMap::new(),
            sessions: BTreeMap::new(),
            alerts: BTreeMap::new(),
            restores: BTreeMap::new(),
            counts: RollUp::default(),
            above: Vec::new(),
            here: None,
            troubled: 0,
        }
    }

    /// Its jobs and alerts, counted.
    pub fn counts(&self) -> &RollUp {
        &self.counts
    }

    pub(super) fn above(&self, tenant: Option<&TenantId>) -> Option<Arc<[usize]>> {
        let mut known = self.above.iter();
        let (_, numbers) = known.find(|(of, _)| of.as_ref() == tenant)?;
        Some(numbers.clone())
    }

    /// Whether a job of it was ever counted at the node of that number.
    pub(super) fn counts_at(&self, node: usize) -> bool {
        self.above.iter().any(|(_, above)| above.contains(&node))
    }

    /// How many of its systems are in trouble.
    pub fn troubled(&self) -> usize {
        self.troubled
    }

    /// Puts a system there, or takes it away; what was there.
    pub(super) fn put_system(&mut self, id: &SystemId, system: Option<System>) -> Option<System> {
        let lost = |system: Option<&System>| system.is_some_and(|s| s.trouble.is_some());
        let now = usize::from(lost(system.as_ref()));
        let was = match system {
            Some(system) => self.systems.insert(id.clone(), system),
            None => self.systems.remove(id),
        };
        self.troubled = (self.troubled + now).saturating_sub(lost(was.as_ref()).into());
        was
    }

    /// How urgently a job wants a look, as far as can be known over this link.
    pub fn class(&self, job: &Job) -> JobClass {
        Self::class_over(&self.link, job)
    }

    fn class_over(link: &LinkState, job: &Job) -> JobClass {
        if *link != LinkState::Live {
            return JobClass::Unknown;
        }
        match (job.state, job.last_result) {
            (JobState::Running, _) => JobClass::Running,
            (JobState::Waiting, _) => JobClass::Waiting,
            (JobState::Disabled, _) => JobClass::Disabled,
            (JobState::Unknown(_), _) => JobClass::Unknown,
            (JobState::Idle, Some(SessionResult::Failed)) => JobClass::Failed,
            (JobState::Idle, Some(SessionResult::Warning | SessionResult::Unknown(_))) => {
                JobClass::Warning
            }
            (JobState::Idle, _) => JobClass::Ok,
        }
    }

    /// Takes what is news of a job that stays in its place, also among what needs a person;
    /// gives back any other.
    pub(super) fn progressed(&mut self, job: Box<Job>) -> Option<Box<Job>> {
        let link = &self.link;
        let Some(there) = self.jobs.get_mut(&job.id) else {
            return Some(job);
        };
        let class = Self::class_over(link, there);
        let aged = there.last_end != job.last_end && class.needs_person();
        if aged || there.tenant != job.tenant || class != Self::class_over(link, &job) {
            return Some(job);
        }
        *there = *job;
        None
    }

    /// A job's place in the order while the link is so.
    pub(super) fn job_key_over(link: &LinkState, job: &Job) -> JobKey {
        let class = Self::class_over(link, job);
        (class, job.tenant.clone(), job.id.clone())
    }

    pub(in crate::state) fn job_key(&self, job: &Job) -> JobKey {
        Self::job_key_over(&self.link, job)
    }
}

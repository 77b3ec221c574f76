//! One appliance: its link and what it told.

use crate::state::lists::{JobClass, JobKey};
use ocdeck_domain::{
    facts::{
        Alert, Description, Job, JobState, Quota, Repository, RestoreAttempt, Session,
        SessionResult, System, Time,
    },
    ids::{AlertId, JobId, RepositoryId, RequestId, SessionId, SystemId, TenantId},
};
use std::collections::BTreeMap;

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
    /// Who is there.
    pub description: Option<Box<Description>>,
    /// Its clock minus ours, in milliseconds.
    pub offset_ms: i64,
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
}

impl ApplianceState {
    pub(super) fn new(now: Time) -> Self {
        Self {
            link: LinkState::Dialling,
            since: now,
            heard: None,
            description: None,
            offset_ms: 0,
            repositories: BTreeMap::new(),
            quotas: BTreeMap::new(),
            systems: BTreeMap::new(),
            jobs: BTreeMap::new(),
            sessions: BTreeMap::new(),
            alerts: BTreeMap::new(),
            restores: BTreeMap::new(),
        }
    }

    /// How urgently a job wants a look, as far as can be known over this link.
    pub fn class(&self, job: &Job) -> JobClass {
        if self.link != LinkState::Live {
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

    /// Takes what is news of a job that stays in its place; gives back any other.
    pub(super) fn progressed(&mut self, job: Job) -> Option<Job> {
        let stays = self.jobs.get(&job.id).is_some_and(|there| {
            there.tenant == job.tenant && self.class(there) == self.class(&job)
        });
        match self.jobs.get_mut(&job.id) {
            Some(there) if stays => {
                *there = job;
                None
            }
            _ => Some(job),
        }
    }

    pub(in crate::state) fn job_key(&self, job: &Job) -> JobKey {
        (self.class(job), job.tenant.clone(), job.id.clone())
    }
}

//! Typed reads of the state: copies, so that nobody holds a lock while thinking.

use super::{
    Facts, SessionPage, StateError,
    feed::{Key, key},
    lock,
};
use ocdeck_domain::{
    facts::{
        Alert, EntityKind, Fact, Job, Quota, Repository, RestoreAttempt, RestoreState, Session,
        System,
    },
    ids::{AlertId, JobId, RepositoryId, RequestId, SessionId, SystemId},
};
use std::collections::BTreeMap;

impl Facts {
    fn get(&self, kind: EntityKind, id: String) -> Option<Fact> {
        let found: Key = (kind, id);
        lock(&self.shared.feed)
            .get(&found)
            .map(|fact| (**fact).clone())
    }

    /// The facts that `pick` picks, by id.
    fn collect<T>(&self, pick: impl Fn(&Fact) -> Option<&T>) -> Vec<T>
    where
        T: Clone,
    {
        let feed = lock(&self.shared.feed);
        let found = feed
            .iter()
            .filter_map(|fact| Some((key(fact).1, pick(fact)?.clone())));
        let sorted: BTreeMap<String, T> = found.collect();
        sorted.into_values().collect()
    }

    /// A job.
    pub fn job(&self, id: &JobId) -> Option<Job> {
        match self.get(EntityKind::Job, id.to_string())? {
            Fact::Job(it) => Some(*it),
            _ => None,
        }
    }

    /// All jobs, by id.
    pub fn jobs(&self) -> Vec<Job> {
        self.collect(|fact| match fact {
            Fact::Job(it) => Some(&**it),
            _ => None,
        })
    }

    /// A protected system.
    pub fn system(&self, id: &SystemId) -> Option<System> {
        match self.get(EntityKind::System, id.to_string())? {
            Fact::System(it) => Some(it),
            _ => None,
        }
    }

    /// All protected systems, by id.
    pub fn systems(&self) -> Vec<System> {
        self.collect(|fact| match fact {
            Fact::System(it) => Some(it),
            _ => None,
        })
    }

    /// A repository.
    pub fn repository(&self, id: &RepositoryId) -> Option<Repository> {
        match self.get(EntityKind::Repository, id.to_string())? {
            Fact::Repository(it) => Some(it),
            _ => None,
        }
    }

    /// All repositories, by id.
    pub fn repositories(&self) -> Vec<Repository> {
        self.collect(|fact| match fact {
            Fact::Repository(it) => Some(it),
            _ => None,
        })
    }

    /// All quotas, by tenant and repository.
    pub fn quotas(&self) -> Vec<Quota> {
        self.collect(|fact| match fact {
            Fact::Quota(it) => Some(it),
            _ => None,
        })
    }

    /// A session; from the disk when the stream no longer carries it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn session(&self, id: &SessionId) -> Result<Option<Session>, StateError> {
        match self.get(EntityKind::Session, id.to_string()) {
            Some(Fact::Session(it)) => Ok(Some(*it)),
            _ => lock(&self.shared.disk).store.session(id),
        }
    }

    /// The sessions that the stream carries: those under way and the recent ones.
    pub fn sessions(&self) -> Vec<Session> {
        self.collect(|fact| match fact {
            Fact::Session(it) => Some(&**it),
            _ => None,
        })
    }

    /// A page of all kept sessions, newest first, after the one named by `after`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn session_page(
        &self,
        job: Option<&JobId>,
        after: Option<&str>,
        size: usize,
        wanted: impl Fn(&Session) -> bool,
    ) -> Result<SessionPage, StateError> {
        let mut page = lock(&self.shared.disk)
            .store
            .sessions(job, after, size, wanted)?;
        for session in &mut page.sessions {
            // Progress is in memory only.
            if let Some(Fact::Session(it)) = self.get(EntityKind::Session, session.id.to_string()) {
                *session = *it;
            }
        }
        Ok(page)
    }

    /// Sessions that have not ended: after a start, those that the stop cut off.
    pub fn unended_sessions(&self) -> Vec<Session> {
        let mut sessions = self.sessions();
        sessions.retain(|session| session.ended.is_none());
        sessions
    }

    /// An alert, standing or recently cleared.
    pub fn alert(&self, id: &AlertId) -> Option<Alert> {
        match self.get(EntityKind::Alert, id.to_string())? {
            Fact::Alert(it) => Some(it),
            _ => None,
        }
    }

    /// All alerts, by id; those that cleared are kept for a week.
    pub fn alerts(&self) -> Vec<Alert> {
        self.collect(|fact| match fact {
            Fact::Alert(it) => Some(it),
            _ => None,
        })
    }

    /// An attempt of a restore request.
    pub fn restore(&self, request: RequestId, attempt: u32) -> Option<RestoreAttempt> {
        match self.get(EntityKind::Restore, format!("{request}:{attempt}"))? {
            Fact::Restore(it) => Some(*it),
            _ => None,
        }
    }

    /// All attempts of all restore requests, by request and attempt.
    pub fn restores(&self) -> Vec<RestoreAttempt> {
        let mut all = self.collect(|fact| match fact {
            Fact::Restore(it) => Some(&**it),
            _ => None,
        });
        all.sort_by_key(|it| (it.request, it.attempt));
        all
    }

    /// The last attempt of a restore request.
    pub fn last_attempt(&self, request: RequestId) -> Option<RestoreAttempt> {
        let feed = lock(&self.shared.feed);
        let attempts = feed.iter().filter_map(|fact| match &**fact {
            Fact::Restore(it) if it.request == request => Some(it),
            _ => None,
        });
        attempts
            .max_by_key(|it| it.attempt)
            .map(|it| (**it).clone())
    }

    /// Restores that await another person's approval.
    pub fn awaiting_approval(&self) -> Vec<RestoreAttempt> {
        self.collect(|fact| match fact {
            Fact::Restore(it) if it.state == RestoreState::AwaitingApproval => Some(&**it),
            _ => None,
        })
    }

    /// Restores that have not ended: after a start, those that the stop cut off.
    pub fn unended_restores(&self) -> Vec<RestoreAttempt> {
        let mut restores = self.restores();
        restores.retain(|restore| !restore.state.ended());
        restores
    }
}

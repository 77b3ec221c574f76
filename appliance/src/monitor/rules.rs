//! What each monitor looks at.

use super::{Seen, Verdict};
use ocdeck_domain::{
    facts::{EntityKind, Job, Repository, SessionResult},
    ids::ApplianceId,
};

/// Below so many percent free, a repository is low.
const SPACE_WARNING: u64 = 10;
/// Below so many percent free, the next backups will fail.
const SPACE_ERROR: u64 = 5;

/// A session of a job has ended.
pub fn job_ended(job: &Job, result: SessionResult, message: &str) -> Vec<Seen> {
    let seen = |monitor, verdict| Seen {
        monitor,
        kind: EntityKind::Job,
        object: job.id.to_string(),
        tenant: Some(job.tenant.clone()),
        verdict,
    };
    let id = &job.id;
    match result {
        SessionResult::Success => vec![
            seen("job_failed", Verdict::Good),
            seen("job_warning", Verdict::Good),
        ],
        SessionResult::Warning => vec![
            seen("job_failed", Verdict::Good),
            seen(
                "job_warning",
                Verdict::Happened(format!("Job {id} completed with warnings: {message}")),
            ),
        ],
        SessionResult::Failed => vec![seen(
            "job_failed",
            Verdict::Happened(format!("Job {id} failed: {message}")),
        )],
        // A person's stop says nothing of the job's health.
        SessionResult::Cancelled | SessionResult::Unknown(_) => Vec::new(),
    }
}

/// How full a repository is.
pub fn repository_space(repository: &Repository) -> Seen {
    let Repository {
        id, capacity, free, ..
    } = repository;
    let percent =
        u64::try_from(u128::from(*free) * 100 / u128::from((*capacity).max(1))).unwrap_or(u64::MAX);
    // The text names whole percents, so that it is no news with every byte.
    let verdict = match percent {
        _ if repository.offline.is_some() || *capacity == 0 => Verdict::Good,
        0..SPACE_ERROR => Verdict::Stands(format!(
            "Repository {id} is almost full: less than {SPACE_ERROR} % free; backups will fail until old points are removed or space is added"
        )),
        SPACE_ERROR..SPACE_WARNING => Verdict::Stands(format!(
            "Repository {id} is low on space: less than {SPACE_WARNING} % free"
        )),
        _ => Verdict::Good,
    };
    Seen {
        monitor: "repository_space",
        kind: EntityKind::Repository,
        object: id.to_string(),
        tenant: repository.tenant.clone(),
        verdict,
    }
}

/// The agent has started and found `interrupted` sessions that the last one left running.
pub fn restarted(appliance: &ApplianceId, interrupted: usize) -> Seen {
    let sessions = match interrupted {
        1 => "1 session was".to_owned(),
        n => format!("{n} sessions were"),
    };
    Seen {
        monitor: "appliance_restarted",
        kind: EntityKind::Unknown(0),
        object: appliance.to_string(),
        tenant: None,
        verdict: if interrupted == 0 {
            Verdict::Good
        } else {
            Verdict::Happened(format!(
                "Appliance {appliance} restarted after it had stopped unexpectedly; {sessions} interrupted"
            ))
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(capacity: u64, free: u64) -> Repository {
        Repository {
            id: "main".into(),
            tenant: None,
            role: "primary".into(),
            capacity,
            used: capacity - free,
            free,
            offline: None,
        }
    }

    #[test]
    fn space_is_judged_at_ten_and_five_percent() {
        let verdict = |free| repository_space(&repository(1000, free)).verdict;
        assert_eq!(verdict(100), Verdict::Good);
        assert!(matches!(verdict(99), Verdict::Stands(text) if text.contains("low on space")));
        assert!(matches!(verdict(50), Verdict::Stands(text) if text.contains("low on space")));
        assert!(matches!(verdict(49), Verdict::Stands(text) if text.contains("almost full")));
        assert!(matches!(verdict(0), Verdict::Stands(text) if text.contains("almost full")));
    }

    #[test]
    fn a_repository_that_cannot_be_read_is_not_called_full() {
        let mut unread = repository(0, 0);
        unread.offline = Some("gone".into());
        assert_eq!(repository_space(&unread).verdict, Verdict::Good);
    }

    #[test]
    fn a_restart_without_interrupted_sessions_is_good() {
        let id = ApplianceId::new("dc1");
        assert_eq!(restarted(&id, 0).verdict, Verdict::Good);
        assert!(
            matches!(restarted(&id, 2).verdict, Verdict::Happened(text) if text.contains("2 sessions"))
        );
    }
}

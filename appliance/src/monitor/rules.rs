//! What each monitor looks at.

use super::{Seen, Verdict};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::{EntityKind, Job, Repository, SessionResult, Time},
    ids::ApplianceId,
};
use std::time::Duration;

/// Below so many percent free, a repository is low.
const SPACE_WARNING: u64 = 10;
/// Below so many percent free, the next backups will fail.
const SPACE_ERROR: u64 = 5;

/// A scheduled run that begins later than this after its time was missed.
const MISSED_AFTER: TimeDelta = TimeDelta::minutes(30);

fn of_job(job: &Job, monitor: &'static str, verdict: Verdict) -> Seen {
    Seen {
        monitor,
        kind: EntityKind::Job,
        object: job.id.to_string(),
        tenant: Some(job.tenant.clone()),
        verdict,
    }
}

fn of_repository(repository: &Repository, monitor: &'static str, verdict: Verdict) -> Seen {
    Seen {
        monitor,
        kind: EntityKind::Repository,
        object: repository.id.to_string(),
        tenant: repository.tenant.clone(),
        verdict,
    }
}

/// A session of a job has ended.
pub fn job_ended(job: &Job, result: SessionResult, message: &str) -> Vec<Seen> {
    let id = &job.id;
    let mut seen = vec![job_runs(job, None)];
    let mut see = |monitor, verdict| seen.push(of_job(job, monitor, verdict));
    match result {
        SessionResult::Success | SessionResult::Warning => {
            see("job_failed", Verdict::Good);
            see("run_missed", Verdict::Good);
            let warned = result == SessionResult::Warning;
            let warning = format!("Job {id} completed with warnings: {message}");
            let verdict = match warned {
                true => Verdict::Happened(warning),
                false => Verdict::Good,
            };
            see("job_warning", verdict);
        }
        SessionResult::Failed => see(
            "job_failed",
            Verdict::Happened(format!("Job {id} failed: {message}")),
        ),
        // A person's stop says nothing of the job's health.
        SessionResult::Cancelled | SessionResult::Unknown(_) => {}
    }
    seen
}

/// A job has run for so long that somebody should look; `None`: it does not run.
pub fn job_runs(job: &Job, longer_than: Option<Duration>) -> Seen {
    let verdict = longer_than.map_or(Verdict::Good, |long| {
        Verdict::Stands(format!(
            "Job {} has run longer than {}, and goes on",
            job.id,
            span(long)
        ))
    });
    of_job(job, "job_long", verdict)
}

fn span(long: Duration) -> String {
    match long.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

/// A scheduled run of a job was due then and has not begun. `None`: it is not late yet.
pub fn run_owed(job: &Job, due: Time, now: Time) -> Option<Seen> {
    let late = now.signed_duration_since(due) > MISSED_AFTER;
    late.then(|| {
        let text = format!(
            "Job {} missed its run of {} UTC: it had not begun {} min later",
            job.id,
            due.format("%Y-%m-%d %H:%M"),
            MISSED_AFTER.num_minutes()
        );
        of_job(job, "run_missed", Verdict::Stands(text))
    })
}

/// A scheduled run of a job that was due then begins. `None`: too late to say that all is well.
pub fn run_begins(job: &Job, due: Time, now: Time) -> Option<Seen> {
    let late = now.signed_duration_since(due) > MISSED_AFTER;
    (!late).then(|| of_job(job, "run_missed", Verdict::Good))
}

/// Whether a repository can be read: without it no job behind it makes a point, and nothing of
/// it can be restored.
pub fn repository_reached(repository: &Repository) -> Seen {
    let verdict = match &repository.offline {
        None => Verdict::Good,
        Some(why) => Verdict::Stands(format!(
            "Repository {} cannot be read: {why}",
            repository.id
        )),
    };
    of_repository(repository, "repository_offline", verdict)
}

/// How full a repository is. `None`: nobody can say, and what stands goes on to stand.
pub fn repository_space(repository: &Repository) -> Option<Seen> {
    let Repository {
        id, capacity, free, ..
    } = repository;
    let percent =
        u64::try_from(u128::from(*free) * 100 / u128::from((*capacity).max(1))).unwrap_or(u64::MAX);
    // The text names whole percents, so that it is no news with every byte.
    let verdict = match percent {
        _ if repository.offline.is_some() || *capacity == 0 => return None,
        0..SPACE_ERROR => Verdict::Stands(format!(
            "Repository {id} is almost full: less than {SPACE_ERROR} % free; backups will fail until old points are removed or space is added"
        )),
        SPACE_ERROR..SPACE_WARNING => Verdict::Stands(format!(
            "Repository {id} is low on space: less than {SPACE_WARNING} % free"
        )),
        _ => Verdict::Good,
    };
    Some(of_repository(repository, "repository_space", verdict))
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

    fn job() -> Job {
        Job {
            id: "nightly".into(),
            tenant: "acme".into(),
            system: "erp01".into(),
            repository: "main".into(),
            kind: ocdeck_domain::facts::WorkKind::Backup,
            use_case: "B1".into(),
            state: ocdeck_domain::facts::JobState::Idle,
            waiting_for: String::new(),
            every_seconds: None,
            next_run: None,
            session: None,
            last_result: None,
            last_end: None,
            last_message: String::new(),
            failures_in_a_row: 0,
            progress: None,
            recent_seconds: Vec::new(),
        }
    }

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
        let verdict = |free| repository_space(&repository(1000, free)).unwrap().verdict;
        assert_eq!(verdict(100), Verdict::Good);
        assert!(matches!(verdict(99), Verdict::Stands(text) if text.contains("low on space")));
        assert!(matches!(verdict(50), Verdict::Stands(text) if text.contains("low on space")));
        assert!(matches!(verdict(49), Verdict::Stands(text) if text.contains("almost full")));
        assert!(matches!(verdict(0), Verdict::Stands(text) if text.contains("almost full")));
    }

    #[test]
    fn a_repository_that_cannot_be_read_is_neither_full_nor_well() {
        let mut unread = repository(0, 0);
        unread.offline = Some("its folder is gone".into());
        assert_eq!(repository_space(&unread), None, "what stands stays");
        let seen = repository_reached(&unread);
        assert_eq!(
            seen.alert_id().as_str(),
            "repository:main:repository_offline"
        );
        assert!(matches!(seen.verdict, Verdict::Stands(text) if text.contains("folder is gone")));
        let read = repository_reached(&repository(1000, 500));
        assert_eq!(read.verdict, Verdict::Good);
    }

    #[test]
    fn a_run_is_missed_when_it_has_not_begun_for_half_an_hour() {
        let job = job();
        let at = |minutes| Time::UNIX_EPOCH + TimeDelta::minutes(minutes);
        assert_eq!(run_owed(&job, at(0), at(30)), None);
        let missed = run_owed(&job, at(0), at(31)).unwrap();
        assert_eq!(missed.alert_id().as_str(), "job:nightly:run_missed");
        assert_eq!(
            missed.verdict,
            Verdict::Stands(
                "Job nightly missed its run of 1970-01-01 00:00 UTC: it had not begun 30 min later"
                    .into()
            )
        );
        assert_eq!(run_begins(&job, at(0), at(31)), None, "late is not good");
        let begins = run_begins(&job, at(0), at(30)).unwrap();
        assert_eq!(begins.verdict, Verdict::Good);
        let monitors = |result| {
            let good = job_ended(&job, result, "").into_iter();
            let good = good.filter(|seen| seen.verdict == Verdict::Good);
            good.map(|seen| seen.monitor).collect::<Vec<_>>()
        };
        assert!(monitors(SessionResult::Success).contains(&"run_missed"));
        assert!(monitors(SessionResult::Warning).contains(&"run_missed"));
        assert_eq!(monitors(SessionResult::Failed), ["job_long"]);
        assert_eq!(monitors(SessionResult::Cancelled), ["job_long"]);
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

//! After a start: what survived, told truthfully.

use super::{Agent, StartError};
use crate::{
    config, monitor,
    restores::{self, INTERRUPTED, Plans},
    state::StateError,
};
use ocdeck_domain::{
    facts::{
        Fact, Job, JobState, LogLevel, RestoreState, Session, SessionResult, System, Time, WorkKind,
    },
    ids::JobId,
};
use ocdeck_faults::{Point, reached};
use std::{os::unix::ffi::OsStrExt, time::Duration};

/// A job that never ran begins within so many seconds, so that not all begin at once.
const FIRST_RUNS: u64 = 30;

impl Agent {
    /// Ends what the last stop cut off, queues again what had only been accepted, and
    /// tells the systems and jobs of the configuration.
    pub(crate) fn recover(&self) -> Result<(), StartError> {
        let interrupted = self.end_sessions();
        for system in &self.0.config.systems {
            self.0.facts.put(Fact::System(fresh_system(system)));
        }
        let now = self.0.facts.now();
        for job in &self.0.config.jobs {
            let past = self.past(&job.id)?;
            let next = job.every.map(|every| first_run(&job.id, &past, every, now));
            if let Some(fact) = self.fresh_job(job, &past, next) {
                let ended = monitor::job_runs(&fact, None);
                self.0.facts.put(Fact::Job(Box::new(fact)));
                self.saw(&ended);
            }
            let mut board = self.board();
            if let Some(next) = next {
                board.next.insert(job.id.clone(), next);
            }
            let due = job.every.and_then(|every| rhythm(&past, every));
            if let Some(due) = due.filter(|due| *due <= now) {
                // Nobody ran it while the agent was away.
                board.owed.insert(job.id.clone(), due);
            }
        }
        reached(Point::AgentRecovering);
        self.discard_plans();
        self.take_up_restores();
        self.expire_approvals();
        if interrupted > 0 {
            self.saw(&monitor::restarted(&self.0.config.id, interrupted));
        }
        Ok(())
    }

    fn end_sessions(&self) -> usize {
        let sessions = self.0.facts.unended_sessions();
        let count = sessions.len();
        for mut session in sessions {
            let message = match session.kind {
                WorkKind::Restore => INTERRUPTED,
                _ => "the appliance stopped while it ran; if a point was made, it is listed",
            };
            self.0.facts.log(&session.id, LogLevel::Error, message);
            session.ended = Some(self.0.facts.now());
            session.result = Some(SessionResult::Failed);
            message.clone_into(&mut session.message);
            session.progress.rate = 0;
            session.progress.eta_seconds = None;
            self.0.facts.put(Fact::Session(Box::new(session)));
        }
        count
    }

    /// Nobody plans yet: a draft is one of a plan that was cut off.
    fn discard_plans(&self) {
        for draft in self.0.plans.cut_off() {
            match self.0.driver.discard(&draft) {
                Ok(()) => Plans::forget_ticket(&draft),
                Err(error) => {
                    tracing::warn!(draft = %draft.display(), %error, "a plan that was cut off stays");
                }
            }
        }
    }

    fn take_up_restores(&self) {
        for restore in self.0.facts.unended_restores() {
            if restore.state == RestoreState::AwaitingApproval {
                continue;
            }
            // One that has a session was begun, whatever it had come to: it is not begun
            // a second time unless a person says so.
            if restore.state == RestoreState::Accepted && restore.session.is_none() {
                self.enqueue_restore(&restore.actor, restores::what(&restore));
                continue;
            }
            let now = self.0.facts.now();
            let written = self.after_interruption(&restore);
            self.edit_restore(restore.request, restore.attempt, |restore| {
                restore.written = written.unwrap_or(restore.written);
                restore.state = RestoreState::Interrupted;
                restore.ended = Some(now);
                INTERRUPTED.clone_into(&mut restore.message);
                restore.progress.rate = 0;
                restore.progress.eta_seconds = None;
            });
        }
    }

    /// The job's ended sessions, newest first.
    fn past(&self, id: &JobId) -> Result<Vec<Session>, StateError> {
        let page = self
            .0
            .facts
            .session_page(Some(id), None, 12, |session| session.ended.is_some())?;
        Ok(page.sessions)
    }

    fn fresh_job(&self, job: &config::Job, past: &[Session], next: Option<Time>) -> Option<Job> {
        let tenant = self.0.config.system(&job.system)?.tenant.clone();
        let last = past.first();
        let failed = |session: &&Session| session.result == Some(SessionResult::Failed);
        let in_a_row = past.iter().take_while(failed).count();
        let run_time = |session: &Session| {
            let ended = session.ended.filter(|_| !session.seeded)?;
            u64::try_from((ended - session.started).num_seconds()).ok()
        };
        Some(Job {
            id: job.id.clone(),
            tenant,
            system: job.system.clone(),
            repository: job.repository.clone(),
            kind: WorkKind::Backup,
            use_case: job.use_case.clone(),
            state: JobState::Idle,
            waiting_for: String::new(),
            every_seconds: job.every.map(|every| every.as_secs().max(1)),
            next_run: next,
            session: last.map(|session| session.id.clone()),
            last_result: last.and_then(|session| session.result),
            last_end: last.and_then(|session| session.ended),
            last_message: last
                .map(|session| session.message.clone())
                .unwrap_or_default(),
            failures_in_a_row: u32::try_from(in_a_row).unwrap_or(u32::MAX),
            progress: None,
            recent_seconds: past.iter().filter_map(run_time).collect(),
        })
    }
}

fn fresh_system(system: &config::System) -> System {
    let folders = system.folders.iter();
    System {
        id: system.id.clone(),
        tenant: system.tenant.clone(),
        name: system.name.clone(),
        aliases: system.aliases.clone(),
        platform: system.platform.clone(),
        root: system.root.as_os_str().as_bytes().to_vec(),
        folders: folders
            .map(|it| it.as_os_str().as_bytes().to_vec())
            .collect(),
        last_good_point: None,
        last_good_seeded: false,
        point_count: 0,
        trouble: None,
        read_only: system.read_only,
    }
}

/// When a job with an interval runs first after a start: in its rhythm, or soon when it
/// was missed or never ran.
fn first_run(id: &JobId, past: &[Session], every: Duration, now: Time) -> Time {
    let mix = |sum: u64, byte: u8| sum.wrapping_mul(31).wrapping_add(u64::from(byte));
    let spread = id.as_str().bytes().fold(0, mix);
    let within = FIRST_RUNS.min(every.as_secs().max(1));
    let seconds = i64::try_from(spread % within).unwrap_or_default();
    let soon = now + chrono::TimeDelta::seconds(seconds);
    rhythm(past, every)
        .filter(|next| *next > now)
        .unwrap_or(soon)
}

/// When the run behind the last one is due; `None`: it never ran.
fn rhythm(past: &[Session], every: Duration) -> Option<Time> {
    let last = past.iter().find(|session| !session.seeded)?;
    let step = chrono::TimeDelta::from_std(every).ok()?;
    last.started.checked_add_signed(step)
}

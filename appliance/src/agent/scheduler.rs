//! Starting what is due, in the order of the queue.

use super::{Agent, Board, new_session};
use crate::{
    host::Cause,
    monitor,
    schedule::queue::{Item, What},
};
use ocdeck_domain::{
    facts::{JobState, Time},
    ids::{JobId, SessionId},
};
use std::{
    sync::PoisonError,
    time::{Duration, Instant},
};

/// The longest sleep: the clock of the machine may be set meanwhile.
const TICK: Duration = Duration::from_secs(30);

impl Agent {
    /// The scheduler's thread: until the agent stops.
    pub(super) fn schedule(&self) {
        let mut board = self.board();
        while !board.stopping {
            let now = self.0.facts.now();
            self.enqueue_due(&mut board, now);
            self.look_at_owed(&board, now);
            stop_overdue(&board);
            self.look_at_long(&mut board);
            for item in board.queue.start() {
                self.begin(&mut board, item);
            }
            self.publish(&board);
            let pause = pause(&board, now);
            (board, _) = self
                .0
                .changed
                .wait_timeout(board, pause)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn enqueue_due(&self, board: &mut Board, now: Time) {
        for job in &self.0.config.jobs {
            let (Some(every), Some(next)) = (job.every, board.next.get(&job.id).copied()) else {
                continue;
            };
            if next > now {
                continue;
            }
            if board.queue.session_of(&job.id).is_none() {
                self.push_backup(board, &job.id, "schedule");
            }
            board.owed.entry(job.id.clone()).or_insert(next);
            board.next.insert(job.id.clone(), after(next, every, now));
        }
    }

    /// What was to begin and has not, whatever holds it up: other work, or that nobody ran.
    fn look_at_owed(&self, board: &Board, now: Time) {
        for (id, due) in &board.owed {
            let job = self.0.facts.job(id);
            let seen = job.and_then(|job| monitor::run_owed(&job, *due, now));
            if let Some(seen) = seen {
                self.saw(&seen);
            }
        }
    }

    /// What runs for too long, whether or not it is stopped later.
    fn look_at_long(&self, board: &mut Board) {
        let now = Instant::now();
        let Board { queue, runs, .. } = board;
        for item in queue.running() {
            let (What::Backup { job, .. }, Some(run)) = (&item.what, runs.get_mut(&item.session))
            else {
                continue;
            };
            // Why one was stopped is told when it ends.
            let due = run.long.is_some_and(|(at, _)| at <= now) && run.stop.cause().is_none();
            let long = run.long.take_if(|_| due);
            if let (Some((_, after)), Some(job)) = (long, self.0.facts.job(job)) {
                self.saw(&monitor::job_runs(&job, Some(after)));
            }
        }
    }

    /// A scheduled run that was owed begins.
    fn paid(&self, board: &mut Board, id: &JobId) {
        let Some(due) = board.owed.remove(id) else {
            return;
        };
        let now = self.0.facts.now();
        let job = self.0.facts.job(id);
        if let Some(seen) = job.and_then(|job| monitor::run_begins(&job, due, now)) {
            self.saw(&seen);
        }
    }

    /// Queues a run of a job of the configuration.
    pub(super) fn push_backup(&self, board: &mut Board, id: &JobId, by: &str) -> Option<SessionId> {
        let job = self.0.config.job(id)?;
        let session = new_session();
        let what = What::Backup {
            job: job.id.clone(),
            system: job.system.clone(),
            repository: job.repository.clone(),
        };
        board.push(session.clone(), by, what);
        self.0.changed.notify_all();
        Some(session)
    }

    fn begin(&self, board: &mut Board, item: Item) {
        let Some(run) = board.runs.get_mut(&item.session) else {
            board.queue.remove(&item.session);
            return;
        };
        if let What::Backup { job, .. } = &item.what
            && let Some(job) = self.0.config.job(job)
        {
            let began = Instant::now();
            run.deadline = began.checked_add(job.max_runtime);
            let long = began.checked_add(job.long_after);
            run.long = long.map(|at| (at, job.long_after));
        }
        let (agent, run, session) = (self.clone(), run.clone(), item.session.clone());
        let of = match &item.what {
            What::Backup { job, .. } => Some(job.clone()),
            What::Restore { .. } => None,
        };
        let spawned = std::thread::Builder::new()
            .name("session".to_owned())
            .spawn(move || {
                let _ended = Ended(&agent, &item.session);
                match &item.what {
                    What::Backup { job, .. } => {
                        agent.run_backup(&item.session, job, &run.stop, &run.by);
                    }
                    What::Restore {
                        request, attempt, ..
                    } => agent.run_restore(&item.session, (*request, *attempt), &run.stop),
                }
            });
        match spawned {
            Ok(thread) => {
                self.keep(thread);
                if let Some(job) = of {
                    self.paid(board, &job);
                }
            }
            Err(error) => {
                tracing::error!(%session, %error, "a session's thread cannot be started; it waits");
                if let Some(item) = board.queue.remove(&session) {
                    board.queue.push(item);
                }
            }
        }
    }

    /// Tells which jobs and restores wait, for what, and when jobs run next.
    fn publish(&self, board: &Board) {
        for job in &self.0.config.jobs {
            let next_run = board.next.get(&job.id).copied();
            let session = board.queue.session_of(&job.id);
            let behind = session.and_then(|session| {
                let mut waiting = board.queue.waiting();
                waiting.find(|(item, _)| item.session == *session)
            });
            self.edit_job(&job.id, |fact| {
                fact.state = match (session, &behind) {
                    (None, _) => JobState::Idle,
                    (Some(_), None) => JobState::Running,
                    (Some(_), Some(_)) => JobState::Waiting,
                };
                fact.waiting_for = behind.map(|(_, behind)| behind).unwrap_or_default();
                fact.next_run = next_run;
            });
        }
        for (item, behind) in board.queue.waiting() {
            if let What::Restore {
                request, attempt, ..
            } = item.what
            {
                self.edit_restore(request, attempt, |restore| restore.waiting_for = behind);
            }
        }
    }

    /// Who stopped a session and why, if someone did.
    pub(crate) fn stopped_by(&self, session: &SessionId) -> Option<String> {
        self.board().runs.get(session)?.stopped.clone()
    }
}

/// Takes a session off the board when its thread ends, in whatever way.
struct Ended<'a>(&'a Agent, &'a SessionId);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let mut board = self.0.board();
        board.queue.remove(self.1);
        board.runs.remove(self.1);
        drop(board);
        self.0.0.changed.notify_all();
    }
}

fn stop_overdue(board: &Board) {
    let now = Instant::now();
    for item in board.queue.running() {
        if let Some(run) = board.runs.get(&item.session)
            && run.deadline.is_some_and(|deadline| deadline <= now)
        {
            run.stop.pull(Cause::MaxRuntime);
        }
    }
}

/// The next time after `now`, in whole steps from `due`: what was missed is run once.
fn after(due: Time, every: Duration, now: Time) -> Time {
    let step = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
    let missed = (now - due).num_milliseconds().max(0) / step;
    let ahead = missed.saturating_add(1).saturating_mul(step);
    chrono::TimeDelta::try_milliseconds(ahead)
        .and_then(|ahead| due.checked_add_signed(ahead))
        .unwrap_or(Time::MAX_UTC)
}

/// How long nothing is due.
fn pause(board: &Board, now: Time) -> Duration {
    let next = board.next.values().min();
    let next = next.map(|next| (*next - now).to_std().unwrap_or_default());
    let deadline = board
        .runs
        .values()
        .filter(|run| run.stop.cause().is_none())
        .flat_map(|run| [run.deadline, run.long.map(|(at, _)| at)])
        .flatten()
        .min()
        .map(|deadline| deadline.saturating_duration_since(Instant::now()));
    [next, deadline]
        .into_iter()
        .flatten()
        .fold(TICK, Duration::min)
        .max(Duration::from_millis(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_runs_once_and_the_rhythm_stays() {
        let at = |seconds: i64| Time::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds);
        let every = Duration::from_secs(60);
        assert_eq!(after(at(60), every, at(60)), at(120));
        assert_eq!(after(at(60), every, at(61)), at(120));
        assert_eq!(after(at(60), every, at(500)), at(540));
        assert_eq!(after(at(60), every, at(0)), at(120));
        assert_eq!(after(at(60), Duration::MAX, at(0)), Time::MAX_UTC);
    }
}

//! What the services ask of the agent.

use super::{Agent, Track, unwritten};
use crate::{
    host::Cause,
    state::AuditEntry,
    work::{
        Actor, Dispatch, Intent, PlanNews, PlanOrder, Refusal, SearchOrder, TellLook, Verdict, Work,
    },
};
use ocdeck_domain::{
    facts::{
        Capability, Entry, Hit, LookEnd, PathBytes, Plan, RestoreAttempt, RestorePoint,
        SessionResult, Version,
    },
    ids::{JobId, PointId, RequestId, SessionId, SystemId},
};
use std::ops::ControlFlow;

impl Work for Agent {
    fn capabilities(&self) -> Vec<Capability> {
        self.driver().capabilities()
    }

    fn start_job(&self, job: &JobId, by: &Actor, intent: &Intent) -> Result<SessionId, Refusal> {
        self.known_job(job)?;
        let mut board = self.board();
        if board.stopping {
            return Err(going_down());
        }
        if let Some(session) = board.queue.session_of(job) {
            let doing = if board.queue.waits(session) {
                "waits already"
            } else {
                "runs already"
            };
            return Err(Refusal::AlreadyExists {
                code: "JOB_RUNS",
                text: format!("job {job} {doing}: session {session}"),
                first: vec![("session_id", session.to_string())],
            });
        }
        let entry = audit(by, intent, "start_job", job.as_str());
        self.facts()
            .audit(&entry)
            .map_err(|error| unwritten(&error))?;
        self.push_backup(&mut board, job, &by.person)
            .ok_or_else(|| Refusal::NotFound(format!("there is no job {job}")))
    }

    fn stop_job(&self, job: &JobId, by: &Actor, intent: &Intent) -> Result<SessionId, Refusal> {
        self.known_job(job)?;
        need_reason(intent)?;
        let mut board = self.board();
        let session =
            board
                .queue
                .session_of(job)
                .cloned()
                .ok_or_else(|| Refusal::FailedPrecondition {
                    code: "JOB_NOT_RUNNING",
                    text: format!("job {job} neither runs nor waits"),
                })?;
        let entry = audit(by, intent, "stop_job", job.as_str());
        self.facts()
            .audit(&entry)
            .map_err(|error| unwritten(&error))?;
        let words = stopped_words(by, intent);
        if board.queue.waits(&session) {
            board.queue.remove(&session);
            let run = board.runs.remove(&session);
            // That it does not begin is what a person wanted.
            board.owed.remove(job);
            drop(board);
            let started_by = run.map(|run| run.by).unwrap_or_default();
            self.never_ran(job, &session, &started_by, &words);
            self.0.changed.notify_all();
        } else if let Some(run) = board.runs.get_mut(&session) {
            run.stopped.get_or_insert(words);
            run.stop.pull(Cause::Person);
        }
        Ok(session)
    }

    fn points(&self, system: &SystemId) -> Result<Vec<RestorePoint>, Refusal> {
        let points = self.driver().points(system)?;
        // restic may have added or forgotten some since the watcher looked.
        self.saw_points(system, &points);
        Ok(points)
    }

    fn browse(
        &self,
        system: &SystemId,
        point: &PointId,
        path: &[u8],
    ) -> Result<Vec<Entry>, Refusal> {
        self.driver().browse(system, point, path)
    }

    fn search(
        &self,
        order: &SearchOrder,
        news: &mut TellLook<'_, Hit>,
    ) -> Result<LookEnd, Refusal> {
        self.driver().search(order, news)
    }

    fn versions(
        &self,
        system: &SystemId,
        path: &PathBytes,
        limit: usize,
        news: &mut TellLook<'_, Version>,
    ) -> Result<LookEnd, Refusal> {
        self.driver().versions(system, path, limit, news)
    }

    fn plan(
        &self,
        order: &PlanOrder,
        news: &mut dyn FnMut(PlanNews) -> ControlFlow<()>,
    ) -> Result<Plan, Refusal> {
        self.plan_restore(order, news)
    }

    fn dispatch(&self, dispatch: &Dispatch, by: &Actor) -> Result<RestoreAttempt, Refusal> {
        if self.board().stopping {
            return Err(going_down());
        }
        self.dispatch_restore(dispatch, by)
    }

    fn decide(&self, verdict: &Verdict, by: &Actor) -> Result<RestoreAttempt, Refusal> {
        if self.board().stopping {
            return Err(going_down());
        }
        self.decide_approval(verdict, by)
    }

    fn cancel(
        &self,
        request: RequestId,
        attempt: u32,
        by: &Actor,
        intent: &Intent,
    ) -> Result<RestoreAttempt, Refusal> {
        self.cancel_restore(request, attempt, by, intent)
    }
}

impl Agent {
    fn known_job(&self, job: &JobId) -> Result<(), Refusal> {
        match self.config().job(job) {
            Some(_) => Ok(()),
            None => Err(Refusal::NotFound(format!("there is no job {job}"))),
        }
    }

    /// A session that was stopped while it waited: there is a record of it all the same.
    fn never_ran(&self, job: &JobId, session: &SessionId, by: &str, words: &str) {
        if let Some(fact) = self.facts().job(job) {
            let track = Track::begin(self, session, fact.tenant, by, |it| {
                it.job = Some(job.clone());
            });
            let message = format!("{words}, before it had begun");
            let ended = track.end(SessionResult::Cancelled, &message, |_| {});
            self.edit_job(job, |fact| {
                fact.session = Some(session.clone());
                fact.last_result = ended.result;
                fact.last_end = ended.ended;
                fact.last_message = ended.message;
            });
        }
    }
}

fn going_down() -> Refusal {
    Refusal::Unavailable("the appliance is shutting down; try again when it is back".to_owned())
}

/// Whoever stops something says why.
pub(crate) fn need_reason(intent: &Intent) -> Result<(), Refusal> {
    reason(intent, "say why it is stopped")
}

/// Whoever rejects something says why.
pub(crate) fn need_reason_to_reject(intent: &Intent) -> Result<(), Refusal> {
    reason(intent, "say why it is rejected")
}

fn reason(intent: &Intent, text: &str) -> Result<(), Refusal> {
    if intent.reason.trim().is_empty() {
        return Err(Refusal::InvalidArgument {
            field: "intent.reason",
            text: text.to_owned(),
        });
    }
    Ok(())
}

pub(crate) fn stopped_words(by: &Actor, intent: &Intent) -> String {
    format!("stopped by {}: {}", by.person, intent.reason)
}

pub(crate) fn audit(by: &Actor, intent: &Intent, action: &str, object: &str) -> AuditEntry {
    AuditEntry {
        actor: by.person.clone(),
        role: by.role.clone(),
        action: action.to_owned(),
        object: object.to_owned(),
        reason: intent.reason.clone(),
        reference: intent.reference.clone(),
        detail: String::new(),
    }
}

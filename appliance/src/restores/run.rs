//! Carrying out an attempt: from accepted to its end.

use super::{INTERRUPTED, dispatch::digest_of};
use crate::{
    agent::{Agent, Track, level},
    driver::{RestoreRun, RunError},
    host::{Cause, HostError, Stop},
};
use ocdeck_domain::{
    facts::{Amount, RestoreAttempt, RestoreIssue, RestoreState, Session, SessionResult, WorkKind},
    ids::{RequestId, SessionId},
};
use ocdeck_engine::worker::protocol::{self, Event, RestoreOutcome};
use ocdeck_faults::{Point, reached};

/// Errors and warnings that the attempt itself names; the log has more.
const NAMED: usize = 100;

/// How the worker's story ended.
enum Story {
    Done(RestoreOutcome),
    Failed { text: String, cancelled: bool },
}

/// How an attempt ended.
struct End {
    state: RestoreState,
    message: String,
    outcome: RestoreOutcome,
}

impl Agent {
    /// Runs an attempt to its end.
    pub(crate) fn run_restore(&self, id: &SessionId, key: (RequestId, u32), stop: &Stop) {
        let Some(restore) = self.facts().restore(key.0, key.1) else {
            tracing::error!(request = %key.0, "a restore was queued that is not known");
            return;
        };
        let actor = restore.actor.clone();
        let fill = |session: &mut Session| {
            session.kind = WorkKind::Restore;
            session.request = Some(key.0);
        };
        // Before there is a worker: after a kill, an attempt with a session is not begun again.
        let put = |session| {
            self.put_session_of(key, session, |restore| restore.session = Some(id.clone()));
        };
        let tenant = restore.tenant.clone();
        let mut track = Track::begin_with(self, id, tenant, &actor, fill, put);
        let mut story = None;
        let ended = match digest_of(self.facts(), &restore) {
            None => Err(RunError::Refused(crate::work::Refusal::Internal(
                "the record of its dispatch cannot be read".to_owned(),
            ))),
            Some(digest) => {
                let run = RestoreRun {
                    system: restore.order.system.clone(),
                    point: restore.order.point.clone(),
                    plan: self.plans().file(&digest),
                    journal: self.plans().journal(key.0),
                    attempt: key.1,
                };
                self.driver().restore(&run, stop, &mut |event| {
                    self.hear_restore(&mut track, id, key, &mut story, event);
                })
            }
        };
        let end = self.judge_restore(&track, id, stop, story, ended);
        let remains = (end.state == RestoreState::Interrupted)
            .then(|| self.after_interruption(&restore))
            .flatten();
        let result = match end.state {
            RestoreState::Completed => SessionResult::Success,
            RestoreState::CompletedWithWarnings => SessionResult::Warning,
            RestoreState::Cancelled => SessionResult::Cancelled,
            _ => SessionResult::Failed,
        };
        let session = track.ended(result, &end.message);
        let (ended, progress) = (session.ended, session.progress.clone());
        reached(Point::AgentBeforeEnd);
        self.put_session_of(key, session, |restore| {
            close(restore, &end);
            if let Some(written) = remains {
                restore.written = written;
            }
            restore.ended = ended;
            restore.progress = progress;
        });
        reached(Point::AgentAfterEnd);
    }

    fn hear_restore(
        &self,
        track: &mut Track,
        id: &SessionId,
        key: (RequestId, u32),
        story: &mut Option<Story>,
        event: Event,
    ) {
        let now = self.facts().now();
        match event {
            Event::Started => {
                self.edit_restore(key.0, key.1, |restore| {
                    restore.state = RestoreState::Running;
                    restore.started = Some(now);
                    restore.session = Some(id.clone());
                    restore.waiting_for.clear();
                });
            }
            Event::Progress(counted) => {
                let progress = track.progress(&counted);
                self.put_restore_progress(key.0, key.1, |restore| restore.progress = progress);
            }
            Event::Log { level: how, text } => track.log(level(how), &text),
            Event::Issue(issue) => {
                track.issue(&issue);
                self.note(key, issue);
            }
            Event::Verifying => {
                track.restart_meter();
                self.edit_restore(key.0, key.1, |restore| {
                    restore.state = RestoreState::Verifying;
                    restore.verifying_since = Some(now);
                });
            }
            Event::RestoreDone(outcome) => *story = Some(Story::Done(outcome)),
            Event::Failed { text, cancelled } => *story = Some(Story::Failed { text, cancelled }),
            Event::BackupDone(_) => {}
        }
    }

    fn note(&self, key: (RequestId, u32), issue: protocol::Issue) {
        let change = |restore: &mut RestoreAttempt| {
            if issue.warning {
                restore.warnings += 1;
            } else {
                restore.failed += 1;
            }
            if restore.issues.len() < NAMED {
                restore.issues.push(RestoreIssue {
                    path: issue.path,
                    text: issue.text,
                    warning: issue.warning,
                });
            }
        };
        // Written with the next state: a flood of issues must not be a flood of writes.
        self.put_restore_progress(key.0, key.1, change);
    }

    /// What an attempt that was cut off had written and synced; its half-written files are
    /// removed. `None`: it cannot be told now, and the next attempt finds out.
    pub(crate) fn after_interruption(&self, restore: &RestoreAttempt) -> Option<Amount> {
        let digest = digest_of(self.facts(), restore)?;
        let plan = self.plans().file(&digest);
        let journal = self.plans().journal(restore.request);
        let remains = self.driver().after_interruption(&plan, &journal);
        remains
            .inspect_err(
                |error| tracing::warn!(request = %restore.request, %error, "after an interruption"),
            )
            .ok()
    }

    fn judge_restore(
        &self,
        track: &Track,
        id: &SessionId,
        stop: &Stop,
        story: Option<Story>,
        ended: Result<(), RunError>,
    ) -> End {
        let end = |state, message: String| End {
            state,
            message,
            outcome: RestoreOutcome::default(),
        };
        let stopped = |outcome: RestoreOutcome| match stop.cause() {
            Some(Cause::Person) => End {
                state: RestoreState::Cancelled,
                message: format!(
                    "{}; what was written stays",
                    self.stopped_by(id).unwrap_or_else(|| "stopped".to_owned())
                ),
                outcome,
            },
            _ => End {
                state: RestoreState::Interrupted,
                message: INTERRUPTED.to_owned(),
                outcome,
            },
        };
        match (ended, story) {
            (Ok(()), Some(Story::Done(outcome))) if outcome.cancelled => stopped(outcome),
            (Ok(()), Some(Story::Done(outcome))) => done(track, outcome),
            (
                Ok(()),
                Some(Story::Failed {
                    cancelled: true, ..
                }),
            ) if stop.cause().is_some() => stopped(RestoreOutcome::default()),
            (Ok(()), Some(Story::Failed { text, .. })) => end(RestoreState::Failed, text),
            (Err(RunError::Host(HostError::Stopped)), _) => stopped(RestoreOutcome::default()),
            (Err(RunError::Host(error @ HostError::Died(_))), _) => end(
                RestoreState::Interrupted,
                format!("{error}; continue it, what is written and synced is not written again"),
            ),
            (Err(error), _) => end(RestoreState::Failed, error.to_string()),
            (Ok(()), None) => end(
                RestoreState::Interrupted,
                "the worker did not say how it ended; continue it".to_owned(),
            ),
        }
    }
}

/// How a restore that came to its end went.
fn done(track: &Track, outcome: RestoreOutcome) -> End {
    let bad = outcome.failed + outcome.unequal;
    let good = outcome.written.files + outcome.done_before.files + outcome.left.files;
    let (state, message) = if bad > 0 {
        let first = track.first_issue().unwrap_or("see the log");
        let state = if good == 0 {
            RestoreState::Failed
        } else {
            RestoreState::PartlyFailed
        };
        (
            state,
            format!(
                "{} failed, {} not equal; first: {first}; mend the cause, then continue",
                files(outcome.failed),
                files(outcome.unequal)
            ),
        )
    } else if outcome.warnings > 0 || outcome.changed_since_plan > 0 {
        let first = track.first_issue().unwrap_or("see the log");
        let changed = match outcome.changed_since_plan {
            0 => String::new(),
            n => format!("{} changed since the plan and left alone; ", files(n)),
        };
        (
            RestoreState::CompletedWithWarnings,
            format!("{changed}{} warnings; first: {first}", outcome.warnings),
        )
    } else {
        let verified = files(outcome.verified.files);
        (
            RestoreState::Completed,
            format!("{verified} compared with the point by hash: all equal"),
        )
    };
    End {
        state,
        message,
        outcome,
    }
}

fn files(count: u64) -> String {
    match count {
        1 => "1 file".to_owned(),
        n => format!("{n} files"),
    }
}

fn close(restore: &mut RestoreAttempt, end: &End) {
    let amount = |it: protocol::Amount| Amount {
        files: it.files,
        bytes: it.bytes,
    };
    let outcome = &end.outcome;
    restore.state = end.state;
    restore.message = ocdeck_domain::text::show(end.message.as_bytes());
    restore.waiting_for.clear();
    // A worker that died told nothing: then what was counted on the way stands.
    if *outcome != RestoreOutcome::default() {
        let mut written = outcome.written;
        written += outcome.done_before;
        restore.written = amount(written);
        restore.left = amount(outcome.left);
        restore.changed_since_plan = outcome.changed_since_plan;
        restore.failed = outcome.failed;
        restore.warnings = outcome.warnings;
        restore.verified = amount(outcome.verified);
        restore.unequal = outcome.unequal;
    }
}

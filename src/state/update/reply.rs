//! Answers to what was asked. Each ends in words; an answer nobody waits for is dropped.

use super::super::{
    effect::Ticket,
    lists::LogView,
    model::{Env, Model},
    msg::{CallError, CallErrorKind, Reply},
    pending::{Asked, Pending},
};
use ocdeck_domain::{
    facts::LogLine,
    ids::{JobId, On},
    text,
};

pub(super) fn outcome(error: &CallError) -> String {
    let words = text::clean(&error.text);
    match error.kind {
        CallErrorKind::Refused => format!("refused: {words}"),
        CallErrorKind::TimedOut => format!("timed out, it may have been done: {words}"),
        CallErrorKind::LinkLost => format!("link lost, look again when it is back: {words}"),
    }
}

impl Model {
    pub(super) fn reply(&mut self, ticket: Ticket, reply: Reply, env: &Env<'_>) {
        let goes_on = matches!(
            reply,
            Reply::PlanProgress(..)
                | Reply::PlanEntries(_)
                | Reply::Log(_)
                | Reply::Hits(_)
                | Reply::Versions(_)
                | Reply::Looked(_)
        );
        let pending = if goes_on {
            self.pending.get(&ticket).cloned()
        } else {
            self.pending.remove(&ticket)
        };
        let Some(Pending { what, .. }) = pending else {
            return;
        };
        match (what, reply) {
            (Asked::Points(_), Reply::Points(result)) => self.points_came(ticket, result),
            (Asked::PointsOf(system), Reply::Points(result)) => self.points_seen(&system, result),
            (Asked::Folder(_, point, folder), Reply::Entries(result)) => {
                self.folder_came(ticket, (point, folder), result);
            }
            (Asked::Search(_), Reply::Hits(hits)) => self.hits_came(ticket, hits),
            (Asked::Versions(_), Reply::Versions(rows)) => self.versions_came(ticket, rows),
            (Asked::Search(_) | Asked::Versions(_), Reply::Looked(at)) => self.looked(ticket, at),
            (Asked::Search(_) | Asked::Versions(_), Reply::LookEnd(result)) => {
                self.look_ended(ticket, result);
            }
            (Asked::Plan(_), Reply::PlanProgress(entries, bytes)) => {
                self.plan_progress(ticket, entries, bytes)
            }
            (Asked::Plan(_), Reply::PlanEntries(entries)) => self.plan_entries(ticket, entries),
            (Asked::Plan(_), Reply::Plan(result)) => self.plan_came(ticket, result),
            (Asked::Dispatch(id, attempt), Reply::Dispatched(result)) => {
                self.dispatched(id, attempt, result, env)
            }
            (Asked::Decide(id, _, approved), Reply::Decided(result)) => {
                self.decided(id, approved, result);
            }
            (Asked::Cancel(id, _), Reply::Cancelled(result)) => {
                let reference = self.reference_text(id);
                match result {
                    Ok(_) => self.done(format!("{reference} is being cancelled")),
                    Err(error) => self.bad(format!("cancel {reference} {}", outcome(&error))),
                }
            }
            (Asked::Start(job), Reply::Job(result)) => {
                self.job_answered(&job, "started", result.map(drop))
            }
            (Asked::Stop(job), Reply::Job(result)) => {
                self.job_answered(&job, "stopped", result.map(drop))
            }
            (Asked::Log, Reply::Log(lines)) => self.log_came(ticket, lines),
            (Asked::Log, Reply::LogEnd(result)) => self.log_ended(ticket, result),
            (Asked::Export, Reply::Exported(Ok(folder))) => {
                self.done(format!("saved: {}", text::clean(&folder)));
            }
            (Asked::Export, Reply::Exported(Err(why))) => {
                self.bad(format!("not written: {}", text::clean(&why)));
            }
            (Asked::Copy(what), Reply::Copied) => self.done(format!("copied {what}")),
            // An answer of another kind than was asked: whoever sent it is wrong; nothing waits now.
            _ => {}
        }
    }

    fn job_answered(&mut self, job: &On<JobId>, done: &str, result: Result<(), CallError>) {
        match result {
            Ok(()) => self.done(format!("{done} {}", job.id)),
            Err(error) => self.bad(format!("{} {}", job.id, outcome(&error))),
        }
    }

    fn log_came(&mut self, ticket: Ticket, lines: Vec<LogLine>) {
        let log = &mut self.jobs.log;
        if log.ticket != Some(ticket) {
            return;
        }
        for mut line in lines {
            line.text = text::clean(&line.text).into_owned();
            log.lines.push_back(line);
            if !log.follow {
                log.below += 1;
            }
        }
        while log.lines.len() > LogView::KEPT {
            log.lines.pop_front();
            log.dropped += 1;
            log.below = log.below.min(log.lines.len());
        }
    }

    fn log_ended(&mut self, ticket: Ticket, result: Result<(), CallError>) {
        let log = &mut self.jobs.log;
        if log.ticket == Some(ticket) {
            log.ticket = None;
            log.ended = Some(result.map_err(|error| outcome(&error)));
        }
    }
}

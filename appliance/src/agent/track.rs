//! One session while it runs: its fact, its log, its progress.

use super::Agent;
use crate::schedule::meter::Meter;
use ocdeck_domain::{
    facts::{Fact, LogLevel, Progress, Session, SessionResult, WorkKind},
    ids::{SessionId, TenantId},
    text::show,
};
use ocdeck_engine::worker::protocol::{self, Issue, Level};
use std::time::Instant;

/// So many paths are named in a session's log.
const NAMED: u64 = 1000;
/// Lines that only say what is being done.
const INFO: LogLevel = LogLevel::Info;

/// A running session.
pub(crate) struct Track {
    agent: Agent,
    session: Session,
    meter: Meter,
    began: Instant,
    issues: u64,
    first_issue: Option<String>,
}

impl Track {
    /// The session has begun; `fill` says what it is a run of.
    pub(crate) fn begin(
        agent: &Agent,
        id: &SessionId,
        tenant: TenantId,
        by: &str,
        fill: impl FnOnce(&mut Session),
    ) -> Self {
        Self::begin_with(agent, id, tenant, by, fill, |session| {
            agent.facts().put(Fact::Session(Box::new(session)));
        })
    }

    /// As [`Track::begin`], for one that `put` puts among the facts.
    pub(crate) fn begin_with(
        agent: &Agent,
        id: &SessionId,
        tenant: TenantId,
        by: &str,
        fill: impl FnOnce(&mut Session),
        put: impl FnOnce(Session),
    ) -> Self {
        let mut session = Session {
            id: id.clone(),
            tenant,
            job: None,
            request: None,
            kind: WorkKind::Backup,
            started_by: by.to_owned(),
            started: agent.facts().now(),
            ended: None,
            result: None,
            progress: Progress::default(),
            message: String::new(),
            warnings: 0,
            point: None,
            seeded: false,
        };
        fill(&mut session);
        put(session.clone());
        let track = Self {
            agent: agent.clone(),
            session,
            meter: Meter::default(),
            began: Instant::now(),
            issues: 0,
            first_issue: None,
        };
        track.log(INFO, &format!("started by {by}"));
        track
    }

    /// Takes in what the worker counted; tells the session's progress.
    pub(crate) fn progress(&mut self, counted: &protocol::Progress) -> Progress {
        let now = self.agent.facts().now();
        self.session.progress = self.meter.read(self.began.elapsed(), now, counted);
        self.agent
            .facts()
            .put_progress(Fact::Session(Box::new(self.session.clone())));
        self.session.progress.clone()
    }

    /// What comes from now on is measured anew: another kind of work begins.
    pub(crate) fn restart_meter(&mut self) {
        self.meter = Meter::default();
        self.began = Instant::now();
    }

    /// Writes a line of the log.
    pub(crate) fn log(&self, level: LogLevel, text: &str) {
        let text = show(text.as_bytes());
        self.agent.facts().log(&self.session.id, level, text);
    }

    /// Takes in something that went wrong at a path.
    pub(crate) fn issue(&mut self, issue: &Issue) {
        self.issues += 1;
        self.session.warnings += u64::from(issue.warning);
        let line = format!("{}: {}", show(&issue.path), issue.text);
        if self.issues <= NAMED {
            let level = if issue.warning {
                LogLevel::Warning
            } else {
                LogLevel::Error
            };
            self.log(level, &line);
        }
        self.first_issue.get_or_insert(line);
    }

    /// The first thing that went wrong.
    pub(crate) fn first_issue(&self) -> Option<&str> {
        self.first_issue.as_deref()
    }

    /// The session has ended.
    pub(crate) fn end(
        self,
        result: SessionResult,
        message: &str,
        change: impl FnOnce(&mut Session),
    ) -> Session {
        let facts = self.agent.facts().clone();
        let mut session = self.ended(result, message);
        change(&mut session);
        facts.put(Fact::Session(Box::new(session.clone())));
        session
    }

    /// The session as it ended; who asks puts it among the facts.
    pub(crate) fn ended(mut self, result: SessionResult, message: &str) -> Session {
        if self.issues > NAMED {
            let more = self.issues - NAMED;
            self.log(LogLevel::Warning, &format!("and {more} more paths"));
        }
        let level = match result {
            SessionResult::Success => LogLevel::Info,
            SessionResult::Failed => LogLevel::Error,
            _ => LogLevel::Warning,
        };
        self.log(level, message);
        let session = &mut self.session;
        session.ended = Some(self.agent.facts().now());
        session.result = Some(result);
        session.message = show(message.as_bytes());
        session.progress.rate = 0;
        session.progress.eta_seconds = None;
        session.progress.current.clear();
        self.session
    }
}

/// The domain's word for the worker's.
pub(crate) fn level(level: Level) -> LogLevel {
    match level {
        Level::Info => LogLevel::Info,
        Level::Warning => LogLevel::Warning,
        Level::Error => LogLevel::Error,
    }
}

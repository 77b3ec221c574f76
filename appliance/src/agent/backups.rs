//! A run of a backup job, from its start to its facts, alerts and points.

use super::{Agent, Track, level};
use crate::{
    driver::{BackupRun, RunError},
    host::{Cause, HostError, Stop},
    monitor,
};
use ocdeck_domain::{
    facts::{Fact, Progress, Session, SessionResult},
    ids::{JobId, PointId, SessionId},
    words,
};
use ocdeck_engine::worker::protocol::{BackupOutcome, Event};

/// Run times that a job remembers.
const RECENT: usize = 12;

/// How the worker's story ended.
enum Story {
    Done(BackupOutcome),
    Failed { text: String, cancelled: bool },
}

impl Agent {
    /// Runs a job to its end.
    pub(super) fn run_backup(&self, id: &SessionId, job: &JobId, stop: &Stop, by: &str) {
        self.backup(id, job, stop, by, &BackupRun::default());
    }

    /// Runs a job to its end, as scheduled or to seed a point.
    pub(crate) fn backup(
        &self,
        id: &SessionId,
        job: &JobId,
        stop: &Stop,
        by: &str,
        run: &BackupRun,
    ) -> Option<Session> {
        let tenant = self.0.facts.job(job)?.tenant;
        let mut track = Track::begin(self, id, tenant, by, |session| {
            session.job = Some(job.clone());
            session.seeded = run.time.is_some();
        });
        self.edit_job(job, |fact| {
            fact.session = Some(id.clone());
            fact.progress = Some(Progress::default());
        });
        let mut story = None;
        let ended = self.0.driver.backup(job, run, stop, &mut |event| {
            self.hear_backup(&mut track, job, &mut story, event);
        });
        let (result, message, point) = self.judge_backup(&track, id, stop, story, ended);
        let session = track.end(result, &message, |session| session.point = point);
        self.backup_ended(job, &session);
        Some(session)
    }

    fn hear_backup(&self, track: &mut Track, job: &JobId, story: &mut Option<Story>, event: Event) {
        match event {
            Event::Progress(counted) => {
                let progress = track.progress(&counted);
                let _edit = self.editing();
                if let Some(mut fact) = self.0.facts.job(job) {
                    fact.progress = Some(progress);
                    self.0.facts.put_progress(Fact::Job(Box::new(fact)));
                }
            }
            Event::Log { level: how, text } => track.log(level(how), &text),
            Event::Issue(issue) => track.issue(&issue),
            Event::BackupDone(outcome) => *story = Some(Story::Done(outcome)),
            Event::Failed { text, cancelled } => *story = Some(Story::Failed { text, cancelled }),
            Event::Started | Event::Verifying | Event::RestoreDone(_) => {}
        }
    }

    fn judge_backup(
        &self,
        track: &Track,
        id: &SessionId,
        stop: &Stop,
        story: Option<Story>,
        ended: Result<(), RunError>,
    ) -> (SessionResult, String, Option<PointId>) {
        let failed = |text: String| (SessionResult::Failed, text);
        let stopped = || self.stop_words(id, stop);
        let (result, message) = match (ended, story) {
            (Ok(()), Some(Story::Done(outcome))) => {
                let (result, message) = done(track, &outcome);
                return (result, message, Some(PointId::new(&outcome.point)));
            }
            (Ok(()), Some(Story::Failed { text, cancelled })) => stopped()
                .filter(|_| cancelled)
                .unwrap_or_else(|| failed(text)),
            (Err(RunError::Host(HostError::Stopped)), _) => {
                stopped().unwrap_or_else(|| failed("it was stopped".to_owned()))
            }
            (Err(error), _) => failed(error.to_string()),
            (Ok(()), None) => failed("the worker did not say how it ended".to_owned()),
        };
        (result, message, None)
    }

    /// How a backup that was stopped ended.
    fn stop_words(&self, id: &SessionId, stop: &Stop) -> Option<(SessionResult, String)> {
        let failed = |text: &str| (SessionResult::Failed, text.to_owned());
        Some(match stop.cause()? {
            Cause::Person => {
                let words = self.stopped_by(id);
                let words = words.unwrap_or_else(|| "stopped".to_owned());
                (SessionResult::Cancelled, words)
            }
            Cause::MaxRuntime => {
                failed("it ran longer than max_runtime allows and was stopped; no point was made")
            }
            Cause::Shutdown => {
                failed("the appliance was shut down while it ran; no point was made")
            }
        })
    }

    fn backup_ended(&self, id: &JobId, session: &Session) {
        let Some(result) = session.result else { return };
        let seconds = session
            .ended
            .map(|ended| (ended - session.started).num_seconds())
            .and_then(|seconds| u64::try_from(seconds).ok());
        self.edit_job(id, |fact| {
            fact.progress = None;
            fact.last_result = Some(result);
            fact.last_end = session.ended;
            fact.last_message.clone_from(&session.message);
            match result {
                SessionResult::Failed => fact.failures_in_a_row += 1,
                SessionResult::Cancelled | SessionResult::Unknown(_) => {}
                SessionResult::Success | SessionResult::Warning => fact.failures_in_a_row = 0,
            }
            if !session.seeded {
                fact.recent_seconds.splice(0..0, seconds);
                fact.recent_seconds.truncate(RECENT);
            }
        });
        if let Some(fact) = self.0.facts.job(id) {
            for seen in monitor::job_ended(&fact, result, &session.message) {
                self.saw(&seen);
            }
            self.look_at_repository(&fact.repository);
            self.look_at_system(&fact.system);
        }
    }
}

/// How a backup that made a point ended.
fn done(track: &Track, outcome: &BackupOutcome) -> (SessionResult, String) {
    if outcome.shrunk {
        let (files, before) = (outcome.files, outcome.files_before.unwrap_or_default());
        let text = format!(
            "the point has {files} files, the one before had {before}: look whether data is missing"
        );
        return (SessionResult::Warning, text);
    }
    if outcome.warnings > 0 {
        let first = track.first_issue().unwrap_or("see the log");
        let more = match outcome.warnings {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        return (SessionResult::Warning, format!("{first}{more}"));
    }
    let BackupOutcome {
        files,
        bytes,
        added,
        ..
    } = outcome;
    let text = format!(
        "{}, {}; {} added",
        words::files(*files),
        words::bytes(*bytes),
        words::bytes(*added)
    );
    (SessionResult::Success, text)
}

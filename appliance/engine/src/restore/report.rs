//! Telling how a restore goes, and counting it.

use super::journal::Past;
use crate::{
    place::join,
    plan::{Step, Summary},
    worker::protocol::{
        Amount, Event, Issue, Level, PathBytes, Progress, RestoreOutcome, RestoreSpec,
    },
};
use ocdeck_domain::text;
use std::time::{Duration, Instant};

/// How often progress is told at most.
const TICK: Duration = Duration::from_millis(200);

/// Whoever listens, and the counts.
pub(super) struct Reporter<'a> {
    emit: &'a mut dyn FnMut(Event),
    target: PathBytes,
    told: Option<Instant>,
    progress: Progress,
    /// How it stands; it is the outcome at the end.
    pub(super) outcome: RestoreOutcome,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(emit: &'a mut dyn FnMut(Event), target: PathBytes) -> Self {
        Self {
            emit,
            target,
            told: None,
            progress: Progress::default(),
            outcome: RestoreOutcome::default(),
        }
    }

    pub(super) fn begin(&mut self, spec: &RestoreSpec, summary: &Summary) {
        (self.emit)(Event::Started);
        self.progress = Progress {
            files_total: Some(summary.written.files),
            bytes_total: Some(summary.written.bytes),
            ..Progress::default()
        };
        let target = text::show(&self.target);
        let Amount { files, bytes } = summary.written;
        self.log(format!(
            "attempt {}: {files} files and links, {bytes} bytes, to {target}",
            spec.attempt
        ));
    }

    pub(super) fn resumed(&mut self, past: &Past, removed: u64) {
        if past.any {
            self.log(format!(
                "earlier attempts wrote {} of them; {removed} unfinished files were removed",
                past.done.len()
            ));
        }
    }

    pub(super) fn verifying(&mut self, files: u64, summary: &Summary) {
        (self.emit)(Event::Verifying);
        self.told = None;
        self.progress = Progress {
            files_total: Some(files.min(summary.written.files)),
            bytes_total: Some(self.outcome.written.bytes + self.outcome.done_before.bytes),
            ..Progress::default()
        };
    }

    pub(super) fn end(self) -> RestoreOutcome {
        (self.emit)(Event::Progress(self.progress));
        self.outcome
    }

    pub(super) fn log(&mut self, text: String) {
        (self.emit)(Event::Log {
            level: Level::Info,
            text,
        });
    }

    /// This step is worked on, and `bytes` of it are through.
    pub(super) fn working(&mut self, step: &Step, bytes: u64) {
        if self.told.is_some_and(|told| told.elapsed() < TICK) {
            return;
        }
        self.told = Some(Instant::now());
        let mut progress = self.progress.clone();
        progress.bytes_done += bytes.min(step.size);
        progress.current = join(&self.target, &step.path);
        (self.emit)(Event::Progress(progress));
    }

    /// This step is through, however it went.
    pub(super) fn through(&mut self, step: &Step) {
        self.progress.files_done += 1;
        self.progress.bytes_done += step.size;
        self.progress.current = join(&self.target, &step.path);
    }

    /// It was not restored.
    pub(super) fn failed(&mut self, path: &[u8], text: impl Into<String>) {
        self.outcome.failed += 1;
        self.issue(path, text.into(), false);
    }

    /// It is not equal to the point.
    pub(super) fn unequal(&mut self, path: &[u8], text: impl Into<String>) {
        self.outcome.unequal += 1;
        self.issue(path, text.into(), false);
    }

    /// Something was left out or done otherwise.
    pub(super) fn warn(&mut self, path: &[u8], text: impl Into<String>) {
        self.outcome.warnings += 1;
        self.issue(path, text.into(), true);
    }

    /// It is not what the plan saw.
    pub(super) fn changed(&mut self, path: &[u8]) {
        self.outcome.changed_since_plan += 1;
        let text = "changed since the plan, and left alone: look at it, then plan again";
        self.issue(path, text.to_owned(), true);
    }

    fn issue(&mut self, path: &[u8], text: String, warning: bool) {
        let path = join(&self.target, path);
        (self.emit)(Event::Issue(Issue {
            path,
            text,
            warning,
        }));
    }
}

/// A step's files and bytes.
pub(super) fn amount(step: &Step) -> Amount {
    Amount {
        files: 1,
        bytes: step.size,
    }
}

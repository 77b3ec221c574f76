//! Telling how a plan grows: changes at once, what stays as it is at the end, and not
//! more than a person can read.

use super::{NEWS_ENTRIES, PlanError, PlanNews};
use ocdeck_domain::facts::{PlanAction, PlanEntry};
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// How often the counting is told.
const TICK: Duration = Duration::from_millis(200);
/// Entries told at a time.
const BATCH: usize = 64;

/// Whoever listens.
pub(super) struct News<'a> {
    tell: &'a mut dyn FnMut(PlanNews) -> ControlFlow<()>,
    told: Instant,
    entries: u64,
    bytes: u64,
    batch: Vec<PlanEntry>,
    staying: Vec<PlanEntry>,
    /// How many more may be told.
    room: usize,
}

impl<'a> News<'a> {
    pub(super) fn new(tell: &'a mut dyn FnMut(PlanNews) -> ControlFlow<()>) -> Self {
        Self {
            tell,
            told: Instant::now(),
            entries: 0,
            bytes: 0,
            batch: Vec::new(),
            staying: Vec::new(),
            room: NEWS_ENTRIES,
        }
    }

    /// One more entry was looked at.
    pub(super) fn count(&mut self, bytes: u64) -> Result<(), PlanError> {
        self.entries += 1;
        self.bytes += bytes;
        if self.entries.is_multiple_of(64) && self.told.elapsed() >= TICK {
            self.told = Instant::now();
            self.flush()?;
            return self.tell_count();
        }
        Ok(())
    }

    /// A step was made.
    pub(super) fn entry(&mut self, make: impl FnOnce() -> PlanEntry) -> Result<(), PlanError> {
        if self.room == 0 {
            return Ok(());
        }
        let entry = make();
        if entry.action == PlanAction::Keep {
            if self.staying.len() < self.room {
                self.staying.push(entry);
            }
            return Ok(());
        }
        self.room -= 1;
        self.batch.push(entry);
        if self.batch.len() >= BATCH {
            self.flush()?;
        }
        Ok(())
    }

    /// Tells the rest.
    pub(super) fn finish(mut self) -> Result<(), PlanError> {
        self.flush()?;
        let mut staying = std::mem::take(&mut self.staying);
        staying.truncate(self.room);
        while !staying.is_empty() {
            let rest = staying.split_off(staying.len().min(BATCH));
            self.batch = std::mem::replace(&mut staying, rest);
            self.flush()?;
        }
        self.tell_count()
    }

    fn tell_count(&mut self) -> Result<(), PlanError> {
        self.tell(PlanNews::Counted {
            entries: self.entries,
            bytes: self.bytes,
        })
    }

    fn flush(&mut self) -> Result<(), PlanError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.tell(PlanNews::Entries(batch))
    }

    fn tell(&mut self, news: PlanNews) -> Result<(), PlanError> {
        match (self.tell)(news) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(PlanError::Stopped),
        }
    }
}

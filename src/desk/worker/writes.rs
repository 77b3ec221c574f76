//! The thread's writing: commands in their order, drafts when they are due, and what stands in
//! the spool meanwhile.

use super::*;
use ocdeck_domain::journal::{DraftRow, Subject};

impl<Open, Out> Worker<Open, Out>
where
    Open: FnMut() -> Result<Box<dyn Store>, StoreError>,
    Out: FnMut(DeskEvent),
{
    /// Puts what an earlier program could not write before everything else.
    pub(super) fn take_up(&mut self) {
        let Some(spool) = self.spool.as_mut() else {
            return;
        };
        spool.prepare();
        let kept = spool.take();
        if kept.is_empty() {
            return;
        }
        let count = kept.len();
        let mut pending = self.shared.pending();
        let newer: Pending = std::mem::take(&mut pending);
        let drafts = newer.drafts();
        for command in kept {
            pending.push(command.command());
        }
        for command in newer.queue {
            pending.push(command);
        }
        if !drafts.is_empty() {
            pending.push(DeskCommand::SaveDraft(drafts));
        }
        drop(pending);
        tracing::info!("{count} things of an earlier program wait to be written");
    }

    /// Keeps what waits in the spool while the desk is out of reach, and empties the spool once
    /// nothing waits.
    pub(super) fn keep_what_waits(&mut self) {
        let Some(spool) = self.spool.as_mut() else {
            return;
        };
        let mut pending = self.shared.pending();
        let (state, waiting) = (pending.state, pending.waiting());
        if waiting == 0 {
            drop(pending);
            if spool.is_used() && self.failing.is_none() && self.last.is_some() {
                spool.clear();
            }
            (self.spooled, self.spool_at) = (state, None);
            return;
        }
        if self.failing.is_none() || state == self.spooled {
            return;
        }
        let due = *self.spool_at.get_or_insert(Instant::now() + GATHER);
        if due > Instant::now() {
            return;
        }
        let news = pending.news();
        drop(pending);
        let mut done = match &news {
            News::Whole(kept) => spool.keep(kept).map(drop),
            News::More(kept) => spool.add(kept),
        };
        if done.is_ok() && spool.is_mostly_old() {
            let whole = self.shared.pending().whole();
            done = spool.keep(&whole).map(drop);
        }
        if done.is_err() {
            self.shared.pending().unkept();
        }
        self.unkept = done.as_ref().err().map(|error| {
            format!(
                "what waits for the desk cannot be kept in {}: {error}",
                spool.folder().display()
            )
        });
        match &self.unkept {
            None => (self.spooled, self.spool_at) = (state, None),
            Some(text) => {
                tracing::error!("{text}");
                self.spool_at = Some(Instant::now() + RETRY.1);
            }
        }
        self.tell_failing(waiting);
    }

    pub(super) fn write(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        loop {
            self.settle(store)?;
            let Some(command) = self.shared.pending().front() else {
                break;
            };
            let written = match &command {
                DeskCommand::Append { records } | DeskCommand::Open { records, .. } => {
                    records.clone()
                }
                DeskCommand::Intend { record, .. } => vec![(**record).clone()],
                DeskCommand::History(_)
                | DeskCommand::Past { .. }
                | DeskCommand::SaveDraft(_)
                | DeskCommand::TakeBack(_) => Vec::new(),
            };
            match self.run_one(store, command) {
                Err(error) if error.is_refusal() => self.refused(store, &error, written)?,
                done => done?,
            }
            self.shared.pending().pop();
        }
        let due = self.shared.pending().drafts_due;
        if self.closing || due.is_some_and(|due| due <= Instant::now()) {
            self.save_drafts(store)?;
        }
        Ok(())
    }

    /// Takes back what is not wanted any more and was never handed to the store.
    pub(super) fn take_back(&mut self) {
        loop {
            let now = self.now();
            // Nobody hands it to the store in between.
            let unwanted = {
                let mut pending = self.shared.pending();
                let unwanted = pending.unwanted(now, false);
                if let Some(record) = &unwanted {
                    pending.take_back(record.event_id);
                }
                unwanted
            };
            let Some(record) = unwanted else { return };
            self.tell_taken_back(record, false);
        }
    }

    /// Takes back what is not wanted any more. The desk may have taken it and could not say so:
    /// then that is told, and what was to follow is not done either.
    pub(super) fn settle(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        self.take_back();
        loop {
            let unwanted = self.shared.pending().unwanted(self.now(), true);
            let Some(record) = unwanted else {
                return Ok(());
            };
            let history = store.history(&record.subject)?;
            let mut there = history.iter().map(|it| it.record.event_id);
            let stands = there.any(|event| event == record.event_id);
            self.shared.pending().take_back(record.event_id);
            self.tell_taken_back(record, stands);
            if stands && self.last.is_some() {
                self.news(store, &[])?;
            }
        }
    }

    fn tell_taken_back(&mut self, record: NewRecord, stands: bool) {
        tracing::info!("an intent ({}) was taken back", record.kind);
        self.tell(DeskMsg::TakenBack {
            record: Box::new(record),
            stands,
        });
    }

    /// What a desk that may only be read can do.
    pub(super) fn answer(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        loop {
            let Some((at, question)) = self.shared.pending().question() else {
                return Ok(());
            };
            self.run_one(store, question)?;
            self.shared.pending().answered(at);
        }
    }

    fn run_one(&mut self, store: &mut dyn Store, command: DeskCommand) -> Result<(), StoreError> {
        match command {
            DeskCommand::Open {
                subject,
                series,
                records,
            } => {
                let number = store.open(&subject, series, &records)?;
                let records = self.fresh(store, &records)?;
                self.tell(DeskMsg::Opened {
                    subject,
                    number,
                    records,
                });
            }
            DeskCommand::History(subject) => {
                let records = store.history(&subject)?;
                self.tell(DeskMsg::History { subject, records });
            }
            DeskCommand::Past { kind, before, most } => {
                let Past { records, more } = store.past(kind, before.as_ref(), most)?;
                self.tell(DeskMsg::Past {
                    kind,
                    records,
                    more,
                });
            }
            DeskCommand::Append { records } => {
                if self.shared.pending().typed_of(&records) {
                    // What it speaks of: the next person begins there.
                    self.save_drafts(store)?;
                }
                store.append(&records)?;
                self.news(store, &records)?;
            }
            DeskCommand::Intend { record, then, .. } => {
                // What it was made of: the next attempt begins there.
                self.save_drafts(store)?;
                reached(Point::ConsoleBeforeIntent);
                let records = [*record];
                store.append(&records)?;
                reached(Point::ConsoleAfterIntent);
                self.news(store, &records)?;
                (self.out)(DeskEvent::Then(then));
            }
            DeskCommand::SaveDraft(rows) => drop(store.save_drafts(&rows)?),
            // It stands among what waits as what it takes back.
            DeskCommand::TakeBack(_) => {}
        }
        Ok(())
    }

    /// The store will never take this: whoever asked is told, after what others wrote.
    fn refused(
        &mut self,
        store: &mut dyn Store,
        error: &StoreError,
        refused: Vec<NewRecord>,
    ) -> Result<(), StoreError> {
        self.news(store, &[])?;
        match error {
            StoreError::Taken { subject, version } => {
                let winner = store
                    .history(subject)?
                    .into_iter()
                    .find(|record| record.subject_version == *version);
                self.tell(DeskMsg::Conflict {
                    subject: subject.clone(),
                    refused,
                    winner: winner.map(Box::new),
                });
            }
            error => self.tell(DeskMsg::Refused {
                text: error.to_string(),
                refused,
            }),
        }
        Ok(())
    }

    fn save_drafts(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        let mut rows = self.shared.pending().drafts();
        let mut refused: Vec<(Subject, String)> = Vec::new();
        if !rows.is_empty() {
            reached(Point::ConsoleBeforeDraft);
            let overwritten = loop {
                match store.save_drafts(&rows) {
                    Err(error @ StoreError::TooLong { .. }) => {
                        let StoreError::TooLong { subject, kind, .. } = &error else {
                            break Vec::new();
                        };
                        refused.push((subject.clone(), kind.clone()));
                        rows.retain(|row| &row.draft != subject || &row.field != kind);
                        self.tell(DeskMsg::Refused {
                            text: error.to_string(),
                            refused: Vec::new(),
                        });
                    }
                    done => break done?,
                }
            };
            reached(Point::ConsoleAfterDraft);
            if !overwritten.is_empty() {
                self.tell(DeskMsg::Overwritten(overwritten));
            }
        }
        let mut pending = self.shared.pending();
        for (draft, field) in refused {
            pending.drop_draft(&draft, &field);
        }
        pending.saved(rows);
        Ok(())
    }

    pub(super) fn tell_late(&mut self, late: Vec<(DraftRow, DraftRow)>) {
        if !late.is_empty() {
            self.tell(DeskMsg::Late(late));
        }
    }
}

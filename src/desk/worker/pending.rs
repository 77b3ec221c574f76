//! What waits for the desk, shared by who hands it over and who writes it.

use super::{GATHER, Left};
use crate::{
    desk::{Spool, spool::Kept},
    state::effect::DeskCommand,
};
use ocdeck_domain::{
    facts::Time,
    journal::{DraftRow, NewRecord, Subject},
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
    time::Instant,
};
use uuid::Uuid;

type Key = (Subject, String);

fn key(row: &DraftRow) -> Key {
    (row.draft.clone(), row.field.clone())
}

/// [`Pending`] behind a lock that is never held while anything waits, and the turn of whoever
/// uses the store.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pending: Mutex<Pending>,
    turn: Mutex<()>,
}

impl Shared {
    pub(super) fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store is used until this is dropped.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn, if the store is not being used.
    pub(super) fn try_turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self.turn.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// What stands in the spool's file no more, or not yet.
#[derive(Debug, PartialEq)]
pub(super) enum News {
    /// Something of it waits no more: all that waits.
    Whole(Vec<Kept>),
    /// All of it waits still: what came since.
    More(Vec<Kept>),
}

/// What came since the spool was told last.
#[derive(Clone, Debug, Default)]
struct Fresh {
    commands: Vec<Kept>,
    drafts: BTreeMap<Key, DraftRow>,
}

impl Fresh {
    fn kept(self) -> Vec<Kept> {
        let mut kept = self.commands;
        if !self.drafts.is_empty() {
            let rows = self.drafts.into_values().collect();
            kept.push(Kept::Drafts { rows });
        }
        kept
    }
}

/// What waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    pub(super) queue: VecDeque<DeskCommand>,
    drafts: BTreeMap<Key, DraftRow>,
    /// What this process wrote last of each field: it comes back among what was changed.
    written: BTreeMap<Key, DraftRow>,
    pub(super) drafts_due: Option<Instant>,
    /// Intents that were asked back.
    back: BTreeSet<Uuid>,
    /// Intents that were handed to the store, which has not said that they are written: they may
    /// stand on the desk.
    tried: BTreeSet<Uuid>,
    /// Rises with every change.
    pub(super) state: u64,
    /// `None`: something waits no more that the spool was told of.
    fresh: Option<Fresh>,
}

impl Pending {
    pub(super) fn push(&mut self, command: DeskCommand) {
        self.state += 1;
        match command {
            DeskCommand::SaveDraft(rows) => {
                for row in rows {
                    if let Some(fresh) = &mut self.fresh {
                        fresh.drafts.insert(key(&row), row.clone());
                    }
                    self.drafts.insert(key(&row), row);
                }
                self.drafts_due.get_or_insert(Instant::now() + GATHER);
            }
            DeskCommand::TakeBack(event) => {
                // What is not here any more was written, or refused: that is told already.
                if self.intents().any(|(record, _)| record.event_id == event) {
                    self.back.insert(event);
                }
            }
            command => {
                if let Some(fresh) = &mut self.fresh {
                    fresh.commands.extend(Kept::of(&command));
                }
                self.queue.push_back(command);
            }
        }
    }

    /// Something waits no more.
    fn shrinks(&mut self) {
        self.state += 1;
        self.fresh = None;
    }

    /// For the spool, which keeps it from here on.
    pub(super) fn news(&mut self) -> News {
        match self.fresh.replace(Fresh::default()) {
            Some(fresh) => News::More(fresh.kept()),
            None => News::Whole(self.whole()),
        }
    }

    /// All that waits, for a spool that is written anew.
    pub(super) fn whole(&mut self) -> Vec<Kept> {
        self.fresh = Some(Fresh::default());
        self.kept()
    }

    /// The spool could not keep what it was told.
    pub(super) fn unkept(&mut self) {
        self.fresh = None;
    }

    /// The command in front, for the store: from here on an intent may stand on the desk.
    pub(super) fn front(&mut self) -> Option<DeskCommand> {
        let front = self.queue.front()?.clone();
        if let DeskCommand::Intend { record, .. } = &front {
            self.tried.insert(record.event_id);
        }
        Some(front)
    }

    /// The command in front is done.
    pub(super) fn pop(&mut self) {
        self.shrinks();
        if let Some(DeskCommand::Intend { record, .. }) = self.queue.pop_front() {
            self.forget(record.event_id);
        }
    }

    fn forget(&mut self, event: Uuid) {
        self.back.remove(&event);
        self.tried.remove(&event);
    }

    fn intents(&self) -> impl Iterator<Item = (&NewRecord, Time)> {
        self.queue.iter().filter_map(|command| match command {
            DeskCommand::Intend { record, until, .. } => Some((&**record, *until)),
            _ => None,
        })
    }

    /// An intent that is not wanted any more: asked back, or too late by now. One that was
    /// `tried` may stand on the desk.
    pub(super) fn unwanted(&self, now: Time, tried: bool) -> Option<NewRecord> {
        let mut intents = self.intents();
        let unwanted = intents.find(|(record, until)| {
            let id = &record.event_id;
            (self.back.contains(id) || *until < now) && self.tried.contains(id) == tried
        });
        unwanted.map(|(record, _)| record.clone())
    }

    /// The intent of this event waits no more.
    pub(super) fn take_back(&mut self, event: Uuid) {
        self.shrinks();
        self.queue.retain(
            |it| !matches!(it, DeskCommand::Intend { record, .. } if record.event_id == event),
        );
        self.forget(event);
    }

    /// The first question that waits, and its place: a desk that may only be read answers it,
    /// whatever waits to be written before it.
    pub(super) fn question(&self) -> Option<(usize, DeskCommand)> {
        let mut queue = self.queue.iter().enumerate();
        let (at, question) = queue.find(|(_, command)| command.asks())?;
        Some((at, question.clone()))
    }

    /// The question in that place is answered.
    pub(super) fn answered(&mut self, at: usize) {
        self.shrinks();
        self.queue.remove(at);
    }

    pub(super) fn drafts(&self) -> Vec<DraftRow> {
        self.drafts.values().cloned().collect()
    }

    /// Whether what was typed about the subject of one of these records waits.
    pub(super) fn typed_of(&self, records: &[NewRecord]) -> bool {
        let mut drafts = self.drafts.keys().map(|(draft, _)| draft);
        drafts.any(|draft| records.iter().any(|record| record.subject == *draft))
    }

    /// These rows are on the desk; what was typed meanwhile waits on.
    pub(super) fn saved(&mut self, rows: Vec<DraftRow>) {
        self.shrinks();
        for row in rows {
            let key = key(&row);
            if self.drafts.get(&key) == Some(&row) {
                self.drafts.remove(&key);
            }
            self.written.insert(key, row);
        }
        self.drafts_due = (!self.drafts.is_empty()).then(|| Instant::now() + GATHER);
    }

    /// This field will never be written: it waits no more.
    pub(super) fn drop_draft(&mut self, draft: &Subject, field: &str) -> Option<DraftRow> {
        self.shrinks();
        self.drafts.remove(&(draft.clone(), field.to_owned()))
    }

    /// Of rows that were changed, those that this process did not write itself.
    pub(super) fn foreign(&self, rows: Vec<DraftRow>) -> Vec<DraftRow> {
        let own = |row: &DraftRow| {
            self.written.get(&key(row)).is_some_and(|own| {
                own.author == row.author && own.at == row.at && own.value == row.value
            })
        };
        rows.into_iter().filter(|row| !own(row)).collect()
    }

    /// What waits and was typed before one of `rows`, by another person or by the same one at
    /// another console: that one stays. Pairs of what is not written, and what stands there.
    pub(super) fn drop_older(&mut self, rows: &[DraftRow]) -> Vec<(DraftRow, DraftRow)> {
        let mut late = Vec::new();
        for theirs in rows {
            let older = self
                .drafts
                .get(&key(theirs))
                .is_some_and(|ours| ours.at < theirs.at && ours.value != theirs.value);
            if older && let Some(ours) = self.drop_draft(&theirs.draft, &theirs.field) {
                late.push((ours, theirs.clone()));
            }
        }
        late
    }

    /// How many things wait; fields of one draft are one.
    pub(super) fn waiting(&self) -> usize {
        let mut drafts: Vec<&Subject> = self.drafts.keys().map(|(draft, _)| draft).collect();
        drafts.dedup();
        let written = self.queue.iter().filter(|command| !command.asks());
        written.count() + drafts.len()
    }

    pub(super) fn kept(&self) -> Vec<Kept> {
        let mut kept: Vec<Kept> = self.queue.iter().filter_map(Kept::of).collect();
        if !self.drafts.is_empty() {
            kept.push(Kept::Drafts {
                rows: self.drafts(),
            });
        }
        kept
    }

    /// What is left of it at the end of the program, kept for the next one.
    pub(super) fn left(&self, spool: Option<&mut Spool>) -> Left {
        let mut left = Left {
            waiting: self.waiting(),
            unsent: self.intents().count(),
            kept: None,
        };
        let kept = self.kept();
        if let Some(spool) = spool {
            if kept.is_empty() {
                spool.clear();
            } else {
                match spool.keep(&kept) {
                    Ok(path) => left.kept = Some(path),
                    Err(error) => tracing::error!("nothing can be kept: {error}"),
                }
            }
        }
        left
    }
}

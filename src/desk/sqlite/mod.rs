//! The desk in one SQLite file.
//!
//! `journal` is insert only (triggers refuse anything else) and a chain of hashes, in WAL mode.
//! Records that must survive a power cut are committed with `synchronous = FULL`; everything
//! else with `NORMAL`, which a crash of the program survives too. Beside the journal stand rows
//! that are derived from it in the same transaction (`subject`, `number`), the drafts, and who
//! is connected.

mod open;
mod read;
mod rows;
mod session;
mod tables;
mod upgrade;
mod words;
mod write;

pub(super) use open::{migrate, outdated, private, to_read};
pub(super) use read::torn_tail;
pub(super) use tables::Step;
pub(super) use upgrade::{Found, look, may};
pub(super) use words::Words;

use super::{
    About, Access, Clock, Drafts, Guards, Item, Past, Picture, Session, Store, StoreError, Who,
};
use chrono::Utc;
use ocdeck_domain::{
    facts::Time,
    journal::{Author, DraftRow, NewRecord, Record, Series, Subject},
};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use session::Presence;
use std::path::Path;
use tables::STEPS;
use write::Writer;

/// A desk in a file.
#[derive(Debug)]
pub struct Sqlite {
    write: Connection,
    /// `data_version` tells only of the writes of other connections, so this one never writes.
    watch: Connection,
    version: i64,
    /// The version of the tables that `access` was said for, and the steps it was said by.
    tables: i64,
    steps: &'static [Step],
    words: Words,
    access: Access,
    /// Whether this account could not write the file when it was opened.
    unwritable: bool,
    author: Author,
    /// The host's clock: all programs that have the file open compare by it who is connected.
    clock: fn() -> Time,
    /// Desk time of the program, where it keeps one.
    desk_time: Option<Clock>,
    presence: Option<Presence>,
}

/// How a desk's file is opened.
#[derive(Clone, Debug)]
pub(super) struct How {
    /// Who is told to be connected.
    who: Who,
    /// The host's clock.
    clock: fn() -> Time,
    /// The steps to newer tables that this program knows.
    steps: &'static [Step],
    /// Whether a step that cuts off older consoles is made too.
    breaking: bool,
}

/// The steps to newer tables that this program knows.
pub(super) fn newest_steps() -> &'static [Step] {
    STEPS
}

impl Default for How {
    fn default() -> Self {
        Self {
            who: Who::default(),
            clock: Utc::now,
            steps: STEPS,
            breaking: false,
        }
    }
}

impl How {
    pub(super) fn of(who: &Who) -> Self {
        Self {
            who: who.clone(),
            ..Self::default()
        }
    }
}

impl Sqlite {
    /// Opens the desk of one person, and makes it when it is not there: readable for its owner
    /// only.
    ///
    /// # Errors
    /// When it cannot be made or opened, with what to do about it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        private(path)?;
        Self::connect(path, How::default())
    }

    fn transaction<T>(
        &mut self,
        durable: bool,
        body: impl FnOnce(&Transaction<'_>, &Words) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.look_at_tables()?;
        let words = &self.words;
        let level = if durable { "FULL" } else { "NORMAL" };
        // Cannot be changed inside a transaction.
        self.write
            .pragma_update(None, "synchronous", level)
            .map_err(|error| words.write(error))?;
        let transaction = self
            .write
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| words.write(error))?;
        // Nobody makes the tables newer from here on.
        if open::tables(&transaction).map_err(|error| words.read(error))? != self.tables {
            return Err(self.words.just_changed());
        }
        let done = body(&transaction, words)?;
        transaction.commit().map_err(|error| words.write(error))?;
        Ok(done)
    }
}

impl Sqlite {
    /// Desk time.
    fn received(&self) -> Time {
        let clock = self.desk_time.as_ref();
        clock.map_or_else(self.clock, Clock::now)
    }

    /// A newer program may have made the tables newer meanwhile, so that this one may not write
    /// any more, or not even read.
    fn look_at_tables(&mut self) -> Result<(), StoreError> {
        let tables = open::tables(&self.watch).map_err(|error| self.words.read(error))?;
        // One that may only be read is opened anew instead.
        if tables != self.tables && self.access == Access::ReadWrite {
            let about = upgrade::about(&self.write, &self.words)?;
            (self.access, _) = upgrade::may(&about, self.steps, &self.words)?;
            self.tables = tables;
        }
        match &self.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly(reason) => Err(StoreError::ReadOnly {
                place: self.words.place(),
                reason: reason.clone(),
            }),
        }
    }
}

impl Store for Sqlite {
    fn picture(&mut self, since: Time) -> Result<Picture, StoreError> {
        let words = &self.words;
        // All of it as of one moment.
        let transaction = self
            .write
            .transaction()
            .map_err(|error| words.read(error))?;
        read::picture(&transaction, words, since)
    }

    fn records(&mut self, after: u64, most: u32) -> Result<Vec<Record>, StoreError> {
        read::behind(&self.write, &self.words, after, most)
    }

    fn history(&mut self, subject: &Subject) -> Result<Vec<Record>, StoreError> {
        read::history(&self.write, &self.words, &subject.to_string())
    }

    fn past(
        &mut self,
        kind: &str,
        before: Option<&Subject>,
        most: u32,
    ) -> Result<Past, StoreError> {
        read::past(&self.write, &self.words, kind, before, most)
    }

    fn append(&mut self, records: &[NewRecord]) -> Result<(), StoreError> {
        let durable = records.iter().any(|record| record.durable);
        let (author, now) = (self.author.clone(), self.received());
        self.transaction(durable, |transaction, words| {
            let mut writer = Writer::new(transaction, words)?;
            records
                .iter()
                .try_for_each(|record| writer.add(record, &author, now))
        })
    }

    fn open(
        &mut self,
        subject: &Subject,
        series: Series,
        records: &[NewRecord],
    ) -> Result<u32, StoreError> {
        let (author, now) = (self.author.clone(), self.received());
        self.transaction(true, |transaction, words| {
            let mut writer = Writer::new(transaction, words)?;
            let number = writer.open(subject, series, &author, now)?;
            for record in records {
                writer.add(record, &author, now)?;
            }
            Ok(number)
        })
    }

    fn save_drafts(&mut self, rows: &[DraftRow]) -> Result<Vec<DraftRow>, StoreError> {
        self.transaction(false, |transaction, words| {
            write::save_drafts(transaction, words, rows)
        })
    }

    fn drafts(&mut self, after: u64) -> Result<Drafts, StoreError> {
        read::drafts_behind(&self.write, &self.words, after)
    }

    fn changed(&mut self) -> Result<bool, StoreError> {
        let now = (self.clock)();
        if let Some(presence) = &mut self.presence
            && presence.is_due()
        {
            // Who is connected is told less well then, nothing else is worse for it.
            let _ = presence.beat(&self.write, now);
        }
        let version = open::data_version(&self.watch).map_err(|error| self.words.read(error))?;
        let changed = std::mem::replace(&mut self.version, version) != version;
        if changed {
            match self.look_at_tables() {
                Ok(()) | Err(StoreError::ReadOnly { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(changed)
    }

    fn access(&self) -> Access {
        self.access.clone()
    }

    fn may_open_better(&self) -> bool {
        let tables = open::tables(&self.watch);
        tables.is_ok_and(|tables| tables != self.tables)
            || self.unwritable && open::may_write(self.words.path())
    }

    fn now(&mut self) -> Result<Time, StoreError> {
        Ok((self.clock)())
    }

    fn follow(&mut self, clock: &Clock) {
        self.desk_time = Some(clock.clone());
    }

    fn sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        let now = (self.clock)();
        session::all(&self.write, &self.words, &self.author.host, now)
    }

    fn about(&mut self) -> Result<About, StoreError> {
        upgrade::about(&self.write, &self.words)
    }

    fn hashes(&mut self, after: u64, most: u32) -> Result<Vec<(u64, [u8; 32])>, StoreError> {
        read::hashes(&self.write, &self.words, after, most)
    }

    fn guards(&mut self) -> Result<Guards, StoreError> {
        read::guards(&self.write, &self.words)
    }

    fn import(
        &mut self,
        about: &About,
        items: &mut dyn Iterator<Item = Result<Item, StoreError>>,
    ) -> Result<(), StoreError> {
        self.transaction(true, |transaction, words| {
            write::import(transaction, words, about, items)
        })
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        if let Some(presence) = &self.presence {
            // A row that stays is told as gone once it is silent for long enough.
            let _ = presence.end(&self.write);
        }
    }
}

#[cfg(test)]
pub(super) mod tests;

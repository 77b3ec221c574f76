//! A desk in memory: it writes at once what a console wants written, and tells it.

use crate::fleet;
use ocdeck::state::{
    Model,
    effect::{DeskCommand, Effect},
    msg::{DeskMsg, Msg},
};
use ocdeck_domain::journal::{Author, NewRecord, Record, Subject, opened};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The desk.
#[derive(Debug, Default)]
pub struct Ledger {
    seq: u64,
    number: u32,
    places: HashMap<Subject, u32>,
    events: HashSet<Uuid>,
}

impl Ledger {
    fn write(&mut self, record: NewRecord) -> Option<Record> {
        if !self.events.insert(record.event_id) {
            return None;
        }
        self.seq += 1;
        let place = self.places.entry(record.subject.clone()).or_default();
        *place += 1;
        Some(Record {
            seq: self.seq,
            subject_version: *place,
            received_at: fleet::now(),
            author: Author::default(),
            record,
        })
    }

    /// What the desk says to these.
    pub fn answers(&mut self, effects: Vec<Effect>) -> Vec<Msg> {
        let commands = effects.into_iter().filter_map(|effect| match effect {
            Effect::Desk(command) => Some(command),
            _ => None,
        });
        commands
            .filter_map(|command| self.answer(command))
            .map(Msg::Desk)
            .collect()
    }

    fn answer(&mut self, command: DeskCommand) -> Option<DeskMsg> {
        match command {
            DeskCommand::Append { records, .. } => {
                let records = records.into_iter().filter_map(|record| self.write(record));
                Some(DeskMsg::Appended(records.collect()))
            }
            DeskCommand::Open {
                subject, records, ..
            } => {
                self.number += 1;
                let first = opened(&subject, self.number, fleet::now(), "desk");
                let all = std::iter::once(first).chain(records);
                let records = all.filter_map(|record| self.write(record)).collect();
                Some(DeskMsg::Opened {
                    subject,
                    number: self.number,
                    records,
                })
            }
            DeskCommand::Intend { .. }
            | DeskCommand::TakeBack(_)
            | DeskCommand::History(_)
            | DeskCommand::Past { .. }
            | DeskCommand::SaveDraft(_) => None,
        }
    }

    /// Answers until nothing is asked any more; how many answers that took.
    pub fn settle(&mut self, model: &mut Model, effects: Vec<Effect>) -> usize {
        let mut count = 0;
        let mut open = self.answers(effects);
        while !open.is_empty() {
            let mut next = Vec::new();
            for msg in open {
                count += 1;
                next.extend(fleet::send(model, msg));
            }
            open = self.answers(next);
        }
        count
    }
}

//! What the desk's journal says beside the restore requests, folded: one history gives one
//! book, whoever wrote it in which pieces.

use crate::{
    alert::Life,
    directory::Revisions,
    handover::Handover,
    hook::Hooks,
    ids::{AlertId, Episode, HandoverId, On, SweepId},
    incident::Incidents,
    journal::{Record, Subject},
    shift::Person,
    sweep::Sweep,
};
use std::collections::BTreeMap;

/// The fold of the journal, without the restore requests ([`crate::restore::Request`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// The incidents.
    pub incidents: Incidents,
    /// Handovers from shift to shift.
    pub handovers: BTreeMap<HandoverId, Handover>,
    /// The people of the operations center, by name.
    pub people: BTreeMap<String, Person>,
    /// Looks at every job.
    pub sweeps: BTreeMap<SweepId, Sweep>,
    /// Runs of hooks.
    pub hooks: Hooks,
    /// The revisions of the directory and the policy.
    pub directory: Revisions,
    alerts: BTreeMap<Episode, Life>,
    /// Records about what this build does not know, in the journal's order: kept and shown.
    unknown: Vec<Record>,
}

impl Book {
    /// Folds a record in. Records of one subject come in the order of its history; one that
    /// was folded before is passed over.
    pub fn fold(&mut self, record: &Record) {
        match &record.record.subject {
            // Folded by who keeps the requests.
            Subject::Request(_) => {}
            Subject::Incident(_) => {
                self.incidents.fold(record);
            }
            Subject::Handover(id) => self.handovers.entry(*id).or_default().fold(record),
            Subject::Person(name) => {
                let person = self.people.entry(name.clone()).or_default();
                person.fold(record);
            }
            Subject::Seen { person, .. } => {
                self.people.entry(person.clone()).or_default().saw(record);
            }
            Subject::Sweep(id) => self.sweeps.entry(*id).or_default().fold(record),
            Subject::Alert(episode) => {
                let life = self.alerts.entry(episode.clone());
                life.or_insert_with(|| Life::new(episode.clone()))
                    .fold(record);
            }
            Subject::Hook(_) => {
                self.hooks.fold(record);
            }
            Subject::Directory | Subject::Revision(_) => self.directory.fold(record),
            _ => self.keep(record),
        }
    }

    fn keep(&mut self, record: &Record) {
        if !self.unknown.iter().any(|kept| kept.seq == record.seq) {
            self.unknown.push(record.clone());
        }
    }

    /// One raising of an alert.
    pub fn alert(&self, episode: &Episode) -> Option<&Life> {
        self.alerts.get(episode)
    }

    /// All raisings of all alerts.
    pub fn alerts(&self) -> impl Iterator<Item = &Life> {
        self.alerts.values()
    }

    /// The raisings of one alert, the oldest first.
    pub fn raisings(&self, alert: &On<AlertId>) -> impl DoubleEndedIterator<Item = &Life> {
        let from = |episode| Episode {
            alert: alert.clone(),
            episode,
        };
        let all = self.alerts.range(from(0)..=from(u32::MAX));
        all.map(|(_, life)| life)
    }

    /// Records about what this build does not know.
    pub fn unknown(&self) -> &[Record] {
        &self.unknown
    }
}

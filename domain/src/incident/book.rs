//! All incidents of the desk, and which of them an alert or a request belongs to.

use super::{Event, Incident, Promise, Raised};
use crate::{
    ids::{AlertId, Episode, IncidentId, IncidentNumber, On, RequestId},
    journal::{Record, Subject},
};
use std::collections::{BTreeMap, BTreeSet};

/// All incidents, with the ways to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Incidents {
    by_id: BTreeMap<IncidentId, Incident>,
    open: BTreeSet<IncidentId>,
    /// Of the open ones those of people.
    reported: BTreeSet<IncidentId>,
    /// Of the open ones those that hold a promise to a client.
    promised: BTreeSet<IncidentId>,
    by_number: BTreeMap<IncidentNumber, IncidentId>,
    by_episode: BTreeMap<Episode, BTreeSet<IncidentId>>,
    /// Every incident that an alert ever belonged to.
    by_alert: BTreeMap<On<AlertId>, BTreeSet<IncidentId>>,
    by_request: BTreeMap<RequestId, IncidentId>,
}

impl Incidents {
    /// Fold a record in; whose incident it is about, if it was new.
    pub fn fold(&mut self, record: &Record) -> Option<IncidentId> {
        let Subject::Incident(id) = record.record.subject else {
            return None;
        };
        let incident = self.by_id.entry(id).or_insert_with(|| Incident::new(id));
        if !incident.fold(record) {
            return None;
        }
        let last = incident.moments.last().and_then(|m| m.event.clone());
        let closed = incident.closed.is_some();
        if matches!(last, Some(Event::MergedInto { .. })) {
            self.untie(id);
        }
        self.sort_in(id);
        match last {
            Some(Event::Opened { reference }) => {
                self.by_number.insert(reference, id);
            }
            Some(Event::Raised(alert)) => self.belongs(&alert, id),
            Some(Event::AlertLinked(alert)) if !closed => self.belongs(&alert, id),
            Some(Event::RequestLinked { request }) => {
                self.by_request.insert(request, id);
            }
            _ => {}
        }
        Some(id)
    }

    /// Puts an incident that changed where it is looked for.
    fn sort_in(&mut self, id: IncidentId) {
        let Some(incident) = self.by_id.get(&id) else {
            return;
        };
        let open = !incident.over();
        let places = [
            (&mut self.open, open),
            (&mut self.reported, open && incident.reported()),
            (&mut self.promised, open && incident.has_promised()),
        ];
        for (place, stands) in places {
            if stands {
                place.insert(id);
            } else {
                place.remove(&id);
            }
        }
    }

    /// Two people may merge two incidents into each other in one second. Then the merge that was
    /// written first gives way, whatever order the histories are read in: the desk too has that
    /// one open last.
    fn untie(&mut self, id: IncidentId) {
        let mut ring = BTreeSet::new();
        let mut at = id;
        while ring.insert(at) {
            match self.get(at).and_then(|incident| incident.merged_into) {
                Some(next) => at = next,
                None => return,
            }
        }
        let order = |id: &IncidentId| {
            let incident = self.get(*id);
            let merged = incident.and_then(Incident::merged_at);
            (merged, incident.and_then(|incident| incident.number), *id)
        };
        let first = ring.iter().copied().min_by_key(order);
        let first = first.and_then(|id| self.by_id.get_mut(&id));
        if let Some(first) = first {
            first.merged_into = None;
            let id = first.id;
            self.sort_in(id);
        }
    }

    fn belongs(&mut self, alert: &Raised, id: IncidentId) {
        let of_episode = self.by_episode.entry(alert.episode.clone());
        of_episode.or_default().insert(id);
        let of_alert = self.by_alert.entry(alert.episode.alert.clone());
        of_alert.or_default().insert(id);
    }

    /// An incident.
    pub fn get(&self, id: IncidentId) -> Option<&Incident> {
        self.by_id.get(&id)
    }

    /// All incidents.
    pub fn all(&self) -> impl Iterator<Item = &Incident> {
        self.by_id.values()
    }

    /// Those that are neither closed nor merged.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        self.open.iter().filter_map(|id| self.by_id.get(id))
    }

    /// Of the open ones those that people reported: a few of thousands.
    pub fn open_of_people(&self) -> impl Iterator<Item = &Incident> {
        self.reported.iter().filter_map(|id| self.by_id.get(id))
    }

    /// The incident of that number.
    pub fn numbered(&self, number: IncidentNumber) -> Option<&Incident> {
        self.get(*self.by_number.get(&number)?)
    }

    /// The incident that one raising of an alert belongs to, after all merging: the open one,
    /// of several the first; where all are over the last.
    pub fn of_episode(&self, episode: &Episode) -> Option<&Incident> {
        let ids = self.by_episode.get(episode)?.iter();
        let all = || ids.clone().filter_map(move |id| self.end_of(*id));
        let number = |incident: &&Incident| incident.number.map_or((1, None), |n| (0, Some(n)));
        let open = all().filter(|incident| self.open.contains(&incident.id));
        open.min_by_key(|incident| (number(incident), incident.id))
            .or_else(|| all().max_by_key(|incident| (incident.number, incident.id)))
    }

    /// The open incident that an alert belongs to, whichever raising: of several, the one that
    /// was numbered first.
    pub fn open_of_alert(&self, alert: &On<AlertId>) -> Option<&Incident> {
        let ids = self.by_alert.get(alert)?.iter();
        ids.filter_map(|id| self.end_of(*id))
            .filter(|incident| self.open.contains(&incident.id))
            .min_by_key(|incident| incident.number.map_or((1, None), |n| (0, Some(n))))
    }

    /// Open incidents that an alert opened although another one was open: the later ones that
    /// nobody works on, and what they go on as. It happens when two consoles see two raisings
    /// before each has read the other's.
    pub fn doubles(&self, alert: &On<AlertId>) -> Vec<(IncidentId, IncidentId)> {
        let Some((ids, first)) = self.by_alert.get(alert).zip(self.open_of_alert(alert)) else {
            return Vec::new();
        };
        let others = ids.iter().filter_map(|id| self.get(*id));
        let others = others.filter(|other| {
            self.open.contains(&other.id) && other.number.is_some() && other.id != first.id
        });
        let untouched = others.filter(|other| !other.reported() && other.owner.is_empty());
        untouched.map(|other| (other.id, first.id)).collect()
    }

    /// The incident that a request belongs to, after all merging.
    pub fn of_request(&self, request: RequestId) -> Option<&Incident> {
        self.end_of(*self.by_request.get(&request)?)
    }

    /// What an incident goes on as, itself if it was not merged.
    pub fn end_of(&self, id: IncidentId) -> Option<&Incident> {
        let mut at = self.get(id)?;
        // It comes to an end: no ring is left standing.
        while let Some(next) = at.merged_into.and_then(|next| self.get(next)) {
            at = next;
        }
        Some(at)
    }

    /// Promises to clients that were not kept yet, the next first.
    pub fn promises(&self) -> Vec<(&Incident, &Promise)> {
        let promised = self.promised.iter();
        let mut promises: Vec<_> = promised
            .filter_map(|id| self.by_id.get(id))
            .flat_map(|incident| {
                let open = incident.open_promises().into_iter();
                open.map(move |promise| (incident, promise))
            })
            .collect();
        promises.sort_by_key(|(incident, promise)| (promise.at, incident.id));
        promises
    }
}

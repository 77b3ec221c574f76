//! The Incidents screen, and incidents in words.

use super::{lists::Filter, model::Model};
use ocdeck_domain::{
    facts::Time,
    fleet::Node,
    ids::{AlertId, IncidentId, On, RequestId},
    incident::{Incident, Origin, Phase},
    priority::Priority,
};
use std::collections::{BTreeMap, BTreeSet};

/// The Incidents screen.
#[derive(Debug, Default)]
pub struct IncidentsList {
    /// The incidents that pass the filter, in the order of the screen.
    pub rows: Vec<IncidentId>,
    /// Those that would be shown without a filter.
    pub total: usize,
    /// What rows must hold.
    pub filter: Filter,
    /// The selected incident.
    pub selected: Option<IncidentId>,
    /// Whether closed and merged ones are shown too.
    pub show_closed: bool,
    /// How many lines of the time line are below what is shown.
    pub below: usize,
    /// Alerts of which it is not known yet whether they open an incident.
    pub(super) unjudged: BTreeSet<On<AlertId>>,
    /// Alerts that a maintenance window keeps quiet, and until when: they are looked at again
    /// then, or when they change or the directory does, and not at every message.
    pub(super) quiet: BTreeSet<(Time, On<AlertId>)>,
    /// Incidents whose number was asked for and is not there yet, with the alert that opens them.
    pub(super) opening: BTreeMap<IncidentId, Option<On<AlertId>>>,
    /// Incidents whose names may have changed since somebody asked.
    pub(super) touched: BTreeSet<IncidentId>,
    /// Where the person was before a linked request was opened.
    pub(super) left: Option<IncidentId>,
    /// What the rows were made for; `None`: they must be made anew, or a filter was on.
    pub(super) ordered: Option<Ordered>,
    /// The place of each row in the order.
    pub(super) keys: BTreeMap<IncidentId, IncidentKey>,
    /// Incidents that were folded in since the rows were made.
    pub(super) moved: BTreeSet<IncidentId>,
    /// Incidents that want a person, whatever is shown: kept as the rows are.
    pub(super) wanting: BTreeSet<IncidentId>,
}

impl IncidentsList {
    /// Puts one incident in its place among the rows; `None`: it is not shown.
    pub(super) fn put(&mut self, id: IncidentId, key: Option<IncidentKey>) {
        let was = self.keys.get(&id).copied();
        if was == key {
            return;
        }
        if let Some(was) = was {
            let at = self.place(&was);
            if self.rows.get(at) == Some(&id) {
                self.rows.remove(at);
            }
            self.keys.remove(&id);
        }
        if let Some(key) = key {
            let at = self.place(&key);
            self.rows.insert(at, id);
            self.keys.insert(id, key);
        }
    }

    fn place(&self, key: &IncidentKey) -> usize {
        let before = |id: &IncidentId| self.keys.get(id).is_some_and(|other| other < key);
        self.rows.partition_point(before)
    }
}

/// What decides about the rows of the Incidents screen, beside what was folded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ordered {
    /// Whether closed ones are shown too.
    pub(super) show_closed: bool,
    /// The scope of all screens.
    pub(super) scope: Option<Node>,
}

/// The order of the Incidents screen: what needs a call, what wants work, what only wants to
/// be looked at, what is over; within each the most urgent priority, then the oldest.
pub(super) type IncidentKey = (u8, Priority, Option<Time>, IncidentId);

impl Model {
    /// Where an incident stands, by the numbers that it began under.
    pub fn incident_phase(&self, incident: &Incident) -> Phase {
        incident.phase(self.policy_of_incident(incident))
    }

    /// The order of an incident among the others.
    pub(super) fn incident_key(&self, incident: &Incident) -> IncidentKey {
        let class = match self.incident_phase(incident) {
            Phase::NeedsCall => 0,
            Phase::Open | Phase::InProgress | Phase::Waiting => 1,
            Phase::Recovered | Phase::Resolved => 2,
            Phase::Merged | Phase::Closed => 3,
        };
        (class, incident.priority(), incident.started, incident.id)
    }

    /// `INC-0012`; before the desk gave the number, what it will be.
    pub fn incident_name(&self, id: IncidentId) -> String {
        let incident = self.book.incidents.get(id);
        incident
            .and_then(|incident| incident.number)
            .map_or_else(|| "INC-…".to_owned(), |number| number.to_string())
    }

    /// "acme", "acme/erp01-files", or the appliance for the provider's own.
    pub fn incident_place(&self, incident: &Incident) -> String {
        let tenant = incident.tenant().map(|id| self.directory.tenant_name(id));
        match (&incident.origin, tenant) {
            (Some(Origin::Alert(alert)), Some(tenant)) => format!("{tenant}/{}", alert.object),
            (Some(Origin::Alert(alert)), None) => {
                let appliance = &alert.episode.alert.appliance;
                match alert.object.is_empty() || alert.object == appliance.as_str() {
                    true => appliance.to_string(),
                    false => format!("{appliance}/{}", alert.object),
                }
            }
            (_, Some(tenant)) => tenant.to_owned(),
            (_, None) => "no tenant".to_owned(),
        }
    }

    /// What an incident is about, in the fewest words.
    pub fn incident_text(&self, incident: &Incident) -> String {
        match &incident.origin {
            Some(Origin::Alert(alert)) if alert.text.is_empty() => alert.monitor.replace('_', " "),
            Some(Origin::Alert(alert)) => alert.text.clone(),
            Some(Origin::Person(report)) => report.text.clone(),
            None => "of a newer build".to_owned(),
        }
    }

    /// How many incidents want a person.
    pub fn incidents_open(&self) -> usize {
        self.incidents.wanting.len()
    }

    /// Those that do, looked for among all.
    pub(super) fn wanting(&self) -> BTreeSet<IncidentId> {
        let open = self.book.incidents.open();
        let wanting = open.filter(|incident| self.incident_phase(incident).wants_work());
        wanting.map(|incident| incident.id).collect()
    }

    /// About how many lines the time line of the selected incident has.
    pub(super) fn incident_lines(&self) -> usize {
        use ocdeck_domain::incident::Event;
        let Some(incident) = self.selected_incident() else {
            return 0;
        };
        let own = incident.moments.iter().map(|moment| {
            let text = moment.event.as_ref().and_then(Event::text);
            1 + text.map_or(0, |text| text.lines().count())
        });
        let merged = incident.merged_from.iter();
        let merged = merged.filter_map(|id| self.book.incidents.get(*id));
        let merged = merged.map(|other| other.moments.len());
        let requests = self.incident_requests(incident).into_iter();
        let requests = requests.filter_map(|id| Some(self.requests.get(id)?.moments.len()));
        own.chain(merged).chain(requests).sum()
    }

    /// The selected incident.
    pub fn selected_incident(&self) -> Option<&Incident> {
        self.book.incidents.get(self.incidents.selected?)
    }

    /// A request as people name it: by its incident's number once there is one.
    pub fn request_name(&self, id: RequestId) -> String {
        match self.book.incidents.of_request(id) {
            Some(Incident {
                number: Some(number),
                ..
            }) => number.to_string(),
            _ => self.reference_text(id),
        }
    }
}

//! Incidents that follow from alerts, by themselves, and the order of the Incidents screen.

use super::super::{
    effect::{DeskCommand, Effect},
    incidents::{IncidentKey, Ordered},
    lists::holds,
    model::{Env, Model},
};
use ocdeck_domain::{
    alert::is_link_lost,
    facts::{Alert, Time},
    fleet::{Lifecycle, Node},
    ids::{AlertId, IncidentId, On, TenantId},
    incident::{Due, Event, Incident, Phase, Quiet, appliance_left, as_raised, due, recovered},
    journal::{Record, Series, Subject},
    priority::Priority,
};
use std::collections::BTreeMap;

/// How many numbers are asked for at once: what an alert storm opens waits its turn here, not
/// in the desk's queue, where a person's call would stand behind it.
const OPENING: usize = 32;

/// Who writes what follows from incidents alone.
const DESK: &str = "desk";

impl Model {
    /// An alert came, changed or went: it is looked at once the desk is read.
    pub(super) fn judge_later(&mut self, alert: On<AlertId>) {
        self.incidents.unjudged.insert(alert);
    }

    /// Everything that the appliances told, and what open incidents are about, is looked at: the
    /// desk was read, or the directory is another.
    pub(super) fn judge_all(&mut self) {
        let all = self.fleet.appliances().flat_map(|(appliance, state)| {
            let alerts = state.alerts.keys();
            alerts.map(|id| On::new(appliance.clone(), id.clone()))
        });
        let open = self.book.incidents.open();
        let of_open = open.flat_map(|incident| &incident.alerts);
        let of_open = of_open.map(|alert| alert.raised.episode.alert.clone());
        let all: Vec<On<AlertId>> = all.chain(of_open).collect();
        self.incidents.unjudged.extend(all);
    }

    /// A record of an incident was folded in: whose alerts it has is looked at again.
    pub(super) fn incident_folded(&mut self, id: IncidentId) {
        self.incidents.touched.insert(id);
        self.incidents.opening.remove(&id);
        let alerts = self.book.incidents.get(id).map(|incident| &incident.alerts);
        let alerts = alerts.into_iter().flatten();
        let alerts: Vec<On<AlertId>> = alerts
            .map(|alert| alert.raised.episode.alert.clone())
            .collect();
        self.incidents.unjudged.extend(alerts);
    }

    /// What alerts make the desk write by itself. Ids are derived: any number of consoles
    /// writes it once.
    pub(super) fn follow_alerts(&mut self, env: &Env<'_>) {
        if !self.desk.loaded || self.role_off(WRITERS).is_some() {
            return;
        }
        while let Some((until, _)) = self.incidents.quiet.first() {
            if *until > self.now {
                break;
            }
            let over = self.incidents.quiet.pop_first();
            self.incidents.unjudged.extend(over.map(|(_, alert)| alert));
        }
        let mut later = Vec::new();
        while self.incidents.opening.len() < OPENING {
            let Some(alert) = self.incidents.unjudged.pop_first() else {
                break;
            };
            let under_way = self.incidents.opening.values().flatten();
            if under_way.into_iter().any(|other| *other == alert) {
                // Whether this raising belongs to the one being opened is known then.
                later.push(alert);
                continue;
            }
            self.judge(&alert, env);
        }
        self.incidents.unjudged.extend(later);
    }

    fn judge(&mut self, id: &On<AlertId>, env: &Env<'_>) {
        if self.fleet.get(&id.appliance).is_none() {
            return self.judge_left(id, env);
        }
        if let Some(alert) = self.alert_as_told(id) {
            let quiet = self.alert_quiet(id, &alert);
            if let (Some(Quiet::Suppressed), Some(window)) = (quiet, self.window_over(id, &alert)) {
                let until = window.to;
                self.incidents.quiet.insert((until, id.clone()));
            }
            for (incident, event) in recovered(id, &alert, &self.book.incidents) {
                let at = self.at_desk(id, alert.cleared.unwrap_or(alert.raised));
                self.automatic(env, incident, &event, at, id.appliance.as_str());
            }
            let raised = self.at_desk(id, alert.raised);
            match due(id, &alert, raised, quiet, &self.book.incidents) {
                Some(Due::Open(incident, event)) => {
                    self.open_incident(env, incident, Some(id), &event, raised);
                }
                Some(Due::Append(incident, event)) => {
                    self.automatic(env, incident, &event, raised, id.appliance.as_str());
                }
                None => {}
            }
        }
        for (double, first) in self.book.incidents.doubles(id) {
            let into = Event::MergedInto { incident: first };
            self.automatic(env, double, &into, env.now, DESK);
            let from = Event::MergedFrom {
                incident: double,
                takes: None,
            };
            self.automatic(env, first, &from, env.now, DESK);
        }
    }

    /// The time line of an incident says that what it is about is not managed any more.
    fn judge_left(&mut self, id: &On<AlertId>, env: &Env<'_>) {
        let Some(left) = self.book.directory.left(&id.appliance) else {
            return;
        };
        let (revision, at) = (left.number, left.at);
        for (incident, event) in appliance_left(id, revision, &self.book.incidents) {
            self.automatic(env, incident, &event, at, DESK);
        }
    }

    /// A moment of an appliance's clock, on the desk's time base.
    fn at_desk(&self, id: &On<AlertId>, at: Time) -> Time {
        // What consoles see is on the desk's time base already.
        if is_link_lost(id) {
            return at;
        }
        self.desk_time(&id.appliance, at)
    }

    /// An alert as the first event of its incident, and when it was raised.
    pub(super) fn raised_event(&self, id: &On<AlertId>, alert: &Alert) -> (Event, Time) {
        let raised = self.at_desk(id, alert.raised);
        (Event::Raised(as_raised(id, alert, raised)), raised)
    }

    /// Why an alert opens no incident, whatever its severity.
    fn alert_quiet(&self, id: &On<AlertId>, alert: &Alert) -> Option<Quiet> {
        let tenant = alert.tenant.as_ref();
        if let Some(tenant) = tenant.and_then(|id| self.directory.tenant(id)) {
            if !tenant.managed {
                return Some(Quiet::Unmanaged);
            }
            if tenant.lifecycle != Lifecycle::Live {
                return Some(Quiet::Onboarding);
            }
        }
        self.window_over(id, alert).map(|_| Quiet::Suppressed)
    }

    /// Open an incident: the desk gives it the next number, once whoever asks.
    pub(super) fn open_incident(
        &mut self,
        env: &Env<'_>,
        id: IncidentId,
        alert: Option<&On<AlertId>>,
        event: &Event,
        at: Time,
    ) {
        if self.incidents.opening.contains_key(&id) {
            return;
        }
        let actor = alert.map_or(self.me.name.as_str(), |alert| alert.appliance.as_str());
        let records = vec![event.record((env.new_id)(), id, at, actor)];
        self.incidents.opening.insert(id, alert.cloned());
        self.effects.push(Effect::Desk(DeskCommand::Open {
            subject: Subject::Incident(id),
            series: Series::Incident,
            records,
        }));
    }

    /// Write what follows by itself, unless it is under way already.
    fn automatic(
        &mut self,
        env: &Env<'_>,
        incident: IncidentId,
        event: &Event,
        at: Time,
        actor: &str,
    ) {
        let record = event.record((env.new_id)(), incident, at, actor);
        if self.witnessing.insert(record.event_id) {
            self.effects.push(Effect::Desk(DeskCommand::Append {
                records: vec![record],
            }));
        }
    }

    /// The desk gave an incident its number.
    pub(super) fn incident_opened(&mut self, id: IncidentId) {
        let known = self.book.incidents.get(id);
        let reported = known.is_some_and(Incident::reported);
        if known.is_none() {
            // It was opened long ago, and is not among what was read at the start.
            let subject = Subject::Incident(id);
            let history = DeskCommand::History(subject);
            self.effects.push(Effect::Desk(history));
        }
        if self.incidents.opening.remove(&id).is_some() && reported {
            self.done(format!("{} opened", self.incident_name(id)));
        }
    }

    /// What another writer did to an incident, and when, for who was not as fast.
    pub(super) fn incident_conflict(&self, id: IncidentId) -> Option<String> {
        let incident = self.book.incidents.get(id)?;
        let claims = |event: &Event| event.claims() || matches!(event, Event::MergedFrom { .. });
        let mut moments = incident.moments.iter().rev();
        let claim = moments.find(|moment| moment.event.as_ref().is_some_and(claims));
        let moment = claim.or(incident.moments.last())?;
        let ago = ocdeck_domain::words::ago(self.now - moment.at);
        let name = self.incident_name(id);
        let did = match &moment.event {
            Some(Event::Taken) => format!("took {name}"),
            Some(Event::TakenOver { from }) => format!("took {name} with the shift of {from}"),
            Some(Event::Assigned { to }) => format!("gave {name} to {to}"),
            Some(Event::PriorityChanged { to, .. }) => format!("made {name} a {to}"),
            Some(Event::Closed { .. }) => format!("closed {name}"),
            Some(Event::Resolved { .. }) => format!("resolved {name}"),
            Some(Event::Reopened { .. }) => format!("opened {name} again"),
            Some(Event::MergedInto { incident }) => {
                format!("merged {name} into {}", self.incident_name(*incident))
            }
            Some(Event::Noted { .. }) => format!("wrote a note on {name}"),
            Some(Event::Contacted(_)) => format!("called about {name}"),
            _ => format!("changed {name}"),
        };
        Some(format!("{} {did} {ago}", moment.actor))
    }

    /// Whether an incident passes the filter.
    fn incident_passes(&self, incident: &Incident, words: &[String]) -> bool {
        words.is_empty()
            || holds(
                &format!(
                    "{} {} {} {} {} {}",
                    self.incident_name(incident.id),
                    self.incident_place(incident),
                    self.incident_text(incident),
                    incident.owner,
                    incident.priority(),
                    self.incident_phase(incident).name(),
                ),
                words,
            )
    }

    /// Whether an incident stands in the scope. What needs a call, and a P1, stand in every.
    fn incident_in_scope(
        &self,
        incident: &Incident,
        known: &mut BTreeMap<Option<TenantId>, bool>,
    ) -> bool {
        let urgent = incident.priority() == Priority::P1
            || self.incident_phase(incident) == Phase::NeedsCall;
        let Some(scope) = self.scope().filter(|_| !urgent) else {
            return true;
        };
        if let Node::Appliance(_, appliance) = scope
            && let Some(alert) = incident.alerts.first()
        {
            return &alert.raised.episode.alert.appliance == appliance;
        }
        let tenant = incident.tenant().cloned();
        *known.entry(tenant.clone()).or_insert_with(|| {
            let node = tenant.map(Node::Tenant);
            match node {
                Some(node) => self.directory.within(&node, scope),
                None => self.directory.parent(scope).is_none(),
            }
        })
    }

    /// The rows of the Incidents screen.
    pub(super) fn order_incidents(&mut self) {
        let show_closed = self.incidents.show_closed;
        let words = self.incidents.filter.words();
        let scope = self.scope().cloned();
        let moved = std::mem::take(&mut self.incidents.moved);
        // Most of what comes in, and time itself, moves no incident. What a filter looks at
        // depends on names that appliances tell.
        let wanted = words.is_empty().then_some(Ordered { show_closed, scope });
        if wanted.is_some() && self.incidents.ordered == wanted {
            if moved.is_empty() {
                return;
            }
            for id in moved {
                let key = self.incident_row(id, &mut BTreeMap::new());
                self.incidents.put(id, key);
                let incident = self.book.incidents.get(id);
                if incident.is_some_and(|incident| self.incident_phase(incident).wants_work()) {
                    self.incidents.wanting.insert(id);
                } else {
                    self.incidents.wanting.remove(&id);
                }
            }
            self.incidents.total = self.incidents.rows.len();
        } else {
            self.incidents.ordered = wanted;
            self.order_all_incidents(&words);
            self.incidents.wanting = self.wanting();
        }
        let list = &mut self.incidents;
        // What is being opened is selected before the desk gave it a number.
        let held = list
            .selected
            .is_some_and(|id| list.keys.contains_key(&id) || list.opening.contains_key(&id));
        if !held {
            list.selected = list.rows.first().copied();
            list.below = 0;
        }
    }

    /// The place of an incident among the rows; `None`: it is not shown.
    fn incident_row(
        &self,
        id: IncidentId,
        known: &mut BTreeMap<Option<TenantId>, bool>,
    ) -> Option<IncidentKey> {
        let incident = self.book.incidents.get(id)?;
        let shown = self.incidents.show_closed || !incident.over();
        (shown && self.incident_in_scope(incident, known)).then(|| self.incident_key(incident))
    }

    fn order_all_incidents(&mut self, words: &[String]) {
        let mut known = BTreeMap::new();
        let all = self.book.incidents.all();
        let mut rows: Vec<IncidentKey> = all
            .filter_map(|incident| self.incident_row(incident.id, &mut known))
            .collect();
        let total = rows.len();
        rows.retain(|(.., id)| {
            let incident = self.book.incidents.get(*id);
            incident.is_some_and(|incident| self.incident_passes(incident, words))
        });
        rows.sort();
        let list = &mut self.incidents;
        list.total = total;
        list.rows = rows.iter().map(|(.., id)| *id).collect();
        list.keys = rows.into_iter().map(|key| (key.3, key)).collect();
    }

    /// A record was folded into the book.
    pub(super) fn book_folded(&mut self, record: &Record) {
        match record.record.subject {
            Subject::Incident(id) => {
                let incident = self.book.incidents.get(id);
                let tied = |i: &Incident| i.merged_into.is_some() || !i.merged_from.is_empty();
                if incident.is_some_and(tied) {
                    // A merge may open or close another one too.
                    self.incidents.ordered = None;
                }
                self.incidents.moved.insert(id);
                self.incident_folded(id);
            }
            // Another policy is another place in the order.
            Subject::Directory | Subject::Revision(_) => self.incidents.ordered = None,
            _ => {}
        }
    }
}

/// Who may write on incidents.
pub(in crate::state) const WRITERS: &[&str] =
    &["technician", "duty_manager", "engineer", "reseller"];

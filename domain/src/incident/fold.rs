//! An incident, folded from its records. Folding in pieces gives what folding at once gives;
//! a record of a kind that this build does not know is kept and shown.

use super::{
    Channel, Contacted, Escalation, Event, Kind, LinkedAlert, Notified, Promise, Raised, Reported,
};
use crate::{
    clock::Wait,
    facts::Time,
    ids::{IncidentId, IncidentNumber, RequestId, TenantId},
    journal::{Record, Subject},
    policy::Policy,
    priority::Priority,
};

/// What an incident began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An alert.
    Alert(Raised),
    /// A person.
    Person(Reported),
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// A person claims P1 or P2 without a call: the client must be called.
    NeedsCall,
    /// Nobody works on it.
    Open,
    /// Its owner works on it.
    InProgress,
    /// It waits for the client.
    Waiting,
    /// Everything that it was about cleared by itself; a person looks and closes it.
    Recovered,
    /// It is solved; it is closed with a reason.
    Resolved,
    /// It goes on as another one.
    Merged,
    /// Nothing more is to be done.
    Closed,
}

impl Phase {
    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::NeedsCall => "needs call",
            Self::Open => "open",
            Self::InProgress => "in progress",
            Self::Waiting => "waits for client",
            Self::Recovered => "recovered",
            Self::Resolved => "resolved",
            Self::Merged => "merged",
            Self::Closed => "closed",
        }
    }

    /// Whether a person must still do something about its cause.
    pub fn wants_work(self) -> bool {
        matches!(
            self,
            Self::NeedsCall | Self::Open | Self::InProgress | Self::Waiting
        )
    }
}

/// One line of an incident's time line.
pub type Moment = crate::journal::Moment<Event>;

/// An incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Id.
    pub id: IncidentId,
    /// Its running number.
    pub number: Option<IncidentNumber>,
    /// What it began with.
    pub origin: Option<Origin>,
    /// Its priority now.
    pub priority: Option<Priority>,
    /// When its clock began; never changed by what comes later.
    pub started: Option<Time>,
    /// The place in the journal of the record that began it: its clocks keep the revision of the
    /// policy that was in force then.
    pub began: Option<u64>,
    /// When a named technician had human contact, or took what no person reported; and who.
    pub responded: Option<(Time, String)>,
    /// Who works on it; empty: nobody.
    pub owner: String,
    /// The first call with the client.
    pub called: Option<Time>,
    /// Its alerts.
    pub alerts: Vec<LinkedAlert>,
    /// Its restore requests.
    pub requests: Vec<RequestId>,
    /// The times during which it waited for the client.
    pub waits: Vec<Wait>,
    /// Calls to the duty manager.
    pub escalations: Vec<Escalation>,
    /// Who of the client was told.
    pub told: Vec<Notified>,
    /// What was promised.
    pub promises: Vec<Promise>,
    /// What it goes on as.
    pub merged_into: Option<IncidentId>,
    /// What goes on as this.
    pub merged_from: Vec<IncidentId>,
    /// When it was solved, and how.
    pub resolved: Option<(Time, String)>,
    /// When it was closed, and why.
    pub closed: Option<(Time, String)>,
    /// Everything that happened, in the journal's order.
    pub moments: Vec<Moment>,
    /// The report of one that goes on as this, whose clock this one has.
    pub(super) took_report: Option<Reported>,
    /// Whether who reported one that goes on as this waits for a call.
    pub(super) owes_call: bool,
    merged_at: Option<u64>,
    seen: u32,
}

impl Incident {
    /// An incident of which nothing is known yet.
    pub fn new(id: IncidentId) -> Self {
        Self {
            id,
            number: None,
            origin: None,
            priority: None,
            started: None,
            began: None,
            responded: None,
            owner: String::new(),
            called: None,
            alerts: Vec::new(),
            requests: Vec::new(),
            waits: Vec::new(),
            escalations: Vec::new(),
            told: Vec::new(),
            promises: Vec::new(),
            merged_into: None,
            merged_from: Vec::new(),
            resolved: None,
            closed: None,
            moments: Vec::new(),
            took_report: None,
            owes_call: false,
            merged_at: None,
            seen: 0,
        }
    }

    /// Fold one record in. Records come in the order of their subject; one that was folded
    /// before is passed over, so that overlapping reads do no harm. Whether it was new.
    pub fn fold(&mut self, record: &Record) -> bool {
        let of_this = record.record.subject == Subject::Incident(self.id);
        if !of_this || record.subject_version <= self.seen {
            return false;
        }
        self.seen = record.subject_version;
        let event = record.event().ok();
        if let Some(event) = &event {
            self.apply(event, record);
        }
        self.moments.push(Moment::of(record, event));
        true
    }

    fn apply(&mut self, event: &Event, record: &Record) {
        let (at, actor) = (record.record.at, &record.record.actor);
        match event {
            Event::Opened { reference } => self.number = Some(*reference),
            Event::Raised(alert) => {
                self.begin(Origin::Alert((**alert).clone()), alert.raised, record.seq);
            }
            Event::Reported(report) => {
                let origin = Origin::Person((**report).clone());
                self.begin(origin, report.received, record.seq);
                if report.channel == Channel::Call {
                    self.responded.get_or_insert((at, actor.clone()));
                    self.called.get_or_insert(report.received);
                    self.own(actor);
                }
            }
            // Behind the close it came too late: it opens another.
            Event::AlertLinked(alert) if self.closed.is_none() => self.link(alert),
            Event::AlertLinked(_) => {}
            Event::Recovered { episode } => {
                let alerts = self.alerts.iter_mut();
                for alert in alerts.filter(|a| &a.raised.episode == episode) {
                    alert.cleared.get_or_insert(at);
                }
            }
            Event::ApplianceLeft { episode, revision } => {
                let alerts = self.alerts.iter_mut();
                for alert in alerts.filter(|a| &a.raised.episode == episode) {
                    alert.left = Some(*revision);
                }
            }
            Event::RequestLinked { request } => {
                if !self.requests.contains(request) {
                    self.requests.push(*request);
                }
            }
            Event::Taken => {
                self.own(actor);
                if !self.reported() {
                    self.responded.get_or_insert((at, actor.clone()));
                }
            }
            Event::TakenOver { .. } => self.own(actor),
            Event::Assigned { to } => self.own(to),
            Event::Noted { .. } => {}
            Event::Contacted(contacted) => self.contact(contacted, at, actor),
            Event::Waiting { what, attempt } => {
                if let Ok(wait) = Wait::begin(at, what, attempt) {
                    self.end_wait(at);
                    self.waits.push(wait);
                }
            }
            Event::WaitingEnded => self.end_wait(at),
            Event::PriorityChanged { to, call, .. } => {
                self.priority = Some(*to);
                if call.is_some() {
                    self.owes_call = false;
                    self.called.get_or_insert(at);
                    self.responded.get_or_insert((at, actor.clone()));
                }
            }
            Event::Escalated(escalation) => self.escalations.push(escalation.clone()),
            Event::Notified(told) => self.told.push(told.clone()),
            Event::Promised { what, at: until } => self.promises.push(Promise {
                id: record.record.event_id,
                what: what.clone(),
                at: *until,
                by: actor.clone(),
                kept: None,
            }),
            Event::Kept { promise } => {
                let mut promises = self.promises.iter_mut();
                if let Some(promise) = promises.find(|p| p.id == *promise) {
                    promise.kept.get_or_insert(at);
                }
            }
            Event::MergedInto { incident } => {
                self.merged_into = Some(*incident);
                self.merged_at = Some(record.seq);
            }
            Event::MergedFrom { incident, takes } => {
                if !self.merged_from.contains(incident) {
                    self.merged_from.push(*incident);
                }
                if let Some(takes) = takes {
                    self.inherit(takes);
                }
            }
            Event::Resolved { note } => {
                self.end_wait(at);
                self.resolved = Some((at, note.clone()));
            }
            Event::Closed { reason } => {
                self.end_wait(at);
                self.closed = Some((at, reason.clone()));
            }
            Event::Reopened { .. } => {
                self.resolved = None;
                self.closed = None;
            }
        }
    }

    fn begin(&mut self, origin: Origin, started: Time, seq: u64) {
        if self.origin.is_some() {
            return;
        }
        self.priority = match &origin {
            Origin::Alert(alert) => alert.severity.priority(),
            Origin::Person(report) => Some(report.priority),
        };
        if let Origin::Alert(alert) = &origin {
            self.alerts.push(LinkedAlert {
                raised: alert.clone(),
                cleared: None,
                left: None,
            });
        }
        self.started = Some(started);
        self.began = Some(seq);
        self.origin = Some(origin);
    }

    /// A raising that was linked before is kept at its worst; a worse one makes the incident
    /// more urgent, and whatever is raised anew is not solved.
    fn link(&mut self, alert: &Raised) {
        let mut known = self.alerts.iter_mut();
        match known.find(|a| a.raised.episode == alert.episode) {
            Some(known) => known.raised.severity = known.raised.severity.max(alert.severity),
            None => self.alerts.push(LinkedAlert {
                raised: alert.clone(),
                cleared: None,
                left: None,
            }),
        }
        self.resolved = None;
        self.priority = match (self.priority, alert.severity.priority()) {
            (Some(now), Some(other)) => Some(now.min(other)),
            (now, other) => now.or(other),
        };
    }

    fn contact(&mut self, contacted: &Contacted, at: Time, actor: &str) {
        if contacted.reached {
            self.owes_call = false;
            self.called.get_or_insert(at);
            self.responded.get_or_insert((at, actor.to_owned()));
        }
        if self.owner.is_empty() {
            self.own(actor);
        }
    }

    fn end_wait(&mut self, at: Time) {
        if let Some(wait) = self.waits.last_mut() {
            wait.until.get_or_insert(at);
        }
    }

    fn own(&mut self, name: &str) {
        name.clone_into(&mut self.owner);
    }

    /// The place in the journal of its last merge into another.
    pub(super) fn merged_at(&self) -> Option<u64> {
        self.merged_at
    }

    /// When it was closed, and at which place of its history.
    pub fn closed_at(&self) -> Option<(Time, u32)> {
        let (at, _) = self.closed.as_ref()?;
        let mut moments = self.moments.iter().rev();
        let close = moments.find(|m| matches!(m.event, Some(Event::Closed { .. })))?;
        Some((*at, close.version))
    }

    /// The place in its history of the last record that was folded in.
    pub fn version(&self) -> u32 {
        self.seen
    }

    /// Whether a person reported it.
    pub fn reported(&self) -> bool {
        self.report().is_some()
    }

    /// What a person reported.
    pub fn report(&self) -> Option<&Reported> {
        let own = match &self.origin {
            Some(Origin::Person(report)) => Some(report),
            _ => None,
        };
        self.took_report.as_ref().or(own)
    }

    /// Whose it is; `None`: the provider's own, or not known.
    pub fn tenant(&self) -> Option<&TenantId> {
        match self.origin.as_ref()? {
            Origin::Alert(alert) => alert.tenant.as_ref(),
            Origin::Person(report) => report.tenant.as_ref(),
        }
    }

    /// What happened, in one sentence; empty while nothing is known.
    pub fn text(&self) -> &str {
        match &self.origin {
            Some(Origin::Alert(alert)) => &alert.text,
            Some(Origin::Person(report)) => &report.text,
            None => "",
        }
    }

    /// Its priority; the least urgent while nothing is known.
    pub fn priority(&self) -> Priority {
        self.priority.unwrap_or(Priority::P4)
    }

    /// P1 and P2 of people need a phone call (`call_at_or_above_priority`).
    pub fn needs_call(&self, policy: &Policy) -> bool {
        let spoken = self.called.is_some() && !self.owes_call;
        self.reported() && !spoken && policy.incident.needs_call(self.priority())
    }

    /// Whether nothing more can happen to it.
    pub fn over(&self) -> bool {
        self.closed.is_some() || self.merged_into.is_some()
    }

    /// Whether everything that it was about cleared by itself.
    pub fn recovered(&self) -> bool {
        let cleared = self.alerts.iter().all(|alert| alert.cleared.is_some());
        !self.reported() && !self.alerts.is_empty() && cleared
    }

    /// What it waits for, if it does.
    pub fn waiting(&self) -> Option<&Wait> {
        self.waits.last().filter(|wait| wait.until.is_none())
    }

    /// Whether a promise was not kept yet.
    pub(super) fn has_promised(&self) -> bool {
        self.promises.iter().any(|promise| promise.kept.is_none())
    }

    /// Promises that were not kept yet, the next first.
    pub fn open_promises(&self) -> Vec<&Promise> {
        let mut open: Vec<&Promise> = self.promises.iter().filter(|p| p.kept.is_none()).collect();
        open.sort_by_key(|promise| (promise.at, promise.id));
        open
    }

    /// Where it stands.
    pub fn phase(&self, policy: &Policy) -> Phase {
        if self.closed.is_some() {
            return Phase::Closed;
        }
        if self.merged_into.is_some() {
            return Phase::Merged;
        }
        if self.resolved.is_some() {
            return Phase::Resolved;
        }
        if self.needs_call(policy) {
            return Phase::NeedsCall;
        }
        if self.waiting().is_some() {
            return Phase::Waiting;
        }
        if self.recovered() {
            return Phase::Recovered;
        }
        if self.owner.is_empty() {
            Phase::Open
        } else {
            Phase::InProgress
        }
    }

    /// When it stopped to want work: its clocks stand still from then on.
    pub fn ended(&self) -> Option<Time> {
        let merged = self.merged_into.and_then(|_| {
            let mut moments = self.moments.iter().rev();
            let moment = moments.find(|m| matches!(m.event, Some(Event::MergedInto { .. })));
            moment.map(|moment| moment.at)
        });
        let recovered = self
            .recovered()
            .then(|| self.alerts.iter().filter_map(|a| a.cleared).max())
            .flatten();
        let resolved = self.resolved.as_ref().map(|(at, _)| *at);
        let closed = self.closed.as_ref().map(|(at, _)| *at);
        [resolved, closed, merged, recovered]
            .into_iter()
            .flatten()
            .min()
    }

    /// The priority that a kind of report has unless the client says otherwise (`[incident]`).
    pub fn usual_priority(kind: Kind, policy: &Policy) -> Priority {
        match kind {
            Kind::RestoreSystem => policy.restore.system.priority,
            Kind::RestoreFolder => policy.restore.folder.priority,
            Kind::RestoreFile => policy.restore.file.priority,
            Kind::RecoveryTest => policy.restore.recovery_test.priority,
            Kind::Backup => policy.incident.backup,
            Kind::Other => policy.incident.other,
        }
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;

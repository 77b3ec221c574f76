//! The clock rail: one chip for each restore request whose clock runs, and for each incident
//! of people; and what was promised and is due soon.

use super::model::Model;
use chrono::TimeDelta;
use ocdeck_domain::{
    clock::{Clock, Heat, Pause},
    facts::Time,
    handover::Promised,
    ids::{IncidentId, RequestId},
    incident::{Incident, Phase},
    priority::Priority,
};
use uuid::Uuid;

/// What is said where nothing stands in the rail.
pub const NOTHING_URGENT: &str = "no clock is running, and no promise is due";

/// Whose clock it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timed {
    /// A restore request.
    Request(RequestId),
    /// An incident of people.
    Incident(IncidentId),
    /// Something that was promised.
    Promise(Uuid),
}

/// What stands in the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A clock.
    Clock(Chip),
    /// What was promised, and is over or due soon.
    Promise(Promised),
}

impl Due {
    /// What it belongs to.
    pub fn of(&self) -> Timed {
        match self {
            Self::Clock(chip) => chip.of,
            Self::Promise(promised) => Timed::Promise(promised.promise.promise),
        }
    }
}

/// A chip of the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Whose clock it is.
    pub of: Timed,
    /// Whether the client waits for a call: nobody has spoken to who reported it.
    pub needs_call: bool,
    /// Whether it was dispatched and nobody answered.
    pub unanswered: bool,
    /// The clock that runs.
    pub clock: Clock,
    /// Time left; negative once breached.
    pub left: TimeDelta,
    /// Share of its time that is left, 0 to 100.
    pub percent: u8,
    /// How it looks.
    pub heat: Heat,
    /// "acme/erp01", as far as it is known.
    pub place: String,
    /// Who works on it; `None`: unclaimed.
    pub owner: Option<String>,
}

impl Chip {
    /// Its priority.
    pub fn priority(&self) -> Priority {
        self.clock.priority
    }

    /// Whether it waits for the client: its adjusted value stands still, and the wall value,
    /// which the rail shows, goes on.
    pub fn waits(&self, now: Time) -> bool {
        matches!(self.clock.pause(now), Some(Pause::Waiting { .. }))
    }
}

/// What the rail holds, as it was made last: not for each frame, nor for each message of a link.
#[derive(Debug, Default)]
pub(super) struct Rail {
    chips: Vec<Chip>,
    promises: Vec<Promised>,
    due: Vec<Due>,
    /// The second in which it was made.
    made: Option<i64>,
    /// Whether something came that may change it.
    changed: bool,
    /// How often it was made.
    #[cfg(test)]
    pub(super) times: usize,
}

impl Rail {
    /// Something came that may change it. What links tell does so with the record that the desk
    /// makes of it, or with the next second.
    pub(super) fn touch(&mut self) {
        self.changed = true;
    }
}

impl Model {
    /// The chips, the most urgent first: breached ones, then by time left.
    pub fn rail(&self) -> &[Chip] {
        &self.rail.chips
    }

    /// What was promised and is over or due so soon that it stands in the rail, the next first.
    pub fn due_promises(&self) -> &[Promised] {
        &self.rail.promises
    }

    /// All that stands in the rail, the most urgent first: breached clocks, then clocks and
    /// promises by time left. A promise that is over is no breach.
    pub fn due(&self) -> &[Due] {
        &self.rail.due
    }

    /// Makes the rail anew where it may be another.
    pub(super) fn follow_rail(&mut self) {
        let second = Some(self.now.timestamp());
        if self.rail.made == second && !self.rail.changed {
            return;
        }
        let (chips, promises) = (self.make_chips(), self.make_due_promises());
        let clocks = chips.iter().cloned().map(Due::Clock);
        let mut due: Vec<Due> = clocks
            .chain(promises.iter().cloned().map(Due::Promise))
            .collect();
        due.sort_by_key(|due| match due {
            Due::Clock(chip) => (chip.heat != Heat::Breached, chip.left),
            Due::Promise(promised) => (true, promised.promise.due - self.now),
        });
        self.rail = Rail {
            chips,
            promises,
            due,
            made: second,
            changed: false,
            #[cfg(test)]
            times: self.rail.times + 1,
        };
    }

    fn make_chips(&self) -> Vec<Chip> {
        let mut chips: Vec<Chip> = self
            .requests
            .open()
            .filter_map(|id| self.chip(id))
            .collect();
        // Those of alerts have none, and a storm opens thousands.
        let incidents = self.book.incidents.open_of_people();
        chips.extend(incidents.filter_map(|incident| self.incident_chip(incident)));
        chips.sort_by_key(|chip| (chip.heat != Heat::Breached, chip.left, chip.of));
        chips
    }

    fn make_due_promises(&self) -> Vec<Promised> {
        let within = TimeDelta::seconds(self.policy.promise.chip_within.into());
        let mut due = self.promises();
        due.retain(|promised| promised.promise.due - self.now <= within);
        due
    }

    /// The chip of a request whose clock runs.
    pub fn chip(&self, id: RequestId) -> Option<Chip> {
        let request = self.requests.get(id)?;
        let clock = request.running_clock(self.policy_of(request))?;
        Some(Chip {
            of: Timed::Request(id),
            needs_call: false,
            unanswered: self.unanswered(id).is_some(),
            left: clock.left(self.now),
            percent: clock.percent_left(self.now),
            heat: clock.heat(self.now, &self.policy.clock),
            clock,
            place: self.request_place(id),
            owner: (!request.owner.is_empty()).then(|| request.owner.clone()),
        })
    }

    /// The chip of an incident whose clock runs: of people, and as urgent as what needs a call.
    /// Those of alerts are counted with the alerts.
    pub fn incident_chip(&self, incident: &Incident) -> Option<Chip> {
        // Nearly all are of alerts, and this is asked for each of them every second.
        if !incident.reported() {
            return None;
        }
        let priority = incident.priority();
        let policy = self.policy_of_incident(incident);
        let urgent = policy.incident.needs_call(priority);
        let phase = incident.phase(policy);
        if !urgent || !phase.wants_work() {
            return None;
        }
        let mut clocks = self.incident_clocks(incident).into_iter();
        let clock = clocks.find(Clock::runs)?;
        // A request of it that is as urgent, and due no later, has the chip.
        let requests = self.incident_requests(incident).into_iter();
        let mut shown = requests.filter_map(|id| self.chip(id));
        if shown.any(|chip| chip.priority() <= priority && chip.clock.deadline <= clock.deadline) {
            return None;
        }
        Some(Chip {
            of: Timed::Incident(incident.id),
            needs_call: phase == Phase::NeedsCall,
            unanswered: false,
            left: clock.left(self.now),
            percent: clock.percent_left(self.now),
            heat: clock.heat(self.now, &self.policy.clock),
            clock,
            place: format!(
                "{} {}",
                self.incident_place(incident),
                self.incident_name(incident.id)
            ),
            owner: (!incident.owner.is_empty()).then(|| incident.owner.clone()),
        })
    }
}

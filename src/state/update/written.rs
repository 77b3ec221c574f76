//! What was handed to the desk and has not come back yet: what is said once it stands there, and
//! the place that the next decision about the same incident takes.

use super::super::{
    effect::{DeskCommand, Effect},
    model::{Env, Model},
};
use ocdeck_domain::{
    ids::{IncidentId, RequestId},
    incident::{Event, Incident},
    journal::{NewRecord, Record, Subject},
    restore::{self, Request},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How often a decision is written behind what does not matter to it.
const TRIES: u8 = 5;

/// Records of this console that the desk has not told back yet.
#[derive(Debug, Default)]
pub(in crate::state) struct Handed {
    /// What is said when a record stands on the desk, and whether it is to be looked after.
    said: BTreeMap<Uuid, (String, bool)>,
    /// Those about incidents, and how often each was tried again.
    incidents: BTreeMap<Uuid, (IncidentId, u8)>,
}

impl Handed {
    /// How many about an incident were tried at least so often.
    fn ahead(&self, id: IncidentId, tries: u8) -> u32 {
        let all = self.incidents.values();
        let ahead = all.filter(|(of, tried)| *of == id && *tried >= tries);
        u32::try_from(ahead.count()).unwrap_or(u32::MAX)
    }

    fn forget(&mut self, records: &[NewRecord]) {
        for record in records {
            self.said.remove(&record.event_id);
            self.incidents.remove(&record.event_id);
        }
    }
}

/// Whether an event may be why a request is not ended as a person wanted who did not know it.
fn turns(event: &restore::Event) -> bool {
    use restore::Event as E;
    matches!(
        event,
        E::Dispatching(_)
            | E::SentAgain { .. }
            | E::TakenOver { .. }
            | E::Cancelled { .. }
            | E::Validated { .. }
            | E::Closed
    )
}

impl Model {
    /// Says it when what this update handed to the desk last stands there: what the screen calls
    /// done is durable.
    pub(super) fn say_when_written(&mut self, said: impl Into<String>) {
        self.tell_when_written(said.into(), false);
    }

    /// As [`Model::say_when_written`], of what is done and still wants to be looked after.
    pub(super) fn warn_when_written(&mut self, said: impl Into<String>) {
        self.tell_when_written(said.into(), true);
    }

    fn tell_when_written(&mut self, said: String, warns: bool) {
        let handed = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Desk(DeskCommand::Append { records, .. }) => records.last(),
            _ => None,
        });
        match handed.map(|record| record.event_id) {
            Some(id) => {
                self.wait(format!("writing: {said}"));
                self.handed.said.insert(id, (said, warns));
            }
            None if warns => self.bad(said),
            None => self.done(said),
        }
    }

    /// These stand on the desk.
    pub(super) fn told_back(&mut self, records: &[Record]) {
        for record in records {
            let id = record.record.event_id;
            self.written_after_all(&record.record);
            self.handed.incidents.remove(&id);
            match self.handed.said.remove(&id) {
                Some((said, true)) => self.bad(said),
                Some((said, false)) => self.done(said),
                None => {}
            }
        }
    }

    /// The desk will never take these.
    pub(super) fn never_told_back(&mut self, refused: &[NewRecord]) {
        self.handed.forget(refused);
    }

    /// The end of a request as a person decides it, and what belongs to it, in one write: of
    /// somebody who dispatches at once and this only one does it.
    pub(super) fn request_write(
        &mut self,
        env: &Env<'_>,
        id: RequestId,
        events: &[restore::Event],
    ) {
        let known = self.requests.get(id).map_or(0, Request::version);
        let places = events.iter().zip(known + 1..);
        let records = places.map(|(event, place)| {
            let mut record = self.record(env, id, event);
            record.subject_version = Some(place);
            record
        });
        let records = records.collect();
        self.effects
            .push(Effect::Desk(DeskCommand::Append { records }));
    }

    /// The places of decisions about a request were taken. By nothing that matters to them: they
    /// are written behind it. Whether they were.
    pub(super) fn request_again(&mut self, refused: &[NewRecord]) -> bool {
        let decides = |record: &NewRecord| {
            matches!(record.kind.as_str(), "closed" | "validated" | "cancelled")
        };
        let first = refused.first().and_then(|record| {
            let request = self.requests.get(record.subject.request()?)?;
            Some((request, record.subject_version?))
        });
        let Some((request, place)) = first.filter(|_| refused.iter().any(decides)) else {
            return false;
        };
        let me = &self.me.name;
        let mine = |m: &&restore::Moment| {
            matches!(m.event, Some(restore::Event::TakenOver { .. })) && m.actor == *me
        };
        let since = request.moments.iter().filter(|m| m.version >= place);
        let mut since = since.filter(|m| !mine(m));
        // Without a moment behind that place it is not known what was faster.
        if request.version() < place || since.any(|m| m.event.as_ref().is_none_or(turns)) {
            return false;
        }
        let mut records = refused.to_vec();
        for (record, place) in records.iter_mut().zip(request.version() + 1..) {
            record.subject_version = Some(place);
        }
        self.effects
            .push(Effect::Desk(DeskCommand::Append { records }));
        true
    }

    /// A claim of a person on an incident, and what belongs to it, in one write: of two who do
    /// it at once one has it.
    pub(super) fn incident_write(&mut self, env: &Env<'_>, id: IncidentId, events: &[Event]) {
        let records = self.incident_records(env, id, events);
        self.hand_over(records, 0);
    }

    /// What happens to two incidents, both of it or nothing.
    pub(super) fn incidents_write(&mut self, env: &Env<'_>, both: [(IncidentId, Event); 2]) {
        let mut records = Vec::new();
        for (id, event) in both {
            records.extend(self.incident_records(env, id, &[event]));
        }
        self.hand_over(records, 0);
    }

    fn incident_records(&self, env: &Env<'_>, id: IncidentId, events: &[Event]) -> Vec<NewRecord> {
        let claim = events.iter().any(Event::claims);
        let made = events.iter().zip(self.next_place(id, 0)..);
        made.map(|(event, place)| {
            let mut record = event.record((env.new_id)(), id, env.now, &self.me.name);
            record.subject_version = claim.then_some(place);
            record
        })
        .collect()
    }

    /// Behind what is known of an incident, and what is under way from here. What is tried again
    /// stands only behind what was tried again before it: the others were refused too, or are
    /// known.
    fn next_place(&self, id: IncidentId, tries: u8) -> u32 {
        let known = self.book.incidents.get(id).map_or(0, Incident::version);
        known + self.handed.ahead(id, tries) + 1
    }

    fn hand_over(&mut self, records: Vec<NewRecord>, tries: u8) {
        for record in &records {
            if let Subject::Incident(id) = record.subject {
                self.handed.incidents.insert(record.event_id, (id, tries));
            }
        }
        self.effects
            .push(Effect::Desk(DeskCommand::Append { records }));
    }

    /// The places of decisions about incidents were taken. By nothing that matters to them: they
    /// are written behind it. Whether they were.
    pub(super) fn incident_again(&mut self, refused: &[NewRecord]) -> bool {
        let handed = refused.iter().filter_map(|record| {
            let handed = self.handed.incidents.get(&record.event_id);
            handed.map(|(_, tries)| *tries)
        });
        let tries = handed.max();
        let Some(tries) = tries.filter(|tries| *tries < TRIES) else {
            self.handed.forget(refused);
            return false;
        };
        if refused.iter().any(|record| self.decided_by_another(record)) {
            self.handed.forget(refused);
            return false;
        }
        for record in refused {
            self.handed.incidents.remove(&record.event_id);
        }
        let mut next: BTreeMap<IncidentId, u32> = BTreeMap::new();
        let mut records = refused.to_vec();
        for record in &mut records {
            if let (Subject::Incident(id), Some(place)) =
                (&record.subject, &mut record.subject_version)
            {
                let next = next.entry(*id).or_insert_with(|| self.next_place(*id, 1));
                *place = *next;
                *next += 1;
            }
        }
        self.hand_over(records, tries + 1);
        true
    }

    /// Whether somebody else decided about an incident since a decision was made.
    fn decided_by_another(&self, refused: &NewRecord) -> bool {
        let (Subject::Incident(id), Some(place)) = (&refused.subject, refused.subject_version)
        else {
            return false;
        };
        let incident = self.book.incidents.get(*id);
        let moments = incident.into_iter().flat_map(|it| it.moments.iter().rev());
        moments
            .take_while(|moment| moment.version >= place)
            .any(|moment| {
                let claims = moment.event.as_ref().is_none_or(Event::claims);
                claims && moment.actor != self.me.name
            })
    }
}

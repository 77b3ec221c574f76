//! What a person does with an incident: each command of the Incidents screen.

use super::super::{
    command::Command,
    form::FormFor,
    model::{Env, Model, Pane, Screen},
    note::NotePurpose,
    overlay::{Ask, AskFor, Overlay},
};
use super::incidents::WRITERS;
use ocdeck_domain::{
    clock::Clock,
    facts::Time,
    ids::{AlertId, IncidentId, IncidentNumber, On, Reference, RequestId},
    incident::{Event, Incident, Phase, incident_id},
    journal::NewRecord,
    restore,
};

impl Model {
    /// Why a command is off on the selected incident.
    pub(in crate::state) fn incident_off(&self, command: Command) -> Option<String> {
        use Command as C;
        if let Some(why) = self.role_off(WRITERS) {
            return Some(why);
        }
        if let Some(why) = self.desk.unread() {
            return Some(why);
        }
        let Some(incident) = self.selected_incident() else {
            return Some("no incident is selected".to_owned());
        };
        let phase = self.incident_phase(incident);
        let is = |what: &str| Some(format!("it is {what}"));
        match command {
            C::IncidentReopen if incident.closed.is_some() => None,
            C::IncidentReopen => is(phase.name()),
            C::IncidentNote => None,
            _ if incident.over() => is(phase.name()),
            C::IncidentTake if incident.owner == self.me.name => is("yours already"),
            C::IncidentResolve if phase == Phase::Resolved => is("resolved already"),
            C::IncidentKept if incident.open_promises().is_empty() => {
                Some("nothing is promised".to_owned())
            }
            C::IncidentLink if self.linkable(incident).is_empty() => {
                Some("no restore request is open that could be linked".to_owned())
            }
            C::IncidentMerge if self.mergeable(incident).is_empty() => {
                Some("no other incident is open".to_owned())
            }
            _ => None,
        }
    }

    /// Why the thing that is selected has no incident to go to.
    pub(in crate::state) fn its_incident_off(&self) -> Option<String> {
        match self.screen {
            Screen::Alerts => {
                let alert = self.alerts.selected.as_ref();
                if alert.and_then(|id| self.alert(id)).is_none() {
                    return Some("no alert is selected".to_owned());
                }
                let known = alert.is_some_and(|id| self.incident_of_alert(id).is_some());
                let loading = self.desk.unread();
                if known {
                    None
                } else {
                    loading.or_else(|| self.role_off(WRITERS))
                }
            }
            _ => match self.restores.selected {
                None => Some("no request is selected".to_owned()),
                Some(id) if self.book.incidents.of_request(id).is_none() => {
                    Some("no incident is linked to it".to_owned())
                }
                Some(_) => None,
            },
        }
    }

    /// Why no report can be recorded.
    pub(in crate::state) fn report_off(&self) -> Option<String> {
        self.role_off(WRITERS).or_else(|| self.desk.unread())
    }

    /// Why the call cannot go on as an incident.
    pub(in crate::state) fn not_restore_off(&self) -> Option<String> {
        let request = self.wizard.as_ref().map(|w| w.request);
        let request = request.and_then(|id| self.requests.get(id));
        let sent = request.is_some_and(|r| !r.attempts.is_empty());
        self.report_off()
            .or_else(|| sent.then(|| "a restore was dispatched already".to_owned()))
    }

    /// Why the selected request cannot be escalated.
    pub(in crate::state) fn escalate_off(&self) -> Option<String> {
        let Some(id) = self.restores.selected else {
            return Some("no request is selected".to_owned());
        };
        let phase = self.request_phase(id);
        let foreign = self.requests.is_foreign(id);
        self.report_off()
            .or_else(|| foreign.then(|| OF_ANOTHER_DESK.to_owned()))
            .or_else(|| phase.over().then(|| format!("it is {}", phase.name())))
    }

    /// Open the call card for the selected incident: the request belongs to it.
    pub(super) fn restore_for_incident(&mut self, env: &Env<'_>) {
        let Some(incident) = self.selected_incident() else {
            self.open_call(None, env);
            return;
        };
        let id = incident.id;
        if incident.over() {
            let phase = self.incident_phase(incident);
            return self.bad(format!("restore: it is {}", phase.name()));
        }
        let contact = incident.report().map(|report| report.contact.clone());
        let opened = match self.asked_before(incident, env) {
            Some((event, times)) => self.open_begun(None, &[event], times, env),
            None => self.open_call(None, env),
        };
        if !opened {
            return;
        }
        let Some(request) = self.wizard.as_ref().map(|w| w.request) else {
            return;
        };
        if let Some(contact) = contact {
            let (directory, fleet) = (&self.directory, &self.fleet);
            if let Some(wizard) = &mut self.wizard {
                let line = wizard.lines.entry(crate::state::wizard::Field::Caller);
                line.or_default().set(&contact);
                wizard.refresh_contacts(directory, fleet);
            }
        }
        self.incident_write(env, id, &[Event::RequestLinked { request }]);
        self.incidents.left = Some(id);
    }

    /// How a request begins whose restore was asked for with the incident: its clocks, which
    /// run, go on. `None`: it was not, or that one was initiated; somebody asks now.
    fn asked_before(
        &self,
        incident: &Incident,
        env: &Env<'_>,
    ) -> Option<(restore::Event, (Time, Time))> {
        if !incident.report()?.wants.is_restore() {
            return None;
        }
        let received = incident.clock_start(self.policy_of_incident(incident))?;
        let runs = self.incident_clocks(incident).iter().any(Clock::runs);
        let responded = incident.responded.as_ref().map_or(env.now, |(at, _)| *at);
        let event = restore::Event::ForIncident {
            incident: incident.id,
            received,
            responded,
            began: incident.began,
        };
        runs.then_some((event, (received, responded)))
    }

    /// The incident of an alert's newest raising, whatever became of it.
    pub fn incident_of_alert(&self, id: &On<AlertId>) -> Option<&Incident> {
        let episode = ocdeck_domain::ids::Episode {
            alert: id.clone(),
            episode: self.alert(id)?.episode,
        };
        self.book.incidents.of_episode(&episode)
    }

    /// A command of the Incidents screen; `false`: it is none.
    pub(super) fn incident_command(&mut self, command: Command, env: &Env<'_>) -> bool {
        use Command as C;
        match command {
            C::IncidentNew => self.ask_report(None, None),
            C::ItsIncident => self.go_to_its_incident(env),
            _ => {
                let Some(id) = self.incidents.selected else {
                    return false;
                };
                return self.on_incident(command, id, env);
            }
        }
        true
    }

    fn on_incident(&mut self, command: Command, id: IncidentId, env: &Env<'_>) -> bool {
        use Command as C;
        let name = self.incident_name(id);
        let waits = self
            .selected_incident()
            .is_some_and(|i| i.waiting().is_some());
        match command {
            C::IncidentNote => self.ask_note(
                format!("Note on {name}"),
                "What whoever works on it next should know. It is kept in the time line.",
                NotePurpose::Incident(id),
            ),
            C::IncidentCalled => self.ask_called(id),
            C::IncidentWait if waits => {
                self.incident_write(env, id, &[Event::WaitingEnded]);
                self.say_when_written(format!("{name} goes on"));
            }
            C::IncidentWait => self.ask_wait(FormFor::Wait(id)),
            C::IncidentPriority => self.ask_priority(id),
            C::Escalate => self.ask_escalate(FormFor::Escalate(id)),
            C::IncidentMerge => self.ask_merge(id),
            C::IncidentLink => self.ask_link(id),
            C::IncidentTake => {
                self.incident_write(env, id, &[Event::Taken]);
                self.say_when_written(format!("{name} is yours"));
            }
            C::IncidentAssign => self.ask_assign(id),
            C::IncidentNotified => self.ask_notified(id),
            C::IncidentKept => self.keep_promise(id, env),
            C::IncidentResolve => self.ask_note(
                format!("{name} is solved"),
                "How? It stays until it is closed with a reason.",
                NotePurpose::Solved(id),
            ),
            C::IncidentClose => self.ask_note(
                format!("Close {name}"),
                "Why is nothing more to be done? It is kept in the time line.",
                NotePurpose::Closed(id),
            ),
            C::IncidentReopen => self.ask_note(
                format!("Open {name} again"),
                "Why? It is kept in the time line.",
                NotePurpose::Reopened(id),
            ),
            _ => return false,
        }
        true
    }

    fn ask_incident(&mut self, title: String, text: &str, purpose: AskFor) {
        self.overlay = Some(Overlay::Ask(Ask {
            title,
            text: text.to_owned(),
            input: Default::default(),
            offers: Vec::new(),
            selected: None,
            purpose,
        }));
    }

    fn offer_incident(&mut self, title: String, text: &str, offers: Vec<String>, purpose: AskFor) {
        self.ask_incident(title, text, purpose);
        if let Some(Overlay::Ask(ask)) = &mut self.overlay {
            ask.offers = offers;
        }
    }

    /// Incidents that another could go on as, those of its tenant first.
    fn mergeable(&self, incident: &Incident) -> Vec<&Incident> {
        let mut others: Vec<&Incident> = self
            .book
            .incidents
            .open()
            .filter(|other| other.id != incident.id && other.number.is_some())
            .collect();
        others.sort_by_key(|other| {
            let elsewhere = other.tenant() != incident.tenant();
            (elsewhere, other.priority(), other.started, other.id)
        });
        others
    }

    fn ask_merge(&mut self, id: IncidentId) {
        let Some(incident) = self.book.incidents.get(id) else {
            return;
        };
        let offers: Vec<String> = self
            .mergeable(incident)
            .into_iter()
            .take(OFFERS)
            .map(|other| {
                let (name, place) = (self.incident_name(other.id), self.incident_place(other));
                format!("{name} {place}: {}", self.incident_text(other))
            })
            .collect();
        let name = self.incident_name(id);
        let text = "Into which? It goes on as that one; its time line stays. Up and down choose.";
        self.offer_incident(
            format!("Merge {name}"),
            text,
            offers,
            AskFor::IncidentMerge(id),
        );
    }

    /// Open requests that belong to no incident yet, those of its tenant first.
    fn linkable(&self, incident: &Incident) -> Vec<RequestId> {
        let tenant = incident.tenant().map(|id| self.directory.tenant_name(id));
        let free = |id: &RequestId| {
            let numbered = self
                .requests
                .get(*id)
                .is_some_and(|r| r.reference.is_some());
            // The numbers of another desk are not those of this one.
            numbered
                && !self.requests.is_foreign(*id)
                && self.book.incidents.of_request(*id).is_none()
        };
        let mut ids: Vec<RequestId> = self.requests.open().filter(free).collect();
        ids.sort_by_key(|id| {
            let place = self.request_place(*id);
            let of = place.split('/').next().map(str::to_owned);
            (of.as_deref() != tenant, *id)
        });
        ids
    }

    fn ask_link(&mut self, id: IncidentId) {
        let Some(incident) = self.book.incidents.get(id) else {
            return;
        };
        let ids = self.linkable(incident);
        let offers = ids.into_iter().take(OFFERS);
        let offers = offers
            .map(|id| format!("{} {}", self.reference_text(id), self.request_place(id)))
            .collect();
        let name = self.incident_name(id);
        let text = "Which restore request belongs to it? Up and down choose.";
        self.offer_incident(
            format!("Link to {name}"),
            text,
            offers,
            AskFor::IncidentLink(id),
        );
    }

    fn ask_assign(&mut self, id: IncidentId) {
        let offers = self.colleagues();
        let name = self.incident_name(id);
        let text = "Who works on it? Up and down choose somebody.";
        self.offer_incident(
            format!("Assign {name}"),
            text,
            offers,
            AskFor::IncidentAssign(id),
        );
    }

    fn keep_promise(&mut self, id: IncidentId, env: &Env<'_>) {
        let incident = self.book.incidents.get(id);
        let open = incident.map(Incident::open_promises).unwrap_or_default();
        let Some(promise) = open.first().map(|p| (p.id, p.what.clone())) else {
            return;
        };
        let kept = Event::Kept { promise: promise.0 };
        self.incident_write(env, id, &[kept]);
        self.say_when_written(format!("kept: {}", promise.1));
    }

    /// What a note about an incident does besides being there.
    pub(super) fn incident_noted(
        &mut self,
        id: IncidentId,
        purpose: &NotePurpose,
        text: String,
        env: &Env<'_>,
    ) {
        let (event, said) = match purpose {
            NotePurpose::Solved(_) => (Event::Resolved { note: text }, "is resolved"),
            NotePurpose::Closed(_) => (Event::Closed { reason: text }, "is closed"),
            NotePurpose::Reopened(_) => (Event::Reopened { reason: text }, "is open again"),
            _ => return,
        };
        self.incident_write(env, id, &[event]);
        let name = self.incident_name(id);
        self.say_when_written(format!("{name} {said}"));
    }

    /// What was written with decisions that somebody was faster than becomes a note; says so.
    pub(super) fn keep_incident_words(
        &mut self,
        id: IncidentId,
        refused: &[NewRecord],
        env: &Env<'_>,
    ) -> &'static str {
        let events = refused.iter().filter_map(|record| record.event().ok());
        let texts = events.filter_map(|event: Event| Some(event.text()?.to_owned()));
        let notes: Vec<Event> = texts.map(|text| Event::Noted { text }).collect();
        if notes.is_empty() {
            return "";
        }
        self.incident_write(env, id, &notes);
        "; what you wrote is kept there as a note"
    }

    /// The answer to a question about an incident.
    pub(super) fn incident_answer(&mut self, purpose: AskFor, text: String, env: &Env<'_>) {
        match purpose {
            AskFor::IncidentAssign(id) => {
                let said = format!("{} goes to {text}", self.incident_name(id));
                self.incident_write(env, id, &[Event::Assigned { to: text }]);
                self.say_when_written(said);
            }
            AskFor::IncidentMerge(id) => self.merge(id, &text, env),
            AskFor::IncidentLink(id) => self.link(id, &text, env),
            AskFor::IncidentRequest(id) => self.go_to_linked(id, &text, env),
            _ => {}
        }
    }

    fn merge(&mut self, id: IncidentId, text: &str, env: &Env<'_>) {
        let number = digits(text).map(IncidentNumber);
        let other = number.and_then(|number| self.book.incidents.numbered(number));
        let Some(other) = other.filter(|other| other.id != id) else {
            return self.bad(format!("there is no other incident {text}"));
        };
        if other.over() {
            let name = self.incident_name(other.id);
            return self.bad(format!("{name} is {}", self.incident_phase(other).name()));
        }
        let takes = self.book.incidents.get(id).map(|incident| {
            let (own, theirs) = (incident, other);
            let policies = [own, theirs].map(|it| self.policy_of_incident(it));
            Box::new(own.leaves_to(theirs, policies[0], policies[1]))
        });
        let other = other.id;
        let from = Event::MergedFrom {
            incident: id,
            takes,
        };
        let both = [(id, Event::MergedInto { incident: other }), (other, from)];
        self.incidents_write(env, both);
        let (from, into) = (self.incident_name(id), self.incident_name(other));
        self.incidents.selected = Some(other);
        self.say_when_written(format!("{from} goes on as {into}"));
    }

    fn link(&mut self, id: IncidentId, text: &str, env: &Env<'_>) {
        let number = digits(text).map(Reference);
        let numbered = self.requests.all().filter(|r| r.reference == number);
        let mut numbered: Vec<RequestId> = numbered.map(|r| r.id).collect();
        numbered.sort_by_key(|id| self.requests.is_foreign(*id));
        let Some(request) = numbered.first().copied().filter(|_| number.is_some()) else {
            return self.bad(format!("there is no request {text}"));
        };
        if self.requests.is_foreign(request) {
            let reference = self.reference_text(request);
            return self.bad(format!("{reference} cannot be linked: {OF_ANOTHER_DESK}"));
        }
        self.incident_write(env, id, &[Event::RequestLinked { request }]);
        let (name, reference) = (self.incident_name(id), self.reference_text(request));
        self.say_when_written(format!("{reference} belongs to {name}"));
    }

    /// The requests of an incident and of those that were merged into it.
    pub fn incident_requests(&self, incident: &Incident) -> Vec<RequestId> {
        let merged = incident.merged_from.iter();
        let merged = merged.filter_map(|id| self.book.incidents.get(*id));
        let mut requests = incident.requests.clone();
        requests.extend(merged.flat_map(|other| other.requests.iter().copied()));
        requests.sort_unstable();
        requests.dedup();
        requests
    }

    /// `Enter` on an incident: its card; on its card, what is linked to it.
    pub(super) fn open_incident_row(&mut self, env: &Env<'_>) {
        if self.focus != Pane::Detail {
            self.focus = Pane::Detail;
            return;
        }
        let Some(incident) = self.selected_incident() else {
            return;
        };
        let (id, requests) = (incident.id, self.incident_requests(incident));
        match requests.as_slice() {
            [] => self.wait("no restore request is linked to it"),
            [one] => self.go_to_request_of(id, *one, env),
            _ => {
                let offers = requests.iter();
                let offers = offers
                    .map(|id| format!("{} {}", self.reference_text(*id), self.request_place(*id)))
                    .collect();
                let text = "Which one? Up and down choose.";
                let title = "Linked requests".to_owned();
                self.offer_incident(title, text, offers, AskFor::IncidentRequest(id));
            }
        }
    }

    fn go_to_linked(&mut self, id: IncidentId, text: &str, env: &Env<'_>) {
        let number = digits(text).map(Reference);
        let request = self.requests.all().find(|r| r.reference == number);
        match request.filter(|_| number.is_some()).map(|r| r.id) {
            Some(request) => self.go_to_request_of(id, request, env),
            None => self.bad(format!("there is no request {text}")),
        }
    }

    fn go_to_request_of(&mut self, incident: IncidentId, request: RequestId, env: &Env<'_>) {
        self.go_to_request(request, env);
        self.incidents.left = Some(incident);
    }

    /// From a request back to the incident that it was opened from; `false`: it was not.
    pub(super) fn back_to_incident(&mut self) -> bool {
        let Some(id) = self.incidents.left.take() else {
            return false;
        };
        self.go_to_incident(id);
        self.focus = Pane::Detail;
        true
    }

    /// Go to an incident, in a scope in which it stands.
    pub(super) fn go_to_incident(&mut self, id: IncidentId) {
        let Some(incident) = self.book.incidents.get(id) else {
            return self.bad("this incident is not there any more");
        };
        let (over, tenant) = (incident.over(), incident.tenant().cloned());
        self.incidents.show_closed |= over;
        self.incidents.filter.input.clear();
        self.order_incidents();
        if !self.incidents.rows.contains(&id) {
            let root = self.directory.children(None).first().cloned();
            let node = tenant.map(ocdeck_domain::fleet::Node::Tenant).or(root);
            self.select_node(node);
        }
        self.show(Screen::Incidents);
        self.incidents.selected = Some(id);
        self.incidents.below = 0;
    }

    /// From an alert or a request to its incident; an alert without one gets one.
    fn go_to_its_incident(&mut self, env: &Env<'_>) {
        if self.screen == Screen::Restores {
            let request = self.restores.selected;
            let incident = request.and_then(|id| self.book.incidents.of_request(id));
            if let Some(id) = incident.map(|incident| incident.id) {
                self.go_to_incident(id);
            }
            return;
        }
        let Some(id) = self.alerts.selected.clone() else {
            return;
        };
        if let Some(incident) = self.incident_of_alert(&id).map(|incident| incident.id) {
            return self.go_to_incident(incident);
        }
        let Some(alert) = self.alert(&id).cloned() else {
            return;
        };
        let (event, raised) = self.raised_event(&id, &alert);
        if let Event::Raised(raised_alert) = &event {
            let incident = incident_id(&raised_alert.episode);
            self.open_incident(env, incident, Some(&id), &event, raised);
            self.incidents.selected = Some(incident);
            self.show(Screen::Incidents);
            self.wait("the desk gives it a number");
        }
    }
}

/// Why nothing is written about a request that only its appliance tells of.
const OF_ANOTHER_DESK: &str = "it is of another desk";

/// How many are offered at most.
const OFFERS: usize = 8;

/// The first number in a text: that of `INC-0012` or `R-0118`.
fn digits(text: &str) -> Option<u32> {
    let digits: String = text
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

//! Questions of several lines: keys inside them, and what their answers do.

use super::super::{
    command::Command,
    form::{Form, FormFor},
    model::{Env, Model},
    overlay::Overlay,
    until, wizard,
};
use ocdeck_domain::{
    facts::Time,
    fleet::Contact,
    ids::{IncidentId, RequestId, TenantId},
    incident::{Call, Channel, Contacted, Escalation, Event, Incident, Kind, Notified, Reported},
    priority::Priority,
    restore,
};

pub(super) const REACHED: &str = "reached";
pub(super) const ANSWERED: &str = "answered";

/// Why a form is not taken: the line to look at, and what to do there.
type Refused = (&'static str, String);

impl Model {
    /// Whether a form took the command.
    pub(super) fn form_command(&mut self, command: Command, env: &Env<'_>) -> bool {
        use Command as C;
        let Some(Overlay::Form(form)) = &mut self.overlay else {
            return false;
        };
        match command {
            C::NextPane | C::NextField => form.turn(1),
            C::PreviousPane | C::PreviousField => form.turn(-1),
            C::Up | C::Down => {
                form.step(if command == C::Up { -1 } else { 1 });
                self.follow_form();
            }
            C::Open if !form.last() => {
                let empty = form
                    .field()
                    .is_some_and(|f| !f.optional && f.text().is_empty());
                if empty {
                    let name = form.field().map_or("", |field| field.name);
                    self.bad(format!("{name}: it needs an answer"));
                } else {
                    form.turn(1);
                }
            }
            C::Open | C::NoteSave => self.take_form(env),
            C::Back | C::Quit => self.overlay = None,
            _ => {}
        }
        true
    }

    /// A line that was chosen says something about another.
    pub(super) fn follow_form(&mut self) {
        let Some(Overlay::Form(form)) = &self.overlay else {
            return;
        };
        let (name, text) = match form.field() {
            Some(field) => (field.name, field.text()),
            None => return,
        };
        let number = match name {
            "whom" | "contact" => self.number_of(&form.purpose, &form.answer("tenant"), &text),
            _ => None,
        };
        let priority = Kind::ALL.into_iter().find(|kind| kind.name() == text);
        let priority = priority
            .filter(|_| name == "wants")
            .map(|kind| Incident::usual_priority(kind, &self.policy).to_string());
        // Who calls is one of the tenant's, once it is known whose it is.
        let tenant = self.tenant_named(&text).filter(|_| name == "tenant");
        let contacts = tenant.map(|tenant| self.contact_names(Some(&tenant)));
        let Some(Overlay::Form(form)) = &mut self.overlay else {
            return;
        };
        let field = form.fields.iter_mut().find(|field| field.name == "contact");
        if let Some((field, contacts)) = field.zip(contacts) {
            field.offers = contacts;
        }
        for (name, value) in [("number", number), ("priority", priority)] {
            let field = form.fields.iter_mut().find(|field| field.name == name);
            if let Some((field, value)) = field.zip(value) {
                field.input.set(&value);
            }
        }
    }

    /// The number on file of a contact.
    fn number_of(&self, purpose: &FormFor, tenant: &str, name: &str) -> Option<String> {
        let of_incident = |id: &IncidentId| self.book.incidents.get(*id)?.tenant().cloned();
        let tenant = match purpose {
            FormFor::Called(id)
            | FormFor::Wait(id)
            | FormFor::Priority(id)
            | FormFor::Notified(id) => of_incident(id),
            FormFor::WaitRequest(id) => self.request_tenant(*id),
            FormFor::Report(..) => self.tenant_named(tenant),
            FormFor::Escalate(_) | FormFor::EscalateRequest(_) => None,
        }?;
        let contact = self.contacts_of(Some(&tenant)).find(|c| c.name == name)?;
        Some(contact.phone.clone())
    }

    pub(super) fn contacts_of(&self, tenant: Option<&TenantId>) -> impl Iterator<Item = &Contact> {
        let all = self.directory.contacts().iter();
        all.filter(move |contact| Some(&contact.tenant) == tenant)
    }

    pub(super) fn contact_names(&self, tenant: Option<&TenantId>) -> Vec<String> {
        self.contacts_of(tenant).map(|c| c.name.clone()).collect()
    }

    pub(super) fn tenant_named(&self, text: &str) -> Option<TenantId> {
        let mut tenants = self.directory.tenants();
        let found = tenants.find(|t| t.name == text || t.id.as_str() == text)?;
        Some(found.id.clone())
    }

    /// Take the answers; what is missing or wrong keeps the form.
    fn take_form(&mut self, env: &Env<'_>) {
        let Some(Overlay::Form(mut form)) = self.overlay.take() else {
            return;
        };
        let refused = match form.missing().and_then(|at| form.fields.get(at)) {
            Some(field) => Some((field.name, "it needs an answer".to_owned())),
            None => self.answered(&form, env).err(),
        };
        if let Some((name, why)) = refused {
            form.go(name);
            self.overlay = Some(Overlay::Form(form));
            self.bad(format!("{name}: {why}"));
        }
    }

    fn answered(&mut self, form: &Form, env: &Env<'_>) -> Result<(), Refused> {
        match form.purpose.clone() {
            FormFor::Called(id) => self.called(id, form, env),
            FormFor::Wait(id) => {
                self.waits(id, form, env);
                Ok(())
            }
            FormFor::WaitRequest(id) => {
                self.request_waits(id, form, env);
                Ok(())
            }
            FormFor::Priority(id) => self.prioritised(id, form, env),
            FormFor::Escalate(id) => {
                let event = Event::Escalated(self.escalation_of(form)?);
                self.incident_write(env, id, &[event]);
                self.say_when_written(format!("{} escalated", self.incident_name(id)));
                Ok(())
            }
            FormFor::EscalateRequest(id) => {
                let event = restore::Event::Escalated(self.escalation_of(form)?);
                self.append(env, id, &event);
                self.say_when_written(format!("{} escalated", self.request_name(id)));
                Ok(())
            }
            FormFor::Notified(id) => {
                let told = Notified {
                    whom: form.answer("whom"),
                    how: form.answer("how"),
                    at: self.past(form, "when")?,
                };
                let said = format!("{} is told by {}", told.whom, told.how);
                self.incident_write(env, id, &[Event::Notified(told)]);
                self.say_when_written(said);
                Ok(())
            }
            FormFor::Report(_, call) => self.reported(call, form, env),
        }
    }

    /// A moment that is past; nothing typed: now.
    fn past(&self, form: &Form, name: &'static str) -> Result<Time, Refused> {
        let found = wizard::moment(&form.answer(name), self.now, self.me.zone);
        let found = found.map_err(|_| (name, "a time such as 02:54 or 5 min ago".to_owned()))?;
        Ok(found.unwrap_or(self.now))
    }

    fn contacted(form: &Form) -> Contacted {
        let result = form.answer("result");
        let said = form.answer("said");
        let outcome = match (result.as_str(), said.is_empty()) {
            (REACHED, _) => said,
            (_, true) => result.clone(),
            (_, false) => format!("{result}, {said}"),
        };
        Contacted {
            whom: form.answer("whom"),
            number: form.answer("number"),
            how: "phone".to_owned(),
            reached: result == REACHED,
            outcome,
        }
    }

    fn called(&mut self, id: IncidentId, form: &Form, env: &Env<'_>) -> Result<(), Refused> {
        let contacted = Self::contacted(form);
        let promised = form.answer("promised");
        let promise = match promised.is_empty() {
            true => None,
            false => Some(promise(&promised, self.now, self.me.zone)?),
        };
        let said = match contacted.reached {
            true => format!("{} was called", contacted.whom),
            false => format!("{}: {}", contacted.whom, contacted.outcome),
        };
        let mut events = vec![Event::Contacted(contacted)];
        events.extend(promise.map(|(at, what)| Event::Promised { what, at }));
        self.incident_write(env, id, &events);
        self.say_when_written(said);
        Ok(())
    }

    fn waits(&mut self, id: IncidentId, form: &Form, env: &Env<'_>) {
        let contacted = Self::contacted(form);
        let attempt = format!("{} by {}", contacted.whom, contacted.how);
        let what = form.answer("for what");
        let said = format!("{} waits for {what}", self.incident_name(id));
        let waiting = Event::Waiting { what, attempt };
        self.incident_write(env, id, &[Event::Contacted(contacted), waiting]);
        self.say_when_written(said);
    }

    fn request_waits(&mut self, id: RequestId, form: &Form, env: &Env<'_>) {
        let contacted = Self::contacted(form);
        // A request keeps no calls of their own: the attempt says all of it.
        let result = form.answer("result");
        let number = contacted.number;
        let attempt = format!("{} {number} by {}, {result}", contacted.whom, contacted.how);
        let attempt = attempt.split_whitespace().collect::<Vec<_>>().join(" ");
        let what = form.answer("for what");
        let said = format!("{} waits for {what}", self.request_name(id));
        self.append(env, id, &restore::Event::Waiting { what, attempt });
        self.say_when_written(said);
    }

    fn prioritised(&mut self, id: IncidentId, form: &Form, env: &Env<'_>) -> Result<(), Refused> {
        let Some(incident) = self.book.incidents.get(id) else {
            return Ok(());
        };
        let (from, to) = (incident.priority(), priority_of(form));
        let (whom, reason) = (form.answer("whom"), form.answer("reason"));
        let called = !whom.is_empty();
        if from == to {
            return Err(("priority", format!("it is {to} already")));
        }
        if to == Priority::P1 && !called {
            return Err(("whom", "P1 needs a call: whom did you call?".to_owned()));
        }
        if to > from && reason.is_empty() {
            return Err(("reason", "a lower priority needs a reason".to_owned()));
        }
        let call = called.then(|| Call {
            whom,
            number: form.answer("number"),
        });
        let event = Event::PriorityChanged { to, reason, call };
        self.incident_write(env, id, &[event]);
        let name = self.incident_name(id);
        self.say_when_written(format!("{name} is {to}; the clock keeps its start"));
        Ok(())
    }

    fn escalation_of(&self, form: &Form) -> Result<Escalation, Refused> {
        let called = self.past(form, "called")?;
        Ok(Escalation {
            to: form.answer("to"),
            number: form.answer("number"),
            reason: form.answer("reason"),
            called,
            answered: (form.answer("answer") == ANSWERED).then_some(called),
            outcome: form.answer("outcome"),
        })
    }

    fn reported(
        &mut self,
        call: Option<RequestId>,
        form: &Form,
        env: &Env<'_>,
    ) -> Result<(), Refused> {
        let name = form.answer("tenant");
        let Some(tenant) = self.tenant_named(&name) else {
            return Err(("tenant", format!("there is no tenant {name}")));
        };
        let channel = Channel::ALL.into_iter();
        let came_by = form.answer("came by");
        let channel = channel.into_iter().find(|c| c.name() == came_by);
        let channel = channel.unwrap_or(Channel::Call);
        let wants = Kind::ALL.into_iter();
        let wanted = form.answer("wants");
        let wants = wants.into_iter().find(|kind| kind.name() == wanted);
        let priority = priority_of(form);
        let number = form.answer("number");
        if number.is_empty() && self.policy.incident.needs_call(priority) {
            return Err((
                "number",
                format!("{priority} needs a call: on which number?"),
            ));
        }
        let received = match call.and_then(|id| self.requests.get(id)?.received) {
            Some(received) => received,
            None => self.past(form, "came at")?,
        };
        let report = Reported {
            channel,
            wants: wants.unwrap_or(Kind::Other),
            tenant: Some(tenant),
            text: form.answer("what"),
            priority,
            contact: form.answer("contact"),
            number,
            received,
        };
        let id = IncidentId((env.new_id)());
        let event = Event::Reported(Box::new(report));
        self.open_incident(env, id, None, &event, received);
        if let Some(request) = call {
            self.wizard = None;
            let reason = "the call was for no restore; it goes on as an incident".to_owned();
            self.request_write(env, request, &[restore::Event::Cancelled { reason }]);
        }
        self.show(super::super::model::Screen::Incidents);
        self.incidents.selected = Some(id);
        self.wait("the desk gives it a number");
        Ok(())
    }
}

fn priority_of(form: &Form) -> Priority {
    let text = form.answer("priority");
    let number = text.trim_start_matches('P').parse().ok();
    let priority = number.and_then(Priority::from_number);
    priority.unwrap_or(Priority::P4)
}

/// `10:40 call back`, `20 min call back`, `2 h`: until when, and what.
fn promise(text: &str, now: Time, zone: chrono_tz::Tz) -> Result<(Time, String), Refused> {
    let found = until::to_come(text, now, zone).filter(|(at, _)| *at > now);
    let (at, what) = found.ok_or_else(|| {
        let how = "write 10:40 call back, or 20 min call back";
        ("promised", how.to_owned())
    })?;
    let what: Vec<&str> = what.split_whitespace().collect();
    let what = match what.is_empty() {
        true => "call back".to_owned(),
        false => what.join(" "),
    };
    Ok((at, what))
}

#[cfg(test)]
mod tests {
    use super::promise;
    use ocdeck_domain::facts::Time;

    #[test]
    fn promises_as_they_are_said() {
        let now: Time = "2026-11-21T08:14:05Z".parse().unwrap();
        let zone = chrono_tz::America::Chicago; // 02:14:05 there
        for (text, at, what) in [
            ("10:40 call back", "2026-11-21T16:40:00Z", "call back"),
            ("02:00", "2026-11-22T08:00:00Z", "call back"),
            ("20 min tell Ann", "2026-11-21T08:34:05Z", "tell Ann"),
            ("2 h", "2026-11-21T10:14:05Z", "call back"),
        ] {
            let (until, said) = promise(text, now, zone).unwrap();
            assert_eq!(
                (until, said.as_str()),
                (at.parse().unwrap(), what),
                "{text}"
            );
        }
        for text in ["soon", "20 call", "-3 min", "99:99"] {
            assert!(promise(text, now, zone).is_err(), "{text}");
        }
    }
}

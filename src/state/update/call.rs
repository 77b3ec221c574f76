//! The call card: someone is on the phone. Opening it stamps the call, records the response
//! and starts the clocks; parking and continuing lose nothing.

use super::super::{
    effect::{DeskCommand, Effect},
    model::{Env, Model, Pane, Screen},
    wizard::{Field, Step, Wizard},
};
use ocdeck_domain::{
    facts::Time,
    ids::{On, RequestId, SystemId},
    journal::{Series, Subject},
    restore::Event,
};

impl Model {
    /// Open the call card, for that system if one is known; whether it was opened.
    pub(super) fn open_call(&mut self, system: Option<On<SystemId>>, env: &Env<'_>) -> bool {
        let begun = [Event::CallReceived, Event::Responded];
        self.open_begun(system, &begun, (env.now, env.now), env)
    }

    /// Open the call card of a request that begins with these, and whose call was received and
    /// responded to then; whether it was opened.
    pub(super) fn open_begun(
        &mut self,
        system: Option<On<SystemId>>,
        begun: &[Event],
        times: (Time, Time),
        env: &Env<'_>,
    ) -> bool {
        if self.wizard.is_some() {
            self.screen = Screen::Restores;
            self.bad("a request is open already; Esc parks it");
            return false;
        }
        let id = RequestId((env.new_id)());
        let begun = begun.iter();
        let records = begun.map(|event| self.record(env, id, event)).collect();
        let me = self.me.name.clone();
        self.requests.begin(id, times, &me);
        self.effects.push(Effect::Desk(DeskCommand::Open {
            subject: Subject::Request(id),
            series: Series::Request,
            records,
        }));
        let mut wizard = Wizard::new(id, times.0);
        wizard.opening = true;
        wizard.system = system;
        wizard.refresh_systems(&self.directory, &self.fleet);
        self.wizard = Some(wizard);
        self.screen = Screen::Restores;
        self.focus = Pane::Main;
        self.restores.selected = Some(id);
        self.wait("call received: the clock runs; the desk gives it a number");
        self.ask_points();
        true
    }

    /// The system that `R` restores: that of the selected job.
    pub(super) fn selected_system(&self) -> Option<On<SystemId>> {
        if self.screen == Screen::Jobs && self.focus != Pane::Tree {
            let id = self.jobs.selected.as_ref()?;
            return Some(On::new(
                id.appliance.clone(),
                self.fleet.job(id)?.system.clone(),
            ));
        }
        None
    }

    /// Leave the wizard; anyone continues it from Restores.
    pub(super) fn park(&mut self, env: &Env<'_>) {
        self.save_draft(env);
        let Some(wizard) = self.wizard.take() else {
            return;
        };
        let plan = match wizard.plan.load {
            super::super::wizard::Load::Asking { ticket, .. } => Some(ticket),
            _ => None,
        };
        self.forget(plan);
        self.append(
            env,
            wizard.request,
            &Event::Parked {
                step: wizard.step.number(),
            },
        );
        self.restores.selected = Some(wizard.request);
        self.screen = Screen::Restores;
        let reference = self.reference_text(wizard.request);
        self.say_when_written(format!(
            "{reference} parked at step {}; anyone can continue it",
            wizard.step.number()
        ));
    }

    /// Open the wizard of a request where it was left, or for its next attempt.
    pub(super) fn continue_request(&mut self, id: RequestId, env: &Env<'_>) {
        let Some(request) = self.requests.get(id) else {
            return;
        };
        let received = request.received.unwrap_or(env.now);
        let again = self.request_phase(id).may_continue();
        let owner = request.owner.clone();
        let other = !request.owner.is_empty() && request.owner != self.me.name;
        let mut wizard = Wizard::from_draft(id, received, &self.requests);
        wizard.opened = Some(env.now);
        if again {
            wizard.go(Step::Check);
        }
        wizard.refresh_contacts(&self.directory, &self.fleet);
        wizard.refresh_systems(&self.directory, &self.fleet);
        self.wizard = Some(wizard);
        self.screen = Screen::Restores;
        self.restores.selected = Some(id);
        if other || self.requests.get(id).is_some_and(|r| r.parked.is_some()) {
            let from = if other { owner.clone() } else { String::new() };
            self.append(env, id, &Event::TakenOver { from });
        }
        if other {
            let reference = self.reference_text(id);
            let step = self.wizard.as_ref().map_or(1, |w| w.step.number());
            self.say_when_written(format!(
                "{reference} taken over from {owner} at step {step}"
            ));
        }
        self.ask_points();
        self.browse();
    }

    /// Who sits at the phone chose what is asked: the priority follows.
    pub(super) fn record_kind(&mut self, reason: &str, env: &Env<'_>) {
        let Some(wizard) = &self.wizard else { return };
        let Some(asked) = wizard.asked else { return };
        let event = Event::KindChosen {
            asked,
            purpose: wizard.purpose,
            priority: wizard.priority,
            reason: reason.to_owned(),
        };
        self.append(env, wizard.request, &event);
    }

    /// The caller is called back on the number on file.
    pub(super) fn call_back(&mut self, env: &Env<'_>) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let number = wizard.call_back_number().to_owned();
        if number.is_empty() {
            return self.bad("no number to call back: take a contact on file first");
        }
        wizard.called_back = Some(env.now);
        let id = wizard.request;
        self.append(
            env,
            id,
            &Event::CalledBack {
                number: number.clone(),
            },
        );
        self.say_when_written(format!("called back on {number}"));
    }

    /// The caller is not on file, or is after all.
    pub(super) fn not_listed(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        wizard.go(Step::Call);
        wizard.not_listed = !wizard.not_listed;
        wizard.caller = None;
        wizard.focus = Field::Caller;
        if wizard.not_listed {
            self.wait("not on file: type name, then number");
        }
    }
}

//! The Restores screen: order of its rows, and what a person does with a request.

use super::super::{
    effect::{Call, Intent},
    form::FormFor,
    lists::holds,
    model::{Env, Model},
    overlay::{Ask, AskFor, Overlay},
    pending::Asked,
};
use ocdeck_domain::{
    facts::RestoreState,
    ids::RequestId,
    restore::{Event, Phase, Request},
};
use std::cmp::Reverse;

impl Model {
    /// The selected request's id, for a command that is on.
    pub(super) fn with_selected_request(&mut self, f: impl FnOnce(&mut Self, RequestId)) {
        if let Some(id) = self.restores.selected {
            f(self, id);
        }
    }

    fn selected_phase(&self) -> Option<(RequestId, Phase)> {
        let id = self.restores.selected?;
        self.requests.get(id)?;
        Some((id, self.request_phase(id)))
    }

    /// Why the selected request cannot be continued.
    pub(in crate::state) fn continue_off(&self) -> Option<String> {
        if let Some(why) = self.role_off(&["technician", "duty_manager", "reseller"]) {
            return Some(why);
        }
        let Some((_, phase)) = self.selected_phase() else {
            return Some("no request is selected".to_owned());
        };
        (phase != Phase::Draft && !phase.may_continue())
            .then(|| phase.sentence())
            .or_else(|| self.waits_off())
    }

    /// Why the selected request cannot be validated.
    pub(in crate::state) fn validate_off(&self) -> Option<String> {
        let Some((_, phase)) = self.selected_phase() else {
            return Some("no request is selected".to_owned());
        };
        (!matches!(phase, Phase::AwaitingValidation(_)))
            .then(|| format!("{}: the client validates what came back", phase.sentence()))
    }

    /// Why the selected request cannot be closed.
    pub(in crate::state) fn close_off(&self) -> Option<String> {
        let Some((_, phase)) = self.selected_phase() else {
            return Some("no request is selected".to_owned());
        };
        let ended = matches!(
            phase,
            Phase::Validated
                | Phase::Attempt(
                    RestoreState::Interrupted
                        | RestoreState::Failed
                        | RestoreState::Cancelled
                        | RestoreState::Rejected
                )
        );
        (!ended).then(|| match phase {
            Phase::AwaitingValidation(_) => "a named contact validates it first".to_owned(),
            phase => phase.sentence(),
        })
    }

    /// Why the selected request cannot be cancelled.
    pub(in crate::state) fn cancel_off(&self) -> Option<String> {
        let Some((_, phase)) = self.selected_phase() else {
            return Some("no request is selected".to_owned());
        };
        let may = matches!(phase, Phase::Draft)
            || matches!(phase, Phase::Attempt(state) if !state.ended());
        (!may)
            .then(|| phase.sentence())
            .or_else(|| self.waits_off())
    }

    /// Why the selected request cannot wait for the client, or go on.
    pub(in crate::state) fn wait_off(&self) -> Option<String> {
        if let Some(why) = self.note_request_off() {
            return Some(why);
        }
        let (id, phase) = self.selected_phase()?;
        let waits = self.requests.get(id).and_then(Request::waiting).is_some();
        match phase {
            Phase::Closed | Phase::Cancelled | Phase::Validated => Some(phase.sentence()),
            Phase::AwaitingValidation(_) if !waits => {
                Some(format!("{}: it waits already", phase.sentence()))
            }
            _ => None,
        }
    }

    /// Ask what the client is to give; where it waits already, it goes on.
    pub(super) fn wait_or_go_on(&mut self, id: RequestId, env: &Env<'_>) {
        let waits = self.requests.get(id).and_then(Request::waiting).is_some();
        if !waits {
            return self.ask_wait(FormFor::WaitRequest(id));
        }
        self.append(env, id, &Event::WaitingEnded);
        let name = self.request_name(id);
        self.say_when_written(format!("{name} goes on"));
    }

    /// `Enter` on a request: the wizard of a draft, else nothing but its detail.
    pub(super) fn open_request(&mut self, id: RequestId, env: &Env<'_>) {
        let draft = self
            .requests
            .get(id)
            .is_some_and(|r| r.phase() == Phase::Draft);
        if !draft {
            self.focus = super::super::model::Pane::Detail;
            return;
        }
        match self.continue_off() {
            None => self.continue_request(id, env),
            Some(why) => self.bad(why),
        }
    }

    pub(super) fn ask_validate(&mut self, id: RequestId) {
        let attempt = self.requests.get(id).and_then(Request::attempt);
        let tenant = attempt.map(|a| a.intended.tenant.clone());
        let offers: Vec<String> = self
            .directory
            .contacts()
            .iter()
            .filter(|c| Some(&c.tenant) == tenant.as_ref())
            .map(|c| c.name.clone())
            .collect();
        self.overlay = Some(Overlay::Ask(Ask {
            title: "Validated by the client".to_owned(),
            text:
                "Who of the client says that what came back is right? Up and down choose a contact."
                    .to_owned(),
            input: Default::default(),
            offers,
            selected: None,
            purpose: AskFor::Validate(id),
        }));
    }

    pub(super) fn validate(&mut self, id: RequestId, contact: String, env: &Env<'_>) {
        let event = Event::Validated {
            contact: contact.clone(),
        };
        self.request_write(env, id, &[event]);
        let reference = self.reference_text(id);
        self.say_when_written(format!("{reference} validated by {contact}"));
    }

    /// Close a request; one that was interrupted, and could go on, with a reason.
    pub(super) fn ask_close(&mut self, id: RequestId, env: &Env<'_>) {
        if self.request_phase(id) != Phase::Attempt(RestoreState::Interrupted) {
            return self.close(id, &[Event::Closed], env);
        }
        let reference = self.reference_text(id);
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("Close {reference}"),
            text: "It was interrupted and could be continued. Why is it not? What is written \
                   already stays as it is."
                .to_owned(),
            input: Default::default(),
            offers: Vec::new(),
            selected: None,
            purpose: AskFor::Close(id),
        }));
    }

    pub(super) fn close(&mut self, id: RequestId, events: &[Event], env: &Env<'_>) {
        self.request_write(env, id, events);
        let reference = self.reference_text(id);
        self.say_when_written(format!("{reference} closed"));
    }

    pub(super) fn ask_cancel(&mut self, id: RequestId) {
        let reference = self.reference_text(id);
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("Cancel {reference}"),
            text: "Why? What is written already stays as it is.".to_owned(),
            input: Default::default(),
            offers: Vec::new(),
            selected: None,
            purpose: AskFor::Cancel(id),
        }));
    }

    pub(super) fn cancel(&mut self, id: RequestId, reason: String, env: &Env<'_>) {
        let Some(request) = self.requests.get(id) else {
            return;
        };
        let reference = self.reference_text(id);
        let Some(attempt) = request
            .attempt()
            .filter(|_| request.phase() != Phase::Draft)
        else {
            self.request_write(env, id, &[Event::Cancelled { reason }]);
            return self.say_when_written(format!("{reference} cancelled; nothing was written"));
        };
        let (number, appliance) = (attempt.intended.attempt, attempt.intended.appliance.clone());
        if let Some(why) = self.not_up(&appliance) {
            return self.bad(format!("{why}: the restore there cannot be cancelled now"));
        }
        let intent = Intent {
            reason,
            reference: reference.clone(),
        };
        self.ask(
            &appliance,
            Call::Cancel(id, number, intent),
            Asked::Cancel(id, number),
        );
        self.wait(format!("cancelling {reference}"));
    }

    /// Whether a request passes the filter.
    fn request_passes(&self, id: RequestId, words: &[String]) -> bool {
        let owner = self.requests.get(id).map_or("", |r| r.owner.as_str());
        words.is_empty()
            || holds(
                &format!(
                    "{} {} {owner} {}",
                    self.reference_text(id),
                    self.request_place(id),
                    self.request_phase(id).name()
                ),
                words,
            )
    }

    /// The rows of the Restores screen: what awaits the word of who sits here, dispatches that
    /// nobody answered, then clocks, the most urgent on top, then what runs, then what waits for the client, then closed ones; the newest first.
    pub(super) fn order_requests(&mut self) {
        let show_closed = self.restores.show_closed;
        let words = self.restores.filter.words();
        let mut rows: Vec<_> = self
            .requests
            .all()
            .filter(|r| show_closed || !r.phase().over())
            .map(|r| {
                let clock = r
                    .running_clock(self.policy_of(r))
                    .map(|clock| clock.deadline);
                let key = (
                    !self.awaits_me(r.id),
                    self.left_unanswered(r.id).is_none(),
                    r.phase().over(),
                    clock.is_none(),
                    clock,
                    Reverse(r.received),
                    r.id,
                );
                (key, r.id)
            })
            .collect();
        self.restores.total = rows.len();
        rows.retain(|(_, id)| self.request_passes(*id, &words));
        rows.sort();
        self.restores.rows = rows.into_iter().map(|(_, id)| id).collect();
        let held = self
            .restores
            .selected
            .is_some_and(|id| self.restores.rows.contains(&id));
        if !held {
            self.restores.selected = self.restores.rows.first().copied();
        }
    }
}

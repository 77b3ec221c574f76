//! The second person: whether this one may decide about what awaits approval, the question,
//! the word that goes to the appliance, and what came of it.

use super::{
    super::{
        effect::{Call, Intent, RingWhy, Verdict},
        model::Model,
        msg::CallError,
        overlay::{Ask, AskFor, Overlay},
        pending::Asked,
        words,
    },
    reply::outcome,
};
use ocdeck_domain::{
    facts::{RestoreAttempt, RestoreState},
    fleet::{Duty, Rota},
    ids::{ApplianceId, RequestId},
    restore::{Phase, Request, same_person},
};

/// The role that decides.
const ROLE: &str = "duty_manager";

impl Model {
    /// Whom approval is asked of, in words: who is on duty by the rota.
    pub fn approver(&self) -> String {
        self.on_duty(|entry| entry.name.clone())
    }

    /// The same with the numbers to call.
    pub fn approver_to_call(&self) -> String {
        self.on_duty(|entry| {
            format!("{} {}", entry.name, entry.phone)
                .trim_end()
                .to_owned()
        })
    }

    fn on_duty(&self, words: impl Fn(&Rota) -> String) -> String {
        let on = self.directory.on_duty(Duty::DutyManager, self.now);
        let others = on.iter().map(|it| it.entry);
        let others = others.filter(|entry| !same_person(&entry.name, &self.me.name));
        let mut names: Vec<String> = Vec::new();
        for name in others.map(words) {
            // One person may have two turns at once: that is no choice.
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match names.is_empty() {
            true => "a duty manager".to_owned(),
            false => names.join(" or "),
        }
    }

    /// The requests that await the word of the person at this console.
    pub fn to_approve(&self) -> impl Iterator<Item = RequestId> {
        self.requests.open().filter(|id| self.awaits_me(*id))
    }

    /// Whether a request awaits the word of the person at this console.
    pub(in crate::state) fn awaits_me(&self, id: RequestId) -> bool {
        let awaits = Phase::Attempt(RestoreState::AwaitingApproval);
        self.me.role == ROLE && self.request_phase(id) == awaits && self.decide_off(id).is_none()
    }

    /// Why the person at this console cannot decide about a request; the appliance judges
    /// all the same.
    pub(in crate::state) fn decide_off(&self, id: RequestId) -> Option<String> {
        let phase = self.request_phase(id);
        if phase != Phase::Attempt(RestoreState::AwaitingApproval) {
            return Some(phase.sentence());
        }
        if self.me.role != ROLE {
            return Some("another person approves: a duty manager".to_owned());
        }
        let Some((appliance, told)) = self.live_attempt(id) else {
            return Some("its appliance has not told of it yet".to_owned());
        };
        if self.dispatched_by_me(told) {
            return Some("another person approves: you asked for it".to_owned());
        }
        if !self.fleet.is_live(appliance) {
            return Some(format!("{appliance} is not up"));
        }
        let attempt = told.attempt;
        let on_its_way = self
            .pending
            .values()
            .any(|it| matches!(it.what, Asked::Decide(i, n, _) if (i, n) == (id, attempt)));
        on_its_way.then(|| "your word is on its way".to_owned())
    }

    /// Whether the selected request awaits approval.
    pub(in crate::state) fn approval_awaited(&self) -> bool {
        let awaits = Phase::Attempt(RestoreState::AwaitingApproval);
        let selected = self.restores.selected;
        selected.is_some_and(|id| self.request_phase(id) == awaits)
    }

    /// Why the selected request cannot be approved or rejected.
    pub(in crate::state) fn approve_off(&self) -> Option<String> {
        match self.restores.selected {
            Some(id) if self.requests.get(id).is_some() => self.decide_off(id),
            _ => Some("no request is selected".to_owned()),
        }
    }

    /// Whether this person dispatched the attempt or one before it, or sent it as theirs.
    fn dispatched_by_me(&self, told: &RestoreAttempt) -> bool {
        let known = self.requests.get(told.request).into_iter();
        let mut actors = known.flat_map(|request| {
            let attempts = request.attempts.range(..=told.attempt);
            attempts.flat_map(|(_, attempt)| attempt.senders())
        });
        let asked = told.approval.iter().flat_map(|it| &it.asked_by);
        let mut told_of = std::iter::once(&told.actor).chain(asked);
        told_of.any(|name| same_person(name, &self.me.name))
            || actors.any(|actor| same_person(actor, &self.me.name))
    }

    /// What is approved is shown, and the system's name typed; a rejection wants its reason.
    pub(super) fn ask_decide(&mut self, id: RequestId, approved: bool) {
        let Some((_, told)) = self.live_attempt(id) else {
            return;
        };
        let Some(approval) = told.approval.as_deref() else {
            return;
        };
        let (who, attempt) = (&told.actor, told.attempt);
        let place = self.request_place(id);
        let reference = self.reference_text(id);
        let text = match approved {
            true => format!(
                "{who} asks: {}. Existing files replaced: {}, {}. Type the name of the system, {}, and it begins.",
                approval.beyond_limit.join("; "),
                words::files(approval.replaced.files),
                words::bytes(approval.replaced.bytes),
                self.system_named(id),
            ),
            false => format!("Why? {who} reads it at once. Nothing is written."),
        };
        let verb = if approved { "Approve" } else { "Reject" };
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("{verb} {reference} {place}"),
            text,
            input: Default::default(),
            offers: Vec::new(),
            selected: None,
            purpose: match approved {
                true => AskFor::Approve(id, attempt),
                false => AskFor::Reject(id, attempt),
            },
        }));
    }

    fn system_named(&self, id: RequestId) -> String {
        let attempt = self.requests.get(id).and_then(Request::attempt);
        attempt
            .map(|it| it.intended.system.clone())
            .unwrap_or_default()
    }

    /// The typed name lets it begin, any other nothing.
    pub(super) fn approve_typed(&mut self, id: RequestId, attempt: u32, typed: &str) -> bool {
        if typed != self.system_named(id) {
            self.bad("that is not its name: nothing is approved");
            return false;
        }
        self.decide(id, attempt, true, String::new());
        true
    }

    /// Send the word. It names the digest of the attempt that was looked at.
    pub(super) fn decide(&mut self, id: RequestId, attempt: u32, approved: bool, reason: String) {
        if let Some(why) = self.decide_off(id) {
            return self.bad(why);
        }
        let reference = self.reference_text(id);
        let Some((appliance, told)) = self.live_attempt(id) else {
            return;
        };
        let approval = told.approval.as_deref().filter(|_| told.attempt == attempt);
        let Some(approval) = approval else {
            return self.bad(format!(
                "{reference} was sent anew meanwhile: look at it again"
            ));
        };
        let verdict = Verdict {
            request: id,
            attempt,
            digest: approval.digest.clone(),
            approved,
            intent: Intent {
                reason,
                reference: reference.clone(),
            },
        };
        let appliance = appliance.clone();
        let asked = Asked::Decide(id, attempt, approved);
        self.ask(&appliance, Call::Decide(Box::new(verdict)), asked);
        let verb = if approved { "approving" } else { "rejecting" };
        self.wait(format!("{verb} {reference}"));
    }

    /// The appliance's answer to a word.
    pub(super) fn decided(
        &mut self,
        id: RequestId,
        approved: bool,
        result: Result<Box<RestoreAttempt>, CallError>,
    ) {
        let reference = self.reference_text(id);
        match (result, approved) {
            (Ok(_), true) => self.done(format!("{reference} approved: it begins")),
            (Ok(_), false) => self.done(format!("{reference} rejected: nothing is written")),
            (Err(error), approved) => {
                let verb = if approved { "approve" } else { "reject" };
                self.bad(format!("{verb} {reference} {}", outcome(&error)));
            }
        }
    }

    /// What another desk's people restored is over: they go on with it.
    fn foreign_ended(&mut self, told: &RestoreAttempt) {
        let place = format!("{} {}", told.reference, self.request_place(told.request));
        let text = format!("{place}: {}", told.state.name());
        match told.state {
            RestoreState::Completed | RestoreState::CompletedWithWarnings => self.done(text),
            _ => self.bad(text),
        }
        self.requests.forget_foreign(told.request);
    }

    /// The desk was read: what awaits approval and is not in it is of another desk.
    pub(super) fn adopt_what_awaits(&mut self) {
        let all = self.fleet.appliances();
        let awaiting: Vec<_> = all
            .flat_map(|(appliance, state)| {
                let restores = state.restores.values();
                let awaits = restores.filter(|it| it.state == RestoreState::AwaitingApproval);
                awaits.map(|it| (appliance.clone(), it.request, it.attempt))
            })
            .collect();
        for (appliance, request, attempt) in awaiting {
            self.approval_news(&appliance, request, attempt);
        }
    }

    /// News of an attempt that awaits approval, or did: whoever decides, and whoever waits,
    /// hears of it.
    pub(super) fn approval_news(
        &mut self,
        appliance: &ApplianceId,
        request: RequestId,
        attempt: u32,
    ) {
        let key = (request, attempt);
        let told = self
            .fleet
            .get(appliance)
            .and_then(|it| it.restores.get(&key));
        let Some(told) = told else {
            self.awaiting.remove(&key);
            return;
        };
        if told.state.ended() && self.requests.is_foreign(request) {
            let told = told.clone();
            self.awaiting.remove(&key);
            return self.foreign_ended(&told);
        }
        if told.state == RestoreState::AwaitingApproval && self.desk.loaded {
            let system = self
                .fleet
                .get(appliance)
                .and_then(|it| it.systems.get(&told.order.system));
            let name = system.map_or(told.order.system.as_str(), |it| it.name.as_str());
            self.requests.adopt(appliance, told, name);
        }
        let place = format!("{} {}", told.reference, self.request_place(request));
        if told.state == RestoreState::AwaitingApproval {
            let asked = format!("{place}: {} asks for your approval", told.actor);
            let mine = self.me.role == ROLE && !self.dispatched_by_me(told);
            if self.awaiting.insert(key) && mine {
                self.ring(RingWhy::Colleague, |_| asked.clone());
                self.wait(asked);
            }
            return;
        }
        let decision = told.approval.as_ref().and_then(|it| it.decision.clone());
        let (state, message) = (told.state, told.message.clone());
        if !self.awaiting.remove(&key) {
            return;
        }
        let text = match decision {
            // This console's own word has its own answer.
            Some(said) if same_person(&said.person, &self.me.name) => return,
            Some(said) if said.approved => {
                let text = format!("{place}: {} approved it, it begins", said.person);
                self.done(text.clone());
                text
            }
            Some(said) => {
                let text = format!("{place}: {} rejected it: {}", said.person, said.reason);
                self.bad(text.clone());
                text
            }
            None if state == RestoreState::Failed => {
                let text = format!("{place}: {message}");
                self.bad(text.clone());
                text
            }
            None => return,
        };
        self.ring(RingWhy::Colleague, |_| text);
    }
}

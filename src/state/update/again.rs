//! A dispatch that its appliance did not answer: it goes out again by itself from the consoles of
//! whoever sent it, with the same key; another person's is shown, and sent only by a person's own
//! key, as theirs. Whoever sends it, it starts once.

use super::{
    super::{
        command::Command,
        effect::{Call, Effect, RingWhy},
        model::{Env, Model, Screen},
        overlay::{Confirm, Confirmed, Overlay},
        pending::Asked,
        words,
    },
    dispatch::call_of,
};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::Time,
    ids::{ApplianceId, RequestId},
    restore::{Attempt, Event, Phase, Request, same_person},
};

/// Who may send a dispatch.
const ROLES: [&str; 3] = ["technician", "duty_manager", "reseller"];

/// A dispatch that its appliance has not answered in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Who sent it last.
    pub by: String,
    /// When.
    pub since: Time,
}

impl Model {
    fn patience(&self) -> TimeDelta {
        TimeDelta::seconds(self.policy.dispatch.send_again_after.into())
    }

    /// Whose dispatch of a request got no answer, whoever looks.
    pub fn unanswered(&self, id: RequestId) -> Option<Unanswered> {
        let (by, since) = self.requests.get(id)?.attempt()?.sent();
        let silent = self.request_phase(id) == Phase::Dispatching && !self.requests.is_foreign(id);
        (silent && since + self.patience() <= self.now).then(|| Unanswered {
            by: by.to_owned(),
            since,
        })
    }

    /// The same, where it does not go out again by itself from here: whoever looks must ask who
    /// sent it, or send it.
    pub fn left_unanswered(&self, id: RequestId) -> Option<Unanswered> {
        let attempt = self.requests.get(id)?.attempt()?;
        self.unanswered(id).filter(|_| !self.sends_again(attempt))
    }

    /// Whether the selected request's dispatch was left unanswered.
    pub(in crate::state) fn unanswered_selected(&self) -> bool {
        let selected = self.restores.selected;
        selected.is_some_and(|id| self.left_unanswered(id).is_some())
    }

    /// Whether an attempt is the person's here, who may send it. What a keeper knows of, people
    /// ordered: their own certificates send it.
    fn sends_again(&self, attempt: &Attempt) -> bool {
        let own = |sender: &str| same_person(sender, &self.me.name);
        self.keeper.is_none() && self.role_off(&ROLES).is_none() && attempt.senders().any(own)
    }

    fn is_asked(&self, id: RequestId, attempt: u32) -> bool {
        let asked = Asked::Dispatch(id, attempt);
        self.pending.values().any(|pending| pending.what == asked)
    }

    /// Send again what was never answered: the intent of the person here is on the desk, the
    /// appliance said nothing, nobody waits for an answer, and the link is live.
    pub(super) fn send_again(&mut self, env: &Env<'_>) {
        let after = self.patience();
        let due: Vec<(RequestId, u32, ApplianceId, Call)> = self
            .requests
            .open()
            .filter_map(|id| {
                let request = self.requests.get(id)?;
                let attempt = request.attempt()?;
                let intended = &attempt.intended;
                let usual = attempt.sent().1 + after;
                let due = request.phase() == Phase::Dispatching
                    && !self.requests.is_foreign(id)
                    && self.resend.get(&id).copied().unwrap_or(usual) <= env.now
                    && self.sends_again(attempt)
                    && self.fleet.is_live(&intended.appliance)
                    && !self.is_asked(id, intended.attempt);
                let call = || call_of(request, attempt);
                due.then(|| (id, intended.attempt, intended.appliance.clone(), call()))
            })
            .collect();
        for (id, attempt, appliance, call) in due {
            self.resend.insert(id, env.now + after);
            self.ask(&appliance, call, Asked::Dispatch(id, attempt));
        }
    }

    /// Tell once of each dispatch that somebody else sent and nobody answered: that person's
    /// console may be gone.
    pub(super) fn tell_unanswered(&mut self) {
        if self.keeper.is_some() {
            return;
        }
        let open = self.requests.open();
        let left = open.filter_map(|id| Some((id, self.left_unanswered(id)?)));
        let left: Vec<(RequestId, Unanswered)> = left.collect();
        for (id, Unanswered { by, since }) in left {
            let attempt = self.requests.get(id).map_or(0, Request::next_attempt);
            if !self.told_unanswered.insert((id, attempt)) {
                continue;
            }
            let name = self.request_name(id);
            let place = self.request_place(id);
            let since = words::clock(since, self.me.zone);
            let text = format!("{name} {place}: {by}'s dispatch got no answer since {since}");
            self.bad(format!("{text}; ask {by}"));
            self.ring(RingWhy::Colleague, |_| text);
        }
    }

    /// Why the selected request's dispatch cannot be sent by the person here.
    pub(in crate::state) fn send_off(&self) -> Option<String> {
        if let Some(why) = self.role_off(&ROLES) {
            return Some(why);
        }
        let request = self.restores.selected.and_then(|id| self.requests.get(id));
        let Some(request) = request else {
            return Some("no request is selected".to_owned());
        };
        let phase = self.request_phase(request.id);
        let Some(attempt) = request.attempt().filter(|_| phase == Phase::Dispatching) else {
            return Some(phase.sentence());
        };
        if let Some(why) = self.waits_off() {
            return Some(why);
        }
        let appliance = &attempt.intended.appliance;
        if self.is_asked(request.id, attempt.intended.attempt) {
            return Some("it is on its way".to_owned());
        }
        if self.sends_again(attempt) {
            return Some("it goes out again by itself".to_owned());
        }
        if self.unanswered(request.id).is_none() {
            return Some(format!("{appliance} may still answer"));
        }
        (!self.fleet.is_live(appliance)).then(|| format!("{appliance} is not up"))
    }

    /// Ask before another person's dispatch goes out under this person's certificate.
    pub(super) fn ask_send(&mut self, id: RequestId) {
        let attempt = self.requests.get(id).and_then(Request::attempt);
        let (Some(attempt), Some(sent)) = (attempt, self.unanswered(id)) else {
            return;
        };
        let intended = &attempt.intended;
        let text = format!(
            "{by} dispatched it at {at}, and {appliance} has not answered. Ask {by} first, if you \
             can. It writes {files}, {bytes}. Sent by both it starts once; on the desk and on the \
             appliance it is yours.",
            by = sent.by,
            at = words::clock(sent.since, self.me.zone),
            appliance = intended.appliance,
            files = words::files(intended.files),
            bytes = words::bytes(intended.bytes),
        );
        let number = intended.attempt;
        let (name, place) = (self.request_name(id), self.request_place(id));
        self.overlay = Some(Overlay::Confirm(Confirm {
            title: format!("Send {name} {place} as yours"),
            text,
            yes: "send it",
            action: Confirmed::SendAsMine(id, number),
        }));
    }

    /// Send another person's dispatch: who does it is on the desk before the call leaves.
    pub(super) fn send_as_mine(&mut self, id: RequestId, number: u32, env: &Env<'_>) {
        if let Some(why) = self.send_off() {
            return self.bad(why);
        }
        let Some(request) = self.requests.get(id) else {
            return;
        };
        let attempt = request.attempt();
        let Some(attempt) = attempt.filter(|it| it.intended.attempt == number) else {
            let name = self.request_name(id);
            return self.bad(format!("{name} was sent anew meanwhile: look at it again"));
        };
        let event = Event::SentAgain {
            attempt: number,
            from: attempt.sent().0.to_owned(),
        };
        let mut record = self.record(env, id, &event);
        // Whatever was heard of it first is looked at first.
        record.subject_version = Some(request.version() + 1);
        let (call, appliance) = (
            call_of(request, attempt),
            attempt.intended.appliance.clone(),
        );
        let ticket = self.ticket(Some(&appliance), Asked::Dispatch(id, number));
        let call = Effect::Call(ticket, appliance.clone(), call);
        self.intend(id, number, record, call);
        self.screen = Screen::Restores;
        let name = self.request_name(id);
        self.wait(format!("{name} is being sent to {appliance} as yours"));
    }

    /// "ask mara, or press S to send it as yours".
    pub fn unanswered_help(&self, by: &str) -> String {
        match self.send_off() {
            None => {
                let key = self.key_words(Command::SendAsMine);
                format!("ask {by}, or press {key} to send it as yours")
            }
            Some(why) => format!("ask {by}; {why}"),
        }
    }
}

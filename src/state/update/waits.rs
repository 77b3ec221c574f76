//! A dispatch whose intent waits for a desk that is out of reach: nothing has started. A person
//! takes it back, or it is taken back when it waited too long; the request is then as before.

use super::{
    super::{
        command::Command,
        effect::{DeskCommand, Effect, RingWhy},
        model::{Env, Model, Screen},
        pending::Asked,
    },
    share::span,
};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::Time,
    ids::{ApplianceId, RequestId},
    journal::NewRecord,
    restore::Event,
};
use uuid::Uuid;

/// A dispatch that waits for the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Its intent.
    event: Uuid,
    attempt: u32,
    /// To which appliance it goes.
    pub appliance: ApplianceId,
    /// Since when it waits.
    pub since: Time,
    /// When it is taken back by itself.
    pub until: Time,
    /// Whether a person asked it back.
    pub asked_back: bool,
}

impl Model {
    /// Hands an intent to the desk, and what follows it.
    pub(super) fn intend(&mut self, id: RequestId, attempt: u32, record: NewRecord, call: Effect) {
        let Effect::Call(_, appliance, _) = &call else {
            return;
        };
        let limit = TimeDelta::seconds(self.policy.dispatch.wait_at_most.into());
        let waits = Waits {
            event: record.event_id,
            attempt,
            appliance: appliance.clone(),
            since: self.now,
            until: self.now + limit,
            asked_back: false,
        };
        let until = waits.until;
        self.waits.insert(id, waits);
        self.resend.remove(&id);
        self.effects.push(Effect::Desk(DeskCommand::Intend {
            record: Box::new(record),
            then: vec![call],
            until,
        }));
    }

    /// What of a request waits for the desk, whose trouble is told: it may wait for long.
    pub fn waits_for_desk(&self, id: RequestId) -> Option<&Waits> {
        let waits = self.waits.get(&id);
        waits.filter(|waits| self.desk.trouble.is_some() || waits.asked_back)
    }

    /// That of the selected request.
    pub(in crate::state) fn wait_selected(&self) -> Option<&Waits> {
        self.waits_for_desk(self.restores.selected?)
    }

    /// Why nothing else is done to the selected request.
    pub(super) fn waits_off(&self) -> Option<String> {
        self.wait_selected()?;
        let key = self.key_words(Command::TakeBack);
        Some(format!("it waits for the desk; {key} takes it back"))
    }

    /// Why the selected request's dispatch cannot be taken back.
    pub(in crate::state) fn take_back_off(&self) -> Option<String> {
        match self.wait_selected() {
            None => Some("no dispatch of it waits for the desk".to_owned()),
            Some(waits) if waits.asked_back => Some("it is being taken back".to_owned()),
            Some(_) => None,
        }
    }

    /// Take a dispatch back: the desk's thread knows whether that is possible still.
    pub(super) fn take_back(&mut self, id: RequestId) {
        let reference = self.reference_text(id);
        if let Some(waits) = self.waits.get_mut(&id) {
            waits.asked_back = true;
            let event = waits.event;
            self.effects
                .push(Effect::Desk(DeskCommand::TakeBack(event)));
            self.wait(format!("{reference} is being taken back"));
        }
    }

    /// Its dispatch does not wait any more.
    pub(super) fn taken_back(&mut self, record: &NewRecord, stands: bool, env: &Env<'_>) {
        let Some(id) = record.subject.request() else {
            return;
        };
        let Some(waits) = self.waits.get(&id).filter(|it| it.event == record.event_id) else {
            return;
        };
        let waits = waits.clone();
        self.waits.remove(&id);
        let asked = Asked::Dispatch(id, waits.attempt);
        self.pending.retain(|_, pending| pending.what != asked);
        let reference = self.reference_text(id);
        let own = record.kind == "dispatching";
        if stands && !own {
            // Another person's stood there before: whoever sends it, it starts once.
            return self.faster(format!(
                "{reference}: your order to send it is on the desk already, so it goes out"
            ));
        }
        if stands {
            self.undo(id, waits.attempt, env);
        }
        let key = self.key_words(Command::Continue);
        if !waits.asked_back {
            let limit = span(waits.until - waits.since);
            let again = match own {
                true => format!("press {key} to look at it and send it again"),
                false => "send it again if it is still wanted".to_owned(),
            };
            self.faster(format!(
                "{reference} waited {limit} for the desk and was not sent; nothing has \
                 started; {again}"
            ));
            let text = format!("{reference} waited {limit} for the desk and was not sent");
            return self.ring(RingWhy::Colleague, |_| text);
        }
        self.done(format!("{reference} is taken back; nothing was sent"));
        let looks = self.screen == Screen::Restores && self.restores.selected == Some(id);
        if own && !stands && looks && self.wizard.is_none() && self.overlay.is_none() {
            self.continue_request(id, env);
        }
    }

    /// The desk had taken the intent and could not say so; it was never sent from here.
    fn undo(&mut self, id: RequestId, attempt: u32, env: &Env<'_>) {
        let text = format!("taken back by {} before it was sent", self.me.name);
        self.append(env, id, &Event::Refused { attempt, text });
        // Until that is known: who reads of an own intent sends what follows it.
        self.resend.insert(id, env.now + TimeDelta::days(1));
    }

    /// The desk has this record, or will never take it.
    pub(super) fn no_longer_waits(&mut self, record: &NewRecord) -> Option<Waits> {
        let id = record.subject.request()?;
        let waits = self.waits.get(&id)?;
        if waits.event != record.event_id {
            return None;
        }
        self.waits.remove(&id)
    }

    /// The desk has this record: what was to follow it goes out.
    pub(super) fn written_after_all(&mut self, record: &NewRecord) {
        let waited = self.no_longer_waits(record);
        if waited.is_some_and(|waits| waits.asked_back) {
            let id = record.subject.request();
            let reference = id.map(|id| self.reference_text(id)).unwrap_or_default();
            self.faster(format!(
                "{reference} was written just before it was taken back: it goes out; cancel it \
                 where it runs"
            ));
        }
    }
}

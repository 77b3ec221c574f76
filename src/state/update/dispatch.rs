//! From intent to outcome: the intent is durable before the call leaves; an unanswered call
//! goes out again with the same key; what the appliance tells is witnessed on the desk.

use super::super::{
    effect::{Call, DemoCommand, DeskCommand, Dispatch, Effect, Intent},
    model::{Env, Model, Screen},
    msg::{CallError, CallErrorKind},
    pending::Asked,
    wizard::{Field, Load},
};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::{RestoreAttempt, RestoreState, Time},
    ids::{ApplianceId, RequestId},
    journal::NewRecord,
    restore::{Attempt, Event, Intended, Phase, Request, Witnessed},
};
use std::collections::BTreeSet;

pub(super) fn call_of(request: &Request, attempt: &Attempt) -> Call {
    let intended = &attempt.intended;
    let before = request.attempts.range(..=intended.attempt);
    let senders = before.flat_map(|(_, attempt)| attempt.senders());
    let asked_by: BTreeSet<&str> = senders.chain(attempt.senders()).collect();
    Call::Dispatch(Box::new(Dispatch {
        request: request.id,
        attempt: intended.attempt,
        order: intended.order.clone(),
        digest: intended.digest.clone(),
        intent: Intent {
            reason: intended.reason.clone(),
            reference: request.reference.map(|r| r.to_string()).unwrap_or_default(),
        },
        priority: intended.priority,
        requester: intended.requester.clone(),
        break_glass: intended.break_glass.clone(),
        asked_by: asked_by.into_iter().map(str::to_owned).collect(),
    }))
}

impl Model {
    /// Send what the wizard holds, or say what it waits for.
    pub(super) fn dispatch(&mut self, env: &Env<'_>) {
        let Some(wizard) = &self.wizard else { return };
        if let Some(missing) = self.wizard_missing(wizard).first() {
            let text = format!(
                "dispatch waits for: {} (step {})",
                missing.text,
                missing.step.number()
            );
            return self.bad(text);
        }
        let id = wizard.request;
        let Some(intended) = self.intended() else {
            return self.bad("the plan is not of what is chosen now; it is being made again");
        };
        let Some(request) = self.requests.get(id) else {
            return;
        };
        if self.waits.contains_key(&id) {
            let reference = self.reference_text(id);
            return self.bad(format!("{reference} waits for the desk already"));
        }
        let phase = self.request_phase(id);
        if phase != Phase::Draft && !phase.may_continue() {
            // Somebody sent it while it was filled in here.
            let reference = self.reference_text(id);
            return self.bad(format!("{reference} is {} already", phase.name()));
        }
        let event = Event::Dispatching(Box::new(intended.clone()));
        let mut record = self.record(env, id, &event);
        // Of two people who dispatch at once, one writes first; the other is told.
        record.subject_version = Some(request.version() + 1);
        let attempt = Attempt {
            intended: intended.clone(),
            at: env.now,
            actor: self.me.name.clone(),
            sent_again: Vec::new(),
            witnessed: std::collections::BTreeMap::new(),
            refused: None,
        };
        let call = call_of(request, &attempt);
        let asked = Asked::Dispatch(id, intended.attempt);
        let ticket = self.ticket(Some(&intended.appliance), asked);
        let call = Effect::Call(ticket, intended.appliance.clone(), call);
        self.intend(id, intended.attempt, record, call);
        let reference = self.reference_text(id);
        self.wait(match self.desk.trouble {
            None => format!("{reference} is being sent to {}", intended.appliance),
            Some(_) => format!("{reference} waits for the desk; nothing has started"),
        });
        self.wizard = None;
        self.screen = Screen::Restores;
        self.restores.selected = Some(id);
    }

    /// The dispatch that the wizard describes; `None` unless the plan is of exactly that.
    fn intended(&self) -> Option<Intended> {
        let wizard = self.wizard.as_ref()?;
        let order = wizard.order(&self.reference_text(wizard.request))?;
        let Load::Known(plan, _) = &wizard.plan.load else {
            return None;
        };
        if wizard.plan.order.as_ref() != Some(&order) {
            return None;
        }
        let request = self.requests.get(wizard.request)?;
        let glass = wizard.break_glass && !plan.beyond_limit.is_empty();
        let glass_time = wizard.glass_time(self.now, self.me.zone).ok().flatten();
        let break_glass = glass.then(|| {
            (
                wizard.text(Field::GlassReason),
                wizard.text(Field::GlassManager),
                glass_time.unwrap_or(self.now),
            )
        });
        Some(Intended {
            attempt: request.next_attempt(),
            appliance: wizard.system.as_ref()?.appliance.clone(),
            tenant: wizard.tenant(&self.fleet)?,
            system: wizard.system_name(&self.fleet).to_owned(),
            order,
            digest: plan.digest.clone(),
            priority: request.priority(self.policy_of(request)),
            requester: wizard.caller.as_ref()?.name().to_owned(),
            call_back: wizard.call_back_number().to_owned(),
            reason: wizard.text(Field::Reason),
            break_glass,
            files: plan.written.files,
            bytes: plan.written.bytes,
        })
    }

    /// The appliance's answer to a dispatch.
    pub(super) fn dispatched(
        &mut self,
        id: RequestId,
        attempt: u32,
        result: Result<Box<RestoreAttempt>, CallError>,
        env: &Env<'_>,
    ) {
        let reference = self.reference_text(id);
        let appliance = self
            .requests
            .get(id)
            .and_then(Request::attempt)
            .map(|a| a.intended.appliance.clone());
        match result {
            Ok(told) => {
                if told.state == RestoreState::AwaitingApproval {
                    let approver = self.approver();
                    self.wait(format!(
                        "{reference} awaits the approval of {approver}; nothing is written before"
                    ));
                } else {
                    self.done(format!("{reference} accepted"));
                }
                if let Some(appliance) = appliance {
                    self.accepted(&appliance, (id, attempt), told, env);
                }
            }
            Err(error) if error.kind == CallErrorKind::Refused => {
                self.bad(format!("{reference} refused: {}", error.text));
                self.append(
                    env,
                    id,
                    &Event::Refused {
                        attempt,
                        text: error.text,
                    },
                );
            }
            Err(error) => {
                let why = if error.kind == CallErrorKind::TimedOut {
                    "no answer"
                } else {
                    "link lost"
                };
                self.bad(format!("{reference}: {why}; it goes out again with the same number, and starts only once"));
                let again = TimeDelta::seconds(self.policy.dispatch.send_again_after.into());
                self.resend.insert(id, env.now + again);
            }
        }
    }

    /// An appliance answered with the attempt as it has it now.
    fn accepted(
        &mut self,
        appliance: &ApplianceId,
        key: (RequestId, u32),
        told: Box<RestoreAttempt>,
        env: &Env<'_>,
    ) {
        let (id, attempt) = key;
        let Some(state) = self.fleet.get(appliance) else {
            // It left the directory meanwhile: this is the last that is heard of it.
            if (told.request, told.attempt) == key {
                let records = self.news_of(&told, 0, env);
                self.write_witnessed(id, records, None);
            }
            return;
        };
        if !state.restores.contains_key(&key) {
            let mut changes = super::super::fleet::Changes::default();
            let fact = ocdeck_domain::facts::Fact::Restore(told);
            self.fleet
                .apply(&self.directory, appliance, fact, &mut changes);
        }
        self.witness(appliance, id, attempt, env);
        self.approval_news(appliance, id, attempt);
    }

    /// A link became live: what waits for it goes out now.
    pub(super) fn link_came_back(&mut self, appliance: &ApplianceId, env: &Env<'_>) {
        let waiting: Vec<RequestId> = self
            .requests
            .open()
            .filter(|id| {
                let attempt = self.requests.get(*id).and_then(Request::attempt);
                attempt.is_some_and(|a| &a.intended.appliance == appliance)
            })
            .collect();
        for id in waiting {
            self.resend.insert(id, env.now);
        }
        if self
            .jobs
            .log
            .session
            .as_ref()
            .is_some_and(|s| &s.appliance == appliance)
        {
            let finished = matches!(self.jobs.log.ended, Some(Ok(())));
            if !finished {
                self.jobs.log.session = None; // asked for anew
            }
        }
        self.wizard_link_back(appliance);
    }

    /// What an appliance tells about an attempt goes onto the desk, each state once.
    pub(super) fn witness(
        &mut self,
        appliance: &ApplianceId,
        id: RequestId,
        attempt: u32,
        env: &Env<'_>,
    ) {
        let state = self.fleet.get(appliance);
        let told = state.and_then(|state| state.restores.get(&(id, attempt)));
        if let (Some(state), Some(told)) = (state, told) {
            let records = self.news_of(told, state.offset_ms, env);
            let ended = told.state.ended().then_some(told.state);
            self.write_witnessed(id, records, ended);
        }
    }

    /// What an attempt tells that the desk does not know yet.
    fn news_of(&self, told: &RestoreAttempt, offset_ms: i64, env: &Env<'_>) -> Vec<NewRecord> {
        let (id, attempt) = (told.request, told.attempt);
        let known = self.requests.get(id).and_then(|r| r.attempts.get(&attempt));
        let known = known.filter(|_| !self.requests.is_foreign(id));
        let Some(known) = known else {
            return Vec::new();
        };
        let mut records = Vec::new();
        for (state, at, message) in milestones(told) {
            if known.witnessed.contains_key(state.name()) {
                continue;
            }
            let event = Event::Witnessed(Box::new(Witnessed {
                attempt,
                state: state.name().to_owned(),
                at: self.corrected_by(offset_ms, at),
                offset_ms,
                heard: env.now,
                written: told.written.files,
                failed: told.failed,
                verified: told.verified.files,
                unequal: told.unequal,
                message: ocdeck_domain::text::clean(&message).into_owned(),
            }));
            records.push(self.record(env, id, &event));
        }
        records
    }

    fn write_witnessed(
        &mut self,
        id: RequestId,
        mut records: Vec<NewRecord>,
        ended: Option<RestoreState>,
    ) {
        records.retain(|record| self.witnessing.insert(record.event_id));
        if records.is_empty() {
            return;
        }
        self.effects
            .push(Effect::Desk(DeskCommand::Append { records }));
        if let Some(state) = ended {
            self.restore_ended(id, state);
        }
    }

    /// After records of a request were read: what appliances told before is witnessed too.
    pub(super) fn witness_what_is_known(&mut self, id: RequestId, env: &Env<'_>) {
        let attempts: Vec<(ApplianceId, u32)> =
            self.requests.get(id).map_or_else(Vec::new, |request| {
                request
                    .attempts
                    .values()
                    .map(|a| (a.intended.appliance.clone(), a.intended.attempt))
                    .collect()
            });
        for (appliance, attempt) in attempts {
            self.witness(&appliance, id, attempt, env);
        }
    }

    fn restore_ended(&mut self, id: RequestId, state: RestoreState) {
        let reference = self.reference_text(id);
        let place = self.request_place(id);
        let good = matches!(
            state,
            RestoreState::Completed | RestoreState::CompletedWithWarnings
        );
        let text = format!("{reference} {place}: {}", state.name());
        if good {
            self.done(text)
        } else {
            self.bad(text)
        }
        let lost = self.demo.as_ref().and_then(|d| d.lost.clone());
        if let Some((system, _)) = lost.filter(|(system, _)| good && system == &place) {
            self.effects
                .push(Effect::Demo(DemoCommand::Compare(system)));
        }
    }
}

/// The states that an attempt went through, with their times and what was said with each,
/// as far as it tells.
fn milestones(told: &RestoreAttempt) -> Vec<(RestoreState, Time, String)> {
    let silent = |state, at| (state, at, String::new());
    let mut states = Vec::new();
    match told.approval.as_deref() {
        None => states.push(silent(RestoreState::Accepted, told.accepted)),
        Some(approval) => {
            let beyond = approval.beyond_limit.join("; ");
            states.push((RestoreState::AwaitingApproval, approval.asked, beyond));
            let said = approval.decision.as_ref().filter(|said| said.approved);
            states.extend(said.map(|said| {
                let reason = match said.reason.as_str() {
                    "" => String::new(),
                    reason => format!(": {reason}"),
                };
                let words = format!("approved by {}{reason}", said.person);
                (RestoreState::Accepted, said.at, words)
            }));
        }
    }
    states.extend(told.started.map(|at| silent(RestoreState::Running, at)));
    let verifying = told.verifying_since;
    states.extend(verifying.map(|at| silent(RestoreState::Verifying, at)));
    if told.state.ended() {
        // What it says of its end is no part of what came before.
        let at = told.ended.unwrap_or(told.accepted);
        states.push((told.state, at, told.message.clone()));
    }
    states
}

//! Dispatch and cancel: an order is taken once and only once, and is durable before the
//! answer. What goes beyond the limit of one person is taken, and awaits another's word.

use super::{plan::root_problem, plans::Ticket};
use crate::{
    agent::{Agent, audit, need_reason, stopped_words, unwritten},
    state::{AuditEntry, Facts, Recorded},
    work::{Actor, BreakGlass, Dispatch, Intent, Refusal},
};
use ocdeck_domain::{
    facts::{Amount, Approval, Progress, RestoreAttempt, RestoreState, Time},
    ids::{RequestId, TenantId},
    priority::Priority,
    restore::Order,
};
use ocdeck_faults::{Point, reached};
use serde::{Deserialize, Serialize};

/// The content of a dispatch: what makes two of the same key the same.
#[derive(Serialize, Deserialize)]
struct Content {
    order: Order,
    digest: Vec<u8>,
    reference: String,
    reason: String,
    priority: Priority,
    requester: String,
    break_glass: Option<(String, String, Time)>,
}

impl Content {
    fn bytes(dispatch: &Dispatch) -> Result<Vec<u8>, Refusal> {
        let glass = dispatch.break_glass.as_ref();
        let content = Self {
            order: dispatch.order.clone(),
            digest: dispatch.digest.clone(),
            reference: dispatch.intent.reference.clone(),
            reason: dispatch.intent.reason.clone(),
            priority: dispatch.priority,
            requester: dispatch.requester.clone(),
            break_glass: glass.map(|it| (it.reason.clone(), it.duty_manager.clone(), it.called_at)),
        };
        serde_json::to_vec(&content).map_err(|error| Refusal::Internal(error.to_string()))
    }
}

/// The digest that an attempt was accepted with.
pub(super) fn digest_of(facts: &Facts, restore: &RestoreAttempt) -> Option<Vec<u8>> {
    let record = facts.dispatch_record(restore.request, restore.attempt);
    let content = record.ok().flatten()?;
    let content: Content = serde_json::from_slice(&content).ok()?;
    Some(content.digest)
}

impl Agent {
    /// Accepts a restore.
    pub(crate) fn dispatch_restore(
        &self,
        dispatch: &Dispatch,
        by: &Actor,
    ) -> Result<RestoreAttempt, Refusal> {
        well_formed(dispatch)?;
        let content = Content::bytes(dispatch)?;
        // An order that was taken is answered even when its plan is gone by now.
        if let Some(there) = self.facts().restore(dispatch.request, dispatch.attempt) {
            let record = self
                .facts()
                .dispatch_record(dispatch.request, dispatch.attempt)
                .map_err(|error| unwritten(&error))?;
            return if record.as_deref() == Some(&*content) {
                self.asked_again(there, dispatch, by)
            } else {
                Err(different(&there))
            };
        }
        let ticket = self.plans().ticket(&dispatch.digest, self.facts().now())?;
        if ticket.order != dispatch.order {
            return Err(Refusal::FailedPrecondition {
                code: "PLAN_OF_OTHER_ORDER",
                text: "the plan is of another order; plan again".to_owned(),
            });
        }
        let allowed = self.allowed(&dispatch.order, &dispatch.intent.reference)?;
        if let Some(problem) = ticket.problems.first().cloned().or(root_problem(&allowed)) {
            return Err(Refusal::FailedPrecondition {
                code: "PLAN_HAS_PROBLEMS",
                text: problem,
            });
        }
        let tenant = self.tenant_of(&dispatch.order)?;
        let now = self.facts().now();
        let approval = self.approval_of(dispatch, &ticket, &tenant, now)?;
        let entry = audit_of(dispatch, by, &ticket, approval.as_ref());
        let restore = accepted(dispatch, by, tenant, now, approval);
        reached(Point::AgentBeforeRecord);
        let recorded = self
            .facts()
            .record_dispatch(restore.clone(), &content, &entry)
            .map_err(|error| unwritten(&error))?;
        match recorded {
            Recorded::New => {
                reached(Point::AgentAfterRecord);
                if restore.state == RestoreState::Accepted {
                    self.enqueue_restore(&by.person, super::what(&restore));
                }
                Ok(restore)
            }
            Recorded::Same(there) => self.asked_again(*there, dispatch, by),
            Recorded::Different(there) => Err(different(&there)),
            Recorded::BeforeNotEnded(before) => Err(Refusal::FailedPrecondition {
                code: "ATTEMPT_NOT_ENDED",
                text: format!(
                    "attempt {} of {} has not ended; cancel it or wait for its end",
                    before.attempt, before.reference
                ),
            }),
            Recorded::Gap { next } => Err(Refusal::FailedPrecondition {
                code: "ATTEMPT_GAP",
                text: format!("the next attempt of this request is {next}"),
            }),
        }
    }

    fn tenant_of(&self, order: &Order) -> Result<TenantId, Refusal> {
        self.config()
            .system(&order.system)
            .map(|system| system.tenant.clone())
            .ok_or_else(|| Refusal::NotFound(format!("there is no system {}", order.system)))
    }

    /// Cancels a restore that waits, awaits approval or runs.
    pub(crate) fn cancel_restore(
        &self,
        request: RequestId,
        attempt: u32,
        by: &Actor,
        intent: &Intent,
    ) -> Result<RestoreAttempt, Refusal> {
        need_reason(intent)?;
        let there = self.facts().restore(request, attempt).ok_or_else(|| {
            Refusal::NotFound(format!(
                "there is no attempt {attempt} of request {request}"
            ))
        })?;
        let ended = || Refusal::FailedPrecondition {
            code: "RESTORE_ENDED",
            text: format!("attempt {attempt} of {} has ended already", there.reference),
        };
        if there.state.ended() {
            return Err(ended());
        }
        let object = format!("{request}:{attempt}");
        let entry = audit(by, intent, "cancel_restore", &object);
        let words = stopped_words(by, intent);
        let now = self.facts().now();
        let cancelled = |restore: &mut RestoreAttempt| {
            restore.state = RestoreState::Cancelled;
            restore.ended = Some(now);
            restore.waiting_for.clear();
            restore.message = format!("{words}, before anything was written");
        };
        if there.state == RestoreState::AwaitingApproval {
            let there = self.decide_restore((request, attempt), |restore| {
                let awaits = restore.state == RestoreState::AwaitingApproval;
                Ok(awaits.then(|| {
                    cancelled(restore);
                    entry.clone()
                }))
            })?;
            // Unless it was approved meanwhile: then it waits or runs.
            if there.state.ended() {
                return Ok(there);
            }
        }
        self.facts()
            .audit(&entry)
            .map_err(|error| unwritten(&error))?;
        match self.stop_restore((request, attempt), words.clone()) {
            None => Err(ended()),
            Some(true) => self.facts().restore(request, attempt).ok_or_else(ended),
            Some(false) => self
                .edit_restore(request, attempt, cancelled)
                .ok_or_else(ended),
        }
    }
}

fn accepted(
    dispatch: &Dispatch,
    by: &Actor,
    tenant: TenantId,
    now: Time,
    approval: Option<Approval>,
) -> RestoreAttempt {
    RestoreAttempt {
        request: dispatch.request,
        attempt: dispatch.attempt,
        tenant,
        reference: dispatch.intent.reference.clone(),
        order: dispatch.order.clone(),
        state: if approval.is_some() {
            RestoreState::AwaitingApproval
        } else {
            RestoreState::Accepted
        },
        actor: by.person.clone(),
        priority: dispatch.priority,
        requester: dispatch.requester.clone(),
        accepted: now,
        started: None,
        verifying_since: None,
        ended: None,
        session: None,
        progress: Progress::default(),
        written: Amount::default(),
        left: Amount::default(),
        changed_since_plan: 0,
        failed: 0,
        warnings: 0,
        verified: Amount::default(),
        unequal: 0,
        issues: Vec::new(),
        message: String::new(),
        break_glass: dispatch.break_glass.is_some(),
        waiting_for: String::new(),
        approval: approval.map(Box::new),
    }
}

fn different(there: &RestoreAttempt) -> Refusal {
    let accepted = there.accepted.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    Refusal::AlreadyExists {
        code: "DISPATCHED_OTHERWISE",
        text: format!(
            "attempt {} of this request was ordered otherwise: {} by {} at {}; ask for a new request",
            there.attempt,
            there.reference,
            there.actor,
            there.accepted.format("%H:%M:%S UTC")
        ),
        first: vec![
            ("request_id", there.request.to_string()),
            ("attempt", there.attempt.to_string()),
            ("reference", there.reference.clone()),
            ("actor", there.actor.clone()),
            ("accepted", accepted),
        ],
    }
}

fn well_formed(dispatch: &Dispatch) -> Result<(), Refusal> {
    let wrong = |field, text: &str| {
        Err(Refusal::InvalidArgument {
            field,
            text: text.to_owned(),
        })
    };
    if dispatch.attempt == 0 {
        return wrong("attempt", "attempts are counted from 1");
    }
    if dispatch.intent.reference.trim().is_empty() {
        return wrong(
            "intent.reference",
            "give the request's reference, such as R-0118",
        );
    }
    if dispatch.digest.len() != 32 {
        return wrong("plan_digest", "give the digest of the plan, 32 bytes");
    }
    dispatch.break_glass.as_ref().map_or(Ok(()), well_broken)
}

fn well_broken(glass: &BreakGlass) -> Result<(), Refusal> {
    let wrong = |field, text: &str| {
        Err(Refusal::InvalidArgument {
            field,
            text: text.to_owned(),
        })
    };
    if glass.reason.trim().is_empty() {
        return wrong("break_glass.reason", "say why it cannot wait for approval");
    }
    if glass.duty_manager.trim().is_empty() {
        return wrong(
            "break_glass.duty_manager",
            "name the duty manager who was called",
        );
    }
    if glass.called_at == Time::UNIX_EPOCH {
        return wrong("break_glass.called_at", "say when the call was made");
    }
    Ok(())
}

fn audit_of(
    dispatch: &Dispatch,
    by: &Actor,
    ticket: &Ticket,
    approval: Option<&Approval>,
) -> AuditEntry {
    let object = format!("{}:{}", dispatch.request, dispatch.attempt);
    let requester = &dispatch.requester;
    let beyond = ticket.beyond_limit.join("; ");
    if approval.is_some() {
        return AuditEntry {
            detail: format!("requested by {requester}; beyond the limit: {beyond}"),
            ..audit(by, &dispatch.intent, "ask_approval", &object)
        };
    }
    let Some(glass) = &dispatch.break_glass else {
        return AuditEntry {
            detail: format!("requested by {requester}"),
            ..audit(by, &dispatch.intent, "dispatch", &object)
        };
    };
    AuditEntry {
        reason: glass.reason.clone(),
        detail: format!(
            "duty manager {} called at {}; requested by {requester}; beyond the limit: {beyond}",
            glass.duty_manager,
            glass.called_at.format("%Y-%m-%d %H:%M UTC"),
        ),
        ..audit(by, &dispatch.intent, "break_glass", &object)
    }
}

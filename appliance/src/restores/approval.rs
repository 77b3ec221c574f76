//! The second person: what goes beyond the limit of one awaits another's word, and nothing
//! of it begins before.

use super::{plan::root_problem, plans::KEEP, plans::Ticket};
use crate::{
    agent::{Agent, audit, need_reason_to_reject},
    config,
    state::AuditEntry,
    work::{Actor, Dispatch, Refusal, Verdict},
};
use ocdeck_domain::{
    facts::{Approval, Decision, RestoreAttempt, RestoreState, Time},
    ids::TenantId,
    restore::same_person,
};

/// What an attempt says that nobody decided about in time.
const EXPIRED: &str = "nobody approved it within 24 h; plan again";

/// Why a tenant does not allow a way beyond the limit; empty: it does.
pub(super) struct Ways {
    pub(super) approval_off: String,
    pub(super) break_glass_off: String,
}

impl Agent {
    /// How a tenant's dispatch beyond the limit may go on.
    pub(super) fn ways(&self, tenant: &TenantId) -> Ways {
        let allowed = self.config().tenant(tenant).map(|tenant| tenant.approval);
        let off = |is_off: bool, words: &str| match is_off {
            true => format!("{tenant} allows it only {words}"),
            false => String::new(),
        };
        Ways {
            approval_off: off(
                allowed == Some(config::Approval::BreakGlass),
                "by break glass, not with a second person's approval",
            ),
            break_glass_off: off(
                allowed == Some(config::Approval::Approve),
                "with a second person's approval, not by break glass",
            ),
        }
    }

    /// What a second person must approve of a dispatch; `None`: its plan stays within the
    /// limit, or glass is broken.
    pub(super) fn approval_of(
        &self,
        dispatch: &Dispatch,
        ticket: &Ticket,
        tenant: &TenantId,
        now: Time,
    ) -> Result<Option<Approval>, Refusal> {
        if ticket.beyond_limit.is_empty() {
            return Ok(None);
        }
        let ways = self.ways(tenant);
        let (off, remedy) = match dispatch.break_glass {
            Some(_) => (ways.break_glass_off, "send it without break glass"),
            None => (
                ways.approval_off,
                "call the duty manager and break glass, or choose another target or policy",
            ),
        };
        if !off.is_empty() {
            return Err(Refusal::FailedPrecondition {
                code: "BEYOND_LIMIT",
                text: format!(
                    "this goes beyond what one person may order alone: {}; {off}; {remedy}",
                    ticket.beyond_limit.join("; ")
                ),
            });
        }
        if dispatch.break_glass.is_some() {
            return Ok(None);
        }
        Ok(Some(Approval {
            beyond_limit: ticket.beyond_limit.clone(),
            digest: dispatch.digest.clone(),
            created: ticket.created,
            replaced: ticket.replaced,
            written: ticket.written,
            asked: now,
            expires: now.checked_add_signed(KEEP).unwrap_or(Time::MAX_UTC),
            decision: None,
            asked_by: dispatch.asked_by.clone(),
        }))
    }

    /// Takes the second person's word about a restore that awaits it.
    pub(crate) fn decide_approval(
        &self,
        verdict: &Verdict,
        by: &Actor,
    ) -> Result<RestoreAttempt, Refusal> {
        if !verdict.approved {
            need_reason_to_reject(&verdict.intent)?;
        }
        let key = (verdict.request, verdict.attempt);
        let there = self.facts().restore(key.0, key.1).ok_or_else(|| {
            Refusal::NotFound(format!(
                "there is no attempt {} of request {}",
                key.1, key.0
            ))
        })?;
        if verdict.approved && there.state == RestoreState::AwaitingApproval {
            // Both may have changed since it was asked for: the configuration, the disk.
            let allowed = self.allowed(&there.order, &there.reference)?;
            if let Some(problem) = root_problem(&allowed) {
                return Err(Refusal::FailedPrecondition {
                    code: "PLAN_HAS_PROBLEMS",
                    text: problem,
                });
            }
        }
        self.decide_restore(key, |restore| self.judged(restore, verdict, by))
    }

    /// What the word makes of an attempt, and its entry of the audit log; `None`: it was
    /// said before, by the same person.
    fn judged(
        &self,
        restore: &mut RestoreAttempt,
        verdict: &Verdict,
        by: &Actor,
    ) -> Result<Option<AuditEntry>, Refusal> {
        let now = self.facts().now();
        let not_awaiting = Refusal::FailedPrecondition {
            code: "NOT_AWAITING_APPROVAL",
            text: format!(
                "attempt {} of {} does not await approval: {}",
                restore.attempt,
                restore.reference,
                standing(restore)
            ),
        };
        let asked = self.asked_by(restore);
        let awaiting = restore.state == RestoreState::AwaitingApproval;
        let Some(approval) = &mut restore.approval else {
            return Err(not_awaiting);
        };
        let same_plan = approval.digest == verdict.digest;
        if let Some(said) = &approval.decision
            && same_plan
            && said.approved == verdict.approved
            && same_person(&said.person, &by.person)
        {
            return Ok(None);
        }
        if !awaiting {
            return Err(not_awaiting);
        }
        if let Some(name) = asked.iter().find(|it| same_person(it, &by.person)) {
            return Err(Refusal::SamePerson(format!(
                "{name} asked for {} and cannot decide about it: another duty manager approves",
                restore.reference
            )));
        }
        if now >= approval.expires {
            return Err(Refusal::FailedPrecondition {
                code: "APPROVAL_EXPIRED",
                text: EXPIRED.to_owned(),
            });
        }
        if !same_plan {
            return Err(Refusal::FailedPrecondition {
                code: "OTHER_PLAN",
                text: format!(
                    "attempt {} of {} awaits approval of another plan; look at it again",
                    restore.attempt, restore.reference
                ),
            });
        }
        approval.decision = Some(Decision {
            approved: verdict.approved,
            person: by.person.clone(),
            at: now,
            reason: verdict.intent.reason.clone(),
        });
        let beyond = approval.beyond_limit.join("; ");
        if verdict.approved {
            restore.state = RestoreState::Accepted;
        } else {
            restore.state = RestoreState::Rejected;
            restore.ended = Some(now);
            restore.message = format!(
                "by {}: {}; nothing was written",
                by.person, verdict.intent.reason
            );
        }
        let action = if verdict.approved {
            "approve"
        } else {
            "reject"
        };
        let object = format!("{}:{}", restore.request, restore.attempt);
        Ok(Some(AuditEntry {
            reference: restore.reference.clone(),
            detail: format!(
                "dispatched by {}; beyond the limit: {beyond}",
                restore.actor
            ),
            ..audit(by, &verdict.intent, action, &object)
        }))
    }

    /// Who dispatched this attempt and those before it, and whoever else asked for one: none of
    /// them is the second person.
    fn asked_by(&self, restore: &RestoreAttempt) -> Vec<String> {
        let mut attempts = self.facts().restores();
        attempts.retain(|it| it.request == restore.request && it.attempt <= restore.attempt);
        let names = attempts.into_iter().flat_map(|it| {
            let others = it.approval.map(|approval| approval.asked_by);
            std::iter::once(it.actor).chain(others.unwrap_or_default())
        });
        names.collect()
    }

    /// What awaits approval was dispatched once more: who did it is no second person either.
    pub(super) fn asked_again(
        &self,
        there: RestoreAttempt,
        dispatch: &Dispatch,
        by: &Actor,
    ) -> Result<RestoreAttempt, Refusal> {
        if there.state != RestoreState::AwaitingApproval {
            return Ok(there);
        }
        self.decide_restore((there.request, there.attempt), |restore| {
            let mut names = dispatch.asked_by.clone();
            names.push(by.person.clone());
            let known = self.asked_by(restore);
            names.retain(|name| !known.iter().any(|it| same_person(it, name)));
            let awaits = restore.state == RestoreState::AwaitingApproval;
            let Some(approval) = restore.approval.as_mut().filter(|_| awaits) else {
                return Ok(None);
            };
            if names.is_empty() {
                return Ok(None);
            }
            let detail = format!("may not decide about it: {}", names.join(", "));
            approval.asked_by.append(&mut names);
            let object = format!("{}:{}", restore.request, restore.attempt);
            Ok(Some(AuditEntry {
                detail,
                ..audit(by, &dispatch.intent, "ask_again", &object)
            }))
        })
    }

    /// Ends what nobody decided about in time.
    pub(crate) fn expire_approvals(&self) {
        let now = self.facts().now();
        for restore in self.facts().awaiting_approval() {
            let due = |it: &RestoreAttempt| {
                it.state == RestoreState::AwaitingApproval
                    && it.approval.as_ref().is_none_or(|it| now >= it.expires)
            };
            if !due(&restore) {
                continue;
            }
            let key = (restore.request, restore.attempt);
            let ended = self.decide_restore(key, |restore| {
                if !due(restore) {
                    return Ok(None);
                }
                restore.state = RestoreState::Failed;
                restore.ended = Some(now);
                EXPIRED.clone_into(&mut restore.message);
                Ok(Some(AuditEntry {
                    actor: self.config().id.to_string(),
                    role: "appliance".to_owned(),
                    action: "approval_expired".to_owned(),
                    object: format!("{}:{}", restore.request, restore.attempt),
                    reference: restore.reference.clone(),
                    reason: EXPIRED.to_owned(),
                    detail: format!("dispatched by {}", restore.actor),
                }))
            });
            if let Err(error) = ended {
                tracing::warn!(request = %key.0, %error, "an approval that is too late stands");
            }
        }
    }
}

/// How an attempt stands that does not await approval.
fn standing(restore: &RestoreAttempt) -> String {
    let decision = restore
        .approval
        .as_ref()
        .and_then(|it| it.decision.as_ref());
    let at = |at: Time| at.format("%H:%M:%S UTC").to_string();
    match (decision, restore.ended) {
        (Some(said), _) if said.approved => {
            let state = restore.state.name();
            format!(
                "{} approved it at {}, it is {state}",
                said.person,
                at(said.at)
            )
        }
        (Some(said), _) => format!("{} rejected it at {}", said.person, at(said.at)),
        (None, Some(ended)) if !restore.message.is_empty() => format!(
            "it is {} since {}: {}",
            restore.state.name(),
            at(ended),
            restore.message
        ),
        (None, _) => format!("it is {}", restore.state.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_not_two_by_another_spelling() {
        assert!(same_person("Eva", "eva "));
        assert!(!same_person("eva", "mara"));
    }
}

//! What a clock asks of people: pure checks that say why not.

use super::{Clock, Verb};
use crate::{facts::Time, policy::EscalationPolicy, priority::Priority};
use chrono::TimeDelta;

/// Why a priority is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// It is that already.
    #[error("it is {0} already")]
    Same(Priority),
    /// Nobody called.
    #[error("P1 needs a call: record the call with the client first")]
    NeedsCall,
    /// Nothing is said.
    #[error("a lower priority needs a reason")]
    NeedsReason,
}

/// Whether a priority may be changed. The clock keeps its original start either way.
///
/// # Errors
/// Why not: raising to P1 needs a call on record, lowering needs a reason.
pub fn change_of_priority(
    from: Priority,
    to: Priority,
    called: bool,
    reason: &str,
) -> Result<(), ChangeRefused> {
    if from == to {
        return Err(ChangeRefused::Same(to));
    }
    if to == Priority::P1 && !called {
        return Err(ChangeRefused::NeedsCall);
    }
    if to > from && reason.trim().is_empty() {
        return Err(ChangeRefused::NeedsReason);
    }
    Ok(())
}

/// Why a call to the duty manager is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// So much of a P1's time to initiate has gone that only this is left.
    HalfGone {
        /// Time left.
        left: TimeDelta,
    },
    /// What was promised is breached.
    Breached {
        /// Of which clock.
        verb: Verb,
    },
    /// An internal target of an urgent priority is over.
    Over {
        /// Of which clock.
        verb: Verb,
    },
}

/// Whether a call to the duty manager is proposed for a clock that runs (`[escalation]` of the policy).
pub fn escalation(clock: &Clock, now: Time, policy: &EscalationPolicy) -> Option<Proposal> {
    if !clock.runs() {
        return None;
    }
    let verb = clock.verb;
    if clock.late(now) {
        if !clock.internal {
            return Some(Proposal::Breached { verb });
        }
        let urgent = clock.priority <= policy.over_at_priority;
        return urgent.then_some(Proposal::Over { verb });
    }
    let left = clock.left(now);
    let share =
        i128::from(clock.budget.num_milliseconds()) * i128::from(policy.p1_initiate_below_percent);
    let gone = i128::from(left.num_milliseconds()) * 100 <= share;
    (verb == Verb::Initiate && clock.priority == Priority::P1 && gone)
        .then_some(Proposal::HalfGone { left })
}

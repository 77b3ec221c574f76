//! A plan in the words of the domain, as the agent tells it.

use super::{
    classify::{Action, Finding},
    step::Step,
    summary::{Outlook, Summary},
};
use crate::{
    place::{Stamp, join},
    worker::protocol::Amount,
};
use chrono::{DateTime, Utc};
use ocdeck_domain::facts;

impl From<Finding> for facts::Finding {
    fn from(finding: Finding) -> Self {
        match finding {
            Finding::New => Self::New,
            Finding::Changed => Self::Changed,
            Finding::Same => Self::Same,
            Finding::Conflict => Self::Conflict,
        }
    }
}

impl From<Action> for facts::PlanAction {
    fn from(action: Action) -> Self {
        match action {
            Action::Create => Self::Create,
            Action::Replace => Self::Replace,
            Action::Keep => Self::Keep,
            Action::Beside => Self::Beside,
            Action::Skip => Self::Skip,
        }
    }
}

impl From<Amount> for facts::Amount {
    fn from(Amount { files, bytes }: Amount) -> Self {
        Self { files, bytes }
    }
}

impl From<&Outlook> for facts::Outlook {
    fn from(outlook: &Outlook) -> Self {
        Self {
            policy: outlook.policy,
            created: outlook.created.into(),
            replaced: outlook.replaced.into(),
            left: outlook.left.into(),
        }
    }
}

impl From<&Summary> for facts::Plan {
    /// The plan; what the agent adds to it is empty.
    fn from(summary: &Summary) -> Self {
        Self {
            digest: summary.digest.clone(),
            new: summary.new.into(),
            changed: summary.changed.into(),
            same: summary.same.into(),
            conflict: summary.conflict.into(),
            skipped: summary.skipped.into(),
            new_folders: summary.new_folders,
            written: summary.written.into(),
            replaced: summary.replaced.into(),
            outlooks: summary.outlooks.iter().map(Into::into).collect(),
            free_bytes: summary.free_bytes,
            first_paths: summary.first_paths.clone(),
            problems: summary.problems.clone(),
            warnings: summary.warnings.clone(),
            ..Self::default()
        }
    }
}

/// The step as an entry of the plan. A skipped path for which nothing was looked at counts
/// as a conflict: a person must read it.
pub(super) fn entry(target: &[u8], step: &Step) -> facts::PlanEntry {
    facts::PlanEntry {
        path: join(target, &step.path),
        finding: step.finding.unwrap_or(Finding::Conflict).into(),
        action: step.action.into(),
        size: step.size,
        modified: step.modified.and_then(time),
        there_size: step.there.map(|there| there.size),
        there_modified: step.there.and_then(|there| time(there.modified)),
        reason: step.reason.clone(),
    }
}

fn time(Stamp(seconds, nanos): Stamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, nanos)
}

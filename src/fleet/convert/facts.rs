//! Facts of a `Watch` stream.

use super::{
    Malformed,
    bounds::{clean, id, optional_id, optional_text, path, paths, required_time, texts, time},
};
use ocdeck_domain::{
    facts as domain,
    ids::RequestId,
    priority::{Priority, Severity},
    restore::{Order, OverwritePolicy, Target},
};
use ocdeck_proto::v1 as wire;
use uuid::Uuid;

/// Most protected folders of a system, and paths of an order.
const FOLDERS: usize = 10_000;
/// Most aliases of a system.
const ALIASES: usize = 64;
/// Most run times of a job.
const RECENT: usize = 12;
/// Most reasons why a plan goes beyond the limit.
const BEYOND: usize = 100;
/// Most issues of a restore.
const ISSUES: usize = 100;

/// A fact.
///
/// # Errors
/// When its entity is absent, or a field of it is missing or impossible.
pub fn fact(fact: wire::Fact) -> Result<domain::Fact, Malformed> {
    use wire::fact::Entity;
    Ok(match fact.entity.ok_or(Malformed::absent("Fact.entity"))? {
        Entity::Repository(entity) => domain::Fact::Repository(repository(entity)?),
        Entity::Quota(entity) => domain::Fact::Quota(quota(entity)?),
        Entity::System(entity) => domain::Fact::System(system(entity)?),
        Entity::Job(entity) => domain::Fact::Job(Box::new(job(entity)?)),
        Entity::Session(entity) => domain::Fact::Session(Box::new(session(entity)?)),
        Entity::Alert(entity) => domain::Fact::Alert(alert(entity)?),
        Entity::Restore(entity) => domain::Fact::Restore(Box::new(attempt(entity)?)),
        Entity::Tombstone(gone) => {
            domain::Fact::Gone(entity_kind(gone.kind), id("Tombstone.id", gone.id)?)
        }
    })
}

fn repository(value: wire::Repository) -> Result<domain::Repository, Malformed> {
    let offline = match value.online {
        true => None,
        false => Some(optional_text(value.offline_reason).unwrap_or_else(|| "offline".to_owned())),
    };
    Ok(domain::Repository {
        id: id("Repository.id", value.id)?.into(),
        tenant: tenant("Repository.tenant_id", value.tenant_id)?,
        role: clean(value.role),
        capacity: value.capacity_bytes,
        used: value.used_bytes,
        free: value.free_bytes,
        offline,
    })
}

fn quota(value: wire::Quota) -> Result<domain::Quota, Malformed> {
    Ok(domain::Quota {
        tenant: id("Quota.tenant_id", value.tenant_id)?.into(),
        repository: id("Quota.repository_id", value.repository_id)?.into(),
        limit: value.limit_bytes,
        used: value.used_bytes,
    })
}

fn system(value: wire::System) -> Result<domain::System, Malformed> {
    Ok(domain::System {
        id: id("System.id", value.id)?.into(),
        tenant: id("System.tenant_id", value.tenant_id)?.into(),
        name: id("System.name", value.name)?,
        aliases: texts(value.aliases, ALIASES),
        platform: clean(value.platform),
        root: path("System.root", value.root)?,
        folders: paths("System.folders", value.folders, FOLDERS)?,
        last_good_point: time("System.last_good_point", value.last_good_point)?,
        last_good_seeded: value.last_good_seeded,
        point_count: value.point_count,
        trouble: optional_text(value.trouble),
        read_only: value.read_only,
    })
}

fn job(value: wire::Job) -> Result<domain::Job, Malformed> {
    Ok(domain::Job {
        id: id("Job.id", value.id)?.into(),
        tenant: id("Job.tenant_id", value.tenant_id)?.into(),
        system: id("Job.system_id", value.system_id)?.into(),
        repository: id("Job.repository_id", value.repository_id)?.into(),
        kind: work_kind(value.kind),
        use_case: clean(value.use_case),
        state: job_state(value.state),
        waiting_for: clean(value.waiting_for),
        every_seconds: value.every_seconds,
        next_run: time("Job.next_run", value.next_run)?,
        session: optional_id("Job.session_id", value.session_id)?.map(Into::into),
        last_result: session_result(value.last_result),
        last_end: time("Job.last_end", value.last_end)?,
        last_message: clean(value.last_message),
        failures_in_a_row: value.failures_in_a_row,
        progress: value.progress.map(progress).transpose()?,
        recent_seconds: value.recent_seconds.into_iter().take(RECENT).collect(),
    })
}

fn session(value: wire::Session) -> Result<domain::Session, Malformed> {
    let request = match value.request_id.as_str() {
        "" => None,
        text => Some(request_id("Session.request_id", text)?),
    };
    Ok(domain::Session {
        id: id("Session.id", value.id)?.into(),
        tenant: id("Session.tenant_id", value.tenant_id)?.into(),
        job: optional_id("Session.job_id", value.job_id)?.map(Into::into),
        request,
        kind: work_kind(value.kind),
        started_by: clean(value.started_by),
        started: required_time("Session.started", value.started)?,
        ended: time("Session.ended", value.ended)?,
        result: session_result(value.result),
        progress: value
            .progress
            .map(progress)
            .transpose()?
            .unwrap_or_default(),
        message: clean(value.message),
        warnings: value.warnings,
        point: optional_id("Session.point_id", value.point_id)?.map(Into::into),
        seeded: value.seeded,
    })
}

fn alert(value: wire::Alert) -> Result<domain::Alert, Malformed> {
    if !(1..=10).contains(&value.severity) {
        return Err(Malformed::new("Alert.severity", "is not 1 to 10"));
    }
    Ok(domain::Alert {
        id: id("Alert.alert_id", value.alert_id)?.into(),
        tenant: tenant("Alert.tenant_id", value.tenant_id)?,
        object_kind: entity_kind(value.object_kind),
        object: optional_id("Alert.object_id", value.object_id)?.unwrap_or_default(),
        monitor: id("Alert.monitor", value.monitor)?,
        severity: Severity::clamped(value.severity),
        text: clean(value.text),
        episode: value.episode,
        count: value.count,
        raised: required_time("Alert.raised", value.raised)?,
        last_seen: required_time("Alert.last_seen", value.last_seen)?,
        cleared: time("Alert.cleared", value.cleared)?,
    })
}

/// An attempt of a restore.
pub(in crate::fleet) fn attempt(value: wire::Restore) -> Result<domain::RestoreAttempt, Malformed> {
    let order = value.order.ok_or(Malformed::absent("Restore.order"))?;
    Ok(domain::RestoreAttempt {
        request: request_id("Restore.request_id", &value.request_id)?,
        attempt: Some(value.attempt)
            .filter(|attempt| *attempt > 0)
            .ok_or(Malformed::absent("Restore.attempt"))?,
        tenant: id("Restore.tenant_id", value.tenant_id)?.into(),
        reference: clean(value.reference),
        order: restore_order(order)?,
        state: restore_state(value.state),
        actor: clean(value.actor),
        priority: Priority::from_number(value.priority)
            .ok_or(Malformed::new("Restore.priority", "is not 1 to 4"))?,
        requester: clean(value.requester),
        accepted: required_time("Restore.accepted", value.accepted)?,
        started: time("Restore.started", value.started)?,
        verifying_since: time("Restore.verifying_since", value.verifying_since)?,
        ended: time("Restore.ended", value.ended)?,
        session: optional_id("Restore.session_id", value.session_id)?.map(Into::into),
        progress: value
            .progress
            .map(progress)
            .transpose()?
            .unwrap_or_default(),
        written: amount(value.written),
        left: amount(value.left),
        changed_since_plan: value.changed_since_plan,
        failed: value.failed,
        warnings: value.warnings,
        verified: amount(value.verified),
        unequal: value.unequal,
        issues: issues(value.issues)?,
        message: clean(value.message),
        break_glass: value.break_glass,
        waiting_for: clean(value.waiting_for),
        approval: value.approval.map(approval).transpose()?.map(Box::new),
    })
}

fn approval(value: wire::Approval) -> Result<domain::Approval, Malformed> {
    let decision = |it: wire::Decision| {
        Ok(domain::Decision {
            approved: it.approved,
            person: clean(it.person),
            at: required_time("Decision.decided", it.decided)?,
            reason: clean(it.reason),
        })
    };
    // What a person would approve unread is not shown as if it were all.
    if value.beyond_limit.len() > BEYOND {
        return Err(Malformed::new(
            "Approval.beyond_limit",
            "has too many entries",
        ));
    }
    if value.plan_digest.len() != 32 {
        return Err(Malformed::new("Approval.plan_digest", "is not 32 bytes"));
    }
    Ok(domain::Approval {
        beyond_limit: texts(value.beyond_limit, BEYOND),
        digest: value.plan_digest,
        created: amount(value.created),
        replaced: amount(value.replaced),
        written: amount(value.written),
        asked: required_time("Approval.asked", value.asked)?,
        expires: required_time("Approval.expires", value.expires)?,
        decision: value.decision.map(decision).transpose()?,
        asked_by: texts(value.asked_by, ASKED_BY),
    })
}

/// More people than ask for one restore.
const ASKED_BY: usize = 200;

fn issues(list: Vec<wire::RestoreIssue>) -> Result<Vec<domain::RestoreIssue>, Malformed> {
    let issue = |issue: wire::RestoreIssue| {
        Ok(domain::RestoreIssue {
            path: path("RestoreIssue.path", issue.path)?,
            text: clean(issue.text),
            warning: issue.warning,
        })
    };
    list.into_iter().take(ISSUES).map(issue).collect()
}

fn restore_order(value: wire::RestoreOrder) -> Result<Order, Malformed> {
    use wire::target::Place;
    let place = value.target.and_then(|target| target.place);
    let target = match place.ok_or(Malformed::absent("RestoreOrder.target"))? {
        Place::Original(_) => Target::Original,
        Place::OtherPath(other) => Target::OtherPath(path("OtherPath.path", other.path)?),
        Place::OtherSystem(other) => {
            Target::OtherSystem(id("OtherSystem.system_id", other.system_id)?.into())
        }
        Place::Staging(staging) => Target::Staging(id("Staging.reference", staging.reference)?),
    };
    Ok(Order {
        system: id("RestoreOrder.system_id", value.system_id)?.into(),
        point: id("RestoreOrder.point_id", value.point_id)?.into(),
        paths: paths("RestoreOrder.paths", value.paths, FOLDERS)?,
        target,
        policy: policy(value.policy)
            .ok_or(Malformed::new("RestoreOrder.policy", "is not known here"))?,
    })
}

/// Where work stands.
fn progress(value: wire::Progress) -> Result<domain::Progress, Malformed> {
    Ok(domain::Progress {
        files_done: value.files_done,
        files_total: value.files_total,
        bytes_done: value.bytes_done,
        bytes_total: value.bytes_total,
        rate: value.rate,
        eta_seconds: value.eta_seconds,
        current: path("Progress.current", value.current)?,
        last_byte_at: time("Progress.last_byte_at", value.last_byte_at)?,
    })
}

/// An amount; absent: nothing.
pub(super) fn amount(value: Option<wire::Amount>) -> domain::Amount {
    value.map_or_else(domain::Amount::default, |value| domain::Amount {
        files: value.files,
        bytes: value.bytes,
    })
}

fn tenant<T: From<String>>(
    field: &'static str,
    value: Option<String>,
) -> Result<Option<T>, Malformed> {
    value.map(|text| id(field, text).map(T::from)).transpose()
}

fn request_id(field: &'static str, text: &str) -> Result<RequestId, Malformed> {
    Uuid::parse_str(text)
        .map(RequestId)
        .map_err(|_| Malformed::new(field, "is no UUID"))
}

fn work_kind(number: i32) -> domain::WorkKind {
    match wire::WorkKind::try_from(number) {
        Ok(wire::WorkKind::Backup) => domain::WorkKind::Backup,
        Ok(wire::WorkKind::Restore) => domain::WorkKind::Restore,
        Ok(wire::WorkKind::Unspecified) | Err(_) => domain::WorkKind::Unknown(number),
    }
}

fn session_result(number: i32) -> Option<domain::SessionResult> {
    use wire::SessionResult as Wire;
    Some(match Wire::try_from(number) {
        Ok(Wire::Unspecified) => return None,
        Ok(Wire::Success) => domain::SessionResult::Success,
        Ok(Wire::Warning) => domain::SessionResult::Warning,
        Ok(Wire::Failed) => domain::SessionResult::Failed,
        Ok(Wire::Cancelled) => domain::SessionResult::Cancelled,
        Err(_) => domain::SessionResult::Unknown(number),
    })
}

fn job_state(number: i32) -> domain::JobState {
    use wire::JobState as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Idle) => domain::JobState::Idle,
        Ok(Wire::Waiting) => domain::JobState::Waiting,
        Ok(Wire::Running) => domain::JobState::Running,
        Ok(Wire::Disabled) => domain::JobState::Disabled,
        Ok(Wire::Unspecified) | Err(_) => domain::JobState::Unknown(number),
    }
}

fn entity_kind(number: i32) -> domain::EntityKind {
    use wire::EntityKind as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Repository) => domain::EntityKind::Repository,
        Ok(Wire::Quota) => domain::EntityKind::Quota,
        Ok(Wire::System) => domain::EntityKind::System,
        Ok(Wire::Job) => domain::EntityKind::Job,
        Ok(Wire::Session) => domain::EntityKind::Session,
        Ok(Wire::Alert) => domain::EntityKind::Alert,
        Ok(Wire::Restore) => domain::EntityKind::Restore,
        Ok(Wire::Unspecified) | Err(_) => domain::EntityKind::Unknown(number),
    }
}

fn restore_state(number: i32) -> domain::RestoreState {
    use domain::RestoreState as State;
    use wire::RestoreState as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Accepted) => State::Accepted,
        Ok(Wire::Running) => State::Running,
        Ok(Wire::Verifying) => State::Verifying,
        Ok(Wire::Completed) => State::Completed,
        Ok(Wire::CompletedWithWarnings) => State::CompletedWithWarnings,
        Ok(Wire::PartlyFailed) => State::PartlyFailed,
        Ok(Wire::Failed) => State::Failed,
        Ok(Wire::Cancelled) => State::Cancelled,
        Ok(Wire::Interrupted) => State::Interrupted,
        Ok(Wire::AwaitingApproval) => State::AwaitingApproval,
        Ok(Wire::Rejected) => State::Rejected,
        Ok(Wire::Unspecified) | Err(_) => State::Unknown(number),
    }
}

/// A policy; `None`: this build does not know it.
pub(super) fn policy(number: i32) -> Option<OverwritePolicy> {
    use wire::OverwritePolicy as Wire;
    match Wire::try_from(number) {
        Ok(Wire::KeepExisting) => Some(OverwritePolicy::KeepExisting),
        Ok(Wire::KeepBoth) => Some(OverwritePolicy::KeepBoth),
        Ok(Wire::ReplaceIfNewer) => Some(OverwritePolicy::ReplaceIfNewer),
        Ok(Wire::ReplaceChanged) => Some(OverwritePolicy::ReplaceChanged),
        Ok(Wire::ReplaceAll) => Some(OverwritePolicy::ReplaceAll),
        Ok(Wire::Unspecified) | Err(_) => None,
    }
}

//! Facts and the catalog, to the wire.

use super::{restores, text, time, times};
use ocdeck_domain::{
    facts::{
        Alert, Amount, Approval, Capability, Decision, EntityKind, Entry, EntryKind, Fact, Job,
        JobState, LogLevel, LogLine, Progress, Quota, Repository, RestoreAttempt, RestoreIssue,
        RestorePoint, RestoreState, Session, SessionResult, System, WorkKind,
    },
    ids::TenantId,
};
use ocdeck_proto::v1::{self, fact::Entity};

/// A fact, or a tombstone.
pub(in crate::service) fn fact(fact: &Fact) -> v1::Fact {
    let entity = match fact {
        Fact::Repository(it) => Entity::Repository(repository(it)),
        Fact::Quota(it) => Entity::Quota(quota(it)),
        Fact::System(it) => Entity::System(system(it)),
        Fact::Job(it) => Entity::Job(job(it)),
        Fact::Session(it) => Entity::Session(session(it)),
        Fact::Alert(it) => Entity::Alert(alert(it)),
        Fact::Restore(it) => Entity::Restore(restore(it)),
        Fact::Gone(kind, id) => Entity::Tombstone(v1::Tombstone {
            kind: entity_kind(*kind),
            id: id.clone(),
        }),
    };
    v1::Fact {
        entity: Some(entity),
    }
}

fn repository(it: &Repository) -> v1::Repository {
    v1::Repository {
        id: it.id.to_string(),
        tenant_id: it.tenant.as_ref().map(TenantId::to_string),
        role: it.role.clone(),
        capacity_bytes: it.capacity,
        used_bytes: it.used,
        free_bytes: it.free,
        online: it.offline.is_none(),
        offline_reason: it.offline.clone().unwrap_or_default(),
    }
}

fn quota(it: &Quota) -> v1::Quota {
    v1::Quota {
        tenant_id: it.tenant.to_string(),
        repository_id: it.repository.to_string(),
        limit_bytes: it.limit,
        used_bytes: it.used,
    }
}

fn system(it: &System) -> v1::System {
    v1::System {
        id: it.id.to_string(),
        tenant_id: it.tenant.to_string(),
        name: it.name.clone(),
        aliases: it.aliases.clone(),
        platform: it.platform.clone(),
        root: it.root.clone(),
        folders: it.folders.clone(),
        last_good_point: times(it.last_good_point),
        last_good_seeded: it.last_good_seeded,
        point_count: it.point_count,
        trouble: it.trouble.clone().unwrap_or_default(),
        read_only: it.read_only,
    }
}

fn job(it: &Job) -> v1::Job {
    v1::Job {
        id: it.id.to_string(),
        tenant_id: it.tenant.to_string(),
        system_id: it.system.to_string(),
        repository_id: it.repository.to_string(),
        kind: work_kind(it.kind),
        use_case: it.use_case.clone(),
        state: match it.state {
            JobState::Idle => v1::JobState::Idle.into(),
            JobState::Waiting => v1::JobState::Waiting.into(),
            JobState::Running => v1::JobState::Running.into(),
            JobState::Disabled => v1::JobState::Disabled.into(),
            JobState::Unknown(raw) => raw,
        },
        waiting_for: it.waiting_for.clone(),
        every_seconds: it.every_seconds,
        next_run: times(it.next_run),
        session_id: text(it.session.as_ref()),
        last_result: result(it.last_result),
        last_end: times(it.last_end),
        last_message: it.last_message.clone(),
        failures_in_a_row: it.failures_in_a_row,
        progress: it.progress.as_ref().map(progress),
        recent_seconds: it.recent_seconds.clone(),
    }
}

/// A session.
pub(in crate::service) fn session(it: &Session) -> v1::Session {
    v1::Session {
        id: it.id.to_string(),
        tenant_id: it.tenant.to_string(),
        job_id: text(it.job.as_ref()),
        request_id: text(it.request.as_ref()),
        kind: work_kind(it.kind),
        started_by: it.started_by.clone(),
        started: Some(time(it.started)),
        ended: times(it.ended),
        result: result(it.result),
        progress: Some(progress(&it.progress)),
        message: it.message.clone(),
        warnings: it.warnings,
        point_id: text(it.point.as_ref()),
        seeded: it.seeded,
    }
}

fn alert(it: &Alert) -> v1::Alert {
    v1::Alert {
        alert_id: it.id.to_string(),
        tenant_id: it.tenant.as_ref().map(TenantId::to_string),
        object_kind: entity_kind(it.object_kind),
        object_id: it.object.clone(),
        monitor: it.monitor.clone(),
        severity: u32::from(it.severity.number()),
        text: it.text.clone(),
        episode: it.episode,
        count: it.count,
        raised: Some(time(it.raised)),
        last_seen: Some(time(it.last_seen)),
        cleared: times(it.cleared),
    }
}

/// An attempt of a restore. The digest of its plan is the dispatcher's, and of who must
/// approve it; else it is not repeated.
pub(in crate::service) fn restore(it: &RestoreAttempt) -> v1::Restore {
    v1::Restore {
        request_id: it.request.to_string(),
        attempt: it.attempt,
        tenant_id: it.tenant.to_string(),
        reference: it.reference.clone(),
        order: Some(restores::order_to_wire(&it.order)),
        state: restore_state(it.state),
        actor: it.actor.clone(),
        priority: u32::from(it.priority.number()),
        requester: it.requester.clone(),
        accepted: Some(time(it.accepted)),
        started: times(it.started),
        verifying_since: times(it.verifying_since),
        ended: times(it.ended),
        session_id: text(it.session.as_ref()),
        progress: Some(progress(&it.progress)),
        written: Some(amount(it.written)),
        left: Some(amount(it.left)),
        changed_since_plan: it.changed_since_plan,
        failed: it.failed,
        warnings: it.warnings,
        verified: Some(amount(it.verified)),
        unequal: it.unequal,
        issues: it.issues.iter().map(issue).collect(),
        message: it.message.clone(),
        break_glass: it.break_glass,
        waiting_for: it.waiting_for.clone(),
        approval: it.approval.as_deref().map(approval),
    }
}

fn approval(it: &Approval) -> v1::Approval {
    let decision = |it: &Decision| v1::Decision {
        approved: it.approved,
        person: it.person.clone(),
        decided: Some(time(it.at)),
        reason: it.reason.clone(),
    };
    v1::Approval {
        beyond_limit: it.beyond_limit.clone(),
        plan_digest: it.digest.clone(),
        created: Some(amount(it.created)),
        replaced: Some(amount(it.replaced)),
        written: Some(amount(it.written)),
        asked: Some(time(it.asked)),
        expires: Some(time(it.expires)),
        decision: it.decision.as_ref().map(decision),
        asked_by: it.asked_by.clone(),
    }
}

fn restore_state(state: RestoreState) -> i32 {
    use v1::RestoreState as Wire;
    match state {
        RestoreState::Accepted => Wire::Accepted.into(),
        RestoreState::Running => Wire::Running.into(),
        RestoreState::Verifying => Wire::Verifying.into(),
        RestoreState::Completed => Wire::Completed.into(),
        RestoreState::CompletedWithWarnings => Wire::CompletedWithWarnings.into(),
        RestoreState::PartlyFailed => Wire::PartlyFailed.into(),
        RestoreState::Failed => Wire::Failed.into(),
        RestoreState::Cancelled => Wire::Cancelled.into(),
        RestoreState::Interrupted => Wire::Interrupted.into(),
        RestoreState::AwaitingApproval => Wire::AwaitingApproval.into(),
        RestoreState::Rejected => Wire::Rejected.into(),
        RestoreState::Unknown(raw) => raw,
    }
}

fn issue(it: &RestoreIssue) -> v1::RestoreIssue {
    v1::RestoreIssue {
        path: it.path.clone(),
        text: it.text.clone(),
        warning: it.warning,
    }
}

pub(super) fn amount(it: Amount) -> v1::Amount {
    v1::Amount {
        files: it.files,
        bytes: it.bytes,
    }
}

fn progress(it: &Progress) -> v1::Progress {
    v1::Progress {
        files_done: it.files_done,
        files_total: it.files_total,
        bytes_done: it.bytes_done,
        bytes_total: it.bytes_total,
        rate: it.rate,
        eta_seconds: it.eta_seconds,
        current: it.current.clone(),
        last_byte_at: times(it.last_byte_at),
    }
}

fn work_kind(kind: WorkKind) -> i32 {
    match kind {
        WorkKind::Backup => v1::WorkKind::Backup.into(),
        WorkKind::Restore => v1::WorkKind::Restore.into(),
        WorkKind::Unknown(raw) => raw,
    }
}

fn result(result: Option<SessionResult>) -> i32 {
    match result {
        None => v1::SessionResult::Unspecified.into(),
        Some(SessionResult::Success) => v1::SessionResult::Success.into(),
        Some(SessionResult::Warning) => v1::SessionResult::Warning.into(),
        Some(SessionResult::Failed) => v1::SessionResult::Failed.into(),
        Some(SessionResult::Cancelled) => v1::SessionResult::Cancelled.into(),
        Some(SessionResult::Unknown(raw)) => raw,
    }
}

fn entity_kind(kind: EntityKind) -> i32 {
    match kind {
        EntityKind::Repository => v1::EntityKind::Repository.into(),
        EntityKind::Quota => v1::EntityKind::Quota.into(),
        EntityKind::System => v1::EntityKind::System.into(),
        EntityKind::Job => v1::EntityKind::Job.into(),
        EntityKind::Session => v1::EntityKind::Session.into(),
        EntityKind::Alert => v1::EntityKind::Alert.into(),
        EntityKind::Restore => v1::EntityKind::Restore.into(),
        EntityKind::Unknown(raw) => raw,
    }
}

/// What the appliance can do.
pub(in crate::service) fn capability(it: Capability) -> v1::Capability {
    v1::Capability {
        name: it.name,
        available: it.unavailable.is_none(),
        reason: it.unavailable.unwrap_or_default(),
    }
}

/// A restore point of a tenant.
pub(in crate::service) fn point(it: &RestorePoint, tenant: &TenantId) -> v1::RestorePoint {
    v1::RestorePoint {
        id: it.id.to_string(),
        tenant_id: tenant.to_string(),
        system_id: it.system.to_string(),
        repository_id: it.repository.to_string(),
        time: Some(time(it.time)),
        kind: it.kind.clone(),
        copy: it.copy.clone(),
        files: it.files,
        bytes: it.bytes,
        added_bytes: it.added,
        verified: times(it.verified),
        shrunk: it.shrunk,
        seeded: it.seeded,
        folders: it.folders.clone(),
        host: it.host.clone(),
        tags: it.tags.clone(),
    }
}

pub(super) fn entry_kind(kind: EntryKind) -> i32 {
    match kind {
        EntryKind::Folder => v1::EntryKind::Folder.into(),
        EntryKind::File => v1::EntryKind::File.into(),
        EntryKind::Symlink => v1::EntryKind::Symlink.into(),
        EntryKind::Other => v1::EntryKind::Other.into(),
    }
}

/// An entry of a folder.
pub(in crate::service) fn entry(it: Entry) -> v1::Entry {
    v1::Entry {
        name: it.name,
        kind: entry_kind(it.kind),
        size: it.size,
        modified: times(it.modified),
        link_target: it.link_target,
    }
}

/// A line of a log.
pub(in crate::service) fn log_line(it: LogLine) -> v1::LogLine {
    v1::LogLine {
        line: it.line,
        at: Some(time(it.at)),
        level: match it.level {
            LogLevel::Info => v1::LogLevel::Info.into(),
            LogLevel::Warning => v1::LogLevel::Warning.into(),
            LogLevel::Error => v1::LogLevel::Error.into(),
        },
        text: it.text,
    }
}

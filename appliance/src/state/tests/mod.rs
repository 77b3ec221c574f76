//! The state as its users see it: what survives, what is told, who is told what.

mod fold;
mod persist;

use super::{Clock, Facts, Scope, TenantRule, Tenants};
use chrono::DateTime;
use ocdeck_domain::{
    facts::{
        Alert, Amount, EntityKind, Fact, Job, JobState, Progress, Quota, Repository,
        RestoreAttempt, RestoreState, Session, Time, WorkKind,
    },
    ids::{ApplianceId, PartyId, RequestId, TenantId},
    priority::{Priority, Severity},
    restore::{Order, OverwritePolicy, Target},
};
use std::path::Path;
use uuid::Uuid;

pub(super) fn noon() -> Time {
    DateTime::from_timestamp(1_795_348_800, 0).expect("a time")
}

pub(super) fn open(dir: &Path) -> Facts {
    let appliance = ApplianceId::new("acme-stl-01");
    Facts::open(dir, &appliance, Clock::new(noon)).expect("the state opens")
}

/// acme and birch below north, cedar below the provider; dune is unmanaged, below north.
pub(super) fn tenants() -> Tenants {
    let rule = |id: &str, parties: &[&str], managed| TenantRule {
        id: TenantId::new(id),
        parties: parties.iter().map(PartyId::new).collect(),
        managed,
    };
    Tenants::new([
        rule("acme", &["north", "provider"], true),
        rule("birch", &["north", "provider"], true),
        rule("cedar", &["provider"], true),
        rule("dune", &["north", "provider"], false),
    ])
}

pub(super) fn everything() -> Scope {
    Scope::all(&tenants())
}

pub(super) fn repository(id: &str, tenant: Option<&str>, used: u64) -> Fact {
    Fact::Repository(Repository {
        id: id.into(),
        tenant: tenant.map(TenantId::new),
        role: "primary".to_owned(),
        capacity: 1000,
        used,
        free: 1000 - used,
        offline: None,
    })
}

pub(super) fn quota(tenant: &str, used: u64) -> Fact {
    Fact::Quota(Quota {
        tenant: tenant.into(),
        repository: "r".into(),
        limit: 1000,
        used,
    })
}

pub(super) fn job(id: &str, tenant: &str, done: u64) -> Fact {
    Fact::Job(Box::new(Job {
        id: id.into(),
        tenant: tenant.into(),
        system: "erp01".into(),
        repository: "r".into(),
        kind: WorkKind::Backup,
        use_case: "B1".to_owned(),
        state: JobState::Running,
        waiting_for: String::new(),
        every_seconds: None,
        next_run: None,
        session: None,
        last_result: None,
        last_end: None,
        last_message: String::new(),
        failures_in_a_row: 0,
        progress: Some(Progress {
            files_done: done,
            ..Progress::default()
        }),
        recent_seconds: Vec::new(),
    }))
}

pub(super) fn session(id: &str, tenant: &str, ended: Option<Time>) -> Session {
    Session {
        id: id.into(),
        tenant: tenant.into(),
        job: Some("nightly".into()),
        request: None,
        kind: WorkKind::Backup,
        started_by: "schedule".to_owned(),
        started: noon(),
        ended,
        result: None,
        progress: Progress::default(),
        message: String::new(),
        warnings: 0,
        point: None,
        seeded: false,
    }
}

pub(super) fn alert(id: &str, tenant: Option<&str>, count: u32) -> Fact {
    Fact::Alert(Alert {
        id: id.into(),
        tenant: tenant.map(TenantId::new),
        object_kind: EntityKind::Repository,
        object: "r".to_owned(),
        monitor: "repository_space".to_owned(),
        severity: Severity::clamped(7),
        text: "8 % free".to_owned(),
        episode: 1,
        count,
        raised: noon(),
        last_seen: noon(),
        cleared: None,
    })
}

pub(super) fn restore(request: u128, attempt: u32, state: RestoreState) -> RestoreAttempt {
    RestoreAttempt {
        request: RequestId(Uuid::from_u128(request)),
        attempt,
        tenant: "acme".into(),
        reference: "R-0118".to_owned(),
        order: Order {
            system: "erp01".into(),
            point: "p1".into(),
            paths: vec![b"/srv/\xff".to_vec()],
            target: Target::Original,
            policy: OverwritePolicy::KeepBoth,
        },
        state,
        actor: "mara".to_owned(),
        priority: Priority::P1,
        requester: "Jo Diaz".to_owned(),
        accepted: noon(),
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
        break_glass: false,
        waiting_for: String::new(),
        approval: None,
    }
}

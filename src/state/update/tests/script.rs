//! The fleet of the script: who is who, what is there, what plans say.

use crate::state::effect::Dispatch;
use ocdeck_domain::{
    facts::*,
    fleet::{Appliance, Contact, Directory, Lifecycle, Party, RestartPolicy, Site, Tenant},
    restore::OverwritePolicy,
};

pub(super) fn at(text: &str) -> Time {
    text.parse().unwrap()
}

pub(super) fn directory() -> Directory {
    let party = |id: &str, parent: Option<&str>| Party {
        id: id.into(),
        name: id.into(),
        parent: parent.map(Into::into),
        time_zone: chrono_tz::Tz::UTC,
    };
    let tenant = |id: &str, parent: &str, managed, restart_policy| Tenant {
        id: id.into(),
        name: id.into(),
        parent: parent.into(),
        managed,
        time_zone: chrono_tz::America::Chicago,
        restart_policy,
        calendar: None,
        lifecycle: Lifecycle::Live,
    };
    let contact = |tenant: &str, name: &str, phone: &str, may| Contact {
        tenant: tenant.into(),
        name: name.into(),
        phone: phone.into(),
        email: String::new(),
        may_request: may,
        may_authorise: may,
        role: String::new(),
        escalation: None,
    };
    let site = |id: &str, tenant: &str| Site {
        id: id.into(),
        tenant: tenant.into(),
        kind: String::new(),
    };
    let appliance = |id: &str, sites: &[&str]| Appliance {
        id: id.into(),
        sites: sites.iter().map(|s| (*s).into()).collect(),
        address: Some(format!("{id}.example.com:7443")),
        via: None,
    };
    Directory::new(
        vec![party("provider", None), party("north", Some("provider"))],
        vec![
            tenant("acme", "north", true, RestartPolicy::Allowed),
            tenant("nova", "provider", true, RestartPolicy::AskFirst),
            tenant("bolt", "provider", false, RestartPolicy::Never),
        ],
        vec![
            contact("acme", "Ann Lee", "+1 555 0142", true),
            contact("acme", "Dan Roe", "+1 555 0143", false),
            contact("nova", "Anna Lund", "+1 555 0168", true),
        ],
        vec![
            site("hq", "acme"),
            site("nova-hq", "nova"),
            site("dc-acme", "acme"),
            site("dc-nova", "nova"),
        ],
        vec![
            appliance("acme-stl-01", &["hq"]),
            appliance("nova-01", &["nova-hq"]),
            appliance("hosted-01", &["dc-acme", "dc-nova"]),
        ],
    )
    .unwrap()
}

pub(super) fn system(id: &str, tenant: &str, trouble: Option<&str>) -> Fact {
    Fact::System(System {
        id: id.into(),
        tenant: tenant.into(),
        name: id.into(),
        aliases: vec![format!("{id}-alias")],
        platform: "vm".into(),
        root: format!("/srv/{id}").into_bytes(),
        folders: vec![format!("/srv/{id}/data").into_bytes()],
        last_good_point: None,
        last_good_seeded: false,
        point_count: 3,
        trouble: trouble.map(Into::into),
        read_only: false,
    })
}

pub(super) fn job(
    id: &str,
    tenant: &str,
    system: &str,
    state: JobState,
    last: Option<SessionResult>,
) -> Job {
    Job {
        id: id.into(),
        tenant: tenant.into(),
        system: system.into(),
        repository: "repo".into(),
        kind: WorkKind::Backup,
        use_case: "B1".into(),
        state,
        waiting_for: String::new(),
        every_seconds: None,
        next_run: None,
        session: Some(format!("{id}-s").as_str().into()),
        last_result: last,
        last_end: None,
        last_message: String::new(),
        failures_in_a_row: 0,
        progress: None,
        recent_seconds: Vec::new(),
    }
}

pub(super) fn point(id: &str, time: &str, shrunk: bool) -> RestorePoint {
    RestorePoint {
        id: id.into(),
        system: "erp01".into(),
        repository: "repo".into(),
        time: at(time),
        kind: "full".into(),
        copy: "local".into(),
        files: 212,
        bytes: 1 << 20,
        added: 1 << 20,
        verified: None,
        shrunk,
        seeded: false,
        folders: vec![b"/srv/erp01/data".to_vec()],
        host: "erp01".to_owned(),
        tags: Vec::new(),
    }
}

/// A plan that only creates files: the system is really gone.
pub(super) fn plan_of_nothing_there() -> Plan {
    let all = Amount {
        files: 212,
        bytes: 1 << 20,
    };
    Plan {
        digest: vec![7; 32],
        new: all,
        written: all,
        outlooks: OverwritePolicy::ALL
            .map(|policy| Outlook {
                policy,
                created: all,
                replaced: Amount::default(),
                left: Amount::default(),
            })
            .to_vec(),
        first_paths: vec![b"/srv/erp01/data/ledger.db".to_vec()],
        free_bytes: 1 << 40,
        ..Plan::default()
    }
}

pub(super) fn plan_that_replaces(beyond: bool) -> Plan {
    let all = Amount {
        files: 212,
        bytes: 1 << 20,
    };
    Plan {
        changed: all,
        new: Amount::default(),
        replaced: all,
        beyond_limit: if beyond {
            vec!["a whole system replaces 212 files".into()]
        } else {
            Vec::new()
        },
        ..plan_of_nothing_there()
    }
}

/// As the appliance takes a dispatch beyond the limit.
pub(super) fn awaiting(dispatch: &Dispatch, plan: &Plan, now: Time) -> RestoreAttempt {
    let approval = Approval {
        beyond_limit: plan.beyond_limit.clone(),
        digest: dispatch.digest.clone(),
        created: plan.new,
        replaced: plan.replaced,
        written: plan.written,
        asked: now,
        expires: now + chrono::TimeDelta::hours(24),
        decision: None,
        asked_by: Vec::new(),
    };
    RestoreAttempt {
        approval: Some(Box::new(approval)),
        ..attempt_of(dispatch, RestoreState::AwaitingApproval, now)
    }
}

pub(super) fn attempt_of(dispatch: &Dispatch, state: RestoreState, now: Time) -> RestoreAttempt {
    RestoreAttempt {
        request: dispatch.request,
        attempt: dispatch.attempt,
        tenant: "acme".into(),
        reference: dispatch.intent.reference.clone(),
        order: dispatch.order.clone(),
        state,
        actor: "mara".into(),
        priority: dispatch.priority,
        requester: dispatch.requester.clone(),
        accepted: now,
        started: (state.rank() > 2).then_some(now),
        verifying_since: (state.rank() > 3).then_some(now),
        ended: state.ended().then_some(now),
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
        approval: None,
    }
}

//! What the fleet of the fixture tells.

use super::fixture::{NOW, at};
use crate::state::effect::Dispatch;
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::*,
    fleet::{Appliance, Contact, Directory, Lifecycle, Party, RestartPolicy, Site, Tenant},
    priority::{Priority, Severity},
};

pub(super) fn progressed(told: &mut RestoreAttempt, now: Time) {
    told.progress = Progress {
        files_done: 7_611,
        files_total: Some(12_463),
        bytes_done: 39_600_000_000,
        bytes_total: Some(64_900_000_000),
        rate: 77_300_000,
        eta_seconds: Some(328),
        current: b"/srv/erp/data/ledger/2026/11/archive/closed/batch-0388.dat".to_vec(),
        last_byte_at: Some(now - TimeDelta::seconds(1)),
    };
    told.warnings = 1;
    told.issues = vec![RestoreIssue {
        path: b"/srv/erp/data/queue/outbox.db".to_vec(),
        text: "busy, retried after 5 s".into(),
        warning: true,
    }];
    if told.state.ended() {
        told.ended = Some(now);
        told.verifying_since = Some(now - TimeDelta::seconds(60));
        let all = Amount {
            files: 12_463,
            bytes: 64_900_000_000,
        };
        told.written = all;
        told.verified = all;
        told.warnings = 0;
        told.issues.clear();
    }
}

pub(super) fn directory() -> Directory {
    let party = |id: &str, parent: Option<&str>| Party {
        id: id.into(),
        name: id.into(),
        parent: parent.map(Into::into),
        time_zone: chrono_tz::Tz::UTC,
    };
    let tenant = |id: &str, parent: &str, managed| Tenant {
        id: id.into(),
        name: id.into(),
        parent: parent.into(),
        managed,
        time_zone: chrono_tz::America::Chicago,
        restart_policy: if id == "nova" {
            RestartPolicy::AskFirst
        } else {
            RestartPolicy::Allowed
        },
        calendar: None,
        lifecycle: Lifecycle::Live,
    };
    let contact = |tenant: &str, name: &str, phone: &str, ask, allow| Contact {
        tenant: tenant.into(),
        name: name.into(),
        phone: phone.into(),
        email: String::new(),
        may_request: ask,
        may_authorise: allow,
        role: String::new(),
        escalation: None,
    };
    let site = |id: &str, tenant: &str| Site {
        id: id.into(),
        tenant: tenant.into(),
        kind: "customer primary".into(),
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
            tenant("acme", "north", true),
            tenant("nova", "north", true),
            tenant("tern", "provider", true),
            tenant("bolt", "provider", false),
        ],
        vec![
            contact("acme", "Ann Lee", "+1 555 0142", true, true),
            contact("acme", "Dan Roe", "+1 555 0143", false, false),
            contact("nova", "Anna Lund", "+1 555 0168", true, false),
            contact("tern", "Joann Lor", "+1 555 0191", false, false),
        ],
        vec![
            site("hq", "acme"),
            site("dr", "acme"),
            site("nova-hq", "nova"),
            site("dc-acme", "acme"),
            site("dc-bolt", "bolt"),
            site("tern-hq", "tern"),
        ],
        vec![
            appliance("acme-stl-01", &["hq"]),
            appliance("acme-lv-01", &["dr"]),
            appliance("nova-01", &["nova-hq"]),
            appliance("hosted-01", &["dc-acme", "dc-bolt"]),
            appliance("tern-01", &["tern-hq"]),
        ],
    )
    .unwrap()
}

pub(super) fn system(id: &str, tenant: &str, trouble: Option<&str>) -> Fact {
    Fact::System(System {
        id: id.into(),
        tenant: tenant.into(),
        name: id.into(),
        aliases: if id == "erp01" {
            vec!["ledger".into()]
        } else {
            Vec::new()
        },
        platform: if id == "fs01" {
            "file_share".into()
        } else {
            "vm".into()
        },
        root: format!("/srv/{id}").into_bytes(),
        folders: vec![format!("/srv/{id}/data").into_bytes()],
        last_good_point: Some(at("2026-11-21T04:00:00Z")),
        last_good_seeded: false,
        point_count: 44,
        trouble: trouble.map(Into::into),
        read_only: false,
    })
}

/// (id, system, state, last result, message, failures, last end)
pub(super) type JobRow = (
    &'static str,
    &'static str,
    JobState,
    Option<SessionResult>,
    &'static str,
    u32,
    &'static str,
);

pub(super) fn job(tenant: &str, row: JobRow) -> Job {
    let (id, system, state, last, message, failures, end) = row;
    let ended = at(&format!("2026-11-{end}:00Z"));
    Job {
        id: id.into(),
        tenant: tenant.into(),
        system: system.into(),
        repository: "stl-repo-02".into(),
        kind: WorkKind::Backup,
        use_case: "B2".into(),
        state,
        waiting_for: if state == JobState::Waiting {
            "restore R-0118".into()
        } else {
            String::new()
        },
        every_seconds: Some(86_400),
        next_run: (state != JobState::Disabled).then(|| ended + TimeDelta::hours(22)),
        session: Some(format!("{id}-s").as_str().into()),
        last_result: last,
        last_end: Some(ended),
        last_message: message.into(),
        failures_in_a_row: failures,
        progress: None,
        recent_seconds: vec![391, 402, 377, 410, 512, 398, 401, 380, 390],
    }
}

pub(super) fn running_job(mut job: Job, percent: u64, rate: u64, eta: u64) -> Job {
    job.progress = Some(Progress {
        files_done: 12_481,
        files_total: Some(19_790),
        bytes_done: 650_000_000 * percent,
        bytes_total: Some(65_000_000_000),
        rate,
        eta_seconds: Some(eta),
        current: b"/srv/crm/attach/2026/11".to_vec(),
        last_byte_at: Some(at(NOW)),
    });
    job
}

pub(super) fn session_of(job: &Job) -> Fact {
    let started = at("2026-11-21T08:26:27Z");
    let ended = job
        .progress
        .is_none()
        .then(|| started + TimeDelta::seconds(201));
    Fact::Session(Box::new(Session {
        id: job.session.clone().unwrap(),
        tenant: job.tenant.clone(),
        job: Some(job.id.clone()),
        request: None,
        kind: WorkKind::Backup,
        started_by: "schedule".into(),
        started,
        ended,
        result: ended.and(job.last_result),
        progress: job.progress.clone().unwrap_or_default(),
        message: job.last_message.clone(),
        warnings: 0,
        point: None,
        seeded: false,
    }))
}

pub(super) fn acme_facts() -> Vec<Fact> {
    use JobState::{Disabled, Idle, Running, Waiting};
    use SessionResult::{Failed, Success, Warning};
    let rows: [JobRow; 9] = [
        (
            "dc02-system",
            "dc02",
            Idle,
            Some(Failed),
            "VSS writer NTDS timed out, 60 s",
            3,
            "21T07:51",
        ),
        (
            "fs01-shares",
            "fs01",
            Idle,
            Some(Failed),
            "source /srv/fs01 not readable",
            2,
            "21T05:20",
        ),
        (
            "web01-system",
            "web01",
            Idle,
            Some(Warning),
            "2 files in use were skipped",
            0,
            "21T07:40",
        ),
        (
            "crm01-files",
            "crm01",
            Running,
            Some(Success),
            "",
            0,
            "20T10:30",
        ),
        (
            "sql01-db",
            "sql01",
            Running,
            Some(Success),
            "",
            0,
            "21T07:00",
        ),
        (
            "erp01-files",
            "erp01",
            Waiting,
            Some(Success),
            "",
            0,
            "21T04:20",
        ),
        ("hv01-vms", "hv01", Idle, Some(Success), "", 0, "21T08:04"),
        ("config", "cfg", Idle, Some(Success), "", 0, "21T06:30"),
        (
            "archive-2024",
            "arc",
            Disabled,
            Some(Success),
            "",
            0,
            "08T06:30",
        ),
    ];
    let mut facts = vec![
        system(
            "erp01",
            "acme",
            Some("its root is empty, 1 204 files were there at 22:00"),
        ),
        system("crm01", "acme", None),
        system("fs01", "acme", None),
        repository("stl-repo-02", 81),
        alert(
            "a1",
            Some("acme"),
            EntityKind::Job,
            "dc02-system",
            "job_failed",
            7,
            "dc02-system failed: VSS writer NTDS timed out, 60 s",
            3,
            "21T07:51",
        ),
        alert(
            "a2",
            Some("acme"),
            EntityKind::Job,
            "fs01-shares",
            "job_failed",
            7,
            "fs01-shares failed: source /srv/fs01 not readable",
            2,
            "21T05:20",
        ),
        alert(
            "a3",
            Some("acme"),
            EntityKind::Job,
            "web01-system",
            "job_failed",
            5,
            "web01-system ended with warnings: 2 files in use",
            1,
            "21T07:40",
        ),
        alert(
            "a4",
            None,
            EntityKind::Repository,
            "stl-repo-07",
            "repository_offline",
            9,
            "stl-repo-07 cannot be read or written: I/O error",
            1,
            "21T08:22",
        ),
    ];
    for row in rows {
        let job = job("acme", row);
        let job = match row.0 {
            "crm01-files" => running_job(job, 63, 118_000_000, 252),
            "sql01-db" => running_job(job, 27, 64_200_000, 700),
            _ => job,
        };
        facts.push(session_of(&job));
        facts.push(Fact::Job(Box::new(job)));
    }
    facts
}

pub(super) fn replica_facts() -> Vec<Fact> {
    let row = |id| {
        (
            id,
            "erp01",
            JobState::Idle,
            Some(SessionResult::Success),
            "",
            0,
            "21T07:10",
        )
    };
    ["erp01-replica", "sql01-replica"]
        .map(|id| Fact::Job(Box::new(job("acme", row(id)))))
        .to_vec()
}

pub(super) fn nova_facts() -> Vec<Fact> {
    let row = (
        "fs02-shares",
        "fs02",
        JobState::Idle,
        Some(SessionResult::Failed),
        "2 files vanished while read",
        1,
        "21T08:11",
    );
    vec![
        system("fs02", "nova", None),
        system("mail01", "nova", None),
        Fact::Job(Box::new(job("nova", row))),
        repository("nova-nas-2", 92),
        alert(
            "b1",
            Some("nova"),
            EntityKind::Repository,
            "nova-nas-2",
            "repository_space",
            7,
            "nova-nas-2 has 8 % free",
            1,
            "21T08:05",
        ),
    ]
}

pub(super) fn hosted_facts() -> Vec<Fact> {
    vec![
        repository("stl-repo-08", 37),
        Fact::Quota(Quota {
            tenant: "bolt".into(),
            repository: "stl-repo-08".into(),
            limit: 10_000_000_000,
            used: 6_100_000_000,
        }),
    ]
}

pub(super) fn repository(id: &str, percent: u64) -> Fact {
    Fact::Repository(Repository {
        id: id.into(),
        tenant: None,
        role: "primary".into(),
        capacity: 41_000_000_000_000,
        used: 410_000_000_000 * percent,
        free: 410_000_000_000 * (100 - percent),
        offline: None,
    })
}

#[expect(clippy::too_many_arguments, reason = "a row of a table of alerts")]
pub(super) fn alert(
    id: &str,
    tenant: Option<&str>,
    object_kind: EntityKind,
    object: &str,
    monitor: &str,
    severity: u32,
    text: &str,
    count: u32,
    raised: &str,
) -> Fact {
    let raised = at(&format!("2026-11-{raised}:00Z"));
    Fact::Alert(Alert {
        id: id.into(),
        tenant: tenant.map(Into::into),
        object_kind,
        object: object.into(),
        monitor: monitor.into(),
        severity: Severity::clamped(severity),
        text: text.into(),
        episode: 1,
        count,
        raised,
        last_seen: raised,
        cleared: None,
    })
}

pub(super) fn log() -> Vec<LogLine> {
    let rows = [
        (LogLevel::Info, "reading /srv/crm/attach/2026/09"),
        (LogLevel::Info, "3 412 files unchanged"),
        (LogLevel::Info, "reading /srv/crm/attach/2026/10"),
        (LogLevel::Info, "reading /srv/crm/attach/2026/11"),
        (
            LogLevel::Warning,
            "/srv/crm/tmp/export.lock vanished while reading",
        ),
        (LogLevel::Info, "reading /srv/crm/index"),
        (LogLevel::Error, "evil\u{1b}[2J\u{202e}name: not readable"),
        (LogLevel::Info, "reading /srv/crm/index/seg_0412"),
    ];
    (1..)
        .zip(rows)
        .map(|(line, (level, text))| LogLine {
            line,
            at: at("2026-11-21T08:32:17Z") + TimeDelta::seconds(i64::try_from(line).unwrap() * 4),
            level,
            text: text.into(),
        })
        .collect()
}

pub(super) fn attempt(dispatch: &Dispatch, state: RestoreState, now: Time) -> RestoreAttempt {
    RestoreAttempt {
        request: dispatch.request,
        attempt: dispatch.attempt,
        tenant: "acme".into(),
        reference: dispatch.intent.reference.clone(),
        order: dispatch.order.clone(),
        state,
        actor: "mara".into(),
        priority: Priority::P1,
        requester: dispatch.requester.clone(),
        accepted: now,
        started: (state.rank() > 2).then_some(now),
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

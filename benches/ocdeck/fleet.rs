//! A large fleet by script: the same one for the same numbers. It is made of the messages that
//! links send, through `update`, as the shell does it: benches see nothing but the public API,
//! so that no part of the program exists for them only.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use ocdeck::{
    config::{keymap, theme},
    state::{
        Env, Model, Start,
        command::Command,
        effect::Effect,
        model::Me,
        msg::{DeskMsg, FleetMsg, LinkNews, Msg},
        update,
    },
};
use ocdeck_domain::{
    facts::{
        Alert, Description, EntityKind, Fact, Job, JobState, Progress, Repository, SessionResult,
        System, WorkKind,
    },
    fleet::{Appliance, Contact, Directory, Lifecycle, Party, RestartPolicy, Site, Tenant},
    ids::ApplianceId,
    policy,
    priority::Severity,
};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// The moment at which everything happens.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_250_000, 0).unwrap()
}

/// How large a fleet is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Appliances; each serves one tenant.
    pub appliances: usize,
    /// Jobs of each; half as many systems.
    pub jobs: usize,
    /// Every so many appliances have an alert.
    pub alert: usize,
}

impl Size {
    /// 1,000 jobs.
    pub const SMALL: Self = Self {
        appliances: 50,
        jobs: 20,
        alert: 10,
    };
    /// 5,000 appliances, 100,000 jobs.
    pub const LARGE: Self = Self {
        appliances: 5_000,
        jobs: 20,
        alert: 10,
    };
    /// 5,000 appliances, a million jobs.
    pub const HUGE: Self = Self {
        appliances: 5_000,
        jobs: 200,
        alert: 10,
    };
    /// What a large provider has: 2,500 appliances and tenants, 25,000 jobs, 500 alerts.
    pub const GOAL: Self = Self {
        appliances: 2_500,
        jobs: 10,
        alert: 5,
    };

    /// How many jobs there are.
    pub fn all_jobs(self) -> usize {
        self.appliances * self.jobs
    }
}

const HOSTS: [&str; 16] = [
    "erp", "crm", "mail", "fs", "sql", "web", "git", "dc", "hr", "bi", "print", "cad", "wiki",
    "pos", "vpn", "log",
];
const CLIENTS: [&str; 16] = [
    "acme", "nova", "tern", "bolt", "wren", "alder", "cove", "dune", "ember", "fjord", "glen",
    "heron", "islet", "juno", "kelp", "larch",
];
const NAMES: [&str; 12] = [
    "Ann", "Dan", "Eva", "Finn", "Gil", "Hana", "Ivo", "Joan", "Kai", "Lena", "Mia", "Noor",
];

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    rng.choice(from).copied().unwrap_or_default()
}

/// The id of an appliance.
pub fn appliance(n: usize) -> ApplianceId {
    let client = CLIENTS[n % CLIENTS.len()];
    ApplianceId::new(format!("{client}-{n:04}-01"))
}

fn tenant(n: usize) -> String {
    format!("{}-{n:04}", CLIENTS[n % CLIENTS.len()])
}

/// Who is who: eight resellers, a tenant with a site and two contacts for each appliance.
pub fn directory(size: Size) -> Directory {
    let mut rng = Rng::with_seed(7);
    let party = |id: String, parent: Option<&str>| Party {
        name: id.clone(),
        id: id.into(),
        parent: parent.map(Into::into),
        time_zone: chrono_tz::Tz::UTC,
    };
    let resellers = (0..8).map(|n| party(format!("reseller-{n}"), Some("provider")));
    let parties = std::iter::once(party("provider".into(), None)).chain(resellers);
    let tenants = (0..size.appliances).map(|n| Tenant {
        id: tenant(n).into(),
        name: tenant(n),
        parent: match n % 9 {
            8 => "provider".into(),
            n => format!("reseller-{n}").into(),
        },
        managed: true,
        time_zone: chrono_tz::America::Chicago,
        restart_policy: RestartPolicy::Allowed,
        calendar: None,
        lifecycle: Lifecycle::Live,
    });
    let contacts = (0..size.appliances * 2).map(|n| Contact {
        tenant: tenant(n / 2).into(),
        name: format!("{} {}", pick(&mut rng, &NAMES), pick(&mut rng, &HOSTS)),
        phone: format!("+1 555 {:07}", n * 31),
        email: String::new(),
        may_request: true,
        may_authorise: n % 2 == 0,
        role: String::new(),
        escalation: None,
    });
    let sites = (0..size.appliances).map(|n| Site {
        id: format!("site-{n:04}").into(),
        tenant: tenant(n).into(),
        kind: "customer primary".into(),
    });
    let appliances = (0..size.appliances).map(|n| Appliance {
        id: appliance(n),
        sites: vec![format!("site-{n:04}").into()],
        address: Some(format!("appliance-{n:04}.example.com:7443")),
        via: None,
    });
    Directory::new(
        parties.collect(),
        tenants.collect(),
        contacts.collect(),
        sites.collect(),
        appliances.collect(),
    )
    .unwrap()
}

/// What an appliance tells: systems, jobs (some failed, some running), an alert for some.
pub fn facts(n: usize, size: Size) -> Vec<Fact> {
    let mut rng = Rng::with_seed(n as u64);
    let mut facts = vec![Fact::Repository(Repository {
        id: "main".into(),
        tenant: None,
        role: "primary".into(),
        capacity: 20_000_000_000_000,
        used: rng.u64(0..20_000_000_000_000),
        free: 1_000_000_000_000,
        offline: None,
    })];
    for k in 0..size.jobs.div_ceil(2) {
        let name = format!("{}{k:02}", pick(&mut rng, &HOSTS));
        facts.push(Fact::System(System {
            id: format!("s{k}").into(),
            tenant: tenant(n).into(),
            aliases: vec![format!("{}-{k}", pick(&mut rng, &HOSTS))],
            name,
            platform: "vm".into(),
            root: b"/srv/data".to_vec(),
            folders: vec![b"/srv/data".to_vec()],
            last_good_point: Some(now() - TimeDelta::hours(rng.i64(1..30))),
            last_good_seeded: false,
            point_count: 30,
            trouble: None,
            read_only: false,
        }));
    }
    for k in 0..size.jobs {
        facts.push(Fact::Job(Box::new(job(n, k, &mut rng))));
    }
    if n.is_multiple_of(size.alert) {
        facts.push(Fact::Alert(Alert {
            id: format!("a{n}").into(),
            tenant: Some(tenant(n).into()),
            object_kind: EntityKind::Job,
            object: "job".into(),
            monitor: "job_failed".into(),
            severity: Severity::clamped(rng.u32(3..10)),
            text: "the source cannot be read".into(),
            episode: 1,
            count: 1,
            raised: now(),
            last_seen: now(),
            cleared: None,
        }));
    }
    facts
}

/// A job.
pub fn job(n: usize, k: usize, rng: &mut Rng) -> Job {
    let dice = rng.u32(0..100);
    let state = match dice {
        0..10 => JobState::Running,
        10..14 => JobState::Waiting,
        _ => JobState::Idle,
    };
    let last = match dice {
        15..18 => SessionResult::Failed,
        18..22 => SessionResult::Warning,
        _ => SessionResult::Success,
    };
    Job {
        id: format!("{}{k:03}-files", pick(rng, &HOSTS)).into(),
        tenant: tenant(n).into(),
        system: format!("s{}", k / 2).into(),
        repository: "main".into(),
        kind: WorkKind::Backup,
        use_case: "B1".into(),
        state,
        waiting_for: String::new(),
        every_seconds: Some(86_400),
        next_run: Some(now() + TimeDelta::hours(rng.i64(1..24))),
        session: Some(format!("s{n}-{k}").into()),
        last_result: Some(last),
        last_end: Some(now() - TimeDelta::hours(rng.i64(1..24))),
        last_message: match last {
            SessionResult::Failed => "the source cannot be read".into(),
            _ => String::new(),
        },
        failures_in_a_row: 0,
        progress: (state == JobState::Running).then(|| progress(rng)),
        recent_seconds: vec![600; 8],
    }
}

/// Some progress.
pub fn progress(rng: &mut Rng) -> Progress {
    Progress {
        files_done: rng.u64(0..20_000),
        files_total: Some(20_000),
        bytes_done: rng.u64(0..65_000_000_000),
        bytes_total: Some(65_000_000_000),
        rate: rng.u64(10_000_000..200_000_000),
        eta_seconds: Some(rng.u64(60..9_000)),
        current: b"/srv/data/x".to_vec(),
        last_byte_at: Some(now()),
    }
}

/// The next id that a console makes.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Lets a message happen.
pub fn send(model: &mut Model, msg: Msg) -> Vec<Effect> {
    send_after(model, msg, 0)
}

/// The same so many seconds later.
pub fn send_after(model: &mut Model, msg: Msg, seconds: usize) -> Vec<Effect> {
    let later = TimeDelta::seconds(i64::try_from(seconds).unwrap());
    let env = Env {
        now: now() + later,
        new_id: &|| Uuid::from_u128(u128::from(NEXT.fetch_add(1, Ordering::Relaxed))),
    };
    update(model, msg, &env)
}

/// Presses a key.
pub fn press(model: &mut Model, command: Command) {
    send(model, Msg::Command(command));
}

/// News of an appliance.
pub fn news(n: usize, news: LinkNews) -> FleetMsg {
    FleetMsg {
        appliance: appliance(n),
        at: now(),
        news,
    }
}

/// A console that has not heard of anybody yet.
pub fn asleep(size: Size) -> Model {
    let keymap = keymap::shipped(keymap::DEFAULT).unwrap();
    Model::new(Start {
        me: Me {
            name: "mara".into(),
            role: "technician".into(),
            restricted: false,
            zone: chrono_tz::America::Chicago,
        },
        policy: toml::from_str(policy::SHIPPED).unwrap(),
        directory: directory(size),
        demo: false,
        now: now(),
        size: (200, 50),
        keys: keymap.labels(),
        config: Default::default(),
    })
}

/// A console on which everybody has told everything; what it told the index of names.
pub fn awake(size: Size) -> (Model, Vec<Effect>) {
    let mut model = asleep(size);
    let mut effects = send(
        &mut model,
        Msg::Desk(DeskMsg::Loaded {
            records: Vec::new(),
            drafts: Vec::new(),
        }),
    );
    for n in 0..size.appliances {
        let description = Box::new(Description {
            driver: "engine".into(),
            agent_version: "0.1.0".into(),
            capabilities: Vec::new(),
            caller: ("mara".into(), "technician".into()),
        });
        let live = LinkNews::Live {
            description,
            offset_ms: 0,
        };
        let both = vec![news(n, live), news(n, LinkNews::Snapshot(facts(n, size)))];
        effects.extend(send(&mut model, Msg::Fleet(both)));
    }
    (model, effects)
}

/// The look of a terminal with all colours.
pub fn look() -> theme::Look {
    let theme = theme::shipped("dark").unwrap();
    theme::Look::new(&theme, theme::Colours::True, false)
}

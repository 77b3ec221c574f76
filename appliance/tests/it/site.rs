//! A site: a temporary folder with a system of two protected folders, a repository, and an
//! agent over both.

use ocdeck_appliance::{
    agent::Agent,
    config,
    driver::EngineDriver,
    host::Program,
    state::{Clock, Facts},
    work::{Actor, Dispatch, Intent, PlanOrder, Work},
};
use ocdeck_domain::{
    facts::{Plan, RestoreAttempt, RestorePoint, Session},
    ids::{JobId, RequestId, SessionId, SystemId},
    priority::Priority,
    restore::{Order, OverwritePolicy, Target},
};
use std::{
    collections::BTreeMap,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) struct Site {
    pub(crate) dir: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::of("", "")
    }

    /// With more lines for the job.
    pub(crate) fn with(job: &str) -> Self {
        Self::of(job, "")
    }

    /// With more lines for the tenant.
    pub(crate) fn of_tenant(tenant: &str) -> Self {
        Self::of("", tenant)
    }

    fn of(job: &str, tenant: &str) -> Self {
        let site = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::write(site.path("password"), "secret\n").unwrap();
        for (name, content) in [("a.crt", ""), ("a.key", ""), ("ca.crt", "")] {
            fs::write(site.path(name), content).unwrap();
        }
        let text = format!(
            r#"
id = "dc1"
listen = "127.0.0.1:0"
state_dir = "state"
staging = "staging"
[tls]
cert = "a.crt"
key = "a.key"
ca = "ca.crt"
[[tenant]]
id = "acme"
{tenant}
[[repository]]
id = "main"
path = "repository"
password_file = "password"
[[system]]
id = "erp01"
tenant = "acme"
root = "data/erp01"
folders = ["db", "conf"]
[[job]]
id = "nightly"
system = "erp01"
repository = "main"
{job}
"#
        );
        fs::write(site.path("appliance.toml"), text).unwrap();
        site.write("db/table.bin", &noise(300_000, 1));
        site.write("db/empty", b"");
        site.write("db/deep/er/and deeper", &noise(70_000, 2));
        site.write("conf/erp.conf", b"port = 1\n");
        std::os::unix::fs::symlink("erp.conf", site.root().join("conf/link")).unwrap();
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.path("data/erp01")
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Deletes everything below the root; the root stays, as after a disk swap.
    pub(crate) fn lose(&self) {
        for entry in fs::read_dir(self.root()).unwrap() {
            fs::remove_dir_all(entry.unwrap().path()).unwrap();
        }
    }

    /// Every path below the root with what it holds.
    pub(crate) fn content(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut content = BTreeMap::new();
        read(&self.root(), &mut content);
        content
    }

    pub(crate) fn agent(&self) -> Agent {
        agent(&self.path("appliance.toml"), None)
    }

    /// Whose restores write slowly.
    pub(crate) fn slow_agent(&self, bytes: u64) -> Agent {
        agent(&self.path("appliance.toml"), Some(bytes))
    }

    pub(crate) fn whole(&self, point: &RestorePoint, policy: OverwritePolicy) -> Order {
        Order {
            system: "erp01".into(),
            point: point.id.clone(),
            paths: Vec::new(),
            target: Target::Original,
            policy,
        }
    }
}

fn read(folder: &Path, content: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_symlink() {
            let to = fs::read_link(&path).unwrap();
            content.insert(path, Some(to.into_os_string().into_encoded_bytes()));
        } else if kind.is_dir() {
            read(&path, content);
            content.insert(path, None);
        } else {
            let bytes = fs::read(&path).unwrap();
            content.insert(path, Some(bytes));
        }
    }
}

/// Bytes that do not compress and do not repeat.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

pub(crate) fn program() -> Program {
    Program::at(std::env::current_exe().unwrap())
}

pub(crate) fn agent(config: &Path, write_limit: Option<u64>) -> Agent {
    agent_at(config, write_limit, Clock::system())
}

/// With a clock of its own.
pub(crate) fn agent_at(config: &Path, write_limit: Option<u64>, clock: Clock) -> Agent {
    let mut config = config::read(config).unwrap();
    config.restore_limit = write_limit;
    let config = Arc::new(config);
    let facts = Facts::open(&config.state_dir, &config.id, clock).unwrap();
    let driver = EngineDriver::new(Arc::clone(&config), program());
    Agent::start(config, facts, Box::new(driver)).unwrap()
}

/// Looks until it is so, for at most half a minute.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "never came: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

pub(crate) fn mara() -> Actor {
    Actor {
        person: "mara".into(),
        role: "technician".into(),
    }
}

pub(crate) fn duty_manager(person: &str) -> Actor {
    Actor {
        person: person.into(),
        role: "duty_manager".into(),
    }
}

pub(crate) fn intent(reason: &str) -> Intent {
    Intent {
        reason: reason.into(),
        reference: "R-0118".into(),
    }
}

pub(crate) fn job() -> JobId {
    "nightly".into()
}

pub(crate) fn system() -> SystemId {
    "erp01".into()
}

pub(crate) fn start(agent: &Agent) -> SessionId {
    agent.start_job(&job(), &mara(), &intent("")).unwrap()
}

/// The session, when it has ended and its job has, too.
pub(crate) fn ended(agent: &Agent, id: &SessionId) -> Session {
    until("the end of the session", || {
        let session = agent.facts().session(id).unwrap()?;
        session.ended?;
        let job = agent.facts().job(&job())?;
        (job.state == ocdeck_domain::facts::JobState::Idle).then_some(session)
    })
}

pub(crate) fn back_up(agent: &Agent) -> Session {
    let id = start(agent);
    ended(agent, &id)
}

pub(crate) fn newest(agent: &Agent) -> RestorePoint {
    agent.points(&system()).unwrap().remove(0)
}

pub(crate) fn plan(agent: &Agent, order: &Order) -> Plan {
    let ask = PlanOrder {
        order: order.clone(),
        reference: "R-0118".into(),
        time_zone: "America/Denver".into(),
    };
    agent
        .plan(&ask, &mut |_| ControlFlow::Continue(()))
        .unwrap()
}

pub(crate) fn dispatch_of(order: &Order, plan: &Plan, attempt: u32) -> Dispatch {
    Dispatch {
        request: RequestId(Uuid::from_u128(118)),
        attempt,
        order: order.clone(),
        digest: plan.digest.clone(),
        intent: intent("the disk was swapped"),
        priority: Priority::P1,
        requester: "Ines of acme".into(),
        break_glass: None,
        asked_by: Vec::new(),
    }
}

pub(crate) fn restored(agent: &Agent, attempt: u32) -> RestoreAttempt {
    until("the end of the restore", || {
        agent
            .facts()
            .restore(RequestId(Uuid::from_u128(118)), attempt)
            .filter(|restore| restore.state.ended())
    })
}

pub(crate) fn running(agent: &Agent, attempt: u32) -> RestoreAttempt {
    until("bytes of the restore", || {
        agent
            .facts()
            .restore(RequestId(Uuid::from_u128(118)), attempt)
            .filter(|restore| restore.started.is_some() && restore.progress.bytes_done > 0)
    })
}

/// The workers of a process, by their ids.
pub(crate) fn workers(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(id) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let Ok(command) = fs::read(entry.path().join("cmdline")) else {
            continue;
        };
        let after = stat.rsplit(')').next().unwrap_or_default();
        let its_parent = after.split_whitespace().nth(1);
        if its_parent == Some(&parent.to_string()) && command.ends_with(b"\0worker\0") {
            found.push(id);
        }
    }
    found
}

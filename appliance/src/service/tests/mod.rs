//! The services over real mutual TLS on a port of the loopback: who may call what, whose
//! entities are seen, and what a refusal looks like.

mod behaviour;
mod looks;
mod matrix;
mod trust;

use super::Api;
use crate::{
    listen::{Limits, Tls, serve},
    state::{Clock, Facts, TenantRule, Tenants},
    work::{
        Actor, Dispatch, Intent, LookNews, PlanNews, PlanOrder, Refusal, SearchOrder, TellLook,
        Verdict, Work,
    },
};
use hyper_util::rt::TokioIo;
use ocdeck_domain::{
    facts::{
        Capability, Entry, EntryKind, Fact, Hit, Job, JobState, LookEnd, PathBytes, Plan, Quota,
        Repository, RestoreAttempt, RestorePoint, Searched, Session, System, Version, WorkKind,
    },
    ids::{ApplianceId, JobId, PartyId, PointId, RequestId, SessionId, SystemId, TenantId},
};
use ocdeck_trust::{Grant, Issued, Pki, Revoked, Role, load_client, load_server, server_name};
use rustls::ClientConfig;
use std::{
    net::SocketAddr,
    ops::ControlFlow,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

/// Nothing in these tests may take longer.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// An appliance that serves, and the authority that its callers come from.
pub(super) struct Appliance {
    pub(super) dir: TempDir,
    pub(super) pki: Pki,
    pub(super) id: ApplianceId,
    pub(super) address: SocketAddr,
    pub(super) facts: Facts,
    pub(super) work: Arc<Desk>,
    pub(super) tls: Tls,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

impl Appliance {
    pub(super) async fn start() -> Self {
        Self::start_with(Limits::default()).await
    }

    pub(super) async fn start_with(limits: Limits) -> Self {
        let dir = tempfile::tempdir().expect("dir");
        let pki = Pki::init(dir.path().join("pki")).expect("pki");
        let id = ApplianceId::new("acme-stl-01");
        let own = pki.issue_appliance(&id).expect("certificate");
        let tls = Tls::new(
            load_server(&own.cert, &own.key, &own.ca, None).expect("tls"),
            Revoked::default(),
        );
        let facts = Facts::open(&dir.path().join("state"), &id, Clock::system()).expect("state");
        let work = Arc::new(Desk::default());
        let api = Api {
            facts: facts.clone(),
            work: work.clone(),
            tenants: tenants(),
            driver: "engine",
            agent_version: "0.1.0",
        };
        fill(&facts);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let address = listener.local_addr().expect("address");
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let serving = tokio::spawn({
            let tls = tls.clone();
            async move {
                serve(listener, tls, api, limits, shutdown)
                    .await
                    .expect("serve")
            }
        });
        Self {
            dir,
            pki,
            id,
            address,
            facts,
            work,
            tls,
            stop: Some(stop),
            serving: Some(serving),
        }
    }

    pub(super) fn issue(&self, name: &str, role: Role, grants: &[Grant]) -> Issued {
        self.pki
            .issue_person(name, role, grants)
            .expect("certificate")
    }

    /// A connection with a certificate.
    pub(super) async fn dial(&self, person: &Issued) -> Result<Channel, tonic::transport::Error> {
        let config = load_client(&person.cert, &person.key, &person.ca, 8).expect("tls");
        dial(self.address, self.id.clone(), config).await
    }

    /// A connection of a new person.
    pub(super) async fn person(&self, role: Role, grants: &[Grant]) -> Channel {
        let name = role.name().replace('_', "-");
        let issued = self.issue(&name, role, grants);
        self.dial(&issued).await.expect("a connection")
    }

    pub(super) async fn stop(&mut self) {
        drop(self.stop.take());
        let serving = self.serving.take().expect("it serves");
        tokio::time::timeout(PATIENCE, serving)
            .await
            .expect("it stops")
            .expect("in order");
    }
}

pub(super) async fn dial(
    address: SocketAddr,
    id: ApplianceId,
    config: Arc<ClientConfig>,
) -> Result<Channel, tonic::transport::Error> {
    let connector = tower::service_fn(move |_: Uri| {
        let (config, name) = (config.clone(), server_name(&id).expect("a name"));
        async move {
            let stream = TcpStream::connect(address).await?;
            let stream = TlsConnector::from(config).connect(name, stream).await?;
            Ok::<_, std::io::Error>(TokioIo::new(stream))
        }
    });
    Endpoint::from_static("http://appliance")
        .connect_with_connector(connector)
        .await
}

pub(super) fn tenants() -> Tenants {
    let rule = |id: &str, party: &str, managed| TenantRule {
        id: TenantId::new(id),
        parties: vec![PartyId::new(party), PartyId::new("provider")],
        managed,
    };
    Tenants::new([
        rule("acme", "north", true),
        rule("birch", "south", true),
        rule("dune", "north", false),
    ])
}

pub(super) fn grant(party: &str) -> Vec<Grant> {
    vec![Grant::Party(PartyId::new(party))]
}

fn fill(facts: &Facts) {
    for tenant in ["acme", "birch"] {
        facts.put(Fact::System(System {
            id: format!("{tenant}-erp01").into(),
            tenant: tenant.into(),
            name: "erp01".to_owned(),
            aliases: Vec::new(),
            platform: "vm".to_owned(),
            root: b"/srv".to_vec(),
            folders: vec![b"/srv/data".to_vec()],
            last_good_point: None,
            last_good_seeded: false,
            point_count: 0,
            trouble: None,
            read_only: false,
        }));
        facts.put(Fact::Job(Box::new(Job {
            id: format!("{tenant}-nightly").into(),
            tenant: tenant.into(),
            system: format!("{tenant}-erp01").into(),
            repository: "shared".into(),
            kind: WorkKind::Backup,
            use_case: "B1".to_owned(),
            state: JobState::Idle,
            waiting_for: String::new(),
            every_seconds: Some(3600),
            next_run: None,
            session: None,
            last_result: None,
            last_end: None,
            last_message: String::new(),
            failures_in_a_row: 0,
            progress: None,
            recent_seconds: Vec::new(),
        })));
        facts.put(Fact::Session(Box::new(session(
            &format!("{tenant}-s1"),
            tenant,
        ))));
    }
    facts.put(Fact::Quota(Quota {
        tenant: "dune".into(),
        repository: "shared".into(),
        limit: 10,
        used: 1,
    }));
    facts.put(Fact::Repository(Repository {
        id: "shared".into(),
        tenant: None,
        role: "primary".to_owned(),
        capacity: 10,
        used: 1,
        free: 9,
        offline: None,
    }));
}

pub(super) fn session(id: &str, tenant: &str) -> Session {
    let now = chrono::Utc::now();
    Session {
        id: id.into(),
        tenant: tenant.into(),
        job: Some(format!("{tenant}-nightly").into()),
        request: None,
        kind: WorkKind::Backup,
        started_by: "schedule".to_owned(),
        started: now,
        ended: None,
        result: None,
        progress: ocdeck_domain::facts::Progress::default(),
        message: String::new(),
        warnings: 0,
        point: None,
        seeded: false,
    }
}

/// Work without a driver: it remembers who asked, and has one point with one large folder.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) asked: Mutex<Vec<(String, Actor, Intent)>>,
    pub(super) dispatched: Mutex<Vec<Dispatch>>,
    pub(super) searched: Mutex<Vec<SearchOrder>>,
    /// A search that went on until its caller was gone has ended.
    pub(super) gave_up: AtomicBool,
}

/// Entries of the folder of the one point: more than one page.
pub(super) const ENTRIES: usize = 2500;

impl Desk {
    fn remember(&self, what: String, by: &Actor, intent: &Intent) {
        let entry = (what, by.clone(), intent.clone());
        self.asked.lock().expect("lock").push(entry);
    }
}

impl Work for Desk {
    fn capabilities(&self) -> Vec<Capability> {
        vec![Capability {
            name: "restore.bare_metal".to_owned(),
            unavailable: Some("The client does this with the provider".to_owned()),
        }]
    }

    fn start_job(&self, job: &JobId, by: &Actor, intent: &Intent) -> Result<SessionId, Refusal> {
        self.remember(format!("start {job}"), by, intent);
        Ok("s2".into())
    }

    fn stop_job(&self, job: &JobId, _: &Actor, _: &Intent) -> Result<SessionId, Refusal> {
        let text = format!("{job} does not run");
        let code = "NOT_RUNNING";
        Err(Refusal::FailedPrecondition { code, text })
    }

    fn points(&self, system: &SystemId) -> Result<Vec<RestorePoint>, Refusal> {
        let point = |number: u32| RestorePoint {
            id: format!("p{number}").into(),
            system: system.clone(),
            repository: "shared".into(),
            time: chrono::Utc::now(),
            kind: "full".to_owned(),
            copy: "local".to_owned(),
            files: 1,
            bytes: 1,
            added: 1,
            verified: None,
            shrunk: false,
            seeded: false,
            folders: vec![b"/srv/\xfe".to_vec()],
            host: "oldbox".to_owned(),
            tags: vec!["weekly".to_owned()],
        };
        Ok((0..7).map(point).collect())
    }

    fn browse(&self, _: &SystemId, point: &PointId, path: &[u8]) -> Result<Vec<Entry>, Refusal> {
        if path != b"/" {
            return Err(Refusal::NotFound(format!("no such folder in {point}")));
        }
        let entry = |number: usize| Entry {
            name: format!("f{number:05}").into_bytes(),
            kind: EntryKind::File,
            size: 1,
            modified: None,
            link_target: Vec::new(),
        };
        Ok((0..ENTRIES).map(entry).collect())
    }

    /// Finds as many names as are wanted; "endless" until the caller is gone.
    fn search(
        &self,
        order: &SearchOrder,
        news: &mut TellLook<'_, Hit>,
    ) -> Result<LookEnd, Refusal> {
        self.searched.lock().expect("lock").push(order.clone());
        let endless = order.query == b"endless";
        let mut at = Searched {
            points: 0,
            of: 2,
            names: 0,
        };
        for number in 0.. {
            if !endless && number == order.limit {
                break;
            }
            at.names += 1;
            let hit = Hit {
                point: "p0".into(),
                time: chrono::Utc::now(),
                path: format!("/srv/\u{fe}{number}").into_bytes(),
                kind: EntryKind::File,
                size: 1,
                modified: None,
            };
            if news(LookNews::Found(hit)).is_break() || news(LookNews::At(at)).is_break() {
                self.gave_up.store(true, Ordering::Release);
                return Err(Refusal::Cancelled);
            }
        }
        at.points = 2;
        Ok(LookEnd {
            searched: at,
            limited: true,
            unread: vec!["repository offsite: not mounted".to_owned()],
        })
    }

    fn versions(
        &self,
        _: &SystemId,
        path: &PathBytes,
        limit: usize,
        news: &mut TellLook<'_, Version>,
    ) -> Result<LookEnd, Refusal> {
        if path == b"/nowhere" {
            return Err(Refusal::Unavailable("the repository is gone".to_owned()));
        }
        for number in 0..limit.min(450) {
            let version = Version {
                newest: format!("p{number}").into(),
                newest_time: chrono::Utc::now(),
                oldest: format!("p{number}").into(),
                oldest_time: chrono::Utc::now(),
                points: 1,
                kind: EntryKind::File,
                size: number as u64,
                modified: None,
                same_content: Some(false),
            };
            if news(LookNews::Found(version)).is_break() {
                return Err(Refusal::Cancelled);
            }
        }
        Ok(LookEnd::default())
    }

    fn plan(
        &self,
        _: &PlanOrder,
        news: &mut dyn FnMut(PlanNews) -> ControlFlow<()>,
    ) -> Result<Plan, Refusal> {
        let counted = PlanNews::Counted {
            entries: 1,
            bytes: 1,
        };
        match news(counted) {
            ControlFlow::Continue(()) => Ok(Plan {
                digest: vec![7; 32],
                ..Plan::default()
            }),
            ControlFlow::Break(()) => Err(Refusal::Cancelled),
        }
    }

    fn dispatch(&self, dispatch: &Dispatch, _: &Actor) -> Result<RestoreAttempt, Refusal> {
        self.dispatched.lock().expect("lock").push(dispatch.clone());
        Err(Refusal::FailedPrecondition {
            code: "PLAN_UNKNOWN",
            text: "this plan is not known here; plan again".to_owned(),
        })
    }

    fn decide(&self, verdict: &Verdict, by: &Actor) -> Result<RestoreAttempt, Refusal> {
        self.remember(
            format!("approved: {}", verdict.approved),
            by,
            &verdict.intent,
        );
        Err(Refusal::SamePerson("another person approves".to_owned()))
    }

    fn cancel(
        &self,
        _: RequestId,
        _: u32,
        _: &Actor,
        _: &Intent,
    ) -> Result<RestoreAttempt, Refusal> {
        Err(Refusal::Unavailable("not now".to_owned()))
    }
}

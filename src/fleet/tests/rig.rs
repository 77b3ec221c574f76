//! An appliance that follows a script, and waiting with a deadline.

use super::super::{Fleet, Link, Me, Patience, lock, start_with};
use crate::desk::{Base, Clock};
use crate::state::{
    effect::Ticket,
    msg::{LinkNews, Msg, Reply},
};
use chrono::Utc;
use ocdeck_proto::v1::{
    self as wire,
    appliance_service_server::{ApplianceService, ApplianceServiceServer},
    jobs_service_server::{JobsService, JobsServiceServer},
    watch_response::Body,
};
use ocdeck_trust::{Issued, Role, load_server};
use prost_types::Timestamp;
use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::{Code, Request, Response, Status, Streaming, transport::Server};
use tonic_types::{ErrorDetails, StatusExt};

/// Until something must have happened.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

/// A folder of certificates.
pub(super) struct Pki {
    _folder: tempfile::TempDir,
    pki: ocdeck_trust::Pki,
    mara: Issued,
    issued: Mutex<HashMap<String, Issued>>,
}

impl Pki {
    pub(super) fn new() -> Self {
        ocdeck_trust::install_provider();
        let folder = tempfile::tempdir().unwrap();
        let pki = ocdeck_trust::Pki::init(folder.path()).unwrap();
        let mara = pki.issue_person("mara", Role::Technician, &[]).unwrap();
        Self {
            _folder: folder,
            pki,
            mara,
            issued: Mutex::default(),
        }
    }

    fn appliance(&self, id: &str) -> Issued {
        let mut issued = lock(&self.issued);
        issued
            .entry(id.to_owned())
            .or_insert_with(|| self.pki.issue_appliance(&id.into()).unwrap())
            .clone()
    }

    /// Links to these, as mara.
    pub(super) fn link(&self, to: &[(&str, &str)]) -> (Fleet, mpsc::Receiver<Msg>) {
        link(&self.mara, self.mara.ca.clone(), to, Patience::default())
    }

    /// Links that give a snapshot less time than a person would.
    pub(super) fn hasty_link(&self, to: &[(&str, &str)]) -> (Fleet, mpsc::Receiver<Msg>) {
        let patience = Patience {
            grows: Duration::from_secs(1),
            ..Patience::default()
        };
        link(&self.mara, self.mara.ca.clone(), to, patience)
    }

    /// Links to these with a certificate of this CA, trusting another one.
    pub(super) fn stranger(
        &self,
        trusted: &Pki,
        to: &[(&str, &str)],
    ) -> (Fleet, mpsc::Receiver<Msg>) {
        // One file with both CAs: our own certificate is good in our eyes.
        let both = self._folder.path().join("both.pem");
        let mut text = std::fs::read(&self.mara.ca).unwrap();
        text.extend(std::fs::read(&trusted.mara.ca).unwrap());
        std::fs::write(&both, text).unwrap();
        link(&self.mara, both, to, Patience::default())
    }
}

fn link(
    mara: &Issued,
    ca: std::path::PathBuf,
    to: &[(&str, &str)],
    patience: Patience,
) -> (Fleet, mpsc::Receiver<Msg>) {
    let (inbox, news) = mpsc::channel(4);
    let links = to.iter().map(|(id, address)| Link {
        appliance: (*id).into(),
        address: (*address).to_owned(),
        via: None,
    });
    let me = Me {
        cert: mara.cert.clone(),
        key: mara.key.clone(),
        ca,
    };
    let fleet = start_with(
        links.collect(),
        &me,
        inbox,
        patience,
        Clock::new(Base::Host),
    );
    (fleet.unwrap(), news)
}

/// The next message.
pub(super) async fn next(inbox: &mut mpsc::Receiver<Msg>) -> Msg {
    timeout(DEADLINE, inbox.recv())
        .await
        .expect("nothing came in time")
        .expect("the fleet ended")
}

/// Reads until news of a link is what is waited for.
pub(super) async fn until<T>(
    inbox: &mut mpsc::Receiver<Msg>,
    appliance: &str,
    mut found: impl FnMut(&LinkNews) -> Option<T>,
) -> T {
    loop {
        let Msg::Fleet(batch) = next(inbox).await else {
            continue;
        };
        for msg in batch {
            if msg.appliance.as_str() != appliance {
                continue;
            }
            if let Some(found) = found(&msg.news) {
                return found;
            }
        }
    }
}

/// Reads until the reply with this ticket.
pub(super) async fn reply(inbox: &mut mpsc::Receiver<Msg>, ticket: Ticket) -> Reply {
    loop {
        match next(inbox).await {
            Msg::Reply(got, reply) if got == ticket => return reply,
            _ => {}
        }
    }
}

/// What an appliance does.
#[derive(Clone)]
pub(super) struct Watched {
    id: String,
    epoch: String,
    systems: usize,
    flood: u64,
    misfit: bool,
    mute: bool,
    dumb: bool,
    plays: Option<Play>,
}

/// What an appliance says instead of a snapshot, to its n-th subscriber.
type Play = Arc<dyn Fn(usize) -> Vec<wire::WatchResponse> + Send + Sync>;

impl Watched {
    /// Says this and then nothing but heartbeats that fit it.
    pub(super) fn plays(
        self,
        play: impl Fn(usize) -> Vec<wire::WatchResponse> + Send + Sync + 'static,
    ) -> Self {
        Self {
            plays: Some(Arc::new(play)),
            ..self
        }
    }
    pub(super) fn never_says_who_it_is(self) -> Self {
        Self { dumb: true, ..self }
    }
    pub(super) fn systems(self, systems: usize) -> Self {
        Self { systems, ..self }
    }
    pub(super) fn calls_itself(self, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..self
        }
    }
    pub(super) fn floods(self, flood: u64) -> Self {
        Self { flood, ..self }
    }
    pub(super) fn skips_a_revision_once(self) -> Self {
        Self {
            misfit: true,
            ..self
        }
    }
    pub(super) fn never_speaks_again(self) -> Self {
        Self { mute: true, ..self }
    }
}

/// An appliance that follows a script.
pub(super) struct Appliance {
    pub(super) address: String,
    script: Script,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Script {
    watched: Watched,
    /// The epochs that subscribers asked to resume.
    subscriptions: Arc<Mutex<Vec<Option<String>>>>,
    logs: Arc<AtomicUsize>,
}

impl Appliance {
    pub(super) async fn start(pki: &Pki, id: &str) -> Self {
        Self::start_with(pki, id, |watched| watched).await
    }

    pub(super) async fn start_with(
        pki: &Pki,
        id: &str,
        with: impl FnOnce(Watched) -> Watched,
    ) -> Self {
        Self::serve(pki, id, "127.0.0.1:0", "epoch 1", with).await
    }

    pub(super) async fn restart(
        pki: &Pki,
        id: &str,
        address: &str,
        with: impl FnOnce(Watched) -> Watched,
    ) -> Self {
        Self::serve(pki, id, address, "epoch 2", with).await
    }

    async fn serve(
        pki: &Pki,
        id: &str,
        address: &str,
        epoch: &str,
        with: impl FnOnce(Watched) -> Watched,
    ) -> Self {
        let issued = pki.appliance(id);
        let tls = load_server(&issued.cert, &issued.key, &issued.ca, None).unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let script = Script {
            watched: with(Watched {
                id: id.to_owned(),
                epoch: epoch.to_owned(),
                systems: 1,
                flood: 0,
                misfit: false,
                mute: false,
                dumb: false,
                plays: None,
            }),
            subscriptions: Arc::default(),
            logs: Arc::default(),
        };
        let (stop, stopped) = oneshot::channel();
        let service = script.clone();
        let (streams, incoming) = mpsc::channel(16);
        let accept = tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(tls);
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, streams) = (acceptor.clone(), streams.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let _ = streams.send(Ok::<_, std::io::Error>(stream)).await;
                    }
                });
            }
        });
        let task = tokio::spawn(async move {
            let server = Server::builder()
                .add_service(ApplianceServiceServer::new(service.clone()))
                .add_service(JobsServiceServer::new(service))
                .serve_with_incoming(ReceiverStream::new(incoming));
            tokio::select! {
                _ = server => {}
                _ = stopped => {}
            }
            accept.abort();
            let _ = accept.await;
        });
        Self {
            address,
            script,
            stop,
            task,
        }
    }

    /// Stops it at once; the address is free again.
    pub(super) async fn stop(self) -> String {
        let _ = self.stop.send(());
        self.task.await.unwrap();
        self.address
    }

    pub(super) fn subscriptions(&self) -> Vec<Option<String>> {
        lock(&self.script.subscriptions).clone()
    }
}

impl Script {
    fn message(&self, previous: u64, revision: u64, body: Body) -> wire::WatchResponse {
        wire::WatchResponse {
            epoch: self.watched.epoch.clone(),
            previous_revision: previous,
            revision,
            now: Some(now()),
            skipped_transitions: 0,
            body: Some(body),
        }
    }

    fn snapshot(&self) -> Vec<wire::WatchResponse> {
        let systems: Vec<wire::Fact> = (0..self.watched.systems).map(system).collect();
        let begin = wire::SnapshotBegin {
            entities: systems.len() as u64,
        };
        let mut all = vec![self.message(0, 1, Body::SnapshotBegin(begin))];
        for chunk in systems.chunks(500) {
            let facts = chunk.to_vec();
            all.push(self.message(0, 1, Body::SnapshotChunk(wire::SnapshotChunk { facts })));
        }
        all.push(self.message(0, 1, Body::SnapshotEnd(wire::SnapshotEnd {})));
        all
    }

    async fn recite(
        &self,
        messages: Vec<wire::WatchResponse>,
        out: mpsc::Sender<Result<wire::WatchResponse, Status>>,
    ) {
        let revision = messages.last().map_or(1, |message| message.revision);
        for message in messages {
            if out.send(Ok(message)).await.is_err() {
                return;
            }
        }
        loop {
            let beat = self.message(revision, revision, Body::Heartbeat(wire::Heartbeat {}));
            if out.send(Ok(beat)).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn speak(
        self,
        resumed: Option<wire::Resume>,
        out: mpsc::Sender<Result<wire::WatchResponse, Status>>,
    ) {
        if let Some(play) = &self.watched.plays {
            let subscriber = lock(&self.subscriptions).len();
            return self.recite(play(subscriber), out).await;
        }
        let place = resumed.filter(|place| place.epoch == self.watched.epoch);
        let mut messages = match &place {
            None => self.snapshot(),
            Some(_) => Vec::new(),
        };
        let first = lock(&self.subscriptions).len() == 1;
        if self.watched.misfit && first {
            messages.push(self.message(7, 8, Body::Delta(wire::Delta::default())));
        }
        for message in messages {
            if out.send(Ok(message)).await.is_err() {
                return;
            }
        }
        for n in 1..=self.watched.flood {
            let state = match n == self.watched.flood {
                true => wire::JobState::Idle,
                false => wire::JobState::Running,
            };
            let delta = wire::Delta {
                facts: vec![job(state, n)],
            };
            if out
                .send(Ok(self.message(n, n + 1, Body::Delta(delta))))
                .await
                .is_err()
            {
                return;
            }
        }
        if self.watched.mute {
            std::future::pending::<()>().await;
        }
        let revision = place.map_or(1 + self.watched.flood, |place| place.revision);
        loop {
            let beat = self.message(revision, revision, Body::Heartbeat(wire::Heartbeat {}));
            if out.send(Ok(beat)).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl ApplianceService for Script {
    async fn describe(
        &self,
        _: Request<wire::DescribeRequest>,
    ) -> Result<Response<wire::DescribeResponse>, Status> {
        if self.watched.dumb {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(wire::DescribeResponse {
            appliance_id: self.watched.id.clone(),
            driver: "script".to_owned(),
            agent_version: "0".to_owned(),
            now: Some(now()),
            capabilities: Vec::new(),
            caller: Some(wire::Caller {
                person: "mara".to_owned(),
                role: "technician".to_owned(),
            }),
        }))
    }

    type WatchStream = Answers<wire::WatchResponse>;

    async fn watch(
        &self,
        request: Request<Streaming<wire::WatchRequest>>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let mut requests = request.into_inner();
        let resume = requests.message().await?.and_then(|request| request.resume);
        lock(&self.subscriptions).push(resume.as_ref().map(|place| place.epoch.clone()));
        let (out, answers) = mpsc::channel(64);
        tokio::spawn(self.clone().speak(resume, out));
        // The requests are held, so that the client can still set its heartbeat.
        let answers = ReceiverStream::new(answers).map(move |answer| {
            let _ = &requests;
            answer
        });
        Ok(Response::new(Box::pin(answers)))
    }
}

#[tonic::async_trait]
impl JobsService for Script {
    /// Never answers.
    async fn start_job(
        &self,
        _: Request<wire::StartJobRequest>,
    ) -> Result<Response<wire::StartJobResponse>, Status> {
        std::future::pending().await
    }

    async fn stop_job(
        &self,
        request: Request<wire::StopJobRequest>,
    ) -> Result<Response<wire::StopJobResponse>, Status> {
        let job = request.into_inner().job_id;
        Err(Status::with_error_details(
            Code::FailedPrecondition,
            format!("{job} does not run; start it first"),
            ErrorDetails::with_error_info("NOT_RUNNING", "ocdeck", HashMap::new()),
        ))
    }

    async fn list_sessions(
        &self,
        _: Request<wire::ListSessionsRequest>,
    ) -> Result<Response<wire::ListSessionsResponse>, Status> {
        Err(Status::unimplemented("not in this script"))
    }

    type TailLogStream = Answers<wire::TailLogResponse>;

    /// The first reader gets lines 0 to 2 and no end, the others the rest from where they ask.
    async fn tail_log(
        &self,
        request: Request<wire::TailLogRequest>,
    ) -> Result<Response<Self::TailLogStream>, Status> {
        let from = request.into_inner().from_line;
        let first = self.logs.fetch_add(1, Ordering::SeqCst) == 0;
        let lines = |range: std::ops::Range<u64>| wire::TailLogResponse {
            lines: range
                .map(|line| wire::LogLine {
                    line,
                    at: Some(now()),
                    level: wire::LogLevel::Info.into(),
                    text: format!("line {line}"),
                })
                .collect(),
        };
        if first {
            let some = tokio_stream::once(Ok(lines(0..3)));
            return Ok(Response::new(Box::pin(some.chain(tokio_stream::pending()))));
        }
        Ok(Response::new(Box::pin(tokio_stream::once(Ok(lines(
            from..6,
        ))))))
    }
}

pub(super) fn now() -> Timestamp {
    let now = Utc::now();
    Timestamp {
        seconds: now.timestamp(),
        nanos: now.timestamp_subsec_nanos() as i32,
    }
}

pub(super) fn system(n: usize) -> wire::Fact {
    wire::Fact {
        entity: Some(wire::fact::Entity::System(wire::System {
            id: format!("system-{n:06}"),
            tenant_id: "acme".to_owned(),
            name: format!("system-{n:06}"),
            ..wire::System::default()
        })),
    }
}

pub(super) fn job(state: wire::JobState, done: u64) -> wire::Fact {
    wire::Fact {
        entity: Some(wire::fact::Entity::Job(wire::Job {
            id: "j".to_owned(),
            tenant_id: "acme".to_owned(),
            system_id: "s".to_owned(),
            repository_id: "r".to_owned(),
            state: state.into(),
            progress: Some(wire::Progress {
                bytes_done: done,
                ..wire::Progress::default()
            }),
            ..wire::Job::default()
        })),
    }
}

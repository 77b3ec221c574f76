//! One link: dial, describe, watch; when it breaks say why, wait, dial again.
//!
//! What the model sees of it is a sequence of [`LinkNews`]; what calls see is a
//! [`LinkState`]. A link is live only after `Describe`, because TLS 1.3 connects before the
//! other side has looked at our certificate.

use super::{
    Link,
    backoff::Backoff,
    connect::Dialler,
    convert,
    lanes::Lanes,
    skew::Skew,
    watch::{Held, Intake, Step},
    words,
};
use crate::state::msg::{FleetMsg, LinkNews};
use ocdeck_domain::facts::Time;
use ocdeck_proto::v1::{
    DescribeRequest, DescribeResponse, Resume, WatchRequest, WatchResponse,
    appliance_service_client::ApplianceServiceClient,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Streaming, transport::Channel};

/// How long the appliance may take to say who it is, or to open a stream.
const ANSWER: Duration = Duration::from_secs(10);
/// A message of the stream is at most this big; a chunk is 256 kB by contract.
pub(super) const MESSAGE_LIMIT: usize = 1024 * 1024;
/// How long a snapshot that was begun is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// It grows at least so often …
    pub(super) grows: Duration,
    /// … and is whole after so long.
    pub(super) whole: Duration,
}

impl Default for Patience {
    /// Half a million facts over a slow line take minutes.
    fn default() -> Self {
        Self {
            grows: Duration::from_secs(30),
            whole: Duration::from_secs(15 * 60),
        }
    }
}

/// Subscriptions in a row that soon do not fit: then the appliance is broken, and is dialled
/// again with the waits of a broken one.
const MISFITS: u32 = 3;
/// Heartbeats that the contract allows.
const HEARTBEAT: std::ops::RangeInclusive<u32> = 1..=300;
/// A link that lived so long was good: the next dial begins with the shortest wait.
const GOOD: Duration = Duration::from_secs(10);
/// A change of the clock's offset that is worth telling.
const OFFSET_CHANGED_MS: u64 = 1_000;

/// What calls need to know of a link.
#[derive(Clone)]
pub(super) enum LinkState {
    /// Calls go here.
    Up(Channel),
    /// There is none, because …
    Down(String),
}

/// The console's hand on a link.
pub(super) struct Handle {
    state: watch::Receiver<LinkState>,
    heartbeat: watch::Sender<u32>,
    redial: Arc<Notify>,
}

impl Handle {
    pub(super) fn state(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    pub(super) fn heartbeat(&self, seconds: u32) {
        let seconds = seconds.clamp(*HEARTBEAT.start(), *HEARTBEAT.end());
        self.heartbeat.send_if_modified(|now| {
            let changed = *now != seconds;
            *now = seconds;
            changed
        });
    }

    pub(super) fn redial(&self) {
        self.redial.notify_one();
    }
}

/// The task behind a link.
pub(super) struct LinkTask {
    link: Link,
    dialler: Arc<Dialler>,
    lanes: Lanes,
    patience: Patience,
    state: watch::Sender<LinkState>,
    heartbeat: watch::Receiver<u32>,
    redial: Arc<Notify>,
    held: Option<Held>,
    intake: Intake,
    skew: Skew,
    told_offset: i64,
}

impl Drop for LinkTask {
    /// It was hung up: no call waits for it to come back.
    fn drop(&mut self) {
        self.state
            .send_replace(LinkState::Down("it is not dialled any more".to_owned()));
    }
}

/// Why a link ended, for a person.
struct Ended(String);

impl LinkTask {
    pub(super) fn new(
        link: Link,
        heartbeat: u32,
        dialler: Arc<Dialler>,
        lanes: Lanes,
        patience: Patience,
    ) -> (Self, Handle) {
        let (state, state_read) = watch::channel(LinkState::Down("not dialled yet".to_owned()));
        let (heartbeat, heartbeat_read) = watch::channel(heartbeat);
        let redial = Arc::new(Notify::new());
        let handle = Handle {
            state: state_read,
            heartbeat,
            redial: redial.clone(),
        };
        let task = Self {
            link,
            dialler,
            lanes,
            patience,
            state,
            heartbeat: heartbeat_read,
            redial,
            held: None,
            intake: Intake::default(),
            skew: Skew::default(),
            told_offset: 0,
        };
        (task, handle)
    }

    /// Runs until it is hung up.
    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::default();
        loop {
            self.tell(LinkNews::Dialling).await;
            let mut live_since = None;
            let Ended(why) = self.live(&mut live_since).await;
            if live_since.is_some_and(|since: Instant| since.elapsed() >= GOOD) {
                backoff.reset();
            }
            let wait = backoff.next(fastrand::f64());
            tracing::info!(appliance = %self.link.appliance, why, "link down");
            self.state.send_replace(LinkState::Down(why.clone()));
            self.tell(LinkNews::Down {
                why,
                retry_at: self.dialler.clock.now() + wait,
            })
            .await;
            tokio::select! {
                () = sleep(wait) => {}
                () = self.redial.notified() => backoff.reset(),
            }
        }
    }

    /// From the dial to the end of the link.
    async fn live(&mut self, live_since: &mut Option<Instant>) -> Ended {
        let channel = match self.dialler.dial(&self.link).await {
            Ok(channel) => channel,
            Err(error) => return Ended(error.to_string()),
        };
        let mut client =
            ApplianceServiceClient::new(channel.clone()).max_decoding_message_size(MESSAGE_LIMIT);
        let described = describe(&self.dialler, &self.link, &mut client, &mut self.skew).await;
        let description = match described {
            Ok(description) => description,
            Err(why) => return Ended(why),
        };
        *live_since = Some(Instant::now());
        self.told_offset = self.skew.offset_ms();
        self.state.send_replace(LinkState::Up(channel));
        self.tell(LinkNews::Live {
            description: Box::new(convert::description(description.clone())),
            offset_ms: self.told_offset,
        })
        .await;
        self.follow(&mut client, &description).await
    }

    /// Subscribes, anew without a place to resume when something does not fit, until the
    /// link breaks.
    async fn follow(
        &mut self,
        client: &mut ApplianceServiceClient<Channel>,
        description: &DescribeResponse,
    ) -> Ended {
        let mut misfits = 0;
        loop {
            let resumed = self.held.is_some();
            let began = Instant::now();
            match self.subscription(client, description).await {
                Err(ended) => return ended,
                // What does not fit a resumed stream is mended by a snapshot; a stream that
                // began with one and does not fit is broken.
                Ok(Misfit(what)) => {
                    tracing::info!(appliance = %self.link.appliance, what, "subscribing anew");
                    misfits = if began.elapsed() < GOOD {
                        misfits + 1
                    } else {
                        1
                    };
                    let was_held = self.held.take().is_some();
                    if (!resumed && !was_held) || misfits == MISFITS {
                        return Ended(format!(
                            "{} sends facts that do not fit together ({what})",
                            self.link.appliance
                        ));
                    }
                }
            }
        }
    }

    async fn subscription(
        &mut self,
        client: &mut ApplianceServiceClient<Channel>,
        description: &DescribeResponse,
    ) -> Result<Misfit, Ended> {
        let id = self.link.appliance.clone();
        let seconds = *self.heartbeat.borrow_and_update();
        let (requests, outgoing) = mpsc::channel(2);
        let first = WatchRequest {
            resume: self.held.as_ref().map(|held| Resume {
                epoch: held.epoch.clone(),
                revision: held.revision,
            }),
            heartbeat_seconds: seconds,
        };
        let lost = |status: &tonic::Status| Ended(words::refused(&id, status));
        // The channel has room: this cannot fail.
        let _ = requests.try_send(first);
        let stream = match timeout(ANSWER, client.watch(ReceiverStream::new(outgoing))).await {
            Ok(Ok(stream)) => stream.into_inner(),
            Ok(Err(status)) => return Err(lost(&status)),
            Err(_) => return Err(Ended(format!("{id} is connected but sends no facts"))),
        };
        self.read(stream, requests, seconds, description).await
    }

    async fn read(
        &mut self,
        mut stream: Streaming<WatchResponse>,
        requests: mpsc::Sender<WatchRequest>,
        mut seconds: u32,
        description: &DescribeResponse,
    ) -> Result<Misfit, Ended> {
        let id = self.link.appliance.clone();
        let mut heard = Instant::now();
        let mut silent = false;
        self.intake.begin_anew();
        let mut growth = Growth::default();
        loop {
            let patience = silence(seconds) * if silent { 3 } else { 1 };
            let stuck = growth.deadline(self.intake.under_way(), self.patience);
            tokio::select! {
                message = stream.message() => {
                    let message = match message {
                        Ok(Some(message)) => message,
                        Ok(None) => return Err(Ended(format!("{id} ended the link; it restarts or stops"))),
                        Err(status) => return Err(Ended(words::refused(&id, &status))),
                    };
                    heard = Instant::now();
                    silent = false;
                    self.measure(&message, description).await;
                    let odd = self.intake.odd().count;
                    match self.intake.step(message, self.held.as_ref()) {
                        Step::Quiet => {}
                        Step::News(held, news) => {
                            self.held = Some(held);
                            // A snapshot is counted anew, and told of once it is shown.
                            let told = if matches!(news, LinkNews::Snapshot(_)) { 0 } else { odd };
                            self.tell(news).await;
                            self.tell_odd(told).await;
                        }
                        Step::Misfit(what) => return Ok(Misfit(what)),
                        Step::Beyond(limit) => {
                            return Err(Ended(format!("{id} sends more than {limit}; what it told before is kept, marked as old")));
                        }
                    }
                }
                () = sleep_until(stuck.unwrap_or(heard)), if stuck.is_some() => {
                    let (received, announced) = self.intake.under_way().unwrap_or_default();
                    return Err(Ended(format!(
                        "{id} does not finish the snapshot that it began: {received} of {announced} facts came"
                    )));
                }
                Ok(()) = self.heartbeat.changed() => {
                    seconds = *self.heartbeat.borrow_and_update();
                    let request = WatchRequest { resume: None, heartbeat_seconds: seconds };
                    // A full channel means that the stream is stuck: silence will tell.
                    let _ = requests.try_send(request);
                    heard = Instant::now();
                }
                () = sleep_until(heard + patience) => {
                    if silent {
                        return Err(Ended(format!("{id} is connected but was not heard for {} s", heard.elapsed().as_secs())));
                    }
                    silent = true;
                    self.tell(LinkNews::Silent).await;
                }
            }
        }
    }

    /// Takes a measurement of the appliance's clock, and tells when it has moved.
    async fn measure(&mut self, message: &WatchResponse, description: &DescribeResponse) {
        let Ok(Some(now)) = convert::time("now", message.now) else {
            return;
        };
        self.skew.one_way(now, self.dialler.clock.now());
        let offset_ms = self.skew.offset_ms();
        if offset_ms.abs_diff(self.told_offset) >= OFFSET_CHANGED_MS {
            self.told_offset = offset_ms;
            self.tell(LinkNews::Live {
                description: Box::new(convert::description(description.clone())),
                offset_ms,
            })
            .await;
        }
    }

    /// Tells that facts are not accepted: of the first one, and whenever they have doubled.
    async fn tell_odd(&self, before: u64) {
        let odd = self.intake.odd();
        let told = |count: u64| count.checked_ilog2();
        if told(odd.count) != told(before) {
            self.tell(LinkNews::Odd {
                count: odd.count,
                example: odd.example.clone(),
            })
            .await;
        }
    }

    async fn tell(&self, news: LinkNews) {
        let at: Time = self.dialler.clock.now();
        let appliance = self.link.appliance.clone();
        self.lanes
            .push(FleetMsg {
                appliance,
                at,
                news,
            })
            .await;
    }
}

/// Asks an appliance who it is, and measures its clock; fails with words for a person.
pub(super) async fn describe(
    dialler: &Dialler,
    link: &Link,
    client: &mut ApplianceServiceClient<Channel>,
    skew: &mut Skew,
) -> Result<DescribeResponse, String> {
    let id = &link.appliance;
    let sent = dialler.clock.now();
    let mut request = Request::new(DescribeRequest {});
    request.set_timeout(ANSWER);
    let status = match timeout(ANSWER, client.describe(request)).await {
        Ok(Ok(answer)) => {
            let answer = answer.into_inner();
            if answer.appliance_id != id.as_str() {
                return Err(format!(
                    "what answers at {} calls itself {}, not {id}; correct the address",
                    link.address,
                    convert::clean(answer.appliance_id),
                ));
            }
            if let Ok(Some(now)) = convert::time("now", answer.now) {
                skew.round_trip(sent, now, dialler.clock.now());
            }
            return Ok(answer);
        }
        Ok(Err(status)) => status,
        Err(_) => return Err(format!("{id} is connected but does not answer")),
    };
    if words::is_transport(&status)
        && !words::is_expired(&status)
        && let Some(why) = dialler.refused(link).await
    {
        return Err(why);
    }
    Err(words::refused(id, &status))
}

/// When a snapshot last grew.
#[derive(Default)]
struct Growth {
    began: Option<Instant>,
    grew: Option<Instant>,
    received: u64,
}

impl Growth {
    /// When the snapshot that is under way must have grown, or be whole.
    fn deadline(&mut self, under_way: Option<(u64, u64)>, patience: Patience) -> Option<Instant> {
        let Some((received, _)) = under_way else {
            *self = Self::default();
            return None;
        };
        let now = Instant::now();
        let began = *self.began.get_or_insert(now);
        if received > self.received {
            (self.received, self.grew) = (received, Some(now));
        }
        let grew = *self.grew.get_or_insert(now);
        Some((grew + patience.grows).min(began + patience.whole))
    }
}

/// The stream does not continue what is held.
struct Misfit(&'static str);

/// After how much silence a link is called silent.
fn silence(heartbeat: u32) -> Duration {
    Duration::from_millis(u64::from(heartbeat) * 2_500)
}

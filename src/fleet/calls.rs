//! Calls: each ends in exactly one [`Reply`] within its deadline, whatever the appliance
//! does; streams send their parts before it.

mod looks;

use super::{
    convert::{self, Malformed},
    link::{LinkState, MESSAGE_LIMIT},
    words,
};
use crate::state::{
    effect::{Call, Intent, Ticket, Verdict},
    msg::{CallError, CallErrorKind, Msg, Reply},
};
use ocdeck_domain::{
    facts::{Entry, LogLine, Plan, RestoreAttempt, RestorePoint},
    ids::{ApplianceId, JobId, SessionId, SystemId},
};
use ocdeck_faults::{Point, reached};
use ocdeck_proto::v1::{
    self as wire, catalog_service_client::CatalogServiceClient,
    jobs_service_client::JobsServiceClient, plan_response::Body,
    restores_service_client::RestoresServiceClient,
};
use std::{future::Future, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout, timeout_at},
};
use tonic::{Request, Response, Status, Streaming, transport::Channel};

/// A question or an order.
const ANSWER: Duration = Duration::from_secs(15);
/// A dispatch is made durable and checked against its plan before it is answered.
const DISPATCH: Duration = Duration::from_secs(30);
/// A plan in all.
const PLAN: Duration = Duration::from_secs(30 * 60);
/// A stream between two messages.
const PAUSE: Duration = Duration::from_secs(60);
/// How long a log waits for its link to come back.
const LOG_PATIENCE: Duration = Duration::from_secs(10 * 60);
/// How long a broken log waits for news of its link before it is opened again.
const REOPEN: Duration = Duration::from_secs(1);
/// Most entries of a folder that are listed.
const ENTRIES: usize = 200_000;
/// Most restore points of a system that are listed.
const POINTS: usize = 20_000;
/// A page of restore points.
const PAGE: u32 = 500;

/// Whether nothing is lost when the call is stopped in the middle.
pub(super) fn is_forgettable(call: &Call) -> bool {
    !is_mutating(call)
}

fn is_mutating(call: &Call) -> bool {
    match call {
        Call::StartJob(..)
        | Call::StopJob(..)
        | Call::Dispatch(_)
        | Call::Decide(_)
        | Call::Cancel(..) => true,
        Call::Points(_)
        | Call::Browse(..)
        | Call::Search(_)
        | Call::Versions(..)
        | Call::Plan { .. }
        | Call::TailLog(..) => false,
    }
}

/// Makes a call and sends its reply.
pub(super) async fn run(
    ticket: Ticket,
    appliance: ApplianceId,
    call: Call,
    link: Option<watch::Receiver<LinkState>>,
    inbox: mpsc::Sender<Msg>,
) {
    let caller = Caller {
        ticket,
        mutates: is_mutating(&call),
        appliance,
        inbox,
    };
    let reply = match link {
        Some(link) => caller.make(call, link).await,
        None => failed(
            &call,
            words::no_link(
                &caller.appliance,
                "it has no address, or is not in the directory",
            ),
        ),
    };
    caller.send(reply).await;
}

/// The reply that says that a call failed.
fn failed(call: &Call, error: CallError) -> Reply {
    match call {
        Call::StartJob(..) | Call::StopJob(..) => Reply::Job(Err(error)),
        Call::Points(_) => Reply::Points(Err(error)),
        Call::Browse(..) => Reply::Entries(Err(error)),
        Call::Search(_) | Call::Versions(..) => Reply::LookEnd(Err(error)),
        Call::Plan { .. } => Reply::Plan(Err(error)),
        Call::Dispatch(_) => Reply::Dispatched(Err(error)),
        Call::Decide(_) => Reply::Decided(Err(error)),
        Call::Cancel(..) => Reply::Cancelled(Err(error)),
        Call::TailLog(..) => Reply::LogEnd(Err(error)),
    }
}

/// One call being made.
struct Caller {
    ticket: Ticket,
    mutates: bool,
    appliance: ApplianceId,
    inbox: mpsc::Sender<Msg>,
}

impl Caller {
    async fn send(&self, reply: Reply) {
        // A console that ends reads no more replies.
        let _ = self.inbox.send(Msg::Reply(self.ticket, reply)).await;
    }

    async fn make(&self, call: Call, link: watch::Receiver<LinkState>) -> Reply {
        if let Call::TailLog(session, last) = &call {
            return Reply::LogEnd(self.tail(session, *last, link).await);
        }
        let state = link.borrow().clone();
        let channel = match state {
            LinkState::Up(channel) => channel,
            LinkState::Down(why) => {
                return failed(&call, words::no_link(&self.appliance, &why));
            }
        };
        match call {
            Call::StartJob(job, intent) => Reply::Job(self.start(channel, job, &intent).await),
            Call::StopJob(job, intent) => Reply::Job(self.stop(channel, job, &intent).await),
            Call::Points(system) => Reply::Points(self.points(channel, system).await),
            Call::Browse(system, point, path) => {
                let request = wire::BrowseRequest {
                    point_id: point.to_string(),
                    system_id: system.to_string(),
                    path,
                };
                Reply::Entries(self.browse(channel, request).await)
            }
            Call::Search(search) => Reply::LookEnd(self.search(channel, search).await),
            Call::Versions(system, path) => {
                Reply::LookEnd(self.versions(channel, system, path).await)
            }
            Call::Plan {
                order,
                reference,
                time_zone,
            } => {
                let request = wire::PlanRequest {
                    order: Some(convert::order(&order)),
                    reference,
                    time_zone,
                };
                Reply::Plan(self.plan(channel, request).await)
            }
            Call::Dispatch(dispatch) => {
                let request = convert::dispatch(&dispatch);
                let mut client = RestoresServiceClient::new(channel);
                reached(Point::ConsoleBeforeCall);
                let answer = self.ask(DISPATCH, request, |r| client.dispatch(r)).await;
                reached(Point::ConsoleAfterAnswer);
                Reply::Dispatched(answer.and_then(|answer| self.attempt(answer.restore)))
            }
            Call::Decide(verdict) => Reply::Decided(self.decide(channel, &verdict).await),
            Call::Cancel(request, attempt, intent) => {
                let request = wire::CancelRequest {
                    request_id: request.to_string(),
                    attempt,
                    intent: Some(convert::intent(&intent)),
                };
                let mut client = RestoresServiceClient::new(channel);
                let answer = self.ask(ANSWER, request, |r| client.cancel(r)).await;
                Reply::Cancelled(answer.and_then(|answer| self.attempt(answer.restore)))
            }
            // Answered above; it alone outlives its link.
            Call::TailLog(..) => Reply::LogEnd(Ok(())),
        }
    }

    /// One question, one answer, one deadline on both sides.
    async fn ask<Q, A, F>(
        &self,
        deadline: Duration,
        question: Q,
        call: impl FnOnce(Request<Q>) -> F,
    ) -> Result<A, CallError>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let mut request = Request::new(question);
        request.set_timeout(deadline);
        match timeout(deadline, call(request)).await {
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            Ok(Err(status)) => Err(self.status(&status)),
            Err(_) => Err(self.timed_out()),
        }
    }

    fn status(&self, status: &Status) -> CallError {
        words::call_failed(&self.appliance, status, self.mutates)
    }

    fn timed_out(&self) -> CallError {
        words::timed_out(&self.appliance, self.mutates)
    }

    fn malformed(&self, error: Malformed) -> CallError {
        words::malformed(&self.appliance, &error)
    }

    async fn start(
        &self,
        channel: Channel,
        job: JobId,
        intent: &Intent,
    ) -> Result<SessionId, CallError> {
        let request = wire::StartJobRequest {
            job_id: job.to_string(),
            intent: Some(convert::intent(intent)),
        };
        let mut client = JobsServiceClient::new(channel);
        let answer = self.ask(ANSWER, request, |r| client.start_job(r)).await?;
        Ok(answer.session_id.into())
    }

    async fn stop(
        &self,
        channel: Channel,
        job: JobId,
        intent: &Intent,
    ) -> Result<SessionId, CallError> {
        let request = wire::StopJobRequest {
            job_id: job.to_string(),
            intent: Some(convert::intent(intent)),
        };
        let mut client = JobsServiceClient::new(channel);
        let answer = self.ask(ANSWER, request, |r| client.stop_job(r)).await?;
        Ok(answer.session_id.into())
    }

    async fn decide(
        &self,
        channel: Channel,
        verdict: &Verdict,
    ) -> Result<Box<RestoreAttempt>, CallError> {
        let mut client = RestoresServiceClient::new(channel);
        let restore = match verdict.approved {
            true => {
                let request = convert::approval(verdict);
                let answer = self.ask(ANSWER, request, |r| client.approve(r)).await?;
                answer.restore
            }
            false => {
                let request = convert::rejection(verdict);
                self.ask(ANSWER, request, |r| client.reject(r))
                    .await?
                    .restore
            }
        };
        self.attempt(restore)
    }

    async fn points(
        &self,
        channel: Channel,
        system: SystemId,
    ) -> Result<Vec<RestorePoint>, CallError> {
        let mut client =
            CatalogServiceClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
        let mut points = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = wire::ListRestorePointsRequest {
                system_id: system.to_string(),
                page_size: PAGE,
                page_token,
            };
            let page = self
                .ask(ANSWER, request, |r| client.list_restore_points(r))
                .await?;
            for point in page.points {
                points.push(convert::point(point).map_err(|error| self.malformed(error))?);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(points);
            }
            if points.len() >= POINTS {
                return Err(words::malformed(
                    &self.appliance,
                    &"more than 20 000 points",
                ));
            }
        }
    }

    async fn browse(
        &self,
        channel: Channel,
        request: wire::BrowseRequest,
    ) -> Result<Vec<Entry>, CallError> {
        let mut client =
            CatalogServiceClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
        let mut stream = self.open(client.browse(Request::new(request))).await?;
        let mut entries = Vec::new();
        while let Some(page) = self.next(&mut stream, Instant::now() + PAUSE).await? {
            for entry in page.entries {
                entries.push(convert::entry(entry).map_err(|error| self.malformed(error))?);
            }
            if entries.len() > ENTRIES {
                return Err(words::malformed(
                    &self.appliance,
                    &"the folder has more than 200 000 entries; type or paste the path instead",
                ));
            }
        }
        Ok(entries)
    }

    async fn plan(
        &self,
        channel: Channel,
        request: wire::PlanRequest,
    ) -> Result<Box<Plan>, CallError> {
        let end = Instant::now() + PLAN;
        let mut client =
            RestoresServiceClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
        let mut stream = self.open(client.plan(Request::new(request))).await?;
        while let Some(news) = self
            .next(&mut stream, end.min(Instant::now() + PAUSE))
            .await?
        {
            match news.body {
                Some(Body::Progress(counted)) => {
                    self.send(Reply::PlanProgress(counted.entries, counted.bytes))
                        .await;
                }
                Some(Body::Entries(some)) => {
                    let entries = some
                        .entries
                        .into_iter()
                        .map(convert::plan_entry)
                        .collect::<Result<_, _>>()
                        .map_err(|error| self.malformed(error))?;
                    self.send(Reply::PlanEntries(entries)).await;
                }
                Some(Body::Result(plan)) => {
                    let plan = convert::plan(plan).map_err(|error| self.malformed(error))?;
                    return Ok(Box::new(plan));
                }
                // News of a kind that this build does not know.
                None => {}
            }
        }
        Err(words::malformed(&self.appliance, &"a plan without its end"))
    }

    /// Follows a log to its end, over links that break: from the line after the last one.
    async fn tail(
        &self,
        session: &SessionId,
        last: u32,
        mut link: watch::Receiver<LinkState>,
    ) -> Result<(), CallError> {
        let mut from: Option<u64> = None;
        let mut patience = Instant::now() + LOG_PATIENCE;
        loop {
            let channel = self.until_up(&mut link, patience).await?;
            let request = wire::TailLogRequest {
                session_id: session.to_string(),
                from_line: from.unwrap_or(0),
                last_lines: if from.is_some() { 0 } else { last },
            };
            let mut client =
                JobsServiceClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
            let lost = match self.open(client.tail_log(Request::new(request))).await {
                Ok(mut stream) => match self.lines(&mut stream, &mut from).await {
                    Ok(()) => return Ok(()),
                    Err(error) => {
                        patience = Instant::now() + LOG_PATIENCE;
                        error
                    }
                },
                Err(error) => error,
            };
            if lost.kind != CallErrorKind::LinkLost || Instant::now() >= patience {
                return Err(lost);
            }
            // The link may notice a little later than its streams.
            let _ = timeout(REOPEN, link.changed()).await;
        }
    }

    async fn until_up(
        &self,
        link: &mut watch::Receiver<LinkState>,
        patience: Instant,
    ) -> Result<Channel, CallError> {
        loop {
            let state = link.borrow_and_update().clone();
            let why = match state {
                LinkState::Up(channel) => return Ok(channel),
                LinkState::Down(why) => why,
            };
            match timeout_at(patience, link.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Err(words::no_link(&self.appliance, &why)),
            }
        }
    }

    /// Sends the lines of one stream on; `from` becomes the line to go on with.
    async fn lines(
        &self,
        stream: &mut Streaming<wire::TailLogResponse>,
        from: &mut Option<u64>,
    ) -> Result<(), CallError> {
        loop {
            // A quiet session may be quiet for hours: the link's keep-alive tells when it is gone.
            let page = match stream.message().await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(()),
                Err(status) => return Err(self.status(&status)),
            };
            let next = from.unwrap_or(0);
            let lines: Vec<LogLine> = page
                .lines
                .into_iter()
                .filter_map(|line| convert::log_line(line).ok())
                .filter(|line| line.line >= next)
                .collect();
            if let Some(last) = lines.last() {
                *from = Some(last.line.saturating_add(1));
                self.send(Reply::Log(lines)).await;
            }
        }
    }

    async fn open<S>(
        &self,
        call: impl Future<Output = Result<Response<Streaming<S>>, Status>>,
    ) -> Result<Streaming<S>, CallError> {
        match timeout(PAUSE, call).await {
            Ok(Ok(stream)) => Ok(stream.into_inner()),
            Ok(Err(status)) => Err(self.status(&status)),
            Err(_) => Err(self.timed_out()),
        }
    }

    async fn next<S>(
        &self,
        stream: &mut Streaming<S>,
        until: Instant,
    ) -> Result<Option<S>, CallError> {
        match timeout_at(until, stream.message()).await {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(status)) => Err(self.status(&status)),
            Err(_) => Err(self.timed_out()),
        }
    }

    fn attempt(&self, restore: Option<wire::Restore>) -> Result<Box<RestoreAttempt>, CallError> {
        let restore = restore.ok_or_else(|| words::malformed(&self.appliance, &"nothing"))?;
        convert::attempt(restore)
            .map(Box::new)
            .map_err(|error| self.malformed(error))
    }
}

//! Jobs and their sessions.

use super::{Caller, Service, appliance::stopped, caller, status, translate};
use crate::{state::Facts, work::Refusal};
use ocdeck_domain::{
    facts::LogLine,
    ids::{JobId, SessionId},
};
use ocdeck_proto::v1::{
    ListSessionsRequest, ListSessionsResponse, StartJobRequest, StartJobResponse, StopJobRequest,
    StopJobResponse, TailLogRequest, TailLogResponse, jobs_service_server::JobsService,
};
use std::time::Duration;
use tokio::{sync::mpsc, time::sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

const SESSIONS: usize = 50;
const MAX_SESSIONS: usize = 500;
/// Lines in one message of a log.
const LINES: usize = 200;
/// Between two looks at a log that grows.
const LOG_EVERY: Duration = Duration::from_millis(100);

impl Service {
    /// A job that the caller may see.
    fn job(&self, caller: &Caller, id: &str) -> Result<JobId, Status> {
        translate::id("job_id", id)?;
        self.api
            .facts
            .job(&JobId::new(id))
            .filter(|job| caller.works_for(&job.tenant))
            .map(|job| job.id)
            .ok_or_else(|| status::not_found("job", id))
    }
}

#[tonic::async_trait]
impl JobsService for Service {
    async fn start_job(
        &self,
        request: Request<StartJobRequest>,
    ) -> Result<Response<StartJobResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let job = self.job(&caller, &request.job_id)?;
        let intent = translate::intent(request.intent)?;
        let session = self
            .blocking(move |api| api.work.start_job(&job, &caller.actor, &intent))
            .await?;
        Ok(Response::new(StartJobResponse {
            session_id: session.to_string(),
        }))
    }

    async fn stop_job(
        &self,
        request: Request<StopJobRequest>,
    ) -> Result<Response<StopJobResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let job = self.job(&caller, &request.job_id)?;
        let intent = translate::intent_with_reason(request.intent)?;
        let session = self
            .blocking(move |api| api.work.stop_job(&job, &caller.actor, &intent))
            .await?;
        Ok(Response::new(StopJobResponse {
            session_id: session.to_string(),
        }))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let job = match request.job_id.as_str() {
            "" => None,
            id => Some(self.job(&caller, id)?),
        };
        let size = page_size(request.page_size, SESSIONS, MAX_SESSIONS);
        let after = Some(request.page_token).filter(|token| !token.is_empty());
        let page = self
            .blocking(move |api| {
                let refuse = |error| status::from_state(&error);
                if let Some(token) = &after {
                    let last = api.facts.session(&SessionId::new(token)).map_err(refuse)?;
                    last.ok_or_else(|| Refusal::InvalidArgument {
                        field: "page_token",
                        text: "that session is gone; begin anew".to_owned(),
                    })?;
                }
                api.facts
                    .session_page(job.as_ref(), after.as_deref(), size, |session| {
                        caller.works_for(&session.tenant)
                    })
                    .map_err(refuse)
            })
            .await?;
        Ok(Response::new(ListSessionsResponse {
            sessions: page.sessions.iter().map(translate::session).collect(),
            next_page_token: page.next.unwrap_or_default(),
        }))
    }

    type TailLogStream = ReceiverStream<Result<TailLogResponse, Status>>;

    async fn tail_log(
        &self,
        request: Request<TailLogRequest>,
    ) -> Result<Response<Self::TailLogStream>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        translate::id("session_id", &request.session_id)?;
        let id = SessionId::new(&request.session_id);
        let from = self
            .blocking(move |api| {
                let refuse = |error| status::from_state(&error);
                let session = api.facts.session(&id).map_err(refuse)?;
                if !session.is_some_and(|session| caller.works_for(&session.tenant)) {
                    return Ok(None);
                }
                let length = api.facts.log_length(&id).map_err(refuse)?;
                let tail = match request.last_lines {
                    0 => 0,
                    lines => length.saturating_sub(u64::from(lines)),
                };
                Ok(Some((id, tail.max(request.from_line))))
            })
            .await?;
        let Some((session, line)) = from else {
            return Err(status::not_found("session", &request.session_id));
        };
        let (to_client, stream) = mpsc::channel(4);
        let tail = Tail {
            service: self.clone(),
            session,
            line,
            to_client,
        };
        tokio::spawn(tail.run());
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// One caller's reading of a log.
struct Tail {
    service: Service,
    session: SessionId,
    line: u64,
    to_client: mpsc::Sender<Result<TailLogResponse, Status>>,
}

impl Tail {
    async fn run(mut self) {
        let mut grew = self.service.api.facts.log_grew();
        let mut stop = self.service.stop.clone();
        loop {
            grew.borrow_and_update();
            let (session, line) = (self.session.clone(), self.line);
            let look = move |api: &super::Api| look(&api.facts, &session, line);
            let (lines, ended) = match self.service.blocking(look).await {
                Ok(seen) => seen,
                Err(status) => {
                    let _ = self.to_client.send(Err(status)).await;
                    return;
                }
            };
            if let Some(last) = lines.last() {
                self.line = last.line + 1;
                let lines = lines.into_iter().map(translate::log_line).collect();
                if self
                    .to_client
                    .send(Ok(TailLogResponse { lines }))
                    .await
                    .is_err()
                {
                    return;
                }
                continue;
            }
            if ended {
                return;
            }
            tokio::select! {
                changed = grew.changed() => if changed.is_err() { return },
                () = self.to_client.closed() => return,
                () = stopped(&mut stop) => {
                    let _ = self.to_client.send(Err(status::stopping())).await;
                    return;
                }
            }
            sleep(LOG_EVERY).await;
        }
    }
}

/// The next lines, and whether the session had ended before they were read.
fn look(facts: &Facts, session: &SessionId, line: u64) -> Result<(Vec<LogLine>, bool), Refusal> {
    let refuse = |error| status::from_state(&error);
    let state = facts.session(session).map_err(refuse)?;
    let ended = state.is_none_or(|session| session.ended.is_some());
    let lines = facts.read_log(session, line, LINES).map_err(refuse)?;
    Ok((lines, ended))
}

/// The size of a page that was asked for: 0 asks for the usual one.
pub(super) fn page_size(asked: u32, usual: usize, most: usize) -> usize {
    match usize::try_from(asked) {
        Ok(0) => usual,
        Ok(asked) => asked.min(most),
        Err(_) => most,
    }
}

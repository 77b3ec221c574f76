//! Who the appliance is, and the stream of its facts.

use super::{Caller, Service, caller, status, translate};
use crate::state::{Body, Message, Place, Subscription};
use ocdeck_domain::facts::{Fact, Time};
use ocdeck_faults::{Point, reached};
use ocdeck_proto::v1::{
    self, DescribeRequest, DescribeResponse, WatchRequest, WatchResponse,
    appliance_service_server::ApplianceService, watch_response,
};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

#[tonic::async_trait]
impl ApplianceService for Service {
    async fn describe(
        &self,
        request: Request<DescribeRequest>,
    ) -> Result<Response<DescribeResponse>, Status> {
        let Caller { actor, .. } = caller(&request)?;
        let capabilities = self.blocking(|api| Ok(api.work.capabilities())).await?;
        Ok(Response::new(DescribeResponse {
            appliance_id: self.api.facts.appliance().to_string(),
            driver: self.api.driver.to_owned(),
            agent_version: self.api.agent_version.to_owned(),
            now: Some(translate::time(self.api.facts.now())),
            capabilities: capabilities
                .into_iter()
                .map(translate::capability)
                .collect(),
            caller: Some(v1::Caller {
                person: actor.person,
                role: actor.role,
            }),
        }))
    }

    type WatchStream = ReceiverStream<Result<WatchResponse, Status>>;

    async fn watch(
        &self,
        request: Request<Streaming<WatchRequest>>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let caller = caller(&request)?;
        // One message: what a slow reader has not taken waits as latest states, not here.
        let (to_client, stream) = mpsc::channel(1);
        let watcher = Watcher {
            service: self.clone(),
            requests: request.into_inner(),
            to_client,
            asking: true,
        };
        tokio::spawn(watcher.run(caller));
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// One caller's stream of facts.
struct Watcher {
    service: Service,
    requests: Streaming<WatchRequest>,
    to_client: mpsc::Sender<Result<WatchResponse, Status>>,
    /// Whether the client may still ask for another heartbeat.
    asking: bool,
}

impl Watcher {
    async fn run(mut self, caller: Caller) {
        let first = match self.requests.message().await {
            Ok(Some(first)) => Ok(first),
            Ok(None) => Err(status::invalid(
                "resume",
                "the stream ended before its first request",
            )),
            Err(error) => Err(status::of_stream(error)),
        };
        let first = match first {
            Ok(first) => first,
            Err(status) => {
                // The caller may be gone; then nobody wants to know.
                let _ = self.to_client.send(Err(status)).await;
                return;
            }
        };
        let resume = first.resume.map(|resume| Place {
            epoch: resume.epoch,
            revision: resume.revision,
        });
        let mut facts = self.service.api.facts.subscribe(caller.scope, resume);
        facts.set_heartbeat(first.heartbeat_seconds);
        // Asking is over, or the client is gone: then sending fails.
        while let Some(message) = self.next(&mut facts).await {
            let is_part = matches!(
                &message,
                Ok(WatchResponse {
                    body: Some(watch_response::Body::SnapshotChunk(_)),
                    ..
                })
            );
            if self.to_client.send(message).await.is_err() {
                return;
            }
            if is_part {
                reached(Point::AgentSnapshot);
            }
        }
    }

    /// What to send next; `None`: nobody is there any more.
    async fn next(&mut self, facts: &mut Subscription) -> Option<Result<WatchResponse, Status>> {
        let mut stop = self.service.stop.clone();
        loop {
            tokio::select! {
                message = facts.next() => {
                    return Some(Ok(response(message, self.service.api.facts.now())));
                }
                request = self.requests.message(), if self.asking => match request {
                    Ok(Some(request)) => facts.set_heartbeat(request.heartbeat_seconds),
                    Ok(None) => self.asking = false,
                    Err(_) => return None,
                },
                () = self.to_client.closed() => return None,
                () = stopped(&mut stop) => {
                    let _ = self.to_client.send(Err(status::stopping())).await;
                    return None;
                }
            }
        }
    }
}

/// Resolves when the agent stops.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error says that nobody can say stop any more.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn response(message: Message, now: Time) -> WatchResponse {
    use watch_response::Body as Wire;
    let facts = |facts: Vec<Arc<Fact>>| facts.iter().map(|it| translate::fact(it)).collect();
    WatchResponse {
        epoch: message.epoch.to_string(),
        previous_revision: message.previous,
        revision: message.revision,
        now: Some(translate::time(now)),
        skipped_transitions: message.skipped,
        body: Some(match message.body {
            Body::Begin { entities } => Wire::SnapshotBegin(v1::SnapshotBegin { entities }),
            Body::Chunk(chunk) => Wire::SnapshotChunk(v1::SnapshotChunk {
                facts: facts(chunk),
            }),
            Body::End => Wire::SnapshotEnd(v1::SnapshotEnd {}),
            Body::Delta(delta) => Wire::Delta(v1::Delta {
                facts: facts(delta),
            }),
            Body::Heartbeat => Wire::Heartbeat(v1::Heartbeat {}),
        }),
    }
}

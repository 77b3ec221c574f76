//! Restores: plan, dispatch, approve, cancel.

use super::{Caller, Service, caller, page::pages, status, translate};
use crate::work::{PlanNews, PlanOrder, Verdict};
use ocdeck_domain::{
    ids::RequestId,
    restore::{Order, Target},
};
use ocdeck_faults::{Point, reached};
use ocdeck_proto::v1::{
    ApproveRequest, ApproveResponse, CancelRequest, CancelResponse, DispatchRequest,
    DispatchResponse, PlanEntries, PlanProgress, PlanRequest, PlanResponse, RejectRequest,
    RejectResponse, Restore, plan_response::Body, restores_service_server::RestoresService,
};
use std::{ops::ControlFlow, sync::Arc};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

/// Entries in one message of a plan.
const ENTRIES: usize = 500;

type ToClient = mpsc::Sender<Result<PlanResponse, Status>>;

impl Service {
    /// Refuses an order that names anything that the caller may not see.
    fn check_order(&self, caller: &Caller, order: &Order) -> Result<(), Status> {
        self.system(caller, order.system.as_str())?;
        if let Target::OtherSystem(other) = &order.target {
            self.system(caller, other.as_str())?;
        }
        Ok(())
    }

    /// Refuses an attempt that is somebody else's.
    fn check_attempt(
        &self,
        caller: &Caller,
        request: RequestId,
        attempt: u32,
    ) -> Result<Option<()>, Status> {
        match self.api.facts.restore(request, attempt) {
            Some(there) if caller.works_for(&there.tenant) => Ok(Some(())),
            Some(_) => Err(no_attempt(request, attempt)),
            None => Ok(None),
        }
    }

    /// Passes on what a second person says.
    async fn decide(&self, caller: Caller, verdict: Verdict) -> Result<Restore, Status> {
        let (request, attempt) = (verdict.request, verdict.attempt);
        self.check_attempt(&caller, request, attempt)?
            .ok_or_else(|| no_attempt(request, attempt))?;
        let restore = self
            .blocking(move |api| api.work.decide(&verdict, &caller.actor))
            .await?;
        Ok(translate::restore(&restore))
    }
}

#[tonic::async_trait]
impl RestoresService for Service {
    type PlanStream = ReceiverStream<Result<PlanResponse, Status>>;

    async fn plan(
        &self,
        request: Request<PlanRequest>,
    ) -> Result<Response<Self::PlanStream>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let order = translate::order(request.order)?;
        self.check_order(&caller, &order)?;
        for (field, text) in [
            ("reference", &request.reference),
            ("time_zone", &request.time_zone),
        ] {
            translate::words(field, text)?;
        }
        let order = PlanOrder {
            order,
            reference: request.reference,
            time_zone: request.time_zone,
        };
        let busy = |_| {
            status::busy(
                "as many plans as this appliance makes at a time are being made; try again",
            )
        };
        let slot = Arc::clone(&self.plans).try_acquire_owned().map_err(busy)?;
        let (to_client, stream) = mpsc::channel(8);
        let service = self.clone();
        tokio::spawn(async move {
            let _slot = slot;
            let news = to_client.clone();
            let plan = move |api: &super::Api| api.work.plan(&order, &mut |item| tell(&news, item));
            let last = match service.blocking(plan).await {
                Ok(plan) => Ok(answer(Body::Result(translate::plan(plan)))),
                Err(status) => Err(status),
            };
            // The caller may have gone away; then nobody wants the answer.
            let _ = to_client.send(last).await;
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn dispatch(
        &self,
        request: Request<DispatchRequest>,
    ) -> Result<Response<DispatchResponse>, Status> {
        let caller = caller(&request)?;
        let dispatch = translate::dispatch(request.into_inner())?;
        self.check_order(&caller, &dispatch.order)?;
        self.check_attempt(&caller, dispatch.request, dispatch.attempt)?;
        let restore = self
            .blocking(move |api| api.work.dispatch(&dispatch, &caller.actor))
            .await?;
        reached(Point::AgentBeforeAnswer);
        Ok(Response::new(DispatchResponse {
            restore: Some(translate::restore(&restore)),
        }))
    }

    async fn approve(
        &self,
        request: Request<ApproveRequest>,
    ) -> Result<Response<ApproveResponse>, Status> {
        let caller = caller(&request)?;
        let verdict = translate::approval(request.into_inner())?;
        let restore = Some(self.decide(caller, verdict).await?);
        Ok(Response::new(ApproveResponse { restore }))
    }

    async fn reject(
        &self,
        request: Request<RejectRequest>,
    ) -> Result<Response<RejectResponse>, Status> {
        let caller = caller(&request)?;
        let verdict = translate::rejection(request.into_inner())?;
        let restore = Some(self.decide(caller, verdict).await?);
        Ok(Response::new(RejectResponse { restore }))
    }

    async fn cancel(
        &self,
        request: Request<CancelRequest>,
    ) -> Result<Response<CancelResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let request = translate::request_id(&message.request_id)?;
        let attempt = message.attempt;
        self.check_attempt(&caller, request, attempt)?
            .ok_or_else(|| no_attempt(request, attempt))?;
        let intent = translate::intent_with_reason(message.intent)?;
        let restore = self
            .blocking(move |api| api.work.cancel(request, attempt, &caller.actor, &intent))
            .await?;
        Ok(Response::new(CancelResponse {
            restore: Some(translate::restore(&restore)),
        }))
    }
}

fn no_attempt(request: RequestId, attempt: u32) -> Status {
    status::not_found("restore", &format!("{request}:{attempt}"))
}

fn answer(body: Body) -> PlanResponse {
    PlanResponse { body: Some(body) }
}

/// Sends news of a plan; `Break` when the caller went away.
fn tell(to_client: &ToClient, news: PlanNews) -> ControlFlow<()> {
    match news {
        // Progress is overtaken by the next one: a slow reader misses it.
        PlanNews::Counted { entries, bytes } => {
            let progress = PlanProgress { entries, bytes };
            match to_client.try_send(Ok(answer(Body::Progress(progress)))) {
                Err(mpsc::error::TrySendError::Closed(_)) => ControlFlow::Break(()),
                Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => ControlFlow::Continue(()),
            }
        }
        PlanNews::Entries(entries) => {
            let entries = entries.into_iter().map(translate::plan_entry).collect();
            for entries in pages(entries, ENTRIES) {
                let page = answer(Body::Entries(PlanEntries { entries }));
                if to_client.blocking_send(Ok(page)).is_err() {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        }
    }
}

//! What can be restored.

use super::{Service, caller, jobs::page_size, page::pages, status, translate};
use ocdeck_domain::ids::PointId;
use ocdeck_proto::v1::{
    BrowseRequest, BrowseResponse, ListRestorePointsRequest, ListRestorePointsResponse,
    catalog_service_server::CatalogService,
};
use std::{pin::Pin, vec};
use tokio_stream::{Iter, Stream, iter};
use tonic::{Request, Response, Status};

const POINTS: usize = 200;
const MAX_POINTS: usize = 1000;
/// Entries in one message.
const ENTRIES: usize = 1000;

#[tonic::async_trait]
impl CatalogService for Service {
    async fn list_restore_points(
        &self,
        request: Request<ListRestorePointsRequest>,
    ) -> Result<Response<ListRestorePointsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let system = self.system(&caller, &request.system_id)?;
        let id = system.id.clone();
        let points = self.blocking(move |api| api.work.points(&id)).await?;
        let start = match request.page_token.as_str() {
            "" => 0,
            token => points
                .iter()
                .position(|point| point.id.as_str() == token)
                .map(|last| last + 1)
                .ok_or_else(|| status::invalid("page_token", "that point is gone; begin anew"))?,
        };
        let size = page_size(request.page_size, POINTS, MAX_POINTS);
        let page = points.iter().skip(start).take(size);
        let more = points.len() > start + size;
        let last = page.clone().next_back().map(|point| point.id.to_string());
        Ok(Response::new(ListRestorePointsResponse {
            points: page
                .map(|point| translate::point(point, &system.tenant))
                .collect(),
            next_page_token: last.filter(|_| more).unwrap_or_default(),
        }))
    }

    type BrowseStream = Pin<Box<dyn Stream<Item = Result<BrowseResponse, Status>> + Send>>;

    async fn browse(
        &self,
        request: Request<BrowseRequest>,
    ) -> Result<Response<Self::BrowseStream>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let system = self.system(&caller, &request.system_id)?;
        let path = translate::path("path", request.path)?;
        let point = PointId::new(&request.point_id);
        let entries = self
            .blocking(move |api| api.work.browse(&system.id, &point, &path))
            .await?;
        let total = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let entries = entries.into_iter().map(translate::entry).collect();
        let mut pages = pages(entries, ENTRIES);
        if pages.is_empty() {
            // An empty folder is an answer too.
            pages.push(Vec::new());
        }
        let answers: Vec<_> = pages
            .into_iter()
            .map(|entries| Ok(BrowseResponse { entries, total }))
            .collect();
        let stream: Iter<vec::IntoIter<_>> = iter(answers);
        Ok(Response::new(Box::pin(stream)))
    }
}

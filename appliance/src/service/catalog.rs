//! What can be restored.

use super::{Service, caller, jobs::page_size, look, page::pages, status, translate};
use crate::work::SearchOrder;
use ocdeck_domain::ids::PointId;
use ocdeck_proto::v1::{
    BrowseRequest, BrowseResponse, ListRestorePointsRequest, ListRestorePointsResponse,
    ListVersionsRequest, ListVersionsResponse, SearchRequest, SearchResponse,
    catalog_service_server::CatalogService,
};
use std::{pin::Pin, vec};
use tokio_stream::{Iter, Stream, iter, wrappers::ReceiverStream};
use tonic::{Request, Response, Status};

const POINTS: usize = 200;
const MAX_POINTS: usize = 1000;
/// Entries in one message.
const ENTRIES: usize = 1000;
const HITS: usize = 1000;
const MAX_HITS: usize = 10_000;
const VERSIONS: usize = 1000;

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
        translate::id("point_id", &request.point_id)?;
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

    type SearchStream = ReceiverStream<Result<SearchResponse, Status>>;

    async fn search(
        &self,
        request: Request<SearchRequest>,
    ) -> Result<Response<Self::SearchStream>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let system = self.system(&caller, &request.system_id)?.id;
        if let Some(point) = &request.point_id {
            translate::id("point_id", point)?;
        }
        translate::words("first_point_id", &request.first_point_id)?;
        let order = SearchOrder {
            system,
            point: request.point_id.map(PointId::from),
            first: Some(request.first_point_id)
                .filter(|id| !id.is_empty())
                .map(PointId::from),
            query: translate::query("query", request.query)?,
            limit: page_size(request.limit, HITS, MAX_HITS),
        };
        let stream = self.look(look::HITS, move |api, news| api.work.search(&order, news));
        Ok(Response::new(stream))
    }

    type ListVersionsStream = ReceiverStream<Result<ListVersionsResponse, Status>>;

    async fn list_versions(
        &self,
        request: Request<ListVersionsRequest>,
    ) -> Result<Response<Self::ListVersionsStream>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let system = self.system(&caller, &request.system_id)?.id;
        let path = translate::version_path("path", request.path)?;
        let stream = self.look(look::VERSIONS, move |api, news| {
            api.work.versions(&system, &path, VERSIONS, news)
        });
        Ok(Response::new(stream))
    }
}

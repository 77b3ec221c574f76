//! Looks at points: names inside them, and the versions of a path. What is found is sent on
//! as it comes.

use super::{Caller, PAUSE};
use crate::{
    fleet::{convert, link::MESSAGE_LIMIT, words},
    state::{
        effect::Search,
        msg::{CallError, Reply},
    },
};
use ocdeck_domain::{
    facts::{LookEnd, PathBytes, Searched},
    ids::SystemId,
};
use ocdeck_proto::v1::{
    self as wire, catalog_service_client::CatalogServiceClient, search_response::Body,
};
use tokio::time::Instant;
use tonic::{Request, transport::Channel};

/// Most versions of a path that are taken.
const VERSIONS: usize = 10_000;

impl Caller {
    /// Looks for names. Fails too when more come than were asked for.
    pub(super) async fn search(
        &self,
        channel: Channel,
        search: Search,
    ) -> Result<LookEnd, CallError> {
        let mut room = usize::try_from(search.limit).unwrap_or(usize::MAX);
        let point = search.point.to_string();
        let request = wire::SearchRequest {
            system_id: search.system.to_string(),
            point_id: (!search.all).then(|| point.clone()),
            query: search.query.into_bytes(),
            limit: search.limit,
            first_point_id: point,
        };
        let mut client =
            CatalogServiceClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
        let mut stream = self.open(client.search(Request::new(request))).await?;
        while let Some(news) = self.next(&mut stream, Instant::now() + PAUSE).await? {
            match news.body {
                Some(Body::Hits(page)) => {
                    let Some(left) = room.checked_sub(page.hits.len()) else {
                        let what = "more hits than were asked for";
                        return Err(words::malformed(&self.appliance, &what));
                    };
                    room = left;
                    let hits = page.hits.into_iter().map(convert::hit);
                    let hits = hits
                        .collect::<Result<Vec<_>, _>>()
                        .map_err(|error| self.malformed(error))?;
                    self.send(Reply::Hits(hits)).await;
                }
                Some(Body::Progress(at)) => {
                    self.send(Reply::Looked(convert::searched(at))).await;
                }
                Some(Body::Result(end)) => {
                    return Ok(LookEnd {
                        searched: convert::searched(end.progress.unwrap_or_default()),
                        limited: end.limited,
                        unread: convert::unread(end.unread),
                    });
                }
                // News of a kind that this build does not know.
                None => {}
            }
        }
        Err(words::malformed(
            &self.appliance,
            &"a search without its end",
        ))
    }

    /// Lists the states of a path.
    pub(super) async fn versions(
        &self,
        channel: Channel,
        system: SystemId,
        path: PathBytes,
    ) -> Result<LookEnd, CallError> {
        let request = wire::ListVersionsRequest {
            system_id: system.to_string(),
            path,
        };
        let mut client =
            CatalogServiceClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT);
        let mut stream = self
            .open(client.list_versions(Request::new(request)))
            .await?;
        let mut end = LookEnd::default();
        let mut taken = 0;
        while let Some(page) = self.next(&mut stream, Instant::now() + PAUSE).await? {
            let rows = page
                .versions
                .into_iter()
                .map(convert::version)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| self.malformed(error))?;
            taken += rows.len();
            if taken > VERSIONS {
                let what = "more than 10 000 versions";
                return Err(words::malformed(&self.appliance, &what));
            }
            if !rows.is_empty() {
                self.send(Reply::Versions(rows)).await;
            }
            end.searched = Searched {
                points: page.points_done,
                of: page.points_total,
                names: 0,
            };
            end.limited |= page.limited;
            end.unread.extend(convert::unread(page.unread));
            self.send(Reply::Looked(end.searched)).await;
        }
        Ok(end)
    }
}

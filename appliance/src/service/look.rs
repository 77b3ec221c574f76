//! Looks at points as streams: the first finds at once, then in pages, with news of how far
//! it is. The look ends when the caller goes away or the agent stops.

use super::{Api, Service, page::pages, status, translate};
use crate::work::{LookNews, Refusal, TellLook};
use ocdeck_domain::facts::{Hit, LookEnd, Searched, Version};
use ocdeck_proto::v1::{
    ListVersionsResponse, SearchHit, SearchResponse, SearchResult, Version as WireVersion,
    search_response::Body,
};
use prost::Message;
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Between two messages, once the first find was told.
const EVERY: Duration = Duration::from_millis(100);
/// Finds in one message.
const FINDS: usize = 200;

/// How what is found becomes messages: `T` of the domain, `W` on the wire, `R` the answer.
pub(super) struct Words<T, W, R> {
    find: fn(T) -> W,
    page: fn(Vec<W>, Searched) -> R,
    progress: fn(Searched) -> R,
    end: fn(LookEnd) -> R,
}

/// Of a search.
pub(super) const HITS: Words<Hit, SearchHit, SearchResponse> = Words {
    find: translate::hit,
    page: |hits, _| translate::hits(hits),
    progress: |at| SearchResponse {
        body: Some(Body::Progress(translate::searched(at))),
    },
    end: |end| SearchResponse {
        body: Some(Body::Result(SearchResult {
            progress: Some(translate::searched(end.searched)),
            limited: end.limited,
            unread: end.unread,
        })),
    },
};

/// Of the versions of a path.
pub(super) const VERSIONS: Words<Version, WireVersion, ListVersionsResponse> = Words {
    find: translate::version,
    page: |versions, at| ListVersionsResponse {
        versions,
        ..progress(at)
    },
    progress,
    end: |end| ListVersionsResponse {
        limited: end.limited,
        unread: end.unread,
        ..progress(end.searched)
    },
};

fn progress(at: Searched) -> ListVersionsResponse {
    ListVersionsResponse {
        points_done: at.points,
        points_total: at.of,
        ..ListVersionsResponse::default()
    }
}

impl Service {
    /// Runs a look off the async threads; its news become a stream.
    pub(super) fn look<T, W, R>(
        &self,
        words: Words<T, W, R>,
        look: impl FnOnce(&Api, &mut TellLook<'_, T>) -> Result<LookEnd, Refusal> + Send + 'static,
    ) -> ReceiverStream<Result<R, Status>>
    where
        T: 'static,
        W: Message + 'static,
        R: Send + 'static,
    {
        let (to_client, stream) = mpsc::channel(8);
        let service = self.clone();
        let end = words.end;
        tokio::spawn(async move {
            let (stop, client) = (service.stop.clone(), to_client.clone());
            let run = move |api: &Api| {
                let mut teller = Teller {
                    words,
                    client,
                    stop,
                    finds: Vec::new(),
                    at: Searched::default(),
                    last: None,
                    told: false,
                };
                let end = look(api, &mut |news| teller.take(news))?;
                // Who went away meanwhile misses nothing.
                let _ = teller.tell();
                Ok(end)
            };
            let last = match service.blocking(run).await {
                Ok(done) => Ok(end(done)),
                Err(_) if *service.stop.borrow() => Err(status::stopping()),
                Err(status) => Err(status),
            };
            let _ = to_client.send(last).await;
        });
        ReceiverStream::new(stream)
    }
}

struct Teller<T, W, R> {
    words: Words<T, W, R>,
    client: mpsc::Sender<Result<R, Status>>,
    stop: watch::Receiver<bool>,
    finds: Vec<W>,
    at: Searched,
    last: Option<Instant>,
    /// Something that was found was told.
    told: bool,
}

impl<T, W: Message, R> Teller<T, W, R> {
    fn take(&mut self, news: LookNews<T>) -> ControlFlow<()> {
        if self.client.is_closed() || *self.stop.borrow() {
            return ControlFlow::Break(());
        }
        match news {
            LookNews::Found(it) => {
                self.finds.push((self.words.find)(it));
                if self.finds.len() < FINDS {
                    return ControlFlow::Continue(());
                }
            }
            LookNews::At(at) => self.at = at,
        }
        let first = !self.told && !self.finds.is_empty();
        let due = self.last.is_none_or(|last| last.elapsed() >= EVERY);
        if first || due || self.finds.len() >= FINDS {
            return self.tell();
        }
        ControlFlow::Continue(())
    }

    /// Sends what was found, and how far it is.
    fn tell(&mut self) -> ControlFlow<()> {
        self.last = Some(Instant::now());
        self.told |= !self.finds.is_empty();
        for finds in pages(std::mem::take(&mut self.finds), FINDS) {
            let page = (self.words.page)(finds, self.at);
            if self.client.blocking_send(Ok(page)).is_err() {
                return ControlFlow::Break(());
            }
        }
        // Progress is overtaken by the next one: a slow reader misses it.
        match self.client.try_send(Ok((self.words.progress)(self.at))) {
            Err(mpsc::error::TrySendError::Closed(_)) => ControlFlow::Break(()),
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => ControlFlow::Continue(()),
        }
    }
}

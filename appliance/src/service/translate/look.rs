//! Searches and versions.

use super::{super::status::invalid, facts::entry_kind, restores::path, time, times};
use ocdeck_domain::facts::{Hit, PathBytes, Searched, Version};
use ocdeck_proto::v1::{self, SearchHits};
use tonic::Status;

/// Bytes of a query: four times the longest name, for one that is written out in wide letters.
const QUERY: usize = 1_000;
/// Bytes of a path: eight times what a file system takes.
const PATH: usize = 32 * 1024;

/// What to look for in names.
pub(in crate::service) fn query(field: &'static str, query: Vec<u8>) -> Result<Vec<u8>, Status> {
    if query.trim_ascii().is_empty() {
        return Err(invalid(field, "is blank; say what to look for"));
    }
    if query.len() > QUERY {
        return Err(invalid(
            field,
            "is longer than 1 000 bytes; a part of the name is enough",
        ));
    }
    if query.contains(&b'/') || query.contains(&0) {
        return Err(invalid(
            field,
            "names are compared, not paths: no \"/\" and no zero byte",
        ));
    }
    Ok(query)
}

/// The path whose states are wanted.
pub(in crate::service) fn version_path(
    field: &'static str,
    bytes: PathBytes,
) -> Result<PathBytes, Status> {
    if bytes.len() > PATH {
        return Err(invalid(field, "is longer than 32 768 bytes"));
    }
    path(field, bytes)
}

/// A name that fits.
pub(in crate::service) fn hit(it: Hit) -> v1::SearchHit {
    v1::SearchHit {
        point_id: it.point.to_string(),
        time: Some(time(it.time)),
        path: it.path,
        kind: entry_kind(it.kind),
        size: it.size,
        modified: times(it.modified),
    }
}

/// Some names that fit.
pub(in crate::service) fn hits(hits: Vec<v1::SearchHit>) -> v1::SearchResponse {
    v1::SearchResponse {
        body: Some(v1::search_response::Body::Hits(SearchHits { hits })),
    }
}

/// How far a search is.
pub(in crate::service) fn searched(it: Searched) -> v1::SearchProgress {
    v1::SearchProgress {
        points_done: it.points,
        points_total: it.of,
        names: it.names,
    }
}

/// A state of a path.
pub(in crate::service) fn version(it: Version) -> v1::Version {
    v1::Version {
        newest_point_id: it.newest.to_string(),
        newest_time: Some(time(it.newest_time)),
        oldest_point_id: it.oldest.to_string(),
        oldest_time: Some(time(it.oldest_time)),
        points: it.points,
        kind: entry_kind(it.kind),
        size: it.size,
        modified: times(it.modified),
        same_content: it.same_content,
    }
}

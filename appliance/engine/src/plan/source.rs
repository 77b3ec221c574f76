//! What a plan and a restore need of a repository: a seam, so that both can be tried on
//! trees that no honest repository holds.

use crate::{
    place::{Metadata, Stamp, normalise},
    repo::{self, BlobId, Node, RepoError, Repository},
    worker::protocol::PathBytes,
};
use bytes::Bytes;
use std::{collections::BTreeSet, ops::ControlFlow};

/// An entry of a restore point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: repo::Kind,
    /// Bytes of a file.
    pub size: u64,
    /// Mode, owner, times, extended attributes.
    pub metadata: Metadata,
    /// A file's content: blobs and their lengths, where known.
    pub blobs: Vec<(BlobId, Option<u32>)>,
    /// Which file this is a name of, where it had several (hard links).
    pub linked: Option<u64>,
}

impl From<&Node> for Item {
    fn from(node: &Node) -> Self {
        let modified = node
            .mtime
            .map(|time| Stamp(time.timestamp(), time.timestamp_subsec_nanos()));
        Self {
            kind: node.kind.clone(),
            size: node.size,
            metadata: Metadata {
                mode: node.mode,
                uid: node.uid,
                gid: node.gid,
                modified,
                accessed: None,
                xattrs: node.xattrs.clone(),
            },
            blobs: node.blobs.iter().map(|b| (b.id, b.length)).collect(),
            linked: node.linked,
        }
    }
}

/// What a walk comes upon.
#[derive(Debug)]
pub enum Walked {
    /// An entry.
    Item(Item),
    /// Something here cannot be read or restored; the walk goes on.
    Unreadable(RepoError),
    /// A path that was asked for is not in the point.
    Missing,
}

/// Called with each path, from the root of the file system.
pub type Visit<'a> = dyn FnMut(&[u8], Walked) -> ControlFlow<()> + 'a;

/// Restore points that can be walked and read.
pub trait PointSource {
    /// Walks the folders above each of `paths`, the paths, and all below them; no paths:
    /// the whole point. Folders come before what is in them, each path once, and the same
    /// point always in the same order.
    ///
    /// # Errors
    /// When the point cannot be reached at all.
    fn walk(
        &self,
        point: &str,
        paths: &[PathBytes],
        visit: &mut Visit<'_>,
    ) -> Result<(), RepoError>;

    /// The content of a blob.
    ///
    /// # Errors
    /// When it is gone or damaged.
    fn blob(&self, id: &BlobId) -> Result<Bytes, RepoError>;
}

impl PointSource for Repository {
    fn walk(
        &self,
        point: &str,
        paths: &[PathBytes],
        visit: &mut Visit<'_>,
    ) -> Result<(), RepoError> {
        let below = |paths: &[PathBytes], visit: &mut Visit<'_>| {
            let mut flow = ControlFlow::Continue(());
            Repository::walk(self, point, paths, &mut |path, node| {
                flow = visit(path, walked(node));
                flow
            })
            .map(|()| flow)
        };
        // A point or a root that is not there is told here, before the first visit.
        let known = self.point(point)?;
        let Ok(paths) = normalise(paths) else {
            return Ok(());
        };
        if paths.is_empty() {
            return below(&[], visit).map(drop);
        }
        let mut seen = BTreeSet::new();
        for path in &paths {
            for above in folders_above(path) {
                if !seen.insert(above.to_vec()) {
                    continue;
                }
                let Ok(node) = self.node(&known, above) else {
                    break;
                };
                if visit(above, Walked::Item(Item::from(&node))).is_break() {
                    return Ok(());
                }
            }
            let flow = match below(std::slice::from_ref(path), visit) {
                Ok(flow) => flow,
                Err(RepoError::NoSuchPath { .. }) => visit(path, Walked::Missing),
                Err(error) => visit(path, Walked::Unreadable(error)),
            };
            if flow.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn blob(&self, id: &BlobId) -> Result<Bytes, RepoError> {
        self.read_blob(id)
    }
}

fn walked(node: Result<&Node, RepoError>) -> Walked {
    match node {
        Ok(node) => Walked::Item(Item::from(node)),
        Err(error) => Walked::Unreadable(error),
    }
}

/// `/a`, `/a/b` of `/a/b/c`.
fn folders_above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter()
        .enumerate()
        .skip(1)
        .filter(|(_, byte)| **byte == b'/')
        .filter_map(|(at, _)| path.get(..at))
}

//! What a repository offers a person: its points, their folders to browse, names to look for
//! in them, and the states that a path has had.
//!
//! Keeps the folders that were looked at, so that looking again is instant. A folder is
//! known by its content: points that share it share its entry.

mod names;
mod pattern;
mod search;
mod versions;

pub use pattern::Pattern;
pub(crate) use search::Scan;
pub use search::{Looked, SearchNews, TellSearch};
pub use versions::{TellVersions, Version, VersionNews};

use crate::repo::{FolderId, Node, Point, RepoError, Repository, components, possible, push};
use ocdeck_domain::text;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Nodes and blobs of folders that are kept; about 100 bytes each.
const KEPT: usize = 200_000;

/// How much of a point lies below a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// All of it.
    All,
    /// Some of it; something else stands beside the folder, or beside one above it.
    Some,
    /// There is no such folder in it.
    Nothing,
}

/// The points and folders of one repository. Every call blocks.
#[derive(Debug)]
pub struct Catalog {
    repository: Arc<Repository>,
    folders: Mutex<Folders>,
    names: Mutex<names::Kept>,
}

#[derive(Debug, Default)]
struct Folders {
    known: HashMap<FolderId, Arc<[Node]>>,
    /// Oldest first.
    order: VecDeque<FolderId>,
    weight: usize,
}

impl Catalog {
    /// Over an open repository.
    #[must_use]
    pub fn new(repository: Arc<Repository>) -> Self {
        Self {
            repository,
            folders: Mutex::default(),
            names: Mutex::default(),
        }
    }

    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &Arc<Repository> {
        &self.repository
    }

    /// The points of the systems of these names (its id and aliases: restic writes the host
    /// name), newest first; no names: all systems. With a job, its points and those of no
    /// job at all, as restic makes them.
    ///
    /// # Errors
    /// When the points cannot be listed.
    pub fn points(
        &self,
        systems: &[&str],
        job: Option<&str>,
    ) -> Result<Vec<Arc<Point>>, RepoError> {
        let wanted = |point: &Arc<Point>| {
            (systems.is_empty() || systems.contains(&point.host.as_str()))
                && job.is_none_or(|job| point.job.is_empty() || point.job == job)
        };
        let mut points = self.repository.points()?;
        points.retain(wanted);
        Ok(points)
    }

    /// What is in a folder of a point, folders first, then by name. Paths start at the root of
    /// the file system that was backed up.
    ///
    /// # Errors
    /// When there is no such point, or no such folder in it, or it cannot be read.
    pub fn browse(&self, point: &str, path: &[u8]) -> Result<Arc<[Node]>, RepoError> {
        let point = self.repository.point(point)?;
        let mut above = b"/".to_vec();
        let mut nodes = self.folder(&point, &above, point.root)?;
        for name in components(path) {
            let folder = nodes
                .iter()
                .find(|node| node.name == name)
                .and_then(|node| node.folder)
                .ok_or_else(|| RepoError::NoSuchFolder {
                    point: point.id.clone(),
                    path: path.to_vec(),
                })?;
            push(&mut above, name);
            nodes = self.folder(&point, &above, folder)?;
        }
        Ok(nodes)
    }

    /// How much of a point lies below a folder, given as a path from the root of the file
    /// system that was backed up. Reads only the folders on the way to it: what a snapshot
    /// says of its paths is no help, for restic keeps relative paths as they were typed.
    ///
    /// # Errors
    /// When there is no such point, or a folder on the way cannot be read.
    pub fn share_below(&self, point: &str, folder: &[u8]) -> Result<Share, RepoError> {
        let point = self.repository.point(point)?;
        let (mut above, mut id) = (b"/".to_vec(), point.root);
        let mut share = Share::All;
        for name in components(folder) {
            let nodes = self.folder(&point, &above, id)?;
            let next = nodes.iter().find(|node| node.name == name);
            let Some(next) = next.and_then(|node| node.folder) else {
                return Ok(Share::Nothing);
            };
            if nodes.len() > 1 {
                share = Share::Some;
            }
            push(&mut above, name);
            id = next;
        }
        Ok(share)
    }

    fn folder(&self, point: &Point, path: &[u8], id: FolderId) -> Result<Arc<[Node]>, RepoError> {
        if let Some(nodes) = self.folders().known.get(&id) {
            return Ok(Arc::clone(nodes));
        }
        // Not under the lock: reading may take long, and others browse meanwhile.
        let mut nodes = self.repository.folder_of(point, path, id)?;
        nodes.retain(|node| {
            possible(&node.name) || {
                log::warn!("impossible name in {}", text::show(path));
                false
            }
        });
        nodes.sort_by(|a, b| {
            b.is_folder()
                .cmp(&a.is_folder())
                .then_with(|| a.name.cmp(&b.name))
        });
        let nodes: Arc<[Node]> = nodes.into();
        self.folders().keep(id, &nodes);
        Ok(nodes)
    }

    fn names(&self) -> std::sync::MutexGuard<'_, names::Kept> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn folders(&self) -> std::sync::MutexGuard<'_, Folders> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folders {
    fn keep(&mut self, id: FolderId, nodes: &Arc<[Node]>) {
        if self.known.insert(id, Arc::clone(nodes)).is_some() {
            return;
        }
        self.order.push_back(id);
        self.weight += weight(nodes);
        while self.weight > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            if let Some(gone) = self.known.remove(&oldest) {
                self.weight -= weight(&gone);
            }
        }
    }
}

fn weight(nodes: &[Node]) -> usize {
    let attributes = |node: &Node| {
        node.xattrs
            .iter()
            .map(|it| 1 + it.value.len() / 100)
            .sum::<usize>()
    };
    1 + nodes
        .iter()
        .map(|node| 1 + node.blobs.len() + attributes(node))
        .sum::<usize>()
}

#[cfg(test)]
mod tests;

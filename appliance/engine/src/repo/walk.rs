//! Walking the folders of a restore point.

use super::node::{FolderId, possible};
use super::{Node, Point, RepoError, Repository};
use crate::worker::protocol::PathBytes;
use std::ops::ControlFlow;

/// What [`Repository::walk`] calls with each node and its path from the root of the file
/// system, or with what could not be read there.
pub type Visit<'a> = dyn FnMut(&[u8], Result<&Node, RepoError>) -> ControlFlow<()> + 'a;

impl Repository {
    /// Walks `paths` of a point and everything below them, folders before what is in them;
    /// no paths: the whole point. What stands below another of the paths is visited once.
    ///
    /// A folder that cannot be read is visited twice, as itself and then with the error.
    ///
    /// # Errors
    /// When the point, or one of the paths in it, does not exist or cannot be reached.
    pub fn walk(
        &self,
        point: &str,
        paths: &[PathBytes],
        visit: &mut Visit<'_>,
    ) -> Result<(), RepoError> {
        let point = self.point(point)?;
        for path in outermost(paths) {
            let path = join(&path);
            let flow = if path == b"/" {
                self.descend(&point, b"/".to_vec(), point.root, visit)
            } else {
                let node = self.node(&point, &path)?;
                self.visit_deep(&point, &path, &node, visit)
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The node at a path of a point; the root has an empty name.
    ///
    /// # Errors
    /// When there is none, or a folder above it cannot be read.
    pub fn node(&self, point: &Point, path: &[u8]) -> Result<Node, RepoError> {
        let mut above = b"/".to_vec();
        let mut node = Node::root(point.root);
        for name in components(path) {
            let found = match node.folder {
                Some(folder) => self.folder_of(point, &above, folder)?,
                None => Vec::new(),
            };
            node = found
                .into_iter()
                .find(|node| node.name == name)
                .ok_or_else(|| RepoError::NoSuchPath {
                    point: point.id.clone(),
                    path: path.to_vec(),
                })?;
            push(&mut above, name);
        }
        Ok(node)
    }

    fn visit_deep(
        &self,
        point: &Point,
        path: &[u8],
        node: &Node,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        visit(path, Ok(node))?;
        match node.folder {
            Some(folder) => self.descend(point, path.to_vec(), folder, visit),
            None => ControlFlow::Continue(()),
        }
    }

    /// An explicit stack: folders can be nested deeper than a thread's stack.
    fn descend(
        &self,
        point: &Point,
        path: Vec<u8>,
        folder: FolderId,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        let mut stack = Vec::new();
        let mut next = Some((path, folder));
        loop {
            if let Some((path, folder)) = next.take() {
                match self.folder_of(point, &path, folder) {
                    Ok(nodes) => stack.push((path, nodes.into_iter())),
                    Err(error) => visit(&path, Err(error))?,
                }
            }
            let Some((folder, nodes)) = stack.last_mut() else {
                return ControlFlow::Continue(());
            };
            let Some(node) = nodes.next() else {
                stack.pop();
                continue;
            };
            if !possible(&node.name) {
                let bad = RepoError::BadName {
                    point: point.id.clone(),
                    path: folder.clone(),
                    name: node.name,
                };
                visit(folder, Err(bad))?;
                continue;
            }
            let mut path = folder.clone();
            push(&mut path, &node.name);
            visit(&path, Ok(&node))?;
            next = node.folder.map(|below| (path, below));
        }
    }

    /// The nodes of a folder, with impossible names as they are.
    pub(crate) fn folder_of(
        &self,
        point: &Point,
        path: &[u8],
        folder: FolderId,
    ) -> Result<Vec<Node>, RepoError> {
        self.folder(folder).map_err(|cause| RepoError::Folder {
            point: point.id.clone(),
            path: path.to_vec(),
            cause,
        })
    }
}

/// The names in a path. Leading, trailing and doubled slashes mean nothing.
pub(crate) fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|name| !name.is_empty())
}

/// Appends a name to a path that starts at `/`.
pub(crate) fn push(path: &mut Vec<u8>, name: &[u8]) {
    if path.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

fn join(names: &[&[u8]]) -> Vec<u8> {
    let mut path = b"/".to_vec();
    for name in names {
        push(&mut path, name);
    }
    path
}

/// The paths as names, without those that stand below another.
fn outermost(paths: &[PathBytes]) -> Vec<Vec<&[u8]>> {
    let mut all: Vec<Vec<&[u8]>> = paths.iter().map(|p| components(p).collect()).collect();
    if all.is_empty() {
        all.push(Vec::new());
    }
    // A path sorts directly before what is below it.
    all.sort();
    let mut kept: Vec<Vec<&[u8]>> = Vec::new();
    for path in all {
        if !kept.last().is_some_and(|above| path.starts_with(above)) {
            kept.push(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_others_are_dropped() {
        let paths = [&b"/a/b"[..], b"/a", b"/a.c", b"/ab/", b"a//b/c", b"/z"].map(<[u8]>::to_vec);
        let kept: Vec<_> = outermost(&paths).iter().map(|p| join(p)).collect();
        assert_eq!(kept, [&b"/a"[..], b"/a.c", b"/ab", b"/z"]);
    }

    #[test]
    fn no_paths_are_the_whole_point() {
        assert_eq!(outermost(&[]), [Vec::<&[u8]>::new()]);
        let paths = [b"/x".to_vec(), b"/".to_vec()];
        assert_eq!(outermost(&paths), [Vec::<&[u8]>::new()]);
    }
}

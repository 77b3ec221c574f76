//! The states that a path has had over the points.

use super::Catalog;
use crate::repo::{FolderId, Node, Point, RepoError, components, push};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A state of a path, and the run of points that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The newest point of the run.
    pub newest: Arc<Point>,
    /// The oldest point of the run.
    pub oldest: Arc<Point>,
    /// Points in the run.
    pub points: usize,
    /// What stands there in them.
    pub node: Node,
    /// Whether its content is that of the version before it in time, so that only
    /// something else differs (time, owner, mode); absent: there is none before it.
    pub same_content: Option<bool>,
}

/// News of the versions of a path.
#[derive(Debug)]
pub enum VersionNews {
    /// The next older version.
    Version(Box<Version>),
    /// The path cannot be read in a point.
    Unread(RepoError),
    /// So many points were looked at.
    Looked(usize),
}

/// Told the news; answers `Break` to end it.
pub type TellVersions<'a> = dyn FnMut(VersionNews) -> ControlFlow<()> + 'a;

impl Catalog {
    /// Tells the states of a path in points of one repository, given newest first. Points
    /// whose protected folders say nothing about the path are left out.
    pub fn versions(&self, points: &[Arc<Point>], path: &[u8], tell: &mut TellVersions<'_>) {
        let names: Vec<&[u8]> = components(path).collect();
        let mut runs = Runs::default();
        let mut known = HashMap::new();
        for (at, point) in points.iter().enumerate() {
            let mut flow = ControlFlow::Continue(());
            if covers(point, &names) {
                match self.resolve(point, &names, &mut known) {
                    Ok(Some(node)) => {
                        if let Some(done) = runs.held(point, node) {
                            flow = tell(VersionNews::Version(Box::new(done)));
                        }
                    }
                    Ok(None) => runs.absent(),
                    Err(error) => flow = tell(VersionNews::Unread(error)),
                }
            }
            if flow.is_break() || tell(VersionNews::Looked(at + 1)).is_break() {
                return;
            }
        }
        if let Some(last) = runs.current {
            // Nobody is left to tell it to, if it breaks.
            let _ = tell(VersionNews::Version(Box::new(last)));
        }
    }

    /// What stands at a path of a point. `known` keeps what a folder holds of each name.
    fn resolve(
        &self,
        point: &Point,
        names: &[&[u8]],
        known: &mut HashMap<(FolderId, usize), Option<Node>>,
    ) -> Result<Option<Node>, RepoError> {
        let mut above = b"/".to_vec();
        let mut node = Node::root(point.root);
        for (depth, name) in names.iter().enumerate() {
            let Some(folder) = node.folder else {
                return Ok(None);
            };
            let found = match known.get(&(folder, depth)) {
                Some(found) => found.clone(),
                None => {
                    let found = self.child(point, &above, folder, name)?;
                    known.insert((folder, depth), found.clone());
                    found
                }
            };
            match found {
                Some(found) => node = found,
                None => return Ok(None),
            }
            push(&mut above, name);
        }
        Ok(Some(node))
    }

    fn child(
        &self,
        point: &Point,
        path: &[u8],
        folder: FolderId,
        name: &[u8],
    ) -> Result<Option<Node>, RepoError> {
        let scan = self.repository.scan(folder, &|other| other == name);
        let scan = scan.map_err(|cause| RepoError::Folder {
            point: point.id.clone(),
            path: path.to_vec(),
            cause,
        })?;
        Ok(scan.wanted.into_iter().next())
    }
}

/// Runs of points that hold the same, as they are found from the newest on.
#[derive(Default)]
struct Runs {
    current: Option<Version>,
    /// The path was absent since the last point that held it.
    gap: bool,
}

impl Runs {
    /// A point holds this; the version that is complete by that.
    fn held(&mut self, point: &Arc<Point>, node: Node) -> Option<Version> {
        let gap = std::mem::take(&mut self.gap);
        if let Some(run) = &mut self.current {
            if !gap && same_state(&run.node, &node) {
                run.oldest = Arc::clone(point);
                run.points += 1;
                return None;
            }
            run.same_content = Some(same_content(&run.node, &node));
        }
        self.current.replace(Version {
            newest: Arc::clone(point),
            oldest: Arc::clone(point),
            points: 1,
            node,
            same_content: None,
        })
    }

    fn absent(&mut self) {
        self.gap = true;
    }
}

/// Whether nothing that a restore brings back differs. Which other names a file has is left
/// out: it is recorded by numbers that a new disk gives anew.
fn same_state(a: &Node, b: &Node) -> bool {
    let dress = |node: &Node| (node.mtime, node.mode, node.uid, node.gid);
    same_content(a, b) && dress(a) == dress(b) && a.xattrs == b.xattrs
}

fn same_content(a: &Node, b: &Node) -> bool {
    let pieces = |node: &Node| node.blobs.iter().map(|it| it.id).collect::<Vec<_>>();
    a.kind == b.kind && a.folder == b.folder && pieces(a) == pieces(b)
}

/// Whether the protected folders of a point say something about a path: one of them holds
/// it, or stands below it.
fn covers(point: &Point, names: &[&[u8]]) -> bool {
    point.folders.is_empty()
        || point.folders.iter().any(|folder| {
            let folder: Vec<&[u8]> = components(folder).collect();
            names.starts_with(&folder) || folder.starts_with(names)
        })
}

//! Looking for a name inside points.
//!
//! A folder is known by its content, so points that share one are searched together: the
//! content is read once, and a folder that stood at the same path in a newer point is not
//! entered again. A search over all points costs little more than one over the newest.

use super::{Catalog, names::Names, pattern::Pattern};
use crate::repo::{Cause, FolderId, Node, Point, RepoError, push};
use crate::worker::protocol::PathBytes;
use std::collections::{HashSet, hash_map::RandomState};
use std::hash::BuildHasher;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Folders and hits that a search remembers, about 60 bytes each; beyond them it is as
/// right, but reads again what it forgot.
const REMEMBERED: usize = 500_000;

/// News of a search.
#[derive(Debug)]
pub enum SearchNews<'a> {
    /// A name fits. Told once for each state of the path, with the first of the points that
    /// holds that state.
    Hit(&'a Arc<Point>, PathBytes, Node),
    /// Something cannot be read, so that hits in it may be missing.
    Unread(RepoError),
    /// Told after each folder.
    Looked(Looked),
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Points that are done.
    pub points: usize,
    /// Names that were compared: those of folders that points share count once.
    pub names: u64,
    /// Folders that were looked into.
    pub folders: u64,
}

/// Told the news; answers `Break` to end the search.
pub type TellSearch<'a> = dyn FnMut(SearchNews<'_>) -> ControlFlow<()> + 'a;

impl Catalog {
    /// Looks for names in points, in the order that they are given in. A state that several
    /// points hold is told with the first of them.
    pub fn search(
        &self,
        points: &[Arc<Point>],
        pattern: &Pattern,
        tell: &mut TellSearch<'_>,
    ) -> Looked {
        let mut search = Search {
            catalog: self,
            pattern,
            looked: Looked::default(),
            barren: HashSet::new(),
            entered: HashSet::new(),
            told: HashSet::new(),
            unread: HashSet::new(),
            hashes: RandomState::new(),
        };
        if let Some(first) = points.first() {
            self.names().begin(first.root);
        }
        for point in points {
            if search.point(point, tell).is_break() {
                break;
            }
            search.looked.points += 1;
            if tell(SearchNews::Looked(search.looked)).is_break() {
                break;
            }
        }
        search.looked
    }
}

struct Search<'a> {
    catalog: &'a Catalog,
    pattern: &'a Pattern,
    looked: Looked,
    /// Nothing in them or below fits, wherever they stand.
    barren: HashSet<FolderId>,
    /// What fits in them or below was told, of this path.
    entered: HashSet<(FolderId, u64)>,
    /// States that were told: the path with what stood there.
    told: HashSet<u64>,
    unread: HashSet<FolderId>,
    hashes: RandomState,
}

/// A folder that is being searched.
struct Level {
    id: FolderId,
    path: PathBytes,
    /// Folders in it that are still to be searched, the next one last.
    below: Vec<(Vec<u8>, FolderId)>,
    /// Something in it or below fits.
    fruitful: bool,
    /// Everything in it and below could be read.
    read: bool,
}

impl Search<'_> {
    /// An explicit stack: folders can be nested deeper than a thread's stack.
    fn point(&mut self, point: &Arc<Point>, tell: &mut TellSearch<'_>) -> ControlFlow<()> {
        let mut stack: Vec<Level> = Vec::new();
        self.enter(point, b"/".to_vec(), point.root, &mut stack, tell)?;
        while let Some(level) = stack.last_mut() {
            if let Some((name, id)) = level.below.pop() {
                let mut path = level.path.clone();
                push(&mut path, &name);
                self.enter(point, path, id, &mut stack, tell)?;
                continue;
            }
            let Some(done) = stack.pop() else { break };
            self.remember(&done);
            if let Some(above) = stack.last_mut() {
                above.fruitful |= done.fruitful;
                above.read &= done.read;
            }
        }
        ControlFlow::Continue(())
    }

    fn enter(
        &mut self,
        point: &Arc<Point>,
        path: PathBytes,
        id: FolderId,
        stack: &mut Vec<Level>,
        tell: &mut TellSearch<'_>,
    ) -> ControlFlow<()> {
        if self.barren.contains(&id) {
            return ControlFlow::Continue(());
        }
        let entered = self.entered.contains(&(id, self.hashes.hash_one(&path)));
        let unread = self.unread.contains(&id);
        if entered || unread {
            if let Some(above) = stack.last_mut() {
                above.fruitful |= entered;
                above.read &= !unread;
            }
            return ControlFlow::Continue(());
        }
        let mut level = Level {
            id,
            path,
            below: Vec::new(),
            fruitful: false,
            read: true,
        };
        match self.look(id) {
            Ok((names, wanted)) => {
                self.looked.names += names.count();
                for node in wanted {
                    level.fruitful = true;
                    self.hit(point, &level.path, node, tell)?;
                }
                level.below = names.folders_reversed();
            }
            Err(cause) => {
                self.unread.insert(id);
                level.read = false;
                tell(SearchNews::Unread(RepoError::Folder {
                    point: point.id.clone(),
                    path: level.path.clone(),
                    cause,
                }))?;
            }
        }
        self.looked.folders += 1;
        stack.push(level);
        tell(SearchNews::Looked(self.looked))
    }

    /// The names in a folder, and what fits of it. Nothing is read where nothing fits of
    /// names that are kept.
    fn look(&self, id: FolderId) -> Result<(Arc<Names>, Vec<Node>), Cause> {
        let fits = |name: &[u8]| self.pattern.matches(name);
        let kept = self.catalog.names().get(id);
        if let Some(names) = kept.filter(|names| !names.iter().any(fits)) {
            return Ok((names, Vec::new()));
        }
        let scan = self.catalog.repository.scan(id, &fits)?;
        let names = Arc::new(scan.names);
        self.catalog.names().keep(id, &names);
        Ok((names, scan.wanted))
    }

    fn hit(
        &mut self,
        point: &Arc<Point>,
        folder: &[u8],
        node: Node,
        tell: &mut TellSearch<'_>,
    ) -> ControlFlow<()> {
        let mut path = folder.to_vec();
        push(&mut path, &node.name);
        let pieces: Vec<_> = node.blobs.iter().map(|blob| blob.id).collect();
        let state = (&path, &pieces, node.folder, node.mtime, node.size);
        let state = self.hashes.hash_one(state);
        if self.told.contains(&state) {
            return ControlFlow::Continue(());
        }
        if self.told.len() < REMEMBERED {
            self.told.insert(state);
        }
        tell(SearchNews::Hit(point, path, node))
    }

    fn remember(&mut self, done: &Level) {
        if self.barren.len() + self.entered.len() >= REMEMBERED || !done.read {
            return;
        }
        if done.fruitful {
            let path = self.hashes.hash_one(&done.path);
            self.entered.insert((done.id, path));
        } else {
            self.barren.insert(done.id);
        }
    }
}

/// What a folder holds, as a search needs it.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// All names.
    pub(crate) names: Names,
    /// Those that were wanted.
    pub(crate) wanted: Vec<Node>,
}

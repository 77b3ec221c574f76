//! What stands at the target, path by path, in the order of a walk.

use super::source::Item;
use crate::{
    place::{Kind, There, Tree, advise, split},
    repo,
    worker::protocol::PathBytes,
};
use std::io::ErrorKind;

/// What was found at a path.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// What stands there itself.
    pub(super) there: Option<There>,
    /// It is a link, and points where the point's link points.
    pub(super) same_target: bool,
}

/// Looks at the target.
pub(super) struct Looker {
    tree: Option<Tree>,
    /// Nothing stands at this path, and so nothing below it.
    void: Option<PathBytes>,
}

impl Looker {
    /// No tree: nothing stands anywhere.
    pub(super) fn new(tree: Option<Tree>) -> Self {
        Self { tree, void: None }
    }

    /// What stands at `path`; `item` is what the point has there. The error says in words
    /// why it cannot be known.
    pub(super) fn look(&mut self, path: &[u8], item: &Item) -> Result<Seen, String> {
        let Some(tree) = &mut self.tree else {
            return Ok(Seen::default());
        };
        if self.void.as_ref().is_some_and(|void| is_below(path, void)) {
            return Ok(Seen::default());
        }
        let (folder, name) = split(path);
        let folder = match tree.folder(folder) {
            Ok(folder) => folder,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Seen::default()),
            Err(error) => return Err(advise(&error)),
        };
        let there = folder.look(name).map_err(|error| advise(&error))?;
        if there.is_none() && item.kind == repo::Kind::Folder {
            self.void = Some(path.to_vec());
        }
        let same_target = match (&item.kind, there) {
            (repo::Kind::Symlink { target }, Some(there)) if there.kind == Kind::Symlink => folder
                .link_target(name)
                .is_ok_and(|points_to| points_to == *target),
            _ => false,
        };
        Ok(Seen { there, same_target })
    }
}

/// Whether `path` stands below `folder`, and is not it.
pub(super) fn is_below(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.first() == Some(&b'/'))
}

//! Which path of a restore point goes where: pure.
//!
//! Original: the same path below the root of the system. Elsewhere a whole system keeps
//! its paths below its root, marked items keep theirs below their deepest common parent;
//! folders above that are not made again.

use super::name::{is_component, is_reference, join, parts};
use crate::worker::protocol::PathBytes;
use ocdeck_domain::text;
use serde::{Deserialize, Serialize};

/// Where a restore writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// A folder that the configuration allows. It exists and is never made; symlinks on
    /// the way to it are the administrator's.
    #[serde(with = "crate::plan::text")]
    pub base: PathBytes,
    /// The target below it, walked without following symlinks; empty: the base itself.
    #[serde(with = "crate::plan::text")]
    pub below: PathBytes,
    /// Whether what is missing of `below` may be made: only of a staging folder.
    pub create: bool,
    /// How paths of the point become paths below the target.
    pub mapping: Mapping,
}

/// How paths of a point become paths below the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mapping {
    /// The target is the root of the system, and every path stays what it is.
    Original,
    /// Another folder.
    Elsewhere,
}

impl Place {
    /// The original place of a system.
    pub fn original(root: &[u8]) -> Self {
        Self {
            base: root.to_vec(),
            below: PathBytes::new(),
            create: false,
            mapping: Mapping::Original,
        }
    }

    /// The folder `below` (may be empty) an allowed folder; both exist.
    pub fn elsewhere(base: &[u8], below: &[u8]) -> Self {
        Self {
            base: base.to_vec(),
            below: below.to_vec(),
            create: false,
            mapping: Mapping::Elsewhere,
        }
    }

    /// The folder of a request below the staging folder. `None`: the reference cannot
    /// be the name of a folder.
    pub fn staging(staging: &[u8], reference: &str) -> Option<Self> {
        is_reference(reference).then(|| Self {
            base: staging.to_vec(),
            below: reference.as_bytes().to_vec(),
            create: true,
            mapping: Mapping::Elsewhere,
        })
    }

    /// The target, from the root of the file system.
    pub fn target(&self) -> PathBytes {
        join(&self.base, &self.below)
    }
}

/// A path that cannot be asked for.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PathError {
    /// It does not start at the root of the file system.
    #[error("{0} does not begin with /: give the whole path")]
    NotAbsolute(String),
    /// It has a component that is none.
    #[error("{0} has a part that is not a name (such as ..): give the path without it")]
    NotPlain(String),
}

/// The paths in the order of a walk, each once, without those that stand below another,
/// without slashes at the end.
pub fn normalise(paths: &[PathBytes]) -> Result<Vec<PathBytes>, PathError> {
    let mut all = Vec::with_capacity(paths.len());
    for path in paths {
        let shown = || text::show(path);
        if path.first() != Some(&b'/') {
            return Err(PathError::NotAbsolute(shown()));
        }
        let components: Vec<&[u8]> = parts(path).collect();
        if !components.iter().all(|part| is_component(part)) {
            return Err(PathError::NotPlain(shown()));
        }
        all.push(components);
    }
    all.sort();
    let mut kept: Vec<Vec<&[u8]>> = Vec::with_capacity(all.len());
    for path in all {
        if !kept.last().is_some_and(|above| path.starts_with(above)) {
            kept.push(path);
        }
    }
    Ok(kept
        .into_iter()
        .map(|components| {
            let mut path = b"/".to_vec();
            path.extend(components.join(&b'/'));
            path
        })
        .collect())
}

/// Where a path of the point goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapped {
    /// Above what is restored: nothing is done for it.
    Above,
    /// Below the target, a folder on the way to what is marked: made where missing, and
    /// otherwise left as it is.
    OnTheWay(PathBytes),
    /// Below the target. Empty: the target itself.
    At(PathBytes),
    /// Not below the root of the system: it has no place.
    Outside,
}

/// The pure mapping of one order.
#[derive(Clone, Debug)]
pub struct Mapper {
    /// What is cut off the front of a path.
    from: Vec<PathBytes>,
    /// What was marked; empty: everything.
    marked: Vec<Vec<PathBytes>>,
}

impl Mapper {
    /// `paths` as [`normalise`] gives them; none: the whole system.
    pub fn new(mapping: Mapping, system_root: &[u8], paths: &[PathBytes]) -> Self {
        let own = |path: &[u8]| parts(path).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let marked: Vec<Vec<PathBytes>> = paths.iter().map(|path| own(path)).collect();
        let from = match mapping {
            Mapping::Elsewhere if !marked.is_empty() => common_parent(&marked),
            _ => own(system_root),
        };
        Self { from, marked }
    }

    /// Where `path` goes.
    pub fn map(&self, path: &[u8]) -> Mapped {
        let components: Vec<&[u8]> = parts(path).collect();
        let shared = self
            .from
            .iter()
            .zip(&components)
            .take_while(|(from, part)| from.as_slice() == **part)
            .count();
        let Some(rest) = components.get(self.from.len()..) else {
            return if shared == components.len() {
                Mapped::Above
            } else {
                Mapped::Outside
            };
        };
        if shared < self.from.len() {
            return Mapped::Outside;
        }
        let below = rest.join(&b'/');
        let on_the_way = !self.marked.is_empty()
            && !self.marked.iter().any(|marked| {
                marked.len() <= components.len()
                    && marked
                        .iter()
                        .zip(&components)
                        .all(|(marked, part)| marked.as_slice() == *part)
            });
        match (on_the_way, below.is_empty()) {
            (true, true) => Mapped::Above,
            (true, false) => Mapped::OnTheWay(below),
            (false, _) => Mapped::At(below),
        }
    }
}

/// The deepest folder above all of them.
fn common_parent(paths: &[Vec<PathBytes>]) -> Vec<PathBytes> {
    let parents = paths
        .iter()
        .map(|path| path.split_last().map_or(&[][..], |(_, parent)| parent));
    parents
        .reduce(|common, parent| {
            let shared = common
                .iter()
                .zip(parent)
                .take_while(|(one, other)| one == other)
                .count();
            common.get(..shared).unwrap_or_default()
        })
        .unwrap_or_default()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(texts: &[&str]) -> Vec<PathBytes> {
        texts.iter().map(|text| text.as_bytes().to_vec()).collect()
    }

    fn at(path: &str) -> Mapped {
        Mapped::At(path.as_bytes().to_vec())
    }

    #[test]
    fn the_original_place_keeps_every_path() {
        let whole = Mapper::new(Mapping::Original, b"/srv/erp01", &[]);
        assert_eq!(whole.map(b"/srv"), Mapped::Above);
        assert_eq!(whole.map(b"/srv/erp01"), at(""));
        assert_eq!(whole.map(b"/srv/erp01/a/b"), at("a/b"));
        assert_eq!(whole.map(b"/srv/erp02/a"), Mapped::Outside);
        assert_eq!(whole.map(b"/srv/erp012"), Mapped::Outside);

        let some = Mapper::new(
            Mapping::Original,
            b"/srv/erp01",
            &paths(&["/srv/erp01/a/b"]),
        );
        assert_eq!(some.map(b"/srv/erp01"), Mapped::Above);
        assert_eq!(some.map(b"/srv/erp01/a"), Mapped::OnTheWay(b"a".to_vec()));
        assert_eq!(some.map(b"/srv/erp01/a/b"), at("a/b"));
        assert_eq!(some.map(b"/srv/erp01/a/b/c"), at("a/b/c"));
    }

    #[test]
    fn elsewhere_a_system_goes_below_its_root_and_marks_below_their_parent() {
        let whole = Mapper::new(Mapping::Elsewhere, b"/srv/erp01", &[]);
        assert_eq!(whole.map(b"/srv/erp01/a"), at("a"));

        let one = Mapper::new(Mapping::Elsewhere, b"/srv", &paths(&["/srv/x/y/file"]));
        assert_eq!(one.map(b"/srv/x/y"), Mapped::Above);
        assert_eq!(one.map(b"/srv/x/y/file"), at("file"));

        let two = Mapper::new(
            Mapping::Elsewhere,
            b"/srv",
            &paths(&["/srv/x/one", "/srv/x/y/two"]),
        );
        assert_eq!(two.map(b"/srv/x/one"), at("one"));
        assert_eq!(two.map(b"/srv/x/y"), Mapped::OnTheWay(b"y".to_vec()));
        assert_eq!(two.map(b"/srv/x/y/two/z"), at("y/two/z"));
    }

    #[test]
    fn paths_are_sorted_each_once_and_none_below_another() {
        assert_eq!(
            normalise(&paths(&["/b/", "/a/c/d", "/a/c", "//b", "/a.x", "/a/c"])),
            Ok(paths(&["/a/c", "/a.x", "/b"]))
        );
        assert!(matches!(
            normalise(&paths(&["a"])),
            Err(PathError::NotAbsolute(_))
        ));
        assert!(matches!(
            normalise(&paths(&["/a/../b"])),
            Err(PathError::NotPlain(_))
        ));
    }

    #[test]
    fn a_staging_folder_is_named_by_a_plain_reference() {
        let place = Place::staging(b"/var/staging", "R-0118").unwrap();
        assert_eq!(place.target(), b"/var/staging/R-0118");
        for bad in ["", "..", "a/b", "a b"] {
            assert_eq!(Place::staging(b"/var/staging", bad), None, "{bad}");
        }
    }
}

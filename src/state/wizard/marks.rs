//! Paths inside the point: what is browsed, what is marked, kept across folders.

use super::{Load, MarkState, Marked, Wizard};
use ocdeck_domain::{
    facts::{Entry, PathBytes, RestorePoint},
    ids::PointId,
};

/// `name` below `folder`.
pub(crate) fn join(folder: &[u8], name: &[u8]) -> PathBytes {
    let mut path = folder.to_vec();
    if path.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// The folder above; the root's is the root.
pub(crate) fn parent(path: &[u8]) -> PathBytes {
    match path.iter().rposition(|b| *b == b'/') {
        Some(at) if at > 0 => path.get(..at).unwrap_or_default().to_vec(),
        _ => b"/".to_vec(),
    }
}

/// Whether `path` stands below `folder`.
pub(crate) fn below(path: &[u8], folder: &[u8]) -> bool {
    if folder == b"/" {
        return path.len() > 1;
    }
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.first() == Some(&b'/'))
}

/// A typed path as it is meant: absolute, without empty steps, `.` and a slash at its end.
/// A path with `..` is refused.
pub(crate) fn tidy(text: &str) -> Result<PathBytes, String> {
    let text = text.trim().trim_matches(['"', '\'']);
    if !text.starts_with('/') {
        return Err("a path starts with /, such as /srv/erp/data".to_owned());
    }
    let steps: Vec<&str> = text
        .split('/')
        .filter(|s| !s.is_empty() && *s != ".")
        .collect();
    if steps.contains(&"..") {
        return Err("a path cannot go up with ..; write it out".to_owned());
    }
    Ok(format!("/{}", steps.join("/")).into_bytes())
}

impl Wizard {
    /// The point that is taken, else selected.
    pub fn chosen_point(&self) -> Option<&RestorePoint> {
        let id = self.point.as_ref().or(self.point_selected.as_ref())?;
        self.points.known()?.iter().find(|p| &p.id == id)
    }

    /// The entries of the browsed folder.
    pub fn entries(&self) -> Option<&Load<Vec<Entry>>> {
        let point = self.point.as_ref()?;
        self.folders.get(&(point.clone(), self.folder.clone()))
    }

    /// Whether a folder is the one that browsing its point begins with, and no other of that
    /// point was seen yet.
    pub(crate) fn begins_at(&self, key: &(PointId, PathBytes)) -> bool {
        let (point, folder) = key;
        let seen = |(other, at): &(PointId, PathBytes)| other == point && at != folder;
        self.point.as_ref() == Some(point)
            && self.folder == *folder
            && folder != b"/"
            && !self.folders.keys().any(seen)
    }

    /// The selected entry of the browsed folder; without a selection the first.
    pub fn entry(&self) -> Option<&Entry> {
        let entries = self.entries()?.known()?;
        let selected = self
            .entry_selected
            .as_ref()
            .and_then(|name| entries.iter().find(|e| &e.name == name));
        selected.or_else(|| entries.first())
    }

    /// The path of an entry of the browsed folder.
    pub fn path_of(&self, entry: &Entry) -> PathBytes {
        join(&self.folder, &entry.name)
    }

    /// Whether a path is marked.
    pub fn mark_state(&self, path: &[u8]) -> MarkState {
        let whole =
            self.marks.contains_key(path) || self.marks.keys().any(|mark| below(path, mark));
        if self.whole || whole {
            MarkState::Whole
        } else if self.marks.keys().any(|mark| below(mark, path)) {
            MarkState::Part
        } else {
            MarkState::Not
        }
    }

    /// Mark a path, or take its mark away. What is marked below a marked folder goes, for
    /// the folder holds it. Fails where a folder above is marked.
    pub(crate) fn toggle(&mut self, path: PathBytes, marked: Marked) -> Result<bool, String> {
        if self.marks.remove(&path).is_some() {
            return Ok(false);
        }
        if let Some(above) = self.marks.keys().find(|mark| below(&path, mark)) {
            let above = ocdeck_domain::text::show(above);
            return Err(format!(
                "{above} is marked and holds it; take that mark away first"
            ));
        }
        self.marks.retain(|mark, _| !below(mark, &path));
        self.marks.insert(path, marked);
        self.whole = false;
        Ok(true)
    }

    /// Known bytes of marked files, and whether a folder is among the marks (its size is
    /// counted by the plan).
    pub fn marked_bytes(&self) -> (u64, bool) {
        let bytes = self.marks.values().map(|m| m.size).sum();
        (bytes, self.marks.values().any(|m| !m.is_counted()))
    }
}

/// The deepest folder that all of these are, or stand below; none: the top.
pub(crate) fn common(folders: &[PathBytes]) -> PathBytes {
    let Some((first, rest)) = folders.split_first() else {
        return b"/".to_vec();
    };
    let mut common = first.clone();
    for folder in rest {
        while *folder != common && !below(folder, &common) && common != b"/" {
            common = parent(&common);
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_paths_are_tidied_or_refused() {
        assert_eq!(tidy(" \"/srv//erp/./data/\" ").unwrap(), b"/srv/erp/data");
        assert!(tidy("srv/erp").unwrap_err().contains("starts with /"));
        assert!(tidy("/srv/../etc").unwrap_err().contains(".."));
    }

    #[test]
    fn below_is_by_steps_not_by_letters() {
        assert!(below(b"/srv/erp/data", b"/srv/erp"));
        assert!(!below(b"/srv/erp2", b"/srv/erp"));
        assert!(!below(b"/srv/erp", b"/srv/erp"));
        assert_eq!(parent(b"/srv/erp"), b"/srv");
        assert_eq!(parent(b"/srv"), b"/");
    }

    #[test]
    fn browsing_starts_at_the_deepest_folder_that_holds_all() {
        let paths = |texts: &[&str]| {
            texts
                .iter()
                .map(|t| t.as_bytes().to_vec())
                .collect::<Vec<_>>()
        };
        for (folders, held) in [
            (&["/srv/erp/conf", "/srv/erp/data"][..], "/srv/erp"),
            (&["/srv/erp"], "/srv/erp"),
            (&["/srv/erp", "/srv/erp2"], "/srv"),
            (&["/srv/erp", "/etc/erp"], "/"),
            (&[], "/"),
        ] {
            assert_eq!(common(&paths(folders)), held.as_bytes());
        }
    }
}

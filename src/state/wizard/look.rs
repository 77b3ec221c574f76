//! Looking for names inside points, and the versions of a path.

use super::{Field, Load, Marked, Step, Wizard, marks};
use crate::state::effect::{self, Ticket};
use ocdeck_domain::{
    facts::{EntryKind, Hit, LookEnd, PathBytes, RestorePoint, Searched, Time, Version},
    ids::PointId,
};
use std::collections::BTreeSet;

/// Hits that are listed; beyond them a longer part of the name finds it sooner.
const HITS: u32 = 500;
/// Bytes of a query that an appliance takes.
const QUERY: usize = 1_000;

/// The search for names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// In all points of the system, not only in the one that is taken.
    pub all: bool,
    /// What was found, in the order that it came in.
    pub hits: Vec<Hit>,
    /// The selected hit: its path, and the point it is told with.
    pub chosen: Option<(PathBytes, PointId)>,
    /// How far it is.
    pub searched: Searched,
    /// Whether it runs, is over or failed.
    pub load: Load<LookEnd>,
    /// Of what these are the hits.
    pub(crate) of: Option<effect::Search>,
}

impl Search {
    /// The row of the selected hit; without a selection the first.
    pub fn selected(&self) -> Option<usize> {
        let chosen = self.chosen.as_ref();
        let same =
            |hit: &Hit| chosen.is_some_and(|(path, at)| *path == hit.path && *at == hit.point);
        let path = |hit: &Hit| chosen.is_some_and(|(path, _)| *path == hit.path);
        let found = self.hits.iter().position(same);
        found
            .or_else(|| self.hits.iter().position(path))
            .or((!self.hits.is_empty()).then_some(0))
    }

    /// The selected hit.
    pub fn hit(&self) -> Option<&Hit> {
        self.hits.get(self.selected()?)
    }

    /// Select the hit so many rows further down.
    pub(crate) fn step(&mut self, by: isize) {
        let last = self.hits.len().saturating_sub(1);
        let at = self.selected().unwrap_or(0).saturating_add_signed(by);
        self.choose(at.min(last));
    }

    /// Select the hit in this row.
    pub(crate) fn choose(&mut self, row: usize) {
        if let Some(hit) = self.hits.get(row) {
            self.chosen = Some((hit.path.clone(), hit.point.clone()));
        }
    }

    /// Search anew when it is looked at next, unless it is over.
    pub(crate) fn ask_again(&mut self) {
        if !matches!(self.load, Load::Known(..)) {
            self.of = None;
            self.load = Load::Nothing;
        }
    }
}

/// The versions of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Versions {
    /// The path.
    pub path: PathBytes,
    /// Its states, newest first.
    pub rows: Vec<Version>,
    /// The selected row.
    pub selected: usize,
    /// How far the look is.
    pub searched: Searched,
    /// Whether it goes on, is over or failed.
    pub load: Load<LookEnd>,
    /// What gets the keys back.
    pub(crate) back: Field,
}

/// Something that an appliance is asked to look for, as its answers see it.
pub(crate) trait Lookup {
    /// How it stands.
    fn load(&self) -> &Load<LookEnd>;

    /// How far it is, and how it stands.
    fn state(&mut self) -> (&mut Searched, &mut Load<LookEnd>);

    /// Whose answers count.
    fn ticket(&self) -> Option<Ticket> {
        match self.load() {
            Load::Asking { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }

    /// It is over.
    fn end(&mut self, result: Result<LookEnd, String>, now: Time) {
        let (searched, load) = self.state();
        *load = match result {
            Ok(end) => {
                *searched = end.searched;
                Load::Known(end, now)
            }
            Err(why) => Load::Failed(why, now),
        };
    }
}

impl Lookup for Search {
    fn load(&self) -> &Load<LookEnd> {
        &self.load
    }

    fn state(&mut self) -> (&mut Searched, &mut Load<LookEnd>) {
        (&mut self.searched, &mut self.load)
    }
}

impl Lookup for Versions {
    fn load(&self) -> &Load<LookEnd> {
        &self.load
    }

    fn state(&mut self) -> (&mut Searched, &mut Load<LookEnd>) {
        (&mut self.searched, &mut self.load)
    }
}

impl Wizard {
    /// Whether hits are listed instead of a folder.
    pub fn searching(&self) -> bool {
        let behind = self.versions.as_ref().map(|v| v.back);
        self.step == Step::What
            && (self.focus == Field::Search
                || self.focus == Field::Versions && behind == Some(Field::Search))
    }

    /// What is searched for now; fails with what to do instead, or nothing to say.
    pub(crate) fn query(&self) -> Result<String, &'static str> {
        let text = self.text(Field::Search);
        let query = text.trim();
        if query.contains('/') {
            return Err("that is a path, and names are searched: Enter marks it as it is");
        }
        if query.len() > QUERY {
            return Err("that is longer than any name; a part of the name is enough");
        }
        // One letter is in nearly every name.
        if query.len() == 1 {
            return Err("one more letter");
        }
        if query.is_empty() {
            return Err("");
        }
        Ok(query.to_owned())
    }

    /// Why what is typed is not searched for.
    pub fn query_refused(&self) -> Option<&'static str> {
        self.query().err()
    }

    /// The search that what is typed wants; `None`: none.
    pub(crate) fn search_wanted(&self) -> Option<effect::Search> {
        if !self.searching() {
            return None;
        }
        Some(effect::Search {
            system: self.system.as_ref()?.id.clone(),
            point: self.point.clone()?,
            all: self.search.all,
            query: self.query().ok()?,
            limit: HITS,
        })
    }

    /// "all 12 points".
    pub fn all_points(&self) -> String {
        match self.points.known() {
            Some(points) => format!("all {} points", points.len()),
            None => "all points".to_owned(),
        }
    }

    /// The path whose versions a key would list: the selected row, or what is typed.
    pub(crate) fn subject(&self) -> Result<PathBytes, String> {
        let none = || "select a file or folder first".to_owned();
        match self.focus {
            Field::Search => self
                .search
                .hit()
                .map(|hit| hit.path.clone())
                .ok_or_else(none),
            Field::Path => marks::tidy(&self.text(Field::Path)),
            _ => self
                .entry()
                .map(|entry| self.path_of(entry))
                .ok_or_else(none),
        }
    }

    /// The restore point of that id.
    pub fn point_of(&self, id: &PointId) -> Option<&RestorePoint> {
        self.points.known()?.iter().find(|point| point.id == *id)
    }

    /// Whether the point that is taken holds this version.
    pub fn holds(&self, version: &Version) -> bool {
        let Some(point) = self.point.as_ref().and_then(|id| self.point_of(id)) else {
            return false;
        };
        let repository = self.point_of(&version.newest).map(|it| &it.repository);
        repository == Some(&point.repository)
            && (version.oldest_time..=version.newest_time).contains(&point.time)
    }

    /// Take a point and mark a path of it. Other marks stay, and are of that point now.
    pub(crate) fn take_with(
        &mut self,
        point: &PointId,
        path: &PathBytes,
        marked: Marked,
    ) -> Result<(), String> {
        let above = self.marks.keys().any(|mark| marks::below(path, mark));
        if !self.marks.contains_key(path) && !above {
            self.toggle(path.clone(), marked)?;
        } else if !above {
            self.marks.insert(path.clone(), marked);
        }
        self.whole = false;
        self.point = Some(point.clone());
        self.point_selected = Some(point.clone());
        Ok(())
    }

    /// How many marks are on paths that the taken point does not hold.
    pub fn absent(&self) -> usize {
        let marks = self.marks.values();
        marks
            .filter(|mark| mark.is_absent(self.point.as_ref()))
            .count()
    }

    /// Folders whose listing tells what marks are that were not seen in the taken point.
    pub(crate) fn unseen(&self) -> Vec<PathBytes> {
        let unseen = self
            .marks
            .iter()
            .filter(|(_, mark)| mark.seen != self.point);
        let folders: BTreeSet<_> = unseen.map(|(path, _)| marks::parent(path)).collect();
        folders.into_iter().collect()
    }

    /// What the listing of a folder of the taken point tells of marks in it: a folder that
    /// is not there holds none of them.
    pub(crate) fn see(&mut self, folder: &[u8]) {
        let Some(point) = self.point.clone() else {
            return;
        };
        let load = self.folders.get(&(point.clone(), folder.to_vec()));
        let entries = load.and_then(Load::known).map(Vec::as_slice);
        for (path, mark) in &mut self.marks {
            if mark.seen.as_ref() == Some(&point) || marks::parent(path) != folder {
                continue;
            }
            let name = path.rsplit(|byte| *byte == b'/').next();
            let entry = entries
                .unwrap_or_default()
                .iter()
                .find(|entry| Some(entry.name.as_slice()) == name);
            *mark = match entry {
                Some(entry) => Marked::seen(Some(&point), entry.kind, entry.size),
                None => Marked {
                    seen: Some(point.clone()),
                    ..Marked::typed()
                },
            };
        }
    }
}

impl Marked {
    /// Whether a look into the taken point did not find it.
    pub fn is_absent(&self, point: Option<&PointId>) -> bool {
        self.kind.is_none() && self.seen.is_some() && self.seen.as_ref() == point
    }

    /// Whether its size says all of it.
    pub(crate) fn is_counted(&self) -> bool {
        matches!(self.kind, Some(EntryKind::File | EntryKind::Symlink))
    }
}

//! What the person sees of a search: the field, the hits by kind, the selected one.

use super::{Found, Kind, Target};
use crate::state::{line::LineInput, wizard::Load};
use ocdeck_domain::{
    facts::RestorePoint,
    ids::{On, SystemId},
};

/// How many hits of a kind are shown while other kinds fit too.
const EACH: usize = 6;

/// The overlay that finds anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Find {
    /// What is typed.
    pub input: LineInput,
    /// Only things of this kind.
    pub only: Option<Kind>,
    /// The hits that are shown.
    pub hits: Hits,
    /// The selected thing.
    pub selected: Option<Target>,
    /// How many fit, and of how many names.
    pub counts: (usize, usize),
    /// The number of the question asked last.
    pub(in crate::state) asked: u64,
    /// Whether it was answered.
    pub(in crate::state) answered: bool,
    /// Whether the person moved the selection: then it stays on its thing.
    pub(in crate::state) moved: bool,
    /// What is to be done with the best hit as soon as the answer is there: a person who
    /// types and presses Enter means what they typed, not what is shown so far.
    pub(in crate::state) then: Option<Then>,
}

/// What is done with a found thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Go to it.
    Go,
    /// Begin what one does with such a thing.
    Act,
}

/// Hits, by kind; the kind with the best hit first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Kinds with the hits that are shown and how many more of them fit.
    pub groups: Vec<(Heading, Vec<Target>, usize)>,
}

/// What stands above some hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// Things of a kind.
    Of(Kind),
    /// Things that were found before.
    Recent,
    /// Requests that are open.
    Open,
    /// Jobs that failed.
    Failed,
}

impl Heading {
    /// Its words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Of(kind) => kind.name(),
            Self::Recent => "Found before",
            Self::Open => "Open requests",
            Self::Failed => "Failed jobs in the scope",
        }
    }
}

impl Hits {
    /// Hits in the order of an answer, by kind.
    pub(in crate::state) fn of(found: &[Target], only: Option<Kind>) -> Self {
        let mut groups: Vec<(Heading, Vec<Target>, usize)> = Vec::new();
        for target in found {
            let heading = Heading::Of(target.kind());
            let at = groups.iter().position(|(other, ..)| *other == heading);
            let at = at.unwrap_or_else(|| {
                groups.push((heading, Vec::new(), 0));
                groups.len() - 1
            });
            let Some((_, shown, more)) = groups.get_mut(at) else {
                continue;
            };
            if only.is_some() || shown.len() < EACH {
                shown.push(target.clone());
            } else {
                *more += 1;
            }
        }
        Self { groups }
    }

    /// The hits, from top to bottom.
    pub fn all(&self) -> impl Iterator<Item = &Target> {
        self.groups.iter().flat_map(|(_, targets, _)| targets)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }
}

impl Find {
    /// Where the selected thing stands among the hits.
    pub fn position(&self) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        self.hits.all().position(|target| target == selected)
    }

    /// Show these; the selection stays on its thing if the person chose it.
    pub(in crate::state) fn show(&mut self, hits: Hits) {
        self.hits = hits;
        if !self.moved || self.position().is_none() {
            self.moved = false;
            self.selected = self.hits.all().next().cloned();
        }
    }

    /// Select the hit so many rows further down.
    pub(in crate::state) fn step(&mut self, by: isize) {
        let last = self.hits.all().count().saturating_sub(1);
        let at = self.position().unwrap_or(0);
        let at = at.saturating_add_signed(by).min(last);
        self.moved = true;
        self.selected = self.hits.all().nth(at).cloned();
    }

    /// Select that hit.
    pub(in crate::state) fn select(&mut self, row: usize) {
        if let Some(target) = self.hits.all().nth(row).cloned() {
            self.selected = Some(target);
            self.moved = true;
        }
    }

    /// Take an answer; `false`: it answers an older question.
    pub(in crate::state) fn take(&mut self, found: &Found) -> bool {
        if found.number != self.asked {
            return false;
        }
        self.answered = true;
        self.counts = (found.fitting, found.names);
        self.show(Hits::of(&found.hits, self.only));
        true
    }
}

/// The restore points of a system, to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct PointsView {
    /// Whose.
    pub system: On<SystemId>,
    /// The points, newest first.
    pub points: Load<Vec<RestorePoint>>,
    /// The selected row.
    pub selected: usize,
}

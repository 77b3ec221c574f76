//! Looking over the points of a system, repository by repository: names in them, and the
//! states that a path has had.

use super::convert;
use crate::{
    config,
    work::{LookNews, Refusal, SearchOrder, TellLook},
};
use ocdeck_domain::{
    facts::{Hit, LookEnd, Searched, Version},
    ids::PointId,
};
use ocdeck_engine::{
    catalog::{Catalog, Pattern, SearchNews, VersionNews},
    repo::Point,
};
use std::{ops::ControlFlow, sync::Arc};

/// Most sentences about what could not be read.
const UNREAD: usize = 20;

/// A repository that is open, and the points of a system in it, newest first.
pub(super) struct Shelved<'a> {
    pub(super) repository: &'a config::Repository,
    pub(super) catalog: Arc<Catalog>,
    pub(super) points: Vec<Arc<Point>>,
}

/// What a look has come to.
struct Look {
    end: LookEnd,
    /// Points of repositories that are done.
    before: u32,
    found: usize,
    limit: usize,
    gone: bool,
}

impl Look {
    fn new(shelved: &[Shelved<'_>], offline: Vec<Refusal>, limit: usize) -> Self {
        let points = shelved.iter().map(|it| it.points.len()).sum();
        let mut look = Self {
            end: LookEnd {
                searched: Searched {
                    of: count(points),
                    ..Searched::default()
                },
                ..LookEnd::default()
            },
            before: 0,
            found: 0,
            limit,
            gone: false,
        };
        for error in offline {
            look.unread(&error);
        }
        look
    }

    fn unread(&mut self, why: &dyn std::fmt::Display) {
        tracing::warn!(%why, "a look at points missed something");
        if self.end.unread.len() < UNREAD {
            self.end.unread.push(why.to_string());
        }
    }

    /// Passes on what was found, up to the limit.
    fn found<T>(&mut self, it: T, news: &mut TellLook<'_, T>) -> ControlFlow<()> {
        if self.found == self.limit {
            self.end.limited = true;
            return ControlFlow::Break(());
        }
        self.found += 1;
        self.tell(LookNews::Found(it), news)
    }

    fn tell<T>(&mut self, it: LookNews<T>, news: &mut TellLook<'_, T>) -> ControlFlow<()> {
        let flow = news(it);
        self.gone |= flow.is_break();
        flow
    }

    fn at<T>(&mut self, points: usize, names: u64, news: &mut TellLook<'_, T>) -> ControlFlow<()> {
        self.end.searched.points = self.before.saturating_add(count(points));
        self.end.searched.names = names;
        self.tell(LookNews::At(self.end.searched), news)
    }

    /// Whether there is no use in looking into the next repository.
    fn is_over(&self) -> bool {
        self.gone || self.end.limited
    }

    fn end(self) -> Result<LookEnd, Refusal> {
        if self.gone {
            return Err(Refusal::Cancelled);
        }
        Ok(self.end)
    }
}

/// Looks for names.
pub(super) fn search(
    shelved: &[Shelved<'_>],
    offline: Vec<Refusal>,
    order: &SearchOrder,
    news: &mut TellLook<'_, Hit>,
) -> Result<LookEnd, Refusal> {
    let mut look = Look::new(shelved, offline, order.limit);
    let pattern = Pattern::new(&order.query);
    let mut names = 0;
    for it in first_in_front(shelved, order.first.as_ref()) {
        let seen = it
            .catalog
            .search(&it.points, &pattern, &mut |told| match told {
                SearchNews::Hit(point, path, node) => {
                    look.found(convert::hit(point, path, &node), news)
                }
                SearchNews::Unread(error) => {
                    look.unread(&error);
                    ControlFlow::Continue(())
                }
                SearchNews::Looked(looked) => look.at(looked.points, names + looked.names, news),
            });
        names += seen.names;
        look.before = look.end.searched.points;
        if look.is_over() {
            break;
        }
    }
    look.end()
}

/// The repositories with the one that holds a point in front, and that point before its
/// others: a hit is told with the first point that holds it.
fn first_in_front<'a>(shelved: &'a [Shelved<'a>], first: Option<&PointId>) -> Vec<Shelved<'a>> {
    let is_first = |point: &Arc<Point>| first.is_some_and(|id| id.as_str() == point.id);
    let mut sorted: Vec<Shelved<'_>> = shelved
        .iter()
        .map(|it| {
            let mut points = it.points.clone();
            points.sort_by_key(|point| !is_first(point));
            Shelved {
                repository: it.repository,
                catalog: Arc::clone(&it.catalog),
                points,
            }
        })
        .collect();
    sorted.sort_by_key(|it| !it.points.iter().any(is_first));
    sorted
}

/// Lists the states of a path: those of each repository, then the newest first.
pub(super) fn versions(
    shelved: &[Shelved<'_>],
    offline: Vec<Refusal>,
    path: &[u8],
    limit: usize,
    news: &mut TellLook<'_, Version>,
) -> Result<LookEnd, Refusal> {
    let mut look = Look::new(shelved, offline, limit);
    // Content is known by how a repository cuts it, so each is compared with itself; where
    // there is only one, its versions are told as they are found.
    let several = shelved.len() > 1;
    let mut kept = Vec::new();
    for it in shelved {
        it.catalog
            .versions(&it.points, path, &mut |told| match told {
                VersionNews::Version(version) if several && kept.len() < limit => {
                    kept.push(convert::version(&version));
                    ControlFlow::Continue(())
                }
                VersionNews::Version(version) => look.found(convert::version(&version), news),
                VersionNews::Unread(error) => {
                    look.unread(&error);
                    ControlFlow::Continue(())
                }
                VersionNews::Looked(points) => look.at(points, 0, news),
            });
        look.before = look.end.searched.points;
        if look.is_over() {
            break;
        }
    }
    kept.sort_by_key(|version| std::cmp::Reverse(version.newest_time));
    for version in kept {
        if look.found(version, news).is_break() {
            break;
        }
    }
    look.end()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

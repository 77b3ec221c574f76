//! Hard links: the names that a file had become names of one file again.
//!
//! The first name that is in place leads; the others are linked to it. Whatever stands at
//! the leader's path is looked at anew each time: nobody's file is linked that this
//! request did not write or find to be equal.

use super::batch::Writer;
use crate::{
    place::{Folder, Part, There, advise, is_other_file_system, key, part_name, split},
    plan::{Action, Finding, PlanError, PlanFile, Step, Summary},
};
use ocdeck_domain::text;
use std::{
    collections::{HashMap, HashSet},
    io,
    path::Path,
};

/// Where the names stand that are in place.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The plan, opened once more to read the step of a leader. None: nothing is linked.
    plan: Option<PlanFile>,
    leaders: HashMap<u64, Leader>,
    /// Inodes of which a name was replaced: that has changed them at their other names too.
    replaced: HashSet<u64>,
}

/// A name to link to.
#[derive(Clone, Copy, Debug)]
struct Leader {
    /// The place of its step in the plan.
    at: u64,
    /// What it is now; `None`: not looked at yet.
    file: Option<(u64, u64)>,
}

impl Links {
    /// Finds the names that stay as they are and may lead.
    pub(super) fn of(path: &Path, summary: &Summary) -> Result<Self, PlanError> {
        let mut links = Self::default();
        if summary.linked == 0 {
            return Ok(links);
        }
        let mut plan = PlanFile::open(path)?;
        for step in plan.steps()? {
            let (at, step) = step?;
            let stays = step.action == Action::Keep && step.finding == Some(Finding::Same);
            if let Some(group) = step.link.filter(|_| stays) {
                links
                    .leaders
                    .entry(group)
                    .or_insert(Leader { at, file: None });
            }
        }
        links.plan = Some(plan);
        Ok(links)
    }

    /// The name of the step at `at` is in place.
    pub(super) fn in_place(&mut self, step: &Step, at: u64, file: Option<(u64, u64)>) {
        if let Some(there) = step.there.filter(|_| step.action == Action::Replace)
            && there.shared
        {
            self.replaced.insert(there.inode);
        }
        let Some(group) = step.link.filter(|_| self.plan.is_some()) else {
            return;
        };
        let leader = self.leaders.entry(group).or_insert(Leader { at, file });
        if leader.file.is_none() {
            *leader = Leader { at, file };
        }
    }

    /// Whether what stands there is what the plan saw, when this restore itself may have
    /// taken another of its names away.
    pub(super) fn is_as_planned(&self, found: Option<There>, planned: Option<There>) -> bool {
        match (found, planned) {
            (Some(found), Some(planned)) if self.replaced.contains(&found.inode) => {
                found.is_but_for_links(&planned)
            }
            _ => found == planned,
        }
    }
}

/// Which file stands at a name.
pub(super) fn file_at(folder: &Folder, name: &[u8]) -> Option<(u64, u64)> {
    let there = folder.look(name).ok()??;
    Some((folder.device, there.inode))
}

impl Writer<'_, '_> {
    /// A further name of a file that is in place, under the name of a temporary. `None`: it
    /// is written as a file of its own; where that is not how it was, it was said.
    pub(super) fn further_name<'f>(
        &mut self,
        folder: &'f Folder,
        step: &Step,
    ) -> io::Result<Option<Part<'f>>> {
        let Some(group) = step.link else {
            return Ok(None);
        };
        let Some(leader) = self.links.leaders.get(&group).copied() else {
            return Ok(None);
        };
        let read = |plan: &mut PlanFile| plan.step_at(leader.at).ok();
        let Some(lead) = self.links.plan.as_mut().and_then(read) else {
            return Ok(None);
        };
        let (way, name) = split(&lead.path);
        let way = self.tree.folder(way).ok();
        let file = match &way {
            Some(way) => self.file_of_leader(way, name, &lead, leader)?,
            None => None,
        };
        let (Some(way), Some(file)) = (way, file) else {
            self.links.leaders.remove(&group);
            return Ok(None);
        };
        let temporary = part_name(&self.head.reference, &step.path);
        let shown = text::show(&lead.path);
        let why = match Part::link(folder, temporary, &way, name) {
            Ok(part) => {
                let made = part.look()?;
                if made.is_some_and(|made| (folder.device, made.inode) == file) {
                    self.links.leaders.insert(
                        group,
                        Leader {
                            file: Some(file),
                            ..leader
                        },
                    );
                    return Ok(Some(part));
                }
                "something else was put there meanwhile".to_owned()
            }
            Err(error) if is_other_file_system(&error) => advise(&error),
            Err(error) => return Err(error),
        };
        self.reporter.warn(
            &step.path,
            format!("restored as a file of its own, and not as a further name of {shown}: {why}"),
        );
        self.links.leaders.remove(&group);
        Ok(None)
    }

    /// The file at a leader's name, if it is the one that leads.
    fn file_of_leader(
        &mut self,
        folder: &Folder,
        name: &[u8],
        lead: &Step,
        leader: Leader,
    ) -> io::Result<Option<(u64, u64)>> {
        let Some(there) = folder.look(name).ok().flatten() else {
            return Ok(None);
        };
        let file = (folder.device, there.inode);
        if let Some(known) = leader.file {
            return Ok((known == file).then_some(file));
        }
        if self.past.done.contains(&key(&lead.path)) {
            return Ok(super::content::looks_restored(lead, &there).then_some(file));
        }
        // It stays by the policy: it leads if it is what the point has, and is not touched.
        let untouched = lead.there == Some(there) && lead.metadata().is_at(folder, name);
        let equal = untouched && self.compare_at(folder, name, lead)? == Some(true);
        Ok(equal.then_some(file))
    }
}

//! Making a plan: one walk over the point, one look at each path of the target.

use super::{
    PlanError, PlanNews, PlanSpec,
    classify::{Action, Case, Finding, classify, kind_of},
    digest::Digester,
    facts,
    file::PlanWriter,
    holes::Holes,
    look::{Looker, Seen, is_below},
    news::News,
    source::{Item, PointSource, Walked},
    step::{Step, What},
    summary::Summary,
    tally::{Decisions, Tally, decisions},
};
use crate::{
    place::{
        Abilities, Keep, Kind, Mapped, Mapper, Mapping, Space, Tree, advise, beside, is_component,
        is_reference, join, key, normalise, parts, split,
    },
    repo::{self, Special},
    worker::protocol::PathBytes,
};
use ocdeck_domain::restore::OverwritePolicy;
use ocdeck_domain::text;
use ocdeck_faults::{Point, reached};
use std::{collections::HashSet, ops::ControlFlow, path::Path};

/// Names tried beside an existing file before it is given up.
const BESIDE_TRIES: u32 = 999;
/// Ends the reason of what is skipped because of what stands there.
const MOVE_AWAY: &str = ": move it away, or restore to another path";

/// Makes a plan and writes it to `file`. What hinders a restore is among the summary's
/// problems; the errors are of planning itself. `news` answers `Break` when nobody waits
/// for the plan any more.
///
/// # Errors
/// When a path cannot be asked for, the point cannot be read, or the plan not be written.
pub fn make(
    source: &dyn PointSource,
    spec: &PlanSpec,
    file: &Path,
    news: &mut dyn FnMut(PlanNews) -> ControlFlow<()>,
) -> Result<Summary, PlanError> {
    check_labels(spec)?;
    let paths = normalise(&spec.paths)?;
    let mut planner = Planner::new(spec, &paths, file, News::new(news))?;
    let mut failed = None;
    source
        .walk(
            &spec.point,
            &paths,
            &mut |path, walked| match planner.visit(path, walked) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            },
        )
        .map_err(|source| PlanError::Point {
            point: spec.point.clone(),
            source,
        })?;
    match failed {
        Some(error) => Err(error),
        None => planner.finish(),
    }
}

fn check_labels(spec: &PlanSpec) -> Result<(), PlanError> {
    if !is_reference(&spec.reference) {
        return Err(PlanError::Label(spec.reference.clone()));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.' | '+');
    if spec.stamp.is_empty() || spec.stamp.len() > 40 || !spec.stamp.chars().all(plain) {
        return Err(PlanError::Label(spec.stamp.clone()));
    }
    Ok(())
}

/// Something stands where the point has a folder. The policies that replace it make
/// everything below it anew; for the others there is no place for what is below.
struct Barrier {
    path: PathBytes,
    decisions: Decisions,
}

struct Planner<'a> {
    spec: &'a PlanSpec,
    target: PathBytes,
    mapper: Mapper,
    looker: Looker,
    space: Option<Space>,
    abilities: Option<Abilities>,
    /// Who the agent is, when it may give files to nobody else.
    own: Option<u32>,
    barrier: Option<Barrier>,
    /// Keys of the paths given to files beside others.
    given: HashSet<u64>,
    /// Files with several names of which one is written.
    linked: HashSet<u64>,
    holes: Holes,
    writer: PlanWriter,
    digester: Digester,
    tally: Tally,
    news: News<'a>,
    any: bool,
}

impl<'a> Planner<'a> {
    fn new(
        spec: &'a PlanSpec,
        paths: &[PathBytes],
        file: &Path,
        news: News<'a>,
    ) -> Result<Self, PlanError> {
        let mut tally = Tally::new();
        let mut writer = PlanWriter::new(file, spec)?;
        let (tree, abilities, space) = survey(spec, writer.whose(), &mut tally);
        let keep = abilities.and_then(|abilities| abilities.keep);
        writer.keeping(spec, keep.unwrap_or(Keep::Rename))?;
        Ok(Self {
            spec,
            target: spec.place.target(),
            mapper: Mapper::new(spec.place.mapping, &spec.system_root, paths),
            looker: Looker::new(tree),
            space,
            abilities,
            own: own(),
            barrier: None,
            given: HashSet::new(),
            linked: HashSet::new(),
            holes: Holes::default(),
            writer,
            digester: Digester::new(spec),
            tally,
            news,
            any: false,
        })
    }

    fn visit(&mut self, path: &[u8], walked: Walked) -> Result<(), PlanError> {
        let mapped = self.mapper.map(path);
        let shown = text::show(path);
        match (walked, mapped) {
            (Walked::Missing, _) => {
                self.tally.problem(format!(
                    "{shown} is not in this restore point: choose another point or path"
                ));
                Ok(())
            }
            (Walked::Unreadable(error), Mapped::At(to) | Mapped::OnTheWay(to)) => {
                self.skip(path, to, 0, error.to_string())
            }
            (Walked::Unreadable(error), _) => {
                self.skip(path, PathBytes::new(), 0, format!("{shown}: {error}"))
            }
            (Walked::Item(_), Mapped::Above) => Ok(()),
            (Walked::Item(item), Mapped::Outside) => {
                let root = text::show(&self.spec.system_root);
                let reason = format!(
                    "{shown} is not below the root of the system, {root}: mark it and restore \
                     it to another path"
                );
                self.skip(path, PathBytes::new(), item.size, reason)
            }
            (Walked::Item(item), Mapped::OnTheWay(to)) => self.item(path, to, &item, false),
            (Walked::Item(item), Mapped::At(to)) => self.item(path, to, &item, true),
        }
    }

    /// `asked`: it is what was asked for, and not only a folder on the way to it.
    fn item(
        &mut self,
        path: &[u8],
        to: PathBytes,
        item: &Item,
        asked: bool,
    ) -> Result<(), PlanError> {
        self.any = true;
        reached(Point::AgentPlanning);
        self.news.count(item.size)?;
        if !parts(&to).all(is_component) {
            let reason = "its path has a part that is not a name, such as ..".to_owned();
            return self.skip(path, PathBytes::new(), item.size, reason);
        }
        if let Some(reason) = self.refuses(&item.kind) {
            return self.skip(path, to, item.size, reason);
        }
        if let Some(barrier) = &self.barrier {
            if is_below(&to, &barrier.path) {
                return self.behind(path, to, item);
            }
            self.barrier = None;
        }
        if to.is_empty() {
            return self.target_itself(path, item);
        }
        match (self.looker.look(&to, item), &item.kind) {
            (Err(reason), _) => self.skip(path, to, item.size, reason),
            (Ok(seen), repo::Kind::Folder) => self.folder(path, to, item, seen, asked),
            (Ok(seen), _) => self.file(path, to, item, seen),
        }
    }

    /// Why nothing of this kind is restored here, if so.
    fn refuses(&self, kind: &repo::Kind) -> Option<String> {
        let symlinks = self.abilities.is_none_or(|abilities| abilities.symlinks);
        match kind {
            repo::Kind::Symlink { .. } if !symlinks => {
                Some("the target's file system holds no symbolic links".to_owned())
            }
            repo::Kind::Special(Special::Socket) => Some(
                "it is a socket, which means nothing without the program that listens: that \
                 makes it anew when it starts"
                    .to_owned(),
            ),
            repo::Kind::Special(special @ (Special::BlockDevice(_) | Special::CharDevice(_)))
                if !self.spec.devices =>
            {
                Some(format!(
                    "it is a {special}, and devices are not allowed here: the appliance's \
                 administrator can allow them with restore_devices = true in its [[tenant]]"
                ))
            }
            _ => None,
        }
    }

    /// The root of the system onto the target's folder, which exists.
    fn target_itself(&mut self, path: &[u8], item: &Item) -> Result<(), PlanError> {
        let mut step = step(PathBytes::new(), item, Action::Keep, None);
        step.dress = self.spec.place.mapping == Mapping::Original && self.dresses();
        self.step(path, &step)
    }

    /// Whether the policy makes existing folders look like the point's.
    fn dresses(&self) -> bool {
        matches!(
            self.spec.policy,
            OverwritePolicy::ReplaceChanged | OverwritePolicy::ReplaceAll
        )
    }

    fn folder(
        &mut self,
        path: &[u8],
        to: PathBytes,
        item: &Item,
        seen: Seen,
        asked: bool,
    ) -> Result<(), PlanError> {
        let Some(there) = seen.there else {
            let step = step(to, item, Action::Create, Some(Finding::New));
            return self.step(path, &step);
        };
        if there.kind == Kind::Folder {
            let mut step = step(to, item, Action::Keep, None);
            step.dress = asked && self.dresses();
            return self.step(path, &step);
        }
        let case = classify(item, seen.there.as_ref(), false);
        let decisions = decisions(true, case);
        self.tally.decisions(&decisions, 0);
        let mut step = step(to, item, self.chosen(&decisions), Some(case.finding));
        step.there = seen.there;
        step.reason = format!("{} stands where the point has a folder", there.kind.name());
        if step.action == Action::Skip {
            step.reason.push_str(MOVE_AWAY);
        }
        self.barrier = Some(Barrier {
            path: step.path.clone(),
            decisions,
        });
        self.step(path, &step)
    }

    fn file(
        &mut self,
        path: &[u8],
        to: PathBytes,
        item: &Item,
        seen: Seen,
    ) -> Result<(), PlanError> {
        let case = classify(item, seen.there.as_ref(), seen.same_target);
        let decisions = decisions(false, case);
        self.tally.decisions(&decisions, item.size);
        let mut step = step(to, item, self.chosen(&decisions), Some(case.finding));
        step.there = seen.there;
        step.reason = reason(item, case);
        if step.action == Action::Skip {
            step.reason.push_str(MOVE_AWAY);
        }
        if step.action == Action::Beside {
            self.find_beside(&mut step, item);
        }
        self.step_of_file(path, &step)
    }

    /// Something below what stands where the point has a folder.
    fn behind(&mut self, path: &[u8], to: PathBytes, item: &Item) -> Result<(), PlanError> {
        let Some(barrier) = &self.barrier else {
            return Ok(());
        };
        let decisions = barrier.decisions.map(|action| match action {
            Action::Replace => Action::Create,
            _ => Action::Skip,
        });
        let is_folder = item.kind == repo::Kind::Folder;
        if !is_folder {
            self.tally.decisions(&decisions, item.size);
        }
        if self.chosen(&decisions) == Action::Create {
            let step = step(to, item, Action::Create, Some(Finding::New));
            return self.step_of_file(path, &step);
        }
        let blocking = text::show(&barrier.path);
        let reason = format!(
            "what stands at {blocking} is no folder and stays: move it away, or restore to \
             another path"
        );
        self.skip(path, to, item.size, reason)
    }

    fn chosen(&self, decisions: &Decisions) -> Action {
        OverwritePolicy::ALL
            .iter()
            .zip(decisions)
            .find(|(policy, _)| **policy == self.spec.policy)
            .map_or(Action::Skip, |(_, action)| *action)
    }

    /// Finds the name of a file beside the one that stays. One that an earlier attempt
    /// wrote is found again, and stays.
    fn find_beside(&mut self, step: &mut Step, item: &Item) {
        let (folder, name) = split(&step.path);
        for number in 1..=BESIDE_TRIES {
            let name = beside(name, &self.spec.stamp, &self.spec.reference, number);
            let path = join(folder, &name);
            if self.given.contains(&key(&path)) {
                continue;
            }
            let Ok(seen) = self.looker.look(&path, item) else {
                break;
            };
            let found = classify(item, seen.there.as_ref(), seen.same_target).finding;
            if !matches!(found, Finding::New | Finding::Same) {
                continue;
            }
            self.given.insert(key(&path));
            if found == Finding::Same {
                step.action = Action::Keep;
                step.there = seen.there;
                step.reason = "it was restored beside before".to_owned();
            }
            step.path = path;
            return;
        }
        step.action = Action::Skip;
        step.reason = "no free name was found beside what stands there: clear the folder, or \
                       restore to another path"
            .to_owned();
    }

    fn step_of_file(&mut self, path: &[u8], step: &Step) -> Result<(), PlanError> {
        if step.writes() {
            self.tally.peculiar(step, self.own);
        }
        self.step(path, step)
    }

    fn skip(
        &mut self,
        path: &[u8],
        to: PathBytes,
        size: u64,
        reason: String,
    ) -> Result<(), PlanError> {
        let step = Step {
            path: to,
            what: What::Nothing,
            finding: None,
            action: Action::Skip,
            size,
            there: None,
            dress: false,
            mode: None,
            uid: None,
            gid: None,
            modified: None,
            accessed: None,
            xattrs: Vec::new(),
            link: None,
            reason,
        };
        self.step(path, &step)
    }

    fn step(&mut self, path: &[u8], step: &Step) -> Result<(), PlanError> {
        self.digester.step(path, step);
        let room = self.room(step);
        self.tally.step(&self.target, step, room);
        self.writer.step(step)?;
        let merged = step.what == What::Folder && step.finding.is_none();
        if merged {
            return Ok(());
        }
        let target = &self.target;
        self.news.entry(|| facts::entry(target, step))
    }

    /// What a step takes on the disk: holes and further names take nothing.
    fn room(&mut self, step: &Step) -> u64 {
        let links = self.abilities.is_none_or(|abilities| abilities.links);
        let stays = step.action == Action::Keep && step.finding == Some(Finding::Same);
        let further = links
            && (stays || step.writes())
            && step.link.is_some_and(|link| !self.linked.insert(link));
        match &step.what {
            _ if further || !step.writes() => 0,
            What::File(blobs) => self.holes.room(blobs, step.size),
            _ => step.size,
        }
    }

    fn finish(mut self) -> Result<Summary, PlanError> {
        if !self.any && self.tally.summary.problems.is_empty() {
            let root = text::show(&self.spec.system_root);
            self.tally.problem(format!(
                "the restore point holds nothing below {root}: choose another point"
            ));
        }
        if let Some(space) = self.space {
            let target = text::show(&self.target);
            self.tally.fit(&target, space);
        }
        self.news.finish()?;
        let mut summary = self.tally.finish(self.spec.policy, self.abilities);
        summary.digest = self.digester.finish();
        self.writer.finish(&summary)?;
        Ok(summary)
    }
}

/// Who this process is, unless it may give files to anybody.
fn own() -> Option<u32> {
    let user = rustix::process::geteuid();
    (!user.is_root()).then(|| user.as_raw())
}

/// Opens the target and finds out what it can do and hold.
fn survey(
    spec: &PlanSpec,
    whose: u64,
    tally: &mut Tally,
) -> (Option<Tree>, Option<Abilities>, Option<Space>) {
    let opened = Tree::open(&spec.place);
    // What is made of a staging folder will be where the staging folder is.
    let probed = match &opened {
        Ok(Some(tree)) => tree.top().clone(),
        Ok(None) => match Tree::base(&spec.place) {
            Ok(base) => base.top().clone(),
            Err(error) => {
                tally.problem(error.to_string());
                return (None, None, None);
            }
        },
        Err(error) => {
            tally.problem(error.to_string());
            return (None, None, None);
        }
    };
    let target = text::show(&spec.place.target());
    let abilities = match Abilities::of(&probed, whose) {
        Ok(abilities) => Some(abilities),
        Err(error) => {
            tally.problem(format!("{target} cannot be written: {}", advise(&error)));
            None
        }
    };
    if abilities.is_some_and(|abilities| abilities.keep.is_none()) {
        tally.problem(format!(
            "the file system of {target} cannot create a file without replacing another: \
             choose a target on another file system"
        ));
    }
    let space = Space::of(&probed).ok();
    (opened.ok().flatten(), abilities, space)
}

fn step(path: PathBytes, item: &Item, action: Action, finding: Option<Finding>) -> Step {
    Step {
        path,
        what: match &item.kind {
            repo::Kind::File => What::File(item.blobs.clone()),
            repo::Kind::Folder => What::Folder,
            repo::Kind::Symlink { target } => What::Symlink(target.clone()),
            repo::Kind::Special(special) => What::Special(*special),
        },
        finding,
        action,
        size: item.size,
        there: None,
        dress: false,
        mode: item.metadata.mode,
        uid: item.metadata.uid,
        gid: item.metadata.gid,
        modified: item.metadata.modified,
        accessed: item.metadata.accessed,
        xattrs: item.metadata.xattrs.clone(),
        link: item.linked,
        reason: String::new(),
    }
}

fn reason(item: &Item, case: Case) -> String {
    match case {
        Case {
            other_type: Some(there),
            ..
        } => {
            let point = match item.kind {
                repo::Kind::Symlink { .. } => Kind::Symlink,
                repo::Kind::Special(special) => kind_of(special).0,
                _ => Kind::File,
            };
            format!(
                "{} stands where the point has {}",
                there.name(),
                point.name()
            )
        }
        Case {
            finding: Finding::Conflict,
            ..
        } => "what stands there is newer".to_owned(),
        _ => String::new(),
    }
}

//! The engine driver: repositories in restic's format, held open for reading; backup and
//! restore in worker processes.

use super::{
    BackupRun, Driver, News, PlanAsk, RestoreRun, RunError, claim::Claim, convert, look::Shelved,
    shelf::Shelf,
};
use crate::{
    config::{self, Config},
    host::{self, HostError, Program, Stop},
    work::{PlanNews, Refusal, SearchOrder, TellLook},
};
use chrono::Utc;
use ocdeck_domain::{
    facts::{Amount, Capability, Entry, Hit, LookEnd, Plan, Repository, RestorePoint, Version},
    ids::{JobId, PointId, RepositoryId, SystemId},
    restore::OverwritePolicy,
};
use ocdeck_engine::{
    catalog::{Catalog, Share},
    place::Mapping,
    plan::{self, PlanError, PlanSpec, Summary},
    repo::{self, Point, RepoError},
    worker::protocol::{BackupSpec, Event, Level, RestoreSpec, Task},
};
use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path, sync::Arc, time::Duration};

/// What the engine cannot do, why, and who can.
const LACKS: [(&str, &str); 4] = [
    (
        "restore.bare_metal",
        "this engine restores files: a bare machine is first set up by the client and the provider together, then its files are restored onto it",
    ),
    (
        "restore.other_appliance",
        "the points of this appliance are restored by this appliance; move the files from staging",
    ),
    (
        "policy.mirror",
        "this engine deletes nothing that stands at the target",
    ),
    (
        "job.disable",
        "jobs are switched off in appliance.toml: remove 'every'",
    ),
];

/// What it can do, besides the policies.
const HAS: [&str; 10] = [
    "job.start",
    "job.stop",
    "catalog.browse",
    "catalog.search",
    "catalog.versions",
    "restore.original",
    "restore.other_path",
    "restore.other_system",
    "restore.staging",
    "restore.verify",
];

/// Between two looks at the locks of a repository, and how late a stop is noticed meanwhile.
const LOOK_AT_LOCKS: Duration = Duration::from_millis(500);

/// The driver of `[[repository]]`s and `[[system]]`s of a configuration.
pub struct EngineDriver {
    config: Arc<Config>,
    program: Program,
    shelf: Shelf,
}

impl EngineDriver {
    /// Opens nothing yet.
    pub fn new(config: Arc<Config>, program: Program) -> Self {
        let shelf = Shelf::new(&config);
        Self {
            config,
            program,
            shelf,
        }
    }

    fn system(&self, id: &SystemId) -> Result<&config::System, Refusal> {
        self.config
            .system(id)
            .ok_or_else(|| Refusal::NotFound(format!("there is no system {id}")))
    }

    /// The repositories of a system with its points, and why some are missing.
    ///
    /// Fails when the system is unknown, or no repository can be read.
    fn shelved<'a>(
        &'a self,
        id: &'a SystemId,
    ) -> Result<(Vec<Shelved<'a>>, Vec<Refusal>), Refusal> {
        let system = self.system(id)?;
        let (mut shelved, mut offline) = (Vec::new(), Vec::new());
        for repository in self.config.repositories_of(id) {
            let claim = Claim::of(&self.config, system, repository);
            let listed = self.shelf.open(&repository.id).and_then(|catalog| {
                let mut points = catalog
                    .points(&[], None)
                    .map_err(|error| Refusal::Unavailable(error.to_string()))?;
                points.retain(|point| claim.root_in(point).is_some());
                Ok(Shelved {
                    repository,
                    catalog,
                    points,
                })
            });
            match listed {
                Ok(it) => shelved.push(it),
                Err(error) => offline.push(error),
            }
        }
        match offline.pop() {
            Some(error) if shelved.iter().all(|it| it.points.is_empty()) => Err(error),
            last => {
                offline.extend(last);
                Ok((shelved, offline))
            }
        }
    }

    /// The point, and where it is.
    fn point<'a>(&'a self, id: &'a SystemId, point: &PointId) -> Result<Found<'a>, Refusal> {
        let system = self.system(id)?;
        let mut offline = None;
        for repository in self.config.repositories_of(id) {
            let claim = Claim::of(&self.config, system, repository);
            match self.shelf.open(&repository.id) {
                Ok(catalog) => match catalog.repository().point(point.as_str()) {
                    Ok(point) => {
                        if let Some(root) = claim.root_in(&point) {
                            return Ok(Found {
                                point,
                                catalog,
                                repository,
                                root,
                            });
                        }
                    }
                    Err(RepoError::NoSuchPoint(_)) => {}
                    Err(error) => offline = Some(Refusal::Unavailable(error.to_string())),
                },
                Err(error) => offline = Some(error),
            }
        }
        Err(offline.unwrap_or_else(|| {
            Refusal::NotFound(format!(
                "system {id} has no restore point {point} (any more); list the points again"
            ))
        }))
    }
}

impl EngineDriver {
    /// Waits while restic has locked a repository for itself alone, as `restic prune` does:
    /// a backup beside it would refer to what is about to be deleted.
    fn wait_until_alone(
        &self,
        id: &RepositoryId,
        stop: &Stop,
        on: &mut dyn FnMut(Event),
    ) -> Result<(), RunError> {
        let mut told = false;
        loop {
            let repository = Arc::clone(self.shelf.open(id)?.repository());
            let Some(lock) = repository.exclusive_lock(Utc::now()) else {
                return Ok(());
            };
            if !std::mem::replace(&mut told, true) {
                on(Event::Log {
                    level: Level::Warning,
                    text: format!(
                        "waits: restic has locked the repository {id} for itself ({lock}); should that process be gone, `restic unlock` takes the lock away"
                    ),
                });
            }
            if stop.cause().is_some() {
                return Err(HostError::Stopped.into());
            }
            std::thread::sleep(LOOK_AT_LOCKS);
        }
    }
}

/// A restore point of a system.
struct Found<'a> {
    point: Arc<Point>,
    catalog: Arc<Catalog>,
    repository: &'a config::Repository,
    /// The folder in the point that is the system's root.
    root: &'a Path,
}

impl Driver for EngineDriver {
    fn name(&self) -> &'static str {
        "engine"
    }

    fn capabilities(&self) -> Vec<Capability> {
        let policies = OverwritePolicy::ALL
            .map(|policy| format!("policy.{}", policy.name().replace(' ', "_")));
        let has = HAS.iter().map(|name| (*name).to_owned()).chain(policies);
        let has = has.map(|name| Capability {
            name,
            unavailable: None,
        });
        let lacks = LACKS.iter().map(|(name, reason)| Capability {
            name: (*name).to_owned(),
            unavailable: Some((*reason).to_owned()),
        });
        has.chain(lacks).collect()
    }

    fn repository(&self, id: &RepositoryId) -> Option<Repository> {
        let config = self.config.repository(id)?;
        let mut fact = Repository {
            id: id.clone(),
            tenant: config.tenant.clone(),
            role: config.role.clone(),
            capacity: 0,
            used: 0,
            free: 0,
            offline: None,
        };
        let measured = self
            .shelf
            .open(id)
            .and_then(|open| measure(config, open.repository()).map_err(Refusal::Unavailable));
        match measured {
            Ok(space) => (fact.capacity, fact.used, fact.free) = space,
            Err(error) => fact.offline = Some(error.to_string()),
        }
        Some(fact)
    }

    fn points(&self, id: &SystemId) -> Result<Vec<RestorePoint>, Refusal> {
        let system = self.system(id)?;
        let (shelved, offline) = self.shelved(id)?;
        for error in offline {
            tracing::warn!(system = %id, %error, "some points are not listed");
        }
        let mut points: Vec<_> = shelved
            .iter()
            .flat_map(|it| {
                it.points
                    .iter()
                    .map(|point| convert::point(point, it.repository, system))
            })
            .collect();
        points.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.id.cmp(&b.id)));
        Ok(points)
    }

    fn browse(&self, system: &SystemId, id: &PointId, path: &[u8]) -> Result<Vec<Entry>, Refusal> {
        let Found { point, catalog, .. } = self.point(system, id)?;
        let nodes = catalog
            .browse(&point.id, path)
            .map_err(|error| match error {
                RepoError::NoSuchPath { .. } | RepoError::NoSuchFolder { .. } => {
                    Refusal::NotFound(error.to_string())
                }
                other => Refusal::Unavailable(other.to_string()),
            })?;
        Ok(nodes.iter().map(convert::entry).collect())
    }

    fn search(
        &self,
        order: &SearchOrder,
        news: &mut TellLook<'_, Hit>,
    ) -> Result<LookEnd, Refusal> {
        let (shelved, offline) = match &order.point {
            None => self.shelved(&order.system)?,
            Some(wanted) => {
                let found = self.point(&order.system, wanted)?;
                let it = Shelved {
                    repository: found.repository,
                    catalog: found.catalog,
                    points: vec![found.point],
                };
                // What another repository holds is no loss to who asks for one point.
                (vec![it], Vec::new())
            }
        };
        super::look::search(&shelved, offline, order, news)
    }

    fn versions(
        &self,
        system: &SystemId,
        path: &[u8],
        limit: usize,
        news: &mut TellLook<'_, Version>,
    ) -> Result<LookEnd, Refusal> {
        let (shelved, offline) = self.shelved(system)?;
        super::look::versions(&shelved, offline, path, limit, news)
    }

    fn plan(&self, ask: &PlanAsk, news: &mut News<'_>) -> Result<Plan, Refusal> {
        let system = self.system(&ask.system)?;
        let found = self.point(&ask.system, &ask.point)?;
        let root = root_of_plan(ask, &found)?;
        let Found { point, catalog, .. } = found;
        let stamp = point.time.with_timezone(&ask.zone).format("%Y-%m-%d %H%M");
        let spec = PlanSpec {
            point: point.id.clone(),
            system_root: root.as_os_str().as_bytes().to_vec(),
            paths: ask.paths.clone(),
            place: ask.allowed.place.clone(),
            policy: ask.policy,
            reference: ask.reference.clone(),
            stamp: stamp.to_string(),
            devices: self
                .config
                .tenant(&system.tenant)
                .is_some_and(|tenant| tenant.restore_devices),
        };
        let mut told = |it: plan::PlanNews| {
            news(match it {
                plan::PlanNews::Counted { entries, bytes } => PlanNews::Counted { entries, bytes },
                plan::PlanNews::Entries(entries) => PlanNews::Entries(entries),
            })
        };
        plan::make(&**catalog.repository(), &spec, &ask.file, &mut told)
            .map(|summary| Plan::from(&summary))
            .map_err(refused)
    }

    fn discard(&self, file: &Path) -> Result<(), Refusal> {
        plan::discard(file).map_err(|error| Refusal::Unavailable(error.to_string()))
    }

    fn planned(&self, file: &Path) -> Result<Plan, Refusal> {
        Summary::load(file)
            .map(|summary| Plan::from(&summary))
            .map_err(refused)
    }

    fn backup(
        &self,
        id: &JobId,
        run: &BackupRun,
        stop: &Stop,
        on: &mut dyn FnMut(Event),
    ) -> Result<(), RunError> {
        let missing = || Refusal::NotFound(format!("there is no job {id}"));
        let job = self.config.job(id).ok_or_else(missing)?;
        let system = self.system(&job.system)?;
        let repository = self.shelf.spec(&job.repository)?;
        let seeded = run.time.is_some();
        let folders = system.folders.iter();
        let task = Task::Backup(BackupSpec {
            repository,
            job: job.id.to_string(),
            system: system.id.to_string(),
            folders: folders
                .map(|it| it.as_os_str().as_bytes().to_vec())
                .collect(),
            time: run.time,
            read_limit: job.read_limit.filter(|_| !seeded),
            reread_all: job.reread_all && !seeded,
            after_kill: self.shelf.was_cut_off(&job.repository),
        });
        self.wait_until_alone(&job.repository, stop, on)?;
        self.shelf.set_writing(&job.repository, true);
        let mut whole = false;
        let ended = host::run(&self.program, task, stop, &mut |event| {
            whole |= matches!(event, Event::BackupDone(_));
            on(event);
        });
        // What one that did not end well has stored is indexed by the next.
        if whole {
            self.shelf.set_writing(&job.repository, false);
        }
        self.shelf.refresh(&job.repository);
        Ok(ended?)
    }

    fn after_interruption(&self, plan: &Path, journal: &Path) -> Result<Amount, RunError> {
        let remains = ocdeck_engine::restore::clean(plan, journal)
            .map_err(|error| Refusal::Unavailable(error.to_string()))?;
        if remains.removed > 0 {
            tracing::info!(
                removed = remains.removed,
                "half-written files of a restore are gone"
            );
        }
        Ok(Amount {
            files: remains.done.files,
            bytes: remains.done.bytes,
        })
    }

    fn restore(
        &self,
        run: &RestoreRun,
        stop: &Stop,
        on: &mut dyn FnMut(Event),
    ) -> Result<(), RunError> {
        let Found { repository, .. } = self.point(&run.system, &run.point)?;
        let task = Task::Restore(RestoreSpec {
            repository: self.shelf.spec(&repository.id)?,
            plan: run.plan.clone(),
            journal: run.journal.clone(),
            attempt: run.attempt,
            write_limit: self.config.restore_limit,
        });
        Ok(host::run(&self.program, task, stop, on)?)
    }
}

/// The folder of the point from which a plan counts: the system's root, and for a whole
/// point that goes elsewhere and holds more than that, everything.
fn root_of_plan<'a>(ask: &PlanAsk, found: &Found<'a>) -> Result<&'a Path, Refusal> {
    let Found { root, .. } = *found;
    let unreadable = |error: RepoError| Refusal::Unavailable(error.to_string());
    let share = |folder: &Path| {
        let folder = folder.as_os_str().as_bytes();
        found.catalog.share_below(&found.point.id, folder)
    };
    match ask.allowed.place.mapping {
        Mapping::Elsewhere if ask.paths.is_empty() => Ok(match share(root) {
            Ok(Share::All) => root,
            Ok(Share::Some | Share::Nothing) => Path::new("/"),
            Err(error) => return Err(unreadable(error)),
        }),
        Mapping::Elsewhere => Ok(root),
        Mapping::Original => {
            let path = |bytes: &'_ [u8]| Path::new(OsStr::from_bytes(bytes)).to_owned();
            let mut asked = ask.paths.iter();
            let nothing = match ask.paths.is_empty() {
                true => share(root).map_err(unreadable)? == Share::Nothing,
                false => !asked.any(|it| {
                    let it = path(it);
                    it.starts_with(root) || root.starts_with(it)
                }),
            };
            if nothing {
                return Err(outside(ask, found));
            }
            Ok(root)
        }
    }
}

/// Nothing of an order has an original place.
fn outside(ask: &PlanAsk, found: &Found<'_>) -> Refusal {
    let Found { point, root, .. } = found;
    let shown = |paths: &[Vec<u8>]| {
        let paths = paths.iter().take(3);
        let paths: Vec<_> = paths.map(|it| String::from_utf8_lossy(it)).collect();
        paths.join(", ")
    };
    let asked = match ask.paths.is_empty() {
        true => shown(&point.folders),
        false => shown(&ask.paths),
    };
    Refusal::FailedPrecondition {
        code: "OUTSIDE_ROOT",
        text: format!(
            "{asked} has no original place on this appliance: the root of {} in this point, of the host {}, is {}; restore to staging or to another path",
            ask.system,
            point.host,
            root.display()
        ),
    }
}

/// Capacity, used, free.
fn measure(
    config: &config::Repository,
    open: &repo::Repository,
) -> Result<(u64, u64, u64), String> {
    let used = open.used_bytes().map_err(|error| error.to_string())?;
    let disk = rustix::fs::statvfs(&config.path)
        .map_err(|error| format!("{}: {error}", config.path.display()))?;
    let total = disk.f_blocks.saturating_mul(disk.f_frsize);
    let available = disk.f_bavail.saturating_mul(disk.f_frsize);
    Ok(match config.limit {
        Some(limit) => (
            limit.min(total),
            used,
            limit.saturating_sub(used).min(available),
        ),
        None => (total, used, available),
    })
}

fn refused(error: PlanError) -> Refusal {
    let text = error.to_string();
    match error {
        PlanError::Path(_) => Refusal::InvalidArgument {
            field: "order.paths",
            text,
        },
        PlanError::Label(_) => Refusal::InvalidArgument {
            field: "reference",
            text,
        },
        PlanError::Point { .. } => Refusal::Unavailable(text),
        PlanError::Write { .. } => Refusal::Internal(text),
        PlanError::Read { .. } => Refusal::FailedPrecondition {
            code: "PLAN_UNKNOWN",
            text,
        },
        PlanError::Stopped => Refusal::Cancelled,
    }
}

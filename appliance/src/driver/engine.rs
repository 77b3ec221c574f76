//! The engine driver: repositories in restic's format, held open for reading; backup and
//! restore in worker processes.

use super::{
    BackupRun, Driver, News, PlanAsk, RestoreRun, RunError, convert, look::Shelved, shelf::Shelf,
};
use crate::{
    config::{self, Config},
    host::{self, Program, Stop},
    work::{PlanNews, Refusal, SearchOrder, TellLook},
};
use ocdeck_domain::{
    facts::{Amount, Capability, Entry, Hit, LookEnd, Plan, Repository, RestorePoint, Version},
    ids::{JobId, PointId, RepositoryId, SystemId},
    restore::OverwritePolicy,
};
use ocdeck_engine::{
    catalog::Catalog,
    plan::{self, PlanError, PlanSpec, Summary},
    repo::{self, Point, RepoError},
    worker::protocol::{BackupSpec, Event, RestoreSpec, Task},
};
use std::{os::unix::ffi::OsStrExt, path::Path, sync::Arc};

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

/// The driver of `[[repository]]`s and `[[system]]`s of a configuration.
pub struct EngineDriver {
    config: Arc<Config>,
    program: Program,
    shelf: Shelf,
}

impl EngineDriver {
    /// Opens nothing yet.
    pub fn new(config: Arc<Config>, program: Program) -> Self {
        let shelf = Shelf::new(&config.state_dir, &config.repositories);
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
        let names = names(self.system(id)?);
        let (mut shelved, mut offline) = (Vec::new(), Vec::new());
        for repository in self.config.repositories_of(id) {
            let listed = self.shelf.open(&repository.id).and_then(|catalog| {
                let points = catalog
                    .points(&names, None)
                    .map_err(|error| Refusal::Unavailable(error.to_string()))?;
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

    /// The point, and the open repository that holds it.
    fn point<'a>(
        &'a self,
        system: &'a SystemId,
        id: &PointId,
    ) -> Result<(Arc<Point>, Arc<Catalog>, &'a config::Repository), Refusal> {
        let names = names(self.system(system)?);
        let mut offline = None;
        for repository in self.config.repositories_of(system) {
            match self.shelf.open(&repository.id) {
                Ok(open) => match open.repository().point(id.as_str()) {
                    Ok(point) if names.contains(&point.system.as_str()) => {
                        return Ok((point, open, repository));
                    }
                    Ok(_) | Err(RepoError::NoSuchPoint(_)) => {}
                    Err(error) => offline = Some(Refusal::Unavailable(error.to_string())),
                },
                Err(error) => offline = Some(error),
            }
        }
        Err(offline.unwrap_or_else(|| {
            Refusal::NotFound(format!(
                "system {system} has no restore point {id} (any more); list the points again"
            ))
        }))
    }
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
        let (point, catalog, _) = self.point(system, id)?;
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
                let (point, catalog, repository) = self.point(&order.system, wanted)?;
                let points = vec![point];
                let it = Shelved {
                    repository,
                    catalog,
                    points,
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
        let (point, catalog, _) = self.point(&ask.system, &ask.point)?;
        let system = self.system(&ask.system)?;
        let stamp = point.time.with_timezone(&ask.zone).format("%Y-%m-%d %H%M");
        let spec = PlanSpec {
            point: point.id.clone(),
            system_root: system.root.as_os_str().as_bytes().to_vec(),
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
        let (_, _, repository) = self.point(&run.system, &run.point)?;
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

/// The hosts that a system's points may be of: restic writes the machine's name.
fn names(system: &config::System) -> Vec<&str> {
    let aliases = system.aliases.iter().map(String::as_str);
    std::iter::once(system.id.as_str()).chain(aliases).collect()
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

//! Watching over repositories, quotas and sources.

use super::Agent;
use crate::{config, monitor};
use ocdeck_domain::{
    facts::{Fact, Quota, RestorePoint, System},
    ids::{RepositoryId, SystemId},
};
use std::{
    collections::{BTreeSet, HashMap},
    fs, io,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::PoisonError,
    time::{Duration, Instant},
};

/// Sources are looked at so often: one folder each.
const SOURCES: Duration = Duration::from_secs(5);
/// Repositories and quotas are counted at most so often, and rest twenty times as long
/// as counting them took.
const SPACE: Duration = Duration::from_secs(30);
/// Stale plans and journals are swept so often.
const SWEEP: Duration = Duration::from_secs(3600);
/// An unexpected restart is good again after so long a run.
const SETTLED: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// When something is done again.
#[derive(Default)]
struct Rest(HashMap<String, Instant>);

impl Rest {
    /// Does it, if it is due.
    fn due(&mut self, what: String, least: Duration, act: impl FnOnce()) {
        let began = Instant::now();
        if self.0.get(&what).is_some_and(|next| *next > began) {
            return;
        }
        act();
        let rest = least.max(began.elapsed().saturating_mul(20));
        self.0.insert(what, Instant::now() + rest);
    }
}

impl Agent {
    /// The watcher's thread: until the agent stops.
    pub(super) fn watch(&self) {
        let mut rest = Rest::default();
        loop {
            self.watch_once(&mut rest);
            let waited = self
                .0
                .changed
                .wait_timeout_while(self.board(), SOURCES, |board| !board.stopping)
                .unwrap_or_else(PoisonError::into_inner);
            if waited.0.stopping {
                return;
            }
        }
    }

    fn watch_once(&self, rest: &mut Rest) {
        for system in &self.0.config.systems {
            rest.due(format!("source {}", system.id), SOURCES, || {
                self.look_at_source(system);
            });
        }
        for quota in &self.0.config.quotas {
            let name = format!("quota {} {}", quota.tenant, quota.folder.display());
            rest.due(name, SPACE, || self.count_quota(quota));
        }
        for repository in &self.0.config.repositories {
            if self.board().stopping {
                return;
            }
            rest.due(format!("repository {}", repository.id), SPACE, || {
                self.look_at_repository(&repository.id);
                let systems: BTreeSet<_> = self.0.config.systems_of(&repository.id).collect();
                for system in systems {
                    self.look_at_system(system);
                }
            });
        }
        rest.due("approvals".to_owned(), SOURCES, || self.expire_approvals());
        rest.due("sweep".to_owned(), SWEEP, || {
            self.plans().sweep(&self.0.facts);
        });
        self.settle();
    }

    /// Counts a repository and judges its space.
    pub(super) fn look_at_repository(&self, id: &RepositoryId) {
        let Some(fact) = self.0.driver.repository(id) else {
            return;
        };
        self.saw(&monitor::repository_reached(&fact));
        if let Some(seen) = monitor::repository_space(&fact) {
            self.saw(&seen);
        }
        if self.0.facts.repository(id).as_ref() != Some(&fact) {
            self.0.facts.put(Fact::Repository(fact));
        }
    }

    /// Lists the points of a system and looks at its source.
    pub(super) fn look_at_system(&self, id: &SystemId) {
        match self.0.driver.points(id) {
            Ok(points) => self.saw_points(id, &points),
            Err(error) => tracing::warn!(system = %id, %error, "its points cannot be listed"),
        }
        if let Some(system) = self.0.config.system(id) {
            self.look_at_source(system);
        }
    }

    /// The points of a system are these now.
    pub(super) fn saw_points(&self, id: &SystemId, points: &[RestorePoint]) {
        let good = points.iter().find(|point| !point.shrunk);
        self.edit_system(id, |fact| {
            fact.point_count = points.len() as u64;
            fact.last_good_point = good.map(|point| point.time);
            fact.last_good_seeded = good.is_some_and(|point| point.seeded);
        });
    }

    /// What no job protects has no source here: its points come from elsewhere.
    fn look_at_source(&self, system: &config::System) {
        let mut jobs = self.0.config.jobs.iter();
        if !jobs.any(|job| job.system == system.id) {
            return;
        }
        let fact = self.0.facts.system(&system.id);
        let had_points = fact.is_some_and(|fact| fact.point_count > 0);
        let trouble = trouble(system, had_points);
        self.edit_system(&system.id, |fact| fact.trouble = trouble);
    }

    fn edit_system(&self, id: &SystemId, change: impl FnOnce(&mut System)) {
        let _edit = self.editing();
        if let Some(before) = self.0.facts.system(id) {
            let mut fact = before.clone();
            change(&mut fact);
            if fact != before {
                self.0.facts.put(Fact::System(fact));
            }
        }
    }

    fn count_quota(&self, quota: &config::Quota) {
        let used = match ocdeck_engine::repo::used_bytes(&quota.folder) {
            Ok(used) => used,
            Err(error) => {
                tracing::warn!(tenant = %quota.tenant, %error, "a quota is not counted");
                return;
            }
        };
        let fact = Quota {
            tenant: quota.tenant.clone(),
            repository: quota.repository.clone(),
            limit: quota.limit,
            used,
        };
        if !self.0.facts.quotas().contains(&fact) {
            self.0.facts.put(Fact::Quota(fact));
        }
    }

    /// Clears the alert of an unexpected restart once the agent has run for a while.
    fn settle(&self) {
        let good = monitor::restarted(&self.0.config.id, 0);
        let standing = self.0.facts.alert(&good.alert_id());
        let now = self.0.facts.now();
        if standing.is_some_and(|alert| now - alert.last_seen >= SETTLED) {
            self.saw(&good);
        }
    }
}

/// What is wrong with a source now, if anything.
fn trouble(system: &config::System, had_points: bool) -> Option<String> {
    if system.mountpoint && !is_mount(&system.root) {
        return Some(format!("{} is not mounted", system.root.display()));
    }
    system.folders.iter().find_map(|folder| {
        let shown = folder.display();
        match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
            Ok(true) if had_points => Some(format!("{shown} is empty")),
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Some(format!("{shown} is gone"))
            }
            // A single protected file.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => None,
            Err(error) => Some(format!("{shown} cannot be read: {error}")),
        }
    })
}

/// Whether a folder is on another file system than the one above it.
pub(crate) fn is_mount(path: &Path) -> bool {
    let place = |path: &Path| fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
    match (place(path), place(&path.join(".."))) {
        (Some((device, inode)), Some((above, inode_above))) => {
            device != above || inode == inode_above
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(root: &Path) -> config::System {
        config::System {
            id: "erp01".into(),
            tenant: "acme".into(),
            name: "erp01".into(),
            aliases: Vec::new(),
            platform: "vm".into(),
            root: root.to_owned(),
            mountpoint: false,
            read_only: false,
            folders: vec![root.join("db")],
        }
    }

    #[test]
    fn a_folder_that_is_gone_or_emptied_is_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let system = system(folder.path());
        assert!(trouble(&system, false).unwrap().ends_with("/db is gone"));
        fs::create_dir(folder.path().join("db")).unwrap();
        assert_eq!(trouble(&system, false), None, "nothing was ever there");
        assert!(trouble(&system, true).unwrap().ends_with("/db is empty"));
        fs::write(folder.path().join("db/file"), "x").unwrap();
        assert_eq!(trouble(&system, true), None);
    }

    #[test]
    fn a_root_that_must_be_a_mount_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let mut system = system(folder.path());
        system.mountpoint = true;
        assert!(trouble(&system, true).unwrap().contains("is not mounted"));
        assert!(is_mount(Path::new("/proc")));
        assert!(is_mount(Path::new("/")));
    }
}

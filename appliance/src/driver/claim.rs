//! Which points of a repository are a system's, and where in them its root is.

use crate::config::{self, Config, Foreign};
use ocdeck_engine::repo::Point;
use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

/// What a system calls its own in one repository.
pub(super) struct Claim<'c> {
    system: &'c config::System,
    /// Its jobs that write there.
    jobs: Vec<&'c str>,
    foreign: Vec<&'c Foreign>,
}

impl<'c> Claim<'c> {
    pub(super) fn of(
        config: &'c Config,
        system: &'c config::System,
        repository: &config::Repository,
    ) -> Self {
        let jobs = config.jobs.iter();
        let foreign = config.foreign.iter();
        Self {
            system,
            jobs: jobs
                .filter(|job| job.system == system.id && job.repository == repository.id)
                .map(|job| job.id.as_str())
                .collect(),
            foreign: foreign
                .filter(|it| it.system == system.id && it.repository == repository.id)
                .collect(),
        }
    }

    /// The folder in the point that is the system's root; `None`: the point is not its.
    pub(super) fn root_in(&self, point: &Point) -> Option<&'c Path> {
        let host = self.system.hosts().any(|host| host == point.host);
        let ours = host && self.jobs.contains(&point.job.as_str());
        let foreign = self.foreign.iter().find(|it| takes(it, point));
        match foreign.filter(|_| !ours) {
            Some(foreign) => Some(foreign.root.as_deref().unwrap_or(&self.system.root)),
            // Also what restic adds to a repository of ours, on the machine itself.
            None => (host && !self.jobs.is_empty()).then_some(&*self.system.root),
        }
    }
}

fn takes(foreign: &Foreign, point: &Point) -> bool {
    let path = |bytes| Path::new(OsStr::from_bytes(bytes));
    (foreign.hosts.is_empty() || foreign.hosts.contains(&point.host))
        && foreign.tags.iter().all(|tag| point.tags.contains(tag))
        && (foreign.paths.is_empty()
            || point.folders.iter().any(|folder| {
                let mut wanted = foreign.paths.iter();
                wanted.any(|wanted| path(folder).starts_with(wanted))
            }))
}

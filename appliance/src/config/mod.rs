//! `appliance.toml`: what this appliance is, holds and does.
//!
//! Owns the words of the file and their meaning; [`read()`] reports everything that is
//! wrong at once, each with its place and what to do. It looks at no folder of a system:
//! a system that is gone must not keep its appliance from starting.

mod check;
mod claims;
mod read;
mod sheet;
mod units;

pub use read::read;

use ocdeck_domain::{
    ids::{ApplianceId, JobId, PartyId, RepositoryId, SystemId, TenantId},
    policy::ApprovalPolicy,
};
use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

/// What an appliance is told about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    /// Who it is: a DNS label.
    pub id: ApplianceId,
    /// Where it listens: `address:port`; port 0 takes a free one.
    pub listen: String,
    /// Where it keeps what it knows.
    pub state_dir: PathBuf,
    /// Below which restores to staging go.
    pub staging: PathBuf,
    /// Bytes per second that a restore may write at most; absent: as fast as it can.
    pub restore_limit: Option<u64>,
    /// What needs a second person, or broken glass.
    pub limits: ApprovalPolicy,
    /// Its certificate.
    pub tls: Tls,
    /// The tenants it serves.
    pub tenants: Vec<Tenant>,
    /// Where restore points are kept.
    pub repositories: Vec<Repository>,
    /// The space tenants may use.
    pub quotas: Vec<Quota>,
    /// What is protected.
    pub systems: Vec<System>,
    /// What is run.
    pub jobs: Vec<Job>,
    /// Points that restic makes, and whose they are.
    pub foreign: Vec<Foreign>,
}

/// The files of the appliance's identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Its certificate, PEM.
    pub cert: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// Who signs the people it serves, PEM.
    pub ca: PathBuf,
    /// What that CA took back, PEM; absent: nothing.
    pub crl: Option<PathBuf>,
}

/// How a dispatch beyond the limit may go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Approval {
    /// Only with a second person's approval.
    Approve,
    /// Only by break glass.
    BreakGlass,
    /// Either.
    #[default]
    Both,
}

/// A tenant of this appliance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Id.
    pub id: TenantId,
    /// Its parents up to the provider.
    pub parties: Vec<PartyId>,
    /// Of an unmanaged tenant only the quota is ever told.
    pub managed: bool,
    /// How a dispatch beyond the limit may go on.
    pub approval: Approval,
    /// Folders that its restores may write to, besides its systems' roots and staging.
    pub restore_targets: Vec<PathBuf>,
    /// Whether its restores may make block and character devices: who reaches one reaches
    /// what is behind it, past all permissions of files.
    pub restore_devices: bool,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Id.
    pub id: RepositoryId,
    /// The tenant it serves; absent: the provider's own.
    pub tenant: Option<TenantId>,
    /// "primary", "offsite", "archive" or "replica".
    pub role: String,
    /// Its folder.
    pub path: PathBuf,
    /// The file with its password, in the first line.
    pub password_file: PathBuf,
    /// Bytes that it may hold.
    pub limit: Option<u64>,
}

/// Space of a tenant: counted, never refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The tenant.
    pub tenant: TenantId,
    /// The repository it is a part of.
    pub repository: RepositoryId,
    /// The folder that is counted.
    pub folder: PathBuf,
    /// Bytes that the tenant may use.
    pub limit: u64,
}

/// A protected system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Id.
    pub id: SystemId,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The name that people use.
    pub name: String,
    /// Other names that callers use.
    pub aliases: Vec<String>,
    /// "vm", "physical", "file_share", "database", "saas" or "cloud_vm".
    pub platform: String,
    /// The folder below which its data stands.
    pub root: PathBuf,
    /// Whether the root must be a mount point.
    pub mountpoint: bool,
    /// Whether it is read only: no restore ever writes below the root.
    pub read_only: bool,
    /// The protected folders, absolute.
    pub folders: Vec<PathBuf>,
}

/// A backup job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// What it protects.
    pub system: SystemId,
    /// Where its points go.
    pub repository: RepositoryId,
    /// "B1" … "A1".
    pub use_case: String,
    /// Time between runs; absent: on demand only.
    pub every: Option<Duration>,
    /// Bytes per second to read at most.
    pub read_limit: Option<u64>,
    /// Read every file at every run.
    pub reread_all: bool,
    /// A run that takes longer is stopped.
    pub max_runtime: Duration,
    /// A run that takes longer is an alert.
    pub long_after: Duration,
}

/// Points in a repository that restic itself makes, or made: which of them are of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The system that they are of.
    pub system: SystemId,
    /// Where they are.
    pub repository: RepositoryId,
    /// The hosts whose points they are; empty: any host.
    pub hosts: Vec<String>,
    /// Tags that such a point has, all of them.
    pub tags: Vec<String>,
    /// Paths of which such a point holds at least one, itself or something below it; empty:
    /// any paths.
    pub paths: Vec<PathBuf>,
    /// The folder in the points that is the root of the system here; absent: the same path.
    pub root: Option<PathBuf>,
}

impl System {
    /// The hosts that points in the repositories of its jobs may be of: its id, which our own
    /// points carry, and its aliases, as restic writes the machine's name.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let aliases = self.aliases.iter().map(String::as_str);
        std::iter::once(self.id.as_str()).chain(aliases)
    }
}

impl Config {
    /// The tenant of that id.
    pub fn tenant(&self, id: &TenantId) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.id == *id)
    }

    /// The system of that id.
    pub fn system(&self, id: &SystemId) -> Option<&System> {
        self.systems.iter().find(|system| system.id == *id)
    }

    /// The repository of that id.
    pub fn repository(&self, id: &RepositoryId) -> Option<&Repository> {
        self.repositories.iter().find(|it| it.id == *id)
    }

    /// The job of that id.
    pub fn job(&self, id: &JobId) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == *id)
    }

    /// The repositories that hold points of a system: those that its jobs write to, and
    /// those with foreign points of it.
    pub fn repositories_of<'a>(
        &'a self,
        system: &'a SystemId,
    ) -> impl Iterator<Item = &'a Repository> {
        self.repositories
            .iter()
            .filter(move |repository| self.systems_of(&repository.id).any(|id| id == system))
    }

    /// The systems whose points are in a repository; one may come twice.
    pub fn systems_of<'a>(
        &'a self,
        repository: &'a RepositoryId,
    ) -> impl Iterator<Item = &'a SystemId> {
        let jobs = self.jobs.iter().map(|job| (&job.repository, &job.system));
        let foreign = self.foreign.iter().map(|it| (&it.repository, &it.system));
        jobs.chain(foreign)
            .filter(move |(of, _)| *of == repository)
            .map(|(_, system)| system)
    }

    /// Whether a job writes to a repository. Nothing is ever written to any other.
    pub fn is_written(&self, repository: &RepositoryId) -> bool {
        self.jobs.iter().any(|job| job.repository == *repository)
    }
}

/// Something wrong in a file: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong and the remedy.
    pub text: String,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{}", Lines(file, problems))]
    Invalid {
        /// The file.
        file: PathBuf,
        /// Everything that is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
}

/// One problem a line, each as `file:line:column: text`, as editors and compilers do.
struct Lines<'a>(&'a Path, &'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.1.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            let Problem { line, column, text } = problem;
            write!(f, "{}:{line}:{column}: {text}", self.0.display())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

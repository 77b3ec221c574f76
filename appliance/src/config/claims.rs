//! Who may call which points of a shared repository theirs: no point is ever shown to two
//! tenants.

use super::{Config, check::Places, sheet::Sheet};
use ocdeck_domain::ids::{RepositoryId, TenantId};

/// The hosts whose points somebody calls theirs.
struct Claim<'c> {
    title: String,
    repository: &'c RepositoryId,
    tenant: &'c TenantId,
    /// Empty: every host.
    hosts: Vec<&'c str>,
    at: usize,
}

impl Claim<'_> {
    /// A host that both claim, or that one of them claims every host.
    fn shared(&self, other: &Self) -> Option<Option<String>> {
        if self.hosts.is_empty() || other.hosts.is_empty() {
            return Some(None);
        }
        let shared = self.hosts.iter().find(|host| other.hosts.contains(host));
        shared.map(|host| Some((*host).to_owned()))
    }
}

/// Points of a host belong to one tenant only. Tags and paths do not tell tenants apart:
/// whoever makes a point may set them as he likes.
pub(super) fn apart(sheet: &mut Sheet<'_>, config: &Config, places: &Places) {
    let claims = all(config, places);
    for (n, claim) in claims.iter().enumerate() {
        let before = claims
            .iter()
            .take(n)
            .filter(|other| other.repository == claim.repository && other.tenant != claim.tenant);
        for other in before {
            let Some(shared) = claim.shared(other) else {
                continue;
            };
            let host = match shared {
                Some(host) => format!("points of the host \"{host}\""),
                None => "points of every host, as one of the two names no hosts".to_owned(),
            };
            sheet.wrong(
                claim.at,
                format!(
                    "{} of {} and {} of {} both take {host} in the repository {}; a point is one tenant's: write hosts that differ",
                    claim.title, claim.tenant, other.title, other.tenant, claim.repository
                ),
            );
        }
    }
}

fn all<'c>(config: &'c Config, places: &Places) -> Vec<Claim<'c>> {
    let jobs = config.jobs.iter().zip(&places.jobs);
    let jobs = jobs.filter_map(|(job, (at, _, _))| {
        let system = config.system(&job.system)?;
        Some(Claim {
            title: format!("[[job]] {}", job.id),
            repository: &job.repository,
            tenant: &system.tenant,
            hosts: system.hosts().collect(),
            at: *at,
        })
    });
    let foreign = config.foreign.iter().zip(&places.foreign);
    let foreign = foreign.filter_map(|(it, (at, _))| {
        Some(Claim {
            title: format!("[[foreign]] {}", it.system),
            repository: &it.repository,
            tenant: &config.system(&it.system)?.tenant,
            hosts: it.hosts.iter().map(String::as_str).collect(),
            at: *at,
        })
    });
    jobs.chain(foreign).collect()
}

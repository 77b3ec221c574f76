//! What must hold between the values of `appliance.toml`.

use super::{
    Config, claims,
    sheet::{At, Sheet, resolve},
};
use ocdeck_domain::near::nearest;
use std::{collections::BTreeSet, net::SocketAddr, path::Path};

/// Where ids and references stand, in the order of their sections.
#[derive(Default)]
pub(super) struct Places {
    pub(super) staging: usize,
    pub(super) tenants: Vec<usize>,
    pub(super) repositories: Vec<(usize, usize)>,
    pub(super) quotas: Vec<(usize, usize)>,
    pub(super) systems: Vec<(usize, usize)>,
    pub(super) jobs: Vec<(usize, usize, usize)>,
    pub(super) foreign: Vec<(usize, usize)>,
}

/// The appliance's id becomes `<id>.appliance.ocdeck.internal` in its certificate.
pub(super) fn dns_label(sheet: &mut Sheet<'_>, id: &At<String>) {
    let text = &id.value;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.is_empty() {
        return;
    }
    if text.len() > 63 || !text.bytes().all(fits) || text.starts_with('-') || text.ends_with('-') {
        sheet.wrong(
            id.at,
            format!(
                "'id' cannot be \"{text}\": it is a DNS label of at most 63 lower-case letters, digits and '-', not at its ends, such as \"dc1-backup\""
            ),
        );
    }
}

/// Ids of entities are short and printable, because people read them aloud.
pub(super) fn id(sheet: &mut Sheet<'_>, title: &str, id: &At<String>) {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let text = &id.value;
    if text.len() > 64 || !text.chars().all(fits) {
        sheet.wrong(
            id.at,
            format!("{title}: an id has at most 64 letters, digits, '-', '_' and '.'"),
        );
    }
}

pub(super) fn listen(sheet: &mut Sheet<'_>, listen: &At<String>) {
    if !listen.value.is_empty() && listen.value.parse::<SocketAddr>().is_err() {
        sheet.wrong(
            listen.at,
            format!(
                "'listen' cannot be \"{}\"; write \"address:port\", such as \"0.0.0.0:7443\" or \"[::]:7443\"",
                listen.value
            ),
        );
    }
}

/// Protected folders lie below their root, because a restore writes only there.
pub(super) fn folders(sheet: &mut Sheet<'_>, title: &str, root: &Path, folders: &[At<String>]) {
    if root == Path::new("/") {
        let at = folders.first().map_or(0, |folder| folder.at);
        sheet.wrong(at, format!("{title}: 'root' cannot be \"/\""));
    }
    for folder in folders {
        if !resolve(root, &folder.value).starts_with(root) {
            sheet.wrong(
                folder.at,
                format!(
                    "{title}: the folder \"{}\" is not below the root {}; give it relative to the root",
                    folder.value,
                    root.display()
                ),
            );
        }
    }
}

/// References name something; ids are unique; nothing backs itself up.
pub(super) fn references(sheet: &mut Sheet<'_>, config: &Config, places: &Places) {
    let tenants: Vec<_> = config.tenants.iter().map(|it| it.id.as_str()).collect();
    let repositories: Vec<_> = config
        .repositories
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    let systems: Vec<_> = config.systems.iter().map(|it| it.id.as_str()).collect();
    let jobs: Vec<_> = config.jobs.iter().map(|it| it.id.as_str()).collect();

    unique(sheet, "tenant", &tenants, places.tenants.iter().copied());
    unique(
        sheet,
        "repository",
        &repositories,
        places.repositories.iter().map(|it| it.0),
    );
    unique(
        sheet,
        "system",
        &systems,
        places.systems.iter().map(|it| it.0),
    );
    unique(sheet, "job", &jobs, places.jobs.iter().map(|it| it.0));

    for (repository, (_, at)) in config.repositories.iter().zip(&places.repositories) {
        if let Some(tenant) = &repository.tenant {
            known(sheet, "tenant", tenant.as_str(), &tenants, *at);
        }
    }
    for (quota, (tenant, repository)) in config.quotas.iter().zip(&places.quotas) {
        known(sheet, "tenant", quota.tenant.as_str(), &tenants, *tenant);
        known(
            sheet,
            "repository",
            quota.repository.as_str(),
            &repositories,
            *repository,
        );
    }
    for (system, (_, at)) in config.systems.iter().zip(&places.systems) {
        known(sheet, "tenant", system.tenant.as_str(), &tenants, *at);
    }
    for (job, (_, system, repository)) in config.jobs.iter().zip(&places.jobs) {
        known(sheet, "system", job.system.as_str(), &systems, *system);
        known(
            sheet,
            "repository",
            job.repository.as_str(),
            &repositories,
            *repository,
        );
    }
    for (foreign, (system, repository)) in config.foreign.iter().zip(&places.foreign) {
        known(sheet, "system", foreign.system.as_str(), &systems, *system);
        known(
            sheet,
            "repository",
            foreign.repository.as_str(),
            &repositories,
            *repository,
        );
    }
    staging(sheet, config, places.staging);
    tenancy(sheet, config, places);
    claims::apart(sheet, config, places);
    nesting(sheet, config, places);
}

fn unique(sheet: &mut Sheet<'_>, kind: &str, ids: &[&str], places: impl Iterator<Item = usize>) {
    let mut seen = BTreeSet::new();
    for (id, at) in ids.iter().zip(places) {
        if !id.is_empty() && !seen.insert(*id) {
            sheet.wrong(
                at,
                format!("there are two of [[{kind}]] {id}; give one another id"),
            );
        }
    }
}

fn known(sheet: &mut Sheet<'_>, kind: &str, id: &str, ids: &[&str], at: usize) {
    if id.is_empty() || ids.contains(&id) {
        return;
    }
    let remedy = match nearest(id, ids.iter().copied()) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => format!("add [[{kind}]] with id = \"{id}\""),
    };
    sheet.wrong(at, format!("there is no {kind} \"{id}\"; {remedy}"));
}

/// A tenant's points never go into another tenant's repository.
fn tenancy(sheet: &mut Sheet<'_>, config: &Config, places: &Places) {
    let jobs = config.jobs.iter().zip(&places.jobs);
    let jobs = jobs.map(|(job, (_, _, at))| {
        let title = format!("[[job]] {}", job.id);
        (title, &job.system, &job.repository, *at)
    });
    let foreign = config.foreign.iter().zip(&places.foreign);
    let foreign = foreign.map(|(it, (_, at))| {
        let title = format!("[[foreign]] {}", it.system);
        (title, &it.system, &it.repository, *at)
    });
    for (title, system, repository, at) in jobs.chain(foreign) {
        let (Some(system), Some(repository)) =
            (config.system(system), config.repository(repository))
        else {
            continue;
        };
        if let Some(owner) = &repository.tenant
            && *owner != system.tenant
        {
            sheet.wrong(
                at,
                format!(
                    "{title}: the repository {} is {owner}'s, the system {} is {}'s; use a repository of that tenant",
                    repository.id, system.id, system.tenant
                ),
            );
        }
    }
}

/// Restores to staging never reach the agent's own files.
fn staging(sheet: &mut Sheet<'_>, config: &Config, at: usize) {
    let own = config.repositories.iter().map(|it| &it.path);
    let mut own = own.chain(std::iter::once(&config.state_dir));
    // A path that is missing, which was told, counts as the folder of the file.
    let folder = config.file.parent();
    let meant = |path: &&std::path::PathBuf| Some(path.as_path()) != folder;
    if let Some(path) = own.find(|path| meant(path) && config.staging.starts_with(path)) {
        sheet.wrong(
            at,
            format!(
                "'staging' lies in {}; give it a folder of its own",
                path.display()
            ),
        );
    }
}

/// A repository, or the agent's own state, below a protected folder would back itself up.
fn nesting(sheet: &mut Sheet<'_>, config: &Config, places: &Places) {
    for (system, (at, _)) in config.systems.iter().zip(&places.systems) {
        let own = config
            .repositories
            .iter()
            .map(|it| (&it.path, "the repository"));
        let state = std::iter::once((&config.state_dir, "the state folder"));
        for (path, what) in own.chain(state) {
            if let Some(folder) = system.folders.iter().find(|it| path.starts_with(it)) {
                sheet.wrong(
                    *at,
                    format!(
                        "[[system]] {}: {what} {} lies below its folder {} and would back itself up; move it",
                        system.id,
                        path.display(),
                        folder.display()
                    ),
                );
            }
        }
    }
}

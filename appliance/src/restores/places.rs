//! Where a restore may write. The agent often runs as root: a certificate must not be
//! able to write `/etc/cron.d`.
//!
//! Judged by the words of the configuration; that no symlink leads out of an allowed
//! folder is seen to by the engine, which follows none below it.

use crate::{
    config::{Config, System, Tenant},
    work::Refusal,
};
use ocdeck_domain::{
    facts::PathBytes,
    restore::{Order, Target},
};
use ocdeck_engine::place::{Place, is_component, is_reference, parts};
use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// A place that an order may write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// For the engine.
    pub place: Place,
    /// The folder that must exist, and whether it must be a mount.
    pub root: (PathBuf, bool),
}

/// The place that `order` writes to, if it may.
pub fn allowed(config: &Config, order: &Order, reference: &str) -> Result<Allowed, Refusal> {
    let system = config
        .system(&order.system)
        .ok_or_else(|| Refusal::NotFound(format!("there is no system {}", order.system)))?;
    let tenant = config
        .tenant(&system.tenant)
        .ok_or_else(|| Refusal::Internal(format!("system {} has no tenant", system.id)))?;
    let allowed = match &order.target {
        Target::Original => below_root(system, Place::original(bytes(&system.root))),
        Target::OtherSystem(id) => {
            let other = config
                .system(id)
                .filter(|other| other.tenant == system.tenant)
                .ok_or_else(|| {
                    Refusal::PermissionDenied(format!(
                        "{id} is no other system of {} on this appliance; {}",
                        system.tenant,
                        hint(config, system, tenant, reference)
                    ))
                })?;
            below_root(other, Place::elsewhere(bytes(&other.root), b""))
        }
        Target::Staging(name) => staging(config, name, reference)?,
        Target::OtherPath(path) => other_path(config, system, tenant, path, reference)?,
    };
    not_ours(config, &allowed, order)?;
    not_read_only(config, &allowed)?;
    Ok(allowed)
}

fn below_root(system: &System, place: Place) -> Allowed {
    Allowed {
        place,
        root: (system.root.clone(), system.mountpoint),
    }
}

fn staging(config: &Config, name: &str, reference: &str) -> Result<Allowed, Refusal> {
    let wrong = |text: String| Refusal::InvalidArgument {
        field: "order.target.staging.reference",
        text,
    };
    if name != reference {
        return Err(wrong(format!(
            "the folder below staging is named by the request: use {reference}"
        )));
    }
    let place = Place::staging(bytes(&config.staging), name)
        .ok_or_else(|| wrong(format!("'{name}' cannot be the name of a folder")))?;
    Ok(Allowed {
        place,
        root: (config.staging.clone(), false),
    })
}

fn other_path(
    config: &Config,
    system: &System,
    tenant: &Tenant,
    path: &[u8],
    reference: &str,
) -> Result<Allowed, Refusal> {
    let wrong = |text: &str| Refusal::InvalidArgument {
        field: "order.target.other_path.path",
        text: text.to_owned(),
    };
    if path.first() != Some(&b'/') {
        return Err(wrong("give the whole path, from /"));
    }
    if !parts(path).all(is_component) {
        return Err(wrong("give the path without . and .."));
    }
    let mut clean = b"/".to_vec();
    clean.extend(parts(path).collect::<Vec<_>>().join(&b'/'));
    let target = Path::new(OsStr::from_bytes(&clean));
    let staging = Base {
        folder: config.staging.clone(),
        mountpoint: false,
        create: true,
    };
    let own = is_reference(reference).then(|| config.staging.join(reference));
    if own.is_some_and(|own| target.starts_with(own)) {
        return Ok(staging.allows(target));
    }
    bases(config, system, tenant)
        .into_iter()
        .filter(|base| target.starts_with(&base.folder))
        // The deepest: what lies above it is none of this restore's business.
        .max_by_key(|base| base.folder.components().count())
        .map(|base| base.allows(target))
        .ok_or_else(|| {
            Refusal::PermissionDenied(format!(
                "a restore of {} may not write to {}; {}",
                system.id,
                target.display(),
                hint(config, system, tenant, reference)
            ))
        })
}

/// A folder that restores may write to.
struct Base {
    folder: PathBuf,
    mountpoint: bool,
    create: bool,
}

impl Base {
    fn allows(self, target: &Path) -> Allowed {
        let below = target.strip_prefix(&self.folder).unwrap_or(Path::new(""));
        let mut place = Place::elsewhere(bytes(&self.folder), bytes(below));
        place.create = self.create;
        Allowed {
            place,
            root: (self.folder, self.mountpoint),
        }
    }
}

fn bases(config: &Config, system: &System, tenant: &Tenant) -> Vec<Base> {
    let roots = config
        .systems
        .iter()
        .filter(|other| other.tenant == system.tenant)
        .map(|other| Base {
            folder: other.root.clone(),
            mountpoint: other.mountpoint,
            create: true,
        });
    let targets = tenant.restore_targets.iter().map(|folder| Base {
        folder: folder.clone(),
        mountpoint: false,
        create: true,
    });
    roots.chain(targets).collect()
}

fn hint(config: &Config, system: &System, tenant: &Tenant, reference: &str) -> String {
    let read_only = |folder: &Path| {
        let mut systems = config.systems.iter();
        systems.any(|system| system.read_only && system.root == folder)
    };
    let mut folders: Vec<_> = bases(config, system, tenant)
        .into_iter()
        .filter(|base| !read_only(&base.folder))
        .map(|base| base.folder.display().to_string())
        .collect();
    folders.push(config.staging.join(reference).display().to_string());
    format!("allowed are folders below {}", folders.join(", "))
}

/// Never into the agent's state, keys or repositories.
fn not_ours(config: &Config, allowed: &Allowed, order: &Order) -> Result<(), Refusal> {
    let target: PathBytes = allowed.place.target();
    let target = Path::new(OsStr::from_bytes(&target));
    let real = target.canonicalize().unwrap_or_else(|_| target.to_owned());
    let own = own_places(config);
    // Onto its original place only protected folders are written, and the configuration
    // sees to it that nothing of ours lies below those.
    let original = order.target == Target::Original;
    for (path, what) in own {
        let path_real = path.canonicalize().unwrap_or_else(|_| path.clone());
        let inside = target.starts_with(&path) || real.starts_with(&path_real);
        let around = !original && (path.starts_with(target) || path_real.starts_with(&real));
        if inside || around {
            return Err(Refusal::PermissionDenied(format!(
                "{} holds or is {what} of this appliance; choose another folder",
                target.display()
            )));
        }
    }
    Ok(())
}

/// Never into the folder of a system that is only read, by whatever name it is reached.
fn not_read_only(config: &Config, allowed: &Allowed) -> Result<(), Refusal> {
    let target: PathBytes = allowed.place.target();
    let target = Path::new(OsStr::from_bytes(&target));
    let real = nearest_real(target);
    for system in config.systems.iter().filter(|system| system.read_only) {
        let root = nearest_real(&system.root);
        let inside = target.starts_with(&system.root) || real.starts_with(&root);
        // A folder of that name in what is restored would be merged into it.
        let around = system.root.starts_with(target) || root.starts_with(&real);
        if inside || around {
            return Err(Refusal::PermissionDenied(format!(
                "{} is only read here (read_only in appliance.toml): nothing is ever written \
                 below {}; restore to staging",
                system.id,
                system.root.display()
            )));
        }
    }
    Ok(())
}

/// A path with its links resolved as far as it exists.
fn nearest_real(path: &Path) -> PathBuf {
    path.ancestors()
        .find_map(|above| {
            let real = above.canonicalize().ok()?;
            Some(real.join(path.strip_prefix(above).ok()?))
        })
        .unwrap_or_else(|| path.to_owned())
}

fn own_places(config: &Config) -> Vec<(PathBuf, &'static str)> {
    let repositories = config.repositories.iter().flat_map(|it| {
        [
            (it.path.clone(), "a repository"),
            (it.password_file.clone(), "a key"),
        ]
    });
    [
        (config.state_dir.clone(), "the state"),
        (config.tls.key.clone(), "a key"),
        (config.tls.cert.clone(), "a certificate"),
        (config.tls.ca.clone(), "a certificate"),
        (config.file.clone(), "the configuration"),
    ]
    .into_iter()
    .chain(config.tls.crl.clone().map(|crl| (crl, "a certificate")))
    .chain(repositories)
    .filter(|(path, _)| !path.as_os_str().is_empty())
    .collect()
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

#[cfg(test)]
mod tests;

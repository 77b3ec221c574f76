//! `appliance.toml` on its own machine: mistakes, certificate, folders, repositories. Nothing
//! is opened for writing; an appliance may be serving meanwhile.

use super::{
    certificates,
    report::{Check, Report},
};
use ocdeck_appliance::config::{self, Config, Repository};
use ocdeck_domain::{policy::ApprovalPolicy, words};
use ocdeck_trust::{Identity, Purpose, Revoked};
use rustix::fs::{Access, access};
use std::{fs, os::unix::fs::MetadataExt, path::Path};

const AREA: &str = "appliance";

/// Looks at the file and at what it names.
pub(super) fn look(report: &mut Report, file: &Path) {
    let config = match config::read(file) {
        Ok(config) => config,
        Err(error) => {
            for line in error.to_string().lines() {
                let check = Check::wrong(AREA, "appliance.toml", line);
                report.add(check.mend(format!("${{EDITOR:-vi}} {}", file.display())));
            }
            return;
        }
    };
    report.add(Check::well(
        AREA,
        "appliance.toml",
        format!(
            "{}; systems: {}, jobs: {}, repositories: {}",
            config.id,
            config.systems.len(),
            config.jobs.len(),
            config.repositories.len()
        ),
    ));
    certificate(report, &config);
    for (name, folder) in [("state", &config.state_dir), ("staging", &config.staging)] {
        report.add(writable(name, folder));
    }
    report.add(limit(&config.limits));
    for tenant in config.tenants.iter().filter(|tenant| tenant.managed) {
        report.add(beyond_the_limit(tenant));
    }
    for system in &config.systems {
        report.add(source(system));
    }
    for repository in &config.repositories {
        report.add(password(repository));
        report.add(holds_points(repository));
    }
}

fn certificate(report: &mut Report, config: &Config) {
    let config::Tls { cert, key, ca, crl } = &config.tls;
    let peer = certificates::own(report, AREA, Purpose::Server, cert, key, ca);
    if let Some(Identity::Appliance(id)) = peer.map(|peer| peer.identity)
        && id != config.id
    {
        let text = format!(
            "the file says id = \"{}\", the certificate is {id}'s: clients would refuse it",
            config.id
        );
        let check = Check::wrong(AREA, "id", text);
        report.add(check.mend(format!("ocdeck pki issue appliance {}", config.id)));
    }
    report.add(match crl {
        None => Check::warning(
            AREA,
            "revocation",
            "no list is named: nobody can be taken back",
        )
        .mend("add to [tls]: crl = \"…/crl.pem\", the file beside the CA's"),
        Some(crl) => match Revoked::load(crl, ca) {
            Ok(revoked) => {
                let text = format!("{}; taken back: {}", crl.display(), revoked.len());
                Check::well(AREA, "revocation", text)
            }
            Err(error) => certificates::refused(AREA, &error),
        },
    });
}

/// How far one person may go alone.
fn limit(limits: &ApprovalPolicy) -> Check {
    let (most, files) = (
        words::bytes(limits.replace_bytes),
        words::files(limits.original_files),
    );
    let text = format!(
        "replacing more than {most}, or a whole system onto its place that replaces {files} or more"
    );
    Check::well(AREA, "beyond the limit of one person", text)
}

/// How a restore of a tenant goes beyond the limit of one person.
fn beyond_the_limit(tenant: &config::Tenant) -> Check {
    let ways = match tenant.approval {
        config::Approval::Both => "approval by a duty manager, or break glass",
        config::Approval::Approve => "only with approval by a duty manager",
        config::Approval::BreakGlass => "only by break glass",
    };
    let name = format!("tenant {}", tenant.id);
    Check::well(
        AREA,
        name,
        format!("beyond the limit of one person: {ways}"),
    )
}

/// A folder that is not there is made by the agent, below one that is.
fn writable(name: &str, folder: &Path) -> Check {
    let there = folder.ancestors().find(|above| above.exists());
    let there = there.unwrap_or(folder);
    if access(there, Access::WRITE_OK | Access::EXEC_OK).is_ok() {
        Check::well(AREA, name, folder.display().to_string())
    } else {
        Check::wrong(AREA, name, format!("{} cannot be written", there.display()))
            .mend(format!("sudo chown $USER {}", there.display()))
    }
}

fn source(system: &config::System) -> Check {
    let name = format!("system {}", system.id);
    let gone = system.folders.iter().find(|folder| !folder.is_dir());
    match gone {
        Some(folder) => Check::wrong(AREA, name, format!("{} is not there", folder.display()))
            .mend("mount it, or correct 'root' and 'folders'"),
        None => Check::well(AREA, name, system.root.display().to_string()),
    }
}

fn password(repository: &Repository) -> Check {
    let name = format!("password of {}", repository.id);
    let path = &repository.password_file;
    let shown = path.display();
    match (fs::read_to_string(path), fs::metadata(path)) {
        (Ok(text), Ok(about)) if !text.lines().next().unwrap_or_default().is_empty() => {
            if about.mode() & 0o077 == 0 {
                Check::well(AREA, name, shown.to_string())
            } else {
                let mode = about.mode() & 0o7777;
                Check::warning(
                    AREA,
                    name,
                    format!("{shown} can be read by others (mode {mode:04o})"),
                )
                .mend(format!("chmod 600 {shown}"))
            }
        }
        (Ok(_), _) => Check::wrong(AREA, name, format!("{shown} is empty"))
            .mend("write the repository's password into its first line"),
        (Err(error), _) => Check::wrong(AREA, name, format!("{shown} cannot be read: {error}"))
            .mend("write the repository's password into its first line, mode 0600"),
    }
}

/// A restic repository has a file `config`; without one the first run makes it, maybe now.
fn holds_points(repository: &Repository) -> Check {
    /// What restic's format has in a repository's folder.
    const OWN: [&str; 6] = ["config", "data", "index", "keys", "locks", "snapshots"];
    let name = format!("repository {}", repository.id);
    let shown = repository.path.display();
    if repository.path.join("config").is_file() {
        return Check::well(AREA, name, shown.to_string());
    }
    let entries = fs::read_dir(&repository.path).into_iter().flatten();
    let mut names = entries.flatten().map(|entry| entry.file_name());
    match names.find(|name| !OWN.iter().any(|own| name == *own)) {
        Some(other) => Check::wrong(
            AREA,
            name,
            format!(
                "{shown} holds {}: it is no restic repository",
                other.display()
            ),
        )
        .mend("correct 'path', or name a folder that is not there yet"),
        None => Check::well(AREA, name, format!("{shown} is made by the first run")),
    }
}

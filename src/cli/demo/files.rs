//! The files of the demo: its PKI, one `appliance.toml` an appliance, one `fleet.toml`.
//!
//! Everything stands below one folder:
//! `pki/`, `fleet.toml`, `systems/<tenant>/<system>/` (the data that is protected),
//! `quota/<tenant>/`, and a folder an appliance with its configuration, state and repositories.

use super::{
    own::Own,
    world::{APPLIANCES, Appliance, CONTACTS, RESELLER, SITES, System, TENANTS},
};
use anyhow::{Context, bail};
use ocdeck_domain::ids::ApplianceId;
use ocdeck_trust::{Pki, Role};
use std::{
    collections::BTreeSet,
    fmt::Write,
    fs::{self, OpenOptions},
    io::Write as _,
    net::TcpListener,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The technician who sits at the demo's console.
pub(super) const PERSON: &str = "mara";

/// The duty manager, who approves at a console of her own.
pub(super) const MANAGER: &str = "eva";

/// Bytes per second: a restore of a few megabytes takes long enough to be watched.
const RESTORE_LIMIT: u64 = 350_000;

/// The job that protects a system.
pub(super) fn job_of(system: &System) -> String {
    format!("{}-files", system.id)
}

/// Where the data of a system stands.
pub(super) fn root_of(dir: &Path, system: &System) -> PathBuf {
    dir.join("systems").join(system.tenant).join(system.id)
}

/// The configuration of an appliance.
pub(super) fn config_of(dir: &Path, appliance: &Appliance) -> PathBuf {
    dir.join(appliance.id).join("appliance.toml")
}

/// The folder whose size is the use of an unmanaged tenant.
pub(super) fn quota_of(dir: &Path, tenant: &str) -> PathBuf {
    dir.join("quota").join(tenant)
}

/// Writes all of them, those for a folder of one's own among them. The folders of the systems are there, and empty.
pub(super) fn write(dir: &Path, own: Option<&Own>) -> anyhow::Result<()> {
    let pki = Pki::init(dir.join("pki"))?;
    pki.issue_person(PERSON, Role::Technician, &[])?;
    pki.issue_person(MANAGER, Role::DutyManager, &[])?;
    // The last one is for a folder of one's own.
    let ports = free_ports(APPLIANCES.len() + 1)?;
    for (appliance, port) in APPLIANCES.iter().zip(&ports) {
        pki.issue_appliance(&ApplianceId::new(appliance.id))?;
        let folder = dir.join(appliance.id);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        for system in appliance.systems {
            let root = root_of(dir, system);
            fs::create_dir_all(&root).with_context(|| root.display().to_string())?;
        }
        let password = uuid::Uuid::new_v4().simple().to_string();
        write_new(&folder.join("password"), &password, 0o600)?;
        write_new(
            &config_of(dir, appliance),
            &appliance_toml(appliance, *port),
            0o644,
        )?;
    }
    let mut fleet = fleet_toml(&ports);
    if let (Some(own), Some(port)) = (own, ports.last()) {
        own.write(dir, &pki, *port)?;
        fleet.push_str(&Own::fleet_toml(*port));
    }
    write_new(&fleet_of(dir, PERSON), &fleet, 0o644)?;
    let hers = fleet.replace(&format!("pki/{PERSON}."), &format!("pki/{MANAGER}."));
    write_new(&fleet_of(dir, MANAGER), &hers, 0o644)
}

/// The console's file of a person.
pub(super) fn fleet_of(dir: &Path, person: &str) -> PathBuf {
    match person {
        PERSON => dir.join("fleet.toml"),
        other => dir.join(format!("fleet-{other}.toml")),
    }
}

/// Where appliances are to listen: below the ports that systems give to whoever asks for
/// any, because minutes may pass until the last appliance is seeded and listens.
const PORTS: std::ops::Range<u16> = 10_000..30_000;

/// Ports that nobody listens on.
fn free_ports(count: usize) -> anyhow::Result<Vec<u16>> {
    let mut ports = BTreeSet::new();
    for _ in 0..PORTS.len() {
        let port = fastrand::u16(PORTS);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            ports.insert(port);
        }
        if ports.len() == count {
            return Ok(ports.into_iter().collect());
        }
    }
    bail!(
        "no free port on 127.0.0.1 from {} to {}",
        PORTS.start,
        PORTS.end
    )
}

pub(super) fn write_new(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// The tenants that an appliance serves: those of its systems and of its quota.
fn tenants_of(appliance: &Appliance) -> Vec<&'static str> {
    let quota = appliance.quota.map(|(tenant, _)| tenant);
    let mut tenants: Vec<_> = appliance
        .systems
        .iter()
        .map(|s| s.tenant)
        .chain(quota)
        .collect();
    tenants.sort_unstable();
    tenants.dedup();
    tenants
}

fn appliance_toml(appliance: &Appliance, port: u16) -> String {
    let id = appliance.id;
    let mut text = format!(
        r#"id = "{id}"
listen = "127.0.0.1:{port}"
state_dir = "state"
staging = "staging"
restore_limit = {RESTORE_LIMIT}

[tls]
cert = "../pki/{id}.pem"
key = "../pki/{id}.key"
ca = "../pki/ca.pem"
crl = "../pki/crl.pem"
"#
    );
    for tenant in TENANTS
        .iter()
        .filter(|t| tenants_of(appliance).contains(&t.id))
    {
        let parties = if tenant.parent == RESELLER {
            format!(r#"["{RESELLER}", "provider"]"#)
        } else {
            r#"["provider"]"#.to_owned()
        };
        let _ = write!(
            text,
            "\n[[tenant]]\nid = \"{}\"\nparties = {parties}\nmanaged = {}\n",
            tenant.id, tenant.managed
        );
    }
    // A hosted appliance serves several tenants from a repository of the provider's own.
    let hosted = appliance.quota.is_some();
    if hosted {
        repository(&mut text, "hosted", None, None);
    }
    for system in appliance.systems {
        if system.limit.is_some() {
            repository(
                &mut text,
                &repository_of(appliance, system),
                Some(system.tenant),
                system.limit,
            );
        }
    }
    if let Some(system) = appliance
        .systems
        .iter()
        .find(|s| s.limit.is_none() && !hosted)
    {
        repository(
            &mut text,
            &repository_of(appliance, system),
            Some(system.tenant),
            None,
        );
    }
    if let Some((tenant, limit)) = appliance.quota {
        let _ = write!(
            text,
            "\n[[quota]]\ntenant = \"{tenant}\"\nrepository = \"hosted\"\nfolder = \"../quota/{tenant}\"\nlimit = {limit}\n"
        );
    }
    for system in appliance.systems {
        system_toml(&mut text, appliance, system);
    }
    text
}

fn repository_of(appliance: &Appliance, system: &System) -> String {
    if appliance.quota.is_some() {
        "hosted".to_owned()
    } else if system.limit.is_some() {
        format!("{}-small", system.tenant)
    } else {
        format!("{}-main", system.tenant)
    }
}

fn repository(text: &mut String, id: &str, tenant: Option<&str>, limit: Option<u64>) {
    let _ = write!(text, "\n[[repository]]\nid = \"{id}\"\n");
    if let Some(tenant) = tenant {
        let _ = writeln!(text, "tenant = \"{tenant}\"");
    }
    let _ = write!(
        text,
        "role = \"primary\"\npath = \"repository-{id}\"\npassword_file = \"password\"\n"
    );
    if let Some(limit) = limit {
        let _ = writeln!(text, "limit = {limit}");
    }
}

fn system_toml(text: &mut String, appliance: &Appliance, system: &System) {
    let folders: Vec<_> = system.folders.iter().map(|(folder, _)| *folder).collect();
    let _ = write!(
        text,
        r#"
[[system]]
id = "{id}"
tenant = "{tenant}"
name = "{id}"
aliases = {aliases:?}
platform = "{platform}"
root = "../systems/{tenant}/{id}"
folders = {folders:?}

[[job]]
id = "{job}"
system = "{id}"
repository = "{repository}"
use_case = "{use_case}"
every = "{every}s"
read_limit = {read_limit}
reread_all = true
"#,
        id = system.id,
        tenant = system.tenant,
        aliases = system.aliases,
        job = job_of(system),
        platform = system.platform,
        repository = repository_of(appliance, system),
        use_case = system.use_case,
        every = system.every,
        read_limit = system.bytes / system.run_seconds,
    );
}

fn fleet_toml(ports: &[u16]) -> String {
    let mut text = format!(
        r#"[me]
cert = "pki/{PERSON}.pem"
key = "pki/{PERSON}.key"
ca = "pki/ca.pem"

[[party]]
id = "provider"
name = "provider"
time_zone = "America/Chicago"

[[party]]
id = "{RESELLER}"
name = "{RESELLER}"
parent = "provider"

[[rota]]
role = "duty_manager"
name = "{MANAGER}"
phone = "+1 555 0100"
days = ["mon-sun"]
from = "00:00"
to = "24:00"
"#
    );
    for tenant in TENANTS {
        let _ = write!(
            text,
            "\n[[tenant]]\nid = \"{0}\"\nname = \"{0}\"\nparent = \"{1}\"\nmanaged = {2}\ntime_zone = \"{3}\"\nrestart_policy = \"{4}\"\n",
            tenant.id, tenant.parent, tenant.managed, tenant.time_zone, tenant.restart_policy
        );
        if tenant.id == "cove" {
            text.push_str("calendar = \"shop\"\n");
        }
    }
    for contact in CONTACTS {
        let email = contact.name.to_lowercase().replace(' ', ".");
        let _ = write!(
            text,
            "\n[[contact]]\ntenant = \"{}\"\nname = \"{}\"\nphone = \"{}\"\nemail = \"{email}@{}.example\"\nmay_request = {}\nmay_authorise = {}\n",
            contact.tenant,
            contact.name,
            contact.phone,
            contact.tenant,
            contact.may_request,
            contact.may_authorise
        );
    }
    for site in SITES {
        let _ = write!(
            text,
            "\n[[site]]\nid = \"{}\"\ntenant = \"{}\"\nkind = \"{}\"\n",
            site.id, site.tenant, site.kind
        );
    }
    for (appliance, port) in APPLIANCES.iter().zip(ports) {
        let _ = write!(
            text,
            "\n[[appliance]]\nid = \"{}\"\naddress = \"127.0.0.1:{port}\"\nsites = {:?}\n",
            appliance.id, appliance.sites
        );
    }
    text.push_str(&when_toml(chrono::Utc::now()));
    text
}

/// The hours of a client, who is on duty, and a maintenance window of the coming night.
fn when_toml(now: chrono::DateTime<chrono::Utc>) -> String {
    let mut text = r#"
[[calendar]]
id = "shop"
days = ["mon-fri"]
hours = ["08:00-12:00", "13:00-17:00"]
sat = ["09:00-13:00"]
holidays = ["2026-12-25 Christmas Day", "2027-01-01 New Year's Day"]
"#
    .to_owned();
    for (role, name, phone, from, to) in ROTA {
        let _ = write!(
            text,
            "\n[[rota]]\nrole = \"{role}\"\nname = \"{name}\"\nphone = \"{phone}\"\ndays = [\"mon-sun\"]\nfrom = \"{from}\"\nto = \"{to}\"\n",
        );
    }
    let tomorrow = (now + chrono::TimeDelta::days(1)).format("%Y-%m-%d");
    let _ = write!(
        text,
        "\n[[window]]\ntenant = \"cove\"\nfrom = \"{tomorrow} 02:00\"\nto = \"{tomorrow} 04:00\"\nkind = \"regular\"\nreason = \"new disks in hv02\"\n",
    );
    text
}

/// Who is on duty: role, name, number, from, to.
const ROTA: [(&str, &str, &str, &str, &str); 4] = [
    ("duty_manager", "eva", "+1 555 0101", "06:00", "18:00"),
    ("duty_manager", "noor", "+1 555 0102", "18:00", "06:00"),
    ("technician", "mara", "+1 555 0111", "06:00", "18:00"),
    ("technician", "jon", "+1 555 0112", "18:00", "06:00"),
];

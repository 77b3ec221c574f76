//! `ocdeck appliance init`: the first files of an appliance that protects one folder, and
//! of a console that knows it. Everything else is an edit of these files.
//!
//! It writes into a folder of its own and never over a file that is there.

use anyhow::{Context, bail};
use ocdeck_domain::ids::ApplianceId;
use ocdeck_trust::Pki;
use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Writes the first files of an appliance that protects one folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The appliance's id: lower-case letters, digits and '-'; names its folder too.
    pub(super) id: String,
    /// The folder to protect.
    #[arg(long, value_name = "FOLDER")]
    pub(super) protect: PathBuf,
    /// The folder that `ocdeck pki init` made.
    #[arg(long, value_name = "DIR")]
    pub(super) pki: PathBuf,
    /// The person whose console fleet.toml is for: one that `ocdeck pki issue person` named.
    #[arg(long, value_name = "NAME")]
    pub(super) person: String,
    /// Where the appliance listens.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7443")]
    pub(super) listen: String,
    /// The tenant whose data it is.
    #[arg(long, value_name = "ID", default_value = "home")]
    pub(super) tenant: String,
}

/// Writes the files and says what to run next.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let into = Path::new(&args.id);
    let root = write(args, into)?;
    let fleet = Fleet {
        person: &args.person,
        tenant: &args.tenant,
        appliance: Some((&args.id, &args.listen)),
    };
    fleet.write(&into.join("fleet.toml"), &fs::canonicalize(&args.pki)?)?;
    println!("{0}/appliance.toml protects {1}", args.id, root.display());
    println!(
        "serve it:     ocdeck appliance serve --config {}/appliance.toml",
        args.id
    );
    println!("look at it:   ocdeck --fleet {}/fleet.toml", args.id);
    println!(
        "keep {}/password and the keys in {} safe: they open the backups.",
        args.id,
        args.pki.display()
    );
    Ok(())
}

/// Writes the appliance's files into the new folder `into`; returns the protected folder.
pub(super) fn write(args: &Args, into: &Path) -> anyhow::Result<PathBuf> {
    let root = fs::canonicalize(&args.protect)
        .with_context(|| format!("the folder to protect, {}", args.protect.display()))?;
    if !root.is_dir() {
        bail!("{} is not a folder; --protect takes one", root.display());
    }
    let pki_dir = fs::canonicalize(&args.pki)
        .with_context(|| format!("{}: make it with `ocdeck pki init`", args.pki.display()))?;
    let pki = Pki::open(&pki_dir)?;
    let dir = std::path::absolute(into)?;
    if dir.starts_with(&root) {
        bail!(
            "{} lies below {}: its backups would back themselves up; run this elsewhere",
            dir.display(),
            root.display()
        );
    }
    fs::create_dir(&dir).with_context(|| {
        format!(
            "{}: an appliance's folder is made once; remove it or name another id",
            dir.display()
        )
    })?;
    pki.issue_appliance(&ApplianceId::new(&args.id))?;
    pki.ensure_crl()?;
    write_new(&dir.join("password"), &format!("{}\n", password()), 0o600)?;
    write_new(
        &dir.join("appliance.toml"),
        &appliance_toml(args, &root, &pki_dir)?,
        0o644,
    )?;
    Ok(root)
}

/// 244 random bits, as hexadecimal digits.
fn password() -> String {
    let half = || uuid::Uuid::new_v4().simple().to_string();
    half() + &half()
}

fn write_new(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .with_context(|| format!("{} cannot be made", path.display()))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// A TOML string with this path; one that is not UTF-8 cannot stand in a TOML file.
pub(super) fn quoted(path: &Path) -> anyhow::Result<String> {
    let text = path
        .to_str()
        .with_context(|| format!("{} is not UTF-8; use another path", path.display()))?;
    Ok(toml::Value::from(text).to_string())
}

pub(super) fn system_name(root: &Path) -> String {
    let name = root.file_name().map(|n| n.to_string_lossy().to_lowercase());
    let kept = name
        .unwrap_or_default()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let kept = kept.trim_matches('-');
    if kept.is_empty() {
        "files".to_owned()
    } else {
        kept.to_owned()
    }
}

fn appliance_toml(args: &Args, root: &Path, pki: &Path) -> anyhow::Result<String> {
    let Args {
        id, listen, tenant, ..
    } = args;
    let system = system_name(root);
    let (cert, key) = (pki.join(format!("{id}.pem")), pki.join(format!("{id}.key")));
    Ok(format!(
        r#"# An appliance of ocdeck. Relative paths are relative to this file.
id = "{id}"
listen = "{listen}"
state_dir = "state"
staging = "staging"

[tls]
cert = {cert}
key = {key}
ca = {ca}
# What the CA took back (`ocdeck pki revoke`); read again within seconds when it changes.
crl = {crl}

[[tenant]]
id = "{tenant}"
parties = ["provider"]
managed = true
# A restore beyond the limit of one person: "approve" by a duty manager, "break_glass" with a
# recorded call to one, or "both".
approval = "both"
# How far one person may go alone stands in [approval] below.
# Block and character devices come back only with this; without it each is named and left out.
# restore_devices = true

# The limit of one person on this appliance; without it, what ships.
# [approval]
# replace_bytes = "100 GB"   # a restore that replaces more
# original_files = 1         # a whole system onto its original place that replaces so many files

# A plain restic repository: `restic -r repository check` reads it.
[[repository]]
id = "main"
tenant = "{tenant}"
role = "primary"
path = "repository"
password_file = "password"

[[system]]
id = "{system}"
tenant = "{tenant}"
name = "{system}"
platform = "file_share"
root = {root}
folders = ["."]

[[job]]
id = "{system}-files"
system = "{system}"
repository = "main"
use_case = "B1"
every = "1h"
"#,
        cert = quoted(&cert)?,
        key = quoted(&key)?,
        ca = quoted(&pki.join("ca.pem"))?,
        crl = quoted(&pki.join("crl.pem"))?,
        root = quoted(root)?,
    ))
}

/// What a first fleet.toml says.
pub(super) struct Fleet<'a> {
    /// Whose console it is for.
    pub(super) person: &'a str,
    /// The one tenant.
    pub(super) tenant: &'a str,
    /// Id and address of the one appliance, if there is one yet.
    pub(super) appliance: Option<(&'a str, &'a str)>,
}

impl Fleet<'_> {
    /// Writes it, for certificates in the folder `pki`, which is a whole path.
    pub(super) fn write(&self, path: &Path, pki: &Path) -> anyhow::Result<()> {
        write_new(path, &self.toml(pki)?, 0o644)
    }

    fn toml(&self, pki: &Path) -> anyhow::Result<String> {
        let Self { person, tenant, .. } = self;
        let appliance = match self.appliance {
            Some((id, listen)) => format!(
                "[[appliance]]\nid = \"{id}\"\naddress = \"{listen}\"\nsites = [\"{tenant}-main\"]\n"
            ),
            None => format!(
                "# One such block an appliance:\n# [[appliance]]\n# id = \"box1\"\n\
                 # address = \"backup.example.com:7443\"\n# sites = [\"{tenant}-main\"]\n"
            ),
        };
        Ok(format!(
            r#"# The fleet of one console. Relative paths are relative to this file.
[me]
cert = {cert}
key = {key}
ca = {ca}

[[party]]
id = "provider"
name = "provider"

[[tenant]]
id = "{tenant}"
name = "{tenant}"
parent = "provider"
managed = true
time_zone = "UTC"
restart_policy = "allowed"

[[contact]]
tenant = "{tenant}"
name = "{person}"
phone = "+1 555 0100"
email = "{person}@example.com"
may_request = true
may_authorise = true

[[site]]
id = "{tenant}-main"
tenant = "{tenant}"
kind = "customer primary"

{appliance}"#,
            cert = quoted(&pki.join(format!("{person}.pem")))?,
            key = quoted(&pki.join(format!("{person}.key")))?,
            ca = quoted(&pki.join("ca.pem"))?,
        ))
    }
}

//! A folder of one's own in the demo: an appliance of its own protects it, and nothing ever
//! writes below it. Its repository, state and staging stand in the demo's folder.

use super::files::{PERSON, write_new};
use crate::cli::appliance_init::{quoted, system_name};
use anyhow::{Context, bail};
use ocdeck_domain::ids::ApplianceId;
use ocdeck_trust::Pki;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The appliance that protects it, and whose it is.
pub(super) const APPLIANCE: &str = "own-01";
const TENANT: &str = "own";

/// The folder, as it is called without links.
pub(super) struct Own {
    root: PathBuf,
}

impl Own {
    /// A folder that can be read, and is not all there is.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        let root = fs::canonicalize(folder).with_context(|| format!("--with {shown}"))?;
        if !root.is_dir() {
            bail!("--with {shown} is not a folder; name one");
        }
        if root.parent().is_none() {
            bail!("--with / is too much: name a folder below it");
        }
        fs::read_dir(&root).with_context(|| {
            format!("--with {shown} cannot be read; name a folder that you may read")
        })?;
        Ok(Self { root })
    }

    /// A backup of the demo's folder would grow for ever.
    pub(super) fn apart_from(&self, demo: &Path) -> anyhow::Result<()> {
        let shown = self.root.display();
        if self.root.starts_with(demo) {
            bail!("--with {shown} is the demo's own folder; name another");
        }
        if demo.starts_with(&self.root) {
            bail!(
                "the demo's folder {} lies below --with {shown} and would back itself up; name a \
                 folder beside it, or let the demo be elsewhere with --dir DIR",
                demo.display()
            );
        }
        Ok(())
    }

    /// Its configuration, below the demo's folder.
    pub(super) fn config(dir: &Path) -> PathBuf {
        dir.join(APPLIANCE).join("appliance.toml")
    }

    /// Writes the files of its appliance.
    pub(super) fn write(&self, dir: &Path, pki: &Pki, port: u16) -> anyhow::Result<()> {
        pki.issue_appliance(&ApplianceId::new(APPLIANCE))?;
        let folder = dir.join(APPLIANCE);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let password = uuid::Uuid::new_v4().simple().to_string();
        write_new(&folder.join("password"), &password, 0o600)?;
        write_new(&Self::config(dir), &self.appliance_toml(port)?, 0o644)
    }

    fn appliance_toml(&self, port: u16) -> anyhow::Result<String> {
        Ok(format!(
            r#"id = "{APPLIANCE}"
listen = "127.0.0.1:{port}"
state_dir = "state"
staging = "staging"

[tls]
cert = "../pki/{APPLIANCE}.pem"
key = "../pki/{APPLIANCE}.key"
ca = "../pki/ca.pem"
crl = "../pki/crl.pem"

[[tenant]]
id = "{TENANT}"
parties = ["provider"]
managed = true

[[repository]]
id = "{TENANT}-main"
tenant = "{TENANT}"
role = "primary"
path = "repository-{TENANT}-main"
password_file = "password"

# Only read: restores go to staging.
[[system]]
id = "{system}"
tenant = "{TENANT}"
name = "{system}"
platform = "file_share"
root = {root}
folders = ["."]
read_only = true

[[job]]
id = "{system}-files"
system = "{system}"
repository = "{TENANT}-main"
use_case = "F1"
every = "1h"
"#,
            system = system_name(&self.root),
            root = quoted(&self.root)?,
        ))
    }

    /// What the fleet says of it.
    pub(super) fn fleet_toml(port: u16) -> String {
        format!(
            r#"
[[tenant]]
id = "{TENANT}"
name = "{TENANT}"
parent = "provider"
managed = true
time_zone = "UTC"
restart_policy = "never"

[[contact]]
tenant = "{TENANT}"
name = "Yourself"
phone = "+1 555 0199"
email = "{PERSON}@{TENANT}.example"
may_request = true
may_authorise = true

[[site]]
id = "{TENANT}-hq"
tenant = "{TENANT}"
kind = "customer primary"

[[appliance]]
id = "{APPLIANCE}"
address = "127.0.0.1:{port}"
sites = ["{TENANT}-hq"]
"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Own;
    use std::fs;

    fn refused(folder: &std::path::Path) -> String {
        let refused = Own::open(folder).map(|_| ()).unwrap_err();
        format!("{refused:#}")
    }

    #[test]
    fn what_cannot_be_protected_is_refused_with_words() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(refused(&file).contains("is not a folder"));
        assert!(refused("/".as_ref()).contains("--with / is too much"));
        let gone = refused(&home.path().join("gone"));
        assert!(gone.contains("No such file"), "{gone}");
        let own = Own::open(home.path()).unwrap();
        let demo = home.path().canonicalize().unwrap().join("demo");
        let around = own.apart_from(&demo).unwrap_err().to_string();
        assert!(around.contains("would back itself up"), "{around}");
        let within = own
            .apart_from(demo.parent().unwrap())
            .unwrap_err()
            .to_string();
        assert!(within.contains("the demo's own folder"), "{within}");
        assert!(own.apart_from("/elsewhere".as_ref()).is_ok());
    }
}

//! `ocdeck pki`: a certificate authority in a folder, and what it issues. The work is
//! `ocdeck_trust`'s; here are arguments, paths and the next step.

use anyhow::Result;
use clap::{Args, Subcommand};
use ocdeck_domain::ids::ApplianceId;
use ocdeck_trust::{Grant, Issued, Pki, Role};
use std::{fmt::Write as _, path::PathBuf};

/// Make certificates for people and appliances.
#[derive(Debug, Args)]
pub struct PkiArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new certificate authority in a folder.
    Init {
        /// The folder; it is created.
        #[arg(default_value = "pki")]
        dir: PathBuf,
    },
    /// Issue a certificate and its key.
    Issue {
        #[command(subcommand)]
        to: To,
    },
}

#[derive(Debug, Subcommand)]
enum To {
    /// To a person, who then opens the console.
    Person {
        /// Short name, such as mara.
        name: String,
        /// viewer, technician, duty_manager, engineer or reseller.
        #[arg(long, value_parser = role)]
        role: Role,
        /// Only this tenant; may be given several times.
        #[arg(long, value_name = "ID")]
        tenant: Vec<String>,
        /// Only the tenants below this party; may be given several times.
        #[arg(long, value_name = "ID")]
        party: Vec<String>,
        /// The folder of the authority.
        #[arg(long, default_value = "pki")]
        dir: PathBuf,
    },
    /// To an appliance, which then serves.
    Appliance {
        /// Its id: letters, digits and hyphens.
        id: String,
        /// The folder of the authority.
        #[arg(long, default_value = "pki")]
        dir: PathBuf,
    },
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|error| format!("{error}"))
}

/// Does what was asked and returns what to print.
///
/// # Errors
/// When a file is in the way, cannot be written, or a name cannot stand in a certificate.
pub fn run(args: PkiArgs) -> Result<String> {
    match args.command {
        Command::Init { dir } => init(dir),
        Command::Issue { to } => match to {
            To::Person {
                name,
                role,
                tenant,
                party,
                dir,
            } => {
                let mut grants: Vec<Grant> = Vec::new();
                grants.extend(tenant.into_iter().map(|id| Grant::Tenant(id.into())));
                grants.extend(party.into_iter().map(|id| Grant::Party(id.into())));
                let issued = Pki::open(dir)?.issue_person(&name, role, &grants)?;
                Ok(person(&issued))
            }
            To::Appliance { id, dir } => {
                let issued = Pki::open(dir)?.issue_appliance(&ApplianceId::new(&id))?;
                Ok(appliance(&issued))
            }
        },
    }
}

fn init(dir: PathBuf) -> Result<String> {
    let shown = dir.display().to_string();
    let pki = Pki::init(dir)?;
    Ok(format!(
        "{}\n{}\nThe key of the CA stays on this machine: who has it can become anybody.\n\
         Next: ocdeck pki issue person NAME --role technician --dir {shown}\n",
        pki.ca().display(),
        pki.ca().with_extension("key").display(),
    ))
}

fn files(issued: &Issued) -> String {
    format!("{}\n{}\n", issued.cert.display(), issued.key.display())
}

fn person(issued: &Issued) -> String {
    let mut text = files(issued);
    let _ = write!(
        text,
        "Next, in fleet.toml:\n  [me]\n  cert = \"{}\"\n  key = \"{}\"\n  ca = \"{}\"\n",
        issued.cert.display(),
        issued.key.display(),
        issued.ca.display(),
    );
    text
}

fn appliance(issued: &Issued) -> String {
    let mut text = files(issued);
    let _ = write!(
        text,
        "Next, in appliance.toml on its machine, to which these two and the CA's certificate go:\n  \
         [tls]\n  cert = \"{}\"\n  key = \"{}\"\n  ca = \"{}\"\n",
        issued.cert.display(),
        issued.key.display(),
        issued.ca.display(),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        pki: PkiArgs,
    }

    fn ocdeck(words: &[&str]) -> Result<String> {
        let mut line = vec!["pki"];
        line.extend(words);
        run(Cli::try_parse_from(line)?.pki)
    }

    #[test]
    fn from_nothing_to_a_person_and_an_appliance() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("pki");
        let dir = dir.to_str().unwrap();
        let text = ocdeck(&["init", dir]).unwrap();
        assert!(text.contains(&format!(
            "ocdeck pki issue person NAME --role technician --dir {dir}"
        )));
        let text = ocdeck(&[
            "issue",
            "person",
            "mara",
            "--role",
            "technician",
            "--dir",
            dir,
        ])
        .unwrap();
        assert!(
            text.contains(&format!("cert = \"{dir}/mara.pem\"")),
            "{text}"
        );
        let text = ocdeck(&["issue", "appliance", "acme-stl-01", "--dir", dir]).unwrap();
        assert!(text.contains(&format!("ca = \"{dir}/ca.pem\"")), "{text}");
        for issued in ["mara.key", "acme-stl-01.key", "ca.key"] {
            assert!(folder.path().join("pki").join(issued).exists());
        }
    }

    #[test]
    fn says_which_roles_there_are() {
        let error = ocdeck(&["issue", "person", "mara", "--role", "boss"]).unwrap_err();
        assert!(error.to_string().contains("duty_manager"), "{error}");
    }
}

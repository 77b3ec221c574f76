//! `ocdeck pki`: a certificate authority in a folder, and what it issues. The work is
//! `ocdeck_trust`'s; here are arguments, paths and the next step.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use ocdeck_domain::ids::ApplianceId;
use ocdeck_trust::{
    EXPIRES_SOON, Entry, Grant, Identity, Issued, Pki, Renewed, Revocation, Role, Which,
};
use std::{fmt::Write as _, path::PathBuf};

/// Issue, renew, revoke and list certificates.
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
    /// Issue a certificate again for its key, in its place.
    ///
    /// It is valid for 397 more days; the one before is kept beside it.
    Renew {
        #[command(flatten)]
        which: WhichArgs,
        /// The folder of the authority.
        #[arg(long, default_value = "pki")]
        dir: PathBuf,
    },
    /// Take certificates back, and end their connections.
    ///
    /// Writes crl.pem beside the CA. Appliances that name it as crl in the table tls read it again
    /// by themselves.
    Revoke {
        #[command(flatten)]
        which: WhichArgs,
        /// The certificate's number, when its file is gone.
        #[arg(long, value_name = "HEX", conflicts_with = "which")]
        serial: Option<String>,
        /// The folder of the authority.
        #[arg(long, default_value = "pki")]
        dir: PathBuf,
    },
    /// List what was issued: to whom, until when, and what was taken back.
    List {
        /// The folder of the authority.
        #[arg(long, default_value = "pki")]
        dir: PathBuf,
    },
}

#[derive(Debug, Args)]
struct WhichArgs {
    /// The name of the person or appliance, or the file of the certificate.
    #[arg(value_name = "NAME|FILE")]
    which: Option<String>,
}

impl WhichArgs {
    /// A path has a slash or an ending; a name has neither.
    fn which(self) -> Result<Which> {
        let text = self
            .which
            .context("say which: a name such as mara, or the file of a certificate")?;
        Ok(if text.contains(['/', '.']) {
            Which::File(text.into())
        } else {
            Which::Name(text)
        })
    }
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
        Command::Renew { which, dir } => Ok(renewed(&Pki::open(dir)?.renew(&which.which()?)?)),
        Command::Revoke { which, serial, dir } => {
            let which = match serial {
                Some(serial) => Which::Serial(serial),
                None => which.which()?,
            };
            Ok(revoked(&Pki::open(dir)?.revoke(&which)?))
        }
        Command::List { dir } => Ok(list(&Pki::open(dir)?.list()?, Utc::now())),
    }
}

fn renewed(renewed: &Renewed) -> String {
    let (cert, until) = (&renewed.issued.cert, day(renewed.peer.not_after));
    let older = renewed.older.display();
    let next = match &renewed.peer.identity {
        Identity::Person(_) => "A running console takes it up when it dials next.".to_owned(),
        Identity::Appliance(id) => format!(
            "Next: if {id} has its own copy, copy this file there. It takes it up within seconds, \
             without a restart."
        ),
    };
    format!(
        "{} is valid until {until}; its key is the same.\nThe one before is kept as {older}.\n{next}\n",
        cert.display()
    )
}

fn revoked(revocation: &Revocation) -> String {
    let whose = match &revocation.identity {
        Some(Identity::Person(person)) => person.name.clone(),
        Some(Identity::Appliance(id)) => id.to_string(),
        None => "that number".to_owned(),
    };
    let crl = revocation.crl.display();
    let all = revocation.all;
    if revocation.serials.is_empty() {
        return format!("{whose} was revoked before: it is in {crl} already.\n");
    }
    let mut text = format!("{whose} is revoked; {crl} names {all} in all.\n");
    for serial in &revocation.serials {
        let _ = writeln!(text, "  {serial}");
    }
    let _ = write!(
        text,
        "Next: every appliance needs this file, named in its appliance.toml:\n  \
         [tls]\n  crl = \"{crl}\"\n\
         One that reads it already, or gets a copy, ends open connections within 5 seconds.\n"
    );
    text
}

/// A line a certificate, the widest first column first.
fn list(entries: &[Entry], now: DateTime<Utc>) -> String {
    if entries.is_empty() {
        return "nothing was issued yet; `ocdeck pki issue person NAME --role ROLE` does\n"
            .to_owned();
    }
    let head = ["NAME", "IS", "SCOPE", "VALID UNTIL", "STATE", "NUMBER"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(entries.iter().map(|entry| row(entry, now)));
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let _ = writeln!(text, "{}", line.join("  ").trim_end());
    }
    text
}

fn row(entry: &Entry, now: DateTime<Utc>) -> [String; 6] {
    let (mut is, mut scope, mut until) = ("?".to_owned(), "-".to_owned(), "-".to_owned());
    let mut state = "valid".to_owned();
    match &entry.peer {
        Some(Ok(peer)) => {
            match &peer.identity {
                Identity::Appliance(_) => "appliance".clone_into(&mut is),
                Identity::Person(person) => {
                    is = person.role.to_string();
                    let grants: Vec<String> =
                        person.grants.iter().map(ToString::to_string).collect();
                    scope = if grants.is_empty() {
                        "everything".to_owned()
                    } else {
                        grants.join(",")
                    };
                }
            }
            until = peer.not_after.format("%Y-%m-%d").to_string();
            if peer.not_after < now {
                "expired".clone_into(&mut state);
            } else if peer.not_after - now < EXPIRES_SOON {
                state = format!("{} days left", (peer.not_after - now).num_days());
            }
        }
        Some(Err(why)) => state = format!("refused: {why}"),
        None => {}
    }
    if !entry.ours {
        "of another CA".clone_into(&mut state);
    }
    if let Some(at) = entry.revoked {
        state = format!("revoked {}", at.format("%Y-%m-%d"));
    }
    [entry.name(), is, scope, until, state, entry.serial.clone()]
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
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
        "Next, in appliance.toml on its machine, to which these two, ca.pem and crl.pem go:\n  \
         [tls]\n  cert = \"{}\"\n  key = \"{}\"\n  ca = \"{}\"\n  crl = \"{}\"\n",
        issued.cert.display(),
        issued.key.display(),
        issued.ca.display(),
        issued.ca.with_file_name("crl.pem").display(),
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
    fn what_was_issued_is_listed_renewed_and_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("pki");
        let dir = dir.to_str().unwrap();
        ocdeck(&["init", dir]).unwrap();
        let text = ocdeck(&["list", "--dir", dir]).unwrap();
        assert!(text.contains("nothing was issued yet"), "{text}");
        let mara = [
            "issue", "person", "mara", "--role", "viewer", "--tenant", "acme",
        ];
        ocdeck(&[&mara[..], &["--dir", dir]].concat()).unwrap();
        ocdeck(&["issue", "appliance", "box1", "--dir", dir]).unwrap();
        let text = ocdeck(&["renew", "mara", "--dir", dir]).unwrap();
        assert!(text.contains("its key is the same"), "{text}");
        let text = ocdeck(&["revoke", "mara", "--dir", dir]).unwrap();
        assert!(text.contains("mara is revoked"), "{text}");
        assert!(text.contains("names 2 in all"), "{text}");
        assert!(text.contains("within 5 seconds"), "{text}");
        let text = ocdeck(&["list", "--dir", dir]).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].starts_with("NAME"), "{text}");
        assert!(
            lines[1].starts_with("box1") && lines[1].contains("valid"),
            "{text}"
        );
        assert!(
            lines[2].contains("viewer") && lines[2].contains("tenant:acme"),
            "{text}"
        );
        assert!(lines[3].contains("revoked "), "{text}");
        let error = ocdeck(&["revoke", "--dir", dir]).unwrap_err();
        assert!(error.to_string().contains("say which"), "{error}");
    }

    #[test]
    fn says_which_roles_there_are() {
        let error = ocdeck(&["issue", "person", "mara", "--role", "boss"]).unwrap_err();
        assert!(error.to_string().contains("duty_manager"), "{error}");
    }
}

//! `ocdeck init`: a first fleet and its keys, by asking. Plain lines, so that it works over any
//! link and with answers from a pipe.
//!
//! It overwrites nothing: what is there already of an interrupted run is used.

use super::appliance_init::{self, Fleet};
use crate::config::settings::Folders;
use anyhow::{Context, Result, bail};
use clap::Args;
use ocdeck_trust::{Grant, Pki, Role, check_label};
use std::{
    env,
    fs::{self, DirBuilder},
    io::{self, BufRead, IsTerminal, Write},
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// Write a first fleet and its keys by asking.
///
/// Answers may come from a pipe, a line each. Nothing is overwritten: what an interrupted run
/// left is used.
#[derive(Clone, Debug, Args)]
pub(super) struct InitArgs {
    /// Take the default of every question.
    #[arg(long, short)]
    yes: bool,
    /// Where to write; without it, the configuration folder, where `ocdeck` looks.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

/// What stands for no folder.
const NONE: &str = "none";

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    name: String,
    role: Role,
    tenant: String,
    local: Option<Local>,
}

/// An appliance on this machine.
#[derive(Debug, PartialEq, Eq)]
struct Local {
    protect: PathBuf,
    id: String,
    listen: String,
}

/// Asks, writes, and says what to run next.
///
/// # Errors
/// When there is a fleet already, an answer is missing, or something cannot be written.
pub(super) fn run(args: InitArgs) -> Result<()> {
    let usual = Folders::find()?.config;
    let dir = std::path::absolute(args.dir.unwrap_or_else(|| usual.clone()))?;
    let fleet = dir.join("fleet.toml");
    if fs::symlink_metadata(&fleet).is_ok() {
        bail!(
            "{} is there already and is never overwritten; `ocdeck doctor` looks at it, \
             `ocdeck init --dir FOLDER` writes another",
            fleet.display()
        );
    }
    let mut asker = Asker {
        input: io::stdin().lock(),
        output: io::stdout(),
        yes: args.yes,
        echo: !io::stdin().is_terminal(),
    };
    asker.say(&format!(
        "This writes keys, certificates and a first fleet below {}.\n\
         Enter takes what stands in brackets; nothing is overwritten.\n",
        dir.display()
    ))?;
    let answers = questions(&mut asker, &dir, |name| env::var(name).ok())?;
    write(&answers, &dir)?;
    asker.say(&next(&answers, &dir, dir == usual))
}

/// Asks with plain lines.
struct Asker<I, O> {
    input: I,
    output: O,
    yes: bool,
    /// Whether answers must be printed, because no terminal shows them.
    echo: bool,
}

impl<I: BufRead, O: Write> Asker<I, O> {
    fn say(&mut self, text: &str) -> Result<()> {
        write!(self.output, "{text}")
            .and_then(|()| self.output.flush())
            .context("cannot print")
    }

    /// Asks until the answer is one that `read` takes.
    fn ask<T>(
        &mut self,
        question: &str,
        default: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T> {
        loop {
            self.say(&format!("{question} [{default}]: "))?;
            let mut line = String::new();
            if self.yes {
                self.say("\n")?;
            } else {
                let got = self.input.read_line(&mut line).context("cannot read")?;
                if got == 0 {
                    bail!("no answer to \"{question}\"; `ocdeck init --yes` takes every default");
                }
                if self.echo {
                    self.say(&format!("{}\n", line.trim()))?;
                }
            }
            let answer = match line.trim() {
                "" => default,
                answer => answer,
            };
            match read(answer) {
                Ok(value) => return Ok(value),
                Err(why) if self.yes => bail!("{question}: {why}; run it without --yes"),
                Err(why) => self.say(&format!("  {why}\n"))?,
            }
        }
    }
}

fn questions<I: BufRead, O: Write>(
    asker: &mut Asker<I, O>,
    dir: &Path,
    get: impl Fn(&str) -> Option<String>,
) -> Result<Answers> {
    let user = get("USER").filter(|user| check_label(user).is_ok());
    let name =
        asker.ask(
            "Your short name",
            user.as_deref().unwrap_or("me"),
            |text| match check_label(text) {
                Ok(()) if ["ca", "crl"].contains(&text) => {
                    Err("files of the CA itself have that name".to_owned())
                }
                Ok(()) => Ok(text.to_owned()),
                Err(error) => Err(error.to_string()),
            },
        )?;
    let role = asker.ask(
        "Your role (viewer, technician, duty_manager, engineer, reseller)",
        "technician",
        |text| text.parse::<Role>().map_err(|error| error.to_string()),
    )?;
    let tenant = asker.ask("Whose data it is: a tenant's id", "home", tenant)?;
    let documents = get("HOME").map(|home| Path::new(&home).join("Documents"));
    let documents = documents.filter(|folder| folder.is_dir() && protectable(folder, dir).is_ok());
    let default = documents.map_or_else(|| NONE.to_owned(), |it| it.display().to_string());
    let protect = asker.ask(
        "A folder to protect on this machine, or none",
        &default,
        |text| match text {
            NONE => Ok(None),
            text => protectable(Path::new(text), dir).map(Some),
        },
    )?;
    let local = match protect {
        None => None,
        Some(protect) => Some(Local {
            protect,
            id: asker.ask("Id of its appliance", "box1", |text| {
                check_label(text).map_err(|error| error.to_string())?;
                let folder = dir.join(text);
                if folder.exists() || ["pki", &name].contains(&text) {
                    return Err(format!("{} is in use; name another id", folder.display()));
                }
                Ok(text.to_owned())
            })?,
            listen: asker.ask("Where it listens", "127.0.0.1:7443", |text| {
                let address: Result<SocketAddr, _> = text.parse();
                let why = |_| "write address:port, such as 127.0.0.1:7443".to_owned();
                address.map(|address| address.to_string()).map_err(why)
            })?,
        }),
    };
    Ok(Answers {
        name,
        role,
        tenant,
        local,
    })
}

fn tenant(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.len() <= 60 && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("an id has at most 60 letters, digits, '-', '_' and '.'".to_owned())
    }
}

/// The folder itself, when it can be protected by an appliance whose files stand below `dir`.
fn protectable(folder: &Path, dir: &Path) -> Result<PathBuf, String> {
    let shown = folder.display();
    let real = fs::canonicalize(folder).map_err(|error| format!("{shown}: {error}"))?;
    if !real.is_dir() {
        return Err(format!("{shown} is not a folder"));
    }
    if real.parent().is_none() {
        return Err("/ is too much: name a folder below it".to_owned());
    }
    if dir.starts_with(&real) {
        return Err(format!(
            "{} lies below {shown} and would back itself up; name another folder, or begin again \
             with --dir FOLDER",
            dir.display()
        ));
    }
    Ok(real)
}

fn write(answers: &Answers, dir: &Path) -> Result<()> {
    let Answers {
        name,
        role,
        tenant,
        local,
    } = answers;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("{} cannot be made", dir.display()))?;
    let pki_dir = dir.join("pki");
    let pki = if pki_dir.join("ca.pem").exists() {
        Pki::open(&pki_dir)?
    } else {
        Pki::init(&pki_dir)?
    };
    if !pki_dir.join(format!("{name}.pem")).exists() {
        let grants = match role {
            Role::Reseller => vec![Grant::Tenant(tenant.as_str().into())],
            _ => Vec::new(),
        };
        pki.issue_person(name, *role, &grants)?;
    }
    if let Some(local) = local {
        let args = appliance_init::Args {
            id: local.id.clone(),
            protect: local.protect.clone(),
            pki: pki_dir.clone(),
            person: name.clone(),
            listen: local.listen.clone(),
            tenant: tenant.clone(),
        };
        appliance_init::write(&args, &dir.join(&local.id))?;
    }
    let appliance = local.as_ref();
    let fleet = Fleet {
        person: name,
        tenant,
        appliance: appliance.map(|local| (local.id.as_str(), local.listen.as_str())),
    };
    fleet.write(&dir.join("fleet.toml"), &fs::canonicalize(&pki_dir)?)
}

fn next(answers: &Answers, dir: &Path, usual: bool) -> String {
    let shown = dir.display();
    let console = if usual {
        "ocdeck".to_owned()
    } else {
        format!("ocdeck --fleet {shown}/fleet.toml")
    };
    let mut text = format!(
        "\nwritten:\n  {shown}/fleet.toml\n  {shown}/pki: who has ca.key can become anybody; keep it safe\n"
    );
    text.push_str(&match &answers.local {
        Some(local) => format!(
            "  {shown}/{id}: its password opens the backups; keep a copy elsewhere\n\n\
             next, in a terminal of its own:\n  \
             ocdeck appliance serve --config {shown}/{id}/appliance.toml\n\
             then:\n  {console}\n",
            id = local.id
        ),
        None => format!(
            "\nnext, for a folder of this machine:\n  \
             ocdeck appliance init box1 --protect FOLDER --pki {shown}/pki --person {name}\n\
             or for an appliance elsewhere, which then goes into {shown}/fleet.toml:\n  \
             ocdeck pki issue appliance box1 --dir {shown}/pki\n\
             then:\n  {console}\n",
            name = answers.name
        ),
    });
    text.push_str("whatever does not work:\n  ocdeck doctor\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(lines: &str, dir: &Path, yes: bool) -> (Result<Answers>, String) {
        let mut asker = Asker {
            input: lines.as_bytes(),
            output: Vec::new(),
            yes,
            echo: true,
        };
        let home = dir.parent().unwrap().display().to_string();
        let get = |name: &str| match name {
            "USER" => Some("mara".to_owned()),
            "HOME" => Some(home.clone()),
            _ => None,
        };
        let answers = questions(&mut asker, dir, get);
        (answers, String::from_utf8(asker.output).unwrap())
    }

    #[test]
    fn every_default_is_an_answer() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("config");
        let (answers, said) = answer("", &dir, true);
        let answers = answers.unwrap();
        assert_eq!(answers.name, "mara");
        assert_eq!(answers.local, None);
        assert!(said.contains("Your short name [mara]:"), "{said}");
        fs::create_dir(home.path().join("Documents")).unwrap();
        let (answers, _) = answer("\n\n\n\n\n\n", &dir, false);
        let local = answers.unwrap().local.unwrap();
        assert_eq!(
            local.protect,
            home.path().join("Documents").canonicalize().unwrap()
        );
        assert_eq!(
            (local.id.as_str(), local.listen.as_str()),
            ("box1", "127.0.0.1:7443")
        );
    }

    #[test]
    fn a_wrong_answer_is_asked_again_with_the_reason() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("config");
        let lines = "Mara\nmara\nboss\nviewer\nacme\n/\n/nowhere-at-all\nnone\n";
        let (answers, said) = answer(lines, &dir, false);
        let answers = answers.unwrap();
        assert_eq!(
            (answers.role, answers.tenant.as_str()),
            (Role::Viewer, "acme")
        );
        for why in ["only a to z", "is no role", "/ is too much", "No such file"] {
            assert!(said.contains(why), "{why}: {said}");
        }
        let around = format!("mara\n\n\n{}\n", home.path().display());
        let (answers, said) = answer(&around, &dir, false);
        assert!(said.contains("would back itself up"), "{said}");
        let ended = answers.unwrap_err().to_string();
        assert!(ended.contains("`ocdeck init --yes`"), "{ended}");
    }
}

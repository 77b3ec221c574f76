//! `ocdeck desk directory`: who is who and the numbers of the rules, as the desk keeps them.

use crate::{
    cli::{console, fleet_path, load, print},
    config,
    desk::{Store, StoreError},
};
use anyhow::{Context, Result, bail};
use chrono::Utc;
use ocdeck_domain::{
    directory::{Applied, Change, Event, Revision, Revisions, changes, changes_of_policy},
    fleet::Directory,
    journal::Subject,
    policy::Policy,
};
use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The file with the numbers; all others say who is who.
const POLICY: &str = "policy.toml";

/// Who is who and the numbers of the rules: what all consoles of the desk go by.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DirectoryArgs {
    #[command(subcommand)]
    command: DirectoryCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DirectoryCommand {
    /// Shows what files would change, asks, and brings them into force on all consoles.
    Apply(ApplyArgs),
    /// Prints the files of the revision in force, or of another one.
    Show(ShowArgs),
    /// Lists the revisions: number, date, author, what changed.
    History,
}

#[derive(Debug, clap::Args)]
struct ApplyArgs {
    /// Files such as fleet.toml, together in place of those that are in force, and policy.toml.
    /// The own certificate and the addresses of appliances stay with each console.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The number of a revision.
    #[arg(long, value_name = "N")]
    revision: Option<u32>,
    /// Only this file.
    file: Option<String>,
}

/// Runs what the arguments ask for. `fleet` is the fleet that was named, for who this is.
///
/// # Errors
/// When the files have mistakes, the desk cannot be used, or somebody else was faster.
pub(in crate::cli) fn run(
    args: &DirectoryArgs,
    store: &mut dyn Store,
    fleet: Option<PathBuf>,
) -> Result<ExitCode> {
    let revisions = read(store)?;
    match &args.command {
        DirectoryCommand::Apply(args) => apply(args, store, &revisions, fleet)?,
        DirectoryCommand::Show(args) => print(&show(args, &revisions)?)?,
        DirectoryCommand::History => print(&history(&revisions)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read(store: &mut dyn Store) -> Result<Revisions> {
    let mut revisions = Revisions::default();
    for record in store.history(&Subject::Directory)? {
        revisions.fold(&record);
    }
    Ok(revisions)
}

fn policy_of(revision: Option<&Revision>) -> Result<Policy> {
    let shipped = config::policy::shipped().context("the shipped policy.toml has a mistake")?;
    Ok(match revision {
        Some(revision) => shipped.with(&revision.policy)?,
        None => shipped,
    })
}

/// What is in force after these files.
struct Next {
    files: BTreeMap<String, String>,
    directory: Directory,
    policy: Policy,
}

fn next(paths: &[PathBuf], current: Option<&Revision>) -> Result<Next> {
    let mut texts: Vec<(PathBuf, String)> = Vec::new();
    let mut names = BTreeMap::new();
    for path in paths {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        if names.insert(name.clone(), path.clone()).is_some() {
            bail!("there are two files with the name {name}; give one another name");
        }
        texts.push((path.clone(), text));
    }
    let is_policy = |path: &Path| path.file_name().is_some_and(|name| name == POLICY);
    let (numbers, who): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(path, _)| is_policy(path));
    let mut files = current.map(|now| now.files.clone()).unwrap_or_default();
    let policy = match numbers.first() {
        Some((path, text)) => {
            files.insert(POLICY.to_owned(), text.clone());
            config::policy::parse(path, text)?
        }
        None => policy_of(current)?,
    };
    let directory = if who.is_empty() {
        current
            .map(|now| (*now.directory).clone())
            .unwrap_or_default()
    } else {
        files.retain(|name, _| name == POLICY);
        for (path, text) in &who {
            let name = path.file_name().unwrap_or_default();
            files.insert(name.to_string_lossy().into_owned(), without_me(text));
        }
        config::fleet::directory(&who, &policy.notice)?
    };
    Ok(Next {
        files,
        directory,
        policy,
    })
}

/// A file without its `[me]`: paths of certificates are of one account only.
fn without_me(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        let begin = line.trim_start();
        if begin.starts_with('[') {
            inside = begin.replace(' ', "").starts_with("[me]");
        }
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn apply(
    args: &ApplyArgs,
    store: &mut dyn Store,
    revisions: &Revisions,
    fleet: Option<PathBuf>,
) -> Result<()> {
    let current = revisions.current();
    let next = next(&args.files, current)?;
    let old = current
        .map(|now| (*now.directory).clone())
        .unwrap_or_default();
    let diff = difference(&old, &next.directory, &policy_of(current)?, &next.policy);
    if diff.is_empty() && current.is_some_and(|now| now.files == next.files) {
        return print("nothing changes");
    }
    let number = current.map_or(1, |now| now.number + 1);
    print(&format!("revision {number} would change:\n{diff}"))?;
    if !args.yes && !agreed()? {
        return print("nothing was changed");
    }
    let author = author(fleet)?;
    let event = Event::Applied(Box::new(Applied {
        revision: number,
        files: next.files,
        directory: next.directory.parts(),
        policy: serde_json::to_value(&next.policy)?,
    }));
    let record = event.record(
        uuid::Uuid::new_v4(),
        revisions.version(),
        Utc::now(),
        &author,
    );
    match store.append(&[record]) {
        Ok(()) => print(&format!("revision {number} is in force")),
        Err(error) if taken(&error) => bail!(
            "somebody else applied a revision meanwhile: look at `ocdeck desk directory history`, \
             then apply again"
        ),
        Err(error) => Err(error.into()),
    }
}

fn taken(error: &StoreError) -> bool {
    matches!(error, StoreError::Taken { .. })
}

/// Asks at the terminal.
fn agreed() -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("there is no terminal to ask at: say --yes");
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "apply? [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The name in the certificate of the fleet's `[me]`, else of the account.
fn author(fleet: Option<PathBuf>) -> Result<String> {
    if let Some(path) = fleet_path(fleet)? {
        let file = load(&path)?;
        return Ok(console::who(&file.me)?.0.name);
    }
    env::var("USER")
        .ok()
        .filter(|name| !name.is_empty())
        .context("who applies it is not known: --fleet FILE names a fleet with your certificate")
}

fn difference(old: &Directory, new: &Directory, was: &Policy, is: &Policy) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str("  ");
        text.push_str(&ocdeck_domain::text::clean(&line));
        text.push('\n');
    };
    for change in changes(old, new) {
        match change {
            Change::Added(name) => line(format!("+ {name}")),
            Change::Removed(name) => line(format!("- {name}")),
            Change::Changed(name, fields) => {
                for (field, was, is) in fields {
                    line(format!("~ {name}: {field} {was} → {is}"));
                }
            }
        }
    }
    for (name, was, is) in changes_of_policy(was, is) {
        line(format!("~ policy {name} {was} → {is}"));
    }
    text
}

fn show(args: &ShowArgs, revisions: &Revisions) -> Result<String> {
    let revision = match args.revision {
        Some(number) => revisions
            .all()
            .iter()
            .find(|revision| revision.number == number)
            .with_context(|| format!("there is no revision {number}"))?,
        None => revisions.current().context(
            "this desk has no directory yet: `ocdeck desk directory apply fleet.toml` gives it one",
        )?,
    };
    if let Some(name) = &args.file {
        let known: Vec<&str> = revision.files.keys().map(String::as_str).collect();
        let text = revision.files.get(name).with_context(|| {
            format!(
                "revision {} has no {name}; it has {}",
                revision.number,
                known.join(", ")
            )
        })?;
        return Ok(text.clone());
    }
    let mut text = String::new();
    for (name, file) in &revision.files {
        writeln!(
            text,
            "# --- {name}, revision {} by {}\n{file}",
            revision.number, revision.author
        )?;
    }
    Ok(text)
}

fn history(revisions: &Revisions) -> Result<String> {
    let mut text = String::new();
    let mut old = Directory::default();
    let mut numbers = policy_of(None)?;
    for revision in revisions.all() {
        let policy = policy_of(Some(revision))?;
        let count =
            changes(&old, &revision.directory).len() + changes_of_policy(&numbers, &policy).len();
        let at = revision.at.format("%Y-%m-%d %H:%M UTC");
        let author = ocdeck_domain::text::clean(&revision.author);
        writeln!(
            text,
            "{:>4}  {at}  {author:<16}  {count} changes",
            revision.number
        )?;
        old = (*revision.directory).clone();
        numbers = policy;
    }
    if text.is_empty() {
        text.push_str("this desk has no directory yet\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn me_stays_with_the_account() {
        let text = "# ours\n[me]\ncert = \"a\"\n\n[[party]]\nid = \"provider\"\n";
        assert_eq!(without_me(text), "# ours\n[[party]]\nid = \"provider\"\n");
    }
}

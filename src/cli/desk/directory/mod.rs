//! `ocdeck desk directory`: who is who and the numbers of the rules, as the desk keeps them.

mod apply;

use crate::{
    cli::print,
    config,
    desk::{Store, StoreError},
};
use anyhow::{Context, Result};
use ocdeck_domain::{
    directory::{Revision, Revisions, changes, changes_of_policy},
    fleet::Directory,
    journal::Subject,
    policy::Policy,
};
use std::{fmt::Write, path::PathBuf, process::ExitCode};

/// Who is who and the numbers of the rules: what all consoles of the desk go by.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DirectoryArgs {
    #[command(subcommand)]
    command: DirectoryCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DirectoryCommand {
    /// Shows what files would change, asks, and brings them into force on all consoles.
    Apply(apply::ApplyArgs),
    /// Prints the files of the revision in force, or of another one.
    Show(ShowArgs),
    /// Lists the revisions: number, date, author, what changed.
    History,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The number of a revision.
    #[arg(long, value_name = "N")]
    revision: Option<u32>,
    /// Only this file.
    file: Option<String>,
}

/// Runs what the arguments ask for on the desk that `open` opens. `fleet` is the fleet that was
/// named, for who this is.
///
/// # Errors
/// When the files have mistakes, the desk cannot be used, or somebody else was faster.
pub(in crate::cli) fn run(
    args: &DirectoryArgs,
    open: impl FnOnce() -> Result<Box<dyn Store>, StoreError>,
    fleet: Option<PathBuf>,
) -> Result<ExitCode> {
    match &args.command {
        DirectoryCommand::Apply(args) => apply::run(args, open, fleet)?,
        DirectoryCommand::Show(args) => print(&show(args, &read(open()?.as_mut())?)?)?,
        DirectoryCommand::History => print(&history(&read(open()?.as_mut())?)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read(store: &mut dyn Store) -> Result<Revisions, StoreError> {
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

//! `ocdeck desk directory`: who is who and the numbers of the rules, as the desk keeps them.

mod apply;

use crate::{
    cli::print,
    config,
    desk::{Store, StoreError},
};
use anyhow::{Context, Result, bail};
use ocdeck_domain::{
    directory::{Revision, Revisions, changes, changes_of_policy},
    fleet::Directory,
    journal::{Record, Subject},
    policy::Policy,
};
use std::{fmt::Write, path::PathBuf, process::ExitCode, sync::Arc};

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
        DirectoryCommand::Show(args) => print(&show(args, open()?.as_mut())?)?,
        DirectoryCommand::History => print(&history(open()?.as_mut())?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The revisions, one after the other: only one of them is ever held whole.
struct Folded {
    records: std::vec::IntoIter<Record>,
    now: Revisions,
}

impl Folded {
    fn read(store: &mut dyn Store) -> Result<Self> {
        Ok(Self {
            records: store.history(&Subject::Directory)?.into_iter(),
            now: Revisions::default(),
        })
    }

    /// Goes on to the next revision; `false`: there is none.
    fn step(&mut self) -> bool {
        let before = self.now.all().len();
        for record in self.records.by_ref() {
            self.now.fold(&record);
            if self.now.all().len() > before {
                return true;
            }
        }
        false
    }

    /// All revisions, and who is who in the last.
    fn whole(store: &mut dyn Store) -> Result<Revisions> {
        let mut folded = Self::read(store)?;
        while folded.step() {}
        folded.fill(store)?;
        Ok(folded.now)
    }

    /// Reads who is who in the revision that this stands at.
    fn fill(&mut self, store: &mut dyn Store) -> Result<()> {
        let Some(number) = self.now.current().map(|now| now.number) else {
            return Ok(());
        };
        if self.now.content().is_none() {
            for record in store.history(&Subject::Revision(number))? {
                self.now.fold(&record);
            }
        }
        if self.now.content().is_none() {
            bail!("revision {number} was written by a newer program: use that one");
        }
        Ok(())
    }
}

fn policy_of(revision: Option<&Revision>) -> Result<Policy> {
    let shipped = config::policy::shipped().context("the shipped policy.toml has a mistake")?;
    Ok(match revision {
        Some(revision) => shipped.with(&revision.policy)?,
        None => shipped,
    })
}

fn show(args: &ShowArgs, store: &mut dyn Store) -> Result<String> {
    let mut revisions = Folded::read(store)?;
    let number = |revisions: &Folded| revisions.now.current().map(|now| now.number);
    match args.revision {
        Some(wanted) => {
            while number(&revisions) != Some(wanted) {
                if !revisions.step() {
                    bail!("there is no revision {wanted}");
                }
            }
            revisions.fill(store)?;
        }
        None => {
            while revisions.step() {}
            revisions.fill(store)?;
        }
    }
    let now = revisions.now.current().zip(revisions.now.content());
    let (revision, content) = now.context(
        "this desk has no directory yet: `ocdeck desk directory apply fleet.toml` gives it one",
    )?;
    if let Some(name) = &args.file {
        let known: Vec<&str> = content.files.keys().map(String::as_str).collect();
        let text = content.files.get(name).with_context(|| {
            format!(
                "revision {} has no {name}; it has {}",
                revision.number,
                known.join(", ")
            )
        })?;
        return Ok(text.clone());
    }
    let mut text = String::new();
    for (name, file) in &content.files {
        writeln!(
            text,
            "# --- {name}, revision {} by {}\n{file}",
            revision.number, revision.author
        )?;
    }
    Ok(text)
}

fn history(store: &mut dyn Store) -> Result<String> {
    let mut revisions = Folded::read(store)?;
    let mut text = String::new();
    let mut old = Arc::new(Directory::default());
    let mut numbers = policy_of(None)?;
    while revisions.step() {
        revisions.fill(store)?;
        let Some((revision, content)) = revisions.now.current().zip(revisions.now.content()) else {
            continue;
        };
        let policy = policy_of(Some(revision))?;
        let count =
            changes(&old, &content.directory).len() + changes_of_policy(&numbers, &policy).len();
        let at = revision.at.format("%Y-%m-%d %H:%M UTC");
        let author = ocdeck_domain::text::clean(&revision.author);
        writeln!(
            text,
            "{:>4}  {at}  {author:<16}  {count} changes",
            revision.number
        )?;
        old = content.directory.clone();
        numbers = policy;
    }
    if text.is_empty() {
        text.push_str("this desk has no directory yet\n");
    }
    Ok(text)
}

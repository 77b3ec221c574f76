//! `ocdeck desk directory apply`: files become the next revision, whole or not at all.

use super::{Folded, policy_of};
use crate::{
    cli::{console, fleet_path, load, print},
    config,
    desk::{Access, Store, StoreError},
};
use anyhow::{Context, Result, bail};
use chrono::Utc;
use ocdeck_domain::{
    directory::{Change, Revision, Revisions, changes, changes_of_policy},
    facts::Time,
    fleet::Directory,
    journal::{LONGEST_DIRECTORY, NewRecord},
    policy::Policy,
    text::clean,
    words,
};
use ocdeck_widgets::format;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// The file with the numbers; all others say who is who.
const POLICY: &str = "policy.toml";

#[derive(Debug, clap::Args)]
pub(super) struct ApplyArgs {
    /// Files such as fleet.toml, together in place of those that are in force, and policy.toml.
    /// The own certificate stays with each console. An address of an appliance counts for all of
    /// them; where none is given, each console's own file says it.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// Shows what the files would change, asks, and applies them.
pub(super) fn run(
    args: &ApplyArgs,
    open: impl FnOnce() -> Result<Box<dyn Store>, StoreError>,
    fleet: Option<PathBuf>,
) -> Result<()> {
    not_too_large(&args.files)?;
    let mut store = open()?;
    // Before anybody is asked for an answer that leads nowhere.
    if let Access::ReadOnly(reason) = store.access() {
        bail!("the desk is read-only: {reason}");
    }
    let revisions = Folded::whole(store.as_mut())?;
    let (current, content) = (revisions.current(), revisions.content());
    let next = next(&args.files, &revisions)?;
    let old = content
        .map(|now| (*now.directory).clone())
        .unwrap_or_default();
    let diff = difference(&old, &next.directory, &policy_of(current)?, &next.policy);
    if diff.is_empty() && content.is_some_and(|now| now.files == next.files) {
        return print("nothing changes");
    }
    let number = current.map_or(1, |now| now.number + 1);
    let records = records(&next, &revisions, &author(fleet)?)?;
    print(&format!("revision {number} would change:\n{diff}"))?;
    if !args.yes && !agreed()? {
        return print("nothing was changed");
    }
    match store.append(&records) {
        Ok(()) => print(&format!("revision {number} is in force")),
        Err(StoreError::Taken { .. }) => late(store.as_mut(), &next),
        Err(error) => Err(error.into()),
    }
}

/// Refuses what no desk takes before it is read, and before the desk is opened.
fn not_too_large(files: &[PathBuf]) -> Result<()> {
    let mut sizes = Vec::new();
    for path in files {
        let about =
            fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        sizes.push((path.display().to_string(), about.len()));
    }
    let whole = sizes.iter().map(|(_, bytes)| bytes).sum();
    match whole > LONGEST_DIRECTORY as u64 {
        true => bail!(too_large(whole, sizes)),
        false => Ok(()),
    }
}

/// The revision as the desk keeps it: what clocks go by, the files, and what they say.
fn records(next: &Next, revisions: &Revisions, author: &str) -> Result<Vec<NewRecord>> {
    let records = revisions.next(
        next.files.clone(),
        &next.directory,
        serde_json::to_value(&next.policy)?,
        &Uuid::new_v4,
        (Utc::now(), author),
    );
    let whole = records.iter().map(|record| record.body.len()).max();
    if let Some(whole) = whole.filter(|bytes| *bytes > LONGEST_DIRECTORY) {
        let files = next.files.iter();
        let sizes = files.map(|(name, text)| (name.clone(), text.len() as u64));
        bail!(too_large(whole as u64, sizes.collect()));
    }
    Ok(records)
}

/// What is too large, by how much, and what to do about it.
fn too_large(whole: u64, mut files: Vec<(String, u64)>) -> String {
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let files = files.iter().take(3);
    let files: Vec<_> = files
        .map(|(name, bytes)| format!("{name} has {}", format::bytes(*bytes)))
        .collect();
    format!(
        "these files would take {} of the desk, {} more than one revision may ({}); {}: leave out \
         tenants that are closed and comments, or give a reseller with many tenants a desk of its \
         own; nothing was changed",
        format::bytes(whole),
        format::bytes(whole.saturating_sub(LONGEST_DIRECTORY as u64)),
        format::bytes(LONGEST_DIRECTORY as u64),
        files.join(", ")
    )
}

/// Somebody was faster: who, when, and what that means for these files.
fn late(store: &mut dyn Store, ours: &Next) -> Result<()> {
    let now = store.now()?;
    let revisions = Folded::whole(store)?;
    let Some((theirs, content)) = revisions.current().zip(revisions.content()) else {
        bail!("somebody else wrote a revision that this ocdeck cannot read; use the newer ocdeck");
    };
    let who = faster(theirs, now);
    let same = content.files == ours.files && *theirs.policy == serde_json::to_value(&ours.policy)?;
    if same {
        return print(&format!("{who}, and it says the same: nothing changes"));
    }
    bail!(
        "{who}; nothing of yours is in force. `ocdeck desk directory show` prints theirs: put what \
         you both want into your files and apply again, which shows what differs from revision {}",
        theirs.number
    )
}

/// "ben applied revision 2 at 11:02:05 UTC, 1 s ago".
fn faster(theirs: &Revision, now: Time) -> String {
    format!(
        "{} applied revision {} at {} UTC, {}",
        clean(&theirs.author),
        theirs.number,
        theirs.at.format("%H:%M:%S"),
        words::ago(now - theirs.at)
    )
}

/// What is in force after these files.
struct Next {
    files: BTreeMap<String, String>,
    directory: Directory,
    policy: Policy,
}

fn next(paths: &[PathBuf], revisions: &Revisions) -> Result<Next> {
    let (current, content) = (revisions.current(), revisions.content());
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
    let mut files = content.map(|now| now.files.clone()).unwrap_or_default();
    let policy = match numbers.first() {
        Some((path, text)) => {
            files.insert(POLICY.to_owned(), text.clone());
            config::policy::parse(path, text)?
        }
        None => policy_of(current)?,
    };
    let directory = if who.is_empty() {
        // Nobody would be anybody on every console.
        let now = content.context(
            "this desk has no directory yet: apply the files that say who is who together with \
             policy.toml",
        )?;
        (*now.directory).clone()
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
        text.push_str(&clean(&line));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn me_stays_with_the_account() {
        let text = "# ours\n[me]\ncert = \"a\"\n\n[[party]]\nid = \"provider\"\n";
        assert_eq!(without_me(text), "# ours\n[[party]]\nid = \"provider\"\n");
    }
}

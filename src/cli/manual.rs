//! `ocdeck completions` and `ocdeck man`: made from the arguments themselves, so that they never
//! tell of what is not there.

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;
use std::{fs, path::PathBuf};

/// Print the completions of a shell.
///
/// For bash: ocdeck completions bash > ~/.local/share/bash-completion/completions/ocdeck
#[derive(Clone, Debug, Args)]
pub(super) struct CompletionsArgs {
    /// Which shell.
    shell: Shell,
}

/// Print the manual page, or write all pages into a folder.
#[derive(Clone, Debug, Args)]
pub(super) struct ManArgs {
    /// A folder such as ~/.local/share/man/man1; without it, ocdeck(1) is printed.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// The script for a shell.
pub(super) fn completions(args: CompletionsArgs, command: &mut Command) -> Result<String> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "ocdeck", &mut script);
    String::from_utf8(script).context("the completions are no text")
}

/// The page, or what was written where.
pub(super) fn pages(args: ManArgs, command: Command) -> Result<String> {
    let Some(dir) = args.dir else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        return String::from_utf8(page).context("the page is no text");
    };
    fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    clap_mangen::generate_to(command, &dir)
        .with_context(|| format!("{} cannot be written", dir.display()))?;
    Ok(format!(
        "written to {}; read one with: man -l {}\n",
        dir.display(),
        dir.join("ocdeck.1").display()
    ))
}

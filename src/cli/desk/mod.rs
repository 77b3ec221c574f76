//! `ocdeck desk`: what the technicians of a shift share.

mod directory;
mod keep;

use super::load_fleet;
use crate::{
    config::settings::Folders,
    desk::{self, Place, Who},
};
use anyhow::Result;
use std::{path::PathBuf, process::ExitCode};

/// The desk: what the technicians of a shift share.
#[derive(Debug, clap::Args)]
pub(super) struct DeskArgs {
    #[command(subcommand)]
    command: DeskCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DeskCommand {
    Keep(keep::KeepArgs),
    Directory(directory::DirectoryArgs),
}

/// Runs what the arguments ask for; `fleet` is the fleet's file that was named.
///
/// # Errors
/// When it did not work, with what to do.
pub(super) fn run(args: &DeskArgs, fleet: Option<PathBuf>) -> Result<ExitCode> {
    match &args.command {
        DeskCommand::Keep(args) => keep::run(args, || load_fleet(fleet)),
        DeskCommand::Directory(args) => {
            let place = Place::own(&Folders::find()?.state);
            let mut store = desk::open(&place, &Who::default())?;
            directory::run(args, store.as_mut(), fleet)
        }
    }
}

//! `ocdeck desk`: what the technicians of a shift share.

mod keep;

use crate::config::fleet::FleetFile;
use anyhow::Result;
use std::process::ExitCode;

/// The desk: what the technicians of a shift share.
#[derive(Debug, clap::Args)]
pub(super) struct DeskArgs {
    #[command(subcommand)]
    command: DeskCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DeskCommand {
    Keep(keep::KeepArgs),
}

/// Runs what the arguments ask for; `fleet` reads the fleet's file.
///
/// # Errors
/// When it did not work, with what to do.
pub(super) fn run(args: &DeskArgs, fleet: impl FnOnce() -> Result<FleetFile>) -> Result<ExitCode> {
    match &args.command {
        DeskCommand::Keep(args) => keep::run(args, fleet),
    }
}

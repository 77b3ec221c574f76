//! `ocdeck desk keep`: gathers certificate, fleet, desk and hooks, then hands over to `shell`.

use super::super::{console, print, runtime};
use crate::{
    config::{
        fleet::FleetFile,
        settings::{self, Folders},
    },
    shell::{self, keep::Keep},
    state::{Start, model::Me},
};
use anyhow::{Context, Result};
use chrono::Utc;
use std::{ffi::OsStr, process::ExitCode};

/// The shipped unit of systemd.
const UNIT: &str = include_str!("../../../contrib/ocdeck-desk-keep.service");

/// Do what consoles do by themselves when none is open: open incidents, time out
/// acknowledgements, witness facts, run hooks.
#[derive(Debug, clap::Args)]
pub(super) struct KeepArgs {
    /// Print a unit for systemd and end.
    #[arg(long)]
    print_unit: bool,
    /// Stop at the end of standard input, for whoever starts it to take it along.
    #[arg(long)]
    stop_on_stdin_eof: bool,
}

/// Keeps until a signal asks it to end.
///
/// # Errors
/// When configuration or certificate cannot be used.
pub(super) fn run(
    args: &KeepArgs,
    named: Option<&OsStr>,
    fleet: impl FnOnce() -> Result<FleetFile>,
) -> Result<ExitCode> {
    if args.print_unit {
        print(UNIT)?;
        return Ok(ExitCode::SUCCESS);
    }
    let fleet = fleet()?;
    let folders = Folders::find()?;
    let log = shell::log::start(&folders.state);
    console::tell(log.trouble());
    shell::log::catch_panics(log.folder());
    shell::raise_file_limit();
    // A hook that is not run because of a mistake is worse than a keeper that does not start.
    let settings = settings::load(&folders.config)?;
    let (me, worries) = console::who(&fleet.me)?;
    console::tell(worries);
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy().into_owned();
    let keep = Keep {
        start: Start {
            me: Me {
                name: format!("desk keep {host}"),
                ..me
            },
            policy: toml::from_str(ocdeck_domain::policy::SHIPPED)
                .context("the shipped policy.toml has a mistake")?,
            directory: fleet.directory,
            demo: false,
            now: Utc::now(),
            size: (0, 0),
            keys: Default::default(),
            config: Default::default(),
        },
        links: (fleet.me, fleet.links),
        desk: super::place(named, &folders)?,
        hooks: settings.hooks,
        host,
        stop_on_stdin_eof: args.stop_on_stdin_eof,
    };
    runtime()?.block_on(shell::keep::keep(keep))
}

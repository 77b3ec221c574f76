//! `ocdeck appliance`: the agent, and its first files.

use super::appliance_init;
use crate::shell::plain::PlainLines;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use ocdeck_appliance::{ServeOptions, host::Program, serve};
use std::{path::PathBuf, process::ExitCode};
use tracing_subscriber::{EnvFilter, fmt};

/// Be an appliance, or prepare one.
#[derive(Debug, Args)]
pub(super) struct ApplianceArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve an appliance until SIGTERM.
    Serve {
        /// Its appliance.toml.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Stop at the end of standard input, for whoever starts it to take it along.
        #[arg(long)]
        stop_on_stdin_eof: bool,
    },
    Init(appliance_init::Args),
}

/// Does what was asked.
///
/// # Errors
/// When it cannot begin.
pub(super) fn run(args: ApplianceArgs) -> Result<ExitCode> {
    match args.command {
        Command::Serve {
            config,
            stop_on_stdin_eof,
        } => {
            log();
            let shown = config.display().to_string();
            serve(&ServeOptions {
                config,
                worker: Program::default(),
                stop_on_stdin_eof,
                agent_version: env!("CARGO_PKG_VERSION"),
            })
            .with_context(|| format!("the appliance of {shown} does not serve"))?;
        }
        Command::Init(args) => appliance_init::run(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// To standard error, where a service manager keeps it. `OCDECK_LOG` chooses how much.
fn log() {
    let filter = EnvFilter::try_from_env("OCDECK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // An error says that there is a log already.
    let _ = fmt()
        .with_env_filter(filter)
        .with_writer(PlainLines(std::io::stderr))
        .with_ansi(false)
        .try_init();
}

//! Arguments → command; one file a subcommand.
//!
//! Everything printed and every exit status comes from here: 0 done, 1 did not work, 2 wrong
//! arguments, configuration or terminal; `status` and `approve` end with 3 when an appliance is
//! down.

mod appliance;
mod appliance_init;
pub mod approve;
pub mod console;
pub mod demo;
mod desk;
pub mod doctor;
pub mod handover;
mod init;
mod manual;
pub mod pki;
pub mod status;

use crate::config::{
    fleet::{self, FleetFile},
    settings::Folders,
};
use anyhow::{Context, Result, bail};
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, parser::ValueSource};
use std::{
    ffi::OsString,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokio::runtime::{Builder, Runtime};

/// Wrong arguments, configuration or terminal; clap's own as well.
const UNUSABLE: u8 = 2;

/// Console of a backup operations center. Without a command it opens the console.
#[derive(Debug, Parser)]
#[command(name = "ocdeck", version, max_term_width = 100)]
struct Cli {
    /// The fleet; without it, fleet.toml in the configuration folder.
    #[arg(
        long,
        env = "OCDECK_FLEET",
        value_name = "FILE",
        global = true,
        display_order = 900
    )]
    fleet: Option<PathBuf>,
    /// The desk: a folder of this machine, or postgresql://ROLE@HOST/DATABASE; without it, what
    /// config.toml says, or one's own.
    #[arg(
        long,
        env = "OCDECK_DESK",
        value_name = "PLACE",
        global = true,
        display_order = 901,
        hide_env_values = true
    )]
    desk: Option<OsString>,
    #[command(flatten)]
    console: console::ConsoleArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Init(init::InitArgs),
    Status(status::StatusArgs),
    Handover(handover::HandoverArgs),
    Approve(approve::ApproveArgs),
    Reject(approve::RejectArgs),
    Doctor(doctor::DoctorArgs),
    Appliance(appliance::ApplianceArgs),
    Desk(desk::DeskArgs),
    Pki(pki::PkiArgs),
    Completions(manual::CompletionsArgs),
    Man(manual::ManArgs),
    /// Does one piece of work for an appliance, told on standard input.
    #[command(hide = true)]
    Worker,
}

/// All arguments that there are.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs what the arguments ask for.
pub fn main() -> ExitCode {
    let matches = command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match not_of_a_demo(&cli, &matches).and_then(|()| run(cli)) {
        Ok(code) => code,
        Err(error) => {
            // Standard error may be closed: then nobody reads it.
            let _ = writeln!(io::stderr(), "ocdeck: {error:#}");
            ExitCode::from(UNUSABLE)
        }
    }
}

/// A demo has a fleet and a desk of its own. What the environment says about others is for other
/// commands; whoever names one here wants it.
fn not_of_a_demo(cli: &Cli, matches: &ArgMatches) -> Result<()> {
    let named = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    match ["fleet", "desk"].iter().find(|id| named(id)) {
        Some(id) if matches!(cli.command, Some(Command::Demo(_))) => bail!(
            "a demo has a fleet and a desk of its own: leave --{id} away, or open it with \
             `ocdeck --fleet FILE --desk PLACE`, where FILE is fleet.toml of the demo's folder"
        ),
        _ => Ok(()),
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        None => console::open(cli.console, fleet_path(cli.fleet)?, cli.desk.as_deref()),
        Some(Command::Status(args)) => {
            let fleet = load_fleet(cli.fleet)?;
            let (text, code) = runtime()?.block_on(status::run(fleet, args))?;
            print(&text)?;
            Ok(ExitCode::from(code))
        }
        Some(Command::Handover(args)) => {
            let fleet = fleet_path(cli.fleet)?.as_deref().map(load).transpose()?;
            let place = desk::place(cli.desk.as_deref(), &Folders::find()?)?;
            match handover::run(args, fleet, &place) {
                Ok(text) => {
                    print(&text)?;
                    Ok(ExitCode::SUCCESS)
                }
                Err(error) => {
                    // Standard error may be closed: then nobody reads it.
                    let _ = writeln!(io::stderr(), "ocdeck: {error:#}");
                    Ok(ExitCode::FAILURE)
                }
            }
        }
        Some(Command::Approve(args)) => {
            let fleet = load_fleet(cli.fleet)?;
            decided(runtime()?.block_on(approve::approve(fleet, args))?)
        }
        Some(Command::Reject(args)) => {
            let fleet = load_fleet(cli.fleet)?;
            decided(runtime()?.block_on(approve::reject(fleet, args))?)
        }
        Some(Command::Doctor(args)) => {
            let (text, code) = runtime()?.block_on(doctor::run(args, cli.fleet, cli.desk))?;
            print(&text)?;
            Ok(ExitCode::from(code))
        }
        Some(Command::Init(args)) => init::run(args).map(|()| ExitCode::SUCCESS),
        Some(Command::Completions(args)) => {
            print(&manual::completions(args, &mut command())?)?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Man(args)) => {
            print(&manual::pages(args, command())?)?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Pki(args)) => {
            print(&pki::run(args)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Appliance(args)) => appliance::run(args),
        Some(Command::Desk(args)) => desk::run(&args, cli.desk.as_deref(), cli.fleet),
        Some(Command::Demo(args)) => demo::run(&args, cli.console),
        Some(Command::Worker) => Ok(ocdeck_appliance::worker()),
    }
}

/// Why nothing was decided stands on standard error already.
fn decided((text, code): (String, u8)) -> Result<ExitCode> {
    if !text.is_empty() {
        print(&text)?;
    }
    Ok(ExitCode::from(code))
}

/// The fleet's file: the one that was named, or the one in the configuration folder if it is
/// there.
fn fleet_path(named: Option<PathBuf>) -> Result<Option<PathBuf>> {
    if named.is_some() {
        return Ok(named);
    }
    let path = Folders::find()?.config.join("fleet.toml");
    Ok(path.exists().then_some(path))
}

fn load_fleet(named: Option<PathBuf>) -> Result<FleetFile> {
    let path = fleet_path(named)?.context(
        "there is no fleet yet: `ocdeck init` writes a first one, --fleet FILE names another",
    )?;
    load(&path)
}

fn load(path: &Path) -> Result<FleetFile> {
    Ok(fleet::load(path)?)
}

fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start threads")
}

/// Prints, also into a pipe that was closed (`ocdeck status | head`).
fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match write!(stdout, "{text}{end}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot print")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }
}

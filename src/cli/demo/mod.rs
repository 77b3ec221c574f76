//! `ocdeck demo`: a small real fleet and the console on it.
//!
//! Real appliances as processes, a real PKI, real backups of generated data. The
//! *demo: lose acme/erp01* command really deletes that system's data; after its restore the
//! demo compares hashes with what it deleted.

mod children;
mod data;
mod files;
mod folder;
mod loss;
mod own;
mod seeding;
mod supervisor;
mod world;

use super::console::{self, ConsoleArgs};
use crate::{config::settings::Folders, desk::Place, shell::DemoLink, state::msg::DemoMsg};
use anyhow::Context;
use folder::Folder;
use own::Own;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use supervisor::Supervisor;

/// Open the console on a small real fleet that ends with it.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Keep the fleet in the foreground without a console, and print `ready` and the
    /// console's configuration file when all is seeded.
    #[arg(long)]
    no_console: bool,
    /// Keep everything in this folder, which must be new or empty, and leave it there.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Add this folder of yours as a system. It is only read, and restores of it go to a
    /// staging folder; its backup takes about its size in the demo's folder.
    #[arg(long, value_name = "FOLDER")]
    with: Option<PathBuf>,
    /// Open another person's console on a demo that runs: eva is its duty manager, who
    /// approves what goes beyond the limit of one person.
    #[arg(long = "as", value_name = "PERSON", conflicts_with_all = ["no_console", "with"])]
    person: Option<String>,
}

/// Runs the demo to its end.
///
/// # Errors
/// When its folder cannot be made, or the console cannot be opened.
pub fn run(args: &DemoArgs, look: ConsoleArgs) -> anyhow::Result<ExitCode> {
    if !args.no_console {
        crate::shell::terminal::check()?;
    }
    if let Some(person) = &args.person {
        return join(person, args.dir.as_deref(), look);
    }
    let own = args.with.as_deref().map(Own::open).transpose()?;
    let folder = Folder::open(args.dir.as_deref())?;
    if let Some(own) = &own {
        own.apart_from(folder.path())?;
    }
    files::write(folder.path(), own.as_ref())?;
    let fleet = folder.path().join("fleet.toml");
    let (supervisor, link) = Supervisor::start(folder.path(), own.is_some());
    supervisor.keep(folder.path())?;
    let ended = if args.no_console {
        foreground(&fleet, link)
    } else {
        let folders = folders(folder.path());
        let desk = Place::own(&folders.state);
        console::run(look, &folders, Some(super::load(&fleet)?), desk, Some(link))
    };
    // The appliances stop before their folder goes; a running worker takes up to 2 s.
    tell("stopping the demo's appliances");
    drop(supervisor);
    drop(folder);
    ended
}

/// The desk of a demo goes with it, or stays with it; theme and keys are the person's own.
fn folders(dir: &Path) -> Folders {
    let state = dir.join("console");
    let config = Folders::find().map_or_else(|_| state.clone(), |own| own.config);
    Folders { config, state }
}

/// The console of another person on a demo that runs, at the same desk.
fn join(person: &str, dir: Option<&Path>, look: ConsoleArgs) -> anyhow::Result<ExitCode> {
    let dir = folder::running(dir)?;
    let fleet = files::fleet_of(&dir, person);
    if !fleet.exists() {
        let people = [files::PERSON, files::MANAGER].join(" and ");
        anyhow::bail!("nobody in the demo is called {person}: there are {people}");
    }
    let folders = folders(&dir);
    let desk = Place::own(&folders.state);
    console::run(look, &folders, Some(super::load(&fleet)?), desk, None)
}

/// Says how it goes, to whoever still listens: a terminal that was closed does not.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says `ready` when all is seeded, and waits for SIGINT, SIGTERM or SIGHUP.
fn foreground(fleet: &Path, mut link: DemoLink) -> anyhow::Result<ExitCode> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        loop {
            tokio::select! {
                news = link.news.recv() => match news.context("the demo's fleet ended")? {
                    DemoMsg::Seeding { done: true, .. } => {
                        let ready = format!("ready {}", fleet.display());
                        super::print(&ready)?;
                    }
                    DemoMsg::Seeding { text, .. } => tell(&text),
                    DemoMsg::Trouble(text) => anyhow::bail!("{text}"),
                    DemoMsg::Lost { .. } | DemoMsg::Compared { .. } => {}
                },
                _ = interrupt.recv() => return Ok(ExitCode::SUCCESS),
                _ = terminate.recv() => return Ok(ExitCode::SUCCESS),
                _ = hangup.recv() => return Ok(ExitCode::SUCCESS),
            }
        }
    })
}

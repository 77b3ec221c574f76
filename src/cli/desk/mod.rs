//! `ocdeck desk`: what the technicians of a shift share.

mod directory;
mod group;
mod init;
mod keep;
mod migrate;
mod moving;
mod progress;
mod verify;

use super::load_fleet;
use crate::{
    config::settings::{self, Folders},
    desk::{self, FILE, Place, Store, Who},
};
use anyhow::{Context, Result, bail};
use std::{
    ffi::OsStr,
    path::{PathBuf, absolute},
    process::ExitCode,
};

/// The desk: what the technicians of a shift share.
///
/// Without --desk these speak of the desk that config.toml names, or of one's own.
#[derive(Debug, clap::Args)]
pub(super) struct DeskArgs {
    #[command(subcommand)]
    command: DeskCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DeskCommand {
    Init(init::InitArgs),
    Verify(verify::VerifyArgs),
    Export(moving::ExportArgs),
    Import(moving::ImportArgs),
    Migrate(migrate::MigrateArgs),
    Keep(keep::KeepArgs),
    Directory(directory::DirectoryArgs),
}

/// Runs what the arguments ask for; `named`: the desk that was named with them; `fleet`: the
/// fleet's file that was.
///
/// # Errors
/// When it did not work, with what to do.
pub(super) fn run(
    args: &DeskArgs,
    named: Option<&OsStr>,
    fleet: Option<PathBuf>,
) -> Result<ExitCode> {
    let place = || place(named, &Folders::find()?);
    match &args.command {
        DeskCommand::Init(args) => init::run(args),
        DeskCommand::Verify(args) => verify::run(args, &place()?),
        DeskCommand::Export(args) => moving::export(args, &place()?),
        DeskCommand::Import(args) => moving::import(args, &place()?),
        DeskCommand::Migrate(args) => migrate::run(args, &place()?),
        DeskCommand::Keep(args) => keep::run(args, named, || load_fleet(fleet)),
        DeskCommand::Directory(args) => {
            let place = place()?;
            directory::run(args, || desk::open(&place, &Who::default()), fleet)
        }
    }
}

/// Where the desk stands: as it was named, else as `config.toml` says, else in the state folder.
///
/// # Errors
/// When `config.toml` names a desk in a way that cannot be used: another desk in its place would
/// hide what colleagues wrote.
pub(super) fn place(named: Option<&OsStr>, folders: &Folders) -> Result<Place> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return whole(Place::named(named));
    }
    let chosen = settings::desk(&folders.config)
        .context("config.toml, which names the desk, has a mistake there")?;
    match chosen {
        Some(text) => whole(Place::named(OsStr::new(&text))),
        None => Ok(Place::own(&folders.state)),
    }
}

/// A folder whatever folder one is in later.
fn whole(place: Place) -> Result<Place> {
    match place {
        Place::Shared(folder) => {
            Ok(Place::Shared(absolute(&folder).with_context(|| {
                format!("cannot find {}", folder.display())
            })?))
        }
        other => Ok(other),
    }
}

/// Opens a desk that is there, without being told among those that are connected.
fn there(place: &Place) -> Result<Box<dyn Store>> {
    if let Some(file) = own_file(place)
        && !file.exists()
    {
        bail!(
            "there is no desk yet at {}: the first start of a console makes it, --desk PLACE names \
             another",
            file.display()
        );
    }
    Ok(desk::open(place, &Who::default())?)
}

/// The file of one's own desk.
fn own_file(place: &Place) -> Option<PathBuf> {
    match place {
        Place::Own(folder) => Some(folder.join(FILE)),
        _ => None,
    }
}

/// The file of a desk that stands in a folder.
fn file(place: &Place) -> Option<PathBuf> {
    match place {
        Place::Own(folder) | Place::Shared(folder) => Some(folder.join(FILE)),
        Place::Server(_) => None,
    }
}

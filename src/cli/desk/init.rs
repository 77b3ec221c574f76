//! `ocdeck desk init`: makes a desk for several people.

use super::{super::print, group};
use crate::desk::{
    Place, folder,
    postgres::{self, Address},
};
use anyhow::{Context, Result, bail};
use std::{
    ffi::OsString,
    fmt::Write,
    path::{Path, absolute},
    process::ExitCode,
};

/// Make a desk for several people: in a folder of this machine, or in a database for several.
///
/// A folder gets mode 2770 and the group, the file in it 0660, whatever the umask says; one that
/// is there gets them again. In a database the role of the URL owns the tables, and the members
/// of the group may read and add, nothing else.
#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {
    /// A folder on a disk of this machine, or postgresql://ROLE@HOST/DATABASE.
    #[arg(value_name = "PLACE")]
    place: OsString,
    /// Who shares it: a group of this machine, or a group role of the database (ocdeck_desk when
    /// none is given).
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
}

pub(super) fn run(args: &InitArgs) -> Result<ExitCode> {
    let text = match Place::named(&args.place) {
        Place::Server(url) => on_a_server(&url, args.group.as_deref())?,
        Place::Own(folder) | Place::Shared(folder) => in_a_folder(&folder, args.group.as_deref())?,
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn in_a_folder(folder: &Path, name: Option<&str>) -> Result<String> {
    let Some(name) = name else {
        bail!("who shares the desk? name a group of this machine with --group GROUP");
    };
    let folder = absolute(folder).with_context(|| format!("cannot find {}", folder.display()))?;
    let made = folder::init(&folder, group::number(name)?, name)?;
    let shown = folder.display();
    let mut text = match made.was_there {
        true => format!("the desk {shown} was there; it belongs to the group {name}\n"),
        false => format!("made the desk {shown} for the group {name}\n"),
    };
    for closed in &made.closed {
        writeln!(
            text,
            "the group cannot enter {0}: chmod o+x {0}",
            closed.display()
        )?;
    }
    write!(
        text,
        "each of the group opens it with\n  ocdeck --desk {shown}\nor for good, in config.toml:\n  \
         [desk]\n  path = \"{shown}\"\n"
    )?;
    Ok(text)
}

fn on_a_server(url: &str, name: Option<&str>) -> Result<String> {
    let address = Address::parse(url)?;
    let name = name.unwrap_or(postgres::GROUP);
    let made = postgres::init(&address, name)?;
    let mut text = match made.tables {
        true => format!("made the desk at {address} for the role {name}\n"),
        false => format!("the desk at {address} was there; it belongs to the role {name}\n"),
    };
    write!(
        text,
        "for each person, in psql:\n  CREATE ROLE NAME LOGIN;\n  {}\neach opens it with\n  ocdeck \
         --desk '{1}'\nor for good, in config.toml:\n  [desk]\n  url = \"{1}\"\n",
        made.grant,
        postgres::for_a_colleague(url),
    )?;
    Ok(text)
}

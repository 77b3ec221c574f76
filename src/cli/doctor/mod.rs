//! `ocdeck doctor`: looks at everything that a console needs, and says what is wrong and the
//! command that mends it. It mends nothing itself.

mod appliance_file;
mod appliances;
mod certificates;
mod desk;
mod report;
mod settings;
mod terminal;

use super::fleet_path;
use crate::config::{fleet, settings::Folders};
use anyhow::{Context, Result};
use clap::Args;
use report::{Check, Report};
use std::{env, ffi::OsString, path::PathBuf};

/// Find out what is wrong, and the command that mends it.
///
/// Looks at terminal, configuration, desk, certificates, clocks and every appliance; mends
/// nothing itself. The exit code is 0 when all is well, 1 when something should be done, 2 when
/// something does not work.
#[derive(Clone, Debug, Default, Args)]
pub struct DoctorArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Look at this appliance.toml of this machine instead, with its certificate, folders and
    /// repositories.
    #[arg(long, value_name = "FILE")]
    appliance: Option<PathBuf>,
}

/// What to print, and with which code to exit.
///
/// # Errors
/// When JSON cannot be made.
pub async fn run(
    args: DoctorArgs,
    named: Option<PathBuf>,
    desk: Option<OsString>,
) -> Result<(String, u8)> {
    let get = |name: &str| env::var(name).ok();
    let mut report = Report::default();
    match &args.appliance {
        Some(file) => appliance_file::look(&mut report, file),
        None => console(&mut report, named, desk, get).await,
    }
    let text = if args.json {
        serde_json::to_string_pretty(&report).context("JSON of the checks")? + "\n"
    } else {
        report.screen(super::console::ascii_locale(get))
    };
    Ok((text, report.code()))
}

/// Everything that a console needs.
async fn console(
    report: &mut Report,
    named: Option<PathBuf>,
    desk: Option<OsString>,
    get: impl Fn(&str) -> Option<String> + Copy,
) {
    terminal::look(report, get);
    let folders = match Folders::find() {
        Ok(folders) => Some(folders),
        Err(error) => {
            let check = Check::wrong("configuration", "folders", error.to_string());
            report.add(check.mend("export HOME=/home/YOU"));
            None
        }
    };
    let mut place = None;
    if let Some(folders) = &folders {
        settings::look(report, &folders.config);
        let found = super::desk::place(desk.as_deref(), folders);
        place = found.as_ref().ok().cloned();
        desk::look(report, found);
    }
    let Some(path) = fleet_path(named).unwrap_or_default() else {
        let check = Check::warning("fleet", "fleet.toml", "there is no fleet yet");
        report.add(check.mend("ocdeck init"));
        return;
    };
    let shown = path.display().to_string();
    match fleet::load(&path) {
        Ok(file) => {
            let (tenants, appliances) = (file.directory.tenants().count(), file.links.len());
            let text = format!("{shown}; tenants: {tenants}, appliances: {appliances}");
            report.add(Check::well("fleet", "fleet.toml", text));
            let peer = certificates::look(report, &file.me);
            if let (Some(place), Some(peer)) = (&place, &peer) {
                desk::role(report, place, &peer.identity);
            }
            if peer.is_some() {
                appliances::look(report, &file.links, &file.me).await;
            } else {
                let why = "not dialled: the certificate must be mended first";
                report.add(Check::skipped("appliances", "all", why));
            }
        }
        Err(error) => {
            let lines = error.to_string();
            for line in lines.lines() {
                let check = Check::wrong("fleet", "fleet.toml", line);
                report.add(check.mend(format!("${{EDITOR:-vi}} {shown}")));
            }
        }
    }
}

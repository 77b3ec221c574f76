//! `config.toml`, the keymap and the theme: every mistake, as the console tells it.

use super::report::{Check, Report};
use crate::{
    cli::console,
    config::settings::{self, Settings},
};
use std::path::Path;

const AREA: &str = "configuration";

/// Looks at the files in the configuration folder.
pub(super) fn look(report: &mut Report, folder: &Path) {
    let mut mistakes = Vec::new();
    let settings = settings::load(folder).unwrap_or_else(|error| {
        mistakes.push(error.to_string());
        Settings::default()
    });
    tell(report, "config.toml", folder, std::mem::take(&mut mistakes));
    console::keymap(folder, &settings, &mut mistakes);
    tell(report, "keymap", folder, std::mem::take(&mut mistakes));
    if let Err(error) = console::look(None, folder, &settings, &mut mistakes) {
        mistakes.push(error.to_string());
    }
    tell(report, "theme", folder, mistakes);
}

fn tell(report: &mut Report, name: &str, folder: &Path, mistakes: Vec<String>) {
    if mistakes.is_empty() {
        report.add(Check::well(AREA, name, "no mistakes"));
        return;
    }
    for mistake in mistakes.iter().flat_map(|mistake| mistake.lines()) {
        // Every mistake of a file begins with its place, "file:line:column:".
        let file = mistake.split(':').next().map(Path::new);
        let file = file.filter(|file| file.is_file());
        let file = file.map_or_else(|| folder.to_owned(), Path::to_owned);
        let check = Check::warning(AREA, name, mistake);
        report.add(check.mend(format!("${{EDITOR:-vi}} {}", file.display())));
    }
}

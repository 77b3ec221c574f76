//! `config.toml`, the keymap and the theme: every mistake, as the console tells it.

use super::report::{Check, Report};
use crate::{
    cli::console::{self, ConsoleArgs},
    state::config::Remark,
};
use std::path::Path;

const AREA: &str = "configuration";

/// Looks at the files in the configuration folder.
pub(super) fn look(report: &mut Report, folder: &Path) {
    let config = console::loader(folder.to_owned(), ConsoleArgs::default())
        .load()
        .config;
    for name in ["config.toml", "keymap", "theme"] {
        let mistakes = config.mistakes.iter().filter(|m| area(m) == name);
        let mut well = true;
        for mistake in mistakes {
            well = false;
            tell(report, name, folder, mistake);
        }
        if well {
            report.add(Check::well(AREA, name, "no mistakes"));
        }
    }
}

/// Which of the three a mistake belongs to.
fn area(mistake: &Remark) -> &'static str {
    match mistake.place.as_str() {
        place if place.starts_with("config.toml") => "config.toml",
        place if place.starts_with("keymap") => "keymap",
        _ => "theme",
    }
}

fn tell(report: &mut Report, name: &str, folder: &Path, mistake: &Remark) {
    let file = mistake.place.split(':').next().unwrap_or_default();
    let file = folder.join(file);
    // Whole, so that it can be copied.
    let text = format!(
        "{}: {}",
        folder.join(&mistake.place).display(),
        mistake.text
    );
    let check = Check::warning(AREA, name, &text);
    report.add(check.mend(format!("${{EDITOR:-vi}} {}", file.display())));
}

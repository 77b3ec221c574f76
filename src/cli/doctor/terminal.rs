//! The terminal: whether the console can draw on it, and how well.

use super::report::{Check, Report};
use crate::{cli::console::ascii_locale, config::theme::Colours, shell::terminal};
use std::io::{self, IsTerminal};

const AREA: &str = "terminal";
/// Below this many columns and rows some screens show one pane at a time.
const ROOM: (u16, u16) = (80, 24);

/// Looks at the terminal that this runs in.
pub(super) fn look(report: &mut Report, get: impl Fn(&str) -> Option<String> + Copy) {
    if !io::stdout().is_terminal() {
        report.add(Check::skipped(
            AREA,
            "all",
            "standard output is no terminal; run this where the console is to run",
        ));
        return;
    }
    report.add(kind(get));
    report.add(size(terminal::size()));
    report.add(colours(get));
    report.add(signs(get));
    if let Some(check) = multiplexer(get) {
        report.add(check);
    }
}

fn kind(get: impl Fn(&str) -> Option<String>) -> Check {
    match get("TERM").unwrap_or_default() {
        term if term.is_empty() || term == "dumb" => Check::wrong(
            AREA,
            "kind",
            format!("the console cannot draw on this terminal (TERM={term:?})"),
        )
        .mend("export TERM=xterm-256color"),
        term => Check::well(AREA, "kind", format!("TERM={term}")),
    }
}

fn size(size: Option<(u16, u16)>) -> Check {
    match size {
        Some((columns, rows)) if columns < ROOM.0 || rows < ROOM.1 => Check::warning(
            AREA,
            "size",
            format!(
                "{columns}×{rows}; lists and details are side by side from {}×{} on",
                ROOM.0, ROOM.1
            ),
        )
        .mend("make the window larger"),
        Some((columns, rows)) => Check::well(AREA, "size", format!("{columns}×{rows}")),
        None => Check::warning(AREA, "size", "the terminal does not tell its size")
            .mend("stty rows 40 columns 120"),
    }
}

fn colours(get: impl Fn(&str) -> Option<String>) -> Check {
    match Colours::detect(get) {
        Colours::True => Check::well(AREA, "colours", "24 bits"),
        Colours::Indexed => Check::well(AREA, "colours", "256"),
        Colours::None => Check::well(AREA, "colours", "none, as NO_COLOR asks"),
        Colours::Ansi => Check::warning(AREA, "colours", "16, by the name in TERM")
            .mend("export TERM=xterm-256color"),
    }
}

fn signs(get: impl Fn(&str) -> Option<String>) -> Check {
    if ascii_locale(get) {
        Check::warning(
            AREA,
            "signs",
            "the locale is not UTF-8: signs are drawn in ASCII, names with other letters are not right",
        )
        .mend("export LANG=C.UTF-8")
    } else {
        Check::well(AREA, "signs", "UTF-8")
    }
}

/// What stands between the console and the terminal.
fn multiplexer(get: impl Fn(&str) -> Option<String>) -> Option<Check> {
    let set = |name: &str| get(name).is_some_and(|value| !value.is_empty());
    let term = get("TERM").unwrap_or_default();
    let inner = term.starts_with("tmux") || term.starts_with("screen");
    if set("TMUX") && !inner {
        return Some(
            Check::warning(
                AREA,
                "tmux",
                format!("TERM={term} is not tmux's own: some lines may be drawn wrong"),
            )
            .mend("tmux set -g default-terminal tmux-256color, then a new window"),
        );
    }
    if set("TMUX") {
        return Some(Check::well(AREA, "tmux", "in use"));
    }
    set("STY").then(|| Check::well(AREA, "screen", "in use: it passes at most 256 colours on"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;

    fn env<'v>(values: &'v [(&'v str, &'v str)]) -> impl Fn(&str) -> Option<String> + 'v {
        |name| {
            let found = values.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn each_kind_of_terminal_is_told() {
        assert_eq!(kind(env(&[("TERM", "dumb")])).level, Level::Wrong);
        assert_eq!(kind(env(&[])).level, Level::Wrong);
        assert_eq!(kind(env(&[("TERM", "xterm")])).level, Level::Well);
        assert_eq!(size(Some((79, 24))).level, Level::Warning);
        assert_eq!(size(Some((80, 24))).level, Level::Well);
        assert_eq!(size(None).level, Level::Warning);
        assert_eq!(colours(env(&[("TERM", "xterm")])).level, Level::Warning);
        assert_eq!(colours(env(&[("NO_COLOR", "1")])).level, Level::Well);
        assert_eq!(signs(env(&[("LANG", "POSIX")])).level, Level::Warning);
        let tmux = |term| multiplexer(env(&[("TMUX", "/tmp/x"), ("TERM", term)])).unwrap();
        assert_eq!(tmux("xterm-256color").level, Level::Warning);
        assert_eq!(tmux("tmux-256color").level, Level::Well);
        assert_eq!(multiplexer(env(&[("TERM", "xterm")])), None);
    }
}

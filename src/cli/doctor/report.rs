//! What was found: one line a check, the command that mends it below.

use serde::Serialize;
use std::fmt::Write as _;

/// Lines of one area that a person reads; JSON has all of them.
const MOST: usize = 30;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// As it should be.
    Well,
    /// Not looked at, for a reason that is told.
    Skipped,
    /// It works, and somebody should do something.
    Warning,
    /// It does not work.
    Wrong,
}

/// A check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// Where it belongs: "terminal", "configuration", "desk", "fleet", "certificates",
    /// "appliances", "appliance".
    pub(super) area: &'static str,
    /// What was looked at.
    pub(super) name: String,
    /// How it ended.
    pub(super) level: Level,
    /// What was found.
    pub(super) text: String,
    /// The command that mends it, or what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
}

impl Check {
    fn new(
        area: &'static str,
        name: impl Into<String>,
        level: Level,
        text: impl Into<String>,
    ) -> Self {
        Self {
            area,
            name: name.into(),
            level,
            text: text.into(),
            remedy: None,
        }
    }

    pub(super) fn well(
        area: &'static str,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self::new(area, name, Level::Well, text)
    }

    pub(super) fn skipped(
        area: &'static str,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self::new(area, name, Level::Skipped, text)
    }

    pub(super) fn warning(
        area: &'static str,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self::new(area, name, Level::Warning, text)
    }

    pub(super) fn wrong(
        area: &'static str,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self::new(area, name, Level::Wrong, text)
    }

    /// With what to do.
    pub(super) fn mend(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// All checks, in the order in which they were made.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    checks: Vec<Check>,
}

impl Report {
    pub(super) fn add(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// The exit code: the worst of all.
    pub(super) fn code(&self) -> u8 {
        let worst = self.checks.iter().map(|check| check.level).max();
        match worst {
            None | Some(Level::Well | Level::Skipped) => 0,
            Some(Level::Warning) => 1,
            Some(Level::Wrong) => 2,
        }
    }

    fn count(&self, level: Level) -> usize {
        let of = self.checks.iter().filter(|check| check.level == level);
        of.count()
    }

    /// For a person; with `ascii` nothing but ASCII is the program's own.
    pub(super) fn screen(&self, ascii: bool) -> String {
        let width = self.checks.iter().map(|check| check.name.chars().count());
        let width = width.max().unwrap_or(0).min(24);
        let mut text = String::new();
        let mut area = "";
        let mut shown = 0;
        for check in &self.checks {
            if check.area != area {
                area = check.area;
                shown = 0;
                let _ = writeln!(text, "{area}");
            }
            shown += 1;
            if shown > MOST {
                let all = self.checks.iter().filter(|check| check.area == area);
                let more = all.count() - MOST;
                if shown == MOST + 1 {
                    let _ = writeln!(text, "    and {more} more; --json shows all");
                }
                continue;
            }
            let sign = sign(check.level, ascii);
            let _ = writeln!(text, "  {sign} {:<width$}  {}", check.name, check.text);
            if let Some(remedy) = &check.remedy {
                let arrow = if ascii { ">" } else { "→" };
                let _ = writeln!(text, "    {:<width$}  {arrow} {remedy}", "");
            }
        }
        text.push('\n');
        let (wrong, warnings) = (self.count(Level::Wrong), self.count(Level::Warning));
        let _ = match (wrong, warnings) {
            (0, 0) => writeln!(text, "all is well"),
            (0, n) => writeln!(text, "{n} to look after"),
            (n, 0) => writeln!(text, "{n} wrong"),
            (n, m) => writeln!(text, "{n} wrong, {m} to look after"),
        };
        text
    }
}

fn sign(level: Level, ascii: bool) -> char {
    match (level, ascii) {
        (Level::Well, false) => '✓',
        (Level::Well, true) => 'v',
        (Level::Skipped, false) => '–',
        (Level::Skipped, true) => '-',
        (Level::Warning, false) => '▲',
        (Level::Warning, true) => '!',
        (Level::Wrong, false) => '✗',
        (Level::Wrong, true) => 'x',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_the_code_and_every_line_says_what_to_do() {
        let mut report = Report::default();
        assert_eq!(report.code(), 0);
        report.add(Check::well("terminal", "size", "120×40"));
        report.add(Check::skipped("terminal", "colours", "no terminal"));
        assert_eq!(report.code(), 0);
        assert!(report.screen(false).ends_with("all is well\n"));
        report.add(Check::warning("desk", "space", "little").mend("df ."));
        assert_eq!(report.code(), 1);
        report.add(Check::wrong("desk", "file", "damaged"));
        assert_eq!(report.code(), 2);
        assert_eq!(
            report.screen(false),
            "terminal\n  ✓ size     120×40\n  – colours  no terminal\n\
             desk\n  ▲ space    little\n             → df .\n  ✗ file     damaged\n\
             \n1 wrong, 1 to look after\n"
        );
        assert!(
            report
                .screen(true)
                .contains("  ! space    little\n             > df .\n")
        );
    }
}

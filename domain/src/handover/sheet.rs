//! A handover as a page and as JSON: what is frozen when a shift is taken, and what scripts
//! and exports get.

use super::{
    event::{Copy, Moved},
    fold::{Note, Words},
    line::{Reading, Section, Shown},
    night::Night,
};
use crate::{facts::Time, priority::Priority};
use chrono_tz::Tz;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Everything that a handover says at one moment.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Now.
    pub at: Time,
    /// The zone of the page's times; JSON has UTC.
    pub zone: Tz,
    /// Who goes; empty: nobody hands over.
    pub from: String,
    /// Who comes.
    pub to: String,
    /// When it was begun.
    pub begun: Option<Time>,
    /// Why it was taken of somebody who did not hand it over.
    pub reason: String,
    /// The lines.
    pub lines: Vec<Shown>,
    /// Notes.
    pub notes: Vec<Note>,
    /// The shift in numbers.
    pub night: Night,
    /// What changes its owner.
    pub moved: Vec<Moved>,
    /// What is not known, in words.
    pub unknown: Vec<String>,
}

impl Sheet {
    /// Both forms.
    pub fn freeze(&self) -> Copy {
        Copy {
            markdown: self.markdown(),
            json: self.json(),
        }
    }

    fn stamp(&self, at: Time) -> String {
        stamp(at, self.zone)
    }

    /// Of the day that the page is of only the time.
    fn short(&self, at: Time) -> String {
        let day = |at: Time| at.with_timezone(&self.zone).date_naive();
        match day(at) == day(self.at) {
            true => at.with_timezone(&self.zone).format("%H:%M").to_string(),
            false => self.stamp(at),
        }
    }

    /// The page.
    pub fn markdown(&self) -> String {
        let mut page = self.head();
        for lines in self.lines.chunk_by(|a, b| a.line.section == b.line.section) {
            let Some(first) = lines.first() else {
                continue;
            };
            let _ = write!(page, "\n## {}\n\n", first.line.section.name());
            let names = lines.iter().map(|shown| shown.line.name.chars().count());
            let widest = names.max().unwrap_or(0);
            for shown in lines {
                page.push_str(&self.row(shown, widest));
            }
        }
        if self.lines.is_empty() {
            page.push_str("\nNothing is open.\n");
        }
        page.push_str(&notes("Notes", &self.notes, self.zone));
        page.push_str(&self.numbers());
        if !self.moved.is_empty() {
            let names: Vec<String> = self
                .moved
                .iter()
                .map(|moved| escaped(&moved.name))
                .collect();
            let _ = write!(
                page,
                "\n## Now with {}\n\n{}\n",
                escaped(&self.to),
                names.join(", ")
            );
        }
        if !self.unknown.is_empty() {
            page.push_str("\n## Not known\n\n");
            for words in &self.unknown {
                let _ = writeln!(page, "- {words}");
            }
        }
        page
    }

    fn head(&self) -> String {
        let at = self.stamp(self.at);
        let mut head = match self.from.as_str() {
            "" => format!("# Handover\n\nAs of {at}; nobody hands over.\n"),
            from => format!("{}\nAs of {at}", title(from, &self.to)),
        };
        if let Some(begun) = self.begun.filter(|_| !self.from.is_empty()) {
            let _ = writeln!(head, ", begun {}.", self.stamp(begun));
        } else if !self.from.is_empty() {
            head.push_str(".\n");
        }
        if !self.reason.is_empty() {
            let _ = write!(
                head,
                "\nTaken without a handover: {}\n",
                escaped(&self.reason)
            );
        }
        head
    }

    /// One line; what it says begins in the same column in all lines of a section.
    fn row(&self, shown: &Shown, widest: usize) -> String {
        let line = &shown.line;
        let mut row = "- ".to_owned();
        if line.wants_reading() {
            let mark = if shown.reading.is_missing() { " " } else { "x" };
            let _ = write!(row, "[{mark}] ");
        }
        if let Some(priority) = line.priority {
            let _ = write!(row, "**{priority}** ");
        }
        if widest > 0 {
            let _ = write!(row, "{:<widest$} ", line.name);
        }
        row.push_str(&escaped(shown.text()));
        if !line.next.is_empty() {
            let _ = write!(row, " · {}", escaped(&line.next));
        }
        let owned = line.section != Section::Promises && line.priority.is_some();
        match line.owner.as_str() {
            "" if owned => row.push_str("; unclaimed"),
            owner if owned => {
                let _ = write!(row, "; {}", escaped(owner));
            }
            _ => {}
        }
        if let Some(words) = &shown.edited {
            let _ = write!(row, " (written by {})", escaped(&words.by));
        }
        if let Reading::Read { at, by } = &shown.reading {
            let _ = write!(row, " (read by {}, {})", escaped(by), self.short(*at));
        }
        row.push('\n');
        row
    }

    fn numbers(&self) -> String {
        let night = &self.night;
        let Some(since) = night.since else {
            return String::new();
        };
        let mut text = format!("\n## Since {}\n\n", self.stamp(since));
        let _ = writeln!(
            text,
            "- restores called in: {}, {} in time",
            night.restores, night.in_time
        );
        let over = escaped(&night.breached.join(", "));
        let _ = match night.breached.len() {
            0 => writeln!(text, "- clocks breached: none"),
            count => writeln!(text, "- clocks breached: {count} ({over})"),
        };
        let _ = match night.respond_mean {
            Some(mean) => writeln!(
                text,
                "- calls: {}, answered after {mean} s on average",
                night.calls
            ),
            None => writeln!(text, "- calls: {}", night.calls),
        };
        if let Some((ended, failed)) = night.jobs {
            let _ = writeln!(text, "- jobs that ended: {ended}, {failed} failed");
        }
        let _ = match night.last_sweep {
            Some(at) => writeln!(
                text,
                "- sweeps: {}, the last {}",
                night.sweeps,
                self.stamp(at)
            ),
            None => writeln!(text, "- sweeps: none"),
        };
        text
    }

    /// JSON text: format 1.
    pub fn json(&self) -> String {
        let words = |words: &Words| json!({"at": words.at, "by": words.by, "text": words.text});
        let lines: Vec<Value> = self.lines.iter().map(line).collect();
        let notes: Vec<Value> = self.notes.iter().map(words).collect();
        let night = &self.night;
        let value = json!({
            "format": 1,
            "at": self.at,
            "from": self.from,
            "to": self.to,
            "begun": self.begun,
            "reason": self.reason,
            "lines": lines,
            "notes": notes,
            "numbers": {
                "since": night.since,
                "restores": night.restores,
                "in_time": night.in_time,
                "breached": night.breached,
                "calls": night.calls,
                "respond_mean_seconds": night.respond_mean,
                "jobs_ended": night.jobs.map(|(ended, _)| ended),
                "jobs_failed": night.jobs.map(|(_, failed)| failed),
                "sweeps": night.sweeps,
                "last_sweep": night.last_sweep,
            },
            "moved": self.moved,
            "unknown": self.unknown,
        });
        // Text, numbers and lists of them: this cannot fail.
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    }
}

fn line(shown: &Shown) -> Value {
    let line = &shown.line;
    let (read_by, read_at) = match &shown.reading {
        Reading::Read { at, by } => (Some(by), Some(at)),
        _ => (None, None),
    };
    json!({
        "key": line.key,
        "section": line.section,
        "priority": line.priority.map(Priority::number),
        "name": line.name,
        "text": shown.text(),
        "generated": line.text,
        "edited_by": shown.edited.as_ref().map(|words| &words.by),
        "next": line.next,
        "owner": line.owner,
        "must_be_read": line.wants_reading(),
        "read_by": read_by,
        "read_at": read_at,
    })
}

pub(super) fn stamp(at: Time, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    local.format("%Y-%m-%d %H:%M %Z").to_string()
}

/// The heading of the page.
pub(super) fn title(from: &str, to: &str) -> String {
    format!("# Handover {} → {}\n", escaped(from), escaped(to))
}

/// Notes below a heading of their own; nothing if there are none.
pub(super) fn notes(heading: &str, notes: &[Note], zone: Tz) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let mut page = format!("\n## {heading}\n\n");
    for Words { at, by, text } in notes {
        // Lines of a note stay lines: two spaces keep them in the item.
        let lines: Vec<String> = text.lines().map(escaped).collect();
        let (text, by, at) = (lines.join("  \n  "), escaped(by), stamp(*at, zone));
        let _ = writeln!(page, "- {text} ({by}, {at})");
    }
    page
}

/// Text as words of a page: nothing in it is read as markup.
pub(super) fn escaped(text: &str) -> String {
    let text = crate::text::clean(text);
    let mut safe = String::with_capacity(text.len());
    // A list of its own, a rule, a heading: what only the beginning of a line says.
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let listed = digits > 0 && text.chars().nth(digits).is_some_and(|c| ".)".contains(c));
    for (at, c) in text.chars().enumerate() {
        let begins = at == 0 && "-+=".contains(c) || listed && at == digits;
        if begins || r"\*_`[]<>#|~&".contains(c) {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

//! A handover that is over, as a page: the frozen copy, and what came behind it.

use super::{fold::Handover, sheet};
use chrono_tz::Tz;
use std::fmt::Write as _;

impl Handover {
    /// The page; empty while it goes on. Times that are not in the copy are in `zone`.
    pub fn page(&self, zone: Tz) -> String {
        let mut page = match (&self.taken, &self.cancelled) {
            (Some((.., taken)), _) => taken.copy.markdown.clone(),
            (None, Some(off)) => {
                let mut page = sheet::title(&self.from, &self.to);
                let at = sheet::stamp(off.at, zone);
                let by = sheet::escaped(&off.by);
                let _ = write!(page, "\nCalled off by {by}, {at}");
                match off.text.is_empty() {
                    true => page.push_str(".\n"),
                    false => {
                        let _ = writeln!(page, ": {}", sheet::escaped(&off.text));
                    }
                }
                page.push_str("\nNothing was taken over: there is no copy.\n");
                page.push_str(&sheet::notes("Notes", &self.notes, zone));
                page
            }
            (None, None) => return String::new(),
        };
        page.push_str(&sheet::notes("Noted afterwards", &self.after, zone));
        page
    }
}

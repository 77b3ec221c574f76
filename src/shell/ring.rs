//! Calls somebody who looks at another window: the terminal's bell, and notifications that it
//! shows on the desktop (OSC 9, OSC 777), through a multiplexer where one runs. What a terminal
//! does not know it leaves out.

use crate::{
    config::ring::Ringing,
    state::effect::{Ring, RingWhy},
};
use ocdeck_domain::text;
use std::time::{Duration, Instant};

/// What a terminal is sent for its bell; it ends a control string too.
const BELL: &str = "\x07";
/// The shortest time between two notifications: a storm must not bury a desktop. The bell is
/// left to the terminal, which has its own limit.
const APART: Duration = Duration::from_secs(5);
/// The longest text of a notification, in characters.
const LONGEST: usize = 160;

/// What stands between this program and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing.
    Nothing,
    /// tmux, which hands on what is wrapped, if `allow-passthrough` is on.
    Tmux,
    /// GNU screen, which hands on what is wrapped.
    Screen,
    /// One of the two: what is wrapped for the wrong one would be shown as text.
    Unknown,
}

impl Between {
    /// As the environment says; on a host that was reached from within a multiplexer only `TERM`
    /// tells of it.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).is_some_and(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        match () {
            () if set("TMUX") || term.starts_with("tmux") => Self::Tmux,
            () if set("STY") => Self::Screen,
            () if term.starts_with("screen") => Self::Unknown,
            () => Self::Nothing,
        }
    }

    fn wrap(self, sequence: &str) -> String {
        match self {
            Self::Nothing => sequence.to_owned(),
            Self::Tmux => {
                let doubled = sequence.replace('\x1b', "\x1b\x1b");
                format!("\x1bPtmux;{doubled}\x1b\\")
            }
            Self::Screen => format!("\x1bP{sequence}\x1b\\"),
            Self::Unknown => String::new(),
        }
    }
}

/// Rings as its person wants it.
#[derive(Debug)]
pub(super) struct Ringer {
    pub(super) wanted: Ringing,
    between: Between,
    /// Whether the terminal understands both kinds of notifications, and would show two.
    knows_both: bool,
    told: Option<Instant>,
    /// How many were not told, being too close to one that was.
    untold: usize,
}

impl Ringer {
    pub(super) fn new(wanted: Ringing, variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let both = ["foot", "wezterm", "xterm-ghostty", "ghostty"];
        Self {
            wanted,
            between: Between::of(variable),
            knows_both: both.iter().any(|name| term.starts_with(name)),
            told: None,
            untold: 0,
        }
    }

    /// What goes to the terminal for this one.
    pub(super) fn bytes(&mut self, ring: &Ring, now: Instant) -> Vec<u8> {
        let wanted = match ring.why {
            RingWhy::Alert => self.wanted.alerts,
            RingWhy::Clock => self.wanted.clocks,
            RingWhy::Colleague => self.wanted.colleagues,
        };
        let mut bytes = String::new();
        if !wanted {
            return bytes.into_bytes();
        }
        if self.wanted.bell {
            bytes.push_str(BELL);
        }
        let soon = self.told.is_some_and(|told| now - told < APART);
        if soon {
            self.untold += 1 + ring.more;
        } else {
            self.told = Some(now);
            let more = ring.more + std::mem::take(&mut self.untold);
            self.notify(&ring.text, more, &mut bytes);
        }
        bytes.into_bytes()
    }

    fn notify(&self, text: &str, more: usize, bytes: &mut String) {
        let clean = text::clean(text);
        let mut words: String = clean.chars().take(LONGEST).collect();
        if more > 0 {
            words.push_str(&format!(", and {more} more"));
        }
        if self.wanted.osc777 {
            // A semicolon would end the title or the text.
            let words = words.replace(';', ",");
            let sequence = format!("\x1b]777;notify;ocdeck;{words}{BELL}");
            bytes.push_str(&self.between.wrap(&sequence));
        }
        if self.wanted.osc9 && !(self.wanted.osc777 && self.knows_both) {
            // In front of other words a number is a command of its own (OSC 9 ; 4: progress).
            let sequence = format!("\x1b]9;ocdeck: {words}{BELL}");
            bytes.push_str(&self.between.wrap(&sequence));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment<'e>(pairs: &'e [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'e {
        |name| {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    fn ring(text: &str, more: usize) -> Ring {
        Ring {
            why: RingWhy::Alert,
            text: text.to_owned(),
            more,
        }
    }

    fn bytes(pairs: &[(&str, &str)], wanted: Ringing, ring: &Ring) -> String {
        let mut ringer = Ringer::new(wanted, environment(pairs));
        String::from_utf8(ringer.bytes(ring, Instant::now())).unwrap()
    }

    #[test]
    fn each_way_and_each_kind_can_be_turned_off() {
        let all = Ringing::default();
        let ring = ring("P1 acme/erp01: failed; twice", 0);
        let both = "\x07\x1b]777;notify;ocdeck;P1 acme/erp01: failed, twice\x07\
                    \x1b]9;ocdeck: P1 acme/erp01: failed; twice\x07";
        assert_eq!(bytes(&[("TERM", "xterm")], all, &ring), both);
        let one = bytes(&[("TERM", "foot-extra")], all, &ring);
        assert!(one.contains("]777;") && !one.contains("]9;"), "{one:?}");
        let bell = Ringing {
            osc9: false,
            osc777: false,
            ..all
        };
        assert_eq!(bytes(&[], bell, &ring), "\x07");
        let silent = Ringing {
            alerts: false,
            ..all
        };
        assert_eq!(bytes(&[], silent, &ring), "");
    }

    #[test]
    fn a_multiplexer_hands_it_on_and_nothing_is_shown_as_text() {
        let osc9 = Ringing {
            bell: false,
            osc777: false,
            ..Ringing::default()
        };
        let ring = ring("x", 0);
        for tmux in [
            ("TMUX", "/tmp/tmux-0/default,1,0"),
            ("TERM", "tmux-256color"),
        ] {
            let wrapped = "\x1bPtmux;\x1b\x1b]9;ocdeck: x\x07\x1b\\";
            assert_eq!(bytes(&[tmux], osc9, &ring), wrapped);
        }
        let term = ("TERM", "screen-256color");
        let screen = bytes(&[("STY", "1.pts"), term], osc9, &ring);
        assert_eq!(screen, "\x1bP\x1b]9;ocdeck: x\x07\x1b\\");
        assert_eq!(bytes(&[term], osc9, &ring), "");
    }

    #[test]
    fn what_comes_from_outside_ends_no_sequence() {
        let ring = ring("a\x07b\x1b]0;c\x1b\\d\u{202e}e\n", 0);
        let sent = bytes(&[("TERM", "xterm")], Ringing::default(), &ring);
        let controls: String = sent.chars().filter(|c| c.is_control()).collect();
        assert_eq!(controls, "\x07\x1b\x07\x1b\x07");
        assert!(!sent.contains('\u{202e}'), "{sent:?}");
    }

    #[test]
    fn a_storm_is_a_notification_now_and_then_with_a_count() {
        let mut ringer = Ringer::new(Ringing::default(), environment(&[]));
        let start = Instant::now();
        let mut told = |ring: &Ring, seconds| {
            let bytes = ringer.bytes(ring, start + Duration::from_secs(seconds));
            String::from_utf8(bytes).unwrap()
        };
        assert!(told(&ring("one", 0), 0).contains("ocdeck: one\x07"));
        assert_eq!(told(&ring("two", 40), 1), "\x07");
        assert_eq!(told(&ring("three", 0), 4), "\x07");
        assert!(told(&ring("four", 1), 6).contains("ocdeck: four, and 43 more\x07"));
        assert!(told(&ring("five", 0), 20).contains("ocdeck: five\x07"));
    }
}

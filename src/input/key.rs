//! The grammar of keys as people write them in a keymap and read them in a hint:
//! `q`, `G`, `C-s`, `A-b`, `S-Tab`, `Enter`, `F1`, `Space`.
//!
//! A [`Key`] is canonical: two ways of pressing or writing what a terminal sends as the same
//! bytes are one value, so that a binding that can never be reached is a mistake at load time
//! and not a silence at 03:00.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// One press of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    code: Code,
    ctrl: bool,
    alt: bool,
    shift: bool,
}

/// A key without its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Code {
    Char(char),
    F(u8),
    Named(Named),
}

/// The keys that have a name instead of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Esc.
    Esc,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Left arrow.
    Left,
    /// Right arrow.
    Right,
    /// Up arrow.
    Up,
    /// Down arrow.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// Named keys with the word that is written and the word or sign that is shown.
const NAMED: [(Named, &str, &str); 14] = [
    (Named::Enter, "Enter", "↵"),
    (Named::Tab, "Tab", "Tab"),
    (Named::Esc, "Esc", "Esc"),
    (Named::Backspace, "Backspace", "Backspace"),
    (Named::Delete, "Delete", "Del"),
    (Named::Insert, "Insert", "Ins"),
    (Named::Left, "Left", "←"),
    (Named::Right, "Right", "→"),
    (Named::Up, "Up", "↑"),
    (Named::Down, "Down", "↓"),
    (Named::Home, "Home", "Home"),
    (Named::End, "End", "End"),
    (Named::PageUp, "PageUp", "PgUp"),
    (Named::PageDown, "PageDown", "PgDn"),
];

/// Why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not in the grammar at all.
    #[error(
        "{0:?} is not a key; write a character, Space, Enter, Tab, Esc, F1 to F12, Up, PageDown …, \
         with C- (Ctrl), A- (Alt) or S- (Shift) before it"
    )]
    Unknown(String),
    /// In the grammar, but a terminal sends the same bytes for another key.
    #[error("terminals send {sent} for {written}; write {sent}")]
    Same {
        /// As written.
        written: String,
        /// What arrives.
        sent: &'static str,
    },
    /// Shift on a character is the other character.
    #[error("write the character that Shift makes ({0:?} for example) instead of S-")]
    Shifted(String),
    /// Terminals send something else, and not all the same.
    #[error(
        "terminals have nothing to send for {0}; with C- go the letters, Space, /, the arrows, Home, End, PageUp, PageDown, Insert, Delete and the F-keys"
    )]
    Unsent(String),
}

impl Key {
    /// A character without Ctrl and Alt.
    pub fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// A named key without modifiers.
    pub fn named(named: Named) -> Self {
        Self::plain(Code::Named(named))
    }

    fn plain(code: Code) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// The key that a terminal reported; `None` for what is no press of a key (releases, lone
    /// modifiers, media keys).
    pub fn from_event(event: &KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let modifiers = event.modifiers;
        let mut shift = modifiers.contains(KeyModifiers::SHIFT);
        let ctrl = modifiers.contains(KeyModifiers::CONTROL);
        let alt = modifiers.contains(KeyModifiers::ALT);
        let code = match event.code {
            KeyCode::Char(c) => {
                shift = false;
                Code::Char(match c {
                    // One byte of a terminal without an extended protocol, told as either.
                    '_' | '7' if ctrl => '/',
                    c if ctrl => lower(c),
                    c => c,
                })
            }
            KeyCode::F(n) => Code::F(n),
            KeyCode::BackTab => {
                shift = true;
                Code::Named(Named::Tab)
            }
            KeyCode::Enter => Code::Named(Named::Enter),
            KeyCode::Tab => Code::Named(Named::Tab),
            KeyCode::Esc => Code::Named(Named::Esc),
            KeyCode::Backspace => Code::Named(Named::Backspace),
            KeyCode::Delete => Code::Named(Named::Delete),
            KeyCode::Insert => Code::Named(Named::Insert),
            KeyCode::Left => Code::Named(Named::Left),
            KeyCode::Right => Code::Named(Named::Right),
            KeyCode::Up => Code::Named(Named::Up),
            KeyCode::Down => Code::Named(Named::Down),
            KeyCode::Home => Code::Named(Named::Home),
            KeyCode::End => Code::Named(Named::End),
            KeyCode::PageUp => Code::Named(Named::PageUp),
            KeyCode::PageDown => Code::Named(Named::PageDown),
            _ => return None,
        };
        Some(Self {
            code,
            ctrl,
            alt,
            shift,
        })
    }

    /// The character that this key types into a text field; `None` for keys that type nothing.
    pub fn text(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// Whether Ctrl or Alt is held.
    pub(super) fn is_modified(self) -> bool {
        self.ctrl || self.alt
    }

    /// The named key, if it is one, with whether Ctrl or Alt was held.
    pub(super) fn as_named(self) -> Option<(Named, bool)> {
        match self.code {
            Code::Named(named) => Some((named, self.is_modified())),
            _ => None,
        }
    }

    /// The character pressed together with Ctrl alone.
    pub(super) fn ctrl_char(self) -> Option<char> {
        match self.code {
            Code::Char(c) if self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// As a hint shows it: `^S` for `C-s`, `↵` for `Enter`.
    pub fn hint(self) -> String {
        let mut text = String::new();
        if self.ctrl {
            text.push('^');
        }
        if self.alt {
            text.push_str("Alt-");
        }
        if self.shift {
            text.push_str("Shift-");
        }
        match self.code {
            Code::Char(' ') => text.push_str("Space"),
            Code::Char(c) if self.ctrl => text.extend(c.to_uppercase()),
            Code::Char(c) => text.push(c),
            Code::F(n) => text.push_str(&format!("F{n}")),
            Code::Named(named) => text.push_str(words(named).1),
        }
        text
    }
}

/// The word to write and the sign to show.
fn words(named: Named) -> (&'static str, &'static str) {
    NAMED
        .iter()
        .find(|(n, ..)| *n == named)
        .map_or(("", ""), |(_, written, shown)| (written, shown))
}

/// One lower-case character; what has none (or several) stays.
fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, prefix) in [(self.ctrl, "C-"), (self.alt, "A-"), (self.shift, "S-")] {
            if held {
                f.write_str(prefix)?;
            }
        }
        match self.code {
            Code::Char(' ') => f.write_str("Space"),
            Code::Char(c) => write!(f, "{c}"),
            Code::F(n) => write!(f, "F{n}"),
            Code::Named(named) => f.write_str(words(named).0),
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(written: &str) -> Result<Self, KeyError> {
        let unknown = || KeyError::Unknown(written.to_owned());
        let mut rest = written;
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        loop {
            // "C-" alone has nothing behind it, and "-" is a key of its own.
            let (held, after) = match rest {
                _ if rest.chars().count() < 3 => break,
                _ => match rest.split_at_checked(2) {
                    Some(("C-", after)) => (&mut ctrl, after),
                    Some(("A-", after)) => (&mut alt, after),
                    Some(("S-", after)) => (&mut shift, after),
                    _ => break,
                },
            };
            if std::mem::replace(held, true) {
                return Err(unknown());
            }
            rest = after;
        }
        let code = code(rest).ok_or_else(unknown)?;
        let code = match code {
            Code::Char(c) if shift => {
                return Err(KeyError::Shifted(c.to_uppercase().collect()));
            }
            Code::Char(c) if ctrl => Code::Char(lower(c)),
            other => other,
        };
        if let Some(sent) = sent_as(code, ctrl, shift) {
            return Err(KeyError::Same {
                written: written.to_owned(),
                sent,
            });
        }
        if let (Code::Char(c), true) = (code, ctrl)
            && !(c.is_ascii_lowercase() || c == ' ' || c == '/')
        {
            return Err(KeyError::Unsent(written.to_owned()));
        }
        Ok(Self {
            code,
            ctrl,
            alt,
            shift,
        })
    }
}

/// The key that arrives instead, from a terminal without an extended protocol: it has one byte
/// for both.
fn sent_as(code: Code, ctrl: bool, shift: bool) -> Option<&'static str> {
    let same = match code {
        Code::Char('i') => "Tab",
        Code::Char('m') => "Enter",
        Code::Char('[') => "Esc",
        Code::Char('h') => "Backspace",
        Code::Named(Named::Enter) => "Enter",
        Code::Named(Named::Esc) => "Esc",
        Code::Named(Named::Backspace) => "Backspace",
        Code::Named(Named::Tab) if ctrl => "Tab",
        _ => return None,
    };
    let named = matches!(code, Code::Named(_));
    (ctrl || (named && shift)).then_some(same)
}

fn code(word: &str) -> Option<Code> {
    let mut chars = word.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_control() && !c.is_whitespace() => return Some(Code::Char(c)),
        _ => {}
    }
    if word == "Space" {
        return Some(Code::Char(' '));
    }
    if let Some((named, ..)) = NAMED.iter().find(|(_, written, _)| *written == word) {
        return Some(Code::Named(*named));
    }
    let number = word.strip_prefix('F')?;
    let n: u8 = number.parse().ok()?;
    // "F01" and "F+1" are not how anybody writes it, and would print differently.
    ((1..=12).contains(&n) && n.to_string() == number).then_some(Code::F(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_key() -> impl Strategy<Value = Key> {
        let code = prop_oneof![
            any::<char>()
                .prop_filter("printable", |c| !c.is_control() && !c.is_whitespace())
                .prop_map(Code::Char),
            Just(Code::Char(' ')),
            (1u8..=12).prop_map(Code::F),
            (0..NAMED.len()).prop_map(|i| Code::Named(NAMED[i].0)),
        ];
        (code, any::<bool>(), any::<bool>(), any::<bool>()).prop_filter_map(
            "what a terminal can tell apart",
            |(code, ctrl, alt, shift)| {
                let (code, shift) = match code {
                    Code::Char(c) if ctrl => (Code::Char(lower(c)), false),
                    Code::Char(c) => (Code::Char(c), false),
                    other => (other, shift),
                };
                let twin = sent_as(code, ctrl, shift).is_some();
                let unsent =
                    matches!(code, Code::Char(c) if ctrl && !c.is_ascii_lowercase() && !matches!(c, ' ' | '/'));
                (!twin && !unsent).then_some(Key {
                    code,
                    ctrl,
                    alt,
                    shift,
                })
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(key in any_key()) {
            prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key));
        }

        #[test]
        fn any_text_is_a_key_or_an_error(text in ".{0,8}") {
            if let Ok(key) = text.parse::<Key>() {
                prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key));
            }
        }
    }

    #[test]
    fn the_grammar() {
        for good in [
            "q", "G", "-", "A--", "C-s", "C-Space", "C-Left", "A-b", "S-Tab", "Enter", "F1",
            "Space", "C-A-x", "!", "é", "C-/",
        ] {
            let key: Key = good.parse().unwrap();
            assert_eq!(key.to_string(), good);
        }
        for bad in [
            "", "C-", "qq", "F0", "F13", "F01", "enter", "S-a", "C-C-a", " ", "\u{7f}", "C-i",
            "C-M", "S-Enter", "C-Tab", "C--", "C-1", "C-ä", "C-A-[",
        ] {
            assert!(bad.parse::<Key>().is_err(), "{bad:?}");
        }
        assert_eq!("C-S".parse::<Key>(), "C-s".parse());
        assert_eq!(
            "C-m".parse::<Key>().unwrap_err().to_string(),
            "terminals send Enter for C-m; write Enter"
        );
    }

    #[test]
    fn events_are_canonical() {
        let key = |code, modifiers| Key::from_event(&KeyEvent::new(code, modifiers));
        let parse = |text: &str| text.parse::<Key>().ok();
        assert_eq!(key(KeyCode::Char('R'), KeyModifiers::SHIFT), parse("R"));
        assert_eq!(key(KeyCode::BackTab, KeyModifiers::SHIFT), parse("S-Tab"));
        assert_eq!(key(KeyCode::Tab, KeyModifiers::SHIFT), parse("S-Tab"));
        assert_eq!(
            key(
                KeyCode::Char('P'),
                KeyModifiers::CONTROL | KeyModifiers::SHIFT
            ),
            parse("C-p")
        );
        assert_eq!(key(KeyCode::Char('7'), KeyModifiers::CONTROL), parse("C-/"));
        assert_eq!(key(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }
}

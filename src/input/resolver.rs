//! From the terminal's events to messages: the one place where a key turns into a meaning.
//!
//! The resolver keeps nothing but the keys of a chord that is not complete. Which mode counts,
//! the model says; what a key means there, the keymap.

use super::{Key, Keymap, Lookup, Named};
use crate::state::{
    command::Mode,
    model::Chord,
    msg::{Edit, Mouse, MouseAction, Msg},
};
use crossterm::event::{Event, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use std::time::{Duration, Instant};

/// Longest pause between the two clicks of a double click.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);

/// Turns events into messages.
#[derive(Debug, Default)]
pub struct Resolver {
    pending: Vec<Key>,
    /// The mode in which the chord began: a chord never ends in another one.
    began_in: Option<Mode>,
    last_click: Option<(Instant, u16, u16)>,
}

/// What an event of the terminal means.
#[derive(Debug)]
pub enum Input {
    /// Something for the model.
    Msg(Msg),
    /// The window has this size now.
    Resized(u16, u16),
    /// Nothing to anybody.
    Nothing,
}

impl Resolver {
    /// What `event` means in `mode`.
    pub fn event(&mut self, keymap: &Keymap, mode: Mode, event: Event, now: Instant) -> Input {
        match event {
            Event::Key(key) => self.key_event(keymap, mode, &key),
            Event::Paste(text) => {
                self.pending.clear();
                Input::Msg(Msg::Paste(text))
            }
            Event::Resize(columns, rows) => Input::Resized(columns, rows),
            Event::Mouse(mouse) => self.mouse(mouse, now),
            Event::FocusGained | Event::FocusLost => Input::Nothing,
        }
    }

    fn key_event(&mut self, keymap: &Keymap, mode: Mode, event: &KeyEvent) -> Input {
        match Key::from_event(event) {
            Some(key) => self
                .key(keymap, mode, key)
                .map_or(Input::Nothing, Input::Msg),
            None => Input::Nothing,
        }
    }

    /// What `key` means in `mode`.
    pub fn key(&mut self, keymap: &Keymap, mode: Mode, key: Key) -> Option<Msg> {
        if self.began_in != Some(mode) {
            self.pending.clear();
        }
        let in_chord = !self.pending.is_empty();
        if in_chord && key == Key::named(Named::Esc) {
            self.pending.clear();
            return Some(Msg::Chord(Chord::default()));
        }
        if mode.is_text()
            && !in_chord
            && let Some(c) = key.text()
        {
            return Some(Msg::Edit(Edit::Insert(c)));
        }
        self.pending.push(key);
        self.began_in = Some(mode);
        match keymap.lookup(mode, &self.pending) {
            Lookup::Command(command) => {
                self.pending.clear();
                Some(Msg::Command(command))
            }
            Lookup::Pending => Some(Msg::Chord(keymap.chord(mode, &self.pending))),
            Lookup::Nothing if in_chord && key == Key::named(Named::Backspace) => {
                // The key itself and the one before it.
                self.pending.truncate(self.pending.len().saturating_sub(2));
                Some(Msg::Chord(match self.pending.as_slice() {
                    [] => Chord::default(),
                    keys => keymap.chord(mode, keys),
                }))
            }
            Lookup::Nothing => {
                self.pending.clear();
                if in_chord {
                    return Some(Msg::Chord(Chord::default()));
                }
                mode.is_text().then(|| edit(key)).flatten().map(Msg::Edit)
            }
        }
    }

    /// Forgets the chord that is not complete: its keys may mean something else now.
    pub fn forget_chord(&mut self) {
        self.pending.clear();
    }

    fn mouse(&mut self, event: MouseEvent, now: Instant) -> Input {
        let MouseEvent { column, row, .. } = event;
        let action = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                let double = self.last_click.is_some_and(|(at, c, r)| {
                    (c, r) == (column, row) && now.duration_since(at) <= DOUBLE_CLICK
                });
                // A third click starts anew.
                self.last_click = (!double).then_some((now, column, row));
                if double {
                    MouseAction::DoubleClick
                } else {
                    MouseAction::Click
                }
            }
            MouseEventKind::ScrollUp => MouseAction::WheelUp,
            MouseEventKind::ScrollDown => MouseAction::WheelDown,
            _ => return Input::Nothing,
        };
        Input::Msg(Msg::Mouse(Mouse {
            action,
            column,
            row,
        }))
    }
}

/// What a key that no keymap takes does in a text field: those that no keymap could mean
/// otherwise.
fn edit(key: Key) -> Option<Edit> {
    if let Some((named, modified)) = key.as_named() {
        return Some(match (named, modified) {
            (Named::Backspace, false) => Edit::Backspace,
            // Only terminals with an extended protocol tell it apart: no keymap can name it.
            (Named::Backspace, true) => Edit::DeleteWord,
            (Named::Delete, false) => Edit::Delete,
            (Named::Left, false) => Edit::Left,
            (Named::Right, false) => Edit::Right,
            _ => return None,
        });
    }
    // What terminals without an extended protocol send for Backspace with Ctrl.
    (key.ctrl_char() == Some('h')).then_some(Edit::Backspace)
}

//! Frames as bytes: two buffers, and between them the fewest bytes that make one of the other.
//!
//! A frame ends as one piece of bytes inside a synchronized update, or as nothing at all when
//! no cell changed; `shell::writer` sends it in one write. ratatui's `Terminal` and its
//! crossterm backend would do, but they set colours that are set already and cannot scroll;
//! over a link of 256 kbit/s each kilobyte is 30 ms of a person's time (docs/bench.md).

mod encode;
mod order;
mod pen;
mod row;
mod runs;
mod scroll;

#[cfg(test)]
mod tests;

pub use encode::Abilities;

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};

/// Begins and ends a synchronized update: the terminal shows it as one.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What the terminal shows, and the next frame.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    abilities: Abilities,
    /// Whether nobody knows what the terminal shows.
    lost: bool,
}

impl Screen {
    /// A screen of that size; what the terminal shows is not known.
    pub fn new(size: Size, abilities: Abilities) -> Self {
        let area = Rect::from((ratatui::layout::Position::ORIGIN, size));
        Self {
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            abilities,
            lost: true,
        }
    }

    /// The terminal has this size now; nobody knows what it shows.
    pub fn resize(&mut self, size: Size) {
        *self = Self::new(size, self.abilities);
    }

    /// Nobody knows what the terminal shows.
    pub fn lose(&mut self) {
        self.lost = true;
    }

    /// Draws a frame; its bytes, or `None` if it would change nothing.
    pub fn frame(&mut self, draw: impl FnOnce(&mut Buffer, Rect)) -> Option<Vec<u8>> {
        self.next.reset();
        let area = self.next.area;
        draw(&mut self.next, area);
        let lost = std::mem::take(&mut self.lost);
        if !lost && self.shown.content == self.next.content {
            // Most frames: told faster than what differs.
            return None;
        }
        let mut frame = BEGIN.to_vec();
        if lost {
            self.shown.reset();
            encode::clear(&mut frame);
        }
        let drawn = self.drawn(&self.shown);
        let moved = (!lost).then(|| self.moved()).flatten();
        let moved = moved.filter(|moved| moved.len() < drawn.len());
        frame.extend(moved.unwrap_or(drawn));
        std::mem::swap(&mut self.shown, &mut self.next);
        if frame.len() == BEGIN.len() {
            return None;
        }
        frame.extend_from_slice(END);
        Some(frame)
    }

    /// The bytes that make the next frame of what is shown.
    fn drawn(&self, shown: &Buffer) -> Vec<u8> {
        let runs = runs::changed(shown, &self.next);
        match runs.is_empty() {
            true => Vec::new(),
            false => encode::shortest(runs, &self.next, self.abilities),
        }
    }

    /// The same where rows move first, if that looks shorter.
    fn moved(&self) -> Option<Vec<u8>> {
        let shift = scroll::worth(&self.shown, &self.next)?;
        let (mut shown, mut bytes) = (self.shown.clone(), Vec::new());
        scroll::shift(&mut shown, shift, &mut bytes);
        bytes.extend(self.drawn(&shown));
        Some(bytes)
    }
}

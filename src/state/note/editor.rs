//! A text of several lines with a cursor between graphemes: moves by rows as they are seen,
//! words and paragraphs, undo and redo.
//!
//! Knows no key and no screen; only how many cells and rows its window has.

use super::rows::{self, Row};
use crate::state::msg::Edit;
use ocdeck_domain::text;
use unicode_segmentation::UnicodeSegmentation;

/// The most bytes that a note may have. A log belongs in a file; a note is read at a handover.
pub const MOST: usize = 64_000;

/// How many steps can be undone.
const STEPS: usize = 200;
/// The most bytes that steps to be undone may keep.
const KEPT: usize = 1_000_000;

/// A text that would be longer than [`MOST`]: nothing was put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// The bytes that it would have.
    pub would_be: usize,
}

/// Where the cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// So many rows up, or down.
    Rows(isize),
    /// So many windows up, or down.
    Pages(isize),
    /// To the blank line before, or to the start.
    ParagraphUp,
    /// To the blank line behind, or to the end.
    ParagraphDown,
    /// To the start of the text.
    Start,
    /// To its end.
    End,
}

/// What kind of change a step is: alike ones side by side are undone together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Typed,
    Erased,
    Other,
}

/// A change of the text, and where the cursor stood before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    at: usize,
    old: String,
    new: String,
    before: usize,
    after: usize,
    kind: Kind,
}

/// A text of several lines that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    text: String,
    /// In bytes; always between graphemes.
    cursor: usize,
    /// The column that the cursor goes back to where a row is long enough.
    column: Option<usize>,
    undo: Vec<Step>,
    redo: Vec<Step>,
    /// Whether the next change may join the last step.
    joins: bool,
    width: usize,
    height: usize,
    top: usize,
}

impl Editor {
    /// A text with the cursor at its end. What a terminal acts on is taken out; of a text that
    /// is too long the end is missing.
    pub fn of(text: &str) -> Self {
        let mut text = clean(text);
        if text.len() > MOST {
            text.truncate(floor(&text, MOST));
        }
        Self {
            cursor: text.len(),
            text,
            column: None,
            undo: Vec::new(),
            redo: Vec::new(),
            joins: false,
            width: 72,
            height: 12,
            top: 0,
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing is in it but white space.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The window has this many cells and rows now.
    pub fn resize(&mut self, width: usize, height: usize) {
        if (self.width, self.height) != (width, height) {
            (self.width, self.height) = (width, height);
            self.scroll();
        }
    }

    /// The rows of the text, and which of them is the window's first.
    pub fn window(&self) -> (Vec<Row>, usize) {
        (rows::rows(&self.text, self.width), self.top)
    }

    /// Where the cursor stands, in bytes of the text.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The cursor's row and its column in it.
    pub fn cursor_cell(&self) -> (usize, usize) {
        let rows = rows::rows(&self.text, self.width);
        let at = self.row_of_cursor(&rows);
        let row = rows.get(at);
        let column = row.map_or(0, |row| rows::column(&self.text, *row, self.cursor));
        (at, column)
    }

    /// Put text in at the cursor, as a paste does: it is one step to be undone.
    ///
    /// # Errors
    /// When the text would be too long; nothing is put in then.
    pub fn insert(&mut self, text: &str) -> Result<(), TooLong> {
        let text = clean(text);
        self.put(text, Kind::Other)
    }

    /// Another text in the place of this one, as one step to be undone; what is too long is cut.
    pub fn become_text(&mut self, text: &str) {
        let text = Self::of(text).text;
        self.joins = false;
        self.replace(0, self.text.len(), text, Kind::Other);
    }

    fn put(&mut self, text: String, kind: Kind) -> Result<(), TooLong> {
        let would_be = self.text.len() + text.len();
        if would_be > MOST {
            return Err(TooLong { would_be });
        }
        self.replace(self.cursor, self.cursor, text, kind);
        Ok(())
    }

    /// Do an edit.
    ///
    /// # Errors
    /// When a character does not fit any more.
    pub fn edit(&mut self, edit: Edit) -> Result<(), TooLong> {
        match edit {
            Edit::Insert(c) => {
                let text = clean(c.encode_utf8(&mut [0; 4]));
                return self.put(text, Kind::Typed);
            }
            Edit::Backspace => self.erase(self.left(), self.cursor),
            Edit::Delete => self.erase(self.cursor, self.right()),
            Edit::DeleteWord => self.erase(self.word_left(), self.cursor),
            Edit::DeleteNextWord => self.erase(self.cursor, self.word_right()),
            Edit::DeleteToStart => self.erase_to(self.line().0, self.left()),
            Edit::DeleteToEnd => self.erase_to(self.line().1, self.right()),
            Edit::Left => self.stand(self.left()),
            Edit::Right => self.stand(self.right()),
            Edit::WordLeft => self.stand(self.word_left()),
            Edit::WordRight => self.stand(self.word_right()),
            Edit::Home => self.stand(self.home()),
            Edit::End => self.stand(self.end()),
            Edit::Undo => self.step_back(),
            Edit::Redo => self.step_forth(),
        }
        Ok(())
    }

    /// Move the cursor.
    pub fn go(&mut self, to: Move) {
        let page = isize::try_from(self.height.saturating_sub(1).max(1)).unwrap_or(1);
        match to {
            Move::Rows(by) => self.rows(by),
            Move::Pages(by) => self.rows(by.saturating_mul(page)),
            Move::ParagraphUp => self.stand(self.paragraph_up()),
            Move::ParagraphDown => self.stand(self.paragraph_down()),
            Move::Start => self.stand(0),
            Move::End => self.stand(self.text.len()),
        }
    }

    /// Stand at the grapheme that holds this byte.
    pub fn point(&mut self, at: usize) {
        self.stand(floor(&self.text, at));
    }

    fn stand(&mut self, at: usize) {
        self.cursor = at;
        self.column = None;
        self.joins = false;
        self.scroll();
    }

    fn rows(&mut self, by: isize) {
        let rows = rows::rows(&self.text, self.width);
        let now = self.row_of_cursor(&rows);
        let to = now
            .saturating_add_signed(by)
            .min(rows.len().saturating_sub(1));
        let (Some(here), Some(there)) = (rows.get(now), rows.get(to)) else {
            return;
        };
        let column = self
            .column
            .unwrap_or_else(|| rows::column(&self.text, *here, self.cursor));
        // Beyond the first and the last row there is only their start or end.
        let at = if now == to && by < 0 {
            here.start
        } else if now == to && by > 0 {
            here.end
        } else {
            rows::place(&self.text, *there, column)
        };
        self.stand(at);
        self.column = Some(column);
    }

    fn row_of_cursor(&self, rows: &[Row]) -> usize {
        rows.partition_point(|row| row.start <= self.cursor)
            .saturating_sub(1)
    }

    fn scroll(&mut self) {
        let rows = rows::rows(&self.text, self.width);
        let row = self.row_of_cursor(&rows);
        let height = self.height.max(1);
        let most = rows.len().saturating_sub(height);
        self.top = self
            .top
            .min(row)
            .max((row + 1).saturating_sub(height))
            .min(most);
    }

    fn erase(&mut self, from: usize, to: usize) {
        self.replace(from, to, String::new(), Kind::Erased);
    }

    /// Up to the end of a line; where there is nothing left, the line break goes.
    fn erase_to(&mut self, end: usize, next: usize) {
        let to = if end == self.cursor { next } else { end };
        self.replace(
            to.min(self.cursor),
            to.max(self.cursor),
            String::new(),
            Kind::Other,
        );
    }

    fn replace(&mut self, from: usize, to: usize, new: String, kind: Kind) {
        let Some(old) = self.text.get(from..to).map(str::to_owned) else {
            return;
        };
        if old.is_empty() && new.is_empty() {
            return;
        }
        let step = Step {
            at: from,
            before: self.cursor,
            after: 0,
            old,
            new,
            kind,
        };
        self.text.replace_range(from..to, &step.new);
        // What now stands side by side may be one grapheme.
        self.cursor = ceiling(&self.text, from + step.new.len());
        self.column = None;
        self.remember(step);
        self.scroll();
    }

    fn remember(&mut self, mut step: Step) {
        step.after = self.cursor;
        self.redo.clear();
        let joins = std::mem::replace(&mut self.joins, true);
        if let Some(last) = self.undo.last_mut().filter(|_| joins)
            && last.joined(&step)
        {
            return;
        }
        self.undo.push(step);
        let kept = |steps: &[Step]| {
            steps
                .iter()
                .map(|s| s.old.len() + s.new.len())
                .sum::<usize>()
        };
        while self.undo.len() > STEPS || self.undo.len() > 1 && kept(&self.undo) > KEPT {
            self.undo.remove(0);
        }
    }

    fn step_back(&mut self) {
        let Some(step) = self.undo.pop() else { return };
        self.text
            .replace_range(step.at..step.at + step.new.len(), &step.old);
        self.stand(step.before);
        self.redo.push(step);
    }

    fn step_forth(&mut self) {
        let Some(step) = self.redo.pop() else { return };
        self.text
            .replace_range(step.at..step.at + step.old.len(), &step.new);
        self.stand(step.after);
        self.undo.push(step);
    }

    fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or_default()
    }

    /// Start and end of the cursor's line.
    fn line(&self) -> (usize, usize) {
        let start = self.before().rfind('\n').map_or(0, |at| at + 1);
        let length = self.after().find('\n');
        (
            start,
            length.map_or(self.text.len(), |length| self.cursor + length),
        )
    }

    fn left(&self) -> usize {
        let last = self.before().graphemes(true).next_back();
        self.cursor - last.map_or(0, str::len)
    }

    fn right(&self) -> usize {
        let next = self.after().graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    fn word_left(&self) -> usize {
        let word = self.before().trim_end();
        let start = word.rfind(char::is_whitespace);
        floor(&self.text, start.map_or(0, |at| after_char(word, at)))
    }

    fn word_right(&self) -> usize {
        let after = self.after();
        let word = after.find(char::is_whitespace).unwrap_or(after.len());
        let rest = after.get(word..).unwrap_or_default();
        let spaces = rest.len() - rest.trim_start().len();
        ceiling(&self.text, self.cursor + word + spaces)
    }

    /// The start of the row; from there on, of the line.
    fn home(&self) -> usize {
        let rows = rows::rows(&self.text, self.width);
        let start = rows.get(self.row_of_cursor(&rows)).map_or(0, |r| r.start);
        if start == self.cursor {
            self.line().0
        } else {
            start
        }
    }

    /// The end of the row; from there on, of the line.
    fn end(&self) -> usize {
        let rows = rows::rows(&self.text, self.width);
        let Some(row) = rows.get(self.row_of_cursor(&rows)) else {
            return self.text.len();
        };
        let end = rows::place(&self.text, *row, usize::MAX);
        if end == self.cursor {
            self.line().1
        } else {
            end
        }
    }

    fn paragraph_up(&self) -> usize {
        let above = self.before().trim_end_matches(['\n', ' ']);
        above.rfind("\n\n").map_or(0, |at| at + 2)
    }

    fn paragraph_down(&self) -> usize {
        let after = self.after();
        let blank = after.len() - after.trim_start_matches(['\n', ' ']).len();
        let rest = after.get(blank..).unwrap_or_default();
        rest.find("\n\n")
            .map_or(self.text.len(), |at| self.cursor + blank + at + 1)
    }
}

impl Step {
    /// Joins the next step into this one where a person sees one: a word as it is typed, a run
    /// of deletions.
    fn joined(&mut self, next: &Self) -> bool {
        if self.kind != next.kind || self.after != next.before {
            return false;
        }
        match next.kind {
            Kind::Typed => {
                let blank = |text: &str| text.ends_with(char::is_whitespace);
                let new_word = blank(&self.new) && !blank(&next.new);
                let adjacent = self.at + self.new.len() == next.at && next.old.is_empty();
                if new_word || !adjacent || next.new == "\n" {
                    return false;
                }
                self.new.push_str(&next.new);
            }
            Kind::Erased if next.at + next.old.len() == self.at => {
                self.old.insert_str(0, &next.old);
                self.at = next.at;
            }
            Kind::Erased if next.at == self.at => self.old.push_str(&next.old),
            _ => return false,
        }
        self.after = next.after;
        true
    }
}

/// Text from outside with its line breaks, and without what a terminal acts on.
fn clean(text: &str) -> String {
    let breaks = text.replace("\r\n", "\n");
    let lines = breaks.split([
        '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
    ]);
    let lines: Vec<_> = lines.map(text::clean).collect();
    lines.join("\n")
}

/// The end of the character that starts at `at`.
fn after_char(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.chars().next().map_or(0, char::len_utf8)
}

/// The last place between graphemes at or before byte `at`.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    // A line break always stands between graphemes.
    let start = text
        .as_bytes()
        .get(..at)
        .and_then(|before| before.iter().rposition(|byte| *byte == b'\n'))
        .map_or(0, |found| found + 1);
    let line = text.get(start..).unwrap_or_default();
    line.grapheme_indices(true)
        .map(|(place, _)| start + place)
        .chain([text.len()])
        .take_while(|place| *place <= at)
        .last()
        .unwrap_or(start)
}

/// The first place between graphemes at or behind byte `at`.
fn ceiling(text: &str, at: usize) -> usize {
    let place = floor(text, at);
    if place == at {
        return place;
    }
    let rest = text.get(place..).unwrap_or_default();
    place + rest.graphemes(true).next().map_or(0, str::len)
}

#[cfg(test)]
#[path = "editor_tests.rs"]
mod tests;

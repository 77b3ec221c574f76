//! A one-line text field: text, a cursor that stands between graphemes, undo and redo.
//!
//! Knows no key and no screen. A family emoji or an accented letter is one step and one
//! deletion, whatever it is made of.

use super::msg::Edit;
use unicode_segmentation::UnicodeSegmentation;

/// How many steps can be undone.
const UNDO: usize = 64;

/// The most bytes that a line takes: no path, name or number is longer.
pub const MOST: usize = 16_000;

/// A text, and where the cursor stood in it.
type State = (Vec<String>, usize);

/// A one-line text field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineInput {
    /// The graphemes.
    graphemes: Vec<String>,
    cursor: usize,
    undo: Vec<State>,
    redo: Vec<State>,
    /// Where the word that is being typed goes on: it is undone whole.
    typing: Option<usize>,
}

impl LineInput {
    /// A field that holds this text, with the cursor at its end.
    pub fn of(text: &str) -> Self {
        let graphemes = split(text);
        let cursor = graphemes.len();
        Self {
            graphemes,
            cursor,
            ..Self::default()
        }
    }

    /// The text.
    pub fn text(&self) -> String {
        self.graphemes.concat()
    }

    /// The text before and after the cursor.
    pub fn halves(&self) -> (String, String) {
        let (before, after) = self
            .graphemes
            .split_at(self.cursor.min(self.graphemes.len()));
        (before.concat(), after.concat())
    }

    /// Where the cursor stands, in graphemes from the start.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether nothing is in it but white space.
    pub fn is_blank(&self) -> bool {
        self.graphemes.iter().all(|g| g.trim().is_empty())
    }

    /// Put text in at the cursor. Line breaks become spaces; control characters and bidi
    /// overrides go. `false`: the line would be longer than [`MOST`], and nothing was put in.
    pub fn insert(&mut self, text: &str) -> bool {
        self.remember();
        if self.put(text) {
            return true;
        }
        self.undo.pop();
        false
    }

    fn put(&mut self, text: &str) -> bool {
        let there: usize = self.graphemes.iter().map(String::len).sum();
        if there + text.len() > MOST {
            return false;
        }
        let text = ocdeck_domain::text::clean(text);
        let (before, after) = self.halves();
        let before = before + &text;
        // Split anew: a combining mark joins the grapheme before it.
        self.cursor = split(&before).len();
        self.graphemes = split(&(before + &after));
        self.cursor = self.cursor.min(self.graphemes.len());
        true
    }

    /// One key: the letters of a word are one step.
    fn type_char(&mut self, c: char) {
        let begins = !c.is_whitespace() && self.cursor > 0 && self.blank_at(self.cursor - 1);
        let goes_on = self.typing == Some(self.cursor) && !begins;
        let fits = match goes_on {
            true => self.put(c.encode_utf8(&mut [0; 4])),
            false => self.insert(c.encode_utf8(&mut [0; 4])),
        };
        self.typing = fits.then_some(self.cursor);
    }

    /// Replace everything.
    pub fn set(&mut self, text: &str) {
        self.remember();
        self.graphemes = split(&ocdeck_domain::text::clean(text));
        self.cursor = self.graphemes.len();
    }

    /// Empty it.
    pub fn clear(&mut self) {
        if !self.graphemes.is_empty() {
            self.set("");
        }
    }

    /// Do an edit; whether the text changed.
    pub fn edit(&mut self, edit: Edit) -> bool {
        let before = self.graphemes.clone();
        let typing = matches!(edit, Edit::Insert(_));
        match edit {
            Edit::Insert(c) => self.type_char(c),
            Edit::Backspace => self.delete(self.cursor.saturating_sub(1), self.cursor),
            Edit::Delete => self.delete(self.cursor, self.cursor + 1),
            Edit::DeleteWord => self.delete(self.word_left(), self.cursor),
            Edit::DeleteNextWord => self.delete(self.cursor, self.word_right()),
            Edit::DeleteToStart => self.delete(0, self.cursor),
            Edit::DeleteToEnd => self.delete(self.cursor, self.graphemes.len()),
            Edit::Left => self.cursor = self.cursor.saturating_sub(1),
            Edit::Right => self.cursor = (self.cursor + 1).min(self.graphemes.len()),
            Edit::WordLeft => self.cursor = self.word_left(),
            Edit::WordRight => self.cursor = self.word_right(),
            Edit::Home => self.cursor = 0,
            Edit::End => self.cursor = self.graphemes.len(),
            Edit::Undo => {
                if let Some(state) = self.undo.pop() {
                    let now = self.become_state(state);
                    self.redo.push(now);
                }
            }
            Edit::Redo => {
                if let Some(state) = self.redo.pop() {
                    let now = self.become_state(state);
                    self.undo.push(now);
                }
            }
        }
        if !typing {
            self.typing = None;
        }
        before != self.graphemes
    }

    fn delete(&mut self, from: usize, to: usize) {
        let to = to.min(self.graphemes.len());
        if from >= to {
            return;
        }
        self.remember();
        self.graphemes.drain(from..to);
        // What now stands side by side may be one grapheme.
        let before: String = self
            .graphemes
            .iter()
            .take(from)
            .map(String::as_str)
            .collect();
        self.graphemes = split(&self.text());
        self.cursor = split(&before).len().min(self.graphemes.len());
    }

    fn become_state(&mut self, (graphemes, cursor): State) -> State {
        let before = std::mem::replace(&mut self.graphemes, graphemes);
        (before, std::mem::replace(&mut self.cursor, cursor))
    }

    fn remember(&mut self) {
        self.redo.clear();
        if self.undo.len() == UNDO {
            self.undo.remove(0);
        }
        self.undo.push((self.graphemes.clone(), self.cursor));
    }

    fn blank_at(&self, at: usize) -> bool {
        self.graphemes.get(at).is_some_and(|g| g.trim().is_empty())
    }

    fn word_left(&self) -> usize {
        let mut at = self.cursor;
        while at > 0 && self.blank_at(at - 1) {
            at -= 1;
        }
        while at > 0 && !self.blank_at(at - 1) {
            at -= 1;
        }
        at
    }

    fn word_right(&self) -> usize {
        let mut at = self.cursor;
        while at < self.graphemes.len() && !self.blank_at(at) {
            at += 1;
        }
        while self.blank_at(at) {
            at += 1;
        }
        at
    }
}

fn split(text: &str) -> Vec<String> {
    text.graphemes(true).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edits() -> impl Strategy<Value = Edit> {
        prop_oneof![
            any::<char>().prop_map(Edit::Insert),
            prop::sample::select(vec!['\u{301}', 'e', ' ', '👩', '\u{200d}', '🚒', '🇩', '🇪'])
                .prop_map(Edit::Insert),
            prop::sample::select(vec![
                Edit::Backspace,
                Edit::Delete,
                Edit::DeleteWord,
                Edit::DeleteNextWord,
                Edit::DeleteToStart,
                Edit::DeleteToEnd,
                Edit::Left,
                Edit::Right,
                Edit::WordLeft,
                Edit::WordRight,
                Edit::Home,
                Edit::End,
                Edit::Undo,
                Edit::Redo,
            ]),
        ]
    }

    proptest! {
        #[test]
        fn the_cursor_stands_between_graphemes(edits in prop::collection::vec(edits(), 0..80)) {
            let mut line = LineInput::default();
            for edit in edits {
                let before = line.text();
                let changed = line.edit(edit);
                prop_assert_eq!(changed, before != line.text());
                prop_assert!(line.cursor() <= line.text().graphemes(true).count());
                let (left, right) = line.halves();
                prop_assert_eq!(left + &right, line.text());
                prop_assert!(!line.text().chars().any(char::is_control));
                if !line.undo.is_empty() {
                    let now = line.clone();
                    line.edit(Edit::Undo);
                    line.edit(Edit::Redo);
                    prop_assert_eq!((&line.graphemes, &line.undo, &line.redo), (&now.graphemes, &now.undo, &now.redo));
                    line = now;
                }
            }
        }

        #[test]
        fn undo_takes_an_insertion_back(start in "[a-z ]{0,20}", typed in "[a-zé]{1,10}") {
            let mut line = LineInput::of(&start);
            line.insert(&typed);
            line.edit(Edit::Undo);
            prop_assert_eq!(line.text(), start.clone());
            for c in typed.chars() {
                line.edit(Edit::Insert(c));
            }
            line.edit(Edit::Undo);
            prop_assert_eq!(line.text(), start);
        }
    }

    #[test]
    fn words_are_steps() {
        let mut line = LineInput::of("ann lee acme");
        line.edit(Edit::DeleteWord);
        assert_eq!(line.text(), "ann lee ");
        line.edit(Edit::WordLeft);
        assert_eq!(line.halves(), ("ann ".into(), "lee ".into()));
    }

    #[test]
    fn undo_takes_a_word_at_a_time_and_redo_brings_it_back() {
        let mut line = LineInput::default();
        for c in "ann lee".chars() {
            line.edit(Edit::Insert(c));
        }
        line.edit(Edit::Undo);
        assert_eq!(line.text(), "ann ");
        line.edit(Edit::Redo);
        assert_eq!(line.text(), "ann lee");
        line.edit(Edit::WordLeft);
        line.edit(Edit::DeleteNextWord);
        assert_eq!(line.text(), "ann ");
        // After a new edit there is nothing to redo.
        line.edit(Edit::Redo);
        assert_eq!(line.text(), "ann ");
    }

    #[test]
    fn what_is_too_long_is_left_out_whole() {
        let mut line = LineInput::of("erp01");
        assert!(!line.insert(&"x".repeat(8_000_000)));
        assert_eq!(line.text(), "erp01");
        line.edit(Edit::Undo);
        assert_eq!(line.text(), "erp01");
    }

    #[test]
    fn a_paste_is_one_line() {
        let mut line = LineInput::default();
        line.insert("erp01\nis gone\u{1b}[2J");
        assert_eq!(line.text(), "erp01 is gone[2J");
    }
}

//! A one-line text field: text, a cursor that stands between graphemes, and undo.
//!
//! Knows no key and no screen. A family emoji or an accented letter is one step and one
//! deletion, whatever it is made of.

use super::msg::Edit;
use unicode_segmentation::UnicodeSegmentation;

/// How many edits can be undone.
const UNDO: usize = 64;

/// A one-line text field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineInput {
    /// The graphemes.
    graphemes: Vec<String>,
    cursor: usize,
    undo: Vec<(Vec<String>, usize)>,
}

impl LineInput {
    /// A field that holds this text, with the cursor at its end.
    pub fn of(text: &str) -> Self {
        let graphemes = split(text);
        let cursor = graphemes.len();
        Self {
            graphemes,
            cursor,
            undo: Vec::new(),
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
    /// overrides go.
    pub fn insert(&mut self, text: &str) {
        let text = ocdeck_domain::text::clean(text);
        if text.is_empty() {
            return;
        }
        self.remember();
        let (before, after) = self.halves();
        let before = before + &text;
        // Split anew: a combining mark joins the grapheme before it.
        self.cursor = split(&before).len();
        self.graphemes = split(&(before + &after));
        self.cursor = self.cursor.min(self.graphemes.len());
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
        match edit {
            Edit::Insert(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Edit::Backspace => self.delete(self.cursor.saturating_sub(1), self.cursor),
            Edit::Delete => self.delete(self.cursor, self.cursor + 1),
            Edit::DeleteWord => self.delete(self.word_left(), self.cursor),
            Edit::DeleteToStart => self.delete(0, self.cursor),
            Edit::DeleteToEnd => self.delete(self.cursor, self.graphemes.len()),
            Edit::Left => self.cursor = self.cursor.saturating_sub(1),
            Edit::Right => self.cursor = (self.cursor + 1).min(self.graphemes.len()),
            Edit::WordLeft => self.cursor = self.word_left(),
            Edit::WordRight => self.cursor = self.word_right(),
            Edit::Home => self.cursor = 0,
            Edit::End => self.cursor = self.graphemes.len(),
            Edit::Undo => {
                if let Some((graphemes, cursor)) = self.undo.pop() {
                    self.graphemes = graphemes;
                    self.cursor = cursor;
                }
            }
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

    fn remember(&mut self) {
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
                Edit::DeleteToStart,
                Edit::DeleteToEnd,
                Edit::Left,
                Edit::Right,
                Edit::WordLeft,
                Edit::WordRight,
                Edit::Home,
                Edit::End,
                Edit::Undo,
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
            }
        }

        #[test]
        fn undo_takes_an_insertion_back(start in "[a-z ]{0,20}", typed in "[a-zé]{1,10}") {
            let mut line = LineInput::of(&start);
            line.insert(&typed);
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
    fn a_paste_is_one_line() {
        let mut line = LineInput::default();
        line.insert("erp01\nis gone\u{1b}[2J");
        assert_eq!(line.text(), "erp01 is gone[2J");
    }
}

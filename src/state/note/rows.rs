//! Where a text breaks into the rows of a window so many cells wide: at spaces; a word that is
//! wider than the window breaks between graphemes.

use std::iter;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A row: bytes of the text, without the line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether its line goes on in the next row.
    pub goes_on: bool,
}

/// A grapheme, where it starts and how many cells it takes.
pub type Placed<'a> = (usize, &'a str, usize);

/// The graphemes of a piece of text that starts at byte `from`.
pub fn graphemes(text: &str, from: usize) -> impl Iterator<Item = Placed<'_>> {
    text.grapheme_indices(true)
        .map(move |(at, grapheme)| (from + at, grapheme, grapheme.width()))
}

/// The rows of a text in a window of `width` cells. The space at which a row breaks stays in it,
/// one cell beyond the window if need be; a row that such a space ends is followed by another.
pub fn rows(text: &str, width: usize) -> Vec<Row> {
    let width = width.max(2);
    let mut rows = Vec::new();
    let mut from = 0;
    for line in text.split('\n') {
        wrap(line, from, width, &mut rows);
        from += line.len() + 1;
    }
    rows
}

fn wrap(line: &str, from: usize, width: usize, rows: &mut Vec<Row>) {
    let end = from + line.len();
    let mut row = |start, end, goes_on| {
        rows.push(Row {
            start,
            end,
            goes_on,
        });
    };
    let mut start = from;
    let mut used = 0;
    // Where the row may break, and the cells that were used there.
    let mut space: Option<(usize, usize)> = None;
    for (at, grapheme, cells) in graphemes(line, from) {
        while used > width || (used > 0 && used + cells > width && grapheme != " ") {
            let (broken, before) = space.take().unwrap_or((at, used));
            row(start, broken, true);
            start = broken;
            used -= before;
        }
        used += cells;
        if grapheme == " " {
            space = Some((at + grapheme.len(), used));
        }
    }
    if used > width {
        row(start, end, true);
        start = end;
    }
    row(start, end, false);
}

/// The cells that stand before byte `at` in its row.
pub fn column(text: &str, row: Row, at: usize) -> usize {
    let before = text.get(row.start..at).unwrap_or_default();
    graphemes(before, 0).map(|(.., cells)| cells).sum()
}

/// The place in a row that is nearest to a column, from the left. At the end of a row that goes
/// on stands what the next row begins with: there it is the last grapheme.
pub fn place(text: &str, row: Row, column: usize) -> usize {
    let inside = text.get(row.start..row.end).unwrap_or_default();
    let mut used = 0;
    let ends = iter::once(row.end).filter(|_| !row.goes_on);
    let mut nearest = row.start;
    for (at, cells) in graphemes(inside, row.start)
        .map(|(at, _, cells)| (at, cells))
        .chain(ends.map(|end| (end, 0)))
    {
        if used > column {
            break;
        }
        nearest = at;
        used += cells;
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wrapped(text: &str, width: usize) -> Vec<&str> {
        rows(text, width)
            .iter()
            .map(|row| text.get(row.start..row.end).unwrap())
            .collect()
    }

    #[test]
    fn rows_break_at_spaces_and_keep_them() {
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("ann called", 5), ["ann ", "calle", "d"]);
        assert_eq!(wrapped("ann lee of acme", 8), ["ann lee ", "of acme"]);
        assert_eq!(wrapped("a\n\nb\n", 5), ["a", "", "b", ""]);
        // The space that does not fit hangs, and what is typed next stands in a row of its own.
        assert_eq!(wrapped("abcde ", 5), ["abcde ", ""]);
        assert_eq!(wrapped("abcde  f", 5), ["abcde ", " f"]);
        assert_eq!(wrapped("日本語", 5), ["日本", "語"]);
    }

    #[test]
    fn a_column_finds_its_place() {
        let text = "日本 ab";
        let row = rows(text, 20)[0];
        assert_eq!(
            [0, 1, 2, 5, 99].map(|c| place(text, row, c)),
            [0, 0, 3, 7, 9]
        );
        assert_eq!(column(text, row, 7), 5);
    }

    proptest! {
        #[test]
        fn rows_hold_all_the_text_and_fit(text in "[a-c \n日e\u{301}👩]{0,60}", width in 2usize..12) {
            let rows = rows(&text, width);
            let mut at = 0;
            for (n, row) in rows.iter().enumerate() {
                prop_assert_eq!(row.start, at);
                let shown = text.get(row.start..row.end).unwrap();
                prop_assert!(!shown.contains('\n'));
                let cells: usize = graphemes(shown, 0).map(|(.., cells)| cells).sum();
                prop_assert!(cells <= width + usize::from(shown.ends_with(' ')));
                at = row.end + usize::from(!row.goes_on);
                if row.goes_on {
                    prop_assert!(n + 1 < rows.len());
                }
            }
            prop_assert_eq!(at, text.len() + 1);
        }
    }
}

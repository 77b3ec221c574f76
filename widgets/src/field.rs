//! A one-line field for text. The text and the cursor belong to whoever edits them.

use crate::text;
use ratatui_core::{buffer::Buffer, layout::Rect, style::Style};
use unicode_segmentation::UnicodeSegmentation;

/// A field.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// What was typed.
    pub text: &'a str,
    /// Where the cursor is, in bytes of the text; `None`: elsewhere.
    pub cursor: Option<usize>,
    /// What it is for, while it is empty.
    pub hint: &'a str,
    /// The style of ground and words.
    pub style: Style,
    /// The style of the hint.
    pub hint_style: Style,
    /// The style of the cursor's cell.
    pub cursor_style: Style,
}

impl Field<'_> {
    /// Draws it on the first row of `area`, scrolled so that the cursor is seen; gives the
    /// cursor's cell.
    pub fn render(&self, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let area = area.intersection(buf.area);
        if area.height == 0 || area.width < 3 {
            return None;
        }
        let row = Rect { height: 1, ..area };
        buf.set_style(row, self.style);
        let (x, room) = (area.x + 1, area.width - 2);
        if self.text.is_empty() {
            text::put(buf, x, area.y, room, self.hint, self.hint_style);
        }
        let Some(cursor) = self.cursor else {
            text::put(
                buf,
                x,
                area.y,
                room,
                &text::cut_end(self.text, room),
                self.style,
            );
            return None;
        };
        let before = self.text.get(..cursor).unwrap_or(self.text);
        let after = self.text.get(before.len()..).unwrap_or_default();
        let start = scrolled(before, room.saturating_sub(1));
        let used = text::put(buf, x, area.y, room, start, self.style);
        let at = x + used.min(room);
        if !self.text.is_empty() {
            text::put(buf, at, area.y, room - used.min(room), after, self.style);
        }
        if let Some(cell) = buf.cell_mut((at, area.y)) {
            cell.set_style(self.cursor_style);
        }
        Some((at, area.y))
    }
}

/// The end of the text that fits.
fn scrolled(before: &str, room: u16) -> &str {
    let mut used = 0;
    let mut start = before.len();
    for grapheme in before.graphemes(true).rev() {
        used += text::width(grapheme);
        if used > room {
            break;
        }
        start -= grapheme.len();
    }
    before.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(text: &str, cursor: Option<usize>, width: u16) -> (String, Option<(u16, u16)>) {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        let style = Style::new();
        let field = Field {
            text,
            cursor,
            hint: "a hint",
            style,
            hint_style: style,
            cursor_style: style,
        };
        let at = field.render(area, &mut buf);
        (buf.content.iter().map(|cell| cell.symbol()).collect(), at)
    }

    #[test]
    fn the_cursor_is_seen_wherever_it_is() {
        assert_eq!(
            drawn("erp01", Some(5), 10),
            (" erp01    ".into(), Some((6, 0)))
        );
        assert_eq!(
            drawn("erp01", Some(0), 10),
            (" erp01    ".into(), Some((1, 0)))
        );
        assert_eq!(
            drawn("abcdefghij", Some(10), 7),
            (" ghij  ".into(), Some((5, 0)))
        );
        assert_eq!(drawn("", Some(0), 10), (" a hint   ".into(), Some((1, 0))));
        assert_eq!(drawn("abcdefghij", None, 7), (" abcd… ".into(), None));
    }

    proptest! {
        #[test]
        fn no_cursor_leaves_the_field(text in "\\PC{0,20}", at in 0usize..30, width in 0u16..12) {
            if let (_, Some((x, _))) = drawn(&text, Some(at), width) {
                prop_assert!(x >= 1 && x < width);
            }
        }
    }
}

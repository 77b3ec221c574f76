//! A pane: a rule with its title in it, then rows. A box would cost two lines and two
//! columns, so only overlays have one.

use crate::text;
use ratatui_core::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::Line,
};

/// The rule at the top of a pane.
#[derive(Clone, Debug)]
pub struct Pane<'a> {
    /// At the left, in its own style.
    pub title: Line<'a>,
    /// At the right: counts, tabs, states.
    pub note: Line<'a>,
    /// The rule itself.
    pub rule: Style,
    /// Its glyph: `─`, or `━` where focus cannot be told by a colour.
    pub glyph: &'static str,
}

impl Pane<'_> {
    /// Draws the rule on the first row of `area` and gives what is left below. The title
    /// goes before the note when both have no room.
    pub fn render(&self, area: Rect, buf: &mut Buffer) -> Rect {
        let area = area.intersection(buf.area);
        if area.height == 0 {
            return area;
        }
        for x in area.left()..area.right() {
            text::put(buf, x, area.y, 1, self.glyph, self.rule);
        }
        let note = text::line_width(&self.note);
        let room = area.width.saturating_sub(4);
        // The note says how fresh and how whole the rows are; the title only repeats the tab.
        let note_fits = note > 0 && note <= room;
        let for_title = if note_fits {
            room.saturating_sub(note + 2)
        } else {
            room
        };
        if for_title > 0 && text::line_width(&self.title) > 0 {
            let used = text::line_width(&self.title).min(for_title);
            bare(buf, area.x + 1, area.y, used + 2);
            text::put_line(buf, area.x + 2, area.y, for_title, &self.title);
        }
        if note_fits {
            let start = area.right() - note - 1;
            bare(buf, start - 1, area.y, note + 2);
            text::put_line(buf, start, area.y, note, &self.note);
        }
        Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        }
    }
}

/// Takes the rule out of some cells, so that words there do not take over its weight.
pub(crate) fn bare(buf: &mut Buffer, x: u16, y: u16, width: u16) {
    for position in Rect::new(x, y, width, 1).intersection(buf.area).positions() {
        if let Some(cell) = buf.cell_mut(position) {
            cell.set_symbol(" ");
            cell.modifier = Modifier::empty();
        }
    }
}

/// The line between two panes; its bright part is the scroll position of the left one.
pub fn divider(
    area: Rect,
    buf: &mut Buffer,
    style: Style,
    bright: Style,
    shown: (usize, usize, usize),
) {
    let (offset, visible, len) = shown;
    let height = usize::from(area.height);
    let scrolls = len > visible && visible > 0;
    let (from, to) = if scrolls {
        let thumb = (height * visible / len).max(1);
        let from = (height - thumb.min(height)) * offset / (len - visible).max(1);
        (from, from + thumb)
    } else {
        (0, 0)
    };
    for (row, y) in (area.top()..area.bottom()).enumerate() {
        let on = row >= from && row < to;
        let (glyph, style) = if on { ("┃", bright) } else { ("│", style) };
        text::put(buf, area.x, y, 1, glyph, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(title: &str, note: &str, width: u16) -> String {
        let area = Rect::new(0, 0, width, 3);
        let mut buf = Buffer::empty(area);
        let pane = Pane {
            title: title.to_owned().into(),
            note: note.to_owned().into(),
            rule: Style::new(),
            glyph: "─",
        };
        pane.render(area, &mut buf);
        let row = buf.content.iter().take(usize::from(width));
        row.map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn title_left_note_right() {
        assert_eq!(drawn("Jobs", "14 of 14", 24), "─ Jobs ─────── 14 of 14 ");
        assert_eq!(drawn("", "", 6), "──────");
        assert_eq!(
            drawn("A long title", "14 of 14", 20),
            "─ A lon… ─ 14 of 14 "
        );
    }

    proptest! {
        #[test]
        fn any_width_will_do(width in 0u16..30, title in "\\PC{0,12}", note in "\\PC{0,12}",
                             offset in 0usize..50, visible in 0usize..50, len in 0usize..50) {
            drawn(&title, &note, width);
            let area = Rect::new(0, 0, 1, 9);
            let mut buf = Buffer::empty(area);
            divider(area, &mut buf, Style::new(), Style::new(), (offset.min(len), visible, len));
        }
    }
}

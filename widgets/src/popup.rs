//! A box above everything else. Only overlays have one.

use crate::{pane::bare, text};
use ratatui_core::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::Style,
    text::Line,
};

/// A box with round corners, a title and what can be done with it.
#[derive(Clone, Debug)]
pub struct Popup<'a> {
    /// At the upper left.
    pub title: Line<'a>,
    /// At the upper right.
    pub note: Line<'a>,
    /// The frame.
    pub frame: Style,
    /// The ground.
    pub ground: Style,
}

impl Popup<'_> {
    /// Clears `area`, draws the box and gives what is inside, one column of air at each
    /// side taken off.
    pub fn render(&self, area: Rect, buf: &mut Buffer) -> Rect {
        let area = area.intersection(buf.area);
        for position in area.positions() {
            if let Some(cell) = buf.cell_mut(position) {
                *cell = Cell::EMPTY;
                cell.set_style(self.ground);
            }
        }
        if area.width < 6 || area.height < 3 {
            return Rect {
                width: 0,
                height: 0,
                ..area
            };
        }
        let (last_x, last_y) = (area.right() - 1, area.bottom() - 1);
        for x in area.left()..=last_x {
            text::put(buf, x, area.y, 1, "─", self.frame);
            text::put(buf, x, last_y, 1, "─", self.frame);
        }
        for y in area.top()..=last_y {
            text::put(buf, area.x, y, 1, "│", self.frame);
            text::put(buf, last_x, y, 1, "│", self.frame);
        }
        let corners = [
            (area.x, area.y, "╭"),
            (last_x, area.y, "╮"),
            (area.x, last_y, "╰"),
            (last_x, last_y, "╯"),
        ];
        for (x, y, glyph) in corners {
            text::put(buf, x, y, 1, glyph, self.frame);
        }
        self.words(area, buf);
        Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width - 4,
            height: area.height - 2,
        }
    }

    fn words(&self, area: Rect, buf: &mut Buffer) {
        let room = area.width - 6;
        let used = text::line_width(&self.title).min(room);
        if used > 0 {
            bare(buf, area.x + 2, area.y, used + 2);
            text::put_line(buf, area.x + 3, area.y, room, &self.title);
        }
        let note = text::line_width(&self.note);
        if note > 0 && note + used + 2 <= room {
            let start = area.right() - 3 - note;
            bare(buf, start - 1, area.y, note + 2);
            text::put_line(buf, start, area.y, note, &self.note);
        }
    }
}

/// A rectangle of at most that size in the middle of `area`, or hanging from its top.
pub fn place(area: Rect, width: u16, height: u16, from_top: bool) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: if from_top {
            area.y
        } else {
            area.y + (area.height - height) / 2
        },
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_box_stays_inside(x in 0u16..20, y in 0u16..10, w in 0u16..30, h in 0u16..20, title in "\\PC{0,40}") {
            let screen = Rect::new(0, 0, 20, 10);
            let mut buf = Buffer::empty(screen);
            let popup = Popup {
                title: title.clone().into(), note: "Esc close".into(),
                frame: Style::new(), ground: Style::new(),
            };
            let inner = popup.render(Rect::new(x, y, w, h), &mut buf);
            prop_assert!(inner.area() == 0 || screen.intersection(inner) == inner);
            let placed = place(screen, w, h, true);
            prop_assert_eq!(screen.intersection(placed), placed);
        }
    }
}

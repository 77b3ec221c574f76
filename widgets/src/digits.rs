//! Digits three rows high, for the one number on a screen that matters most.

use crate::text;
use ratatui_core::{buffer::Buffer, style::Style};

/// Rows that they take.
pub const HEIGHT: u16 = 3;

/// The three rows of a character, or nothing for one that has no large form.
fn rows(c: char) -> Option<[&'static str; 3]> {
    Some(match c {
        '0' => ["┏━┓", "┃ ┃", "┗━┛"],
        '1' => ["  ╻", "  ┃", "  ╹"],
        '2' => ["╺━┓", "┏━┛", "┗━╸"],
        '3' => ["╺━┓", "╺━┫", "╺━┛"],
        '4' => ["╻ ╻", "┗━┫", "  ╹"],
        '5' => ["┏━╸", "┗━┓", "╺━┛"],
        '6' => ["┏━╸", "┣━┓", "┗━┛"],
        '7' => ["╺━┓", "  ┃", "  ╹"],
        '8' => ["┏━┓", "┣━┫", "┗━┛"],
        '9' => ["┏━┓", "┗━┫", "╺━┛"],
        ':' => [" ", "╏", " "],
        '−' => ["  ", "╺━", "  "],
        _ => return None,
    })
}

/// How many columns the text takes, with one between its characters.
pub fn width(text: &str) -> u16 {
    let glyphs: u16 = text
        .chars()
        .filter_map(rows)
        .map(|[top, ..]| text::width(top) + 1)
        .sum();
    glyphs.saturating_sub(1)
}

/// Draws the text with its upper left corner at (x, y), as far as `room` columns go;
/// gives the columns used. A character without a large form is left out.
pub fn put(buf: &mut Buffer, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
    let mut used = 0;
    for rows in text.chars().filter_map(rows) {
        let wide = text::width(rows[0]);
        if used + wide > room {
            break;
        }
        for (dy, row) in (0..HEIGHT).zip(rows) {
            text::put(buf, x + used, y + dy, wide, row, style);
        }
        used += wide + 1;
    }
    used.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui_core::layout::Rect;

    #[test]
    fn every_digit_is_as_wide_as_the_next() {
        for c in '0'..='9' {
            let rows = rows(c).unwrap();
            assert!(rows.iter().all(|row| text::width(row) == 3), "{c}");
        }
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 3));
        assert_eq!(width("41:07"), 17);
        assert_eq!(put(&mut buf, 0, 0, 20, "41:07", Style::new()), 17);
        assert_eq!(put(&mut buf, 0, 0, 8, "41:07", Style::new()), 7);
    }
}

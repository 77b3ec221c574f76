//! The footer: keys with their words, and the toast at the right.

use crate::text;
use ratatui_core::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// A key and what it does.
#[derive(Clone, Debug)]
pub struct Hint<'a> {
    /// The key, as it is written.
    pub key: Span<'a>,
    /// What it does.
    pub word: Span<'a>,
    /// Whether it stays when others go.
    pub stays: bool,
}

impl Hint<'_> {
    fn width(&self) -> u16 {
        let key = text::width(&self.key.content);
        key + u16::from(key > 0) + text::width(&self.word.content)
    }
}

/// Draws hints and toast on the first row of `area`. The toast says what just happened,
/// so hints give way to it, from the right; those that stay go last. Gives where each hint that
/// is seen stands, by its number.
pub fn footer(
    area: Rect,
    buf: &mut Buffer,
    hints: &[Hint<'_>],
    toast: Option<(&Line<'_>, Style)>,
) -> Vec<(usize, Rect)> {
    let area = area.intersection(buf.area);
    let mut places = Vec::new();
    if area.height == 0 {
        return places;
    }
    let mut room = area.width;
    if let Some((line, style)) = toast {
        let wide = (text::line_width(line) + 2).min(area.width);
        let start = area.right() - wide;
        let chip = Rect {
            x: start,
            width: wide,
            height: 1,
            ..area
        };
        buf.set_style(chip, style);
        text::put_line(buf, start + 1, area.y, wide.saturating_sub(2), line);
        room = room.saturating_sub(wide + 1);
    }
    let mut x = area.x + 1;
    for (at, hint) in kept(hints, room.saturating_sub(1)) {
        let start = x;
        for part in [&hint.key, &hint.word] {
            let room = area.right().saturating_sub(x);
            let used = text::put(buf, x, area.y, room, &part.content, part.style);
            x += used + u16::from(used > 0);
        }
        let place = Rect {
            x: start,
            width: (x - start).saturating_sub(1),
            height: 1,
            ..area
        };
        places.push((at, place));
        x += 1;
    }
    places
}

/// The cells that the hints which stay take, with the air around them.
pub fn staying(hints: &[Hint<'_>]) -> u16 {
    let stay = hints.iter().filter(|hint| hint.stays);
    stay.map(|hint| hint.width() + 2).sum()
}

/// The hints that fit in `room`.
fn kept<'h, 'a>(hints: &'h [Hint<'a>], room: u16) -> Vec<(usize, &'h Hint<'a>)> {
    let mut kept: Vec<(usize, &Hint<'a>)> = hints.iter().enumerate().collect();
    let width = |kept: &[(usize, &Hint<'a>)]| {
        let sum: u16 = kept.iter().map(|(_, hint)| hint.width() + 2).sum();
        sum.saturating_sub(2)
    };
    while width(&kept) > room {
        let goes = kept.iter().rposition(|(_, hint)| !hint.stays);
        if goes.is_none() && kept.is_empty() {
            break;
        }
        kept.remove(goes.unwrap_or(kept.len() - 1));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints() -> Vec<Hint<'static>> {
        [
            ("r", "retry", false),
            ("S", "stop", false),
            (":", "palette", true),
            ("?", "help", true),
        ]
        .map(|(key, word, stays)| Hint {
            key: key.into(),
            word: word.into(),
            stays,
        })
        .to_vec()
    }

    fn drawn(width: u16, toast: Option<&str>) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        let line = Line::from(toast.unwrap_or_default().to_owned());
        footer(
            area,
            &mut buf,
            &hints(),
            toast.map(|_| (&line, Style::new())),
        );
        buf.content.iter().map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn hints_give_way_from_the_right_and_some_never() {
        assert_eq!(drawn(40, None), " r retry  S stop  : palette  ? help     ");
        assert_eq!(drawn(30, None), " r retry  : palette  ? help   ");
        assert_eq!(drawn(20, None), " : palette  ? help  ");
        assert_eq!(drawn(30, Some("done")), " : palette  ? help       done ");
    }

    #[test]
    fn any_width_will_do() {
        for width in 0..50 {
            drawn(width, None);
            drawn(width, Some("refused: no right"));
        }
    }
}

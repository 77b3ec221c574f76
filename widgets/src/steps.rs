//! Steps of a longer way: as a rail of two rows a step, or as one line.

use crate::text;
use ratatui_core::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// A step.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// Its sign: done, here, to do.
    pub sign: Span<'a>,
    /// Its number or key.
    pub key: Span<'a>,
    /// Its name.
    pub name: Span<'a>,
    /// What was chosen there; may be empty.
    pub answer: Span<'a>,
    /// Whether the person is there.
    pub here: bool,
}

/// How the current step is set off.
#[derive(Clone, Copy, Debug)]
pub struct StepStyles {
    /// The ground of the current step.
    pub ground: Style,
    /// The bar before it.
    pub bar: Style,
}

/// Where the steps of a rail stand: two rows each, then an empty one where there is room.
pub fn places(area: Rect, steps: usize) -> impl Iterator<Item = Rect> {
    let roomy = usize::from(area.height) >= steps * 3;
    let each = if roomy { 3 } else { 2 };
    (0u16..)
        .take(steps)
        .map(move |n| Rect {
            y: area.y.saturating_add(n * each),
            height: 2,
            ..area
        })
        .take_while(move |place| place.bottom() <= area.bottom())
}

/// Draws the rail in `area`: name and answer, then an empty row where there is room.
pub fn rail(area: Rect, buf: &mut Buffer, steps: &[Step<'_>], styles: StepStyles) {
    for (step, place) in steps.iter().zip(places(area, steps.len())) {
        let y = place.y;
        if step.here {
            buf.set_style(place, styles.ground);
            text::put(buf, area.x, y, 1, "▌", styles.bar);
            text::put(buf, area.x, y + 1, 1, "▌", styles.bar);
        }
        let right = area.right();
        text::put(
            buf,
            area.x + 2,
            y,
            right.saturating_sub(area.x + 2),
            &step.sign.content,
            step.sign.style,
        );
        let head = Line::from(vec![step.key.clone(), Span::raw(" "), step.name.clone()]);
        text::put_line(buf, area.x + 4, y, right.saturating_sub(area.x + 5), &head);
        let answer = Line::from(step.answer.clone());
        text::put_line(
            buf,
            area.x + 6,
            y + 1,
            right.saturating_sub(area.x + 7),
            &answer,
        );
    }
}

/// Draws the steps in one line: those done only as sign and number, the current one as
/// `here`. Names go, from the last one on, when there is no room.
pub fn line(area: Rect, buf: &mut Buffer, steps: &[Step<'_>], here: Style) {
    let area = area.intersection(buf.area);
    if area.height == 0 {
        return;
    }
    let current = steps.iter().position(|step| step.here).unwrap_or(0);
    let mut named = steps.len();
    while named > current + 1 && one_line(steps, current, named, here).1 > area.width {
        named -= 1;
    }
    let (line, _) = one_line(steps, current, named, here);
    text::put_line(buf, area.x, area.y, area.width, &line);
}

fn one_line<'a>(steps: &[Step<'a>], current: usize, named: usize, here: Style) -> (Line<'a>, u16) {
    let mut spans = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        if step.here {
            let name = format!(" {} {} ", step.key.content, step.name.content);
            spans.push(Span::styled(name, here));
        } else {
            spans.push(step.sign.clone());
            spans.push(step.key.clone());
            if at > current && at < named {
                spans.push(Span::raw(" "));
                spans.push(step.name.clone());
            }
        }
        spans.push(Span::raw("  "));
    }
    let line = Line::from(spans);
    let width = text::line_width(&line).saturating_sub(2);
    (line, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps() -> Vec<Step<'static>> {
        [
            ("✓", "1", "Call", false),
            ("►", "2", "System", true),
            ("○", "3", "Point", false),
            ("○", "4", "What", false),
        ]
        .map(|(sign, key, name, here)| Step {
            sign: sign.into(),
            key: key.into(),
            name: name.into(),
            answer: "".into(),
            here,
        })
        .to_vec()
    }

    fn row(width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        line(area, &mut buf, &steps(), Style::new());
        let row: String = buf.content.iter().map(|cell| cell.symbol()).collect();
        row.trim_end().to_owned()
    }

    #[test]
    fn names_of_later_steps_go_first() {
        assert_eq!(row(50), "✓1   2 System   ○3 Point  ○4 What");
        assert_eq!(row(30), "✓1   2 System   ○3 Point  ○4");
        assert_eq!(row(24), "✓1   2 System   ○3  ○4");
    }

    #[test]
    fn a_rail_takes_any_size() {
        for (w, h) in (0..24).zip(0..24) {
            let area = Rect::new(0, 0, w, h);
            let styles = StepStyles {
                ground: Style::new(),
                bar: Style::new(),
            };
            rail(area, &mut Buffer::empty(area), &steps(), styles);
        }
    }
}

//! Bars of `━╸─` in half-cell steps, and lines of little bars.

use crate::text;
use ratatui_core::{buffer::Buffer, layout::Rect, style::Style};

/// A bar: how much of it is done.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// Done, of `of`.
    pub done: u64,
    /// The whole.
    pub of: u64,
    /// The done part.
    pub fill: Style,
    /// The rest.
    pub rest: Style,
}

impl Bar {
    /// Half cells of `width` that are done: none at nothing, at least one once it began,
    /// all only when it is done.
    fn halves(&self, width: u16) -> u16 {
        let all = u128::from(width) * 2;
        if self.done == 0 || all == 0 {
            return 0;
        }
        if self.done >= self.of {
            return width * 2;
        }
        let exact = u128::from(self.done) * all / u128::from(self.of);
        u16::try_from(exact.clamp(1, all.saturating_sub(1).max(1))).unwrap_or(0)
    }

    /// Draws it on the first row of `area`.
    pub fn render(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.height == 0 {
            return;
        }
        let halves = self.halves(area.width);
        for (cell, x) in (area.left()..area.right()).enumerate() {
            let cell = u16::try_from(cell).unwrap_or(u16::MAX);
            let (glyph, style) = match halves.saturating_sub(cell.saturating_mul(2)) {
                0 => ("─", self.rest),
                1 => ("╸", self.fill),
                _ => ("━", self.fill),
            };
            text::put(buf, x, area.y, 1, glyph, style);
        }
    }
}

/// Bars by height, `▁` to `▇`: a full block would touch the line above. Newest at the
/// right; the highest fills its cell.
pub fn spark(area: Rect, buf: &mut Buffer, values: &[u64], style: Style) {
    const STEPS: [&str; 7] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"];
    let area = area.intersection(buf.area);
    if area.height == 0 {
        return;
    }
    let shown = values.len().min(usize::from(area.width));
    let values = values.get(values.len() - shown..).unwrap_or_default();
    let top = values.iter().copied().max().unwrap_or(0).max(1);
    let start = area.right() - u16::try_from(shown).unwrap_or(0);
    for (x, value) in (start..).zip(values) {
        let step = u128::from(*value) * 6 / u128::from(top);
        let glyph = STEPS
            .get(usize::try_from(step).unwrap_or(0))
            .unwrap_or(&"▁");
        text::put(buf, x, area.y, 1, glyph, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(done: u64, of: u64, width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        let (fill, rest) = (Style::new(), Style::new());
        Bar {
            done,
            of,
            fill,
            rest,
        }
        .render(area, &mut buf);
        buf.content.iter().map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn bars() {
        assert_eq!(drawn(0, 100, 4), "────");
        assert_eq!(drawn(1, 100, 4), "╸───");
        assert_eq!(drawn(50, 100, 4), "━━──");
        assert_eq!(drawn(63, 100, 4), "━━╸─");
        assert_eq!(drawn(99, 100, 4), "━━━╸");
        assert_eq!(drawn(100, 100, 4), "━━━━");
        assert_eq!(drawn(5, 0, 4), "━━━━");
        assert_eq!(drawn(1, 2, 0), "");
    }

    #[test]
    fn sparks_stand_at_the_right_and_show_the_newest() {
        let area = Rect::new(0, 0, 4, 1);
        let mut buf = Buffer::empty(area);
        spark(area, &mut buf, &[0, 6], Style::new());
        let row: String = buf.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(row, "  ▁▇");
    }

    proptest! {
        #[test]
        fn a_bar_grows_and_is_full_only_when_done(a: u64, b: u64, of in 1u64.., width in 1u16..40) {
            let (small, large) = (a.min(b), a.max(b));
            let halves = |done| Bar { done, of, fill: Style::new(), rest: Style::new() }.halves(width);
            prop_assert!(halves(small) <= halves(large));
            prop_assert!(halves(large) <= width * 2);
            prop_assert_eq!(halves(large) == width * 2, large >= of);
        }
    }
}

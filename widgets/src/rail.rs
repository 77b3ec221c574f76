//! One line of chips, the most urgent first. What does not fit gives way from the
//! calmest chip on, first in its forms, then whole; some chips are never left out.

use crate::text;
use ratatui_core::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// A chip.
#[derive(Clone, Debug)]
pub struct Chip<'a> {
    /// How it can be drawn, from everything to the least; never empty.
    pub forms: Vec<Line<'a>>,
    /// Whether it is never left out.
    pub stays: bool,
    /// The style of "+n more" if this is the most urgent one left out.
    pub more: Style,
}

/// The form of each chip that is shown, and how many are not.
#[derive(Debug, PartialEq, Eq)]
struct Fit {
    forms: Vec<Option<usize>>,
    hidden: usize,
}

const GAP: u16 = 2;

/// Draws the chips on the first row of `area`; gives where each one that is seen stands, by its
/// number.
pub fn render(area: Rect, buf: &mut Buffer, chips: &[Chip<'_>]) -> Vec<(usize, Rect)> {
    let area = area.intersection(buf.area);
    let mut places = Vec::new();
    if area.height == 0 {
        return places;
    }
    let fit = fit(chips, area.width);
    let mut x = area.x;
    for (at, (chip, form)) in chips.iter().zip(&fit.forms).enumerate() {
        let Some(line) = form.and_then(|form| chip.forms.get(form)) else {
            continue;
        };
        let width = text::put_line(buf, x, area.y, area.right().saturating_sub(x), line);
        let place = Rect {
            x,
            width,
            height: 1,
            ..area
        };
        places.push((at, place));
        x += width + GAP;
    }
    if fit.hidden > 0 {
        let hottest = chips
            .iter()
            .zip(&fit.forms)
            .find(|(_, form)| form.is_none());
        let style = hottest.map(|(chip, _)| chip.more).unwrap_or_default();
        let more = Line::from(Span::styled(more(fit.hidden), style));
        text::put_line(buf, x, area.y, area.right().saturating_sub(x), &more);
    }
    places
}

fn more(hidden: usize) -> String {
    format!("+{hidden} more")
}

fn fit(chips: &[Chip<'_>], room: u16) -> Fit {
    let mut fit = Fit {
        forms: vec![Some(0); chips.len()],
        hidden: 0,
    };
    let longest = chips.iter().map(|chip| chip.forms.len()).max().unwrap_or(0);
    // All chips lose the same part, calmest first, before any loses the next.
    for form in 1..longest {
        for (at, chip) in chips.iter().enumerate().rev() {
            if width(chips, &fit) <= room {
                return fit;
            }
            if let Some(slot) = fit.forms.get_mut(at) {
                *slot = Some(form.min(chip.forms.len().saturating_sub(1)));
            }
        }
    }
    for (at, chip) in chips.iter().enumerate().rev() {
        if width(chips, &fit) <= room {
            return fit;
        }
        if let (false, Some(slot)) = (chip.stays, fit.forms.get_mut(at)) {
            *slot = None;
            fit.hidden += 1;
        }
    }
    fit
}

fn width(chips: &[Chip<'_>], fit: &Fit) -> u16 {
    let shown = chips.iter().zip(&fit.forms).filter_map(|(chip, form)| {
        let line = chip.forms.get((*form)?)?;
        Some(text::line_width(line) + GAP)
    });
    let sum: u16 = shown.sum();
    match fit.hidden {
        0 => sum.saturating_sub(GAP),
        hidden => sum + text::width(&more(hidden)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(name: &str, stays: bool) -> Chip<'static> {
        let forms = [
            format!("{name} 41:07 bar do"),
            format!("{name} 41:07 bar"),
            format!("{name} 41:07"),
        ];
        Chip {
            forms: forms.map(Line::from).to_vec(),
            stays,
            more: Style::new(),
        }
    }

    fn drawn(chips: &[Chip<'_>], width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        render(area, &mut buf, chips);
        let row: String = buf.content.iter().map(|cell| cell.symbol()).collect();
        row.trim_end().to_owned()
    }

    #[test]
    fn the_calmest_give_way_first() {
        let chips = [chip("A", false), chip("B", false), chip("C", true)];
        assert_eq!(
            drawn(&chips, 60),
            "A 41:07 bar do  B 41:07 bar do  C 41:07 bar do"
        );
        assert_eq!(
            drawn(&chips, 45),
            "A 41:07 bar do  B 41:07 bar do  C 41:07 bar"
        );
        assert_eq!(drawn(&chips, 36), "A 41:07 bar  B 41:07 bar  C 41:07");
        assert_eq!(drawn(&chips, 25), "A 41:07  B 41:07  C 41:07");
    }

    #[test]
    fn one_that_stays_is_never_left_out() {
        let chips = ["A", "B", "C", "D"].map(|name| chip(name, name == "D"));
        assert_eq!(drawn(&chips, 33), "A 41:07  D 41:07  +2 more");
        assert_eq!(drawn(&chips, 17), "D 41:07  +3 more");
    }
}

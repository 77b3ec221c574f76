//! A question of several lines.

use super::{
    common::{below, line_field},
    overlay::{frame, row},
    scene::Scene,
};
use crate::{
    config::theme::Scope,
    state::{command::Command, form::Form, msg::Spot},
};
use ocdeck_widgets::{popup, text};
use ratatui::{buffer::Buffer, layout::Rect};

/// Cells of the labels.
const LABEL: u16 = 11;
/// How many offers are seen at once.
const OFFERS: usize = 4;

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, form: &Form) {
    let wide = 78.min(area.width.saturating_sub(2));
    let words = scene.words().dim(form.text.clone()).line();
    let prose = match form.text.is_empty() {
        true => Vec::new(),
        false => text::wrap(&words, wide.saturating_sub(4)),
    };
    // Room for the offers of any line, so that moving through them moves nothing.
    let most = form.fields.iter().map(|f| f.offers.len().min(OFFERS)).max();
    let offers = most.unwrap_or(0);
    let rows = prose.len() + form.fields.len() + offers;
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(4);
    let place = popup::place(area, wide, height.min(area.height), false);
    let next = match form.last() {
        true => " take it  ",
        false => " next line  ",
    };
    let mut note = scene.words().key(scene.key_name("↵")).dim(next);
    if let Some(key) = scene.model.keys.key(scene.model.mode(), Command::NextPane) {
        note = note.key(scene.key_name(key)).dim(" any line  ");
    }
    let note = note.key("Esc").dim(" close").line();
    let inner = frame(scene, place, buf, &form.title, note);
    let mut rest = scene.lines(inner, buf, &prose);
    rest = below(rest, u16::from(!prose.is_empty() && rest.height > 8));
    for (index, field) in form.fields.iter().enumerate() {
        if rest.height == 0 {
            return;
        }
        let here = index == form.at;
        let line = Rect { height: 1, ..rest };
        let scope = if here { Scope::Text } else { Scope::TextDim };
        let label = scene.words().put(scope, field.name).line();
        text::put_line(buf, line.x + 1, line.y, LABEL, &label);
        let value = Rect {
            x: line.x + LABEL + 1,
            width: line.width.saturating_sub(LABEL + 1),
            ..line
        };
        let hint = match (field.hint, field.optional) {
            ("", true) => "may stay empty",
            (hint, _) => hint,
        };
        line_field(scene, value, buf, &field.input, hint, here);
        rest = below(rest, 1);
        if here {
            rest = self::offers(scene, rest, value.x, buf, field);
        }
    }
}

fn offers(
    scene: &Scene<'_>,
    area: Rect,
    x: u16,
    buf: &mut Buffer,
    field: &crate::state::form::FormField,
) -> Rect {
    let chosen = field.chosen();
    let seen = field.offers.len().min(OFFERS);
    let first = ocdeck_widgets::table::offset(chosen, field.offers.len(), seen);
    let mut rest = area;
    for (index, offer) in field.offers.iter().enumerate().skip(first).take(seen) {
        if rest.height == 0 {
            break;
        }
        let line = Rect {
            x: x + 1,
            width: area.right().saturating_sub(x + 2),
            height: 1,
            ..rest
        };
        let selected = chosen == Some(index);
        let scope = match selected {
            true => Scope::TextStrong,
            false => Scope::TextDim,
        };
        scene.spot(line, Spot::Row(index));
        let words = scene.words().put(scope, offer.clone()).line();
        row(scene, line, buf, selected, &words);
        rest = below(rest, 1);
    }
    rest
}

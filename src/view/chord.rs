//! The popup of a chord that waits for its next key: what may follow, in the order of the keymap.
//! It dims nothing and stands clear of the selected row: one reads the row it acts on.

use super::{common::below, overlay, scene::Scene};
use crate::{
    config::theme::Scope,
    state::{model::ChordKey, msg::Spot},
};
use ocdeck_widgets::text;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Cells that a key takes, with the space behind it.
const KEY: u16 = 5;
/// The most cells of a column.
const WIDEST: u16 = 44;

/// A key that may follow, and why it is off.
struct Follows<'m> {
    next: &'m ChordKey,
    off: Option<String>,
}

impl Follows<'_> {
    fn width(&self) -> u16 {
        let why = self.off.as_ref().map_or(0, |why| text::width(why) + 1);
        KEY + text::width(&self.next.label) + why
    }
}

/// Draws the popup at the lower edge of `area`, or at the upper one where it would cover the
/// selected row.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let chord = &scene.model.chord;
    let follows: Vec<Follows<'_>> = chord
        .next
        .iter()
        .map(|next| Follows {
            next,
            off: next
                .command
                .and_then(|command| scene.model.why_not(command)),
        })
        .collect();
    let inside = area.width.saturating_sub(4).max(1);
    let wide = follows.iter().map(Follows::width).max().unwrap_or(0) + 3;
    let wide = wide.min(WIDEST).min(inside);
    let columns = usize::from((inside / wide).max(1));
    let rows = follows.len().div_ceil(columns);
    let any_off = follows.iter().any(|key| key.off.is_some());
    let frame = if any_off { 4 } else { 2 };
    let height = u16::try_from(rows)
        .unwrap_or(u16::MAX)
        .saturating_add(frame);
    let place = overlay::clear_of_selected(scene, area, area.width, height);
    let keys: Vec<String> = chord.keys.iter().map(|key| scene.key_name(key)).collect();
    let title = match chord.label.as_str() {
        "" => keys.join(" "),
        label => format!("{} · {label}", keys.join(" ")),
    };
    let inner = overlay::frame(scene, place, buf, &title, Line::default());
    for (n, key) in follows.iter().enumerate() {
        let (Ok(column), Ok(row)) = (
            u16::try_from(n / rows.max(1)),
            u16::try_from(n % rows.max(1)),
        ) else {
            return;
        };
        let here = Rect {
            x: inner.x + column * wide,
            y: inner.y + row,
            width: wide.saturating_sub(2),
            height: 1,
        }
        .intersection(inner);
        if here.is_empty() {
            continue;
        }
        if let Some(command) = key.next.command {
            scene.spot(here, Spot::Hint(command));
        }
        text::put_line(buf, here.x, here.y, here.width, &line(scene, key));
    }
    if any_off {
        let words = scene
            .words()
            .dim("a word in amber says why a key is off here");
        let last = below(inner, inner.height.saturating_sub(1));
        scene.lines(last, buf, &[words.line()]);
    }
}

fn line<'a>(scene: &Scene<'a>, key: &Follows<'_>) -> Line<'a> {
    let (key_scope, word) = if key.off.is_some() {
        (Scope::KeyOff, Scope::TextFaint)
    } else {
        (Scope::Key, Scope::Text)
    };
    let name = scene.key_name(&key.next.key);
    let more = if key.next.command.is_none() {
        " …"
    } else {
        ""
    };
    let words = scene
        .words()
        .put(key_scope, format!("{name:<0$}", usize::from(KEY - 1)))
        .text(" ")
        .put(word, format!("{}{more}", key.next.label));
    match &key.off {
        Some(why) => words.put(Scope::Stale, format!(" {why}")).line(),
        None => words.line(),
    }
}

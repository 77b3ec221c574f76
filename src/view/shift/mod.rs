//! Shift: what a person has now, the handover line by line, and those of the past.

mod list;
mod past;
mod side;

use super::scene::Scene;
use crate::{
    config::theme::Scope,
    state::{model::Pane, shift::ShiftView},
};
use ocdeck_widgets::pane;
use ratatui::{buffer::Buffer, layout::Rect};

/// Columns of the right pane.
const SIDE: u16 = 35;

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if let ShiftView::Copy(id) = scene.model.shift.view {
        return past::copy(scene, area, buf, id);
    }
    let main = match scene.model.shift.view {
        ShiftView::History => past::list,
        _ => list::draw,
    };
    if scene.single(area) {
        match scene.model.focus {
            Pane::Detail => side::draw(scene, area, buf),
            Pane::Tree | Pane::Main => drop(main(scene, area, buf)),
        }
        return;
    }
    let left = Rect {
        width: area.width.saturating_sub(SIDE + 1),
        ..area
    };
    let shown = main(scene, left, buf);
    let line = Rect {
        x: left.right(),
        y: area.y + 1,
        width: 1,
        height: area.height.saturating_sub(1),
    };
    let (rule, bright) = (scene.style(Scope::PaneRule), scene.style(Scope::RowBarIdle));
    pane::divider(line, buf, rule, bright, shown);
    let right = Rect {
        x: line.x + 1,
        width: area.right().saturating_sub(line.x + 1),
        ..area
    };
    side::draw(scene, right, buf);
}

//! Shift: what a person has now, the handover line by line, and those of the past.

mod list;
mod past;
mod side;

use super::{common::list_and_detail, scene::Scene};
use crate::state::shift::ShiftView;
use ratatui::{buffer::Buffer, layout::Rect};

/// Columns of the right pane.
const SIDE: u16 = 35;

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if let ShiftView::Copy(id) = scene.model.shift.view {
        return past::copy(scene, area, buf, id);
    }
    let room = area.width.saturating_sub(SIDE + 1);
    match scene.model.shift.view {
        ShiftView::History => list_and_detail(scene, area, buf, room, past::list, past::this),
        _ => list_and_detail(scene, area, buf, room, list::draw, side::draw),
    }
}

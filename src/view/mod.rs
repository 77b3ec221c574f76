//! Drawing: `draw` turns the model into cells. It decides nothing, writes nothing but the
//! frame, reads no clock and awaits nothing; colours come from the look by their meaning.
//! Every text passes `ocdeck_widgets::text::put`, which makes it safe.

mod frame;
mod rail;
mod scene;
mod tree;
mod when;
mod words;

use crate::{
    config::theme::{Look, Scope},
    state::model::Model,
};
use ratatui::{Frame, buffer::Buffer, layout::Rect};
use scene::Scene;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, model: &Model, look: &Look) {
    let area = frame.area();
    paint(frame.buffer_mut(), area, model, look);
}

/// Draws the whole screen into a buffer.
pub fn paint(buf: &mut Buffer, area: Rect, model: &Model, look: &Look) {
    let scene = Scene::new(model, look);
    buf.set_style(area, look.style(Scope::Bg).patch(look.style(Scope::Text)));
    let parts = frame::Parts::of(area, model);
    tree::beside(&scene, parts.body, buf);
    frame::tabs(&scene, parts.tabs, buf);
    if model.overlay.is_some() {
        look.fade(buf, parts.tabs.union(parts.body));
    }
    frame::header(&scene, parts.header, buf);
    rail::draw(&scene, parts.rail, buf);
    frame::footer(&scene, parts.footer, buf);
    look.finish(buf);
}

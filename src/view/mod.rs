//! Drawing: `paint` turns the model into cells. It decides nothing, writes nothing but the
//! frame, reads no clock and awaits nothing; colours come from the look by their meaning.
//! Every text passes `ocdeck_widgets::text::put`, which makes it safe.

mod alerts;
mod chord;
mod common;
mod find;
mod fleet;
mod form;
mod frame;
mod incidents;
mod jobs;
mod note;
mod overlay;
mod points;
mod rail;
mod restores;
mod scene;
mod settings;
mod shift;
mod small;
mod sweep;
mod tree;
mod when;
mod wizard;
mod words;

use crate::{
    config::theme::{Look, Scope},
    state::{
        model::{LEAST, Model, Screen},
        msg::Spot,
    },
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use scene::Scene;
use std::cell::{Cell, RefCell};

/// What the mouse can point at on a drawn screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spots(Vec<(Rect, Spot)>);

impl Spots {
    /// What stands at a cell; of what overlaps, what was drawn last.
    pub fn at(&self, column: u16, row: u16) -> Option<&Spot> {
        let here = Position::new(column, row);
        let found = self.0.iter().rev().find(|(area, _)| area.contains(here));
        found.map(|(_, spot)| spot)
    }
}

/// What drawing leaves behind besides cells.
#[derive(Debug, Default)]
struct Marks {
    /// What the mouse can point at.
    spots: RefCell<Vec<(Rect, Spot)>>,
    /// Where the selected row of the focused pane stands.
    selected: Cell<Option<Rect>>,
}

/// Draws the whole screen into a buffer; gives what the mouse can point at.
pub fn paint(buf: &mut Buffer, area: Rect, model: &Model, look: &Look) -> Spots {
    let marks = Marks::default();
    let scene = Scene::new(model, look, &marks);
    buf.set_style(area, look.style(Scope::Bg).patch(look.style(Scope::Text)));
    if area.width < LEAST.0 || area.height < LEAST.1 {
        small::draw(&scene, area, buf);
        look.finish(buf);
        return Spots::default();
    }
    let parts = frame::Parts::of(area, &scene);
    match model.screen {
        _ if parts.body.height == 0 => {}
        Screen::Restores if model.wizard_open() => wizard::draw(&scene, parts.body, buf),
        Screen::Fleet => fleet::draw(&scene, parts.body, buf),
        Screen::Jobs => jobs::draw(&scene, parts.body, buf),
        Screen::Alerts if model.sweep_open() => sweep::draw(&scene, parts.body, buf),
        Screen::Alerts => alerts::draw(&scene, parts.body, buf),
        Screen::Restores => restores::draw(&scene, parts.body, buf),
        Screen::Incidents => incidents::draw(&scene, parts.body, buf),
        Screen::Shift => shift::draw(&scene, parts.body, buf),
    }
    frame::tabs(&scene, parts.tabs, buf);
    if model.overlay.is_some() {
        // What is behind an overlay cannot be pointed at.
        marks.spots.borrow_mut().clear();
        look.fade(buf, parts.tabs.union(parts.body));
    }
    frame::header(&scene, parts.header, buf);
    rail::draw(&scene, parts.rail, buf);
    overlay::draw(&scene, parts.tabs.union(parts.body), buf);
    frame::footer(&scene, parts.footer, buf);
    look.finish(buf);
    Spots(marks.spots.into_inner())
}

#[cfg(test)]
mod tests;

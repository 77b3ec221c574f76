//! A terminal that is too small: the most urgent clock, and what size is needed.

use super::{scene::Scene, words::priority_scope};
use crate::{
    config::theme::Scope,
    state::{command::Command, model::LEAST},
};
use ocdeck_domain::clock::Heat;
use ocdeck_widgets::{format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws it: the first lines are the ones that matter most.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let mut lines: Vec<Line<'_>> = Vec::new();
    if let Some(clock) = scene.model.rail().first() {
        let priority = clock.priority();
        let time = format::clock(clock.left.num_seconds());
        let (scope, words) = match clock.heat {
            Heat::Breached => (Scope::ClockBreached, Scope::ClockBreached),
            _ => (priority_scope(priority), Scope::TextStrong),
        };
        let line = scene
            .words()
            .put(scope, priority.to_string())
            .put(words, format!(" {time} "))
            .put(words, clock.place.clone());
        lines.push(line.line());
    }
    let (columns, rows) = LEAST;
    let mut words = scene
        .words()
        .strong(format!("{}×{} is too small.", area.width, area.height))
        .text(format!(
            " ocdeck needs {columns}×{rows}. Nothing is lost. Keys wait. "
        ));
    // Not where letters are text.
    let model = scene.model;
    if let Some(key) = model.keys.key(model.mode(), Command::Quit) {
        words = words.key(scene.key_name(key)).dim(" quits");
    }
    lines.extend(text::wrap(&words.line(), area.width));
    scene.lines(area, buf, &lines);
}

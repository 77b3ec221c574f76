//! Incidents: what people reported and alerts opened, and beside the list the card of one.

mod card;
mod list;
mod moments;

pub(super) use moments::escalation_words;

use super::{common::list_and_detail, scene::Scene};
use crate::{config::theme::Scope, state::command::Command};
use ocdeck_domain::{ids::RequestId, incident::Phase};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

const LIST: u16 = 36;

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    list_and_detail(scene, area, buf, LIST, list::draw, card::draw);
}

/// The proposal to call the duty manager about a request, while it stands.
pub(super) fn proposal<'a>(scene: &Scene<'a>, request: RequestId) -> Option<Line<'a>> {
    let why = scene.model.request_escalation_words(request)?;
    let (to, number) = scene.model.duty_manager();
    let words = scene.words().put(Scope::ClockHot, "▲ ");
    let words = match scene.key_of(Command::Escalate) {
        Some(key) => words.key(key).text(" "),
        None => words,
    };
    let words = match to.as_str() {
        "" => words.put(Scope::ClockHot, "call the duty manager"),
        to => words
            .put(Scope::ClockHot, format!("call {to}"))
            .text(format!(" {number}")),
    };
    Some(words.dim(format!(": {why}")).line())
}

/// The sign and the look of where an incident stands.
pub(super) fn phase_sign(phase: Phase) -> (&'static str, Scope) {
    match phase {
        Phase::NeedsCall => ("☏", Scope::ClockHot),
        Phase::Open => ("○", Scope::JobWarning),
        Phase::InProgress => ("►", Scope::JobRunning),
        Phase::Waiting => ("‖", Scope::JobWaiting),
        Phase::Recovered | Phase::Resolved | Phase::Closed => ("✓", Scope::Ok),
        Phase::Merged => ("›", Scope::TextDim),
    }
}

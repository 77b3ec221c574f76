//! Restores: the requests in all states, and beside the list what one of them does now.

mod approval;
mod detail;
mod list;
mod result;
mod running;

pub(super) use detail::moment_words;

use super::{common::list_and_detail, scene::Scene};
use crate::config::theme::Scope;
use ocdeck_domain::{facts::RestoreState, restore::Phase};
use ratatui::{buffer::Buffer, layout::Rect};

const LIST: u16 = 36;

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    list_and_detail(scene, area, buf, LIST, list::draw, detail::draw);
}

/// The sign and the look of a dispatch that nobody answered.
const UNANSWERED: (&str, Scope) = ("▲", Scope::Danger);

/// The sign and the look of where a request stands.
pub(super) fn phase_sign(phase: Phase) -> (&'static str, Scope) {
    match phase {
        Phase::Draft => ("○", Scope::JobWaiting),
        Phase::Dispatching => ("○", Scope::JobWaiting),
        Phase::Attempt(state) | Phase::AwaitingValidation(state) => match state {
            RestoreState::AwaitingApproval => ("○", Scope::JobWarning),
            RestoreState::Accepted => ("○", Scope::JobWaiting),
            RestoreState::Running | RestoreState::Verifying => ("►", Scope::JobRunning),
            RestoreState::Completed => ("◷", Scope::JobWarning),
            RestoreState::CompletedWithWarnings => ("▲", Scope::JobWarning),
            RestoreState::PartlyFailed | RestoreState::Failed | RestoreState::Rejected => {
                ("✗", Scope::JobFailed)
            }
            RestoreState::Cancelled => ("⊘", Scope::TextDim),
            RestoreState::Interrupted => ("‖", Scope::JobWarning),
            RestoreState::Unknown(_) => ("◌", Scope::Stale),
        },
        Phase::Validated | Phase::Closed => ("✓", Scope::Ok),
        Phase::Cancelled => ("⊘", Scope::TextDim),
    }
}

//! Restores: the requests in all states, and beside the list what one of them does now.

mod approval;
mod detail;
mod list;
mod result;
mod running;

pub(super) use detail::moment_words;

use super::scene::Scene;
use crate::{config::theme::Scope, state::model::Pane};
use ocdeck_domain::{facts::RestoreState, restore::Phase};
use ocdeck_widgets::pane;
use ratatui::{buffer::Buffer, layout::Rect};

const LIST: u16 = 36;

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if scene.single(area) {
        match scene.model.focus {
            Pane::Detail => detail::draw(scene, area, buf),
            Pane::Tree | Pane::Main => {
                list::draw(scene, area, buf);
            }
        }
        return;
    }
    let left = Rect {
        width: LIST,
        ..area
    };
    let shown = list::draw(scene, left, buf);
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
    detail::draw(scene, right, buf);
}

/// The inner part of a pane: two columns of air at its left, one at its right.
fn air(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        width: area.width.saturating_sub(3),
        ..area
    }
}

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

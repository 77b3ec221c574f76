//! An attempt that ended: what was written, left, failed and verified, and what a person
//! does next.

use super::super::{
    common::air,
    scene::{Scene, under},
};
use crate::{config::theme::Scope, state::command::Command};
use ocdeck_domain::{
    facts::{RestoreAttempt, RestoreState},
    restore::Attempt,
};
use ocdeck_widgets::format;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// After its end: what was written, left, failed and verified.
pub(super) fn draw(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    attempt: &Attempt,
    live: &RestoreAttempt,
) -> Rect {
    let inner = air(area);
    let (sign, scope) = match live.state {
        RestoreState::Completed => ("✓", Scope::Ok),
        RestoreState::CompletedWithWarnings => ("▲", Scope::JobWarning),
        RestoreState::Interrupted => ("‖", Scope::JobWarning),
        RestoreState::Cancelled => ("⊘", Scope::TextDim),
        _ => ("✗", Scope::JobFailed),
    };
    let label = |label: &'static str| scene.words().dim(format!("{label:<13}"));
    let mut lines = vec![
        scene
            .words()
            .put(scope, format!("{sign} {}", live.state.name()))
            .dim(if live.message.is_empty() { "" } else { ": " })
            .text(live.message.clone())
            .line(),
    ];
    if live.state == RestoreState::Rejected {
        lines.extend(next_step(scene, live));
        return under(area, scene.lines(inner, buf, &lines), 1);
    }
    lines.push(
        label("written")
            .files(Scope::Text, live.written.files, "   ")
            .quantity(format::bytes(live.written.bytes))
            .line(),
    );
    if live.left.files > 0 {
        lines.push(
            label("left")
                .quantity(format::count(live.left.files))
                .dim(if live.left.files == 1 {
                    " file as it was"
                } else {
                    " files as they were"
                })
                .line(),
        );
    }
    let unequal = live.unequal > 0;
    let mut verified = label("verified");
    verified = if unequal {
        verified
            .put(Scope::JobFailed, format!("✗ {} not equal", live.unequal))
            .dim(", ")
    } else if live.verified.files > 0 {
        verified.put(Scope::Ok, "✓ ")
    } else {
        verified
    };
    lines.push(
        verified
            .files(Scope::Text, live.verified.files, " equal by hash   ")
            .quantity(format::bytes(live.verified.bytes))
            .line(),
    );
    if live.failed > 0 {
        lines.push(
            label("failed")
                .files(Scope::JobFailed, live.failed, "")
                .line(),
        );
    }
    if live.changed_since_plan > 0 {
        lines.push(
            label("changed")
                .files(
                    Scope::JobWarning,
                    live.changed_since_plan,
                    " since the plan, left alone",
                )
                .line(),
        );
    }
    lines.extend(compared(scene, attempt));
    lines.extend(next_step(scene, live));
    under(area, scene.lines(inner, buf, &lines), 1)
}

/// What the demo says of what came back.
fn compared<'a>(scene: &Scene<'a>, attempt: &Attempt) -> Option<Line<'a>> {
    let (system, equal, wrong) = scene.model.demo.as_ref()?.compared.as_ref()?;
    system
        .ends_with(&format!("/{}", attempt.intended.system))
        .then(|| {
            let words = scene.words().dim(format!("{:<13}", "the demo"));
            if *wrong == 0 {
                words
                    .put(Scope::Ok, "✓ ")
                    .text(format!(
                        "compared {equal} files with what it deleted: all equal"
                    ))
                    .line()
            } else {
                words
                    .put(Scope::JobFailed, format!("✗ {wrong} files differ"))
                    .dim(format!(", {equal} are equal"))
                    .line()
            }
        })
}

/// What a person does next, by key.
fn next_step<'a>(scene: &Scene<'a>, live: &RestoreAttempt) -> Vec<Line<'a>> {
    let (command, text) = match live.state {
        RestoreState::Completed | RestoreState::CompletedWithWarnings => (
            Command::Validate,
            " once the client has looked at it: who says that it is right",
        ),
        RestoreState::PartlyFailed
        | RestoreState::Failed
        | RestoreState::Interrupted
        | RestoreState::Cancelled => (
            Command::Continue,
            " goes on in another attempt; what is done stays done",
        ),
        RestoreState::Rejected => (
            Command::Continue,
            " plans it anew: another target or policy, or break glass",
        ),
        _ => return Vec::new(),
    };
    match scene.key_of(command) {
        Some(key) => vec![Line::default(), scene.words().key(key).text(text).line()],
        None => Vec::new(),
    }
}

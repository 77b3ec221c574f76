//! An attempt that awaits another person's approval: what goes beyond the limit, what its
//! plan does, since when, of whom, and the keys of whoever decides.

use super::super::{
    common::air,
    scene::{Scene, under},
};
use crate::{config::theme::Scope, state::command::Command};
use ocdeck_domain::facts::{Amount, Approval, RestoreAttempt};
use ocdeck_widgets::{format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws it; gives what is left below.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, live: &RestoreAttempt) -> Rect {
    let Some(approval) = live.approval.as_deref() else {
        return area;
    };
    let inner = air(area);
    let mut lines = text::wrap(
        &scene
            .words()
            .put(Scope::JobWarning, "○ awaits approval")
            .dim(" since ")
            .text(scene.when.moment(approval.asked))
            .dim(" of ")
            .text(scene.model.approver_to_call())
            .dim(" · asked by ")
            .text(live.actor.clone())
            .line(),
        inner.width,
    );
    let prose = scene
        .words()
        .dim("Nothing is written before. Without a word it ends by itself: ")
        .text(scene.when.stamp(approval.expires))
        .line();
    lines.extend(text::wrap(&prose, inner.width));
    let rest = under(area, scene.lines(inner, buf, &lines), 1);
    let rest = beyond(scene, rest, buf, approval);
    keys(scene, rest, buf)
}

fn beyond(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, approval: &Approval) -> Rect {
    if area.height < 3 {
        return area;
    }
    let title = "Beyond the limit of one person";
    let inner = air(scene.pane(area, buf, title, Line::default(), false));
    let mut lines = Vec::new();
    for why in &approval.beyond_limit {
        let line = scene.words().put(Scope::P2, "▲ ").text(why.clone()).line();
        lines.extend(text::wrap(&line, inner.width));
    }
    let amount = |label: &str, scope, it: Amount| {
        scene
            .words()
            .dim(format!("{label:<13}"))
            .files(scope, it.files, "   ")
            .quantity(format::bytes(it.bytes))
            .line()
    };
    lines.push(amount("replaces", Scope::P2, approval.replaced));
    lines.push(amount("creates", Scope::Text, approval.created));
    lines.push(amount("writes", Scope::Text, approval.written));
    under(area, scene.lines(inner, buf, &lines), 1)
}

/// Who may, by which key; who may not, why.
fn keys(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let inner = air(area);
    let mut words = scene.words();
    let mut off = None;
    for command in [Command::Approve, Command::Reject] {
        let hint = scene.model.hint(command);
        let key = scene.key_of(command).unwrap_or_default();
        words = match hint.off {
            None => words.key(key).text(format!(" {}   ", hint.label)),
            Some(why) => {
                off = Some(why);
                words
                    .put(Scope::KeyOff, key)
                    .put(Scope::TextFaint, format!(" {}   ", hint.label))
            }
        };
    }
    let decides = off.is_none();
    if let Some(why) = off {
        words = words.dim(why);
    }
    let mut lines = text::wrap(&words.line(), inner.width);
    if let (false, Some(cancel), Some(next)) = (
        decides,
        scene.key_of(Command::CancelRestore),
        scene.key_of(Command::Continue),
    ) {
        let words = scene
            .words()
            .dim("cannot wait? ")
            .key(cancel)
            .dim(" takes it back, then ")
            .key(next)
            .dim(" and break glass");
        lines.extend(text::wrap(&words.line(), inner.width));
    }
    under(area, scene.lines(inner, buf, &lines), 1)
}

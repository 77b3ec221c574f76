//! Right of the step, always: the clock, what is known so far, what is missing.

use super::{
    super::{common::below, incidents, rail::heat_scope},
    Case,
};
use crate::{
    config::theme::Scope,
    state::{clocks::Chip, command::Command},
};
use ocdeck_domain::clock::{Heat, Verb};
use ocdeck_widgets::{digits, format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the side pane.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let inner = case.scene.pane(area, buf, "Clock", Line::default(), false);
    let rest = clock(case, below(inner, 1), buf);
    let rest = known(
        case,
        Rect {
            x: area.x,
            width: area.width,
            ..rest
        },
        buf,
    );
    missing(
        case,
        Rect {
            x: area.x,
            width: area.width,
            ..rest
        },
        buf,
    );
}

fn air(area: Rect) -> Rect {
    Rect {
        x: area.x + 3,
        width: area.width.saturating_sub(4),
        ..area
    }
}

fn clock(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    let inner = air(area);
    let Some(chip) = scene.model.chip(case.wizard.request) else {
        return no_clock(case, area, buf);
    };
    let time = format::clock(chip.left.num_seconds());
    let scope = match chip.heat {
        Heat::Normal => Scope::TextStrong,
        Heat::Breached => Scope::Danger,
        heat => heat_scope(heat),
    };
    let wide = digits::width(&time);
    let left = if chip.heat == Heat::Breached {
        "over to"
    } else {
        "left to"
    };
    let mut below_digits = below(inner, 4);
    if scene.look.ascii() || wide > inner.width {
        let words = scene.words().priority(chip.priority()).text(" ");
        let words = words
            .put(scope, time)
            .dim(format!(" {left} {}", chip.clock.verb.name()));
        scene.lines(inner, buf, &[words.line()]);
        below_digits = below(inner, 2);
    } else {
        digits::put(
            buf,
            inner.x,
            inner.y,
            inner.width,
            &time,
            scene.style(scope),
        );
        let x = inner.x + wide.max(17) + 3;
        let room = inner.right().saturating_sub(x);
        if room >= 8 {
            let lines = [
                scene.words().priority(chip.priority()).line(),
                scene.words().dim(left).line(),
                scene.words().text(chip.clock.verb.name()).line(),
            ];
            let place = Rect {
                x,
                width: room,
                height: 3.min(inner.height),
                ..inner
            };
            scene.lines(place, buf, &lines);
        } else {
            let words = scene.words().priority(chip.priority());
            let words = words
                .dim(format!(" {left} "))
                .text(chip.clock.verb.name())
                .line();
            scene.lines(below(inner, 3), buf, &[words]);
            below_digits = below(inner, 5);
        }
    }
    let rest = below_digits;
    let fill = if chip.heat == Heat::Normal {
        Scope::ProgressFill
    } else {
        heat_scope(chip.heat)
    };
    scene.bar(u64::from(chip.percent), 100, fill).render(
        Rect {
            height: 1.min(rest.height),
            ..rest
        },
        buf,
    );
    let rest = scene.lines(below(rest, 1), buf, &clock_lines(case, &chip, rest.width));
    below(rest, 1)
}

fn clock_lines<'a>(case: &Case<'a>, chip: &Chip, width: u16) -> Vec<Line<'a>> {
    let scene = case.scene();
    let mut lines = vec![
        scene
            .words()
            .dim("from ")
            .text(scene.when.seconds(chip.clock.start))
            .dim("   to ")
            .text(scene.when.seconds(chip.clock.deadline))
            .line(),
    ];
    let request = scene.model.requests.get(case.wizard.request);
    match (
        chip.clock.verb,
        request.and_then(|request| request.responded),
    ) {
        (Verb::Initiate, Some(at)) => {
            let owner = chip.owner.clone().unwrap_or_default();
            lines.push(
                scene
                    .words()
                    .put(Scope::Ok, "✓")
                    .dim(" responded ")
                    .dim(scene.when.seconds(at))
                    .dim(" by ")
                    .text(owner)
                    .line(),
            );
        }
        _ => lines.push(
            scene
                .words()
                .dim(format!("runs until you {}", chip.clock.verb.name()))
                .line(),
        ),
    }
    if let Some(line) = incidents::proposal(scene, case.wizard.request) {
        lines.extend(text::wrap(&line, width));
    }
    lines
}

fn no_clock(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    let received = scene.when.seconds(case.wizard.received);
    let request = scene.model.requests.get(case.wizard.request);
    let stopped = request.and_then(|request| request.clocks(scene.model.policy_of(request)));
    let mut lines = vec![scene.words().dim("call received ").text(received).line()];
    lines.push(match stopped {
        Some([_, initiate]) if !initiate.runs() => {
            scene.words().put(Scope::Ok, "✓ initiated").line()
        }
        _ => scene.words().dim("no clock runs").line(),
    });
    below(scene.lines(air(area), buf, &lines), 1)
}

fn known(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    let inner = air(scene.pane(area, buf, "Known so far", Line::default(), false));
    let lines: Vec<Line<'_>> = scene
        .model
        .wizard_known(case.wizard)
        .into_iter()
        .map(|row| {
            let scope = match (row.danger, row.label) {
                (true, _) => Scope::P2,
                (false, "") => Scope::TextDim,
                (false, "caller" | "system" | "target") => Scope::TextStrong,
                (false, _) => Scope::Text,
            };
            scene
                .words()
                .dim(format!("{:<10}", row.label))
                .put(scope, row.value)
                .line()
        })
        .collect();
    below(scene.lines(inner, buf, &lines), 1)
}

fn missing(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let missing = scene.model.wizard_missing(case.wizard);
    let note = if missing.is_empty() {
        scene.words().put(Scope::Ok, "✓ nothing")
    } else {
        scene.words().put(Scope::P2, missing.len().to_string())
    };
    let inner = air(scene.pane(area, buf, "Missing", note.line(), false));
    let mut lines: Vec<Line<'_>> = Vec::new();
    for row in missing {
        let words = scene
            .words()
            .put(Scope::P2, "○ ")
            .key(row.step.number().to_string())
            .text(" ")
            .text(row.text)
            .line();
        for (n, line) in text::wrap(&words, inner.width).into_iter().enumerate() {
            let indent = if n > 0 { "    " } else { "" };
            lines.push(scene.words().text(indent).and(line).line());
        }
    }
    scene.lines(inner, buf, &lines);
}

/// The same in three rows.
pub(super) fn narrow(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let missing = scene.model.wizard_missing(case.wizard);
    let note = match missing.len() {
        0 => scene.words().put(Scope::Ok, "✓ nothing is missing").line(),
        n => scene.words().put(Scope::P2, format!("missing {n}")).line(),
    };
    let inner = scene.pane(area, buf, "Known", note, false);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(3),
        ..inner
    };
    let mut known = scene.words();
    let rows = scene.model.wizard_known(case.wizard);
    let wanted = ["caller", "system", "point", "paths", "target", "policy"];
    for (n, row) in rows
        .into_iter()
        .filter(|row| wanted.contains(&row.label))
        .enumerate()
    {
        if n > 0 {
            known = known.dim(" · ");
        }
        let scope = if row.danger { Scope::P2 } else { Scope::Text };
        known = known.put(scope, row.value);
    }
    let mut to_do = scene.words();
    for row in missing {
        to_do = to_do
            .put(Scope::P2, "○ ")
            .key(row.step.number().to_string())
            .text(" ")
            .text(row.text)
            .text("   ");
    }
    let keys = scene.key_of(Command::Dispatch);
    let second = match (scene.model.wizard_missing(case.wizard).is_empty(), keys) {
        (true, Some(key)) => scene.words().key(key).text(" dispatch").line(),
        _ => to_do.line(),
    };
    scene.lines(inner, buf, &[known.line(), second]);
}

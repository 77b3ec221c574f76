//! The lines, by sections. Only those of P1 and P2 have a box.

use super::super::{common::seen_note, rail::heat_scope, scene::Scene, words::priority_scope};
use crate::{
    config::theme::Scope,
    state::{command::Command, model::Pane, msg::Spot, shift::ShiftView},
};
use ocdeck_domain::{
    clock::Heat,
    handover::{Reading, Section, Shown},
    priority::Priority,
};
use ocdeck_widgets::{table, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// A row of the pane.
enum Row<'m> {
    Heading(Section),
    Line(&'m Shown),
    Air,
}

/// Draws the pane; gives offset, rows seen and rows in all.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> (usize, usize, usize) {
    let shift = &scene.model.shift;
    let focused = scene.focused(Pane::Main, area);
    let rows = rows(&shift.lines);
    let visible = usize::from(area.height.saturating_sub(1));
    let at = rows.iter().position(|row| match row {
        Row::Line(shown) => Some(&shown.line.key) == shift.selected.as_ref(),
        _ => false,
    });
    // The heading above the first line is seen with it.
    let offset = match at {
        Some(at) if at < visible => 0,
        at => table::offset(at, rows.len(), visible),
    };
    let note = note(scene, rows.len(), visible, offset);
    let inner = scene.pane(area, buf, &title(scene), note, focused);
    if rows.is_empty() {
        empty(scene, inner, buf);
        return (0, 0, 0);
    }
    for (y, row) in (inner.y..inner.bottom()).zip(rows.iter().skip(offset)) {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        match row {
            Row::Air => {}
            Row::Heading(section) => heading(scene, place, buf, *section),
            Row::Line(shown) => {
                let selected = Some(&shown.line.key) == shift.selected.as_ref();
                let spot = Spot::Line(shown.line.key.clone());
                scene.row_spot(place, spot, focused && selected);
                line(scene, place, buf, shown, selected, focused);
            }
        }
    }
    (offset, visible, rows.len())
}

fn rows(lines: &[Shown]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut section = None;
    for shown in lines {
        if section != Some(shown.line.section) {
            if section.is_some() {
                rows.push(Row::Air);
            }
            section = Some(shown.line.section);
            rows.push(Row::Heading(shown.line.section));
        }
        rows.push(Row::Line(shown));
    }
    rows
}

fn title(scene: &Scene<'_>) -> String {
    match (scene.model.shift.view, scene.model.handover()) {
        (ShiftView::Handover, Some((_, handover))) => {
            let more = match scene.model.more_handovers() {
                0 => String::new(),
                more => format!(", {more} more after it"),
            };
            format!("Handover · {} → {}{more}", handover.from, handover.to)
        }
        (ShiftView::Handover, None) => "Handover · not begun".to_owned(),
        _ => format!("My shift · {}", scene.model.me.name),
    }
}

fn note<'a>(scene: &Scene<'a>, rows: usize, visible: usize, offset: usize) -> Line<'a> {
    let words = scene.words();
    let (read, all) = scene.model.lines_read();
    let words = match scene.model.shift.view {
        ShiftView::Handover if scene.model.handover().is_some() => words
            .dim("P1 and P2 lines ")
            .strong(read.to_string())
            .dim(" of ")
            .strong(all.to_string())
            .dim(" read"),
        _ => words
            .text(scene.model.shift.lines.len().to_string())
            .dim(" lines"),
    };
    if rows <= visible {
        return words.line();
    }
    let rows = seen_note(scene, rows, visible, offset);
    words.dim("  rows ").and(rows).line()
}

fn empty(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let said = match scene.model.shift.view {
        ShiftView::Handover => "Nothing is open: there is nothing to hand over.",
        _ => "You have nothing open, and nothing urgent is without an owner.",
    };
    let mut lines = vec![scene.words().strong(said).line(), Line::default()];
    for (command, what) in [
        (Command::TurnShift, "turn to the handover, and back"),
        (Command::OnShift, "say that you are on shift"),
        (Command::BeginHandover, "hand the shift over"),
        (Command::SweepBegin, "look at every job"),
    ] {
        if let Some(key) = scene.key_of(command) {
            lines.push(scene.words().key(key).dim(format!("  {what}")).line());
        }
    }
    scene.empty(area, buf, &lines);
}

fn heading(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, section: Section) {
    let name = section.name();
    let used = text::width(name) + 4;
    let rule = "─".repeat(usize::from(area.width.saturating_sub(used)));
    let line = scene
        .words()
        .put(Scope::PaneTitle, name)
        .put(Scope::PaneRule, format!(" {rule}"))
        .line();
    text::put_line(buf, area.x + 2, area.y, area.width.saturating_sub(3), &line);
}

fn line(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    shown: &Shown,
    selected: bool,
    focused: bool,
) {
    let line = &shown.line;
    if selected {
        let styles = scene.rows(focused);
        buf.set_style(area, styles.selected);
        text::put(buf, area.x, area.y, 1, "▌", styles.bar);
    } else if line.priority == Some(Priority::P1) && shown.reading.is_missing() {
        buf.set_style(area, scene.style(Scope::BgAlarm));
    }
    let unread = shown.reading.is_missing();
    let boxed = scene.model.shift.view == ShiftView::Handover && scene.model.handover().is_some();
    if boxed && line.wants_reading() {
        let (sign, scope) = match shown.reading {
            Reading::Changed { .. } => ("▲", Scope::JobWarning),
            Reading::Unread => ("□", Scope::JobWarning),
            _ => ("■", Scope::Ok),
        };
        let sign = scene.words().put(scope, sign).line();
        text::put_line(buf, area.x + 2, area.y, 1, &sign);
    }
    if let Some(priority) = line.priority {
        let chip = scene
            .words()
            .put(priority_scope(priority), priority.to_string());
        text::put_line(buf, area.x + 4, area.y, 2, &chip.line());
    }
    // Most are short, "R-0121" or "12 h 4 m"; a day and a time need more.
    let name = text::width(&line.name).max(8);
    let strong = selected || (boxed && unread);
    let scope = if strong {
        Scope::TextStrong
    } else {
        Scope::Text
    };
    let words = scene.words().put(scope, line.name.clone());
    text::put_line(buf, area.x + 7, area.y, name, &words.line());
    let right = area.right().saturating_sub(1);
    let used = text::put_right(buf, right, area.y, area.width / 2, &next(scene, shown));
    let x = area.x + 7 + name + 2;
    let room = right.saturating_sub(x + used + u16::from(used > 0) * 2);
    let said = text::cut_end(shown.text(), room).into_owned();
    let scope = match (selected, unread || line.priority.is_none()) {
        (true, _) => Scope::TextStrong,
        (false, true) => Scope::Text,
        (false, false) => Scope::TextDim,
    };
    text::put_line(buf, x, area.y, room, &scene.words().put(scope, said).line());
}

fn next<'a>(scene: &Scene<'a>, shown: &Shown) -> Line<'a> {
    let words = scene.words();
    let words = match (&shown.edited, shown.line.heat) {
        (Some(edited), _) => words.dim(format!("written by {}  ", edited.by)),
        _ => words,
    };
    let scope = match shown.line.heat {
        Heat::Normal => Scope::TextDim,
        // Filled red is for the clock itself, in the rail.
        Heat::Breached => Scope::JobFailed,
        heat => heat_scope(heat),
    };
    words.put(scope, shown.line.next.clone()).line()
}

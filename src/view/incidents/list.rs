//! The list of incidents: two rows each, what needs a call on top, then the most urgent.

use super::{
    super::{
        common::{filter_line, nothing_matches, scope_name, seen_note},
        scene::Scene,
        words::priority_scope,
    },
    phase_sign,
};
use crate::{
    config::theme::Scope,
    state::{command::Command, model::Pane, msg::Spot},
};
use ocdeck_domain::{
    incident::{Incident, Phase},
    priority::Priority,
};
use ocdeck_widgets::{format, table, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the list; gives offset, rows seen and rows in all.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> (usize, usize, usize) {
    let list = &scene.model.incidents;
    let focused = scene.focused(Pane::Main, area);
    let len = list.rows.len();
    let filter = u16::from(list.filter.is_shown());
    let height = area.height.saturating_sub(2 + filter);
    // Many stand closer.
    let each = if len * 3 <= usize::from(height) { 3 } else { 2 };
    let visible = usize::from(height / each).max(1);
    let selected = list
        .selected
        .and_then(|id| list.rows.iter().position(|row| *row == id));
    let offset = table::offset(selected, len, visible);
    let open = scene.model.incidents_open();
    let note = if len > visible {
        seen_note(scene, len, visible, offset)
    } else {
        let words = scene.words().text(open.to_string());
        words.dim(" open").line()
    };
    let title = format!("Incidents · {}", scope_name(scene));
    let mut inner = scene.pane(area, buf, &title, note, focused);
    if list.filter.is_shown() {
        inner = filter_line(scene, inner, buf, &list.filter, "number, where, words, who");
    }
    if len == 0 && list.filter.is_on() {
        nothing_matches(scene, inner, buf, &list.filter, list.total, "incidents");
        return (0, 0, 0);
    }
    if len == 0 {
        empty(scene, inner, buf);
        return (0, 0, 0);
    }
    let mut y = inner.y + 1;
    for (index, id) in list.rows.iter().enumerate().skip(offset).take(visible) {
        let place = Rect {
            y,
            height: 2.min(inner.bottom().saturating_sub(y)),
            ..inner
        };
        let here = selected == Some(index);
        scene.row_spot(place, Spot::Incident(*id), focused && here);
        if let Some(incident) = scene.model.book.incidents.get(*id) {
            row(scene, place, buf, incident, here, focused);
        }
        y += each;
    }
    (offset, visible, len)
}

fn empty(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let text = match scene.model.desk.loaded {
        true => "No incident is open.",
        false => "The desk is being read.",
    };
    let mut lines = vec![scene.words().strong(text).line(), Line::default()];
    for (command, what) in [
        (Command::CallCard, "someone is on the phone"),
        (Command::IncidentNew, "a report by portal or e-mail"),
        (Command::ShowClosed, "closed ones too"),
    ] {
        if let Some(key) = scene.key_of(command) {
            lines.push(scene.words().key(key).dim(format!("  {what}")).line());
        }
    }
    scene.empty(area, buf, &lines);
}

fn row(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    incident: &Incident,
    selected: bool,
    focused: bool,
) {
    let styles = scene.rows(focused);
    let phase = scene.model.incident_phase(incident);
    let urgent = incident.priority() == Priority::P1 && phase.wants_work();
    if selected {
        buf.set_style(area, styles.selected);
        for y in area.top()..area.bottom() {
            text::put(buf, area.x, y, 1, "▌", styles.bar);
        }
    } else if urgent {
        buf.set_style(area, scene.style(Scope::BgAlarm));
    }
    let name = match (selected, phase.wants_work()) {
        (true, _) => Scope::TextStrong,
        (false, true) => Scope::Text,
        (false, false) => Scope::TextDim,
    };
    let priority = incident.priority();
    let chip = match (priority, phase.wants_work()) {
        (_, false) => Scope::TextDim,
        (priority, true) => priority_scope(priority),
    };
    let right = area.right().saturating_sub(1);
    let age = incident.started.map_or_else(Line::default, |at| {
        let age = format::age(scene.when.since(at));
        scene.words().quantity(age).line()
    });
    let used = text::put_right(buf, right, area.y, 7, &age);
    let first = scene
        .words()
        .put(chip, priority.to_string())
        .text(" ")
        .put(name, scene.model.incident_name(incident.id))
        .dim(format!(" {}", scene.model.incident_place(incident)));
    let room = area.width.saturating_sub(4 + used);
    text::put_line(buf, area.x + 2, area.y, room, &first.line());
    if area.height < 2 {
        return;
    }
    let (sign, scope) = phase_sign(phase);
    let owner = match (phase, incident.owner.as_str()) {
        (Phase::NeedsCall, _) => scene.words().put(scope, "needs call"),
        (Phase::Open, "") => scene.words().put(Scope::P2, "unclaimed"),
        (Phase::Open | Phase::InProgress, owner) => scene.words().dim(owner.to_owned()),
        (phase, _) => scene.words().dim(phase.name()),
    };
    let used = text::put_right(buf, right, area.y + 1, 16, &owner.line());
    let second = scene
        .words()
        .put(scope, sign)
        .text(" ")
        .put(
            if selected {
                Scope::Text
            } else {
                Scope::TextDim
            },
            scene.model.incident_text(incident),
        )
        .line();
    let room = area.width.saturating_sub(6 + used);
    text::put_line(buf, area.x + 3, area.y + 1, room, &second);
}

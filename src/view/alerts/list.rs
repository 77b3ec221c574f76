//! The queue.

use super::{alerts, jobs, what};
use crate::{
    config::theme::Scope,
    state::{
        alerts::{Known, Told},
        command::Command,
        model::Pane,
        msg::Spot,
    },
    view::{
        common::{TableList, scope_name, seen_note},
        rail::heat_scope,
        scene::Scene,
        words::{Words, priority_scope},
    },
};
use chrono::TimeDelta;
use ocdeck_domain::{
    alert::{State, is_link_lost},
    clock::{Clock, Heat},
    priority::Priority,
};
use ocdeck_widgets::{
    format,
    table::{Column, Row},
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

const CLOCK: usize = 0;
const PRIORITY: usize = 1;
const SEVERITY: usize = 2;
const WHAT: usize = 3;
const DETAIL: usize = 4;
const WHERE: usize = 5;
const COUNT: usize = 6;
const AGE: usize = 7;
const OWNER: usize = 8;

/// Detail drops first, then count, severity, and where hardly anything fits the age; clock,
/// priority, what, where and owner never.
const COLUMNS: [Column; 9] = [
    Column::right("clock", 10),
    Column::left("P", 2, 2),
    Column::right("sev", 3).drops(3),
    Column::left("what", 16, 20),
    Column::left("detail", 24, 80).drops(1),
    Column::left("where", 20, 26),
    Column::right("count", 5).drops(2),
    Column::right("age", 4).drops(4),
    Column::left("owner", 9, 12),
];

/// Draws the queue.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let list = &scene.model.alerts;
    let selected = list.selected.as_ref();
    let table = TableList {
        focused: scene.focused(Pane::Main, area),
        filter: &list.filter,
        filters: "what, where, owner, priority",
        things: "alerts",
        total: list.total,
        columns: &COLUMNS,
        air: 1,
        len: list.rows.len(),
        selected: selected.and_then(|id| scene.model.alert_row(id)),
    };
    let (visible, offset) = table.window(area.height, 2);
    let note = note(scene, visible, offset, area.width);
    let title = format!("Alerts · {}", scope_name(scene));
    let inner = scene.pane(area, buf, &title, note, table.focused);
    let Some(inner) = table.filtered(scene, inner, buf) else {
        return;
    };
    if list.rows.is_empty() {
        return empty(scene, inner, buf);
    }
    let mut ids = list.rows.from(offset);
    table.rows(scene, inner, buf, offset, |row, here| {
        if let Some(id) = ids.next()
            && let Some(alert) = scene.model.known_alert(id)
        {
            scene.row_spot(row.area(), Spot::Alert(id.clone()), here);
            draw_row(scene, &alert, row);
        }
    });
}

/// `18 open  3 snoozed  2 in a window  ▲ 2 new n`.
fn note<'a>(scene: &Scene<'a>, visible: usize, offset: usize, width: u16) -> Line<'a> {
    let list = &scene.model.alerts;
    let mut note = scene.words();
    if list.rows.len() > visible {
        note = note
            .and(seen_note(scene, list.rows.len(), visible, offset))
            .text("  ");
    }
    note = note.text(list.scoped.open().to_string()).dim(" open");
    // A narrow pane keeps what moves.
    if width >= 100 {
        let hidden = [
            (list.scoped.snoozed, " snoozed"),
            (list.scoped.window, " in a window"),
            (
                if list.show_hidden {
                    list.scoped.over
                } else {
                    0
                },
                " resolved",
            ),
        ];
        for (count, word) in hidden.into_iter().filter(|(count, _)| *count > 0) {
            note = note.text(format!("  {count}")).dim(word);
        }
    }
    if !list.waiting.is_empty() {
        let new = format!("  ▲ {} new", list.waiting.len());
        note = note.put(Scope::JobWarning, new);
        if let Some(key) = scene.key_of(Command::ShowNew) {
            note = note.text(" ").key(key);
        }
    }
    note.line()
}

fn empty(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let total = scene.model.fleet.total();
    let silent = total.stale + total.down;
    let scoped = &scene.model.alerts.scoped;
    let words = scene.words();
    let mut lines = vec![
        words
            .strong(format!("No alerts in {}.", scope_name(scene)))
            .line(),
    ];
    let hidden = [
        (scoped.snoozed, "snoozed"),
        (scoped.window, "in a maintenance window"),
    ];
    for (count, word) in hidden.into_iter().filter(|(count, _)| *count > 0) {
        let mut words = scene.words().text(format!("{count} {word}"));
        if let Some(key) = scene.key_of(Command::ShowHidden) {
            words = words.text("  ").key(key).dim(" show them");
        }
        lines.push(words.line());
    }
    if silent > 0 {
        let text = format!("◌ {silent} appliances of the fleet are not heard: theirs are unknown.");
        lines.push(scene.words().put(Scope::Stale, text).line());
    }
    scene.empty(area, buf, &lines);
}

fn draw_row(scene: &Scene<'_>, alert: &Known<'_>, row: &mut Row<'_, '_>) {
    let priority = alert.fact.severity.priority();
    let told = scene.model.alert_told(alert);
    let state = scene.model.alert_state(alert);
    let waits = matches!(told, Told::Runs(_));
    let urgent = matches!(priority, Some(Priority::P1 | Priority::P2));
    let stale = !is_link_lost(alert.id) && !scene.model.fleet.is_live(&alert.id.appliance);
    if priority == Some(Priority::P1) && waits {
        row.ground(scene.style(Scope::BgAlarm));
    }
    row.put(CLOCK, clock(scene, alert, &told).line());
    row.put(
        PRIORITY,
        match priority {
            Some(priority) => {
                let words = scene.words();
                words.put(priority_scope(priority), priority.to_string())
            }
            None => scene.words().dim("–"),
        }
        .line(),
    );
    let severity = alert.fact.severity.number().to_string();
    row.put(SEVERITY, scene.words().dim(severity).line());
    let scope = match (stale, urgent && waits) {
        (true, _) => Scope::TextDim,
        (false, true) => Scope::TextStrong,
        (false, false) => Scope::Text,
    };
    row.put(WHAT, scene.words().put(scope, what(alert)).line());
    row.put(DETAIL, detail(scene, alert).line());
    let place = scene.model.alert_place(alert);
    row.put(WHERE, scene.words().text(place).line());
    let times = alert.fact.count.to_string();
    row.put(COUNT, scene.words().text(times).dim("×").line());
    let raised = scene.model.raised_at(alert);
    let age = format::age(scene.when.since(raised));
    row.put(AGE, scene.words().quantity(age).line());
    row.put(
        OWNER,
        match alert.owner() {
            Some(owner) => {
                let others = alert.seen_beside_owner();
                let others = others.map(|name| format!(", {name}"));
                let words = scene.words().text(owner.to_owned());
                words.dim(others.collect::<String>())
            }
            None if urgent && state == State::Raised && waits => {
                scene.words().put(Scope::P2, "unclaimed")
            }
            None => scene.words().dim("–"),
        }
        .line(),
    );
}

/// What the alert says, or what stands behind it.
fn detail<'a>(scene: &Scene<'a>, alert: &Known<'_>) -> Words<'a> {
    let behind = scene.model.behind(alert);
    let words = scene.words();
    if behind.is_empty() {
        return words.dim(alert.fact.text.clone());
    }
    let words = words.put(Scope::TextDim, "▸ ");
    if !is_link_lost(alert.id) {
        let all = behind.jobs.len();
        return words.dim(format!("{} · {}", jobs(all), alert.fact.text));
    }
    let mut text = format!("{} unknown behind it", jobs(behind.jobs.len()));
    if !behind.alerts.is_empty() {
        text = format!("{text}, {}", alerts(behind.alerts.len()));
    }
    words.dim(text)
}

/// The clock in at most ten cells.
pub(super) fn clock<'a>(scene: &Scene<'a>, alert: &Known<'_>, told: &Told) -> Words<'a> {
    let words = scene.words();
    match told {
        Told::Runs(clock) => running(scene, clock),
        Told::Seen(Some(until)) => {
            let left = format::clock((*until - scene.when.now).num_seconds().max(0));
            words.dim("ack ").text(left)
        }
        Told::Seen(None) => words.dim("ack"),
        Told::Works => match alert.incident.and_then(|incident| incident.number) {
            Some(number) => words.text(number.to_string()),
            None => words.dim("in work"),
        },
        Told::Snoozed(until) => words.dim("till ").text(scene.when.minutes(*until)),
        Told::Window(until) => words.dim("win ").text(scene.when.minutes(*until)),
        Told::Over => words.dim("resolved"),
        Told::Nothing => words.dim("–"),
    }
}

/// `over 01:48`, `03:12`, `3 h 25 m`, `from 08:00`.
fn running<'a>(scene: &Scene<'a>, clock: &Clock) -> Words<'a> {
    let words = scene.words();
    let now = scene.when.now;
    let heat = clock.heat(now, &scene.model.policy.clock);
    let left = clock.left(now);
    if heat.late() {
        let over = left.num_seconds().unsigned_abs();
        let over = match over {
            0..3_600 => format::clock(left.num_seconds().saturating_abs()),
            over => format::age(over).to_string(),
        };
        return words.put(Scope::Danger, format!("over {over}"));
    }
    if let Some(resumes) = clock.resumes(now) {
        return words.dim("from ").text(scene.when.from(resumes));
    }
    if left >= TimeDelta::hours(1) {
        let (hours, minutes) = (left.num_hours(), left.num_minutes() % 60);
        return words
            .text(hours.to_string())
            .dim(" h ")
            .text(format!("{minutes:02}"))
            .dim(" m");
    }
    let scope = match heat {
        Heat::Normal => Scope::Text,
        heat => heat_scope(heat),
    };
    words.put(scope, format::clock(left.num_seconds()))
}

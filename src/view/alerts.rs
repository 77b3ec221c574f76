//! Alerts: the queue by severity then age, and below it what the selected one says.

use super::{
    common::{below, filter_line, nothing_matches, scope_name, seen_note, split},
    scene::Scene,
    words::priority_scope,
};
use crate::{
    config::theme::Scope,
    state::{command::Command, model::Pane, msg::Spot},
};
use ocdeck_domain::{
    facts::{Alert, EntityKind},
    ids::{AlertId, On},
    priority::Priority,
};
use ocdeck_widgets::{
    format,
    table::{self, Column, Row, Table},
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

const PRIORITY: usize = 0;
const SEVERITY: usize = 1;
const WHAT: usize = 2;
const DETAIL: usize = 3;
const WHERE: usize = 4;
const COUNT: usize = 5;
const AGE: usize = 6;

/// Detail drops first, then count, severity; priority, what and where never.
const COLUMNS: [Column; 7] = [
    Column::left("P", 2, 2),
    Column::right("sev", 3).drops(3),
    Column::left("what", 18, 20),
    Column::left("detail", 24, 80).drops(1),
    Column::left("where", 16, 24),
    Column::right("count", 5).drops(2),
    Column::right("age", 4),
];

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if scene.single(area) {
        match scene.model.focus {
            Pane::Detail => detail(scene, area, buf),
            Pane::Tree | Pane::Main => list(scene, area, buf),
        }
        return;
    }
    let rows = u16::try_from(scene.model.alerts.rows.len()).unwrap_or(u16::MAX);
    let height = rows
        .saturating_add(4)
        .clamp(10, (area.height * 3 / 5).max(10));
    let (above, below) = split(area, height);
    list(scene, above, buf);
    detail(scene, below, buf);
}

fn list(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let alerts = &scene.model.alerts;
    let focused = scene.focused(Pane::Main, area);
    let above = 2 + u16::from(alerts.filter.is_shown());
    let visible = usize::from(area.height.saturating_sub(above));
    let selected = alerts
        .selected
        .as_ref()
        .and_then(|id| scene.model.alert_row(id));
    let offset = table::offset(selected, alerts.rows.len(), visible);
    let mut note = scene.words();
    note = if alerts.rows.len() > visible {
        note.and(seen_note(scene, alerts.rows.len(), visible, offset))
    } else {
        note.text(alerts.rows.len().to_string())
    };
    note = note.dim(" open");
    if !alerts.waiting.is_empty() {
        note = note.put(
            Scope::JobWarning,
            format!("  ▲ {} new", alerts.waiting.len()),
        );
        if let Some(key) = scene.key_of(Command::ShowNew) {
            note = note.text(" ").key(key);
        }
    }
    let title = format!("Alerts · {}", scope_name(scene));
    let mut inner = scene.pane(area, buf, &title, note.line(), focused);
    if alerts.filter.is_shown() {
        inner = filter_line(scene, inner, buf, &alerts.filter, "what, where, priority");
    }
    if alerts.rows.is_empty() && alerts.filter.is_on() {
        return nothing_matches(scene, inner, buf, &alerts.filter, alerts.total, "alerts");
    }
    if alerts.rows.is_empty() {
        empty(scene, inner, buf);
        return;
    }
    let mut ids = alerts.rows.from(offset);
    Table {
        columns: &COLUMNS,
        heads: true,
        len: alerts.rows.len(),
        offset,
        selected,
        air: 1,
        styles: scene.rows(focused),
    }
    .render(inner, buf, |_, row| {
        if let Some(id) = ids.next()
            && let Some(alert) = scene.model.fleet.alert(id)
        {
            let here = focused && row.selected();
            scene.row_spot(row.area(), Spot::Alert(id.clone()), here);
            draw_row(scene, id, alert, row);
        }
    });
}

fn empty(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let silent = scene.model.fleet.total().stale + scene.model.fleet.total().down;
    let mut lines = vec![
        scene
            .words()
            .strong(format!("No alerts in {}.", scope_name(scene)))
            .line(),
    ];
    if silent > 0 {
        let text = format!("◌ {silent} appliances of the fleet are not heard: theirs are unknown.");
        lines.push(scene.words().put(Scope::Stale, text).line());
    }
    scene.empty(area, buf, &lines);
}

fn draw_row(scene: &Scene<'_>, id: &On<AlertId>, alert: &Alert, row: &mut Row<'_, '_>) {
    let priority = alert.severity.priority();
    let stale = !scene.model.fleet.is_live(&id.appliance);
    if priority == Some(Priority::P1) {
        row.ground(scene.style(Scope::BgAlarm));
    }
    match priority {
        Some(priority) => {
            let words = scene.words();
            let words = words.put(priority_scope(priority), priority.to_string());
            row.put(PRIORITY, words.line());
        }
        None => row.put(PRIORITY, scene.words().dim("–").line()),
    }
    let urgent = matches!(priority, Some(Priority::P1 | Priority::P2));
    let scope = match (stale, urgent) {
        (true, _) => Scope::TextDim,
        (false, true) => Scope::TextStrong,
        (false, false) => Scope::Text,
    };
    row.put(
        SEVERITY,
        scene
            .words()
            .dim(alert.severity.number().to_string())
            .line(),
    );
    row.put(WHAT, scene.words().put(scope, what(alert)).line());
    row.put(DETAIL, scene.words().dim(alert.text.clone()).line());
    let place = place(scene, id, alert);
    row.put(WHERE, scene.words().text(place).line());
    let times = scene.words().text(alert.count.to_string()).dim("×");
    row.put(COUNT, times.line());
    let age = format::age(scene.when.since(alert.raised));
    row.put(AGE, scene.words().quantity(age).line());
}

/// The monitor in words: `repository_space` is "repository space".
fn what(alert: &Alert) -> String {
    alert.monitor.replace('_', " ")
}

/// "acme/erp01-files", or the appliance for the provider's own.
fn place(scene: &Scene<'_>, id: &On<AlertId>, alert: &Alert) -> String {
    let object = alert.object.as_str();
    match &alert.tenant {
        Some(tenant) => {
            let tenant = scene.model.directory.tenant_name(tenant);
            format!("{tenant}/{object}")
        }
        None if alert.object_kind == EntityKind::Unknown(0) => id.appliance.to_string(),
        None => format!("{}/{object}", id.appliance),
    }
}

fn detail(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let focused = scene.focused(Pane::Detail, area);
    let selected = scene.model.alerts.selected.as_ref();
    let found = selected.and_then(|id| Some((id, scene.model.fleet.alert(id)?)));
    let Some((id, alert)) = found else {
        scene.pane(area, buf, "Alert", Line::default(), focused);
        return;
    };
    let mut title = scene.words();
    if let Some(priority) = alert.severity.priority() {
        title = title.priority(priority).text(" ");
    }
    let title = title
        .strong(what(alert))
        .dim(format!(" · {}", place(scene, id, alert)))
        .line();
    let note = scene.model.fleet.get(&id.appliance);
    let note = note
        .and_then(|state| scene.as_of(state))
        .map_or_else(Line::default, |as_of| {
            scene.words().put(Scope::Stale, format!("◌ {as_of}")).line()
        });
    let inner = scene.pane_with(area, buf, title, note, focused);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(3),
        ..below(inner, 1)
    };
    scene.lines(inner, buf, &facts(scene, id, alert, inner.width));
}

fn facts<'a>(scene: &Scene<'a>, id: &On<AlertId>, alert: &Alert, width: u16) -> Vec<Line<'a>> {
    let label = |label: &'static str| scene.words().dim(format!("{label:<11}"));
    let mut lines = Vec::new();
    let text = scene.words().strong(alert.text.clone()).line();
    for (n, line) in ocdeck_widgets::text::wrap(&text, width.saturating_sub(11))
        .into_iter()
        .enumerate()
    {
        lines.push(label(if n == 0 { "says" } else { "" }).and(line).line());
    }
    lines.push(
        label("raised")
            .text(scene.when.moment(alert.raised))
            .dim(format!(
                " by {} · severity {}",
                id.appliance,
                alert.severity.number()
            ))
            .line(),
    );
    let mut seen = label("seen")
        .text(format!("{}×", alert.count))
        .dim(", last at ")
        .text(scene.when.moment(alert.last_seen));
    if alert.episode > 1 {
        seen = seen.dim(format!(" · episode {}", alert.episode));
    }
    lines.push(seen.line());
    if let Some(tenant) = alert
        .tenant
        .as_ref()
        .and_then(|t| scene.model.directory.tenant(t))
    {
        lines.push(
            label("tenant")
                .text(tenant.name.clone())
                .dim(" · restart of failed jobs ")
                .text(tenant.restart_policy.name())
                .line(),
        );
        let contacts = scene.model.directory.contacts().iter();
        for (n, contact) in contacts
            .filter(|c| c.tenant == tenant.id)
            .take(3)
            .enumerate()
        {
            lines.push(
                label(if n == 0 { "contacts" } else { "" })
                    .text(contact.name.clone())
                    .dim(format!("  {}", contact.phone))
                    .line(),
            );
        }
    }
    lines.extend(job_lines(scene, id, alert));
    lines
}

/// What the job that the alert is about does now.
fn job_lines<'a>(scene: &Scene<'a>, id: &On<AlertId>, alert: &Alert) -> Vec<Line<'a>> {
    let state = scene.model.fleet.get(&id.appliance);
    let job = state
        .filter(|_| alert.object_kind == EntityKind::Job)
        .and_then(|state| state.jobs.get(&alert.object.as_str().into()));
    let Some(job) = job else {
        return Vec::new();
    };
    let (sign, scope) = super::scene::class_sign(super::scene::told_class(job));
    let mut words = scene
        .words()
        .dim(format!("{:<11}", "job now"))
        .put(scope, format!("{sign} "))
        .text(job.id.as_str().to_owned());
    if job.failures_in_a_row > 0 {
        words = words.dim(format!(", failed {}× in a row", job.failures_in_a_row));
    }
    if let Some(at) = job.next_run {
        words = words.dim(", next run ").text(scene.when.moment(at));
    }
    vec![words.line()]
}

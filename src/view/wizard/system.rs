//! Step 2: which system, the caller's first; what is known of the selected one.

use super::{
    super::{
        common::below,
        overlay::matched,
        scene::{class_sign, told_class},
    },
    Case,
};
use crate::{
    config::theme::Scope,
    state::{
        lists::JobClass,
        wizard::{Field, SystemMatch},
    },
};
use ocdeck_widgets::{
    format,
    table::{Column, Table, offset},
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

const COLUMNS: [Column; 5] = [
    Column::left("", 1, 1),
    Column::left("system", 18, 30).gap(1),
    Column::left("on", 12, 16).drops(1),
    Column::right("last good", 9),
    Column::right("points", 6),
];

/// Draws the step.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let note = scene
        .words()
        .text(case.wizard.systems.len().to_string())
        .dim(" fit")
        .line();
    let inner = case.pane(area, buf, note);
    let mut rest = case.field(
        inner,
        buf,
        "which",
        Field::System,
        "name or alias of the system",
    );
    rest = below(rest, 1);
    if inner.height > 20 {
        rest = case.say(rest, buf);
    }
    let found = &case.wizard.systems;
    if found.is_empty() {
        let line = scene
            .words()
            .put(Scope::Stale, "No system fits. ")
            .dim("What is not heard yet cannot be found; see ")
            .key("1")
            .dim(" Fleet for links that are down.")
            .line();
        scene.prose(rest, buf, &line);
        return;
    }
    let rows = found.len().min(usize::from((rest.height / 2).max(4)));
    let height = u16::try_from(rows + 1).unwrap_or(u16::MAX).min(rest.height);
    let place = Rect {
        x: rest.x.saturating_sub(2),
        width: rest.width + 3,
        height,
        ..rest
    };
    Table {
        columns: &COLUMNS,
        heads: true,
        len: found.len(),
        offset: offset(Some(case.wizard.system_selected), found.len(), rows),
        selected: Some(case.wizard.system_selected),
        air: 2,
        styles: scene.rows(true),
    }
    .render(place, buf, |index, row| {
        let Some(hit) = found.get(index) else { return };
        case.table_row(row, Field::System, index);
        let Some(system) = scene.model.fleet.system(&hit.system) else {
            return;
        };
        let live = scene.model.fleet.is_live(&hit.system.appliance);
        let (sign, scope) = match (live, &system.trouble) {
            (false, _) => ("◌", Scope::Stale),
            (true, Some(_)) => ("✗", Scope::Danger),
            (true, None) => ("●", Scope::Ok),
        };
        row.put(0, scene.words().put(scope, sign).line());
        let tenant = scene.model.directory.tenant_name(&hit.tenant);
        let name = if row.selected() {
            Scope::TextStrong
        } else {
            Scope::Text
        };
        let tenant_scope = if hit.callers {
            Scope::Text
        } else {
            Scope::TextDim
        };
        let line = scene
            .words()
            .put(tenant_scope, format!("{tenant}/"))
            .and(matched(scene, &system.name, &hit.matched, name))
            .line();
        row.put(1, line);
        row.put(
            2,
            scene
                .words()
                .dim(hit.system.appliance.as_str().to_owned())
                .line(),
        );
        let last = match system.last_good_point {
            Some(at) => scene.words().quantity(format::age(scene.when.since(at))),
            None => scene.words().put(Scope::JobWarning, "none"),
        };
        row.put(3, last.line());
        row.put(
            4,
            scene
                .words()
                .quantity(format::count(system.point_count))
                .line(),
        );
    });
    let rest = below(rest, height + 1);
    if let Some(hit) = found.get(case.wizard.system_selected) {
        about(case, rest, buf, hit);
    }
}

/// What is known of the selected system.
fn about(case: &Case<'_>, area: Rect, buf: &mut Buffer, hit: &SystemMatch) {
    let scene = case.scene();
    let (Some(system), Some(state)) = (
        scene.model.fleet.system(&hit.system),
        scene.model.fleet.get(&hit.system.appliance),
    ) else {
        return;
    };
    if area.height < 3 {
        return;
    }
    let inner = case.section(area, buf, &system.name, Line::default());
    let label = |label: &'static str| scene.words().dim(format!("{label:<10}"));
    let mut lines = Vec::new();
    if let Some(trouble) = &system.trouble {
        lines.push(
            label("now")
                .put(Scope::Danger, format!("✗ {trouble}"))
                .line(),
        );
    }
    lines.push(
        label("root")
            .text(ocdeck_domain::text::show(&system.root))
            .line(),
    );
    if !system.aliases.is_empty() {
        lines.push(label("also").text(system.aliases.join(", ")).line());
    }
    if let Some(at) = system.last_good_point {
        let mut words = label("last good")
            .text(scene.when.stamp(at))
            .dim(", ")
            .quantity(format::age(scene.when.since(at)))
            .dim(" old");
        if system.last_good_seeded {
            words = words.dim(", seeded");
        }
        lines.push(words.line());
    }
    let (sign, scope) = scene.link_sign(&state.link);
    let mut link = label("link")
        .put(scope, format!("{sign} "))
        .text(hit.system.appliance.to_string())
        .dim(format!(" {}", state.link.name()));
    if let Some(trouble) = scene.link_trouble(&hit.system.appliance, state) {
        link = link.put(Scope::Stale, format!("  {trouble}"));
    }
    lines.push(link.line());
    for job in state
        .jobs
        .values()
        .filter(|job| job.system == system.id)
        .take(3)
    {
        let class = told_class(job);
        let (sign, scope) = class_sign(class);
        let mut words = label("job")
            .put(scope, format!("{sign} "))
            .text(job.id.as_str().to_owned());
        if class == JobClass::Running {
            words = words.dim(" runs on the same data; it waits while a restore runs");
        } else if !job.last_message.is_empty() {
            words = words.dim(format!("  {}", job.last_message));
        }
        lines.push(words.line());
    }
    scene.lines(inner, buf, &lines);
}

//! Jobs: the live table, and below it the selected job's session with the tail of its log.

mod card;
mod detail;
mod row;

use super::{
    common::{TableList, scope_name, seen_note, split, third_pane},
    scene::Scene,
    tree,
};
use crate::{
    config::theme::Scope,
    state::{fleet::ApplianceState, model::Pane, msg::Spot},
};
use ocdeck_domain::fleet::Node;
use ocdeck_widgets::pane;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if scene.single(area) {
        match scene.model.focus {
            Pane::Tree => {
                tree::draw(scene, area, buf);
            }
            Pane::Main => list(scene, area, buf),
            Pane::Detail => detail::draw(scene, area, buf),
        }
        return;
    }
    let right = if scene.model.show_tree {
        tree::beside(scene, area, buf)
    } else {
        area
    };
    let (right, third) = third_pane(right, area.width);
    let rows = u16::try_from(scene.model.jobs.rows().len()).unwrap_or(u16::MAX);
    let list_height = rows
        .saturating_add(4)
        .clamp(8, (right.height / 2).max(8))
        .min(right.height);
    let (above, below) = split(right, list_height);
    list(scene, above, buf);
    detail::draw(scene, below, buf);
    if let Some(third) = third {
        let line = Rect {
            x: third.x,
            y: third.y + 1,
            width: 1,
            height: third.height.saturating_sub(1),
        };
        let rule = scene.style(Scope::PaneRule);
        pane::divider(line, buf, rule, rule, (0, 0, 0));
        let place = Rect {
            x: third.x + 1,
            width: third.width.saturating_sub(1),
            ..third
        };
        card::draw(scene, place, buf);
    }
}

fn list(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let jobs = &scene.model.jobs;
    let selected = jobs.selected.as_ref();
    let table = TableList {
        focused: scene.focused(Pane::Main, area),
        filter: &jobs.filter,
        filters: "name, kind, state",
        things: "jobs",
        total: jobs.total,
        columns: &row::columns(scene),
        air: 2,
        len: jobs.rows().len(),
        selected: selected.and_then(|id| scene.model.job_row(id)),
    };
    let (visible, offset) = table.window(area.height, 2);
    let note = list_note(scene, visible, offset);
    let title = format!("Jobs · {}", scope_name(scene));
    let inner = scene.pane(area, buf, &title, note, table.focused);
    let Some(inner) = table.filtered(scene, inner, buf) else {
        return;
    };
    if jobs.rows().is_empty() {
        return no_jobs(scene, inner, buf);
    }
    let mut ids = jobs.rows().from(offset);
    table.rows(scene, inner, buf, offset, |cells, here| {
        if let Some(id) = ids.next() {
            scene.row_spot(cells.area(), Spot::Job(id.clone()), here);
            row::draw(scene, id, cells);
        }
    });
}

fn list_note<'a>(scene: &Scene<'a>, visible: usize, offset: usize) -> Line<'a> {
    let jobs = &scene.model.jobs;
    let stale = scope_appliance(scene).and_then(|state| scene.as_of(state));
    if let Some(as_of) = stale {
        return scene.words().put(Scope::Stale, format!("◌ {as_of}")).line();
    }
    let words = scene.words();
    let words = if jobs.rows().len() > visible {
        words.and(seen_note(scene, jobs.rows().len(), visible, offset))
    } else {
        words
            .text(jobs.rows().len().to_string())
            .dim(" of ")
            .text(jobs.total.to_string())
    };
    words.dim(" · by ").text("urgency").line()
}

/// The appliance that the scope is, if it is one.
fn scope_appliance<'a>(scene: &Scene<'a>) -> Option<&'a ApplianceState> {
    match scene.model.scope()? {
        Node::Appliance(_, id) => scene.model.fleet.get(id),
        _ => None,
    }
}

fn no_jobs(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let waits = scene
        .model
        .scope()
        .map(|node| scene.model.directory.appliances_below(node))
        .unwrap_or_default()
        .iter()
        .filter_map(|id| scene.link_trouble(id, scene.model.fleet.get(id)?))
        .map(|text| scene.words().put(Scope::Stale, format!("◌ {text}")).line());
    let unmanaged = scene
        .model
        .scope()
        .and_then(|node| tree::unmanaged(scene, node))
        .map(|_| {
            scene
                .words()
                .dim("◇ Unmanaged: tenant side is not monitored")
                .line()
        });
    let mut lines = vec![
        scene
            .words()
            .strong(format!("No jobs in {}.", scope_name(scene)))
            .line(),
        Line::default(),
    ];
    lines.extend(unmanaged);
    lines.extend(waits.take(8));
    if lines.len() == 2 {
        lines.push(scene.words().dim("Its appliances told of none.").line());
    }
    scene.empty(area, buf, &lines);
}

//! The tenant tree with its roll-ups: what is selected in it is the scope of every screen.

use super::scene::Scene;
use crate::{
    config::theme::Scope,
    state::{
        fleet::LinkState, lists::JobClass, model::Pane, msg::Spot, tree::TreeRow, words::percent,
    },
};
use ocdeck_domain::{fleet::Node, ids::TenantId};
use ocdeck_widgets::{
    pane,
    table::{self, Column, Row, Table},
    text,
    tree::{self, Fold},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

const NAME: usize = 0;
const APPLIANCES: usize = 1;
const RUNNING: usize = 2;
const BAD: usize = 3;
const WARN: usize = 4;
const WORST: usize = 5;

const COLUMNS: [Column; 6] = [
    Column::left("tenant", 20, 40),
    Column::right("appl", 5).drops(3),
    Column::right("run", 4).drops(2),
    Column::right("✗", 2).gap(1),
    Column::right("▲", 2).gap(1),
    Column::left("worst", 18, 40).drops(1),
];

/// Columns that the tree takes beside another pane.
pub(super) const WIDTH: u16 = 30;

/// Draws the tree beside another pane, with the line between them; gives what is right of it.
pub(super) fn beside(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let tree_area = Rect {
        width: WIDTH.min(area.width),
        ..area
    };
    let (offset, visible) = draw(scene, tree_area, buf);
    let line = Rect {
        x: tree_area.right(),
        y: area.y + 1,
        width: 1,
        height: area.height.saturating_sub(1),
    };
    let shown = (offset, visible, scene.model.tree.rows.len());
    pane::divider(
        line,
        buf,
        scene.style(Scope::PaneRule),
        scene.style(Scope::RowBarIdle),
        shown,
    );
    Rect {
        x: line.x + 1,
        width: area.right().saturating_sub(line.x + 1),
        ..area
    }
}

/// Draws the tree; gives its offset and how many rows are seen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> (usize, usize) {
    let rows = &scene.model.tree.rows;
    let focused = scene.focused(Pane::Tree, area);
    let wide = area.width > WIDTH;
    let note = if wide {
        super::common::seen_note(
            scene,
            rows.len(),
            usize::from(area.height.saturating_sub(2)),
            0,
        )
    } else {
        let words = scene.words().put(Scope::JobFailed, "✗");
        words.put(Scope::JobWarning, "  ▲").line()
    };
    let scope = if focused {
        Scope::PaneFocus
    } else {
        Scope::PaneTitle
    };
    let title = scene
        .words()
        .put(scope, "Tenants ")
        .dim(
            rows.iter()
                .filter(|row| matches!(row.node, Node::Tenant(_)))
                .count()
                .to_string(),
        )
        .line();
    let inner = scene.pane_with(area, buf, title, note, focused);
    if rows.is_empty() {
        let line = scene.words().dim("none yet").line();
        let place = Rect {
            x: inner.x + 2,
            y: inner.y + 1,
            width: inner.width.saturating_sub(2),
            height: inner.height.saturating_sub(1),
        };
        scene.lines(place, buf, &[line]);
        return (0, 0);
    }
    let visible = usize::from(inner.height) - usize::from(wide).min(usize::from(inner.height));
    let offset = table::offset(scene.model.tree.position(), rows.len(), visible);
    // Beside another pane the tree stands at the very edge, as the bar needs its column.
    Table {
        columns: &COLUMNS,
        heads: wide,
        len: rows.len(),
        offset,
        selected: scene.model.tree.position(),
        air: 1,
        styles: scene.rows(focused),
    }
    .render(inner, buf, |index, row| {
        if let Some(tree_row) = rows.get(index) {
            let here = focused && row.selected();
            scene.row_spot(row.area(), Spot::Tree(tree_row.node.clone()), here);
            draw_row(scene, tree_row, row);
        }
    });
    (offset, visible)
}

fn draw_row(scene: &Scene<'_>, tree_row: &TreeRow, row: &mut Row<'_, '_>) {
    let rollup = scene.model.fleet.rollup(&tree_row.node);
    let unmanaged = unmanaged(scene, &tree_row.node);
    row.put(
        NAME,
        name(
            scene,
            tree_row,
            row.selected(),
            unmanaged.is_some(),
            row.rect(NAME).map_or(0, |cells| cells.width),
        ),
    );
    if let Some(tenant) = unmanaged {
        let used = quota_percent(scene, tenant);
        let line = used.map(|used| scene.words().text(used.to_string()).dim(" % used").line());
        if let Some(line) = line {
            let last = if row.rect(WORST).is_some() {
                WORST
            } else {
                WARN
            };
            put_at_end(row, last, line);
        }
        return;
    }
    let dim = |count: i32| scene.words().dim(count.to_string()).line();
    row.put(APPLIANCES, dim(rollup.appliances));
    let running = rollup.class(JobClass::Running);
    if running > 0 {
        row.put(
            RUNNING,
            scene
                .words()
                .put(Scope::JobRunning, running.to_string())
                .line(),
        );
    }
    if rollup.bad() > 0 {
        row.put(
            BAD,
            scene
                .words()
                .put(Scope::JobFailed, rollup.bad().to_string())
                .line(),
        );
    }
    if rollup.warn() > 0 {
        row.put(
            WARN,
            scene
                .words()
                .put(Scope::JobWarning, rollup.warn().to_string())
                .line(),
        );
    }
    if row.rect(WORST).is_some() {
        let below = scene.model.directory.appliances_below(&tree_row.node);
        let worst = (rollup.up < rollup.appliances).then_some(below);
        let worst = worst.unwrap_or_default().iter().find_map(|id| {
            let state = scene.model.fleet.get(id)?;
            let trouble = scene.link_trouble(id, state)?;
            Some((trouble, scene.link_sign(&state.link).1))
        });
        if let Some((text, scope)) = worst {
            row.put(WORST, scene.words().put(scope, text).line());
        }
    }
}

fn put_at_end(row: &mut Row<'_, '_>, column: usize, line: Line<'_>) {
    if let Some(cells) = row.span(NAME, column) {
        let (right, y, width) = (cells.right(), cells.y, cells.width);
        text::put_right(row.buf(), right, y, width, &line);
    }
}

/// Sign, name and note; an id is shown whole or not at all, and rather than a site's name.
fn name<'a>(
    scene: &Scene<'a>,
    row: &TreeRow,
    selected: bool,
    unmanaged: bool,
    room: u16,
) -> Line<'a> {
    let directory = &scene.model.directory;
    let style = scene.style(if selected {
        Scope::TextStrong
    } else {
        Scope::Text
    });
    let dim = scene.style(Scope::TextDim);
    let (sign, name, note) = match &row.node {
        Node::Appliance(site, id) => {
            let state = scene.model.fleet.get(id);
            let link = state.map_or(&LinkState::Dialling, |state| &state.link);
            match site {
                Some(site) => {
                    let (site, id) = (site.to_string(), id.to_string());
                    let wide = text::width(&site) + text::width(&id) + 3;
                    let indent = u16::try_from(row.depth).unwrap_or(u16::MAX).min(8) * 2;
                    if wide + indent > room {
                        (scene.link_sign(link), id, String::new())
                    } else {
                        (scene.link_sign(link), site, id)
                    }
                }
                None => (scene.link_sign(link), id.to_string(), String::new()),
            }
        }
        Node::Party(id) => {
            let reseller = directory
                .party(id)
                .is_some_and(|party| party.parent.is_some());
            let note = if reseller { "reseller" } else { "" };
            (
                ("", Scope::Text),
                directory.name(&row.node),
                note.to_owned(),
            )
        }
        node => {
            let sign = if unmanaged {
                ("◇", Scope::TextDim)
            } else {
                ("", Scope::Text)
            };
            let note = if unmanaged { "unmanaged" } else { "" };
            (sign, directory.name(node), note.to_owned())
        }
    };
    let fold = match row.open {
        _ if unmanaged => Fold::Leaf,
        None => Fold::Leaf,
        Some(false) => Fold::Folded,
        Some(true) => Fold::Open,
    };
    tree::Node {
        depth: u16::try_from(row.depth).unwrap_or(u16::MAX),
        fold,
        sign: Span::styled(sign.0, scene.style(sign.1)),
        name: Span::styled(name, style),
        note: Span::styled(note, dim),
        fold_style: dim,
    }
    .line()
}

/// The tenant of a node, if it is one that is not managed.
pub(super) fn unmanaged<'n>(scene: &Scene<'_>, node: &'n Node) -> Option<&'n TenantId> {
    let Node::Tenant(id) = node else {
        return None;
    };
    let tenant = scene.model.directory.tenant(id)?;
    (!tenant.managed).then_some(id)
}

/// How much of its quotas a tenant uses.
pub(super) fn quota_percent(scene: &Scene<'_>, tenant: &TenantId) -> Option<u64> {
    let (used, limit) =
        scene
            .model
            .fleet
            .quotas(tenant)
            .fold((0u64, 0u64), |(used, limit), (_, quota)| {
                (
                    used.saturating_add(quota.used),
                    limit.saturating_add(quota.limit),
                )
            });
    (limit > 0).then(|| percent(used, limit))
}

//! A tenant: who may ask for what, its systems, its appliances; an unmanaged one is its
//! quota and nothing else.

use super::{
    super::{
        common::{air, below},
        scene::Scene,
    },
    needs,
    parts::{self, fact},
};
use crate::{config::theme::Scope, state::words::percent};
use ocdeck_domain::{
    facts::System,
    fleet::{Node, Tenant},
    ids::{ApplianceId, TenantId},
};
use ocdeck_widgets::{format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the tenant.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, id: &TenantId) {
    let Some(tenant) = scene.model.directory.tenant(id) else {
        return;
    };
    let note = if tenant.managed {
        "managed"
    } else {
        "unmanaged"
    };
    let note = scene.words().dim(note).line();
    let focused = scene.focused(crate::state::model::Pane::Main, area);
    let inner = scene.pane(area, buf, &tenant.name, note, focused);
    let inner = below(inner, 1);
    let mut lines = Vec::new();
    if !tenant.managed {
        let line = scene
            .words()
            .dim("◇ Unmanaged: tenant side is not monitored")
            .line();
        let rest = scene.lines(air(inner), buf, &[line, Line::default()]);
        quotas(scene, rest, buf, id);
        return;
    }
    let local = scene.model.now.with_timezone(&tenant.time_zone);
    lines.push(fact(
        scene,
        "time there",
        scene
            .words()
            .text(local.format("%H:%M").to_string())
            .dim(format!(" {}", local.format("%Z")))
            .line(),
    ));
    let restart = scene
        .words()
        .dim("of failed jobs ")
        .text(tenant.restart_policy.name());
    lines.push(fact(scene, "restart", restart.line()));
    lines.extend(contacts(scene, tenant));
    let rest = below(scene.lines(air(inner), buf, &lines), 1);
    let rest = quotas(scene, rest, buf, id);
    let node = Node::Tenant(id.clone());
    let appliances = scene.model.directory.appliances_below(&node);
    sections(
        scene,
        Rect {
            x: area.x,
            width: area.width,
            ..rest
        },
        buf,
        id,
        appliances,
    );
}

fn contacts<'a>(scene: &Scene<'a>, tenant: &Tenant) -> Vec<Line<'a>> {
    let contacts = scene.model.directory.contacts().iter();
    let mut lines: Vec<Line<'a>> = contacts
        .filter(|contact| contact.tenant == tenant.id)
        .enumerate()
        .map(|(n, contact)| {
            let label = if n == 0 { "contacts" } else { "" };
            let may = match (contact.may_request, contact.may_authorise) {
                (true, true) => "asks and allows",
                (true, false) => "asks",
                (false, true) => "allows",
                (false, false) => "neither asks nor allows",
            };
            let words = scene
                .words()
                .text(format!("{:<16}", contact.name))
                .text(format!("  {:<14}", contact.phone))
                .dim(format!("  {may}"));
            fact(scene, label, words.line())
        })
        .collect();
    if lines.is_empty() {
        lines.push(fact(
            scene,
            "contacts",
            scene.words().dim("none on file").line(),
        ));
    }
    lines
}

/// Quotas as gauges; gives what is left below.
fn quotas(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, id: &TenantId) -> Rect {
    let mut rest = area;
    for (appliance, quota) in scene.model.fleet.quotas(id) {
        if rest.height == 0 {
            return rest;
        }
        let used = percent(quota.used, quota.limit);
        let scope = scene.gauge_scope(used);
        let stale = !scene.model.fleet.is_live(appliance);
        text::put_line(buf, rest.x, rest.y, 11, &scene.words().dim("quota").line());
        let bar = Rect {
            x: rest.x + 11,
            width: 24.min(rest.width.saturating_sub(11)),
            height: 1,
            ..rest
        };
        let fill = if stale { Scope::TextDim } else { scope };
        scene
            .bar(quota.used, quota.limit.max(1), fill)
            .render(bar, buf);
        let number = if scope == Scope::ProgressFill {
            Scope::Text
        } else {
            scope
        };
        let words = scene
            .words()
            .put(number, format!("{used}"))
            .dim(" %   ")
            .quantity(format::bytes(quota.used))
            .dim(" of ")
            .quantity(format::bytes(quota.limit))
            .dim(format!("   on {appliance}"));
        let x = bar.right() + 2;
        text::put_line(
            buf,
            x,
            rest.y,
            rest.right().saturating_sub(x),
            &words.line(),
        );
        rest = below(rest, 1);
    }
    if rest.y > area.y {
        below(rest, 1)
    } else {
        rest
    }
}

/// Systems, what needs a person, repositories.
fn sections<'a>(
    scene: &Scene<'a>,
    area: Rect,
    buf: &mut Buffer,
    id: &TenantId,
    appliances: &'a [ApplianceId],
) {
    let mut systems: Vec<(&ApplianceId, &System)> = appliances
        .iter()
        .filter_map(|appliance| Some((appliance, scene.model.fleet.get(appliance)?)))
        .flat_map(|(appliance, state)| {
            state
                .systems
                .values()
                .map(move |system| (appliance, system))
        })
        .filter(|(_, system)| &system.tenant == id)
        .collect();
    systems.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    if area.height < 3 {
        return;
    }
    let note = scene.words().text(systems.len().to_string()).line();
    let inner = scene.pane(area, buf, "Systems", note, false);
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(1),
        ..inner
    };
    let rest = if systems.is_empty() {
        let line = scene.words().dim("none was told of yet").line();
        scene.lines(air(inner), buf, &[line])
    } else {
        parts::systems(scene, inner, buf, &systems)
    };
    let rest = Rect {
        x: area.x,
        width: area.width,
        ..below(rest, 1)
    };
    if rest.height < 3 {
        return;
    }
    let node = Node::Tenant(id.clone());
    let needs = scene.model.fleet.needs(&node);
    let rest = needs::draw(scene, rest, buf, needs);
    let rest = Rect {
        x: area.x,
        width: area.width,
        ..rest
    };
    let stores = parts::stores(scene, &node, usize::from(area.height));
    if rest.height < 3 || stores.is_empty() {
        return;
    }
    let inner = scene.pane(rest, buf, "Repositories", Line::default(), false);
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(1),
        ..inner
    };
    parts::gauges(scene, inner, buf, &stores);
}

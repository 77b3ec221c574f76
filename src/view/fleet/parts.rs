//! Parts that several nodes of the fleet show: gauges of repositories, rows of systems,
//! what needs a person.

use super::super::{common::below, scene::Scene};
use crate::{
    config::theme::Scope,
    state::{fleet::ApplianceState, words::percent},
};
use ocdeck_domain::{
    facts::{Repository, System},
    fleet::Node,
    ids::ApplianceId,
};
use ocdeck_widgets::{
    format,
    table::{Column, RowStyles, Table},
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// A label and its value.
pub(super) fn fact<'a>(scene: &Scene<'a>, label: &str, value: Line<'a>) -> Line<'a> {
    scene.words().dim(format!("{label:<11}")).and(value).line()
}

/// A repository and where it is.
pub(super) struct Store<'a> {
    pub(super) appliance: &'a ApplianceId,
    pub(super) state: &'a ApplianceState,
    pub(super) repository: &'a Repository,
}

/// The repositories below a node, the fullest first, at most so many.
pub(super) fn stores<'a>(scene: &Scene<'a>, node: &Node, most: usize) -> Vec<Store<'a>> {
    let all = scene.model.fleet.stores(node);
    let stores = all.map(|(appliance, state, repository)| Store {
        appliance,
        state,
        repository,
    });
    stores.take(most).collect()
}

/// Repositories as gauges; gives what is left below.
pub(super) fn gauges(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    stores: &[Store<'_>],
) -> Rect {
    const COLUMNS: [Column; 6] = [
        Column::left("repository", 14, 24),
        Column::left("on", 12, 18).drops(1),
        Column::left("", 8, 24).drops(3),
        Column::right("used", 5),
        Column::right("free", 7),
        Column::right("of", 7).drops(2),
    ];
    let rows = u16::try_from(stores.len() + 1).unwrap_or(u16::MAX);
    let place = Rect {
        height: rows.min(area.height),
        ..area
    };
    Table {
        columns: &COLUMNS,
        heads: true,
        len: stores.len(),
        offset: 0,
        selected: None,
        air: 1,
        styles: RowStyles {
            head: scene.style(Scope::TextDim),
            ..RowStyles::default()
        },
    }
    .render(place, buf, |index, row| {
        let Some(store) = stores.get(index) else {
            return;
        };
        let repository = store.repository;
        let stale = store.state.link.dims();
        let name = if stale { Scope::TextDim } else { Scope::Text };
        row.put(
            0,
            scene
                .words()
                .put(name, repository.id.as_str().to_owned())
                .line(),
        );
        row.put(
            1,
            scene
                .words()
                .dim(store.appliance.as_str().to_owned())
                .line(),
        );
        if let Some(why) = &repository.offline {
            row.put_across(
                2,
                5,
                scene.words().put(Scope::Danger, format!("✗ {why}")).line(),
            );
            return;
        }
        let used = percent(repository.used, repository.capacity);
        let scope = scene.gauge_scope(used);
        let fill = if stale { Scope::TextDim } else { scope };
        if let Some(cells) = row.rect(2) {
            scene
                .bar(repository.used, repository.capacity.max(1), fill)
                .render(cells, row.buf());
        }
        let number = match scope {
            _ if stale => Scope::TextDim,
            Scope::ProgressFill => Scope::Text,
            loud => loud,
        };
        row.put(
            3,
            scene.words().put(number, used.to_string()).dim(" %").line(),
        );
        row.put(
            4,
            scene
                .words()
                .quantity_in(name, format::bytes(repository.free))
                .line(),
        );
        row.put(
            5,
            scene
                .words()
                .and(
                    scene
                        .words()
                        .quantity_in(Scope::TextDim, format::bytes(repository.capacity))
                        .line(),
                )
                .line(),
        );
    });
    below(area, rows)
}

/// Systems with their last good point; gives what is left below.
pub(super) fn systems(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    systems: &[(&ApplianceId, &System)],
) -> Rect {
    const COLUMNS: [Column; 6] = [
        Column::left("", 1, 1),
        Column::left("system", 12, 20).gap(1),
        Column::left("platform", 10, 12).drops(1),
        Column::left("on", 12, 18).drops(2),
        Column::right("last good", 9),
        Column::right("points", 6),
    ];
    let rows = u16::try_from(systems.len() + 1).unwrap_or(u16::MAX);
    let place = Rect {
        height: rows.min(area.height),
        ..area
    };
    Table {
        columns: &COLUMNS,
        heads: true,
        len: systems.len(),
        offset: 0,
        selected: None,
        air: 1,
        styles: RowStyles {
            head: scene.style(Scope::TextDim),
            ..RowStyles::default()
        },
    }
    .render(place, buf, |index, row| {
        let Some((appliance, system)) = systems.get(index) else {
            return;
        };
        let live = scene.model.fleet.is_live(appliance);
        let (sign, scope) = match (live, &system.trouble) {
            (false, _) => ("◌", Scope::Stale),
            (true, Some(_)) => ("✗", Scope::Danger),
            (true, None) if system.last_good_point.is_none() => ("▲", Scope::JobWarning),
            (true, None) => ("●", Scope::Ok),
        };
        row.put(0, scene.words().put(scope, sign).line());
        let name = if live { Scope::Text } else { Scope::TextDim };
        let name = if system.trouble.is_some() && live {
            Scope::TextStrong
        } else {
            name
        };
        row.put(1, scene.words().put(name, system.name.clone()).line());
        if let Some(trouble) = &system.trouble {
            row.put_across(
                2,
                3,
                scene.words().put(Scope::Danger, trouble.clone()).line(),
            );
        } else {
            row.put(
                2,
                scene.words().dim(system.platform.replace('_', " ")).line(),
            );
            row.put(3, scene.words().dim(appliance.as_str().to_owned()).line());
        }
        let last = match system.last_good_point {
            Some(at) => scene.words().quantity(format::age(scene.when.since(at))),
            None => scene.words().put(Scope::JobWarning, "none"),
        };
        row.put(4, last.line());
        row.put(
            5,
            scene
                .words()
                .quantity(format::count(system.point_count))
                .line(),
        );
    });
    below(area, rows)
}

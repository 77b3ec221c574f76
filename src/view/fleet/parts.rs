//! Parts that several nodes of the fleet show: gauges of repositories, rows of systems,
//! what needs a person.

use super::super::{common::below, scene::Scene, tree::percent};
use crate::{
    config::theme::Scope,
    state::{fleet::ApplianceState, lists::JobClass},
};
use ocdeck_domain::{
    facts::{Repository, System},
    fleet::Node,
    ids::ApplianceId,
};
use ocdeck_widgets::{
    format,
    table::{Column, RowStyles, Table},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// The inner part of a pane: one column of air at each side.
pub(super) fn air(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        width: area.width.saturating_sub(3),
        ..area
    }
}

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

/// The repositories of these appliances, the fullest first.
pub(super) fn stores<'a>(scene: &Scene<'a>, appliances: &[&'a ApplianceId]) -> Vec<Store<'a>> {
    let mut stores: Vec<Store<'a>> = appliances
        .iter()
        .filter_map(|id| Some((*id, scene.model.fleet.get(id)?)))
        .flat_map(|(appliance, state)| {
            state.repositories.values().map(move |repository| Store {
                appliance,
                state,
                repository,
            })
        })
        .collect();
    stores.sort_by_key(|store| {
        let used = percent(store.repository.used, store.repository.capacity);
        let offline = store.repository.offline.is_some();
        (std::cmp::Reverse((offline, used)), store.appliance)
    });
    stores
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

/// Something that needs a person.
pub(super) struct Need<'a> {
    rank: (u8, std::cmp::Reverse<u64>),
    sign: (&'static str, Scope),
    name: String,
    state: String,
    /// Seconds since it is so, where that is known.
    age: Option<u64>,
    words: Line<'a>,
}

/// What needs a person at a node, behind these appliances, the worst first: lost links, lost systems,
/// failed jobs, warnings.
pub(super) fn needs<'a>(
    scene: &Scene<'a>,
    node: &Node,
    appliances: &[&'a ApplianceId],
) -> Vec<Need<'a>> {
    let mut needs = Vec::new();
    for id in appliances {
        let Some(state) = scene.model.fleet.get(id) else {
            continue;
        };
        if state.link.dims() {
            needs.extend(link_need(scene, id, state));
            continue;
        }
        let systems = state.systems.values();
        for system in systems.filter(|system| scene.shows(node, Some(&system.tenant))) {
            let Some(trouble) = &system.trouble else {
                continue;
            };
            let tenant = scene.model.directory.tenant_name(&system.tenant);
            needs.push(Need {
                rank: (0, std::cmp::Reverse(0)),
                sign: ("✗", Scope::Danger),
                name: format!("{tenant}/{}", system.name),
                state: "lost".to_owned(),
                age: None,
                words: scene.words().text(trouble.clone()).line(),
            });
        }
        let jobs = state.jobs.values();
        for job in jobs.filter(|job| scene.shows(node, Some(&job.tenant))) {
            let (rank, sign, word) = match state.class(job) {
                JobClass::Failed => (
                    2,
                    ("✗", Scope::JobFailed),
                    failed_word(job.failures_in_a_row),
                ),
                JobClass::Warning => (4, ("▲", Scope::JobWarning), "warning".to_owned()),
                _ => continue,
            };
            let age = job.last_end.map(|at| scene.when.since(at));
            let tenant = scene.model.directory.tenant_name(&job.tenant);
            needs.push(Need {
                rank: (rank, std::cmp::Reverse(age.unwrap_or(0))),
                sign,
                name: format!("{tenant}/{}", job.id),
                state: word,
                age,
                words: scene.words().dim(job.last_message.clone()).line(),
            });
        }
    }
    needs.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.name.cmp(&b.name)));
    needs
}

fn failed_word(times: u32) -> String {
    if times > 1 {
        format!("failed {times}×")
    } else {
        "failed".to_owned()
    }
}

fn link_need<'a>(scene: &Scene<'a>, id: &ApplianceId, state: &ApplianceState) -> Option<Need<'a>> {
    use crate::state::fleet::LinkState;
    let (rank, why) = match &state.link {
        LinkState::Down { why, .. } => (1, why.clone()),
        LinkState::Stale => (
            3,
            state.heard.map_or_else(String::new, |at| {
                format!("last word {}", scene.when.moment(at))
            }),
        ),
        LinkState::Live | LinkState::Dialling => return None,
    };
    let age = scene.when.since(state.since);
    let jobs = state.jobs.len();
    let mut words = scene.words();
    if jobs > 0 {
        words = words.dim(format!("{jobs} jobs unknown behind it, "));
    }
    Some(Need {
        rank: (rank, std::cmp::Reverse(age)),
        sign: scene.link_sign(&state.link),
        name: id.to_string(),
        state: state.link.name().to_owned(),
        age: Some(age),
        words: words.dim(why).line(),
    })
}

/// Draws what needs a person, with its rule; gives what is left below.
pub(super) fn draw_needs(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    needs: &[Need<'_>],
) -> Rect {
    let count = |scope: Scope| needs.iter().filter(|need| need.sign.1 == scope).count();
    let bad = count(Scope::JobFailed) + count(Scope::Danger);
    let mut note = scene.words();
    for (sign, scope, count) in [
        ("✗", Scope::JobFailed, bad),
        ("▲", Scope::JobWarning, count(Scope::JobWarning)),
        ("◌", Scope::Stale, count(Scope::Stale)),
    ] {
        if count > 0 {
            note = note.put(scope, format!("{sign} {count}")).text("  ");
        }
    }
    let inner = scene.pane(area, buf, "Needs a person", note.line(), false);
    if needs.is_empty() {
        let line = scene
            .words()
            .put(Scope::Ok, "✓")
            .dim(" nothing: all that is heard is well")
            .line();
        return below(scene.lines(air(inner), buf, &[line]), 1);
    }
    const COLUMNS: [Column; 5] = [
        Column::left("", 1, 1),
        Column::left("", 16, 20).gap(1),
        Column::left("", 9, 9),
        Column::right("", 4),
        Column::left("", 10, 200),
    ];
    let rows = u16::try_from(needs.len())
        .unwrap_or(u16::MAX)
        .min(inner.height);
    let hidden = needs.len().saturating_sub(usize::from(rows));
    let rows = if hidden > 0 {
        rows.saturating_sub(1)
    } else {
        rows
    };
    Table {
        columns: &COLUMNS,
        heads: false,
        len: needs.len(),
        offset: 0,
        selected: None,
        air: 1,
        styles: RowStyles::default(),
    }
    .render(
        Rect {
            x: inner.x + 1,
            width: inner.width.saturating_sub(1),
            height: rows,
            ..inner
        },
        buf,
        |index, row| {
            let Some(need) = needs.get(index) else { return };
            let (sign, scope) = need.sign;
            row.put(0, scene.words().put(scope, sign).line());
            let name = if matches!(scope, Scope::JobFailed | Scope::Danger) {
                Scope::TextStrong
            } else {
                Scope::Text
            };
            row.put(1, scene.words().put(name, need.name.clone()).line());
            row.put(2, scene.words().put(scope, need.state.clone()).line());
            if let Some(age) = need.age {
                row.put(3, scene.words().quantity(format::age(age)).line());
            }
            row.put(4, need.words.clone());
        },
    );
    let rest = below(inner, rows);
    if hidden > 0 {
        let hidden = hidden + 1;
        let line = scene
            .words()
            .dim(format!("{hidden} more, all of them in "))
            .key("2")
            .dim(" Jobs")
            .line();
        text::put_line(
            buf,
            inner.x + 2,
            rest.y,
            inner.width.saturating_sub(3),
            &line,
        );
        return below(rest, 2);
    }
    below(rest, 1)
}

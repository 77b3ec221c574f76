//! A provider, a reseller or a site: the health of everything below it at a glance, what
//! needs a person, and the capacity that runs out first.

use super::{
    super::{
        common::{air, below},
        scene::{Scene, under},
        tree,
    },
    needs, parts,
};
use crate::{
    config::theme::Scope,
    state::{
        fleet::{Health, RollUp},
        lists::JobClass,
    },
};
use ocdeck_domain::fleet::Node;
use ocdeck_widgets::text;
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
};

/// Draws the node.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, node: &Node) {
    let rollup = scene.model.fleet.rollup(node);
    let note = scene
        .words()
        .text(rollup.appliances.to_string())
        .dim(" appliances · ")
        .text(rollup.jobs.to_string())
        .dim(" jobs")
        .line();
    let title = scene.model.directory.name(node);
    let focused = scene.focused(crate::state::model::Pane::Main, area);
    let inner = scene.pane(area, buf, &title, note, focused);
    let mut rest = call(scene, inner, buf);
    rest = summary(scene, rest, buf, node);
    rest = below(health(scene, below(rest, 1), buf, node), 1);
    let stores = parts::stores(scene, node, usize::from(area.height));
    let gauges = u16::try_from(stores.len().min(8)).unwrap_or(0) + 2;
    let needs = scene.model.fleet.needs(node);
    let wanted = u16::try_from(needs.len())
        .unwrap_or(u16::MAX)
        .saturating_add(3);
    let for_needs = wanted
        .min(rest.height.saturating_sub(gauges).max(5))
        .min(rest.height);
    let place = Rect {
        height: for_needs,
        ..rest
    };
    let used = needs::draw(scene, place, buf, needs);
    let taken = used.y.saturating_sub(rest.y);
    rest = below(rest, taken);
    if stores.is_empty() || rest.height < 3 {
        return;
    }
    let inner = scene.pane(
        rest,
        buf,
        "Running out first",
        ratatui::text::Line::default(),
        false,
    );
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(1),
        ..inner
    };
    parts::gauges(scene, inner, buf, &stores);
}

/// In the demo: somebody is on the phone, and what to press.
fn call(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let Some((system, files)) = super::super::rail::waiting_call(scene.model) else {
        return area;
    };
    let caller = super::super::rail::caller_of(scene.model, system);
    let inner = air(area);
    let key = scene.key_of(crate::state::command::Command::CallCard);
    let mut line = scene
        .words()
        .put(Scope::ClockHot, "☏ ")
        .strong(caller)
        .text(" is on the phone: everything on ")
        .strong(system.to_owned())
        .text(" is gone, ")
        .files(Scope::Text, files, ". ");
    if let Some(key) = key {
        line = line
            .key(key)
            .text(" opens the call card and starts the clock.");
    }
    under(area, scene.prose(inner, buf, &line.line()), 1)
}

fn summary(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, node: &Node) -> Rect {
    let rollup = scene.model.fleet.rollup(node);
    let inner = air(area);
    let mut words = scene.words().dim("now     ");
    for (class, word, scope) in [
        (JobClass::Running, "running", Scope::JobRunning),
        (JobClass::Waiting, "waiting", Scope::JobWaiting),
        (JobClass::Ok, "well", Scope::Ok),
        (JobClass::Warning, "with warnings", Scope::JobWarning),
        (JobClass::Failed, "failed", Scope::JobFailed),
        (JobClass::Unknown, "unknown", Scope::Stale),
    ] {
        let count = rollup.class(class);
        if count > 0 {
            words = words
                .put(scope, count.to_string())
                .dim(format!(" {word}   "));
        }
    }
    if rollup.jobs == 0 {
        words = words.dim("no job was told of yet");
    }
    text::put_line(buf, inner.x, inner.y, inner.width, &words.line());
    below(area, 1)
}

/// One cell an appliance, by what stands directly below the node.
fn health(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, node: &Node) -> Rect {
    let mut rest = area;
    let label = 16;
    for child in scene.model.directory.children(Some(node)) {
        if rest.height == 0 {
            break;
        }
        let inner = air(rest);
        let name = scene.words().text(scene.model.directory.name(child)).line();
        text::put_line(buf, inner.x, inner.y, label - 1, &name);
        if let Some(tenant) = tree::unmanaged(scene, child) {
            let mut words = scene.words().dim("◇ unmanaged");
            if let Some(used) = tree::quota_percent(scene, tenant) {
                words = words.text(format!("   {used}")).dim(" % of its quota used");
            }
            text::put_line(
                buf,
                inner.x + label,
                inner.y,
                inner.width.saturating_sub(label),
                &words.line(),
            );
            rest = below(rest, 1);
            continue;
        }
        let grid = Rect {
            x: inner.x + label,
            width: inner.width.saturating_sub(label),
            ..inner
        };
        let rows = cells(scene, grid, buf, &scene.model.fleet.rollup(child));
        rest = below(rest, rows.max(1));
    }
    rest
}

/// The cells, the worst first: lost, stale, with failed jobs, with warnings, well.
fn cells(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, rollup: &RollUp) -> u16 {
    let per_row = usize::from((area.width / 2).max(1));
    let room = per_row * usize::from(area.height);
    let signs = Health::ALL.into_iter().flat_map(|health| {
        let count = usize::try_from(rollup.health(health)).unwrap_or(0);
        std::iter::repeat_n(health, count)
    });
    // Thousands stand there, of six kinds: each is written once, and copied.
    let mut last: Option<(Health, Cell)> = None;
    for (n, health) in signs.take(room).enumerate() {
        let (Ok(x), Ok(y)) = (u16::try_from(n % per_row), u16::try_from(n / per_row)) else {
            break;
        };
        let (x, y) = (area.x + x * 2, area.y + y);
        match (&last, buf.cell_mut((x, y))) {
            (_, None) => break,
            (Some((of, cell)), Some(there)) if *of == health => there.clone_from(cell),
            (_, Some(_)) => {
                let (sign, scope) = sign(health);
                text::put(buf, x, y, 1, sign, scene.style(scope));
                last = buf.cell((x, y)).map(|cell| (health, cell.clone()));
            }
        }
    }
    let all = usize::try_from(rollup.appliances).unwrap_or(0);
    u16::try_from(all.div_ceil(per_row))
        .unwrap_or(u16::MAX)
        .min(area.height)
}

fn sign(health: Health) -> (&'static str, Scope) {
    match health {
        Health::Down => ("✗", Scope::JobFailed),
        Health::Stale => ("◌", Scope::Stale),
        Health::Failed => ("▲", Scope::JobFailed),
        Health::Warning => ("▲", Scope::JobWarning),
        Health::Unheard => ("·", Scope::TextFaint),
        Health::Well => ("●", Scope::Ok),
    }
}

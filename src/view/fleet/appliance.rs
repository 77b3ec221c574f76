//! An appliance: its link, its version and clock, its repositories, systems and what it
//! cannot do.

use super::{
    super::{
        common::{air, below},
        scene::Scene,
    },
    needs,
    parts::{self, fact},
};
use crate::{
    config::theme::Scope,
    state::{
        command::Command,
        fleet::{ApplianceState, LinkState},
        lists::JobClass,
    },
};
use ocdeck_domain::{
    facts::{System, Time},
    fleet::Node,
    ids::ApplianceId,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the appliance.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, node: &Node, id: &ApplianceId) {
    let Some(state) = scene.model.fleet.get(id) else {
        return;
    };
    let note = match scene.as_of(state) {
        Some(as_of) => scene.words().put(Scope::Stale, format!("◌ {as_of}")).line(),
        None => Line::default(),
    };
    let focused = scene.focused(crate::state::model::Pane::Main, area);
    let inner = scene.pane(area, buf, id.as_str(), note, focused);
    let inner = below(inner, 1);
    let rest = scene.lines(
        air(inner),
        buf,
        &facts(scene, node, state, inner.width.saturating_sub(14)),
    );
    let mut rest = Rect {
        x: area.x,
        width: area.width,
        ..below(rest, 1)
    };
    let systems: Vec<(&ApplianceId, &System)> = state
        .systems
        .values()
        .filter(|system| scene.shows(node, Some(&system.tenant)))
        .map(|system| (id, system))
        .collect();
    if rest.height > 3 && !systems.is_empty() {
        let note = scene.words().text(systems.len().to_string()).line();
        let inner = scene.pane(rest, buf, "Systems", note, false);
        let inner = Rect {
            x: inner.x + 1,
            width: inner.width.saturating_sub(1),
            ..inner
        };
        rest = below(parts::systems(scene, inner, buf, &systems), 1);
        rest = Rect {
            x: area.x,
            width: area.width,
            ..rest
        };
    }
    let stores = parts::stores(scene, node, usize::MAX);
    if rest.height > 3 && !stores.is_empty() {
        let inner = scene.pane(rest, buf, "Repositories", Line::default(), false);
        let inner = Rect {
            x: inner.x + 1,
            width: inner.width.saturating_sub(1),
            ..inner
        };
        rest = below(parts::gauges(scene, inner, buf, &stores), 1);
        rest = Rect {
            x: area.x,
            width: area.width,
            ..rest
        };
    }
    let needs = scene.model.fleet.needs(node);
    if rest.height > 3 && !needs.is_empty() {
        rest = needs::draw(scene, rest, buf, needs);
    }
    cannot(
        scene,
        Rect {
            x: area.x,
            width: area.width,
            ..rest
        },
        buf,
        state,
    );
}

fn facts<'a>(scene: &Scene<'a>, node: &Node, state: &ApplianceState, width: u16) -> Vec<Line<'a>> {
    let (sign, scope) = scene.link_sign(&state.link);
    let mut link = scene
        .words()
        .put(scope, format!("{sign} {}", state.link.name()))
        .dim(format!(" since {}", scene.when.moment(state.since)));
    if let Some(heard) = state.heard.filter(|_| state.link.dims()) {
        link = link.dim(", last word ").text(scene.when.moment(heard));
    }
    let mut lines = vec![fact(scene, "link", link.line())];
    if let LinkState::Down { why, retry_at } = &state.link {
        let why = scene.words().text(why.clone()).line();
        for line in ocdeck_widgets::text::wrap(&why, width) {
            lines.push(fact(scene, "", line));
        }
        // Nobody dials one without an address.
        let dialled = *retry_at != Time::MAX_UTC;
        let mut words = scene
            .words()
            .dim("next try in ")
            .text(format!("{} s", scene.when.until(*retry_at)));
        if let Some(key) = scene.key_of(Command::Redial) {
            words = words.text("   ").key(key).dim(" dial now");
        }
        if dialled {
            lines.push(fact(scene, "", words.line()));
        }
    }
    if let Some(description) = &state.description {
        let words = scene
            .words()
            .text(description.driver.clone())
            .dim(" · agent ")
            .text(description.agent_version.clone());
        lines.push(fact(scene, "runs", words.line()));
        let (name, role) = &description.caller;
        let words = scene.words().text(name.clone()).dim(format!(", {role}"));
        lines.push(fact(scene, "you are", words.line()));
    }
    lines.push(fact(scene, "clock", skew(scene, state.offset_ms)));
    if let Some((count, example)) = &state.odd {
        let facts = if *count == 1 { "fact" } else { "facts" };
        let text = format!(
            "▲ {count} {facts} not understood, such as: {example}; what they are about is old, update the older of the two"
        );
        let words = scene.words().put(Scope::JobWarning, text).line();
        for (n, line) in ocdeck_widgets::text::wrap(&words, width)
            .into_iter()
            .enumerate()
        {
            lines.push(fact(scene, if n == 0 { "speaks" } else { "" }, line));
        }
    }
    let here: Vec<_> = state
        .jobs
        .values()
        .filter(|job| scene.shows(node, Some(&job.tenant)))
        .collect();
    let mut jobs = scene.words().text(here.len().to_string()).dim(" jobs");
    for (class, word, scope) in [
        (JobClass::Running, "running", Scope::JobRunning),
        (JobClass::Failed, "failed", Scope::JobFailed),
        (JobClass::Warning, "with warnings", Scope::JobWarning),
    ] {
        let count = here.iter().filter(|job| state.class(job) == class).count();
        if count > 0 {
            jobs = jobs
                .dim(", ")
                .put(scope, count.to_string())
                .dim(format!(" {word}"));
        }
    }
    lines.push(fact(scene, "jobs", jobs.line()));
    lines
}

/// The difference of its clock, loud once it matters.
fn skew<'a>(scene: &Scene<'a>, offset_ms: i64) -> Line<'a> {
    let limits = &scene.model.policy.link;
    let seconds = offset_ms.unsigned_abs() / 1000;
    let tenths = offset_ms.unsigned_abs() / 100;
    let text = format!("{}.{} s", tenths / 10, tenths % 10);
    let side = if offset_ms < 0 { "behind" } else { "ahead of" };
    if seconds >= u64::from(limits.skew_alert_above) {
        let text = format!("▲ {text} {side} ours: its times are approximate");
        return scene.words().put(Scope::JobWarning, text).line();
    }
    if seconds >= u64::from(limits.skew_shown_above) {
        return scene.words().text(text).dim(format!(" {side} ours")).line();
    }
    scene.words().dim("as ours").line()
}

/// Capabilities that it does not have, with the reason.
fn cannot(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, state: &ApplianceState) {
    let absent: Vec<(&str, &str)> = state
        .description
        .iter()
        .flat_map(|description| &description.capabilities)
        .filter_map(|c| Some((c.name.as_str(), c.unavailable.as_deref()?)))
        .collect();
    if absent.is_empty() || area.height < 3 {
        return;
    }
    let inner = scene.pane(area, buf, "It cannot", Line::default(), false);
    let lines: Vec<Line<'_>> = absent
        .into_iter()
        .map(|(name, why)| {
            scene
                .words()
                .put(Scope::TextFaint, "⊘ ")
                .text(format!("{:<12}", name.replace(['_', '-'], " ")))
                .dim(format!(" {why}"))
                .line()
        })
        .collect();
    scene.lines(air(inner), buf, &lines);
}

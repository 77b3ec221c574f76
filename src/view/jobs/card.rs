//! The third pane of Jobs on wide terminals: what the selected job is, its repository, its
//! system and its last runs.

use super::{
    super::{
        common::below,
        scene::{Scene, result_sign},
    },
    detail,
};
use crate::{config::theme::Scope, state::words::percent};
use ocdeck_domain::facts::Session;
use ocdeck_widgets::format;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the card of the selected job.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let Some((id, state, job)) = detail::selected(scene) else {
        scene.pane(area, buf, "Job", Line::default(), false);
        return;
    };
    let inner = scene.pane(area, buf, id.id.as_str(), Line::default(), false);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(3),
        ..below(inner, 1)
    };
    let tenant = scene.model.directory.tenant(&job.tenant);
    let mut lines = vec![
        fact(
            scene,
            "fulfils",
            scene.words().text(job.use_case.clone()).line(),
        ),
        fact(
            scene,
            "tenant",
            scene
                .words()
                .text(scene.model.directory.tenant_name(&job.tenant).to_owned())
                .dim(format!(" · on {}", id.appliance))
                .line(),
        ),
    ];
    if let Some(system) = state.systems.get(&job.system) {
        let root = ocdeck_domain::text::show(&system.root);
        let words = scene
            .words()
            .text(system.name.clone())
            .dim(" · ")
            .text(root);
        lines.push(fact(scene, "source", words.line()));
        if let Some(at) = system.last_good_point {
            let age = format::age(scene.when.since(at));
            let words = scene
                .words()
                .text(scene.when.stamp(at))
                .dim(", ")
                .quantity(age);
            lines.push(fact(scene, "last good", words.dim(" old").line()));
        }
        lines.push(fact(
            scene,
            "points",
            scene
                .words()
                .quantity(format::count(system.point_count))
                .line(),
        ));
        if let Some(trouble) = &system.trouble {
            let words = scene.words().put(Scope::Danger, format!("✗ {trouble}"));
            lines.push(fact(scene, "trouble", words.line()));
        }
    }
    if let Some(repository) = state.repositories.get(&job.repository) {
        let used = percent(repository.used, repository.capacity);
        let loud = match scene.gauge_scope(used) {
            Scope::ProgressFill => Scope::Text,
            loud => loud,
        };
        let words = scene
            .words()
            .text(repository.id.as_str().to_owned())
            .text("  ")
            .put(loud, format!("{used} %"))
            .dim(" used, ")
            .quantity(format::bytes(repository.free))
            .dim(" free");
        lines.push(fact(scene, "target", words.line()));
    }
    let every = match job.every_seconds {
        Some(seconds) => scene
            .words()
            .dim("every ")
            .duration(format::duration(seconds)),
        None => scene.words().text("on demand only"),
    };
    lines.push(fact(scene, "schedule", every.line()));
    if let Some(tenant) = tenant {
        let words = scene.words().text(tenant.restart_policy.name());
        lines.push(fact(scene, "restart", words.line()));
    }
    let rest = scene.lines(inner, buf, &lines);
    last_runs(scene, below(rest, 1), area, buf);
}

fn fact<'a>(scene: &Scene<'a>, label: &'static str, value: Line<'a>) -> Line<'a> {
    scene.words().dim(format!("{label:<11}")).and(value).line()
}

/// The newest sessions of the job that its appliance still knows.
fn last_runs(scene: &Scene<'_>, rest: Rect, area: Rect, buf: &mut Buffer) {
    let Some((_, state, job)) = detail::selected(scene) else {
        return;
    };
    let mut sessions: Vec<&Session> = state
        .sessions
        .values()
        .filter(|session| session.job.as_ref() == Some(&job.id) && session.ended.is_some())
        .collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.started));
    let place = Rect {
        x: area.x,
        width: area.width,
        ..rest
    };
    if place.height < 3 || sessions.is_empty() {
        return;
    }
    let note = scene.words().text(sessions.len().to_string()).line();
    let inner = scene.pane(place, buf, "Last runs", note, false);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(3),
        ..inner
    };
    let lines: Vec<Line<'_>> = sessions
        .into_iter()
        .take(usize::from(inner.height))
        .map(|session| run(scene, session))
        .collect();
    scene.lines(inner, buf, &lines);
}

fn run<'a>(scene: &Scene<'a>, session: &Session) -> Line<'a> {
    let (sign, scope) = session.result.map_or(("·", Scope::TextDim), result_sign);
    let ended = session.ended.unwrap_or(session.started);
    let took = u64::try_from((ended - session.started).num_seconds()).unwrap_or(0);
    let words = scene
        .words()
        .put(scope, sign)
        .text(format!(" {:<13}", scene.when.moment(session.started)))
        .text(format!("{:>10}", format::duration_text(took)))
        .text(format!(
            "{:>10}",
            format::bytes(session.progress.bytes_done).to_string()
        ));
    let words = if session.seeded {
        words.dim("  seeded")
    } else {
        words
    };
    words.dim("  ").dim(session.message.clone()).line()
}

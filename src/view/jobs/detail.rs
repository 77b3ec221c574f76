//! The selected job's session, and the tail of its log.

use super::super::{
    common::below,
    scene::{Scene, class_sign, result_sign},
};
use crate::{
    config::theme::Scope,
    state::{
        command::Command,
        fleet::{ApplianceState, LinkState},
        lists::JobClass,
        model::Pane,
    },
};
use ocdeck_domain::{
    facts::{Job, LogLevel, LogLine, Session, Time},
    ids::{JobId, On},
};
use ocdeck_widgets::{format, meter, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the selected job.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let focused = scene.focused(Pane::Detail, area);
    let Some((id, state, job)) = selected(scene) else {
        scene.pane(area, buf, "Session", Line::default(), focused);
        return;
    };
    let session = job
        .session
        .as_ref()
        .and_then(|session| state.sessions.get(session));
    let title = match session {
        Some(session) => {
            let at = scene.when.short(session.started);
            format!("{} · session {at}", id.id)
        }
        None => id.id.to_string(),
    };
    let inner = scene.pane(area, buf, &title, log_note(scene, state), focused);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(3),
        ..inner
    };
    let mut rest = trouble(scene, inner, buf, &id.appliance, state);
    match session {
        Some(session) => rest = summary(scene, rest, buf, (state, job), session),
        None => {
            let line = scene.words().dim("No session yet.").line();
            rest = scene.lines(rest, buf, &[line]);
        }
    }
    log(scene, rest, buf, state.link.dims());
}

/// The selected job with its appliance.
pub(super) fn selected<'a>(
    scene: &Scene<'a>,
) -> Option<(&'a On<JobId>, &'a ApplianceState, &'a Job)> {
    let id = scene.model.jobs.selected.as_ref()?;
    let state = scene.model.fleet.get(&id.appliance)?;
    Some((id, state, state.jobs.get(&id.id)?))
}

/// What is wrong with the link, and that what is shown is old.
fn trouble(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    id: &ocdeck_domain::ids::ApplianceId,
    state: &ApplianceState,
) -> Rect {
    if !state.link.dims() {
        return area;
    }
    let trouble = scene.link_trouble(id, state).unwrap_or_default();
    let mut words = scene.words().put(Scope::Stale, format!("◌ {trouble}. "));
    if let Some(heard) = state.heard {
        words = words
            .text("Everything here is as it was at ")
            .strong(scene.when.moment(heard))
            .text(".");
    }
    let rest = scene.prose(area, buf, &words.line());
    let LinkState::Down { why, retry_at } = &state.link else {
        return below(rest, 1);
    };
    let rest = scene.prose(rest, buf, &scene.words().dim(why.clone()).line());
    if *retry_at == Time::MAX_UTC {
        return below(rest, 1);
    }
    let mut words = scene
        .words()
        .dim("Trying again in ")
        .text(format!("{} s", scene.when.until(*retry_at)))
        .dim(". Jobs run on without the link.");
    if let Some(key) = scene.key_of(Command::Redial) {
        words = words.text("  ").key(key).dim(" dial now");
    }
    below(scene.prose(rest, buf, &words.line()), 1)
}

fn summary(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    (state, job): (&ApplianceState, &Job),
    session: &Session,
) -> Rect {
    let stale = state.link.dims();
    // What may be old is as old as the last word; its age stands still.
    let frozen = state.heard.filter(|_| stale);
    let progress = &session.progress;
    let ended = session.ended;
    let (sign, scope) = match (session.result, ended) {
        (Some(result), Some(_)) => result_sign(result),
        _ => class_sign(JobClass::Running),
    };
    let scope = if stale { Scope::TextDim } else { scope };
    let mut words = scene
        .words()
        .put(scope, sign)
        .text(" ")
        .quantity(format::count(progress.files_done));
    if let (Some(total), None) = (progress.files_total, ended) {
        words = words.dim(" of ").quantity(format::count(total));
    }
    let total = progress.bytes_total.filter(|_| ended.is_none());
    words = words
        .dim(" files   ")
        .part_of(format::bytes(progress.bytes_done), total.map(format::bytes));
    let until = ended.or(frozen).unwrap_or(scene.model.now);
    let took = u64::try_from((until - session.started).num_seconds()).unwrap_or(0);
    words = words.text("   ").duration(format::duration(took));
    if session.warnings > 0 {
        let count = format!("   ▲ {} warnings", session.warnings);
        words = words.put(Scope::JobWarning, count);
    }
    if session.seeded {
        words = words.dim("   seeded");
    }
    text::put_line(buf, area.x, area.y, area.width, &words.line());
    runs(scene, area, buf, job, ended.is_none());
    let mut rest = below(area, 1);
    if !session.message.is_empty() {
        let (_, scope) = session.result.map_or(("", Scope::Text), result_sign);
        let line = scene.words().put(scope, session.message.clone()).line();
        rest = scene.prose(rest, buf, &line);
    }
    below(rest, 1)
}

/// At the right: the rate while it runs, else how long the last runs took.
fn runs(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, job: &Job, running: bool) {
    let right = area.right();
    if let Some(progress) = job.progress.as_ref().filter(|_| running) {
        let line = scene.words().quantity(format::rate(progress.rate)).line();
        text::put_right(buf, right, area.y, 12, &line);
        return;
    }
    let oldest_first: Vec<u64> = job.recent_seconds.iter().rev().copied().collect();
    let Some(latest) = oldest_first.last().filter(|_| area.width > 70) else {
        return;
    };
    let line = scene
        .words()
        .dim(" runs ")
        .duration(format::duration(*latest))
        .line();
    let used = text::put_right(buf, right, area.y, 20, &line);
    if scene.look.ascii() {
        return;
    }
    let width = u16::try_from(oldest_first.len()).unwrap_or(18).min(18);
    let place = Rect::new(right.saturating_sub(used + width + 1), area.y, width, 1);
    meter::spark(place, buf, &oldest_first, scene.style(Scope::Spark));
}

fn log_note<'a>(scene: &Scene<'a>, state: &ApplianceState) -> Line<'a> {
    let log = &scene.model.jobs.log;
    let words = scene.words();
    match (&log.ended, log.follow) {
        (Some(Err(_)), _) => words.put(Scope::Stale, "◌ tail ended").line(),
        (Some(Ok(())), _) => words.dim("ended").line(),
        (None, _) if log.session.is_none() => Line::default(),
        (None, _) if state.link.dims() => words.put(Scope::Stale, "◌ tail ended").line(),
        (None, true) => words.put(Scope::Ok, "●").dim(" follow").line(),
        (None, false) => words
            .put(Scope::JobWarning, "‖")
            .dim(format!(" held, {} below", log.below))
            .line(),
    }
}

fn log(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, stale: bool) {
    let log = &scene.model.jobs.log;
    let height = usize::from(area.height);
    let mut extra = Vec::new();
    if let Some(Err(why)) = &log.ended {
        let text = format!("◌ the tail ended: {why}");
        extra.push(scene.words().put(Scope::Stale, text).line());
    }
    let room = height.saturating_sub(extra.len());
    let end = if log.follow {
        log.lines.len()
    } else {
        log.lines.len().saturating_sub(log.below)
    };
    let start = end.saturating_sub(room);
    let mut y = area.y;
    for line in log.lines.range(start..end) {
        text::put_line(buf, area.x, y, area.width, &log_line(scene, line, stale));
        y += 1;
    }
    let rest = Rect {
        y,
        height: area.bottom().saturating_sub(y),
        ..area
    };
    scene.lines(rest, buf, &extra);
}

fn log_line<'a>(scene: &Scene<'a>, line: &LogLine, stale: bool) -> Line<'a> {
    let words = scene.words().dim(scene.when.seconds(line.at)).text("  ");
    let scope = if stale { Scope::TextDim } else { Scope::Text };
    match line.level {
        LogLevel::Info => words.dim("· ").put(scope, line.text.clone()),
        LogLevel::Warning => words
            .put(Scope::JobWarning, "▲ warning  ")
            .text(line.text.clone()),
        LogLevel::Error => words
            .put(Scope::JobFailed, "✗ error  ")
            .text(line.text.clone()),
    }
    .line()
}

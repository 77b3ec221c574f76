//! Jobs: the live table, and below it the selected job's session with the tail of its log.

use super::{
    scene::{Scene, class_sign, result_sign, told_class},
    tree,
};
use crate::{
    config::theme::Scope,
    state::{
        command::Command,
        fleet::{ApplianceState, LinkState},
        lists::JobClass,
        model::Pane,
        msg::Spot,
    },
};
use ocdeck_domain::{
    facts::{Job, LogLevel, LogLine, Session, WorkKind},
    fleet::Node,
    ids::{JobId, On},
};
use ocdeck_widgets::{
    field::Field,
    format, meter, pane,
    table::{self, Column, Row, Table},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

const SIGN: usize = 0;
const NAME: usize = 1;
const KIND: usize = 2;
const STATE: usize = 3;
const BAR: usize = 4;
const PERCENT: usize = 5;
const TARGET: usize = 6;
const RATE: usize = 7;
const ETA: usize = 8;
const LAST_SIGN: usize = 9;
const LAST: usize = 10;
const NEXT: usize = 11;

/// Target drops first, then rate, kind, next, bar; state, reason and last never.
const COLUMNS: [Column; 12] = [
    Column::left("", 1, 1),
    Column::left("job", 12, 26).gap(1),
    Column::left("kind", 7, 8).drops(3),
    Column::left("state", 9, 10),
    Column::left("progress", 8, 14).drops(5),
    Column::right("", 4).gap(1),
    Column::left("target", 11, 14).drops(1),
    Column::right("rate", 9).drops(2).gap(1),
    Column::right("eta", 6).gap(1),
    Column::left("", 1, 1),
    Column::right("last", 4).gap(1),
    Column::right("next", 6).drops(4).gap(1),
];

/// Draws the screen.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if scene.single(area) {
        match scene.model.focus {
            Pane::Tree => {
                tree::draw(scene, area, buf);
            }
            Pane::Main => list(scene, area, buf),
            Pane::Detail => detail(scene, area, buf),
        }
        return;
    }
    let right = if scene.model.show_tree {
        tree::beside(scene, area, buf)
    } else {
        area
    };
    let (right, third) = third_pane(right, area.width);
    let rows = u16::try_from(scene.model.jobs.rows.len()).unwrap_or(u16::MAX);
    let list_height = rows
        .saturating_add(4)
        .clamp(8, (right.height / 2).max(8))
        .min(right.height);
    let (above, below) = split(right, list_height);
    list(scene, above, buf);
    detail(scene, below, buf);
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
        super::job_card::draw(scene, place, buf);
    }
}

/// From 200 columns on there is room for a third pane.
pub(super) fn third_pane(area: Rect, screen: u16) -> (Rect, Option<Rect>) {
    const WIDTH: u16 = 56;
    if screen < 200 || area.width < WIDTH * 2 {
        return (area, None);
    }
    let main = Rect {
        width: area.width - WIDTH,
        ..area
    };
    let third = Rect {
        x: main.right(),
        width: WIDTH,
        ..area
    };
    (main, Some(third))
}

/// The upper rows of an area and the rest.
pub(super) fn split(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let above = Rect { height, ..area };
    let below = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    (above, below)
}

/// "1–35 of 63" for a pane whose rows do not fit, else how many there are.
pub(super) fn seen_note<'a>(
    scene: &Scene<'a>,
    len: usize,
    visible: usize,
    offset: usize,
) -> Line<'a> {
    let words = scene.words();
    if len <= visible {
        return words.text(len.to_string()).line();
    }
    let last = (offset + visible).min(len);
    words
        .text(format!("{}–{last}", offset + 1))
        .dim(" of ")
        .text(len.to_string())
        .line()
}

/// The name of the scope, for titles.
pub(super) fn scope_name(scene: &Scene<'_>) -> String {
    let scope = scene.model.scope();
    scope.map_or_else(
        || "everything".to_owned(),
        |node| scene.model.directory.name(node),
    )
}

fn list(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let jobs = &scene.model.jobs;
    let focused = scene.focused(Pane::Main);
    let title = format!("Jobs · {}", scope_name(scene));
    let visible = usize::from(area.height.saturating_sub(2));
    let selected = jobs.selected.as_ref().and_then(|id| jobs.rows.position(id));
    let offset = table::offset(selected, jobs.rows.len(), visible);
    let note = list_note(scene, visible, offset);
    let mut inner = scene.pane(area, buf, &title, note, focused);
    if jobs.filtering || !jobs.filter.is_blank() {
        inner = filter(scene, inner, buf);
    }
    if jobs.rows.is_empty() {
        no_jobs(scene, inner, buf);
        return;
    }
    Table {
        columns: &COLUMNS,
        heads: true,
        len: jobs.rows.len(),
        offset,
        selected,
        air: 2,
        styles: scene.rows(focused),
    }
    .render(inner, buf, |index, row| {
        if let Some(id) = jobs.rows.get(index) {
            scene.spot(row.area(), Spot::Job(id.clone()));
            draw_row(scene, id, row);
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
    let words = if jobs.rows.len() > visible {
        words.and(seen_note(scene, jobs.rows.len(), visible, offset))
    } else {
        words
            .text(jobs.rows.len().to_string())
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

fn filter(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let input = &scene.model.jobs.filter;
    let label = scene.words().dim("filter").line();
    text::put_line(buf, area.x + 1, area.y, area.width, &label);
    let place = Rect {
        x: area.x + 9,
        y: area.y,
        width: area.width.saturating_sub(10).min(40),
        height: 1,
    };
    line_field(
        scene,
        place,
        buf,
        input,
        "name, kind, state",
        scene.model.jobs.filtering,
    );
    Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    }
}

/// A one-line field with its text, cursor and hint.
pub(super) fn line_field(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    input: &crate::state::line::LineInput,
    hint: &str,
    focused: bool,
) {
    let (before, after) = input.halves();
    let whole = format!("{before}{after}");
    let (style, hint_style) = if focused {
        (Scope::FieldFocus, Scope::FieldFocus)
    } else {
        (Scope::Field, Scope::FieldHint)
    };
    let dim_hint = scene.style(hint_style).patch(ratatui::style::Style {
        fg: scene.style(Scope::FieldHint).fg,
        ..ratatui::style::Style::new()
    });
    Field {
        text: &whole,
        cursor: focused.then_some(before.len()),
        hint,
        style: scene.style(style),
        hint_style: dim_hint,
        cursor_style: scene.style(Scope::FieldCursor),
    }
    .render(area, buf);
}

fn no_jobs(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let jobs = &scene.model.jobs;
    if !jobs.filter.is_blank() {
        let mut words = scene
            .words()
            .text("Nothing matches ")
            .put(Scope::SearchMatch, jobs.filter.text())
            .text(format!(", {} jobs are hidden.", jobs.total));
        if let Some(key) = scene.key_of(Command::Back) {
            words = words.text("  ").key(key).dim(" clear");
        }
        scene.empty(area, buf, &[words.line()]);
        return;
    }
    let waits = scene
        .model
        .scope()
        .map(|node| scene.appliances_below(node))
        .unwrap_or_default()
        .into_iter()
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

fn draw_row(scene: &Scene<'_>, id: &On<JobId>, row: &mut Row<'_, '_>) {
    let (Some(state), Some(job)) = (
        scene.model.fleet.get(&id.appliance),
        scene.model.fleet.job(id),
    ) else {
        return;
    };
    let stale = state.link.dims();
    let class = told_class(job);
    let lost = matches!(state.link, LinkState::Down { .. } | LinkState::Dialling);
    let (sign, scope) = if stale {
        class_sign(JobClass::Unknown)
    } else {
        class_sign(class)
    };
    row.put(SIGN, scene.words().put(scope, sign).line());
    row.put(NAME, name(scene, job, row.selected(), stale));
    row.put(KIND, scene.words().dim(kind(job)).line());
    let word = if lost {
        scene.words().put(Scope::Stale, "unknown").line()
    } else {
        state_words(scene, job, class, stale)
    };
    row.put(STATE, word);
    if lost {
        let trouble = scene.link_trouble(&id.appliance, state).unwrap_or_default();
        row.put_across(BAR, ETA, scene.words().dim(trouble).line());
    } else {
        progress(scene, job, class, stale, row);
    }
    last_and_next(scene, job, class, stale, row);
}

fn name<'a>(scene: &Scene<'a>, job: &Job, selected: bool, stale: bool) -> Line<'a> {
    let one_tenant = !matches!(scene.model.scope(), None | Some(Node::Party(_)));
    let words = scene.words();
    let words = if one_tenant {
        words
    } else {
        let tenant = scene.model.directory.tenant_name(&job.tenant);
        words.dim(format!("{tenant}/"))
    };
    let scope = match (selected, stale) {
        (true, _) => Scope::TextStrong,
        (false, true) => Scope::TextDim,
        (false, false) => Scope::Text,
    };
    words.put(scope, job.id.as_str().to_owned()).line()
}

pub(super) fn kind(job: &Job) -> String {
    match job.kind {
        WorkKind::Backup => "backup".to_owned(),
        WorkKind::Restore => "restore".to_owned(),
        WorkKind::Unknown(n) => format!("kind {n}"),
    }
}

fn state_words<'a>(scene: &Scene<'a>, job: &Job, class: JobClass, stale: bool) -> Line<'a> {
    let text = match class {
        JobClass::Failed if job.failures_in_a_row > 1 => {
            format!("failed {}×", job.failures_in_a_row)
        }
        JobClass::Failed => "failed".to_owned(),
        JobClass::Warning => "warning".to_owned(),
        JobClass::Running => "running".to_owned(),
        JobClass::Waiting => "waiting".to_owned(),
        JobClass::Unknown => "unknown".to_owned(),
        JobClass::Ok if job.last_result.is_none() => "no run yet".to_owned(),
        JobClass::Ok => "success".to_owned(),
        JobClass::Disabled => "disabled".to_owned(),
    };
    let scope = match class {
        _ if stale => Scope::TextDim,
        JobClass::Ok if job.last_result.is_none() => Scope::TextDim,
        class => class_sign(class).1,
    };
    scene.words().put(scope, text).line()
}

fn progress(scene: &Scene<'_>, job: &Job, class: JobClass, stale: bool, row: &mut Row<'_, '_>) {
    let scope = if stale { Scope::TextDim } else { Scope::Text };
    let Some(progress) = job.progress.as_ref().filter(|_| class == JobClass::Running) else {
        let text = match class {
            JobClass::Waiting if !job.waiting_for.is_empty() => {
                format!("behind {}", job.waiting_for)
            }
            JobClass::Failed | JobClass::Warning => job.last_message.clone(),
            _ => String::new(),
        };
        let scope = if class == JobClass::Waiting {
            Scope::TextDim
        } else {
            scope
        };
        row.put_across(BAR, ETA, scene.words().put(scope, text).line());
        return;
    };
    let Some(percent) = progress.percent() else {
        let mut words = scene
            .words()
            .quantity_in(scope, format::bytes(progress.bytes_done));
        if let Some(at) = progress.last_byte_at {
            words = words.dim(format!(", last byte {} s ago", scene.when.since(at)));
        }
        row.put_across(BAR, ETA, words.line());
        return;
    };
    if let Some(cells) = row.rect(BAR) {
        let fill = if stale {
            Scope::TextDim
        } else {
            Scope::ProgressFill
        };
        scene
            .bar(u64::from(percent), 100, fill)
            .render(cells, row.buf());
    }
    row.put(
        PERCENT,
        scene
            .words()
            .put(scope, percent.to_string())
            .dim(" %")
            .line(),
    );
    row.put(
        TARGET,
        scene.words().dim(job.repository.as_str().to_owned()).line(),
    );
    row.put(
        RATE,
        scene
            .words()
            .quantity_in(scope, format::rate(progress.rate))
            .line(),
    );
    let eta = match progress.eta_seconds {
        Some(seconds) => scene.words().put(
            scope,
            format::clock(i64::try_from(seconds).unwrap_or(i64::MAX)),
        ),
        None => scene.words().dim("soon"),
    };
    row.put(ETA, eta.line());
}

fn last_and_next(
    scene: &Scene<'_>,
    job: &Job,
    class: JobClass,
    stale: bool,
    row: &mut Row<'_, '_>,
) {
    if let Some(result) = job.last_result {
        let (sign, scope) = result_sign(result);
        let scope = if stale { Scope::TextDim } else { scope };
        row.put(LAST_SIGN, scene.words().put(scope, sign).line());
    }
    let scope = if stale { Scope::TextDim } else { Scope::Text };
    if let Some(end) = job.last_end {
        let age = format::age(scene.when.since(end));
        row.put(LAST, scene.words().quantity_in(scope, age).line());
    }
    let next = match (class, job.next_run) {
        (JobClass::Waiting, _) => "after".to_owned(),
        (JobClass::Unknown | JobClass::Disabled, _) | (_, None) => "–".to_owned(),
        (_, Some(at)) => scene.when.next(at),
    };
    let scope = if next.contains(':') {
        scope
    } else {
        Scope::TextDim
    };
    row.put(NEXT, scene.words().put(scope, next).line());
}

fn detail(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let focused = scene.focused(Pane::Detail);
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

/// The area without its first rows.
pub(super) fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
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

//! The list of requests: two rows each, the most urgent first.

use super::{
    super::{
        common::{filter_line, nothing_matches},
        scene::Scene,
        words::priority_scope,
    },
    UNANSWERED, phase_sign,
};
use crate::{
    config::theme::Scope,
    state::{command::Command, model::Pane, msg::Spot},
};
use ocdeck_domain::{
    facts::RestoreState,
    ids::RequestId,
    priority::Priority,
    restore::{Phase, Request},
};
use ocdeck_widgets::{format, table, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Rows that one request takes, the empty one included.
const EACH: u16 = 3;

/// Draws the list; gives offset, rows seen and rows in all.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> (usize, usize, usize) {
    let restores = &scene.model.restores;
    let focused = scene.focused(Pane::Main, area);
    let note = scene.words().text(restores.rows.len().to_string()).line();
    let mut inner = scene.pane(area, buf, "Restores", note, focused);
    if restores.filter.is_shown() {
        inner = filter_line(scene, inner, buf, &restores.filter, "number, where, who");
    }
    let len = restores.rows.len();
    if len == 0 && restores.filter.is_on() {
        nothing_matches(
            scene,
            inner,
            buf,
            &restores.filter,
            restores.total,
            "requests",
        );
        return (0, 0, 0);
    }
    if len == 0 {
        empty(scene, inner, buf);
        return (0, 0, 0);
    }
    let visible = usize::from((inner.height.saturating_sub(1)) / EACH).max(1);
    let selected = restores
        .selected
        .and_then(|id| restores.rows.iter().position(|row| *row == id));
    let offset = table::offset(selected, len, visible);
    let mut y = inner.y + 1;
    for (index, id) in restores.rows.iter().enumerate().skip(offset).take(visible) {
        let place = Rect {
            y,
            height: 2.min(inner.bottom().saturating_sub(y)),
            ..inner
        };
        scene.row_spot(
            place,
            Spot::Request(*id),
            focused && selected == Some(index),
        );
        if let Some(request) = scene.model.requests.get(*id) {
            row(scene, place, buf, request, selected == Some(index), focused);
        }
        y += EACH;
    }
    hints(
        scene,
        Rect {
            y,
            height: inner.bottom().saturating_sub(y),
            ..inner
        },
        buf,
    );
    (offset, visible, len)
}

fn empty(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let mut lines = vec![
        scene.words().strong("No restore is open.").line(),
        Line::default(),
    ];
    for (command, what) in [
        (Command::CallCard, "someone is on the phone"),
        (Command::NewRestore, "restore what is selected"),
    ] {
        if let Some(key) = scene.key_of(command) {
            lines.push(scene.words().key(key).dim(format!("  {what}")).line());
        }
    }
    scene.empty(area, buf, &lines);
}

fn hints(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    let mut words = scene.words();
    for (command, what) in [
        (Command::NewRestore, "new restore"),
        (Command::ShowClosed, "closed too"),
    ] {
        if let Some(key) = scene.key_of(command) {
            words = words.key(key).dim(format!(" {what}   "));
        }
    }
    text::put_line(
        buf,
        area.x + 2,
        area.y + 1,
        area.width.saturating_sub(3),
        &words.line(),
    );
}

fn row(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    request: &Request,
    selected: bool,
    focused: bool,
) {
    let styles = scene.rows(focused);
    if selected {
        buf.set_style(area, styles.selected);
        for y in area.top()..area.bottom() {
            text::put(buf, area.x, y, 1, "▌", styles.bar);
        }
    }
    let phase = scene.model.request_phase(request.id);
    let unanswered = scene.model.unanswered(request.id);
    let waits = scene.model.waits_for_desk(request.id);
    let (sign, scope) = match unanswered.is_some() || waits.is_some() {
        true => UNANSWERED,
        false => phase_sign(phase),
    };
    let name = if selected {
        Scope::TextStrong
    } else {
        Scope::Text
    };
    let first = scene
        .words()
        .put(scope, sign)
        .text(" ")
        .put(name, scene.model.request_place(request.id))
        .line();
    let room = area.width.saturating_sub(7);
    text::put_line(buf, area.x + 2, area.y, room, &first);
    let right = area.right().saturating_sub(1);
    let priority = request.priority(scene.model.policy_of(request));
    let chip = match priority {
        Priority::P1 => scene.words().put(Scope::P1, "P1"),
        other => scene.words().put(priority_scope(other), other.to_string()),
    };
    text::put_right(buf, right, area.y, 4, &chip.line());
    if area.height < 2 {
        return;
    }
    let second = match (waits, unanswered) {
        (Some(waits), _) => {
            let words = scene.words().put(scope, "not sent ");
            let since = scene.when.moment(waits.since);
            words.dim(format!("since {since}")).line()
        }
        (None, Some(sent)) => {
            let words = scene.words().put(scope, "no answer ");
            let since = scene.when.moment(sent.since);
            words.dim(format!("{} {since}", sent.by)).line()
        }
        (None, None) => second(scene, request, phase, scope),
    };
    text::put_line(
        buf,
        area.x + 4,
        area.y + 1,
        area.width.saturating_sub(12),
        &second,
    );
    text::put_right(buf, right, area.y + 1, 6, &amount(scene, request.id, phase));
}

fn second<'a>(scene: &Scene<'a>, request: &Request, phase: Phase, scope: Scope) -> Line<'a> {
    let words = scene.words();
    if let Some(wait) = request.waiting() {
        let words = words.put(Scope::JobWaiting, "‖ waits for client");
        return words.dim(format!(": {}", wait.what)).line();
    }
    match (phase, request.parked) {
        (Phase::Draft, Some(step)) => words
            .put(scope, "incomplete ")
            .dim(format!("parked at step {step}")),
        (Phase::Draft, None) => {
            let owner = if request.owner.is_empty() {
                "unclaimed"
            } else {
                &request.owner
            };
            words.put(scope, "incomplete ").dim(owner.to_owned())
        }
        (Phase::AwaitingValidation(state), _) if state != RestoreState::Completed => {
            words.put(scope, state.name()).dim(", awaits client")
        }
        (Phase::AwaitingValidation(_), _) => words.put(scope, "validation ").dim("awaits client"),
        (phase, _) if !phase.over() && left(scene, request) => {
            words.put(scope, phase.name()).dim(", left the directory")
        }
        (phase, _) => words.put(scope, phase.name()),
    }
    .line()
}

/// Whether it was sent to an appliance that the directory does not have any more.
fn left(scene: &Scene<'_>, request: &Request) -> bool {
    let attempt = request.attempt();
    attempt.is_some_and(|attempt| scene.model.fleet.get(&attempt.intended.appliance).is_none())
}

/// Percent while it runs, else how long it waits for the client, or how old it is.
fn amount<'a>(scene: &Scene<'a>, id: RequestId, phase: Phase) -> Line<'a> {
    let live = scene.model.live_attempt(id);
    if let (Phase::Attempt(RestoreState::Running), Some((_, attempt))) = (phase, live)
        && let Some(percent) = attempt.progress.percent()
    {
        return scene.words().text(percent.to_string()).dim(" %").line();
    }
    let Some(request) = scene.model.requests.get(id) else {
        return Line::default();
    };
    let waits = request.waiting().map(|wait| wait.from);
    let since = waits.or(request.moments.last().map(|moment| moment.at));
    since.map_or_else(Line::default, |since| {
        let age = format::age(scene.when.since(since));
        scene.words().quantity(age).line()
    })
}

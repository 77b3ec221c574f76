//! What one request does now: its steps, its clock, its progress or result, and what
//! happened to it.

use super::{
    super::{
        common::{air, below, text_rows},
        incidents,
        rail::heat_scope,
        scene::Scene,
    },
    UNANSWERED, phase_sign, running,
};
use crate::{
    config::theme::Scope,
    state::{command::Command, model::Pane},
};
use ocdeck_domain::{
    clock::Clock,
    facts::{RestoreAttempt, RestoreState},
    restore::{Attempt, Event, Moment, Phase, Request},
};
use ocdeck_widgets::{format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the selected request.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let focused = scene.focused(Pane::Detail, area);
    let selected = scene.model.restores.selected;
    let Some(request) = selected.and_then(|id| scene.model.requests.get(id)) else {
        scene.pane(area, buf, "Request", Line::default(), focused);
        return;
    };
    let inner = scene.pane(
        area,
        buf,
        &title(scene, request),
        note(scene, request),
        focused,
    );
    let mut rest = below(inner, u16::from(inner.height > 24));
    let live = scene
        .model
        .live_attempt(request.id)
        .map(|(_, attempt)| attempt);
    if let Some(attempt) = request.attempt() {
        rest = steps(scene, air(rest), buf, request, attempt, live);
        rest = clock_line(scene, rest, buf, request);
        let waits = desk_wait(scene, request);
        if !waits.is_empty() {
            rest = below(scene.lines(rest, buf, &waits), 1);
        }
        rest = Rect {
            x: area.x,
            width: area.width,
            ..rest
        };
        rest = running::draw(scene, rest, buf, request.id, attempt, live);
    } else {
        rest = draft(scene, air(rest), buf, request);
    }
    let rest = Rect {
        x: area.x,
        width: area.width,
        ..rest
    };
    time_line(scene, rest, buf, request);
}

fn title(scene: &Scene<'_>, request: &Request) -> String {
    let mut title = match request.reference {
        Some(reference) => reference.to_string(),
        None => "no number yet".to_owned(),
    };
    // An incident's number is what people say once there is one.
    let name = scene.model.request_name(request.id);
    if !name.is_empty() && name != title {
        title = format!("{name} · {title}");
    }
    title.push_str(" · ");
    title.push_str(&scene.model.request_place(request.id));
    if let Some(asked) = request.asked {
        title.push_str(" · ");
        title.push_str(asked.name());
    }
    title
}

/// How fresh what is shown is; else where the request stands.
fn note<'a>(scene: &Scene<'a>, request: &Request) -> Line<'a> {
    let appliance = request.attempt().map(|attempt| &attempt.intended.appliance);
    let phase = scene.model.request_phase(request.id);
    if scene.model.waits_for_desk(request.id).is_some() {
        let (sign, scope) = UNANSWERED;
        return scene.words().put(scope, format!("{sign} not sent")).line();
    }
    let as_of =
        appliance
            .filter(|_| !phase.over())
            .and_then(|id| match scene.model.fleet.get(id) {
                Some(state) => scene.as_of(state),
                None => Some(format!("{id} left the directory")),
            });
    if let Some(as_of) = as_of {
        return scene.words().put(Scope::Stale, format!("◌ {as_of}")).line();
    }
    let (sign, scope) = phase_sign(phase);
    scene
        .words()
        .put(scope, format!("{sign} {}", phase.name()))
        .line()
}

/// A step of the way, when it was reached, and whether it is reached.
struct Reached {
    name: &'static str,
    at: Option<String>,
    done: bool,
    here: bool,
    failed: bool,
}

/// dispatched → accepted → running → verifying → validation.
fn steps(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    request: &Request,
    attempt: &Attempt,
    live: Option<&RestoreAttempt>,
) -> Rect {
    let told = |state: RestoreState| attempt.witnessed.get(state.name()).map(|w| w.at);
    let end = live
        .and_then(|live| live.ended)
        .or_else(|| attempt.end().map(|w| w.at));
    let state = live
        .map(|live| live.state)
        .or_else(|| attempt.last().map(ocdeck_domain::restore::Witnessed::state));
    let approval = live.and_then(|live| live.approval.as_deref());
    let asked = approval.is_some() || told(RestoreState::AwaitingApproval).is_some();
    let approved = approval
        .and_then(|it| it.decision.as_ref())
        .filter(|said| said.approved)
        .map(|said| said.at);
    let accepted = match asked {
        true => approved,
        false => live.map(|live| live.accepted),
    }
    .or_else(|| told(RestoreState::Accepted));
    let started = live
        .and_then(|live| live.started)
        .or_else(|| told(RestoreState::Running));
    let verifying = live
        .and_then(|live| live.verifying_since)
        .or_else(|| told(RestoreState::Verifying));
    let bad = state.is_some_and(|state| {
        matches!(
            state,
            RestoreState::Failed
                | RestoreState::Cancelled
                | RestoreState::Rejected
                | RestoreState::Interrupted
        )
    });
    let moment = |at| Some(scene.when.moment(at));
    let rows = [
        Reached {
            name: "dispatched",
            at: moment(attempt.at),
            done: accepted.is_some() || asked,
            here: accepted.is_none(),
            failed: false,
        },
        Reached {
            name: if asked { "approval" } else { "accepted" },
            at: accepted.and_then(moment),
            done: started.is_some(),
            here: (accepted.is_some() || asked) && started.is_none(),
            failed: bad && started.is_none(),
        },
        Reached {
            name: "running",
            at: started.and_then(moment),
            done: verifying.is_some() || (end.is_some() && !bad),
            here: started.is_some() && verifying.is_none() && end.is_none(),
            failed: bad && started.is_some() && verifying.is_none(),
        },
        Reached {
            name: "verifying",
            at: verifying.and_then(moment),
            done: end.is_some() && !bad,
            here: verifying.is_some() && end.is_none(),
            failed: bad && verifying.is_some(),
        },
        Reached {
            name: "validation",
            at: request.validated.clone(),
            done: request.validated.is_some(),
            here: end.is_some() && !bad && request.validated.is_none(),
            failed: false,
        },
    ];
    let each = (area.width / 5).max(12);
    for (x, step) in (0u16..).zip(&rows) {
        let x = area.x + x * each;
        let (sign, scope, name) = match step {
            Reached { failed: true, .. } => ("✗", Scope::JobFailed, Scope::JobFailed),
            Reached { done: true, .. } => ("✓", Scope::Ok, Scope::Text),
            Reached { here: true, .. } => ("►", Scope::JobRunning, Scope::TextStrong),
            Reached { .. } => ("○", Scope::TextDim, Scope::TextDim),
        };
        let line = scene
            .words()
            .put(scope, sign)
            .text(" ")
            .put(name, step.name)
            .line();
        let used = text::put_line(buf, x, area.y, area.right().saturating_sub(x), &line);
        if step.name != "validation" {
            let bar = Rect::new(x + used + 1, area.y, each.saturating_sub(used + 2), 1);
            scene
                .bar(u64::from(step.done), 1, Scope::Ok)
                .render(bar.intersection(area), buf);
        }
        if let Some(at) = &step.at {
            let line = scene.words().dim(at.clone()).line();
            text::put_line(buf, x + 2, area.y + 1, each.saturating_sub(3), &line);
        }
    }
    below(area, 3)
}

/// Whether it was initiated in time, or how long there is.
fn clock_line(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, request: &Request) -> Rect {
    let Some([_, initiate]) = request.clocks(scene.model.policy_of(request)) else {
        let words = scene.words().dim("no clock: it is a recovery test");
        let mut lines = vec![words.line()];
        lines.extend(wait_lines(scene, request, None));
        return below(scene.lines(area, buf, &lines), 1);
    };
    let mut lines = vec![initiate_words(scene, &initiate)];
    lines.extend(wait_lines(scene, request, Some(&initiate)));
    lines.extend(incidents::proposal(scene, request.id));
    lines.extend(policy_line(scene, request));
    below(scene.lines(area, buf, &lines), 1)
}

/// What it waits for of the client, and both values of a clock that a wait counts in.
fn wait_lines<'a>(scene: &Scene<'a>, request: &Request, clock: Option<&Clock>) -> Vec<Line<'a>> {
    let now = scene.model.now;
    let mut lines = Vec::new();
    if let Some(wait) = request.waiting() {
        let since = scene.when.moment(wait.from);
        let words = scene.words().put(Scope::JobWaiting, "‖ ");
        let words = words.dim("waits for client since ").text(since);
        lines.push(words.dim(": ").strong(wait.what.clone()).line());
        let mut words = scene.words().dim(format!("  asked {}", wait.attempt));
        if let Some(key) = scene.key_of(Command::IncidentWait) {
            words = words.text("  ").key(key).text(" goes on");
        }
        lines.push(words.line());
    }
    if let Some(clock) = clock.filter(|clock| clock.waited(now) > chrono::TimeDelta::zero()) {
        let value = |left: chrono::TimeDelta| {
            let end = if left < chrono::TimeDelta::zero() {
                "over"
            } else {
                "left"
            };
            format!(
                "{} {end}",
                format::clock(left.num_seconds().saturating_abs())
            )
        };
        let words = scene.words().dim("  wall ").text(value(clock.left(now)));
        let words = words.dim(" · adjusted ");
        lines.push(words.text(value(clock.adjusted_left(now))).line());
    }
    lines
}

/// Under which numbers its clocks started, where the desk keeps revisions of them.
fn policy_line<'a>(scene: &Scene<'a>, request: &Request) -> Option<Line<'a>> {
    let words = scene.model.policy_words(request.started)?;
    Some(scene.words().dim(words).line())
}

fn initiate_words<'a>(scene: &Scene<'a>, clock: &Clock) -> Line<'a> {
    let budget = (clock.deadline - clock.start).num_minutes();
    let seconds = |delta: chrono::TimeDelta| u64::try_from(delta.num_seconds()).unwrap_or(0);
    let Some(stopped) = clock.stopped else {
        let left = clock.left(scene.model.now).num_seconds();
        let heat = clock.heat(scene.model.now, &scene.model.policy.clock);
        return scene
            .words()
            .put(heat_scope(heat), format::clock(left))
            .dim(format!(" left to initiate, of {budget} m"))
            .line();
    };
    let took = format::duration_text(seconds(stopped - clock.start));
    let (sign, scope) = if stopped <= clock.deadline {
        ("✓", Scope::Ok)
    } else {
        ("✗", Scope::JobFailed)
    };
    scene
        .words()
        .put(scope, format!("{sign} initiated after {took}"))
        .dim(format!(" of {budget} m · the appliance said so at "))
        .text(scene.when.moment(stopped))
        .line()
}

/// What is known of a dispatch that waits for the desk; none: no line.
fn desk_wait<'a>(scene: &Scene<'a>, request: &Request) -> Vec<Line<'a>> {
    let Some(waits) = scene.model.waits_for_desk(request.id) else {
        return Vec::new();
    };
    let (sign, scope) = UNANSWERED;
    let since = scene.when.moment(waits.since);
    let words = scene.words().put(scope, format!("{sign} not sent"));
    let words = words.text(format!(
        " to {}: the desk must take it first",
        waits.appliance
    ));
    let until = scene.when.moment(waits.until);
    let back = scene
        .words()
        .dim("  nothing has started; at ")
        .text(until)
        .dim(" it is taken back by itself");
    let mut key = scene.words().text("  ");
    key = match scene
        .key_of(Command::TakeBack)
        .filter(|_| !waits.asked_back)
    {
        Some(name) => key.key(name).text(" takes it back"),
        None => key.dim("it is being taken back"),
    };
    vec![
        words.line(),
        scene
            .words()
            .dim("  waits since ")
            .text(since)
            .dim("; why the desk is away is shown above")
            .line(),
        back.line(),
        key.line(),
    ]
}

/// A request that was not dispatched yet.
fn draft(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, request: &Request) -> Rect {
    let mut lines = Vec::new();
    let owner = if request.owner.is_empty() {
        "unclaimed".to_owned()
    } else {
        request.owner.clone()
    };
    if let Some(received) = request.received {
        let words = scene
            .words()
            .dim("call received ")
            .text(scene.when.moment(received));
        lines.push(words.dim(", taken by ").text(owner).line());
    }
    let clock = request.running_clock(scene.model.policy_of(request));
    if let Some(clock) = &clock {
        let left = clock.left(scene.model.now).num_seconds();
        let heat = clock.heat(scene.model.now, &scene.model.policy.clock);
        lines.push(
            scene
                .words()
                .priority(clock.priority)
                .text(" ")
                .put(heat_scope(heat), format::clock(left))
                .dim(format!(" left to {}", clock.verb.name()))
                .line(),
        );
    }
    lines.extend(wait_lines(scene, request, clock.as_ref()));
    if clock.is_some() {
        lines.extend(incidents::proposal(scene, request.id));
    }
    lines.extend(policy_line(scene, request));
    if let Some((at, reason)) = &request.cancelled {
        lines.push(
            scene
                .words()
                .dim("given up ")
                .text(scene.when.moment(*at))
                .dim(format!(": {reason}"))
                .line(),
        );
    } else if scene.model.waits_for_desk(request.id).is_some() {
        lines.push(Line::default());
        lines.extend(desk_wait(scene, request));
    } else {
        let step = request
            .parked
            .map_or_else(String::new, |step| format!(" at step {step}"));
        lines.push(Line::default());
        lines.push(
            scene
                .words()
                .text(format!(
                    "Nothing was sent yet. It is parked{step}; anyone may continue it."
                ))
                .line(),
        );
        if let Some(key) = scene.key_of(Command::Continue) {
            lines.push(scene.words().key(key).text(" continue").line());
        }
    }
    for attempt in request.attempts.values() {
        if let Some(why) = &attempt.refused {
            lines.push(
                scene
                    .words()
                    .put(Scope::Danger, format!("✗ refused: {why}"))
                    .line(),
            );
        }
    }
    below(scene.lines(area, buf, &lines), 1)
}

/// Everything that happened, the newest last.
fn time_line(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, request: &Request) {
    if area.height < 4 || request.moments.is_empty() {
        return;
    }
    let note = scene.words().text(request.moments.len().to_string()).line();
    let inner = air(scene.pane(area, buf, "Time line", note, false));
    let room = usize::from(inner.height);
    let lines: Vec<Line<'_>> = request
        .moments
        .iter()
        .rev()
        .take(room)
        .rev()
        .flat_map(|moment| moment_lines(scene, moment, inner.width))
        .collect();
    let skip = lines.len().saturating_sub(room);
    scene.lines(inner, buf, lines.get(skip..).unwrap_or_default());
}

/// What happened in one line; of a note, all its lines; of a wait, who was asked.
fn moment_lines<'a>(scene: &Scene<'a>, moment: &Moment, width: u16) -> Vec<Line<'a>> {
    let (sign, scope, text) = moment_words(moment.event.as_ref(), &moment.kind);
    let begin = scene
        .words()
        .dim(format!("{:<12}  ", scene.when.moment(moment.at)))
        .clock_ahead(moment.ahead)
        .put(scope, format!("{sign} "));
    let indent = begin.width();
    let mut lines = vec![begin.text(text).dim(format!("  {}", moment.actor)).line()];
    let more = match &moment.event {
        Some(Event::Noted { text }) => Some(text.clone()),
        Some(Event::Waiting { attempt, .. }) => Some(format!("asked {attempt}")),
        _ => None,
    };
    if let Some(text) = more {
        let rows = text_rows(scene, &text, width.saturating_sub(indent));
        lines.extend(rows.into_iter().map(|row| {
            let air = " ".repeat(usize::from(indent));
            scene.words().text(air).and(row).line()
        }));
    }
    lines
}

pub(in super::super) fn moment_words(
    event: Option<&Event>,
    kind: &str,
) -> (&'static str, Scope, String) {
    let plain = |text: String| ("·", Scope::TextDim, text);
    let Some(event) = event else {
        return plain(format!("{} (of a newer build)", kind.replace('_', " ")));
    };
    match event {
        Event::Opened { reference } => plain(format!("number {reference} given")),
        Event::CallReceived => ("☏", Scope::Text, "call received".to_owned()),
        Event::Responded => ("✓", Scope::Ok, "responded".to_owned()),
        Event::ForIncident { .. } => plain("for its incident, whose clocks go on".to_owned()),
        Event::KindChosen {
            asked,
            purpose,
            priority,
            reason,
        } => {
            let priority = priority.map_or_else(String::new, |p| format!(", {p}"));
            let reason = if reason.is_empty() {
                String::new()
            } else {
                format!(": {reason}")
            };
            plain(format!(
                "{} for {}{priority}{reason}",
                asked.name(),
                purpose.name()
            ))
        }
        Event::CalledBack { number } => ("☏", Scope::Text, format!("called back on {number}")),
        Event::Parked { step } => plain(format!("parked at step {step}")),
        Event::TakenOver { from } if from.is_empty() => plain("taken over".to_owned()),
        Event::TakenOver { from } => plain(format!("taken over from {from}")),
        Event::Dispatching(intended) => {
            let glass = match &intended.break_glass {
                Some((reason, manager, _)) => {
                    format!(" by break glass: {reason}; {manager} was called")
                }
                None => String::new(),
            };
            let (appliance, attempt) = (&intended.appliance, intended.attempt);
            let text = format!("dispatched to {appliance}, attempt {attempt}{glass}");
            ("►", Scope::JobRunning, text)
        }
        Event::SentAgain { attempt, from } => {
            let text = format!("{from}'s dispatch sent again as theirs, attempt {attempt}");
            ("►", Scope::JobRunning, text)
        }
        Event::Refused { text, .. } => ("✗", Scope::JobFailed, format!("refused: {text}")),
        Event::Witnessed(told) => {
            let (sign, scope) = phase_sign(Phase::Attempt(told.state()));
            let message = if told.message.is_empty() {
                String::new()
            } else {
                format!(": {}", told.message)
            };
            (sign, scope, format!("{}{message}", told.state))
        }
        Event::Cancelled { reason } => ("⊘", Scope::TextDim, format!("given up: {reason}")),
        Event::Validated { contact } => ("✓", Scope::Ok, format!("validated by {contact}")),
        Event::Noted { .. } => ("·", Scope::Text, "note".to_owned()),
        Event::Waiting { what, .. } => {
            ("‖", Scope::JobWaiting, format!("waits for client: {what}"))
        }
        Event::WaitingEnded => plain("goes on: the client answered".to_owned()),
        Event::Escalated(call) => (
            "☏",
            Scope::JobWarning,
            super::super::incidents::escalation_words(call),
        ),
        Event::Closed => ("✓", Scope::Ok, "closed".to_owned()),
    }
}

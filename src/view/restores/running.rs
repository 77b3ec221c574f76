//! An attempt while it runs and after it ended: the percent in large digits, bytes, rate,
//! what was written and verified, errors as they happen, and what comes next.

use super::{
    super::{
        common::{air, below},
        scene::{Scene, under},
    },
    UNANSWERED, approval, result,
};
use crate::config::theme::Scope;
use ocdeck_domain::{
    facts::{RestoreAttempt, RestoreState},
    ids::RequestId,
    priority::Priority,
    restore::{Attempt, Target},
    text::show,
};
use ocdeck_widgets::{digits, format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the attempt; gives what is left below.
pub(super) fn draw(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    request: RequestId,
    attempt: &Attempt,
    live: Option<&RestoreAttempt>,
) -> Rect {
    let Some(live) = live else {
        return from_desk(scene, area, buf, request, attempt);
    };
    let mut rest = match live.state {
        RestoreState::AwaitingApproval => approval::draw(scene, area, buf, live),
        RestoreState::Accepted => waiting(scene, area, buf, live),
        RestoreState::Running | RestoreState::Verifying => progress(scene, area, buf, live),
        _ => result::draw(scene, area, buf, attempt, live),
    };
    rest = from(scene, rest, buf, attempt, live);
    rest = next_call(scene, rest, buf, attempt, live);
    rest = issues(scene, rest, buf, live);
    if !live.state.ended() && live.state != RestoreState::AwaitingApproval {
        rest = after(scene, rest, buf, attempt, live);
    }
    rest
}

/// What only the desk knows: the appliance has not said anything in this session.
fn from_desk(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    request: RequestId,
    attempt: &Attempt,
) -> Rect {
    let mut lines = Vec::new();
    let appliance = &attempt.intended.appliance;
    let state = scene.model.fleet.get(appliance);
    let until = match state {
        Some(_) => "until there is one",
        None => "once the directory has it again",
    };
    match (attempt.last(), scene.model.left_unanswered(request)) {
        (Some(told), _) => {
            lines.push(
                scene
                    .words()
                    .put(Scope::Stale, "◌ ")
                    .text(format!("{appliance} said \"{}\" at ", told.state))
                    .strong(scene.when.moment(told.at))
                    .text(".")
                    .line(),
            );
            lines.push(
                scene
                    .words()
                    .files(Scope::Text, told.written, " written, ")
                    .quantity(format::count(told.verified))
                    .dim(" verified")
                    .line(),
            );
        }
        (None, Some(sent)) => {
            let words = scene.words().put(UNANSWERED.1, UNANSWERED.0);
            let words = words.strong(format!(" {}'s dispatch got no answer since ", sent.by));
            let at = scene.when.moment(sent.since);
            lines.push(words.strong(at).text(":").line());
            lines.push(Line::from(scene.model.unanswered_help(&sent.by)));
        }
        (None, None) => {
            lines.push(
                scene
                    .words()
                    .put(Scope::JobWaiting, "○ ")
                    .text(format!(
                        "Sent to {appliance}; no answer yet. It is sent again {until},"
                    ))
                    .line(),
            );
            lines.push(
                scene
                    .words()
                    .dim("and the same request never starts a second restore.")
                    .line(),
            );
        }
    }
    let trouble = match state {
        Some(state) => scene.link_trouble(appliance, state),
        None => Some(format!(
            "{appliance} left the directory: what becomes of it is not heard here"
        )),
    };
    if let Some(trouble) = trouble {
        lines.push(
            scene
                .words()
                .put(Scope::Stale, format!("◌ {trouble}"))
                .line(),
        );
    }
    under(area, scene.lines(air(area), buf, &lines), 1)
}

fn waiting(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, live: &RestoreAttempt) -> Rect {
    let behind = if live.waiting_for.is_empty() {
        "It is accepted and starts at once.".to_owned()
    } else {
        format!("It is accepted and waits behind {}.", live.waiting_for)
    };
    let line = scene
        .words()
        .put(Scope::JobWaiting, "○ ")
        .text(behind)
        .line();
    under(area, scene.prose(air(area), buf, &line), 1)
}

fn progress(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, live: &RestoreAttempt) -> Rect {
    let progress = &live.progress;
    let inner = air(area);
    let verifying = live.state == RestoreState::Verifying;
    let Some(percent) = progress.percent() else {
        let mut words = scene
            .words()
            .files(Scope::Text, progress.files_done, "   ")
            .quantity(format::bytes(progress.bytes_done));
        if let Some(at) = progress.last_byte_at {
            words = words.dim(format!("   last byte {} s ago", scene.when.since(at)));
        }
        return under(area, scene.lines(inner, buf, &[words.line()]), 1);
    };
    let number = percent.to_string();
    let mut x = inner.x;
    if scene.look.ascii() {
        let line = scene.words().strong(number).dim(" %").line();
        x += text::put_line(buf, x, inner.y, 8, &line);
    } else {
        let strong = scene.style(Scope::TextStrong);
        x += digits::put(buf, x, inner.y, 12, &number, strong) + 1;
        text::put(buf, x, inner.y + 2, 1, "%", scene.style(Scope::TextDim));
    }
    let place = Rect {
        x: inner.x + 13.max(x - inner.x + 3),
        ..inner
    };
    let place = Rect {
        width: inner.right().saturating_sub(place.x),
        ..place
    };
    let word = if verifying {
        " files compared"
    } else {
        " files"
    };
    let mut words = scene.words().quantity(format::count(progress.files_done));
    if let Some(total) = progress.files_total {
        words = words.dim(" of ").quantity(format::count(total));
    }
    text::put_line(buf, place.x, place.y, place.width, &words.dim(word).line());
    let words = scene.words().part_of(
        format::bytes(progress.bytes_done),
        progress.bytes_total.map(format::bytes),
    );
    text::put_right(buf, place.right(), place.y, place.width / 2, &words.line());
    let bar = Rect {
        y: place.y + 1,
        height: 1,
        ..place
    };
    scene
        .bar(u64::from(percent), 100, Scope::ProgressFill)
        .render(bar, buf);
    text::put_line(buf, place.x, place.y + 2, place.width, &left(scene, live));
    let started = live.verifying_since.filter(|_| verifying).or(live.started);
    if let Some(at) = started {
        let verb = if verifying { "verifying " } else { "running " };
        let line = scene
            .words()
            .dim(verb)
            .duration(format::duration(scene.when.since(at)))
            .line();
        text::put_right(buf, place.right(), place.y + 2, place.width / 2, &line);
    }
    now(scene, below(area, 4), buf, live)
}

fn left<'a>(scene: &Scene<'a>, live: &RestoreAttempt) -> Line<'a> {
    match live.progress.eta_seconds {
        Some(seconds) => {
            let whole = i64::try_from(seconds).unwrap_or(i64::MAX);
            let words = scene.words().dim("left ").strong(format::clock(whole));
            let done = chrono::TimeDelta::try_seconds(whole)
                .and_then(|left| scene.model.now.checked_add_signed(left));
            match done {
                Some(at) => words
                    .dim("   done about ")
                    .text(scene.when.moment(at))
                    .line(),
                None => words.line(),
            }
        }
        None => scene.words().dim("estimating").line(),
    }
}

fn now(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, live: &RestoreAttempt) -> Rect {
    let inner = air(area);
    let progress = &live.progress;
    let mut words = scene
        .words()
        .dim("rate         ")
        .quantity(format::rate(progress.rate));
    if let Some(at) = progress.last_byte_at {
        let seconds = scene.when.since(at);
        let scope = if seconds > 10 {
            Scope::JobWarning
        } else {
            Scope::Text
        };
        words = words
            .dim("   last byte ")
            .put(scope, seconds.to_string())
            .dim(" s ago");
    }
    let mut lines = vec![words.line()];
    if !progress.current.is_empty() {
        let room = inner.width.saturating_sub(13);
        let path = text::cut_path(&show(&progress.current), room).into_owned();
        lines.push(scene.words().dim("now          ").text(path).line());
    }
    under(area, scene.lines(inner, buf, &lines), 0)
}

/// From which point to which place.
fn from(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    attempt: &Attempt,
    live: &RestoreAttempt,
) -> Rect {
    let order = &attempt.intended.order;
    let target = match &order.target {
        Target::Original => "its original place".to_owned(),
        Target::OtherPath(path) => show(path),
        Target::OtherSystem(system) => format!("system {system}"),
        Target::Staging(name) => format!("staging folder {name}"),
    };
    let what = match order.paths.len() {
        0 => "the whole system".to_owned(),
        1 => order
            .paths
            .first()
            .map_or_else(String::new, |path| show(path)),
        n => format!("{n} paths"),
    };
    let words = scene
        .words()
        .dim("what         ")
        .text(what)
        .dim("   to ")
        .text(target)
        .dim("   ")
        .text(order.policy.name());
    let mut lines = vec![words.line()];
    if let Some((reason, manager, at)) = &attempt.intended.break_glass {
        lines.push(
            scene
                .words()
                .put(Scope::JobWarning, "break glass  ")
                .text(reason.clone())
                .dim(format!(", {manager} called "))
                .text(scene.when.moment(*at))
                .line(),
        );
    }
    let approval = live.approval.as_ref();
    if let Some(said) = approval.and_then(|it| it.decision.as_ref()) {
        let (sign, scope) = match said.approved {
            true => ("✓ ", Scope::Ok),
            false => ("✗ ", Scope::JobFailed),
        };
        let words = scene
            .words()
            .dim("approval     ")
            .put(scope, sign)
            .text(said.person.clone())
            .dim(", ")
            .text(scene.when.moment(said.at));
        let words = match said.reason.as_str() {
            "" => words,
            reason => words.dim(format!(": {reason}")),
        };
        lines.push(words.line());
    }
    under(area, scene.lines(air(area), buf, &lines), 1)
}

/// When the client is to be called next.
fn next_call(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    attempt: &Attempt,
    live: &RestoreAttempt,
) -> Rect {
    if live.state.ended() || area.height < 5 {
        return area;
    }
    let calls = &scene.model.policy.calls;
    let p1 = attempt.intended.priority == Priority::P1;
    let every = i64::from(if p1 {
        calls.system_every
    } else {
        calls.other_every
    })
    .max(1);
    let past = (scene.model.now - attempt.at).num_seconds().max(0);
    let left = every - past % every;
    let scope = if left < every / 4 {
        Scope::ClockHot
    } else {
        Scope::JobWarning
    };
    let note = scene
        .words()
        .put(scope, format!("due in {}", format::clock(left)))
        .line();
    let inner = scene.pane(area, buf, "Next call to the client", note, false);
    let line = scene
        .words()
        .priority(attempt.intended.priority)
        .text(" ")
        .strong(attempt.intended.requester.clone())
        .text(format!("  {}", attempt.intended.call_back))
        .line();
    under(area, scene.lines(air(inner), buf, &[line]), 1)
}

/// Errors and warnings as they happen.
fn issues(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, live: &RestoreAttempt) -> Rect {
    if live.issues.is_empty() || area.height < 3 {
        return area;
    }
    let mut note = scene.words();
    if live.failed > 0 {
        note = note.put(Scope::JobFailed, format!("✗ {}  ", live.failed));
    }
    if live.warnings > 0 {
        note = note.put(Scope::JobWarning, format!("▲ {}", live.warnings));
    }
    let inner = air(scene.pane(area, buf, "Errors", note.line(), false));
    let most = usize::from((inner.height / 2).max(2));
    let lines: Vec<Line<'_>> = live
        .issues
        .iter()
        .take(most)
        .map(|issue| {
            let (sign, scope) = if issue.warning {
                ("▲", Scope::JobWarning)
            } else {
                ("✗", Scope::JobFailed)
            };
            let path = text::cut_path(&show(&issue.path), inner.width / 2).into_owned();
            scene
                .words()
                .put(scope, format!("{sign} "))
                .text(path)
                .dim(format!("  {}", issue.text))
                .line()
        })
        .collect();
    let rest = scene.lines(inner, buf, &lines);
    under(area, rest, 1)
}

/// What comes after it, and what happens if it stops.
fn after(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    attempt: &Attempt,
    live: &RestoreAttempt,
) -> Rect {
    if area.height < 9 {
        return area;
    }
    let inner = air(scene.pane(area, buf, "After it", Line::default(), false));
    let to_do = |name: &'static str, text: String| {
        scene
            .words()
            .put(Scope::TextDim, "○ ")
            .text(format!("{name:<18}"))
            .dim(text)
            .line()
    };
    let mut lines = Vec::new();
    if live.state != RestoreState::Verifying {
        lines.push(to_do(
            "verify by hash",
            "every restored file against the point, by itself".to_owned(),
        ));
    }
    lines.push(to_do(
        "call the client",
        format!(
            "{} looks at it; the name closes the restore",
            attempt.intended.requester
        ),
    ));
    lines.push(Line::default());
    lines.push(
        scene
            .words()
            .dim("It runs on ")
            .text(attempt.intended.appliance.to_string())
            .dim(": closing this console does not stop it.")
            .line(),
    );
    under(area, scene.lines(inner, buf, &lines), 1)
}

//! What is known of the selected alert: what it is and what to do first, what stands behind
//! it, its earlier raisings, notes.

use super::{alerts, jobs, line::time_line, what};
use crate::{
    config::theme::Scope,
    state::{
        alerts::{Known, Page, Told},
        model::Pane,
    },
    view::{
        common::{below, text_rows},
        scene::{Scene, class_sign, told_class},
        words::Words,
    },
};
use ocdeck_domain::{
    alert::{End, Event, Life, State, is_link_lost},
    facts::{EntityKind, Job},
    ids::On,
};
use ocdeck_widgets::{format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Cells of the labels at the left.
const LABEL: u16 = 11;

/// Draws the detail of the selected alert.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let focused = scene.focused(Pane::Detail, area);
    let Some(alert) = scene.model.selected_alert() else {
        scene.pane(area, buf, "Alert", Line::default(), focused);
        return;
    };
    let mut title = scene.words();
    if let Some(priority) = alert.fact.severity.priority() {
        title = title.priority(priority).text(" ");
    }
    let place = scene.model.alert_place(&alert);
    let title = title.strong(what(&alert)).dim(format!(" · {place}")).line();
    let room = area.width.saturating_sub(text::line_width(&title) + 8);
    let inner = scene.pane_with(area, buf, title, pages(scene, &alert, room), focused);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(3),
        ..below(inner, u16::from(area.height > 12))
    };
    let lines = match scene.model.alerts.page {
        Page::What => what_lines(scene, &alert, inner.width),
        Page::Behind => behind_lines(scene, &alert),
        Page::History => history_lines(scene, &alert),
        Page::Notes => notes_lines(scene, &alert, inner.width),
    };
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let skip = scene.model.alerts.below.min(most);
    scene.lines(inner, buf, lines.get(skip..).unwrap_or_default());
}

/// The names of the pages, with how much stands on each.
fn pages<'a>(scene: &Scene<'a>, alert: &Known<'_>, room: u16) -> Line<'a> {
    let behind = scene.model.behind(alert);
    let earlier = scene.model.book.raisings(alert.id);
    let earlier = earlier.filter(|life| life.episode.episode < alert.fact.episode);
    let counts = [
        0,
        behind.jobs.len() + behind.alerts.len(),
        earlier.count(),
        notes(alert.life).count(),
    ];
    let names = ["what", "behind it", "history", "notes"];
    let on = scene.model.alerts.page;
    let mut words = scene.words();
    for ((page, name), count) in Page::ALL.into_iter().zip(names).zip(counts) {
        let name = match count {
            0 => name.to_owned(),
            count => format!("{name} {count}"),
        };
        words = match page == on {
            true => words.put(Scope::TabOn, format!(" {name} ")),
            false => words.text(format!(" {name} ")),
        };
    }
    let line = words.line();
    if text::line_width(&line) <= room {
        return line;
    }
    let at = on as usize;
    let name = names.get(at).copied().unwrap_or_default();
    scene
        .words()
        .put(Scope::TabOn, format!(" {name} "))
        .dim(format!(" {} of {}", at + 1, names.len()))
        .line()
}

fn label<'a>(scene: &Scene<'a>, name: &'static str) -> Words<'a> {
    let wide = usize::from(LABEL);
    scene.words().dim(format!("{name:<wide$}"))
}

/// A line that may be long, under its label.
fn wrapped<'a>(
    scene: &Scene<'a>,
    lines: &mut Vec<Line<'a>>,
    name: &'static str,
    line: &Line<'a>,
    width: u16,
) {
    let parts = text::wrap(line, width.saturating_sub(LABEL));
    for (n, part) in parts.into_iter().enumerate() {
        let name = if n == 0 { name } else { "" };
        lines.push(label(scene, name).and(part).line());
    }
}

fn what_lines<'a>(scene: &Scene<'a>, alert: &Known<'_>, width: u16) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    lines.push(seen(scene, alert).line());
    let says = scene.words().strong(alert.fact.text.clone()).line();
    wrapped(scene, &mut lines, "says", &says, width);
    if let Some(guide) = alert.guide() {
        let means = scene.words().text(guide.means).dim(" · ");
        let means = means.text(guide.owner.name()).line();
        wrapped(scene, &mut lines, "means", &means, width);
    }
    lines.extend(behind_line(scene, alert));
    lines.extend(job_line(scene, alert));
    if let Some(guide) = alert.guide() {
        let mut words = scene.words();
        for (n, step) in (1..).zip(guide.first) {
            words = words.strong(format!("{n} ")).text(format!("{step}   "));
        }
        wrapped(scene, &mut lines, "do first", &words.line(), width);
        if !guide.retry.is_empty() {
            let retry = label(scene, "retry").text(guide.retry);
            lines.push(retry.line());
        }
    }
    lines.push(stands(scene, alert).line());
    if let Some(seen) = seen_by(scene, alert) {
        wrapped(scene, &mut lines, "seen by", &seen, width);
    }
    lines.extend(told_line(scene, alert));
    let open = alert.life.filter(|life| life.end().is_none());
    let began = open.and_then(|life| life.began);
    if let Some(policy) = scene.model.older_policy_words(began) {
        lines.push(label(scene, "").dim(policy).line());
    }
    if let Some(notified) = notified(scene, alert, width) {
        lines.extend(notified);
    }
    lines.push(Line::default());
    lines.extend(time_line(scene, alert, width));
    lines
}

/// `02:22:10 by stl-cc-01 · 3rd time in 30 d · severity 9`.
fn seen<'a>(scene: &Scene<'a>, alert: &Known<'_>) -> Words<'a> {
    let raised = scene.model.raised_at(alert);
    let mut words = label(scene, "raised").text(scene.when.moment(raised));
    words = match is_link_lost(alert.id) {
        true => words
            .dim(" · last heard at ")
            .text(scene.when.moment(alert.fact.last_seen)),
        false => words.dim(" by ").text(alert.id.appliance.to_string()),
    };
    let times = scene.model.raisings_counted(alert.id);
    if times > 1 {
        let days = scene.model.policy.alert_life.counted_days;
        words = words.dim(" · ").text(format!("{times} times"));
        words = words.dim(format!(" in {days} d"));
    }
    let severity = alert.fact.severity.number();
    words = words.dim(format!(" · severity {severity}"));
    if alert.fact.count > 1 {
        words = words
            .dim(" · seen ")
            .text(alert.fact.count.to_string())
            .dim("×, last at ")
            .text(scene.when.moment(alert.fact.last_seen));
    }
    let state = scene.model.fleet.get(&alert.id.appliance);
    let as_of = state.filter(|_| !is_link_lost(alert.id));
    match as_of.and_then(|state| scene.as_of(state)) {
        Some(as_of) => words.put(Scope::Stale, format!("  ◌ {as_of}")),
        None => words,
    }
}

fn behind_line<'a>(scene: &Scene<'a>, alert: &Known<'_>) -> Option<Line<'a>> {
    let behind = scene.model.behind(alert);
    if behind.is_empty() {
        return None;
    }
    let words = label(scene, "behind it");
    if !is_link_lost(alert.id) {
        let writes = match behind.jobs.len() {
            1 => " writes there",
            _ => " write there",
        };
        let words = words.text(jobs(behind.jobs.len())).dim(writes);
        return Some(words.line());
    }
    let mut words = words
        .put(Scope::Stale, "◌ ")
        .text(jobs(behind.jobs.len()))
        .dim(" unknown until it is back");
    if !behind.alerts.is_empty() {
        words = words.dim(", ").text(alerts(behind.alerts.len()));
    }
    let next = behind.jobs.iter().filter_map(|job| job.next_run).min();
    if let Some(next) = next.filter(|next| *next > scene.when.now) {
        words = words.dim("; the next is due at ");
        words = words.text(scene.when.next(next));
    }
    Some(words.line())
}

/// What the job that the alert is about does now.
fn job_line<'a>(scene: &Scene<'a>, alert: &Known<'_>) -> Option<Line<'a>> {
    let state = scene.model.fleet.get(&alert.id.appliance)?;
    let about_job = alert.fact.object_kind == EntityKind::Job;
    let job = state.jobs.get(&alert.fact.object.as_str().into())?;
    about_job.then(|| label(scene, "job now").and(job_words(scene, job)).line())
}

fn job_words<'a>(scene: &Scene<'a>, job: &Job) -> Line<'a> {
    let (sign, scope) = class_sign(told_class(job));
    let mut words = scene
        .words()
        .put(scope, format!("{sign} "))
        .text(job.id.as_str().to_owned());
    if job.failures_in_a_row > 0 {
        words = words.dim(format!(", failed {}× in a row", job.failures_in_a_row));
    }
    if let Some(at) = job.next_run {
        words = words.dim(", next run ").text(scene.when.moment(at));
    }
    words.line()
}

/// Where it stands: its clock in words, who has it, its incident.
fn stands<'a>(scene: &Scene<'a>, alert: &Known<'_>) -> Words<'a> {
    let state = scene.model.alert_state(alert);
    let mut words = label(scene, "state").text(state.name());
    if let Some(owner) = alert.owner() {
        words = words.dim(" · ").strong(owner.to_owned());
    } else if state == State::Raised {
        words = words.dim(" · ").put(Scope::P2, "unclaimed");
    }
    if let Some(incident) = alert.incident {
        let name = incident.number.map_or_else(String::new, |n| n.to_string());
        words = words.dim(" · ").text(name);
    }
    words
}

/// Who has acknowledged it, when, and with which words.
fn seen_by<'a>(scene: &Scene<'a>, alert: &Known<'_>) -> Option<Line<'a>> {
    let seen = alert.life.map(|life| life.acknowledged.as_slice());
    let seen = seen.filter(|seen| !seen.is_empty())?;
    let mut words = scene.words();
    for (n, seen) in seen.iter().enumerate() {
        words = if n > 0 { words.dim("   ") } else { words };
        words = words.text(seen.by.clone());
        words = words.dim(format!(" {}", scene.when.moment(seen.at)));
        if !seen.note.is_empty() {
            words = words.dim(": ").text(one_line(&seen.note));
        }
    }
    Some(words.line())
}

/// A text of several lines in one, where there is no room for more.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What its clock says, in words.
fn told_line<'a>(scene: &Scene<'a>, alert: &Known<'_>) -> Option<Line<'a>> {
    let words = label(scene, "clock");
    let now = scene.when.now;
    let words = match scene.model.alert_told(alert) {
        Told::Runs(clock) if clock.late(now) => words
            .put(Scope::Danger, "over")
            .dim(" since ")
            .text(scene.when.moment(clock.deadline))
            .dim(": somebody should have answered for it"),
        Told::Runs(clock) => {
            let words = words.text("to be answered").dim(" until ");
            let words = words.text(scene.when.moment(clock.deadline));
            match clock.resumes(now) {
                Some(resumes) => words.dim(", counts from ").text(scene.when.stamp(resumes)),
                None => words,
            }
        }
        Told::Seen(Some(until)) => words
            .text("raised again")
            .dim(" at ")
            .text(scene.when.moment(until))
            .dim(" unless something is done"),
        Told::Snoozed(until) => {
            let words = words.text("snoozed until ").text(scene.when.moment(until));
            let snooze = alert.life.and_then(|life| life.snoozed.as_ref());
            match snooze {
                Some(snooze) => words
                    .dim(format!(" by {}: ", snooze.by))
                    .text(snooze.reason.clone()),
                None => words,
            }
        }
        Told::Window(until) => {
            let window = scene.model.alert_window(alert);
            let reason = window.map_or_else(String::new, |window| window.reason.clone());
            words
                .text("in a maintenance window until ")
                .text(scene.when.moment(until))
                .dim(format!(": {reason}"))
        }
        Told::Seen(None) | Told::Works | Told::Over | Told::Nothing => return None,
    };
    Some(words.line())
}

/// Who of the client was told, and who could be.
fn notified<'a>(scene: &Scene<'a>, alert: &Known<'_>, width: u16) -> Option<Vec<Line<'a>>> {
    let told = alert.life.map(|life| life.notified.as_slice());
    let told = told.unwrap_or_default();
    let tenant = alert.fact.tenant.as_ref();
    let mut lines = Vec::new();
    let mut words = scene.words();
    for (n, told) in told.iter().enumerate() {
        words = if n > 0 { words.dim("   ") } else { words };
        words = words
            .put(Scope::Ok, "✓ ")
            .text(told.whom.clone())
            .dim(format!(" by {} ", told.how))
            .text(scene.when.short(told.at));
    }
    if told.is_empty() {
        let contact =
            tenant.and_then(|tenant| scene.model.directory.escalation_of(tenant).first().copied());
        words = words.text("nobody yet");
        if let Some(contact) = contact {
            words = words.dim("   ").text(contact.name.clone());
            words = words.dim(format!(" · {}", contact.phone));
        } else if tenant.is_none() {
            return None;
        }
    }
    wrapped(scene, &mut lines, "notify", &words.line(), width);
    Some(lines)
}

fn behind_lines<'a>(scene: &Scene<'a>, alert: &Known<'_>) -> Vec<Line<'a>> {
    let behind = scene.model.behind(alert);
    if behind.is_empty() {
        return vec![
            scene
                .words()
                .dim("Nothing else is known to be behind it.")
                .line(),
        ];
    }
    let lost = is_link_lost(alert.id);
    let mut lines = Vec::new();
    for id in &behind.alerts {
        let Some(fact) = scene.model.alert(id) else {
            continue;
        };
        let words = scene
            .words()
            .put(Scope::JobWarning, "▲ ")
            .text(format!("{:<24} ", fact.object))
            .dim(fact.text.clone());
        lines.push(words.line());
    }
    for job in &behind.jobs {
        let (sign, scope) = match lost {
            true => ("◌", Scope::Stale),
            false => class_sign(told_class(job)),
        };
        let id = On::new(alert.id.appliance.clone(), job.id.clone());
        let mut words = scene
            .words()
            .put(scope, format!("{sign} "))
            .text(format!("{:<24} ", id.id));
        words = match (lost, job.next_run) {
            (_, Some(at)) => words.dim("next run ").text(scene.when.moment(at)),
            (true, None) => words.dim("not known"),
            (false, None) => words.dim("on demand"),
        };
        if let Some(end) = job.last_end {
            words = words.dim(", last ended ").text(scene.when.moment(end));
        }
        lines.push(words.line());
    }
    lines
}

fn history_lines<'a>(scene: &Scene<'a>, alert: &Known<'_>) -> Vec<Line<'a>> {
    let earlier = scene.model.book.raisings(alert.id).rev();
    let earlier = earlier.filter(|life| life.episode.episode < alert.fact.episode);
    let mut lines: Vec<Line<'a>> = earlier.map(|life| raising(scene, life)).collect();
    if lines.is_empty() {
        lines.push(
            scene
                .words()
                .dim("The desk knows of no earlier time.")
                .line(),
        );
    }
    lines
}

fn raising<'a>(scene: &Scene<'a>, life: &Life) -> Line<'a> {
    let mut words = scene.words();
    words = match &life.fact {
        Some(fact) => words.text(format!("{:<13}", scene.when.moment(fact.raised))),
        None => words.dim(format!("{:<13}", "not known")),
    };
    words = match life.end() {
        Some((at, by)) => {
            let raised = life.fact.as_ref().map_or(at, |fact| fact.raised);
            let lasted = u64::try_from((at - raised).num_seconds()).unwrap_or(0);
            let by = match by {
                End::Cleared => "by itself".to_owned(),
                End::By(name) => format!("by {name}"),
                End::Left(revision) => format!("with revision {revision} of the directory"),
            };
            words
                .dim("over after ")
                .duration(format::duration(lasted))
                .dim(format!(" {by}"))
        }
        None => words.dim("its end was not seen"),
    };
    if !life.owner.is_empty() {
        words = words.dim(" · ").text(life.owner.clone());
    }
    if let Some(resolved) = life.resolved.as_ref() {
        words = words.dim(": ").text(one_line(&resolved.note));
    } else if let Some(fact) = &life.fact {
        words = words.dim(" · ").dim(fact.text.clone());
    }
    words.line()
}

/// Notes in a person's words: who, when, what.
fn notes(life: Option<&Life>) -> impl Iterator<Item = &ocdeck_domain::alert::Moment> {
    let moments = life.map_or(&[][..], |life| life.moments.as_slice());
    moments.iter().filter(|moment| match &moment.event {
        Some(Event::Noted { .. } | Event::ClientNotified { .. } | Event::Resolved { .. }) => true,
        Some(Event::Acknowledged { note }) => !note.is_empty(),
        _ => false,
    })
}

fn notes_lines<'a>(scene: &Scene<'a>, alert: &Known<'_>, width: u16) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for moment in notes(alert.life) {
        let text = match &moment.event {
            Some(Event::Noted { text }) => text.clone(),
            Some(Event::Acknowledged { note }) => note.clone(),
            Some(Event::Resolved { note, .. }) => format!("resolved: {note}"),
            Some(Event::ClientNotified {
                whom, how, text, ..
            }) => {
                let said = if text.is_empty() {
                    String::new()
                } else {
                    format!(": {text}")
                };
                format!("{whom} was told by {how}{said}")
            }
            _ => continue,
        };
        let head = scene
            .words()
            .dim(format!("{:<13}", scene.when.moment(moment.at)))
            .text(format!("{:<10} ", moment.actor))
            .line();
        let indent = text::line_width(&head);
        let parts = text_rows(scene, &text, width.saturating_sub(indent).max(10));
        for (n, part) in parts.into_iter().enumerate() {
            let words = match n {
                0 => scene.words().and(head.clone()),
                _ => scene.words().text(" ".repeat(usize::from(indent))),
            };
            lines.push(words.and(part).line());
        }
    }
    if lines.is_empty() {
        lines.push(scene.words().dim("Nobody has written anything yet.").line());
    }
    lines
}

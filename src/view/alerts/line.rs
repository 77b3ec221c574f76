//! The time line of an alert: everything that happened to it, the newest below.

use crate::{
    config::theme::Scope,
    state::alerts::Known,
    view::{
        common::text_rows,
        scene::{Scene, Sign},
        words::Words,
    },
};
use ocdeck_domain::{
    alert::{Event, Life, Moment, is_link_lost},
    facts::Time,
};
use ocdeck_widgets::text;
use ratatui::text::Line;

/// The lines, with those of the raising that this one goes on with before them. What does not
/// fit the width, and what people wrote in lines, goes on below.
pub(super) fn time_line<'a>(scene: &Scene<'a>, alert: &Known<'_>, width: u16) -> Vec<Line<'a>> {
    let mut chain: Vec<&Life> = alert.life.into_iter().collect();
    while let Some(before) = chain.last().and_then(|life| life.before) {
        let mut raisings = scene.model.book.raisings(alert.id);
        let Some(life) = raisings.find(|life| life.episode.episode == before) else {
            break;
        };
        // A history that names itself would never end.
        if chain.iter().any(|known| known.episode == life.episode) {
            break;
        }
        chain.push(life);
    }
    let moments: Vec<&Moment> = chain.iter().rev().flat_map(|life| &life.moments).collect();
    let times = moments
        .iter()
        .map(|moment| scene.when.moment(moment.at).len());
    let wide = times.max().unwrap_or(0) + 2;
    let mut lines: Vec<Line<'a>> = Vec::new();
    for (n, moment) in moments.iter().enumerate() {
        let head = head(scene, n == 0, moment.at, wide);
        let head = head.clock_ahead(moment.ahead).line();
        let indent = text::line_width(&head);
        let room = width.saturating_sub(indent).max(10);
        let written = moment.event.as_ref().and_then(Event::text);
        let rest = written.and_then(|text| Some(text.split_once('\n')?.1));
        let rest = rest.map(|rest| text_rows(scene, rest, room));
        let rows = text::wrap(&line(scene, alert, scene.words(), moment), room);
        for (at, row) in rows
            .into_iter()
            .chain(rest.into_iter().flatten())
            .enumerate()
        {
            let before = match at {
                0 => scene.words().and(head.clone()),
                _ => scene.words().text(" ".repeat(usize::from(indent))),
            };
            lines.push(before.and(row).line());
        }
    }
    if lines.is_empty() {
        let raised = scene.model.raised_at(alert);
        let words = head(scene, true, raised, 10);
        let by = alert.id.appliance.to_string();
        lines.push(words.text("raised").dim(" by ").text(by).line());
    }
    lines
}

fn head<'a>(scene: &Scene<'a>, first: bool, at: Time, wide: usize) -> Words<'a> {
    let label = if first { "time line" } else { "" };
    let when = scene.when.moment(at);
    scene.words().dim(format!("{label:<11}{when:<wide$}"))
}

fn line<'a>(scene: &Scene<'a>, alert: &Known<'_>, words: Words<'a>, moment: &Moment) -> Line<'a> {
    let Some(event) = &moment.event else {
        let kind = moment.kind.replace('_', " ");
        return words
            .put(Scope::TextFaint, "· ")
            .dim(format!("{kind} (of a newer build), {}", moment.actor))
            .line();
    };
    let (sign, scope) = sign(event);
    let words = words.put(scope, format!("{sign} "));
    let zone = |at| scene.when.moment(at);
    match event {
        Event::Raised(fact) if is_link_lost(alert.id) => words
            .text("lost")
            .dim(format!(", seen by {}: ", moment.actor))
            .dim(fact.text.clone()),
        Event::Raised(fact) => words
            .text("raised")
            .dim(format!(" by {}: ", alert.id.appliance))
            .dim(fact.text.clone()),
        Event::Acknowledged { note } => said(words.text("acknowledged"), moment, note),
        Event::AcknowledgementUndone => said(words.text("acknowledgement undone"), moment, ""),
        Event::AcknowledgementTimedOut { .. } => words
            .text("raised again")
            .dim(": nothing was done about it"),
        Event::Taken => said(words.text("taken"), moment, ""),
        Event::TakenOver { from } => words
            .text(format!("with the shift of {from}"))
            .dim(format!(" to {}", moment.actor)),
        Event::Assigned { to } => said(words.text(format!("given to {to}")), moment, ""),
        Event::Snoozed { until, reason } => said(
            words.text(format!("snoozed until {}", zone(*until))),
            moment,
            reason,
        ),
        Event::Woken => said(words.text("snooze ended"), moment, ""),
        Event::Noted { text } => said(words.text("note"), moment, text),
        Event::ClientNotified {
            whom, how, text, ..
        } => said(words.text(format!("{whom} told by {how}")), moment, text),
        Event::Resolved { note, .. } => said(words.text("resolved"), moment, note),
        Event::Cleared { .. } => words.text("over").dim(", it cleared by itself"),
        Event::Gone { .. } => words.text("over").dim(", its appliance tells it no more"),
        Event::ApplianceLeft { revision } => words.text("closed").dim(format!(
            ": its appliance left the directory, revision {revision}"
        )),
        Event::Reopened { fresh: true, .. } => {
            words.text("raised anew").dim(", too late to be the same")
        }
        Event::Reopened { .. } => words.text("open again").dim(", so soon it is the same"),
    }
    .line()
}

fn said<'a>(words: Words<'a>, moment: &Moment, text: &str) -> Words<'a> {
    let words = words.dim(format!(" by {}", moment.actor));
    match text.lines().next() {
        None => words,
        Some(first) => words.dim(": ").text(first.to_owned()),
    }
}

fn sign(event: &Event) -> Sign {
    match event {
        Event::Raised(_) | Event::Reopened { .. } | Event::AcknowledgementTimedOut { .. } => {
            ("▲", Scope::JobWarning)
        }
        Event::Acknowledged { .. }
        | Event::Resolved { .. }
        | Event::Cleared { .. }
        | Event::Gone { .. } => ("✓", Scope::Ok),
        Event::Taken | Event::TakenOver { .. } | Event::Assigned { .. } => ("►", Scope::JobRunning),
        Event::Snoozed { .. } => ("‖", Scope::TextDim),
        Event::ClientNotified { .. } => ("☏", Scope::Key),
        Event::AcknowledgementUndone
        | Event::Woken
        | Event::Noted { .. }
        | Event::ApplianceLeft { .. } => ("·", Scope::TextFaint),
    }
}

//! Everything that happened to an incident, in one time line: what was recorded on it, on what
//! was merged into it, and on its restore requests.

use super::super::{restores::moment_words as request_words, scene::Scene};
use crate::config::theme::Scope;
use ocdeck_domain::{
    facts::Time,
    incident::{Escalation, Event, Incident},
    restore,
};
use ocdeck_widgets::format;

/// A line of the time line.
pub(super) struct Entry {
    pub(super) at: Time,
    /// Whether a clock that was wrong said so.
    pub(super) ahead: bool,
    pub(super) sign: &'static str,
    pub(super) scope: Scope,
    /// What happened.
    pub(super) what: String,
    /// Whether it is a call or a turn, to be found at a glance.
    pub(super) strong: bool,
    /// What else is to be said; may be empty.
    pub(super) detail: String,
    /// Who.
    pub(super) actor: String,
    /// The lines of a note; else empty.
    pub(super) note: String,
}

/// "eva called, answered: go on"
pub(in super::super) fn escalation_words(call: &Escalation) -> String {
    let answer = match call.answered {
        Some(_) => "answered",
        None => "no answer",
    };
    let outcome = match call.outcome.as_str() {
        "" => String::new(),
        outcome => format!(": {outcome}"),
    };
    format!("duty manager {} called, {answer}{outcome}", call.to)
}

/// The whole time line, the newest last.
pub(super) fn entries(scene: &Scene<'_>, incident: &Incident) -> Vec<Entry> {
    let model = scene.model;
    let mut entries = own(scene, incident, "");
    for id in &incident.merged_from {
        if let Some(other) = model.book.incidents.get(*id) {
            entries.extend(own(scene, other, &model.incident_name(*id)));
        }
    }
    for id in model.incident_requests(incident) {
        let reference = model.reference_text(id);
        let request = model.requests.get(id);
        let moments = request.into_iter().flat_map(|request| &request.moments);
        let moments = moments.filter(|moment| {
            !matches!(
                moment.event,
                Some(restore::Event::Opened { .. } | restore::Event::Parked { .. })
            )
        });
        entries.extend(moments.map(|moment| {
            let (sign, scope, what) = request_words(moment.event.as_ref(), &moment.kind);
            Entry {
                at: moment.at,
                ahead: moment.ahead,
                sign,
                scope,
                what: format!("{reference} {what}"),
                strong: matches!(moment.event, Some(restore::Event::Dispatching(_))),
                detail: String::new(),
                actor: moment.actor.clone(),
                note: match &moment.event {
                    Some(restore::Event::Noted { text }) => text.clone(),
                    _ => String::new(),
                },
            }
        }));
    }
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn own(scene: &Scene<'_>, incident: &Incident, of: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = incident
        .moments
        .iter()
        .map(|moment| {
            let (sign, scope, strong, what, detail) = match &moment.event {
                Some(event) => words(scene, event),
                None => plain(
                    format!("{} (of a newer build)", moment.kind.replace('_', " ")),
                    "",
                ),
            };
            Entry {
                at: moment.at,
                ahead: moment.ahead,
                sign,
                scope,
                what: match of {
                    "" => what,
                    of => format!("{of} {what}"),
                },
                strong,
                detail,
                actor: moment.actor.clone(),
                note: moment
                    .event
                    .as_ref()
                    .and_then(Event::text)
                    .unwrap_or_default()
                    .to_owned(),
            }
        })
        .collect();
    let responded = incident.responded.as_ref().zip(incident.started);
    if let Some(((at, who), start)) = responded.filter(|_| of.is_empty()) {
        let seconds = u64::try_from((*at - start).num_seconds()).unwrap_or(0);
        let after = entries.iter().rposition(|entry| entry.at <= *at);
        let entry = Entry {
            at: *at,
            ahead: false,
            sign: "✓",
            scope: Scope::Ok,
            what: format!("responded after {}", format::duration_text(seconds)),
            strong: false,
            detail: match incident.reported() {
                true => "human contact".to_owned(),
                false => String::new(),
            },
            actor: who.clone(),
            note: String::new(),
        };
        entries.insert(after.map_or(0, |at| at + 1), entry);
    }
    entries
}

type Said = (&'static str, Scope, bool, String, String);

fn plain(what: impl Into<String>, detail: impl Into<String>) -> Said {
    ("·", Scope::TextDim, false, what.into(), detail.into())
}

fn turn(sign: &'static str, scope: Scope, what: &str) -> Said {
    (sign, scope, true, what.to_owned(), String::new())
}

fn call(what: impl Into<String>, detail: impl Into<String>) -> Said {
    ("☏", Scope::JobRunning, true, what.into(), detail.into())
}

fn words(scene: &Scene<'_>, event: &Event) -> Said {
    match event {
        Event::Opened { reference } => plain(format!("number {reference} given"), ""),
        Event::Raised(alert) => (
            "▲",
            Scope::JobWarning,
            true,
            format!("{} raised", alert.monitor.replace('_', " ")),
            format!("severity {}: {}", alert.severity.number(), alert.text),
        ),
        Event::Reported(report) => {
            let what = match report.channel {
                ocdeck_domain::incident::Channel::Call => {
                    return call(format!("call from {}", report.contact), &report.number);
                }
                other => format!("{} from {}", other.name(), report.contact),
            };
            let detail = format!("{}, {}", report.wants.name(), report.priority);
            ("·", Scope::Text, true, what, detail)
        }
        Event::AlertLinked(alert) => (
            "▲",
            Scope::JobWarning,
            false,
            format!("{} raised again", alert.monitor.replace('_', " ")),
            format!("severity {}: {}", alert.severity.number(), alert.text),
        ),
        Event::Recovered { .. } => (
            "✓",
            Scope::Ok,
            false,
            "alert cleared".to_owned(),
            "by itself".to_owned(),
        ),
        Event::ApplianceLeft { episode, revision } => plain(
            format!("{} left the directory", episode.alert.appliance),
            format!("revision {revision}: its alert is closed"),
        ),
        Event::RequestLinked { request } => {
            let model = scene.model;
            let place = model.request_place(*request);
            plain(format!("{} linked", model.reference_text(*request)), place)
        }
        Event::Taken => plain("taken", ""),
        Event::TakenOver { from } => plain(format!("with the shift of {from}"), ""),
        Event::Assigned { to } => plain(format!("assigned to {to}"), ""),
        Event::Noted { .. } => plain("note", ""),
        Event::Contacted(contacted) if contacted.reached => {
            call(format!("called {}", contacted.whom), &contacted.outcome)
        }
        Event::Contacted(contacted) => (
            "☏",
            Scope::TextDim,
            false,
            format!("tried {}", contacted.whom),
            contacted.outcome.clone(),
        ),
        Event::Waiting { what, .. } => (
            "‖",
            Scope::JobWaiting,
            false,
            format!("waits for client: {what}"),
            "adjusted clock pauses".to_owned(),
        ),
        Event::WaitingEnded => plain("goes on", "the client answered"),
        Event::PriorityChanged { to, reason, call } => {
            let why = match (reason.as_str(), call) {
                ("", Some(call)) => format!("call with {}", call.whom),
                ("", None) => "clock start unchanged".to_owned(),
                (reason, _) => reason.to_owned(),
            };
            plain(format!("priority {to}"), why)
        }
        Event::Escalated(call) => (
            "☏",
            Scope::JobWarning,
            true,
            escalation_words(call),
            call.reason.clone(),
        ),
        Event::Notified(told) => (
            "✓",
            Scope::Ok,
            false,
            format!("told {}", told.whom),
            format!("by {}", told.how),
        ),
        Event::Promised { what, at } => (
            "○",
            Scope::JobWaiting,
            false,
            format!("promised: {what}"),
            format!("for {}", scene.when.short(*at)),
        ),
        Event::Kept { .. } => ("✓", Scope::Ok, false, "promise kept".into(), String::new()),
        Event::MergedInto { incident } => {
            let into = scene.model.incident_name(*incident);
            plain(format!("goes on as {into}"), "merged")
        }
        Event::MergedFrom { incident, .. } => {
            let from = scene.model.incident_name(*incident);
            plain(format!("{from} goes on here"), "merged")
        }
        Event::Resolved { .. } => turn("✓", Scope::Ok, "resolved"),
        Event::Closed { .. } => turn("✓", Scope::Ok, "closed"),
        Event::Reopened { .. } => turn("▲", Scope::JobWarning, "open again"),
    }
}

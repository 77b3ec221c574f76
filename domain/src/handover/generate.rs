//! The lines of a handover, made from what is known. Pure: the same facts give the same lines,
//! and the same thing has the same key in each of them.

use super::{
    known::{
        Beyond, BeyondBy, Failing, Known, KnownAlerts, KnownIncident, KnownRequest, Lost, Standing,
        Waiting,
    },
    line::{About, Line, Section},
};
use crate::{
    clock::{Clock, Heat, Pause, Wait},
    facts::{RestoreState, Time},
    fleet::LAST_STEP,
    priority::Priority,
};
use chrono::TimeDelta;

/// All lines, in the order of the page.
pub fn lines(known: &Known) -> Vec<Line> {
    let mut lines: Vec<Line> = known.requests.iter().map(|r| request(known, r)).collect();
    lines.extend(known.incidents.iter().map(|i| incident(known, i)));
    lines.extend(
        known
            .beyond
            .iter()
            .map(|beyond| beyond_limit(known, beyond)),
    );
    lines.extend(known.desk.map(|(since, waits)| desk(known, since, waits)));
    lines.extend(known.promises.iter().map(|promised| {
        let promise = &promised.promise;
        let late = promise.due < known.now;
        Line {
            next: promised.by.clone(),
            owner: promised.by.clone(),
            heat: if late { Heat::Breached } else { Heat::Normal },
            ..plain(
                format!("promise:{}", promise.promise),
                Section::Promises,
                known.time(promise.due),
                promise.text.clone(),
            )
        }
    }));
    lines.extend(known.failing.iter().map(|job| failing(known, job)));
    lines.extend(known.lost.iter().map(|appliance| lost(known, appliance)));
    lines.extend(known.alerts.iter().map(|group| alerts(known, group)));
    lines.extend(known.onboarding.iter().map(|(tenant, name, step)| Line {
        about: About::Tenant(tenant.clone()),
        ..plain(
            format!("onboarding:{tenant}"),
            Section::Onboarding,
            format!("{step}/{LAST_STEP}"),
            name.clone(),
        )
    }));
    lines.extend(sweep(known));
    // A P1 before every P2; else things keep the order in which they were given, the most
    // urgent first.
    lines.sort_by_key(|line| {
        let urgent = line.section == Section::Urgent;
        (line.section, line.priority.filter(|_| urgent))
    });
    lines
}

impl Known {
    /// "07:30", or "20 Nov 22:00" of another day.
    fn time(&self, at: Time) -> String {
        let (local, today) = (
            at.with_timezone(&self.zone),
            self.now.with_timezone(&self.zone),
        );
        let form = match local.date_naive() == today.date_naive() {
            true => "%H:%M",
            false => "%-d %b %H:%M",
        };
        local.format(form).to_string()
    }
}

/// "12 m", "2 h 48 m", "3 d": whole minutes; nobody reads seconds in a list.
fn long(time: TimeDelta) -> String {
    let minutes = time.num_minutes().abs();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} m"),
        (hours, _) if hours >= 48 => format!("{} d", hours / 24),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} m"),
    }
}

fn plain(key: String, section: Section, name: String, text: String) -> Line {
    Line {
        key,
        section,
        priority: None,
        name,
        text,
        next: String::new(),
        heat: Heat::Normal,
        detail: Vec::new(),
        owner: String::new(),
        about: About::Nothing,
        gist: String::new(),
    }
}

fn name(request: &KnownRequest) -> String {
    request
        .reference
        .map_or_else(|| "no number".to_owned(), |r| r.to_string())
}

fn request(known: &Known, request: &KnownRequest) -> Line {
    let section = match request.standing {
        Standing::Working(Some(RestoreState::Running | RestoreState::Verifying)) => {
            Section::Running
        }
        Standing::Awaits(_) | Standing::Validated => Section::Validation,
        _ if request.priority <= Priority::P2 => Section::Urgent,
        _ => Section::Other,
    };
    let stands = stands(known, request);
    let asked = request.asked.map_or("", |asked| asked.name());
    // That nobody knows whether it was sent comes before what it waits for.
    let waiting = request
        .waits
        .as_ref()
        .filter(|_| request.unanswered.is_none());
    let (text, stands) = match waits(known, waiting) {
        // First what the next person must know: a list has little room.
        Some(waits) => {
            let parts = [asked, &stands].into_iter().filter(|part| !part.is_empty());
            let parts: Vec<&str> = parts.collect();
            (format!("{} {waits}", request.place), parts.join(", "))
        }
        None if asked.is_empty() => (format!("{}, {stands}", request.place), stands),
        None => (format!("{} {asked}, {stands}", request.place), stands),
    };
    let todo = next_step(request);
    let (next, heat) = match (&request.clock, request.next_call) {
        (Some(clock), _) => (clock_words(known, clock), request.heat),
        (None, Some(call)) => {
            let heat = if call < known.now {
                Heat::Hot
            } else {
                Heat::Normal
            };
            (format!("call {}", known.time(call)), heat)
        }
        (None, None) => (todo.clone(), Heat::Normal),
    };
    Line {
        priority: Some(request.priority),
        next,
        heat,
        detail: detail(known, request, &stands, &todo),
        owner: request.owner.clone(),
        about: About::Request(request.id),
        gist: gist(request),
        ..plain(
            format!("request:{}", request.id),
            section,
            name(request),
            text,
        )
    }
}

/// "waits for client since 12:40: the list of folders".
fn waits(known: &Known, wait: Option<&Wait>) -> Option<String> {
    let wait = wait?;
    let since = known.time(wait.from);
    Some(format!("waits for client since {since}: {}", wait.what))
}

/// Where it stands, without what changes by itself from minute to minute.
fn gist(request: &KnownRequest) -> String {
    let stands = match request.standing {
        Standing::Working(None) if request.unanswered.is_some() => "no answer".to_owned(),
        Standing::Draft => "draft".to_owned(),
        Standing::Working(Some(RestoreState::AwaitingApproval)) => "awaits approval".to_owned(),
        Standing::Working(_) => "sent".to_owned(),
        Standing::Stopped(state) => state.name().to_owned(),
        Standing::Awaits(state) => format!("awaits validation, {}", state.name()),
        Standing::Validated => "validated".to_owned(),
    };
    let waits = request.waits.as_ref();
    let waits = waits.map_or_else(String::new, |wait| format!(", waits for {}", wait.what));
    format!("{} {stands}{waits}", request.priority)
}

fn stands(known: &Known, request: &KnownRequest) -> String {
    match request.standing {
        Standing::Draft => match (request.parked, request.owner.is_empty()) {
            (Some(step), _) => format!("parked at step {step}"),
            (None, true) => "call not returned".to_owned(),
            (None, false) => "being filled in".to_owned(),
        },
        Standing::Working(None) => match &request.unanswered {
            Some((by, at)) => format!("{by}'s dispatch got no answer since {}", known.time(*at)),
            None => "sent, not answered yet".to_owned(),
        },
        Standing::Working(Some(state)) => {
            let mut words = match request.percent {
                Some(percent) => format!("{percent} %"),
                None => state.name().to_owned(),
            };
            if let Some(eta) = request.eta {
                words.push_str(&format!(", ready about {}", known.time(eta)));
            }
            words
        }
        Standing::Stopped(state) | Standing::Awaits(state) => state.name().to_owned(),
        Standing::Validated => "validated".to_owned(),
    }
}

/// What the next person does with it.
fn next_step(request: &KnownRequest) -> String {
    if let (Standing::Working(None), Some((by, _))) = (request.standing, &request.unanswered) {
        return format!("ask {by}, or send it as yours");
    }
    match request.standing {
        _ if request.waits.is_some() => "ask the client again",
        Standing::Draft if request.owner.is_empty() => "take it, call back",
        Standing::Draft => "continue, then dispatch",
        Standing::Working(None | Some(RestoreState::Accepted)) => "see that it starts",
        Standing::Working(Some(RestoreState::AwaitingApproval)) => "get it approved",
        Standing::Working(_) => "watch it",
        Standing::Stopped(RestoreState::Cancelled) => "close it",
        Standing::Stopped(_) => "continue or close",
        Standing::Awaits(_) => "client validates",
        Standing::Validated => "close it",
    }
    .to_owned()
}

fn detail(known: &Known, request: &KnownRequest, stands: &str, todo: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let (caller, number) = &request.caller;
    if !caller.is_empty() {
        lines.push(format!("for {caller} {number}").trim_end().to_owned());
    }
    if let Some(appliance) = &request.appliance {
        lines.push(format!("{stands} on {appliance}"));
    }
    if let Some(wait) = &request.waits {
        lines.push(stands.to_owned());
        lines.push(format!("asked {}", wait.attempt));
    }
    lines.push(format!("next  {todo}"));
    if let Some(clock) = &request.clock {
        let left = left(clock.left(known.now));
        lines.push(format!("clock {} {left}", clock.verb.name()));
    }
    lines.extend(request.clock.as_ref().and_then(|c| pauses(known, c)));
    let owner = match request.owner.as_str() {
        "" => "unclaimed",
        owner => owner,
    };
    lines.push(format!("owner {owner}"));
    lines
}

/// "12 m left", "2 h over".
fn left(left: TimeDelta) -> String {
    let end = match left < TimeDelta::zero() {
        true => "over",
        false => "left",
    };
    format!("{} {end}", long(left))
}

/// That the adjusted value stands still while the clock goes on.
fn pauses(known: &Known, clock: &Clock) -> Option<String> {
    let waits = matches!(clock.pause(known.now), Some(Pause::Waiting { .. }));
    let adjusted = left(clock.adjusted_left(known.now));
    waits.then(|| format!("adjusted clock pauses, {adjusted}"))
}

fn incident(known: &Known, incident: &KnownIncident) -> Line {
    use crate::incident::Phase;
    let section = match incident.priority {
        Priority::P1 | Priority::P2 => Section::Urgent,
        _ => Section::Incidents,
    };
    let todo = match incident.phase {
        Phase::NeedsCall => "call the client",
        Phase::Open => "take it",
        Phase::InProgress => "go on with it",
        Phase::Waiting => "ask the client again",
        Phase::Recovered => "see that it lasts, close it",
        Phase::Resolved | Phase::Merged | Phase::Closed => "close it",
    };
    let text = match waits(known, incident.waits.as_ref()) {
        Some(waits) => format!("{} {waits}; {}", incident.place, incident.text),
        None => {
            let phase = incident.phase.name();
            format!("{}: {}, {phase}", incident.place, incident.text)
        }
    };
    let (next, heat) = match &incident.clock {
        Some(clock) => (clock_words(known, clock), incident.heat),
        None => (todo.to_owned(), Heat::Normal),
    };
    let mut detail = Vec::new();
    if let Some(wait) = &incident.waits {
        detail.push(format!("asked {}", wait.attempt));
        detail.extend(incident.clock.as_ref().and_then(|c| pauses(known, c)));
    }
    if !incident.requests.is_empty() {
        detail.push(format!("with {}", incident.requests.join(", ")));
    }
    detail.push(format!("next  {todo}"));
    detail.push(match incident.owner.as_str() {
        "" => "unclaimed".to_owned(),
        owner => format!("owner {owner}"),
    });
    Line {
        priority: Some(incident.priority),
        next,
        heat,
        detail,
        owner: incident.owner.clone(),
        about: About::Incident(incident.id),
        gist: format!(
            "{} {}{}",
            incident.priority,
            incident.phase.name(),
            match &incident.waits {
                Some(wait) => format!(": {}", wait.what),
                None => String::new(),
            }
        ),
        ..plain(
            format!("incident:{}", incident.id),
            section,
            incident
                .number
                .map_or_else(|| "no number".to_owned(), |number| number.to_string()),
            text,
        )
    }
}

/// "initiate 2 h 48 m", "respond −2 m".
fn clock_words(known: &Known, clock: &Clock) -> String {
    let left = clock.left(known.now);
    let over = if left < TimeDelta::zero() { "−" } else { "" };
    format!("{} {over}{}", clock.verb.name(), long(left))
}

fn alerts(known: &Known, group: &KnownAlerts) -> Line {
    let more = match group.count {
        0 | 1 => group.text.clone(),
        count => format!("{}, and {} more", group.text, count - 1),
    };
    let (key, text, next) = match &group.waiting {
        Waiting::Unacknowledged(priority) => {
            let of = priority.map_or_else(|| "no priority".to_owned(), |p| p.to_string());
            let raised = format!("since {}", known.time(group.raised));
            (format!("alerts:{of}"), format!("{of}: {more}"), raised)
        }
        Waiting::Snoozed(until, by) => {
            let key = format!("snoozed:{by}:{}", until.timestamp());
            let text = format!("snoozed until {}: {more}", known.time(*until));
            (key, text, by.clone())
        }
    };
    Line {
        next,
        about: About::Alert(group.first.clone()),
        ..plain(key, Section::Alerts, group.count.to_string(), text)
    }
}

fn beyond_limit(known: &Known, beyond: &Beyond) -> Line {
    let Beyond {
        request,
        name,
        place,
        owner,
        by,
    } = beyond;
    let (key, section, text, next) = match by {
        BeyondBy::Glass {
            reason,
            manager,
            called,
        } => (
            format!("glass:{request}"),
            Section::BreakGlass,
            format!("{place}: {reason}"),
            format!("{manager} called {}", known.time(*called)),
        ),
        BeyondBy::Decision(said) => {
            let did = if said.approved {
                "approved"
            } else {
                "rejected"
            };
            let text = match said.reason.as_str() {
                "" => format!("{place}: {did}"),
                reason => format!("{place}: {did}, {reason}"),
            };
            let next = format!("{} {}", said.person, known.time(said.at));
            let next = next.trim_start().to_owned();
            (format!("approval:{request}"), Section::Approval, text, next)
        }
    };
    Line {
        next,
        owner: owner.clone(),
        about: About::Request(*request),
        ..plain(key, section, name.clone(), text)
    }
}

fn desk(known: &Known, since: Time, waits: u64) -> Line {
    let waits = match waits {
        0 => "nothing waits at this console".to_owned(),
        1 => "1 thing waits at this console to be written".to_owned(),
        more => format!("{more} things wait at this console to be written"),
    };
    Line {
        heat: Heat::Hot,
        next: format!("since {}", known.time(since)),
        ..plain(
            "desk".to_owned(),
            Section::Desk,
            long(known.now - since),
            waits,
        )
    }
}

fn failing(known: &Known, job: &Failing) -> Line {
    let text = match job.message.as_str() {
        "" => job.place.clone(),
        message => format!("{}, {message}", job.place),
    };
    let next = job.next_run.map_or_else(
        || "no run planned".to_owned(),
        |at| format!("next {}", known.time(at)),
    );
    let last = job.last_end.map(|at| format!("last {}", known.time(at)));
    Line {
        next,
        detail: last.into_iter().collect(),
        about: About::Job(job.job.clone()),
        ..plain(
            format!("failing:{}", job.job),
            Section::Failing,
            format!("{} ×", job.times),
            text,
        )
    }
}

fn lost(known: &Known, lost: &Lost) -> Line {
    let jobs = match lost.jobs {
        0 => String::new(),
        1 => ", 1 job unknown".to_owned(),
        jobs => format!(", {jobs} jobs unknown"),
    };
    Line {
        next: String::new(),
        detail: Some(lost.why.clone())
            .into_iter()
            .filter(|why| !why.is_empty())
            .collect(),
        about: About::Appliance(lost.appliance.clone()),
        ..plain(
            format!("lost:{}", lost.appliance),
            Section::Lost,
            long(known.now - lost.since),
            format!("{}, since {}{jobs}", lost.appliance, known.time(lost.since)),
        )
    }
}

fn sweep(known: &Known) -> Vec<Line> {
    let mut lines = Vec::new();
    let since = match (known.sweep.last, known.sweep.since) {
        (Some(last), _) => Some(format!("the last one ended {}", known.time(last))),
        (None, Some(since)) => Some(format!("none is known since {}", known.time(since))),
        (None, None) => None,
    };
    if let Some(since) = since.filter(|_| known.sweep.missed > 0) {
        let name = format!("{} ×", known.sweep.missed);
        let text = format!("missed, {since}");
        lines.push(Line {
            about: About::Sweep,
            ..plain("sweep:missed".to_owned(), Section::Sweep, name, text)
        });
    }
    lines.extend(known.sweep.left.as_ref().map(|(left, by, of)| {
        let mut text = format!("{} of {of} jobs not looked at", left.jobs);
        if left.unheard_count > 0 {
            text.push_str(&format!(", not heard: {}", left.names()));
        }
        Line {
            next: by.clone(),
            about: About::Sweep,
            ..plain(
                "sweep:left".to_owned(),
                Section::Sweep,
                known
                    .sweep
                    .last
                    .map_or_else(String::new, |at| known.time(at)),
                text,
            )
        }
    }));
    if known.sweep.open.is_some() {
        let text = "a sweep goes on".to_owned();
        lines.push(Line {
            about: About::Sweep,
            ..plain("sweep:open".to_owned(), Section::Sweep, String::new(), text)
        });
    }
    lines.extend(known.findings.iter().map(|found| Line {
        next: found.by.clone(),
        about: About::Job(found.job.clone()),
        ..plain(
            format!("found:{}", found.job),
            Section::Sweep,
            known.time(found.at),
            format!("{}: {}", found.job, found.text),
        )
    }));
    lines
}

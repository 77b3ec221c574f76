//! The card of one incident: who and since when, its clocks, everything that happened, what is
//! next, who was told, what is linked.

use super::{
    super::{
        common::{air, below, seen_note, text_rows},
        rail::heat_scope,
        scene::{Scene, under},
        words::Words,
    },
    moments::{self, Entry},
    phase_sign,
};
use crate::{
    config::theme::Scope,
    state::{command::Command, model::Pane},
};
use ocdeck_domain::{
    clock::{Clock, Pause},
    incident::{Incident, Origin},
};
use ocdeck_widgets::{format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the selected incident.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let focused = scene.focused(Pane::Detail, area);
    let Some(incident) = scene.model.selected_incident() else {
        scene.pane(area, buf, "Incident", Line::default(), focused);
        return;
    };
    let model = scene.model;
    let title = format!(
        "{} · {}",
        model.incident_name(incident.id),
        model.incident_place(incident)
    );
    let note = owner(scene, incident);
    let inner = scene.pane(area, buf, &title, note, focused);
    let roomy = area.height >= 30;
    let gap = u16::from(roomy);
    let place = air(below(inner, gap));
    let mut rest = scene.lines(place, buf, &head(scene, incident, place.width));
    rest = below(rest, gap);
    rest = scene.lines(rest, buf, &facts(scene, incident));
    let next = next(scene, incident);
    let told = told(scene, incident);
    let foot = linked(scene, incident);
    let height = |lines: &[Line<'_>]| u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let (below_line, above_foot) = (height(&next) + 1 + gap, height(&told) + 1 + gap);
    let wide = Rect {
        x: area.x,
        width: area.width,
        ..under(area, rest, gap)
    };
    let tail = gap + below_line + above_foot + height(&foot);
    let line = Rect {
        height: wide.height.saturating_sub(tail).max(4).min(wide.height),
        ..wide
    };
    time_line(scene, line, buf, incident);
    let rest = under(area, below(line, line.height), gap);
    let inner = scene.pane(rest, buf, "Next", due(scene, incident), false);
    scene.lines(air(inner), buf, &next);
    let rest = below(rest, below_line);
    if rest.height < 2 {
        return;
    }
    let inner = scene.pane(rest, buf, "Told", Line::default(), false);
    scene.lines(air(inner), buf, &told);
    scene.lines(air(below(rest, above_foot)), buf, &foot);
}

/// Who works on it, and the key to be it.
fn owner<'a>(scene: &Scene<'a>, incident: &Incident) -> Line<'a> {
    let mut words = match incident.owner.as_str() {
        "" => scene.words().put(Scope::P2, "unclaimed"),
        owner => scene.words().dim("owner ").strong(owner.to_owned()),
    };
    let mine = incident.owner == scene.model.me.name;
    if let Some(key) = scene
        .key_of(Command::IncidentTake)
        .filter(|_| !mine && !incident.over())
    {
        let take = scene.model.hint(Command::IncidentTake).label;
        words = words.text("  ").key(key).dim(format!(" {take}"));
    }
    words.line()
}

/// What it is, who says so, since when.
fn head<'a>(scene: &Scene<'a>, incident: &Incident, width: u16) -> Vec<Line<'a>> {
    let model = scene.model;
    let title = scene
        .words()
        .priority(incident.priority())
        .text(" ")
        .strong(model.incident_text(incident))
        .line();
    let mut lines: Vec<Line<'a>> = text::wrap(&title, width).into_iter().take(2).collect();
    let words = scene.words();
    let words = match &incident.origin {
        Some(Origin::Person(report)) => words
            .dim(match report.channel {
                ocdeck_domain::incident::Channel::Call => "called by ".to_owned(),
                other => format!("{} from ", other.name()),
            })
            .text(report.contact.clone())
            .text(match report.number.as_str() {
                "" => String::new(),
                number => format!(" {number}"),
            })
            .dim(" · received ")
            .text(scene.when.moment(report.received)),
        Some(Origin::Alert(alert)) => words
            .text(alert.monitor.replace('_', " "))
            .dim(" raised by ")
            .text(alert.episode.alert.appliance.to_string())
            .dim(" · ")
            .text(scene.when.moment(alert.raised))
            .dim(format!(" · severity {}", alert.severity.number())),
        None => words.dim("of a newer build"),
    };
    let phase = model.incident_phase(incident);
    let (sign, scope) = phase_sign(phase);
    let state = words
        .dim(" · ")
        .put(scope, format!("{sign} {}", phase.name()));
    lines.push(state.line());
    lines
}

/// The clocks and the call to the duty manager.
fn facts<'a>(scene: &Scene<'a>, incident: &Incident) -> Vec<Line<'a>> {
    let clocks = scene.model.incident_clocks(incident);
    let mut lines: Vec<Line<'a>> = clocks
        .iter()
        .map(|clock| clock_line(scene, incident, clock))
        .collect();
    if lines.is_empty() {
        lines.push(label(scene, "clock").dim("none runs for it").line());
    }
    if let Some(policy) = scene.model.older_policy_words(incident.began) {
        lines.push(label(scene, "").dim(policy).line());
    }
    lines.push(escalated(scene, incident, &clocks));
    lines
}

fn label<'a>(scene: &Scene<'a>, name: &'static str) -> Words<'a> {
    scene.words().dim(format!("{name:<11}"))
}

fn clock_line<'a>(scene: &Scene<'a>, incident: &Incident, clock: &Clock) -> Line<'a> {
    let model = scene.model;
    let all = clock.budget.num_seconds().max(1);
    let gone = clock.elapsed(model.now);
    let seconds = u64::try_from(gone.num_seconds()).unwrap_or(0);
    let heat = clock.heat(model.now, &model.policy.clock);
    let late = heat.late();
    let (number, fill) = match clock.stopped {
        Some(_) if late => (format::duration_text(seconds), Scope::JobFailed),
        Some(_) => (format::duration_text(seconds), Scope::Ok),
        None => (
            format::clock(clock.left(model.now).num_seconds()),
            heat_scope(heat),
        ),
    };
    let scope = match clock.stopped {
        None => fill,
        Some(_) => Scope::Text,
    };
    let share = gone.num_seconds().clamp(0, all);
    let budget = match all % 3_600 {
        0 => format!("{} h", all / 3_600),
        _ => format!("{} min", all / 60),
    };
    let bar = scene.bar(
        u64::try_from(share).unwrap_or(0),
        u64::try_from(all).unwrap_or(1),
        fill,
    );
    let mut words = label(scene, clock.verb.name())
        .put(scope, format!("{number:>11}"))
        .text("  ")
        .and(scene.bar_words(&bar, 16))
        .dim(format!("  of {budget:<7}"));
    words = match (clock.stopped, &incident.responded) {
        (Some(at), who) => {
            let sign = if late { "✗" } else { "✓" };
            let who = who.as_ref().filter(|(when, _)| *when == at);
            let who = who.map_or("", |(_, who)| who.as_str());
            words.put(fill, format!(" {sign} {who} {}", scene.when.moment(at)))
        }
        (None, _) => pause_words(scene, words, clock),
    };
    words.line()
}

/// Until when a clock runs, or why it stands still.
fn pause_words<'a>(scene: &Scene<'a>, words: Words<'a>, clock: &Clock) -> Words<'a> {
    let model = scene.model;
    match clock.pause(model.now) {
        Some(Pause::Closed { resumes }) => words
            .put(Scope::JobWaiting, " ‖ ")
            .dim("goes on ")
            .text(scene.when.moment(resumes)),
        Some(Pause::Waiting { since, .. }) => words
            .dim(" until ")
            .text(scene.when.moment(clock.deadline))
            .put(Scope::JobWaiting, "  ‖ ")
            .dim("adjusted paused since ")
            .text(scene.when.short(since)),
        None => words.dim(" until ").text(scene.when.moment(clock.deadline)),
    }
}

fn escalated<'a>(scene: &Scene<'a>, incident: &Incident, clocks: &[Clock]) -> Line<'a> {
    let words = label(scene, "escalated");
    if let Some(call) = incident.escalations.last() {
        let at = scene.when.moment(call.called);
        let said = moments::escalation_words(call);
        return words.text(said).dim(format!(" at {at}")).line();
    }
    if let Some(why) = scene.model.escalation_words(incident) {
        let words = words.put(Scope::ClockHot, "proposed ");
        let words = match scene.key_of(Command::Escalate) {
            Some(key) => words.key(key).text(" "),
            None => words,
        };
        let (to, number) = scene.model.duty_manager();
        let words = words.put(Scope::ClockHot, why);
        return match to.as_str() {
            "" => words.line(),
            to => words.text(format!("  {to} {number}")).line(),
        };
    }
    let running = clocks.iter().filter(|clock| clock.runs());
    let next =
        running.filter_map(|clock| Some((scene.model.escalation_at(incident, clock)?, clock)));
    match next.min_by_key(|(at, _)| *at) {
        Some((at, clock)) => {
            let verb = clock.verb.name();
            let share = match at < clock.deadline {
                true => "half of ",
                false => "the end of ",
            };
            words
                .text("not needed")
                .dim(format!("   it is proposed at {share}"))
                .text(verb)
                .dim(format!(", {}", scene.when.moment(at)))
                .line()
        }
        None => words.text("not needed").line(),
    }
}

/// Everything that happened, the newest below.
fn time_line(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, incident: &Incident) {
    if area.height < 2 {
        return;
    }
    let wide = air(area).width;
    let rows: Vec<Row<'_>> = moments::entries(scene, incident)
        .into_iter()
        .flat_map(|entry| rows_of(scene, entry, wide))
        .collect();
    let stamps = rows.iter().filter_map(|row| match row {
        Row::Entry(entry) => Some(scene.when.moment(entry.at).len()),
        Row::Note(_) => None,
    });
    let stamp = stamps.max().unwrap_or(0);
    let room = usize::from(area.height.saturating_sub(1));
    let most = rows.len().saturating_sub(room);
    let skip = most.saturating_sub(scene.model.incidents.below);
    let mut note = match rows.len() > room {
        true => scene
            .words()
            .and(seen_note(scene, rows.len(), room, skip))
            .text("  "),
        false => scene.words(),
    };
    note = note.dim("newest below");
    if let Some(key) = scene.key_of(Command::IncidentNote) {
        note = note.text("  ").key(key).dim(" add note");
    }
    let inner = air(scene.pane(area, buf, "Time line", note.line(), false));
    for (y, shown) in (inner.y..inner.bottom()).zip(rows.iter().skip(skip)) {
        let row = Rect {
            y,
            height: 1,
            ..inner
        };
        match shown {
            Row::Entry(entry) => entry_line(scene, row, buf, entry, stamp),
            Row::Note(line) => {
                text::put_line(buf, row.x, row.y, row.width, line);
            }
        }
    }
}

/// A row of the time line.
enum Row<'a> {
    Entry(Entry),
    /// A line of a note, below who wrote it and when.
    Note(Line<'a>),
}

fn rows_of<'a>(scene: &Scene<'a>, entry: Entry, width: u16) -> Vec<Row<'a>> {
    const INDENT: u16 = 12;
    let lines = match entry.note.as_str() {
        "" => Vec::new(),
        note => text_rows(scene, note, width.saturating_sub(INDENT)),
    };
    let mut rows = vec![Row::Entry(entry)];
    rows.extend(lines.into_iter().map(|line| {
        let words = scene.words().text(" ".repeat(usize::from(INDENT)));
        Row::Note(words.and(line).line())
    }));
    rows
}

fn entry_line(scene: &Scene<'_>, row: Rect, buf: &mut Buffer, entry: &Entry, stamp: usize) {
    let actor = scene.words().dim(entry.actor.clone()).line();
    let used = text::put_right(buf, row.right(), row.y, 16, &actor);
    let name = match entry.strong {
        true => Scope::TextStrong,
        false => Scope::Text,
    };
    let words = scene
        .words()
        .dim(format!("{:<stamp$}  ", scene.when.moment(entry.at)))
        .clock_ahead(entry.ahead)
        .put(entry.scope, format!("{} ", entry.sign))
        .put(name, entry.what.clone());
    let words = match entry.detail.as_str() {
        "" => words,
        detail => {
            // Details stand in a column of their own where there is room.
            let column: u16 = if row.width >= 76 { 42 } else { 0 };
            let gap = column.saturating_sub(words.width()).max(2);
            words
                .text(" ".repeat(usize::from(gap)))
                .dim(detail.to_owned())
        }
    };
    let room = row.width.saturating_sub(used + 2);
    text::put_line(buf, row.x, row.y, room, &words.line());
}

/// When the next thing is due.
fn due<'a>(scene: &Scene<'a>, incident: &Incident) -> Line<'a> {
    let Some(promise) = incident.open_promises().first().copied() else {
        return Line::default();
    };
    let left = (promise.at - scene.model.now).num_seconds();
    let scope = if left < 0 {
        Scope::ClockHot
    } else {
        Scope::JobWarning
    };
    let said = match left < 0 {
        true => format!("overdue {}", format::clock(left)),
        false => format!("due in {}", format::clock(left)),
    };
    scene.words().put(scope, said).line()
}

/// What a person does next.
fn next<'a>(scene: &Scene<'a>, incident: &Incident) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let key = |command: Command, word: &'static str| match scene.key_of(command) {
        Some(key) => scene.words().text("   ").key(key).dim(format!(" {word}")),
        None => scene.words(),
    };
    let todo = |scope| scene.words().put(scope, "○ ");
    if let Some(report) = incident
        .report()
        .filter(|_| incident.needs_call(scene.model.policy_of_incident(incident)))
    {
        lines.push(
            todo(Scope::ClockHot)
                .strong(format!("call {} {}", report.contact, report.number))
                .dim(format!(" · a {} needs a call", incident.priority()))
                .and(key(Command::IncidentCalled, "called").line())
                .line(),
        );
    }
    if let Some(wait) = incident.waiting() {
        lines.push(
            todo(Scope::JobWaiting)
                .text(format!("the client gives {}", wait.what))
                .dim(format!(
                    " · asked {}, {}",
                    scene.when.moment(wait.from),
                    wait.attempt
                ))
                .and(key(Command::IncidentWait, "goes on").line())
                .line(),
        );
    }
    for (at, promise) in incident.open_promises().into_iter().take(3).enumerate() {
        let words = todo(Scope::JobWarning)
            .strong(promise.what.clone())
            .dim(" promised for ")
            .text(scene.when.next(promise.at))
            .dim(format!(" by {}", promise.by));
        lines.push(match at {
            0 => words.and(key(Command::IncidentKept, "kept").line()).line(),
            _ => words.line(),
        });
    }
    if lines.is_empty() {
        let phase = scene.model.incident_phase(incident);
        let done = !phase.wants_work() && !incident.over();
        lines.push(match done {
            true => scene
                .words()
                .dim("look at it and close it")
                .and(key(Command::IncidentClose, "close").line())
                .line(),
            false => scene.words().dim("nothing is promised").line(),
        });
    }
    lines
}

/// Who of the client was told.
fn told<'a>(scene: &Scene<'a>, incident: &Incident) -> Vec<Line<'a>> {
    if incident.told.is_empty() {
        let words = scene.words().dim("nobody of the client yet");
        return vec![match scene.key_of(Command::IncidentNotified) {
            Some(key) => words.text("   ").key(key).dim(" told").line(),
            None => words.line(),
        }];
    }
    let mut words = scene.words();
    for told in incident.told.iter().rev().take(4) {
        let at = scene.when.short(told.at);
        words = words
            .put(Scope::Ok, "✓ ")
            .text(told.whom.clone())
            .dim(format!(" by {} {at}   ", told.how));
    }
    vec![words.line()]
}

/// What belongs to it.
fn linked<'a>(scene: &Scene<'a>, incident: &Incident) -> Vec<Line<'a>> {
    let model = scene.model;
    let none = |list: Vec<String>| match list.is_empty() {
        true => "none".to_owned(),
        false => list.join(" "),
    };
    let requests = model.incident_requests(incident);
    let some = !requests.is_empty();
    let requests = requests.into_iter().map(|id| model.reference_text(id));
    let merged = incident.merged_from.iter();
    let merged = none(merged.map(|id| model.incident_name(*id)).collect());
    let alerts = incident.alerts.len();
    let alerts = match alerts {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    let mut words = scene.words().dim("linked ").text(none(requests.collect()));
    if let Some(key) = scene.key_of(Command::Open).filter(|_| some) {
        words = words.text(" ").key(key);
    }
    words = words.dim("   alerts ").text(alerts).dim("   merged from ");
    let words = words.text(merged);
    vec![match incident.merged_into {
        Some(id) => {
            let words = words.dim("   goes on as ");
            words.strong(model.incident_name(id)).line()
        }
        None => words.line(),
    }]
}

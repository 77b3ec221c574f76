//! Beside the lines: the selected one, notes, the shift in numbers, who is on shift, and what
//! taking it waits for.

use super::super::{
    common::{air, text_rows},
    scene::{Scene, under},
};
use crate::{
    config::theme::Scope,
    state::{command::Command, model::Pane, shift::ShiftView},
};
use ocdeck_domain::{
    handover::{Handover, Reading, Shown},
    priority::Priority,
};
use ocdeck_widgets::{format, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the pane.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let focused = scene.focused(Pane::Detail, area);
    let handover = scene.model.handover().map(|(_, handover)| handover);
    let open = handover.filter(|_| scene.model.shift.view == ShiftView::Handover);
    let mut rest = this_line(scene, area, buf, focused);
    if let Some(handover) = open {
        rest = notes(scene, rest, buf, handover);
    }
    rest = numbers(scene, rest, buf);
    match open {
        Some(handover) => to_take_over(scene, rest, buf, handover),
        None => people(scene, rest, buf),
    }
}

/// A part with its rule; gives what is inside.
fn part(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, title: &str) -> Rect {
    let inner = scene.pane(area, buf, title, Line::default(), false);
    air(inner)
}

fn this_line(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, focused: bool) -> Rect {
    let inner = scene.pane(area, buf, "This line", Line::default(), focused);
    let inner = under(air(inner), air(inner), u16::from(area.height > 30));
    let Some(shown) = scene.model.selected_line() else {
        let none = scene.words().dim("No line is selected.").line();
        return under(area, scene.lines(inner, buf, &[none]), 1);
    };
    let mut lines = Vec::new();
    let mut head = scene.words();
    if let Some(priority) = shown.line.priority {
        head = match priority {
            Priority::P1 => head.put(Scope::P1, "P1"),
            other => head.priority(other),
        };
        head = head.text(" ");
    }
    let head = head.strong(format!("{} ", shown.line.name));
    lines.extend(text::wrap(
        &head.text(shown.text().to_owned()).line(),
        inner.width,
    ));
    if shown.edited.is_some() {
        let was = scene.words().dim(format!("generated: {}", shown.line.text));
        lines.extend(text::wrap(&was.line(), inner.width));
    }
    for detail in &shown.line.detail {
        lines.extend(text::wrap(
            &scene.words().dim(detail.clone()).line(),
            inner.width,
        ));
    }
    let mut rest = scene.lines(inner, buf, &lines);
    if let Some(line) = reading(scene, shown) {
        rest = scene.lines(under(rest, rest, 1), buf, &[line]);
    }
    under(area, rest, 1)
}

/// Whether it is read, and the key that says so.
fn reading<'a>(scene: &Scene<'a>, shown: &Shown) -> Option<Line<'a>> {
    let (_, handover) = scene.model.handover()?;
    if scene.model.shift.view != ShiftView::Handover {
        return None;
    }
    let words = scene.words();
    let at = |at| scene.when.short(at);
    match &shown.reading {
        Reading::Free => None,
        Reading::Read { at: read, by } => {
            let said = format!("✓ read by {by} {}", at(*read));
            Some(words.put(Scope::Ok, said).line())
        }
        missing => {
            let words = match missing {
                Reading::Changed { at: read, .. } => {
                    words.put(Scope::JobWarning, format!("▲ changed since {} ", at(*read)))
                }
                _ => words,
            };
            if handover.to != scene.model.me.name {
                return Some(words.dim(format!("{} reads it", handover.to)).line());
            }
            let key = scene.key_of(Command::ReadLine).unwrap_or_default();
            let chip = format!(" {key}  I have read it ");
            Some(words.put(Scope::TabOn, chip).line())
        }
    }
}

fn notes(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, handover: &Handover) -> Rect {
    if handover.notes.is_empty() || area.height < 4 {
        return area;
    }
    let title = format!("Notes of {}", handover.from);
    let inner = part(scene, area, buf, &title);
    let mut lines = Vec::new();
    for note in &handover.notes {
        let (first, more) = note.text.split_once('\n').unwrap_or((&note.text, ""));
        let mut words = scene.words();
        if note.by != handover.from {
            words = words.dim(format!("{}: ", note.by));
        }
        let first = words.text(first.to_owned()).line();
        lines.extend(text::wrap(&first, inner.width));
        if !more.is_empty() {
            lines.extend(text_rows(scene, more, inner.width));
        }
    }
    // What is below must have its place too; the page and the export have all of it.
    let room = usize::from(area.height / 3).max(2);
    if lines.len() > room {
        lines.truncate(room.saturating_sub(1));
        lines.push(scene.words().dim("… more in the export").line());
    }
    under(area, scene.lines(inner, buf, &lines), 1)
}

fn numbers(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let night = &scene.model.shift.night;
    let Some(since) = night.since.filter(|_| area.height >= 7) else {
        return area;
    };
    let title = format!("Since {}", scene.when.short(since));
    let inner = part(scene, area, buf, &title);
    let row = |label: &str, count: u64, scope: Scope, rest: String| {
        scene
            .words()
            .dim(format!("{label:<9}"))
            .put(scope, format!("{:>5}", format::count(count).number))
            .dim(format!("  {rest}"))
            .line()
    };
    let strong = Scope::TextStrong;
    let breached = u64::try_from(night.breached.len()).unwrap_or(0);
    let alarm = if breached > 0 {
        Scope::JobFailed
    } else {
        strong
    };
    let mut lines = vec![
        row(
            "restores",
            night.restores,
            strong,
            format!("{} in time", night.in_time),
        ),
        row("breached", breached, alarm, night.breached.join(", ")),
        row(
            "calls",
            night.calls,
            strong,
            night
                .respond_mean
                .map_or(String::new(), |mean| format!("mean {mean} s")),
        ),
    ];
    if let Some((ended, failed)) = night.jobs {
        lines.push(row("jobs", ended, strong, format!("{failed} failed")));
    }
    let last = night
        .last_sweep
        .map(|at| format!("last {}", scene.when.short(at)));
    lines.push(row(
        "sweeps",
        night.sweeps,
        strong,
        last.unwrap_or_default(),
    ));
    under(area, scene.lines(inner, buf, &lines), 1)
}

/// Who is on shift, and how one hands it over.
fn people(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    if area.height < 3 {
        return;
    }
    let inner = part(scene, area, buf, "On shift");
    let mut lines = Vec::new();
    for (name, person) in scene.model.on_shift() {
        let silent = person.is_silent(scene.model.now, &scene.model.policy.shift);
        let sign = if silent {
            ("◌", Scope::Stale)
        } else {
            ("●", Scope::Ok)
        };
        let since = person.on_since.map(|at| scene.when.short(at));
        let mut words = scene
            .words()
            .put(sign.1, format!("{} ", sign.0))
            .text(format!("{name:<10}"))
            .dim(format!(" since {}", since.unwrap_or_default()));
        if let Some(seen) = person.seen.filter(|_| silent) {
            let ago = format::age(scene.when.since(seen));
            words = words.put(
                Scope::Stale,
                format!(", seen {} {} ago", ago.number, ago.unit),
            );
        }
        lines.push(words.line());
    }
    if lines.is_empty() {
        let words = scene.words().dim("Nobody has come on shift.").line();
        lines.push(words);
    }
    lines.push(Line::default());
    for command in [
        Command::OnShift,
        Command::BeginHandover,
        Command::TakeOverShift,
        Command::History,
    ] {
        let off = scene.model.why_not(command).is_some();
        if let Some(key) = scene.key_of(command).filter(|_| !off) {
            let label = command.info().label;
            lines.push(
                scene
                    .words()
                    .key(format!("{key:>2}"))
                    .dim(format!("  {label}"))
                    .line(),
            );
        }
    }
    scene.lines(inner, buf, &lines);
}

/// How far the reading is, and what taking the shift does.
fn to_take_over(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, handover: &Handover) {
    if area.height < 4 {
        return;
    }
    let inner = part(scene, area, buf, "To take over");
    let (read, all) = scene.model.lines_read();
    let left = all.saturating_sub(read);
    let mut lines = vec![
        scene
            .words()
            .put(Scope::Ok, "✓ ")
            .strong(read.to_string())
            .dim(" P1/P2 lines read")
            .line(),
    ];
    if left > 0 {
        let words = scene.words().put(Scope::JobWarning, "○ ");
        lines.push(
            words
                .put(Scope::P2, left.to_string())
                .dim(" to read")
                .line(),
        );
    }
    let rest = scene.lines(inner, buf, &lines);
    let rest = under(rest, rest, u16::from(rest.height > 6));
    if rest.height == 0 {
        return;
    }
    let bar = Rect { height: 1, ..rest };
    let count = |n: usize| u64::try_from(n).unwrap_or(0);
    let (done, of) = if all == 0 {
        (1, 1)
    } else {
        (count(read), count(all))
    };
    scene.bar(done, of, Scope::Ok).render(bar, buf);
    let rest = under(rest, bar, 1 + u16::from(rest.height > 6));
    let rest = Rect {
        y: rest.y.max(bar.bottom()),
        ..rest
    };
    let mine = handover.to == scene.model.me.name;
    let key = scene.key_of(Command::TakeShift).unwrap_or_default();
    let off = left > 0 || !mine;
    let (key_scope, word) = match off {
        true => (Scope::KeyOff, Scope::TextFaint),
        false => (Scope::Key, Scope::TextStrong),
    };
    let take = scene
        .words()
        .put(key_scope, format!(" {key} "))
        .put(word, "take the shift")
        .line();
    let rest = scene.lines(rest, buf, &[take]);
    let said = match (mine, left) {
        (false, _) => format!("waits for {}", handover.to),
        (true, 0) => "all owners change in one step, and a frozen copy is kept".to_owned(),
        (true, 1) => "waits for 1 line; then all owners change in one step".to_owned(),
        (true, left) => format!("waits for {left} lines; then all owners change in one step"),
    };
    let rest = scene.prose(rest, buf, &scene.words().dim(said).line());
    let id = scene.model.handover().map(|(id, _)| id);
    let writing = id.and_then(|id| scene.model.note_in_writing(id));
    if let Some(author) = writing {
        let words = scene.words().put(Scope::JobWarning, "○ ");
        let words = words.text(format!("{author} is writing a note"));
        scene.prose(rest, buf, &words.line());
    }
}

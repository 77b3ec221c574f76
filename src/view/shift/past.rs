//! Handovers that are over, as far back as they were read, and the page of one.

use super::super::{
    common::{air, seen_note},
    scene::{Scene, under},
};
use crate::{
    config::theme::Scope,
    state::{command::Command, model::Pane, msg::Spot, shift::Older},
};
use ocdeck_domain::{handover::Handover, ids::HandoverId};
use ocdeck_widgets::{table, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the list; gives offset, rows seen and rows in all.
pub(super) fn list(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> (usize, usize, usize) {
    let focused = scene.focused(Pane::Main, area);
    let past = scene.model.past_handovers();
    let selected = past
        .iter()
        .position(|(id, _)| Some(*id) == scene.model.shift.past);
    let visible = usize::from(area.height.saturating_sub(1));
    let end = older(scene, past.len());
    let len = past.len() + usize::from(end.is_some());
    // What stands below the last one is seen with it.
    let last = selected.is_some_and(|at| at + 1 == past.len());
    let held = selected.map(|at| if last { len.saturating_sub(1) } else { at });
    let offset = table::offset(held, len, visible);
    let note = match len > visible {
        true => seen_note(scene, past.len(), visible, offset),
        false => scene.words().text(past.len().to_string()).line(),
    };
    let inner = scene.pane(area, buf, "Handovers that are over", note, focused);
    if past.is_empty() {
        let said = match scene.model.shift.older {
            Older::All => "No handover was taken on this desk yet.".to_owned(),
            _ => end.unwrap_or_default(),
        };
        let lines = [
            scene.words().strong(said).line(),
            scene
                .words()
                .dim("Each that is taken is kept here with its frozen copy.")
                .line(),
        ];
        scene.empty(inner, buf, &lines);
        return (0, 0, 0);
    }
    for (y, index) in (inner.y..inner.bottom()).zip(offset..len) {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        let here = selected == Some(index);
        if let Some((id, handover)) = past.get(index) {
            scene.row_spot(place, Spot::Handover(*id), focused && here);
            row(scene, place, buf, handover, here, focused);
        } else if let Some(end) = &end {
            let line = scene.words().dim(end.clone()).line();
            let room = place.width.saturating_sub(3);
            text::put_line(buf, place.x + 2, place.y, room, &line);
        }
    }
    (offset, visible, len)
}

/// What stands below the last one: how much further back the desk goes.
fn older(scene: &Scene<'_>, known: usize) -> Option<String> {
    Some(match &scene.model.shift.older {
        Older::Unread => return None,
        Older::Asked(_) if scene.model.desk.trouble.is_some() => {
            "Older ones come when the desk can be read again.".to_owned()
        }
        Older::Asked(_) if known == 0 => "The desk is asked for handovers.".to_owned(),
        Older::Asked(since) => match scene.when.since(*since) {
            0 | 1 => "asking the desk for older ones".to_owned(),
            long => format!("asking the desk for older ones, {long} s"),
        },
        Older::Before(_) => "Older ones come below the last one.".to_owned(),
        Older::All if known == 0 => return None,
        Older::All => "This is the first one of this desk.".to_owned(),
    })
}

fn row(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    handover: &Handover,
    selected: bool,
    focused: bool,
) {
    if selected {
        let styles = scene.rows(focused);
        buf.set_style(area, styles.selected);
        text::put(buf, area.x, area.y, 1, "▌", styles.bar);
    }
    let Some(at) = handover.ended() else {
        return;
    };
    let name = if selected {
        Scope::TextStrong
    } else {
        Scope::Text
    };
    let mut words = scene
        .words()
        .dim(format!("{:<14}", scene.when.stamp(at)))
        .put(name, format!("{} → {}", handover.from, handover.to));
    let moved = match (&handover.taken, &handover.cancelled) {
        (Some((.., taken)), _) => {
            if !taken.reason.is_empty() {
                words = words.put(Scope::JobWarning, "  without a handover: ");
                words = words.dim(taken.reason.clone());
            }
            let names = taken.moved.iter().map(|moved| moved.name.as_str());
            let names: Vec<&str> = names.collect();
            match names.is_empty() {
                true => "nothing moved".to_owned(),
                false => names.join(", "),
            }
        }
        (None, Some(off)) => {
            words = words.put(Scope::JobWarning, "  called off: ");
            words = words.dim(off.text.clone());
            off.by.clone()
        }
        (None, None) => return,
    };
    let right = area.right().saturating_sub(1);
    let line = scene
        .words()
        .dim(text::cut_end(&moved, area.width / 3).into_owned())
        .line();
    let used = text::put_right(buf, right, area.y, area.width / 3, &line);
    let room = area.width.saturating_sub(used + 5);
    text::put_line(buf, area.x + 2, area.y, room, &words.line());
}

/// A line of the page with its marks as signs: they are for other programs.
fn page_line<'a>(scene: &Scene<'a>, line: &str) -> Line<'a> {
    let words = scene.words();
    if let Some(head) = line.strip_prefix('#') {
        let head = head.trim_start_matches(['#', ' ']);
        return words.put(Scope::PaneTitle, head.to_owned()).line();
    }
    let (words, rest) = match (line.strip_prefix("- [x] "), line.strip_prefix("- [ ] ")) {
        (Some(rest), _) => (words.put(Scope::Ok, "■ "), rest),
        (_, Some(rest)) => (words.put(Scope::JobWarning, "□ "), rest),
        (None, None) => (words, line.strip_prefix("- ").unwrap_or(line)),
    };
    let bold = rest
        .strip_prefix("**")
        .and_then(|rest| rest.split_once("**"));
    let (words, rest) = match bold {
        Some((bold, rest)) => (words.strong(bold.to_owned()), rest),
        None => (words, rest),
    };
    words.text(unescaped(rest)).line()
}

/// Text of a page as it was before it was made safe for one.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}

/// Draws the copy of a handover.
pub(super) fn copy(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, id: HandoverId) {
    let focused = scene.focused(Pane::Main, area);
    let handover = scene.model.book.handovers.get(&id);
    let Some((handover, at)) = handover.and_then(|h| Some((h, h.ended()?))) else {
        scene.pane(area, buf, "Frozen copy", Line::default(), focused);
        return;
    };
    let (kind, ended) = match handover.taken {
        Some(_) => ("Frozen copy", "taken "),
        None => ("Called off", "at "),
    };
    let title = format!("{kind} · {} → {}", handover.from, handover.to);
    let note = scene.words().dim(ended).text(scene.when.stamp(at)).line();
    let inner = scene.pane(area, buf, &title, note, focused);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(3),
        ..inner
    };
    let mut lines = Vec::new();
    let mut below_heading = false;
    for line in handover.page(scene.model.me.zone).lines() {
        let here = std::mem::replace(&mut below_heading, line.starts_with('#'));
        match line.is_empty() {
            // A screen has fewer rows than a page.
            true if here => {}
            true => lines.push(Line::default()),
            false => lines.extend(text::wrap(&page_line(scene, line), inner.width)),
        }
    }
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let from = scene.model.shift.top.min(most);
    let shown: Vec<Line<'_>> = lines.into_iter().skip(from).collect();
    scene.lines(inner, buf, &shown);
}

/// Beside the list: the selected one.
pub(super) fn this(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    let focused = scene.focused(Pane::Detail, area);
    let inner = scene.pane(area, buf, "This handover", Line::default(), focused);
    let inner = air(inner);
    let past = scene.model.shift.past;
    let Some(handover) = past.and_then(|id| scene.model.book.handovers.get(&id)) else {
        let none = scene.words().dim("No handover is selected.").line();
        scene.lines(inner, buf, &[none]);
        return;
    };
    let names = format!("{} → {}", handover.from, handover.to);
    let mut said = vec![scene.words().strong(names).line()];
    let mut put = |label: &'static str, words: String| {
        let line = scene.words().dim(label).text(words).line();
        said.extend(text::wrap(&line, inner.width));
    };
    if let Some((at, by)) = &handover.begun {
        put("begun ", format!("{} by {by}", scene.when.stamp(*at)));
    }
    if let Some((at, by, taken)) = &handover.taken {
        put("taken ", format!("{} by {by}", scene.when.stamp(*at)));
        if !taken.reason.is_empty() {
            put("without a handover: ", taken.reason.clone());
        }
        let names: Vec<&str> = taken.moved.iter().map(|m| m.name.as_str()).collect();
        match names.is_empty() {
            true => put("nothing moved", String::new()),
            false => put("moved ", names.join(", ")),
        }
    }
    if let Some(off) = &handover.cancelled {
        let at = scene.when.stamp(off.at);
        put("called off ", format!("{at} by {}: {}", off.by, off.text));
    }
    match (handover.notes.len(), handover.after.len()) {
        (0, 0) => {}
        (notes, 0) => put("notes ", notes.to_string()),
        (notes, after) => put("notes ", format!("{notes}, and {after} afterwards")),
    }
    let mut rest = scene.lines(inner, buf, &said);
    for (command, what) in [
        (Command::Open, "the whole page"),
        (Command::Export, "write it as Markdown and JSON"),
    ] {
        rest = under(rest, rest, u16::from(command == Command::Open));
        if let Some(key) = scene.key_of(command) {
            let line = scene.words().key(key).dim(format!("  {what}")).line();
            rest = scene.lines(rest, buf, &[line]);
        }
    }
}

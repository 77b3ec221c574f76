//! Handovers that were taken, and the frozen copy of one.

use super::super::scene::Scene;
use crate::{
    config::theme::Scope,
    state::{model::Pane, msg::Spot},
};
use ocdeck_domain::{handover::Handover, ids::HandoverId};
use ocdeck_widgets::{table, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the list; gives offset, rows seen and rows in all.
pub(super) fn list(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> (usize, usize, usize) {
    let focused = scene.focused(Pane::Main, area);
    let past = scene.model.past_handovers();
    let note = scene
        .words()
        .text(past.len().to_string())
        .dim(" taken")
        .line();
    let inner = scene.pane(area, buf, "Handovers", note, focused);
    if past.is_empty() {
        let lines = [
            scene.words().strong("No handover was taken lately.").line(),
            scene
                .words()
                .dim("Each that is stands here with its frozen copy.")
                .line(),
        ];
        scene.empty(inner, buf, &lines);
        return (0, 0, 0);
    }
    let visible = usize::from(inner.height);
    let selected = past
        .iter()
        .position(|(id, _)| Some(*id) == scene.model.shift.past);
    let offset = table::offset(selected, past.len(), visible);
    for (y, (index, (id, handover))) in
        (inner.y..inner.bottom()).zip(past.iter().enumerate().skip(offset))
    {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        let here = selected == Some(index);
        scene.row_spot(place, Spot::Handover(*id), focused && here);
        row(scene, place, buf, handover, here, focused);
    }
    (offset, visible, past.len())
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
    let Some((at, _, taken)) = &handover.taken else {
        return;
    };
    let name = if selected {
        Scope::TextStrong
    } else {
        Scope::Text
    };
    let mut words = scene
        .words()
        .dim(format!("{:<14}", scene.when.stamp(*at)))
        .put(name, format!("{} → {}", handover.from, handover.to));
    if !taken.reason.is_empty() {
        words = words.put(Scope::JobWarning, "  without a handover: ");
        words = words.dim(taken.reason.clone());
    }
    let moved: Vec<&str> = taken
        .moved
        .iter()
        .map(|moved| moved.name.as_str())
        .collect();
    let moved = match moved.is_empty() {
        true => "nothing moved".to_owned(),
        false => moved.join(", "),
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
    let taken = handover.and_then(|h| Some((h, h.taken.as_ref()?)));
    let Some((handover, (at, _, taken))) = taken else {
        scene.pane(area, buf, "Frozen copy", Line::default(), focused);
        return;
    };
    let title = format!("Frozen copy · {} → {}", handover.from, handover.to);
    let note = scene
        .words()
        .dim("taken ")
        .text(scene.when.stamp(*at))
        .line();
    let inner = scene.pane(area, buf, &title, note, focused);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(3),
        ..inner
    };
    let mut lines = Vec::new();
    let mut below_heading = false;
    for line in taken.copy.markdown.lines() {
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

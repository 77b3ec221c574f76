//! What lies over the screen: help, palette, actions, questions, and the popup of a chord
//! that waits for its next key. One at a time; what is behind is dimmed, but for the popup.

use super::{chord, common::below, common::line_field, scene::Scene, settings};
use crate::{
    config::theme::Scope,
    state::{
        command::{Command, Danger},
        hints::Hint,
        msg::Spot,
        overlay::{Ask, Confirm, Overlay, Palette},
    },
};
use ocdeck_widgets::{
    popup::{self, Popup},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws what lies over `area`.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer) {
    match &scene.model.overlay {
        Some(Overlay::Help(scrolled)) => help(scene, area, buf, *scrolled),
        Some(Overlay::Palette(palette)) => self::palette(scene, area, buf, palette),
        Some(Overlay::Find(find)) => super::find::draw(scene, area, buf, find),
        Some(Overlay::Points(view)) => super::points::draw(scene, area, buf, view),
        Some(Overlay::Actions { rows, selected }) => actions(scene, area, buf, rows, *selected),
        Some(Overlay::Ask(ask)) => self::ask(scene, area, buf, ask),
        Some(Overlay::Note(note)) => super::note::draw(scene, area, buf, note),
        Some(Overlay::Form(form)) => super::form::draw(scene, area, buf, form),
        Some(Overlay::Confirm(confirm)) => self::confirm(scene, area, buf, confirm),
        Some(Overlay::Config(scrolled)) => settings::draw(scene, area, buf, *scrolled),
        None if !scene.model.chord.keys.is_empty() => chord::draw(scene, area, buf),
        None => {}
    }
}

/// A box with its title and what can be done with it; gives what is inside.
pub(super) fn frame(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    title: &str,
    note: Line<'_>,
) -> Rect {
    Popup {
        title: Line::styled(title, scene.style(Scope::PaneFocus)),
        note,
        frame: scene.style(Scope::PaneFocus),
        ground: scene.style(Scope::BgRaised).patch(scene.style(Scope::Text)),
    }
    .render(area, buf)
}

/// At the lower edge of `area`, or at the upper one, below the tabs, where it would cover the
/// selected row.
pub(super) fn clear_of_selected(scene: &Scene<'_>, area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let at = |y| Rect {
        x: area.x + (area.width - width) / 2,
        y,
        width,
        height,
    };
    let (lower, upper) = (
        at(area.bottom() - height),
        at(area.y + 1).intersection(area),
    );
    match scene.selected() {
        Some(row) if lower.intersects(row) && !upper.intersects(row) => upper,
        _ => lower,
    }
}

/// The keys of an overlay, the one that closes it last.
pub(super) fn close<'a>(scene: &Scene<'a>, more: &[(&'static str, &'static str)]) -> Line<'a> {
    let mut words = scene.words();
    for (key, word) in more {
        words = words.key(scene.key_name(key)).dim(format!(" {word}  "));
    }
    words.key("Esc").dim(" close").line()
}

fn help(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, selected: usize) {
    let place = popup::place(area, 96, area.height.saturating_sub(2), true);
    let place = Rect {
        y: place.y + 1,
        ..place
    }
    .intersection(area);
    let title = format!("Help · {}", where_we_are(scene));
    let note = close(scene, &[("↑↓", "choose"), ("Enter", "do it")]);
    let inner = below(frame(scene, place, buf, &title, note), 1);
    let rows = scene.model.help_rows();
    let mut lines = help_lines(scene, &rows, inner.width);
    lines.extend(signs(scene).into_iter().map(|line| (None, line)));
    let height = usize::from(inner.height);
    let first = lines.iter().position(|(of, _)| *of == Some(selected));
    // The selected row stands in the middle, but at both ends.
    let most = lines.len().saturating_sub(height);
    let from = first.unwrap_or(0).saturating_sub(height / 2).min(most);
    for (y, (of, line)) in (inner.y..inner.bottom()).zip(lines.iter().skip(from)) {
        let here = Rect {
            y,
            height: 1,
            ..inner
        };
        match *of {
            Some(of) => {
                scene.spot(here, Spot::Row(of));
                row(scene, here, buf, of == selected, line);
            }
            None => {
                text::put_line(buf, here.x, y, here.width, line);
            }
        }
    }
}

fn where_we_are(scene: &Scene<'_>) -> &'static str {
    if scene.model.note_open() {
        "note"
    } else if scene.model.wizard_open() {
        "restore wizard"
    } else {
        scene.model.screen.name()
    }
}

/// Help by groups; with each line the row that it is of.
fn help_lines<'a>(scene: &Scene<'a>, rows: &[Hint], width: u16) -> Vec<(Option<usize>, Line<'a>)> {
    let mut lines = Vec::new();
    let mut group = None;
    for (index, hint) in rows.iter().enumerate() {
        let own = hint.command.info().group;
        if group.replace(own) != Some(own) {
            if index > 0 {
                lines.push((None, Line::default()));
            }
            let used = text::width(own.name()) + 1;
            let rule = "─".repeat(usize::from(width.saturating_sub(used)));
            let words = scene.words().put(Scope::PaneTitle, own.name());
            lines.push((None, words.put(Scope::PaneRule, format!(" {rule}")).line()));
        }
        let of_hint = help_row(scene, hint, width).into_iter();
        lines.extend(of_hint.map(|line| (Some(index), line)));
    }
    lines.push((None, Line::default()));
    lines
}

/// A key and what it does, in as many lines as that takes.
fn help_row<'a>(scene: &Scene<'a>, hint: &Hint, width: u16) -> Vec<Line<'a>> {
    const KEYS: u16 = 12;
    let (key_scope, scope) = match hint.off {
        Some(_) => (Scope::KeyOff, Scope::TextFaint),
        None => (Scope::Key, Scope::Text),
    };
    let key = key_anywhere(scene, hint.command).unwrap_or_default();
    let said = scene.words().put(scope, hint.command.info().help);
    let said = match &hint.off {
        Some(why) => said.put(Scope::Stale, format!("  {why}")),
        None => said,
    };
    let room = width.saturating_sub(KEYS + 1);
    let wrapped = text::wrap(&said.line(), room).into_iter();
    let heads = std::iter::once(key).chain(std::iter::repeat(String::new()));
    heads
        .zip(wrapped)
        .map(|(key, line)| {
            let head = scene.words().put(key_scope, format!("{key:>10}  "));
            head.and(line).line()
        })
        .collect()
}

/// What the signs say.
fn signs<'a>(scene: &Scene<'a>) -> Vec<Line<'a>> {
    let sign = |scope, sign: &'static str, word: &'static str| {
        scene
            .words()
            .put(scope, sign)
            .text(format!(" {word:<24}"))
            .line()
    };
    let row = |parts: [Line<'a>; 3]| {
        parts
            .into_iter()
            .fold(scene.words().text("  "), super::words::Words::and)
            .line()
    };
    vec![
        scene
            .words()
            .put(Scope::PaneTitle, "What the signs say")
            .line(),
        row([
            sign(Scope::JobRunning, "►", "running"),
            sign(Scope::JobWaiting, "○", "waits, says for what"),
            sign(Scope::Ok, "✓", "success"),
        ]),
        row([
            sign(Scope::JobFailed, "✗", "failed, lost"),
            sign(Scope::JobWarning, "▲", "warning"),
            sign(Scope::Stale, "◌", "unknown, link is gone"),
        ]),
        Line::default(),
        scene
            .words()
            .dim("A dim key is off here; press it and it says why.")
            .line(),
    ]
}

/// Rows seen of a list with a selected row, and which is the first.
fn window(selected: usize, len: usize, height: u16) -> (usize, usize) {
    let visible = usize::from(height);
    let first = ocdeck_widgets::table::offset(Some(selected), len, visible);
    (first, visible)
}

/// One row of a list in an overlay: its ground, its bar, its words.
pub(super) fn row(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    selected: bool,
    line: &Line<'_>,
) {
    if selected {
        let ground = Rect {
            x: area.x.saturating_sub(1),
            width: area.width + 2,
            ..area
        };
        buf.set_style(ground, scene.style(Scope::RowSelected));
        text::put(buf, ground.x, area.y, 1, "▌", scene.style(Scope::RowBar));
    }
    text::put_line(buf, area.x + 1, area.y, area.width.saturating_sub(1), line);
}

fn palette(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, palette: &Palette) {
    let rows = u16::try_from(palette.hits.len()).unwrap_or(u16::MAX);
    let height = rows
        .saturating_add(6)
        .clamp(9, area.height.saturating_sub(2).max(9));
    let place = popup::place(area, 84, height, true);
    let place = Rect {
        y: place.y + 1,
        ..place
    }
    .intersection(area);
    let note = scene
        .words()
        .text(palette.hits.len().to_string())
        .dim(" commands")
        .line();
    let inner = frame(scene, place, buf, "Commands", note);
    let input = Rect {
        y: inner.y + 1,
        height: 1,
        ..inner
    }
    .intersection(inner);
    line_field(
        scene,
        input,
        buf,
        &palette.input,
        "what do you want to do?",
        true,
    );
    let list = below(inner, 3);
    if palette.hits.is_empty() {
        let line = scene
            .words()
            .text("Nothing fits. ")
            .key("Esc")
            .dim(" close")
            .line();
        scene.lines(list, buf, &[line]);
        return;
    }
    let (first, visible) = window(
        palette.selected,
        palette.hits.len(),
        list.height.saturating_sub(1),
    );
    for (y, (index, hit)) in
        (list.y..).zip(palette.hits.iter().enumerate().skip(first).take(visible))
    {
        let here = Rect {
            y,
            height: 1,
            ..list
        };
        scene.spot(here, Spot::Row(index));
        let info = hit.command.info();
        let selected = index == palette.selected;
        let name = if hit.off.is_some() {
            Scope::TextFaint
        } else {
            Scope::Text
        };
        let name = if selected { Scope::TextStrong } else { name };
        let line = scene
            .words()
            .and(matched(scene, info.label, &hit.matched, name))
            .line();
        row(scene, here, buf, selected, &line);
        // A long name has its help two cells behind it, not in it.
        let indent = (text::width(info.label) + 3).max(22).min(here.width);
        let middle = Rect {
            x: here.x + indent,
            width: here.width.saturating_sub(indent + 12),
            ..here
        };
        let words = match &hit.off {
            Some(why) => scene.words().put(Scope::Stale, why.clone()),
            None => scene.words().dim(info.help),
        };
        text::put_line(buf, middle.x, y, middle.width, &words.line());
        if let Some(key) = key_anywhere(scene, hit.command) {
            let line = scene.words().key(key).line();
            text::put_right(buf, here.right(), y, 12, &line);
        }
    }
}

/// The key of a command on the screen below the overlay.
fn key_anywhere(scene: &Scene<'_>, command: Command) -> Option<String> {
    scene.key_of(command)
}

/// Words of which some characters were found.
pub(super) fn matched<'a>(
    scene: &Scene<'a>,
    words: &str,
    found: &[usize],
    scope: Scope,
) -> Line<'a> {
    let mut line = scene.words();
    let mut piece = String::new();
    let mut hit = false;
    for (at, c) in words.chars().enumerate() {
        let now = found.contains(&at);
        if now != hit && !piece.is_empty() {
            let style = if hit { Scope::SearchMatch } else { scope };
            line = line.put(style, std::mem::take(&mut piece));
        }
        hit = now;
        piece.push(c);
    }
    line.put(if hit { Scope::SearchMatch } else { scope }, piece)
        .line()
}

fn actions(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, rows: &[Command], selected: usize) {
    let height = u16::try_from(rows.len())
        .unwrap_or(u16::MAX)
        .saturating_add(4);
    let place = clear_of_selected(scene, area, 84, height);
    let note = scene.words().dim("… asks before it acts").line();
    let inner = below(frame(scene, place, buf, "Actions", note), 1);
    let (first, visible) = window(selected, rows.len(), inner.height);
    for (y, (index, command)) in (inner.y..).zip(rows.iter().enumerate().skip(first).take(visible))
    {
        let here = Rect {
            y,
            height: 1,
            ..inner
        };
        scene.spot(here, Spot::Row(index));
        let info = command.info();
        let off = scene.model.why_not(*command);
        let name = match (&off, index == selected) {
            (Some(_), _) => Scope::TextFaint,
            (None, true) => Scope::TextStrong,
            (None, false) => Scope::Text,
        };
        let key = key_anywhere(scene, *command).unwrap_or_default();
        let key_scope = if off.is_some() {
            Scope::KeyOff
        } else {
            Scope::Key
        };
        let words = scene
            .words()
            .put(key_scope, format!("{key:<6} "))
            .put(name, format!("{:<16}", info.label));
        let words = match off {
            Some(why) => words.put(Scope::Stale, why),
            None if info.danger == Danger::Destroys => words.put(Scope::JobWarning, info.help),
            None => words.dim(info.help),
        };
        row(scene, here, buf, index == selected, &words.line());
    }
}

fn ask(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, ask: &Ask) {
    let words = scene.words().text(ask.text.clone()).line();
    let wide = 72.min(area.width.saturating_sub(4));
    let prose = text::wrap(&words, wide.saturating_sub(4));
    let rows = prose.len() + ask.offers.len();
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(7);
    let place = popup::place(area, wide, height, false);
    let enter = scene.key_name("↵");
    let note = scene
        .words()
        .key(enter)
        .dim(format!(" {}  ", ask.purpose.verb()))
        .key("Esc")
        .dim(" close")
        .line();
    let inner = below(frame(scene, place, buf, &ask.title, note), 1);
    let mut rest = below(scene.lines(inner, buf, &prose), 1);
    let input = Rect {
        height: 1.min(rest.height),
        ..rest
    };
    line_field(scene, input, buf, &ask.input, "", true);
    rest = below(rest, 2);
    for (index, offer) in ask.offers.iter().enumerate() {
        if rest.height == 0 {
            return;
        }
        let selected = ask.selected == Some(index);
        let scope = if selected {
            Scope::TextStrong
        } else {
            Scope::Text
        };
        let line = scene.words().put(scope, offer.clone()).line();
        scene.spot(Rect { height: 1, ..rest }, Spot::Row(index));
        row(scene, Rect { height: 1, ..rest }, buf, selected, &line);
        rest = below(rest, 1);
    }
}

fn confirm(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, confirm: &Confirm) {
    let wide = 66.min(area.width.saturating_sub(4));
    let words = scene.words().text(confirm.text.clone()).line();
    let prose = text::wrap(&words, wide.saturating_sub(4));
    let height = u16::try_from(prose.len())
        .unwrap_or(u16::MAX)
        .saturating_add(6);
    let place = popup::place(area, wide, height, false);
    let inner = below(frame(scene, place, buf, &confirm.title, Line::default()), 1);
    let rest = below(scene.lines(inner, buf, &prose), 1);
    let yes = scene
        .key_of(Command::Open)
        .unwrap_or_else(|| scene.key_name("↵"));
    let line = scene
        .words()
        .key(yes)
        .put(Scope::Danger, format!(" {}", confirm.yes))
        .text("    ")
        .key("Esc")
        .text(" leave it")
        .line();
    scene.spot(
        Rect {
            width: text::line_width(&line).min(rest.width),
            height: 1.min(rest.height),
            ..rest
        },
        Spot::Hint(Command::Open),
    );
    scene.lines(rest, buf, &[line]);
}

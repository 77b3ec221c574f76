//! Step 4: browse inside the point and mark what is to come back; marks stay across folders.

use super::{
    super::{
        common::{below, split},
        scene::under,
    },
    Case, look,
};
use crate::{
    config::theme::Scope,
    state::{
        command::Command,
        wizard::{Field, MarkState},
    },
};
use ocdeck_domain::{
    facts::{Entry, EntryKind},
    text::show,
};
use ocdeck_widgets::{
    format,
    table::{Column, Row, Table, offset},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Modified drops; mark and size never.
const COLUMNS: [Column; 4] = [
    Column::left("", 1, 1),
    Column::left("name", 16, 200).gap(1),
    Column::right("size", 7),
    Column::right("modified", 12).drops(1),
];

/// Draws the step.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let note = match case.wizard.chosen_point() {
        Some(point) => scene
            .words()
            .dim("inside the point of ")
            .strong(scene.when.stamp(point.time))
            .line(),
        None => Line::default(),
    };
    let inner = case.pane(area, buf, note);
    let searching = case.wizard.searching();
    let mut rest = match searching {
        true => look::head(case, inner, buf),
        false => head(case, inner, buf),
    };
    if case.wizard.point.is_none() {
        let line = scene
            .words()
            .text("Take a restore point first: step ")
            .key("3")
            .text(".")
            .line();
        case.absent(below(rest, 1), buf, &line);
        return;
    }
    let bottom = marked_height(case, rest.height);
    let list = Rect {
        height: rest.height.saturating_sub(bottom),
        ..rest
    };
    rest = below(rest, list.height);
    let list = match &case.wizard.versions {
        Some(versions) => {
            // What the versions are of stays in sight where there is room for both.
            let rows = list.height / 2;
            let (above, below) = split(list, if rows < 8 { 0 } else { rows });
            look::versions(case, below, buf, versions);
            above
        }
        None => list,
    };
    if list.height > 0 && searching {
        look::hits(case, list, buf);
    } else if list.height > 0 {
        entries(case, list, buf);
    }
    marked(case, rest, buf);
}

/// The folder, and the field for a path.
fn head(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    let folder = show(&case.wizard.folder);
    let steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    // The deepest steps matter most: those above give way.
    let room = area.width.saturating_sub(12 + 8 + 2 + 4);
    let mut taken = 0_u16;
    let first = steps
        .iter()
        .rposition(|step| {
            taken = taken.saturating_add(text::width(step)).saturating_add(3);
            taken > room
        })
        .map_or(0, |at| (at + 1).min(steps.len().saturating_sub(1)));
    let mut words = scene.words().dim("path    ").text("/");
    if first > 0 {
        words = words.put(Scope::TextFaint, " › …");
    }
    for (n, step) in steps.iter().enumerate().skip(first) {
        let last = n + 1 == steps.len();
        let scope = if last { Scope::TextStrong } else { Scope::Text };
        words = words
            .put(Scope::TextFaint, " › ")
            .put(scope, (*step).to_owned());
    }
    text::put_line(
        buf,
        area.x,
        area.y,
        area.width.saturating_sub(12),
        &words.line(),
    );
    if let Some(entries) = case.wizard.entries().and_then(|load| load.known()) {
        let count = scene
            .words()
            .quantity(format::count(entries.len() as u64))
            .dim(if entries.len() == 1 {
                " entry"
            } else {
                " entries"
            })
            .line();
        text::put_right(buf, area.right(), area.y, 12, &count);
    }
    let rest = below(area, 1);
    if rest.height == 0 {
        return rest;
    }
    text::put(buf, rest.x, rest.y, 8, "type", scene.style(Scope::TextDim));
    let input = Rect {
        x: rest.x + 8,
        width: rest.width.saturating_sub(28).min(40),
        height: 1,
        ..rest
    };
    case.input(input, buf, Field::Path, "type or paste a path");
    let whole = if case.wizard.whole {
        scene.words().put(Scope::Mark, "■ whole system").line()
    } else {
        case.keys(&[(Command::WholeSystem, "whole system")])
    };
    text::put_right(buf, area.right(), rest.y, 18, &whole);
    below(rest, 1 + u16::from(area.height > 20))
}

fn entries(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let Some(load) = case.wizard.entries() else {
        return;
    };
    let Some(entries) = load.known() else {
        if let Some(line) = case.missing(load, "") {
            case.absent(area, buf, &line);
        }
        return;
    };
    if entries.is_empty() {
        let line = scene
            .words()
            .dim("This folder is empty in the point.")
            .line();
        case.absent(area, buf, &line);
        return;
    }
    let here = case.wizard.entry().map(|entry| &entry.name);
    let selected = here.and_then(|name| entries.iter().position(|entry| &entry.name == name));
    let visible = usize::from(area.height.saturating_sub(1));
    let place = Rect {
        x: area.x.saturating_sub(2),
        width: area.width + 3,
        ..area
    };
    Table {
        columns: &COLUMNS,
        heads: true,
        len: entries.len(),
        offset: offset(selected, entries.len(), visible),
        selected,
        air: 2,
        styles: scene.rows(case.wizard.focus == Field::Browser),
    }
    .render(place, buf, |index, row| {
        if let Some(entry) = entries.get(index) {
            case.table_row(row, Field::Browser, index);
            draw_entry(case, entry, row);
        }
    });
}

fn draw_entry(case: &Case<'_>, entry: &Entry, row: &mut Row<'_, '_>) {
    let scene = case.scene();
    let state = case.wizard.mark_state(&case.wizard.path_of(entry));
    let (sign, scope, name) = match state {
        MarkState::Whole => ("■", Scope::Mark, Scope::Mark),
        MarkState::Part => ("◧", Scope::Mark, Scope::Text),
        MarkState::Not => ("□", Scope::TextDim, Scope::Text),
    };
    row.put(0, scene.words().put(scope, sign).line());
    let name = if row.selected() {
        Scope::TextStrong
    } else {
        name
    };
    let mut text = show(&entry.name);
    if entry.kind == EntryKind::Folder {
        text.push('/');
    }
    let mut words = scene.words().put(name, text);
    match entry.kind {
        EntryKind::Symlink => words = words.dim(format!(" → {}", show(&entry.link_target))),
        EntryKind::Other => words = words.dim(" pipe, device or socket"),
        EntryKind::Folder | EntryKind::File => {}
    }
    row.put(1, words.line());
    if entry.kind == EntryKind::File {
        row.put(2, scene.words().quantity(format::bytes(entry.size)).line());
    }
    if let Some(at) = entry.modified {
        row.put(3, scene.words().dim(scene.when.stamp(at)).line());
    }
}

/// Rows of the lower part: a rule, some marks, the total.
fn marked_height(case: &Case<'_>, height: u16) -> u16 {
    let marks = u16::try_from(case.wizard.marks.len()).unwrap_or(u16::MAX);
    if height < 16 {
        return 2.min(height);
    }
    marks.clamp(1, 8) + 4
}

fn marked(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    if area.height < 2 {
        return;
    }
    let count = case.wizard.marks.len();
    let note = scene
        .words()
        .put(Scope::Mark, "■ ")
        .text(count.to_string())
        .dim(" of everything you visited")
        .line();
    let inner = case.section(area, buf, "Marked", note);
    let total = total(case);
    if area.height < 5 {
        scene.lines(inner, buf, &[total]);
        return;
    }
    let room = usize::from(inner.height.saturating_sub(2));
    let mut lines = Vec::new();
    if case.wizard.whole {
        lines.push(
            scene
                .words()
                .put(Scope::Mark, "■ ")
                .text("the whole system: everything in the point")
                .line(),
        );
    } else if count == 0 {
        lines.push(match case.wizard.focus {
            Field::Search => case.keys(&[(Command::Open, "marks the selected hit")]),
            Field::Versions => case.keys(&[(Command::Open, "takes the selected version")]),
            _ => case.keys(&[
                (Command::Mark, "marks the selected row"),
                (Command::WholeSystem, "takes the whole system"),
            ]),
        });
    }
    let shown = if count > room {
        room.saturating_sub(1)
    } else {
        room
    };
    let point = case.wizard.point.as_ref();
    for (path, mark) in case.wizard.marks.iter().take(shown) {
        let what = match mark.kind {
            Some(EntryKind::Folder) => "whole",
            Some(_) => "file",
            None if mark.is_absent(point) => "▲ absent",
            None => "as typed",
        };
        let path = text::cut_path(&show(path), inner.width.saturating_sub(22)).into_owned();
        let pad = usize::from(inner.width.saturating_sub(22))
            .saturating_sub(usize::from(text::width(&path)));
        let mut words = scene
            .words()
            .put(Scope::Mark, "■ ")
            .text(path)
            .text(" ".repeat(pad))
            .put(
                if mark.is_absent(point) {
                    Scope::JobWarning
                } else {
                    Scope::TextDim
                },
                format!("{what:<9}"),
            );
        if mark.kind == Some(EntryKind::File) {
            let size = format::bytes(mark.size);
            let space = 8usize.saturating_sub(size.number.len() + size.unit.len());
            words = words.text(" ".repeat(space)).quantity(size);
        }
        lines.push(words.line());
    }
    if count > shown {
        lines.push(
            scene
                .words()
                .dim(format!("  {} more", count - shown))
                .line(),
        );
    }
    let rest = under(inner, scene.lines(inner, buf, &lines), 1);
    scene.lines(rest, buf, &[total]);
}

fn total<'a>(case: &Case<'a>) -> Line<'a> {
    let scene = case.scene();
    if let Some(plan) = case.wizard.current_plan() {
        let mut words = scene
            .words()
            .strong("total  ")
            .files(Scope::TextStrong, plan.written.files, "   ")
            .quantity_in(Scope::TextStrong, format::bytes(plan.written.bytes));
        if let Some(seconds) = plan.written.bytes.checked_div(plan.expected_rate) {
            words = words.dim("   about ").duration(format::duration(seconds));
        }
        return words.put(Scope::Ok, "   counted ✓").line();
    }
    let (bytes, folders) = case.wizard.marked_bytes();
    let words = scene
        .words()
        .strong("total  ")
        .quantity_in(Scope::TextStrong, format::bytes(bytes));
    match (case.wizard.plan.entries, folders || case.wizard.whole) {
        (0, false) => words.line(),
        (0, true) => words.dim("   and what the folders hold").line(),
        (entries, _) => words
            .dim("   counting, ")
            .quantity(format::count(entries))
            .dim(" so far")
            .line(),
    }
}

//! Step 4 while something is looked for: the search inside points, and the versions of a path.

use super::{
    super::{common::below, overlay::matched},
    Case,
};
use crate::{
    config::theme::Scope,
    state::{
        command::Command,
        msg::Spot,
        wizard::{Field, Load, MarkState, Versions, marks},
    },
};
use ocdeck_domain::{
    facts::{EntryKind, Hit, LookEnd, Searched, Version},
    text::show,
};
use ocdeck_widgets::{
    format,
    table::{Column, Row, Table, offset},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Modified drops first, then size; mark, name, folder and point never. Names take the room
/// of the `longest`, folders the rest.
fn columns(longest: u16) -> [Column; 6] {
    [
        Column::left("", 1, 1),
        Column::left("name", longest, longest).gap(1),
        Column::left("folder", 10, 200),
        Column::right("size", 7).drops(2),
        Column::right("modified", 12).drops(1),
        Column::left("point", 12, 12),
    ]
}

/// Modified drops first, then the oldest point; the newest and what changed never.
const VERSIONS: [Column; 6] = [
    Column::left("", 1, 1),
    Column::left("newest point", 12, 12).gap(1),
    Column::left("oldest point", 12, 12).drops(2),
    Column::right("size", 7),
    Column::left("content", 12, 16),
    Column::right("modified", 12).drops(1),
];

/// The field, and how far the search is; gives what is left below.
pub(super) fn head(case: &Case<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let scene = case.scene();
    text::put(
        buf,
        area.x,
        area.y,
        8,
        "search",
        scene.style(Scope::TextDim),
    );
    let other = match case.wizard.search.all {
        true => "this point".to_owned(),
        false => case.wizard.all_points(),
    };
    let mut turn = scene.words();
    if let Some(key) = scene.key_of(Command::NextField) {
        turn = turn.key(key).dim(format!(" {other}"));
    }
    let turn = turn.line();
    let right = text::line_width(&turn);
    let input = Rect {
        x: area.x + 8,
        width: area.width.saturating_sub(8 + right + 2).min(44),
        height: 1,
        ..area
    };
    case.input(
        input,
        buf,
        Field::Search,
        "part of a name; *.db means the whole",
    );
    text::put_right(buf, area.right(), area.y, right, &turn);
    let rest = below(area, 1);
    if rest.height == 0 {
        return rest;
    }
    text::put_line(buf, rest.x, rest.y, rest.width, &progress(case));
    let rest = below(rest, 1);
    match lost(case, &case.wizard.search.load) {
        Some(line) => case.scene().prose(rest, buf, &line),
        None => below(rest, u16::from(area.height > 20)),
    }
}

/// "in all 12 points" or "in the point of 20 Nov 22:00".
fn place(case: &Case<'_>) -> String {
    match (case.wizard.search.all, case.wizard.chosen_point()) {
        (true, _) => format!("in {}", case.wizard.all_points()),
        (false, Some(point)) => format!("in the point of {}", case.scene().when.stamp(point.time)),
        (false, None) => "in this point".to_owned(),
    }
}

/// How far the search is, in one line.
fn progress<'a>(case: &Case<'a>) -> Line<'a> {
    let scene = case.scene();
    let search = &case.wizard.search;
    let words = scene.words();
    if let Some(refused) = case.wizard.query_refused() {
        let place = place(case);
        return match refused {
            "" => words.dim(place),
            why => words.dim(format!("{place}: {why}")),
        }
        .line();
    }
    let found = format::count(search.hits.len() as u64);
    let names = format::count(search.searched.names);
    match &search.load {
        Load::Nothing => words.dim(place(case)).line(),
        Load::Failed(why, at) => words
            .put(Scope::JobFailed, "✗ ")
            .text(why.clone())
            .dim(format!("  at {}", scene.when.moment(*at)))
            .line(),
        Load::Asking { .. } => {
            let words = words.quantity(found).dim(" found so far   searching ");
            let words = match search.all {
                true => points_of(words, search.searched).dim(", "),
                false => words,
            };
            words.quantity(names).dim(" names").line()
        }
        Load::Known(end, _) => {
            let words = match end.limited {
                true => words.dim("the first ").quantity(found),
                false => words.quantity(found).dim(" found"),
            };
            let words = words.dim(format!(" {}", place(case)));
            match end.limited {
                true => words.put(Scope::JobWarning, "   ▲ more fit, type more of it"),
                false => words.dim(", ").quantity(names).dim(" names"),
            }
            .line()
        }
    }
}

/// "3 of 12 points".
fn points_of<'a>(
    words: super::super::words::Words<'a>,
    at: Searched,
) -> super::super::words::Words<'a> {
    words
        .quantity(format::count(u64::from(at.points)))
        .dim(" of ")
        .quantity(format::count(u64::from(at.of)))
        .dim(" points")
}

/// What could not be read, if anything: an empty list must not be taken for the truth.
fn lost<'a>(case: &Case<'a>, load: &Load<LookEnd>) -> Option<Line<'a>> {
    let unread = &load.known()?.unread;
    let first = unread.first()?;
    let words = case.scene().words().put(Scope::JobWarning, "▲ ");
    let words = words.text(format!("not all was read: {first}"));
    Some(match unread.len() {
        1 => words.line(),
        more => words.dim(format!(", and {} more", more - 1)).line(),
    })
}

/// The hits.
pub(super) fn hits(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let search = &case.wizard.search;
    if search.hits.is_empty() {
        if let Some(line) = nothing(case) {
            case.absent(below(area, 1), buf, &line);
        }
        return;
    }
    let selected = search.selected();
    let visible = usize::from(area.height.saturating_sub(1));
    let top = offset(selected, search.hits.len(), visible);
    let place = Rect {
        x: area.x.saturating_sub(2),
        width: area.width + 3,
        ..area
    };
    let query = case.wizard.text(Field::Search);
    let seen = search.hits.iter().skip(top).take(visible);
    let longest = seen.map(|hit| text::width(&name_of(hit))).max();
    let all = columns(longest.unwrap_or_default().clamp(14, area.width / 2));
    let (without, _) = all.split_at(5);
    Table {
        columns: if search.all { &all } else { without },
        heads: true,
        len: search.hits.len(),
        offset: top,
        selected,
        air: 2,
        styles: scene.rows(case.wizard.focus == Field::Search),
    }
    .render(place, buf, |index, row| {
        scene.spot(row.area(), Spot::Field(Field::Search, Some(index)));
        if let Some(hit) = search.hits.get(index) {
            draw_hit(case, hit, query.trim(), row);
        }
    });
}

/// What stands where no hit is.
fn nothing<'a>(case: &Case<'a>) -> Option<Line<'a>> {
    let scene = case.scene();
    let search = &case.wizard.search;
    if case.wizard.query_refused() == Some("") {
        return Some(
            scene
                .words()
                .dim("Type a part of a name; upper and lower case do not matter.")
                .line(),
        );
    }
    search.load.known()?;
    let query = case.wizard.text(Field::Search);
    let words = scene
        .words()
        .text("No name holds ")
        .strong(format!("“{}”", query.trim()))
        .text(format!(" {}. ", place(case)));
    if search.all {
        return Some(
            words
                .dim("Try a shorter part, or ? for a letter you are not sure of.")
                .line(),
        );
    }
    Some(match scene.key_of(Command::NextField) {
        Some(key) => words
            .key(key)
            .text(format!(" looks in {}.", case.wizard.all_points()))
            .line(),
        None => words.line(),
    })
}

fn draw_hit(case: &Case<'_>, hit: &Hit, query: &str, row: &mut Row<'_, '_>) {
    let scene = case.scene();
    let here = case.wizard.point.as_ref() == Some(&hit.point);
    let state = match here {
        true => case.wizard.mark_state(&hit.path),
        false => MarkState::Not,
    };
    let (sign, scope, name_scope) = match (state, here) {
        (MarkState::Whole, _) => ("■", Scope::Mark, Scope::Mark),
        (MarkState::Part, _) => ("◧", Scope::Mark, Scope::Text),
        (MarkState::Not, true) => ("□", Scope::TextDim, Scope::Text),
        (MarkState::Not, false) => ("·", Scope::TextDim, Scope::TextDim),
    };
    row.put(0, scene.words().put(scope, sign).line());
    let name = name_of(hit);
    let found = part(&name, query);
    let name_scope = if row.selected() {
        Scope::TextStrong
    } else {
        name_scope
    };
    row.put(1, matched(scene, &name, &found, name_scope));
    let room = row.rect(2).map_or(0, |cells| cells.width);
    let folder = show(&marks::parent(&hit.path));
    let folder = text::cut_path(&folder, room).into_owned();
    row.put(2, scene.words().dim(folder).line());
    if hit.kind == EntryKind::File {
        row.put(3, scene.words().quantity(format::bytes(hit.size)).line());
    }
    if let Some(at) = hit.modified {
        row.put(4, scene.words().dim(scene.when.stamp(at)).line());
    }
    if case.wizard.search.all {
        let words = scene.words();
        let point = match here {
            true => words.put(Scope::Ok, "this point"),
            false => words.text(scene.when.stamp(hit.time)),
        };
        row.put(5, point.line());
    }
}

/// The name of a hit as it is shown.
fn name_of(hit: &Hit) -> String {
    let name = hit.path.rsplit(|byte| *byte == b'/').next();
    let mut name = show(name.unwrap_or_default());
    if hit.kind == EntryKind::Folder {
        name.push('/');
    }
    name
}

/// Which characters of a name the query stands in; none where it has `*` or `?`.
fn part(name: &str, query: &str) -> Vec<usize> {
    let fold = |c: char| c.to_lowercase().next().unwrap_or(c);
    let name: Vec<char> = name.chars().map(fold).collect();
    let query: Vec<char> = query.chars().map(fold).collect();
    if query.is_empty() || query.iter().any(|c| matches!(c, '*' | '?')) {
        return Vec::new();
    }
    let at = name.windows(query.len()).position(|part| part == query);
    at.map_or_else(Vec::new, |at| (at..at + query.len()).collect())
}

/// The versions of a path; `area` has the air of the step taken off.
pub(super) fn versions(case: &Case<'_>, area: Rect, buf: &mut Buffer, versions: &Versions) {
    let scene = case.scene();
    let words = scene.words();
    let note = match &versions.load {
        Load::Asking { .. } => points_of(words.dim("looking at "), versions.searched),
        Load::Known(end, _) if end.limited => words.put(Scope::JobWarning, "▲ the newest only"),
        Load::Known(..) => words
            .quantity(format::count(versions.rows.len() as u64))
            .dim(if versions.rows.len() == 1 {
                " version in "
            } else {
                " versions in "
            })
            .quantity(format::count(u64::from(versions.searched.of)))
            .dim(" points"),
        Load::Nothing | Load::Failed(..) => words,
    };
    let name = text::cut_path(&show(&versions.path), area.width.saturating_sub(44)).into_owned();
    let mut inner = case.section(area, buf, &format!("Versions of {name}"), note.line());
    if let Some(line) = lost(case, &versions.load) {
        inner = scene.prose(inner, buf, &line);
    }
    if versions.rows.is_empty() {
        let line = match &versions.load {
            Load::Known(..) => Some(
                scene
                    .words()
                    .text("No point of this system holds that path.")
                    .line(),
            ),
            load => case.missing(load, ""),
        };
        if let Some(line) = line {
            case.absent(inner, buf, &line);
        }
        return;
    }
    let visible = usize::from(inner.height.saturating_sub(1));
    let place = Rect {
        x: inner.x.saturating_sub(2),
        width: inner.width + 3,
        ..inner
    };
    Table {
        columns: &VERSIONS,
        heads: true,
        len: versions.rows.len(),
        offset: offset(Some(versions.selected), versions.rows.len(), visible),
        selected: Some(versions.selected),
        air: 2,
        styles: scene.rows(case.wizard.focus == Field::Versions),
    }
    .render(place, buf, |index, row| {
        scene.spot(row.area(), Spot::Field(Field::Versions, Some(index)));
        if let Some(version) = versions.rows.get(index) {
            draw_version(case, version, row);
        }
    });
}

fn draw_version(case: &Case<'_>, version: &Version, row: &mut Row<'_, '_>) {
    let scene = case.scene();
    let here = case.wizard.holds(version);
    if here {
        row.put(0, scene.words().put(Scope::Ok, "●").line());
    }
    let time = if row.selected() {
        Scope::TextStrong
    } else {
        Scope::Text
    };
    row.put(
        1,
        scene
            .words()
            .put(time, scene.when.stamp(version.newest_time))
            .line(),
    );
    let oldest = match version.points {
        1 => "1 point".to_owned(),
        _ => scene.when.stamp(version.oldest_time),
    };
    row.put(2, scene.words().dim(oldest).line());
    if version.kind == EntryKind::File {
        let size = format::bytes(version.size);
        row.put(3, scene.words().quantity(size).line());
    }
    let words = scene.words();
    row.put(
        4,
        match version.same_content {
            Some(false) => words.put(Scope::JobWarning, "▲ changed"),
            Some(true) => words.dim("same content"),
            None => words.dim("first seen"),
        }
        .line(),
    );
    if let Some(at) = version.modified {
        row.put(5, scene.words().dim(scene.when.stamp(at)).line());
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn what_was_searched_for_is_shown_in_the_name() {
        assert_eq!(part("Old Invoice.pdf", "INVO"), [4, 5, 6, 7]);
        assert_eq!(part("ÄRGER", "är"), [0, 1]);
        assert!(part("report.txt", "*.txt").is_empty());
        assert!(part("a", "").is_empty());
    }
}

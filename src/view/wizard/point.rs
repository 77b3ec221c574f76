//! Step 3: which restore point, the newest good one before the event offered.

use super::{
    super::{common::below, points, scene::under},
    Case,
};
use crate::{config::theme::Scope, state::wizard::Field};
use ocdeck_domain::facts::{RestorePoint, Time};
use ocdeck_widgets::{
    format,
    table::{Table, offset},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// Draws the step.
pub(super) fn draw(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let known = case.wizard.points.known();
    let count = known.map_or_else(|| "·".to_owned(), |points| points.len().to_string());
    let place = scene.model.wizard_place(case.wizard).unwrap_or_default();
    let note = scene
        .words()
        .text(count)
        .dim(" points of ")
        .strong(place)
        .line();
    let inner = case.pane(area, buf, note);
    let event = case.wizard.event_time(scene.model.wizard_zone());
    let mut rest = case.field(
        inner,
        buf,
        "event",
        Field::Happened,
        "when was it last good?",
    );
    let line = match &event {
        Ok(at) => scene
            .words()
            .dim("the newest good one before ")
            .put(Scope::JobFailed, scene.when.stamp(*at))
            .line(),
        Err(why) => scene
            .words()
            .put(Scope::JobWarning, format!("▲ {why}"))
            .line(),
    };
    rest = under(
        inner,
        scene.prose(rest, buf, &line),
        u16::from(inner.height > 20),
    );
    let Some(points) = known else {
        if let Some(line) = case.missing(
            &case.wizard.points,
            "points are listed once a system is taken: step 2",
        ) {
            case.absent(rest, buf, &line);
        }
        return;
    };
    if points.is_empty() {
        let line = scene
            .words()
            .put(Scope::JobWarning, "▲ ")
            .text("This system has no restore point on this appliance.")
            .line();
        case.absent(rest, buf, &line);
        return;
    }
    if inner.height > 20 {
        rest = case.say(rest, buf);
        rest = strip(case, rest, buf, points, event.as_ref().ok().copied());
    }
    rest = list(case, rest, buf, points, event.ok());
    about(case, rest, buf);
}

/// The points on a line of time, with the chosen one and the event.
fn strip(
    case: &Case<'_>,
    area: Rect,
    buf: &mut Buffer,
    points: &[RestorePoint],
    event: Option<Time>,
) -> Rect {
    let scene = case.scene();
    let oldest = points.iter().map(|point| point.time).min();
    let newest = points.iter().map(|point| point.time).chain(event).max();
    let (Some(oldest), Some(newest)) = (oldest, newest) else {
        return area;
    };
    let span = (newest - oldest).num_seconds().max(1);
    let width = i64::from(area.width.saturating_sub(2).max(1));
    let column = |at: Time| {
        let along = (at - oldest).num_seconds().clamp(0, span);
        area.x + u16::try_from(along * (width - 1) / span).unwrap_or(0)
    };
    let y = area.y + 1;
    for x in area.x..area.x + u16::try_from(width).unwrap_or(0) {
        text::put(buf, x, y, 1, "─", scene.style(Scope::PaneRule));
    }
    for point in points {
        let (sign, scope) = sign(point, event);
        text::put(buf, column(point.time), y, 1, sign, scene.style(scope));
    }
    if let Some(event) = event {
        let x = column(event);
        text::put(buf, x, y, 1, "✗", scene.style(Scope::JobFailed));
        let word = scene.words().put(Scope::JobFailed, "event").line();
        text::put_right(buf, (x + 3).min(area.right()), area.y, 5, &word);
    }
    if let Some(point) = case.wizard.chosen_point() {
        let x = column(point.time);
        text::put(buf, x, y, 1, "●", scene.style(Scope::PaneFocus));
        let word = scene.words().put(Scope::PaneFocus, "chosen").line();
        let from = x.saturating_sub(3).max(area.x);
        let taken = event.map_or(u16::MAX, |event| (column(event) + 3).saturating_sub(6));
        if from + 7 <= taken || event.is_none() {
            text::put_line(buf, from, area.y, 6, &word);
        } else {
            text::put_right(
                buf,
                taken.saturating_sub(1).max(area.x + 6),
                area.y,
                6,
                &word,
            );
        }
    }
    let left = scene.words().dim(scene.when.stamp(oldest)).line();
    let right = scene.words().dim(scene.when.stamp(newest)).line();
    text::put_line(buf, area.x, y + 1, area.width, &left);
    text::put_right(
        buf,
        area.x + u16::try_from(width).unwrap_or(0),
        y + 1,
        14,
        &right,
    );
    below(area, 4)
}

fn sign(point: &RestorePoint, event: Option<Time>) -> (&'static str, Scope) {
    if !point.shrunk && event.is_some_and(|event| point.time > event) {
        return ("▲", Scope::TextDim);
    }
    points::sign(point)
}

fn list(
    case: &Case<'_>,
    area: Rect,
    buf: &mut Buffer,
    points: &[RestorePoint],
    event: Option<Time>,
) -> Rect {
    let scene = case.scene();
    let selected = case
        .wizard
        .point_selected
        .as_ref()
        .or(case.wizard.point.as_ref());
    let selected = selected.and_then(|id| points.iter().position(|point| &point.id == id));
    let most = usize::from((area.height / 2).max(5));
    let rows = points.len().min(most);
    let height = u16::try_from(rows + 1).unwrap_or(u16::MAX).min(area.height);
    let place = Rect {
        x: area.x.saturating_sub(2),
        width: area.width + 3,
        height,
        ..area
    };
    let first = offset(selected, points.len(), rows);
    let (columns, foreign) = points::columns(points);
    Table {
        columns,
        heads: true,
        len: points.len(),
        offset: first,
        selected,
        air: 2,
        styles: scene.rows(case.wizard.focus == Field::Points),
    }
    .render(place, buf, |index, row| {
        let Some(point) = points.get(index) else {
            return;
        };
        case.table_row(row, Field::Points, index);
        let after = event.is_some_and(|event| point.time > event);
        let taken = case.wizard.point.as_ref() == Some(&point.id);
        let (sign, scope) = if taken {
            ("●", Scope::PaneFocus)
        } else {
            sign(point, event)
        };
        points::cells(scene, row, point, foreign, (sign, scope), after);
    });
    let rest = below(area, height);
    let more = points.len() - rows;
    if more == 0 {
        return below(rest, 1);
    }
    let line = scene
        .words()
        .dim(format!(
            "  {}–{} of {}",
            first + 1,
            first + rows,
            points.len()
        ))
        .line();
    below(scene.lines(rest, buf, &[line]), 1)
}

/// What the selected point holds.
fn about(case: &Case<'_>, area: Rect, buf: &mut Buffer) {
    let scene = case.scene();
    let Some(points) = case.wizard.points.known() else {
        return;
    };
    let id = case
        .wizard
        .point_selected
        .as_ref()
        .or(case.wizard.point.as_ref());
    let Some(point) = id.and_then(|id| points.iter().find(|point| &point.id == id)) else {
        return;
    };
    if area.height < 3 {
        return;
    }
    let inner = case.section(area, buf, &scene.when.stamp(point.time), Line::default());
    let label = |label: &'static str| scene.words().dim(format!("{label:<9}"));
    let folders: Vec<String> = point
        .folders
        .iter()
        .map(|folder| ocdeck_domain::text::show(folder))
        .collect();
    let mut lines = Vec::new();
    if let Some(origin) = point.origin() {
        let words = label("of").text(origin).dim(", made by restic itself");
        lines.push(words.line());
    }
    let from = label("from").text(point.repository.as_str().to_owned());
    if point.is_counted() {
        let holds = label("holds")
            .files(Scope::Text, point.files, "   ")
            .quantity(format::bytes(point.bytes));
        let under = label("under").text(folders.join(", "));
        let from = from
            .dim(", ")
            .quantity(format::bytes(point.added))
            .dim(" were new in it");
        lines.extend([holds.line(), under.line(), from.line()]);
    } else {
        let holds = label("holds").dim("not counted when it was made; step 7 counts it");
        let under = label("under").text(folders.join(", "));
        lines.extend([holds.line(), under.line(), from.line()]);
    }
    if point.seeded {
        lines.push(
            label("seeded")
                .dim("made by a run at another time than it shows")
                .line(),
        );
    }
    if point.shrunk {
        lines.push(
            label("shrunk")
                .put(
                    Scope::JobWarning,
                    "▲ less than half the files of the point before",
                )
                .line(),
        );
    }
    if let Ok(event) = case.wizard.event_time(scene.model.wizard_zone()) {
        let words = if point.time > event {
            label("lost").put(
                Scope::JobWarning,
                "▲ it is newer than the event: the damage may be in it",
            )
        } else {
            label("lost")
                .text(format!(
                    "what was written from {} to {}",
                    scene.when.stamp(point.time),
                    scene.when.stamp(event)
                ))
                .dim(": say so")
        };
        lines.push(words.line());
    }
    scene.lines(inner, buf, &lines);
}

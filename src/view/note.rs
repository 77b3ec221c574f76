//! A note that is being written: its text in rows, the cursor, and where its draft came from.

use super::{common::seen_note, overlay::frame, scene::Scene};
use crate::{
    config::theme::Scope,
    state::{
        command::{Command, Mode},
        msg::Spot,
        note::{
            Editor, MOST, Note,
            rows::{self, Row},
        },
        words::bytes,
    },
};
use ocdeck_widgets::{popup, text};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// From how full on it says how much still fits, in percent.
const NEARLY_FULL: usize = 80;

/// Draws the note above `area`.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, note: &Note) {
    let room = note.room(scene.model.size);
    let place = popup::place(area, room.width, room.height, false);
    let inner = frame(scene, place, buf, &note.title, keys(scene, note));
    let row = |y: u16| Rect {
        y: y.min(inner.bottom()),
        height: u16::from(y < inner.bottom()),
        ..inner
    };
    let words = scene.words().text(note.text.clone()).line();
    scene.lines(row(inner.y), buf, &[words]);
    let text = Rect {
        y: inner.y + 2,
        height: inner.height.saturating_sub(3),
        ..inner
    }
    .intersection(inner);
    let seen = written(scene, text, buf, &note.editor);
    status(scene, row(text.bottom()), buf, note, seen);
}

/// What the keys do that end it.
fn keys<'a>(scene: &Scene<'a>, note: &Note) -> Line<'a> {
    let mut words = scene.words();
    let verb = note.purpose.verb();
    let [save, leave] = match note.goes_without() {
        true => [
            (Command::NoteNewLine, " without a note  ".to_owned()),
            (Command::Back, " leave it".to_owned()),
        ],
        false => [
            (Command::NoteSave, format!(" {verb}  ")),
            (Command::Back, " close, it is kept".to_owned()),
        ],
    };
    for (command, word) in [save, leave] {
        if let Some(key) = scene.model.keys.key(Mode::Note, command) {
            words = words.key(scene.key_name(key)).dim(word);
        }
    }
    words.line()
}

/// Draws the rows that are seen and the cursor; gives how many there are and which are seen.
fn written<'a>(scene: &Scene<'a>, area: Rect, buf: &mut Buffer, editor: &Editor) -> Line<'a> {
    buf.set_style(area, scene.style(Scope::FieldFocus));
    let (rows, top) = editor.window();
    let (cursor_row, cursor_column) = editor.cursor_cell();
    let height = usize::from(area.height);
    // A screen that is smaller than the window still shows the cursor.
    let top = top.max((cursor_row + 1).saturating_sub(height));
    for (y, (number, row)) in
        (area.y..area.bottom()).zip(rows.iter().enumerate().skip(top).take(height))
    {
        let here = Rect {
            y,
            height: 1,
            ..area
        };
        let end = one_row(scene, here, buf, editor.text(), *row);
        if number == cursor_row {
            let at = end.min(u16::try_from(cursor_column).unwrap_or(u16::MAX));
            cursor(scene, here, buf, at);
        }
    }
    match rows.len() {
        1 => scene.words().text("1").dim(" row").line(),
        len if len <= height => scene.words().text(len.to_string()).dim(" rows").line(),
        len => {
            let rows = scene.words().dim("rows ");
            rows.and(seen_note(scene, len, height, top)).line()
        }
    }
}

/// Draws a row of the text, each grapheme in its own cells; gives the cells that are used.
fn one_row(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, text: &str, row: Row) -> u16 {
    let style = scene.style(Scope::FieldFocus);
    let (x, room) = (area.x + 1, area.width.saturating_sub(1));
    // Behind the last grapheme a click means the end of the row.
    scene.spot(area, Spot::Text(rows::place(text, row, usize::MAX)));
    let shown = text.get(row.start..row.end).unwrap_or_default();
    let mut used = 0;
    for (at, grapheme, cells) in rows::graphemes(shown, row.start) {
        let cells = u16::try_from(cells).unwrap_or(0);
        if used + cells > room {
            break;
        }
        text::put(buf, x + used, area.y, cells, grapheme, style);
        let cell = Rect {
            x: x + used,
            width: cells,
            ..area
        };
        scene.spot(cell, Spot::Text(at));
        used += cells;
    }
    used
}

fn cursor(scene: &Scene<'_>, area: Rect, buf: &mut Buffer, column: u16) {
    let x = area.x + 1 + column;
    if x >= area.right() {
        return;
    }
    if let Some(cell) = buf.cell_mut((x, area.y)) {
        cell.set_style(scene.style(Scope::FieldCursor));
    }
}

fn status<'a>(scene: &Scene<'a>, area: Rect, buf: &mut Buffer, note: &Note, seen: Line<'a>) {
    if area.height == 0 {
        return;
    }
    let mut right = scene.words();
    let length = note.editor.text().len();
    if length * 100 > MOST * NEARLY_FULL {
        let size = |bytes_of: usize| bytes(u64::try_from(bytes_of).unwrap_or(u64::MAX));
        right = right
            .put(Scope::JobWarning, size(length))
            .dim(format!(" of {}   ", size(MOST)));
    }
    let right = right.and(seen).line();
    let used = text::put_right(buf, area.right(), area.y, area.width, &right);
    let Some((who, at)) = &note.left else { return };
    let whose = if *who == scene.model.me.name {
        "your draft".to_owned()
    } else {
        format!("draft of {who}")
    };
    let left = scene
        .words()
        .put(Scope::JobWaiting, whose)
        .dim(format!(", {}", scene.when.moment(*at)))
        .line();
    let room = area.width.saturating_sub(used + 2);
    text::put_line(buf, area.x, area.y, room, &left);
}

//! What several screens have in common: parts of areas, counts of rows, text fields.

use super::scene::Scene;
use crate::{
    config::theme::Scope,
    state::{command::Command, line::LineInput, lists::Filter, model::Pane},
};
use ocdeck_widgets::{
    field::Field,
    pane,
    table::{self, Column, Row, Table},
    text,
};
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

/// From 200 columns on there is room for a third pane.
pub(super) fn third_pane(area: Rect, screen: u16) -> (Rect, Option<Rect>) {
    const WIDTH: u16 = 56;
    if screen < 200 || area.width < WIDTH * 2 {
        return (area, None);
    }
    let main = Rect {
        width: area.width - WIDTH,
        ..area
    };
    let third = Rect {
        x: main.right(),
        width: WIDTH,
        ..area
    };
    (main, Some(third))
}

/// The inner part of a pane: two columns of air at its left, one at its right.
pub(super) fn air(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        width: area.width.saturating_sub(3),
        ..area
    }
}

/// A list of so many columns and beside it what is selected in it, with the divider that shows
/// where the list stands; the one of both that has the keys where there is no room for two. The
/// list says its first row, how many rows are seen and how many there are.
pub(super) fn list_and_detail(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    width: u16,
    list: impl FnOnce(&Scene<'_>, Rect, &mut Buffer) -> (usize, usize, usize),
    detail: impl FnOnce(&Scene<'_>, Rect, &mut Buffer),
) {
    if scene.single(area) {
        match scene.model.focus {
            Pane::Detail => detail(scene, area, buf),
            Pane::Tree | Pane::Main => {
                list(scene, area, buf);
            }
        }
        return;
    }
    let left = Rect { width, ..area };
    let shown = list(scene, left, buf);
    let line = Rect {
        x: left.right(),
        y: area.y + 1,
        width: 1,
        height: area.height.saturating_sub(1),
    };
    let (rule, bright) = (scene.style(Scope::PaneRule), scene.style(Scope::RowBarIdle));
    pane::divider(line, buf, rule, bright, shown);
    let right = Rect {
        x: line.x + 1,
        width: area.right().saturating_sub(line.x + 1),
        ..area
    };
    detail(scene, right, buf);
}

/// The upper rows of an area and the rest.
pub(super) fn split(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let above = Rect { height, ..area };
    let below = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    (above, below)
}

/// "1–35 of 63" for a pane whose rows do not fit, else how many there are.
pub(super) fn seen_note<'a>(
    scene: &Scene<'a>,
    len: usize,
    visible: usize,
    offset: usize,
) -> Line<'a> {
    let words = scene.words();
    if len <= visible {
        return words.text(len.to_string()).line();
    }
    let last = (offset + visible).min(len);
    words
        .text(format!("{}–{last}", offset + 1))
        .dim(" of ")
        .text(len.to_string())
        .line()
}

/// The name of the scope, for titles.
pub(super) fn scope_name(scene: &Scene<'_>) -> String {
    let scope = scene.model.scope();
    scope.map_or_else(
        || "everything".to_owned(),
        |node| scene.model.directory.name(node),
    )
}

/// The area without its first rows.
pub(super) fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

/// A one-line field with its text, cursor and hint.
pub(super) fn line_field(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    input: &LineInput,
    hint: &str,
    focused: bool,
) {
    let (before, after) = input.halves();
    let whole = format!("{before}{after}");
    let (style, hint_style) = if focused {
        (Scope::FieldFocus, Scope::FieldHintFocus)
    } else {
        (Scope::Field, Scope::FieldHint)
    };
    Field {
        text: &whole,
        cursor: focused.then_some(before.len()),
        hint,
        style: scene.style(style),
        hint_style: scene.style(hint_style),
        cursor_style: scene.style(Scope::FieldCursor),
    }
    .render(area, buf);
}

/// A text of several lines as rows of at most `width` cells.
pub(super) fn text_rows<'a>(scene: &Scene<'a>, text: &str, width: u16) -> Vec<Line<'a>> {
    let lines = text.split('\n').map(|line| line.trim_end().to_owned());
    lines
        .flat_map(|line| match line.is_empty() {
            true => vec![Line::default()],
            false => text::wrap(&scene.words().text(line).line(), width),
        })
        .collect()
}

/// The filter of a list in its first row; gives what is left below.
pub(super) fn filter_line(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    filter: &Filter,
    hint: &str,
) -> Rect {
    let label = scene.words().dim("filter").line();
    text::put_line(buf, area.x + 1, area.y, area.width, &label);
    let place = Rect {
        x: area.x + 9,
        y: area.y,
        width: area.width.saturating_sub(10).min(40),
        height: 1,
    };
    line_field(scene, place, buf, &filter.input, hint, filter.typing);
    below(area, 1)
}

/// An empty list whose filter hides everything.
pub(super) fn nothing_matches(
    scene: &Scene<'_>,
    area: Rect,
    buf: &mut Buffer,
    filter: &Filter,
    hidden: usize,
    what: &str,
) {
    let words = scene
        .words()
        .text("Nothing matches ")
        .put(Scope::SearchMatch, filter.input.text());
    let mut hidden = scene.words().text(format!("{hidden} {what} are hidden."));
    if let Some(key) = scene.key_of(Command::Back) {
        hidden = hidden.text("  ").key(key).dim(" clear");
    }
    scene.empty(area, buf, &[words.line(), hidden.line()]);
}

/// A list that is a table: what is seen of it, its filter, its rows.
pub(super) struct TableList<'a> {
    /// Whether it has the keys.
    pub(super) focused: bool,
    /// Its filter.
    pub(super) filter: &'a Filter,
    /// What the filter looks at.
    pub(super) filters: &'static str,
    /// What its rows are: "alerts".
    pub(super) things: &'static str,
    /// Rows that would be there without the filter.
    pub(super) total: usize,
    /// Its columns.
    pub(super) columns: &'a [Column],
    /// Empty cells before the first of them.
    pub(super) air: u16,
    /// How many rows there are.
    pub(super) len: usize,
    /// The selected one.
    pub(super) selected: Option<usize>,
}

impl TableList<'_> {
    /// How many rows are seen in a pane of that height, with so many lines above the rows, and
    /// which is the first.
    pub(super) fn window(&self, height: u16, above: u16) -> (usize, usize) {
        let above = above + u16::from(self.filter.is_shown());
        let visible = usize::from(height.saturating_sub(above));
        (visible, table::offset(self.selected, self.len, visible))
    }

    /// Draws the filter, if it is shown; gives what is left for the rows. `None`: it hides all.
    pub(super) fn filtered(&self, scene: &Scene<'_>, area: Rect, buf: &mut Buffer) -> Option<Rect> {
        let rest = match self.filter.is_shown() {
            true => filter_line(scene, area, buf, self.filter, self.filters),
            false => area,
        };
        if self.len == 0 && self.filter.is_on() {
            nothing_matches(scene, rest, buf, self.filter, self.total, self.things);
            return None;
        }
        Some(rest)
    }

    /// Draws heads and rows; `draw` writes one, and is told whether it has the keys.
    pub(super) fn rows(
        &self,
        scene: &Scene<'_>,
        area: Rect,
        buf: &mut Buffer,
        offset: usize,
        mut draw: impl FnMut(&mut Row<'_, '_>, bool),
    ) {
        Table {
            columns: self.columns,
            heads: true,
            len: self.len,
            offset,
            selected: self.selected,
            air: self.air,
            styles: scene.rows(self.focused),
        }
        .render(area, buf, |_, row| {
            let here = self.focused && row.selected();
            draw(row, here);
        });
    }
}

//! A table that draws only the rows on screen and writes their cells directly. Columns
//! that have no room drop whole, in their order of dropping: a number is never cut.

use crate::text;
use ratatui_core::{buffer::Buffer, layout::Rect, style::Style, text::Line};

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers, ages, clocks.
    Right,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its head; may be empty.
    pub head: &'static str,
    /// The least cells it needs.
    pub min: u16,
    /// The most it takes; more than `min`: it shares the room that is left.
    pub max: u16,
    /// Where its text stands.
    pub align: Align,
    /// Its place in the order of dropping, from 1; 0: never dropped.
    pub drop: u8,
    /// Empty cells before it.
    pub gap: u16,
}

impl Column {
    /// A column of words.
    pub const fn left(head: &'static str, min: u16, max: u16) -> Self {
        Self {
            head,
            min,
            max,
            align: Align::Left,
            drop: 0,
            gap: 2,
        }
    }

    /// A column of numbers.
    pub const fn right(head: &'static str, width: u16) -> Self {
        Self {
            head,
            min: width,
            max: width,
            align: Align::Right,
            drop: 0,
            gap: 2,
        }
    }

    /// It drops, as the `order`th.
    pub const fn drops(self, order: u8) -> Self {
        Self {
            drop: order,
            ..self
        }
    }

    /// So many empty cells before it.
    pub const fn gap(self, gap: u16) -> Self {
        Self { gap, ..self }
    }
}

/// Where each column stands: first cell and width, relative to the row; `None`: dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout(Vec<Option<(u16, u16)>>);

impl Layout {
    /// Places the columns in `width` cells.
    pub fn new(columns: &[Column], width: u16) -> Self {
        let mut kept = vec![true; columns.len()];
        while needed(columns, &kept) > width {
            let droppable = columns
                .iter()
                .enumerate()
                .filter(|(at, column)| column.drop > 0 && kept.get(*at).copied().unwrap_or(false));
            let Some((at, _)) = droppable.min_by_key(|(_, column)| column.drop) else {
                break;
            };
            if let Some(slot) = kept.get_mut(at) {
                *slot = false;
            }
        }
        let spare = width.saturating_sub(needed(columns, &kept));
        let widths = share(columns, &kept, spare);
        let mut x = 0;
        let mut first = true;
        let places = columns
            .iter()
            .zip(kept)
            .zip(widths)
            .map(|((column, kept), wide)| {
                if !kept {
                    return None;
                }
                x += if first { 0 } else { column.gap };
                first = false;
                let here = (x < width).then(|| (x, wide.min(width - x)));
                x = x.saturating_add(wide).min(width);
                here
            });
        Self(places.collect())
    }

    /// First cell and width of a column; `None`: dropped.
    pub fn column(&self, at: usize) -> Option<(u16, u16)> {
        self.0.get(at).copied().flatten()
    }
}

fn needed(columns: &[Column], kept: &[bool]) -> u16 {
    let shown = columns.iter().zip(kept).filter(|(_, kept)| **kept);
    let mut sum: u16 = 0;
    for (n, (column, _)) in shown.enumerate() {
        let gap = if n == 0 { 0 } else { column.gap };
        sum = sum.saturating_add(gap + column.min);
    }
    sum
}

/// The widths, with the spare cells given to the columns that take more, in turn.
fn share(columns: &[Column], kept: &[bool], mut spare: u16) -> Vec<u16> {
    let mut widths: Vec<u16> = columns.iter().map(|column| column.min).collect();
    loop {
        let hungry: Vec<usize> = (0..columns.len())
            .filter(|at| kept.get(*at).copied().unwrap_or(false))
            .filter(|at| match (columns.get(*at), widths.get(*at)) {
                (Some(column), Some(width)) => column.max > *width,
                _ => false,
            })
            .collect();
        let each = match u16::try_from(hungry.len()) {
            Ok(0) | Err(_) => return widths,
            Ok(count) => spare / count,
        };
        if each == 0 {
            // Fewer cells than columns that want one: the first ones get them.
            for at in hungry.into_iter().take(usize::from(spare)) {
                if let Some(width) = widths.get_mut(at) {
                    *width += 1;
                }
            }
            return widths;
        }
        for at in hungry {
            if let (Some(column), Some(width)) = (columns.get(at), widths.get_mut(at)) {
                let more = each.min(column.max - *width);
                *width += more;
                spare -= more;
            }
        }
    }
}

/// How rows look.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowStyles {
    /// Heads.
    pub head: Style,
    /// The ground of the selected row.
    pub selected: Style,
    /// The bar before it.
    pub bar: Style,
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// The columns.
    pub columns: &'a [Column],
    /// Whether the heads are shown.
    pub heads: bool,
    /// How many rows there are.
    pub len: usize,
    /// The first one shown.
    pub offset: usize,
    /// The selected one.
    pub selected: Option<usize>,
    /// Empty cells before the first column; the bar of the selected row stands in them.
    pub air: u16,
    /// How rows look.
    pub styles: RowStyles,
}

impl Table<'_> {
    /// Draws heads and visible rows; `draw` writes the cells of one row. One column of air
    /// stays at the right edge. Gives how many rows fit.
    pub fn render(
        &self,
        area: Rect,
        buf: &mut Buffer,
        mut draw: impl FnMut(usize, &mut Row<'_, '_>),
    ) -> usize {
        let area = area.intersection(buf.area);
        if area.width < self.air + 2 {
            return 0;
        }
        let layout = Layout::new(self.columns, area.width - 1 - self.air);
        let mut y = area.y;
        if self.heads && area.height > 0 {
            self.head(area, buf, &layout);
            y += 1;
        }
        let fit = usize::from(area.bottom().saturating_sub(y));
        for (index, y) in (self.offset..self.len).zip(y..area.bottom()) {
            let here = Rect {
                y,
                height: 1,
                ..area
            };
            let selected = self.selected == Some(index);
            if selected {
                buf.set_style(here, self.styles.selected);
                text::put(buf, area.x, y, 1, "▌", self.styles.bar);
            }
            let mut row = Row {
                area: here,
                buf,
                layout: &layout,
                columns: self.columns,
                selected,
                air: self.air,
            };
            draw(index, &mut row);
        }
        fit
    }

    fn head(&self, area: Rect, buf: &mut Buffer, layout: &Layout) {
        let mut row = Row {
            area,
            buf,
            layout,
            columns: self.columns,
            selected: false,
            air: self.air,
        };
        for (at, column) in self.columns.iter().enumerate() {
            row.put(at, Line::styled(column.head, self.styles.head));
        }
    }
}

/// One row being drawn.
pub struct Row<'b, 'l> {
    area: Rect,
    buf: &'b mut Buffer,
    layout: &'l Layout,
    columns: &'l [Column],
    selected: bool,
    air: u16,
}

impl Row<'_, '_> {
    /// Whether it is the selected one.
    pub fn selected(&self) -> bool {
        self.selected
    }

    /// Its cells, edges included.
    pub fn area(&self) -> Rect {
        self.area
    }

    /// The buffer, for what is more than text.
    pub fn buf(&mut self) -> &mut Buffer {
        self.buf
    }

    /// A ground for the whole row, unless it is selected: then its ground says so.
    pub fn ground(&mut self, style: Style) {
        if !self.selected {
            self.buf.set_style(self.area, style);
        }
    }

    /// The cells of a column; `None`: dropped.
    pub fn rect(&self, column: usize) -> Option<Rect> {
        let (x, width) = self.layout.column(column)?;
        Some(Rect {
            x: self.area.x + self.air + x,
            width,
            ..self.area
        })
    }

    /// The cells from one column to another, both included and of those that are shown.
    pub fn span(&self, from: usize, to: usize) -> Option<Rect> {
        let mut shown = (from..=to).filter_map(|column| self.rect(column));
        let first = shown.next()?;
        let last = shown.next_back().unwrap_or(first);
        Some(Rect {
            width: last.right() - first.x,
            ..first
        })
    }

    /// Writes a line into a column, as the column is aligned.
    pub fn put<'x>(&mut self, column: usize, line: impl Into<Line<'x>>) {
        let (Some(cells), Some(align)) = (
            self.rect(column),
            self.columns.get(column).map(|column| column.align),
        ) else {
            return;
        };
        let line = line.into();
        match align {
            Align::Left => text::put_line(self.buf, cells.x, cells.y, cells.width, &line),
            Align::Right => text::put_right(self.buf, cells.right(), cells.y, cells.width, &line),
        };
    }

    /// Writes a line across several columns, from the left.
    pub fn put_across<'x>(&mut self, from: usize, to: usize, line: impl Into<Line<'x>>) {
        if let Some(cells) = self.span(from, to) {
            text::put_line(self.buf, cells.x, cells.y, cells.width, &line.into());
        }
    }
}

/// The first row to show so that the selected one is seen, near the middle of a list that
/// is longer than the screen.
pub fn offset(selected: Option<usize>, len: usize, visible: usize) -> usize {
    let last = len.saturating_sub(visible);
    selected.map_or(0, |at| at.saturating_sub(visible / 2).min(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: [Column; 4] = [
        Column::left("name", 6, 12),
        Column::left("kind", 6, 6).drops(2),
        Column::right("rate", 5).drops(1),
        Column::right("age", 4),
    ];

    fn drawn(width: u16, height: u16, table: Table<'_>) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        table.render(area, &mut buf, |index, row| {
            row.put(0, format!("job-number-{index}"));
            row.put(1, "backup");
            row.put(2, "118");
            row.put(3, "22 h");
        });
        let cells: Vec<&str> = buf.content.iter().map(|cell| cell.symbol()).collect();
        cells
            .chunks(usize::from(width))
            .map(|row| row.concat().trim_end().to_owned())
            .collect()
    }

    fn table(len: usize, offset: usize) -> Table<'static> {
        Table {
            columns: &COLUMNS,
            heads: true,
            len,
            offset,
            selected: Some(1),
            air: 1,
            styles: RowStyles::default(),
        }
    }

    #[test]
    fn columns_drop_whole_in_their_order() {
        assert_eq!(
            drawn(35, 2, table(3, 0))[1],
            " job-number-0  backup    118  22 h"
        );
        assert_eq!(drawn(28, 2, table(3, 0))[1], " job-number-0  backup  22 h");
        assert_eq!(drawn(18, 2, table(3, 0))[1], " job-numbe…  22 h");
        assert_eq!(drawn(18, 1, table(3, 0))[0], " name         age");
    }

    #[test]
    fn only_visible_rows_are_asked_for() {
        let area = Rect::new(0, 0, 30, 11);
        let mut asked = Vec::new();
        table(1_000_000, 500).render(area, &mut Buffer::empty(area), |index, _| asked.push(index));
        assert_eq!(asked, (500..510).collect::<Vec<_>>());
    }

    #[test]
    fn the_selected_row_is_always_seen() {
        for len in 0..30 {
            for selected in 0..len {
                let first = offset(Some(selected), len, 7);
                assert!(first <= selected && selected < first + 7);
                assert!(first == 0 || first + 7 <= len);
            }
        }
    }

    proptest! {
        #[test]
        fn columns_never_overlap(columns in prop::collection::vec((1u16..12, 0u16..12, 0u8..4, 0u16..3), 0..8), width in 0u16..60) {
            let columns: Vec<Column> = columns.into_iter()
                .map(|(min, more, drop, gap)| Column { head: "", min, max: min + more, align: Align::Left, drop, gap })
                .collect();
            let layout = Layout::new(&columns, width);
            let mut end = 0;
            for (at, column) in columns.iter().enumerate() {
                let Some((x, wide)) = layout.column(at) else { continue };
                prop_assert!(x >= end);
                prop_assert!(x + wide <= width);
                prop_assert!(wide <= column.max);
                end = x + wide;
            }
        }
    }
}

//! A row of cells as a terminal has them: a wide character stands in its first cell and
//! covers the next.

use super::pen::same;
use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr;

/// The cells of a row.
pub(super) fn cells(buf: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buf.area.width);
    let from = usize::from(y) * width;
    buf.content.get(from..from + width).unwrap_or_default()
}

/// How many cells a cell's character takes, at least one.
pub(super) fn width(cell: &Cell) -> usize {
    match cell.symbol().as_bytes() {
        // Nearly all of them.
        [_] => 1,
        _ => cell.symbol().width().max(1),
    }
}

/// Walks over a row from character to character.
pub(super) fn starts(row: &[Cell]) -> impl Iterator<Item = (usize, &Cell, usize)> {
    let mut x = 0;
    std::iter::from_fn(move || {
        let cell = row.get(x)?;
        let here = x;
        // A wide character in the last cell has no room: what a terminal does with it is its
        // own affair, so a blank stands there.
        let wide = width(cell).min(row.len() - here);
        x += wide;
        Some((here, cell, wide))
    })
}

/// Which columns of `next` must be written, given what is shown.
pub(super) fn changed(shown: &[Cell], next: &[Cell], out: &mut Vec<bool>) {
    out.clear();
    out.resize(next.len(), false);
    let (mut old, mut new) = (starts(shown), starts(next));
    let (mut a, mut b) = (old.next(), new.next());
    while let Some((at, cell, wide)) = b {
        while a.is_some_and(|(x, _, w)| x + w <= at) {
            a = old.next();
        }
        // Only the same character in the same cells is already there.
        let there = a.is_some_and(|(x, was, w)| x == at && w == wide && same(was, cell));
        if !there {
            for x in at..at + wide {
                if let Some(flag) = out.get_mut(x) {
                    *flag = true;
                }
            }
        }
        b = new.next();
    }
}

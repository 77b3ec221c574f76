//! What changed, as runs of cells that one pen draws.

use super::{
    pen::{Pen, is_blank},
    row::{self, cells},
};
use ratatui::buffer::{Buffer, Cell};

/// Cells of a row beside each other that are written with one pen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) y: u16,
    /// The first column.
    pub(super) x: u16,
    /// The column after the last.
    pub(super) end: u16,
    pub(super) pen: Pen,
    /// Whether it is blanks and nothing else: then any pen with its ground will do.
    pub(super) blank: bool,
    /// The number of the pen, by when it was first needed.
    pub(super) look: usize,
}

/// What must be written to make `next` of `shown`, row by row.
pub(super) fn changed(shown: &Buffer, next: &Buffer) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut flags = Vec::new();
    for y in 0..next.area.height {
        let (was, is) = (cells(shown, y), cells(next, y));
        // Nearly all rows are as they were, and that is told faster than what differs.
        if was != is {
            row::changed(was, is, &mut flags);
            of_row(y, is, &flags, &mut runs);
        }
    }
    number(&mut runs);
    runs
}

fn of_row(y: u16, next: &[Cell], changed: &[bool], runs: &mut Vec<Run>) {
    let first = runs.len();
    for (x, cell, wide) in row::starts(next) {
        if !changed.get(x).copied().unwrap_or(false) {
            continue;
        }
        let (from, end) = (column(x), column(x + wide));
        if let Some(last) = runs.get_mut(first..).and_then(<[Run]>::last_mut)
            && last.end == from
        {
            if last.pen.draws(cell) {
                last.end = end;
                last.blank &= is_blank(cell);
                continue;
            }
            // Blanks are drawn by whoever comes next, if only letters tell the two apart.
            let pen = Pen::of(cell);
            if last.blank && pen.draws_blanks_of(last.pen) {
                (last.end, last.pen, last.blank) = (end, pen, is_blank(cell));
                continue;
            }
        }
        runs.push(Run {
            y,
            x: from,
            end,
            pen: Pen::of(cell),
            blank: is_blank(cell),
            look: 0,
        });
    }
}

/// Numbers the pens. Runs of nothing but blanks take any pen with their ground.
fn number(runs: &mut [Run]) {
    let mut pens: Vec<Pen> = Vec::new();
    let (blank, lettered): (Vec<&mut Run>, Vec<&mut Run>) =
        runs.iter_mut().partition(|run| run.blank);
    for run in lettered.into_iter().chain(blank) {
        let known = pens
            .iter()
            .position(|pen| *pen == run.pen || (run.blank && pen.draws_blanks_of(run.pen)));
        run.look = known.unwrap_or_else(|| {
            pens.push(run.pen);
            pens.len() - 1
        });
    }
}

fn column(x: usize) -> u16 {
    u16::try_from(x).unwrap_or(u16::MAX)
}

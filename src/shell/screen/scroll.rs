//! Rows that only moved: the terminal moves them itself.
//!
//! A region of rows is as wide as the screen, so this serves lists that are: zoomed ones, and
//! those of narrow terminals. Whether it is worth it is counted, not guessed: a list beside
//! something that stands still is drawn as ever.

use super::{
    encode,
    pen::{is_blank, same},
    row::{self, cells},
};
use ratatui::buffer::{Buffer, Cell};

/// How far a list is expected to move at once.
const FURTHEST: i32 = 3;
/// Fewest rows that come to their places by moving.
const LEAST: usize = 3;
/// Bytes that moving a region costs.
const COST: usize = 30;
/// Bytes that it takes to go somewhere.
const WAY: usize = 7;
/// Bytes that it takes to change the look, as far as can be said of one row alone.
const LOOK: usize = 10;
/// Blanks in one row that cost more are erased.
const BLANKS: usize = 8;

/// Rows of a region that move up by so many, down if negative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    top: u16,
    bottom: u16,
    by: i32,
}

/// What rows are worth moving, by a guess at the bytes of what differs then. Whether it is
/// shorter is counted by who asks.
pub(super) fn worth(shown: &Buffer, next: &Buffer) -> Option<Shift> {
    let height = shown.area.height;
    // Of the ways to move, the one by which the most rows come to their places.
    let arrive = |by: i32| {
        let rows = (0..height).filter(|y| {
            let source = u16::try_from(i32::from(*y) + by).ok();
            let comes = source
                .filter(|source| *source < height)
                .is_some_and(|source| cells(shown, source) == cells(next, *y));
            comes && cells(shown, *y) != cells(next, *y)
        });
        rows.count()
    };
    let ways = (1..=FURTHEST).flat_map(|by| [by, -by]);
    let (rows, by) = ways.map(|by| (arrive(by), by)).max_by_key(|way| way.0)?;
    if rows < LEAST {
        return None;
    }
    let empty = vec![Cell::EMPTY; usize::from(shown.area.width)];
    let stays = (0..height).map(|y| cost(cells(shown, y), cells(next, y)));
    let exposed = (0..height).map(|y| cost(&empty, cells(next, y)));
    let (stays, exposed): (Vec<_>, Vec<_>) = stays.zip(exposed).unzip();
    let (saved, top, bottom) = gain(shown, next, &stays, &exposed, by)?;
    (saved > COST).then_some(Shift { top, bottom, by })
}

/// Moves rows of the terminal; `shown` is then what it shows.
pub(super) fn shift(shown: &mut Buffer, shift: Shift, out: &mut Vec<u8>) {
    let Shift { top, bottom, by } = shift;
    encode::scroll(top, bottom, by, out);
    let before = shown.clone();
    for y in top..=bottom {
        let from = i32::from(y) + by;
        let source = u16::try_from(from)
            .ok()
            .filter(|from| (top..=bottom).contains(from));
        let width = usize::from(shown.area.width);
        let at = usize::from(y) * width;
        let Some(row) = shown.content.get_mut(at..at + width) else {
            continue;
        };
        match source {
            Some(from) => row.clone_from_slice(cells(&before, from)),
            None => row.fill(Cell::EMPTY),
        }
    }
}

/// How many bytes need not be written when rows move up by `by`, and the first and last row
/// of the region that moves; of each row what it costs where it stays, and where it is exposed.
fn gain(
    shown: &Buffer,
    next: &Buffer,
    stays: &[usize],
    exposed: &[usize],
    by: i32,
) -> Option<(usize, u16, u16)> {
    let height = shown.area.height;
    let of = |costs: &[usize], y: u16| costs.get(usize::from(y)).copied().unwrap_or(0);
    let difference = |y: u16, moves: usize| {
        let stays = of(stays, y);
        i64::try_from(stays).unwrap_or(0) - i64::try_from(moves).unwrap_or(0)
    };
    let saved = |y: u16| -> i64 {
        let source = u16::try_from(i32::from(y) + by).ok();
        let source = source.filter(|source| *source < height);
        let moves = match source {
            Some(source) => cost(cells(shown, source), cells(next, y)),
            // Exposed: it is written whole.
            None => of(exposed, y),
        };
        difference(y, moves)
    };
    // The best run of rows, by what each saves.
    let mut best: Option<(i64, u16, u16)> = None;
    let mut here = (0_i64, 0_u16);
    for y in 0..height {
        if here.0 <= 0 {
            here = (0, y);
        }
        here.0 += saved(y);
        if best.is_none_or(|(sum, ..)| here.0 > sum) {
            best = Some((here.0, here.1, y));
        }
    }
    let (_, mut top, mut bottom) = best?;
    // Rows come into the run from outside of it: the region holds where they come from.
    let reach = u16::try_from(by.abs()).unwrap_or(0);
    if by > 0 {
        bottom = (bottom + reach).min(height - 1);
    } else {
        top = top.saturating_sub(reach);
    }
    let is_exposed = |y: u16| {
        let source = i32::from(y) + by;
        source < i32::from(top) || source > i32::from(bottom)
    };
    let sum: i64 = (top..=bottom)
        .map(|y| {
            if is_exposed(y) {
                difference(y, of(exposed, y))
            } else {
                saved(y)
            }
        })
        .sum();
    (bottom > top).then_some((usize::try_from(sum).unwrap_or(0), top, bottom))
}

/// About how many bytes it takes to make one row of another.
fn cost(shown: &[Cell], next: &[Cell]) -> usize {
    if shown == next {
        return 0;
    }
    let mut old = row::starts(shown);
    let mut was = old.next();
    let (mut sum, mut blanks) = (0, 0);
    // The cell before, where it is written too.
    let mut before: Option<&Cell> = None;
    for (at, cell, wide) in row::starts(next) {
        while was.is_some_and(|(x, _, wide)| x + wide <= at) {
            was = old.next();
        }
        let there = was.is_some_and(|(x, was, w)| x == at && w == wide && same(was, cell));
        if there {
            before = None;
            continue;
        }
        let look = |cell: &Cell| (cell.fg, cell.bg, cell.modifier);
        sum += match before {
            None => WAY,
            Some(before) if is_blank(cell) || look(before) == look(cell) => 0,
            Some(_) => LOOK,
        };
        blanks = if is_blank(cell) && before.is_some() {
            blanks + 1
        } else {
            0
        };
        if blanks <= BLANKS {
            sum += cell.symbol().len();
        }
        before = Some(cell);
    }
    sum
}

//! Rows that only moved: the terminal moves them itself.
//!
//! A region of rows is as wide as the screen, so this serves lists that are: zoomed ones, and
//! those of narrow terminals. Whether it is worth it is counted, not guessed: a list beside
//! something that stands still is drawn as ever.

use super::{
    encode,
    pen::same,
    row::{self, cells},
};
use ratatui::buffer::{Buffer, Cell};

/// How far a list is expected to move at once.
const FURTHEST: i32 = 3;
/// Bytes that moving a region costs, in cells that need not be written.
const COST: usize = 30;

/// Moves rows of the terminal if that saves bytes; `shown` is then what it shows.
pub(super) fn shift(shown: &mut Buffer, next: &Buffer, out: &mut Vec<u8>) {
    let height = shown.area.height;
    let moved = (0..height).filter(|y| cells(shown, *y) != cells(next, *y));
    if moved.count() < 4 {
        return;
    }
    let differing: Vec<usize> = (0..height)
        .map(|y| differing(cells(shown, y), cells(next, y)))
        .collect();
    let all: usize = differing.iter().sum();
    if all <= COST {
        return;
    }
    let mut best: Option<(usize, u16, u16, i32)> = None;
    for by in (1..=FURTHEST).flat_map(|by| [by, -by]) {
        if let Some((saved, top, bottom)) = gain(shown, next, &differing, by)
            && best.is_none_or(|(most, ..)| saved > most)
        {
            best = Some((saved, top, bottom, by));
            if saved * 2 > all {
                break; // No other is better.
            }
        }
    }
    let Some((saved, top, bottom, by)) = best else {
        return;
    };
    if saved <= COST {
        return;
    }
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

/// How many cells need not be written when rows move up by `by`, and the first and last row
/// of the region that moves.
fn gain(shown: &Buffer, next: &Buffer, differing: &[usize], by: i32) -> Option<(usize, u16, u16)> {
    let height = shown.area.height;
    let saved = |y: u16| -> i64 {
        let stays = differing.get(usize::from(y)).copied().unwrap_or(0);
        let source = u16::try_from(i32::from(y) + by).ok();
        let source = source.filter(|source| *source < height);
        let moves = match source {
            Some(source) => self::differing(cells(shown, source), cells(next, y)),
            // Exposed: it is written whole.
            None => usize::from(shown.area.width),
        };
        i64::try_from(stays).unwrap_or(0) - i64::try_from(moves).unwrap_or(0)
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
    let exposed = |y: u16| {
        let source = i32::from(y) + by;
        source < i32::from(top) || source > i32::from(bottom)
    };
    let sum: i64 = (top..=bottom)
        .map(|y| {
            if exposed(y) {
                let stays = differing.get(usize::from(y)).copied().unwrap_or(0);
                i64::try_from(stays).unwrap_or(0) - i64::from(shown.area.width)
            } else {
                saved(y)
            }
        })
        .sum();
    (bottom > top).then_some((usize::try_from(sum).unwrap_or(0), top, bottom))
}

/// How many cells of a row differ.
fn differing(shown: &[Cell], next: &[Cell]) -> usize {
    let alike = row::starts(shown).zip(row::starts(next));
    let mut alike_cells = 0;
    for ((x, a, wide), (other, b, _)) in alike {
        if x == other && same(a, b) {
            alike_cells += wide;
        }
    }
    next.len() - alike_cells.min(next.len())
}

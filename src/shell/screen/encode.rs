//! Runs of cells as bytes: moves, looks and characters, each in its shortest form.

use super::{
    order,
    pen::{Pen, is_blank},
    row::{self, cells},
    runs::Run,
};
use ratatui::buffer::{Buffer, Cell};
use std::io::Write;

/// What the terminal can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// It erases with the ground in force ("back colour erase"), not with its own.
    pub coloured_erase: bool,
}

impl Abilities {
    /// By the name of the terminal. `screen` has no coloured ground for what it erases, and of
    /// a name that nobody knows nothing is expected.
    pub fn of(term: &str) -> Self {
        const COLOURED: [&str; 14] = [
            "xterm",
            "tmux",
            "alacritty",
            "kitty",
            "foot",
            "wezterm",
            "ghostty",
            "rxvt",
            "konsole",
            "vte",
            "gnome",
            "linux",
            "putty",
            "st-",
        ];
        Self {
            coloured_erase: COLOURED.iter().any(|name| term.starts_with(name)),
        }
    }
}

/// Shorter runs of blanks are written: moving on after erasing costs as much.
const WORTH_ERASING: usize = 10;
/// The same where nothing is written behind them.
const WORTH_LAST: usize = 5;

/// Empties the whole screen, with no colours.
pub(super) fn clear(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[m\x1b[2J");
}

/// Lets rows `top` to `bottom`, both included, move up by so many (down if negative). What is
/// exposed is in no colour: every terminal does that the same way.
pub(super) fn scroll(top: u16, bottom: u16, up: i32, out: &mut Vec<u8>) {
    // Line feeds and reverse line feeds at the edge of a region: older than the commands that
    // scroll by number, so that every terminal has them.
    let (edge, step): (u16, &[u8]) = match up {
        1.. => (bottom, b"\n"),
        _ => (top, b"\x1bM"),
    };
    // Writing to a Vec cannot fail.
    let _ = write!(
        out,
        "\x1b[m\x1b[{};{}r\x1b[{}H",
        top + 1,
        bottom + 1,
        edge + 1
    );
    for _ in 0..up.unsigned_abs() {
        out.extend_from_slice(step);
    }
    out.extend_from_slice(b"\x1b[r");
}

/// The runs of `next` as bytes: row by row, one look after the other, or each time what is
/// nearest, whichever is shortest. A colour takes up to 20 bytes and a move 7, so over a whole
/// screen the second way wins, and over a few rows the third.
pub(super) fn shortest(mut runs: Vec<Run>, next: &Buffer, abilities: Abilities) -> Vec<u8> {
    let encoded = |runs: &[Run]| Encoder::new(abilities).all(runs, next);
    let mut shortest = encoded(&runs);
    let mut shorter = |bytes: Vec<u8>| {
        if bytes.len() < shortest.len() {
            shortest = bytes;
        }
    };
    if let Some(nearest) = order::nearest(&runs) {
        shorter(encoded(&nearest));
    }
    runs.sort_by_key(|run| (run.look, run.y, run.x));
    shorter(encoded(&runs));
    shortest
}

/// Writes runs.
#[derive(Debug)]
struct Encoder {
    out: Vec<u8>,
    abilities: Abilities,
    /// Where the cursor is: column and row; `None`: nobody knows.
    at: Option<(u16, u16)>,
    /// What is written with; `None`: nobody knows.
    pen: Option<Pen>,
}

impl Encoder {
    /// Neither cursor nor pen are known: what else writes to the terminal between two frames
    /// cannot confuse the next.
    fn new(abilities: Abilities) -> Self {
        Self {
            out: Vec::new(),
            abilities,
            at: None,
            pen: None,
        }
    }

    fn all(mut self, runs: &[Run], next: &Buffer) -> Vec<u8> {
        for (n, run) in runs.iter().enumerate() {
            let goes_on = |next: &&Run| (next.x, next.y) == (run.end, run.y);
            let goes_on = runs.get(n + 1).filter(goes_on).is_some();
            self.run(run, cells(next, run.y), goes_on);
        }
        self.out
    }

    /// Writes a run; whether the next one begins where it ends.
    fn run(&mut self, run: &Run, row: &[Cell], goes_on: bool) {
        let held = self.pen.is_some_and(|pen| pen.draws_blanks_of(run.pen));
        if !(run.blank && held) {
            self.take(run.pen);
        }
        let end = usize::from(run.end);
        let mut x = usize::from(run.x);
        while x < end {
            let Some(cell) = row.get(x) else { return };
            let rest = row.get(x..end).unwrap_or_default();
            let blanks = rest.iter().take_while(|cell| is_blank(cell)).count();
            let erases = blanks > 3 && run.pen.erases(self.abilities.coloured_erase);
            if erases && x + blanks == row.len() {
                self.go(x, run.y, row);
                self.out.extend_from_slice(b"\x1b[K");
                return;
            }
            let last = x + blanks == end && !goes_on;
            let worth = if last { WORTH_LAST } else { WORTH_ERASING };
            if erases && blanks >= worth {
                self.go(x, run.y, row);
                let _ = write!(self.out, "\x1b[{blanks}X");
                x += blanks;
                continue;
            }
            self.go(x, run.y, row);
            x += self.put(x, run.y, cell, row.len());
        }
    }

    /// Writes a character; how many cells it takes.
    fn put(&mut self, x: usize, y: u16, cell: &Cell, columns: usize) -> usize {
        let wide = row::width(cell);
        let room = columns - x;
        if wide > room {
            // Half a character: a blank.
            self.out.push(b' ');
        } else {
            self.out.extend_from_slice(cell.symbol().as_bytes());
        }
        let end = x + wide.min(room);
        // At the right edge terminals differ in where the cursor is, and about the width of
        // what is no plain character they differ too: then nobody knows.
        let plain = wide == 1 && cell.symbol().chars().nth(1).is_none();
        self.at = (plain && end < columns).then(|| (column(end), y));
        wide.min(room)
    }

    fn take(&mut self, pen: Pen) {
        if self.pen != Some(pen) {
            Pen::change(self.pen, pen, &mut self.out);
            self.pen = Some(pen);
        }
    }

    /// Moves the cursor. Over a few cells that are there already it is shorter to write them
    /// again.
    fn go(&mut self, x: usize, y: u16, next: &[Cell]) {
        let to = (column(x), y);
        let Some((from, row)) = self.at else {
            return self.jump(to);
        };
        if (from, row) == to {
            return;
        }
        if row != y || from > to.0 {
            return self.jump(to);
        }
        let gap = next.get(usize::from(from)..x).unwrap_or_default();
        let again = self.pen.is_some_and(|pen| {
            gap.iter().map(|cell| cell.symbol().len()).sum::<usize>() <= 4
                && gap
                    .iter()
                    .all(|cell| row::width(cell) == 1 && pen.draws(cell))
                && gap
                    .iter()
                    .all(|cell| cell.symbol().chars().nth(1).is_none())
        });
        if again {
            for cell in gap {
                self.out.extend_from_slice(cell.symbol().as_bytes());
            }
        } else if to.0 - from == 1 {
            self.out.extend_from_slice(b"\x1b[C");
        } else {
            let _ = write!(self.out, "\x1b[{}C", to.0 - from);
        }
        self.at = Some(to);
    }

    fn jump(&mut self, (x, y): (u16, u16)) {
        // Writing to a Vec cannot fail.
        let _ = match (x, y) {
            (0, 0) => write!(self.out, "\x1b[H"),
            (0, y) if self.at.is_some_and(|(_, row)| row + 1 == y) => write!(self.out, "\r\n"),
            (0, y) => write!(self.out, "\x1b[{}H", y + 1),
            (x, y) => write!(self.out, "\x1b[{};{}H", y + 1, x + 1),
        };
        self.at = Some((x, y));
    }
}

fn column(x: usize) -> u16 {
    u16::try_from(x).unwrap_or(u16::MAX)
}

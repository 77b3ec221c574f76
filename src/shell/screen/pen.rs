//! The look that the terminal writes with, and the shortest way to another one.

use ratatui::{
    buffer::Cell,
    style::{Color, Modifier},
};
use std::io::Write;

/// What blank cells show too: a blank has no letter that could be bold or green.
const ON_BLANKS: Modifier = Modifier::UNDERLINED
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);

/// A look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

/// What a terminal writes with after a reset.
const PLAIN: Pen = Pen {
    fg: Color::Reset,
    bg: Color::Reset,
    modifier: Modifier::empty(),
};

/// Modifiers with the codes that set them and take them away, those with the same last code
/// beside each other.
const CODES: [(Modifier, u8, u8); 8] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Whether a cell shows nothing but its ground.
pub(super) fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " "
}

/// Whether two cells look the same.
pub(super) fn same(a: &Cell, b: &Cell) -> bool {
    if is_blank(a) && is_blank(b) {
        let lines = a.modifier.intersection(ON_BLANKS);
        return a.bg == b.bg
            && lines == b.modifier.intersection(ON_BLANKS)
            && (lines.is_empty() || a.fg == b.fg);
    }
    a.symbol() == b.symbol() && (a.fg, a.bg, a.modifier) == (b.fg, b.bg, b.modifier)
}

impl Pen {
    /// The look of a cell.
    pub(super) fn of(cell: &Cell) -> Self {
        Self {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier,
        }
    }

    /// Whether this pen draws the cell as it should look.
    pub(super) fn draws(self, cell: &Cell) -> bool {
        if is_blank(cell) && self.bg == cell.bg {
            let lines = cell.modifier.intersection(ON_BLANKS);
            return lines == self.modifier.intersection(ON_BLANKS)
                && (lines.is_empty() || self.fg == cell.fg);
        }
        self == Self::of(cell)
    }

    /// Whether this pen draws blanks as the other one does.
    pub(super) fn draws_blanks_of(self, other: Self) -> bool {
        self.bg == other.bg && !self.modifier.union(other.modifier).intersects(ON_BLANKS)
    }

    /// Whether erasing leaves cells that look as this pen draws blanks, on a terminal that
    /// erases with the ground in force (`coloured`) or with its own.
    pub(super) fn erases(self, coloured: bool) -> bool {
        !self.modifier.intersects(ON_BLANKS) && (coloured || self.bg == Color::Reset)
    }

    /// How many bytes the change to another takes.
    pub(super) fn distance(self, wanted: Self) -> usize {
        let mut out = Vec::new();
        Self::change(Some(self), wanted, &mut out);
        out.len()
    }

    /// Writes the change to `wanted`; `None` in the hand: nobody knows which.
    pub(super) fn change(from: Option<Self>, wanted: Self, out: &mut Vec<u8>) {
        let mut anew = vec![0];
        codes(PLAIN, wanted, &mut anew);
        let mut shorter = Vec::new();
        match from {
            Some(from) => codes(from, wanted, &mut shorter),
            None => shorter.clone_from(&anew),
        }
        if length(&anew) < length(&shorter) {
            shorter = anew;
        }
        if shorter.is_empty() {
            return;
        }
        out.extend_from_slice(b"\x1b[");
        // A reset alone needs no number.
        if shorter != [0] {
            for (n, code) in shorter.iter().enumerate() {
                // Writing to a Vec cannot fail.
                let _ = match n {
                    0 => write!(out, "{code}"),
                    _ => write!(out, ";{code}"),
                };
            }
        }
        out.push(b'm');
    }
}

fn length(codes: &[u8]) -> usize {
    let digits = |code: &u8| match code {
        0..=9 => 2,
        10..=99 => 3,
        100.. => 4,
    };
    codes.iter().map(digits).sum()
}

/// The codes from one look to another.
fn codes(from: Pen, to: Pen, out: &mut Vec<u8>) {
    let gone = from.modifier.difference(to.modifier);
    let mut came = to.modifier.difference(from.modifier);
    for (modifier, _, off) in CODES {
        if gone.contains(modifier) && out.last() != Some(&off) {
            out.push(off);
            if off == 22 {
                // One code takes both away.
                let both = Modifier::BOLD.union(Modifier::DIM);
                came |= to.modifier.intersection(both);
            }
        }
    }
    for (modifier, on, _) in CODES {
        if came.contains(modifier) {
            out.push(on);
        }
    }
    if from.fg != to.fg {
        colour(to.fg, 30, out);
    }
    if from.bg != to.bg {
        colour(to.bg, 40, out);
    }
}

/// The codes of a colour; `base` is 30 for letters, 40 for the ground.
fn colour(colour: Color, base: u8, out: &mut Vec<u8>) {
    match colour {
        Color::Reset => out.push(base + 9),
        Color::Black => out.push(base),
        Color::Red => out.push(base + 1),
        Color::Green => out.push(base + 2),
        Color::Yellow => out.push(base + 3),
        Color::Blue => out.push(base + 4),
        Color::Magenta => out.push(base + 5),
        Color::Cyan => out.push(base + 6),
        Color::Gray => out.push(base + 7),
        Color::DarkGray => out.push(base + 60),
        Color::LightRed => out.push(base + 61),
        Color::LightGreen => out.push(base + 62),
        Color::LightYellow => out.push(base + 63),
        Color::LightBlue => out.push(base + 64),
        Color::LightMagenta => out.push(base + 65),
        Color::LightCyan => out.push(base + 66),
        Color::White => out.push(base + 67),
        Color::Indexed(n) => out.extend([base + 8, 5, n]),
        Color::Rgb(r, g, b) => out.extend([base + 8, 2, r, g, b]),
    }
}

#[cfg(test)]
#[path = "pen_tests.rs"]
mod tests;

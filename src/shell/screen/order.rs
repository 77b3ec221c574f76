//! An order of runs in which each is near the one before it, in bytes.

use super::{pen::Pen, runs::Run};

/// More runs than this are not put in order so: it takes the square of their number, and where
/// so many differ another order is as good.
const MOST: usize = 160;

/// The runs, each followed by the one that it takes the fewest bytes to go on with; `None`: there
/// are too many. What the bytes are is counted by whoever writes them: this only guesses well.
pub(super) fn nearest(runs: &[Run]) -> Option<Vec<Run>> {
    if runs.len() > MOST {
        return None;
    }
    let pens = Distances::of(runs);
    let mut left = runs.to_vec();
    let mut sorted: Vec<Run> = Vec::with_capacity(left.len());
    let mut pen = None;
    while !left.is_empty() {
        let at = sorted.last().map(|run| (run.end, run.y));
        let cost = |run: &Run| {
            let look = pen.map_or(0, |pen| pens.between(pen, run));
            look + at.map_or(0, |at| way(at, (run.x, run.y)))
        };
        // Of several the first: from top to bottom, from left to right.
        let best = left.iter().enumerate().min_by_key(|(_, run)| cost(run));
        let Some((place, _)) = best else { break };
        let run = left.remove(place);
        // Blanks are written with the pen in the hand, if it has their ground.
        if pen.is_none_or(|pen| pens.between(pen, &run) > 0) {
            pen = Some(run.look);
        }
        sorted.push(run);
    }
    Some(sorted)
}

/// How many bytes it takes from one look to another.
struct Distances {
    pens: Vec<Pen>,
    between: Vec<Vec<usize>>,
}

impl Distances {
    fn of(runs: &[Run]) -> Self {
        let mut pens: Vec<Option<Pen>> = Vec::new();
        for run in runs {
            pens.resize(pens.len().max(run.look + 1), None);
            if let Some(pen) = pens.get_mut(run.look)
                && (pen.is_none() || !run.blank)
            {
                *pen = Some(run.pen);
            }
        }
        // Every number is that of a run.
        let pens: Vec<Pen> = pens.into_iter().flatten().collect();
        let row = |from: &Pen| pens.iter().map(|to| from.distance(*to)).collect();
        let between = pens.iter().map(row).collect();
        Self { pens, between }
    }

    fn between(&self, look: usize, run: &Run) -> usize {
        let held = self.pens.get(look);
        if run.blank && held.is_some_and(|pen| pen.draws_blanks_of(run.pen)) {
            return 0;
        }
        let row = self.between.get(look);
        row.and_then(|row| row.get(run.look)).copied().unwrap_or(0)
    }
}

/// How many bytes it takes to go from one cell to another.
fn way((x, y): (u16, u16), (to_x, to_y): (u16, u16)) -> usize {
    let digits = |n: u16| n.checked_ilog10().map_or(1, |digits| digits as usize + 1);
    match to_x.checked_sub(x).filter(|_| y == to_y) {
        Some(0) => 0,
        Some(1) => 3,
        Some(gap) => 3 + digits(gap),
        None if to_x == 0 => 3 + digits(to_y + 1),
        None => 4 + digits(to_y + 1) + digits(to_x + 1),
    }
}

//! A list in an order that is kept while rows come, move and go.

use std::cmp::Ordering;

/// Most rows of a piece; one that is fuller is cut in two. Half of one is moved for a row that comes
/// or goes, 13 kB at most; of a million rows there are 5,000 pieces to count through, some microseconds.
const PIECE: usize = 256;

/// Rows by their key, each with an id. Whoever asks for a row knows its key: nothing here
/// looks through all of them, so that a list of a million rows is as quick as one of ten.
#[derive(Clone, Debug)]
pub struct Rows<K, I> {
    /// Rows in order, in pieces of at most [`PIECE`]; none is empty.
    pieces: Vec<Vec<(K, I)>>,
    len: usize,
}

impl<K, I> Default for Rows<K, I> {
    fn default() -> Self {
        Self {
            pieces: Vec::new(),
            len: 0,
        }
    }
}

impl<K: Ord, I: Ord> Rows<K, I> {
    /// How many.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The id in that row.
    pub fn get(&self, row: usize) -> Option<&I> {
        self.from(row).next()
    }

    /// The ids from that row down.
    pub fn from(&self, row: usize) -> impl Iterator<Item = &I> {
        let mut before = 0;
        let first = self.pieces.iter().position(|piece| {
            let here = row < before + piece.len();
            if !here {
                before += piece.len();
            }
            here
        });
        let pieces = self.pieces.iter().skip(first.unwrap_or(self.pieces.len()));
        let rows = pieces.flatten().skip(row.saturating_sub(before));
        rows.map(|(_, id)| id)
    }

    /// The ids, from top to bottom.
    pub fn ids(&self) -> impl Iterator<Item = &I> {
        self.from(0)
    }

    /// The row of an id that has this key; `None`: it is not in the list.
    pub fn position(&self, key: &K, id: &I) -> Option<usize> {
        let piece = self.piece(key, id);
        let at = search(self.pieces.get(piece)?, key, id).ok()?;
        let before: usize = self.pieces.iter().take(piece).map(Vec::len).sum();
        Some(before + at)
    }

    /// The piece that holds this row, or would.
    fn piece(&self, key: &K, id: &I) -> usize {
        let last_is_before =
            |piece: &Vec<(K, I)>| piece.last().is_some_and(|row| (&row.0, &row.1) < (key, id));
        let piece = self.pieces.partition_point(last_is_before);
        piece.min(self.pieces.len().saturating_sub(1))
    }

    /// Put a row in its place; `false` if it stood there already.
    pub fn insert(&mut self, key: K, id: I) -> bool {
        let at = self.piece(&key, &id);
        let Some(piece) = self.pieces.get_mut(at) else {
            self.pieces.push(vec![(key, id)]);
            self.len = 1;
            return true;
        };
        let Err(place) = search(piece, &key, &id) else {
            return false;
        };
        piece.insert(place, (key, id));
        if piece.len() > PIECE {
            let rest = piece.split_off(PIECE / 2);
            self.pieces.insert(at + 1, rest);
        }
        self.len += 1;
        true
    }

    /// Take a row out; whether it was there.
    pub fn remove(&mut self, key: &K, id: &I) -> bool {
        let at = self.piece(key, id);
        let Some(piece) = self.pieces.get_mut(at) else {
            return false;
        };
        let Ok(place) = search(piece, key, id) else {
            return false;
        };
        piece.remove(place);
        if piece.is_empty() {
            self.pieces.remove(at);
        }
        self.len -= 1;
        true
    }

    /// Replace all rows.
    pub fn replace(&mut self, rows: impl IntoIterator<Item = (K, I)>) {
        let mut sorted: Vec<(K, I)> = rows.into_iter().collect();
        // The stable sort is the one that makes use of runs that are in order already.
        sorted.sort();
        sorted.dedup();
        self.len = sorted.len();
        self.pieces.clear();
        let mut rows = sorted.into_iter();
        loop {
            // Half full, so that not the first row that comes cuts a piece.
            let piece: Vec<(K, I)> = rows.by_ref().take(PIECE / 2).collect();
            if piece.is_empty() {
                return;
            }
            self.pieces.push(piece);
        }
    }
}

impl<K: Ord, I: Ord + Clone> Rows<K, I> {
    /// The id so many rows from that one; the first row when there is none.
    pub fn step(&self, from: Option<(&K, &I)>, by: isize) -> Option<I> {
        let last = self.len.checked_sub(1)?;
        let at = match from.and_then(|(key, id)| self.position(key, id)) {
            Some(at) => at.saturating_add_signed(by).min(last),
            None => 0,
        };
        self.get(at).cloned()
    }
}

fn search<K: Ord, I: Ord>(piece: &[(K, I)], key: &K, id: &I) -> Result<usize, usize> {
    piece.binary_search_by(|row| match row.0.cmp(key) {
        Ordering::Equal => row.1.cmp(id),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Whatever comes and goes, it reads like a sorted list.
        #[test]
        fn rows_are_a_sorted_list(
            steps in prop::collection::vec((any::<bool>(), 0u16..40, 0u16..60), 0..3_000),
            anew in prop::collection::vec((0u16..40, 0u16..60), 0..3_000),
        ) {
            let mut rows = Rows::default();
            let mut sorted: BTreeSet<(u16, u16)> = anew.iter().copied().collect();
            rows.replace(anew);
            for (comes, key, id) in steps {
                if comes {
                    prop_assert_eq!(rows.insert(key, id), sorted.insert((key, id)));
                } else {
                    prop_assert_eq!(rows.remove(&key, &id), sorted.remove(&(key, id)));
                }
            }
            prop_assert_eq!(rows.len(), sorted.len());
            prop_assert!(rows.ids().eq(sorted.iter().map(|(_, id)| id)));
            for (at, (key, id)) in sorted.iter().enumerate() {
                prop_assert_eq!(rows.position(key, id), Some(at));
                prop_assert_eq!(rows.get(at), Some(id));
            }
            prop_assert_eq!(rows.get(sorted.len()), None);
            let middle = sorted.len() / 2;
            prop_assert!(rows.from(middle).eq(sorted.iter().skip(middle).map(|(_, id)| id)));
        }
    }
}

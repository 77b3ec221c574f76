//! Blobs of nothing but zeros: what a backup makes of the holes of a sparse file.

use crate::repo::BlobId;
use std::collections::HashMap;

/// Zeros are found where a blob follows itself; a file of fewer takes its room.
#[derive(Debug, Default)]
pub struct Holes {
    /// What zeros of a length are called; there are few lengths.
    known: HashMap<u32, BlobId>,
}

impl Holes {
    /// How many bytes of each blob are a hole: all or none.
    pub fn of<'a>(
        &'a mut self,
        blobs: &'a [(BlobId, Option<u32>)],
    ) -> impl Iterator<Item = Option<u32>> + 'a {
        blobs.iter().enumerate().map(move |(at, (id, length))| {
            let length = (*length)?;
            let follows_itself = at
                .checked_sub(1)
                .and_then(|before| blobs.get(before))
                .is_some_and(|(before, _)| before == id);
            self.is_hole(id, length, follows_itself).then_some(length)
        })
    }

    /// Whether the blob is zeros. `suspected`: it follows itself in a file.
    fn is_hole(&mut self, id: &BlobId, length: u32, suspected: bool) -> bool {
        if let Some(zeros) = self.known.get(&length) {
            return zeros == id;
        }
        if !suspected {
            return false;
        }
        let zeros = BlobId::of(&vec![0; length as usize]);
        self.known.insert(length, zeros);
        zeros == *id
    }

    /// The bytes that these blobs take on a disk that keeps holes.
    pub fn room(&mut self, blobs: &[(BlobId, Option<u32>)], size: u64) -> u64 {
        let holes: u64 = self.of(blobs).flatten().map(u64::from).sum();
        size.saturating_sub(holes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_that_repeat_take_no_room_and_other_repetitions_do() {
        let blob = |byte: u8, length: u32| {
            let content = vec![byte; length as usize];
            (BlobId::of(&content), Some(length))
        };
        let mut holes = Holes::default();
        let file = [
            blob(0, 1000),
            blob(0, 1000),
            blob(0, 1000),
            blob(7, 500),
            blob(7, 500),
        ];
        // The first is not suspected yet, and known from then on.
        assert_eq!(holes.room(&file, 4000), 2000);
        assert_eq!(holes.room(&file, 4000), 1000);
        assert_eq!(holes.room(&[blob(7, 500)], 500), 500);
        assert_eq!(holes.room(&[(blob(0, 9).0, None)], 9), 9);
    }
}

//! The content of a file being written, front to back. Long runs of zeros are not written:
//! they become holes, so that a sparse file takes no more room than it did.

use std::{fs::File, io, os::unix::fs::FileExt};

/// A run of fewer zeros is written: many small holes make a file slow.
const SHORTEST_HOLE: u64 = 64 * 1024;
/// What is looked at as one: what a file system keeps or leaves out at a time.
const BLOCK: usize = 4096;

/// A file, and how far it is written.
#[derive(Debug)]
pub(super) struct Content {
    file: File,
    /// Where the file would end now.
    end: u64,
    /// How many bytes before `end` are zeros that are not written yet.
    zeros: u64,
}

impl Content {
    /// Of an empty file.
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            end: 0,
            zeros: 0,
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The next bytes.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (run, zero) = run(bytes, self.end);
            let (now, rest) = bytes.split_at(run);
            if zero {
                self.write_zeros(now.len() as u64);
            } else {
                self.settle()?;
                self.file.write_all_at(now, self.end)?;
                self.end += now.len() as u64;
            }
            bytes = rest;
        }
        Ok(())
    }

    /// As many zeros.
    pub(super) fn write_zeros(&mut self, length: u64) {
        self.zeros += length;
        self.end += length;
    }

    /// Gives the file its length.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.settle()?;
        if self.file.metadata()?.len() < self.end {
            self.file.set_len(self.end)?;
        }
        Ok(())
    }

    /// Writes the zeros that are too few for a hole.
    fn settle(&mut self) -> io::Result<()> {
        let zeros = std::mem::take(&mut self.zeros);
        if zeros < SHORTEST_HOLE {
            let start = self.end - zeros;
            let few = vec![0; usize::try_from(zeros).unwrap_or_default()];
            self.file.write_all_at(&few, start)?;
        }
        Ok(())
    }
}

/// How many bytes at the front are all in blocks of zeros, or all in blocks that hold
/// something, and which. `at` is where they stand in the file.
fn run(bytes: &[u8], at: u64) -> (usize, bool) {
    let mut length = 0;
    let mut kind = None;
    while length < bytes.len() {
        let into = usize::try_from((at + length as u64) % BLOCK as u64).unwrap_or_default();
        let block = (BLOCK - into).min(bytes.len() - length);
        let zero = bytes
            .get(length..length + block)
            .is_some_and(|block| block == &[0; BLOCK][..block.len()]);
        if *kind.get_or_insert(zero) != zero {
            break;
        }
        length += block;
    }
    (length, kind.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn long_zeros_take_no_room_and_short_ones_do() {
        let file = tempfile::tempfile().unwrap();
        let mut content = Content::new(file);
        content.write(&[7; 4096]).unwrap();
        content.write(&vec![0; 1 << 20]).unwrap();
        content.write(&[8; 4096]).unwrap();
        content.write(&[0; 8192]).unwrap();
        content.write(&[9; 4096]).unwrap();
        content.write_zeros(1 << 30);
        content.end().unwrap();
        let meta = content.file().metadata().unwrap();
        assert_eq!(meta.len(), 4096 * 5 + (1 << 20) + (1 << 30));
        assert!(meta.blocks() * 512 <= 32 * 1024, "{}", meta.blocks());
        let mut byte = [0];
        content
            .file()
            .read_exact_at(&mut byte, 4096 + (1 << 20))
            .unwrap();
        assert_eq!(byte, [8]);
    }

    proptest! {
        #[test]
        fn what_is_written_in_any_pieces_reads_the_same(
            runs in prop::collection::vec((0..3u8, 1..150_000usize), 0..6),
            cuts in prop::collection::vec(1..200_000usize, 0..6),
        ) {
            let all: Vec<u8> = runs.iter().flat_map(|(byte, length)| vec![*byte; *length]).collect();
            let mut content = Content::new(tempfile::tempfile().unwrap());
            let mut rest = all.as_slice();
            for cut in cuts {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                content.write(now).unwrap();
                rest = later;
            }
            content.write(rest).unwrap();
            content.end().unwrap();
            let mut read = vec![1; all.len()];
            content.file().read_exact_at(&mut read, 0).unwrap();
            prop_assert_eq!(content.file().metadata().unwrap().len(), all.len() as u64);
            prop_assert!(read == all);
        }
    }
}

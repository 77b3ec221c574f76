//! The names in folders that were searched, kept so that the next letter of a query reads
//! nothing: they take about as many bytes as they have letters.

use crate::repo::{FolderId, possible};
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes that are kept for one repository: the names of about a million files.
const KEPT: usize = 16 * 1024 * 1024;

/// The names in one folder.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Each with a zero byte behind it, which no name has.
    packed: Vec<u8>,
    count: u32,
    /// The folders among them, by their number.
    folders: Vec<(u32, FolderId)>,
}

impl Names {
    /// Takes a name in; an impossible one is left out, as it is in a listing.
    pub(crate) fn add(&mut self, name: &[u8], folder: Option<FolderId>) -> bool {
        if !possible(name) {
            return false;
        }
        if let Some(folder) = folder {
            self.folders.push((self.count, folder));
        }
        self.packed.extend_from_slice(name);
        self.packed.push(0);
        self.count += 1;
        true
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        u64::from(self.count)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let names = self.packed.split(|byte| *byte == 0);
        names.filter(|name| !name.is_empty())
    }

    /// The folders among them, the last one first.
    pub(crate) fn folders_reversed(&self) -> Vec<(Vec<u8>, FolderId)> {
        let mut numbered = (0..).zip(self.iter());
        let mut found = Vec::with_capacity(self.folders.len());
        for (wanted, folder) in &self.folders {
            let name = numbered.find(|(number, _)| number == wanted);
            found.extend(name.map(|(_, name)| (name.to_vec(), *folder)));
        }
        found.reverse();
        found
    }

    fn weight(&self) -> usize {
        self.packed.len() + 64 * (1 + self.folders.len())
    }
}

/// The names of the folders of a repository, as many as are kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    known: HashMap<FolderId, Arc<Names>>,
    weight: usize,
    full: bool,
}

impl Kept {
    /// A search begins at this root: what is kept of others makes room, if there is none.
    pub(super) fn begin(&mut self, root: FolderId) {
        if self.full && !self.known.contains_key(&root) {
            *self = Self::default();
        }
    }

    pub(super) fn get(&self, id: FolderId) -> Option<Arc<Names>> {
        self.known.get(&id).cloned()
    }

    /// Keeps the names of a folder. Once there is no room the first ones stay: every search
    /// goes the same way, and would else find nothing of what the one before has left.
    pub(super) fn keep(&mut self, id: FolderId, names: &Arc<Names>) {
        let weight = self.weight + names.weight();
        self.full |= weight > KEPT;
        if !self.full && self.known.insert(id, Arc::clone(names)).is_none() {
            self.weight = weight;
        }
    }
}

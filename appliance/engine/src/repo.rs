//! A repository in restic's format: made, opened, listed, walked and read.
//!
//! Owns the library's types: nobody outside `repo` and `backup` sees one. An open
//! [`Repository`] is kept for browsing; it never writes. Every call blocks.

mod error;
mod lock;
mod node;
mod point;
mod walk;

pub(crate) use error::one_line;
pub use error::{Cause, RepoError};
pub use lock::Lock;
pub use node::{Blob, BlobId, Kind, Node, Special};
pub(crate) use node::{FolderId, possible};
pub use point::{Point, SEEDED, SHRUNK};
pub use walk::Visit;
pub(crate) use walk::{components, push};

use crate::catalog::Scan;
use crate::worker::protocol::{RepositorySecret, RepositorySpec};
use bytes::Bytes;
use rustic_backend::LocalBackend;
use rustic_core::repofile::{BlobType, IndexId, MasterKey, SnapshotFile, SnapshotId};
use rustic_core::{
    BlobId as StoredBlobId, ConfigOptions, Credentials, IndexedFullStatus, KeyOptions,
    NoProgressBars, OpenStatus, ProgressBars, RepositoryBackends, RepositoryOptions, RusticError,
    WriteBackend,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

type Stored<S> = rustic_core::Repository<S>;

/// An open, indexed repository.
pub struct Repository {
    path: PathBuf,
    key: MasterKey,
    indexed: RwLock<Arc<Indexed>>,
    points: Mutex<HashMap<SnapshotId, Arc<Point>>>,
}

struct Indexed {
    stored: Stored<IndexedFullStatus>,
    files: BTreeSet<IndexId>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Repository {
    /// Makes a new repository and opens it. Its folder, and those above it, are made too.
    ///
    /// # Errors
    /// When there is one already, or it cannot be written.
    pub fn create(spec: &RepositorySpec) -> Result<Self, RepoError> {
        let failed = |cause: Cause| RepoError::Create {
            path: spec.path.clone(),
            cause,
        };
        let stored = unopened(local(&spec.path)?, NoProgressBars)
            .map_err(failed)?
            .init(
                &credentials(spec)?,
                &KeyOptions::default(),
                &ConfigOptions::default(),
            )
            .map_err(|error| failed(error.into()))?;
        Self::index(spec.path.clone(), stored)
    }

    /// Opens a repository and reads its index.
    ///
    /// # Errors
    /// When there is none, the secret does not open it, or its index is damaged.
    pub fn open(spec: &RepositorySpec) -> Result<Self, RepoError> {
        let stored = open_with(spec, local(&spec.path)?, NoProgressBars)?;
        Self::index(spec.path.clone(), stored)
    }

    fn index(path: PathBuf, stored: Stored<OpenStatus>) -> Result<Self, RepoError> {
        let key = stored.key();
        let indexed = Indexed::read(&path, stored)?;
        Ok(Self {
            path,
            key,
            indexed: RwLock::new(Arc::new(indexed)),
            points: Mutex::default(),
        })
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What opens it instantly, for the worker. Secret.
    ///
    /// # Errors
    /// Practically never: when the key cannot be written as JSON.
    pub fn master_key(&self) -> Result<RepositorySecret, RepoError> {
        serde_json::to_string(&self.key)
            .map(RepositorySecret::MasterKey)
            .map_err(|_| RepoError::MasterKey(self.path.clone()))
    }

    /// Reads the index again when it has changed since, as every backup changes it.
    /// Returns whether it had.
    ///
    /// # Errors
    /// When it cannot be read; the old one stays.
    pub fn refresh(&self) -> Result<bool, RepoError> {
        let current = self.indexed();
        let failed = |cause: Cause| RepoError::Index {
            path: self.path.clone(),
            cause,
        };
        let files: BTreeSet<IndexId> = current
            .stored
            .list()
            .map_err(|error| failed(error.into()))?
            .collect();
        if files == current.files {
            return Ok(false);
        }
        let stored = unopened(local(&self.path)?, NoProgressBars)
            .map_err(failed)?
            .open(&Credentials::Masterkey(self.key.clone()))
            .map_err(|error| failed(error.into()))?;
        let fresh = Arc::new(Indexed::read(&self.path, stored)?);
        *self.indexed.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }

    /// Every restore point, newest first, as the folder holds them now. One that cannot be
    /// read is left out and logged: it must not hide the others.
    ///
    /// # Errors
    /// When the folder cannot be listed, or holds new points and the index cannot be read.
    pub fn points(&self) -> Result<Vec<Arc<Point>>, RepoError> {
        let failed = |error: Box<RusticError>| RepoError::Points {
            path: self.path.clone(),
            cause: error.into(),
        };
        let indexed = self.indexed();
        let ids: HashSet<SnapshotId> = indexed.stored.list().map_err(failed)?.collect();
        let mut known = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| ids.contains(id));
        let fresh: Vec<_> = ids
            .into_iter()
            .filter(|id| !known.contains_key(id))
            .collect();
        if !fresh.is_empty() {
            // The index of a point is written before the point.
            self.refresh()?;
            let snapshots = indexed.stored.stream_files_list(fresh).map_err(failed)?;
            known.extend(snapshots.filter_map(point));
        }
        let mut list: Vec<_> = known.values().cloned().collect();
        drop(known);
        list.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.id.cmp(&b.id)));
        Ok(list)
    }

    /// The restore point of this id.
    ///
    /// # Errors
    /// When there is none, or the points cannot be listed.
    pub fn point(&self, id: &str) -> Result<Arc<Point>, RepoError> {
        let known = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(point) = id.parse().ok().and_then(|id| known.get(&id)) {
            return Ok(Arc::clone(point));
        }
        drop(known);
        self.points()?
            .into_iter()
            .find(|point| point.id == id)
            .ok_or_else(|| RepoError::NoSuchPoint(id.to_owned()))
    }

    /// The content of a blob, from a small cache or the disk.
    ///
    /// # Errors
    /// When the index does not know it, or its pack is gone or damaged.
    pub fn read_blob(&self, id: &BlobId) -> Result<Bytes, RepoError> {
        let stored = StoredBlobId::from(id.0);
        self.with_index(|indexed| Ok(indexed.get_blob_cached(&stored, BlobType::Data)?))
            .map_err(|cause| RepoError::Blob {
                blob: id.to_string(),
                cause,
            })
    }

    /// Bytes that its files take.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn used_bytes(&self) -> Result<u64, RepoError> {
        used_bytes(&self.path)
    }

    fn indexed(&self) -> Arc<Indexed> {
        let indexed = self.indexed.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&indexed)
    }

    /// The nodes of a folder, in their order.
    pub(crate) fn folder(&self, id: FolderId) -> Result<Vec<Node>, Cause> {
        self.with_index(|indexed| {
            let length = |id: &_| Some(indexed.get_index_entry(id).ok()?.data_length());
            Ok(indexed
                .get_tree(&id.0)?
                .nodes
                .iter()
                .map(|node| Node::from_stored(node, length))
                .collect())
        })
    }

    /// The names of a folder. Only `wanted` ones become nodes: that is what takes long.
    pub(crate) fn scan(&self, id: FolderId, wanted: &dyn Fn(&[u8]) -> bool) -> Result<Scan, Cause> {
        self.with_index(|indexed| {
            let length = |id: &_| Some(indexed.get_index_entry(id).ok()?.data_length());
            let mut scan = Scan::default();
            for stored in &indexed.get_tree(&id.0)?.nodes {
                let name = stored.name();
                let name = name.as_bytes();
                if scan.names.add(name, stored.subtree.map(FolderId)) && wanted(name) {
                    scan.wanted.push(Node::from_stored(stored, length));
                }
            }
            Ok(scan)
        })
    }

    /// Reads with the index, and once more when the index turns out to be old: somebody may
    /// have pruned meanwhile.
    fn with_index<T>(
        &self,
        read: impl Fn(&Stored<IndexedFullStatus>) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        match read(&self.indexed().stored) {
            Err(cause) if !self.refresh().unwrap_or(false) => Err(cause),
            Err(_) => read(&self.indexed().stored),
            found => found,
        }
    }
}

impl Indexed {
    fn read(path: &Path, stored: Stored<OpenStatus>) -> Result<Self, RepoError> {
        let failed = |error: Box<RusticError>| RepoError::Index {
            path: path.to_owned(),
            cause: error.into(),
        };
        // Listed before it is read: a file that appears in between is found by the next refresh.
        let files = stored.list().map_err(failed)?.collect();
        let stored = stored.to_indexed().map_err(failed)?;
        Ok(Self { stored, files })
    }
}

/// A point of a snapshot that was read; what cannot be read is logged.
fn point(
    read: Result<(SnapshotId, SnapshotFile), Box<RusticError>>,
) -> Option<(SnapshotId, Arc<Point>)> {
    let (id, mut snapshot) = read
        .inspect_err(|error| log::warn!("a restore point cannot be read: {}", one_line(error)))
        .ok()?;
    snapshot.id = id;
    Some((id, Arc::new(Point::from_snapshot(&snapshot)?)))
}

/// Bytes that the files of a repository folder take.
///
/// # Errors
/// When a folder cannot be read.
pub fn used_bytes(path: &Path) -> Result<u64, RepoError> {
    let failed = |cause| RepoError::Size {
        path: path.to_owned(),
        cause,
    };
    let mut folders = vec![path.to_owned()];
    let mut used = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) => used += meta.len(),
                // A temporary file of a running backup was renamed in between.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }
    Ok(used)
}

/// The backend of a repository on a mounted file system.
pub(crate) fn local(path: &Path) -> Result<Arc<dyn WriteBackend>, RepoError> {
    let text = path
        .to_str()
        .ok_or_else(|| RepoError::PathNotText(path.to_owned()))?;
    let backend = LocalBackend::new(text, []).map_err(|error| RepoError::Open {
        path: path.to_owned(),
        cause: error.into(),
    })?;
    Ok(Arc::new(backend))
}

/// Opens a repository over a backend of the caller's.
pub(crate) fn open_with(
    spec: &RepositorySpec,
    backend: Arc<dyn WriteBackend>,
    bars: impl ProgressBars,
) -> Result<Stored<OpenStatus>, RepoError> {
    let failed = |cause: Cause| RepoError::Open {
        path: spec.path.clone(),
        cause,
    };
    unopened(backend, bars)
        .map_err(failed)?
        .open(&credentials(spec)?)
        .map_err(|error| {
            if error.is_incorrect_password() {
                RepoError::Password(spec.path.clone())
            } else {
                failed(error.into())
            }
        })
}

fn unopened(backend: Arc<dyn WriteBackend>, bars: impl ProgressBars) -> Result<Stored<()>, Cause> {
    // The library's cache keeps a copy of every index below the home folder: an agent has
    // none, and a repository on a mounted file system needs none.
    let options = RepositoryOptions::default().no_cache(true);
    let backends = RepositoryBackends::new(backend, None);
    Ok(Stored::new_with_progress(&options, &backends, bars)?)
}

fn credentials(spec: &RepositorySpec) -> Result<Credentials, RepoError> {
    match &spec.secret {
        RepositorySecret::Password(password) => Ok(Credentials::password(password)),
        RepositorySecret::MasterKey(json) => serde_json::from_str(json)
            .map(Credentials::Masterkey)
            .map_err(|_| RepoError::MasterKey(spec.path.clone())),
    }
}

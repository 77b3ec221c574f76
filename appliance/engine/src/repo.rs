//! A repository in restic's format: made, opened, listed, walked and read.
//!
//! Owns the library's types: nobody outside `repo` and `backup` sees one. An open
//! [`Repository`] is kept for browsing; it never writes. Every call blocks.

mod error;
mod node;
mod point;
mod walk;

pub(crate) use error::one_line;
pub use error::{Cause, RepoError};
pub use node::{Blob, BlobId, Kind, Node, Special};
pub use point::{Point, SEEDED, SHRUNK};
pub use walk::Visit;

use crate::worker::protocol::{RepositorySecret, RepositorySpec};
use bytes::Bytes;
use rustic_backend::LocalBackend;
use rustic_core::repofile::{BlobType, IndexId, MasterKey, SnapshotFile, SnapshotId};
use rustic_core::{
    BlobId as StoredBlobId, ConfigOptions, Credentials, IndexedFullStatus, KeyOptions, OpenStatus,
    RepositoryBackends, RepositoryOptions, TreeId, WriteBackend,
};
use std::collections::{BTreeSet, HashMap};
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
        let stored = unopened(&spec.path, local(&spec.path)?)
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
        let stored = open_with(spec, local(&spec.path)?)?;
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
        let stored = unopened(&self.path, local(&self.path)?)
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
    /// When the folder cannot be listed.
    pub fn points(&self) -> Result<Vec<Arc<Point>>, RepoError> {
        let indexed = self.indexed();
        let ids: Vec<SnapshotId> = indexed
            .stored
            .list()
            .map_err(|error| RepoError::Points {
                path: self.path.clone(),
                cause: error.into(),
            })?
            .collect();
        let mut known = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        let mut points: HashMap<_, _> = HashMap::with_capacity(ids.len());
        for id in ids {
            let point = known.get(&id).cloned().or_else(|| indexed.point(id));
            if let Some(point) = point {
                points.insert(id, point);
            }
        }
        let mut list: Vec<_> = points.values().cloned().collect();
        *known = points;
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
        self.indexed()
            .stored
            .get_blob_cached(&stored, BlobType::Data)
            .map_err(|error| RepoError::Blob {
                blob: id.to_string(),
                cause: error.into(),
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

    /// The nodes of a tree, in its order.
    fn tree(&self, id: &TreeId) -> Result<Vec<Node>, Cause> {
        let indexed = self.indexed();
        let tree = indexed.stored.get_tree(id)?;
        let length = |id: &_| {
            let entry = indexed.stored.get_index_entry(id).ok()?;
            Some(entry.data_length())
        };
        Ok(tree
            .nodes
            .iter()
            .map(|node| Node::from_stored(node, length))
            .collect())
    }
}

impl Indexed {
    fn read(path: &Path, stored: Stored<OpenStatus>) -> Result<Self, RepoError> {
        let failed = |error: Box<rustic_core::RusticError>| RepoError::Index {
            path: path.to_owned(),
            cause: error.into(),
        };
        // Listed before it is read: a file that appears in between is found by the next refresh.
        let files = stored.list().map_err(failed)?.collect();
        let stored = stored.to_indexed().map_err(failed)?;
        Ok(Self { stored, files })
    }

    fn point(&self, id: SnapshotId) -> Option<Arc<Point>> {
        let mut snapshot: SnapshotFile = self
            .stored
            .get_file(&id)
            .inspect_err(|error| {
                log::warn!(
                    "restore point {} cannot be read: {}",
                    id.to_hex().as_str(),
                    one_line(error)
                );
            })
            .ok()?;
        snapshot.id = id;
        Point::from_snapshot(&snapshot).map(Arc::new)
    }
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
) -> Result<Stored<OpenStatus>, RepoError> {
    let failed = |cause: Cause| RepoError::Open {
        path: spec.path.clone(),
        cause,
    };
    unopened(&spec.path, backend)
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

fn unopened(path: &Path, backend: Arc<dyn WriteBackend>) -> Result<Stored<()>, Cause> {
    log::debug!("opening {}", path.display());
    // The library's cache stores a copy of every index below the home folder: an agent has
    // none, and a repository on a mounted file system needs none.
    let options = RepositoryOptions::default().no_cache(true);
    Ok(Stored::new(
        &options,
        &RepositoryBackends::new(backend, None),
    )?)
}

fn credentials(spec: &RepositorySpec) -> Result<Credentials, RepoError> {
    match &spec.secret {
        RepositorySecret::Password(password) => Ok(Credentials::password(password)),
        RepositorySecret::MasterKey(json) => serde_json::from_str(json)
            .map(Credentials::Masterkey)
            .map_err(|_| RepoError::MasterKey(spec.path.clone())),
    }
}

//! The repositories of this appliance, opened when first asked for and held open.
//!
//! A new one is made only where none was ever seen and nothing stands: an empty mount
//! point must not become a second, empty repository below the missing one. That one was
//! seen, that its making began, and that a backup into it did not end well, is kept as
//! small files in the state folder.

use crate::{config, work::Refusal};
use ocdeck_domain::ids::RepositoryId;
use ocdeck_engine::{
    catalog::Catalog,
    repo::Repository,
    worker::protocol::{RepositorySecret, RepositorySpec},
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// All repositories.
pub(super) struct Shelf {
    marks: PathBuf,
    slots: BTreeMap<RepositoryId, Slot>,
}

struct Slot {
    config: config::Repository,
    /// Whether a job writes to it. Nothing else does, and no other is ever made.
    written: bool,
    open: Mutex<Option<Arc<Catalog>>>,
}

impl Shelf {
    pub(super) fn new(config: &config::Config) -> Self {
        let slot = |it: &config::Repository| Slot {
            config: it.clone(),
            written: config.is_written(&it.id),
            open: Mutex::default(),
        };
        Self {
            marks: config.state_dir.join("repositories"),
            slots: config
                .repositories
                .iter()
                .map(|it| (it.id.clone(), slot(it)))
                .collect(),
        }
    }

    fn slot(&self, id: &RepositoryId) -> Result<&Slot, Refusal> {
        self.slots
            .get(id)
            .ok_or_else(|| Refusal::NotFound(format!("there is no repository {id}")))
    }

    /// The open repository. Others that ask meanwhile wait for the same opening.
    pub(super) fn open(&self, id: &RepositoryId) -> Result<Arc<Catalog>, Refusal> {
        let slot = self.slot(id)?;
        let mut open = slot.open.lock().unwrap_or_else(PoisonError::into_inner);
        let there = slot.config.path.join("config").exists();
        if let Some(catalog) = &*open {
            if there {
                return Ok(Arc::clone(catalog));
            }
            *open = None;
        }
        let unavailable = |text: String| Refusal::Unavailable(format!("repository {id}: {text}"));
        let spec = RepositorySpec {
            path: slot.config.path.clone(),
            secret: password(&slot.config.password_file).map_err(unavailable)?,
            limit: slot.config.limit,
        };
        let repository = if there {
            Repository::open(&spec).map_err(|error| unavailable(error.to_string()))?
        } else {
            self.may_make(id, slot).map_err(unavailable)?;
            self.set_mark(id, "making", true);
            Repository::create(&spec).map_err(|error| unavailable(error.to_string()))?
        };
        self.set_mark(id, "seen", true);
        self.set_mark(id, "making", false);
        let catalog = Arc::new(Catalog::new(Arc::new(repository)));
        *open = Some(Arc::clone(&catalog));
        Ok(catalog)
    }

    fn may_make(&self, id: &RepositoryId, slot: &Slot) -> Result<(), String> {
        let path = &slot.config.path;
        let shown = path.display();
        if !slot.written {
            return Err(format!(
                "there is none at {shown}, and no [[job]] that would make one; mount it, or correct its path"
            ));
        }
        if self.mark(id, "seen").exists() {
            return Err(format!(
                "there is none at {shown} any more; mount or restore it (to begin a new one remove {})",
                self.mark(id, "seen").display()
            ));
        }
        match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
            Ok(true) => Ok(()),
            // Its key is made for a second before it is one: a kill falls there.
            Ok(false) if self.mark(id, "making").exists() && clear_half_made(path) => Ok(()),
            Ok(false) => Err(format!(
                "{shown} is no repository and not empty; choose another path"
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(format!("{shown} cannot be read: {error}")),
        }
    }

    /// What a worker needs to open it at once.
    pub(super) fn spec(&self, id: &RepositoryId) -> Result<RepositorySpec, Refusal> {
        let catalog = self.open(id)?;
        let slot = self.slot(id)?;
        Ok(RepositorySpec {
            path: slot.config.path.clone(),
            secret: catalog
                .repository()
                .master_key()
                .map_err(|error| Refusal::Internal(error.to_string()))?,
            limit: slot.config.limit,
        })
    }

    /// Reads again what a backup has changed.
    pub(super) fn refresh(&self, id: &RepositoryId) {
        let open = self.slot(id).ok().and_then(|slot| {
            slot.open
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        });
        if let Some(Err(error)) = open.map(|catalog| catalog.repository().refresh()) {
            tracing::warn!(repository = %id, %error, "the index was not read again");
        }
    }

    /// Whether the last backup into it did not end well.
    pub(super) fn was_cut_off(&self, id: &RepositoryId) -> bool {
        self.mark(id, "writing").exists()
    }

    /// A backup into it begins, or has ended well.
    pub(super) fn set_writing(&self, id: &RepositoryId, writing: bool) {
        self.set_mark(id, "writing", writing);
    }

    fn mark(&self, id: &RepositoryId, what: &str) -> PathBuf {
        self.marks.join(format!("{id}.{what}"))
    }

    fn set_mark(&self, id: &RepositoryId, what: &str, set: bool) {
        let mark = self.mark(id, what);
        let done = if set {
            fs::create_dir_all(&self.marks).and_then(|()| fs::write(&mark, []))
        } else {
            match fs::remove_file(&mark) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            }
        };
        if let Err(error) = done {
            tracing::warn!(mark = %mark.display(), %error, "a mark was not set");
        }
    }
}

/// Removes what a making that was cut off left: folders and a key, which opens nothing
/// without the `config` that is written last. `false`: there is something else.
fn clear_half_made(path: &Path) -> bool {
    let mut keys = Vec::new();
    let only_keys = find_files(path, &mut |file| {
        let folder = file.parent().and_then(Path::file_name);
        let unnamed = file.as_os_str().as_encoded_bytes().ends_with(b"-tmp-");
        let is_key = folder.is_some_and(|folder| folder == "keys") || unnamed;
        keys.push(file.to_owned());
        is_key
    });
    only_keys.unwrap_or(false) && keys.iter().all(|key| fs::remove_file(key).is_ok())
}

/// Whether all files below `folder` are as `wanted` says.
fn find_files(folder: &Path, wanted: &mut dyn FnMut(&Path) -> bool) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let good = match entry.file_type()?.is_dir() {
            true => find_files(&path, wanted)?,
            false => wanted(&path),
        };
        if !good {
            return Ok(false);
        }
    }
    Ok(true)
}

fn password(file: &Path) -> Result<RepositorySecret, String> {
    let text = fs::read_to_string(file).map_err(|error| {
        format!(
            "the password file {} cannot be read: {error}",
            file.display()
        )
    })?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(format!("the password file {} is empty", file.display()));
    }
    Ok(RepositorySecret::Password(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(folder: &Path) -> Shelf {
        fs::write(folder.join("password"), "secret\n").unwrap();
        let config = config::Repository {
            id: "main".into(),
            tenant: None,
            role: "primary".to_owned(),
            path: folder.join("repository"),
            password_file: folder.join("password"),
            limit: None,
        };
        let slot = Slot {
            config,
            written: true,
            open: Mutex::default(),
        };
        Shelf {
            marks: folder.join("marks"),
            slots: BTreeMap::from([("main".into(), slot)]),
        }
    }

    /// A making that was cut off: its folders and a key.
    fn half_made(folder: &Path) -> PathBuf {
        let repository = folder.join("repository");
        for name in ["data/00", "index", "keys", "snapshots"] {
            fs::create_dir_all(repository.join(name)).unwrap();
        }
        fs::write(repository.join("keys/0123"), "a key").unwrap();
        fs::write(repository.join("config-tmp-"), "").unwrap();
        repository
    }

    #[test]
    fn a_making_that_was_cut_off_is_made_anew() {
        let temp = tempfile::tempdir().unwrap();
        let repository = half_made(temp.path());
        let shelf = shelf(temp.path());
        shelf.set_mark(&"main".into(), "making", true);
        shelf.open(&"main".into()).unwrap();
        assert!(!repository.join("keys/0123").exists());
        assert!(!shelf.mark(&"main".into(), "making").exists());
    }

    #[test]
    fn what_is_not_known_to_be_half_made_stays() {
        let temp = tempfile::tempdir().unwrap();
        let repository = half_made(temp.path());
        let shelf = shelf(temp.path());
        let refused = shelf.open(&"main".into()).err().unwrap();
        assert!(refused.to_string().contains("not empty"), "{refused}");
        shelf.set_mark(&"main".into(), "making", true);
        fs::write(repository.join("data/00/pack"), "data").unwrap();
        assert!(shelf.open(&"main".into()).is_err());
        assert!(repository.join("keys/0123").exists());
    }
}

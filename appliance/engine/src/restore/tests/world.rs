//! A repository, a system, a target, and what stands in them.

use crate::{
    place::Place,
    plan::{self, Item, PlanNews, PlanSpec, PointSource, Summary, Visit, Walked},
    repo::{BlobId, Kind, RepoError, Repository},
    restore::{RestoreError, carry_out},
    testing::Fixture,
    worker::{
        Cancel,
        protocol::{Event, Issue, PathBytes, RestoreOutcome, RestoreSpec},
    },
};
use bytes::Bytes;
use ocdeck_domain::{facts::PlanEntry, restore::OverwritePolicy};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ffi::OsStr,
    fs,
    ops::ControlFlow,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

pub(super) const REFERENCE: &str = "R-0118";
pub(super) const STAMP: &str = "2026-11-20 2200";

pub(super) fn bytes(path: impl AsRef<Path>) -> PathBytes {
    path.as_ref().as_os_str().as_bytes().to_vec()
}

/// One system with its repository.
pub(super) struct World {
    pub(super) fixture: Fixture,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            fixture: Fixture::new(),
        }
    }

    pub(super) fn dir(&self) -> &Path {
        self.fixture.dir.path()
    }

    /// The root of the system.
    pub(super) fn root(&self) -> PathBuf {
        self.fixture.source()
    }

    pub(super) fn back_up(&self) -> String {
        self.fixture.back_up().point
    }

    /// The whole system to its original place.
    pub(super) fn spec(&self, point: &str, policy: OverwritePolicy) -> PlanSpec {
        PlanSpec {
            point: point.to_owned(),
            system_root: bytes(self.root()),
            paths: Vec::new(),
            place: Place::original(&bytes(self.root())),
            policy,
            reference: REFERENCE.to_owned(),
            stamp: STAMP.to_owned(),
            devices: false,
        }
    }

    pub(super) fn plan(&self, spec: &PlanSpec) -> Summary {
        plan_with(&self.fixture.open(), spec, &self.plan_file()).0
    }

    pub(super) fn plan_file(&self) -> PathBuf {
        self.dir().join("plan")
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.dir().join("journal")
    }

    pub(super) fn order(&self, attempt: u32) -> RestoreSpec {
        RestoreSpec {
            repository: self.fixture.repository.clone(),
            plan: self.plan_file(),
            journal: self.journal(),
            attempt,
            write_limit: None,
        }
    }

    /// Carries out the plan.
    pub(super) fn restore(&self, attempt: u32) -> Told {
        self.restore_from(&self.fixture.open(), attempt)
    }

    /// The same with a repository that is open: opening takes longer than restoring.
    pub(super) fn restore_from(&self, source: &dyn PointSource, attempt: u32) -> Told {
        restore_with(source, &self.order(attempt), &Cancel::new(), &mut |_| {}).unwrap()
    }

    /// Plans and carries out.
    pub(super) fn plan_and_restore(&self, spec: &PlanSpec) -> (Summary, Told) {
        let summary = self.plan(spec);
        assert_eq!(summary.problems, Vec::<String>::new());
        (summary, self.restore(1))
    }

    /// Everything below the root is gone, as after a disk swap.
    pub(super) fn lose(&self) {
        empty(&self.root());
    }
}

/// How a restore went.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) outcome: RestoreOutcome,
    pub(super) events: Vec<Event>,
}

impl Told {
    pub(super) fn issues(&self) -> Vec<Issue> {
        crate::testing::issues(&self.events)
    }

    /// The texts about the path that ends so.
    pub(super) fn about(&self, end: &str) -> Vec<String> {
        self.issues()
            .into_iter()
            .filter(|issue| issue.path.ends_with(end.as_bytes()))
            .map(|issue| issue.text)
            .collect()
    }
}

pub(super) fn plan_with(
    source: &dyn PointSource,
    spec: &PlanSpec,
    file: &Path,
) -> (Summary, Vec<PlanEntry>) {
    let mut entries = Vec::new();
    let summary = plan::make(source, spec, file, &mut |news| {
        if let PlanNews::Entries(more) = news {
            entries.extend(more);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(Summary::load(file).unwrap(), summary);
    (summary, entries)
}

pub(super) fn restore_with(
    source: &dyn PointSource,
    spec: &RestoreSpec,
    cancel: &Cancel,
    hear: &mut dyn FnMut(&Event),
) -> Result<Told, RestoreError> {
    let mut events = Vec::new();
    let outcome = carry_out(source, spec, cancel, &mut |event| {
        hear(&event);
        events.push(event);
    })?;
    Ok(Told { outcome, events })
}

/// What stands at a path: all that a restore brings back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
    pub(super) modified: (i64, i64),
    pub(super) content: PathBytes,
    /// The number of a device.
    pub(super) device: u64,
    pub(super) xattrs: BTreeMap<PathBytes, PathBytes>,
    /// The first path of the same file, where it has several.
    pub(super) same_as: Option<PathBuf>,
}

pub(super) type Picture = BTreeMap<PathBuf, Look>;

/// Everything below a folder, itself as the empty path.
pub(super) fn picture(root: &Path) -> Picture {
    let mut all = BTreeMap::new();
    let mut linked: HashMap<(u64, u64), Vec<PathBuf>> = HashMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let stat = fs::symlink_metadata(&path).unwrap();
        let kind = stat.file_type();
        let content = if kind.is_symlink() {
            bytes(fs::read_link(&path).unwrap())
        } else if kind.is_dir() {
            let entries = fs::read_dir(&path).unwrap();
            waiting.extend(entries.map(|entry| entry.unwrap().path()));
            Vec::new()
        } else if kind.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        let look = Look {
            mode: stat.mode(),
            owner: (stat.uid(), stat.gid()),
            modified: (stat.mtime(), stat.mtime_nsec()),
            content,
            device: if kind.is_char_device() || kind.is_block_device() {
                stat.rdev()
            } else {
                0
            },
            xattrs: xattrs(&path),
            same_as: None,
        };
        let below = path.strip_prefix(root).unwrap().to_owned();
        if !kind.is_dir() && stat.nlink() > 1 {
            let file = (stat.dev(), stat.ino());
            linked.entry(file).or_default().push(below.clone());
        }
        all.insert(below, look);
    }
    for names in linked.values() {
        let first = names.iter().min();
        for name in names {
            all.get_mut(name).unwrap().same_as = first.cloned();
        }
    }
    all
}

fn xattrs(path: &Path) -> BTreeMap<PathBytes, PathBytes> {
    let mut names = vec![0; 1 << 16];
    let length = rustix::fs::llistxattr(path, &mut names[..]).unwrap_or(0);
    let names = names[..length].split(|byte| *byte == 0);
    names
        .filter(|name| !name.is_empty())
        .map(|name| {
            let mut value = vec![0; 1 << 16];
            let length = rustix::fs::lgetxattr(path, name, &mut value[..]).unwrap();
            (name.to_vec(), value[..length].to_vec())
        })
        .collect()
}

/// The same stands there; else the paths that differ are shown, without their contents.
#[track_caller]
pub(super) fn assert_same(found: &Picture, expected: &Picture, when: &str) {
    let paths: BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    let short = |look: Option<&Look>| {
        look.map(|look| {
            let content = String::from_utf8_lossy(&look.content);
            let content: String = content.chars().take(20).collect();
            format!(
                "{:o} {:?} {:?} {} {content:?} {} {:?} {:?}",
                look.mode,
                look.owner,
                look.modified,
                look.content.len(),
                look.device,
                look.xattrs,
                look.same_as
            )
        })
    };
    let differing: Vec<_> = paths
        .into_iter()
        .filter(|path| found.get(*path) != expected.get(*path))
        .map(|path| (path, short(found.get(path)), short(expected.get(path))))
        .take(5)
        .collect();
    assert!(differing.is_empty(), "{when}: {differing:#?}");
}

/// Only names and contents.
pub(super) fn contents(root: &Path) -> BTreeMap<PathBuf, PathBytes> {
    picture(root)
        .into_iter()
        .filter(|(_, look)| look.mode & 0o170_000 != 0o040_000)
        .map(|(path, look)| (path, look.content))
        .collect()
}

pub(super) fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            open_up(&path);
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
}

/// A closed folder must be opened before a user can empty it.
fn open_up(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            open_up(&path);
        }
    }
}

/// Sets the modification time.
pub(super) fn set_time(path: &Path, seconds: i64, nanos: i64) {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
    let time = Timespec {
        tv_sec: seconds,
        tv_nsec: nanos,
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

/// No temporary stands anywhere below.
pub(super) fn assert_no_parts(root: &Path) {
    for path in picture(root).keys() {
        let name = path.file_name().unwrap_or(OsStr::new("")).as_bytes();
        assert!(!name.ends_with(b".part"), "{}", path.display());
    }
}

/// A point in memory.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) items: Vec<(PathBytes, Item)>,
    pub(super) blobs: HashMap<BlobId, Bytes>,
}

impl Memory {
    pub(super) fn folder(&mut self, path: &str) -> &mut Item {
        self.add(path, Kind::Folder, 0)
    }

    pub(super) fn file(&mut self, path: &str, content: &[u8]) -> &mut Item {
        let id = BlobId::of(content);
        let length = u32::try_from(content.len()).unwrap();
        self.blobs.insert(id, Bytes::copy_from_slice(content));
        let item = self.add(path, Kind::File, u64::from(length));
        item.blobs = vec![(id, Some(length))];
        item
    }

    pub(super) fn add(&mut self, path: &str, kind: Kind, size: u64) -> &mut Item {
        let item = Item {
            kind,
            size,
            metadata: crate::place::Metadata {
                mode: Some(0o755),
                modified: Some(crate::place::Stamp(1_700_000_000, 7)),
                ..Default::default()
            },
            blobs: Vec::new(),
            linked: None,
        };
        self.items.push((path.as_bytes().to_vec(), item));
        &mut self.items.last_mut().unwrap().1
    }
}

impl PointSource for Memory {
    fn walk(&self, _: &str, _: &[PathBytes], visit: &mut Visit<'_>) -> Result<(), RepoError> {
        for (path, item) in &self.items {
            if visit(path, Walked::Item(item.clone())).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn blob(&self, id: &BlobId) -> Result<Bytes, RepoError> {
        self.blobs
            .get(id)
            .cloned()
            .ok_or_else(|| RepoError::NoSuchPoint(id.to_string()))
    }
}

/// A repository, and something that happens when the n-th blob is read.
pub(super) struct Counting<'a> {
    pub(super) inner: &'a Repository,
    pub(super) at: std::cell::Cell<u32>,
    pub(super) then: &'a dyn Fn(u32),
}

impl PointSource for Counting<'_> {
    fn walk(
        &self,
        point: &str,
        paths: &[PathBytes],
        visit: &mut Visit<'_>,
    ) -> Result<(), RepoError> {
        PointSource::walk(self.inner, point, paths, visit)
    }

    fn blob(&self, id: &BlobId) -> Result<Bytes, RepoError> {
        self.at.set(self.at.get() + 1);
        (self.then)(self.at.get());
        self.inner.blob(id)
    }
}

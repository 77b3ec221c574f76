//! Walking the protected folders, however deep they are.
//!
//! The kernel takes no path of more than 4,095 bytes. So a folder that comes near is
//! opened, and what is in it is walked from the open folder, by a short path in `/proc`.

use ignore::{DirEntry, Walk, WalkBuilder};
use rustix::fs::{CWD, Mode, OFlags, openat};
use std::{
    io,
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    sync::Arc,
};

/// What lies below a folder with a longer path is walked from the folder: its names, of 255
/// bytes at most, must fit behind.
const LONGEST: usize = 3_800;

/// A folder to walk, or one above it to record.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) path: PathBuf,
    pub(super) deep: bool,
}

/// What a walk came upon.
pub(super) struct Found {
    pub(super) entry: DirEntry,
    /// Its path in the system; that of the entry may be a short one.
    pub(super) path: PathBuf,
    /// What the short path leads through.
    pub(super) held: Option<Arc<OwnedFd>>,
    /// It is the protected folder itself, or one above it.
    pub(super) is_top: bool,
}

/// The folders, in the order of a tree.
pub(super) struct Steps {
    steps: std::vec::IntoIter<Step>,
    left_out: PathBuf,
    legs: Vec<Leg>,
}

/// A part of the walk, from an open folder or from the root of the file system.
struct Leg {
    walk: Walk,
    start: Option<Start>,
}

struct Start {
    held: Arc<OwnedFd>,
    /// The folder's path in `/proc`, and in the system.
    near: PathBuf,
    far: PathBuf,
}

impl Leg {
    fn of(step: &Step, left_out: &Path) -> Self {
        let left_out = left_out.to_owned();
        let walk = WalkBuilder::new(&step.path)
            .standard_filters(false)
            .follow_links(false)
            .max_depth((!step.deep).then_some(0))
            .sort_by_file_path(Path::cmp)
            .filter_entry(move |entry| entry.path() != left_out && is_near(entry))
            .build();
        Self { walk, start: None }
    }

    fn from(near: &Path, far: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let held = openat(CWD, near, flags, Mode::empty())?;
        let near = PathBuf::from(format!("/proc/self/fd/{}/.", held.as_raw_fd()));
        let walk = WalkBuilder::new(&near)
            .standard_filters(false)
            .follow_links(false)
            .sort_by_file_path(Path::cmp)
            .filter_entry(is_near)
            .build();
        let start = Start {
            held: Arc::new(held),
            near,
            far: far.to_owned(),
        };
        Ok(Self {
            walk,
            start: Some(start),
        })
    }

    fn far(&self, path: &Path) -> PathBuf {
        match &self.start {
            Some(start) => match path.strip_prefix(&start.near) {
                Ok(below) if below.as_os_str().is_empty() => start.far.clone(),
                Ok(below) => start.far.join(below),
                Err(_) => start.far.clone(),
            },
            None => path.to_owned(),
        }
    }
}

/// Whether its folder is walked by the path that led to it.
fn is_near(entry: &DirEntry) -> bool {
    let folder = entry.path().parent();
    folder.is_none_or(|folder| folder.as_os_str().len() <= LONGEST)
}

impl Steps {
    /// `left_out` is not walked.
    pub(super) fn new(steps: Vec<Step>, left_out: PathBuf) -> Self {
        Self {
            steps: steps.into_iter(),
            left_out,
            legs: Vec::new(),
        }
    }

    fn found(&mut self, entry: DirEntry) -> Option<Result<Found, (PathBuf, io::Error)>> {
        let leg = self.legs.last()?;
        let held = leg.start.as_ref().map(|start| Arc::clone(&start.held));
        if held.is_some() && entry.depth() == 0 {
            // The folder itself came with the leg before.
            return None;
        }
        let path = leg.far(entry.path());
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        if is_folder && entry.path().as_os_str().len() > LONGEST {
            match Leg::from(entry.path(), &path) {
                Ok(leg) => self.legs.push(leg),
                Err(error) => return Some(Err((path, error))),
            }
        }
        Some(Ok(Found {
            is_top: held.is_none() && entry.depth() == 0,
            entry,
            path,
            held,
        }))
    }
}

impl Iterator for Steps {
    type Item = Result<Found, (PathBuf, Box<dyn std::error::Error + Send + Sync>)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(leg) = self.legs.last_mut() else {
                let step = self.steps.next()?;
                self.legs.push(Leg::of(&step, &self.left_out));
                continue;
            };
            match leg.walk.next() {
                None => {
                    self.legs.pop();
                }
                Some(Err(error)) => {
                    let path = leg.far(path_of(&error));
                    return Some(Err((path, error.into())));
                }
                Some(Ok(entry)) => match self.found(entry) {
                    Some(Ok(found)) => return Some(Ok(found)),
                    Some(Err((path, error))) => return Some(Err((path, error.into()))),
                    None => {}
                },
            }
        }
    }
}

fn path_of(error: &ignore::Error) -> &Path {
    match error {
        ignore::Error::WithPath { path, .. } => path,
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => Path::new("/"),
    }
}

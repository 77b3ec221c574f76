//! Making a restore point.
//!
//! The library would save a point also of a source that ended early, was emptied or is gone.
//! So its snapshot is held back until the run was found good, and source and backend both
//! fail from the moment that it is not.

mod backend;
mod folders;
mod gate;
mod meter;
mod pace;
mod source;
mod walk;

pub use folders::FolderError;
pub(crate) use source::TOLD;

use crate::alone;
use crate::repo::{RepoError, SEEDED, SHRUNK, local, one_line, open_with, used_bytes};
use crate::worker::protocol::{BackupOutcome, BackupSpec, Event, Level};
use crate::worker::{Cancel, Emit};
use backend::Guarded;
use gate::Gate;
use meter::{Bars, Meter};
use ocdeck_faults::{Point, reached};
use pace::Pace;
use rustic_core::jiff::{Timestamp, tz::TimeZone};
use rustic_core::repofile::SnapshotFile;
use rustic_core::{
    BackupOptions, IndexedIdsStatus, OpenStatus, ParentOptions, RepairIndexOptions, Repository,
    RusticError, RusticResult, SnapshotOptions, TreeId,
};
use source::Source;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a run tells where it stands.
const TELL: Duration = Duration::from_millis(200);

/// How long a run waits for the worker of an agent that was killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A backup that made no point.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The repository could not be opened.
    #[error(transparent)]
    Repository(#[from] RepoError),
    /// A protected folder is not as it should be.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// It was told to end.
    #[error("cancelled; no restore point was made")]
    Cancelled,
    /// A worker of before lives on.
    #[error(
        "another worker still writes to the repository; no restore point was made. See why it \
         does not end, then start the job again"
    )]
    Busy,
    /// The repository is full by its own limit.
    #[error(
        "repository limit {} reached; no restore point was made. Raise the limit or make room",
        megabytes(*.0)
    )]
    Limit(u64),
    /// The repository cannot be written.
    #[error("the repository cannot be written: {0}; no restore point was made")]
    Write(String),
    /// The given time is none that the repository can hold.
    #[error("the time of the point is out of range")]
    Time,
    /// Anything else that the library reports.
    #[error("the backup failed: {0}; no restore point was made")]
    Library(String),
}

impl From<Box<RusticError>> for BackupError {
    fn from(error: Box<RusticError>) -> Self {
        Self::Library(one_line(&error))
    }
}

/// What source, backend and progress of a run share.
struct Run {
    folders: Vec<PathBuf>,
    /// Folders that held something when they were walked.
    filled: Mutex<HashSet<PathBuf>>,
    gate: Arc<Gate>,
    meter: Arc<Meter>,
    pace: Pace,
}

impl Run {
    /// Something below a protected folder was seen.
    fn saw(&self, path: &Path) {
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        if filled.len() < self.folders.len()
            && let Some(folder) = self.folders.iter().find(|folder| path.starts_with(folder))
            && !filled.contains(folder)
        {
            filled.insert(folder.clone());
        }
    }

    fn held_something(&self, folder: &Path) -> bool {
        let filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        filled.contains(folder)
    }
}

/// Makes a restore point, or none.
///
/// After a run that was cancelled, failed or killed, the next one wants
/// [`BackupSpec::after_kill`]: else it stores again what that one had stored.
///
/// # Errors
/// When it was cancelled, a protected folder is missing or emptied, the repository cannot be
/// opened or written, or is full. Files that cannot be read are only warnings.
pub fn run(spec: &BackupSpec, cancel: &Cancel, emit: &Emit) -> Result<BackupOutcome, BackupError> {
    let run = Arc::new(Run {
        folders: folders::protected(&spec.folders)?,
        filled: Mutex::default(),
        gate: Arc::new(Gate::new(cancel.clone())),
        meter: Arc::new(Meter::new(emit.clone())),
        pace: Pace::new(spec.read_limit),
    });
    let _alone = alone_in(&spec.repository.path, cancel)?;
    make(spec, &run, emit).map_err(|error| match error {
        BackupError::Folder(_) => error,
        // What shut the gate came first; what the library says only follows from it.
        _ => run.gate.error().unwrap_or(error),
    })
}

/// The repository for this run alone: of two writers, one would remove what the other has
/// half written as a leftover.
fn alone_in(repository: &Path, cancel: &Cancel) -> Result<Option<File>, BackupError> {
    // One that cannot be opened says so when the library opens it.
    let Ok(file) = File::open(repository.join("config")) else {
        return Ok(None);
    };
    match alone::take(&file, PATIENCE, cancel) {
        Ok(true) => Ok(Some(file)),
        Ok(false) if cancel.is_cancelled() => Err(BackupError::Cancelled),
        Ok(false) => Err(BackupError::Busy),
        Err(error) => {
            // Some file servers lock nothing.
            log::warn!("the repository cannot be locked: {error}");
            Ok(None)
        }
    }
}

fn make(spec: &BackupSpec, run: &Arc<Run>, emit: &Emit) -> Result<BackupOutcome, BackupError> {
    let path = &spec.repository.path;
    let guarded = Arc::new(Guarded::new(
        local(path)?,
        Arc::clone(&run.gate),
        spec.repository.limit,
    ));
    let bars = Bars(Arc::clone(&run.meter));
    let stored = open_with(&spec.repository, Arc::clone(&guarded) as _, bars)?;
    guarded.start_from(used_bytes(path)?);
    if spec.after_kill {
        remove_leftovers(path, emit);
        complete_index(&stored, emit);
    }
    let before = before(&stored, spec)?;
    let stored = stored.to_indexed_ids()?;
    let filled: HashSet<&PathBuf> = run
        .folders
        .iter()
        .filter(|folder| {
            before
                .as_ref()
                .is_some_and(|before| filled(&stored, before.tree, folder))
        })
        .collect();
    folders::check(&run.folders, |folder| {
        filled.iter().any(|filled| *filled == folder)
    })?;
    emit.log(Level::Info, opening_line(before.as_ref(), spec));
    emit.event(Event::Started);

    let mut snapshot = archive(spec, run, &stored, before.as_ref())?;
    folders::check(&run.folders, |folder| {
        run.held_something(folder) || filled.iter().any(|filled| *filled == folder)
    })?;
    if let Some(error) = run.gate.error() {
        return Err(error);
    }
    let summary = snapshot.summary.clone().unwrap_or_default();
    let files = summary.total_files_processed;
    let files_before = before.map(|before| {
        let summary = before.summary.unwrap_or_default();
        summary.total_files_processed
    });
    let missing = run.meter.expected().saturating_sub(files);
    if missing > 0 {
        let text = format!("{missing} files were left out by the engine; its lines are in the log");
        run.meter.warn(Path::new("/"), text);
    }
    let shrunk = files_before.is_some_and(|before| files.saturating_mul(2) < before);
    if shrunk {
        snapshot.tags.add(SHRUNK.to_owned());
    }
    guarded.release();
    reached(Point::BackupBeforePoint);
    stored.save_snapshots(vec![snapshot])?;
    reached(Point::BackupAfterPoint);
    let point = guarded
        .saved()
        .ok_or_else(|| BackupError::Library("the point was not written".to_owned()))?;
    Ok(BackupOutcome {
        point: point.to_hex().as_str().to_owned(),
        files,
        bytes: summary.total_bytes_processed,
        added: summary.data_added_packed,
        files_before,
        warnings: run.meter.warnings(),
        shrunk,
        repository_used: guarded.used(),
    })
}

/// Reads and stores, with progress. The snapshot is complete, but not saved.
fn archive(
    spec: &BackupSpec,
    run: &Arc<Run>,
    stored: &Repository<IndexedIdsStatus>,
    before: Option<&SnapshotFile>,
) -> Result<SnapshotFile, BackupError> {
    let parents = match before {
        Some(before) if !spec.reread_all => vec![before.id.to_hex().as_str().to_owned()],
        _ => Vec::new(),
    };
    // Named, not guessed: the library would not find the point before once the list of
    // protected folders has changed.
    let options = BackupOptions::default().no_scan(true).parent_opts(
        ParentOptions::default()
            .force(parents.is_empty())
            .parents(parents),
    );
    let snapshot = snapshot(spec)?;
    let source = Source::new(Arc::clone(run), spec.repository.path.clone());
    let archived = std::thread::scope(|scope| {
        let over = EndsOnDrop(Cancel::new());
        let (telling, counting) = (over.0.clone(), over.0.clone());
        scope.spawn(move || {
            while !telling.wait(TELL) {
                run.meter.tell();
            }
        });
        scope.spawn(|| {
            let source = &source;
            source.count(move || run.gate.is_shut() || counting.is_cancelled());
        });
        stored.archive(&options, &source, snapshot, &run.folders)
    })?;
    run.meter.tell();
    Ok(archived)
}

/// Also when the library panics, else the threads beside it would be waited for forever.
struct EndsOnDrop(Cancel);

impl Drop for EndsOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn snapshot(spec: &BackupSpec) -> Result<SnapshotFile, BackupError> {
    let time = match spec.time {
        None => None,
        Some(time) => {
            let nanoseconds = i32::try_from(time.timestamp_subsec_nanos());
            let nanoseconds = nanoseconds.map_err(|_| BackupError::Time)?;
            let stamp = Timestamp::new(time.timestamp(), nanoseconds);
            Some(
                stamp
                    .map_err(|_| BackupError::Time)?
                    .to_zoned(TimeZone::UTC),
            )
        }
    };
    let mut snapshot = SnapshotOptions::default()
        .host(spec.system.clone())
        .label(spec.job.clone())
        .command("ocdeck".to_owned())
        .time(time)
        .to_snapshot()?;
    snapshot.program_version = concat!("ocdeck ", env!("CARGO_PKG_VERSION")).to_owned();
    if spec.time.is_some() {
        snapshot.tags.add(SEEDED.to_owned());
    }
    Ok(snapshot)
}

/// The newest point of this job that is not younger than the one to be made.
fn before(
    stored: &Repository<OpenStatus>,
    spec: &BackupSpec,
) -> RusticResult<Option<SnapshotFile>> {
    let not_after = spec.time.map_or(i64::MAX, |time| time.timestamp_micros());
    let points = stored.stream_files::<SnapshotFile>()?;
    Ok(points
        .filter_map(|read| {
            // One damaged point must not end all backups.
            let (id, mut point) = read
                .inspect_err(|error| log::warn!("a point cannot be read: {}", one_line(error)))
                .ok()?;
            point.id = id;
            Some(point)
        })
        .filter(|point| point.hostname == spec.system && point.label == spec.job)
        .filter(|point| point.time.timestamp().as_microsecond() <= not_after)
        .max_by_key(|point| point.time.timestamp()))
}

/// Whether a folder held something in a point.
fn filled(stored: &Repository<IndexedIdsStatus>, root: TreeId, folder: &Path) -> bool {
    let read = |tree: &TreeId| {
        stored
            .get_tree(tree)
            .inspect_err(|error| log::warn!("the last point is damaged: {}", one_line(error)))
            .ok()
    };
    let names = folder.components().filter_map(|component| match component {
        std::path::Component::Normal(name) => Some(name),
        _ => None,
    });
    let mut tree = root;
    for name in names {
        let below = read(&tree)
            .into_iter()
            .flat_map(|tree| tree.nodes)
            .find(|node| &*node.name() == name as &OsStr)
            .and_then(|node| node.subtree);
        match below {
            Some(below) => tree = below,
            None => return false,
        }
    }
    read(&tree).is_some_and(|tree| !tree.nodes.is_empty())
}

/// Removes the half-written files of a killed run. Writers of a repository never run at once.
fn remove_leftovers(repository: &Path, emit: &Emit) {
    // As the library names what it has not renamed yet.
    let half = |path: &Path| path.as_os_str().as_encoded_bytes().ends_with(b"-tmp-");
    let mut removed = 0;
    let walk = ignore::WalkBuilder::new(repository)
        .standard_filters(false)
        .build();
    for entry in walk.flatten().filter(|entry| half(entry.path())) {
        match std::fs::remove_file(entry.path()) {
            Ok(()) => removed += 1,
            Err(error) => log::warn!("{} stays: {error}", entry.path().display()),
        }
    }
    if removed > 0 {
        let text = format!("removed {removed} half-written files of the interrupted run");
        emit.log(Level::Info, text);
    }
}

/// Writes into the index what an interrupted run had stored but not indexed. (Reading it into
/// memory only, as `to_indexed_ids_checked` does, would let the new point refer to data that
/// no index on disk knows.)
fn complete_index(stored: &Repository<OpenStatus>, emit: &Emit) {
    let options = RepairIndexOptions::default();
    match stored.repair_index(&options, false) {
        Ok(()) => emit.log(
            Level::Info,
            "the index is complete after the interrupted run",
        ),
        Err(error) => emit.log(
            Level::Warning,
            format!(
                "what the interrupted run stored is stored again: {}",
                one_line(&error)
            ),
        ),
    }
}

fn opening_line(before: Option<&SnapshotFile>, spec: &BackupSpec) -> String {
    match before {
        None => "the first restore point of this job: everything is read".to_owned(),
        Some(_) if spec.reread_all => "every file is read again, as the job wants".to_owned(),
        Some(before) => format!("comparing with restore point {}", before.id),
    }
}

/// Decimal, as disks are sold and as the configuration writes it.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50_000) / 100_000;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} MB"),
        (whole, tenth) => format!("{whole}.{tenth} MB"),
    }
}

#[cfg(test)]
mod tests;

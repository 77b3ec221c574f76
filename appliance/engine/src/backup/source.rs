//! The protected folders as the library reads them.
//!
//! Walks by itself, because the library tells unreadable files only to a log, leaves out the
//! metadata of the folders named, and cannot be slowed or stopped.

use super::{
    Run,
    walk::{Found, Step, Steps},
};
use ocdeck_faults::{Point, reached};
use rustic_core::{
    ErrorKind, LocalSourceSaveOptions, ReadSource, ReadSourceEntry, ReadSourceOpen, RusticError,
    RusticResult,
};
use rustix::fs::OFlags;
use std::collections::HashSet;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Stands in errors whose cause was told as a warning, so that the library's own line about
/// them is dropped.
pub(crate) const TOLD: &str = "told as a warning";

/// The protected folders of a run.
pub(super) struct Source {
    run: Arc<Run>,
    steps: Vec<Step>,
    /// The repository itself, should it lie in a protected folder.
    left_out: PathBuf,
}

impl Source {
    pub(super) fn new(run: Arc<Run>, left_out: PathBuf) -> Self {
        let steps = steps(&run.folders);
        Self {
            run,
            steps,
            left_out,
        }
    }

    fn walk(&self) -> Steps {
        Steps::new(self.steps.clone(), self.left_out.clone())
    }

    /// Counts files and bytes until `over`, and tells the meter when it got to the end.
    pub(super) fn count(&self, over: impl Fn() -> bool) {
        let (mut files, mut bytes) = (0, 0);
        for found in self.walk() {
            if over() {
                return;
            }
            // What cannot be read is told when its turn comes.
            let Ok(found) = found else { continue };
            match found.entry.metadata() {
                Ok(meta) if meta.is_dir() => {}
                Ok(meta) => {
                    files += 1;
                    bytes += if meta.is_file() { meta.len() } else { 0 };
                }
                Err(_) => {}
            }
        }
        self.run.meter.total(files, bytes);
    }
}

/// Every folder after those above it; a restore of the whole needs their owner and mode too.
fn steps(folders: &[PathBuf]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut seen = HashSet::new();
    for folder in folders {
        let mut above: Vec<_> = folder.ancestors().skip(1).collect();
        above.reverse();
        for path in above {
            // A link above would be saved as a link and as a folder; the library makes up a
            // folder where there is none.
            let is_folder = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
            if path.file_name().is_some() && is_folder && seen.insert(path) {
                steps.push(Step {
                    path: path.to_owned(),
                    deep: false,
                });
            }
        }
        steps.push(Step {
            path: folder.clone(),
            deep: true,
        });
    }
    steps
}

impl ReadSource for Source {
    type Open = Opener;
    type Iter = Entries;

    fn size(&self) -> RusticResult<Option<u64>> {
        Ok(None)
    }

    fn entries(&self) -> Entries {
        Entries {
            run: Arc::clone(&self.run),
            walk: self.walk(),
            warned: PathBuf::new(),
        }
    }
}

/// Everything in the folders, in the order of a tree.
pub(super) struct Entries {
    run: Arc<Run>,
    walk: Steps,
    warned: PathBuf,
}

impl Iterator for Entries {
    type Item = RusticResult<ReadSourceEntry<Opener>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.run.gate.is_shut() {
                return None;
            }
            match self.walk.next()? {
                Err((path, error)) => self.warn(&path, reason(error.as_ref())),
                Ok(found) => {
                    if let Some(entry) = self.entry(found) {
                        return Some(Ok(entry));
                    }
                }
            }
        }
    }
}

impl Entries {
    /// A folder that is gone fails twice, as an entry and when it is listed.
    fn warn(&mut self, path: &Path, text: String) {
        if path != self.warned {
            self.run.meter.warn(path, text);
            path.clone_into(&mut self.warned);
        }
    }

    fn entry(&mut self, found: Found) -> Option<ReadSourceEntry<Opener>> {
        let Found {
            entry,
            path,
            held,
            is_top,
        } = found;
        // The root of the file system has no name, and the tree has a root already.
        path.file_name()?;
        // The protected folder itself does not count as being in it.
        if !is_top {
            self.run.saw(&path);
        }
        let mut found = match LocalSourceSaveOptions::default().map_entry(entry) {
            Ok(found) => found,
            Err(error) => {
                self.warn(&path, reason(&error));
                return None;
            }
        };
        let is_file = found.node.is_file();
        if !is_file {
            // As restic has it; the library would record the length of a link's target.
            found.node.meta.size = 0;
        }
        let open = (!found.node.is_dir()).then(|| {
            self.run.meter.offered();
            Opener {
                size: found.node.meta.size,
                near: found.path,
                _held: held,
                ticket: Ticket {
                    run: Arc::clone(&self.run),
                    path: path.clone(),
                },
            }
        });
        Some(ReadSourceEntry {
            path,
            node: found.node,
            open,
        })
    }
}

/// Counts its file as done when it goes: after reading, or unread because it is unchanged.
struct Ticket {
    run: Arc<Run>,
    path: PathBuf,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.run.meter.done();
    }
}

/// A file that can be opened when its turn comes.
pub(super) struct Opener {
    ticket: Ticket,
    size: u64,
    /// Its path for the kernel, and the open folder that this may lead through.
    near: PathBuf,
    _held: Option<Arc<OwnedFd>>,
}

impl ReadSourceOpen for Opener {
    type Reader = Reader;

    fn open(self) -> RusticResult<Reader> {
        let Self {
            ticket,
            size,
            near,
            _held,
        } = self;
        ticket.run.meter.reading(&ticket.path);
        let file = open(&near).map_err(|error| {
            let text = RusticError::new(ErrorKind::InputOutput, TOLD);
            ticket.run.meter.lose(&ticket.path, reason(&error));
            text
        })?;
        Ok(Reader {
            opened: last_change(&file),
            ended: false,
            file,
            ticket,
            size,
            read: 0,
        })
    }
}

/// Between the walk and now the file can have become a link or a pipe: the one would lead
/// out of the folder, the other block forever.
fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no regular file any more"))
    }
}

/// Reads a file at the pace of the run, until the run ends.
pub(super) struct Reader {
    file: File,
    ticket: Ticket,
    size: u64,
    read: u64,
    /// Length and time of the last change when it was opened.
    opened: Option<(u64, i64, i64)>,
    ended: bool,
}

fn last_change(file: &File) -> Option<(u64, i64, i64)> {
    let meta = file.metadata().ok()?;
    Some((meta.len(), meta.mtime(), meta.mtime_nsec()))
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let run = &self.ticket.run;
        if run.gate.is_shut() {
            return Err(io::Error::other(TOLD));
        }
        let most = run.pace.block().min(buffer.len());
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let read = match self.file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                run.meter.lose(&self.ticket.path, reason(&error));
                return Err(io::Error::other(TOLD));
            }
            Ok(read) => read,
        };
        if read == 0 && most > 0 && !self.ended {
            // Told once, however often the end is asked for.
            self.ended = true;
            if self.read < self.size {
                let text = "it became shorter while it was read; the part that was left is kept";
                run.meter.warn(&self.ticket.path, text.to_owned());
            } else if last_change(&self.file) != self.opened {
                let text = "it changed while it was read; what is kept may be of before and after";
                run.meter.warn(&self.ticket.path, text.to_owned());
            }
        }
        reached(Point::BackupReading);
        self.read += read as u64;
        run.pace.take(read as u64, &run.gate);
        Ok(read)
    }
}

/// What happened to a file, in words.
fn reason(error: &(dyn Error + 'static)) -> String {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error
            .downcast_ref::<io::Error>()
            .or_else(|| error.downcast_ref::<ignore::Error>()?.io_error());
        if let Some(io) = io {
            return match io.kind() {
                io::ErrorKind::NotFound => "it vanished before it was read".to_owned(),
                io::ErrorKind::PermissionDenied => {
                    "permission denied; the agent's user must be able to read it".to_owned()
                }
                _ => format!("it cannot be read: {io}"),
            };
        }
        cause = error.source();
    }
    format!("it cannot be read: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::{Gate, Meter, Pace};
    use crate::worker::{Cancel, Emit};

    #[test]
    fn the_root_of_the_file_system_is_no_entry_of_itself() {
        let run = Arc::new(Run {
            folders: vec![PathBuf::from("/")],
            filled: std::sync::Mutex::default(),
            gate: Arc::new(Gate::new(Cancel::new())),
            meter: Arc::new(Meter::new(Emit::new(|_| {}))),
            pace: Pace::new(None),
        });
        let source = Source::new(run, PathBuf::new());
        let first = source.entries().next().unwrap().unwrap();
        assert_eq!(first.path.parent(), Some(Path::new("/")));
    }

    #[test]
    fn folders_above_are_recorded_once_and_first() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("x/a"), dir.path().join("x/b"));
        std::fs::create_dir_all(&a).unwrap();
        std::fs::create_dir_all(&b).unwrap();
        let steps = steps(&[a.clone(), b.clone()]);
        let deep: Vec<_> = steps.iter().filter(|s| s.deep).map(|s| &s.path).collect();
        assert_eq!(deep, [&a, &b]);
        let above = steps.iter().filter(|s| s.path == dir.path().join("x"));
        assert_eq!(above.count(), 1);
        assert!(
            steps
                .first()
                .is_some_and(|s| s.path.parent() == Some(Path::new("/")))
        );
    }
}

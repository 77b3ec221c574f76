//! The file of a plan: JSON lines, a head, the steps, and at the end the summary, so that
//! a million steps are never held at once. It appears under its name only when whole.

use super::{PlanError, PlanSpec, step::Step, summary::Summary};
use crate::place::{Abilities, Keep, Place, PlaceError, Tree, key};
use ocdeck_domain::restore::OverwritePolicy;
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Version of the file. A restore refuses a plan of another.
const VERSION: u32 = 2;

/// What the steps have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    version: u32,
    /// The restore point's id.
    pub point: String,
    /// Where to.
    pub place: Place,
    /// What happens to a file that is already there.
    pub policy: OverwritePolicy,
    /// The request's reference.
    pub reference: String,
    /// How the target creates a file without replacing another.
    pub keep: Keep,
}

#[derive(Serialize, Deserialize)]
enum Line<S, E> {
    /// The first.
    H(Head),
    /// A step.
    S(S),
    /// The last.
    E(E),
}

type Written<'a> = Line<&'a Step, &'a Summary>;
type Found = Line<Step, Summary>;

/// A plan being written.
pub(super) struct PlanWriter {
    path: PathBuf,
    temporary: PathBuf,
    file: BufWriter<File>,
    finished: bool,
}

impl PlanWriter {
    pub(super) fn new(path: &Path, spec: &PlanSpec) -> Result<Self, PlanError> {
        let temporary = temporary_of(path);
        let file = File::create(&temporary).map_err(|source| PlanError::Write {
            path: path.to_owned(),
            source,
        })?;
        let mut writer = Self {
            path: path.to_owned(),
            temporary,
            file: BufWriter::with_capacity(1 << 16, file),
            finished: false,
        };
        // If this is cut off, the head says where its temporaries stand.
        writer.head(spec, Keep::Rename)?;
        Ok(writer)
    }

    /// The target was tried: it keeps what stands there this way. Before the first step.
    pub(super) fn keeping(&mut self, spec: &PlanSpec, keep: Keep) -> Result<(), PlanError> {
        self.file
            .rewind()
            .and_then(|()| self.file.get_ref().set_len(0))
            .map_err(|source| self.failed(source))?;
        self.head(spec, keep)
    }

    fn head(&mut self, spec: &PlanSpec, keep: Keep) -> Result<(), PlanError> {
        self.line(&Line::H(Head {
            version: VERSION,
            point: spec.point.clone(),
            place: spec.place.clone(),
            policy: spec.policy,
            reference: spec.reference.clone(),
            keep,
        }))?;
        self.file.flush().map_err(|source| self.failed(source))
    }

    /// Names what the plan leaves at its target while it is made.
    pub(super) fn whose(&self) -> u64 {
        whose(&self.path)
    }

    pub(super) fn step(&mut self, step: &Step) -> Result<(), PlanError> {
        self.line(&Line::S(step))
    }

    /// Writes the summary, brings all to the disk and gives the file its name.
    pub(super) fn finish(mut self, summary: &Summary) -> Result<(), PlanError> {
        self.line(&Line::E(summary))?;
        let done = self.settle();
        self.finished = done.is_ok();
        done.map_err(|source| self.failed(source))
    }

    fn settle(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        std::fs::rename(&self.temporary, &self.path)?;
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    }

    fn line(&mut self, line: &Written<'_>) -> Result<(), PlanError> {
        serde_json::to_writer(&mut self.file, line)
            .map_err(io::Error::from)
            .and_then(|()| self.file.write_all(b"\n"))
            .map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> PlanError {
        PlanError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

impl Drop for PlanWriter {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

fn temporary_of(path: &Path) -> PathBuf {
    let mut temporary = OsString::from(path);
    temporary.push(".part");
    PathBuf::from(temporary)
}

fn whose(path: &Path) -> u64 {
    key(path.as_os_str().as_bytes())
}

/// Removes what is left of a plan that was cut off while it was made: its temporaries at the
/// target, then its own. `path` is the name that it would have got.
///
/// # Errors
/// When the target cannot be opened: then all stays for another time.
pub fn discard(path: &Path) -> Result<(), PlaceError> {
    let temporary = temporary_of(path);
    // Cut off before the head was written, it had not touched the target.
    if let Ok(plan) = PlanFile::open(&temporary) {
        let place = &plan.head.place;
        Abilities::clear(Tree::base(place)?.top(), whose(path));
        if let Some(tree) = Tree::open(place)? {
            Abilities::clear(tree.top(), whose(path));
        }
    }
    for file in [temporary.as_path(), path] {
        let _ = std::fs::remove_file(file);
    }
    Ok(())
}

/// A plan's file, open.
#[derive(Debug)]
pub struct PlanFile {
    path: PathBuf,
    file: BufReader<File>,
    first_step: u64,
    /// What the steps have in common.
    pub head: Head,
}

impl PlanFile {
    /// Opens it.
    ///
    /// # Errors
    /// When it is not there, or is none of this version.
    pub fn open(path: &Path) -> Result<Self, PlanError> {
        let failed = |source| PlanError::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        let mut line = Vec::new();
        file.read_until(b'\n', &mut line).map_err(failed)?;
        match parse(&line).map_err(failed)? {
            Line::H(head) if head.version == VERSION => Ok(Self {
                path: path.to_owned(),
                file,
                first_step: line.len() as u64,
                head,
            }),
            _ => Err(failed(io::Error::other("it is of another version"))),
        }
    }

    /// All steps, from the first, each with its place in the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn steps(&mut self) -> Result<Steps<'_>, PlanError> {
        self.file
            .seek(SeekFrom::Start(self.first_step))
            .map_err(|source| self.failed(source))?;
        Ok(Steps {
            at: self.first_step,
            plan: self,
            line: Vec::new(),
            ended: false,
        })
    }

    /// The step at a place that [`PlanFile::steps`] gave.
    ///
    /// # Errors
    /// When the file cannot be read, or there is none.
    pub fn step_at(&mut self, at: u64) -> Result<Step, PlanError> {
        let mut line = Vec::new();
        let read = self
            .file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.read_until(b'\n', &mut line))
            .and_then(|_| parse(&line));
        match read {
            Ok(Line::S(step)) => Ok(step),
            Ok(_) => Err(self.failed(io::ErrorKind::InvalidData.into())),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn failed(&self, source: io::Error) -> PlanError {
        PlanError::Read {
            path: self.path.clone(),
            source,
        }
    }
}

/// The steps of a plan, one after the other.
#[derive(Debug)]
pub struct Steps<'a> {
    plan: &'a mut PlanFile,
    at: u64,
    line: Vec<u8>,
    ended: bool,
}

impl Iterator for Steps<'_> {
    type Item = Result<(u64, Step), PlanError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        self.line.clear();
        let read = self.plan.file.read_until(b'\n', &mut self.line);
        let at = self.at;
        self.at += self.line.len() as u64;
        let source = match read.and_then(|_| parse(&self.line)) {
            Ok(Line::S(step)) => return Some(Ok((at, step))),
            Ok(Line::E(_)) => None,
            Ok(Line::H(_)) => Some(io::ErrorKind::InvalidData.into()),
            Err(source) => Some(source),
        };
        self.ended = true;
        source.map(|source| Err(self.plan.failed(source)))
    }
}

fn parse(line: &[u8]) -> io::Result<Found> {
    if line.last() == Some(&b'\n') {
        Ok(serde_json::from_slice(line)?)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

impl Summary {
    /// The summary of a plan's file, read from its end.
    ///
    /// # Errors
    /// When the file is not there or is no plan.
    pub fn load(path: &Path) -> Result<Self, PlanError> {
        let failed = |source| PlanError::Read {
            path: path.to_owned(),
            source,
        };
        // Opening checks the version.
        let mut file = PlanFile::open(path)?.file.into_inner();
        let line = last_line(&mut file).map_err(failed)?;
        match parse(&line).map_err(failed)? {
            Line::E(summary) => Ok(summary),
            _ => Err(failed(io::ErrorKind::UnexpectedEof.into())),
        }
    }
}

fn last_line(file: &mut File) -> io::Result<Vec<u8>> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut window = 1 << 16;
    loop {
        let start = length.saturating_sub(window);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        let body = tail.strip_suffix(b"\n").unwrap_or(&tail);
        if let Some(end) = body.iter().rposition(|byte| *byte == b'\n') {
            return Ok(tail.split_off(end + 1));
        }
        if start == 0 {
            return Ok(tail);
        }
        window *= 4;
    }
}

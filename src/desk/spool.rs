//! What could not be written to the desk, kept in a file until it can be.
//!
//! While a desk is out of reach, everything that waits for it stands in a file of the state
//! folder too, its owner's alone, so that no end of the program loses it. The next start takes
//! it over, unless its program runs still: that one holds a lock on it.
//!
//! What comes is appended, a line each; the file is written anew when something of it waits no
//! more, or when most of its lines are older states of drafts. A line that a crash tore counts as
//! never written.
//!
//! The disk may be full for this file too: then the [`Reserve`] is given up for it.

mod own;
mod reserve;

use crate::state::effect::DeskCommand;
use ocdeck_domain::journal::{DraftRow, NewRecord, Series, Subject};
use own::Own;
use reserve::Reserve;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, BufRead, BufReader},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// The folder in the state folder.
const FOLDER: &str = "spool";
/// How a complete file ends.
const ENDING: &str = "jsonl";

/// The first line: for which desk the others are.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    desk: String,
}

/// Something that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Kept {
    Open {
        subject: Subject,
        series: Series,
        records: Vec<NewRecord>,
    },
    Append {
        records: Vec<NewRecord>,
    },
    Drafts {
        rows: Vec<DraftRow>,
    },
}

impl Kept {
    /// What of a command survives the program. A question does not, and neither does the intent
    /// of something that was to follow at once: a dispatch must not start hours later by itself.
    pub(super) fn of(command: &DeskCommand) -> Option<Self> {
        match command.clone() {
            DeskCommand::Open {
                subject,
                series,
                records,
            } => Some(Self::Open {
                subject,
                series,
                records,
            }),
            DeskCommand::Append { records } => Some(Self::Append { records }),
            DeskCommand::SaveDraft(rows) => Some(Self::Drafts { rows }),
            DeskCommand::Intend { .. }
            | DeskCommand::TakeBack(_)
            | DeskCommand::History(_)
            | DeskCommand::Past { .. } => None,
        }
    }

    pub(super) fn command(self) -> DeskCommand {
        match self {
            Self::Open {
                subject,
                series,
                records,
            } => DeskCommand::Open {
                subject,
                series,
                records,
            },
            Self::Append { records } => DeskCommand::Append { records },
            Self::Drafts { rows } => DeskCommand::SaveDraft(rows),
        }
    }
}

/// A place for what waits.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    desk: String,
    reserve: Reserve,
    own: Option<Own>,
    /// Files of programs that ended, locked while what they hold is on its way.
    taken: Vec<(PathBuf, File)>,
}

impl Spool {
    /// In this state folder, for the desk that is shown as `desk`. Touches no file yet.
    pub fn new(state: &Path, desk: String) -> Self {
        let folder = state.join(FOLDER);
        Self {
            reserve: Reserve::in_folder(&folder),
            folder,
            desk,
            own: None,
            taken: Vec::new(),
        }
    }

    /// Another one for the same desk, with a file of its own.
    pub(super) fn beside(&self) -> Self {
        Self {
            folder: self.folder.clone(),
            desk: self.desk.clone(),
            reserve: Reserve::in_folder(&self.folder),
            own: None,
            taken: Vec::new(),
        }
    }

    /// What programs that ended have left for this desk, the oldest first. It stays in their
    /// files until [`keep`](Self::keep) or [`clear`](Self::clear).
    pub(super) fn take(&mut self) -> Vec<Kept> {
        let mut paths: Vec<PathBuf> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
            .collect();
        paths.sort();
        let mut all = Vec::new();
        for path in paths {
            match self.read(&path) {
                Ok(Some((file, kept))) => {
                    all.extend(kept);
                    self.taken.push((path, file));
                }
                Ok(None) => {}
                Err(error) => tracing::error!("{}: {error}", path.display()),
            }
        }
        all
    }

    /// `None`: another program's, or another desk's.
    fn read(&self, path: &Path) -> io::Result<Option<(File, Vec<Kept>)>> {
        let file = File::open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Its program may have put a newer one in its place meanwhile.
        if fs::metadata(path)?.ino() != file.metadata()?.ino() {
            return Ok(None);
        }
        let mut lines = BufReader::new(&file).split(b'\n');
        let head: Head = serde_json::from_slice(&lines.next().transpose()?.unwrap_or_default())?;
        if head.desk != self.desk {
            tracing::warn!(
                "{} is for the desk {}: it waits until that one is opened",
                path.display(),
                head.desk
            );
            return Ok(None);
        }
        let mut kept = Vec::new();
        for (line, number) in lines.zip(2_u32..) {
            match serde_json::from_slice(&line?) {
                Ok(one) => kept.push(one),
                // A crash came while it was written: nobody was told that it is kept.
                Err(error) => {
                    tracing::error!("{}:{number}: left out: {error}", path.display());
                }
            }
        }
        Ok(Some((file, kept)))
    }

    /// Takes room for what may have to wait, while the disk has some.
    pub(super) fn prepare(&self) {
        let filled = self.make_folder().and_then(|()| self.reserve.fill());
        if let Err(error) = filled {
            tracing::warn!("no room is kept in {}: {error}", self.folder.display());
        }
    }

    fn make_folder(&self) -> io::Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
    }

    /// Keeps exactly this, on disk when it comes back; where.
    pub(super) fn keep(&mut self, kept: &[Kept]) -> io::Result<PathBuf> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        self.make_folder()?;
        let path = match &self.own {
            Some(own) => own.path().to_owned(),
            None => {
                let now = chrono::Utc::now().format("%Y%m%dT%H%M%S%.6f");
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let name = format!("{now}-{}-{number}.{ENDING}", std::process::id());
                self.folder.join(name)
            }
        };
        let head = line(&Head {
            desk: self.desk.clone(),
        })?;
        let own = loop {
            match Own::put(&path, &head, kept) {
                Err(error) if is_full(&error) && self.reserve.give(own::length(&head, kept)?) => {}
                done => break done?,
            }
        };
        File::open(&self.folder)?.sync_all()?;
        self.own = Some(own);
        self.forget_taken();
        Ok(path)
    }

    /// Keeps this too, behind what is kept, on disk when it comes back: all of it or nothing.
    pub(super) fn add(&mut self, kept: &[Kept]) -> io::Result<()> {
        let Some(own) = &mut self.own else {
            return Err(io::ErrorKind::NotFound.into());
        };
        loop {
            match own.add(kept) {
                Err(error) if is_full(&error) && self.reserve.give(own::length("", kept)?) => {}
                done => return done,
            }
        }
    }

    /// Whether its file is better written anew: most of it are older states of drafts.
    pub(super) fn is_mostly_old(&self) -> bool {
        self.own.as_ref().is_some_and(Own::is_mostly_old)
    }

    /// Everything is on the desk.
    pub(super) fn clear(&mut self) {
        if let Some(own) = self.own.take() {
            remove(own.path());
        }
        self.forget_taken();
        self.prepare();
    }

    /// Where its files stand.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a file waits.
    pub(super) fn is_used(&self) -> bool {
        self.own.is_some() || !self.taken.is_empty()
    }

    fn forget_taken(&mut self) {
        for (path, _file) in self.taken.drain(..) {
            remove(&path);
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!("{}: {error}", path.display());
    }
}

fn line(value: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(value)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ocdeck_domain::ids::RequestId;
    use std::os::unix::fs::PermissionsExt;
    use uuid::Uuid;

    fn open(n: u128) -> Kept {
        Kept::Open {
            subject: RequestId(Uuid::from_u128(n)).into(),
            series: Series::Request,
            records: Vec::new(),
        }
    }

    #[test]
    fn what_is_kept_is_taken_over_once_its_program_is_gone() {
        let state = tempfile::tempdir().unwrap();
        let mut one = Spool::new(state.path(), "here".to_owned());
        one.keep(&[open(1)]).unwrap();
        let path = one.keep(&[open(1), open(2)]).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut two = Spool::new(state.path(), "here".to_owned());
        assert_eq!(two.take(), [], "its program runs");
        drop(one);
        let mut other = Spool::new(state.path(), "there".to_owned());
        assert_eq!(other.take(), [], "it is for another desk");
        assert_eq!(two.take(), [open(1), open(2)]);
        // Until it is written it stays.
        drop(two);
        let mut three = Spool::new(state.path(), "here".to_owned());
        assert_eq!(three.take().len(), 2);
        three.clear();
        assert!(!path.exists());
    }

    fn typed(value: &str) -> Kept {
        let row = DraftRow {
            draft: RequestId(Uuid::from_u128(1)).into(),
            field: "reason".to_owned(),
            value: value.to_owned(),
            version: 1,
            author: "mara".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        };
        Kept::Drafts { rows: vec![row] }
    }

    #[test]
    fn what_comes_is_appended_and_the_rest_left_as_it_is() {
        let state = tempfile::tempdir().unwrap();
        let mut one = Spool::new(state.path(), "here".to_owned());
        let path = one.keep(&[open(1)]).unwrap();
        let (inode, length) = {
            let file = fs::metadata(&path).unwrap();
            (file.ino(), file.len())
        };
        one.add(&[open(2), typed("a")]).unwrap();
        one.add(&[open(3), typed("ab")]).unwrap();
        let file = fs::metadata(&path).unwrap();
        assert_eq!(file.ino(), inode, "it was not written anew");
        assert!(file.len() > length);
        let mut two = Spool::new(state.path(), "here".to_owned());
        assert_eq!(two.take(), [], "its program runs");
        drop(one);
        let kept = two.take();
        assert_eq!(kept, [open(1), open(2), typed("a"), open(3), typed("ab")]);
    }

    #[test]
    fn a_torn_line_hides_no_other() {
        let state = tempfile::tempdir().unwrap();
        let mut one = Spool::new(state.path(), "here".to_owned());
        let path = one.keep(&[open(1)]).unwrap();
        one.add(&[open(2)]).unwrap();
        drop(one);
        let whole = fs::read(&path).unwrap();
        let last = line(&open(2)).unwrap().len();
        for torn in 1..last {
            fs::write(&path, &whole[..whole.len() - torn]).unwrap();
            let mut two = Spool::new(state.path(), "here".to_owned());
            // Only its line break is missing: it is whole.
            let expected: &[Kept] = match torn {
                1 => &[open(1), open(2)],
                _ => &[open(1)],
            };
            assert_eq!(two.take(), expected, "{torn} bytes are missing");
        }
        // A disk that lost power may keep the length and not the bytes.
        let mut zeros = whole.clone();
        zeros.extend([0; 40]);
        fs::write(&path, zeros).unwrap();
        let mut two = Spool::new(state.path(), "here".to_owned());
        assert_eq!(two.take(), [open(1), open(2)]);
    }

    #[test]
    fn a_file_of_mostly_older_states_is_written_anew() {
        let state = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(state.path(), "here".to_owned());
        let path = spool.keep(&[open(1), typed("")]).unwrap();
        let mut length = 0;
        let text = "x".repeat(1_000);
        for n in 0.. {
            assert!(n < 1_000, "it grows for ever");
            spool.add(&[typed(&text)]).unwrap();
            length = fs::metadata(&path).unwrap().len();
            if spool.is_mostly_old() {
                break;
            }
        }
        spool.keep(&[open(1), typed(&text)]).unwrap();
        assert!(!spool.is_mostly_old());
        assert!(fs::metadata(&path).unwrap().len() < length / 2);
        // What waits of it is no older state.
        for n in 2..200 {
            spool.add(&[open(n)]).unwrap();
            assert!(!spool.is_mostly_old());
        }
    }

    #[test]
    fn a_dispatch_is_not_kept() {
        let record = NewRecord {
            event_id: Uuid::from_u128(1),
            subject: RequestId(Uuid::from_u128(1)).into(),
            subject_version: None,
            kind: "dispatching".to_owned(),
            kind_version: 1,
            at: chrono::Utc::now(),
            actor: "mara".to_owned(),
            body: "{}".to_owned(),
            durable: true,
            over: None,
        };
        let records = vec![record.clone()];
        assert!(Kept::of(&DeskCommand::Append { records }).is_some());
        let intent = DeskCommand::Intend {
            until: record.at,
            record: Box::new(record),
            then: vec![crate::state::effect::Effect::Redraw],
        };
        assert_eq!(Kept::of(&intent), None);
    }
}

//! One step: a file, a link or a folder, looked at, written and named.

use super::{
    batch::Writer,
    content::{is_equal, looks_cut_short, looks_restored},
    links::file_at,
};
use crate::{
    place::{
        Folder, Kind, Metadata, Part, Publish, Published, Space, There, advise, is_full, key,
        make_folder, part_name, set_folder_metadata, split,
    },
    plan::{Action, Step, What, kind_of},
    repo::BlobId,
};
use ocdeck_domain::restore::OverwritePolicy;
use ocdeck_faults::{Point, reached};
use std::{io, sync::Arc};

/// How a file went.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Written.
    Written,
    /// It stood there already, equal, by an earlier attempt.
    WasRestored,
    /// What stands there is equal and stays, by the policy.
    Equal,
    /// Not what the plan saw.
    Changed,
    /// Not written.
    Failed(String),
    /// The work shall end.
    Cancelled,
}

/// What to do about what stands there.
enum Verdict {
    Write(Publish),
    End(Outcome),
}

impl Writer<'_, '_> {
    /// Writes a file or a link.
    pub(super) fn write_file(&mut self, at: u64, step: &Step) -> Outcome {
        let (folder, _) = split(&step.path);
        let folder = match self.tree.folder(folder) {
            Ok(folder) => folder,
            Err(error) => return failed("its folder cannot be entered", &error),
        };
        let written = self.write_in(&folder, step);
        if let Ok(Outcome::Written | Outcome::WasRestored) = written {
            let (_, name) = split(&step.path);
            let file = step.link.and_then(|_| file_at(&folder, name));
            self.links.in_place(step, at, file);
        }
        written.unwrap_or_else(|error| {
            self.state.full |= is_full(&error);
            failed("it cannot be written", &error)
        })
    }

    fn write_in(&mut self, folder: &Arc<Folder>, step: &Step) -> io::Result<Outcome> {
        let (_, name) = split(&step.path);
        let there = folder.look(name)?;
        let how = match self.judge(folder, step, there)? {
            Verdict::Write(how) => how,
            Verdict::End(outcome) => return Ok(outcome),
        };
        let part = match self.further_name(folder, step)? {
            Some(part) => part,
            None => match self.make_part(folder, step)? {
                Ok(part) => part,
                Err(outcome) => return Ok(outcome),
            },
        };
        let warnings = part.set_metadata(&step.metadata());
        if self.state.syncer.touch(folder) {
            part.sync()?;
        }
        reached(Point::WorkerBeforeName);
        if folder.look(name)? != there {
            return Ok(Outcome::Changed);
        }
        let named = match part.publish(name, how, self.head.keep)? {
            Published::Done => true,
            Published::Taken => false,
            Published::Unable(part) => {
                self.journal.reserves().map_err(io::Error::other)?;
                part.publish_reserved(name)?
            }
        };
        if !named {
            return Ok(Outcome::Changed);
        }
        reached(Point::WorkerAfterName);
        for warning in warnings {
            self.reporter.warn(&step.path, warning);
        }
        Ok(Outcome::Written)
    }

    /// What the step writes, whole, under the name of a temporary. The inner error is an
    /// outcome that is no error of the target.
    fn make_part<'f>(
        &mut self,
        folder: &'f Folder,
        step: &Step,
    ) -> io::Result<Result<Part<'f>, Outcome>> {
        let name = part_name(&self.head.reference, &step.path);
        match &step.what {
            What::Symlink(target) => Part::symlink(folder, name, target).map(Ok),
            What::Special(special) => {
                let (kind, device) = kind_of(*special);
                Part::special(folder, name, kind, device).map(Ok)
            }
            What::File(blobs) => {
                let room = self.state.holes.room(blobs, step.size);
                if self.state.full && Space::of(folder).is_ok_and(|space| space.bytes < room) {
                    return Err(rustix::io::Errno::NOSPC.into());
                }
                self.fill(Part::file(folder, name)?, step, blobs)
            }
            What::Folder | What::Nothing => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Compares what stands there with what the plan saw.
    fn judge(
        &mut self,
        folder: &Arc<Folder>,
        step: &Step,
        there: Option<There>,
    ) -> io::Result<Verdict> {
        let expected = step.there.filter(|_| step.action == Action::Replace);
        if self.links.is_as_planned(there, expected) {
            let compares = self.head.policy == OverwritePolicy::ReplaceChanged
                && there.is_some_and(|there| there.kind == Kind::File && there.size == step.size);
            let how = match expected {
                Some(_) => Publish::Replace,
                None => Publish::Create,
            };
            return match compares {
                true => Ok(match self.compare(folder, step)? {
                    Some(true) => Verdict::End(Outcome::Equal),
                    Some(false) => Verdict::Write(how),
                    None => Verdict::End(Outcome::Cancelled),
                }),
                false => Ok(Verdict::Write(how)),
            };
        }
        let Some(there) = there else {
            return Ok(Verdict::End(Outcome::Changed));
        };
        let claimed = self.past.open.contains(&key(&step.path));
        if looks_restored(step, &there) {
            match self.compare(folder, step)? {
                Some(true) => {
                    self.state.syncer.touch(folder);
                    return Ok(Verdict::End(Outcome::WasRestored));
                }
                None => return Ok(Verdict::End(Outcome::Cancelled)),
                Some(false) if claimed => return Ok(Verdict::Write(Publish::Replace)),
                Some(false) => {}
            }
        }
        if claimed && looks_cut_short(step, &there) {
            return Ok(Verdict::Write(Publish::Replace));
        }
        Ok(Verdict::End(Outcome::Changed))
    }

    fn compare(&mut self, folder: &Folder, step: &Step) -> io::Result<Option<bool>> {
        let (_, name) = split(&step.path);
        self.compare_at(folder, name, step)
    }

    /// Compares what stands at a name with what a step writes, by hash.
    pub(super) fn compare_at(
        &mut self,
        folder: &Folder,
        name: &[u8],
        step: &Step,
    ) -> io::Result<Option<bool>> {
        let cancel = self.cancel;
        let reporter = &mut *self.reporter;
        is_equal(folder, name, step, &mut self.state.holes, &mut |_| {
            reporter.working(step, 0);
            !cancel.is_cancelled()
        })
    }

    /// Writes the content. The inner error is an outcome that is no error of the target.
    fn fill<'f>(
        &mut self,
        mut part: Part<'f>,
        step: &Step,
        blobs: &[(BlobId, Option<u32>)],
    ) -> io::Result<Result<Part<'f>, Outcome>> {
        let mut written = 0;
        for ((id, length), hole) in blobs.iter().zip(self.state.holes.of(blobs)) {
            if self.cancel.is_cancelled() {
                return Ok(Err(Outcome::Cancelled));
            }
            if let Some(hole) = hole.map(u64::from) {
                part.write_zeros(hole)?;
                written += hole;
                continue;
            }
            let bytes = match self.source.blob(id) {
                Ok(bytes) if length.is_none_or(|length| length as usize == bytes.len()) => bytes,
                Ok(_) => return Ok(Err(damaged(&format!("{id} has not its length")))),
                Err(error) => return Ok(Err(damaged(&error.to_string()))),
            };
            part.write(&bytes)?;
            reached(Point::WorkerMidFile);
            written += bytes.len() as u64;
            self.reporter.working(step, written);
            self.pace.wrote(bytes.len(), self.cancel);
        }
        part.end()?;
        match self.cancel.is_cancelled() {
            true => Ok(Err(Outcome::Cancelled)),
            false => Ok(Ok(part)),
        }
    }

    /// Makes a folder, or finds it, and notes whether it gets its metadata at the end.
    pub(super) fn folder(&mut self, at: u64, step: &Step) {
        if step.path.is_empty() {
            if step.dress {
                self.state.to_dress.push(at);
            }
            return;
        }
        match self.make(step) {
            Ok(Some(own)) => {
                if own || step.dress {
                    self.state.to_dress.push(at);
                }
            }
            Ok(None) => self.reporter.changed(&step.path),
            Err(error) => {
                let text = format!("the folder cannot be made: {}", advise(&error));
                self.reporter.failed(&step.path, text);
            }
        }
    }

    /// `Ok(Some(true))`: the folder is this request's own. `Ok(None)`: not what the plan saw.
    fn make(&mut self, step: &Step) -> io::Result<Option<bool>> {
        let (above, name) = split(&step.path);
        let above = self.tree.folder(above)?;
        if step.action == Action::Replace {
            let there = above.look(name)?;
            if there == step.there {
                above.remove(name)?;
                self.tree.forget(&step.path);
            } else if !self.resumed || there.is_some_and(|there| there.kind != Kind::Folder) {
                return Ok(None);
            }
        }
        let made = make_folder(&above, name)?;
        self.state.syncer.touch(&above);
        let own = made || (self.resumed && step.action != Action::Keep);
        if own && !made {
            // An earlier attempt may have closed it already.
            let open = Metadata {
                mode: Some(0o700),
                ..Metadata::default()
            };
            set_folder_metadata(&above.enter(name)?, &open);
        }
        Ok(Some(own))
    }
}

fn failed(what: &str, error: &io::Error) -> Outcome {
    Outcome::Failed(format!("{what}: {}", advise(error)))
}

fn damaged(text: &str) -> Outcome {
    Outcome::Failed(format!(
        "its content cannot be read from the repository: restore it from another point, and \
         check the repository ({text})"
    ))
}

//! Writes what is exported into files, on a thread of its own: a slow disk never holds the
//! screen.

use crate::state::effect::{ExportFile, Ticket};
use std::{fs, io, path::Path, path::PathBuf, sync::Arc, thread};

/// Says which folder the files are in, or why they are not.
type Told = dyn Fn(Ticket, Result<String, String>) + Send + Sync;

/// Writes files into one folder.
pub(super) struct Exporter {
    folder: PathBuf,
    told: Arc<Told>,
}

impl Exporter {
    pub(super) fn new(
        folder: PathBuf,
        told: impl Fn(Ticket, Result<String, String>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            folder,
            told: Arc::new(told),
        }
    }

    /// Writes them; never waits.
    pub(super) fn write(&self, ticket: Ticket, files: Vec<ExportFile>) {
        let (folder, told) = (self.folder.clone(), Arc::clone(&self.told));
        let writing = thread::Builder::new().name("export".to_owned());
        let started = writing.spawn(move || {
            let done = write(&folder, &files);
            let place = folder.display();
            told(
                ticket,
                done.map(|()| place.to_string())
                    .map_err(|error| format!("{place}: {error}")),
            );
        });
        if let Err(error) = started {
            (self.told)(ticket, Err(error.to_string()));
        }
    }
}

/// What stands under these names is replaced whole.
fn write(folder: &Path, files: &[ExportFile]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for file in files {
        let path = folder.join(&file.name);
        let part = path.with_extension("part");
        fs::write(&part, &file.text)?;
        fs::rename(&part, &path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn files_stand_where_it_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("handovers");
        let (send, told) = mpsc::channel();
        let exporter = Exporter::new(folder.clone(), move |ticket, done| {
            send.send((ticket, done)).unwrap();
        });
        let file = |name: &str| ExportFile {
            name: name.to_owned(),
            text: format!("in {name}"),
        };
        exporter.write(Ticket(7), vec![file("a.md"), file("a.json")]);
        let (ticket, done) = told.recv().unwrap();
        assert_eq!(
            (ticket, done),
            (Ticket(7), Ok(folder.display().to_string()))
        );
        assert_eq!(
            fs::read_to_string(folder.join("a.json")).unwrap(),
            "in a.json"
        );
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        // A file stands where the folder should be.
        let exporter = Exporter::new(folder.join("a.md"), |_, _| {});
        assert!(write(&exporter.folder, &[file("b.md")]).is_err());
    }
}

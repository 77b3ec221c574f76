//! The thread that notices a change of the configuration: it looks at the files twice a second
//! and reads them anew. Looking works on any file system, and also where an editor puts a new file
//! in the place of the old one.

use crate::config::load::{Configured, Loader};
use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    thread,
    time::{Duration, SystemTime},
};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_millis(500);
/// How long a file must stay as it is: an editor may still be writing.
const STILL: Duration = Duration::from_millis(50);

/// What shows that a file is another one: when it was written, its length, its inode.
type Stamp = Option<(SystemTime, u64, u64)>;

/// Starts the thread. It ends when nobody listens any more.
///
/// # Errors
/// When there can be no thread.
pub(super) fn watch(
    mut loader: Loader,
    tell: impl Fn(Configured) -> bool + Send + 'static,
) -> io::Result<()> {
    thread::Builder::new()
        .name("configuration".to_owned())
        .spawn(move || {
            let mut seen = stamps(&loader);
            loop {
                thread::sleep(PERIOD);
                if stamps(&loader) == seen {
                    continue;
                }
                settle(&loader);
                // Stamps from before the reading: what changes meanwhile is seen next time.
                let before = stamps(&loader);
                let configured = loader.load();
                // What is inherited now may be other files.
                seen = stamps(&loader);
                for (path, stamp) in before {
                    if let Some(now) = seen.get_mut(&path) {
                        *now = stamp;
                    }
                }
                if !tell(configured) {
                    return;
                }
            }
        })?;
    Ok(())
}

/// Waits until nobody writes.
fn settle(loader: &Loader) {
    let mut last = stamps(loader);
    loop {
        thread::sleep(STILL);
        let now = stamps(loader);
        if now == last {
            return;
        }
        last = now;
    }
}

fn stamps(loader: &Loader) -> BTreeMap<PathBuf, Stamp> {
    let stamp = |path: &PathBuf| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
    };
    let files = loader.files().iter();
    files.map(|path| (path.clone(), stamp(path))).collect()
}

//! The thread that notices a change of the configuration: it looks at the files twice a second
//! and reads them anew. Looking works on any file system, and also where an editor puts a new file
//! in the place of the old one.

use crate::config::load::{Configured, Loader};
use std::{io, thread, time::Duration};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_millis(500);
/// How long a file must stay as it is: an editor may still be writing.
const STILL: Duration = Duration::from_millis(50);

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
            // Against what it was like before it was read: also what changed before this thread
            // came to run is noticed.
            loop {
                thread::sleep(PERIOD);
                if loader.files().looked_at() == *loader.files() {
                    continue;
                }
                settle(&loader);
                if !tell(loader.load()) {
                    return;
                }
            }
        })?;
    Ok(())
}

/// Waits until nobody writes.
fn settle(loader: &Loader) {
    let mut last = loader.files().looked_at();
    loop {
        thread::sleep(STILL);
        let now = loader.files().looked_at();
        if now == last {
            return;
        }
        last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{load::Wanted, theme::Colours};
    use std::{fs, sync::mpsc};

    #[test]
    fn what_changed_before_the_thread_runs_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let mut loader = Loader::new(Wanted {
            folder: folder.path().to_owned(),
            theme: None,
            keymap: None,
            colours: Colours::True,
            ascii: false,
        });
        assert_eq!(loader.load().config.theme, "dark");
        fs::write(folder.path().join("config.toml"), "theme = \"light\"\n").unwrap();
        let (tell, told) = mpsc::channel();
        watch(loader, move |now| tell.send(now.config.theme).is_ok()).unwrap();
        let theme = told.recv_timeout(Duration::from_secs(30)).unwrap();
        assert_eq!(theme, "light");
    }
}

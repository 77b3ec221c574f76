//! The log and the report of a panic, in the state folder: the screen is not a place for them.

use super::{plain::PlainLines, terminal};
use std::{
    fs::{DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    panic,
    path::{Path, PathBuf},
    thread,
};
use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::EnvFilter;

/// What is logged unless `OCDECK_LOG` says otherwise.
const LEVELS: &str = "info";
/// Days that are kept.
const DAYS: usize = 14;

/// Keeps the log's thread; dropping it writes what waits.
#[derive(Debug)]
pub struct Log {
    folder: PathBuf,
    trouble: Option<String>,
    _guard: Option<WorkerGuard>,
}

impl Log {
    /// The folder of the log.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why there is no log, in words.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}

/// Opens the log of this day in `folder`, readable for its owner only. A log that cannot be
/// written is no reason not to start: the first line on the screen matters more.
pub fn start(folder: &Path) -> Log {
    let opened = open(folder);
    let trouble = opened.as_ref().err();
    Log {
        folder: folder.to_owned(),
        trouble: trouble.map(|why| {
            let folder = folder.display();
            format!("there is no log, because {folder} cannot be written ({why})")
        }),
        _guard: opened.ok(),
    }
}

fn open(folder: &Path) -> io::Result<WorkerGuard> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("ocdeck")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(folder)
        .map_err(io::Error::other)?;
    let (writer, guard) = tracing_appender::non_blocking(appender);
    let filter = EnvFilter::try_from_env("OCDECK_LOG").unwrap_or_else(|_| EnvFilter::new(LEVELS));
    // A second log in one process (tests) keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_writer(PlainLines(writer))
        .with_ansi(false)
        .with_env_filter(filter)
        .try_init();
    Ok(guard)
}

/// From now on a panic is written to `panic.log` in `folder`. One of the calling thread, which
/// draws the screen, gives the terminal back first and says where the report stands; one of
/// another thread costs only what that thread did.
pub fn catch_panics(folder: &Path) {
    let screen = thread::current().id();
    let report = folder.join("panic.log");
    panic::set_hook(Box::new(move |info| {
        let place = info
            .location()
            .map_or_else(String::new, ToString::to_string);
        let what = info.payload_as_str().unwrap_or("no message");
        let thread = thread::current();
        let name = thread.name().unwrap_or("unnamed");
        tracing::error!(thread = name, place, "panic: {what}");
        let backtrace = std::backtrace::Backtrace::force_capture();
        let written = append(
            &report,
            &format!(
                "ocdeck {} panicked in thread {name} at {place}: {what}\n{backtrace}\n",
                env!("CARGO_PKG_VERSION")
            ),
        );
        if thread.id() != screen {
            return;
        }
        terminal::restore();
        // Standard error may be closed: then nobody reads it.
        let mut stderr = io::stderr();
        let _ = writeln!(
            stderr,
            "ocdeck ended by a mistake of its own: {what} ({place})."
        );
        let _ = match written {
            Ok(()) => writeln!(
                stderr,
                "Nothing that the screen called done is lost. The report is in {}",
                report.display()
            ),
            Err(error) => writeln!(stderr, "The report could not be written: {error}"),
        };
    }));
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let now = chrono::Utc::now().to_rfc3339();
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?
        .write_all(format!("{now} {text}").as_bytes())
}

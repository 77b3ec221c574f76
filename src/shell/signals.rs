//! Signals: the polite end, and stop and continue as the shell's job control has them.

use rustix::process::{Signal, getpid, kill_process};
use std::io;
use tokio::signal::unix::{SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// End; the number of the signal.
    End(i32),
    /// Stop until continued.
    Stop,
    /// Continued, perhaps after a stop that nobody asked us about.
    Continued,
}

/// Listens. Must be called inside a tokio runtime.
pub fn listen(tell: impl Fn(Asked) + Clone + Send + 'static) -> io::Result<()> {
    let kinds = [
        (SignalKind::terminate(), None),
        (SignalKind::hangup(), None),
        (SignalKind::interrupt(), None),
        (SignalKind::quit(), None),
        (
            SignalKind::from_raw(Signal::TSTP.as_raw()),
            Some(Asked::Stop),
        ),
        (
            SignalKind::from_raw(Signal::CONT.as_raw()),
            Some(Asked::Continued),
        ),
    ];
    for (kind, asked) in kinds {
        let mut signals = signal(kind)?;
        let tell = tell.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                tell(asked.unwrap_or(Asked::End(kind.as_raw_value())));
            }
        });
    }
    Ok(())
}

/// Stops this process as Ctrl-Z does elsewhere; returns when it is continued. `SIGSTOP`, since
/// our own handler of `SIGTSTP` would only be told again.
pub fn stop() {
    if let Err(error) = kill_process(getpid(), Signal::STOP) {
        tracing::warn!("cannot stop: {error}");
    }
}

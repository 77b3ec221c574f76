//! The terminal, taken over and always given back: at the end, on an error, on a panic, on a
//! signal, and while the program is suspended.

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute,
    style::{Print, ResetColor},
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};
use thiserror::Error;

/// Whether the terminal is ours now; the panic hook has no other way to know.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Clicks and wheel with SGR coordinates, but no motion: over a slow link a moving mouse would
/// be a flood.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";
/// Ends a synchronized update that a dying program left open.
const UPDATE_END: &str = "\x1b[?2026l";

/// Why there is no screen to draw on.
#[derive(Debug, Error)]
pub enum TerminalError {
    /// Standard input or output is a pipe or a file.
    #[error("the console needs a terminal, and {0} is none; for scripts there is `ocdeck status`")]
    NotATerminal(&'static str),
    /// `TERM=dumb`.
    #[error(
        "the console cannot draw on this terminal (TERM={0}); set TERM to what it is, \
         or use `ocdeck status`"
    )]
    Dumb(String),
    /// No `TERM` at all.
    #[error(
        "the console does not know this terminal (TERM is not set); set TERM to what it is, \
         such as xterm-256color, or use `ocdeck status`"
    )]
    Unknown,
    /// The terminal refused.
    #[error("cannot take over the terminal; `ocdeck status` needs none")]
    Take(#[source] io::Error),
}

/// Whether a screen can be drawn here.
pub fn check() -> Result<(), TerminalError> {
    if !io::stdin().is_terminal() {
        return Err(TerminalError::NotATerminal("standard input"));
    }
    if !io::stdout().is_terminal() {
        return Err(TerminalError::NotATerminal("standard output"));
    }
    match std::env::var("TERM").unwrap_or_default().as_str() {
        "" => Err(TerminalError::Unknown),
        term @ ("dumb" | "unknown") => Err(TerminalError::Dumb(term.to_owned())),
        _ => Ok(()),
    }
}

/// Its columns and rows, if it tells them.
pub fn size() -> Option<(u16, u16)> {
    crossterm::terminal::size()
        .ok()
        .filter(|size| *size != (0, 0))
}

/// Holds the terminal; dropping it gives it back.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal over: raw mode, alternate screen, bracketed paste, clicks and wheel.
    pub fn take() -> Result<Self, TerminalError> {
        let guard = Self(());
        take_over().map_err(TerminalError::Take)?;
        Ok(guard)
    }

    /// Gives the terminal back while `body` runs, then takes it over again.
    pub fn released(&self, body: impl FnOnce()) -> Result<(), TerminalError> {
        restore();
        body();
        take_over().map_err(TerminalError::Take)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

fn take_over() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        Print(MOUSE_ON),
        Hide,
    )
}

/// Gives the terminal back, once: later calls do nothing. Errors are passed over, since a
/// terminal that is gone needs nothing.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut stdout = io::stdout();
    let _ = execute!(
        stdout,
        Print(UPDATE_END),
        Print(MOUSE_OFF),
        DisableBracketedPaste,
        ResetColor,
        LeaveAlternateScreen,
        Show,
    );
    let _ = stdout.flush();
    let _ = disable_raw_mode();
}

/// Like [`restore`] for a terminal that takes no more bytes (a frozen link): writing would
/// wait for ever, so only its modes are set back.
pub fn restore_modes() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = disable_raw_mode();
    }
}

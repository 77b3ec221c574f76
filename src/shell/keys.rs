//! The threads that listen to the terminal: one reads events, one notices that it is gone.

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use std::{io, thread};

/// What the terminal did.
#[derive(Debug)]
pub enum TerminalEvent {
    /// A key, the mouse, a paste, a new size.
    Event(crossterm::event::Event),
    /// Nobody can be heard any more: the window or the SSH session was closed.
    Gone(String),
}

/// Starts both threads. They end with the program: neither can be woken from a read.
pub fn listen(tell: impl Fn(TerminalEvent) -> bool + Clone + Send + 'static) -> io::Result<()> {
    let hang_up = tell.clone();
    thread::Builder::new()
        .name("terminal in".to_owned())
        .spawn(move || {
            loop {
                match crossterm::event::read() {
                    Ok(event) => {
                        if !tell(TerminalEvent::Event(event)) {
                            return;
                        }
                    }
                    Err(error) => {
                        tell(TerminalEvent::Gone(error.to_string()));
                        return;
                    }
                }
            }
        })?;
    // crossterm does not report the end of its input, it reads it again and again.
    thread::Builder::new()
        .name("hang-up".to_owned())
        .spawn(move || {
            let stdin = io::stdin();
            // No events are asked for: only a hang-up or an error ends the wait.
            let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
            loop {
                match poll(&mut fds, None) {
                    Err(Errno::INTR) => {}
                    Ok(_) => {
                        hang_up(TerminalEvent::Gone("the terminal was closed".to_owned()));
                        return;
                    }
                    Err(error) => {
                        tracing::warn!("cannot watch the terminal: {error}");
                        return;
                    }
                }
            }
        })?;
    Ok(())
}

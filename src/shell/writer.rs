//! The thread that writes to the terminal: a frozen SSH link stops frames, never the program.
//!
//! At most one frame is on its way. While it is, nothing is drawn, and what changes meanwhile
//! is one frame afterwards: a slow link sees fewer pictures, not older ones.

use std::{
    io::{self, Write},
    sync::mpsc::{self, Sender},
    thread,
};

/// Sends frames, one at a time.
#[derive(Debug)]
pub(super) struct Writer {
    frames: Sender<Vec<u8>>,
    busy: bool,
}

impl Writer {
    /// Starts the thread. `done` is called there after each write.
    pub(super) fn start(done: impl Fn(io::Result<()>) + Send + 'static) -> io::Result<Self> {
        let (frames, inbox) = mpsc::channel::<Vec<u8>>();
        thread::Builder::new()
            .name("terminal out".to_owned())
            .spawn(move || {
                for frame in inbox {
                    // Locked for one frame only, so that the panic hook can write.
                    let mut stdout = io::stdout().lock();
                    let result = stdout.write_all(&frame).and_then(|()| stdout.flush());
                    drop(stdout);
                    done(result);
                }
            })?;
        Ok(Self {
            frames,
            busy: false,
        })
    }

    /// Whether a frame is on its way.
    pub(super) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Sends a frame; only when none is on its way.
    pub(super) fn send(&mut self, frame: Vec<u8>) {
        self.busy = self.frames.send(frame).is_ok();
    }

    /// The frame arrived.
    pub(super) fn done(&mut self) {
        self.busy = false;
    }
}

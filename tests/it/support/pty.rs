//! A real terminal around the built program: keys in, screen out, keys counted.

use super::{DEADLINE, Home, ocdeck};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::{
    io::{Read, Write},
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    closed: bool,
}

/// Frames as a terminal shows them that knows synchronized output: whole or not at all, however
/// the system cuts what was written.
#[derive(Default)]
struct Frames(Vec<u8>);

impl Frames {
    const BEGIN: &[u8] = b"\x1b[?2026h";
    const END: &[u8] = b"\x1b[?2026l";
    /// No frame is as long: something else ended in the middle of one.
    const LONGEST: usize = 256 * 1024;

    /// What can be shown once this came too.
    fn whole(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.0.extend_from_slice(bytes);
        let last = |marker: &[u8]| self.0.windows(marker.len()).rposition(|it| it == marker);
        let cut = match (last(Self::BEGIN), last(Self::END)) {
            _ if self.0.len() > Self::LONGEST => self.0.len(),
            (Some(begin), end) if end.is_none_or(|end| end < begin) => begin,
            _ => {
                let begun = (1..Self::BEGIN.len()).rev();
                let mut begun = begun.filter(|n| self.0.ends_with(&Self::BEGIN[..*n]));
                self.0.len() - begun.next().unwrap_or(0)
            }
        };
        let rest = self.0.split_off(cut);
        std::mem::replace(&mut self.0, rest)
    }

    /// All that came, at the end.
    fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

/// A terminal with a program in it.
pub struct Term {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    /// Keys pressed that typed no text.
    pub commands: usize,
    /// Keys that typed text.
    pub typed: usize,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Term {
    /// The program itself.
    pub fn ocdeck(home: &Home, arguments: &[&str], columns: u16, rows: u16) -> Self {
        let mut command = CommandBuilder::new(ocdeck());
        command.args(arguments);
        Self::spawn(home, command, &[], columns, rows)
    }

    /// A shell that runs this script; `$OCDECK` is the program.
    pub fn shell(home: &Home, script: &str, columns: u16, rows: u16) -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", script]);
        Self::spawn(home, command, &[("OCDECK", ocdeck())], columns, rows)
    }

    pub fn spawn(
        home: &Home,
        mut command: CommandBuilder,
        environment: &[(&str, &str)],
        columns: u16,
        rows: u16,
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        command.env_clear();
        for (name, value) in home.environment() {
            command.env(name, value);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(home.path());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new((
            Mutex::new(Seen {
                parser: vt100::Parser::new(rows, columns, 0),
                bytes: Vec::new(),
                closed: false,
            }),
            Condvar::new(),
        ));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shared = seen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            let mut frames = Frames::default();
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let whole = match read {
                    0 => frames.rest(),
                    read => frames.whole(&buffer[..read]),
                };
                let (seen, changed) = &*shared;
                let mut seen = seen.lock().unwrap();
                seen.parser.process(&whole);
                seen.bytes.extend_from_slice(&buffer[..read]);
                seen.closed = read == 0;
                changed.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self {
            seen,
            writer: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            commands: 0,
            typed: 0,
        }
    }

    /// What stands on the screen.
    pub fn screen(&self) -> String {
        self.seen.0.lock().unwrap().parser.screen().contents()
    }

    /// Everything that was ever written to the terminal.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().bytes.clone()
    }

    /// Whether the alternate screen is shown.
    pub fn alternate(&self) -> bool {
        self.seen
            .0
            .lock()
            .unwrap()
            .parser
            .screen()
            .alternate_screen()
    }

    /// Waits until the screen is as `wanted` says.
    pub fn until(&self, what: &str, mut wanted: impl FnMut(&vt100::Screen) -> bool) {
        let end = Instant::now() + DEADLINE;
        let (seen, changed) = &*self.seen;
        let mut seen = seen.lock().unwrap();
        while !wanted(seen.parser.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !seen.closed,
                "waited in vain for {what}; the screen:\n{}",
                seen.parser.screen().contents()
            );
            seen = changed
                .wait_timeout(seen, left.min(Duration::from_secs(1)))
                .unwrap()
                .0;
        }
    }

    /// Waits until this text stands on the screen.
    pub fn wait(&self, text: &str) {
        self.until(&format!("{text:?}"), |screen| {
            screen.contents().contains(text)
        });
    }

    /// Waits until these words stand on the screen, wherever lines are broken in them.
    pub fn wait_words(&self, text: &str) {
        self.until(&format!("{text:?}"), |screen| {
            let words: Vec<_> = screen
                .contents()
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            words.join(" ").contains(text)
        });
    }

    /// Waits until this text does not stand on the screen.
    pub fn wait_gone(&self, text: &str) {
        self.until(&format!("{text:?} to go"), |screen| {
            !screen.contents().contains(text)
        });
    }

    /// Presses keys, as a keymap writes them: "C-s", "Enter", "Down".
    pub fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.commands += 1;
            self.send(&bytes_of(key));
        }
    }

    /// Types text; every character is a key.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.typed += 1;
            self.send(c.to_string().as_bytes());
        }
    }

    /// Pastes, as a terminal with bracketed paste does.
    pub fn paste(&mut self, text: &str) {
        self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).unwrap();
        self.writer.flush().unwrap();
    }

    /// Changes the window's size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let mut seen = self.seen.0.lock().unwrap();
        seen.parser.screen_mut().set_size(rows, columns);
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// The id of the process in the terminal.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the end of the program; its exit status.
    pub fn exit(&mut self) -> u32 {
        let end = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // What it wrote last is on its way still.
                let (seen, changed) = &*self.seen;
                let mut seen = seen.lock().unwrap();
                while !seen.closed && Instant::now() < end {
                    seen = changed
                        .wait_timeout(seen, Duration::from_millis(50))
                        .unwrap()
                        .0;
                }
                return status.exit_code();
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bytes_of(key: &str) -> Vec<u8> {
    if let Some(rest) = key.strip_prefix("A-") {
        return [b"\x1b".to_vec(), bytes_of(rest)].concat();
    }
    if let Some(letter) = key.strip_prefix("C-") {
        let letter = letter.bytes().next().unwrap();
        return vec![letter & 0x1f];
    }
    match key {
        "Enter" => b"\r".to_vec(),
        "Tab" => b"\t".to_vec(),
        "S-Tab" => b"\x1b[Z".to_vec(),
        "Esc" => b"\x1b".to_vec(),
        "Space" => b" ".to_vec(),
        "Backspace" => b"\x7f".to_vec(),
        "Up" => b"\x1b[A".to_vec(),
        "Down" => b"\x1b[B".to_vec(),
        "Right" => b"\x1b[C".to_vec(),
        "Left" => b"\x1b[D".to_vec(),
        "F1" => b"\x1bOP".to_vec(),
        "F2" => b"\x1bOQ".to_vec(),
        "F3" => b"\x1bOR".to_vec(),
        "F4" => b"\x1bOS".to_vec(),
        "F5" => b"\x1b[15~".to_vec(),
        "F6" => b"\x1b[17~".to_vec(),
        one if one.chars().count() == 1 => one.as_bytes().to_vec(),
        other => panic!("the test knows no key {other:?}"),
    }
}

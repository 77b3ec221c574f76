//! One request in, events out, and an ear for the end of standard input.

use super::protocol::{Event, Level, PROTOCOL, Progress, Request, Task};
use super::{Cancel, Emit};
use crate::backup::{self, BackupError, TOLD};
use crate::restore;
use std::any::Any;
use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two progress events.
const EVERY: Duration = Duration::from_millis(200);
/// From the wish to end to the end, at most: a read from a dead file server never returns.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// A request is a few kilobytes.
const LONGEST_REQUEST: u64 = 4 * 1024 * 1024;

/// Serves one request on standard input and output. Call it from a process that does
/// nothing else: it takes the process's logger, and ends the process when the work does not
/// end in time.
#[must_use]
pub fn run() -> ExitCode {
    let input = std::io::BufReader::new(std::io::stdin());
    match serve(input, std::io::stdout(), || std::process::exit(1)) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Returns whether the work was done. `overdue` is called when it does not end after it
/// was told to.
fn serve(
    mut input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    overdue: impl FnOnce() + Send + 'static,
) -> bool {
    let cancel = Cancel::new();
    let lines = Arc::new(Lines::new(output, cancel.clone()));
    let emit = {
        let lines = Arc::clone(&lines);
        Emit::new(move |event| lines.tell(event))
    };
    let end = match read_request(&mut input) {
        Ok(request) => {
            // A second logger is refused; that happens only in tests.
            let _ = log::set_boxed_logger(Box::new(Logger(emit.clone())))
                .map(|()| log::set_max_level(log::LevelFilter::Warn));
            let (watched, told) = (cancel.clone(), Arc::clone(&lines));
            std::thread::spawn(move || listen(input, &watched, &told, overdue));
            work(&request.task, &cancel, &emit)
        }
        Err(text) => failed(text, false),
    };
    let done = matches!(end, Event::BackupDone(_) | Event::RestoreDone(_));
    lines.last(end);
    done
}

fn read_request(input: &mut impl BufRead) -> Result<Request, String> {
    let mut line = Vec::new();
    std::io::Read::take(&mut *input, LONGEST_REQUEST)
        .read_until(b'\n', &mut line)
        .map_err(|error| format!("the request cannot be read: {error}"))?;
    let value: serde_json::Value = serde_json::from_slice(&line).map_err(|_| {
        "the request is no JSON line; start the worker through the agent".to_owned()
    })?;
    // The version first: what a later one asks for is not known here.
    match value.get("protocol").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(PROTOCOL) => {}
        Some(version) => {
            return Err(format!(
                "the agent speaks worker protocol {version}, this program {PROTOCOL}; restart the agent after the upgrade"
            ));
        }
        None => return Err("the request names no protocol version".to_owned()),
    }
    // Without the error itself, which may quote the secret.
    serde_json::from_value(value)
        .map_err(|_| format!("the request is not as worker protocol {PROTOCOL} has it"))
}

fn work(task: &Task, cancel: &Cancel, emit: &Emit) -> Event {
    let worked = catch_unwind(AssertUnwindSafe(|| match task {
        Task::Backup(spec) => match backup::run(spec, cancel, emit) {
            Ok(outcome) => Event::BackupDone(outcome),
            Err(error) => failed(error.to_string(), matches!(error, BackupError::Cancelled)),
        },
        Task::Restore(spec) => match restore::run(spec, cancel, &mut |event| emit.event(event)) {
            Ok(outcome) => Event::RestoreDone(outcome),
            Err(error) => failed(error.to_string(), cancel.is_cancelled()),
        },
    }));
    worked.unwrap_or_else(|panic| {
        let text = format!("the engine broke: {}; please report it", words(&*panic));
        failed(text, false)
    })
}

fn failed(text: String, cancelled: bool) -> Event {
    Event::Failed { text, cancelled }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it did not say why")
}

/// Waits for the end of the input or the word; then makes sure that there is an end.
fn listen(input: impl BufRead, cancel: &Cancel, lines: &Lines, overdue: impl FnOnce()) {
    for line in input.split(b'\n') {
        if line.is_err() || line.is_ok_and(|line| line.trim_ascii() == br#""cancel""#) {
            break;
        }
    }
    cancel.cancel();
    if lines.ended_within(PATIENCE) {
        return;
    }
    let text = "cancelled; it did not end by itself and was stopped";
    lines.last(failed(text.to_owned(), true));
    overdue();
}

/// Events as JSON lines. Progress comes at most every 200 ms, and the latest is told before
/// the end.
struct Lines {
    state: Mutex<State>,
    cancel: Cancel,
    ended: Cancel,
}

struct State {
    output: Box<dyn Write + Send>,
    last_progress: Option<Instant>,
    pending: Option<Progress>,
}

impl Lines {
    fn new(output: impl Write + Send + 'static, cancel: Cancel) -> Self {
        Self {
            state: Mutex::new(State {
                output: Box::new(output),
                last_progress: None,
                pending: None,
            }),
            cancel,
            ended: Cancel::new(),
        }
    }

    fn tell(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.tell(event).is_err() {
            // Nobody listens any more: the agent is gone.
            drop(state);
            self.cancel.cancel();
        }
    }

    /// The last event; those after it go nowhere.
    fn last(&self, event: Event) {
        self.tell(event);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.output = Box::new(std::io::sink());
        drop(state);
        self.ended.cancel();
    }

    fn ended_within(&self, time: Duration) -> bool {
        self.ended.wait(time)
    }
}

impl State {
    fn tell(&mut self, event: Event) -> std::io::Result<()> {
        match event {
            Event::Progress(progress) => {
                let now = Instant::now();
                if self.last_progress.is_some_and(|last| now - last < EVERY) {
                    self.pending = Some(progress);
                    return Ok(());
                }
                self.last_progress = Some(now);
                self.pending = None;
                self.write(&Event::Progress(progress))
            }
            Event::Log { .. } | Event::Issue(_) | Event::Started => self.write(&event),
            Event::Verifying
            | Event::BackupDone(_)
            | Event::RestoreDone(_)
            | Event::Failed { .. } => {
                if let Some(progress) = self.pending.take() {
                    self.write(&Event::Progress(progress))?;
                }
                self.write(&event)
            }
        }
    }

    fn write(&mut self, event: &Event) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.output.write_all(&line)?;
        self.output.flush()
    }
}

/// What the library only logs, for the session's log.
struct Logger(Emit);

impl log::Log for Logger {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        let text = record.args().to_string();
        if !self.enabled(record.metadata()) || text.contains(TOLD) {
            return;
        }
        let level = match record.level() {
            log::Level::Error => Level::Error,
            _ => Level::Warning,
        };
        self.0.log(level, text);
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests;

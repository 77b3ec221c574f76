//! The loop: one inbox, one order, one writer of the model, at most one frame on its way.
//!
//! The screen thread runs `update` and `draw` and nothing that could wait: links, desk, terminal
//! and signals live on tasks and threads of their own, and their news come in here
//! (ARCHITECTURE.md, directions 2 and 5).

mod effects;
mod export;
mod finder;
mod hooks;
pub mod keep;
pub mod keys;
pub mod log;
mod notify;
mod pace;
pub mod plain;
mod reload;
mod ring;
pub mod screen;
pub mod signals;
pub mod terminal;
mod writer;

pub use effects::DemoLink;

use crate::{
    config::{
        load::{Configured, Loader},
        ring::Ringing,
        theme::Look,
    },
    desk::{self, Clock, Desk, DeskEvent, Place, Setup, Spool, Who},
    fleet::{self, Link},
    input::{Input, Keymap, Resolver},
    state::{
        Env, Model, Start,
        config::{ConfigNews, Remark},
        effect::{Effect, Ticket},
        find::Found,
        model::Chord,
        msg::{DemoMsg, DeskMsg, Msg, Reply},
        update,
    },
    view,
};
use anyhow::{Context, Result};
use effects::Outside;
use export::Exporter;
use finder::Finder;
use keys::TerminalEvent;
use ocdeck_faults::{Point, reached};
use pace::{Pace, Urgency};
use ratatui::layout::Size;
use ring::Ringer;
use screen::{Abilities, Screen};
use signals::Asked;
use std::{
    io,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};
use terminal::Guard;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use uuid::Uuid;
use writer::Writer;

/// How many messages are taken in before the next look at the screen.
const BATCH: usize = 1024;
/// How many messages of the links may wait; a link waits then, not the screen.
const INBOX: usize = 1024;
/// How long the end waits for the desk, and for the last frame.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a console is made of.
pub struct Console {
    /// What the model starts with; size and keys are filled in here.
    pub start: Start,
    /// Which keys mean what.
    pub keymap: Keymap,
    /// How it looks.
    pub look: Look,
    /// What rings, and how.
    pub ring: Ringing,
    /// Reads keymap and look again when their files change.
    pub loader: Loader,
    /// Who dials whom; `None`: there is no fleet yet.
    pub links: Option<(fleet::Me, Vec<Link>)>,
    /// Where the desk stands.
    pub desk: Place,
    /// The folder for what is exported.
    pub exports: PathBuf,
    /// The state folder: what the desk cannot take is kept there.
    pub state: PathBuf,
    /// The demo that this console runs in.
    pub demo: Option<DemoLink>,
}

/// What comes in beside the news of the links.
enum Event {
    Terminal(TerminalEvent),
    Signal(Asked),
    Desk(DeskEvent),
    Found(Found),
    Exported(Ticket, Result<String, String>),
    Configured(Box<Configured>),
    Written(io::Result<()>),
}

/// Runs the console until it ends. Must be polled on the thread that called
/// [`log::catch_panics`]: that one draws.
///
/// # Errors
/// When one's own certificate cannot be used or the terminal cannot be taken over. Nothing
/// was drawn then.
pub async fn run(console: Console) -> Result<ExitCode> {
    let mut app = App::start(console)?;
    let end = app.run().await;
    app.end(end)
}

/// Why the loop ended.
enum End {
    /// A person asked for it.
    Quit,
    /// A signal did.
    Signal(i32),
    /// The terminal is gone.
    Gone(String),
}

struct App {
    model: Model,
    clock: Clock,
    keymap: Keymap,
    resolver: Resolver,
    look: Look,
    outside: Outside,
    events: UnboundedReceiver<Event>,
    news: mpsc::Receiver<Msg>,
    demo: Option<UnboundedReceiver<DemoMsg>>,
    screen: Screen,
    writer: Writer,
    guard: Guard,
    pace: Pace,
    /// What stands where on the screen that was drawn last.
    spots: view::Spots,
    tick_at: Instant,
    end: Option<End>,
}

impl App {
    fn start(console: Console) -> Result<Self> {
        let (events, inbox) = mpsc::unbounded_channel();
        let (links, news) = mpsc::channel(INBOX);
        let clock = Clock::of(&console.desk);
        let fleet = match console.links {
            Some((me, links_to)) => Some(fleet::start_on(links_to, &me, links, clock.clone())?),
            None => None,
        };
        let guard = Guard::take()?;
        // Begins to listen for new sizes, so that none is missed after the first is asked for.
        crossterm::event::poll(Duration::ZERO).context("cannot listen to the terminal")?;
        let size = crossterm::terminal::size().context("cannot ask the terminal for its size")?;
        let mut start = console.start;
        start.size = size;
        start.demo = console.demo.is_some();
        let (demo, demo_news) = console.demo.map(DemoLink::split).unzip();

        let desk = {
            let events = events.clone();
            let place = console.desk;
            let who = Who {
                name: start.me.name.clone(),
            };
            if let Some(unlike) = place.unlike(&who.name) {
                let msg = DeskMsg::Remark(unlike.short());
                // This end of it is held here: it is taken.
                drop(events.send(Event::Desk(DeskEvent::Msg(msg))));
            }
            let setup = Setup {
                spool: Some(Spool::new(&console.state, place.to_string())),
                clock: Some(clock.clone()),
            };
            Desk::start_with(
                setup,
                move || desk::open(&place, &who),
                move |event| drop(events.send(Event::Desk(event))),
            )
            .context("cannot start the desk's thread")?
        };
        let finder = {
            let events = events.clone();
            Finder::start(move |found| drop(events.send(Event::Found(found))))
                .context("cannot start the thread that finds names")?
        };
        let exporter = {
            let events = events.clone();
            Exporter::new(console.exports, move |ticket, done| {
                drop(events.send(Event::Exported(ticket, done)));
            })
        };
        let written = events.clone();
        let writer = Writer::start(move |done| drop(written.send(Event::Written(done))))
            .context("cannot start the terminal's thread")?;
        let signals = events.clone();
        signals::listen(move |asked| drop(signals.send(Event::Signal(asked))))
            .context("cannot listen to signals")?;

        let configured = events.clone();
        reload::watch(console.loader, move |now| {
            configured.send(Event::Configured(Box::new(now))).is_ok()
        })
        .context("cannot watch the configuration")?;

        let abilities = Abilities::of(&std::env::var("TERM").unwrap_or_default());
        let screen = Screen::new(Size::new(size.0, size.1), abilities);
        keys::listen(move |event| events.send(Event::Terminal(event)).is_ok())
            .context("cannot listen to the terminal")?;
        let ringer = Ringer::new(console.ring, |name| std::env::var(name).ok());
        let mut pace = Pace::default();
        pace.want(Urgency::Key);
        Ok(Self {
            model: Model::new(start),
            clock: clock.clone(),
            keymap: console.keymap,
            resolver: Resolver::default(),
            look: console.look,
            outside: Outside::new(fleet, desk, finder, demo, exporter, clock, ringer),
            events: inbox,
            news,
            demo: demo_news,
            screen,
            writer,
            guard,
            pace,
            spots: view::Spots::default(),
            tick_at: Instant::now(),
            end: None,
        })
    }

    async fn run(&mut self) -> End {
        // The frame stands before anything is known.
        self.paint();
        loop {
            self.wait().await;
            self.drain();
            let now = Instant::now();
            if now >= self.tick_at {
                self.update(Msg::Tick, Urgency::Data);
            }
            if let Some(end) = self.end.take() {
                return end;
            }
            self.tick_at = now + pace::until_tick(self.clock.now(), self.clock_runs());
            if self.pace.due(now).is_some_and(|due| due <= now) {
                self.paint();
            }
        }
    }

    /// Seconds are counted on screen only then.
    fn clock_runs(&self) -> bool {
        self.model.wizard_open() || !self.model.due().is_empty() || self.model.is_behind()
    }

    async fn wait(&mut self) {
        let mut until = self.tick_at;
        // While a frame is on its way, its arrival is what is waited for.
        if !self.writer.is_busy()
            && let Some(due) = self.pace.due(Instant::now())
        {
            until = until.min(due);
        }
        tokio::select! {
            // A person first.
            biased;
            Some(event) = self.events.recv() => self.event(event),
            Some(msg) = self.news.recv() => self.update(msg, Urgency::Data),
            Some(msg) = next(&mut self.demo) => self.update(Msg::Demo(msg), Urgency::Data),
            () = tokio::time::sleep_until(until.into()) => {}
        }
    }

    /// Takes in what waits, so that a burst is one frame.
    fn drain(&mut self) {
        for _ in 0..BATCH {
            if let Ok(event) = self.events.try_recv() {
                self.event(event);
            } else if let Ok(msg) = self.news.try_recv() {
                self.update(msg, Urgency::Data);
            } else {
                return;
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Terminal(TerminalEvent::Event(event)) => self.input(event),
            Event::Terminal(TerminalEvent::Gone(why)) => self.end_by(End::Gone(why)),
            Event::Signal(Asked::End(signal)) => self.end_by(End::Signal(signal)),
            Event::Signal(Asked::Stop) => self.suspend(),
            Event::Signal(Asked::Continued) => self.retake(),
            Event::Desk(DeskEvent::Msg(msg)) => self.update(Msg::Desk(msg), Urgency::Key),
            Event::Desk(DeskEvent::Then(effects)) => self.effects(effects),
            Event::Exported(ticket, done) => {
                self.update(Msg::Reply(ticket, Reply::Exported(done)), Urgency::Key);
            }
            Event::Found(found) => self.update(Msg::Found(found), Urgency::Key),
            Event::Configured(now) => self.configured(*now),
            Event::Written(done) => {
                self.writer.done();
                if let Err(error) = done {
                    self.end_by(End::Gone(error.to_string()));
                }
            }
        }
    }

    fn configured(&mut self, now: Configured) {
        for Remark { place, text } in &now.config.mistakes {
            tracing::warn!("{place}: {text}");
        }
        let news = ConfigNews {
            config: now.config,
            keys: now.keymap.labels(),
            changed: now.changed,
        };
        self.keymap = now.keymap;
        self.look = now.look;
        self.outside.ringer.wanted = now.ring;
        self.resolver.forget_chord();
        self.update(Msg::Config(Box::new(news)), Urgency::Key);
    }

    fn input(&mut self, event: crossterm::event::Event) {
        let mode = self.model.mode();
        match self
            .resolver
            .event(&self.keymap, mode, event, Instant::now())
        {
            Input::Msg(msg) => {
                let msg = self.pointed(msg);
                // A chord that came to its end is no longer shown as pending.
                if !matches!(msg, Msg::Chord(_)) && !self.model.chord.keys.is_empty() {
                    self.update(Msg::Chord(Chord::default()), Urgency::Key);
                }
                self.update(msg, Urgency::Key);
            }
            Input::Resized(columns, rows) => {
                // A window made small and large again has lost what stood there, and only
                // its last size is told: also for the same size everything is drawn.
                self.screen.resize(Size::new(columns, rows));
                self.update(Msg::Resized(columns, rows), Urgency::Key);
            }
            Input::Nothing => {}
        }
        reached(Point::ConsoleKey);
    }

    fn update(&mut self, msg: Msg, urgency: Urgency) {
        let env = Env {
            now: self.clock.now(),
            new_id: &Uuid::now_v7,
        };
        let effects = update(&mut self.model, msg, &env);
        self.pace.want(urgency);
        self.effects(effects);
    }

    fn effects(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Redraw => self.redraw(),
                Effect::Suspend => self.suspend(),
                Effect::Quit => self.end = Some(End::Quit),
                other => {
                    if let Some(msg) = self.outside.run(other) {
                        self.update(msg, Urgency::Key);
                    }
                }
            }
        }
    }

    /// Ends because the outside says so: the model may still put what was typed on the desk.
    fn end_by(&mut self, end: End) {
        self.update(Msg::Terminate, Urgency::Key);
        self.end = Some(end);
    }

    fn redraw(&mut self) {
        self.screen.lose();
        self.pace.want(Urgency::Key);
    }

    fn suspend(&mut self) {
        let Self { guard, outside, .. } = self;
        if let Err(error) = guard.released(|| outside.between(signals::stop)) {
            self.end_by(End::Gone(error.to_string()));
        }
        self.taken_over();
    }

    /// After a stop that came without asking, the shell has set the terminal back.
    fn retake(&mut self) {
        if let Err(error) = self.guard.released(|| {}) {
            self.end_by(End::Gone(error.to_string()));
        }
        self.taken_over();
    }

    fn taken_over(&mut self) {
        if let Ok((columns, rows)) = crossterm::terminal::size() {
            self.screen.resize(Size::new(columns, rows));
            self.update(Msg::Resized(columns, rows), Urgency::Key);
        }
        self.redraw();
        self.tick_at = Instant::now();
    }

    /// A click on something that is known to stand there.
    fn pointed(&self, msg: Msg) -> Msg {
        let Msg::Mouse(mouse) = &msg else {
            return msg;
        };
        match self.spots.at(mouse.column, mouse.row) {
            Some(spot) => Msg::Pointed(spot.clone(), mouse.action),
            None => msg,
        }
    }

    fn paint(&mut self) {
        if self.writer.is_busy() {
            return;
        }
        self.model.gather();
        let mut spots = view::Spots::default();
        let frame = self.screen.frame(|buf, area| {
            spots = view::paint(buf, area, &self.model, &self.look);
        });
        self.spots = spots;
        let mut bytes = self.outside.take_terminal_bytes();
        bytes.extend(frame.unwrap_or_default());
        self.pace.painted(Instant::now(), bytes.len());
        if !bytes.is_empty() {
            self.writer.send(bytes);
        }
    }

    fn end(mut self, end: End) -> Result<ExitCode> {
        let left = self.outside.close(PATIENCE);
        let stuck = self.writer.is_busy() && !self.writer_finishes();
        if stuck {
            terminal::restore_modes();
        }
        drop(self.guard);
        if let Some(text) = left {
            eprintln!("ocdeck: {text}");
        }
        Ok(match end {
            End::Quit => ExitCode::SUCCESS,
            // As shells report a process that a signal ended.
            End::Signal(signal) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(1)),
            End::Gone(why) => {
                tracing::info!("the terminal is gone: {why}");
                ExitCode::FAILURE
            }
        })
    }

    /// Waits a little for the frame that is on its way, so that nothing of it lands on the
    /// shell's screen.
    fn writer_finishes(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match self.events.try_recv() {
                Ok(Event::Written(_)) => return true,
                Ok(_) => {}
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
        false
    }
}

/// The demo's next news; never, if there is no demo.
async fn next(news: &mut Option<UnboundedReceiver<DemoMsg>>) -> Option<DemoMsg> {
    match news {
        Some(news) => news.recv().await,
        None => None,
    }
}

/// A link is a file descriptor, and the usual soft limit of 1,024 is no size for a fleet.
pub fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::info!("cannot raise the limit of open files: {error}");
    }
}

//! The loop without a terminal: the same inbox and the same `update` as the console's, and one
//! line an event on standard output. Ends on SIGTERM, SIGINT and SIGHUP with nothing lost.

use super::{
    INBOX, PATIENCE,
    hooks::Hooks,
    notify::Notify,
    signals::{self, Asked},
};
use crate::{
    config::hook::Hook,
    desk::{self, Clock, Desk, DeskEvent, Place, Setup, Who},
    fleet::{self, Fleet, Link},
    state::{
        Env, Model, Start,
        effect::Effect,
        keeper::{Keeper, Rule},
        msg::{DeskMsg, LinkNews, Msg},
        update,
    },
};
use anyhow::{Context, Result};
use ocdeck_domain::{facts::Time, hook::Outcome, ids::HookRunId, journal::Subject, text};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    process::ExitCode,
    thread,
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

/// How often time goes on.
const TICK: Duration = Duration::from_secs(1);

/// What a keeper is made of.
pub struct Keep {
    /// What the model starts with.
    pub start: Start,
    /// Who dials whom.
    pub links: (fleet::Me, Vec<Link>),
    /// Where the desk stands.
    pub desk: Place,
    /// What is run when something happens.
    pub hooks: Vec<Hook>,
    /// On which host.
    pub host: String,
    /// Whether the end of standard input ends it.
    pub stop_on_stdin_eof: bool,
}

enum Event {
    Desk(DeskEvent),
    Signal(Asked),
    EndOfInput,
}

/// Keeps until it is asked to end.
///
/// # Errors
/// When one's own certificate cannot be used, or a thread cannot be started.
pub async fn keep(keep: Keep) -> Result<ExitCode> {
    let mut keeping = Keeping::start(keep)?;
    keeping.run().await;
    keeping.end().await
}

struct Keeping {
    model: Model,
    fleet: Fleet,
    desk: Desk,
    clock: Clock,
    /// What was said last about the desk: that more waits is no news.
    trouble: Option<String>,
    hooks: Hooks,
    events: UnboundedReceiver<Event>,
    news: mpsc::Receiver<Msg>,
    notify: Notify,
    /// What was said last about each link: a dial that fails again is no news.
    links: BTreeMap<String, String>,
    ends: bool,
}

impl Keeping {
    fn start(keep: Keep) -> Result<Self> {
        let (tell, events) = mpsc::unbounded_channel();
        let (inbox, news) = mpsc::channel(INBOX);
        let (me, links) = keep.links;
        let clock = Clock::of(&keep.desk);
        let fleet = fleet::start_on(links, &me, inbox, clock.clone())?;
        let (place, events_of_desk) = (keep.desk, tell.clone());
        let who = Who {
            name: keep.start.me.name.clone(),
        };
        // No spool: links tell their facts again, and what is written of them has derived ids.
        let setup = Setup {
            spool: None,
            clock: Some(clock.clone()),
        };
        let desk = Desk::start_with(
            setup,
            move || desk::open(&place, &who),
            move |event| drop(events_of_desk.send(Event::Desk(event))),
        )
        .context("cannot start the desk's thread")?;
        if keep.stop_on_stdin_eof {
            let tell = tell.clone();
            thread::Builder::new()
                .name("standard input".to_owned())
                .spawn(move || {
                    // Whatever ends it: nobody is there any more.
                    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
                    let _ = tell.send(Event::EndOfInput);
                })
                .context("cannot listen to standard input")?;
        }
        signals::listen(move |asked| drop(tell.send(Event::Signal(asked))))
            .context("cannot listen to signals")?;
        let rules = keep.hooks.iter().map(|hook| Rule {
            hook: hook.name.clone(),
            on: hook.on.clone(),
        });
        let keeper = Keeper::new(rules.collect(), Uuid::new_v4(), keep.host);
        let mut keeping = Self {
            model: Model::new(keep.start),
            fleet,
            desk,
            clock,
            trouble: None,
            hooks: Hooks::new(keep.hooks),
            events,
            news,
            notify: Notify::find(),
            links: BTreeMap::new(),
            ends: false,
        };
        keeping.update(Msg::Keeping(Box::new(keeper)));
        Ok(keeping)
    }

    async fn run(&mut self) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while !self.ends {
            tokio::select! {
                Some(event) = self.events.recv() => self.event(event),
                Some(msg) = self.news.recv() => self.update(msg),
                (run, outcome) = self.hooks.next() => self.hook_ended(run, outcome),
                _ = ticks.tick() => {
                    self.notify.alive();
                    self.update(Msg::Tick);
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Desk(DeskEvent::Msg(msg)) => {
                let loaded = matches!(msg, DeskMsg::Loaded { .. });
                self.update(Msg::Desk(msg));
                if loaded {
                    self.say("the desk is read");
                    self.notify.ready();
                    self.tell_status();
                }
            }
            Event::Desk(DeskEvent::Then(effects)) => self.effects(effects),
            Event::Signal(Asked::End(_)) | Event::EndOfInput => self.ends = true,
            Event::Signal(Asked::Stop) => signals::stop(),
            Event::Signal(Asked::Continued) => {}
        }
    }

    fn hook_ended(&mut self, run: HookRunId, outcome: Outcome) {
        self.update(Msg::HookEnded(run, outcome));
    }

    fn update(&mut self, msg: Msg) {
        self.say_before(&msg);
        let records = match &msg {
            Msg::Desk(DeskMsg::Appended(records) | DeskMsg::Opened { records, .. }) => {
                records.clone()
            }
            _ => Vec::new(),
        };
        let env = Env {
            now: self.clock.now(),
            new_id: &Uuid::now_v7,
        };
        let effects = update(&mut self.model, msg, &env);
        for record in records {
            if matches!(record.record.subject, Subject::Revision(_)) {
                continue; // Said by the record of the directory itself.
            }
            let line = self.model.record_line(&record);
            self.say(&line);
        }
        self.effects(effects);
    }

    fn effects(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Desk(command) => {
                    if !self.desk.send(command) {
                        // Only a panic ends the desk's thread: a service manager begins anew.
                        tracing::error!("the desk's thread is gone");
                        self.ends = true;
                    }
                }
                Effect::Heartbeat(appliance, seconds) => self.fleet.heartbeat(&appliance, seconds),
                Effect::Links(links) => self.follow(links),
                Effect::Redial(appliance) => self.fleet.redial(&appliance),
                Effect::Hook(call) => {
                    self.say(&format!("hook {} runs: {}", call.hook, call.event));
                    self.hooks.run(call);
                }
                Effect::Quit => self.ends = true,
                // Nobody is here who asks, sees, hears or types.
                Effect::Call(..)
                | Effect::Forget(_)
                | Effect::Copy(..)
                | Effect::Ring(_)
                | Effect::Find(_)
                | Effect::Demo(_)
                | Effect::Export(..)
                | Effect::Redraw
                | Effect::Suspend => {}
            }
        }
    }

    /// The directory names other appliances.
    fn follow(&mut self, links: Vec<Link>) {
        let kept: BTreeSet<&str> = links.iter().map(|link| link.appliance.as_str()).collect();
        let left = self.links.keys().filter(|id| !kept.contains(id.as_str()));
        let left: Vec<String> = left.cloned().collect();
        self.fleet.follow(links);
        for appliance in left {
            self.links.remove(&appliance);
            self.say(&format!(
                "{appliance} is hung up: the directory does not name it any more"
            ));
        }
        self.tell_status();
    }

    /// Links and the desk's troubles, in words.
    fn say_before(&mut self, msg: &Msg) {
        match msg {
            Msg::Fleet(news) => {
                for news in news {
                    if self.model.fleet.get(&news.appliance).is_none() {
                        continue; // It was told before the directory changed.
                    }
                    let state = match &news.news {
                        LinkNews::Live { .. } => "up".to_owned(),
                        LinkNews::Silent => "silent".to_owned(),
                        LinkNews::Down { why, .. } => format!("down: {why}"),
                        _ => continue,
                    };
                    self.say_link(news.appliance.to_string(), state);
                }
            }
            Msg::Desk(DeskMsg::Failed { text, .. }) => self.say_trouble(text),
            Msg::Desk(DeskMsg::Recovered) => {
                self.trouble = None;
                self.say("the desk is written again, nothing was lost");
                self.tell_status();
            }
            _ => {}
        }
    }

    fn say_trouble(&mut self, text: &str) {
        if self.trouble.as_deref() == Some(text) {
            return;
        }
        self.trouble = Some(text.to_owned());
        let line = format!("the desk cannot be written: {text}");
        self.say(&line);
        self.notify.status(&line);
    }

    fn say_link(&mut self, appliance: String, state: String) {
        let line = format!("{appliance} is {state}");
        if self.links.get(&appliance) != Some(&state) {
            self.links.insert(appliance, state);
            self.say(&line);
            self.tell_status();
        }
    }

    fn tell_status(&self) {
        let up = self.links.values().filter(|state| *state == "up").count();
        let open = self.model.book.incidents.open().count();
        self.notify
            .status(&format!("{up} appliances up, {open} incidents open"));
    }

    fn say(&self, line: &str) {
        let line = text::clean(line);
        tracing::info!("{line}");
        let at: Time = self.clock.now();
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        // Nobody need listen.
        let _ = writeln!(io::stdout(), "{at} {line}");
    }

    async fn end(self) -> Result<ExitCode> {
        self.say("stopping");
        self.notify.stopping();
        let Self {
            mut model,
            fleet,
            desk,
            hooks,
            clock,
            ..
        } = self;
        drop(fleet);
        let env = Env {
            now: clock.now(),
            new_id: &Uuid::now_v7,
        };
        let mut effects = update(&mut model, Msg::Terminate, &env);
        for (run, outcome) in hooks.close(PATIENCE).await {
            effects.extend(update(&mut model, Msg::HookEnded(run, outcome), &env));
        }
        for effect in effects {
            if let Effect::Desk(command) = effect {
                desk.send(command);
            }
        }
        match desk.close(PATIENCE).waiting {
            0 => Ok(ExitCode::SUCCESS),
            left => {
                // Links tell their facts again, and ids are derived: the next keeper writes them.
                tracing::warn!("{left} records were not written");
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

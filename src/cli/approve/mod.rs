//! `ocdeck approve` and `ocdeck reject`: the word of a duty manager who has a line and no console.
//! What awaits approval is asked of the appliances, shown, confirmed by hand, and answered with
//! the digest of the plan that was shown, as a console does it.

mod asked;

use super::console::{tell, who};
use crate::{
    config::fleet::FleetFile,
    fleet::{self, Fleet},
    state::{
        effect::{Call, Intent, Ticket, Verdict},
        model::Me,
        msg::{CallError, CallErrorKind, Msg, Reply},
    },
};
use anyhow::{Context as _, Result};
use asked::{Asked, Known};
use clap::Args;
use ocdeck_domain::{facts::RestorePoint, text};
use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, Receiver},
    time::{Instant, timeout_at},
};

/// How long appliances may take to tell what they have.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long the word may be on its way: the call has a deadline of its own, which is shorter.
const WORD: Duration = Duration::from_secs(60);
/// How long the points of a system may take: they are asked for a time in words, no more.
const POINTS: Duration = Duration::from_secs(5);

/// Nothing awaits, or the word was given.
const DONE: u8 = 0;
/// Something awaits; or nothing was decided.
const OPEN: u8 = 1;
/// An appliance is down or did not answer.
const DOWN: u8 = 3;

/// Let a restore begin that awaits approval; without a number, list what awaits it.
///
/// A restore that goes beyond what one person may do alone awaits the word of a duty manager
/// who did not dispatch it. What it replaces is shown, and the name of its system typed:
/// --system types it for a script. The word goes out under the certificate of `[me]` and names
/// the plan that was shown: a restore that was planned anew meanwhile is refused.
///
/// The exit code of the list is 0 when nothing awaits, 1 when something does; else 0 when it was
/// approved, 1 when it was not; 2 when arguments or configuration are wrong, 3 when an
/// appliance is down or does not answer.
#[derive(Clone, Debug, Args)]
pub struct ApproveArgs {
    /// The number of the request: R-0118.
    reference: Option<String>,
    /// The name of the system, as it would be typed: nothing is asked then.
    #[arg(long, value_name = "NAME", requires = "reference")]
    system: Option<String>,
    #[command(flatten)]
    which: Which,
    /// Print the list as JSON.
    #[arg(long, conflicts_with = "reference")]
    json: bool,
}

/// Say no to a restore that awaits approval, with a reason.
///
/// Nothing is written, and who dispatched it reads the reason at once. Exit codes as of
/// approve.
#[derive(Clone, Debug, Args)]
pub struct RejectArgs {
    /// The number of the request: R-0118.
    reference: String,
    /// Why; without it, it is asked for.
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
    #[command(flatten)]
    which: Which,
}

// Which of several, and of which plan. No words of its own in the help of a command.
#[derive(Clone, Debug, Args)]
struct Which {
    /// The appliance, where two have a restore of that number.
    #[arg(long, value_name = "ID", requires = "reference")]
    appliance: Option<String>,
    /// The plan, as it was shown: the digest or its first eight characters or more.
    #[arg(long, value_name = "DIGEST", requires = "reference")]
    plan: Option<String>,
}

/// Why nothing was decided, and the exit code.
struct Refused(String, u8);

impl Refused {
    fn open(text: impl Into<String>) -> Self {
        Self(text.into(), OPEN)
    }
}

/// `ocdeck approve`: what to print, and the exit code.
///
/// # Errors
/// When one's own certificate cannot be used.
pub async fn approve(file: FleetFile, args: ApproveArgs) -> Result<(String, u8)> {
    let mut line = Line::dial(file).await?;
    let Some(reference) = &args.reference else {
        return line.list(args.json);
    };
    let done = async {
        let asked = line.find(reference, &args.which)?;
        line.may_decide(&asked)?;
        let name = asked.system.clone();
        match &args.system {
            Some(typed) => named(typed, &name)?,
            None => {
                line.show(&asked).await?;
                let question = format!("Type the name of the system, {name}, and it begins: ");
                named(&answer(&question, "--system NAME")?, &name)?;
            }
        }
        line.decide(&asked, true, String::new()).await
    };
    Ok(settled(done.await))
}

/// `ocdeck reject`: what to print, and the exit code.
///
/// # Errors
/// When one's own certificate cannot be used.
pub async fn reject(file: FleetFile, args: RejectArgs) -> Result<(String, u8)> {
    let mut line = Line::dial(file).await?;
    let done = async {
        let asked = line.find(&args.reference, &args.which)?;
        line.may_decide(&asked)?;
        let reason = match &args.reason {
            Some(reason) => reason.clone(),
            None => {
                line.show(&asked).await?;
                let question = format!("Why? {} reads it at once: ", asked.told.actor);
                answer(&question, "--reason WORDS")?
            }
        };
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(Refused::open("it needs words: nothing was decided"));
        }
        line.decide(&asked, false, reason).await
    };
    Ok(settled(done.await))
}

fn settled(done: Result<String, Refused>) -> (String, u8) {
    match done {
        Ok(text) => (text, DONE),
        Err(Refused(text, code)) => {
            tell(&[text]);
            (String::new(), code)
        }
    }
}

fn named(typed: &str, name: &str) -> Result<(), Refused> {
    match typed.trim() == name {
        true => Ok(()),
        false => Err(Refused::open(format!(
            "that is not its name, {name}: nothing is approved"
        ))),
    }
}

/// Asks on the terminal; who has none says it by `flag`.
fn answer(question: &str, flag: &str) -> Result<String, Refused> {
    if !io::stdin().is_terminal() {
        return Err(Refused::open(format!(
            "there is no terminal to ask on: {flag} says it; nothing was decided"
        )));
    }
    let mut typed = String::new();
    let asked = write!(io::stderr(), "{question}").and_then(|()| io::stderr().flush());
    match asked.and_then(|()| io::stdin().lock().read_line(&mut typed)) {
        Ok(_) => Ok(typed),
        Err(error) => Err(Refused::open(format!(
            "nothing could be asked: {error}; nothing was decided"
        ))),
    }
}

/// The lines to the appliances, and what they have told.
struct Line {
    me: Me,
    links: Fleet,
    news: Receiver<Msg>,
    known: Known,
    tickets: u64,
}

impl Line {
    /// Dials all appliances and waits until each has told what it has, or is down.
    async fn dial(file: FleetFile) -> Result<Self> {
        let (me, worries) = who(&file.me)?;
        tell(&worries);
        let FleetFile {
            me: files,
            links,
            directory,
        } = file;
        let known = Known::new(directory, links.iter().map(|link| &link.appliance));
        let (inbox, news) = mpsc::channel(256);
        let mut line = Self {
            me,
            links: fleet::start(links, &files, inbox)?,
            news,
            known,
            tickets: 0,
        };
        let end = Instant::now() + PATIENCE;
        while line.known.is_waiting() {
            match timeout_at(end, line.news.recv()).await {
                Ok(Some(Msg::Fleet(batch))) => line.known.take(batch),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        Ok(line)
    }

    /// What awaits approval, and which appliances did not say.
    fn list(&self, json: bool) -> Result<(String, u8)> {
        let awaiting = self.known.awaiting();
        let code = match (self.known.silent().is_empty(), awaiting.is_empty()) {
            (false, _) => DOWN,
            (true, false) => OPEN,
            (true, true) => DONE,
        };
        if json {
            let text = self.known.json(&awaiting).context("JSON of the list")?;
            return Ok((text + "\n", code));
        }
        let mut text: Vec<String> = awaiting.iter().map(|it| it.row(self.me.zone)).collect();
        if awaiting.is_empty() {
            text.push("nothing awaits approval".to_owned());
        }
        for (appliance, why) in self.known.silent() {
            text.push(format!("✖ {appliance}: {why}"));
        }
        Ok((text.join("\n") + "\n", code))
    }

    /// The one that is meant.
    fn find(&self, reference: &str, which: &Which) -> Result<Asked, Refused> {
        let mut found = self.known.awaiting();
        found.retain(|it| it.is_called(reference));
        if let Some(appliance) = &which.appliance {
            found.retain(|it| it.appliance.as_str() == appliance);
        }
        let asked = match found.as_slice() {
            [asked] => asked.clone(),
            [] => return Err(self.none(reference)),
            several => {
                let names: Vec<&str> = several.iter().map(|it| it.appliance.as_str()).collect();
                let names = names.join(" or ");
                return Err(Refused::open(format!(
                    "{reference} awaits approval on several appliances: say --appliance {names}"
                )));
            }
        };
        match &which.plan {
            Some(plan) if !asked.is_of_plan(plan) => Err(Refused::open(format!(
                "{} is of another plan, {}: look at it again",
                asked.told.reference,
                asked.plan()
            ))),
            _ => Ok(asked),
        }
    }

    fn none(&self, reference: &str) -> Refused {
        let reference = text::clean(reference);
        let silent = self.known.silent();
        match silent.first() {
            None => Refused::open(format!("no {reference} awaits approval")),
            Some((appliance, why)) => Refused(
                format!("no {reference} awaits approval as far as is known; {appliance}: {why}"),
                DOWN,
            ),
        }
    }

    /// The appliance judges; who cannot decide is told before a word is typed.
    fn may_decide(&self, asked: &Asked) -> Result<(), Refused> {
        if self.me.role != "duty_manager" {
            return Err(Refused::open(format!(
                "another person approves: a duty manager; this is the certificate of {}, {}",
                self.me.name, self.me.role
            )));
        }
        let named = asked.approval.asked_by.contains(&self.me.name);
        match named || asked.told.actor == self.me.name {
            true => Err(Refused::open("another person approves: you asked for it")),
            false => Ok(()),
        }
    }

    /// Prints what it does, with the time of its point if that is told in time.
    async fn show(&mut self, asked: &Asked) -> Result<(), Refused> {
        let call = Call::Points(asked.told.order.system.clone());
        let points = self.ask(asked, call, POINTS, |reply| match reply {
            Reply::Points(points) => Some(points),
            _ => None,
        });
        let points: Vec<RestorePoint> = points.await.and_then(Result::ok).unwrap_or_default();
        let point = points.iter().find(|it| it.id == asked.told.order.point);
        super::print(&asked.page(point, self.me.zone))
            .map_err(|error| Refused::open(format!("{error:#}: nothing was decided")))
    }

    /// Sends the word and waits for what the appliance says to it.
    async fn decide(
        &mut self,
        asked: &Asked,
        approved: bool,
        reason: String,
    ) -> Result<String, Refused> {
        let (told, appliance) = (&asked.told, &asked.appliance);
        let reference = told.reference.clone();
        let verdict = Verdict {
            request: told.request,
            attempt: told.attempt,
            digest: asked.digest().to_vec(),
            approved,
            intent: Intent {
                reason,
                reference: reference.clone(),
            },
        };
        let call = Call::Decide(Box::new(verdict));
        let answer = self.ask(asked, call, WORD, |reply| match reply {
            Reply::Decided(answer) => Some(answer),
            _ => None,
        });
        match answer.await {
            Some(Ok(_)) if approved => {
                Ok(format!("{reference} approved: it begins on {appliance}\n"))
            }
            Some(Ok(_)) => Ok(format!("{reference} rejected: nothing is written\n")),
            Some(Err(CallError {
                kind: CallErrorKind::Refused,
                text,
                ..
            })) => Err(Refused::open(format!(
                "{reference}: {appliance} refused: {}",
                text::clean(&text)
            ))),
            other => {
                let why = match other {
                    Some(Err(error)) => text::clean(&error.text).into_owned(),
                    _ => "no answer".to_owned(),
                };
                let text = format!(
                    "{reference}: it is not known whether {appliance} heard it: {why}; \
                     `ocdeck approve` lists what still awaits"
                );
                Err(Refused(text, DOWN))
            }
        }
    }

    /// Calls the appliance of what was asked; `None`: no answer in time.
    async fn ask<T>(
        &mut self,
        asked: &Asked,
        call: Call,
        patience: Duration,
        take: impl Fn(Reply) -> Option<T>,
    ) -> Option<T> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.links.call(ticket, &asked.appliance, call);
        let end = Instant::now() + patience;
        while let Ok(Some(msg)) = timeout_at(end, self.news.recv()).await {
            if let Msg::Reply(of, reply) = msg
                && of == ticket
                && let Some(taken) = take(reply)
            {
                return Some(taken);
            }
        }
        None
    }
}

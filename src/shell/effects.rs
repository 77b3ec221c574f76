//! Runs what `update` wants done outside the model. Nothing here waits.

use super::{export::Exporter, finder::Finder, ring::Ringer};
use crate::{
    desk::{Clock, Desk, Left},
    fleet::{Fleet, Link},
    state::{
        effect::{DemoCommand, DeskCommand, Effect},
        msg::{DemoMsg, DeskMsg, FleetMsg, LinkNews, Msg, Reply},
    },
};
use crossterm::{clipboard::CopyToClipboard, queue};
use ocdeck_domain::facts::Time;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// How long a stop (Ctrl-Z) waits for what is being written to the desk.
const STOPPING: Duration = Duration::from_secs(2);

/// The ends of the console on a demo's two lines.
#[derive(Debug)]
pub struct DemoLink {
    /// What the console wants of the demo.
    pub commands: UnboundedSender<DemoCommand>,
    /// What the demo tells.
    pub news: UnboundedReceiver<DemoMsg>,
}

impl DemoLink {
    pub(super) fn split(self) -> (UnboundedSender<DemoCommand>, UnboundedReceiver<DemoMsg>) {
        (self.commands, self.news)
    }
}

/// Everything outside that the console talks to.
pub(super) struct Outside {
    fleet: Option<Fleet>,
    desk: Option<Desk>,
    finder: Finder,
    demo: Option<UnboundedSender<DemoCommand>>,
    exporter: Exporter,
    clock: Clock,
    pub(super) ringer: Ringer,
    /// What goes to the terminal before the next frame: bell and clipboard.
    bytes: Vec<u8>,
}

impl Outside {
    pub(super) fn new(
        fleet: Option<Fleet>,
        desk: Desk,
        finder: Finder,
        demo: Option<UnboundedSender<DemoCommand>>,
        exporter: Exporter,
        clock: Clock,
        ringer: Ringer,
    ) -> Self {
        Self {
            fleet,
            desk: Some(desk),
            finder,
            demo,
            exporter,
            clock,
            ringer,
            bytes: Vec::new(),
        }
    }

    /// Does something while the desk's store is not used.
    pub(super) fn between(&self, what: impl FnOnce()) {
        match &self.desk {
            Some(desk) => desk.between(STOPPING, what),
            None => what(),
        }
    }

    /// Runs an effect. Some are answered at once.
    pub(super) fn run(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Call(ticket, appliance, call) => {
                self.fleet.as_ref()?.call(ticket, &appliance, call);
            }
            Effect::Forget(ticket) => self.fleet.as_ref()?.forget(ticket),
            Effect::Heartbeat(appliance, seconds) => {
                self.fleet.as_ref()?.heartbeat(&appliance, seconds);
            }
            Effect::Links(links) => match &self.fleet {
                Some(fleet) => fleet.follow(links),
                None => return Some(undialled(links, self.clock.now())),
            },
            Effect::Redial(appliance) => self.fleet.as_ref()?.redial(&appliance),
            Effect::Desk(command) => return self.desk(command),
            Effect::Copy(ticket, text) => {
                // Writing to a Vec cannot fail.
                let _ = queue!(self.bytes, CopyToClipboard::to_clipboard_from(text));
                return Some(Msg::Reply(ticket, Reply::Copied));
            }
            Effect::Export(ticket, files) => self.exporter.write(ticket, files),
            Effect::Find(command) => self.finder.send(command),
            Effect::Ring(ring) => {
                let bytes = self.ringer.bytes(&ring, Instant::now());
                self.bytes.extend(bytes);
            }
            Effect::Demo(command) => {
                let sent = self.demo.as_ref().map(|demo| demo.send(command));
                if !matches!(sent, Some(Ok(()))) {
                    let text = "this console runs in no demo".to_owned();
                    return Some(Msg::Demo(DemoMsg::Trouble(text)));
                }
            }
            // A keeper's; no console has one.
            Effect::Hook(_) => {}
            // The loop's own.
            Effect::Redraw | Effect::Suspend | Effect::Quit => {}
        }
        None
    }

    fn desk(&self, command: DeskCommand) -> Option<Msg> {
        let sent = self.desk.as_ref().is_some_and(|desk| desk.send(command));
        // Only a panic ends the desk's thread.
        (!sent).then(|| {
            Msg::Desk(DeskMsg::Failed {
                text: "the desk's thread ended by a mistake of the program; start ocdeck again"
                    .to_owned(),
                since: self.clock.now(),
                waiting: 0,
                unkept: None,
            })
        })
    }

    /// What goes to the terminal before the next frame.
    pub(super) fn take_terminal_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Writes what the desk still holds; what could not be written, in words.
    pub(super) fn close(&mut self, patience: Duration) -> Option<String> {
        self.fleet = None;
        what_is_left(&self.desk.take()?.close(patience))
    }
}

/// Links of a console that has nothing to dial with.
fn undialled(links: Vec<Link>, at: Time) -> Msg {
    let down = |link: Link| FleetMsg {
        appliance: link.appliance,
        at,
        news: LinkNews::Down {
            why: "this console has no certificate to dial with: name a file with [me] by --fleet"
                .to_owned(),
            retry_at: Time::MAX_UTC,
        },
    };
    Msg::Fleet(links.into_iter().map(down).collect())
}

/// What could not be written to the desk, and where it is now.
fn what_is_left(left: &Left) -> Option<String> {
    let things = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let kept = left.waiting.saturating_sub(left.unsent);
    let mut sentences = Vec::new();
    if kept > 0 {
        let what = things(kept, "change");
        sentences.push(match &left.kept {
            Some(path) => format!(
                "{what} could not be written to the desk: kept in {} and written by the next \
                 start",
                path.display()
            ),
            None => format!(
                "{what} could not be written to the desk nor kept in the state folder and {} \
                 lost; the log says why",
                if kept == 1 { "is" } else { "are" }
            ),
        });
    }
    if left.unsent > 0 {
        let (is, it) = if left.unsent == 1 {
            ("was", "it")
        } else {
            ("were", "them")
        };
        sentences.push(format!(
            "{} {is} not sent, because the desk could not take the intent: send {it} again",
            match left.unsent {
                1 => "1 dispatch".to_owned(),
                n => format!("{n} dispatches"),
            }
        ));
    }
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

#[cfg(test)]
mod tests {
    use super::{Left, what_is_left};

    #[test]
    fn what_is_left_is_said_with_its_place() {
        let left = |waiting, unsent, kept: Option<&str>| {
            what_is_left(&Left {
                waiting,
                unsent,
                kept: kept.map(Into::into),
            })
        };
        assert_eq!(left(0, 0, None), None);
        assert_eq!(
            left(3, 1, Some("/state/spool/a.jsonl")).unwrap(),
            "2 changes could not be written to the desk: kept in /state/spool/a.jsonl and \
             written by the next start; 1 dispatch was not sent, because the desk could not take \
             the intent: send it again"
        );
        assert!(left(1, 0, None).unwrap().contains("is lost"));
    }
}

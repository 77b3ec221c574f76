//! One reader of the facts: a snapshot or what was missed, then every change.
//!
//! A reader holds a place in the feed and nothing else, so that a slow one costs no memory:
//! it is given the latest states when it comes for them.

use super::{facts::Shared, feed::weight, lock, scope::Scope};
use ocdeck_domain::facts::Fact;
use std::{sync::Arc, time::Duration, vec};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

/// Bytes in one message: a snapshot's chunk is at most 256 kB.
const MAX_BYTES: usize = 240 * 1024;
/// Between two messages when something lossless happened.
const LOSSLESS_EVERY: Duration = Duration::from_millis(100);
/// Between two messages when only progress happened.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
/// Until a client says otherwise.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// A place in the stream of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The epoch.
    pub epoch: String,
    /// The last revision applied.
    pub revision: u64,
}

/// One message of the stream, as `WatchResponse` in `appliance.proto` explains it.
#[derive(Clone, Debug)]
pub struct Message {
    /// The epoch.
    pub epoch: Arc<str>,
    /// The revision it builds on; 0 in a snapshot.
    pub previous: u64,
    /// The revision it leads to.
    pub revision: u64,
    /// States that were overtaken.
    pub skipped: u64,
    /// What it carries.
    pub body: Body,
}

/// What a message carries.
#[derive(Clone, Debug)]
pub enum Body {
    /// A snapshot begins.
    Begin {
        /// How many entities it holds.
        entities: u64,
    },
    /// A part of it.
    Chunk(Vec<Arc<Fact>>),
    /// It is whole.
    End,
    /// Changes, tombstones among them.
    Delta(Vec<Arc<Fact>>),
    /// A sign of life.
    Heartbeat,
}

/// What to do next.
pub(super) enum Step {
    Send(Message),
    Wait(Instant),
}

/// A snapshot that is being sent.
struct Sending {
    rest: vec::IntoIter<Arc<Fact>>,
    revision: u64,
}

/// A reader of the facts.
pub struct Subscription {
    shared: Arc<Shared>,
    wake: watch::Receiver<u64>,
    scope: Scope,
    epoch: Arc<str>,
    heartbeat: Duration,
    sending: Option<Sending>,
    /// What the client holds.
    sent: u64,
    /// What was looked at for it: not less than `sent`.
    scanned: u64,
    /// `None`: it has been sent nothing yet.
    last: Option<Instant>,
    /// It must begin with a snapshot.
    afresh: bool,
}

impl Subscription {
    pub(super) fn new(shared: Arc<Shared>, scope: Scope, resume: Option<Place>) -> Self {
        let wake = shared.wake.subscribe();
        let epoch: Arc<str> = format!("{}-{}", shared.epoch, scope.fingerprint()).into();
        let place = resume
            .filter(|place| *place.epoch == *epoch && place.revision > 0)
            .map(|place| place.revision)
            .filter(|revision| *revision <= lock(&shared.feed).revision());
        Self {
            shared,
            wake,
            scope,
            epoch,
            heartbeat: HEARTBEAT,
            sending: None,
            sent: place.unwrap_or(0),
            scanned: place.unwrap_or(0),
            last: None,
            afresh: place.is_none(),
        }
    }

    /// Changes how often a heartbeat is sent: 1 to 300 seconds; 0 keeps it.
    pub fn set_heartbeat(&mut self, seconds: u32) {
        if seconds > 0 {
            self.heartbeat = Duration::from_secs(u64::from(seconds.clamp(1, 300)));
        }
    }

    /// The next message. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Message {
        loop {
            // Seen before the feed is looked at, so that no change falls between.
            self.wake.borrow_and_update();
            match self.step(Instant::now()) {
                Step::Send(message) => return message,
                Step::Wait(until) => {
                    tokio::select! {
                        () = sleep_until(until) => {}
                        Ok(()) = self.wake.changed() => {}
                    }
                }
            }
        }
    }

    /// What to do at this moment.
    pub(super) fn step(&mut self, now: Instant) -> Step {
        if self.sending.is_some() {
            return Step::Send(self.go_on(now));
        }
        let shared = Arc::clone(&self.shared);
        let feed = lock(&shared.feed);
        if self.afresh || self.scanned < feed.floor() {
            let facts = feed.snapshot(&self.scope);
            let revision = feed.revision();
            drop(feed);
            return Step::Send(self.begin(facts, revision, now));
        }
        let alive = self.last.map_or(now, |last| last + self.heartbeat);
        let due = match self.last {
            None => now,
            Some(last) if feed.lossless() > self.scanned => last + LOSSLESS_EVERY,
            Some(last) if feed.revision() > self.scanned => last + PROGRESS_EVERY,
            Some(_) => alive,
        };
        if now < due.min(alive) {
            return Step::Wait(due.min(alive));
        }
        let changes = feed.changes(&self.scope, self.scanned, MAX_BYTES);
        drop(feed);
        self.scanned = changes.revision;
        if !changes.facts.is_empty() {
            return Step::Send(self.message(now, changes.skipped, Body::Delta(changes.facts)));
        }
        if now < alive {
            return Step::Wait(alive);
        }
        Step::Send(self.message(now, 0, Body::Heartbeat))
    }

    fn begin(&mut self, facts: Vec<Arc<Fact>>, revision: u64, now: Instant) -> Message {
        let entities = u64::try_from(facts.len()).unwrap_or(u64::MAX);
        self.afresh = false;
        self.sending = Some(Sending {
            rest: facts.into_iter(),
            revision,
        });
        self.part(now, revision, Body::Begin { entities })
    }

    /// The next part of the snapshot that is being sent.
    fn go_on(&mut self, now: Instant) -> Message {
        let mut chunk = Vec::new();
        let mut bytes = 0;
        let mut revision = self.sent;
        if let Some(sending) = &mut self.sending {
            revision = sending.revision;
            while let Some(fact) = sending.rest.as_slice().first() {
                bytes += weight(fact);
                if bytes > MAX_BYTES && !chunk.is_empty() {
                    break;
                }
                chunk.extend(sending.rest.next());
            }
        }
        if !chunk.is_empty() {
            return self.part(now, revision, Body::Chunk(chunk));
        }
        self.sending = None;
        (self.sent, self.scanned) = (revision, revision);
        self.part(now, revision, Body::End)
    }

    fn part(&mut self, now: Instant, revision: u64, body: Body) -> Message {
        self.last = Some(now);
        Message {
            epoch: Arc::clone(&self.epoch),
            previous: 0,
            revision,
            skipped: 0,
            body,
        }
    }

    fn message(&mut self, now: Instant, skipped: u64, body: Body) -> Message {
        self.last = Some(now);
        let previous = std::mem::replace(&mut self.sent, self.scanned);
        Message {
            epoch: Arc::clone(&self.epoch),
            previous,
            revision: self.scanned,
            skipped,
            body,
        }
    }
}

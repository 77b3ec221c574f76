//! The links to the appliances: dial, watch, back off, command.
//!
//! One task a link, so that a dead, slow or hostile appliance costs its own row its
//! freshness and nothing else. Everything learned goes as [`Msg`] into one inbox; nothing
//! here decides what it means. Every function of [`Fleet`] returns at once.

mod backoff;
mod calls;
mod connect;
pub mod convert;
mod lanes;
mod ledger;
mod link;
mod skew;
mod visit;
mod watch;
mod words;

use crate::desk::{Base, Clock};
use crate::state::{
    effect::{Call, Ticket},
    msg::Msg,
};
pub use ocdeck_domain::fleet::Link;
pub use visit::{Visited, visit};

use connect::Dialler;
use lanes::Lanes;
use link::{Handle, LinkTask, Patience};
use ocdeck_domain::ids::ApplianceId;
use ocdeck_trust::{Purpose, TrustError, check_own};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    runtime,
    sync::mpsc,
    task::{AbortHandle, JoinHandle},
};

/// Files that say who dials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The person's certificate.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The CA that appliances are trusted by.
    pub ca: PathBuf,
}

/// Up to so many appliances all are on screen: every one is heard often from the start.
const SMALL_FLEET: usize = 50;
/// Seconds between signs of life of what is on screen.
const HEARTBEAT_SEEN: u32 = 5;
/// Seconds between signs of life of what is not.
const HEARTBEAT_UNSEEN: u32 = 60;
/// TLS sessions kept for each link: a server takes eight.
const SESSIONS_PER_LINK: usize = 8;

/// The links of a console. Dropping the last clone ends them all.
#[derive(Clone)]
pub struct Fleet(Arc<Inner>);

struct Inner {
    links: Mutex<HashMap<ApplianceId, Linked>>,
    new: NewLinks,
    pump: AbortHandle,
    inbox: mpsc::Sender<Msg>,
    /// Calls that nobody may want any more; mutating ones are never among them.
    forgettable: Arc<Mutex<HashMap<Ticket, AbortHandle>>>,
}

/// A link that is kept up.
struct Linked {
    to: Link,
    handle: Handle,
    task: JoinHandle<()>,
}

/// What every new link is made with.
struct NewLinks {
    dialler: Arc<Dialler>,
    lanes: Lanes,
    patience: Patience,
    runtime: runtime::Handle,
}

impl NewLinks {
    /// Begins to dial; in a fleet of so many. A link to the same appliance `before` it has ended when
    /// this one begins, so that nothing it told comes later.
    fn begin(&self, to: Link, among: usize, before: Option<JoinHandle<()>>) -> Linked {
        let heartbeat = match among {
            0..=SMALL_FLEET => HEARTBEAT_SEEN,
            _ => HEARTBEAT_UNSEEN,
        };
        let (dialler, lanes) = (self.dialler.clone(), self.lanes.clone());
        let (link, handle) = LinkTask::new(to.clone(), heartbeat, dialler, lanes, self.patience);
        let task = self.runtime.spawn(async move {
            if let Some(before) = before {
                before.abort();
                // It was told to end: that it did is no news.
                let _ = before.await;
            }
            link.run().await;
        });
        Linked { to, handle, task }
    }
}

/// Begins to dial `links` in the background, and puts news into `inbox` as
/// [`Msg::Fleet`], answers as [`Msg::Reply`].
///
/// Must be called inside a tokio runtime, which the links then run on.
///
/// # Errors
/// When one's own certificate, key or CA cannot be used: no link would ever be live.
pub fn start(links: Vec<Link>, me: &Me, inbox: mpsc::Sender<Msg>) -> Result<Fleet, TrustError> {
    start_on(links, me, inbox, Clock::new(Base::Host))
}

/// As [`start`], on the desk's time base: what comes in is stamped by this clock.
///
/// # Errors
/// As [`start`].
pub fn start_on(
    links: Vec<Link>,
    me: &Me,
    inbox: mpsc::Sender<Msg>,
    clock: Clock,
) -> Result<Fleet, TrustError> {
    start_with(links, me, inbox, Patience::default(), clock)
}

fn start_with(
    links: Vec<Link>,
    me: &Me,
    inbox: mpsc::Sender<Msg>,
    patience: Patience,
    clock: Clock,
) -> Result<Fleet, TrustError> {
    check_own(
        Purpose::Client,
        &me.cert,
        &me.key,
        &me.ca,
        chrono::Utc::now(),
    )?;
    let dialler = Arc::new(Dialler::new(me.clone(), sessions(links.len()), clock)?);
    let lanes = Lanes::default();
    let fleet = Fleet(Arc::new(Inner {
        links: Mutex::default(),
        pump: tokio::spawn(lanes::pump(lanes.clone(), inbox.clone())).abort_handle(),
        new: NewLinks {
            dialler,
            lanes,
            patience,
            runtime: runtime::Handle::current(),
        },
        inbox,
        forgettable: Arc::default(),
    }));
    fleet.follow(links);
    Ok(fleet)
}

/// How many TLS sessions are kept for so many links.
fn sessions(links: usize) -> usize {
    SESSIONS_PER_LINK * links.max(32)
}

impl Fleet {
    /// Makes these the links: what is new is dialled, what is not among them any more is hung up,
    /// what has another address is dialled anew. All others are left alone.
    pub fn follow(&self, links: Vec<Link>) {
        let Inner {
            links: now, new, ..
        } = &*self.0;
        let (dialler, among) = (new.dialler.clone(), links.len());
        new.runtime
            .spawn(async move { dialler.hold(sessions(among)) });
        let mut now = lock(now);
        let mut before = std::mem::take(&mut *now);
        for to in links {
            let linked = match before.remove(&to.appliance) {
                Some(linked) if linked.to == to => linked,
                other => new.begin(to, among, other.map(|linked| linked.task)),
            };
            now.insert(linked.to.appliance.clone(), linked);
        }
        for linked in before.into_values() {
            linked.task.abort();
        }
    }

    /// Calls an appliance. Exactly one answer with this ticket follows, whatever happens,
    /// unless it is forgotten; streams send their parts before it.
    pub fn call(&self, ticket: Ticket, appliance: &ApplianceId, call: Call) {
        let inner = &self.0;
        let link = self.with(appliance, Handle::state);
        let forgettable = calls::is_forgettable(&call);
        let run = calls::run(ticket, appliance.clone(), call, link, inner.inbox.clone());
        if !forgettable {
            inner.new.runtime.spawn(run);
            return;
        }
        let calls = inner.forgettable.clone();
        // Held while spawning, so that a call that ends at once finds itself to remove.
        let mut running = lock(&inner.forgettable);
        let task = inner.new.runtime.spawn(async move {
            run.await;
            lock(&calls).remove(&ticket);
        });
        running.insert(ticket, task.abort_handle());
    }

    /// Stops a stream or a question that nobody waits for any more. Calls that change
    /// something are never stopped.
    pub fn forget(&self, ticket: Ticket) {
        if let Some(task) = lock(&self.0.forgettable).remove(&ticket) {
            task.abort();
        }
    }

    /// Asks an appliance for a sign of life every so many seconds.
    pub fn heartbeat(&self, appliance: &ApplianceId, seconds: u32) {
        self.with(appliance, |link| link.heartbeat(seconds));
    }

    /// Dials now instead of at the end of the back-off.
    pub fn redial(&self, appliance: &ApplianceId) {
        self.with(appliance, Handle::redial);
    }

    fn with<R>(&self, appliance: &ApplianceId, ask: impl FnOnce(&Handle) -> R) -> Option<R> {
        lock(&self.0.links)
            .get(appliance)
            .map(|linked| ask(&linked.handle))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.pump.abort();
        for (_, linked) in lock(&self.links).drain() {
            linked.task.abort();
        }
        for (_, task) in lock(&self.forgettable).drain() {
            task.abort();
        }
    }
}

/// A lock that a panic elsewhere does not take away.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

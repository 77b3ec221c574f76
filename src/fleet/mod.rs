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
use tokio::{runtime, sync::mpsc, task::AbortHandle};

/// An appliance to be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id, which its certificate must carry.
    pub appliance: ApplianceId,
    /// "host:port".
    pub address: String,
    /// "host:port" of a pass-through that chooses by server name; dialled instead.
    pub via: Option<String>,
}

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
    links: HashMap<ApplianceId, Handle>,
    tasks: Vec<AbortHandle>,
    runtime: runtime::Handle,
    inbox: mpsc::Sender<Msg>,
    /// Calls that nobody may want any more; mutating ones are never among them.
    forgettable: Arc<Mutex<HashMap<Ticket, AbortHandle>>>,
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
    let sessions = SESSIONS_PER_LINK * links.len().max(32);
    let dialler = Arc::new(Dialler::new(me.clone(), sessions, clock)?);
    let heartbeat = match links.len() {
        0..=SMALL_FLEET => HEARTBEAT_SEEN,
        _ => HEARTBEAT_UNSEEN,
    };
    let lanes = Lanes::default();
    let mut tasks = vec![tokio::spawn(lanes::pump(lanes.clone(), inbox.clone())).abort_handle()];
    let mut handles = HashMap::with_capacity(links.len());
    for link in links {
        let (task, handle) =
            LinkTask::new(link, heartbeat, dialler.clone(), lanes.clone(), patience);
        handles.insert(task.appliance().clone(), handle);
        tasks.push(tokio::spawn(task.run()).abort_handle());
    }
    Ok(Fleet(Arc::new(Inner {
        links: handles,
        tasks,
        runtime: runtime::Handle::current(),
        inbox,
        forgettable: Arc::default(),
    })))
}

impl Fleet {
    /// Calls an appliance. Exactly one answer with this ticket follows, whatever happens,
    /// unless it is forgotten; streams send their parts before it.
    pub fn call(&self, ticket: Ticket, appliance: &ApplianceId, call: Call) {
        let inner = &self.0;
        let link = inner.links.get(appliance).map(Handle::state);
        let forgettable = calls::is_forgettable(&call);
        let run = calls::run(ticket, appliance.clone(), call, link, inner.inbox.clone());
        if !forgettable {
            inner.runtime.spawn(run);
            return;
        }
        let calls = inner.forgettable.clone();
        // Held while spawning, so that a call that ends at once finds itself to remove.
        let mut running = lock(&inner.forgettable);
        let task = inner.runtime.spawn(async move {
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
        if let Some(link) = self.0.links.get(appliance) {
            link.heartbeat(seconds);
        }
    }

    /// Dials now instead of at the end of the back-off.
    pub fn redial(&self, appliance: &ApplianceId) {
        if let Some(link) = self.0.links.get(appliance) {
            link.redial();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
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

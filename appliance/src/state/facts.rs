//! The door to the appliance's state: one handle, cheap to clone, for writers and readers.
//!
//! What survives a restart is written to the disk first and told afterwards. Every method but
//! [`Subscription::next`] and [`Facts::log_grew`] may wait for the disk for a moment.

use super::{
    AuditEntry, AuditRecord, Place, StateError, Subscription,
    feed::{Feed, Pace, key},
    lock,
    scope::Scope,
    store::Store,
};
use ocdeck_domain::{
    facts::{EntityKind, Fact, LogLevel, LogLine, RestoreAttempt, Time},
    ids::{ApplianceId, RequestId, SessionId},
};
use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;
use uuid::Uuid;

/// Ended sessions that the stream carries; older ones are listed on request.
const RECENT_SESSIONS: usize = 200;
/// After so many ended sessions the oldest are forgotten on disk.
const SESSIONS_BETWEEN_SWEEPS: u32 = 100;

/// Where the present time comes from; tests bring their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Time + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(chrono::Utc::now)
    }

    /// A clock of one's own.
    pub fn new(now: impl Fn() -> Time + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now.
    pub fn now(&self) -> Time {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// What became of a dispatch that was to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is durable and everyone is told.
    New,
    /// The same was recorded before: where that attempt stands now.
    Same(Box<RestoreAttempt>),
    /// Something else was recorded under this key.
    Different(Box<RestoreAttempt>),
    /// The attempt before it has not ended.
    BeforeNotEnded(Box<RestoreAttempt>),
    /// Attempts are counted without gaps; the next one is this.
    Gap {
        /// The attempt that would be accepted.
        next: u32,
    },
}

/// What the handle and the subscriptions share.
pub(super) struct Shared {
    pub(super) epoch: String,
    pub(super) feed: Mutex<Feed>,
    /// The revision; wakes subscriptions.
    pub(super) wake: watch::Sender<u64>,
    /// Counts appended lines and ended sessions; wakes who follows a log.
    logs: watch::Sender<u64>,
    pub(super) disk: Mutex<Disk>,
    appliance: ApplianceId,
    clock: Clock,
}

/// Always locked before the feed.
pub(super) struct Disk {
    pub(super) store: Store,
    /// What could not be written yet: tried again with the next write.
    unsaved: BTreeMap<String, Fact>,
    ended_since_sweep: u32,
}

/// The appliance's state.
#[derive(Clone)]
pub struct Facts {
    pub(super) shared: Arc<Shared>,
}

impl Facts {
    /// Opens the state in a folder, which is made when it is not there, and takes up what survived.
    /// Sessions and restores that were under way stand as they were: see [`Facts::unended_sessions`]
    /// and [`Facts::unended_restores`].
    ///
    /// # Errors
    /// When the folder is another agent's or another appliance's, or cannot be used.
    pub fn open(dir: &Path, appliance: &ApplianceId, clock: Clock) -> Result<Self, StateError> {
        let store = Store::open(dir, appliance.as_str(), clock.now())?;
        let mut feed = Feed::default();
        for fact in store.load(RECENT_SESSIONS)? {
            feed.put(fact, Pace::Lossless);
        }
        let (wake, logs) = (watch::Sender::new(feed.revision()), watch::Sender::new(0));
        Ok(Self {
            shared: Arc::new(Shared {
                epoch: Uuid::new_v4().to_string(),
                feed: Mutex::new(feed),
                wake,
                logs,
                disk: Mutex::new(Disk {
                    store,
                    unsaved: BTreeMap::new(),
                    ended_since_sweep: 0,
                }),
                appliance: appliance.clone(),
                clock,
            }),
        })
    }

    /// Whose state it is.
    pub fn appliance(&self) -> &ApplianceId {
        &self.shared.appliance
    }

    /// The appliance's time now.
    pub fn now(&self) -> Time {
        self.shared.clock.now()
    }

    /// Takes a new state of an entity, that nobody may miss: it is written to the disk if its kind
    /// survives a restart, and told at once. When the disk refuses, it is told all the
    /// same, the refusal is logged, and it is written with the next write.
    pub fn put(&self, fact: Fact) {
        self.put_together(vec![fact]);
    }

    /// As [`Facts::put`], of facts that say the same: a stop of the appliance leaves both
    /// on the disk or none.
    pub fn put_together(&self, facts: Vec<Fact>) {
        let mut disk = lock(&self.shared.disk);
        disk.save(facts.iter().filter(|fact| survives(fact)));
        for fact in facts {
            let ended = match &fact {
                Fact::Session(session) if session.ended.is_some() => {
                    disk.session_ended(&session.id);
                    true
                }
                _ => false,
            };
            self.tell(fact, Pace::Lossless);
            if ended {
                self.drop_old_sessions();
                self.shared.logs.send_modify(|count| *count += 1);
            }
        }
    }

    /// Takes progress of a job, session or restore: not written, and told at
    /// most once a second, the newest only.
    pub fn put_progress(&self, fact: Fact) {
        self.tell(fact, Pace::Progress);
    }

    /// An entity is gone.
    pub fn remove(&self, kind: EntityKind, id: &str) {
        self.put(Fact::Gone(kind, id.to_owned()));
    }

    fn tell(&self, fact: Fact, pace: Pace) {
        let mut feed = lock(&self.shared.feed);
        if feed.put(fact, pace) {
            let revision = feed.revision();
            self.shared.wake.send_modify(|wake| *wake = revision);
        }
    }

    /// Takes the oldest ended sessions out of the stream; they stay on the disk.
    fn drop_old_sessions(&self) {
        let mut ended: Vec<(Time, SessionId)> = self
            .sessions()
            .into_iter()
            .filter(|session| session.ended.is_some())
            .map(|session| (session.started, session.id))
            .collect();
        let Some(surplus) = ended.len().checked_sub(RECENT_SESSIONS) else {
            return;
        };
        ended.sort();
        for (_, id) in ended.into_iter().take(surplus) {
            self.tell(
                Fact::Gone(EntityKind::Session, id.to_string()),
                Pace::Lossless,
            );
        }
    }

    /// Records a restore with the content of its dispatch. When this says [`Recorded::New`], both and
    /// the audit entry are on the disk. The content is compared byte by byte.
    ///
    /// # Errors
    /// When the disk refuses: then nothing was accepted.
    pub fn record_dispatch(
        &self,
        restore: RestoreAttempt,
        content: &[u8],
        audit: &AuditEntry,
    ) -> Result<Recorded, StateError> {
        let mut disk = lock(&self.shared.disk);
        let (request, attempt) = (restore.request, restore.attempt);
        if let Some(there) = self.restore(request, attempt) {
            let same = disk.store.content(request, attempt)?.as_deref() == Some(content);
            let there = Box::new(there);
            return Ok(if same {
                Recorded::Same(there)
            } else {
                Recorded::Different(there)
            });
        }
        let last = self.last_attempt(request);
        let next = last.as_ref().map_or(1, |last| last.attempt + 1);
        if attempt != next {
            return Ok(Recorded::Gap { next });
        }
        if let Some(last) = last.filter(|last| !last.state.ended()) {
            return Ok(Recorded::BeforeNotEnded(Box::new(last)));
        }
        disk.store.accept(&restore, content, audit, self.now())?;
        self.tell(Fact::Restore(Box::new(restore)), Pace::Lossless);
        Ok(Recorded::New)
    }

    /// Records what was decided about a restore with its entry of the audit log. Both are
    /// on the disk when this returns, and everyone is told.
    ///
    /// # Errors
    /// When the disk refuses: then nothing was decided.
    pub fn record_decision(
        &self,
        restore: RestoreAttempt,
        audit: &AuditEntry,
    ) -> Result<(), StateError> {
        let mut disk = lock(&self.shared.disk);
        disk.store.decide(&restore, audit, self.now())?;
        let fact = Fact::Restore(Box::new(restore));
        // A state from before would be written over this one.
        let (kind, id) = key(&fact);
        disk.unsaved.remove(&format!("{kind:?} {id}"));
        self.tell(fact, Pace::Lossless);
        Ok(())
    }

    /// The content that a dispatch was accepted with.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn dispatch_record(
        &self,
        request: RequestId,
        attempt: u32,
    ) -> Result<Option<Vec<u8>>, StateError> {
        lock(&self.shared.disk).store.content(request, attempt)
    }

    /// Appends to the audit log.
    ///
    /// # Errors
    /// When the disk refuses: what was to be audited should not happen then.
    pub fn audit(&self, entry: &AuditEntry) -> Result<(), StateError> {
        let now = self.now();
        lock(&self.shared.disk).store.audit(entry, now)
    }

    /// The audit log, checked from its first entry to its last.
    ///
    /// # Errors
    /// When an entry was changed after it was written.
    pub fn audit_log(&self) -> Result<Vec<AuditRecord>, StateError> {
        lock(&self.shared.disk).store.audit_log()
    }

    /// Appends a line to the log of a session, which must have been put before.
    pub fn log(&self, session: &SessionId, level: LogLevel, text: impl Into<String>) {
        self.log_lines(session, &[(level, text.into())]);
    }

    /// Appends several lines at once.
    pub fn log_lines(&self, session: &SessionId, lines: &[(LogLevel, String)]) {
        let now = self.now();
        let written = lock(&self.shared.disk)
            .store
            .append_log(session, lines, now);
        match written {
            Ok(()) => self.shared.logs.send_modify(|count| *count += 1),
            Err(error) => tracing::error!(%error, "log lines are lost"),
        }
    }

    /// Lines of the log of a session, from a line on, at most `limit`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn read_log(
        &self,
        session: &SessionId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<LogLine>, StateError> {
        lock(&self.shared.disk)
            .store
            .log_lines(session, from, limit)
    }

    /// How many lines the log of a session has.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn log_length(&self, session: &SessionId) -> Result<u64, StateError> {
        lock(&self.shared.disk).store.log_length(session)
    }

    /// Changes whenever any log grew or any session ended.
    pub fn log_grew(&self) -> watch::Receiver<u64> {
        self.shared.logs.subscribe()
    }

    /// Follows the facts that a scope sees, from a place on or from a snapshot.
    pub fn subscribe(&self, scope: Scope, resume: Option<Place>) -> Subscription {
        Subscription::new(Arc::clone(&self.shared), scope, resume)
    }
}

/// Whether a fact stands on the disk too.
fn survives(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Session(_) | Fact::Alert(_) | Fact::Restore(_) | Fact::Gone(EntityKind::Alert, _)
    )
}

impl Disk {
    /// Writes facts, and what could not be written before.
    fn save<'a>(&mut self, facts: impl Iterator<Item = &'a Fact>) {
        for fact in facts {
            let (kind, id) = key(fact);
            self.unsaved.insert(format!("{kind:?} {id}"), fact.clone());
        }
        if self.unsaved.is_empty() {
            return;
        }
        match self.store.save(self.unsaved.values()) {
            Ok(()) => self.unsaved.clear(),
            Err(error) => tracing::error!(%error, "a fact is not saved yet"),
        }
    }

    fn session_ended(&mut self, session: &SessionId) {
        self.store.close_log(session);
        self.ended_since_sweep += 1;
        if self.ended_since_sweep >= SESSIONS_BETWEEN_SWEEPS {
            self.ended_since_sweep = 0;
            if let Err(error) = self.store.forget_sessions() {
                tracing::warn!(%error, "old sessions are not forgotten");
            }
        }
    }
}

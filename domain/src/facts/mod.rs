//! What appliances know: the facts of a `Watch` stream and the answers of the catalog,
//! as the console holds them. Pure data; who converts it from the wire is `fleet`.
//!
//! Paths are bytes, because file systems do not promise UTF-8.

mod catalog;

pub use catalog::*;

use crate::{
    ids::{AlertId, JobId, PointId, RepositoryId, RequestId, SessionId, SystemId, TenantId},
    priority::{Priority, Severity},
    restore::Order,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A moment on the desk's time base.
pub type Time = DateTime<Utc>;

/// A path from the root of a file system, as its bytes.
pub type PathBytes = Vec<u8>;

/// Where the work of a session stands. See `Progress` in `common.proto` for the units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Files done.
    pub files_done: u64,
    /// Files in all, once known.
    pub files_total: Option<u64>,
    /// Bytes done.
    pub bytes_done: u64,
    /// Bytes in all, once known.
    pub bytes_total: Option<u64>,
    /// Bytes per second over the last seconds.
    pub rate: u64,
    /// Seconds left; absent while it is being estimated.
    pub eta_seconds: Option<u64>,
    /// What is being worked on.
    pub current: PathBytes,
    /// When the last byte moved.
    pub last_byte_at: Option<Time>,
}

impl Progress {
    /// Whole percent of the bytes, or of the files where there are no bytes; at most
    /// 99 while running, because work that goes on is not done. `None`: total unknown.
    pub fn percent(&self) -> Option<u8> {
        let (done, total) = match (self.bytes_total, self.files_total) {
            (Some(total), _) if total > 0 => (self.bytes_done, total),
            (_, Some(total)) if total > 0 => (self.files_done, total),
            _ => return None,
        };
        let percent = u128::from(done) * 100 / u128::from(total);
        Some(u8::try_from(percent.min(99)).unwrap_or(99))
    }
}

/// What a job or session does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkKind {
    /// Source to restore point.
    Backup,
    /// Restore point to files.
    Restore,
    /// A kind that this build does not know.
    Unknown(i32),
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionResult {
    /// Everything was done.
    Success,
    /// Done; something is to be looked at.
    Warning,
    /// Not done.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// A result that this build does not know.
    Unknown(i32),
}

/// What a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Nothing.
    Idle,
    /// It waits behind other work.
    Waiting,
    /// A session of it runs.
    Running,
    /// Switched off.
    Disabled,
    /// A state that this build does not know.
    Unknown(i32),
}

/// A storage of restore points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Id.
    pub id: RepositoryId,
    /// Absent: the provider's own.
    pub tenant: Option<TenantId>,
    /// "primary", "offsite", "archive" or "replica".
    pub role: String,
    /// Bytes it can hold.
    pub capacity: u64,
    /// Bytes used.
    pub used: u64,
    /// Bytes free.
    pub free: u64,
    /// Why it cannot be read, if so.
    pub offline: Option<String>,
}

/// The space that a tenant may use in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The tenant.
    pub tenant: TenantId,
    /// The repository.
    pub repository: RepositoryId,
    /// Bytes it may use.
    pub limit: u64,
    /// Bytes it uses.
    pub used: u64,
}

/// A protected system: all of its protected folders together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Id.
    pub id: SystemId,
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The name that people use.
    pub name: String,
    /// Other names that callers use.
    pub aliases: Vec<String>,
    /// "vm", "physical", "file_share", …
    pub platform: String,
    /// The folder below which its data stands.
    pub root: PathBytes,
    /// The protected folders.
    pub folders: Vec<PathBytes>,
    /// The newest restore point that is neither failed nor shrunk.
    pub last_good_point: Option<Time>,
    /// Whether that point was seeded.
    pub last_good_seeded: bool,
    /// How many restore points there are.
    pub point_count: u64,
    /// What is wrong with the source now, if anything.
    pub trouble: Option<String>,
    /// Whether it is only read: no restore may write below its root.
    pub read_only: bool,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// The tenant whose data it protects.
    pub tenant: TenantId,
    /// The protected system.
    pub system: SystemId,
    /// Where its points go.
    pub repository: RepositoryId,
    /// What it does.
    pub kind: WorkKind,
    /// "B1" … "A1".
    pub use_case: String,
    /// What it is doing.
    pub state: JobState,
    /// What it waits behind; empty unless waiting.
    pub waiting_for: String,
    /// Seconds between runs; absent: on demand only.
    pub every_seconds: Option<u64>,
    /// When it runs next.
    pub next_run: Option<Time>,
    /// The running session, or the last one.
    pub session: Option<SessionId>,
    /// How the last ended session ended.
    pub last_result: Option<SessionResult>,
    /// When it ended.
    pub last_end: Option<Time>,
    /// One line about it; may be empty.
    pub last_message: String,
    /// How many sessions in a row failed.
    pub failures_in_a_row: u32,
    /// Progress of the running session.
    pub progress: Option<Progress>,
    /// Run times in seconds, newest first.
    pub recent_seconds: Vec<u64>,
}

/// One run of a job, or of a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Id.
    pub id: SessionId,
    /// The tenant.
    pub tenant: TenantId,
    /// The job it is a run of.
    pub job: Option<JobId>,
    /// The restore request it is a run of.
    pub request: Option<RequestId>,
    /// What it does.
    pub kind: WorkKind,
    /// A person's name, or "schedule".
    pub started_by: String,
    /// When it started.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
    /// How it ended.
    pub result: Option<SessionResult>,
    /// Where it stands, or stood at its end.
    pub progress: Progress,
    /// One line about how it ended; may be empty.
    pub message: String,
    /// How many warnings.
    pub warnings: u64,
    /// The point it made.
    pub point: Option<PointId>,
    /// Whether that point was seeded.
    pub seeded: bool,
}

/// What kind of entity an alert is about, or a tombstone names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntityKind {
    /// A repository.
    Repository,
    /// A quota.
    Quota,
    /// A system.
    System,
    /// A job.
    Job,
    /// A session.
    Session,
    /// An alert.
    Alert,
    /// An attempt of a restore.
    Restore,
    /// A kind that this build does not know; the appliance itself is 0.
    Unknown(i32),
}

/// An alert, by (appliance, object, monitor).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Stable id.
    pub id: AlertId,
    /// The tenant it concerns; absent: the provider's own.
    pub tenant: Option<TenantId>,
    /// What it is about.
    pub object_kind: EntityKind,
    /// The id of that.
    pub object: String,
    /// The monitor's name: "job_failed", "repository_space", …
    pub monitor: String,
    /// 10 (worst) to 1.
    pub severity: Severity,
    /// What happened, in one sentence.
    pub text: String,
    /// How often it was raised anew.
    pub episode: u32,
    /// How often it was seen in this episode.
    pub count: u32,
    /// When this episode was raised.
    pub raised: Time,
    /// When it was last seen.
    pub last_seen: Time,
    /// When it cleared by itself.
    pub cleared: Option<Time>,
}

/// Where an attempt of a restore stands on its appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RestoreState {
    /// Durable there; waits behind other work.
    Accepted,
    /// Its session runs.
    Running,
    /// Written; files are compared by hash.
    Verifying,
    /// Written and equal.
    Completed,
    /// Done, with warnings.
    CompletedWithWarnings,
    /// Some files were not written or are not equal.
    PartlyFailed,
    /// Nothing useful was written.
    Failed,
    /// A person cancelled it.
    Cancelled,
    /// The appliance stopped in the middle; it can be continued.
    Interrupted,
    /// Durable there; nothing begins before another person approves it.
    AwaitingApproval,
    /// A duty manager said no; nothing was written.
    Rejected,
    /// A state that this build does not know.
    Unknown(i32),
}

impl RestoreState {
    /// Whether nothing more will happen in this attempt. An unknown state has not ended.
    pub fn ended(self) -> bool {
        !matches!(
            self,
            Self::AwaitingApproval
                | Self::Accepted
                | Self::Running
                | Self::Verifying
                | Self::Unknown(_)
        )
    }

    /// Its words on screen, and its name on the desk.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Running => "running",
            Self::Verifying => "verifying",
            Self::Completed => "completed",
            Self::CompletedWithWarnings => "completed with warnings",
            Self::PartlyFailed => "partly failed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::AwaitingApproval => "awaits approval",
            Self::Rejected => "rejected",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The state of that name; any other name is unknown.
    pub fn from_name(name: &str) -> Self {
        [
            Self::Accepted,
            Self::Running,
            Self::Verifying,
            Self::Completed,
            Self::CompletedWithWarnings,
            Self::PartlyFailed,
            Self::Failed,
            Self::Cancelled,
            Self::Interrupted,
            Self::AwaitingApproval,
            Self::Rejected,
        ]
        .into_iter()
        .find(|state| state.name() == name)
        .unwrap_or(Self::Unknown(0))
    }

    /// Its place in the order in which an attempt goes through them.
    pub fn rank(self) -> u8 {
        match self {
            Self::Unknown(_) => 0,
            Self::AwaitingApproval => 1,
            Self::Accepted => 2,
            Self::Running => 3,
            Self::Verifying => 4,
            _ => 5,
        }
    }
}

/// How many files and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Something that went wrong at one path of a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreIssue {
    /// The path.
    pub path: PathBytes,
    /// What happened.
    pub text: String,
    /// Whether it is only a warning.
    pub warning: bool,
}

/// What a second person is asked to approve, and what that person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What goes beyond the limit of one person, in words.
    pub beyond_limit: Vec<String>,
    /// The digest of the plan: what is approved.
    pub digest: Vec<u8>,
    /// Files that the plan creates.
    pub created: Amount,
    /// Existing files that it replaces.
    pub replaced: Amount,
    /// What it writes in all.
    pub written: Amount,
    /// When it was asked for.
    pub asked: Time,
    /// When it ends by itself, unless somebody decides before.
    pub expires: Time,
    /// What was said.
    pub decision: Option<Decision>,
    /// Whoever asked for it beside the one who dispatched it: none of them decides.
    #[serde(default)]
    pub asked_by: Vec<String>,
}

/// What a second person said to a restore beyond the limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether it may begin.
    pub approved: bool,
    /// Who, from the certificate.
    pub person: String,
    /// When, by the appliance's clock.
    pub at: Time,
    /// Why; may be empty when it was approved.
    pub reason: String,
}

/// One attempt of a restore request, as its appliance tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreAttempt {
    /// The request.
    pub request: RequestId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// The tenant.
    pub tenant: TenantId,
    /// "R-0118".
    pub reference: String,
    /// What is restored.
    pub order: Order,
    /// Where it stands.
    pub state: RestoreState,
    /// Who dispatched it.
    pub actor: String,
    /// The request's priority.
    pub priority: Priority,
    /// Who asked for it.
    pub requester: String,
    /// When it became durable there.
    pub accepted: Time,
    /// When its session began to run: stops the initiate clock.
    pub started: Option<Time>,
    /// When comparing began.
    pub verifying_since: Option<Time>,
    /// When it ended.
    pub ended: Option<Time>,
    /// Its session.
    pub session: Option<SessionId>,
    /// Where it stands.
    pub progress: Progress,
    /// Written.
    pub written: Amount,
    /// Left as they were.
    pub left: Amount,
    /// Not as the plan saw them, left alone.
    pub changed_since_plan: u64,
    /// Files that failed.
    pub failed: u64,
    /// Warnings.
    pub warnings: u64,
    /// Compared and equal.
    pub verified: Amount,
    /// Compared and not equal.
    pub unequal: u64,
    /// The first errors and warnings.
    pub issues: Vec<RestoreIssue>,
    /// One line about how it ended; may be empty.
    pub message: String,
    /// Whether it went beyond the limit by break glass.
    pub break_glass: bool,
    /// What it waits behind; empty unless accepted.
    pub waiting_for: String,
    /// The approval that was asked for; none: it needed none, or glass was broken.
    #[serde(default)]
    pub approval: Option<Box<Approval>>,
}

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogLevel {
    /// What is being done.
    Info,
    /// Something was left out or done otherwise.
    Warning,
    /// Something failed.
    Error,
}

/// One line of a session's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its number in the session.
    pub line: u64,
    /// When it was written.
    pub at: Time,
    /// How much it matters.
    pub level: LogLevel,
    /// The line.
    pub text: String,
}

/// One fact of a `Watch` stream: the latest state of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A storage of restore points.
    Repository(Repository),
    /// The space a tenant may use.
    Quota(Quota),
    /// A protected system.
    System(System),
    /// A job.
    Job(Box<Job>),
    /// One run.
    Session(Box<Session>),
    /// An alert.
    Alert(Alert),
    /// An attempt of a restore.
    Restore(Box<RestoreAttempt>),
    /// It is gone: its kind, and its id as `Tombstone` in `facts.proto` spells it.
    Gone(EntityKind, String),
}

/// Something an appliance can or cannot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// A stable name.
    pub name: String,
    /// Why not; absent when it can.
    pub unavailable: Option<String>,
}

/// Who an appliance is, from `Describe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What does the work: "engine" or "veeam".
    pub driver: String,
    /// Version of the agent.
    pub agent_version: String,
    /// What it can and cannot do.
    pub capabilities: Vec<Capability>,
    /// The caller's name and role as the appliance sees them.
    pub caller: (String, String),
}

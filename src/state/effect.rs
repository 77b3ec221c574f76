//! What the console wants done, as data. `shell` runs effects; answers come back as
//! [`Msg`](super::msg::Msg)s with the same [`Ticket`].

use super::{find::FindCommand, keeper::HookCall};
use ocdeck_domain::{
    facts::{PathBytes, Time},
    fleet::Link,
    ids::{ApplianceId, JobId, PointId, RequestId, SessionId, SystemId},
    journal::{DraftRow, NewRecord, Series, Subject},
    priority::Priority,
    restore::Order,
};
use uuid::Uuid;

/// Ties a reply to what was asked. A reply whose ticket nobody waits for any more is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Something to be done outside the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A call to an appliance.
    Call(Ticket, ApplianceId, Call),
    /// Stop a stream (a log, a plan, a search) that nobody looks at any more.
    Forget(Ticket),
    /// How often an appliance is asked for a sign of life, in seconds.
    Heartbeat(ApplianceId, u32),
    /// Have exactly these links: dial what is new, hang up what is not among them.
    Links(Vec<Link>),
    /// Dial now instead of at the end of the back-off.
    Redial(ApplianceId),
    /// Something for the desk.
    Desk(DeskCommand),
    /// Put text on the clipboard (OSC 52).
    Copy(Ticket, String),
    /// Write files into the console's folder for exports.
    Export(Ticket, Vec<ExportFile>),
    /// Call whoever looks elsewhere.
    Ring(Ring),
    /// Something for the index of names.
    Find(FindCommand),
    /// Something for the demo that this console runs in.
    Demo(DemoCommand),
    /// Run the command of a hook; only in a keeper.
    Hook(HookCall),
    /// Draw the whole screen anew.
    Redraw,
    /// Give the terminal back to the shell until it brings the program back.
    Suspend,
    /// End the program.
    Quit,
}

/// Something that whoever looks elsewhere should hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Of which kind it is: each can be turned off.
    pub why: RingWhy,
    /// What happened, in words.
    pub text: String,
    /// How many more of the kind happened at once.
    pub more: usize,
}

/// Kinds of rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingWhy {
    /// A new P1 or P2.
    Alert,
    /// A clock turned hot.
    Clock,
    /// A colleague asks or answers: an approval, a shift handed over; a dispatch got no answer, or
    /// was not sent.
    Colleague,
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// A call to an appliance.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Start a job.
    StartJob(JobId, Intent),
    /// Stop a job's session.
    StopJob(JobId, Intent),
    /// List a system's restore points.
    Points(SystemId),
    /// List a folder inside a point.
    Browse(SystemId, PointId, PathBytes),
    /// Look for names inside points.
    Search(Search),
    /// List the states that a path has had.
    Versions(SystemId, PathBytes),
    /// Make a plan.
    Plan {
        /// What is to be restored.
        order: Order,
        /// The request's reference.
        reference: String,
        /// IANA time zone of the tenant.
        time_zone: String,
    },
    /// Order a restore. The desk holds the intent already.
    Dispatch(Box<Dispatch>),
    /// Say yes or no to a restore that awaits approval.
    Decide(Box<Verdict>),
    /// Cancel a restore.
    Cancel(RequestId, u32, Intent),
    /// Follow a session's log, from its last so many lines.
    TailLog(SessionId, u32),
}

/// A look for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The system.
    pub system: SystemId,
    /// The point to begin with.
    pub point: PointId,
    /// Whether all points of the system are searched, not only that one.
    pub all: bool,
    /// Any part of a name; with `*` or `?` the whole name.
    pub query: String,
    /// At most so many hits.
    pub limit: u32,
}

/// Why a call is made, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    /// In the person's words.
    pub reason: String,
    /// "R-0118"; may be empty.
    pub reference: String,
}

/// A restore to order.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispatch {
    /// The request.
    pub request: RequestId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// What is to be restored.
    pub order: Order,
    /// The digest of its plan.
    pub digest: Vec<u8>,
    /// Why, and the reference.
    pub intent: Intent,
    /// The request's priority.
    pub priority: Priority,
    /// Who asked for it.
    pub requester: String,
    /// Going on alone beyond the limit: reason, duty manager, time of the call.
    pub break_glass: Option<(String, String, Time)>,
    /// Whoever sent it or an earlier attempt, as far as the desk knows: none of them approves it.
    pub asked_by: Vec<String>,
}

/// What a second person says to a restore beyond the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The request.
    pub request: RequestId,
    /// The attempt.
    pub attempt: u32,
    /// The digest of the plan that was looked at.
    pub digest: Vec<u8>,
    /// Whether it may begin.
    pub approved: bool,
    /// Why, and the reference.
    pub intent: Intent,
}

/// Something for the desk.
#[derive(Clone, Debug, PartialEq)]
pub enum DeskCommand {
    /// Give a subject the next number of its series and write these behind it, in one
    /// transaction. The store writes the number itself ([`ocdeck_domain::journal::opened`]).
    Open {
        /// What gets the number.
        subject: Subject,
        /// Of which series.
        series: Series,
        /// What is written with it.
        records: Vec<NewRecord>,
    },
    /// Read the whole history of a subject that is not among the open work any more.
    History(Subject),
    /// Read whole histories of subjects of a kind that are over, the one that ended last first.
    Past {
        /// The word that their texts begin with: "handover".
        kind: &'static str,
        /// Those that ended before this one; `None`: from the last one on.
        before: Option<Subject>,
        /// How many at most.
        most: u32,
    },
    /// Write to the journal.
    Append {
        /// What to write.
        records: Vec<NewRecord>,
    },
    /// Write the intent of something that follows at once: it is durable before that. It can be
    /// taken back while it waits; [`super::msg::DeskMsg::TakenBack`] says so.
    Intend {
        /// The intent.
        record: Box<NewRecord>,
        /// Run these once it is durable; not at all if it cannot be written.
        then: Vec<Effect>,
        /// After this it is taken back: whoever meant it may not mean it any more.
        until: Time,
    },
    /// Take the intent of this event back, unless it was written before. Where it was, that is
    /// told as usual.
    TakeBack(Uuid),
    /// Keep what was typed.
    SaveDraft(Vec<DraftRow>),
}

impl DeskCommand {
    /// Whether it only asks: nothing of it waits to be written.
    pub fn asks(&self) -> bool {
        matches!(self, Self::History(_) | Self::Past { .. })
    }
}

/// Something for the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DemoCommand {
    /// Delete everything below the root of this system ("acme/erp01").
    Lose(String),
    /// Compare what stands there with what was deleted.
    Compare(String),
}

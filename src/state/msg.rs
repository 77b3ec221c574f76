//! What happens to the console, as data: one closed enum, one inbox, one order.

use super::{
    command::Command,
    config::ConfigNews,
    effect::Ticket,
    find::Found,
    keeper::Keeper,
    model::{Chord, Pane, Screen},
    wizard::{Field, Step},
};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::{
        Description, Entry, Fact, Hit, LogLine, LookEnd, Plan, PlanEntry, RestoreAttempt,
        RestorePoint, Searched, Time, Version,
    },
    fleet::Node,
    hook::Outcome,
    ids::{
        AlertId, ApplianceId, HandoverId, HookRunId, IncidentId, JobId, On, RequestId, SessionId,
    },
    journal::{DraftRow, NewRecord, Record, Subject},
};
use std::time::Duration;
use uuid::Uuid;

/// What happened. Times are of the desk's time base.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key resolved to a command.
    Command(Command),
    /// An edit of the text field that has the cursor.
    Edit(Edit),
    /// A bracketed paste: text, never keys.
    Paste(String),
    /// A chord that is not complete yet; without keys: none.
    Chord(Chord),
    /// The mouse, in cells from the top left corner.
    Mouse(Mouse),
    /// The mouse, on something that `view` said stands there.
    Pointed(Spot, MouseAction),
    /// What a person configured was read anew.
    Config(Box<ConfigNews>),
    /// The terminal has this many columns and rows now.
    Resized(u16, u16),
    /// Time went on: `Env::now` says how far.
    Tick,
    /// News of the links, all of one wake.
    Fleet(Vec<FleetMsg>),
    /// The answer to a command that an effect sent.
    Reply(Ticket, Reply),
    /// News of the desk.
    Desk(DeskMsg),
    /// This is a console without a screen; before anything else.
    Keeping(Box<Keeper>),
    /// The command of a hook ended.
    HookEnded(HookRunId, Outcome),
    /// The index of names answered.
    Found(Found),
    /// News of the demo that this console runs in.
    Demo(DemoMsg),
    /// The system asks the program to end; nothing typed may be lost.
    Terminate,
}

/// An edit of a text field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A character was typed.
    Insert(char),
    /// The grapheme before the cursor goes.
    Backspace,
    /// The grapheme at the cursor goes.
    Delete,
    /// The word before the cursor goes.
    DeleteWord,
    /// The word behind the cursor goes.
    DeleteNextWord,
    /// Everything before the cursor goes, in its line.
    DeleteToStart,
    /// Everything from the cursor on goes, in its line.
    DeleteToEnd,
    /// One grapheme to the left.
    Left,
    /// One grapheme to the right.
    Right,
    /// One word to the left.
    WordLeft,
    /// One word to the right.
    WordRight,
    /// To the start.
    Home,
    /// To the end.
    End,
    /// The edit before is undone.
    Undo,
    /// What was undone is done again.
    Redo,
}

/// The mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub action: MouseAction,
    /// Column, from 0.
    pub column: u16,
    /// Row, from 0.
    pub row: u16,
}

/// Something on the screen that the mouse can point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A tab.
    Tab(Screen),
    /// A pane, wherever no row of it stands.
    Pane(Pane),
    /// A row of the tree.
    Tree(Node),
    /// A job.
    Job(On<JobId>),
    /// An alert.
    Alert(On<AlertId>),
    /// An incident, in its list or in the clock rail.
    Incident(IncidentId),
    /// A restore request, in its list or in the clock rail.
    Request(RequestId),
    /// Something promised, in the clock rail.
    Promise(Uuid),
    /// A line of the Shift screen, by its key.
    Line(String),
    /// A handover of the history.
    Handover(HandoverId),
    /// A job of the sweep.
    Swept(On<JobId>),
    /// A step of the wizard.
    Step(Step),
    /// A field of the wizard, and a row of its list.
    Field(Field, Option<usize>),
    /// A row of an overlay.
    Row(usize),
    /// A place in the text of a note, in bytes.
    Text(usize),
    /// A hint.
    Hint(Command),
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseAction {
    /// The left button went down.
    Click,
    /// It went down twice.
    DoubleClick,
    /// The wheel, one step up.
    WheelUp,
    /// The wheel, one step down.
    WheelDown,
}

/// News of one link.
#[derive(Clone, Debug)]
pub struct FleetMsg {
    /// Whose.
    pub appliance: ApplianceId,
    /// When this console received it.
    pub at: Time,
    /// What.
    pub news: LinkNews,
}

/// News of a link.
#[derive(Clone, Debug)]
pub enum LinkNews {
    /// A dial began.
    Dialling,
    /// `Describe` was answered: the link is live.
    Live {
        /// Who is there.
        description: Box<Description>,
        /// Its clock minus ours, in milliseconds.
        offset_ms: i64,
    },
    /// Everything that this caller may see; replaces all that was held.
    Snapshot(Vec<Fact>),
    /// What changed.
    Delta(Vec<Fact>),
    /// Facts came that this console does not accept: what they are about is not up to date.
    Odd {
        /// How many since the last snapshot.
        count: u64,
        /// What is wrong with one of them.
        example: String,
    },
    /// A sign of life without news.
    Heard,
    /// Nothing was heard for 2.5 heartbeats.
    Silent,
    /// The link is gone.
    Down {
        /// Why, in words that say what to do.
        why: String,
        /// When the next dial is due.
        retry_at: Time,
    },
}

/// The answer to a command. What was asked stands in the effect with the same ticket.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The restore points, newest first.
    Points(Result<Vec<RestorePoint>, CallError>),
    /// A folder's entries, whole.
    Entries(Result<Vec<Entry>, CallError>),
    /// Names that fit, as they are found.
    Hits(Vec<Hit>),
    /// The next older states of a path.
    Versions(Vec<Version>),
    /// How far a search, or the look for versions, is.
    Looked(Searched),
    /// It is over.
    LookEnd(Result<LookEnd, CallError>),
    /// A plan is being made: so many entries and bytes were counted.
    PlanProgress(u64, u64),
    /// Some entries of the plan being made.
    PlanEntries(Vec<PlanEntry>),
    /// The plan; its `entries` came before.
    Plan(Result<Box<Plan>, CallError>),
    /// A dispatch was answered.
    Dispatched(Result<Box<RestoreAttempt>, CallError>),
    /// A yes or no to what awaits approval was answered.
    Decided(Result<Box<RestoreAttempt>, CallError>),
    /// A cancel was answered.
    Cancelled(Result<Box<RestoreAttempt>, CallError>),
    /// A job was started or stopped.
    Job(Result<SessionId, CallError>),
    /// Lines of a log that is followed.
    Log(Vec<LogLine>),
    /// The log ended: the session is over, or the stream broke.
    LogEnd(Result<(), CallError>),
    /// Text went to the clipboard.
    Copied,
    /// Files were written into that folder, or why not.
    Exported(Result<String, String>),
}

/// Why a call to an appliance did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// What kind of failure.
    pub kind: CallErrorKind,
    /// What happened and what to do, for a person.
    pub text: String,
    /// The appliance's stable word, such as `BEYOND_LIMIT`; may be empty.
    pub code: String,
}

/// Kinds of failure of a call: each is one visible outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallErrorKind {
    /// The appliance said no.
    Refused,
    /// No answer in time. It is not known whether it was done.
    TimedOut,
    /// The link is down, or broke during the call.
    LinkLost,
}

/// News of the desk.
#[derive(Clone, Debug)]
pub enum DeskMsg {
    /// Everything the desk holds, at the start.
    Loaded {
        /// The journal, in order.
        records: Vec<Record>,
        /// Rows of drafts.
        drafts: Vec<DraftRow>,
    },
    /// These were written, by this console or another.
    Appended(Vec<Record>),
    /// These rows of drafts were written, by this console or another.
    Drafts(Vec<DraftRow>),
    /// A subject has its number; answers `DeskCommand::Open`.
    Opened {
        /// What was opened.
        subject: Subject,
        /// Its number.
        number: u32,
        /// What was written since the last news.
        records: Vec<Record>,
    },
    /// Records about these stood on the desk already: whoever derived them may not know what
    /// else stands there.
    Stood(Vec<Subject>),
    /// The whole history of a subject; answers `DeskCommand::History`.
    History {
        /// Of what.
        subject: Subject,
        /// Its records, in order.
        records: Vec<Record>,
    },
    /// Whole histories of subjects that are over; answers `DeskCommand::Past`.
    Past {
        /// Of which kind.
        kind: &'static str,
        /// Their records, in order.
        records: Vec<Record>,
        /// The one that ended first of them, if others ended before it.
        more: Option<Subject>,
    },
    /// Another writer took the place in a history that a record named. Nothing of it was
    /// written, and what was to follow is not done; what the other wrote came before.
    Conflict {
        /// Whose history.
        subject: Subject,
        /// What was not written.
        refused: Vec<NewRecord>,
        /// What stands in that place; `None`: it is not known.
        winner: Option<Box<Record>>,
    },
    /// The desk will never take this: nothing of it was written, and nothing waits.
    Refused {
        /// Why, and what to do about it.
        text: String,
        /// What was not written.
        refused: Vec<NewRecord>,
    },
    /// An intent does not wait any more, and what was to follow is not done: somebody took it
    /// back, or it waited too long.
    TakenBack {
        /// The intent.
        record: Box<NewRecord>,
        /// Whether it stands on the desk all the same: the desk had taken it and could not say so.
        stands: bool,
    },
    /// Other people had typed this, and what was typed here took its place.
    Overwritten(Vec<DraftRow>),
    /// What was typed here while the desk was out of reach, and what somebody else typed there
    /// later, which stays: ours, theirs.
    Late(Vec<(DraftRow, DraftRow)>),
    /// Something was not written; it is kept and tried again.
    Failed {
        /// What and why.
        text: String,
        /// Since when the desk cannot be written.
        since: Time,
        /// How many things wait.
        waiting: usize,
        /// Why what waits is lost with this program; `None`: it is kept in a file.
        unkept: Option<String>,
    },
    /// The desk can be written again.
    Recovered,
    /// Something about the desk that should be mended, said once.
    Remark(String),
    /// A clock jumped.
    Jumped(Jump),
    /// How this host's clock stands.
    Skew {
        /// How far it is behind the desk's.
        behind: TimeDelta,
        /// How long a question to the desk takes.
        round_trip: Duration,
    },
}

/// A clock that jumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// By how much, forwards if positive.
    pub by: TimeDelta,
    /// Whether it was this host's; else the desk's.
    pub local: bool,
    /// Whether running clocks moved with it.
    pub followed: bool,
}

/// News of the demo.
#[derive(Clone, Debug)]
pub enum DemoMsg {
    /// How far the seeding is.
    Seeding {
        /// What is being done.
        text: String,
        /// Whether all is done.
        done: bool,
    },
    /// The demo deleted everything below a system's root.
    Lost {
        /// "acme/erp01".
        system: String,
        /// Files that are gone.
        files: u64,
    },
    /// The demo compared what came back with what it deleted.
    Compared {
        /// "acme/erp01".
        system: String,
        /// Files equal by SHA-256.
        equal: u64,
        /// Files that differ or are missing.
        wrong: u64,
    },
    /// Something went wrong in the demo itself.
    Trouble(String),
}

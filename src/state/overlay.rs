//! What lies over the screen: help, palette, find, actions, questions. One at a time.

use super::{
    command::Command,
    find::{Find, PointsView},
    form::Form,
    line::LineInput,
    note::Note,
    wizard::Marked,
};
use ocdeck_domain::{
    facts::{PathBytes, Time},
    ids::{AlertId, IncidentId, JobId, On, PointId, RequestId, SessionId},
};

/// What lies over the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// What the keys do here; the selected row.
    Help(usize),
    /// What a person configured, and what is wrong with it; so many lines scrolled.
    Config(usize),
    /// Commands by their words.
    Palette(Palette),
    /// Anything by its names.
    Find(Find),
    /// The restore points of a system, to look at.
    Points(PointsView),
    /// What can be done with the selected thing.
    Actions {
        /// The commands.
        rows: Vec<Command>,
        /// The selected one.
        selected: usize,
    },
    /// A question that wants words.
    Ask(Ask),
    /// A note of several lines.
    Note(Box<Note>),
    /// A question of several lines.
    Form(Form),
    /// A question that wants yes or no.
    Confirm(Confirm),
}

impl Overlay {
    /// The text field that has the cursor, if there is one.
    pub fn line(&self) -> Option<&LineInput> {
        match self {
            Self::Palette(palette) => Some(&palette.input),
            Self::Find(find) => Some(&find.input),
            Self::Ask(ask) => Some(&ask.input),
            Self::Form(form) => form.field().map(|field| &field.input),
            _ => None,
        }
    }

    pub(super) fn line_mut(&mut self) -> Option<&mut LineInput> {
        match self {
            Self::Palette(palette) => Some(&mut palette.input),
            Self::Find(find) => Some(&mut find.input),
            Self::Ask(ask) => Some(&mut ask.input),
            Self::Form(form) => form.line_mut(),
            _ => None,
        }
    }
}

/// The palette.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Palette {
    /// What is typed.
    pub input: LineInput,
    /// The commands that fit, the best first.
    pub hits: Vec<Hit>,
    /// The selected one.
    pub selected: usize,
}

/// A command that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The command.
    pub command: Command,
    /// Which characters of its label fit, by number.
    pub matched: Vec<usize>,
    /// Why it is off now, if it is.
    pub off: Option<String>,
}

/// A question that wants words.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The title.
    pub title: String,
    /// What is wanted and why.
    pub text: String,
    /// The answer.
    pub input: LineInput,
    /// Answers on offer (contacts), chosen with up and down.
    pub offers: Vec<String>,
    /// The chosen offer.
    pub selected: Option<usize>,
    /// What the answer is for.
    pub purpose: AskFor,
}

/// What an answer about an alert is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertAsk {
    /// To whom it is given.
    Assign,
    /// Until when it is snoozed, and why.
    Snooze,
    /// Who of the client was told.
    Notified,
    /// How that person was told.
    How(String),
}

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskFor {
    /// A decision about an alert.
    Alert(AlertAsk, On<AlertId>),
    /// The reason for cancelling a request.
    Cancel(RequestId),
    /// The system's name: this attempt of a request is approved.
    Approve(RequestId, u32),
    /// Why this attempt of a request is rejected.
    Reject(RequestId, u32),
    /// Why a request that was interrupted is closed.
    Close(RequestId),
    /// Who of the client validated it.
    Validate(RequestId),
    /// Why the priority is lowered.
    LowerPriority,
    /// Who works on an incident.
    IncidentAssign(IncidentId),
    /// What an incident goes on as.
    IncidentMerge(IncidentId),
    /// Which request belongs to an incident.
    IncidentLink(IncidentId),
    /// Which of an incident's requests to go to.
    IncidentRequest(IncidentId),
    /// What was promised, and for when.
    Promise,
    /// To whom the shift is handed over.
    BeginHandover,
    /// Why the handover is called off.
    CancelHandover,
    /// A line of one's own.
    AddLine,
    /// What a line says instead; nothing: as it is generated.
    EditLine,
    /// Whose shift is taken over.
    TakeOverShift,
    /// Why it is.
    TakeOverReason,
    /// What is wrong with the job that the sweep looks at.
    Finding,
}

impl AskFor {
    /// What Enter does with the answer, in the fewest words.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Alert(AlertAsk::Assign, _) | Self::IncidentAssign(_) => "give it",
            Self::Alert(AlertAsk::Snooze, _) => "snooze",
            Self::Alert(AlertAsk::Notified, _) => "go on",
            Self::Alert(AlertAsk::How(_), _) => "record it",
            Self::Cancel(_) => "cancel it",
            Self::Close(_) => "close it",
            Self::Approve(..) => "approve",
            Self::Reject(..) => "reject",
            Self::Validate(_) => "record it",
            Self::LowerPriority => "lower it",
            Self::IncidentMerge(_) => "merge",
            Self::IncidentLink(_) => "link",
            Self::IncidentRequest(_) => "go there",
            Self::Promise => "promise it",
            Self::BeginHandover => "begin",
            Self::CancelHandover => "call it off",
            Self::AddLine => "add it",
            Self::EditLine => "save",
            Self::TakeOverShift => "go on",
            Self::TakeOverReason => "take over",
            Self::Finding => "stamp",
        }
    }

    /// What is missing while nothing is typed, and what to do about it.
    pub fn missing(&self) -> &'static str {
        match self {
            Self::Alert(AlertAsk::Assign | AlertAsk::Notified, _)
            | Self::IncidentAssign(_)
            | Self::Validate(_)
            | Self::BeginHandover
            | Self::TakeOverShift => "nobody is named yet: choose with up and down, or type",
            Self::Alert(AlertAsk::Snooze, _) => "it needs an end: 30m, 2h or 08:00",
            Self::Alert(AlertAsk::How(_), _) => {
                "how is not said yet: choose with up and down, or type"
            }
            Self::Approve(..) => "type the system's name: it is the signature",
            Self::IncidentMerge(_) | Self::IncidentLink(_) | Self::IncidentRequest(_) => {
                "nothing is named yet: choose with up and down, or type"
            }
            Self::Promise | Self::AddLine | Self::EditLine | Self::Finding => {
                "it needs words: they stay with it"
            }
            Self::Cancel(_)
            | Self::Close(_)
            | Self::Reject(..)
            | Self::LowerPriority
            | Self::CancelHandover
            | Self::TakeOverReason => "it needs a reason: it stays with it",
        }
    }
}

/// A question that wants yes or no.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirm {
    /// The title.
    pub title: String,
    /// What would happen.
    pub text: String,
    /// The word for yes: "stop".
    pub yes: &'static str,
    /// What yes does.
    pub action: Confirmed,
}

/// What yes does.
#[derive(Clone, Debug, PartialEq)]
pub enum Confirmed {
    /// Send this attempt of another person's request.
    SendAsMine(RequestId, u32),
    /// End the sweep, whatever is left.
    EndSweep,
    /// Stop that job's session.
    StopJob(On<JobId>, SessionId),
    /// Start a job whose tenant wants to be asked first.
    RetryJob(On<JobId>),
    /// Take this point, and mark this path of it.
    TakePoint(PointId, PathBytes, Marked),
    /// Delete everything below the demo system's root.
    DemoLose,
    /// End the program.
    Quit,
}

/// How an outcome reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Done.
    Ok,
    /// Under way.
    Wait,
    /// Refused, timed out, lost.
    Bad,
    /// Somebody else was faster: it has the whole line.
    Conflict,
}

/// The outcome of an action, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// How it reads.
    pub kind: ToastKind,
    /// The words.
    pub text: String,
    /// When.
    pub at: Time,
}

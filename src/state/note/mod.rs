//! A note that is being written: what it is for, and its text. What is typed is a draft on the
//! desk until it is saved: closing the note, a kill or another console lose nothing of it.

pub mod editor;
pub mod rows;

pub use editor::{Editor, MOST, Move, TooLong};

use ocdeck_domain::{
    facts::Time,
    ids::{Episode, HandoverId, IncidentId, RequestId},
    journal::Subject,
};

/// What a note is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotePurpose {
    /// A note on a restore request.
    Request(RequestId),
    /// A note on an incident.
    Incident(IncidentId),
    /// A note to the next shift.
    Handover(HandoverId),
    /// What an alert is acknowledged with.
    Acknowledge(Episode),
    /// A note on an alert.
    Alert(Episode),
    /// Why an alert is over.
    AlertEnd(Episode),
    /// How an incident was solved.
    Solved(IncidentId),
    /// Why an incident is closed.
    Closed(IncidentId),
    /// Why an incident is opened again.
    Reopened(IncidentId),
}

impl NotePurpose {
    /// Where its draft stands on the desk: of what, and in which field. Two people may
    /// acknowledge one alert at once, each in words of their own.
    pub fn draft(&self, me: &str) -> (Subject, String) {
        let (subject, field) = match self {
            Self::Request(id) => (Subject::Request(*id), "note"),
            Self::Incident(id) => (Subject::Incident(*id), "note"),
            Self::Handover(id) => (Subject::Handover(*id), "note"),
            Self::Acknowledge(alert) => {
                let field = format!("acknowledge by {me}");
                return (Subject::Alert(alert.clone()), field);
            }
            Self::Alert(alert) => (Subject::Alert(alert.clone()), "note"),
            Self::AlertEnd(alert) => (Subject::Alert(alert.clone()), "end"),
            Self::Solved(id) => (Subject::Incident(*id), "solved"),
            Self::Closed(id) => (Subject::Incident(*id), "closed"),
            Self::Reopened(id) => (Subject::Incident(*id), "reopened"),
        };
        (subject, field.to_owned())
    }

    /// Whether it may stay empty: then the key of a new line saves it as long as nothing is
    /// typed, so that it is one key more than none.
    pub fn optional(&self) -> bool {
        matches!(self, Self::Acknowledge(_))
    }

    /// What saving it does, in a word.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Request(_) | Self::Incident(_) | Self::Handover(_) | Self::Alert(_) => "save",
            Self::Acknowledge(_) => "acknowledge",
            Self::AlertEnd(_) | Self::Solved(_) => "resolve",
            Self::Closed(_) => "close it",
            Self::Reopened(_) => "open again",
        }
    }

    /// Whether it is mostly a sentence or two, so that what it is about stays in sight.
    fn is_short(&self) -> bool {
        !matches!(
            self,
            Self::Request(_) | Self::Incident(_) | Self::Handover(_)
        )
    }
}

/// Whether a field of a draft is the text of a note.
pub(super) fn is_note(field: &str) -> bool {
    field == "note"
}

/// A note that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The title.
    pub title: String,
    /// What is wanted and why; one line.
    pub text: String,
    /// What it began with, if no draft was left.
    pub began: String,
    /// What is written.
    pub editor: Editor,
    /// What it is for.
    pub purpose: NotePurpose,
    /// Who left the draft that it began with, and when.
    pub left: Option<(String, Time)>,
}

impl Note {
    /// Whether it is one that may stay empty, and is empty.
    pub fn goes_without(&self) -> bool {
        self.purpose.optional() && self.editor.is_blank()
    }

    /// How much room it takes on a screen of that size, frame and all; and the cells and rows
    /// of its text.
    pub fn room(&self, (columns, rows): (u16, u16)) -> Room {
        let width = columns.saturating_sub(4).min(92);
        let lines = match self.purpose.is_short() {
            true => (rows / 5).clamp(3, 8),
            false => (rows / 2).clamp(3, 22),
        };
        Room {
            width,
            height: lines + 5,
            // A column of air at both sides, and one for the cursor behind a full row.
            text_width: width.saturating_sub(7),
            text_height: lines,
        }
    }
}

/// Sizes of a note on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Columns, with the frame.
    pub width: u16,
    /// Rows, with the frame.
    pub height: u16,
    /// Cells of a row of text.
    pub text_width: u16,
    /// Rows of text.
    pub text_height: u16,
}

//! A note that is being written: what it is for, and its text. What is typed is a draft on the
//! desk until it is saved: closing the note, a kill or another console lose nothing of it.

pub mod editor;
pub mod rows;

pub use editor::{Editor, MOST, Move, TooLong};

use ocdeck_domain::{
    facts::Time,
    ids::{HandoverId, IncidentId, RequestId},
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
}

impl NotePurpose {
    /// Where its draft stands on the desk: of what, and in which field.
    pub fn draft(&self) -> (Subject, &'static str) {
        match self {
            Self::Request(id) => (Subject::Request(*id), "note"),
            Self::Incident(id) => (Subject::Incident(*id), "note"),
            Self::Handover(id) => (Subject::Handover(*id), "note"),
        }
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

/// How much room a note takes on a screen of that size, frame and all; and the cells and rows
/// of its text.
pub fn room((columns, rows): (u16, u16)) -> Room {
    let width = columns.saturating_sub(4).min(92);
    let lines = (rows / 2).clamp(3, 22);
    Room {
        width,
        height: lines + 5,
        // A column of air at both sides, and one for the cursor behind a full row.
        text_width: width.saturating_sub(7),
        text_height: lines,
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

//! Handovers that are over: those of the last days are known from the start, older ones are
//! read page by page as somebody goes down to them.

use super::super::super::{
    effect::{DeskCommand, Effect},
    model::Model,
    shift::{Older, ShiftView},
};
use ocdeck_domain::journal::{Record, Subject};

/// The word that the texts of handovers begin with on the desk.
const KIND: &str = "handover";
/// How many are read at once: more than most screens have rows.
const PAGE: u32 = 50;

impl Model {
    /// The history, and what is older than what the console read at its start.
    pub(super) fn show_history(&mut self) {
        self.shift.view = ShiftView::History;
        self.shift.past = self.past_handovers().first().map(|(id, _)| *id);
        if self.shift.older == Older::Unread {
            self.ask_past(None);
        }
    }

    /// The next older ones, if there are any and they were not asked for.
    pub(super) fn ask_older(&mut self) {
        if let Older::Before(subject) = &self.shift.older {
            let before = Some(subject.clone());
            self.ask_past(before);
        }
    }

    fn ask_past(&mut self, before: Option<Subject>) {
        self.shift.older = Older::Asked(self.now);
        self.effects.push(Effect::Desk(DeskCommand::Past {
            kind: KIND,
            before,
            most: PAGE,
        }));
    }

    /// Older handovers came. Nothing of them is news to anybody.
    pub(in crate::state::update) fn past_came(
        &mut self,
        kind: &str,
        records: &[Record],
        more: Option<Subject>,
    ) {
        for record in records {
            self.book.fold(&record.signed());
        }
        if kind == KIND {
            self.shift.older = more.map_or(Older::All, Older::Before);
        }
    }
}

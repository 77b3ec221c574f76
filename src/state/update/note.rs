//! A note of several lines: opened with the draft that is there, written, saved or left.

use super::super::{
    command::Command,
    effect::{DeskCommand, Effect},
    model::{Env, Model},
    msg::Edit,
    note::{self, Editor, MOST, Move, Note, NotePurpose, TooLong},
    overlay::Overlay,
    words::bytes,
};
use ocdeck_domain::{
    ids::RequestId,
    journal::DraftRow,
    restore::{Event, Phase},
};

impl Model {
    /// Opens a note, with what was typed and not saved before, by whoever it was. What saving
    /// it does stands in [`Model::noted`].
    pub(super) fn ask_note(
        &mut self,
        title: impl Into<String>,
        text: impl Into<String>,
        purpose: NotePurpose,
    ) {
        self.ask_note_from(title, text, "", purpose);
    }

    /// The same, beginning with a text that is there already if no draft of it was left.
    pub(super) fn ask_note_from(
        &mut self,
        title: impl Into<String>,
        text: impl Into<String>,
        there: &str,
        purpose: NotePurpose,
    ) {
        let (subject, field) = purpose.draft(&self.me.name);
        let draft = self.drafts.text(&subject, &field);
        let row = self.drafts.get(&subject, &field);
        let left = row
            .filter(|_| !draft.is_empty())
            .map(|row| (row.author.clone(), row.at));
        let begin = if draft.is_empty() { there } else { &draft };
        self.overlay = Some(Overlay::Note(Box::new(Note {
            title: title.into(),
            text: text.into(),
            began: there.to_owned(),
            editor: Editor::of(begin),
            purpose,
            left,
        })));
        self.resize_note();
    }

    /// What a saved note does.
    fn noted(&mut self, purpose: &NotePurpose, text: String, env: &Env<'_>) {
        match purpose {
            NotePurpose::Request(id) => {
                self.append(env, *id, &Event::Noted { text });
                let reference = self.reference_text(*id);
                self.say_when_written(format!("noted on {reference}"));
            }
            NotePurpose::Incident(id) => {
                let noted = ocdeck_domain::incident::Event::Noted { text };
                self.incident_write(env, *id, &[noted]);
                self.say_when_written(format!("noted on {}", self.incident_name(*id)));
            }
            NotePurpose::Handover(id) => self.note_handover(*id, text, env),
            NotePurpose::Acknowledge(of) | NotePurpose::Alert(of) | NotePurpose::AlertEnd(of) => {
                self.alert_noted(of, purpose, text, env);
            }
            NotePurpose::Solved(id) | NotePurpose::Closed(id) | NotePurpose::Reopened(id) => {
                self.incident_noted(*id, purpose, text, env);
            }
        }
    }

    /// A command while a note has the keys; nothing else is done then.
    pub(super) fn note_command(&mut self, command: Command, env: &Env<'_>) {
        use Command as C;
        match command {
            C::NoteSave | C::Open => self.save_note(env),
            C::NoteNewLine if self.note().is_some_and(Note::goes_without) => self.save_note(env),
            C::NoteNewLine => self.edit_note(Edit::Insert('\n')),
            C::Back | C::Quit => self.leave_note(),
            C::Help => {
                let note = self.overlay.replace(Overlay::Help(0));
                self.parked_note = note;
            }
            _ => {
                let to = match command {
                    C::Up => Move::Rows(-1),
                    C::Down => Move::Rows(1),
                    C::PageUp => Move::Pages(-1),
                    C::PageDown => Move::Pages(1),
                    C::First => Move::Start,
                    C::Last => Move::End,
                    C::NoteParagraphUp => Move::ParagraphUp,
                    C::NoteParagraphDown => Move::ParagraphDown,
                    _ => return,
                };
                self.with_note(|editor| editor.go(to));
            }
        }
    }

    /// The note that is being written.
    pub(in crate::state) fn note(&self) -> Option<&Note> {
        match &self.overlay {
            Some(Overlay::Note(note)) => Some(note),
            _ => None,
        }
    }

    pub(super) fn with_note<T>(&mut self, f: impl FnOnce(&mut Editor) -> T) -> Option<T> {
        match &mut self.overlay {
            Some(Overlay::Note(note)) => Some(f(&mut note.editor)),
            _ => None,
        }
    }

    pub(super) fn edit_note(&mut self, edit: Edit) {
        if let Some(Err(TooLong { .. })) = self.with_note(|editor| editor.edit(edit)) {
            self.bad(format!("the note is full: {} is the most", size(MOST)));
        }
    }

    pub(super) fn paste_note(&mut self, text: &str) {
        if let Some(Err(TooLong { would_be })) = self.with_note(|editor| editor.insert(text)) {
            self.bad(format!(
                "not pasted: {}, {} is the most a note holds",
                size(would_be),
                size(MOST)
            ));
        }
    }

    /// Whether a row is the text of a note. One of somebody else is the draft now, also in a
    /// note that is open here: what stood in it comes back by undo.
    pub(super) fn note_typed_elsewhere(&mut self, row: &DraftRow) -> bool {
        if row.draft.request().is_some() && !note::is_note(&row.field) {
            return false;
        }
        let known = self.drafts.get(&row.draft, &row.field);
        let news = known.is_none_or(|known| known != row && known.version <= row.version);
        // One's own come back too.
        if row.author == self.me.name || !news {
            return true;
        }
        self.keep_draft(row.clone());
        let Some(Overlay::Note(open)) = &mut self.overlay else {
            return true;
        };
        if open.purpose.draft(&self.me.name) != (row.draft.clone(), row.field.clone()) {
            return true;
        }
        let text: String = serde_json::from_str(&row.value).unwrap_or_default();
        if text.is_empty() {
            self.wait(format!(
                "{} saved this note; what you typed here is not in it",
                row.author
            ));
        } else {
            open.editor.become_text(&text);
            self.wait(format!(
                "{} writes this note too; undo brings yours back",
                row.author
            ));
        }
        true
    }

    fn save_note(&mut self, env: &Env<'_>) {
        let Some(note) = self.note() else {
            return;
        };
        let text = note.editor.text().trim().to_owned();
        if text.is_empty() && !note.purpose.optional() {
            return self.bad("there is nothing to save yet");
        }
        let purpose = note.purpose.clone();
        self.overlay = None;
        self.noted(&purpose, text, env);
        self.keep_note_draft(&purpose, "", env);
    }

    fn leave_note(&mut self) {
        let kept = self.with_note(|editor| !editor.is_blank()) == Some(true);
        self.overlay = None;
        if kept {
            self.wait("kept as a draft, for others too: open it again");
        }
    }

    /// Puts what is typed on the desk.
    pub(super) fn save_note_draft(&mut self, env: &Env<'_>) {
        let Some(note) = self.note() else {
            return;
        };
        let (purpose, text) = (note.purpose.clone(), note.editor.text().to_owned());
        let (draft, field) = purpose.draft(&self.me.name);
        if text == note.began && self.drafts.text(&draft, &field).is_empty() {
            return;
        }
        self.keep_note_draft(&purpose, &text, env);
    }

    fn keep_note_draft(&mut self, purpose: &NotePurpose, text: &str, env: &Env<'_>) {
        let (draft, field) = purpose.draft(&self.me.name);
        if !self.desk.loaded || self.drafts.text(&draft, &field) == text {
            return;
        }
        let row = DraftRow {
            version: self.drafts.next_version(&draft, &field),
            draft,
            field,
            value: serde_json::Value::from(text).to_string(),
            author: self.me.name.clone(),
            at: env.now,
        };
        self.keep_draft(row.clone());
        self.effects
            .push(Effect::Desk(DeskCommand::SaveDraft(vec![row])));
    }

    pub(super) fn resize_note(&mut self) {
        let Some(room) = self.note().map(|note| note.room(self.size)) else {
            return;
        };
        let (width, height) = (usize::from(room.text_width), usize::from(room.text_height));
        self.with_note(|editor| editor.resize(width, height));
    }

    /// Why nothing can be noted on the selected request.
    pub(in crate::state) fn note_request_off(&self) -> Option<String> {
        if let Some(why) = self.role_off(&["technician", "duty_manager", "reseller"]) {
            return Some(why);
        }
        let selected = self.restores.selected;
        if selected.is_some_and(|id| self.requests.is_foreign(id)) {
            return Some("it is of another desk".to_owned());
        }
        let known = selected.and_then(|id| self.requests.get(id));
        known.is_none().then(|| "no request is selected".to_owned())
    }

    pub(super) fn ask_request_note(&mut self, id: RequestId) {
        let reference = self.reference_text(id);
        let words = match self.request_phase(id) {
            Phase::Closed | Phase::Cancelled => "It is over; the note is kept in its time line.",
            _ => "What whoever works on it next should know. It is kept in the time line.",
        };
        self.ask_note(
            format!("Note on {reference}"),
            words,
            NotePurpose::Request(id),
        );
    }
}

fn size(count: usize) -> String {
    bytes(u64::try_from(count).unwrap_or(u64::MAX))
}

//! News of the desk: records are folded, drafts kept, a new request gets its number.

use super::super::{
    model::{Env, Model},
    msg::DeskMsg,
    pending::Asked,
};
use ocdeck_domain::{
    ids::{Reference, RequestId},
    journal::{DraftRow, NewRecord, Record, Subject},
    restore::{Phase, Request},
};
use std::collections::BTreeSet;

impl Model {
    pub(super) fn desk_news(&mut self, news: DeskMsg, env: &Env<'_>) {
        match news {
            DeskMsg::Loaded { records, drafts } => {
                for row in drafts {
                    self.keep_draft(row);
                }
                self.desk.loaded = true;
                self.fold(&records, env);
                self.adopt_what_awaits();
                self.judge_all();
            }
            DeskMsg::Appended(records) => self.fold(&records, env),
            DeskMsg::Drafts(rows) => self.typed_elsewhere(rows),
            DeskMsg::Opened {
                subject,
                number,
                records,
            } => {
                self.fold(&records, env);
                match subject {
                    Subject::Request(id) => self.request_opened(id, Reference(number)),
                    Subject::Incident(id) => self.incident_opened(id),
                    _ => {}
                }
            }
            DeskMsg::History { records, .. } => self.fold(&records, env),
            DeskMsg::Conflict { subject, refused } => self.conflict(&subject, &refused),
            DeskMsg::Failed { text, since } => {
                self.bad(format!(
                    "the desk cannot be written: {text}; it is kept and tried again"
                ));
                self.desk.trouble = Some((text, since));
            }
            DeskMsg::Recovered => {
                if self.desk.trouble.take().is_some() {
                    self.done("the desk is written again, nothing was lost");
                }
            }
        }
    }

    fn request_opened(&mut self, id: RequestId, reference: Reference) {
        if let Some(wizard) = self.wizard.as_mut().filter(|w| w.request == id) {
            wizard.opening = false;
        }
        self.done(format!("{reference} opened, respond stamped"));
    }

    /// Somebody else was faster: what was to follow the refused records is never answered.
    fn conflict(&mut self, subject: &Subject, refused: &[NewRecord]) {
        if self.taking_refused(subject, refused) {
            return;
        }
        let requests = &self.requests;
        self.pending.retain(|_, pending| match pending.what {
            Asked::Dispatch(id, attempt) => requests
                .get(id)
                .is_some_and(|r| r.attempts.contains_key(&attempt)),
            _ => true,
        });
        if let Subject::Incident(id) = subject
            && let Some(text) = self.incident_conflict(*id)
        {
            return self.bad(text);
        }
        let what = refused
            .first()
            .map_or("it", |record| record.kind.as_str())
            .replace('_', " ");
        let name = subject
            .request()
            .map_or_else(|| subject.to_string(), |id| self.reference_text(id));
        self.bad(format!(
            "somebody else was faster on {name}: {what} was not written and nothing was sent"
        ));
    }

    /// What others do to what is mine: said before it is folded in.
    fn tell_of_others(&mut self, record: &Record) {
        match record.record.subject {
            Subject::Request(_) => self.tell_request(record),
            Subject::Handover(_) => self.tell_handover(record),
            _ => {}
        }
    }

    /// Rows of drafts came from the desk: those of others are the draft now, also in a wizard
    /// that is open here.
    fn typed_elsewhere(&mut self, rows: Vec<DraftRow>) {
        let open = self.wizard.as_ref().map(|wizard| wizard.request);
        let mut fields: Vec<String> = Vec::new();
        let mut authors: BTreeSet<String> = BTreeSet::new();
        for row in rows {
            if self.note_typed_elsewhere(&row) {
                continue;
            }
            let known = row.draft.request();
            let known = known.and_then(|id| self.requests.draft_field(id, &row.field));
            let news = known.is_none_or(|known| *known != row && known.version <= row.version);
            // One's own come back too.
            if row.author == self.me.name || !news {
                continue;
            }
            if open.is_some() && row.draft.request() == open {
                fields.push(row.field.clone());
                authors.insert(row.author.clone());
            }
            self.requests.keep(row);
        }
        let shared: Vec<&str> = fields.iter().map(String::as_str).collect();
        let told = shared
            .iter()
            .any(|f| !matches!(*f, "step" | "folder" | "received"));
        let (Some(wizard), true) = (self.wizard.as_mut(), !fields.is_empty()) else {
            return;
        };
        wizard.take_fields(&shared, &self.requests);
        wizard.refresh_contacts(&self.directory, &self.fleet);
        wizard.refresh_systems(&self.directory, &self.fleet);
        self.ask_points();
        if told {
            let authors: Vec<String> = authors.into_iter().collect();
            let who = super::super::words::list(&authors);
            self.wait(format!("{who} writes in this request too"));
        }
    }

    fn fold(&mut self, records: &[Record], env: &Env<'_>) {
        let mut touched: BTreeSet<RequestId> = BTreeSet::new();
        for record in records {
            touched.extend(record.record.subject.request());
            self.tell_of_others(record);
            self.requests.fold(record);
            self.book.fold(record);
            self.book_folded(record);
            self.tell_taken(record);
            if let Subject::Hook(id) = record.record.subject {
                self.hook_folded(id);
            }
        }
        for id in touched {
            self.witness_what_is_known(id, env);
            let over = self
                .requests
                .get(id)
                .map(Request::phase)
                .is_some_and(Phase::over);
            if over && self.wizard.as_ref().is_some_and(|w| w.request == id) {
                self.wizard = None;
            }
        }
    }
}

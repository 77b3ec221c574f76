//! News of the desk: records are folded, drafts kept, a new request gets its number.

use super::super::{
    model::{Env, Model},
    msg::DeskMsg,
    pending::Asked,
};
use ocdeck_domain::{
    ids::{Reference, RequestId},
    journal::{NewRecord, Record, Subject},
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
            }
            DeskMsg::Appended(records) => self.fold(&records, env),
            DeskMsg::Opened {
                subject,
                number,
                records,
            } => {
                self.fold(&records, env);
                if let Some(id) = subject.request() {
                    self.request_opened(id, Reference(number));
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
        let requests = &self.requests;
        self.pending.retain(|_, pending| match pending.what {
            Asked::Dispatch(id, attempt) => requests
                .get(id)
                .is_some_and(|r| r.attempts.contains_key(&attempt)),
            _ => true,
        });
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

    fn fold(&mut self, records: &[Record], env: &Env<'_>) {
        let mut touched: BTreeSet<RequestId> = BTreeSet::new();
        for record in records {
            touched.extend(record.record.subject.request());
            self.requests.fold(record);
            self.book.fold(record);
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

//! News of the desk: records are folded, drafts kept, a new request gets its number.

use super::super::{
    effect::{DeskCommand, Effect},
    model::{Env, Model},
    msg::DeskMsg,
};
use ocdeck_domain::{
    ids::{Reference, RequestId},
    journal::{Record, Subject},
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
                self.touch_all_alerts();
            }
            DeskMsg::Appended(records) => self.fold(&records, env),
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
            DeskMsg::Stood(subjects) => self.read_unknown(subjects),
            DeskMsg::History { subject, records } => {
                self.fold(&records, env);
                self.history_read(&subject, env);
            }
            DeskMsg::Past {
                kind,
                records,
                more,
            } => self.past_came(kind, &records, more),
            DeskMsg::Conflict {
                subject,
                refused,
                winner,
            } => self.conflict(&subject, &refused, winner.as_deref(), env),
            DeskMsg::Refused { text, refused } => self.never_written(&text, &refused),
            DeskMsg::TakenBack { record, stands } => self.taken_back(&record, stands, env),
            DeskMsg::Drafts(rows) => self.typed_by_others(rows),
            DeskMsg::Overwritten(rows) => self.overwritten(&rows),
            DeskMsg::Late(pairs) => self.typed_too_late(pairs),
            DeskMsg::Failed {
                text,
                since,
                waiting,
                unkept,
            } => {
                match &unkept {
                    Some(why) if !self.desk.unkept => self.bad(format!(
                        "do not end this console until the desk is back: {why}"
                    )),
                    None if self.desk.trouble.is_none() => self
                        .bad("the desk cannot be written; what you do is kept and written later"),
                    _ => {}
                }
                self.desk.unkept = unkept.is_some();
                self.desk.trouble = Some((text, since));
                self.desk.waiting = waiting;
            }
            DeskMsg::Recovered => {
                self.desk.waiting = 0;
                self.desk.unkept = false;
                if self.desk.trouble.take().is_some() {
                    self.done("the desk is written again, nothing was lost");
                }
            }
            DeskMsg::Remark(text) => self.faster(text),
            DeskMsg::Jumped(jump) => self.jumped(jump),
            DeskMsg::Skew { behind, round_trip } => self.skewed(behind, round_trip),
        }
    }

    /// What ended long ago was not read at the start. It is looked at before anything more is
    /// made of it: what was just seen may be what ended then.
    fn read_unknown(&mut self, subjects: Vec<Subject>) {
        for subject in subjects {
            let known = match &subject {
                Subject::Alert(episode) => {
                    let life = self.book.alert(episode);
                    life.is_some_and(|life| life.fact.is_some())
                }
                Subject::Incident(id) => self.book.incidents.get(*id).is_some(),
                _ => true,
            };
            if !known {
                let history = DeskCommand::History(subject);
                self.effects.push(Effect::Desk(history));
            }
        }
    }

    fn request_opened(&mut self, id: RequestId, reference: Reference) {
        if let Some(wizard) = self.wizard.as_mut().filter(|w| w.request == id) {
            wizard.opening = false;
        }
        self.done(format!("{reference} opened, respond stamped"));
    }

    /// What others do to what is mine: said before it is folded in.
    fn tell_of_others(&mut self, record: &Record) {
        match record.record.subject {
            Subject::Request(_) => self.tell_request(record),
            Subject::Handover(id) => self.tell_handover(id, record),
            _ => {}
        }
    }

    fn fold(&mut self, records: &[Record], env: &Env<'_>) {
        // First: what a colleague did meanwhile says more than that it stands.
        self.told_back(records);
        let mut touched: BTreeSet<RequestId> = BTreeSet::new();
        for record in records {
            let record = &*record.signed();
            let since = self.desk.kept_since.unwrap_or(record.received_at);
            self.desk.kept_since = Some(since.min(record.received_at));
            touched.extend(record.record.subject.request());
            self.tell_of_others(record);
            self.requests.fold(record);
            self.book.fold(record);
            self.book_folded(record);
            self.tell_taken(record);
            if let Subject::Hook(id) = record.record.subject {
                self.hook_folded(id);
            }
            self.touch_record(record);
        }
        if records
            .iter()
            .any(|r| matches!(r.record.subject, Subject::Directory | Subject::Revision(_)))
        {
            self.take_revision();
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

//! What several people at one desk do to each other: who was faster, who typed where, and
//! whose clock counts.

use super::super::{
    model::{Env, Model},
    msg::Jump,
    overlay::ToastKind,
    pending::Asked,
    wizard::Field,
};
use chrono::TimeDelta;
use ocdeck_domain::{
    journal::{DraftRow, NewRecord, Record, Subject},
    words,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How long a conflict is shown at least before the next one.
const CONFLICT_SECONDS: i64 = 10;
/// From when on a wrong clock is told, in seconds.
const SKEW_SECONDS: i64 = 5;

impl Model {
    /// Somebody else was faster: what was to follow the refused records is never answered.
    pub(super) fn conflict(
        &mut self,
        subject: &Subject,
        refused: &[NewRecord],
        winner: Option<&Record>,
        env: &Env<'_>,
    ) {
        if self.taking_refused(subject, refused)
            || self.decision_refused(refused, env)
            || self.request_again(refused)
            || self.incident_again(refused)
        {
            return;
        }
        self.forget_dispatches(refused);
        if let Subject::Incident(id) = subject
            && let Some(text) = self.incident_conflict(*id)
        {
            let kept = self.keep_incident_words(*id, refused, env);
            return self.faster(format!("{text}{kept}"));
        }
        let what = kind(refused.first().map(|record| record.kind.as_str()));
        let name = self.subject_text(subject);
        let lost = format!("{what} not written, nothing sent");
        let (who, lost) = match winner {
            Some(record) => {
                let record = &*record.signed();
                let ago = words::ago(self.now - record.received_at);
                let did = kind(Some(&record.record.kind));
                let who = format!("{} was faster, {did} {ago}", record.record.actor);
                // Said twice it would not fit 80 columns.
                let same = did == what;
                (
                    who,
                    if same {
                        "yours does not count".to_owned()
                    } else {
                        lost
                    },
                )
            }
            None => ("somebody else was faster".to_owned(), lost),
        };
        self.faster(format!("{name}: {who}; {lost}"));
    }

    /// The desk will never take it.
    pub(super) fn never_written(&mut self, text: &str, refused: &[NewRecord]) {
        self.forget_dispatches(refused);
        self.decision_lost(refused);
        self.never_told_back(refused);
        let what = match refused.first() {
            Some(record) => format!("{} was not written: ", kind(Some(&record.kind))),
            None => String::new(),
        };
        self.faster(format!("{what}{text}"));
    }

    /// What was to follow these records never left.
    fn forget_dispatches(&mut self, refused: &[NewRecord]) {
        for record in refused {
            self.no_longer_waits(record);
        }
        let requests = &self.requests;
        let again = |id| {
            let of = |it: &&NewRecord| it.kind == "sent_again" && it.subject.request() == Some(id);
            refused.iter().any(|it| of(&it))
        };
        self.pending.retain(|_, pending| match pending.what {
            Asked::Dispatch(id, attempt) => requests
                .get(id)
                .is_some_and(|r| r.attempts.contains_key(&attempt) && !again(id)),
            _ => true,
        });
    }

    /// How people call what a record is about.
    fn subject_text(&self, subject: &Subject) -> String {
        match subject.request() {
            Some(id) => self.reference_text(id),
            None => subject.to_string(),
        }
    }

    /// The next conflict, once the one before was there for a while.
    pub(super) fn show_conflicts(&mut self) {
        let least = TimeDelta::seconds(CONFLICT_SECONDS);
        let busy = self
            .toast
            .as_ref()
            .is_some_and(|toast| toast.kind == ToastKind::Conflict && self.now - toast.at < least);
        if busy {
            return;
        }
        if let Some(text) = self.desk.conflicts.pop_front() {
            let more = match self.desk.conflicts.len() {
                0 => String::new(),
                more => format!(" ({more} more)"),
            };
            self.toast(ToastKind::Conflict, text + &more);
        }
    }

    /// Others typed, or this person at another console: that is the draft now, also in a wizard
    /// that is open here. Rows that were written before it was opened say where it was left.
    pub(super) fn typed_by_others(&mut self, rows: Vec<DraftRow>) {
        let open = self.wizard.as_ref().filter(|w| w.sent.is_none());
        let open = open.map(|wizard| wizard.request);
        let opened = self.wizard.as_ref().and_then(|wizard| wizard.opened);
        let mut left_by = None;
        let mut fields: Vec<String> = Vec::new();
        let mut changed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in rows {
            if self.note_typed_elsewhere(&row) {
                continue;
            }
            let known = row.draft.request();
            let known = known.and_then(|id| self.requests.draft_field(id, &row.field));
            let news = known.is_none_or(|known| *known != row && known.version <= row.version);
            if news && open.is_some() && row.draft.request() == open {
                fields.push(row.field.clone());
                if row.field == "step" && opened.is_some_and(|opened| row.at < opened) {
                    left_by = Some(row.author.clone());
                }
                if !matches!(row.field.as_str(), "step" | "folder" | "received" | "place") {
                    let of_author = changed.entry(row.author.clone()).or_default();
                    of_author.insert(row.field.replace('_', " "));
                }
            }
            self.keep_draft(row);
        }
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let (Some(wizard), false) = (self.wizard.as_mut(), fields.is_empty()) else {
            return;
        };
        wizard.take_fields(&fields, &self.requests);
        if left_by.is_some() {
            wizard.resume(&self.requests);
        }
        wizard.refresh_contacts(&self.directory, &self.fleet);
        wizard.refresh_systems(&self.directory, &self.fleet);
        if changed.is_empty() && left_by.is_none() {
            return;
        }
        // What was typed to confirm another order confirms nothing.
        wizard.lines.remove(&Field::Confirm);
        let (id, step) = (wizard.request, wizard.step.number());
        let reference = self.reference_text(id);
        self.ask_points();
        self.browse();
        let name = |author: String| match author == self.me.name {
            true => "you, at another console,".to_owned(),
            false => author,
        };
        self.wait(match left_by.map(name) {
            Some(author) => format!("{reference} goes on at step {step}, where {author} left it"),
            None => {
                let who = changed.into_iter().map(|(author, fields)| {
                    let fields: Vec<String> = fields.into_iter().collect();
                    format!("{} changed {}", name(author), fields.join(", "))
                });
                format!("{reference}: {}", who.collect::<Vec<_>>().join("; "))
            }
        });
    }

    /// What was typed here took the place of what others had typed a moment ago.
    pub(super) fn overwritten(&mut self, rows: &[DraftRow]) {
        let seen = |row: &&DraftRow| row.author != self.me.name && row.field != "step";
        let Some(row) = rows.iter().find(seen) else {
            return;
        };
        let text = format!(
            "{}: yours replaced what {} typed in {}: {}",
            self.subject_text(&row.draft),
            row.author,
            row.field.replace('_', " "),
            row.value
        );
        self.wait(text);
    }

    /// What was typed while the desk was out of reach, and somebody else typed later.
    pub(super) fn typed_too_late(&mut self, pairs: Vec<(DraftRow, DraftRow)>) {
        for (ours, theirs) in pairs {
            if matches!(ours.field.as_str(), "step" | "folder" | "place") {
                continue;
            }
            let ago = words::ago(self.now - theirs.at);
            let who = match theirs.author == self.me.name {
                true => "you, at another console,",
                false => theirs.author.as_str(),
            };
            self.faster(format!(
                "{}: {who} typed {} {ago}: {}; your version was not saved: {}",
                self.subject_text(&ours.draft),
                ours.field.replace('_', " "),
                theirs.value,
                ours.value
            ));
        }
    }

    /// A clock jumped; running clocks are right all the same.
    pub(super) fn jumped(&mut self, jump: Jump) {
        let by = span(jump.by);
        self.bad(match (jump.local, jump.followed) {
            (true, false) => {
                format!("this host's clock jumped by {by}; times here go on as before")
            }
            (true, true) => format!("this host's clock stays {by} off; all times follow it now"),
            (false, true) => format!("the desk's clock jumped by {by}; all times follow it"),
            (false, false) => format!("the desk's clock jumped by {by}"),
        });
    }

    /// How this host's clock stands; a wrong one is told once.
    pub(super) fn skewed(&mut self, behind: TimeDelta, round_trip: Duration) {
        let wrong = |by: TimeDelta| by.num_seconds().abs() > SKEW_SECONDS;
        if wrong(behind) && !wrong(self.desk.behind) {
            let (by, side) = if behind > TimeDelta::zero() {
                (behind, "behind")
            } else {
                (-behind, "ahead")
            };
            self.wait(format!(
                "this host's clock is {} {side}; times here are the desk's",
                span(by)
            ));
        }
        self.desk.behind = behind;
        self.desk.round_trip = round_trip;
    }
}

/// `call_received` as people say it.
fn kind(kind: Option<&str>) -> String {
    kind.unwrap_or("it").replace('_', " ")
}

/// `-12 s`, `3 min`, `2 h`, to the nearest: a clock that is set by hours misses them by a little.
pub(super) fn span(by: TimeDelta) -> String {
    let nearest = |n: i64, of: i64| n.signum() * ((n.abs() + of / 2) / of);
    let s = nearest(by.num_milliseconds(), 1000);
    match s.abs() {
        0..120 => format!("{s} s"),
        120..7200 => format!("{} min", nearest(s, 60)),
        _ => format!("{} h", nearest(s, 3600)),
    }
}

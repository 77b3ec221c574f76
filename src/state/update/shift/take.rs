//! The shift changes hands: one transaction with everything that moves, or nothing of it.

use super::super::super::{
    model::{Env, Model},
    overlay::AskFor,
    shift::{Owned, ShiftView},
};
use ocdeck_domain::{
    alert,
    handover::{self, Handover, Sheet, Taken},
    ids::HandoverId,
    incident,
    journal::{NewRecord, Record, Subject},
    restore,
    shift::Event,
};

impl Model {
    /// Why the shift cannot be taken.
    pub(super) fn take_off(&self) -> Option<String> {
        if let Some(why) = self.handover_off() {
            return Some(why);
        }
        let (_, handover) = self.my_handover()?;
        if handover.to != self.me.name {
            return Some(format!("{} takes it", handover.to));
        }
        let (read, all) = self.lines_read();
        match all.saturating_sub(read) {
            0 => None,
            1 => Some("1 line of a P1 or P2 is to be read".to_owned()),
            left => Some(format!("{left} lines of P1 and P2 are to be read")),
        }
    }

    /// Take the shift that is handed over to me.
    pub(super) fn take_shift(&mut self, env: &Env<'_>) {
        let Some((id, handover)) = self.my_handover() else {
            return;
        };
        let handover = handover.clone();
        let owned = self.owned_by(&handover.from);
        let mut sheet = self.sheet(Some(&handover), moved(&owned));
        // The copy says what stands there: as it was read.
        sheet.lines.clone_from(&self.shift.lines);
        let version = handover.version() + 1;
        let records = self.taking(env, id, &handover, Some(version), &owned, sheet);
        self.append_all(records);
        self.wait(format!("taking the shift of {}", handover.from));
    }

    /// Everything that is written when a shift changes hands. Each subject is claimed at the
    /// place that was seen last: if one of them changed meanwhile, nothing is written.
    fn taking(
        &self,
        env: &Env<'_>,
        id: HandoverId,
        handover: &Handover,
        version: Option<u32>,
        owned: &[Owned],
        sheet: Sheet,
    ) -> Vec<NewRecord> {
        let me = &self.me.name;
        let from = &handover.from;
        let taken = handover::Event::Taken(Box::new(Taken {
            reason: sheet.reason.clone(),
            moved: moved(owned),
            copy: sheet.freeze(),
        }));
        let mut taken = taken.record((env.new_id)(), id, env.now, me);
        taken.subject_version = version;
        let mut records = vec![taken];
        for Owned { moved, version } in owned {
            let record = match &moved.subject {
                Subject::Request(id) => {
                    let event = restore::Event::TakenOver { from: from.clone() };
                    Some(self.record(env, *id, &event))
                }
                Subject::Incident(id) => {
                    let event = incident::Event::TakenOver { from: from.clone() };
                    Some(event.record((env.new_id)(), *id, env.now, me))
                }
                Subject::Alert(episode) => {
                    let event = alert::Event::TakenOver { from: from.clone() };
                    Some(event.record((env.new_id)(), episode, env.now, me))
                }
                _ => None,
            };
            records.extend(record.map(|record| NewRecord {
                subject_version: Some(version + 1),
                ..record
            }));
        }
        let own = records.len();
        records.extend(self.promises_move(env, from));
        let handover = Some(id);
        let person = self.book.people.get(from);
        if person.is_some_and(|person| person.on_since.is_some()) {
            records.push(self.person_record(env, from, &Event::OffShift { handover }));
        }
        // Of two who take the shift of one person in the same second one has the promises.
        let of_person = Subject::Person(from.clone());
        let mut first = records.iter_mut().skip(own);
        if let (Some(record), Some(person)) = (first.find(|r| r.subject == of_person), person) {
            record.subject_version = Some(person.version() + 1);
        }
        if !self.am_on_shift() {
            records.push(self.person_record(env, me, &Event::OnShift { handover }));
        }
        records
    }

    fn promises_move(&self, env: &Env<'_>, from: &str) -> Vec<NewRecord> {
        let promises = self.book.people.get(from).map(|person| &person.promises);
        let Some(promises) = promises.filter(|promises| !promises.is_empty()) else {
            return Vec::new();
        };
        let me = &self.me.name;
        let passed = Event::Passed {
            promises: promises.keys().copied().collect(),
            to: me.clone(),
        };
        let mut records = vec![self.person_record(env, from, &passed)];
        records.extend(
            promises
                .values()
                .map(|promise| self.person_record(env, me, &Event::Promised(promise.clone()))),
        );
        records
    }

    pub(super) fn ask_take_over(&mut self) {
        self.ask_colleague(
            AskFor::TakeOverShift,
            "Take over a whole shift",
            "Of whom, who cannot be reached? Up and down choose one who is known.",
        );
    }

    /// Whose shift was named: then why.
    pub(super) fn take_over_of(&mut self, name: &str) {
        if name == self.me.name {
            return self.bad("that is your own shift");
        }
        if !self.colleagues().iter().any(|known| known == name) {
            return self.bad(format!("{name} is not known on this desk"));
        }
        let owned = self.owned_by(name);
        let mut has: Vec<String> = owned.into_iter().map(|owned| owned.moved.name).collect();
        let promises = self.book.people.get(name).map_or(0, |p| p.promises.len());
        match promises {
            0 => {}
            1 => has.push("1 promise".to_owned()),
            more => has.push(format!("{more} promises")),
        }
        let has = match has.is_empty() {
            true => format!("{name} has nothing open."),
            false => format!("{name} has {}.", super::super::super::words::list(&has)),
        };
        self.shift.about = name.to_owned();
        let text = format!("{has} Why do you take over without a handover?");
        let title = format!("Take over the shift of {name}");
        self.ask_shift(AskFor::TakeOverReason, &title, &text, "");
    }

    /// Everything that the person has, in one step, without a handover.
    pub(super) fn take_over_shift(&mut self, reason: String, env: &Env<'_>) {
        let from = std::mem::take(&mut self.shift.about);
        let open = self.book.handovers.iter();
        let mut open = open.filter(|(_, h)| h.is_open() && h.from == from);
        // One that goes on comes to its end by this.
        let (id, handover, mut records) = match open.next() {
            Some((id, handover)) => (*id, handover.clone(), Vec::new()),
            None => {
                let id = HandoverId((env.new_id)());
                let to = self.me.name.clone();
                let begun = handover::Event::Begun {
                    from: from.clone(),
                    to: to.clone(),
                };
                let record = begun.record((env.new_id)(), id, env.now, &to);
                let mut handover = Handover::default();
                handover.from.clone_from(&from);
                handover.to = to;
                handover.begun = Some((env.now, self.me.name.clone()));
                (id, handover, vec![record])
            }
        };
        let version = records.is_empty().then(|| handover.version() + 1);
        let owned = self.owned_by(&from);
        let mut sheet = self.sheet(Some(&handover), moved(&owned));
        sheet.reason = reason;
        records.extend(self.taking(env, id, &handover, version, &owned, sheet));
        self.append_all(records);
        self.wait(format!("taking over the shift of {from}"));
    }

    /// My own taking came back from the desk: now it is done.
    pub(in crate::state::update) fn tell_taken(&mut self, record: &Record) {
        let news = self.desk.loaded && record.record.actor == self.me.name;
        let Some(handover::Event::Taken(taken)) = record.event().ok().filter(|_| news) else {
            return;
        };
        let from = match record.record.subject {
            Subject::Handover(id) => self.book.handovers.get(&id).map(|h| h.from.clone()),
            _ => None,
        };
        let from = from.unwrap_or_default();
        let names: Vec<String> = taken.moved.into_iter().map(|moved| moved.name).collect();
        self.shift.view = ShiftView::Mine;
        self.done(match names.is_empty() {
            true => format!("you have the shift of {from}; nothing was open"),
            false => format!(
                "you have the shift of {from}: {}",
                super::super::super::words::list(&names)
            ),
        });
    }

    /// Something that was to move changed meanwhile: nothing moved.
    pub(in crate::state::update) fn taking_refused(
        &mut self,
        subject: &Subject,
        refused: &[NewRecord],
    ) -> bool {
        let taking = refused
            .iter()
            .any(|record| record.kind == "taken" && matches!(record.subject, Subject::Handover(_)));
        if !taking {
            return false;
        }
        let over = match subject {
            Subject::Handover(id) => self.handover_end(*id),
            _ => None,
        };
        if let Some(over) = over {
            self.bad(format!("{over}: nothing moved"));
            return true;
        }
        if let Subject::Person(name) = subject
            && let Some(again) = self.behind_a_look(name, refused)
        {
            self.append_all(again);
            return true;
        }
        let name = self.subject_name(subject);
        let who = self.last_change(subject);
        let who = who.map_or_else(String::new, |(actor, kind, ago)| {
            format!(" ({actor}: {kind}, {ago})")
        });
        let key = self.key_words(super::super::super::command::Command::TakeShift);
        self.bad(format!(
            "{name} changed meanwhile{who}: nothing moved; look again, then {key}"
        ));
        true
    }

    /// The same records once more, if all that happened to the person meanwhile is that a key
    /// was pressed.
    fn behind_a_look(&self, name: &str, refused: &[NewRecord]) -> Option<Vec<NewRecord>> {
        let person = self.book.people.get(name)?;
        let subject = Subject::Person(name.to_owned());
        let mut again = refused.to_vec();
        let mut ours = again.iter_mut().filter(|record| record.subject == subject);
        let claim = ours.find(|record| record.subject_version.is_some())?;
        let at = claim.subject_version?;
        if at > person.version() || !person.only_seen_since(at) {
            return None;
        }
        claim.subject_version = Some(person.version() + 1);
        Some(again)
    }

    /// Who changed a subject last, by which kind of record, and how long ago.
    fn last_change(&self, subject: &Subject) -> Option<(String, String, String)> {
        let (at, actor, kind) = match subject {
            Subject::Request(id) => {
                let moment = self.requests.get(*id)?.moments.last()?;
                (moment.at, &moment.actor, &moment.kind)
            }
            Subject::Handover(id) => {
                let moment = self.book.handovers.get(id)?.moments.last()?;
                (moment.at, &moment.actor, &moment.kind)
            }
            Subject::Incident(id) => {
                let moment = self.book.incidents.get(*id)?.moments.last()?;
                (moment.at, &moment.actor, &moment.kind)
            }
            Subject::Alert(episode) => {
                let moment = self.book.alert(episode)?.moments.last()?;
                (moment.at, &moment.actor, &moment.kind)
            }
            Subject::Person(name) => {
                let moment = self.book.people.get(name)?.moments.last()?;
                (moment.at, &moment.actor, &moment.kind)
            }
            _ => return None,
        };
        let ago = ocdeck_domain::words::ago(self.now - at);
        Some((actor.clone(), kind.replace('_', " "), ago))
    }
}

fn moved(owned: &[Owned]) -> Vec<handover::Moved> {
    owned.iter().map(|owned| owned.moved.clone()).collect()
}

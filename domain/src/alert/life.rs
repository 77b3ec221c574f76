//! One raising of an alert, folded from its records. Folding in pieces gives what folding at
//! once gives; a record of a kind that this build does not know is kept and shown.

use super::{Event, LifePolicy};
use crate::{
    facts::{Alert, Time},
    ids::Episode,
    journal::{Record, Subject},
    priority::Severity,
};
use chrono::TimeDelta;

/// Where an alert stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nobody has seen it, or whoever had did nothing for too long.
    Raised,
    /// A person has seen it.
    Acknowledged,
    /// A person works on it.
    InProgress,
    /// It is over; the same alert soon after would be this one again.
    Resolved,
    /// It is over for good.
    Closed,
}

impl State {
    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Acknowledged => "acknowledged",
            Self::InProgress => "in progress",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Whether nobody needs to do anything about it.
    pub fn over(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

/// A standing acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// By whom.
    pub by: String,
    /// When.
    pub at: Time,
    /// In the person's words; may be empty.
    pub note: String,
    /// Its place in the history.
    pub version: u32,
    /// Who had it before; the first acknowledgement made its author the owner.
    before: String,
}

/// A snooze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snoozed {
    /// By whom.
    pub by: String,
    /// Until when.
    pub until: Time,
    /// Why.
    pub reason: String,
}

/// An end that a person declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// By whom.
    pub by: String,
    /// When.
    pub at: Time,
    /// Why.
    pub note: String,
    /// How often it had been seen then.
    pub count: u32,
    /// What it said then.
    pub text: String,
    /// Its place in the history.
    pub version: u32,
}

/// That its appliance left the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Since when that revision is in force.
    pub at: Time,
    /// Which.
    pub revision: u32,
    /// Its place in the history.
    pub version: u32,
}

/// How a raising ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End<'a> {
    /// By itself: its appliance said so.
    Cleared,
    /// That person said so.
    By(&'a str),
    /// Its appliance left the directory with that revision.
    Left(u32),
}

/// Somebody of the client who was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// Who.
    pub whom: String,
    /// By phone, by mail, …
    pub how: String,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: String,
}

/// One line of an alert's time line.
pub type Moment = crate::journal::Moment<Event>;

/// One raising of an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// Which.
    pub episode: Episode,
    /// What the appliance told when it was raised; `None`: nobody wrote it down.
    pub fact: Option<Box<Alert>>,
    /// The place in the journal of the record by which it was raised, or raised anew: its clock
    /// keeps the revision of the policy that was in force then.
    pub began: Option<u64>,
    /// Who has seen it, the first first: that one looks after it, the others have seen it too.
    pub acknowledged: Vec<Acknowledged>,
    /// Who looks after it; empty: nobody.
    pub owner: String,
    /// Whether its owner works on it.
    pub working: bool,
    /// Since when, without an answer by a person, its clock counts again: after a snooze.
    pub again: Option<Time>,
    /// The snooze, whether or not it has ended.
    pub snoozed: Option<Snoozed>,
    /// Who of the client was told.
    pub notified: Vec<Notified>,
    /// The end that a person declared.
    pub resolved: Option<Resolved>,
    /// When the appliance said that it is over, or did not tell of it any more.
    pub cleared: Option<Time>,
    /// That its appliance is not managed any more.
    pub left: Option<Left>,
    /// The raising that this one goes on with.
    pub before: Option<u32>,
    /// When a person answered for it, and its clock stopped; `None`: it runs.
    pub answered: Option<Time>,
    /// Everything that happened, in the journal's order.
    pub moments: Vec<Moment>,
    /// The place of the record that it was gone; `None`: it is not, or its appliance said so.
    gone: Option<u32>,
    /// The place at which it was brought back after it was thought gone; 0: never.
    back: u32,
    progress: Option<Time>,
    seen: u32,
}

impl Life {
    /// One of which nothing is known yet.
    pub fn new(episode: Episode) -> Self {
        Self {
            episode,
            fact: None,
            began: None,
            acknowledged: Vec::new(),
            owner: String::new(),
            working: false,
            again: None,
            snoozed: None,
            notified: Vec::new(),
            resolved: None,
            cleared: None,
            left: None,
            before: None,
            answered: None,
            moments: Vec::new(),
            gone: None,
            back: 0,
            progress: None,
            seen: 0,
        }
    }

    /// Fold one record in. Records come in the order of their subject; one that was folded
    /// before is passed over, so that overlapping reads do no harm.
    pub fn fold(&mut self, record: &Record) {
        let own = matches!(&record.record.subject, Subject::Alert(of) if *of == self.episode);
        if !own || record.subject_version <= self.seen {
            return;
        }
        self.seen = record.subject_version;
        let event = record.event().ok();
        if let Some(event) = &event {
            self.apply(event, record);
        }
        self.moments.push(Moment::of(record, event));
    }

    fn apply(&mut self, event: &Event, record: &Record) {
        let (at, actor) = (record.record.at, &record.record.actor);
        match event {
            Event::Raised(fact) => {
                self.fact.get_or_insert_with(|| fact.clone());
                self.began.get_or_insert(record.seq);
            }
            Event::Acknowledged { note } => self.acknowledge(note, record),
            Event::AcknowledgementUndone => self.unacknowledge(actor),
            Event::AcknowledgementTimedOut { of, progress } => {
                let same = self.acknowledged.last().is_some_and(|a| a.version == *of);
                let more = progress.is_some_and(|known| self.progress > Some(known));
                if same && !more && !self.working {
                    self.acknowledged.clear();
                    self.owner.clear();
                    self.answered = None;
                }
            }
            Event::Taken => {
                self.owner.clone_from(actor);
                self.work(true, at);
            }
            // What was seen and worked on before is so still, and what nobody saw is not.
            Event::TakenOver { .. } => self.owner.clone_from(actor),
            Event::Assigned { to } => {
                self.owner.clone_from(to);
                self.work(to == actor, at);
            }
            Event::Snoozed { until, reason } => {
                self.snoozed = Some(Snoozed {
                    by: actor.clone(),
                    until: *until,
                    reason: reason.clone(),
                });
                self.again = Some(*until);
                self.progressed(at);
            }
            Event::Woken => {
                self.snoozed = None;
                self.again = Some(at);
                self.progress = Some(at);
            }
            Event::Noted { .. } => self.progressed(at),
            Event::ClientNotified {
                whom,
                how,
                at: told,
                ..
            } => {
                self.notified.push(Notified {
                    whom: whom.clone(),
                    how: how.clone(),
                    at: *told,
                    by: actor.clone(),
                });
                self.progressed(at);
            }
            Event::Resolved { note, count, text } => {
                self.snoozed = None;
                self.resolved = Some(Resolved {
                    by: actor.clone(),
                    at,
                    note: note.clone(),
                    count: *count,
                    text: text.clone(),
                    version: record.subject_version,
                });
            }
            Event::Cleared { at } => {
                self.gone = None;
                self.cleared.get_or_insert(*at);
            }
            Event::Gone { at, .. } => {
                if self.cleared.is_none() {
                    self.cleared = Some(*at);
                    self.gone = Some(record.subject_version);
                }
            }
            Event::Reopened { of, .. } if self.gone == Some(*of) => {
                // It was never over: whoever had seen it has seen it.
                self.gone = None;
                self.cleared = None;
                self.back = record.subject_version;
            }
            Event::ApplianceLeft { revision } if self.stands() => {
                self.snoozed = None;
                self.left = Some(Left {
                    at,
                    revision: *revision,
                    version: record.subject_version,
                });
            }
            Event::ApplianceLeft { .. } => {}
            Event::Reopened {
                of,
                before,
                owner,
                fresh,
            } => {
                let resolved = self.resolved.as_ref().map(|resolved| resolved.version);
                let left = self.left.as_ref().map(|left| left.version);
                if *of == 0 || [resolved, left].contains(&Some(*of)) {
                    self.reopen(*before, owner, fresh.then_some(at));
                    if *fresh {
                        self.began = Some(record.seq);
                    }
                }
            }
        }
    }

    fn acknowledge(&mut self, note: &str, record: &Record) {
        let by = &record.record.actor;
        let before = self.owner.clone();
        if self.acknowledged.is_empty() && !self.working {
            self.owner.clone_from(by);
        }
        self.acknowledged.push(Acknowledged {
            by: by.clone(),
            at: record.record.at,
            note: note.to_owned(),
            version: record.subject_version,
            before,
        });
        self.answered.get_or_insert(record.record.at);
        self.progress = Some(record.record.at);
    }

    fn work(&mut self, working: bool, at: Time) {
        self.working = working;
        if working {
            self.answered.get_or_insert(at);
        } else if self.acknowledged.is_empty() {
            self.answered = None;
        }
        self.progressed(at);
    }

    /// That person has not seen it. It is looked after by who saw it next; if nobody did, it is
    /// raised again, and whoever had it before has it again.
    fn unacknowledge(&mut self, by: &str) {
        let Some(at) = self.acknowledged.iter().position(|a| a.by == by) else {
            return;
        };
        let gone = self.acknowledged.remove(at);
        if self.working {
            return;
        }
        self.answered = self.acknowledged.first().map(|first| first.at);
        if at > 0 {
            return;
        }
        match self.acknowledged.first_mut() {
            Some(next) => {
                self.owner.clone_from(&next.by);
                next.before = gone.before;
            }
            None => self.owner = gone.before,
        }
    }

    fn progressed(&mut self, at: Time) {
        self.progress = self.progress.max(Some(at));
    }

    fn reopen(&mut self, before: Option<u32>, owner: &str, fresh: Option<Time>) {
        self.resolved = None;
        self.left = None;
        self.snoozed = None;
        self.acknowledged.clear();
        self.answered = None;
        self.working = false;
        if before.is_some() {
            self.before = before;
            owner.clone_into(&mut self.owner);
        }
        if let Some(at) = fresh {
            self.owner.clear();
            self.again = Some(at);
        }
    }

    /// The place in its history of the last record that was folded in.
    pub fn version(&self) -> u32 {
        self.seen
    }

    /// That its appliance does not tell of it any more. What was brought back may go again.
    pub fn goes(&self, at: Time) -> Event {
        Event::Gone { at, of: self.back }
    }

    /// Whether its appliance has not said that it is over, and can still say so. A person may
    /// have resolved it.
    pub fn stands(&self) -> bool {
        self.cleared.is_none() && self.left.is_none()
    }

    /// When it ended, and how.
    pub fn end(&self) -> Option<(Time, End<'_>)> {
        let person = self.resolved.as_ref().map(|r| (r.at, End::By(&r.by)));
        let itself = self.cleared.map(|at| (at, End::Cleared));
        let left = self.left.as_ref().map(|l| (l.at, End::Left(l.revision)));
        // Whichever came first ended it.
        let ends = [person, itself, left].into_iter().flatten();
        ends.min_by_key(|(at, _)| *at)
    }

    /// Where it stands at `now`.
    pub fn state(&self, now: Time, policy: &LifePolicy) -> State {
        match self.end() {
            Some((_, End::Left(_))) => State::Closed,
            Some((at, _)) if now - at > policy.reopen_within() => State::Closed,
            Some(_) => State::Resolved,
            None if self.working => State::InProgress,
            None if !self.acknowledged.is_empty() => State::Acknowledged,
            None => State::Raised,
        }
    }

    /// Until when it need not be looked at, if that is still to come.
    pub fn snoozed_until(&self, now: Time) -> Option<Time> {
        let until = self.snoozed.as_ref()?.until;
        (until > now && self.end().is_none()).then_some(until)
    }

    /// When its acknowledgement times out, if nothing is done until then. It is put off by
    /// whatever is done, `elsewhere` too, and by a snooze where one holds: an acknowledgement
    /// says that somebody looks, not that it is mended.
    pub fn times_out(
        &self,
        severity: Severity,
        elsewhere: Option<Time>,
        policy: &LifePolicy,
    ) -> Option<Time> {
        let limit = policy.acknowledged(severity.priority()?)?;
        let done = self.done_last(elsewhere)?;
        let snoozed = self.snoozed.as_ref().filter(|_| policy.snoozes(severity));
        let from = done.max(snoozed.map_or(done, |snoozed| snoozed.until));
        from.checked_add_signed(limit)
    }

    /// When something was done last for a standing acknowledgement that can time out.
    fn done_last(&self, elsewhere: Option<Time>) -> Option<Time> {
        let acknowledged = self.acknowledged.last()?;
        if self.working || self.end().is_some() {
            return None;
        }
        Some(self.progress.unwrap_or(acknowledged.at)).max(elsewhere)
    }

    /// The event that returns it to raised at `now`, if it is due.
    pub fn time_out(
        &self,
        severity: Severity,
        elsewhere: Option<Time>,
        now: Time,
        policy: &LifePolicy,
    ) -> Option<Event> {
        let due = self.times_out(severity, elsewhere, policy)?;
        let of = self.acknowledged.last()?.version;
        let progress = self.done_last(elsewhere);
        (due <= now).then_some(Event::AcknowledgementTimedOut { of, progress })
    }

    /// The event that brings it back when the appliance says more than whoever resolved it
    /// had seen, or says it at all after it had left or was thought gone.
    pub fn comes_back(&self, fact: &Alert, now: Time, policy: &LifePolicy) -> Option<Event> {
        let same = fact.episode == self.episode.episode;
        let gone = self.gone.filter(|_| same);
        if fact.cleared.is_some() || self.cleared.is_some() && gone.is_none() {
            return None;
        }
        let back = |of, fresh| Event::Reopened {
            of,
            before: None,
            owner: String::new(),
            fresh,
        };
        if let Some(of) = gone {
            return Some(back(of, false));
        }
        if let Some(left) = &self.left {
            return Some(back(left.version, true));
        }
        let resolved = self.resolved.as_ref()?;
        let more = fact.count > resolved.count || fact.text != resolved.text;
        let fresh = now - resolved.at > policy.reopen_within();
        more.then(|| back(resolved.version, fresh))
    }

    /// The event that ties a new raising to this one, when it came soon after its end.
    pub fn goes_on(&self, raised: Time, policy: &LifePolicy) -> Option<Event> {
        let (end, _) = self.end()?;
        let soon = raised - end <= policy.reopen_within() && raised - end >= TimeDelta::zero();
        soon.then(|| Event::Reopened {
            of: 0,
            before: Some(self.episode.episode),
            owner: self.owner.clone(),
            fresh: false,
        })
    }
}

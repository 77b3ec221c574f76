//! A restore request, folded from its records. Folding in pieces gives what folding at
//! once gives; a record of a kind that this build does not know is kept and shown.

use super::{Asked, Event, Intended, Purpose, Witnessed};
use crate::{
    clock::{self, Clock, Run, Timing, Wait},
    facts::{Decision, RestoreState, Time},
    ids::{Reference, RequestId},
    incident::Escalation,
    journal::Record,
    policy::Policy,
    priority::Priority,
};
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is being filled in.
    Draft,
    /// The intent is on the desk; the appliance has not said anything yet.
    Dispatching,
    /// What the appliance said last about the running attempt.
    Attempt(RestoreState),
    /// The attempt ended with something to look at; the client must say whether it is right.
    AwaitingValidation(RestoreState),
    /// A named contact validated it.
    Validated,
    /// Nothing more is to be done.
    Closed,
    /// It was given up before anything was written.
    Cancelled,
}

impl Phase {
    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Dispatching => "dispatching",
            Self::Attempt(state) => state.name(),
            Self::AwaitingValidation(_) => "awaits validation",
            Self::Validated => "validated",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// As a sentence about a request: "it is running", "it awaits approval".
    pub fn sentence(self) -> String {
        match self.name() {
            name if name.starts_with("awaits ") => format!("it {name}"),
            name => format!("it is {name}"),
        }
    }

    /// Where a request stands whose newest attempt is in this state.
    pub fn of_attempt(state: RestoreState) -> Self {
        match state {
            RestoreState::Completed
            | RestoreState::CompletedWithWarnings
            | RestoreState::PartlyFailed => Self::AwaitingValidation(state),
            state => Self::Attempt(state),
        }
    }

    /// Whether nothing more can happen to it.
    pub fn over(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }

    /// Whether its attempt ended so that another can be made: interrupted, failed in part or
    /// whole, or cancelled.
    pub fn may_continue(self) -> bool {
        use RestoreState as R;
        matches!(
            self,
            Self::Attempt(R::Interrupted | R::Failed | R::Cancelled | R::Rejected)
                | Self::AwaitingValidation(R::PartlyFailed)
        )
    }
}

/// One line of a request's time line.
pub type Moment = crate::journal::Moment<Event>;

/// One attempt, as far as the desk knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// What was ordered.
    pub intended: Intended,
    /// When the intent was written.
    pub at: Time,
    /// Who dispatched it.
    pub actor: String,
    /// Who else sent it as theirs while nobody answered, and when.
    pub sent_again: Vec<(String, Time)>,
    /// What the appliance told, by state name.
    pub witnessed: BTreeMap<String, Witnessed>,
    /// Why it was refused, if so, and no appliance told of it.
    pub refused: Option<String>,
}

impl Attempt {
    /// What the appliance told last; a later state beats an earlier one that came late.
    pub fn last(&self) -> Option<&Witnessed> {
        self.witnessed
            .values()
            .max_by_key(|w| (w.state().ended(), w.state().rank(), w.at))
    }

    /// What was told about its end.
    pub fn end(&self) -> Option<&Witnessed> {
        self.last().filter(|w| w.state().ended())
    }

    /// What another person said to it beyond the limit, as its appliance told; the words are
    /// those of its witness.
    pub fn decision(&self) -> Option<Decision> {
        let state = |state: RestoreState| self.witnessed.get(state.name());
        if let Some(told) = state(RestoreState::Rejected) {
            return Some(Decision {
                approved: false,
                person: String::new(),
                at: told.at,
                reason: told.message.clone(),
            });
        }
        let told = state(RestoreState::Accepted)?;
        let said = told.message.strip_prefix("approved by ")?;
        let (person, reason) = said.split_once(": ").unwrap_or((said, ""));
        Some(Decision {
            approved: true,
            person: person.to_owned(),
            at: told.at,
            reason: reason.to_owned(),
        })
    }

    /// Who sent it last, and when.
    pub fn sent(&self) -> (&str, Time) {
        let again = self.sent_again.last();
        again.map_or((self.actor.as_str(), self.at), |(by, at)| (by, *at))
    }

    /// Everybody who sent it as theirs.
    pub fn senders(&self) -> impl Iterator<Item = &str> {
        let again = self.sent_again.iter().map(|(by, _)| by.as_str());
        std::iter::once(self.actor.as_str()).chain(again)
    }

    fn run(&self) -> Option<Run> {
        let running = self.witnessed.get(RestoreState::Running.name())?;
        let failed = self
            .end()
            .filter(|w| matches!(w.state(), RestoreState::Failed | RestoreState::Interrupted));
        Some(Run {
            dispatched: self.at,
            started: running.at,
            heard: running.heard,
            offset: TimeDelta::try_milliseconds(running.offset_ms).unwrap_or(TimeDelta::MAX),
            failed: failed.map(|w| w.at),
        })
    }
}

/// A request of production that became a recovery test, as it was before.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Turned {
    at: Time,
    asked: Option<Asked>,
    chosen: Option<Priority>,
}

/// A restore request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Id.
    pub id: RequestId,
    /// Its running number.
    pub reference: Option<Reference>,
    /// When the call was received.
    pub received: Option<Time>,
    /// The place in the journal of the record by which its clocks started: they keep the
    /// numbers that were in force then.
    pub started: Option<u64>,
    /// When a technician had human contact.
    pub responded: Option<Time>,
    /// Who works on it.
    pub owner: String,
    /// What is asked, once chosen.
    pub asked: Option<Asked>,
    /// For what.
    pub purpose: Purpose,
    /// A priority chosen by a person, other than the kind's own.
    pub chosen: Option<Priority>,
    /// When it was turned into a recovery test after its clocks had started, and what they
    /// counted until then.
    turned: Option<Turned>,
    /// The step that the wizard was parked at.
    pub parked: Option<u8>,
    /// Its attempts, by number.
    pub attempts: BTreeMap<u32, Attempt>,
    /// Who of the client validated it.
    pub validated: Option<String>,
    /// When it waited for the client; a wait without an attempt to reach somebody is none.
    pub waits: Vec<Wait>,
    /// Calls to the duty manager.
    pub escalations: Vec<Escalation>,
    /// When it was closed.
    pub closed: Option<Time>,
    /// When it was given up, and why.
    pub cancelled: Option<(Time, String)>,
    /// Everything that happened, in the journal's order.
    pub moments: Vec<Moment>,
    seen: u32,
}

impl Request {
    /// A request of which nothing is known yet.
    pub fn new(id: RequestId) -> Self {
        Self {
            id,
            reference: None,
            received: None,
            started: None,
            responded: None,
            owner: String::new(),
            asked: None,
            purpose: Purpose::Production,
            chosen: None,
            turned: None,
            parked: None,
            attempts: BTreeMap::new(),
            validated: None,
            waits: Vec::new(),
            escalations: Vec::new(),
            closed: None,
            cancelled: None,
            moments: Vec::new(),
            seen: 0,
        }
    }

    /// Fold one record in. Records come in the order of their subject; one that was folded
    /// before is passed over, so that overlapping reads do no harm.
    pub fn fold(&mut self, record: &Record) {
        if record.record.subject.request() != Some(self.id) || record.subject_version <= self.seen {
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
            Event::Opened { reference } => self.reference = Some(*reference),
            Event::CallReceived => {
                self.received.get_or_insert(at);
                self.started.get_or_insert(record.seq);
                self.owner.clone_from(actor);
            }
            Event::Responded => {
                self.responded.get_or_insert(at);
                self.owner.clone_from(actor);
            }
            Event::ForIncident {
                received,
                responded,
                began,
                ..
            } => {
                self.received.get_or_insert(*received);
                self.started.get_or_insert(began.unwrap_or(record.seq));
                self.responded.get_or_insert(*responded);
                self.owner.clone_from(actor);
            }
            Event::KindChosen {
                asked,
                purpose,
                priority,
                ..
            } => {
                self.turn(*purpose, at);
                self.asked = Some(*asked);
                self.purpose = *purpose;
                self.chosen = *priority;
            }
            Event::CalledBack { .. } | Event::Noted { .. } => {}
            Event::Parked { step } => self.parked = Some(*step),
            Event::TakenOver { .. } => {
                self.owner.clone_from(actor);
                self.parked = None;
            }
            Event::Dispatching(intended) => {
                self.owner.clone_from(actor);
                self.parked = None;
                self.dispatch(intended, at, actor);
            }
            Event::SentAgain { attempt, .. } => {
                if let Some(attempt) = self.attempts.get_mut(attempt) {
                    attempt.sent_again.push((actor.clone(), at));
                }
            }
            Event::Refused { attempt, text } => {
                // What an appliance told of is there, whoever was refused for it.
                let attempt = self.attempts.get_mut(attempt);
                if let Some(attempt) = attempt.filter(|a| a.witnessed.is_empty()) {
                    attempt.refused = Some(text.clone());
                }
            }
            Event::Witnessed(told) => {
                if let Some(attempt) = self.attempts.get_mut(&told.attempt) {
                    attempt.refused = None;
                    attempt
                        .witnessed
                        .entry(told.state.clone())
                        .or_insert_with(|| (**told).clone());
                }
            }
            Event::Cancelled { reason } => {
                self.end_wait(at);
                self.cancelled = Some((at, reason.clone()));
            }
            Event::Validated { contact } => {
                self.end_wait(at);
                self.validated = Some(contact.clone());
            }
            Event::Waiting { what, attempt } => {
                if let Ok(wait) = Wait::begin(at, what, attempt) {
                    self.end_wait(at);
                    self.waits.push(wait);
                }
            }
            Event::WaitingEnded => self.end_wait(at),
            Event::Escalated(escalation) => self.escalations.push(escalation.clone()),
            Event::Closed => {
                self.end_wait(at);
                self.closed = Some(at);
            }
        }
    }

    /// What the clocks of production counted is kept for the question whether one was breached.
    fn turn(&mut self, purpose: Purpose, at: Time) {
        match (self.purpose, purpose) {
            (Purpose::Production, Purpose::RecoveryTest) => {
                let (asked, chosen) = (self.asked, self.chosen);
                self.turned = Some(Turned { at, asked, chosen });
            }
            (_, Purpose::Production) => self.turned = None,
            (Purpose::RecoveryTest, Purpose::RecoveryTest) => {}
        }
    }

    /// The number of a refused attempt is used again: what is sent under it now takes its place.
    fn dispatch(&mut self, intended: &Intended, at: Time, actor: &str) {
        let there = self.attempts.get(&intended.attempt);
        if there.is_some_and(|attempt| attempt.refused.is_none()) {
            return;
        }
        let attempt = Attempt {
            intended: intended.clone(),
            at,
            actor: actor.to_owned(),
            sent_again: Vec::new(),
            witnessed: BTreeMap::new(),
            refused: None,
        };
        self.attempts.insert(intended.attempt, attempt);
        // Somebody ended it in the same second: what may write at the client is in the lists.
        self.closed = None;
        self.validated = None;
        self.cancelled = None;
    }

    fn end_wait(&mut self, at: Time) {
        if let Some(wait) = self.waits.last_mut() {
            wait.until.get_or_insert(at);
        }
    }

    /// What it waits for, if it does.
    pub fn waiting(&self) -> Option<&Wait> {
        self.waits.last().filter(|wait| wait.until.is_none())
    }

    /// The place in its history of the last record that was folded in.
    pub fn version(&self) -> u32 {
        self.seen
    }

    /// The newest attempt that was not refused.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempts.values().rev().find(|a| a.refused.is_none())
    }

    /// The number that the next attempt has. A refused attempt was never made by the
    /// appliance, which takes no number with a gap before it, so its number is used again. Where
    /// the refusal was wrong (it was said to somebody else, and the appliance had taken the
    /// first sending), the appliance refuses other content under its number, and what it tells
    /// about the attempt takes the refusal back.
    pub fn next_attempt(&self) -> u32 {
        self.attempt().map_or(1, |a| a.intended.attempt + 1)
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        if self.closed.is_some() {
            return Phase::Closed;
        }
        if self.validated.is_some() {
            return Phase::Validated;
        }
        let Some(attempt) = self.attempt() else {
            return if self.cancelled.is_some() {
                Phase::Cancelled
            } else {
                Phase::Draft
            };
        };
        attempt
            .last()
            .map(Witnessed::state)
            .map_or(Phase::Dispatching, Phase::of_attempt)
    }

    /// Its priority now.
    pub fn priority(&self, policy: &Policy) -> Priority {
        clock::times(&policy.restore, self.purpose, self.asked, self.chosen)
            .map_or(policy.restore.recovery_test.priority, |times| {
                times.priority
            })
    }

    /// Its respond and initiate clocks; none without a call. A recovery test has none either,
    /// unless one was breached before it became a test.
    pub fn clocks(&self, policy: &Policy) -> Option<[Clock; 2]> {
        if self.purpose == Purpose::RecoveryTest {
            return self.breached_before(self.turned?, policy);
        }
        let times = clock::times(&policy.restore, self.purpose, self.asked, self.chosen)?;
        let runs = self.runs();
        let run = clock::initiation(&runs, &policy.clock);
        let timing = Timing {
            initiated: run.map(Run::started_clamped),
            approximate: run.is_some_and(|run| run.approximate(&policy.link)),
            given_up: self.cancelled.as_ref().map(|(at, _)| *at).or(self.closed),
            ..self.timing()?
        };
        clock::clocks(&timing, Some(&times))
    }

    /// What started its clocks, and what paused them.
    fn timing(&self) -> Option<Timing> {
        Some(Timing {
            received: self.received?,
            responded: self.responded,
            waits: self.waits.clone(),
            ..Timing::default()
        })
    }

    fn breached_before(&self, turned: Turned, policy: &Policy) -> Option<[Clock; 2]> {
        let (restore, production) = (&policy.restore, Purpose::Production);
        let times = clock::times(restore, production, turned.asked, turned.chosen);
        let timing = Timing {
            given_up: Some(turned.at),
            ..self.timing()?
        };
        let clocks = clock::clocks(&timing, times.as_ref())?;
        let breached = clocks.iter().any(|clock| clock.late(turned.at));
        breached.then_some(clocks)
    }

    fn runs(&self) -> Vec<Run> {
        self.attempts.values().filter_map(Attempt::run).collect()
    }

    /// When an appliance ran it in production. One that was given up stops its clocks too, and
    /// nothing was initiated by that.
    pub fn initiated(&self, policy: &Policy) -> Option<Time> {
        let production = self.purpose == Purpose::Production;
        let initiated = || clock::initiated(&self.runs(), &policy.clock);
        production.then(initiated).flatten()
    }

    /// The clock that a person must look at: the first that runs.
    pub fn running_clock(&self, policy: &Policy) -> Option<Clock> {
        self.clocks(policy)?.into_iter().find(Clock::runs)
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;

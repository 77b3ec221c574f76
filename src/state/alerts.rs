//! The alert queue: what the appliances tell, joined with what people decided about it.
//!
//! Each alert has a place that follows from both and from the time; it is judged anew when one
//! of them changes, and never by looking through all of them.

use super::{
    answered::{acknowledged_until, worked_on},
    fleet::LinkState,
    lists::{Filter, Rows},
    model::Model,
};
use chrono::TimeDelta;
use ocdeck_domain::{
    alert::{self, Event, Life, State, guide},
    calendar::Hours,
    clock::{Clock, Verb, target},
    facts::{Alert, EntityKind, Job, Time},
    fleet::Window,
    ids::{AlertId, ApplianceId, Episode, On},
    incident::Incident,
    policy::Counts,
    priority::Priority,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};
use uuid::Uuid;

/// The order of the queue: targets that are over and clocks that run by the time left, what
/// somebody has seen or works on, what may wait; then severity (worst first) and age.
pub type AlertKey = (u8, Option<Time>, Reverse<u8>, Time);

/// Where an alert stands in the queue, or why it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// It wants a person.
    Queued,
    /// It is only told: severity 4 and 3.
    Told,
    /// It was snoozed.
    Snoozed,
    /// A maintenance window is open over it.
    Window,
    /// Its appliance is lost: it stands behind that one row.
    Behind,
    /// It is resolved, though its appliance still says it.
    Over,
    /// It is kept for reports: severity 2 and 1.
    Stored,
}

impl Place {
    /// Whether it wants a person, now or at the end of a snooze.
    pub fn asks(self) -> bool {
        matches!(self, Self::Queued | Self::Snoozed)
    }

    /// Whether it stands in the list; `hidden`: what is not in the queue was asked for too.
    pub fn shown(self, hidden: bool) -> bool {
        match self {
            Self::Queued | Self::Told => true,
            Self::Behind => false,
            Self::Snoozed | Self::Window | Self::Over | Self::Stored => hidden,
        }
    }
}

/// An alert as it was judged last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its place in the order.
    pub key: AlertKey,
    /// Where it stands.
    pub place: Place,
    /// Its priority; `None`: it opens no incident.
    pub priority: Option<Priority>,
    /// Where it stands in its life.
    pub state: State,
    /// When the clock that runs on it is over.
    pub deadline: Option<Time>,
    /// When the clock of a P1 or P2 turns hot, if nobody answers before.
    pub(super) hot: Option<Time>,
    /// When it is to be judged again though nothing happens.
    pub(super) due: Option<Time>,
    /// Whether it stands in the scope.
    pub(super) scoped: bool,
}

impl Placed {
    /// When its clock is over, if it stands in the rail: a P1 or P2, or late.
    pub(super) fn presses(&self) -> Option<Time> {
        let (tier, ..) = self.key;
        self.deadline.filter(|_| tier == 0)
    }

    /// Whether nobody has answered for it although somebody should.
    pub fn waits(&self) -> bool {
        self.place == Place::Queued && self.state == State::Raised
    }
}

/// Alerts by where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In the queue: P1, P2, P3, and what is only told.
    pub queued: [usize; 4],
    /// Snoozed.
    pub snoozed: usize,
    /// In a maintenance window.
    pub window: usize,
    /// Resolved, though their appliances still say them.
    pub over: usize,
    /// Kept for reports.
    pub stored: usize,
}

impl Tally {
    fn slot(&mut self, placed: &Placed) -> Option<&mut usize> {
        match placed.place {
            Place::Queued | Place::Told => self.queued.get_mut(match placed.priority {
                Some(Priority::P1) => 0,
                Some(Priority::P2) => 1,
                Some(Priority::P3) => 2,
                Some(Priority::P4) | None => 3,
            }),
            Place::Snoozed => Some(&mut self.snoozed),
            Place::Window => Some(&mut self.window),
            Place::Over => Some(&mut self.over),
            Place::Stored => Some(&mut self.stored),
            Place::Behind => None,
        }
    }

    pub(super) fn add(&mut self, placed: &Placed) {
        if let Some(slot) = self.slot(placed) {
            *slot += 1;
        }
    }

    pub(super) fn take(&mut self, placed: &Placed) {
        if let Some(slot) = self.slot(placed) {
            *slot = slot.saturating_sub(1);
        }
    }

    /// How many stand in the queue.
    pub fn open(&self) -> usize {
        self.queued.iter().sum()
    }
}

/// What the detail pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Page {
    /// What it is, and what to do.
    #[default]
    What,
    /// What stands behind it.
    Behind,
    /// Its earlier raisings.
    History,
    /// Notes, and who was told.
    Notes,
}

impl Page {
    /// In the order in which they stand.
    pub const ALL: [Self; 4] = [Self::What, Self::Behind, Self::History, Self::Notes];
}

/// A decision on its way to the desk.
#[derive(Clone, Debug)]
pub(super) struct UnderWay {
    pub(super) alert: On<AlertId>,
    pub(super) event: Event,
    /// The place in the history that it was written for.
    pub(super) version: Option<u32>,
    /// What to say when it stands.
    pub(super) said: String,
    /// How often it was written behind something that does not matter to it.
    pub(super) tries: u8,
}

/// The Alerts screen.
#[derive(Debug, Default)]
pub struct AlertsList {
    /// Alerts of the scope that are shown and pass the filter.
    pub rows: Rows<AlertKey, On<AlertId>>,
    /// Those that would be shown without a filter.
    pub total: usize,
    /// What rows must hold.
    pub filter: Filter,
    /// The selected alert.
    pub selected: Option<On<AlertId>>,
    /// Rows that wait, so that nothing moves under the cursor.
    pub waiting: BTreeMap<On<AlertId>, AlertKey>,
    /// Whether what is snoozed, in a window, resolved or stored is shown too.
    pub show_hidden: bool,
    /// What the detail pane shows.
    pub page: Page,
    /// How many lines of it are scrolled away.
    pub below: usize,
    /// Alerts of the whole fleet by where they stand.
    pub counts: Tally,
    /// The same of the scope.
    pub scoped: Tally,
    pub(super) placed: BTreeMap<On<AlertId>, Placed>,
    /// Clocks that press, of the whole fleet: those of P1 and P2, and late ones.
    pub(super) running: BTreeSet<(Time, On<AlertId>)>,
    pub(super) due: BTreeSet<(Time, On<AlertId>)>,
    /// When clocks of P1 and P2 turn hot, or did.
    pub(super) hot: BTreeSet<(Time, On<AlertId>)>,
    /// What turned hot until then was told; `None`: the desk was not read yet, and nothing is
    /// news.
    pub(super) hot_told: Option<Time>,
    /// Whether it was said that this console hears nobody.
    pub(super) deaf: bool,
    /// Alerts about which something is new.
    pub(super) touched: BTreeSet<On<AlertId>>,
    pub(super) under_way: BTreeMap<Uuid, UnderWay>,
    /// Those that wait until the history that was in their way is read.
    pub(super) unread: BTreeMap<Uuid, UnderWay>,
    /// P1 that are not over.
    pub(super) worst: BTreeSet<On<AlertId>>,
    /// When the next maintenance window opens.
    pub(super) opens: Option<Time>,
    /// The row that the selected alert had before it went.
    pub(super) left: Option<usize>,
}

impl AlertsList {
    /// All open alerts, as they were judged last.
    pub fn open(&self) -> impl Iterator<Item = (&On<AlertId>, &Placed)> {
        self.placed.iter()
    }

    /// An alert as it was judged last.
    pub fn placed(&self, id: &On<AlertId>) -> Option<&Placed> {
        self.placed.get(id)
    }

    /// How many clocks of P1 and P2 turn hot after `from` and not after `to`, and the first.
    pub(super) fn turning_hot(&self, from: Time, to: Time) -> Option<(usize, &On<AlertId>)> {
        let behind = |at: Time| {
            let none = On::new(ApplianceId::new(""), AlertId::new(""));
            (at + TimeDelta::nanoseconds(1), none)
        };
        // What was told may be ahead of a clock that went back.
        let range = (from < to).then(|| behind(from)..behind(to))?;
        let mut hot = self.hot.range(range);
        let (_, first) = hot.next()?;
        Some((1 + hot.count(), first))
    }

    /// How many clocks press, when the first of them is over, and whose it is.
    pub fn hottest(&self) -> Option<(usize, Time, &On<AlertId>)> {
        let (deadline, id) = self.running.first()?;
        Some((self.running.len(), *deadline, id))
    }
}

/// What an alert's clock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Somebody should answer for it until then.
    Runs(Box<Clock>),
    /// Somebody has seen it; it is raised again at that moment unless something is done.
    Seen(Option<Time>),
    /// Somebody works on it.
    Works,
    /// Nothing is expected until then.
    Snoozed(Time),
    /// A maintenance window is open until then.
    Window(Time),
    /// It is over.
    Over,
    /// It has no clock.
    Nothing,
}

/// What stands behind an alert: work that it holds up, alerts that it explains.
#[derive(Clone, Debug, Default)]
pub struct Behind<'a> {
    /// Jobs.
    pub jobs: Vec<&'a Job>,
    /// Alerts of the same appliance, which is lost.
    pub alerts: Vec<&'a On<AlertId>>,
}

impl Behind<'_> {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.alerts.is_empty()
    }
}

/// An alert with everything that is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its id.
    pub id: &'a On<AlertId>,
    /// What the appliance tells, or told last.
    pub fact: &'a Alert,
    /// What people decided; `None`: nothing yet.
    pub life: Option<&'a Life>,
    /// The incident that it belongs to.
    pub incident: Option<&'a Incident>,
}

impl<'a> Known<'a> {
    /// Who looks after it.
    pub fn owner(&self) -> Option<&'a str> {
        let own = self.life.map_or("", |life| life.owner.as_str());
        let of_incident = self.incident.filter(|incident| !incident.over());
        let owner = match own {
            "" => of_incident.map_or("", |incident| incident.owner.as_str()),
            own => own,
        };
        (!owner.is_empty()).then_some(owner)
    }

    /// Who has acknowledged it too, beside its owner.
    pub fn seen_beside_owner(&self) -> impl Iterator<Item = &'a str> {
        let owner = self.owner();
        let seen = self.life.map(|life| life.acknowledged.as_slice());
        let seen = seen.unwrap_or_default().iter();
        seen.map(|seen| seen.by.as_str())
            .filter(move |by| Some(*by) != owner)
    }

    /// What is known of its class.
    pub fn guide(&self) -> Option<guide::Guide> {
        guide::of(self.fact)
    }

    /// Which raising it is.
    pub fn episode(&self) -> Episode {
        Episode {
            alert: self.id.clone(),
            episode: self.fact.episode,
        }
    }
}

impl Model {
    /// An open alert: as its appliance tells it, else as the desk remembers it.
    pub fn alert(&self, id: &On<AlertId>) -> Option<&Alert> {
        let state = self.fleet.get(&id.appliance)?;
        if !alert::is_link_lost(id) && state.told {
            let fact = state.alerts.get(&id.id)?;
            return fact.cleared.is_none().then_some(fact);
        }
        let last = self.book.raisings(id).next_back()?;
        last.fact.as_deref().filter(|_| last.stands())
    }

    /// An alert, open or over, as it was told last; that an appliance is lost is told by the desk.
    pub(super) fn alert_as_told(&self, id: &On<AlertId>) -> Option<Alert> {
        if !alert::is_link_lost(id) {
            return self.fleet.alert(id).cloned();
        }
        let last = self.book.raisings(id).next_back()?;
        let mut fact = last.fact.as_deref()?.clone();
        fact.cleared = last.cleared;
        Some(fact)
    }

    /// Everything that is known of an open alert.
    pub fn known_alert<'a>(&'a self, id: &'a On<AlertId>) -> Option<Known<'a>> {
        let fact = self.alert(id)?;
        let episode = Episode {
            alert: id.clone(),
            episode: fact.episode,
        };
        Some(Known {
            id,
            fact,
            life: self.book.alert(&episode),
            incident: self.book.incidents.of_episode(&episode),
        })
    }

    /// The selected alert.
    pub fn selected_alert(&self) -> Option<Known<'_>> {
        self.known_alert(self.alerts.selected.as_ref()?)
    }

    /// The row of an alert in its list.
    pub fn alert_row(&self, id: &On<AlertId>) -> Option<usize> {
        let placed = self.alerts.placed.get(id)?;
        self.alerts.rows.position(&placed.key, id)
    }

    /// When an alert was raised, on the desk's time base.
    pub fn raised_at(&self, alert: &Known<'_>) -> Time {
        let witnessed = alert.life.and_then(|life| life.fact.as_deref());
        match witnessed {
            Some(fact) => fact.raised,
            None => self.desk_time(&alert.id.appliance, alert.fact.raised),
        }
    }

    /// A moment of an appliance's clock on the desk's time base. It was told, so it is not
    /// still to come, whatever that clock says.
    pub(super) fn desk_time(&self, appliance: &ApplianceId, at: Time) -> Time {
        self.corrected(appliance, at).min(self.now)
    }

    /// The same where two moments of one clock are compared with each other: it may be ahead by
    /// a day, and never by so much that it could not be written.
    pub(super) fn corrected(&self, appliance: &ApplianceId, at: Time) -> Time {
        let offset = self.fleet.get(appliance).map_or(0, |state| state.offset_ms);
        self.corrected_by(offset, at)
    }

    /// The same, where the difference of the clocks is known.
    pub(super) fn corrected_by(&self, offset: i64, at: Time) -> Time {
        let offset = TimeDelta::try_milliseconds(offset).unwrap_or_default();
        let at = at.checked_sub_signed(offset).unwrap_or(at);
        at.min(self.now + TimeDelta::days(1)).max(Time::UNIX_EPOCH)
    }

    /// Where an alert stands in its life; who works on its incident works on it.
    pub fn alert_state(&self, alert: &Known<'_>) -> State {
        let state = alert.life.map_or(State::Raised, |life| {
            life.state(self.now, &self.policy.alert_life)
        });
        if alert.incident.is_some_and(worked_on) && !state.over() {
            State::InProgress
        } else {
            state
        }
    }

    /// The clock of an alert: the time in which somebody should answer for it.
    pub fn alert_clock(&self, alert: &Known<'_>) -> Option<Clock> {
        let priority = alert.fact.severity.priority()?;
        let raised = self.raised_at(alert);
        let again = alert.life.and_then(|life| {
            // A snooze that counts for nothing puts nothing off.
            let snoozed = life
                .snoozed
                .as_ref()
                .filter(|_| !self.may_be_snoozed(alert));
            let counts = |again: &Time| snoozed.is_none_or(|snoozed| snoozed.until != *again);
            life.again.filter(counts)
        });
        let start = again.map_or(raised, |again| again.max(raised));
        let policy = self.policy_of_alert(alert);
        let hours = match policy.target.of(priority).hours {
            Counts::AroundTheClock => Hours::AroundTheClock,
            Counts::Business => {
                let began = alert.life.and_then(|life| life.began);
                self.hours_at(began, alert.fact.tenant.as_ref())
            }
        };
        let clock = target(policy, priority, Verb::Acknowledge, start, &hours);
        Some(clock.stop(alert.life.and_then(|life| life.answered)))
    }

    /// What an alert's clock says now.
    pub fn alert_told(&self, alert: &Known<'_>) -> Told {
        let policy = &self.policy_of_alert(alert).alert_life;
        let state = self.alert_state(alert);
        if state.over() {
            return Told::Over;
        }
        if let Some(until) = self.alert_snoozed_until(alert) {
            return Told::Snoozed(until);
        }
        if let Some(window) = self.alert_window(alert) {
            return Told::Window(window.to);
        }
        match state {
            State::InProgress => Told::Works,
            State::Acknowledged => Told::Seen(acknowledged_until(alert, policy)),
            _ => match self.alert_clock(alert) {
                Some(clock) => Told::Runs(Box::new(clock)),
                None => Told::Nothing,
            },
        }
    }

    /// Until when an alert need not be looked at. What became worse than may be snoozed is
    /// looked at, whatever was said of it before.
    pub fn alert_snoozed_until(&self, alert: &Known<'_>) -> Option<Time> {
        let life = alert.life.filter(|_| self.may_be_snoozed(alert))?;
        life.snoozed_until(self.now)
    }

    fn may_be_snoozed(&self, alert: &Known<'_>) -> bool {
        let policy = &self.policy_of_alert(alert).alert_life;
        policy.snoozes(alert.fact.severity)
    }

    /// The maintenance window that keeps an alert out of the queue now.
    pub fn alert_window(&self, alert: &Known<'_>) -> Option<&Window> {
        self.window_over(alert.id, alert.fact)
    }

    /// The same of what an appliance told.
    pub(super) fn window_over(&self, id: &On<AlertId>, fact: &Alert) -> Option<&Window> {
        if !self.policy.alert_life.window_hides(fact.severity) {
            return None;
        }
        self.directory.window_over(&id.appliance, fact, self.now)
    }

    /// Since when nobody hears an appliance.
    pub fn unheard_since(&self, appliance: &ApplianceId) -> Option<Time> {
        let state = self.fleet.get(appliance)?;
        match state.link {
            LinkState::Live => None,
            _ => Some(state.heard.unwrap_or(state.since)),
        }
    }

    /// Whether the desk says that an appliance is lost.
    pub fn is_lost(&self, appliance: &ApplianceId) -> bool {
        let id = alert::link_lost_id(appliance);
        self.alert(&id).is_some()
    }

    /// What stands behind an alert.
    pub fn behind<'a>(&'a self, alert: &Known<'a>) -> Behind<'a> {
        let Some(state) = self.fleet.get(&alert.id.appliance) else {
            return Behind::default();
        };
        if alert::is_link_lost(alert.id) {
            let from = On::new(alert.id.appliance.clone(), AlertId::new(""));
            let alerts = self.alerts.placed.range(from..);
            let alerts = alerts
                .take_while(|(id, _)| id.appliance == alert.id.appliance)
                .filter(|(_, placed)| placed.place == Place::Behind);
            return Behind {
                jobs: state.jobs.values().collect(),
                alerts: alerts.map(|(id, _)| id).collect(),
            };
        }
        let jobs = state.jobs.values();
        let jobs = jobs.filter(|job| match alert.fact.object_kind {
            EntityKind::Repository => job.repository.as_str() == alert.fact.object,
            _ => false,
        });
        Behind {
            jobs: jobs.collect(),
            alerts: Vec::new(),
        }
    }

    /// The raisings of an alert within the days that are counted.
    pub fn raisings_counted(&self, id: &On<AlertId>) -> usize {
        let days = TimeDelta::days(self.policy.alert_life.counted_days.into());
        let since = self.now - days;
        let raised = |life: &&Life| life.fact.as_ref().is_some_and(|fact| fact.raised >= since);
        self.book.raisings(id).filter(raised).count()
    }

    /// The people that an alert can be given to: those of the rota, else those that the desk
    /// knows.
    pub(super) fn people(&self) -> Vec<String> {
        let rota = self.directory.rota().iter().map(|turn| turn.name.clone());
        let mut people: BTreeSet<String> = rota.collect();
        if people.is_empty() {
            let owners = self.book.alerts().map(|life| life.owner.clone());
            people.extend(self.colleagues().into_iter().chain(owners));
            people.insert(self.me.name.clone());
            people.remove("");
        }
        people.into_iter().collect()
    }
}

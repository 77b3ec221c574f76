//! A console without a screen, `ocdeck desk keep`: what it knows beside the model, and what it
//! tells a hook.

use super::model::Model;
use chrono::{SecondsFormat, TimeDelta};
use ocdeck_domain::{
    clock::{Clock, Heat},
    facts::Time,
    hook::{Occasion, Outcome, Run, Trigger},
    ids::{ApplianceId, HookRunId, RequestId},
    incident::{self, Incident, Origin},
    journal::{Record, Subject},
    priority::Priority,
    restore,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A hook that this keeper runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub hook: String,
    /// On what.
    pub on: BTreeSet<Trigger>,
}

/// What makes a model that of a keeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeper {
    /// The hooks.
    pub rules: Vec<Rule>,
    /// Made at its start: by it the keeper knows its own runs.
    pub runner: Uuid,
    /// On which host.
    pub host: String,
    /// Runs that it wrote to the desk, or began.
    pub(super) claimed: BTreeSet<HookRunId>,
    pub(super) begun: BTreeSet<HookRunId>,
}

impl Keeper {
    /// A keeper that has done nothing yet.
    pub fn new(rules: Vec<Rule>, runner: Uuid, host: String) -> Self {
        Self {
            rules,
            runner,
            host,
            claimed: BTreeSet::new(),
            begun: BTreeSet::new(),
        }
    }
}

/// A hook to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookCall {
    /// Which run.
    pub run: HookRunId,
    /// The hook's name.
    pub hook: String,
    /// On what, as the command is told.
    pub event: &'static str,
    /// What stands on its standard input.
    pub input: String,
}

/// How urgent something is, and since when the desk knows it. What an appliance or a person
/// tells late is news all the same: nobody was paged for it yet.
struct Urgent {
    priority: Priority,
    since: Time,
}

impl Model {
    /// Everything now that a hook may be run on.
    pub(super) fn occasions(&self) -> Vec<Occasion> {
        let requests = self.requests_alone().filter_map(|id| {
            let urgent = self.request_urgent(id)?;
            self.news(Subject::Request(id), &urgent)
        });
        let incidents = self.book.incidents.open().filter_map(|incident| {
            let urgent = incident_urgent(incident)?;
            self.news(Subject::Incident(incident.id), &urgent)
        });
        let clocks = self.running_clocks();
        let clocks = clocks
            .into_iter()
            .filter_map(|(about, clock)| self.clock_news(about, &clock));
        requests.chain(incidents).chain(clocks).collect()
    }

    /// Open requests without an incident: one thing is told once.
    fn requests_alone(&self) -> impl Iterator<Item = RequestId> {
        let open = self.requests.open();
        open.filter(|id| self.book.incidents.of_request(*id).is_none())
    }

    fn is_news(&self, at: Time) -> bool {
        self.now - at <= TimeDelta::seconds(self.policy.hook.news_within.into())
    }

    fn news(&self, about: Subject, urgent: &Urgent) -> Option<Occasion> {
        let trigger = match urgent.priority {
            Priority::P1 => Trigger::NewP1,
            Priority::P2 => Trigger::NewP2,
            Priority::P3 => Trigger::NewP3,
            Priority::P4 => return None,
        };
        self.is_news(urgent.since).then(|| Occasion {
            trigger,
            about,
            clock: String::new(),
        })
    }

    fn clock_news(&self, about: Subject, clock: &Clock) -> Option<Occasion> {
        let trigger = match clock.heat(self.now, &self.policy.clock) {
            Heat::Hot => Trigger::ClockHot,
            Heat::Over | Heat::Breached
                if self.is_news(clock.deadline) || self.told_lately(&about) =>
            {
                Trigger::ClockBreached
            }
            _ => return None,
        };
        Some(Occasion {
            trigger,
            about,
            clock: clock.verb.name().to_owned(),
        })
    }

    /// Whether the desk learned of it a short while ago.
    fn told_lately(&self, about: &Subject) -> bool {
        let received = match about {
            Subject::Request(id) => {
                let request = self.requests.get(*id);
                request.and_then(|request| Some(request.moments.first()?.received))
            }
            Subject::Incident(id) => {
                let incident = self.book.incidents.get(*id);
                incident.and_then(|incident| Some(incident.moments.first()?.received))
            }
            _ => None,
        };
        received.is_some_and(|received| self.is_news(received))
    }

    /// While the kind is not chosen nobody knows how urgent a call is: its clock runs as the
    /// strictest, but nobody is paged for it.
    fn request_urgent(&self, id: RequestId) -> Option<Urgent> {
        let request = self.requests.get(id)?;
        request.asked?;
        let mut moments = request.moments.iter().rev();
        let chosen = moments.find(|m| matches!(m.event, Some(restore::Event::KindChosen { .. })));
        Some(Urgent {
            priority: request.priority(self.policy_of(request)),
            since: chosen?.received,
        })
    }

    /// The clocks that run, and whose they are.
    fn running_clocks(&self) -> Vec<(Subject, Clock)> {
        let requests = self.requests_alone().filter_map(|id| {
            let request = self.requests.get(id)?;
            let clock = request.running_clock(self.policy_of(request))?;
            Some((Subject::Request(id), clock))
        });
        let incidents = self.book.incidents.open().filter(|incident| {
            let phase = self.incident_phase(incident);
            phase.wants_work()
        });
        let incidents = incidents.filter_map(|incident| {
            let mut clocks = self.incident_clocks(incident).into_iter();
            Some((Subject::Incident(incident.id), clocks.find(Clock::runs)?))
        });
        requests.chain(incidents).collect()
    }

    /// What the command of a hook is told: docs/hooks.md.
    pub(super) fn hook_input(&self, run: &Run) -> String {
        let Occasion {
            trigger,
            about,
            clock,
        } = &run.occasion;
        let clock = self
            .running_clocks()
            .into_iter()
            .find(|(of, running)| of == about && (clock.is_empty() || running.verb.name() == clock))
            .map(|(_, clock)| {
                json!({
                    "verb": clock.verb.name(),
                    "deadline": clock.deadline.to_rfc3339_opts(SecondsFormat::Secs, true),
                    "seconds_left": clock.left(self.now).num_seconds(),
                    "internal": clock.internal,
                })
            });
        let mut input = json!({
            "version": 1,
            "run": run.id,
            "hook": run.hook,
            "event": trigger.name(),
            "at": run.since.to_rfc3339_opts(SecondsFormat::Secs, true),
            "clock": clock,
        });
        if let (Some(input), Value::Object(about)) = (input.as_object_mut(), self.hook_about(about))
        {
            input.extend(about);
        }
        input.to_string()
    }

    fn hook_about(&self, about: &Subject) -> Value {
        match about {
            Subject::Request(id) => {
                let request = self.requests.get(*id);
                let place = self.request_place(*id);
                let tenant = place
                    .split_once('/')
                    .map_or(place.as_str(), |(tenant, _)| tenant);
                json!({
                    "kind": "request",
                    "id": id,
                    "number": self.reference_text(*id),
                    "priority": request.map(|r| r.priority(self.policy_of(r)).to_string()),
                    "tenant": tenant,
                    "appliance": request.and_then(|r| r.attempt()).map(|a| &a.intended.appliance),
                    "where": place,
                    "text": request.and_then(|r| r.asked).map(|asked| asked.name()),
                    "owner": request.map(|r| r.owner.as_str()).filter(|owner| !owner.is_empty()),
                })
            }
            Subject::Incident(id) => {
                let incident = self.book.incidents.get(*id);
                let tenant = incident.and_then(Incident::tenant);
                json!({
                    "kind": "incident",
                    "id": id,
                    "number": incident.and_then(|i| i.number).map(|number| number.to_string()),
                    "priority": incident.map(|i| i.priority().to_string()),
                    "tenant": tenant.map(|id| self.directory.tenant_name(id)),
                    "appliance": incident.and_then(incident_appliance),
                    "where": incident.map(|incident| self.incident_place(incident)),
                    "text": incident.map(Incident::text),
                    "owner": incident.map(|i| i.owner.as_str()).filter(|owner| !owner.is_empty()),
                })
            }
            other => json!({ "kind": "other", "id": other }),
        }
    }

    /// A record of the journal in one line: "INC-0012 raised by acme-stl-01".
    pub fn record_line(&self, record: &Record) -> String {
        let record = &record.record;
        let about = match &record.subject {
            Subject::Hook(id) => match self.book.hooks.get(*id) {
                Some(run) => self.hook_name(run),
                None => record.subject.to_string(),
            },
            about => self.about_name(about),
        };
        let what = record.kind.replace('_', " ");
        let text = match &record.subject {
            Subject::Hook(id) => self.hook_end(*id),
            Subject::Incident(id) if record.kind == "raised" => {
                let incident = self.book.incidents.get(*id);
                incident.map_or_else(String::new, |i| format!(": {}", i.text()))
            }
            _ => String::new(),
        };
        format!("{about} {what} by {}{text}", record.actor)
    }

    fn hook_end(&self, id: HookRunId) -> String {
        let run = self.book.hooks.get(id);
        match run.and_then(|run| run.ended.as_ref()) {
            Some((_, Outcome::Done)) => ": done".to_owned(),
            Some((_, Outcome::Failed(why))) => format!(": failed: {why}"),
            Some((_, Outcome::Unknown)) => ": how it went is not known".to_owned(),
            None => String::new(),
        }
    }

    fn about_name(&self, about: &Subject) -> String {
        match about {
            Subject::Request(id) => self.reference_text(*id),
            Subject::Incident(id) => self.incident_name(*id),
            other => other.to_string(),
        }
    }

    /// "hook page on INC-0012".
    pub(super) fn hook_name(&self, run: &Run) -> String {
        let about = self.about_name(&run.occasion.about);
        format!("hook {} on {about}", run.hook)
    }
}

/// When an incident became as urgent as it is.
fn incident_urgent(incident: &Incident) -> Option<Urgent> {
    let mut moments = incident.moments.iter().rev();
    let changed = moments.find(|moment| {
        matches!(
            moment.event,
            Some(
                incident::Event::Raised(_)
                    | incident::Event::Reported(_)
                    | incident::Event::AlertLinked(_)
                    | incident::Event::PriorityChanged { .. }
            )
        )
    });
    Some(Urgent {
        priority: incident.priority?,
        since: changed?.received,
    })
}

/// The appliance whose alert opened it.
fn incident_appliance(incident: &Incident) -> Option<&ApplianceId> {
    match &incident.origin {
        Some(Origin::Alert(alert)) => Some(&alert.episode.alert.appliance),
        _ => None,
    }
}

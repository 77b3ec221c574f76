//! What is known when the lines of a handover are made: gathered by who holds the facts.

use crate::{
    clock::{Clock, Wait},
    facts::{Decision, RestoreState, Time},
    ids::{
        AlertId, ApplianceId, IncidentId, IncidentNumber, JobId, On, Reference, RequestId, TenantId,
    },
    incident,
    priority::Priority,
    restore::{Asked, Phase},
    sweep,
};
use chrono_tz::Tz;

/// Everything that a handover lists, as it is now.
#[derive(Clone, Debug)]
pub struct Known {
    /// Now.
    pub now: Time,
    /// The zone that times are written in.
    pub zone: Tz,
    /// Whether appliances are asked: else nothing is known of jobs and links.
    pub linked: bool,
    /// Open restore requests.
    pub requests: Vec<KnownRequest>,
    /// Open incidents.
    pub incidents: Vec<KnownIncident>,
    /// Alerts that wait, by what they wait for.
    pub alerts: Vec<KnownAlerts>,
    /// What was promised and is not kept.
    pub promises: Vec<Promised>,
    /// Jobs that failed again and again.
    pub failing: Vec<Failing>,
    /// Appliances that are not heard.
    pub lost: Vec<Lost>,
    /// Tenants that are not live yet: id, name, step.
    pub onboarding: Vec<(TenantId, String, u8)>,
    /// Restores that went beyond the limit of one person.
    pub beyond: Vec<Beyond>,
    /// Since when the desk cannot be written, and how much waits for it here.
    pub desk: Option<(Time, u64)>,
    /// How the sweeps stand.
    pub sweep: sweep::Standing,
    /// What sweeps found since the shift began.
    pub findings: Vec<Finding>,
}

/// Where an open request stands, for the next person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is being filled in.
    Draft,
    /// Sent, waiting or running; the state is the appliance's last word.
    Working(Option<RestoreState>),
    /// It ended so that somebody must decide.
    Stopped(RestoreState),
    /// The client must say whether it is right.
    Awaits(RestoreState),
    /// The client said so; it is to be closed.
    Validated,
}

impl Standing {
    /// Where a request in that phase stands; `None`: nothing more is expected of it.
    pub fn of(phase: Phase) -> Option<Self> {
        Some(match phase {
            Phase::Draft => Self::Draft,
            Phase::Dispatching => Self::Working(None),
            Phase::Attempt(state) if state.ended() => Self::Stopped(state),
            Phase::Attempt(state) => Self::Working(Some(state)),
            Phase::AwaitingValidation(state) => Self::Awaits(state),
            Phase::Validated => Self::Validated,
            Phase::Closed | Phase::Cancelled => return None,
        })
    }
}

/// An open request.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownRequest {
    /// Id.
    pub id: RequestId,
    /// Its number.
    pub reference: Option<Reference>,
    /// Its priority.
    pub priority: Priority,
    /// "acme/erp01", as far as it is known.
    pub place: String,
    /// What is asked.
    pub asked: Option<Asked>,
    /// Where it stands.
    pub standing: Standing,
    /// The clock that runs.
    pub clock: Option<Clock>,
    /// Share of the running clock's looks: how it is to be shown.
    pub heat: crate::clock::Heat,
    /// Who has it; empty: nobody.
    pub owner: String,
    /// Who dispatched it and got no answer, and when.
    pub unanswered: Option<(String, Time)>,
    /// What of the client it waits for.
    pub waits: Option<Wait>,
    /// The step that it was parked at.
    pub parked: Option<u8>,
    /// Who asked for it, and the number to call; may be empty.
    pub caller: (String, String),
    /// Percent done while it runs.
    pub percent: Option<u8>,
    /// When it is expected to be done.
    pub eta: Option<Time>,
    /// When the client is to be called next.
    pub next_call: Option<Time>,
    /// The appliance that works on it.
    pub appliance: Option<ApplianceId>,
}

/// A restore that went beyond the limit of one person: open, or of this shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// The request.
    pub request: RequestId,
    /// Its number.
    pub name: String,
    /// "acme/erp01", as far as it is known.
    pub place: String,
    /// Who has it; empty: nobody.
    pub owner: String,
    /// How it went beyond the limit.
    pub by: BeyondBy,
}

/// How a restore went, or did not go, beyond the limit of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BeyondBy {
    /// By broken glass.
    Glass {
        /// Why.
        reason: String,
        /// The duty manager who was called.
        manager: String,
        /// When.
        called: Time,
    },
    /// Another person said yes or no.
    Decision(Decision),
}

/// An open incident.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownIncident {
    /// Id.
    pub id: IncidentId,
    /// Its number.
    pub number: Option<IncidentNumber>,
    /// Its priority.
    pub priority: Priority,
    /// "acme/erp01-files", or the appliance for the provider's own.
    pub place: String,
    /// What it is about.
    pub text: String,
    /// Where it stands.
    pub phase: incident::Phase,
    /// The clock that runs.
    pub clock: Option<Clock>,
    /// How that clock is to be shown.
    pub heat: crate::clock::Heat,
    /// Who has it; empty: nobody.
    pub owner: String,
    /// What of the client it waits for.
    pub waits: Option<Wait>,
    /// Requests that belong to it.
    pub requests: Vec<String>,
}

/// Why alerts stand in a handover together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiting {
    /// Nobody acknowledged them; of this priority, absent: they open no incident.
    Unacknowledged(Option<Priority>),
    /// Somebody snoozed them until then.
    Snoozed(Time, String),
}

/// Alerts that wait for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAlerts {
    /// For what.
    pub waiting: Waiting,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: On<AlertId>,
    /// What that one says.
    pub text: String,
    /// When it was raised.
    pub raised: Time,
}

/// A promise, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promised {
    /// Who promised it.
    pub by: String,
    /// The incident that it belongs to, if to one.
    pub incident: Option<IncidentId>,
    /// The promise.
    pub promise: crate::shift::Promise,
}

/// A job that failed again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The job.
    pub job: On<JobId>,
    /// "acme/erp01-files".
    pub place: String,
    /// How often in a row.
    pub times: u32,
    /// What it said last; may be empty.
    pub message: String,
    /// When it ended last.
    pub last_end: Option<Time>,
    /// When it runs next.
    pub next_run: Option<Time>,
}

/// An appliance that is not heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Which.
    pub appliance: ApplianceId,
    /// Since when.
    pub since: Time,
    /// Why, if it is known.
    pub why: String,
    /// How many jobs are unknown behind it.
    pub jobs: u64,
}

/// What a sweep found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The job.
    pub job: On<JobId>,
    /// When it was looked at.
    pub at: Time,
    /// Who looked.
    pub by: String,
    /// What is wrong with it.
    pub text: String,
}

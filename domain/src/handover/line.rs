//! A line of a handover.

use super::fold::Words;
use crate::{
    clock::Heat,
    facts::Time,
    ids::{AlertId, ApplianceId, IncidentId, JobId, On, RequestId, TenantId},
    priority::Priority,
};
use serde::{Deserialize, Serialize};

/// The part of a handover that a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// Open P1 and P2.
    Urgent,
    /// Restores that run.
    Running,
    /// Restores that wait for the client's word.
    Validation,
    /// Requests of lower priority, recovery tests.
    Other,
    /// Incidents of lower priority.
    Incidents,
    /// What was promised.
    Promises,
    /// Restores that went beyond the limit without approval.
    BreakGlass,
    /// Restores beyond the limit that another person decided about.
    Approval,
    /// Jobs that failed again and again.
    Failing,
    /// Appliances that are not heard.
    Lost,
    /// Alerts that nobody acknowledged, and snoozed ones.
    Alerts,
    /// Tenants that are not live yet.
    Onboarding,
    /// Missed sweeps and what sweeps found.
    Sweep,
    /// What waits for a desk that is out of reach.
    Desk,
    /// Lines that the outgoing person added.
    Own,
}

impl Section {
    /// Its heading.
    pub fn name(self) -> &'static str {
        match self {
            Self::Urgent => "Open P1 and P2",
            Self::Running => "Running restores",
            Self::Validation => "Restores that await validation",
            Self::Other => "Other requests",
            Self::Incidents => "Other incidents",
            Self::Promises => "Promises",
            Self::BreakGlass => "Break glass used",
            Self::Approval => "Approved or rejected by a second person",
            Self::Failing => "Jobs failed twice in a row",
            Self::Lost => "Appliances offline",
            Self::Alerts => "Alerts not acknowledged, snoozed",
            Self::Onboarding => "Tenants in onboarding",
            Self::Sweep => "Sweep",
            Self::Desk => "Desk out of reach",
            Self::Own => "Besides",
        }
    }

    /// All that there are, in the order of the page.
    pub const ALL: [Self; 15] = [
        Self::Urgent,
        Self::Running,
        Self::Validation,
        Self::Other,
        Self::Incidents,
        Self::Promises,
        Self::BreakGlass,
        Self::Approval,
        Self::Failing,
        Self::Lost,
        Self::Alerts,
        Self::Onboarding,
        Self::Sweep,
        Self::Desk,
        Self::Own,
    ];
}

/// What a line is about, and what opening it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A restore request.
    Request(RequestId),
    /// An incident.
    Incident(IncidentId),
    /// An alert, the first of several.
    Alert(On<AlertId>),
    /// A job.
    Job(On<JobId>),
    /// An appliance.
    Appliance(ApplianceId),
    /// A tenant.
    Tenant(TenantId),
    /// The sweep.
    Sweep,
    /// Words only.
    Nothing,
}

/// A generated line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is about and in which way: the same whenever the lines are made anew.
    pub key: String,
    /// Where it stands.
    pub section: Section,
    /// Its priority; P1 and P2 are read one by one.
    pub priority: Option<Priority>,
    /// What it is called, in the fewest characters: "R-0121", "07:30", "4 ×", "5 h".
    pub name: String,
    /// What there is to say.
    pub text: String,
    /// What comes next, and when.
    pub next: String,
    /// How urgent that is.
    pub heat: Heat,
    /// More about it, for who looks at this line alone.
    pub detail: Vec<String>,
    /// Who has it; empty: nobody.
    pub owner: String,
    /// What it is about.
    pub about: About,
    /// What must not change for the line to stay read: no times, no percents.
    pub gist: String,
}

impl Line {
    /// Whether the incoming person acknowledges it by itself.
    pub fn wants_reading(&self) -> bool {
        self.priority.is_some_and(|p| p <= Priority::P2)
    }
}

/// Whether the incoming person has read a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It need not be read by itself.
    Free,
    /// Not yet.
    Unread,
    /// Read.
    Read {
        /// When.
        at: Time,
        /// By whom.
        by: String,
    },
    /// It was read, and says something else since.
    Changed {
        /// When it was read.
        at: Time,
        /// By whom.
        by: String,
    },
}

impl Reading {
    /// Whether taking the shift waits for it.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Unread | Self::Changed { .. })
    }
}

/// A line as it stands in a handover: with what people did to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// What was generated.
    pub line: Line,
    /// What a person wrote in its place.
    pub edited: Option<Words>,
    /// Whether it was read.
    pub reading: Reading,
}

impl Shown {
    /// What it says.
    pub fn text(&self) -> &str {
        self.edited
            .as_ref()
            .map_or(&self.line.text, |words| &words.text)
    }
}

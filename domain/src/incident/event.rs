//! What happens to an incident, as the journal keeps it.

use super::{Channel, Inherited, Kind};
use crate::{
    facts::{EntityKind, Time},
    ids::{Episode, IncidentId, IncidentNumber, RequestId, TenantId},
    journal::{NewRecord, Subject},
    priority::{Priority, Severity},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace of the ids of incidents that alerts open.
const INCIDENT: Uuid = Uuid::from_u128(0x6f63_6465_636b_4d8a_9a41_696e_6369_6465);

/// Namespace of ids that several consoles derive alike from one fact.
const AUTOMATIC: Uuid = Uuid::from_u128(0x6f63_6465_636b_4d8a_9a41_6175_746f_6d61);

/// The version of all bodies written by this build.
pub const KIND_VERSION: u32 = 1;

/// The incident that one raising of an alert opens: whoever derives it gets the same.
pub fn incident_id(episode: &Episode) -> IncidentId {
    let Episode { alert, episode } = episode;
    let name = format!("{}\n{}\n{episode}", alert.appliance, alert.id);
    IncidentId(Uuid::new_v5(&INCIDENT, name.as_bytes()))
}

/// The incident that a raising opens whose incident was closed at that place of its history, when
/// there is more to it than whoever closed it knew.
pub(super) fn incident_after(episode: &Episode, closed: IncidentId, place: u32) -> IncidentId {
    let name = format!("{}\n{closed}\n{place}", incident_id(episode));
    IncidentId(Uuid::new_v5(&INCIDENT, name.as_bytes()))
}

/// An alert, as it opens an incident or is linked to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// Which raising.
    pub episode: Episode,
    /// Whose; absent: the provider's own.
    pub tenant: Option<TenantId>,
    /// What kind of thing it is about.
    pub object_kind: EntityKind,
    /// Its id on the appliance.
    pub object: String,
    /// The monitor's name.
    pub monitor: String,
    /// How bad.
    pub severity: Severity,
    /// What happened, in one sentence.
    pub text: String,
    /// When, on the desk's time base.
    pub raised: Time,
}

/// What a person reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// How it came in.
    pub channel: Channel,
    /// What is wanted.
    pub wants: Kind,
    /// Whose; absent: not known.
    pub tenant: Option<TenantId>,
    /// What happened, in the person's words.
    pub text: String,
    /// The priority it claims.
    pub priority: Priority,
    /// Who of the client.
    pub contact: String,
    /// The number to call.
    pub number: String,
    /// When it came in: its clock starts.
    pub received: Time,
}

/// A call to the client, or an attempt of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contacted {
    /// Whom.
    pub whom: String,
    /// On which number; may be empty.
    pub number: String,
    /// How: "phone".
    pub how: String,
    /// Whether somebody answered.
    pub reached: bool,
    /// What came of it; may be empty.
    pub outcome: String,
}

/// A call that allows a priority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// With whom.
    pub whom: String,
    /// On which number.
    pub number: String,
}

/// A call to the duty manager (`[escalation]` of the policy).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Who was called.
    pub to: String,
    /// On which number; may be empty.
    pub number: String,
    /// Why.
    pub reason: String,
    /// When the call was made.
    pub called: Time,
    /// When it was answered; absent: it was not.
    pub answered: Option<Time>,
    /// What was decided; may be empty when nobody answered.
    pub outcome: String,
}

/// The client was told: to tell them of events is the provider's duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notified {
    /// Who of the client.
    pub whom: String,
    /// How: "phone", "e-mail", "portal".
    pub how: String,
    /// When.
    pub at: Time,
}

/// An event of an incident. Its JSON is the record's body, its tag the record's kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The store gave the incident its running number; written by the store itself.
    Opened {
        /// The number.
        reference: IncidentNumber,
    },
    /// An alert opened it, by itself.
    Raised(Box<Raised>),
    /// A person reported it.
    Reported(Box<Reported>),
    /// Another raising of its alert, or another alert, belongs to it.
    AlertLinked(Box<Raised>),
    /// An alert of it cleared.
    Recovered {
        /// Which raising.
        episode: Episode,
    },
    /// The appliance of an alert of it is not managed any more: the alert is closed, and a
    /// person says what becomes of the incident.
    ApplianceLeft {
        /// Which raising.
        episode: Episode,
        /// The revision of the directory that does not have the appliance any more.
        revision: u32,
    },
    /// A restore request belongs to it.
    RequestLinked {
        /// The request.
        request: RequestId,
    },
    /// The record's actor works on it.
    Taken,
    /// It moved to the record's actor with a whole shift: nobody has looked at it for that.
    TakenOver {
        /// Who had it.
        from: String,
    },
    /// Somebody else is to work on it.
    Assigned {
        /// Who.
        to: String,
    },
    /// A note.
    Noted {
        /// The note; lines are kept.
        text: String,
    },
    /// The client was called.
    Contacted(Contacted),
    /// It waits for the client. Written together with a [`Event::Contacted`].
    Waiting {
        /// For what.
        what: String,
        /// Whom a technician tried to reach for it, and how.
        attempt: String,
    },
    /// The client gave what it waited for.
    WaitingEnded,
    /// Another priority; the start of its clock is kept.
    PriorityChanged {
        /// Which.
        to: Priority,
        /// Why; needed when it is lowered.
        reason: String,
        /// The call with the client; needed when it is raised to P1.
        call: Option<Call>,
    },
    /// The duty manager was called.
    Escalated(Escalation),
    /// The client was told.
    Notified(Notified),
    /// Something was promised to the client.
    Promised {
        /// What.
        what: String,
        /// Until when.
        at: Time,
    },
    /// The promise was kept.
    Kept {
        /// The id of the record of the promise.
        promise: Uuid,
    },
    /// It goes on as another one.
    MergedInto {
        /// Which.
        incident: IncidentId,
    },
    /// Another one goes on as this.
    MergedFrom {
        /// Which.
        incident: IncidentId,
        /// What is taken over from it; absent where an alert opened two.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        takes: Option<Box<Inherited>>,
    },
    /// It is solved.
    Resolved {
        /// How.
        note: String,
    },
    /// Nothing more is to be done.
    Closed {
        /// Why.
        reason: String,
    },
    /// It is open again.
    Reopened {
        /// Why.
        reason: String,
    },
}

impl Event {
    /// The record's kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Raised(_) => "raised",
            Self::Reported(_) => "reported",
            Self::AlertLinked(_) => "alert_linked",
            Self::Recovered { .. } => "recovered",
            Self::ApplianceLeft { .. } => "appliance_left",
            Self::RequestLinked { .. } => "request_linked",
            Self::Taken => "taken",
            Self::TakenOver { .. } => "taken_over",
            Self::Assigned { .. } => "assigned",
            Self::Noted { .. } => "noted",
            Self::Contacted(_) => "contacted",
            Self::Waiting { .. } => "waiting",
            Self::WaitingEnded => "waiting_ended",
            Self::PriorityChanged { .. } => "priority_changed",
            Self::Escalated(_) => "escalated",
            Self::Notified(_) => "notified",
            Self::Promised { .. } => "promised",
            Self::Kept { .. } => "kept",
            Self::MergedInto { .. } => "merged_into",
            Self::MergedFrom { .. } => "merged_from",
            Self::Resolved { .. } => "resolved",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
        }
    }

    /// What its author wrote with it, in any number of lines.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Noted { text } => Some(text),
            Self::Resolved { note } => Some(note),
            Self::Closed { reason } | Self::Reopened { reason } => Some(reason),
            _ => None,
        }
    }

    /// Whether of two people who do it at once only one may have done it.
    pub fn claims(&self) -> bool {
        matches!(
            self,
            Self::Taken
                | Self::TakenOver { .. }
                | Self::Assigned { .. }
                | Self::PriorityChanged { .. }
                | Self::MergedInto { .. }
                | Self::Resolved { .. }
                | Self::Closed { .. }
                | Self::Reopened { .. }
        )
    }

    /// Whether nothing more is expected of the incident after it.
    fn over(&self) -> Option<bool> {
        match self {
            Self::Closed { .. } | Self::MergedInto { .. } => Some(true),
            // Of two that are merged into each other the one stays that is named last.
            Self::Reopened { .. } | Self::MergedFrom { .. } => Some(false),
            _ => None,
        }
    }

    /// The id that this event has whoever writes it; `None`: each writing is one of its own.
    fn derived(&self, subject: IncidentId) -> Option<Uuid> {
        let of = |rest: String| Uuid::new_v5(&AUTOMATIC, format!("{subject}\n{rest}").as_bytes());
        let raising = |episode: &Episode| {
            let Episode { alert, episode } = episode;
            format!("{}\n{}\n{episode}", alert.appliance, alert.id)
        };
        match self {
            Self::Raised(_) => Some(of("raised".to_owned())),
            // A worse severity of the same raising is another fact.
            Self::AlertLinked(alert) => Some(of(format!(
                "linked\n{}\n{:?}",
                raising(&alert.episode),
                alert.severity.priority().map(Priority::number)
            ))),
            Self::Recovered { episode } => Some(of(format!("recovered\n{}", raising(episode)))),
            Self::ApplianceLeft { episode, revision } => {
                Some(of(format!("left\n{}\n{revision}", raising(episode))))
            }
            Self::RequestLinked { request } => Some(of(format!("request\n{request}"))),
            Self::MergedInto { incident } => Some(of(format!("into\n{incident}"))),
            Self::MergedFrom { incident, .. } => Some(of(format!("from\n{incident}"))),
            _ => None,
        }
    }

    /// The event as a record. What follows from a fact derives its id, everything else takes
    /// `id`.
    pub fn record(&self, id: Uuid, subject: IncidentId, at: Time, actor: &str) -> NewRecord {
        let kind = (self.kind(), KIND_VERSION);
        NewRecord {
            over: self.over(),
            ..NewRecord::of(
                self.derived(subject).unwrap_or(id),
                Subject::Incident(subject),
                kind,
                at,
                actor,
                self,
            )
        }
    }
}

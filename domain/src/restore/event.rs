//! What happens to a restore request, as the journal keeps it.

use super::{Asked, Order, Purpose};
use crate::{
    facts::{RestoreState, Time},
    ids::{ApplianceId, IncidentId, Reference, RequestId, TenantId},
    incident::Escalation,
    journal::{NewRecord, Subject},
    priority::Priority,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace of ids that several consoles derive alike from one fact.
const WITNESSED: Uuid = Uuid::from_u128(0x6f63_6465_636b_4d8a_9a41_7769_746e_6573);

/// The version of all bodies written by this build.
pub const KIND_VERSION: u32 = 1;

/// An event of a request. Its JSON is the record's body, its tag the record's kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The store gave the request its running number; written by the store itself.
    Opened {
        /// The number.
        reference: Reference,
    },
    /// The call was received: both clocks start.
    CallReceived,
    /// A named technician has human contact: the record's actor.
    Responded,
    /// It is for an incident of a person who asked for it before: both clocks go on from there.
    ForIncident {
        /// Which.
        incident: IncidentId,
        /// When the clock of the incident started.
        received: Time,
        /// When somebody had human contact.
        responded: Time,
        /// The place in the journal of the record that the incident began with: its clocks keep
        /// the numbers that were in force then.
        began: Option<u64>,
    },
    /// What is asked was chosen, and with it the priority.
    KindChosen {
        /// What is asked.
        asked: Asked,
        /// For what.
        purpose: Purpose,
        /// Another priority than the kind's own.
        priority: Option<Priority>,
        /// Why, when a priority is lowered after the first choice.
        reason: String,
    },
    /// The caller was called back on the number on file.
    CalledBack {
        /// The number.
        number: String,
    },
    /// The wizard was left; anyone may continue it.
    Parked {
        /// The step it stands at, 1 to 8.
        step: u8,
    },
    /// The record's actor has it now.
    TakenOver {
        /// Who had it; empty: nobody, or it is not known.
        #[serde(default)]
        from: String,
    },
    /// The intent to dispatch. Durable before the call leaves.
    Dispatching(Box<Intended>),
    /// The same dispatch once more, which nobody had answered: the record's actor sends it as
    /// theirs. Durable before the call leaves.
    SentAgain {
        /// The attempt.
        attempt: u32,
        /// Who had sent it before.
        from: String,
    },
    /// The appliance said no for good; the request is a draft again.
    Refused {
        /// The attempt.
        attempt: u32,
        /// Why.
        text: String,
    },
    /// What the appliance told about an attempt.
    Witnessed(Box<Witnessed>),
    /// A person gave the request up.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// The client says that what came back is right.
    Validated {
        /// Who of the client.
        contact: String,
    },
    /// What the next person should know.
    Noted {
        /// In lines.
        text: String,
    },
    /// It waits for the client: the adjusted values of its clocks pause, if somebody was tried.
    Waiting {
        /// For what.
        what: String,
        /// Whom a technician tried to reach for it, how, and what came of it.
        attempt: String,
    },
    /// The client gave what it waited for.
    WaitingEnded,
    /// The duty manager was called (`[escalation]` of the policy).
    Escalated(Escalation),
    /// Nothing more is to be done.
    Closed,
}

/// A dispatch as it is about to be sent: enough to send the very same again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intended {
    /// The attempt, from 1.
    pub attempt: u32,
    /// To which appliance.
    pub appliance: ApplianceId,
    /// Whose data.
    pub tenant: TenantId,
    /// The system's name.
    pub system: String,
    /// What.
    pub order: Order,
    /// The plan's digest.
    pub digest: Vec<u8>,
    /// The priority it runs under.
    pub priority: Priority,
    /// Who asked for it.
    pub requester: String,
    /// The number to call.
    pub call_back: String,
    /// What broke, in the caller's words.
    pub reason: String,
    /// Going on alone beyond the limit: reason, duty manager, time of the call.
    pub break_glass: Option<(String, String, Time)>,
    /// Files that the plan writes.
    pub files: u64,
    /// Bytes that the plan writes.
    pub bytes: u64,
}

/// What an appliance told about an attempt, kept on the desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Witnessed {
    /// The attempt.
    pub attempt: u32,
    /// Where it stood: [`RestoreState::name`].
    pub state: String,
    /// When, on the desk's time base.
    pub at: Time,
    /// The appliance's clock minus the desk's, in milliseconds, as it was measured then: the
    /// appliance itself said `at` plus this.
    #[serde(default)]
    pub offset_ms: i64,
    /// When this console heard of it.
    pub heard: Time,
    /// Files written.
    pub written: u64,
    /// Files that failed.
    pub failed: u64,
    /// Files compared and equal.
    pub verified: u64,
    /// Files compared and not equal.
    pub unequal: u64,
    /// One line about it; may be empty.
    pub message: String,
}

impl Witnessed {
    /// Where it stood; a name that this build does not know stays unknown.
    pub fn state(&self) -> RestoreState {
        RestoreState::from_name(&self.state)
    }
}

impl Event {
    /// The record's kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::CallReceived => "call_received",
            Self::Responded => "responded",
            Self::ForIncident { .. } => "for_incident",
            Self::KindChosen { .. } => "kind_chosen",
            Self::CalledBack { .. } => "called_back",
            Self::Parked { .. } => "parked",
            Self::TakenOver { .. } => "taken_over",
            Self::Dispatching(_) => "dispatching",
            Self::SentAgain { .. } => "sent_again",
            Self::Refused { .. } => "refused",
            Self::Witnessed(_) => "witnessed",
            Self::Cancelled { .. } => "cancelled",
            Self::Validated { .. } => "validated",
            Self::Noted { .. } => "noted",
            Self::Waiting { .. } => "waiting",
            Self::WaitingEnded => "waiting_ended",
            Self::Escalated(_) => "escalated",
            Self::Closed => "closed",
        }
    }

    /// Whether it must be on disk before anybody is told: the intent and the outcomes.
    fn durable(&self) -> bool {
        !matches!(self, Self::Parked { .. })
    }

    /// Whether nothing more is expected of the request after it.
    fn over(&self) -> Option<bool> {
        match self {
            Self::Closed | Self::Cancelled { .. } => Some(true),
            Self::TakenOver { .. } | Self::Dispatching(_) => Some(false),
            // It goes on, whoever was told that it would not.
            Self::Witnessed(_) => Some(false),
            _ => None,
        }
    }

    /// The event as a record. Witnessed facts derive their id, everything else takes `id`.
    pub fn record(&self, id: Uuid, subject: RequestId, at: Time, actor: &str) -> NewRecord {
        let event_id = match self {
            Self::Witnessed(w) => Uuid::new_v5(
                &WITNESSED,
                format!("{subject}:{}:{}", w.attempt, w.state).as_bytes(),
            ),
            _ => id,
        };
        let kind = (self.kind(), KIND_VERSION);
        NewRecord {
            durable: self.durable(),
            over: self.over(),
            ..NewRecord::of(event_id, Subject::Request(subject), kind, at, actor, self)
        }
    }
}

//! What happens to an alert, as the journal keeps it.

use crate::{
    facts::{Alert, Time},
    ids::Episode,
    journal::{NewRecord, Subject},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace of ids that several consoles derive alike from one fact.
const DERIVED: Uuid = Uuid::from_u128(0x6f63_6465_636b_4d8a_9a41_616c_6572_7473);

/// The version of all bodies written by this build.
pub const KIND_VERSION: u32 = 1;

/// An event of an alert. Its JSON is the record's body, its tag the record's kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// What the appliance told when it was first seen: a witness.
    Raised(Box<Alert>),
    /// A person has seen it.
    Acknowledged {
        /// In the person's words; may be empty.
        note: String,
    },
    /// The acknowledgement was a mistake.
    AcknowledgementUndone,
    /// Nothing was done for too long after it was acknowledged: written by any console.
    AcknowledgementTimedOut {
        /// The place in the history of the acknowledgement; of several, the last one.
        of: u32,
        /// When something was done last, as its writer knew it: what was done later and not
        /// read yet puts it off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        progress: Option<Time>,
    },
    /// The record's actor works on it.
    Taken,
    /// It moved to the record's actor with a whole shift: nobody has looked at it for that.
    TakenOver {
        /// Who had it.
        from: String,
    },
    /// The record's actor gave it to somebody.
    Assigned {
        /// To whom.
        to: String,
    },
    /// It need not be looked at until then.
    Snoozed {
        /// Until when.
        until: Time,
        /// Why.
        reason: String,
    },
    /// The rest of a snooze was given up.
    Woken,
    /// In a person's words.
    Noted {
        /// The words.
        text: String,
    },
    /// Somebody of the client was told: to tell them of events is the provider's duty.
    ClientNotified {
        /// Who.
        whom: String,
        /// By phone, by mail, …
        how: String,
        /// When.
        at: Time,
        /// What was said; may be empty.
        text: String,
    },
    /// A person says that it is over, whether or not the appliance does.
    Resolved {
        /// Why.
        note: String,
        /// How often it had been seen then.
        count: u32,
        /// What it said then.
        text: String,
    },
    /// The appliance says that it is over: a witness.
    Cleared {
        /// When, on the desk's time base.
        at: Time,
    },
    /// The appliance does not tell of it any more, and did not say that it is over: a witness of
    /// who sees all that it tells.
    Gone {
        /// When that was seen.
        at: Time,
        /// The place in the history at which it was brought back before; 0: never.
        of: u32,
    },
    /// Its appliance is not managed any more, so nobody will say that it is over: written by
    /// any console.
    ApplianceLeft {
        /// The revision of the directory that does not have the appliance any more.
        revision: u32,
    },
    /// It happened again: written by any console.
    Reopened {
        /// The place in the history of the end that this takes back; 0: it was an earlier
        /// raising that had ended.
        of: u32,
        /// The raising before this one, when it is another.
        before: Option<u32>,
        /// Who goes on with it; empty: nobody.
        owner: String,
        /// It came back too late to be the same: everything begins anew.
        fresh: bool,
    },
}

impl Event {
    /// The record's kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Raised(_) => "raised",
            Self::Acknowledged { .. } => "acknowledged",
            Self::AcknowledgementUndone => "acknowledgement_undone",
            Self::AcknowledgementTimedOut { .. } => "acknowledgement_timed_out",
            Self::Taken => "taken",
            Self::TakenOver { .. } => "taken_over",
            Self::Assigned { .. } => "assigned",
            Self::Snoozed { .. } => "snoozed",
            Self::Woken => "woken",
            Self::Noted { .. } => "noted",
            Self::ClientNotified { .. } => "client_notified",
            Self::Resolved { .. } => "resolved",
            Self::Cleared { .. } => "cleared",
            Self::Gone { .. } => "gone",
            Self::ApplianceLeft { .. } => "appliance_left",
            Self::Reopened { .. } => "reopened",
        }
    }

    /// Whether it says who does what from now on: of two such at one moment only one may
    /// stand, unless one [may follow](Self::may_follow) the other. Notes and witnesses stand
    /// beside anything.
    pub fn claims(&self) -> bool {
        matches!(
            self,
            Self::Acknowledged { .. }
                | Self::AcknowledgementUndone
                | Self::Taken
                | Self::TakenOver { .. }
                | Self::Assigned { .. }
                | Self::Snoozed { .. }
                | Self::Woken
                | Self::Resolved { .. }
        )
    }

    /// Whether it may be written behind what somebody else decided at the same moment: who
    /// acknowledges what another has just acknowledged or taken has seen it too.
    pub fn may_follow(&self, other: &Self) -> bool {
        match self {
            Self::Acknowledged { .. } => {
                other.acknowledges() || matches!(other, Self::Taken | Self::TakenOver { .. })
            }
            Self::AcknowledgementUndone => other.acknowledges(),
            _ => false,
        }
    }

    /// Whether it says who has seen it, and nothing about who does what.
    pub(super) fn acknowledges(&self) -> bool {
        matches!(
            self,
            Self::Acknowledged { .. } | Self::AcknowledgementUndone
        )
    }

    /// What its author wrote with it, in any number of lines; may be empty.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Acknowledged { note } | Self::Resolved { note, .. } => Some(note),
            Self::Noted { text } | Self::ClientNotified { text, .. } => Some(text),
            Self::Snoozed { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// What its actor did, for "jon took it 1 s ago".
    pub fn did(&self) -> String {
        match self {
            Self::Raised(_) => "saw it raised".to_owned(),
            Self::Acknowledged { .. } => "acknowledged it".to_owned(),
            Self::AcknowledgementUndone => "undid the acknowledgement".to_owned(),
            Self::AcknowledgementTimedOut { .. } => "let the acknowledgement time out".to_owned(),
            Self::Taken => "took it".to_owned(),
            Self::TakenOver { from } => format!("took the shift of {from}"),
            Self::Assigned { to } => format!("gave it to {to}"),
            Self::Snoozed { .. } => "snoozed it".to_owned(),
            Self::Woken => "ended the snooze".to_owned(),
            Self::Noted { .. } => "noted something".to_owned(),
            Self::ClientNotified { whom, .. } => format!("told {whom}"),
            Self::Resolved { .. } => "resolved it".to_owned(),
            Self::Cleared { .. } => "saw it cleared".to_owned(),
            Self::Gone { .. } => "saw it gone".to_owned(),
            Self::ApplianceLeft { revision } => {
                format!("saw its appliance leave with revision {revision}")
            }
            Self::Reopened { .. } => "saw it again".to_owned(),
        }
    }

    /// What a derived id is derived from; `None`: a person decided it.
    fn derived(&self) -> Option<String> {
        match self {
            Self::Raised(_) | Self::Cleared { .. } => Some(self.kind().to_owned()),
            // The next one, when more was done than this one knew, is another.
            Self::AcknowledgementTimedOut {
                of,
                progress: Some(at),
            } => Some(format!("{}:{of}:{}", self.kind(), at.timestamp_micros())),
            Self::AcknowledgementTimedOut { of, .. }
            | Self::Gone { of, .. }
            | Self::Reopened { of, .. } => Some(format!("{}:{of}", self.kind())),
            Self::ApplianceLeft { revision } => Some(format!("{}:{revision}", self.kind())),
            _ => None,
        }
    }

    /// Whether nothing more is expected of this raising after it. What a person resolved while
    /// it stands may come back at any time.
    fn over(&self) -> Option<bool> {
        match self {
            Self::Cleared { .. } | Self::Gone { .. } | Self::ApplianceLeft { .. } => Some(true),
            Self::Reopened { .. } => Some(false),
            _ => None,
        }
    }

    /// The event as a record. What several consoles see derives its id, everything else takes
    /// `id`. Everything is durable: it says who looks after what.
    pub fn record(&self, id: Uuid, episode: &Episode, at: Time, actor: &str) -> NewRecord {
        let subject = Subject::Alert(episode.clone());
        let event_id = self.derived().map_or(id, |from| {
            Uuid::new_v5(&DERIVED, format!("{subject}:{from}").as_bytes())
        });
        let kind = (self.kind(), KIND_VERSION);
        NewRecord {
            over: self.over(),
            ..NewRecord::of(event_id, subject, kind, at, actor, self)
        }
    }
}

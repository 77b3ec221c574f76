//! Incidents: what is wrong or wanted at a tenant until it is closed with a reason. Monitoring
//! opens them from alerts, people report them by phone, portal or e-mail.

mod book;
mod clocks;
mod due;
mod event;
mod fold;
mod kept;
mod merge;

pub use book::Incidents;
pub use due::{Due, Quiet, appliance_left, as_raised, due, recovered};
pub use event::{
    Call, Contacted, Escalation, Event, KIND_VERSION, Notified, Raised, Reported, incident_id,
};
pub use fold::{Incident, Moment, Origin, Phase};
pub use kept::{LinkedAlert, Promise};
pub use merge::{Inherited, InheritedClock};

use serde::{Deserialize, Serialize};

/// How a person's report came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// By phone.
    Call,
    /// Through the portal.
    Portal,
    /// By e-mail.
    Email,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Call, Self::Portal, Self::Email];

    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Portal => "portal",
            Self::Email => "e-mail",
        }
    }
}

/// What a person reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole system is to be restored.
    RestoreSystem,
    /// Folders are to be restored.
    RestoreFolder,
    /// Single files are to be restored.
    RestoreFile,
    /// A system or file is to be restored to see whether it would work.
    RecoveryTest,
    /// A backup is to be made now.
    Backup,
    /// Anything else.
    Other,
}

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::RestoreSystem,
        Self::RestoreFolder,
        Self::RestoreFile,
        Self::RecoveryTest,
        Self::Backup,
        Self::Other,
    ];

    /// Those that are not asked for in the restore wizard.
    pub const NOT_A_RESTORE: [Self; 2] = [Self::Backup, Self::Other];

    /// Whether something is to be restored in production.
    pub fn is_restore(self) -> bool {
        matches!(
            self,
            Self::RestoreSystem | Self::RestoreFolder | Self::RestoreFile
        )
    }

    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::RestoreSystem => "restore a system",
            Self::RestoreFolder => "restore a folder",
            Self::RestoreFile => "restore a file",
            Self::RecoveryTest => "recovery test",
            Self::Backup => "on-demand backup",
            Self::Other => "other",
        }
    }
}

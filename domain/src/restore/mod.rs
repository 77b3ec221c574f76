//! Restore requests: what is asked, what is ordered, and the fold of what happened.

mod event;
mod order;
mod request;

pub use event::{Event, Intended, KIND_VERSION, Witnessed};
pub use order::{Order, OverwritePolicy, Target};
pub use request::{Attempt, Moment, Phase, Request};

use serde::{Deserialize, Serialize};

/// What the caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A whole system.
    System,
    /// Folders.
    Folders,
    /// Single files.
    Files,
}

impl Asked {
    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "a whole system",
            Self::Folders => "folders",
            Self::Files => "single files",
        }
    }
}

/// What a restore is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Something is broken.
    #[default]
    Production,
    /// To see whether it would work; it starts no clock.
    RecoveryTest,
}

impl Purpose {
    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::RecoveryTest => "recovery test",
        }
    }
}

/// Whether two names in certificates are one person: a difference in case or in blanks around
/// them makes nobody a second one.
pub fn same_person(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

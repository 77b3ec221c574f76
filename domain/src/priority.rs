//! Severity → priority, and priorities.

use serde::{Deserialize, Serialize};
use std::fmt;

/// P1 is the most urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// Service down, critical; a system restore request.
    P1,
    /// Trouble; a folder or file restore request.
    P2,
    /// Attention.
    P3,
    /// Comes only from people.
    P4,
}

impl Priority {
    /// 1 to 4.
    pub fn number(self) -> u8 {
        match self {
            Self::P1 => 1,
            Self::P2 => 2,
            Self::P3 => 3,
            Self::P4 => 4,
        }
    }

    /// The priority of that number; `None` outside 1 to 4.
    pub fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::P1),
            2 => Some(Self::P2),
            3 => Some(Self::P3),
            4 => Some(Self::P4),
            _ => None,
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{}", self.number())
    }
}

/// How bad an alert is: 10 (worst) to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Severity(u8);

impl Severity {
    /// The severity of that number, held within 1 to 10.
    pub fn clamped(number: u32) -> Self {
        Self(u8::try_from(number.clamp(1, 10)).unwrap_or(10))
    }

    /// 10 to 1.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The priority of the incident that an alert of this severity opens;
    /// `None` below 5: no incident.
    pub fn priority(self) -> Option<Priority> {
        match self.0 {
            9.. => Some(Priority::P1),
            7..=8 => Some(Priority::P2),
            5..=6 => Some(Priority::P3),
            _ => None,
        }
    }
}

//! What a record is about. Its text stands in the store and in an exported desk.

use crate::ids::{
    AlertId, ApplianceId, Episode, HandoverId, HookRunId, IncidentId, On, RequestId, SweepId,
};
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{convert::Infallible, fmt, str::FromStr};
use uuid::Uuid;

/// What a record is about: each subject has a history of its own, without holes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A restore request; its text is the bare id.
    Request(RequestId),
    /// One raising of an alert: `alert:<episode>:<appliance>:<alert>`.
    Alert(Episode),
    /// An incident: `incident:<uuid>`.
    Incident(IncidentId),
    /// A handover: `handover:<uuid>`.
    Handover(HandoverId),
    /// A sweep: `sweep:<uuid>`.
    Sweep(SweepId),
    /// A person of the operations center, by the name in the certificate: `person:<name>`.
    Person(String),
    /// That a person was seen, of one day (UTC): `seen:<date>:<name>`. Of the person's own
    /// subject every history would become as long as the years.
    Seen {
        /// The day.
        day: NaiveDate,
        /// The name in the certificate.
        person: String,
    },
    /// A run of a hook: `hook:<uuid>`.
    Hook(HookRunId),
    /// The directory and its revisions: `directory`.
    Directory,
    /// What one revision of the directory says of who is who: `directory:<number>`.
    Revision(u32),
    /// What this build does not know: kept as it stands.
    Other(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(id) => id.fmt(f),
            Self::Alert(Episode { alert, episode }) => {
                write!(f, "alert:{episode}:{}:{}", alert.appliance, alert.id)
            }
            Self::Incident(id) => write!(f, "incident:{id}"),
            Self::Handover(id) => write!(f, "handover:{id}"),
            Self::Sweep(id) => write!(f, "sweep:{id}"),
            Self::Person(name) => write!(f, "person:{name}"),
            Self::Seen { day, person } => write!(f, "seen:{day}:{person}"),
            Self::Hook(id) => write!(f, "hook:{id}"),
            Self::Directory => f.write_str("directory"),
            Self::Revision(number) => write!(f, "directory:{number}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl Subject {
    fn known(text: &str) -> Option<Self> {
        if let Ok(id) = Uuid::parse_str(text) {
            return Some(Self::Request(RequestId(id)));
        }
        let Some((word, rest)) = text.split_once(':') else {
            return (text == "directory").then_some(Self::Directory);
        };
        let uuid = || Uuid::parse_str(rest).ok();
        match word {
            "alert" => {
                let mut parts = rest.splitn(3, ':');
                let episode = parts.next()?.parse().ok()?;
                let appliance = ApplianceId::new(parts.next()?);
                let alert = On::new(appliance, AlertId::new(parts.next()?));
                Some(Self::Alert(Episode { alert, episode }))
            }
            "incident" => Some(Self::Incident(IncidentId(uuid()?))),
            "handover" => Some(Self::Handover(HandoverId(uuid()?))),
            "sweep" => Some(Self::Sweep(SweepId(uuid()?))),
            "hook" => Some(Self::Hook(HookRunId(uuid()?))),
            "person" => Some(Self::Person(rest.to_owned())),
            "directory" => Some(Self::Revision(rest.parse().ok()?)),
            "seen" => {
                let (day, person) = rest.split_once(':')?;
                let (day, person) = (day.parse().ok()?, person.to_owned());
                Some(Self::Seen { day, person })
            }
            _ => None,
        }
    }

    /// The request, if it is one.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Self::Request(id) => Some(*id),
            _ => None,
        }
    }
}

impl From<&str> for Subject {
    /// Never fails: text of a form that this build does not know is [`Subject::Other`], unless
    /// its own text would then be another's.
    fn from(text: &str) -> Self {
        Self::known(text)
            .filter(|known| known.to_string() == text)
            .unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

impl From<IncidentId> for Subject {
    fn from(id: IncidentId) -> Self {
        Self::Incident(id)
    }
}

impl FromStr for Subject {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

impl From<RequestId> for Subject {
    fn from(id: RequestId) -> Self {
        Self::Request(id)
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Subject;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a subject's text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Subject, E> {
                Ok(Subject::from(text))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_has_a_text_of_its_own() {
        let id = Uuid::from_u128(7);
        let alert = On::new("acme-stl-01".into(), "job:failed:1".into());
        for subject in [
            Subject::Request(RequestId(id)),
            Subject::Alert(Episode { alert, episode: 3 }),
            Subject::Incident(IncidentId(id)),
            Subject::Handover(HandoverId(id)),
            Subject::Sweep(SweepId(id)),
            Subject::Person("mara".to_owned()),
            Subject::Seen {
                day: "2026-11-21".parse().unwrap(),
                person: "mara: of two".to_owned(),
            },
            Subject::Hook(HookRunId(id)),
            Subject::Directory,
            Subject::Revision(7),
            Subject::Other("change:9".to_owned()),
        ] {
            assert_eq!(Subject::from(subject.to_string().as_str()), subject);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_kept_as_it_stands(text in "(alert:|person:|incident:|hook:|seen:|seen:2026-01-02:)?\\PC{0,40}") {
            prop_assert_eq!(Subject::from(text.as_str()).to_string(), text);
        }
    }
}

//! What a directory is made of. As JSON it stands in the journal of the desk, so keys only come.

use super::{Rota, Window};
use crate::{
    calendar::Calendar,
    ids::{ApplianceId, CalendarId, PartyId, SiteId, TenantId},
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Everything that a directory is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parts {
    /// The provider and the resellers.
    pub parties: Vec<Party>,
    /// Tenants.
    pub tenants: Vec<Tenant>,
    /// Persons of tenants.
    pub contacts: Vec<Contact>,
    /// Places of tenants.
    pub sites: Vec<Site>,
    /// Appliances.
    pub appliances: Vec<Appliance>,
    /// Business calendars.
    pub calendars: Vec<Calendar>,
    /// Who is on duty when.
    pub rota: Vec<Rota>,
    /// Maintenance windows.
    pub windows: Vec<Window>,
}

/// The provider or a reseller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Id.
    pub id: PartyId,
    /// Name.
    pub name: String,
    /// Whose reseller it is; none: the provider.
    #[serde(default)]
    pub parent: Option<PartyId>,
    /// The zone of its own business hours.
    #[serde(default = "utc")]
    pub time_zone: Tz,
}

/// Whether a failed job may be started again without asking the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// Yes.
    #[default]
    Allowed,
    /// After asking the client.
    AskFirst,
    /// No.
    Never,
}

impl RestartPolicy {
    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::AskFirst => "ask first",
            Self::Never => "never",
        }
    }
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Id.
    pub id: TenantId,
    /// Name.
    pub name: String,
    /// The party that it is a client of.
    pub parent: PartyId,
    /// Unmanaged: only its quota is watched.
    #[serde(default = "yes")]
    pub managed: bool,
    /// Its time zone.
    #[serde(default = "utc")]
    pub time_zone: Tz,
    /// What it says about starting failed jobs again.
    #[serde(default)]
    pub restart_policy: RestartPolicy,
    /// Its business hours; none: those of the policy.
    #[serde(default)]
    pub calendar: Option<CalendarId>,
    /// Whether it is served yet, and still.
    #[serde(default)]
    pub lifecycle: Lifecycle,
}

/// A person of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Of which tenant.
    pub tenant: TenantId,
    /// Name.
    pub name: String,
    /// The number on file.
    #[serde(default)]
    pub phone: String,
    /// Mail address.
    #[serde(default)]
    pub email: String,
    /// May ask for a restore.
    #[serde(default)]
    pub may_request: bool,
    /// May allow an overwrite.
    #[serde(default)]
    pub may_authorise: bool,
    /// What it is at the tenant: "IT manager"; may be empty.
    #[serde(default)]
    pub role: String,
    /// Its place among those who are called when something is urgent, from 1.
    #[serde(default)]
    pub escalation: Option<u32>,
}

/// A place of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Id; also its name on screen.
    pub id: SiteId,
    /// Whose.
    pub tenant: TenantId,
    /// "customer primary", "provider data center", …
    #[serde(default)]
    pub kind: String,
}

/// An appliance, as the directory knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appliance {
    /// Id.
    pub id: ApplianceId,
    /// Where it stands; a hosted one stands under every tenant that it serves.
    #[serde(default)]
    pub sites: Vec<SiteId>,
    /// "host:port" for all consoles; none: each console's own file says where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// "host:port" of a pass-through that chooses by server name; dialled instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

impl Appliance {
    /// The link to it, where it has an address.
    pub fn link(&self) -> Option<Link> {
        Some(Link {
            appliance: self.id.clone(),
            address: self.address.clone()?,
            via: self.via.clone(),
        })
    }
}

/// An appliance to be linked, and where it is dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id, which its certificate must carry.
    pub appliance: ApplianceId,
    /// "host:port".
    pub address: String,
    /// "host:port" of a pass-through that chooses by server name; dialled instead.
    pub via: Option<String>,
}

/// The last step of onboarding.
pub const LAST_STEP: u8 = 13;

/// Whether a tenant is served yet, and still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Before it is live: at which of the 13 steps.
    Onboarding(u8),
    /// Served.
    #[default]
    Live,
    /// Not served for the time being.
    Suspended,
    /// Served no more.
    Closed,
}

impl Lifecycle {
    /// Its words on screen: `onboarding 4/13`, `live`, `suspended`, `closed`.
    pub fn words(self) -> String {
        match self {
            Self::Onboarding(step) => format!("onboarding {step}/{LAST_STEP}"),
            Self::Live => "live".to_owned(),
            Self::Suspended => "suspended".to_owned(),
            Self::Closed => "closed".to_owned(),
        }
    }
}

fn yes() -> bool {
    true
}

fn utc() -> Tz {
    Tz::UTC
}

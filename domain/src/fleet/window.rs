//! Maintenance windows: while one is open, alerts of what it covers are counted, not queued.

use super::{Directory, DirectoryError, missing};
use crate::{
    facts::{Alert, EntityKind, Time},
    ids::{ApplianceId, JobId, On, TenantId},
};
use serde::{Deserialize, Serialize};

/// What a window covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything of a tenant.
    Tenant(TenantId),
    /// An appliance and everything on it.
    Appliance(ApplianceId),
    /// One job.
    Job(On<JobId>),
}

/// What kind of change it is for (`[notice]` of the policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    /// Regular maintenance: needs no notice.
    Regular,
    /// An emergency: needs a reason and no notice.
    Emergency,
    /// A change with written notice.
    Notice,
}

impl WindowKind {
    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regular => "regular maintenance",
            Self::Emergency => "emergency",
            Self::Notice => "change with notice",
        }
    }
}

/// A maintenance window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// What it covers.
    pub scope: Scope,
    /// Opens.
    pub from: Time,
    /// Closes.
    pub to: Time,
    /// Why.
    pub reason: String,
    /// What kind of change.
    pub kind: WindowKind,
    /// When the written notice went out, if one did.
    #[serde(default)]
    pub noticed: Option<Time>,
}

impl Window {
    /// Whether it is open at `t`.
    pub fn open(&self, t: Time) -> bool {
        self.from <= t && t < self.to
    }
}

impl Directory {
    /// The windows, as the file has them.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// The window that is open at `t` over an alert of this appliance; of several the one
    /// that closes last. Whether it hides an alert of its severity says
    /// [`crate::alert::LifePolicy`]. A tenant's window covers an appliance's
    /// own alerts when it serves nobody else.
    pub fn window_over(&self, appliance: &ApplianceId, alert: &Alert, t: Time) -> Option<&Window> {
        let covers = |window: &&Window| match &window.scope {
            Scope::Appliance(id) => id == appliance,
            Scope::Tenant(id) => match &alert.tenant {
                Some(tenant) => tenant == id,
                None => self.serves_only(appliance, id),
            },
            Scope::Job(job) => {
                &job.appliance == appliance
                    && alert.object_kind == EntityKind::Job
                    && alert.object == job.id.as_str()
            }
        };
        self.windows
            .iter()
            .filter(|window| window.open(t))
            .filter(covers)
            .max_by_key(|window| window.to)
    }

    fn serves_only(&self, appliance: &ApplianceId, tenant: &TenantId) -> bool {
        let served = self.tenants_of(appliance);
        served.len() == 1 && served.contains(tenant)
    }

    pub(super) fn check_windows(&self) -> Result<(), DirectoryError> {
        for window in &self.windows {
            let at = window.from.format("%F %R");
            match &window.scope {
                Scope::Tenant(id) if !self.tenants.contains_key(id) => {
                    return Err(missing("window of", &at, "tenant", id));
                }
                Scope::Appliance(id) | Scope::Job(crate::ids::On { appliance: id, .. })
                    if !self.appliances.contains_key(id) =>
                {
                    return Err(missing("window of", &at, "appliance", id));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

//! The alert that an appliance cannot raise itself: that nobody hears it any more
//! (`link_lost_after` of the policy). Consoles derive it from their links, under one stable id.

use super::LifePolicy;
use crate::{
    facts::{Alert, EntityKind, Time},
    ids::{AlertId, ApplianceId, On, TenantId},
};

/// Its monitor's name.
pub const LINK_LOST: &str = "link_lost";

/// The id of the alert that this appliance is lost.
pub fn link_lost_id(appliance: &ApplianceId) -> On<AlertId> {
    let id = AlertId::new(format!("appliance:{appliance}:{LINK_LOST}"));
    On::new(appliance.clone(), id)
}

/// Whether this is the alert that its appliance is lost.
pub fn is_link_lost(id: &On<AlertId>) -> bool {
    // Compared without making one: this is asked of every alert.
    let rest = id.id.as_str().strip_prefix("appliance:");
    let of = rest.and_then(|rest| rest.strip_suffix(":link_lost"));
    of == Some(id.appliance.as_str())
}

/// The alert that an appliance is lost, raised then and heard last before. `tenant`: the only
/// one that it serves.
pub fn link_lost(
    appliance: &ApplianceId,
    tenant: Option<TenantId>,
    episode: u32,
    raised: Time,
    heard: Time,
    why: &str,
    policy: &LifePolicy,
) -> Alert {
    Alert {
        id: link_lost_id(appliance).id,
        tenant,
        object_kind: EntityKind::Unknown(0),
        object: appliance.to_string(),
        monitor: LINK_LOST.to_owned(),
        severity: policy.link_lost_severity(),
        text: why.to_owned(),
        episode,
        count: 1,
        raised,
        last_seen: heard,
        cleared: None,
    }
}

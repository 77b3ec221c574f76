//! How long an acknowledgement stands: what is done on the incident of an alert is done for it.

use super::alerts::Known;
use ocdeck_domain::{
    alert::LifePolicy,
    facts::Time,
    incident::{Event, Incident},
};

/// Whether somebody works on an incident.
pub(super) fn worked_on(incident: &Incident) -> bool {
    !incident.over() && !incident.owner.is_empty() && incident.responded.is_some()
}

/// When a person last did something about an incident: that is done for its alerts too.
pub(super) fn done_last(incident: &Incident) -> Option<Time> {
    let moments = incident.moments.iter().filter(|moment| {
        let event = moment.event.as_ref();
        event.is_some_and(|event| {
            matches!(
                event,
                Event::Noted { .. } | Event::Contacted(_) | Event::Taken | Event::Assigned { .. }
            )
        })
    });
    let open = moments.filter(|_| !incident.over());
    open.map(|moment| moment.at).max()
}

/// Until when an acknowledgement stands if nothing is done, on the alert or on its incident.
pub(super) fn acknowledged_until(alert: &Known<'_>, policy: &LifePolicy) -> Option<Time> {
    if alert.incident.is_some_and(worked_on) {
        return None;
    }
    let elsewhere = alert.incident.and_then(done_last);
    alert
        .life?
        .times_out(alert.fact.severity, elsewhere, policy)
}

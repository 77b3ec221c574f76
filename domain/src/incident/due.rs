//! What an alert makes the desk write by itself. Whoever looks decides the same, and derives
//! the same ids, so that any number of consoles writes it once.

use super::{Event, Incidents, Raised, event::incident_after, incident_id};
use crate::{
    facts::{Alert, Time},
    ids::{AlertId, Episode, IncidentId, On},
    priority::Priority,
};

/// Why an alert opens no incident, whatever its severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet {
    /// The tenant is unmanaged: its side is not in scope.
    Unmanaged,
    /// The tenant is not live yet: its alerts go to the engineer of the onboarding.
    Onboarding,
    /// It falls into a maintenance window or change.
    Suppressed,
}

/// What is to be written about an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A new incident, with its first event.
    Open(IncidentId, Event),
    /// A further event of an incident that is open.
    Append(IncidentId, Event),
}

/// The alert as a record holds it. `raised`: when, on the desk's time base.
pub fn as_raised(id: &On<AlertId>, alert: &Alert, raised: Time) -> Box<Raised> {
    Box::new(Raised {
        episode: Episode {
            alert: id.clone(),
            episode: alert.episode,
        },
        tenant: alert.tenant.clone(),
        object_kind: alert.object_kind,
        object: alert.object.clone(),
        monitor: alert.monitor.clone(),
        severity: alert.severity,
        text: alert.text.clone(),
        raised,
    })
}

/// What a raised alert makes the desk write: severity 10 to 5 opens an incident,
/// once; while one of the same alert is open, a later raising is linked to it. An alert names an
/// object of one tenant on one appliance and a monitor, so this is one incident per tenant,
/// object and monitor, until it is closed. Behind that a raising that still stands opens
/// another when it becomes worse, or when what it says happens again (a job that fails every
/// night): whoever closed it did not know of that. What only goes on to be so opens none.
pub fn due(
    id: &On<AlertId>,
    alert: &Alert,
    raised: Time,
    quiet: Option<Quiet>,
    incidents: &Incidents,
) -> Option<Due> {
    let priority = alert.severity.priority()?;
    if alert.cleared.is_some() || quiet.is_some() {
        return None;
    }
    let episode = Episode {
        alert: id.clone(),
        episode: alert.episode,
    };
    if let Some(incident) = incidents.of_episode(&episode) {
        let known = incident.alerts.iter();
        let worst: Option<Priority> = known
            .filter(|a| a.raised.episode == episode)
            .filter_map(|a| a.raised.severity.priority())
            .min();
        let worse = worst.is_none_or(|worst| priority < worst);
        if let Some((closed, place)) = incident.closed_at() {
            let seen = raised.checked_add_signed(alert.last_seen - alert.raised);
            let seen = seen.unwrap_or(raised);
            let again = alert.count > 1 && seen > closed;
            if !worse && !again {
                return None;
            }
            let news = as_raised(id, alert, seen);
            return Some(match incidents.open_of_alert(id) {
                Some(open) => Due::Append(open.id, Event::AlertLinked(news)),
                None => {
                    let next = incident_after(&episode, incident.id, place);
                    Due::Open(next, Event::Raised(news))
                }
            });
        }
        return (worse && !incident.over()).then(|| {
            let event = Event::AlertLinked(as_raised(id, alert, raised));
            Due::Append(incident.id, event)
        });
    }
    let raised = as_raised(id, alert, raised);
    Some(match incidents.open_of_alert(id) {
        Some(incident) => Due::Append(incident.id, Event::AlertLinked(raised)),
        None => Due::Open(incident_id(&episode), Event::Raised(raised)),
    })
}

/// What an alert that cleared, or was raised anew, says about the incident of an earlier raising.
pub fn recovered(
    id: &On<AlertId>,
    alert: &Alert,
    incidents: &Incidents,
) -> Vec<(IncidentId, Event)> {
    let Some(incident) = incidents.open_of_alert(id) else {
        return Vec::new();
    };
    if incident.recovered() {
        return Vec::new();
    }
    let over = |episode: u32| {
        episode < alert.episode || (episode == alert.episode && alert.cleared.is_some())
    };
    let of_alert = incident.alerts.iter().filter(|a| {
        let raising = &a.raised.episode;
        a.cleared.is_none() && &raising.alert == id && over(raising.episode)
    });
    of_alert
        .map(|a| {
            let episode = a.raised.episode.clone();
            (incident.id, Event::Recovered { episode })
        })
        .collect()
}

/// What is said about the open incident of an alert whose appliance left the directory with that
/// revision. It is not closed by that: what it was about may go on, unmanaged.
pub fn appliance_left(
    id: &On<AlertId>,
    revision: u32,
    incidents: &Incidents,
) -> Vec<(IncidentId, Event)> {
    let Some(incident) = incidents.open_of_alert(id) else {
        return Vec::new();
    };
    let standing = incident.alerts.iter().filter(|alert| {
        let said = alert.left.is_some_and(|said| said >= revision);
        &alert.raised.episode.alert == id && alert.cleared.is_none() && !said
    });
    standing
        .map(|alert| {
            let episode = alert.raised.episode.clone();
            (incident.id, Event::ApplianceLeft { episode, revision })
        })
        .collect()
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;

use super::super::Incident;
use super::*;
use crate::{
    facts::EntityKind,
    ids::{IncidentNumber, TenantId},
    journal::Record,
    priority::Severity,
};
use uuid::Uuid;

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn id() -> On<AlertId> {
    On::new("acme-stl-01".into(), "job_failed/erp01-files".into())
}

fn alert(episode: u32, severity: u32) -> Alert {
    Alert {
        id: id().id,
        tenant: Some(TenantId::from("acme")),
        object_kind: EntityKind::Job,
        object: "erp01-files".into(),
        monitor: "job_failed".into(),
        severity: Severity::clamped(severity),
        text: "source is not readable".into(),
        episode,
        count: 1,
        raised: at("2026-11-21T02:00:00Z"),
        last_seen: at("2026-11-21T02:00:00Z"),
        cleared: None,
    }
}

/// A desk of its own that takes what is due.
#[derive(Default)]
struct Desk {
    incidents: Incidents,
    seq: u64,
}

impl Desk {
    fn write(&mut self, id: IncidentId, event: &Event) {
        self.seq += 1;
        let version = self.incidents.get(id).map_or(0, Incident::version) + 1;
        let now = at("2026-11-21T02:30:00Z");
        let record = event.record(Uuid::from_u128(self.seq.into()), id, now, "desk");
        self.incidents.fold(&Record {
            seq: self.seq,
            subject_version: version,
            received_at: now,
            author: Default::default(),
            record,
        });
    }

    fn take(&mut self, alert: &Alert) -> Option<Due> {
        let due = self.due(alert, None);
        match &due {
            Some(Due::Open(incident, event)) => {
                let number = u32::try_from(self.seq + 1).unwrap();
                let opened = Event::Opened {
                    reference: IncidentNumber(number),
                };
                self.write(*incident, &opened);
                self.write(*incident, event);
            }
            Some(Due::Append(incident, event)) => self.write(*incident, event),
            None => {}
        }
        due
    }

    fn due(&self, alert: &Alert, quiet: Option<Quiet>) -> Option<Due> {
        due(&id(), alert, alert.raised, quiet, &self.incidents)
    }
}

#[test]
fn all_ten_severities() {
    for severity in 1..=10 {
        let due = Desk::default().due(&alert(1, severity), None);
        let opens = matches!(due, Some(Due::Open(..)));
        assert_eq!(opens, severity >= 5, "severity {severity}");
    }
    for (severity, priority) in [(10, 1), (9, 1), (8, 2), (7, 2), (6, 3), (5, 3)] {
        let mut desk = Desk::default();
        desk.take(&alert(1, severity));
        let incident = desk.incidents.open().next().unwrap();
        assert_eq!(incident.priority().number(), priority);
        assert_eq!(incident.started, Some(at("2026-11-21T02:00:00Z")));
        assert_eq!(incident.responded, None);
    }
}

#[test]
fn what_is_quiet_or_cleared_opens_nothing() {
    let desk = Desk::default();
    for quiet in [Quiet::Unmanaged, Quiet::Onboarding, Quiet::Suppressed] {
        assert_eq!(desk.due(&alert(1, 10), Some(quiet)), None);
    }
    let mut cleared = alert(1, 10);
    cleared.cleared = Some(at("2026-11-21T02:10:00Z"));
    assert_eq!(desk.due(&cleared, None), None);
}

#[test]
fn once_opened_it_is_not_opened_again() {
    let mut desk = Desk::default();
    assert!(desk.take(&alert(1, 7)).is_some());
    let mut again = alert(1, 7);
    again.count = 40;
    assert_eq!(desk.take(&again), None);
    assert_eq!(
        desk.take(&alert(1, 6)),
        None,
        "a calmer word changes nothing"
    );
    let worse = desk.take(&alert(1, 9));
    assert!(matches!(worse, Some(Due::Append(_, Event::AlertLinked(_)))));
    assert_eq!(desk.take(&alert(1, 9)), None);
    let incident = desk.incidents.open().next().unwrap();
    assert_eq!(incident.priority(), Priority::P1);
}

#[test]
fn a_later_raising_is_linked_while_it_is_open_and_opens_another_afterwards() {
    let mut desk = Desk::default();
    desk.take(&alert(1, 7));
    let first = incident_id(&Episode {
        alert: id(),
        episode: 1,
    });
    let linked = desk.take(&alert(2, 7));
    assert!(matches!(linked, Some(Due::Append(to, _)) if to == first));
    let reason = "done".to_owned();
    desk.write(first, &Event::Closed { reason });
    assert_eq!(desk.take(&alert(2, 7)), None, "that raising was dealt with");
    let next = desk.take(&alert(3, 7));
    assert!(matches!(next, Some(Due::Open(other, _)) if other != first));
}

#[test]
fn a_link_behind_a_close_opens_another() {
    let mut desk = Desk::default();
    desk.take(&alert(1, 7));
    let first = desk.incidents.open().next().unwrap().id;
    // Two consoles at once: one closes, the other has not read it.
    let Some(Due::Append(to, link)) = desk.due(&alert(2, 7), None) else {
        panic!("it is linked while it is open")
    };
    let reason = "done".to_owned();
    desk.write(first, &Event::Closed { reason });
    desk.write(to, &link);
    assert_eq!(desk.incidents.open().count(), 0);
    assert!(matches!(desk.take(&alert(2, 7)), Some(Due::Open(..))));
    assert_eq!(desk.incidents.open().count(), 1);
    assert_eq!(desk.take(&alert(2, 7)), None);
}

#[test]
fn what_goes_on_behind_a_close_is_quiet_until_it_is_more() {
    let mut desk = Desk::default();
    let mut standing = alert(1, 7);
    standing.count = 3;
    desk.take(&standing);
    let close = |desk: &mut Desk| {
        let open = desk.incidents.open().next().unwrap().id;
        let reason = "the client knows".to_owned();
        desk.write(open, &Event::Closed { reason });
    };
    close(&mut desk);
    assert_eq!(desk.take(&standing), None, "whoever closed it knew that");
    // The next night.
    standing.count = 4;
    standing.last_seen = at("2026-11-22T02:00:00Z");
    assert!(matches!(desk.take(&standing), Some(Due::Open(..))));
    assert_eq!(desk.take(&standing), None);
    let next = desk.incidents.open().next().unwrap();
    assert_eq!(next.started, Some(standing.last_seen));
    // Closed at half past two on the day before, as all of this desk: the same again.
    let worse = alert(1, 9);
    let mut calm = Desk::default();
    calm.take(&alert(1, 7));
    close(&mut calm);
    assert_eq!(calm.take(&alert(1, 7)), None);
    assert!(matches!(calm.take(&worse), Some(Due::Open(..))));
    let open: Vec<Priority> = calm.incidents.open().map(Incident::priority).collect();
    assert_eq!(open, [Priority::P1]);
    assert_eq!(calm.take(&worse), None);
}

#[test]
fn a_raising_of_a_merged_incident_belongs_to_what_it_goes_on_as() {
    let mut desk = Desk::default();
    desk.take(&alert(1, 7));
    let first = desk.incidents.open().next().unwrap().id;
    let root = IncidentId(Uuid::from_u128(5));
    desk.write(
        root,
        &Event::Noted {
            text: "the store is down".into(),
        },
    );
    desk.write(first, &Event::MergedInto { incident: root });
    let linked = desk.take(&alert(2, 7));
    assert!(matches!(linked, Some(Due::Append(to, _)) if to == root));
}

#[test]
fn what_clears_says_so_once() {
    let mut desk = Desk::default();
    desk.take(&alert(1, 7));
    assert!(recovered(&id(), &alert(1, 7), &desk.incidents).is_empty());
    let mut cleared = alert(1, 7);
    cleared.cleared = Some(at("2026-11-21T02:20:00Z"));
    let events = recovered(&id(), &cleared, &desk.incidents);
    assert_eq!(events.len(), 1);
    for (incident, event) in events {
        desk.write(incident, &event);
    }
    assert!(recovered(&id(), &cleared, &desk.incidents).is_empty());
    let incident = desk.incidents.open().next().unwrap();
    assert!(incident.recovered());
}

#[test]
fn that_an_appliance_left_is_said_once_and_closes_nothing() {
    let mut desk = Desk::default();
    desk.take(&alert(1, 7));
    let events = appliance_left(&id(), 5, &desk.incidents);
    assert_eq!(events.len(), 1);
    let derived = |id: u128| {
        let (incident, event) = &events[0];
        let at = at("2026-11-21T02:20:00Z");
        event
            .record(Uuid::from_u128(id), *incident, at, "desk")
            .event_id
    };
    assert_eq!(derived(1), derived(2), "ten consoles write it once");
    for (incident, event) in events.clone() {
        desk.write(incident, &event);
    }
    assert!(appliance_left(&id(), 5, &desk.incidents).is_empty());
    let incident = desk.incidents.open().next().unwrap();
    assert!(!incident.recovered() && !incident.over());
    // It came back and left again.
    assert_eq!(appliance_left(&id(), 7, &desk.incidents).len(), 1);
}

#[test]
fn a_double_is_merged_into_the_one_with_the_first_number() {
    // Two consoles that had not read each other's news saw two raisings of one alert.
    let mut desk = Desk::default();
    let open = |desk: &mut Desk, episode, number| {
        let alert = alert(episode, 7);
        let raising = Episode {
            alert: id(),
            episode,
        };
        let raised = as_raised(&id(), &alert, alert.raised);
        let incident = incident_id(&raising);
        let reference = IncidentNumber(number);
        desk.write(incident, &Event::Opened { reference });
        desk.write(incident, &Event::Raised(raised));
        incident
    };
    let one = open(&mut desk, 1, 9);
    assert!(desk.incidents.doubles(&id()).is_empty());
    let two = open(&mut desk, 2, 8);
    assert_eq!(desk.incidents.doubles(&id()), [(one, two)]);
    desk.write(one, &Event::MergedInto { incident: two });
    assert!(desk.incidents.doubles(&id()).is_empty());
    assert_eq!(desk.incidents.open().count(), 1);
}

//! The Incidents screen in all its states.

use super::{
    check, dark, everywhere,
    fixture::{Night, at},
    look, usual,
};
use crate::{
    config::theme::Colours,
    state::{
        command::Command,
        msg::{DeskMsg, Edit, Msg},
    },
};
use ocdeck_domain::{
    directory::{self, Applied},
    ids::IncidentId,
    incident::{Channel, Contacted, Escalation, Event, Kind, Notified, Reported},
    priority::Priority,
};
use uuid::Uuid;

const ERP: IncidentId = IncidentId(Uuid::from_u128(7_001));
const PORTAL: IncidentId = IncidentId(Uuid::from_u128(7_002));

fn report(channel: Channel, wants: Kind, priority: Priority, received: &str, text: &str) -> Event {
    Event::Reported(Box::new(Reported {
        channel,
        wants,
        tenant: Some("acme".into()),
        text: text.into(),
        priority,
        contact: "Ann Lee".into(),
        number: "+1 555 0142".into(),
        received: at(received),
    }))
}

/// The busy night with what people reported: an ERP that nobody can book in, by phone, and a
/// folder by portal that nobody called about yet.
fn night() -> Night {
    let mut night = Night::busy();
    let call = |reached, outcome: &str| {
        Event::Contacted(Contacted {
            whom: "Ann Lee".into(),
            number: "+1 555 0142".into(),
            how: "phone".into(),
            reached,
            outcome: outcome.into(),
        })
    };
    let request = night.model.requests.all().next().unwrap().id;
    let erp = "erp01: ERP data damaged by an update, nobody can book";
    let received = "2026-11-21T08:01:05Z";
    let system = Kind::RestoreSystem;
    night.incident(
        ERP,
        2047,
        "mara",
        vec![
            (received, report(Channel::Call, system, Priority::P1, received, erp)),
            (
                "2026-11-21T08:04:10Z",
                Event::Noted {
                    text: "The update of Friday wrote into /srv/erp/data.\nThey stopped the service at 01:50.".into(),
                },
            ),
            ("2026-11-21T08:10:41Z", Event::RequestLinked { request }),
            ("2026-11-21T08:20:00Z", call(false, "no answer")),
            ("2026-11-21T08:26:31Z", call(true, "two thirds back")),
            (
                "2026-11-21T08:26:31Z",
                Event::Promised {
                    what: "tell Ann Lee when it is back".into(),
                    at: at("2026-11-21T08:44:38Z"),
                },
            ),
            (
                "2026-11-21T08:27:02Z",
                Event::Notified(Notified {
                    whom: "Dan Roe".into(),
                    how: "e-mail".into(),
                    at: at("2026-11-21T08:27:02Z"),
                }),
            ),
        ],
    );
    let received = "2026-11-21T08:24:00Z";
    let folder = Kind::RestoreFolder;
    let text = "crm01: the folder /srv/crm/attach/2026 is empty";
    let event = report(Channel::Portal, folder, Priority::P2, received, text);
    night.incident(PORTAL, 2049, "mara", vec![(received, event)]);
    night.press(Command::ScreenIncidents);
    night
}

fn select(night: &mut Night, id: IncidentId) {
    night.send(Msg::Pointed(
        crate::state::msg::Spot::Incident(id),
        crate::state::msg::MouseAction::Click,
    ));
}

#[test]
fn incidents_everywhere() {
    let mut night = night();
    select(&mut night, ERP);
    night.press(Command::Open);
    everywhere("incidents", &night);
    night.press(Command::Back);
    check("incidents-list", &night.model, &dark(), 80, 24);
}

#[test]
fn what_needs_a_call_says_whom_to_call() {
    let mut night = night();
    night.press(Command::First);
    usual("incidents-needs-call", &night);
    night.press(Command::IncidentCalled);
    usual("incidents-called", &night);
    check("incidents-called", &night.model, &dark(), 80, 24);
}

#[test]
fn an_incident_of_an_alert() {
    let mut night = night();
    night.press(Command::Last);
    usual("incidents-alert", &night);
}

#[test]
fn a_call_to_the_duty_manager() {
    let mut night = night();
    select(&mut night, ERP);
    night.press(Command::Escalate);
    usual("incidents-escalate", &night);
    night.press(Command::Back);
    let call = Escalation {
        to: "eva".into(),
        number: "+1 555 0100".into(),
        reason: "half of initiate is gone".into(),
        called: night.now,
        answered: Some(night.now),
        outcome: "go on with the second appliance".into(),
    };
    let now = night.now.to_rfc3339();
    night.incident(ERP, 2047, "mara", vec![(&now, Event::Escalated(call))]);
    usual("incidents-escalated", &night);
}

#[test]
fn a_report_by_portal() {
    let mut night = night();
    night.press(Command::IncidentNew);
    let plain = look("dark", Colours::None, false);
    usual("incidents-new", &night);
    check("incidents-new", &night.model, &dark(), 80, 24);
    check("incidents-new-nocolor", &night.model, &plain, 120, 40);
}

#[test]
fn none_is_open() {
    let mut night = Night::demo();
    for id in night.model.incidents.rows.clone() {
        select(&mut night, id);
        night.press(Command::ScreenIncidents);
        night.press(Command::IncidentClose);
        night.type_text("looked at");
        night.press(Command::Open);
    }
    night.press(Command::ScreenIncidents);
    usual("incidents-none", &night);
}

#[test]
fn an_older_policy_and_a_clock_that_is_wrong_are_said() {
    let mut night = night();
    select(&mut night, ERP);
    night.press(Command::Open);
    let shown = |night: &Night| {
        let buf = super::drawn(&night.model, &dark(), 120, 40);
        let cells = buf.content().iter().map(|cell| cell.symbol());
        cells.collect::<String>()
    };
    let before = shown(&night);
    assert!(!before.contains("clock ahead") && !before.contains("policy"));
    let applied = Applied {
        revision: 1,
        files: Default::default(),
        directory: super::facts::directory().parts(),
        policy: serde_json::to_value(&night.model.policy).unwrap(),
    };
    let applied = directory::Event::Applied(Box::new(applied));
    let record = applied.record(Uuid::from_u128(7_100), 0, night.now, "eva");
    let records = night.write(vec![record]);
    night.send(Msg::Desk(DeskMsg::Appended(records)));
    let note = Event::Noted {
        text: "from a laptop".into(),
    };
    let later = (night.now + chrono::TimeDelta::seconds(61)).to_rfc3339();
    night.incident(ERP, 2047, "mara", vec![(&later, note)]);
    let after = shown(&night);
    assert!(after.contains("clock ahead  · note"), "{after}");
    assert!(
        after.contains("policy of before the first revision"),
        "{after}"
    );
}

#[test]
fn any_size_shows_them() {
    let plain = look("dark", Colours::None, true);
    for step in [Command::Open, Command::IncidentNew, Command::IncidentCalled] {
        let mut night = night();
        night.press(step);
        night.send(Msg::Edit(Edit::Insert('x')));
        for (width, height) in [
            (50, 10),
            (60, 15),
            (79, 23),
            (100, 29),
            (121, 31),
            (300, 90),
        ] {
            super::drawn(&night.model, &plain, width, height);
        }
    }
}

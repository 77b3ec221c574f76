//! The alert queue with everything that can stand in it.

use super::{
    check, dark,
    facts::{alert, directory, job, repository},
    fixture::{Night, at},
    picture, usual,
};
use crate::state::{
    command::Command,
    msg::{DeskMsg, LinkNews, MouseAction, Msg, Spot},
};
use chrono::TimeDelta;
use ocdeck_domain::{
    alert::Event,
    facts::*,
    fleet::{Directory, Parts, Scope, Window, WindowKind},
    ids::{AlertId, Episode, On},
    journal::NewRecord,
};
use uuid::Uuid;

fn id(appliance: &str, name: &str) -> On<AlertId> {
    On::new(appliance.into(), name.into())
}

/// More of what appliances tell in a night.
fn more() -> Vec<Fact> {
    let job_of = |id: &'static str, object, monitor, severity, text, count, raised| {
        alert(
            id,
            Some("acme"),
            EntityKind::Job,
            object,
            monitor,
            severity,
            text,
            count,
            raised,
        )
    };
    vec![
        job_of(
            "c1",
            "sql02-db",
            "job_failed",
            7,
            "sql02-db failed: the repository cannot be written: I/O error; no restore point was made",
            3,
            "21T08:11",
        ),
        job_of(
            "c2",
            "hv02-vms",
            "job_warning",
            6,
            "hv02-vms completed with warnings: 11 files skipped",
            1,
            "21T07:48",
        ),
        job_of(
            "c3",
            "mail02-vm",
            "job_warning",
            5,
            "mail02-vm completed with warnings: 1 snapshot left",
            4,
            "21T06:10",
        ),
        job_of(
            "c4",
            "cfg",
            "certificate_ending",
            4,
            "the certificate ends in 12 d",
            1,
            "21T05:00",
        ),
        job_of(
            "c5",
            "arc",
            "schedule_overlap",
            2,
            "starts inside glen-copy",
            1,
            "21T05:00",
        ),
        job_of(
            "c6",
            "pool-b",
            "job_failed",
            7,
            "pool-b failed: 1 of 22 machines",
            1,
            "21T08:01",
        ),
        alert(
            "c7",
            None,
            EntityKind::Unknown(0),
            "acme-stl-01",
            "appliance_restarted",
            7,
            "Appliance acme-stl-01 restarted after it had stopped unexpectedly; 2 sessions were interrupted",
            1,
            "21T08:30",
        ),
    ]
}

impl Night {
    fn decided(&mut self, of: (&str, &str), when: &str, actor: &str, event: &Event) {
        let episode = Episode {
            alert: id(of.0, of.1),
            episode: 1,
        };
        let event_id = Uuid::from_u128(70_000 + self.records() as u128);
        let when = at(&format!("2026-11-{when}:00Z"));
        self.desk_tells(event.record(event_id, &episode, when, actor));
    }

    fn desk_tells(&mut self, record: NewRecord) {
        let written = self.write(vec![record]);
        self.send(Msg::Desk(DeskMsg::Appended(written)));
    }

    /// The Alerts screen of a busy night.
    pub(super) fn queue() -> Self {
        let mut night = Self::busy();
        night.news("acme-stl-01", LinkNews::Delta(more()));
        let window = Window {
            scope: Scope::Tenant("nova".into()),
            from: at("2026-11-21T08:00:00Z"),
            to: at("2026-11-21T10:00:00Z"),
            reason: "disks of nova-nas-2 are changed".into(),
            kind: WindowKind::Regular,
            noticed: None,
        };
        night.model.directory = with_window(window);
        night.news("nova-01", LinkNews::Snapshot(super::facts::nova_facts()));
        let acme = "acme-stl-01";
        night.decided(
            (acme, "a1"),
            "21T08:18",
            "jon",
            &Event::Acknowledged {
                note: "asked for the writer's log".into(),
            },
        );
        night.decided((acme, "a2"), "21T08:10", "jon", &Event::Taken);
        night.decided(
            (acme, "a2"),
            "21T08:12",
            "jon",
            &Event::ClientNotified {
                whom: "Ann Lee, +1 555 0142".into(),
                how: "phone".into(),
                at: at("2026-11-21T08:12:00Z"),
                text: "looks whether the disk is mounted".into(),
            },
        );
        night.decided(
            (acme, "c6"),
            "21T08:20",
            "eva",
            &Event::Snoozed {
                until: at("2026-11-21T14:00:00Z"),
                reason: "the host comes back in the morning".into(),
            },
        );
        night.press(Command::ScreenAlerts);
        night
    }

    fn select(&mut self, appliance: &str, name: &str) {
        let alert = id(appliance, name);
        self.send(Msg::Pointed(Spot::Alert(alert), MouseAction::Click));
    }
}

/// The directory of the fixture with a window.
fn with_window(window: Window) -> Directory {
    let all = directory();
    let tenants: Vec<_> = all.tenants().cloned().collect();
    let party = |id: &str, parent: Option<&str>| ocdeck_domain::fleet::Party {
        id: id.into(),
        name: id.into(),
        parent: parent.map(Into::into),
        time_zone: chrono_tz::America::Chicago,
    };
    let appliances: Vec<_> = all.appliances().cloned().collect();
    let sites = appliances.iter().flat_map(|a| &a.sites);
    let sites = sites.filter_map(|id| all.site(id)).cloned().collect();
    Directory::of(Parts {
        parties: vec![party("provider", None), party("north", Some("provider"))],
        tenants,
        contacts: all.contacts().to_vec(),
        sites,
        appliances,
        windows: vec![window],
        ..Parts::default()
    })
    .unwrap()
}

#[test]
fn alerts_everywhere() {
    let mut night = Night::queue();
    night.select("acme-stl-01", "c1");
    super::everywhere("alerts", &night);
}

#[test]
fn an_alert_in_all_its_pages() {
    for (name, appliance, alert) in [
        ("alert-worst", "acme-stl-01", "a4"),
        ("alert-seen", "acme-stl-01", "a1"),
        ("alert-in-work", "acme-stl-01", "a2"),
        ("alert-lost", "acme-lv-01", "appliance:acme-lv-01:link_lost"),
        ("alert-later-build", "acme-stl-01", "c4"),
    ] {
        let mut night = Night::queue();
        night.select(appliance, alert);
        usual(name, &night);
    }
    let mut night = Night::queue();
    night.select("acme-lv-01", "appliance:acme-lv-01:link_lost");
    night.press(Command::Open);
    usual("alert-behind", &night);
    check("alert-behind", &night.model, &dark(), 80, 24);
    night.select("acme-stl-01", "a2");
    night.press(Command::Right);
    for _ in 0..2 {
        night.press(Command::Right);
    }
    usual("alert-notes", &night);
    night.select("acme-stl-01", "a2");
    night.press(Command::ShowHidden);
    usual("alerts-hidden", &night);
}

#[test]
fn earlier_times_of_an_alert() {
    let mut night = Night::queue();
    let c2 = ("acme-stl-01", "c2");
    night.decided(
        c2,
        "21T08:20",
        "eva",
        &Event::Resolved {
            note: "known, the host is moved".into(),
            count: 1,
            text: String::new(),
        },
    );
    night.wait(60);
    let again = alert(
        "c2",
        Some("acme"),
        EntityKind::Job,
        "hv02-vms",
        "job_warning",
        6,
        "hv02-vms completed with warnings: 3 files skipped",
        1,
        "21T08:33",
    );
    let Fact::Alert(mut again) = again else {
        return;
    };
    again.episode = 2;
    night.news("acme-stl-01", LinkNews::Delta(vec![Fact::Alert(again)]));
    night.press(Command::ShowNew);
    night.select("acme-stl-01", "c2");
    usual("alert-again", &night);
    night.press(Command::Open);
    night.press(Command::Right);
    night.press(Command::Right);
    usual("alert-history", &night);
}

/// A technician and the duty manager have seen it, one in words of several lines.
#[test]
fn two_people_have_acknowledged_it() {
    let mut night = Night::queue();
    night.decided(
        ("acme-stl-01", "a1"),
        "21T08:25",
        "eva",
        &Event::Acknowledged {
            note: "I call the site:\n\ndisk 4 of 12, serial 7C-0118\nAnn Lee is there from 03:00"
                .into(),
        },
    );
    night.select("acme-stl-01", "a1");
    usual("alert-seen-by-two", &night);
    night.press(Command::AlertAcknowledge);
    usual("alert-ask-acknowledge-too", &night);
    night.press(Command::Back);
    night.press(Command::Right);
    for _ in 0..3 {
        night.press(Command::Right);
    }
    usual("alert-notes-in-lines", &night);
}

#[test]
fn questions_about_an_alert() {
    for (name, command, typed) in [
        (
            "alert-ask-snooze",
            Command::AlertSnooze,
            "2h waits for the disk",
        ),
        ("alert-ask-assign", Command::AlertAssign, ""),
        ("alert-ask-notified", Command::AlertNotified, ""),
        ("alert-ask-acknowledge", Command::AlertAcknowledge, ""),
        ("alert-ask-resolve", Command::AlertResolve, "a new disk"),
    ] {
        let mut night = Night::queue();
        night.select("acme-stl-01", "c1");
        night.press(command);
        night.type_text(typed);
        usual(name, &night);
    }
    let mut night = Night::queue();
    night.select("acme-stl-01", "a4");
    night.press(Command::Actions);
    usual("alert-actions", &night);
    check("alert-actions", &night.model, &dark(), 80, 24);
}

#[test]
fn hostile_words_of_an_alert_and_of_people() {
    let evil = "evil\u{1b}[2J\u{202e}gpj.exe\r\n\u{7}";
    let long = "x".repeat(5_000);
    let mut night = Night::queue();
    let hostile = Alert {
        id: "evil\u{1b}]0;x\u{7}".into(),
        tenant: Some("acme".into()),
        object_kind: EntityKind::Job,
        object: format!("{evil}{long}"),
        monitor: format!("{evil}_failed"),
        severity: ocdeck_domain::priority::Severity::clamped(10),
        text: format!("{evil}{long}"),
        episode: u32::MAX,
        count: u32::MAX,
        raised: at("2026-11-21T08:33:00Z") + TimeDelta::days(30_000),
        last_seen: at("2026-11-21T08:33:00Z"),
        cleared: None,
    };
    let on = On::new("acme-stl-01".into(), hostile.id.clone());
    let episode = Episode {
        alert: on.clone(),
        episode: u32::MAX,
    };
    night.news("acme-stl-01", LinkNews::Delta(vec![Fact::Alert(hostile)]));
    night.press(Command::ShowNew);
    for (n, event) in [
        Event::Acknowledged {
            note: format!("{evil}{long}"),
        },
        Event::Assigned {
            to: format!("{evil}{long}"),
        },
        Event::Noted {
            text: format!("{evil}{long}"),
        },
        Event::ClientNotified {
            whom: evil.into(),
            how: evil.into(),
            at: at("1970-01-01T00:00:00Z"),
            text: long.clone(),
        },
        Event::Reopened {
            of: 0,
            before: Some(u32::MAX),
            owner: evil.into(),
            fresh: false,
        },
    ]
    .iter()
    .enumerate()
    {
        let event_id = Uuid::from_u128(90_000 + n as u128);
        night.desk_tells(event.record(event_id, &episode, night.now, evil));
    }
    night.send(Msg::Pointed(Spot::Alert(on), MouseAction::Click));
    night.press(Command::Open);
    for _ in 0..4 {
        for (width, height) in [(50, 10), (80, 24), (120, 40), (200, 50)] {
            let buf = super::drawn(&night.model, &dark(), width, height);
            let text = picture::text(&buf);
            let bad = text
                .chars()
                .find(|c| *c != '\n' && ocdeck_domain::text::unsafe_on_screen(*c));
            assert_eq!(bad, None);
        }
        night.press(Command::Right);
    }
}

/// An appliance that has nothing to say and one that was never heard.
#[test]
fn nothing_is_wrong() {
    let mut night = Night::demo();
    let quiet = job(
        "acme",
        (
            "erp01-files",
            "erp01",
            JobState::Idle,
            Some(SessionResult::Success),
            "",
            0,
            "21T07:10",
        ),
    );
    let facts = || {
        vec![
            Fact::Job(Box::new(quiet.clone())),
            repository("stl-repo-02", 40),
        ]
    };
    for appliance in [
        "acme-stl-01",
        "acme-lv-01",
        "nova-01",
        "hosted-01",
        "tern-01",
    ] {
        night.news(appliance, LinkNews::Snapshot(facts()));
    }
    night.press(Command::ScreenAlerts);
    usual("alerts-none", &night);
}

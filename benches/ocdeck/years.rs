//! A desk of years: a million records of alerts, incidents, requests, people and hooks, as
//! consoles write them, and revisions of the directory. Of it little is open.

use crate::fleet::{self, Size};
use chrono::TimeDelta;
use ocdeck::desk::{Sqlite, Store};
use ocdeck_domain::{
    alert,
    directory::{Applied, Event as Directory},
    facts::{Alert, EntityKind, Time},
    hook, ids,
    ids::{ApplianceId, Episode, HookRunId, IncidentId, On, RequestId},
    incident,
    journal::{NewRecord, Subject},
    policy,
    priority::Severity,
    restore, shift,
};
use std::path::Path;
use uuid::Uuid;

/// How much of what there is.
#[derive(Clone, Copy, Debug)]
pub struct Years {
    /// Alerts that were raised and cleared: two records each.
    pub alerts: u64,
    /// Incidents that were closed: six records each.
    pub incidents: u64,
    /// Requests that are over: ten records each.
    pub requests: u64,
    /// Hooks that were run: two records each.
    pub hooks: u64,
    /// Shifts of each of [`PEOPLE`]: 34 records each.
    pub shifts: u64,
    /// Revisions of a directory of the goal's size.
    pub revisions: u32,
}

/// A million records.
pub const MILLION: Years = Years {
    alerts: 300_000,
    incidents: 20_000,
    requests: 10_000,
    hooks: 20_000,
    shifts: 205,
    revisions: 10,
};

/// Who works there.
const PEOPLE: u64 = 20;
/// Open alerts, and as many incidents.
pub const OPEN: u64 = 500;
/// Open requests.
pub const REQUESTS: u64 = 50;
/// Times that a person is seen on a shift: every quarter of an hour.
const SEEN: u64 = 32;

/// Writes it.
pub fn write(path: &Path, years: Years) {
    let mut desk = Sqlite::open(path).unwrap();
    let mut pages = Pages {
        desk: &mut desk,
        page: Vec::new(),
        next: 0,
    };
    let old = fleet::now() - TimeDelta::days(900);
    for n in 0..years.revisions {
        pages.revision(n, old);
    }
    for n in 0..years.shifts * PEOPLE {
        let last = n >= (years.shifts - 1) * PEOPLE;
        pages.shift(&format!("person-{}", n % PEOPLE), old, last);
    }
    for n in 0..years.alerts + OPEN {
        pages.alert(n, old, n < years.alerts);
    }
    for n in 0..years.incidents + OPEN {
        pages.incident(n, old, n < years.incidents);
    }
    for n in 0..years.requests + REQUESTS {
        pages.request(n, old, n < years.requests);
    }
    for n in 0..years.hooks {
        pages.hook(n, old);
    }
    pages.turn();
}

struct Pages<'a> {
    desk: &'a mut Sqlite,
    page: Vec<NewRecord>,
    next: u128,
}

impl Pages<'_> {
    fn id(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next << 32)
    }

    fn put(&mut self, record: NewRecord) {
        self.page.push(NewRecord {
            durable: false,
            ..record
        });
        if self.page.len() >= 5_000 {
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.desk.append(&self.page).unwrap();
        self.page.clear();
    }

    fn revision(&mut self, n: u32, at: Time) {
        let directory = fleet::directory(Size::GOAL).parts();
        let event = Directory::Applied(Box::new(Applied {
            revision: n + 1,
            files: [("fleet.toml".to_owned(), "# who is who\n".repeat(10_000))].into(),
            directory,
            policy: toml::from_str(policy::SHIPPED).unwrap(),
        }));
        let id = self.id();
        self.put(event.record(id, n, at, "mara"));
    }

    fn shift(&mut self, person: &str, at: Time, last: bool) {
        use shift::Event as E;
        let on = [E::OnShift { handover: None }];
        let seen = (0..SEEN).map(|_| E::Seen);
        // The last shifts go on.
        let off = (!last).then_some(E::OffShift { handover: None });
        for event in on.into_iter().chain(seen).chain(off) {
            let id = self.id();
            self.put(event.record(id, person, at, person));
        }
    }

    fn alert(&mut self, n: u64, at: Time, over: bool) {
        let (episode, alert) = raised(n, at);
        let id = self.id();
        let actor = "mara";
        self.put(alert::Event::Raised(Box::new(alert)).record(id, &episode, at, actor));
        if over {
            self.put(alert::Event::Cleared { at }.record(id, &episode, at, actor));
        }
    }

    fn incident(&mut self, n: u64, at: Time, over: bool) {
        use incident::Event as E;
        let (episode, alert) = raised(n, at);
        let id = incident::incident_id(&episode);
        let raised = incident::as_raised(&episode.alert, &alert, at);
        let mut events = vec![
            E::Opened {
                reference: ids::IncidentNumber(u32::try_from(n).unwrap() + 1),
            },
            E::Raised(raised),
            E::Taken,
            E::Noted {
                text:
                    "the client's firewall was replaced in the night; told Ann Lee, who looks at it"
                        .to_owned(),
            },
        ];
        if over {
            events.push(E::Recovered { episode });
            events.push(E::Closed {
                reason: "it recovered".to_owned(),
            });
        }
        self.history(id, events, at);
    }

    fn history(&mut self, of: IncidentId, events: Vec<incident::Event>, at: Time) {
        for event in events {
            let id = self.id();
            self.put(event.record(id, of, at, "mara"));
        }
    }

    fn request(&mut self, n: u64, at: Time, over: bool) {
        use restore::Event as E;
        let subject = RequestId(Uuid::from_u128(u128::from(n) + 1));
        let mut events = vec![E::CallReceived, E::Responded];
        let note = || E::Noted {
            text: "asked Ann Lee which folder it is; she calls back".to_owned(),
        };
        events.extend((0..7).map(|_| note()));
        if over {
            events.push(E::Cancelled {
                reason: "found in the bin".to_owned(),
            });
        }
        for event in events {
            let id = self.id();
            self.put(event.record(id, subject, at, "mara"));
        }
    }

    fn hook(&mut self, n: u64, at: Time) {
        let run = HookRunId(Uuid::from_u128(u128::from(n) + 1));
        let occasion = hook::Occasion {
            trigger: hook::Trigger::NewP1,
            about: Subject::Request(RequestId(Uuid::from_u128(1))),
            clock: String::new(),
        };
        let begins = hook::Event::HookRun {
            hook: "page".to_owned(),
            occasion,
            runner: Uuid::from_u128(1),
            host: "jump-1".to_owned(),
        };
        let ends = hook::Event::HookEnded {
            outcome: hook::Outcome::Done,
        };
        self.put(begins.record(run, at, "desk keep jump-1"));
        self.put(ends.record(run, at, "desk keep jump-1"));
    }
}

/// One raising.
fn raised(n: u64, at: Time) -> (Episode, Alert) {
    let of = usize::try_from(n).unwrap() % Size::GOAL.appliances;
    let appliance: ApplianceId = fleet::appliance(of);
    let id = format!("job_failed:files-{of}:{n}");
    let tenant = appliance.as_str().rsplit_once('-');
    let alert = Alert {
        id: id.clone().into(),
        tenant: tenant.map(|(tenant, _)| tenant.into()),
        object_kind: EntityKind::Job,
        object: format!("files-{n}"),
        monitor: "job_failed".to_owned(),
        severity: Severity::clamped(6),
        text: "the source cannot be read: permission denied".to_owned(),
        episode: 1,
        count: 1,
        raised: at,
        last_seen: at,
        cleared: None,
    };
    let episode = Episode {
        alert: On::new(appliance, id.into()),
        episode: 1,
    };
    (episode, alert)
}

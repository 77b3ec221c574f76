use super::*;
use crate::{
    calendar::Hours,
    clock::{Clock, Heat, Verb, Wait},
    facts::{Decision, RestoreState, Time},
    ids::{HandoverId, IncidentId, IncidentNumber, Reference, RequestId},
    incident::Phase,
    journal::Record,
    priority::Priority,
    restore::Asked,
    shift, sweep,
};
use chrono::TimeDelta;
use uuid::Uuid;

mod any;
mod page;

fn at(text: &str) -> Time {
    format!("2026-11-21T{text}:00Z").parse().unwrap()
}

fn request(n: u32, priority: Priority, standing: Standing) -> KnownRequest {
    KnownRequest {
        id: RequestId(Uuid::from_u128(n.into())),
        reference: Some(Reference(n)),
        priority,
        place: "cove/hv02".into(),
        asked: Some(Asked::Files),
        standing,
        clock: None,
        heat: Heat::Normal,
        owner: "mara".into(),
        waits: None,
        parked: None,
        unanswered: None,
        caller: ("Tom Reed".into(), "+1 555 0133".into()),
        percent: None,
        eta: None,
        next_call: None,
        appliance: None,
    }
}

#[test]
fn a_dispatch_without_an_answer_is_to_be_asked_about_or_sent() {
    let mut known = known();
    known.requests = vec![KnownRequest {
        unanswered: Some(("mara".into(), at("08:13"))),
        appliance: Some("acme-stl-01".into()),
        ..request(118, Priority::P1, Standing::Working(None))
    }];
    let lines = lines(&known);
    let line = lines.iter().find(|line| line.name == "R-0118").unwrap();
    assert_eq!(line.section, Section::Urgent);
    assert!(
        line.text
            .ends_with("mara's dispatch got no answer since 02:13"),
        "{}",
        line.text
    );
    assert_eq!(line.next, "ask mara, or send it as yours");
    assert_eq!(
        line.gist, "P1 no answer",
        "who read it as sent reads it again"
    );
}

fn incident(n: u32, priority: Priority, owner: &str, phase: Phase) -> KnownIncident {
    KnownIncident {
        id: IncidentId(Uuid::from_u128(n.into())),
        number: Some(IncidentNumber(n)),
        priority,
        place: "acme".into(),
        text: "acme-lv-01 is down".into(),
        phase,
        clock: None,
        heat: Heat::Normal,
        owner: owner.into(),
        waits: None,
        requests: vec!["R-0118".into()],
    }
}

fn beyond(n: u32, by: BeyondBy) -> Beyond {
    Beyond {
        request: RequestId(Uuid::from_u128(n.into())),
        name: Reference(n).to_string(),
        place: "cove/hv02".into(),
        owner: "mara".into(),
        by,
    }
}

fn known() -> Known {
    let now = at("12:52");
    let draft = KnownRequest {
        clock: Some(Clock::new(
            Verb::Initiate,
            Priority::P2,
            at("11:40"),
            TimeDelta::hours(4),
            Hours::AroundTheClock,
        )),
        parked: Some(4),
        ..request(121, Priority::P2, Standing::Draft)
    };
    let running = KnownRequest {
        percent: Some(88),
        eta: Some(at("13:20")),
        next_call: Some(at("13:25")),
        appliance: Some("nova-01".into()),
        ..request(
            117,
            Priority::P1,
            Standing::Working(Some(RestoreState::Running)),
        )
    };
    Known {
        now,
        zone: chrono_tz::America::Chicago,
        linked: true,
        requests: vec![
            draft,
            running,
            request(
                118,
                Priority::P2,
                Standing::Awaits(RestoreState::PartlyFailed),
            ),
            request(119, Priority::P4, Standing::Draft),
        ],
        incidents: vec![
            incident(2045, Priority::P2, "jon", Phase::InProgress),
            incident(2046, Priority::P3, "", Phase::Open),
        ],
        alerts: vec![
            KnownAlerts {
                waiting: Waiting::Unacknowledged(Some(Priority::P3)),
                count: 3,
                first: crate::ids::On::new("acme-stl-01".into(), "a1".into()),
                text: "acme/main: 12 % free".into(),
                raised: at("11:00"),
            },
            KnownAlerts {
                waiting: Waiting::Snoozed(at("14:00"), "jon".into()),
                count: 1,
                first: crate::ids::On::new("acme-stl-01".into(), "a2".into()),
                text: "acme/db: maintenance failed".into(),
                raised: at("11:00"),
            },
        ],
        promises: vec![Promised {
            by: "mara".into(),
            incident: None,
            promise: shift::Promise {
                promise: Uuid::from_u128(7),
                due: at("13:30"),
                text: "call the site of acme about the part".into(),
            },
        }],
        beyond: vec![
            beyond(
                117,
                BeyondBy::Glass {
                    reason: "the hour runs out".into(),
                    manager: "eva".into(),
                    called: at("10:10"),
                },
            ),
            beyond(
                116,
                BeyondBy::Decision(Decision {
                    approved: true,
                    person: "eva".into(),
                    at: at("11:05"),
                    reason: String::new(),
                }),
            ),
        ],
        desk: None,
        failing: vec![Failing {
            job: crate::ids::On::new("acme-stl-01".into(), "dc02-system".into()),
            place: "acme/dc02-system".into(),
            times: 4,
            message: "VSS writer NTDS timed out".into(),
            last_end: Some(at("09:00")),
            next_run: None,
        }],
        lost: vec![Lost {
            appliance: "acme-lv-01".into(),
            since: at("07:51"),
            why: "nothing listens there".into(),
            jobs: 3,
        }],
        onboarding: vec![("ember".into(), "ember".into(), 9)],
        sweep: sweep::Standing {
            since: None,
            left: None,
            last: Some("2026-11-21T04:20:00Z".parse().unwrap()),
            missed: 2,
            open: None,
        },
        findings: vec![Finding {
            job: crate::ids::On::new("acme-stl-01".into(), "fs01-shares".into()),
            at: at("11:40"),
            by: "jon".into(),
            text: "rights changed?".into(),
        }],
    }
}

fn key(n: u32) -> String {
    format!("request:{}", Uuid::from_u128(n.into()))
}

#[test]
fn everything_that_is_known_has_a_line() {
    let said: Vec<String> = lines(&known())
        .iter()
        .map(|l| {
            let priority = l.priority.map_or(String::new(), |p| format!("{p} "));
            format!(
                "{}: {priority}{} | {} | {}",
                l.section.name(),
                l.name,
                l.text,
                l.next
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "Open P1 and P2: P2 R-0121 | cove/hv02 single files, parked at step 4 | initiate 2 h 48 m",
            "Open P1 and P2: P2 INC-2045 | acme: acme-lv-01 is down, in progress | go on with it",
            "Running restores: P1 R-0117 | cove/hv02 single files, 88 %, ready about 07:20 | call 07:25",
            "Restores that await validation: P2 R-0118 | cove/hv02 single files, partly failed | client validates",
            "Other requests: P4 R-0119 | cove/hv02 single files, being filled in | continue, then dispatch",
            "Other incidents: P3 INC-2046 | acme: acme-lv-01 is down, open | take it",
            "Promises: 07:30 | call the site of acme about the part | mara",
            "Break glass used: R-0117 | cove/hv02: the hour runs out | eva called 04:10",
            "Approved or rejected by a second person: R-0116 | cove/hv02: approved | eva 05:05",
            "Jobs failed twice in a row: 4 × | acme/dc02-system, VSS writer NTDS timed out | no run planned",
            "Appliances offline: 5 h 1 m | acme-lv-01, since 01:51, 3 jobs unknown | ",
            "Alerts not acknowledged, snoozed: 3 | P3: acme/main: 12 % free, and 2 more | since 05:00",
            "Alerts not acknowledged, snoozed: 1 | snoozed until 08:00: acme/db: maintenance failed | jon",
            "Tenants in onboarding: 9/13 | ember | ",
            "Sweep: 2 × | missed, the last one ended 20 Nov 22:20 | ",
            "Sweep: 05:40 | acme-stl-01/fs01-shares: rights changed? | jon",
        ]
    );
    let detail = &lines(&known())[0].detail;
    assert_eq!(
        detail,
        &[
            "for Tom Reed +1 555 0133",
            "next  continue, then dispatch",
            "clock initiate 2 h 48 m left",
            "owner mara",
        ]
    );
}

#[test]
fn what_waits_for_the_client_says_for_what_and_since_when() {
    let mut known = known();
    let before = lines(&known);
    let wait = Wait::begin(at("12:40"), "the list of folders", "called Tom Reed").unwrap();
    known.requests[0].waits = Some(wait.clone());
    let clock = known.requests[0].clock.take().unwrap();
    known.requests[0].clock = Some(clock.waiting(std::slice::from_ref(&wait)));
    known.incidents[0].waits = Some(wait);
    let lines = lines(&known);
    assert_eq!(
        lines[0].text,
        "cove/hv02 waits for client since 06:40: the list of folders"
    );
    assert_eq!(lines[0].next, "initiate 2 h 48 m", "the wall goes on");
    for said in [
        "single files, parked at step 4",
        "asked called Tom Reed",
        "next  ask the client again",
        "adjusted clock pauses, 3 h left",
    ] {
        assert!(
            lines[0].detail.iter().any(|it| it == said),
            "{:?}",
            lines[0].detail
        );
    }
    assert_eq!(
        lines[1].text,
        "acme waits for client since 06:40: the list of folders; acme-lv-01 is down"
    );
    // Whoever read the line before reads it again: somebody is to be called.
    assert_ne!(lines[0].gist, before[0].gist);
    assert_ne!(lines[1].gist, before[1].gist);
}

#[test]
fn what_waits_for_a_desk_out_of_reach_is_a_line() {
    let mut known = known();
    known.desk = Some((at("12:40"), 2));
    let lines = lines(&known);
    let desk = lines
        .iter()
        .find(|line| line.section == Section::Desk)
        .unwrap();
    assert_eq!(
        (desk.name.as_str(), desk.text.as_str(), desk.next.as_str()),
        (
            "12 m",
            "2 things wait at this console to be written",
            "since 06:40"
        )
    );
}

#[test]
fn a_clock_that_is_over_says_so() {
    let mut known = known();
    known.now = at("16:00");
    let line = &lines(&known)[0];
    assert_eq!(line.next, "initiate −20 m");
    assert!(line.detail.contains(&"clock initiate 20 m over".to_owned()));
}

#[test]
fn lines_made_anew_are_the_same_lines() {
    let mut later = known();
    let before = lines(&later);
    later.now += TimeDelta::minutes(20);
    later.requests[1].percent = Some(91);
    later.requests.reverse();
    let after = lines(&later);
    for line in &before {
        let same = after.iter().find(|other| other.key == line.key).unwrap();
        assert_eq!(
            same.gist, line.gist,
            "time alone changes nothing that is read"
        );
    }
    let keys: std::collections::BTreeSet<&str> = before.iter().map(|l| l.key.as_str()).collect();
    assert_eq!(keys.len(), before.len(), "no two lines have one key");
}

/// What a journal would hold after these events.
fn records(events: &[(&str, &str, Event)]) -> Vec<Record> {
    let handover = HandoverId(Uuid::nil());
    let records = events
        .iter()
        .enumerate()
        .map(|(n, (minute, actor, event))| {
            let version = u32::try_from(n + 1).unwrap();
            let at = at(&format!("12:{minute}"));
            Record {
                seq: u64::from(version),
                subject_version: version,
                received_at: at,
                author: Default::default(),
                record: event.record(Uuid::from_u128(n as u128), handover, at, actor),
            }
        });
    records.collect()
}

fn folded(events: &[(&str, &str, Event)]) -> Handover {
    let mut handover = Handover::default();
    for record in records(events) {
        handover.fold(&record);
    }
    handover
}

fn begun() -> (&'static str, &'static str, Event) {
    let (from, to) = ("mara".into(), "jon".into());
    ("00", "mara", Event::Begun { from, to })
}

fn read(n: u32, gist: &str) -> Event {
    Event::Read {
        key: key(n),
        gist: gist.to_owned(),
    }
}

fn missing(handover: &Handover, known: &Known) -> Vec<String> {
    let shown = handover.shown(lines(known));
    let missing = shown.iter().filter(|s| s.reading.is_missing());
    missing.map(|s| s.line.name.clone()).collect()
}

#[test]
fn each_line_of_a_p1_or_p2_is_read_once_and_again_when_it_says_something_else() {
    let mut known = known();
    let mut events = vec![begun()];
    assert_eq!(
        missing(&folded(&events), &known),
        ["R-0121", "INC-2045", "R-0117", "R-0118"]
    );
    for line in folded(&events).shown(lines(&known)) {
        if line.line.wants_reading() {
            let (key, gist) = (line.line.key.clone(), line.gist());
            events.push(("10", "jon", Event::Read { key, gist }));
        }
    }
    assert_eq!(missing(&folded(&events), &known), Vec::<String>::new());
    // It runs no more.
    known.requests[1].standing = Standing::Stopped(RestoreState::Failed);
    assert_eq!(missing(&folded(&events), &known), ["R-0117"]);
    let shown = folded(&events).shown(lines(&known));
    let changed = shown.iter().find(|s| s.line.name == "R-0117").unwrap();
    assert!(matches!(changed.reading, Reading::Changed { .. }));
    // The outgoing person writes something else into one.
    let text = "Tom is out until 9".to_owned();
    events.push((
        "11",
        "mara",
        Event::Edited {
            key: key(121),
            text,
        },
    ));
    assert_eq!(missing(&folded(&events), &known), ["R-0117", "R-0121"]);
    // As it was before.
    let text = String::new();
    events.push((
        "12",
        "mara",
        Event::Edited {
            key: key(121),
            text,
        },
    ));
    assert_eq!(missing(&folded(&events), &known), ["R-0117"]);
}

#[test]
fn nobody_reads_for_another_one() {
    let known = known();
    let gist = lines(&known)[0].gist.clone();
    let events = [begun(), ("10", "mara", read(121, &gist))];
    assert!(missing(&folded(&events), &known).contains(&"R-0121".to_owned()));
}

#[test]
fn what_must_be_read_cannot_be_left_out() {
    let removed = |key: String| ("05", "mara", Event::Removed { key });
    let events = [
        begun(),
        removed(key(121)),
        removed("sweep:missed".to_owned()),
        (
            "06",
            "mara",
            Event::Added {
                text: "watch disk 4".into(),
            },
        ),
        (
            "07",
            "mara",
            Event::Noted {
                text: "their calls go to Pat".into(),
            },
        ),
    ];
    let handover = folded(&events);
    let shown = handover.shown(lines(&known()));
    assert!(shown.iter().any(|s| s.line.name == "R-0121"));
    assert!(!shown.iter().any(|s| s.line.key == "sweep:missed"));
    let last = shown.last().unwrap();
    assert_eq!(
        (last.line.section, last.text()),
        (Section::Own, "watch disk 4")
    );
    assert_eq!(handover.notes[0].text, "their calls go to Pat");
}

fn sheet(handover: &Handover) -> Sheet {
    Sheet {
        at: at("12:52"),
        zone: chrono_tz::America::Chicago,
        from: handover.from.clone(),
        to: handover.to.clone(),
        begun: handover.begun.as_ref().map(|(at, _)| *at),
        reason: String::new(),
        lines: handover.shown(lines(&known())),
        notes: handover.notes.clone(),
        night: Night {
            since: Some(at("04:00")),
            restores: 5,
            in_time: 4,
            breached: vec!["nova/mail_01".into()],
            calls: 9,
            respond_mean: Some(6),
            jobs: None,
            sweeps: 2,
            last_sweep: Some(at("11:40")),
        },
        moved: vec![Moved {
            subject: RequestId(Uuid::from_u128(121)).into(),
            name: "R-0121".into(),
        }],
        unknown: vec!["jobs: no appliance was asked".into()],
    }
}

fn taken(handover: &Handover) -> Event {
    Event::Taken(Box::new(Taken {
        reason: String::new(),
        moved: Vec::new(),
        copy: sheet(handover).freeze(),
    }))
}

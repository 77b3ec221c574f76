//! `docs/clocks.md`, row by row: what it says is what the code does.

use super::*;
use crate::{
    calendar::{Calendar, Week},
    directory::{self, Applied, Revisions},
    facts::RestoreState,
    fleet::{Lifecycle, Parts, Party, RestartPolicy, Tenant},
    ids::RequestId,
    journal::Record,
    policy::{Policy, shipped},
    priority::Severity,
    restore::{
        Asked, Event, Intended, Order, OverwritePolicy, Purpose, Request, Target, Witnessed,
    },
};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

const PAGE: &str = include_str!("../../../docs/clocks.md");
const ID: RequestId = RequestId(Uuid::from_u128(118));

/// The rows of all tables with such a heading.
fn tables(first: &str, columns: usize) -> Vec<Vec<&'static str>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in PAGE.lines() {
        let Some(cells) = line.strip_prefix("| ").and_then(|l| l.strip_suffix(" |")) else {
            inside &= line.starts_with("|--");
            continue;
        };
        let cells: Vec<&str> = cells.split(" | ").map(str::trim).collect();
        if cells[0] == "#" || cells[0] == "calendar" {
            inside = cells[0] == first && cells.len() == columns;
        } else if inside {
            assert_eq!(cells.len(), columns, "{line}");
            rows.push(cells);
        }
    }
    assert!(!rows.is_empty());
    rows
}

/// A wall clock that is read aloud: dates are remembered.
struct Reader {
    zone: Tz,
    date: Option<NaiveDate>,
}

impl Reader {
    /// A moment at the beginning of `text`, and what follows it.
    fn moment<'t>(&mut self, text: &'t str) -> (Time, &'t str) {
        let mut rest = text;
        let word = |rest: &mut &'t str| {
            let (word, after) = rest.split_once(' ').unwrap_or((*rest, ""));
            *rest = after;
            word
        };
        let mut next = word(&mut rest);
        if next.chars().all(char::is_alphabetic) {
            let date: NaiveDate = word(&mut rest).parse().unwrap();
            assert_eq!(date.format("%a").to_string(), next, "{text}");
            self.date = Some(date);
            next = word(&mut rest);
        }
        let time = NaiveTime::parse_from_str(next, "%H:%M:%S")
            .or_else(|_| NaiveTime::parse_from_str(next, "%H:%M"))
            .unwrap_or_else(|why| panic!("{why}: {text}"));
        let shown = self.date.expect(text).and_time(time);
        let season = rest.split(' ').next().unwrap();
        if ["CDT", "CST", "CEST", "CET"].contains(&season) {
            rest = rest.trim_start_matches(season).trim_start();
            return (self.seasonal(shown, season), rest);
        }
        let one = self.zone.from_local_datetime(&shown).single();
        (
            one.unwrap_or_else(|| panic!("{text} is not one moment"))
                .to_utc(),
            rest,
        )
    }

    fn seasonal(&self, shown: NaiveDateTime, season: &str) -> Time {
        let both = self.zone.from_local_datetime(&shown);
        let found = [both.earliest(), both.latest()]
            .into_iter()
            .flatten()
            .find(|t| t.format("%Z").to_string() == season);
        found.expect("a time of that season").to_utc()
    }

    fn show(&self, t: Time) -> String {
        let local = t.with_timezone(&self.zone);
        let twice = self
            .zone
            .from_local_datetime(&local.naive_local())
            .single()
            .is_none();
        let form = if twice { "%a %F %R %Z" } else { "%a %F %R" };
        local.format(form).to_string()
    }
}

/// What a row tells, made of the same records as the desk has.
struct Story {
    reader: Reader,
    policy: Policy,
    revisions: Revisions,
    request: Request,
    internal: Option<Clock>,
    /// The place in the journal of the record that the internal clock began with.
    began: Option<u64>,
    waits: Vec<Wait>,
    attempt: u32,
    seen: u32,
}

impl Story {
    fn new(zone: &str, calendar: &str) -> Self {
        let zone: Tz = zone.parse().unwrap();
        let mut story = Self {
            reader: Reader { zone, date: None },
            policy: shipped(),
            revisions: Revisions::default(),
            request: Request::new(ID),
            internal: None,
            began: None,
            waits: Vec::new(),
            attempt: 0,
            seen: 0,
        };
        story.revise(Time::default(), calendar, zone);
        story
    }

    /// A revision of the directory: the tenant has this calendar, in this zone.
    fn revise(&mut self, at: Time, calendar: &str, zone: Tz) {
        let calendar = calendar_named(calendar);
        let directory = Parts {
            parties: vec![Party {
                id: "provider".into(),
                name: "provider".into(),
                parent: None,
                time_zone: Tz::UTC,
            }],
            tenants: vec![Tenant {
                id: "acme".into(),
                name: "acme".into(),
                parent: "provider".into(),
                managed: true,
                time_zone: zone,
                restart_policy: RestartPolicy::Allowed,
                calendar: Some(calendar.id().clone()),
                lifecycle: Lifecycle::Live,
            }],
            calendars: vec![(*calendar).clone()],
            ..Parts::default()
        };
        let version = self.revisions.version();
        let applied = directory::Event::Applied(Box::new(Applied {
            revision: version + 1,
            files: BTreeMap::new(),
            directory,
            policy: serde_json::to_value(&self.policy).unwrap(),
        }));
        self.seen += 1;
        self.revisions.fold(&Record {
            seq: self.seen.into(),
            subject_version: version + 1,
            received_at: at,
            author: crate::journal::Author::default(),
            record: applied.record(Uuid::from_u128(self.seen.into()), version, at, "eva"),
        });
    }

    fn tell(&mut self, text: &str) {
        for part in text.split("; ") {
            let (at, what) = self.reader.moment(part);
            let (verb, of) = what.split_once(", ").unwrap_or((what, ""));
            match verb {
                "call" => self.call(at, of),
                "contact" if self.internal.is_none() => self.note(at, &Event::Responded),
                "contact" | "acknowledged" => self.internal.as_mut().unwrap().stopped = Some(at),
                "dispatch" => self.dispatch(at),
                "runs" => self.witness(RestoreState::Running, at, at, 0),
                "failed" => self.witness(RestoreState::Failed, at, at, 0),
                "interrupted" => self.witness(RestoreState::Interrupted, at, at, 0),
                "given up" => self.note(
                    at,
                    &Event::Cancelled {
                        reason: "not needed".into(),
                    },
                ),
                "a test after all" => self.turn(at),
                "raised to P1" => self.change(at, Priority::P1),
                "lowered to P2" => self.change(at, Priority::P2),
                "lowered to P3" => self.change(at, Priority::P3),
                "client answers" if self.internal.is_none() => self.note(at, &Event::WaitingEnded),
                "client answers" => self.waits.iter_mut().for_each(|w| {
                    w.until.get_or_insert(at);
                }),
                "link lost" => {}
                "revision" => {
                    let (calendar, zone) = of.split_once(" in ").unwrap_or((of, ""));
                    let zone = zone.parse().unwrap_or(self.reader.zone);
                    self.revise(at, calendar, zone);
                }
                "alert" => {
                    let severity = of.strip_prefix("severity ").unwrap().parse().unwrap();
                    let priority = Severity::clamped(severity).priority().unwrap();
                    self.target(at, priority, Verb::Acknowledge);
                }
                "incident" => self.target(at, number(of), Verb::Respond),
                "on-demand backup" => self.internal = Some(on_demand_backup(&self.policy, at)),
                _ => self.longer(at, what),
            }
        }
    }

    fn longer(&mut self, at: Time, what: &str) {
        if let Some(what) = what.strip_prefix("waits for ") {
            let wait = Wait::begin(at, what, "called Ann Lee").unwrap();
            if self.internal.is_some() {
                self.waits.push(wait);
                return;
            }
            let (what, attempt) = (wait.what, wait.attempt);
            self.note(at, &Event::Waiting { what, attempt });
        } else if let Some(told) = what.strip_prefix("runs since ") {
            let (since, off) = told.split_once(", clock off by ").unwrap();
            let (since, _) = self.reader.moment(since);
            let off = off.trim_end_matches(" s");
            self.witness(RestoreState::Running, since, at, off.parse().unwrap());
        } else {
            panic!("nothing is known of {what:?}");
        }
    }

    fn target(&mut self, at: Time, priority: Priority, verb: Verb) {
        let began = *self.began.get_or_insert_with(|| {
            self.seen += 1;
            self.seen.into()
        });
        let usual = Arc::new(self.policy.calendar().unwrap());
        let tenant = "acme".into();
        let hours = self.revisions.calendars().at(began, Some(&tenant), &usual);
        self.internal = Some(target(&self.policy, priority, verb, at, &hours));
    }

    fn change(&mut self, at: Time, to: Priority) {
        if let Some(clock) = &self.internal {
            change_of_priority(clock.priority, to, true, "as agreed").unwrap();
            self.target(clock.start, to, clock.verb);
            return;
        }
        change_of_priority(self.request.priority(&self.policy), to, true, "as agreed").unwrap();
        let chosen = Event::KindChosen {
            asked: self.request.asked.unwrap(),
            purpose: Purpose::Production,
            priority: Some(to),
            reason: "as agreed".into(),
        };
        self.note(at, &chosen);
    }

    fn turn(&mut self, at: Time) {
        let chosen = Event::KindChosen {
            asked: self.request.asked.unwrap(),
            purpose: Purpose::RecoveryTest,
            priority: self.request.chosen,
            reason: "as agreed".into(),
        };
        self.note(at, &chosen);
    }

    fn call(&mut self, at: Time, of: &str) {
        let (asked, purpose) = match of {
            "system" => (Asked::System, Purpose::Production),
            "folders" => (Asked::Folders, Purpose::Production),
            "files" => (Asked::Files, Purpose::Production),
            "recovery test" => (Asked::System, Purpose::RecoveryTest),
            _ => panic!("nobody calls for {of:?}"),
        };
        self.note(at, &Event::CallReceived);
        let chosen = Event::KindChosen {
            asked,
            purpose,
            priority: None,
            reason: String::new(),
        };
        self.note(at, &chosen);
    }

    fn dispatch(&mut self, at: Time) {
        self.attempt += 1;
        let intended = Intended {
            attempt: self.attempt,
            appliance: "acme-stl-01".into(),
            tenant: "acme".into(),
            system: "erp01".into(),
            order: Order {
                system: "erp01".into(),
                point: "p1".into(),
                paths: vec![b"/srv".to_vec()],
                target: Target::Original,
                policy: OverwritePolicy::KeepBoth,
            },
            digest: vec![1],
            priority: self.request.priority(&self.policy),
            requester: "Ann Lee".into(),
            call_back: "+1 555 0142".into(),
            reason: "gone".into(),
            break_glass: None,
            files: 1,
            bytes: 2,
        };
        self.note(at, &Event::Dispatching(Box::new(intended)));
    }

    fn witness(&mut self, state: RestoreState, at: Time, heard: Time, off: i64) {
        let told = Witnessed {
            attempt: self.attempt,
            state: state.name().into(),
            at,
            offset_ms: off * 1000,
            heard,
            written: 0,
            failed: 0,
            verified: 0,
            unequal: 0,
            message: String::new(),
        };
        self.note(heard, &Event::Witnessed(Box::new(told)));
    }

    fn note(&mut self, at: Time, event: &Event) {
        self.seen += 1;
        self.request.fold(&Record {
            seq: self.seen.into(),
            subject_version: self.seen,
            received_at: at,
            author: crate::journal::Author::default(),
            record: event.record(Uuid::from_u128(self.seen.into()), ID, at, "mara"),
        });
    }

    fn clocks(&self) -> Vec<Clock> {
        let own = self.request.clocks(&self.policy).into_iter().flatten();
        let internal = self.internal.clone();
        own.chain(internal.map(|clock| clock.waiting(&self.waits)))
            .collect()
    }
}

fn number(text: &str) -> Priority {
    Priority::from_number(text.trim_start_matches('P').parse().unwrap()).unwrap()
}

fn calendar_named(name: &str) -> Arc<Calendar> {
    let rows = tables("calendar", 4);
    let row = rows.iter().find(|row| row[0] == name).expect(name);
    let list = |cell: &str| -> Vec<String> { cell.split(' ').map(str::to_owned).collect() };
    let week = Week {
        days: list(row[1]),
        hours: list(row[2]).iter().map(|i| i.parse().unwrap()).collect(),
    };
    let weekly = Calendar::weekly(name.into(), &week).unwrap();
    let holidays: BTreeMap<NaiveDate, String> = match row[3] {
        "–" => BTreeMap::new(),
        dates => list(dates)
            .iter()
            .map(|d| (d.parse().unwrap(), String::new()))
            .collect(),
    };
    Arc::new(Calendar::new(name.into(), weekly.week().clone(), holidays).unwrap())
}

fn length(left: chrono::TimeDelta) -> String {
    let seconds = left.num_seconds().abs();
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let mut words: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n} {unit}"))
        .collect();
    if words.is_empty() {
        words.push("0 s".into());
    }
    let end = if left < chrono::TimeDelta::zero() {
        "over"
    } else {
        "left"
    };
    format!("{} {end}", words.join(" "))
}

fn state(clock: &Clock, now: Time, zone: Tz) -> String {
    let policy = shipped();
    match (clock.state(now), clock.pause(now)) {
        ("waiting", Some(Pause::Waiting { what, .. })) => format!("waiting for {what}"),
        ("paused", Some(Pause::Closed { resumes })) => {
            format!(
                "paused, {}",
                crate::calendar::from_words(now, resumes, zone)
            )
        }
        ("runs", _) => {
            let heat = format!("{:?}", clock.heat(now, &policy.clock)).to_lowercase();
            format!("runs, {heat}")
        }
        (word, _) if clock.approximate => format!("{word}, approximate"),
        (word, _) => word.to_owned(),
    }
}

#[test]
fn every_row_of_the_page_is_true() {
    let mut wrong = Vec::new();
    let rows = tables("#", 10);
    for row in &rows {
        let mut story = Story::new(row[1], row[2]);
        story.tell(row[3]);
        let (now, rest) = story.reader.moment(row[4]);
        assert_eq!(rest, "");
        let clocks = story.clocks();
        let clock = clocks.iter().find(|clock| clock.verb.name() == row[5]);
        let said = match clock {
            None => ["–", "–", "–", "no clock"].map(str::to_owned),
            Some(clock) => [
                story.reader.show(clock.deadline),
                length(clock.left(now)),
                length(clock.adjusted_left(now)),
                state(clock, now, story.reader.zone),
            ],
        };
        if said.iter().zip(&row[6..]).any(|(a, b)| a != b) {
            wrong.push(format!(
                "{}: {} but {}",
                row[0],
                row[6..].join(" | "),
                said.join(" | ")
            ));
        }
        for clock in &clocks {
            let left = clock.budget - clock.elapsed(now);
            assert_eq!(
                clock.left(now),
                left,
                "row {}: elapsed and left are all",
                row[0]
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows.len() >= 40, "only {} examples", rows.len());
}

#[test]
fn every_proposal_of_the_page_is_made() {
    for row in tables("#", 5) {
        let mut story = Story::new(row[1], "usual");
        story.tell(row[2]);
        let (now, _) = story.reader.moment(row[3]);
        let policy = &story.policy.escalation;
        let proposal = story
            .clocks()
            .iter()
            .find_map(|c| escalation(c, now, policy));
        let words = match proposal {
            None => "no".to_owned(),
            Some(Proposal::HalfGone { .. }) => "half of the time to initiate is gone".to_owned(),
            Some(Proposal::Breached { verb }) => format!("{} is breached", verb.name()),
            Some(Proposal::Over { verb }) => format!("{} is over", verb.name()),
        };
        assert_eq!(words, row[4], "row {}", row[0]);
    }
}

#[test]
fn the_rows_are_numbered_without_holes() {
    let numbered = PAGE.lines().filter_map(|line| line.strip_prefix("| "));
    let numbers: Vec<usize> = numbered
        .filter_map(|line| line.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
}

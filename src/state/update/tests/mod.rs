//! The reducer, driven by messages as the shell sends them, against a scripted fleet.

mod again;
mod alerts;
mod approve;
mod consoles;
mod directory;
mod find;
mod fleet;
mod handover;
mod handover_late;
mod handover_lines;
mod hooks;
mod incident_restores;
mod incidents;
mod links;
mod look;
mod needs;
mod note;
mod p1;
mod past;
mod queue;
mod requests;
mod screens;
mod script;
mod share;
mod shift;
mod sweep;
mod waits;
mod wizard;
mod words;
mod written;

use crate::state::{
    command::Command,
    effect::{Call, DeskCommand, Dispatch, Effect, Ticket},
    model::{Env, KeyLabels, Me, Model, Start},
    msg::{DeskMsg, Edit, FleetMsg, LinkNews, Msg, Reply},
    update::update,
    wizard::Field,
};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::*,
    ids::{PointId, RequestId},
    journal::{DraftRow, NewRecord, Record, opened},
    policy,
    priority::{Priority, Severity},
    restore::OverwritePolicy,
};
use script::*;
use std::{cell::Cell, collections::BTreeSet};
use uuid::Uuid;

/// A console with its desk and a fleet that answers from a script.
struct Deck {
    model: Model,
    now: Time,
    ids: Cell<u128>,
    /// The journal, as the desk would keep it.
    journal: Vec<Record>,
    drafts: Vec<DraftRow>,
    /// Calls that nobody answered yet.
    calls: Vec<(Ticket, ApplianceName, Call)>,
    /// Everything else that was wanted.
    effects: Vec<Effect>,
    dispatched: Vec<Dispatch>,
    written_before_call: bool,
    desk_works: bool,
    /// What ended long ago: it is not read at the start.
    archive: Vec<Record>,
    /// Whether it is told when it is asked for.
    desk_answers: bool,
    /// What was to be written while the desk does not work.
    claimed: Vec<NewRecord>,
    /// Intents that wait for it, and what was asked back.
    intents: Vec<DeskCommand>,
    /// What the plan says.
    plan: Plan,
    commands: usize,
    typed: usize,
}

type ApplianceName = String;

impl Deck {
    /// A console whose desk is read and whose fleet is up.
    fn new() -> Self {
        let mut deck = Self::asleep("2026-11-21T08:14:05Z");
        deck.send(Msg::Desk(DeskMsg::Loaded {
            records: Vec::new(),
            drafts: Vec::new(),
        }));
        deck.up();
        deck
    }

    /// A console that knows nothing yet.
    fn asleep(now: &str) -> Self {
        let start = Start {
            me: Me {
                name: "mara".into(),
                role: "technician".into(),
                restricted: false,
                zone: chrono_tz::America::Chicago,
            },
            policy: toml::from_str(policy::SHIPPED).unwrap(),
            directory: directory(),
            demo: true,
            now: at(now),
            size: (120, 40),
            keys: KeyLabels::default(),
            config: Default::default(),
        };
        Self {
            model: Model::new(start),
            now: at(now),
            ids: Cell::new(1),
            journal: Vec::new(),
            drafts: Vec::new(),
            calls: Vec::new(),
            effects: Vec::new(),
            dispatched: Vec::new(),
            written_before_call: false,
            desk_works: true,
            archive: Vec::new(),
            desk_answers: true,
            claimed: Vec::new(),
            intents: Vec::new(),
            plan: plan_of_nothing_there(),
            commands: 0,
            typed: 0,
        }
    }

    /// All appliances come up with their facts.
    fn up(&mut self) {
        self.live(
            "acme-stl-01",
            vec![
                system("erp01", "acme", Some("its root is empty")),
                system("crm01", "acme", None),
                Fact::Job(Box::new(job(
                    "erp01-files",
                    "acme",
                    "erp01",
                    JobState::Idle,
                    Some(SessionResult::Failed),
                ))),
                Fact::Job(Box::new(job(
                    "crm01-files",
                    "acme",
                    "crm01",
                    JobState::Running,
                    Some(SessionResult::Success),
                ))),
            ],
        );
        self.live(
            "nova-01",
            vec![
                system("fs02", "nova", None),
                Fact::Job(Box::new(job(
                    "fs02-shares",
                    "nova",
                    "fs02",
                    JobState::Idle,
                    Some(SessionResult::Failed),
                ))),
            ],
        );
        self.live("hosted-01", Vec::new());
    }

    fn live(&mut self, appliance: &str, facts: Vec<Fact>) {
        let description = Box::new(Description {
            driver: "engine".into(),
            agent_version: "0.1.0".into(),
            capabilities: Vec::new(),
            caller: ("mara".into(), "technician".into()),
        });
        self.news(
            appliance,
            LinkNews::Live {
                description,
                offset_ms: 0,
            },
        );
        self.news(appliance, LinkNews::Snapshot(facts));
    }

    fn news(&mut self, appliance: &str, news: LinkNews) {
        let at = self.now;
        self.send(Msg::Fleet(vec![FleetMsg {
            appliance: appliance.into(),
            at,
            news,
        }]));
    }

    fn send(&mut self, msg: Msg) {
        let ids = &self.ids;
        let new_id = || {
            ids.set(ids.get() + 1);
            Uuid::from_u128(ids.get())
        };
        let env = Env {
            now: self.now,
            new_id: &new_id,
        };
        let effects = update(&mut self.model, msg, &env);
        self.run(effects);
        // As before a frame.
        self.model.gather();
        // What is kept is what looking again finds.
        assert_eq!(self.model.incidents.wanting, self.model.wanting());
    }

    fn run(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Desk(command) => self.desk(command),
                Effect::Call(ticket, appliance, call) => {
                    self.calls.push((ticket, appliance.to_string(), call))
                }
                Effect::Forget(ticket) => self.calls.retain(|(t, ..)| *t != ticket),
                other => self.effects.push(other),
            }
        }
    }

    fn desk(&mut self, command: DeskCommand) {
        match command {
            DeskCommand::SaveDraft(rows) => self.drafts.extend(rows),
            DeskCommand::Open {
                subject, records, ..
            } => {
                let requests = |r: &&Record| r.record.subject.request().is_some();
                let before = self.journal.iter().filter(requests).count();
                let number = 118 + u32::try_from(before).unwrap();
                let opened = opened(&subject, number, self.now, "desk");
                let records = self.write(std::iter::once(opened).chain(records).collect());
                self.send(Msg::Desk(DeskMsg::Opened {
                    subject,
                    number,
                    records,
                }));
            }
            DeskCommand::History(subject) => {
                let all = self.journal.iter();
                let records = all.filter(|r| r.record.subject == subject).cloned();
                let records = records.collect();
                self.send(Msg::Desk(DeskMsg::History { subject, records }));
            }
            DeskCommand::Past { .. } if self.desk_answers => self.answer_past(),
            DeskCommand::Past { .. } => {}
            DeskCommand::Append { records } if self.desk_works => {
                let own: Vec<_> = records
                    .iter()
                    .map(|it| (it.event_id, it.subject.clone()))
                    .collect();
                let written = self.write(records);
                let fresh: BTreeSet<Uuid> = written.iter().map(|it| it.record.event_id).collect();
                self.send(Msg::Desk(DeskMsg::Appended(written)));
                let stood = own.into_iter().filter(|(id, _)| !fresh.contains(id));
                let stood: Vec<_> = stood.map(|(_, subject)| subject).collect();
                if !stood.is_empty() {
                    self.send(Msg::Desk(DeskMsg::Stood(stood)));
                }
            }
            DeskCommand::Append { records } => self.claimed = records,
            DeskCommand::Intend { record, then, .. } if self.desk_works => {
                let written = self.write(vec![*record]);
                let calls_after = then
                    .iter()
                    .any(|e| matches!(e, Effect::Call(_, _, Call::Dispatch(_))));
                self.written_before_call |= calls_after && !written.is_empty();
                self.send(Msg::Desk(DeskMsg::Appended(written)));
                self.run(then);
            }
            intent @ (DeskCommand::Intend { .. } | DeskCommand::TakeBack(_)) => {
                self.intents.push(intent);
            }
        }
    }

    /// The intents that wait for the desk.
    fn intended(&self) -> Vec<NewRecord> {
        let intents = self.intents.iter().filter_map(|command| match command {
            DeskCommand::Intend { record, .. } => Some((**record).clone()),
            _ => None,
        });
        intents.collect()
    }

    /// What the desk says about handovers that ended long ago.
    fn answer_past(&mut self) {
        let records = std::mem::take(&mut self.archive);
        self.send(Msg::Desk(DeskMsg::Past {
            kind: "handover",
            records,
            more: None,
        }));
    }

    fn write(&mut self, records: Vec<NewRecord>) -> Vec<Record> {
        let known: BTreeSet<Uuid> = self.journal.iter().map(|r| r.record.event_id).collect();
        let mut written = Vec::new();
        for record in records.into_iter().filter(|r| !known.contains(&r.event_id)) {
            let of_subject = self
                .journal
                .iter()
                .filter(|r| r.record.subject == record.subject)
                .count();
            let version = u32::try_from(of_subject + 1).unwrap();
            assert!(
                record
                    .subject_version
                    .is_none_or(|wanted| wanted == version),
                "a gap in the history"
            );
            let row = Record {
                seq: u64::try_from(self.journal.len() + 1).unwrap(),
                subject_version: version,
                received_at: self.now,
                author: Default::default(),
                record,
            };
            self.journal.push(row.clone());
            written.push(row);
        }
        written
    }

    /// A command, as a key would send it.
    fn press(&mut self, command: Command) {
        self.commands += 1;
        self.send(Msg::Command(command));
    }

    /// Text, one key a character.
    fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.typed += 1;
            self.send(Msg::Edit(Edit::Insert(c)));
        }
    }

    /// The fleet answers what was asked, until nothing is asked any more.
    fn answer(&mut self) {
        while !self.calls.is_empty() {
            for (ticket, appliance, call) in std::mem::take(&mut self.calls) {
                if let Some(reply) = self.reply_to(&appliance, call) {
                    self.send(Msg::Reply(ticket, reply));
                }
            }
        }
    }

    fn reply_to(&mut self, _appliance: &str, call: Call) -> Option<Reply> {
        Some(match call {
            Call::Points(_) => Reply::Points(Ok(vec![
                point("p3", "2026-11-21T07:00:00Z", true),
                point("p2", "2026-11-21T04:00:00Z", false),
                point("p1", "2026-11-20T04:00:00Z", false),
            ])),
            Call::Browse(_, _, folder) => {
                let entry = |name: &str, kind| Entry {
                    name: name.into(),
                    kind,
                    size: 10,
                    modified: None,
                    link_target: Vec::new(),
                };
                Reply::Entries(Ok(match folder.as_slice() {
                    b"/srv/erp01/data" => vec![
                        entry("ledger", EntryKind::Folder),
                        entry("app.toml", EntryKind::File),
                    ],
                    b"/srv/erp01/data/ledger" => vec![entry("batch-1", EntryKind::File)],
                    _ => vec![entry("data", EntryKind::Folder)],
                }))
            }
            Call::Plan { .. } => Reply::Plan(Ok(Box::new(self.plan.clone()))),
            Call::Dispatch(dispatch) => {
                let alone = dispatch.break_glass.is_some() || self.plan.beyond_limit.is_empty();
                let told = match alone {
                    true => attempt_of(&dispatch, RestoreState::Accepted, self.now),
                    false => awaiting(&dispatch, &self.plan, self.now),
                };
                self.dispatched.push(*dispatch);
                Reply::Dispatched(Ok(Box::new(told)))
            }
            Call::Decide(_) | Call::Cancel(..) | Call::Search(_) | Call::Versions(..) => {
                return None;
            }
            Call::StartJob(..) | Call::StopJob(..) => Reply::Job(Ok("s".into())),
            Call::TailLog(..) => return None,
        })
    }

    fn wait(&mut self, time: TimeDelta) {
        self.now += time;
        self.send(Msg::Tick);
    }

    fn request(&self) -> RequestId {
        self.model.requests.all().next().unwrap().id
    }

    fn toast(&self) -> &str {
        self.model.toast.as_ref().map_or("", |t| t.text.as_str())
    }

    /// What called somebody who looks elsewhere.
    fn rings(&self) -> Vec<&str> {
        let rings = self.effects.iter().filter_map(|effect| match effect {
            Effect::Ring(ring) => Some(ring.text.as_str()),
            _ => None,
        });
        rings.collect()
    }

    fn kinds(&self) -> Vec<&str> {
        self.journal
            .iter()
            .map(|r| r.record.kind.as_str())
            .collect()
    }

    fn wizard(&self) -> &crate::state::wizard::Wizard {
        self.model.wizard.as_ref().unwrap()
    }

    /// From the call to the point, for a request for files.
    fn call_for_files(&mut self) {
        self.press(Command::CallCard);
        self.type_text("ann lee");
        self.press(Command::Open);
        self.press(Command::Last);
        self.press(Command::Open);
        self.press(Command::Open);
        self.answer();
        self.press(Command::Open);
        self.answer();
    }
}

//! A night at the operations center at a fixed moment, made by messages as the shell sends
//! them, and a fleet that answers from a script.

use super::{catalog::*, facts::*, hostile};
use crate::{
    config::keymap,
    input::Resolver,
    state::{
        command::Command,
        effect::{Call, DeskCommand, Dispatch, Effect, Ticket},
        find::{FindCommand, Index, Question},
        model::{Env, Me, Model, Start},
        msg::{DemoMsg, DeskMsg, Edit, FleetMsg, LinkNews, Msg, Reply},
        update,
        wizard::Field,
    },
};
use chrono::TimeDelta;
use ocdeck_domain::{
    facts::*,
    fleet::Directory,
    ids::IncidentId,
    ids::{Reference, RequestId},
    incident,
    journal::{DraftRow, NewRecord, Record, Series, opened},
    policy,
    restore::{Asked, Event, Purpose},
};
use std::cell::Cell;
use uuid::Uuid;

pub(super) const NOW: &str = "2026-11-21T08:32:58Z";

pub(super) fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// A console with its desk and a fleet that answers from a script.
pub(super) struct Night {
    pub(super) model: Model,
    pub(super) now: Time,
    ids: Cell<u128>,
    pub(super) journal: Vec<Record>,
    pub(super) calls: Vec<(Ticket, Call)>,
    pub(super) dispatched: Vec<Dispatch>,
    index: Index,
    questions: Vec<Question>,
    /// Whether the system is still there.
    pub(super) stands: bool,
    /// A name that stands wherever a name from outside can stand.
    pub(super) odd: Option<Vec<u8>>,
    /// Whether its points are of restic, from before the appliance.
    pub(super) taken_over: bool,
}

impl Night {
    /// A console that knows nobody.
    pub(super) fn empty() -> Self {
        Self::with(Directory::default(), false)
    }

    /// The whole night: links, jobs, alerts, other people's requests.
    pub(super) fn busy() -> Self {
        let mut night = Self::with(directory(), false);
        night.links();
        night.requests();
        night
    }

    /// The same fleet without requests, in the demo.
    pub(super) fn demo() -> Self {
        let mut night = Self::with(directory(), true);
        night.links();
        night.send(Msg::Desk(DeskMsg::Loaded {
            records: Vec::new(),
            drafts: Vec::new(),
        }));
        night
    }

    fn with(directory: Directory, demo: bool) -> Self {
        let now = at(NOW);
        let keymap = keymap::shipped(keymap::DEFAULT).unwrap();
        let start = Start {
            me: Me {
                name: "mara".into(),
                role: "technician".into(),
                restricted: false,
                zone: chrono_tz::America::Chicago,
            },
            policy: toml::from_str(policy::SHIPPED).unwrap(),
            directory,
            demo,
            now,
            size: (120, 40),
            keys: keymap.labels(),
            config: Default::default(),
        };
        Self {
            model: Model::new(start),
            now,
            ids: Cell::new(1),
            journal: Vec::new(),
            calls: Vec::new(),
            dispatched: Vec::new(),
            index: Index::default(),
            questions: Vec::new(),
            stands: false,
            odd: None,
            taken_over: false,
        }
    }

    pub(super) fn send(&mut self, msg: Msg) {
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
    }

    /// Presses the first key of a chord.
    pub(super) fn chord(&mut self, key: &str) {
        let keymap = keymap::shipped(keymap::DEFAULT).unwrap();
        let key = key.parse().unwrap();
        let msg = Resolver::default().key(&keymap, self.model.mode(), key);
        self.send(msg.unwrap());
    }

    fn run(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Desk(command) => self.desk(command),
                Effect::Call(ticket, _, call) => self.calls.push((ticket, call)),
                Effect::Find(FindCommand::Names(names)) => self.index.change(names),
                Effect::Find(FindCommand::Ask(question)) => self.questions.push(question),
                Effect::Forget(ticket) => self.calls.retain(|(t, _)| *t != ticket),
                _ => {}
            }
        }
    }

    fn desk(&mut self, command: DeskCommand) {
        match command {
            DeskCommand::SaveDraft(_) => {}
            DeskCommand::Open {
                subject, records, ..
            } => {
                let of_series = |r: &&Record| {
                    let series = Series::of(&r.record.subject);
                    r.record.kind == "opened" && series == Series::of(&subject)
                };
                let given = self.journal.iter().filter(of_series).count();
                let given = u32::try_from(given).unwrap();
                let number = match Series::of(&subject) {
                    Some(Series::Incident) => 2_040 + given,
                    _ => 118,
                };
                let opened = opened(&subject, number, self.now, "desk");
                let records = self.write(std::iter::once(opened).chain(records).collect());
                self.send(Msg::Desk(DeskMsg::Opened {
                    subject,
                    number,
                    records,
                }));
            }
            DeskCommand::History(_) | DeskCommand::Past { .. } | DeskCommand::TakeBack(_) => {}
            DeskCommand::Append { records } => {
                let written = self.write(records);
                self.send(Msg::Desk(DeskMsg::Appended(written)));
            }
            // It waits with everything else.
            DeskCommand::Intend { .. } if self.model.desk.trouble.is_some() => {}
            DeskCommand::Intend { record, then, .. } => {
                let written = self.write(vec![*record]);
                self.send(Msg::Desk(DeskMsg::Appended(written)));
                self.run(then);
            }
        }
    }

    /// How many records the desk has.
    pub(super) fn records(&self) -> usize {
        self.journal.len()
    }

    pub(super) fn write(&mut self, records: Vec<NewRecord>) -> Vec<Record> {
        let mut written = Vec::new();
        for record in records {
            let earlier = self.journal.iter();
            let version = earlier
                .filter(|r| r.record.subject == record.subject)
                .count()
                + 1;
            let row = Record {
                seq: u64::try_from(self.journal.len() + 1).unwrap(),
                subject_version: u32::try_from(version).unwrap(),
                received_at: self.now,
                author: Default::default(),
                record,
            };
            self.journal.push(row.clone());
            written.push(row);
        }
        written
    }

    pub(super) fn press(&mut self, command: Command) {
        self.send(Msg::Command(command));
    }

    pub(super) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Edit(Edit::Insert(c)));
        }
    }

    pub(super) fn wait(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
        self.send(Msg::Tick);
    }

    /// The fleet answers what was asked, until nothing is asked any more.
    pub(super) fn answer(&mut self) {
        for question in std::mem::take(&mut self.questions) {
            let found = self.index.search(&question, &mut || false).unwrap();
            self.send(Msg::Found(found));
        }
        while !self.calls.is_empty() {
            for (ticket, call) in std::mem::take(&mut self.calls) {
                if let Some(reply) = self.reply_to(call) {
                    self.send(Msg::Reply(ticket, reply));
                }
            }
        }
    }

    fn reply_to(&mut self, call: Call) -> Option<Reply> {
        Some(match call {
            Call::Points(_) if self.taken_over => Reply::Points(Ok(foreign_points())),
            Call::Points(_) => Reply::Points(Ok(points())),
            Call::Browse(_, _, folder) => {
                let mut entries = entries(&folder);
                if let Some(name) = &self.odd {
                    hostile::entries(&mut entries, name);
                }
                Reply::Entries(Ok(entries))
            }
            Call::Plan { .. } => {
                let mut plan = plan(self.stands);
                if let Some(name) = &self.odd {
                    hostile::plan(&mut plan, name);
                }
                Reply::Plan(Ok(Box::new(plan)))
            }
            Call::Dispatch(dispatch) => {
                let told = attempt(&dispatch, RestoreState::Accepted, self.now);
                self.dispatched.push(*dispatch);
                Reply::Dispatched(Ok(Box::new(told)))
            }
            Call::StartJob(..) | Call::StopJob(..) => Reply::Job(Ok("s".into())),
            Call::TailLog(..) => Reply::Log(log()),
            Call::Decide(_) | Call::Cancel(..) | Call::Search(_) | Call::Versions(..) => {
                return None;
            }
        })
    }

    pub(super) fn news(&mut self, appliance: &str, news: LinkNews) {
        let at = self.now;
        self.send(Msg::Fleet(vec![FleetMsg {
            appliance: appliance.into(),
            at,
            news,
        }]));
    }

    fn live(&mut self, appliance: &str, facts: Vec<Fact>) {
        let description = Box::new(Description {
            driver: "engine".into(),
            agent_version: "0.1.0".into(),
            capabilities: vec![
                Capability {
                    name: "restore_files".into(),
                    unavailable: None,
                },
                Capability {
                    name: "bare_metal".into(),
                    unavailable: Some(
                        "the engine restores files; client and provider rebuild the machine".into(),
                    ),
                },
            ],
            caller: ("mara".into(), "technician".into()),
        });
        self.news(
            appliance,
            LinkNews::Live {
                description,
                offset_ms: 120,
            },
        );
        self.news(appliance, LinkNews::Snapshot(facts));
    }

    fn links(&mut self) {
        let end = self.now;
        self.now = at("2026-11-21T07:20:00Z");
        self.live("acme-lv-01", replica_facts());
        self.now = at("2026-11-21T07:51:00Z");
        self.news(
            "acme-lv-01",
            LinkNews::Down {
                why: "nothing listens at 10.20.0.7:7443; see that the agent runs there".into(),
                retry_at: at("2026-11-21T08:33:06Z"),
            },
        );
        self.now = at("2026-11-21T08:26:27Z");
        self.live("acme-stl-01", acme_facts());
        self.live("nova-01", nova_facts());
        self.live("hosted-01", hosted_facts());
        self.live("tern-01", Vec::new());
        self.now = at("2026-11-21T08:28:51Z");
        self.news("tern-01", LinkNews::Silent);
        self.now = end;
        self.send(Msg::Tick);
        for appliance in ["acme-stl-01", "nova-01", "hosted-01"] {
            self.news(appliance, LinkNews::Heard);
        }
    }

    /// Two requests of other people.
    fn requests(&mut self) {
        let calls = [
            (901, "2026-11-21T08:10:40Z", "jon", "nova/mail01"),
            (902, "2026-11-21T08:16:38Z", "", "nova/fs02"),
        ];
        let mut drafts = Vec::new();
        let mut records = Vec::new();
        for (n, received, owner, place) in calls {
            let id = RequestId(Uuid::from_u128(n));
            let number = Reference(u32::try_from(n).unwrap() - 786);
            let chosen = Event::KindChosen {
                asked: Asked::Files,
                purpose: Purpose::Production,
                priority: None,
                reason: String::new(),
            };
            for (k, event) in [
                Event::Opened { reference: number },
                Event::CallReceived,
                chosen,
            ]
            .into_iter()
            .enumerate()
            {
                let id_of_event = Uuid::from_u128(n * 10 + k as u128);
                let actor = if matches!(event, Event::CallReceived) {
                    owner
                } else {
                    "desk"
                };
                records.push(event.record(id_of_event, id, at(received), actor));
            }
            drafts.push(DraftRow {
                draft: id.into(),
                field: "place".into(),
                value: format!("\"{place}\""),
                version: 1,
                author: owner.into(),
                at: at(received),
            });
        }
        let records = self.write(records);
        self.send(Msg::Desk(DeskMsg::Loaded { records, drafts }));
    }

    /// An incident of people, or what happened to it further.
    pub(super) fn incident(
        &mut self,
        id: IncidentId,
        number: u32,
        actor: &str,
        events: Vec<(&str, incident::Event)>,
    ) {
        let mut records = Vec::new();
        if self.model.book.incidents.get(id).is_none() {
            records.push(opened(&id.into(), number, self.now, "desk"));
        }
        for (when, event) in events {
            self.ids.set(self.ids.get() + 1);
            let event_id = Uuid::from_u128(self.ids.get());
            records.push(event.record(event_id, id, at(when), actor));
        }
        let records = self.write(records);
        self.send(Msg::Desk(DeskMsg::Appended(records)));
    }

    /// The demo lost acme/erp01.
    pub(super) fn lose(&mut self) {
        self.send(Msg::Demo(DemoMsg::Lost {
            system: "acme/erp01".into(),
            files: 1_204,
        }));
    }

    /// The wizard at its first step with a caller half typed.
    pub(super) fn call(&mut self) {
        self.press(Command::CallCard);
        self.type_text("ann l");
        self.wait(19);
    }

    /// The wizard at a step, everything before it answered.
    pub(super) fn wizard(&mut self, to: Command, asked_folders: bool) {
        self.press(Command::CallCard);
        self.type_text("ann l");
        self.press(Command::Open);
        if asked_folders {
            self.press(Command::Down);
        }
        self.press(Command::Open);
        self.press(Command::StepCall);
        for _ in 0..8 {
            if self.model.wizard.as_ref().unwrap().focus == Field::Happened {
                break;
            }
            self.press(Command::NextField);
        }
        self.type_text("20 Nov 23:40");
        self.press(Command::StepSystem);
        if to == Command::StepSystem {
            self.type_text("e");
            return;
        }
        self.type_text("erp");
        self.press(Command::Open);
        self.answer();
        self.wait(120);
        self.press(Command::StepPoint);
        if to != Command::StepPoint {
            self.press(Command::Open);
            self.answer();
        }
        if asked_folders && !matches!(to, Command::StepPoint) {
            self.press(Command::StepWhat);
            for _ in 0..2 {
                self.press(Command::Open);
                self.answer();
            }
            for _ in 0..2 {
                self.press(Command::Down);
                self.press(Command::Mark);
            }
            self.answer();
            self.press(Command::StepWhere);
            if to != Command::StepWhere {
                self.press(Command::Open);
                self.answer();
            }
        }
        self.answer();
        self.press(to);
        self.answer();
        self.wait(31);
    }

    /// The search, or the look for versions, that goes on gets these parts of an answer.
    pub(super) fn reply(&mut self, parts: Vec<Reply>) {
        let look =
            |(_, call): &&(Ticket, Call)| matches!(call, Call::Search(_) | Call::Versions(..));
        let ticket = self.calls.iter().rfind(look).unwrap().0;
        for part in parts {
            self.send(Msg::Reply(ticket, part));
        }
    }

    /// Step 4 with this looked for.
    pub(super) fn search(&mut self, query: &str) {
        self.wizard(Command::StepWhat, true);
        self.press(Command::Search);
        self.type_text(query);
    }

    /// The lost system is being restored.
    pub(super) fn running(&mut self, state: RestoreState) {
        self.wizard(Command::StepReadBack, false);
        self.press(Command::StepWhere);
        self.press(Command::Open);
        self.answer();
        self.press(Command::StepOverwrite);
        self.press(Command::Open);
        self.answer();
        self.press(Command::StepReadBack);
        self.type_text("erp01");
        self.press(Command::Dispatch);
        self.answer();
        self.wait(100);
        let sent = self.dispatched.first().unwrap().clone();
        let mut told = attempt(&sent, RestoreState::Running, self.now);
        self.news(
            "acme-stl-01",
            LinkNews::Delta(vec![Fact::Restore(Box::new(told.clone()))]),
        );
        self.wait(512);
        told.state = state;
        progressed(&mut told, self.now);
        if let Some(name) = &self.odd {
            hostile::attempt(&mut told, name);
        }
        self.news(
            "acme-stl-01",
            LinkNews::Delta(vec![Fact::Restore(Box::new(told))]),
        );
    }
}

//! The Shift screen: coming and going, promises, taking over what another one has.

mod handover;
mod past;
mod take;

use super::super::{
    command::Command,
    effect::{DeskCommand, Effect},
    find::Target,
    model::{Env, Model, Pane, Screen},
    note::NotePurpose,
    overlay::{Ask, AskFor, Overlay},
    shift::ShiftView,
    until, words,
};
use chrono::TimeDelta;
use ocdeck_domain::{
    handover::{About, Section},
    ids::{IncidentId, RequestId},
    incident,
    journal::{NewRecord, Record, Subject},
    restore,
    shift::{Event, Promise},
};
use uuid::Uuid;

/// Who may hand a shift over and take it.
const ROLES: [&str; 3] = ["technician", "duty_manager", "reseller"];

impl Model {
    fn append_all(&mut self, records: Vec<NewRecord>) {
        self.effects
            .push(Effect::Desk(DeskCommand::Append { records }));
    }

    fn person_record(&self, env: &Env<'_>, person: &str, event: &Event) -> NewRecord {
        event.record((env.new_id)(), person, env.now, &self.me.name)
    }

    /// Why this person has no shift.
    fn shift_off(&self) -> Option<String> {
        let role = self.role_off(&ROLES);
        role.or_else(|| self.desk.unread())
    }

    fn am_on_shift(&self) -> bool {
        let me = self.book.people.get(&self.me.name);
        me.is_some_and(|person| person.on_since.is_some())
    }

    /// Why a command of the Shift screen is off.
    pub(in crate::state) fn why_not_shift(&self, command: Command) -> Option<String> {
        use Command as C;
        let nothing = || Some("no line is selected".to_owned());
        match command {
            C::TurnShift | C::History => None,
            C::Export => None,
            _ if self.shift_off().is_some() => self.shift_off(),
            C::OnShift => self.am_on_shift().then(|| "you are on shift".to_owned()),
            C::OffShift => (!self.am_on_shift()).then(|| "you are not on shift".to_owned()),
            C::Promise => None,
            C::Kept => match self.selected_promise() {
                Some((by, _)) if by == self.me.name => None,
                Some((by, _)) => Some(format!("it is {by}'s")),
                None if self.is_promise() => Some("it is kept in its incident".to_owned()),
                None => Some("no promise is selected".to_owned()),
            },
            C::TakeOne => match self.selected_line().map(|shown| &shown.line.about) {
                Some(About::Request(id)) => match self.others_request(*id) {
                    Some(_) => None,
                    None => Some("you have it".to_owned()),
                },
                Some(About::Incident(_)) => self
                    .selected_line()
                    .filter(|shown| shown.line.owner == self.me.name)
                    .map(|_| "you have it".to_owned()),
                Some(_) => Some("this line has no owner to take over from".to_owned()),
                None => nothing(),
            },
            C::BeginHandover => self.begin_off(),
            C::CancelHandover | C::HandoverNote | C::AddLine => self.handover_off(),
            C::ReadLine => self.read_off(),
            C::EditLine => match self.selected_line() {
                Some(_) => self.handover_off(),
                None => nothing(),
            },
            C::RemoveLine => match self.selected_line() {
                Some(shown) if shown.line.wants_reading() => {
                    Some("a P1 or P2 is never left out".to_owned())
                }
                Some(_) => self.handover_off(),
                None => nothing(),
            },
            C::TakeShift => self.take_off(),
            C::TakeOverShift => {
                let nobody = !self.has_colleagues();
                nobody.then(|| "nobody else is known here".to_owned())
            }
            _ => None,
        }
    }

    /// Commands of the Shift screen; whether it took this one.
    pub(super) fn shift_command(&mut self, command: Command, env: &Env<'_>) -> bool {
        use Command as C;
        match command {
            C::TurnShift => self.turn_shift(),
            C::History => self.show_history(),
            C::OnShift => self.come_or_go(true, env),
            C::OffShift => self.come_or_go(false, env),
            C::Promise => self.ask_shift(
                AskFor::Promise,
                "Promise",
                "When, and what: 10:40 call Ann Lee back",
                "",
            ),
            C::Kept => self.kept(env),
            C::TakeOne => self.take_one(env),
            C::BeginHandover => self.ask_begin(),
            C::CancelHandover => self.ask_shift(
                AskFor::CancelHandover,
                "Call the handover off",
                "Why? What was read and written stays on the desk.",
                "",
            ),
            C::HandoverNote => {
                let text = "What the next shift should know; it is shown beside the lines.";
                if let Some((id, _)) = self.my_handover() {
                    self.ask_note("Note to the next shift", text, NotePurpose::Handover(id));
                }
            }
            C::AddLine => {
                let text = "A line of your own in the handover.";
                self.ask_shift(AskFor::AddLine, "Add a line", text, "");
            }
            C::EditLine => self.ask_edit(),
            C::RemoveLine => self.remove_line(env),
            C::ReadLine => self.read_line(env),
            C::TakeShift => self.take_shift(env),
            C::TakeOverShift => self.ask_take_over(),
            C::Export => self.export(),
            _ => return false,
        }
        true
    }

    /// What the answer to a question of this screen does.
    pub(super) fn answer_shift(&mut self, purpose: AskFor, text: String, env: &Env<'_>) {
        match purpose {
            AskFor::Promise => self.promise(&text, env),
            AskFor::BeginHandover => self.begin_handover(&text, env),
            AskFor::CancelHandover => self.cancel_handover(text, env),
            AskFor::AddLine => self.add_line(text, env),
            AskFor::EditLine => self.edit_line(text, env),
            AskFor::TakeOverShift => self.take_over_of(&text),
            AskFor::TakeOverReason => self.take_over_shift(text, env),
            _ => {}
        }
    }

    fn ask_shift(&mut self, purpose: AskFor, title: &str, text: &str, filled: &str) {
        self.overlay = Some(Overlay::Ask(Ask {
            title: title.to_owned(),
            text: text.to_owned(),
            input: super::super::line::LineInput::of(filled),
            offers: Vec::new(),
            selected: None,
            purpose,
        }));
    }

    /// As [`Model::ask_shift`], with the names of colleagues on offer.
    fn ask_colleague(&mut self, purpose: AskFor, title: &str, text: &str) {
        let offers = self.colleagues();
        self.ask_shift(purpose, title, text, "");
        if let Some(Overlay::Ask(ask)) = &mut self.overlay {
            ask.offers = offers;
        }
    }

    /// The screen is shown: the handover, if one goes on that is mine.
    pub(super) fn show_shift(&mut self) {
        self.show(Screen::Shift);
        let mine = self
            .handover()
            .is_some_and(|(_, handover)| [&handover.from, &handover.to].contains(&&self.me.name));
        self.shift.view = match mine {
            true => ShiftView::Handover,
            false => ShiftView::Mine,
        };
    }

    fn turn_shift(&mut self) {
        self.focus = Pane::Main;
        self.shift.view = match self.shift.view {
            ShiftView::Handover => ShiftView::Mine,
            _ => ShiftView::Handover,
        };
    }

    /// `Esc`: one level up; whether there was one.
    pub(super) fn back_in_shift(&mut self) -> bool {
        let up = match self.shift.view {
            _ if self.screen != Screen::Shift => return false,
            ShiftView::Copy(_) => ShiftView::History,
            ShiftView::History => ShiftView::Handover,
            ShiftView::Handover | ShiftView::Mine => return false,
        };
        self.shift.view = up;
        true
    }

    pub(super) fn step_shift(&mut self, by: isize) {
        let step = |at: Option<usize>, len: usize| {
            let last = len.saturating_sub(1);
            at.map_or(0, |at| at.saturating_add_signed(by).min(last))
        };
        match self.shift.view {
            ShiftView::Mine | ShiftView::Handover => {
                let lines = &self.shift.lines;
                let selected = self.shift.selected.as_ref();
                let at = selected.and_then(|key| lines.iter().position(|s| s.line.key == *key));
                let next = lines.get(step(at, lines.len()));
                self.shift.selected = next.map(|shown| shown.line.key.clone());
            }
            ShiftView::History => {
                let past: Vec<_> = self.past_handovers().iter().map(|(id, _)| *id).collect();
                let at = past.iter().position(|id| Some(*id) == self.shift.past);
                self.shift.past = past.get(step(at, past.len())).copied();
                if self.shift.past == past.last().copied() {
                    self.ask_older();
                }
            }
            ShiftView::Copy(id) => {
                let over = self.book.handovers.get(&id);
                let lines = over.map_or(0, |h| h.page(self.me.zone).lines().count());
                self.shift.top = step(Some(self.shift.top), lines);
            }
        }
    }

    /// `Enter`: the thing that the line is about, or the copy of a handover.
    pub(super) fn open_in_shift(&mut self, env: &Env<'_>) {
        if self.shift.view == ShiftView::History {
            if let Some(id) = self.shift.past {
                self.shift.view = ShiftView::Copy(id);
                self.shift.top = 0;
            }
            return;
        }
        let Some(about) = self.selected_line().map(|shown| shown.line.about.clone()) else {
            return;
        };
        match about {
            About::Request(id) => self.go_to(Target::Request(id), env),
            About::Incident(id) => self.go_to(Target::Incident(id), env),
            About::Alert(id) => self.go_to(Target::Alert(id), env),
            About::Job(id) => self.go_to(Target::Job(id), env),
            About::Appliance(id) => self.go_to(Target::Appliance(id), env),
            About::Tenant(id) => self.go_to(Target::Tenant(id), env),
            About::Sweep => match self.sweep_off() {
                None => self.begin_sweep(env),
                Some(why) => self.bad(why),
            },
            About::Nothing => self.focus = Pane::Detail,
        }
    }

    /// The name of the selected line, for `copy id`.
    pub(super) fn shift_id(&self) -> Option<String> {
        match self.shift.view {
            ShiftView::History | ShiftView::Copy(_) => self.shift.past.map(|id| id.to_string()),
            _ => self.selected_line().map(|shown| match &shown.line.about {
                About::Request(id) => self.reference_text(*id),
                About::Incident(id) => self.subject_name(&Subject::Incident(*id)),
                About::Alert(id) => id.to_string(),
                About::Job(id) => id.to_string(),
                About::Appliance(id) => id.to_string(),
                About::Tenant(id) => id.to_string(),
                About::Sweep | About::Nothing => shown.text().to_owned(),
            }),
        }
    }

    fn come_or_go(&mut self, comes: bool, env: &Env<'_>) {
        let me = self.me.name.clone();
        let event = match comes {
            true => Event::OnShift { handover: None },
            false => Event::OffShift { handover: None },
        };
        let mut record = self.person_record(env, &me, &event);
        let promises = self.book.people.get(&me).map_or(0, |p| p.promises.len());
        if promises > 0 {
            // What was promised must not be forgotten with the person.
            record.over = Some(false);
        }
        self.append_all(vec![record]);
        let owned = self.owned_by(&me);
        match (comes, owned.is_empty()) {
            (true, _) => self.say_when_written("you are on shift"),
            (false, true) => self.say_when_written("you are off shift"),
            (false, false) => self.warn_when_written(format!(
                "you are off shift, and still have {}: hand over",
                self.names(&owned)
            )),
        }
    }

    /// Now and then it is written that the person on shift pressed a key.
    pub(super) fn seen(&mut self, env: &Env<'_>) {
        let me = self.book.people.get(&self.me.name);
        let due = me.is_some_and(|person| person.is_news(env.now, &self.policy.shift));
        let every = TimeDelta::seconds(self.policy.shift.seen_every.into());
        let told = self.told_seen.is_some_and(|at| env.now - at < every);
        if due && !told {
            self.told_seen = Some(env.now);
            let record = self.person_record(env, &self.me.name, &Event::Seen);
            self.append_all(vec![record]);
        }
    }

    fn selected_promise(&self) -> Option<(String, Uuid)> {
        let line = &self.selected_line()?.line;
        let id = line.key.strip_prefix("promise:")?.parse().ok()?;
        let person = self.book.people.get(&line.owner)?;
        let own = person.promises.contains_key(&id);
        own.then(|| (line.owner.clone(), id))
    }

    fn is_promise(&self) -> bool {
        let line = self.selected_line();
        line.is_some_and(|shown| shown.line.section == Section::Promises)
    }

    /// "10:40 call Ann Lee back": the next 10:40.
    fn promise(&mut self, text: &str, env: &Env<'_>) {
        let found = until::to_come(text, env.now, self.me.zone);
        let found = found.filter(|(due, what)| *due > env.now && !what.trim().is_empty());
        let Some((due, what)) = found else {
            return self.bad("it needs a time and words: 10:40 call Ann Lee back, or 20 min …");
        };
        let promise = Promise {
            promise: (env.new_id)(),
            due,
            text: what.trim().to_owned(),
        };
        let record = self.person_record(env, &self.me.name, &Event::Promised(promise));
        self.append_all(vec![record]);
        let at = words::next_time(due, env.now, self.me.zone);
        self.say_when_written(format!("promised for {at}"));
    }

    fn kept(&mut self, env: &Env<'_>) {
        if let Some((_, promise)) = self.selected_promise() {
            let record = self.person_record(env, &self.me.name, &Event::Kept { promise });
            self.append_all(vec![record]);
            self.say_when_written("kept");
        }
    }

    /// One request or incident of another person, or of nobody.
    fn take_one(&mut self, env: &Env<'_>) {
        let about = self.selected_line().map(|shown| shown.line.about.clone());
        match about {
            Some(About::Request(id)) => self.take_request(id, env),
            Some(About::Incident(id)) => self.take_incident(id, env),
            _ => {}
        }
    }

    fn take_incident(&mut self, id: IncidentId, env: &Env<'_>) {
        let Some(incident) = self.book.incidents.get(id) else {
            return;
        };
        let had = incident.owner.clone();
        self.incident_write(env, id, &[incident::Event::Taken]);
        let name = self.subject_name(&Subject::Incident(id));
        self.say_when_written(match had.as_str() {
            "" => format!("{name} is yours"),
            had => format!("{name} taken over from {had}"),
        });
    }

    fn take_request(&mut self, id: RequestId, env: &Env<'_>) {
        let Some(request) = self.others_request(id) else {
            return;
        };
        let had = request.owner.clone();
        let version = request.version() + 1;
        let event = restore::Event::TakenOver { from: had.clone() };
        let mut record = self.record(env, id, &event);
        record.subject_version = Some(version);
        self.append_all(vec![record]);
        let reference = self.reference_text(id);
        self.say_when_written(match had.as_str() {
            "" => format!("{reference} is yours"),
            had => format!("{reference} taken over from {had}"),
        });
    }

    /// What others did to a request that is, or was, mine: said before it is folded in.
    pub(super) fn tell_request(&mut self, record: &Record) {
        let Subject::Request(id) = record.record.subject else {
            return;
        };
        let actor = &record.record.actor;
        let sent = record.record.kind == "dispatching" && *actor != self.me.name;
        if sent && self.wizard.as_ref().is_some_and(|w| w.request == id) {
            // What is open here was sent there: it is filled in no more.
            let ago = ocdeck_domain::words::ago(self.now - record.record.at);
            let text = format!("{actor} sent {} {ago}", self.reference_text(id));
            self.wizard = None;
            return self.wait(text);
        }
        if self.desk.loaded && record.record.kind == "sent_again" && *actor != self.me.name {
            let name = self.request_name(id);
            return self.wait(format!("{actor} has sent {name} as theirs; it starts once"));
        }
        let request = self.requests.get(id).filter(|r| r.owner == self.me.name);
        let news = request.is_some_and(|r| record.subject_version > r.version());
        if !self.desk.loaded
            || !news
            || *actor == self.me.name
            || record.record.kind != "taken_over"
        {
            return;
        }
        let (reference, actor) = (self.reference_text(id), actor.clone());
        let open = self.wizard.as_ref().is_some_and(|w| w.request == id);
        if !open && self.moved_with_a_shift(record) {
            // Of the whole it was said, and this would hide it.
            return;
        }
        let more = if open {
            "; what you type counts too"
        } else {
            ""
        };
        self.wait(format!("{actor} has taken {reference} over from you{more}"));
    }

    /// Whether what a record says was written as part of a shift that changed hands.
    fn moved_with_a_shift(&self, record: &Record) -> bool {
        let NewRecord {
            subject, at, actor, ..
        } = &record.record;
        let mut taken = self
            .book
            .handovers
            .values()
            .filter_map(|h| h.taken.as_ref());
        taken.any(|(when, who, taken)| {
            (when, who) == (at, actor) && taken.moved.iter().any(|it| it.subject == *subject)
        })
    }

    /// The names of what is about to move, for sentences: "R-0121 and R-0122".
    fn names(&self, owned: &[super::super::shift::Owned]) -> String {
        let names: Vec<String> = owned.iter().map(|o| o.moved.name.clone()).collect();
        super::super::words::list(&names)
    }
}

//! `update`: the only writer of the model. Each file owns one kind of event.

mod again;
mod alert_notes;
mod alerts;
mod approve;
mod call;
mod command;
mod config;
mod desk;
mod directory;
mod dispatch;
mod find;
mod fleet;
mod follow;
mod forms;
mod forms_ask;
mod hooks;
mod incident_acts;
mod incidents;
mod jobs;
mod look;
mod lost;
mod mouse;
mod navigate;
mod note;
mod overlay;
mod plan;
mod queue;
mod reply;
mod requests;
mod share;
mod shift;
mod sweep;
mod take;
mod text;
pub(super) mod waits;
mod wizard;
pub(super) mod written;

#[cfg(test)]
mod tests;

use super::{
    effect::{Call, DeskCommand, Effect, Ticket},
    model::{Demo, Env, Model},
    msg::{DemoMsg, Msg},
    overlay::{Toast, ToastKind},
    pending::{Asked, Pending},
};
use ocdeck_domain::{
    ids::{ApplianceId, RequestId},
    journal::NewRecord,
    restore::Event,
};

/// Let something happen to the model; what it wants done comes back.
pub fn update(model: &mut Model, msg: Msg, env: &Env<'_>) -> Vec<Effect> {
    model.now = env.now;
    if matches!(msg, Msg::Command(_) | Msg::Mouse(_) | Msg::Pointed(..)) {
        model.gather();
    }
    if stirs(model, &msg) {
        model.rail.touch();
        model.gathered.stir();
    }
    match msg {
        Msg::Command(command) => model.command(command, env),
        Msg::Edit(edit) => model.edit(edit),
        Msg::Paste(text) => model.paste(&text),
        Msg::Chord(chord) => model.chord = chord,
        Msg::Mouse(mouse) => model.mouse(mouse, env),
        Msg::Pointed(spot, action) => model.pointed(spot, action, env),
        Msg::Config(news) => model.configured(*news),
        Msg::Resized(columns, rows) => {
            model.size = (columns, rows);
            model.resize_note();
        }
        Msg::Tick => model.hooks_due(env),
        Msg::Fleet(news) => model.fleet_news(news, env),
        Msg::Reply(ticket, reply) => model.reply(ticket, reply, env),
        Msg::Desk(news) => model.desk_news(news, env),
        Msg::Keeping(keeper) => model.keeping(*keeper),
        Msg::HookEnded(run, outcome) => model.hook_ended(run, outcome, env),
        Msg::Found(found) => model.found(&found, env),
        Msg::Demo(news) => model.demo_news(news),
        Msg::Terminate => model.effects.push(Effect::Quit),
    }
    model.follow(env);
    std::mem::take(&mut model.effects)
}

/// Whether the clock rail, and what is gathered from everything, may be another after it; of
/// appliances their news say so, of time the clock.
fn stirs(model: &Model, msg: &Msg) -> bool {
    // What is chosen in the wizard, or in what lies over the screen, is a decision.
    let list = model.overlay.is_none() && !model.wizard_open();
    match msg {
        Msg::Tick | Msg::Fleet(_) | Msg::Chord(_) => false,
        Msg::Command(command) => !(list && command.moves()),
        _ => true,
    }
}

impl Model {
    /// Makes the lists that are gathered from everything anew where they may be others: before
    /// a person acts on them, and before they are painted. A desk says many things in one.
    pub fn gather(&mut self) {
        self.follow_shift();
        self.follow_sweep();
    }

    fn toast(&mut self, kind: ToastKind, text: impl Into<String>) {
        self.toast = Some(Toast {
            kind,
            text: text.into(),
            at: self.now,
        });
    }

    fn done(&mut self, text: impl Into<String>) {
        self.toast(ToastKind::Ok, text);
    }

    fn wait(&mut self, text: impl Into<String>) {
        self.toast(ToastKind::Wait, text);
    }

    fn bad(&mut self, text: impl Into<String>) {
        self.toast(ToastKind::Bad, text);
    }

    /// Somebody else was faster: shown one after the other.
    fn faster(&mut self, text: impl Into<String>) {
        self.desk.conflicts.push_back(text.into());
    }

    fn ticket(&mut self, appliance: Option<&ApplianceId>, what: Asked) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.pending.insert(
            ticket,
            Pending {
                at: self.now,
                appliance: appliance.cloned(),
                what,
            },
        );
        ticket
    }

    fn ask(&mut self, appliance: &ApplianceId, call: Call, what: Asked) -> Ticket {
        let ticket = self.ticket(Some(appliance), what);
        self.effects
            .push(Effect::Call(ticket, appliance.clone(), call));
        ticket
    }

    fn forget(&mut self, ticket: Option<Ticket>) {
        if let Some(ticket) = ticket.filter(|ticket| self.pending.remove(ticket).is_some()) {
            self.effects.push(Effect::Forget(ticket));
        }
    }

    fn record(&self, env: &Env<'_>, subject: RequestId, event: &Event) -> NewRecord {
        event.record((env.new_id)(), subject, env.now, &self.me.name)
    }

    fn append(&mut self, env: &Env<'_>, subject: RequestId, event: &Event) {
        let records = vec![self.record(env, subject, event)];
        self.effects
            .push(Effect::Desk(DeskCommand::Append { records }));
    }

    fn demo_news(&mut self, news: DemoMsg) {
        let demo = self.demo.get_or_insert_with(Demo::default);
        match news {
            DemoMsg::Seeding { text, done } => {
                demo.seeding = if done { String::new() } else { text }
            }
            DemoMsg::Lost { system, files } => {
                demo.compared = None;
                demo.lost = Some((system.clone(), files));
                self.done(format!(
                    "{system} is lost: {} gone",
                    super::words::files(files)
                ));
            }
            DemoMsg::Compared {
                system,
                equal,
                wrong,
            } => {
                demo.compared = Some((system.clone(), equal, wrong));
                let equal = super::words::files(equal);
                if wrong == 0 {
                    self.done(format!(
                        "{system}: {equal} back, every one equal by SHA-256"
                    ));
                } else {
                    self.bad(format!(
                        "{system}: {equal} are equal, {wrong} differ or are missing"
                    ));
                }
            }
            DemoMsg::Trouble(text) => {
                self.bad(text.clone());
                if let Some(demo) = &mut self.demo {
                    demo.trouble = Some(text);
                }
            }
        }
    }

    /// What the demo says to someone who sees it first: who is on the phone, what to press.
    pub fn demo_hint(&self) -> Option<String> {
        use super::command::Command;
        let demo = self.demo.as_ref()?;
        if !demo.seeding.is_empty() {
            return Some(format!("Demo: {}", demo.seeding));
        }
        let key = |command: Command| {
            let modes = super::command::Mode::ALL;
            modes
                .iter()
                .find_map(|mode| self.keys.key(*mode, command))
                .unwrap_or("?")
                .to_owned()
        };
        if let Some((system, equal, wrong)) = &demo.compared {
            return Some(format!(
                "Demo: {system} is back, {equal} files equal by SHA-256, {wrong} wrong."
            ));
        }
        let Some((system, _)) = &demo.lost else {
            let palette = key(Command::Palette);
            return Some(format!(
                "Demo: press {palette} and choose \"{}\": it really deletes that system's files.",
                Command::DemoLose.info().label
            ));
        };
        let (tenant, name) = system.split_once('/').unwrap_or(("", system.as_str()));
        let contact = self.directory.contacts().iter().find(|c| {
            c.may_request
                && (c.tenant.as_str() == tenant || self.directory.tenant_name(&c.tenant) == tenant)
        });
        let caller = contact.map_or("Someone", |c| c.name.as_str());
        let call = key(Command::CallCard);
        Some(format!(
            "{caller} of {tenant} is on the phone: {name} is gone. Press {call} to take the call."
        ))
    }
}

//! A command: is it on here, and whose is it?

use super::super::{
    command::Command,
    effect::Effect,
    model::{Chord, Env, Model, Pane, Screen},
    overlay::{Confirm, Confirmed, Overlay, Palette},
    pending::Asked,
};
use Command as C;

impl Model {
    pub(super) fn command(&mut self, command: Command, env: &Env<'_>) {
        self.chord = Chord::default();
        self.seen(env);
        if self.too_small() && !matches!(command, C::Quit | C::Redraw | C::Suspend) {
            // Nobody sees what it would do; the screen says that it waits for a larger window.
            return;
        }
        if matches!(command, C::Redraw | C::Suspend) {
            // The terminal's own matters: whatever lies over the screen stays.
            return self.run(command, env);
        }
        if let Some(edit) = command.edit() {
            return self.edit(edit);
        }
        if self.overlay.is_some() && self.overlay_command(command, env) {
            return;
        }
        if self.overlay.is_none() {
            if let Some(why) = self.why_not(command) {
                // Nothing opens here: "stop", not "stop…".
                let name = command.info().label.trim_end_matches('…');
                return self.bad(format!("{name}: {why}"));
            }
            if self.wizard_open() && self.wizard_command(command, env) {
                return;
            }
            if self.filter_command(command) {
                return;
            }
            if self.sweep_open() && self.sweep_command(command, env) {
                return;
            }
            if self.screen == Screen::Shift && self.shift_command(command, env) {
                return;
            }
        }
        self.overlay = None;
        self.run(command, env);
    }

    /// Commands that mean the same on every screen, then those of lists.
    fn run(&mut self, command: Command, env: &Env<'_>) {
        match command {
            C::ScreenFleet => self.show(Screen::Fleet),
            C::ScreenJobs => self.show(Screen::Jobs),
            C::ScreenAlerts => self.show(Screen::Alerts),
            C::ScreenRestores => self.show(Screen::Restores),
            C::ScreenIncidents => self.show(Screen::Incidents),
            C::ScreenShift => self.show_shift(),
            C::SweepBegin => self.begin_sweep(env),
            C::CallCard => drop(self.open_call(None, env)),
            C::NewRestore if self.screen == Screen::Incidents => self.restore_for_incident(env),
            C::NewRestore => drop(self.open_call(self.selected_system(), env)),
            C::Find => self.open_find(),
            C::UrgentClock => self.urgent_clock(env),
            C::Palette => {
                self.overlay = Some(Overlay::Palette(Palette::default()));
                self.search_palette();
            }
            C::ShowConfig => self.overlay = Some(Overlay::Config(0)),
            C::Help => self.overlay = Some(Overlay::Help(0)),
            C::Actions => self.open_actions(),
            C::Redraw => self.effects.push(Effect::Redraw),
            C::Suspend => self.effects.push(Effect::Suspend),
            C::Quit => self.quit(),
            C::ToggleTree => self.toggle_tree(),
            C::Zoom => self.zoom = !self.zoom,
            C::CopyId => self.copy_id(),
            C::Redial => self.redial(),
            C::JobStart => {
                if let Some(id) = self.jobs.selected.clone() {
                    self.start_job(id, "");
                }
            }
            C::JobRetry => self.retry_job(),
            C::JobStop => self.ask_stop(),
            C::Continue => self.with_selected_request(|model, id| model.continue_request(id, env)),
            C::Approve => self.with_selected_request(|model, id| model.ask_decide(id, true)),
            C::Reject => self.with_selected_request(|model, id| model.ask_decide(id, false)),
            C::SendAsMine => self.with_selected_request(Self::ask_send),
            C::TakeBack => self.with_selected_request(Self::take_back),
            C::Validate => self.with_selected_request(Self::ask_validate),
            C::Close => self.with_selected_request(|model, id| model.ask_close(id, env)),
            C::NoteRequest => self.with_selected_request(Self::ask_request_note),
            C::CancelRestore => self.with_selected_request(Self::ask_cancel),
            C::Escalate if self.screen == Screen::Restores => {
                self.with_selected_request(|m, id| {
                    m.ask_escalate(super::super::form::FormFor::EscalateRequest(id));
                })
            }
            C::IncidentWait if self.screen == Screen::Restores => {
                self.with_selected_request(|model, id| model.wait_or_go_on(id, env));
            }
            other if self.screen == Screen::Alerts && self.alert_command(other, env) => {}
            other if self.incident_command(other, env) => {}
            C::DemoLose => {
                let name = super::super::command::Command::DemoLose.info().label;
                self.overlay = Some(Overlay::Confirm(Confirm {
                    title: name.to_owned(),
                    text: "Everything below the root of acme/erp01 is really deleted. Its restore points stay.".to_owned(),
                    yes: "delete it",
                    action: Confirmed::DemoLose,
                }));
            }
            other => self.navigate(other, env),
        }
    }

    pub(super) fn show(&mut self, screen: Screen) {
        self.screen = screen;
        self.zoom = false;
        self.focus = match screen {
            Screen::Fleet => Pane::Tree,
            _ => Pane::Main,
        };
        if screen == Screen::Alerts {
            // Nobody reads there yet: nothing moves under a cursor.
            self.show_new();
        }
    }

    fn toggle_tree(&mut self) {
        self.show_tree = !self.show_tree;
        if !self.panes().contains(&self.focus) {
            self.focus = Pane::Main;
        }
    }

    fn quit(&mut self) {
        let Some((why, _)) = self.desk.trouble.as_ref().filter(|_| self.desk.waiting > 0) else {
            return self.effects.push(Effect::Quit);
        };
        let waits = match self.desk.unkept {
            false => "What waits for it is kept in the state folder and written by the next start",
            true => "What waits for it is kept nowhere else and is lost then",
        };
        self.overlay = Some(Overlay::Confirm(Confirm {
            title: "Quit".to_owned(),
            text: format!(
                "The desk cannot be written ({why}). {waits}; a dispatch that waits is not sent."
            ),
            yes: "quit",
            action: Confirmed::Quit,
        }));
    }

    fn redial(&mut self) {
        if let Some(id) = self.selected_appliance().cloned() {
            self.wait(format!("dialling {id}"));
            self.effects.push(Effect::Redial(id));
        }
    }

    fn copy_id(&mut self) {
        let Some(text) = self.selected_id() else {
            return self.bad("nothing is selected");
        };
        let ticket = self.ticket(None, Asked::Copy(text.clone()));
        self.effects.push(Effect::Copy(ticket, text));
    }

    fn selected_id(&self) -> Option<String> {
        if self.focus == Pane::Tree && self.panes().contains(&Pane::Tree) {
            return self.scope().map(|node| match node {
                ocdeck_domain::fleet::Node::Party(id) => id.to_string(),
                ocdeck_domain::fleet::Node::Tenant(id) => id.to_string(),
                ocdeck_domain::fleet::Node::Site(id) => id.to_string(),
                ocdeck_domain::fleet::Node::Appliance(_, id) => id.to_string(),
            });
        }
        match self.screen {
            Screen::Fleet => None,
            Screen::Shift => self.shift_id(),
            Screen::Alerts if self.sweep_open() => {
                let selected = self.sweep.as_ref().and_then(|list| list.selected.as_ref());
                selected.map(ToString::to_string)
            }
            Screen::Jobs => self.jobs.selected.as_ref().map(ToString::to_string),
            Screen::Alerts => self.alerts.selected.as_ref().map(ToString::to_string),
            Screen::Restores => self.restores.selected.map(|id| {
                let reference = self.reference_text(id);
                if reference.is_empty() {
                    id.to_string()
                } else {
                    reference
                }
            }),
            Screen::Incidents => self.incidents.selected.map(|id| self.incident_name(id)),
        }
    }

    /// The key of a command as words for a sentence.
    pub(super) fn key_words(&self, command: Command) -> String {
        // What lies over the screen hides it, not what its keys are.
        let here = self.keys.key(self.mode(), command);
        let key = here.or_else(|| self.keys.key(self.mode_below(), command));
        key.map_or_else(|| format!("\"{}\"", command.info().label), str::to_owned)
    }
}

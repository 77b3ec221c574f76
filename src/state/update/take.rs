//! `Enter` in the wizard: take what is offered and go on to what is missing next.

use super::super::{
    model::{Env, Model},
    wizard::{Caller, Field, Load, Marked, Search, Step, TargetKind, Wizard, marks},
};
use ocdeck_domain::{
    facts::EntryKind,
    fleet::Contact,
    ids::{On, SystemId},
    restore::{Asked, Purpose, Request},
    text,
};

impl Model {
    pub(super) fn take(&mut self, env: &Env<'_>) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        match wizard.focus {
            Field::Caller => self.take_caller(),
            Field::Number => self.take_typed_caller(),
            Field::Kind => {
                self.take_kind(env);
                self.visit(Step::System);
            }
            Field::Reason | Field::GlassReason | Field::GlassManager | Field::GlassTime => {
                wizard.turn(1)
            }
            Field::Happened => self.take_event(),
            Field::Purpose => self.visit(Step::System),
            Field::System => self.take_system(),
            Field::Points => self.take_point(),
            Field::Browser => self.open_entry(),
            Field::Search => self.take_hit(),
            Field::Versions => self.take_version(),
            Field::Path => self.take_path(),
            Field::Target => self.take_target(),
            Field::TargetPath => self.take_target_path(),
            Field::TargetSystem => self.take_target_system(),
            Field::Policy => {
                wizard.policy = Some(wizard.policy_in_force());
                self.visit(Step::Check);
            }
            Field::Plan => self.take_plan(),
            Field::Confirm => {
                let key = self.key_words(super::super::command::Command::Dispatch);
                self.wait(format!("only {key} sends it"));
            }
            Field::Ready => self.dispatch(env),
        }
    }

    /// Take what is selected in this step, then go to the next.
    pub(super) fn next_step(&mut self, env: &Env<'_>) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        match wizard.step {
            Step::Call => {
                if wizard.caller.is_none() && !wizard.not_listed && !wizard.contacts.is_empty() {
                    self.take_caller();
                } else if wizard.not_listed {
                    self.take_typed_caller();
                }
                self.take_kind(env);
                self.visit(Step::System);
            }
            Step::System if wizard.system.is_none() => self.take_system(),
            Step::Point if wizard.point.is_none() => self.take_point(),
            Step::Where if wizard.target.is_none() => self.take(env),
            Step::Overwrite => {
                wizard.policy = Some(wizard.policy_in_force());
                self.visit(Step::Check);
            }
            Step::Check => self.take_plan(),
            Step::ReadBack => {}
            step => self.visit(Step::from_number(step.number() + 1)),
        }
    }

    /// Go to a step, and ask for what it shows.
    pub(super) fn visit(&mut self, step: Step) {
        self.with_wizard(|w| w.go(step));
        match step {
            Step::System => {
                if let Some(wizard) = &mut self.wizard {
                    wizard.refresh_systems(&self.directory, &self.fleet);
                }
            }
            Step::Point => self.ask_points(),
            Step::What => self.browse(),
            Step::Where => self.prefer_staging(),
            _ => {}
        }
    }

    /// Nothing goes onto a system that is only read: what is selected first is staging.
    fn prefer_staging(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let system = wizard.system.as_ref().and_then(|id| self.fleet.system(id));
        if system.is_some_and(|system| system.read_only) && wizard.target.is_none() {
            wizard.target_selected = TargetKind::Staging;
        }
    }

    fn take_caller(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        if wizard.not_listed {
            wizard.focus = Field::Number;
            return;
        }
        let Some(found) = wizard.contacts.get(wizard.contact_selected).cloned() else {
            if wizard.caller.is_some() {
                wizard.focus = Field::Kind;
                return;
            }
            let key = self.key_words(super::super::command::Command::NotListed);
            return self.bad(format!(
                "nobody on file fits; {key} takes the name as typed"
            ));
        };
        self.caller_on_file(found.contact, found.by_system);
    }

    /// This contact calls, found by the name of that system.
    pub(super) fn caller_on_file(&mut self, contact: Contact, by_system: Option<On<SystemId>>) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let other_tenant = wizard
            .caller
            .as_ref()
            .and_then(Caller::contact)
            .is_some_and(|c| c.tenant != contact.tenant);
        if other_tenant {
            wizard.system = None;
        }
        let may = contact.may_request;
        let name = contact.name.clone();
        wizard.caller = Some(Caller::OnFile(contact));
        wizard.systems.clear();
        wizard.refresh_systems(&self.directory, &self.fleet);
        if let Some(system) = by_system {
            wizard.system_selected = wizard
                .systems
                .iter()
                .position(|m| m.system == system)
                .unwrap_or(0);
        }
        wizard.focus = Field::Kind;
        if may {
            self.done(format!("{name} may ask for a restore"));
        } else {
            self.bad(format!(
                "{name} may not ask for a restore: ask for someone who may, or call back"
            ));
        }
    }

    fn take_typed_caller(&mut self) {
        self.with_wizard(|w| {
            let (name, number) = (w.text(Field::Caller), w.text(Field::Number));
            let (name, number) = (name.trim().to_owned(), number.trim().to_owned());
            if name.is_empty() {
                w.focus = Field::Caller;
            } else if number.is_empty() {
                w.focus = Field::Number;
            } else {
                w.caller = Some(Caller::Typed { name, number });
                w.focus = Field::Kind;
            }
        });
    }

    /// Choose what is asked as it is selected.
    pub(super) fn take_kind(&mut self, env: &Env<'_>) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        if wizard.asked == Some(wizard.kind_selected) {
            return;
        }
        let lowered = wizard.asked == Some(Asked::System);
        wizard.asked = Some(wizard.kind_selected);
        wizard.whole = wizard.kind_selected == Asked::System;
        if !lowered {
            return self.record_kind("", env);
        }
        // Lowering a priority after the first choice needs a reason.
        self.ask_lower();
    }

    fn take_event(&mut self) {
        let zone = self.wizard_zone();
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        match wizard.event_time(zone) {
            Err(why) => self.bad(why),
            Ok(event) => {
                let best = wizard
                    .points
                    .known()
                    .and_then(|p| Wizard::best_point(p, event));
                if wizard.point.is_none() {
                    wizard.point_selected = best.or(wizard.point_selected.take());
                }
                wizard.turn(1);
            }
        }
    }

    fn take_system(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let Some(found) = wizard.systems.get(wizard.system_selected).cloned() else {
            if wizard.system.is_some() {
                return self.visit(Step::Point);
            }
            return self.bad("no system fits; try another of its names");
        };
        if wizard.system.as_ref() != Some(&found.system) {
            wizard.points = Load::Nothing;
            wizard.point = None;
            wizard.point_selected = None;
            wizard.search = Search::default();
            wizard.versions = None;
            wizard.marks.clear();
            wizard.folders.clear();
            wizard.folder = b"/".to_vec();
            wizard.system = Some(found.system);
        }
        self.visit(Step::Point);
    }

    fn take_point(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let Some(point) = wizard
            .point_selected
            .clone()
            .filter(|_| wizard.points.known().is_some())
        else {
            return match &wizard.points {
                Load::Asking { .. } => self.wait("the restore points are still being asked for"),
                Load::Failed(why, _) => {
                    let why = why.clone();
                    wizard.points = Load::Nothing;
                    self.bad(why);
                    self.ask_points();
                }
                _ => self.bad("this system has no restore point"),
            };
        };
        if wizard.point.as_ref() != Some(&point) {
            wizard.point = Some(point);
            // Browsing starts where the data is, not at the root.
            let folders = wizard
                .chosen_point()
                .map(|p| p.folders.clone())
                .unwrap_or_default();
            wizard.folder = marks::common(&folders);
            wizard.entry_selected = None;
        }
        let next = if wizard.asked_whole() {
            wizard.whole = true;
            Step::Where
        } else {
            Step::What
        };
        self.visit(next);
    }

    fn open_entry(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        if wizard.whole {
            return self.visit(Step::Where);
        }
        let Some(entry) = wizard.entry().cloned() else {
            return self.browse();
        };
        if entry.kind == EntryKind::Folder {
            wizard.folder = wizard.path_of(&entry);
            wizard.entry_selected = None;
            self.browse();
        } else {
            self.mark();
        }
    }

    /// Mark what is selected, or take its mark away.
    pub(super) fn mark(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let Some(entry) = wizard.entry().cloned() else {
            return;
        };
        let path = wizard.path_of(&entry);
        let shown = text::show(&path);
        let marked = Marked::seen(wizard.point.as_ref(), entry.kind, entry.size);
        match wizard.toggle(path, marked) {
            Ok(true) => self.done(format!("{shown} marked")),
            Ok(false) => self.done(format!("{shown} no longer marked")),
            Err(why) => self.bad(why),
        }
    }

    /// One folder up.
    pub(super) fn folder_up(&mut self) {
        self.with_wizard(|w| {
            let name = w.folder.rsplit(|b| *b == b'/').next().map(<[u8]>::to_vec);
            w.folder = marks::parent(&w.folder);
            w.entry_selected = name;
        });
        self.browse();
    }

    pub(super) fn take_path(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let typed = wizard.text(Field::Path);
        if typed.trim().is_empty() {
            wizard.focus = Field::Browser;
            return;
        }
        // Several lines pasted became one: each path starts with a slash after a space.
        let mut said = Vec::new();
        for part in typed.split(" /") {
            let part = if part.trim_start().starts_with('/') {
                part.to_owned()
            } else {
                format!("/{part}")
            };
            match marks::tidy(&part) {
                Err(why) => return self.bad(why),
                Ok(path) if wizard.marks.contains_key(&path) => {}
                Ok(path) => {
                    let shown = text::show(&path);
                    if let Err(why) = wizard.toggle(path, Marked::typed()) {
                        return self.bad(why);
                    }
                    said.push(shown);
                }
            }
        }
        if let Some(line) = wizard.lines.get_mut(&Field::Path) {
            line.clear();
        }
        wizard.focus = Field::Browser;
        self.done(format!("{} marked", said.join(", ")));
    }

    fn take_target(&mut self) {
        let Some(wizard) = &self.wizard else {
            return;
        };
        let system = wizard.system.as_ref().and_then(|id| self.fleet.system(id));
        if let Some(system) = system.filter(|system| system.read_only)
            && wizard.target_selected == TargetKind::Original
        {
            let name = system.name.clone();
            return self.bad(format!(
                "{name} is only read: nothing is written onto it; choose the staging folder"
            ));
        }
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        match wizard.target_selected {
            TargetKind::OtherPath => wizard.focus = Field::TargetPath,
            TargetKind::OtherSystem => {
                wizard.focus = Field::TargetSystem;
                if wizard.target_system.is_none() {
                    self.step_target_system(0);
                }
            }
            kind => {
                wizard.target = Some(kind);
                self.visit(Step::Overwrite);
            }
        }
    }

    fn take_target_path(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        match marks::tidy(&wizard.text(Field::TargetPath)) {
            Err(why) => self.bad(why),
            Ok(_) => {
                wizard.target = Some(TargetKind::OtherPath);
                self.visit(Step::Overwrite);
            }
        }
    }

    fn take_target_system(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        if wizard.target_system.is_none() {
            return self.bad("this appliance has no other system of that tenant");
        }
        wizard.target = Some(TargetKind::OtherSystem);
        self.visit(Step::Overwrite);
    }

    /// Other systems of the same tenant on the same appliance.
    pub fn target_systems(&self) -> Vec<On<ocdeck_domain::ids::SystemId>> {
        let Some(own) = self.wizard.as_ref().and_then(|w| w.system.as_ref()) else {
            return Vec::new();
        };
        let Some(state) = self.fleet.get(&own.appliance) else {
            return Vec::new();
        };
        let tenant = state.systems.get(&own.id).map(|s| &s.tenant);
        let others = state
            .systems
            .values()
            .filter(|s| s.id != own.id && Some(&s.tenant) == tenant);
        others
            .map(|s| On::new(own.appliance.clone(), s.id.clone()))
            .collect()
    }

    /// Select the other system so many rows further down.
    pub(super) fn step_target_system(&mut self, by: isize) {
        let all = self.target_systems();
        self.with_wizard(|w| {
            let at = all
                .iter()
                .position(|s| Some(&s.id) == w.target_system.as_ref());
            let last = all.len().saturating_sub(1);
            let at = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
            w.target_system = all.get(at).map(|s| s.id.clone());
        });
    }

    fn take_plan(&mut self) {
        let Some(wizard) = &self.wizard else { return };
        match &wizard.plan.load {
            Load::Known(plan, _) => match plan.problems.first() {
                Some(problem) => {
                    let problem = text::clean(problem).into_owned();
                    self.bad(format!("it cannot start: {problem}"));
                }
                None => self.visit(Step::ReadBack),
            },
            Load::Asking { .. } => {
                self.wait("still counting; the next step opens when it is done");
                self.visit(Step::ReadBack);
            }
            Load::Failed(why, _) => {
                let why = why.clone();
                self.bad(why);
                self.plan_again();
            }
            Load::Nothing => match self.wizard_missing(wizard).into_iter().next() {
                Some(missing) => self.bad(format!(
                    "step {} still needs: {}",
                    missing.step.number(),
                    missing.text
                )),
                None => self.plan_again(),
            },
        }
    }

    /// Production or recovery test. A test has no clock: what was production becomes one with a
    /// reason, and only before anything is sent.
    pub(super) fn turn_purpose(&mut self, env: &Env<'_>) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        if wizard.purpose == Purpose::RecoveryTest {
            wizard.purpose = Purpose::Production;
            return self.record_kind("", env);
        }
        let request = self.requests.get(wizard.request);
        if request.and_then(Request::attempt).is_some() {
            return self
                .bad("it was dispatched for production: a recovery test is another request");
        }
        wizard.purpose = Purpose::RecoveryTest;
        // Before anything was chosen it is a first choice.
        if wizard.asked.is_some() {
            self.ask_lower();
        }
    }
}

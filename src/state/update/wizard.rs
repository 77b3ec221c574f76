//! Commands inside the wizard other than `Enter`.

use super::super::{
    command::Command,
    effect::Effect,
    model::{Env, Model},
    pending::Asked as Awaited,
    wizard::{Field, Step, TargetKind},
};
use ocdeck_domain::{
    priority::Priority,
    restore::{Asked, OverwritePolicy, Purpose},
};

pub(super) const KINDS: [Asked; 3] = [Asked::System, Asked::Folders, Asked::Files];

/// The item so many places from `now`, held inside.
fn step_in<T: Copy + PartialEq>(all: &[T], now: T, by: isize) -> T {
    let at = all.iter().position(|x| *x == now).unwrap_or(0);
    let at = at
        .saturating_add_signed(by)
        .min(all.len().saturating_sub(1));
    all.get(at).copied().unwrap_or(now)
}

fn step_number(now: usize, by: isize, count: usize) -> usize {
    now.saturating_add_signed(by).min(count.saturating_sub(1))
}

impl Model {
    /// Whether the command was one of the wizard's.
    pub(super) fn wizard_command(&mut self, command: Command, env: &Env<'_>) -> bool {
        use Command as C;
        let page = isize::from(i16::try_from(self.size.1 / 3).unwrap_or(10).max(1));
        match command {
            C::Open => self.take(env),
            C::Back => {
                if !self.leave_look() {
                    self.park(env);
                }
            }
            C::Up => self.wizard_step(-1, env),
            C::Down => self.wizard_step(1, env),
            C::PageUp => self.wizard_step(-page, env),
            C::PageDown => self.wizard_step(page, env),
            C::First => self.wizard_step(isize::MIN / 2, env),
            C::Last => self.wizard_step(isize::MAX / 2, env),
            C::Left => self.wizard_side(false, env),
            C::Right => self.wizard_side(true, env),
            C::NextField | C::PreviousField if self.searching() => self.turn_points(),
            C::NextField | C::NextPane => self.with_wizard(|w| w.turn(1)),
            C::PreviousField | C::PreviousPane => self.with_wizard(|w| w.turn(-1)),
            C::NextStep => self.next_step(env),
            C::PreviousStep => {
                let back = self
                    .wizard
                    .as_ref()
                    .map_or(1, |w| w.step.number().saturating_sub(1).max(1));
                self.visit(Step::from_number(back));
            }
            C::StepCall => self.visit(Step::Call),
            C::StepSystem => self.visit(Step::System),
            C::StepPoint => self.visit(Step::Point),
            C::StepWhat => self.visit(Step::What),
            C::StepWhere => self.visit(Step::Where),
            C::StepOverwrite => self.visit(Step::Overwrite),
            C::StepCheck => self.visit(Step::Check),
            C::StepReadBack => self.visit(Step::ReadBack),
            C::CallBack => self.call_back(env),
            C::NotListed => self.not_listed(),
            C::Urgent => self.turn_urgent(env),
            C::NotRestore => {
                let request = self.wizard.as_ref().map(|w| w.request);
                self.ask_report(None, request);
            }
            C::Mark => self.wizard_mark(env),
            C::WholeSystem => self.turn_whole(),
            C::Search => self.open_search(),
            C::Versions => self.open_versions(),
            C::DropAbsent => self.drop_absent(),
            C::TypePath => self.with_wizard(|w| {
                w.go(Step::What);
                w.focus = Field::Path;
            }),
            C::PlanAgain => self.plan_again(),
            C::BreakGlass => self.turn_glass(),
            C::CopySentence => self.copy_sentence(),
            C::Dispatch => self.dispatch(env),
            _ => return false,
        }
        true
    }

    fn wizard_step(&mut self, by: isize, _env: &Env<'_>) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        match wizard.focus {
            Field::Caller => {
                wizard.contact_selected =
                    step_number(wizard.contact_selected, by, wizard.contacts.len());
            }
            Field::Kind => wizard.kind_selected = step_in(&KINDS, wizard.kind_selected, by),
            Field::System => {
                wizard.system_selected =
                    step_number(wizard.system_selected, by, wizard.systems.len());
            }
            Field::Points => {
                let points = wizard.points.known().map(Vec::as_slice).unwrap_or_default();
                let at = points
                    .iter()
                    .position(|p| Some(&p.id) == wizard.point_selected.as_ref());
                let at = step_number(at.unwrap_or(0), by, points.len());
                wizard.point_selected = points.get(at).map(|p| p.id.clone());
            }
            Field::Browser => {
                let entries = wizard
                    .entries()
                    .and_then(|l| l.known())
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let at = entries
                    .iter()
                    .position(|e| Some(&e.name) == wizard.entry_selected.as_ref());
                let at = step_number(at.unwrap_or(0), by, entries.len());
                wizard.entry_selected = entries.get(at).map(|e| e.name.clone());
            }
            Field::Search => wizard.search.step(by),
            Field::Versions => {
                if let Some(versions) = &mut wizard.versions {
                    versions.selected = step_number(versions.selected, by, versions.rows.len());
                }
            }
            Field::Target => {
                let selected = step_in(&TargetKind::ALL, wizard.target_selected, by);
                if selected != wizard.target_selected {
                    wizard.target_selected = selected;
                    wizard.target = None;
                }
            }
            Field::TargetSystem => self.step_target_system(by),
            Field::Policy => {
                let selected = step_in(&OverwritePolicy::ALL, wizard.policy_in_force(), by);
                wizard.policy_selected = Some(selected);
                wizard.policy = None;
            }
            Field::Plan => {
                let count = wizard.current_plan().map_or(0, |p| p.entries.len());
                wizard.plan_selected = step_number(wizard.plan_selected, by, count);
            }
            _ => wizard.turn(by.signum()),
        }
    }

    fn wizard_side(&mut self, right: bool, env: &Env<'_>) {
        let focus = self.wizard.as_ref().map(|w| w.focus);
        match (focus, right) {
            (Some(Field::Browser), false) => self.folder_up(),
            (Some(Field::Browser), true) => self.take(env),
            (Some(Field::Purpose), _) => self.turn_purpose(env),
            _ => {}
        }
    }

    fn wizard_mark(&mut self, env: &Env<'_>) {
        match self.wizard.as_ref().map(|w| w.focus) {
            Some(Field::Browser) => self.mark(),
            Some(Field::Purpose) => self.turn_purpose(env),
            Some(Field::Kind) => self.take_kind(env),
            _ => {}
        }
    }

    /// The whole system instead of marks, or back.
    fn turn_whole(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        wizard.whole = !wizard.whole;
        let text = if wizard.whole {
            "the whole system: all its protected folders"
        } else {
            "only what is marked"
        };
        self.done(text);
    }

    /// As urgent as a whole system, or back to the kind's own priority.
    fn turn_urgent(&mut self, env: &Env<'_>) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        if wizard.asked.is_none() {
            wizard.asked = Some(wizard.kind_selected);
            wizard.whole = wizard.kind_selected == Asked::System;
        }
        if wizard.asked == Some(Asked::System) || wizard.purpose == Purpose::RecoveryTest {
            return self.bad("a whole system is P1 already, a recovery test has no clock");
        }
        if wizard.priority == Some(Priority::P1) {
            wizard.priority = None;
            return self.ask_lower();
        }
        wizard.priority = Some(Priority::P1);
        self.record_kind("the client calls it urgent", env);
        self.say_when_written("P1 from the start of the call, as the client says");
    }

    fn turn_glass(&mut self) {
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        wizard.break_glass = !wizard.break_glass;
        wizard.go(Step::ReadBack);
    }

    fn copy_sentence(&mut self) {
        let Some(wizard) = &self.wizard else { return };
        let text = self.read_back_text(wizard);
        let ticket = self.ticket(None, Awaited::Copy("the sentence".to_owned()));
        self.effects.push(Effect::Copy(ticket, text));
    }
}

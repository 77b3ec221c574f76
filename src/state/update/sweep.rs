//! The sweep: begun once for everybody, looks stamped with who and when, ended with what is
//! left.

use super::super::{
    command::Command,
    effect::{DeskCommand, Effect},
    model::{Env, Model, Pane, Screen},
    overlay::{Ask, AskFor, Confirm, Confirmed, Overlay},
    sweep::SweepList,
};
use ocdeck_domain::{
    ids::{JobId, On, SweepId},
    sweep::{Event, next},
    words,
};

impl Model {
    fn append_sweep(&mut self, env: &Env<'_>, sweep: SweepId, event: &Event) {
        let record = event.record((env.new_id)(), sweep, env.now, &self.me.name);
        self.effects.push(Effect::Desk(DeskCommand::Append {
            records: vec![record],
        }));
    }

    /// Why this person makes no sweep.
    pub(in crate::state) fn sweep_off(&self) -> Option<String> {
        let role = self.role_off(&["technician", "duty_manager", "engineer", "reseller"]);
        role.or_else(|| self.desk.unread())
    }

    /// Why the selected job cannot be stamped.
    pub(in crate::state) fn stamp_off(&self) -> Option<String> {
        let ended = self.sweep().is_none_or(|sweep| !sweep.is_open());
        if ended {
            return Some("this sweep has ended".to_owned());
        }
        let list = self.sweep.as_ref()?;
        list.selected
            .is_none()
            .then(|| "no job is selected".to_owned())
    }

    /// Why nothing can be stamped in one go.
    pub(in crate::state) fn stamp_green_off(&self) -> Option<String> {
        self.stamp_off().or_else(|| {
            self.green_jobs()
                .is_empty()
                .then(|| "no job here is green and not looked at".to_owned())
        })
    }

    /// Why the sweep cannot be ended.
    pub(in crate::state) fn end_sweep_off(&self) -> Option<String> {
        let open = self.sweep().is_some_and(|sweep| sweep.is_open());
        (!open).then(|| "this sweep has ended".to_owned())
    }

    /// Go on with the sweep that goes on, or begin one.
    pub(super) fn begin_sweep(&mut self, env: &Env<'_>) {
        let open = self.sweeps_stand(env.now).open;
        let id = open.unwrap_or_else(|| next(&self.book.sweeps, env.now, &self.policy.sweep));
        if open.is_none() {
            self.append_sweep(env, id, &Event::Begun);
        }
        self.sweep = Some(SweepList {
            sweep: Some(id),
            ..SweepList::default()
        });
        self.screen = Screen::Alerts;
        self.focus = Pane::Main;
        self.zoom = false;
        let by = open.and_then(|id| self.book.sweeps.get(&id)?.begun.clone());
        match by {
            Some((_, by)) if by != self.me.name => {
                self.done(format!("the sweep that {by} began goes on"));
            }
            Some(_) => self.done("the sweep goes on"),
            None => self.say_when_written("a sweep has begun: look at each job, then stamp it"),
        }
    }

    /// Commands of the sweep; whether it took this one.
    pub(super) fn sweep_command(&mut self, command: Command, env: &Env<'_>) -> bool {
        use Command as C;
        let page = isize::from(i16::try_from(self.size.1 / 2).unwrap_or(20).max(1));
        match command {
            C::Up => self.step_sweep(-1),
            C::Down => self.step_sweep(1),
            C::PageUp => self.step_sweep(-page),
            C::PageDown => self.step_sweep(page),
            C::First => self.step_sweep(isize::MIN / 2),
            C::Last => self.step_sweep(isize::MAX / 2),
            C::Stamp | C::Open => self.stamp(env),
            C::StampGreen => self.stamp_green(env),
            C::Finding => self.ask_finding(),
            C::EndSweep => self.ask_end_sweep(env),
            C::Back => self.leave_sweep(),
            _ => return false,
        }
        true
    }

    fn leave_sweep(&mut self) {
        let filter = self.sweep.as_mut().map(|list| &mut list.filter);
        if let Some(filter) = filter.filter(|filter| filter.is_on()) {
            filter.input.clear();
            return;
        }
        let open = self.sweep().is_some_and(|sweep| sweep.is_open());
        self.sweep = None;
        if open {
            self.done("the sweep stays open; anyone goes on with it");
        }
    }

    fn step_sweep(&mut self, by: isize) {
        let Some(list) = &mut self.sweep else { return };
        let at = list.selected.as_ref();
        let at = at.and_then(|id| list.rows.iter().position(|row| row == id));
        let last = list.rows.len().saturating_sub(1);
        let next = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
        list.selected = list.rows.get(next).cloned();
    }

    fn stamp_jobs(&mut self, env: &Env<'_>, jobs: Vec<On<JobId>>, finding: Option<String>) {
        if let Some(id) = self.sweep.as_ref().and_then(|list| list.sweep) {
            self.append_sweep(env, id, &Event::Looked { jobs, finding });
        }
    }

    fn stamp(&mut self, env: &Env<'_>) {
        if let Some(why) = self.stamp_off() {
            return self.bad(why);
        }
        let Some(id) = self.sweep.as_ref().and_then(|list| list.selected.clone()) else {
            return;
        };
        // The next row of those that nobody looked at comes under the cursor.
        self.step_sweep_past(&id);
        let said = format!("{} looked at", id.id);
        self.stamp_jobs(env, vec![id], None);
        self.say_when_written(said);
    }

    /// Select the row below, before this one goes down.
    fn step_sweep_past(&mut self, id: &On<JobId>) {
        let Some(list) = &mut self.sweep else { return };
        let at = list.rows.iter().position(|row| row == id);
        let below = at.and_then(|at| list.rows.get(at + 1)).cloned();
        if let Some(below) = below {
            list.selected = Some(below);
        }
    }

    fn stamp_green(&mut self, env: &Env<'_>) {
        let jobs = self.green_jobs();
        let count = jobs.len();
        self.stamp_jobs(env, jobs, None);
        let stamped = words::counted(count as u64, "green job");
        self.say_when_written(format!("{stamped} stamped"));
    }

    fn ask_finding(&mut self) {
        let Some(id) = self.sweep.as_ref().and_then(|list| list.selected.clone()) else {
            return;
        };
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("What is wrong with {}", id.id),
            text: "It is stamped with these words; the handover shows them.".to_owned(),
            input: Default::default(),
            offers: Vec::new(),
            selected: None,
            purpose: AskFor::Finding,
        }));
    }

    /// What is wrong with the selected job.
    pub(super) fn found_in_sweep(&mut self, text: String, env: &Env<'_>) {
        let Some(id) = self.sweep.as_ref().and_then(|list| list.selected.clone()) else {
            return;
        };
        self.step_sweep_past(&id);
        let said = format!("{} looked at, noted for the handover", id.id);
        self.stamp_jobs(env, vec![id], Some(text));
        self.say_when_written(said);
    }

    /// It ends for everybody: whoever sees a part of the tree reads what is left of all of it.
    fn ask_end_sweep(&mut self, env: &Env<'_>) {
        let (of, left) = self.left_in_sweep();
        if left.jobs == 0 && left.unheard_count == 0 {
            return self.end_sweep(env);
        }
        let mut text = match left.jobs {
            0 => {
                let all = words::counted(of, "job");
                format!("Looked at: {all}, every one that is known.")
            }
            jobs => format!("{jobs} not looked at, of {of} in the whole tree."),
        };
        if left.unheard_count > 0 {
            text.push_str(&format!(" Not heard: {}.", left.names()));
        }
        text.push_str(" It ends for everybody; the handover shows what is left.");
        self.overlay = Some(Overlay::Confirm(Confirm {
            title: "End the sweep".to_owned(),
            text,
            yes: "end it",
            action: Confirmed::EndSweep,
        }));
    }

    pub(super) fn end_sweep(&mut self, env: &Env<'_>) {
        if let Some(why) = self.end_sweep_off() {
            return self.bad(why);
        }
        let (of, left) = self.left_in_sweep();
        let Some(id) = self.sweep.as_ref().and_then(|list| list.sweep) else {
            return;
        };
        let (looked, jobs) = (of.saturating_sub(left.jobs), left.jobs);
        self.append_sweep(env, id, &Event::ends(of, jobs, left.unheard));
        self.sweep = None;
        self.say_when_written(match jobs {
            0 => {
                let looked = words::counted(looked, "job");
                format!("the sweep has ended: {looked} looked at")
            }
            left => format!("the sweep has ended: {looked} of {of} looked at, {left} not"),
        });
    }
}

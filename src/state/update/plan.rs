//! What the wizard asks appliances for: points, folders, and the plan, made anew whenever
//! what it is of has changed.

use super::super::{
    effect::{Call, Ticket},
    model::Model,
    msg::{CallError, CallErrorKind},
    pending::Asked,
    wizard::{Load, Step, Wizard},
};
use ocdeck_domain::{
    facts::{Entry, PathBytes, Plan, PlanEntry, RestorePoint},
    ids::{ApplianceId, PointId},
    text,
};

/// How many entries of a plan are kept to look at.
const ENTRIES_KEPT: usize = 2_000;

pub(super) fn why(error: &CallError) -> String {
    match error.kind {
        CallErrorKind::Refused => error.text.clone(),
        CallErrorKind::TimedOut => format!("no answer in time: {}", error.text),
        CallErrorKind::LinkLost => {
            format!("link lost, asked again when it is back: {}", error.text)
        }
    }
}

impl Model {
    /// Ask for the points of the wizard's system, unless they are known.
    pub(super) fn ask_points(&mut self) {
        let Some(wizard) = &self.wizard else { return };
        let Some(system) = wizard.system.clone() else {
            return;
        };
        if matches!(wizard.points, Load::Known(..) | Load::Asking { .. }) {
            return;
        }
        if let Some(why) = self.not_up(&system.appliance) {
            let text = format!("{why}; its points are asked for when it is back");
            let load = Load::Failed(text, self.now);
            return self.with_wizard(|w| w.points = load);
        }
        let request = wizard.request;
        let ticket = self.ask(
            &system.appliance,
            Call::Points(system.id),
            Asked::Points(request),
        );
        let since = self.now;
        self.with_wizard(|w| w.points = Load::Asking { ticket, since });
    }

    /// Do something with the wizard, if it is open.
    pub(super) fn with_wizard<R>(&mut self, f: impl FnOnce(&mut Wizard) -> R) -> R
    where
        R: Default,
    {
        self.wizard.as_mut().map(f).unwrap_or_default()
    }

    fn awaited<T>(load: &Load<T>, ticket: Ticket) -> bool {
        matches!(load, Load::Asking { ticket: t, .. } if *t == ticket)
    }

    pub(super) fn points_came(
        &mut self,
        ticket: Ticket,
        result: Result<Vec<RestorePoint>, CallError>,
    ) {
        let zone = self.wizard_zone();
        let now = self.now;
        let Some(wizard) = self
            .wizard
            .as_mut()
            .filter(|w| Self::awaited(&w.points, ticket))
        else {
            return;
        };
        match result {
            Ok(mut points) => {
                points.sort_by_key(|p| std::cmp::Reverse(p.time));
                let event = wizard.event_time(zone).unwrap_or(wizard.received);
                let gone = |id: &PointId| !points.iter().any(|p| &p.id == id);
                if wizard.point.as_ref().is_some_and(gone) {
                    wizard.point = None;
                }
                if wizard.point_selected.as_ref().is_none_or(gone) {
                    wizard.point_selected = Wizard::best_point(&points, event);
                }
                let text = format!("{} restore points", points.len());
                wizard.points = Load::Known(points, now);
                self.done(text);
            }
            Err(error) => {
                wizard.points = Load::Failed(why(&error), now);
                self.bad(format!("restore points: {}", why(&error)));
            }
        }
        self.browse();
    }

    /// Ask for the browsed folder, unless it is known.
    pub(super) fn browse(&mut self) {
        let Some(wizard) = &self.wizard else { return };
        let (Some(system), Some(point)) = (wizard.system.clone(), wizard.point.clone()) else {
            return;
        };
        let folder = wizard.folder.clone();
        let key = (point.clone(), folder.clone());
        let known = wizard.folders.get(&key);
        let due = wizard.step == Step::What
            && !matches!(known, Some(Load::Known(..) | Load::Asking { .. }));
        if !due || !self.fleet.is_live(&system.appliance) {
            return;
        }
        let asked = Asked::Folder(wizard.request, point.clone(), folder.clone());
        let ticket = self.ask(
            &system.appliance,
            Call::Browse(system.id, point, folder),
            asked,
        );
        let since = self.now;
        self.with_wizard(|w| drop(w.folders.insert(key, Load::Asking { ticket, since })));
    }

    pub(super) fn folder_came(
        &mut self,
        ticket: Ticket,
        key: (PointId, PathBytes),
        result: Result<Vec<Entry>, CallError>,
    ) {
        let now = self.now;
        let Some(wizard) = &mut self.wizard else {
            return;
        };
        let begins = wizard.begins_at(&key);
        let Some(load) = wizard
            .folders
            .get_mut(&key)
            .filter(|l| Self::awaited(l, ticket))
        else {
            return;
        };
        match result {
            Ok(mut entries) => {
                entries.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
                *load = Load::Known(entries, now);
            }
            // Where browsing would begin is not in this point: restic keeps relative paths
            // as they were typed. Its top always is.
            Err(error) if begins && error.code == "NOT_FOUND" => {
                wizard.folders.remove(&key);
                wizard.see(&key.1);
                wizard.folder = b"/".to_vec();
                self.browse();
            }
            Err(error) => {
                *load = Load::Failed(why(&error), now);
                if error.code == "NOT_FOUND" && wizard.point.as_ref() == Some(&key.0) {
                    wizard.see(&key.1);
                }
                let folder = text::show(&key.1);
                self.bad(format!("{folder}: {}", why(&error)));
            }
        }
    }

    /// Make the plan of what is chosen, once what and where are known. A plan of anything
    /// else is forgotten.
    pub(super) fn follow_plan(&mut self) {
        let Some(wizard) = &self.wizard else { return };
        let reference = self.reference_text(wizard.request);
        let order = wizard
            .order(&reference)
            // The appliance refuses a plan without a number: it comes from the desk at once.
            .filter(|_| !reference.is_empty())
            .filter(|_| wizard.step >= Step::Where || wizard.plan.order.is_some());
        if order == wizard.plan.order {
            return;
        }
        let old = match wizard.plan.load {
            Load::Asking { ticket, .. } => Some(ticket),
            _ => None,
        };
        let same_but_policy = match (&order, &wizard.plan.order) {
            (Some(a), Some(b)) => a.paths == b.paths && a.target == b.target && a.point == b.point,
            _ => false,
        };
        let appliance = wizard.system.as_ref().map(|s| s.appliance.clone());
        let request = wizard.request;
        self.forget(old);
        self.with_wizard(|w| {
            w.forget_plan();
            if !same_but_policy {
                w.plan.outlooks.clear();
            }
        });
        let (Some(order), Some(appliance)) = (order, appliance) else {
            return;
        };
        if !self.fleet.is_live(&appliance) {
            return; // made when the link is back
        }
        let time_zone = self.wizard_zone().name().to_owned();
        let call = Call::Plan {
            order: order.clone(),
            reference,
            time_zone,
        };
        let ticket = self.ask(&appliance, call, Asked::Plan(request));
        let since = self.now;
        self.with_wizard(|w| {
            w.plan.order = Some(order);
            w.plan.load = Load::Asking { ticket, since };
            w.plan.entries = 0;
            w.plan.bytes = 0;
            w.plan.seen.clear();
        });
    }

    pub(super) fn plan_progress(&mut self, ticket: Ticket, entries: u64, bytes: u64) {
        if let Some(wizard) = self
            .wizard
            .as_mut()
            .filter(|w| Self::awaited(&w.plan.load, ticket))
        {
            wizard.plan.entries = entries;
            wizard.plan.bytes = bytes;
        }
    }

    pub(super) fn plan_entries(&mut self, ticket: Ticket, entries: Vec<PlanEntry>) {
        if let Some(wizard) = self
            .wizard
            .as_mut()
            .filter(|w| Self::awaited(&w.plan.load, ticket))
        {
            let room = ENTRIES_KEPT.saturating_sub(wizard.plan.seen.len());
            wizard.plan.seen.extend(entries.into_iter().take(room));
        }
    }

    pub(super) fn plan_came(&mut self, ticket: Ticket, result: Result<Box<Plan>, CallError>) {
        let now = self.now;
        let Some(wizard) = self
            .wizard
            .as_mut()
            .filter(|w| Self::awaited(&w.plan.load, ticket))
        else {
            return;
        };
        match result {
            Ok(mut plan) => {
                if plan.entries.is_empty() {
                    plan.entries = std::mem::take(&mut wizard.plan.seen);
                }
                wizard.plan.outlooks.clone_from(&plan.outlooks);
                let text = format!(
                    "counted: {} to write",
                    super::super::words::files(plan.written.files)
                );
                wizard.plan.load = Load::Known(*plan, now);
                // Whether a name must be typed may have changed with the plan.
                if wizard.step == Step::ReadBack && !wizard.fields().contains(&wizard.focus) {
                    wizard.go(Step::ReadBack);
                }
                self.done(text);
            }
            Err(error) => {
                wizard.plan.load = Load::Failed(why(&error), now);
                self.bad(format!("plan: {}", why(&error)));
            }
        }
    }

    /// Make the plan anew.
    pub(super) fn plan_again(&mut self) {
        self.with_wizard(Wizard::forget_plan);
        self.follow_plan();
    }

    /// The wizard's appliance is back: what failed is asked for again.
    pub(super) fn wizard_link_back(&mut self, appliance: &ApplianceId) {
        let ours = self
            .wizard
            .as_ref()
            .and_then(|w| w.system.as_ref())
            .is_some_and(|s| &s.appliance == appliance);
        if !ours {
            return;
        }
        self.with_wizard(|w| {
            if matches!(w.points, Load::Failed(..)) {
                w.points = Load::Nothing;
            }
            w.folders.retain(|_, load| matches!(load, Load::Known(..)));
            w.search.ask_again();
            if matches!(w.plan.load, Load::Failed(..)) {
                w.forget_plan();
            }
        });
        self.ask_points();
        self.browse();
    }
}

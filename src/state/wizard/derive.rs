//! What follows from what is known: the order, its plan, what confirmation it wants.

use super::{Caller, Field, Load, TargetKind, Wizard, marks::tidy, when};
use crate::state::fleet::FleetStore;
use chrono_tz::Tz;
use ocdeck_domain::{
    facts::{Plan, RestorePoint, Time},
    ids::PointId,
    restore::{Asked, Order, OverwritePolicy, Purpose, Target},
};

impl Wizard {
    /// What stands in a text field.
    pub fn text(&self, field: Field) -> String {
        self.lines
            .get(&field)
            .map(|line| line.text())
            .unwrap_or_default()
    }

    /// When the data was last good: as typed, else when the call was received.
    pub fn event_time(&self, zone: Tz) -> Result<Time, String> {
        let typed = when::parse(&self.text(Field::Happened), self.received, zone)?;
        Ok(typed.unwrap_or(self.received))
    }

    /// When the duty manager was called, as typed; a clock time of today or yesterday.
    pub fn glass_time(&self, now: Time, zone: Tz) -> Result<Option<Time>, String> {
        when::parse(&self.text(Field::GlassTime), now, zone)
    }

    /// The newest point before the event that holds what it should; else the newest before
    /// it; else the oldest.
    pub(crate) fn best_point(points: &[RestorePoint], event: Time) -> Option<PointId> {
        let before = || points.iter().filter(|p| p.time <= event);
        let best = before().filter(|p| !p.shrunk).max_by_key(|p| p.time);
        let best = best.or_else(|| before().max_by_key(|p| p.time));
        best.or_else(|| points.iter().min_by_key(|p| p.time))
            .map(|p| p.id.clone())
    }

    /// The target in force: taken, else selected.
    pub fn target_kind(&self) -> TargetKind {
        self.target.unwrap_or(self.target_selected)
    }

    /// The policy that is right unless a person says otherwise.
    pub fn default_policy(&self) -> OverwritePolicy {
        if self.whole && self.target_kind() == TargetKind::Original {
            OverwritePolicy::ReplaceChanged
        } else {
            OverwritePolicy::KeepBoth
        }
    }

    /// The policy in force: taken, else selected, else the default.
    pub fn policy_in_force(&self) -> OverwritePolicy {
        self.policy
            .or(self.policy_selected)
            .unwrap_or_else(|| self.default_policy())
    }

    /// The target, once it is whole; fails with what is missing.
    pub(crate) fn target(&self, reference: &str) -> Result<Target, String> {
        Ok(match self.target_kind() {
            TargetKind::Original => Target::Original,
            TargetKind::Staging if reference.is_empty() => {
                return Err("the request has no number yet; the desk gives it".to_owned());
            }
            TargetKind::Staging => Target::Staging(reference.to_owned()),
            TargetKind::OtherPath => Target::OtherPath(tidy(&self.text(Field::TargetPath))?),
            TargetKind::OtherSystem => Target::OtherSystem(
                self.target_system
                    .clone()
                    .ok_or("choose the other system")?,
            ),
        })
    }

    /// What would be restored with what is known, chosen or by default.
    pub(crate) fn order(&self, reference: &str) -> Option<Order> {
        let editing = matches!(self.focus, Field::TargetPath | Field::TargetSystem);
        if !self.whole && self.marks.is_empty() || editing && self.target.is_none() {
            return None;
        }
        let paths = if self.whole {
            Vec::new()
        } else {
            self.marks.keys().cloned().collect()
        };
        Some(Order {
            system: self.system.as_ref()?.id.clone(),
            point: self.point.clone()?,
            paths,
            target: self.target(reference).ok()?,
            policy: self.policy_in_force(),
        })
    }

    /// The plan of what is chosen now.
    pub fn current_plan(&self) -> Option<&Plan> {
        self.plan.load.known()
    }

    /// Whether the name of the system must be typed: the plan replaces something, or a whole
    /// system goes onto its original place.
    pub fn wants_name(&self) -> bool {
        let replaces = self.current_plan().is_some_and(|p| p.replaced.files > 0);
        let whole_original = self.whole && self.target_kind() == TargetKind::Original;
        let test_original =
            self.purpose == Purpose::RecoveryTest && self.target_kind() == TargetKind::Original;
        replaces || whole_original || test_original
    }

    /// The name of the system.
    pub fn system_name<'a>(&self, fleet: &'a FleetStore) -> &'a str {
        let system = self.system.as_ref().and_then(|id| fleet.system(id));
        system.map_or("", |s| s.name.as_str())
    }

    /// Whether the typed name is the system's; the place of it too: `acme/erp01`.
    pub fn name_typed(&self, fleet: &FleetStore) -> bool {
        let name = self.system_name(fleet);
        !name.is_empty() && self.text(Field::Confirm).trim() == name
    }

    /// What is asked fits what is chosen to restore.
    pub(crate) fn asked_whole(&self) -> bool {
        self.asked == Some(Asked::System)
    }

    /// The number to call.
    pub fn call_back_number(&self) -> &str {
        self.caller.as_ref().map_or("", Caller::number)
    }

    /// Forget the plan, because what it was of has changed.
    pub(crate) fn forget_plan(&mut self) {
        self.plan.order = None;
        self.plan.load = Load::Nothing;
        self.plan_selected = 0;
    }
}

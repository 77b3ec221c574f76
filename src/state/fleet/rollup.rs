//! Counts of what stands below a node, changed by what changes.

use super::LinkState;
use crate::state::lists::JobClass;
use ocdeck_domain::priority::Priority;

/// What stands below a node of the tree, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RollUp {
    /// Appliances.
    pub appliances: i32,
    /// Whose link is live.
    pub up: i32,
    /// Who were not heard for a while.
    pub stale: i32,
    /// Whose link is gone.
    pub down: i32,
    /// Jobs.
    pub jobs: i32,
    /// Jobs by class, in the order of [`JobClass`].
    pub classes: [i32; 7],
    /// Open alerts that are P1, P2, P3 and less.
    pub alerts: [i32; 4],
}

impl RollUp {
    /// Jobs of a class.
    pub fn class(&self, class: JobClass) -> i32 {
        self.classes.get(class as usize).copied().unwrap_or(0)
    }

    /// Failed jobs and lost appliances: the ✗ of the tree.
    pub fn bad(&self) -> i32 {
        self.class(JobClass::Failed) + self.down
    }

    /// Warnings and stale appliances: the ▲ of the tree.
    pub fn warn(&self) -> i32 {
        self.class(JobClass::Warning) + self.stale
    }

    pub(super) fn link(&mut self, link: &LinkState, by: i32) {
        match link {
            LinkState::Dialling => {}
            LinkState::Live => self.up += by,
            LinkState::Stale => self.stale += by,
            LinkState::Down { .. } => self.down += by,
        }
    }

    pub(super) fn job(&mut self, class: JobClass, by: i32) {
        self.jobs += by;
        if let Some(count) = self.classes.get_mut(class as usize) {
            *count += by;
        }
    }

    pub(super) fn alert(&mut self, priority: Option<Priority>, by: i32) {
        let at = match priority {
            Some(Priority::P1) => 0,
            Some(Priority::P2) => 1,
            Some(Priority::P3) => 2,
            Some(Priority::P4) | None => 3,
        };
        if let Some(count) = self.alerts.get_mut(at) {
            *count += by;
        }
    }
}

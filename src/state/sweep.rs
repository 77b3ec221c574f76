//! The sweep: every managed job, looked at by one of the shift and stamped. It stands on the
//! Alerts screen, over the queue.

use super::{
    fleet::LinkState,
    lists::{Filter, JobClass, holds},
    model::{Model, Screen},
};
use ocdeck_domain::{
    facts::Time,
    ids::{JobId, On, SweepId},
    sweep::{self, Left, Look, Standing, Sweep},
};

/// The list of jobs to look at.
#[derive(Clone, Debug, Default)]
pub struct SweepList {
    /// The sweep.
    pub sweep: Option<SweepId>,
    /// Jobs that pass the filter: those nobody looked at first, the most urgent on top.
    pub rows: Vec<On<JobId>>,
    /// Jobs that there are.
    pub total: usize,
    /// Of those, how many were looked at.
    pub looked: usize,
    /// The selected job.
    pub selected: Option<On<JobId>>,
    /// What rows must hold.
    pub filter: Filter,
}

impl Model {
    /// Whether the sweep fills the screen.
    pub fn sweep_open(&self) -> bool {
        self.sweep.is_some() && self.screen == Screen::Alerts
    }

    /// The sweep that is looked at.
    pub fn sweep(&self) -> Option<&Sweep> {
        self.book.sweeps.get(&self.sweep.as_ref()?.sweep?)
    }

    /// The look at a job in this sweep.
    pub fn look_at(&self, job: &On<JobId>) -> Option<&Look> {
        self.sweep()?.looked.get(job)
    }

    /// Whether a job is the operations center's to look at.
    fn is_managed(&self, id: &On<JobId>) -> bool {
        let job = self.fleet.job(id);
        let tenant = job.and_then(|job| self.directory.tenant(&job.tenant));
        tenant.is_none_or(|tenant| tenant.managed)
    }

    /// How the sweeps stand.
    pub(super) fn sweeps_stand(&self, now: Time) -> Standing {
        let since = self.desk.kept_since;
        sweep::standing(&self.book.sweeps, since, now, &self.policy.sweep)
    }

    /// How many jobs there are to look at, whatever part of the tree is shown, and what of them
    /// nobody has looked at.
    pub(super) fn left_in_sweep(&self) -> (u64, Left) {
        let all = self
            .fleet
            .job_keys()
            .filter(|(_, id, _)| self.is_managed(id));
        let (mut of, mut jobs) = (0, 0);
        for (_, id, _) in all {
            of += 1;
            jobs += u64::from(self.look_at(&id).is_none());
        }
        let unheard = self.fleet.appliances().filter(|(id, state)| {
            let mut served = self.directory.tenants_of(id).into_iter().peekable();
            let ours = served.peek().is_none()
                || served.any(|id| self.directory.tenant(&id).is_none_or(|t| t.managed));
            ours && state.link != LinkState::Live
        });
        let unheard: Vec<_> = unheard.map(|(id, _)| id.clone()).collect();
        let left = Left {
            jobs,
            unheard_count: u64::try_from(unheard.len()).unwrap_or(u64::MAX),
            unheard,
        };
        (of, left)
    }

    /// The rows of the sweep, made anew: what was looked at goes down as soon as it is.
    pub(super) fn follow_sweep(&mut self) {
        if !self.sweep_open() || !self.gathered.is_due(self.now) {
            return;
        }
        let mut all: Vec<(bool, JobClass, String, On<JobId>)> = Vec::new();
        let words = self.sweep.as_ref().map(|list| list.filter.words());
        let words = words.unwrap_or_default();
        let (mut total, mut looked) = (0, 0);
        for (_, id, job) in self.fleet.job_keys() {
            if !self.is_managed(&id) || !self.in_scope(&id.appliance, Some(&job.tenant)) {
                continue;
            }
            let done = self.look_at(&id).is_some();
            total += 1;
            looked += usize::from(done);
            let name = format!("{}/{}", self.directory.tenant_name(&job.tenant), job.id);
            let class = self.fleet.class(&id);
            if holds(&format!("{name} {} {class:?}", id.appliance), &words) {
                all.push((done, class, name, id));
            }
        }
        all.sort();
        let Some(list) = &mut self.sweep else { return };
        let stood = list.selected.as_ref();
        let stood = stood.and_then(|id| list.rows.iter().position(|row| row == id));
        list.total = total;
        list.looked = looked;
        list.rows = all.into_iter().map(|(.., id)| id).collect();
        let held = list
            .selected
            .as_ref()
            .is_some_and(|id| list.rows.contains(id));
        if !held {
            let last = list.rows.len().saturating_sub(1);
            list.selected = list.rows.get(stood.unwrap_or(0).min(last)).cloned();
        }
    }

    /// Jobs of the list that nobody looked at and whose last session was good: nothing failed,
    /// nothing unknown, nothing that runs.
    pub(super) fn green_jobs(&self) -> Vec<On<JobId>> {
        let rows = self.sweep.as_ref().map_or(&[][..], |list| &list.rows);
        let green = rows.iter().filter(|id| {
            let job = self.fleet.job(id);
            self.look_at(id).is_none()
                && self.fleet.class(id) == JobClass::Ok
                // One that never ran has shown nothing.
                && job.is_some_and(|job| job.last_end.is_some() && job.failures_in_a_row == 0)
        });
        green.cloned().collect()
    }
}

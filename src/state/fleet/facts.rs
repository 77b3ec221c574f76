//! One fact after the other: what an appliance tells, into the store and whatever is counted
//! or ordered by it.

use super::{Changes, FleetStore, Moved, RollUp, clean};
use crate::state::{
    find::{Change, Target, alert_name, job_name, system_name},
    lists::JobClass,
};
use ocdeck_domain::{
    facts::{Alert, EntityKind, Fact, Job, System},
    fleet::Directory,
    ids::{AlertId, ApplianceId, JobId, On, SessionId, SystemId},
};

impl FleetStore {
    /// One fact.
    pub fn apply(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        mut fact: Fact,
        changes: &mut Changes,
    ) {
        clean::fact(&mut fact);
        let Some(state) = self.appliances.get_mut(id) else {
            return;
        };
        match fact {
            Fact::Job(job) => self.put_job(directory, id, &job.id.clone(), Some(job), changes),
            Fact::Repository(r) => self.put_repository(directory, id, r),
            Fact::Quota(q) => self.put_quota(id, q),
            Fact::System(s) => self.put_system(directory, id, &s.id.clone(), Some(s), changes),
            Fact::Session(s) => drop(state.sessions.insert(s.id.clone(), *s)),
            Fact::Restore(r) => {
                changes.restores.insert((id.clone(), r.request, r.attempt));
                state.restores.insert((r.request, r.attempt), *r);
            }
            Fact::Alert(alert) => {
                self.put_alert(directory, id, &alert.id.clone(), Some(alert), changes)
            }
            Fact::Gone(kind, gone) => self.remove(directory, id, kind, &gone, changes),
        }
    }

    fn remove(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        kind: EntityKind,
        gone: &str,
        changes: &mut Changes,
    ) {
        let Some(state) = self.appliances.get_mut(id) else {
            return;
        };
        match kind {
            EntityKind::Repository => self.remove_repository(directory, id, gone),
            EntityKind::Quota => self.remove_quota(id, gone),
            EntityKind::System => {
                self.put_system(directory, id, &SystemId::from(gone), None, changes);
            }
            EntityKind::Session => drop(state.sessions.remove(&SessionId::from(gone))),
            EntityKind::Restore => {
                state
                    .restores
                    .retain(|(request, attempt), _| format!("{request}:{attempt}") != gone);
            }
            EntityKind::Job => self.put_job(directory, id, &JobId::from(gone), None, changes),
            EntityKind::Alert => self.put_alert(directory, id, &AlertId::from(gone), None, changes),
            EntityKind::Unknown(_) => {}
        }
    }

    fn put_system(
        &mut self,
        directory: &Directory,
        on: &ApplianceId,
        id: &SystemId,
        system: Option<System>,
        changes: &mut Changes,
    ) {
        let Some(state) = self.appliances.get_mut(on) else {
            return;
        };
        let target = || Target::System(On::new(on.clone(), id.clone()));
        let named = |was: &System, is: &System| {
            (&was.name, &was.aliases, &was.tenant) == (&is.name, &is.aliases, &is.tenant)
        };
        let was = state.systems.get(id);
        match &system {
            Some(s) if was.is_some_and(|was| named(was, s)) => {}
            Some(s) => {
                let name = system_name(directory, s);
                changes.names.push(Change::Put(target(), name));
            }
            None => changes.names.push(Change::Gone(target())),
        }
        let health = state.health();
        let to = system.as_ref().and_then(|s| state.need_of_system(on, s));
        let was = state.put_system(id, system);
        let from = was.and_then(|was| state.need_of_system(on, &was));
        self.order_need(directory, on, from.as_ref(), to.as_ref());
        self.order_health(directory, on, health);
    }

    fn put_job(
        &mut self,
        directory: &Directory,
        on: &ApplianceId,
        id: &JobId,
        job: Option<Box<Job>>,
        changes: &mut Changes,
    ) {
        let Some(state) = self.appliances.get_mut(on) else {
            return;
        };
        let job = match job {
            Some(job) => match state.progressed(job) {
                None => return,
                Some(job) => Some(job),
            },
            None => None,
        };
        let health = state.health();
        let wants = job.as_ref().and_then(|job| state.need_of_job(on, job));
        let to = job.as_ref().map(|job| state.job_key(job));
        let new_tenant = job.as_ref().map(|job| job.tenant.clone());
        let old = match job {
            Some(job) => state.jobs.insert(id.clone(), *job),
            None => state.jobs.remove(id),
        };
        let wanted = old.as_ref().and_then(|job| state.need_of_job(on, job));
        let from = old.as_ref().map(|job| state.job_key(job));
        let old_tenant = old.map(|job| job.tenant);
        if from.is_none() && to.is_none() {
            return; // It was not there.
        }
        if old_tenant != new_tenant {
            let target = Target::Job(On::new(on.clone(), id.clone()));
            let job = self.appliances.get(on).and_then(|s| s.jobs.get(id));
            changes.names.push(match job {
                Some(job) => Change::Put(target, job_name(directory, job)),
                None => Change::Gone(target),
            });
        }
        let classes = [(&from, -1), (&to, 1)];
        let classes = classes.map(|(key, by)| (key.as_ref().map(|(class, ..)| *class), by));
        let change = |rollup: &mut RollUp, (class, by): (Option<JobClass>, i32)| {
            if let Some(class) = class {
                rollup.job(class, by);
            }
        };
        if old_tenant == new_tenant {
            let nodes = self.above(directory, on, old_tenant.as_ref());
            self.count(on, &nodes, |rollup| {
                classes.into_iter().for_each(|by| change(rollup, by));
            });
        } else {
            for (tenant, by) in [&old_tenant, &new_tenant].into_iter().zip(classes) {
                if tenant.is_some() {
                    let nodes = self.above(directory, on, tenant.as_ref());
                    self.count(on, &nodes, |rollup| change(rollup, by));
                }
            }
        }
        self.order_need(directory, on, wanted.as_ref(), wants.as_ref());
        self.order_health(directory, on, health);
        changes.jobs.push(Moved {
            id: On::new(on.clone(), id.clone()),
            from,
            to,
        });
    }

    fn put_alert(
        &mut self,
        directory: &Directory,
        on: &ApplianceId,
        id: &AlertId,
        alert: Option<Alert>,
        changes: &mut Changes,
    ) {
        let Some(state) = self.appliances.get_mut(on) else {
            return;
        };
        changes.alerts.insert(On::new(on.clone(), id.clone()));
        let new = alert.clone().filter(|alert| alert.cleared.is_none());
        let old = match alert {
            Some(alert) => state.alerts.insert(id.clone(), alert),
            None => state.alerts.remove(id),
        }
        .filter(|alert| alert.cleared.is_none());
        if old.is_some() != new.is_some() {
            let target = Target::Alert(On::new(on.clone(), id.clone()));
            changes.names.push(match &new {
                Some(alert) => Change::Put(target, alert_name(directory, on, alert)),
                None => Change::Gone(target),
            });
        }
    }
}

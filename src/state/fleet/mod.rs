//! What the appliances told, by appliance, with roll-ups for each node of the tree. A batch
//! touches only the ids in it; roll-ups change by what changed, never by counting again.

mod appliance;
mod clean;
mod held;
mod replan;
mod rollup;
mod shelf;

pub use appliance::{ApplianceState, LinkState};
pub use replan::Linked;
pub use rollup::RollUp;

use super::{
    find::{Change, Target, alert_name, job_name, system_name},
    lists::{JobClass, JobKey},
};
use held::Held;
use ocdeck_domain::{
    facts::{Alert, Description, EntityKind, Fact, Job, Quota, Session, System, Time},
    fleet::{Directory, Node},
    ids::{
        AlertId, ApplianceId, JobId, On, RepositoryId, RequestId, SessionId, SystemId, TenantId,
    },
};
use rollup::RollUps;
use shelf::Shelf;
use std::{collections::BTreeSet, sync::Arc};

/// A row that moved in the order of a list: out of its old key, into its new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved<K, I> {
    /// Whose row.
    pub id: I,
    /// The tenant; `None`: the provider's own.
    pub tenant: Option<TenantId>,
    /// Where it stood.
    pub from: Option<K>,
    /// Where it stands.
    pub to: Option<K>,
}

/// What a batch changed, for the lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Jobs whose place may have changed.
    pub jobs: Vec<Moved<JobKey, On<JobId>>>,
    /// Alerts about which something is new.
    pub alerts: BTreeSet<On<AlertId>>,
    /// Appliances whose link is another, or who told everything anew.
    pub links: BTreeSet<ApplianceId>,
    /// Attempts of restores that are news.
    pub restores: BTreeSet<(ApplianceId, RequestId, u32)>,
    /// Appliances whose link became live.
    pub live: Vec<ApplianceId>,
    /// Names that came, changed or went.
    pub names: Vec<Change>,
}

/// What the appliances told.
#[derive(Debug, Default)]
pub struct FleetStore {
    appliances: Shelf,
    rollups: RollUps,
    /// Of the whole fleet, each thing once.
    total: RollUp,
}

impl FleetStore {
    /// The appliances of the directory, not heard yet.
    pub fn new(directory: &Directory, now: Time) -> Self {
        let mut store = Self::default();
        for appliance in directory.appliances() {
            store
                .appliances
                .put(appliance.id.clone(), ApplianceState::new(now));
            store.total.appliances += 1;
            let above = directory.nodes_above_appliance(&appliance.id);
            let above = store.rollups.numbers(above);
            let count = |rollup: &mut RollUp| rollup.appliances += 1;
            store.rollups.change(&above, count);
        }
        store
    }

    /// An appliance.
    pub fn get(&self, id: &ApplianceId) -> Option<&ApplianceState> {
        self.appliances.get(id)
    }

    /// An appliance with its id.
    pub fn entry(&self, id: &ApplianceId) -> Option<(&ApplianceId, &ApplianceState)> {
        self.appliances.entry(id)
    }

    /// All appliances.
    pub fn appliances(&self) -> impl Iterator<Item = (&ApplianceId, &ApplianceState)> {
        self.appliances.iter()
    }

    /// What stands below a node.
    pub fn rollup(&self, node: &Node) -> RollUp {
        self.rollups.get(node)
    }

    /// The whole fleet.
    pub fn total(&self) -> &RollUp {
        &self.total
    }

    /// Whether an appliance's link is live.
    pub fn is_live(&self, id: &ApplianceId) -> bool {
        self.get(id).is_some_and(|a| a.link == LinkState::Live)
    }

    /// A job.
    pub fn job(&self, id: &On<JobId>) -> Option<&Job> {
        self.get(&id.appliance)?.jobs.get(&id.id)
    }

    /// How urgently a job wants a look.
    pub fn class(&self, id: &On<JobId>) -> JobClass {
        let state = self.get(&id.appliance);
        state
            .and_then(|s| Some(s.class(s.jobs.get(&id.id)?)))
            .unwrap_or(JobClass::Unknown)
    }

    /// A job's place in the order.
    pub fn job_key(&self, id: &On<JobId>) -> Option<JobKey> {
        let state = self.get(&id.appliance)?;
        Some(state.job_key(state.jobs.get(&id.id)?))
    }

    /// A session.
    pub fn session(&self, id: &On<SessionId>) -> Option<&Session> {
        self.get(&id.appliance)?.sessions.get(&id.id)
    }

    /// A system.
    pub fn system(&self, id: &On<SystemId>) -> Option<&System> {
        self.get(&id.appliance)?.systems.get(&id.id)
    }

    /// All systems.
    pub fn systems(&self) -> impl Iterator<Item = (On<SystemId>, &System)> {
        self.appliances.iter().flat_map(|(appliance, state)| {
            state
                .systems
                .values()
                .map(move |system| (On::new(appliance.clone(), system.id.clone()), system))
        })
    }

    /// An alert.
    pub fn alert(&self, id: &On<AlertId>) -> Option<&Alert> {
        self.get(&id.appliance)?.alerts.get(&id.id)
    }

    /// All jobs with their place in the order.
    pub fn job_keys(&self) -> impl Iterator<Item = (JobKey, On<JobId>, &Job)> {
        self.appliances.iter().flat_map(|(appliance, state)| {
            state.jobs.values().map(move |job| {
                (
                    state.job_key(job),
                    On::new(appliance.clone(), job.id.clone()),
                    job,
                )
            })
        })
    }

    /// The quotas of a tenant, wherever they are.
    pub fn quotas(&self, tenant: &TenantId) -> impl Iterator<Item = (&ApplianceId, &Quota)> {
        self.appliances.iter().flat_map(move |(id, state)| {
            state
                .quotas
                .values()
                .filter(move |q| &q.tenant == tenant)
                .map(move |q| (id, q))
        })
    }

    /// A sign of life.
    pub fn hear(&mut self, id: &ApplianceId, at: Time) {
        if let Some(state) = self.appliances.get_mut(id) {
            state.heard = Some(at);
        }
    }

    /// Who is there.
    pub fn describe(
        &mut self,
        id: &ApplianceId,
        mut description: Box<Description>,
        offset_ms: i64,
    ) {
        clean::description(&mut description);
        if let Some(state) = self.appliances.get_mut(id) {
            state.description = Some(description);
            state.offset_ms = offset_ms;
        }
    }

    /// So many facts were not accepted.
    pub fn odd(&mut self, id: &ApplianceId, odd: Option<(u64, String)>) {
        if let Some(state) = self.appliances.get_mut(id) {
            state.odd = odd;
        }
    }

    /// The link is as it is said. All jobs behind it are unknown while it is not live.
    pub fn set_link(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        link: LinkState,
        at: Time,
        changes: &mut Changes,
    ) {
        let Some(state) = self.appliances.get_mut(id) else {
            return;
        };
        if state.link == link {
            return;
        }
        let was = std::mem::replace(&mut state.link, link.clone());
        if std::mem::discriminant(&was) != std::mem::discriminant(&link) {
            state.since = at;
        }
        changes.links.insert(id.clone());
        if link == LinkState::Live {
            changes.live.push(id.clone());
        }
        let above = self.rollups.numbers(directory.nodes_above_appliance(id));
        self.count(id, &above, |rollup| {
            rollup.link(&was, -1);
            rollup.link(&link, 1);
        });
        if was.dims() == link.dims() {
            return;
        }
        let Some(state) = self.appliances.get(id) else {
            return;
        };
        let moved: Vec<_> = state
            .jobs
            .values()
            .map(|job| {
                let to = state.job_key(job);
                let from = ApplianceState::job_key_over(&was, job);
                (job.id.clone(), job.tenant.clone(), from, to)
            })
            .collect();
        for (job, tenant, from, to) in moved {
            let above = self.above(directory, id, Some(&tenant));
            self.count(id, &above, |rollup| {
                rollup.job(from.0, -1);
                rollup.job(to.0, 1);
            });
            changes.jobs.push(Moved {
                id: On::new(id.clone(), job),
                tenant: Some(tenant),
                from: Some(from),
                to: Some(to),
            });
        }
    }

    /// Change the roll-ups of an appliance, of these nodes and of the whole fleet.
    fn count(&mut self, id: &ApplianceId, nodes: &[usize], change: impl Fn(&mut RollUp)) {
        if let Some(state) = self.appliances.get_mut(id) {
            change(&mut state.counts);
        }
        self.rollups.change(nodes, &change);
        change(&mut self.total);
    }

    /// The numbers of the nodes that something of a tenant on an appliance counts under; the
    /// tree is climbed once for each pair of them.
    fn above(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        tenant: Option<&TenantId>,
    ) -> Arc<[usize]> {
        let state = self.appliances.get_mut(id);
        if let Some(known) = state.as_ref().and_then(|state| state.above(tenant)) {
            return known;
        }
        let numbers = self.rollups.numbers(directory.nodes_above(id, tenant));
        if let Some(state) = state {
            state.above.push((tenant.cloned(), numbers.clone()));
        }
        numbers
    }

    /// Everything that an appliance holds, in place of what was held.
    pub fn snapshot(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        facts: Vec<Fact>,
        changes: &mut Changes,
    ) {
        let Some(state) = self.appliances.get(id) else {
            return;
        };
        let mut gone = Held::of(state);
        for fact in &facts {
            gone.keep(fact);
        }
        for fact in gone.tombstones().into_iter().chain(facts) {
            self.apply(directory, id, fact, changes);
        }
        if let Some(state) = self.appliances.get_mut(id) {
            state.told = true;
        }
        changes.links.insert(id.clone());
    }

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
            Fact::Repository(r) => drop(state.repositories.insert(r.id.clone(), r)),
            Fact::Quota(q) => drop(
                state
                    .quotas
                    .insert((q.tenant.clone(), q.repository.clone()), q),
            ),
            Fact::System(s) => {
                let was = state.systems.get(&s.id);
                if was.is_none_or(|was| {
                    (&was.name, &was.aliases, &was.tenant) != (&s.name, &s.aliases, &s.tenant)
                }) {
                    let target = Target::System(On::new(id.clone(), s.id.clone()));
                    let name = system_name(directory, &s);
                    changes.names.push(Change::Put(target, name));
                }
                state.put_system(s);
            }
            Fact::Session(s) => drop(state.sessions.insert(s.id.clone(), *s)),
            Fact::Restore(r) => {
                changes.restores.insert((id.clone(), r.request, r.attempt));
                state.restores.insert((r.request, r.attempt), *r);
            }
            Fact::Job(job) => self.put_job(directory, id, &job.id.clone(), Some(*job), changes),
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
            EntityKind::Repository => drop(state.repositories.remove(&RepositoryId::from(gone))),
            EntityKind::Quota => {
                state
                    .quotas
                    .retain(|(tenant, repository), _| format!("{tenant}:{repository}") != gone);
            }
            EntityKind::System => {
                let system = SystemId::from(gone);
                state.remove_system(&system);
                let target = Target::System(On::new(id.clone(), system));
                changes.names.push(Change::Gone(target));
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

    fn put_job(
        &mut self,
        directory: &Directory,
        on: &ApplianceId,
        id: &JobId,
        job: Option<Job>,
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
        let to = job.as_ref().map(|job| state.job_key(job));
        let new_tenant = job.as_ref().map(|job| job.tenant.clone());
        let old = match job {
            Some(job) => state.jobs.insert(id.clone(), job),
            None => state.jobs.remove(id),
        };
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
        changes.jobs.push(Moved {
            id: On::new(on.clone(), id.clone()),
            tenant: new_tenant.or(old_tenant),
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

//! What the appliances told, by appliance, with roll-ups for each node of the tree. A batch
//! touches only the ids in it; roll-ups change by what changed, never by counting again.

mod appliance;
mod clean;
mod facts;
mod held;
mod needs;
mod order;
mod replan;
mod rollup;
mod shelf;

pub use appliance::{ApplianceState, LinkState};
pub use needs::{Ended, Health, JobNeed, Need, Needs};
pub use replan::Linked;
pub use rollup::RollUp;

use super::{
    find::Change,
    lists::{JobClass, JobKey},
};
use held::Held;
use ocdeck_domain::{
    facts::{Alert, Description, Fact, Job, Repository, Session, System, Time},
    fleet::{Directory, Node},
    ids::{AlertId, ApplianceId, JobId, On, RequestId, SessionId, SystemId, TenantId},
};
use rollup::RollUps;
use shelf::Shelf;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// A row that moved in the order of a list: out of its old key, into its new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved<K, I> {
    /// Whose row.
    pub id: I,
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
    /// The appliances that have a quota of a tenant.
    quotas: HashMap<TenantId, BTreeSet<ApplianceId>>,
}

impl FleetStore {
    /// The appliances of the directory, not heard yet.
    pub fn new(directory: &Directory, now: Time) -> Self {
        let mut store = Self::default();
        for appliance in directory.appliances() {
            store
                .appliances
                .put(appliance.id.clone(), ApplianceState::new(now));
            let here = store.here(directory, &appliance.id);
            let count = |rollup: &mut RollUp| {
                rollup.appliances += 1;
                rollup.appliance(Health::Unheard, 1);
            };
            store.rollups.change(&here, count);
            count(&mut store.total);
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

    /// What needs a person below a node.
    pub fn needs(&self, node: &Node) -> &Needs {
        self.rollups.needs(node)
    }

    /// The repositories below a node, the fullest first.
    pub fn stores(
        &self,
        node: &Node,
    ) -> impl Iterator<Item = (&ApplianceId, &ApplianceState, &Repository)> {
        let all = self.rollups.stores(node);
        all.filter_map(|(_, appliance, repository)| {
            let state = self.get(appliance)?;
            Some((appliance, state, state.repositories.get(repository)?))
        })
    }

    /// A sign of life: its link is live.
    pub fn hear(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        at: Time,
        changes: &mut Changes,
    ) {
        let Some(state) = self.appliances.get_mut(id) else {
            return;
        };
        state.heard = Some(at);
        if state.link != LinkState::Live {
            self.set_link(directory, id, LinkState::Live, at, changes);
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
        let (health, needs) = (state.health(), state.needs(id));
        let was = std::mem::replace(&mut state.link, link.clone());
        if std::mem::discriminant(&was) != std::mem::discriminant(&link) {
            state.since = at;
        }
        changes.links.insert(id.clone());
        if link == LinkState::Live {
            changes.live.push(id.clone());
        }
        let here = self.here(directory, id);
        self.count(id, &here, |rollup| {
            rollup.link(&was, -1);
            rollup.link(&link, 1);
        });
        if was.dims() != link.dims() {
            self.move_all_jobs(directory, id, &was, changes);
        }
        self.order_anew(directory, id, needs);
        self.order_health(directory, id, health);
    }

    /// The jobs of an appliance go to other places, for its link was as it is told and is now
    /// another.
    fn move_all_jobs(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        was: &LinkState,
        changes: &mut Changes,
    ) {
        let Some(state) = self.appliances.get(id) else {
            return;
        };
        let moved: Vec<_> = state
            .jobs
            .values()
            .map(|job| {
                let to = state.job_key(job);
                let from = ApplianceState::job_key_over(was, job);
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
}

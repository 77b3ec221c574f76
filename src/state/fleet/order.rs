//! Keeping in order what [`needs`](super::needs) has: by what changed, never by looking again.

use super::{
    ApplianceState, FleetStore, RollUp,
    needs::{Fill, Health, Need, fill},
};
use ocdeck_domain::{
    facts::{Quota, Repository},
    fleet::{Directory, Node},
    ids::{ApplianceId, RepositoryId, TenantId},
};
use std::sync::Arc;

impl FleetStore {
    /// The appliances of which jobs count under a node; `None`: all.
    pub fn with_jobs_at(
        &self,
        node: Option<&Node>,
    ) -> impl Iterator<Item = (&ApplianceId, &ApplianceState)> {
        let at = node.map(|node| self.rollups.number(node));
        let counts = move |state: &ApplianceState| match at {
            None => true,
            Some(None) => false,
            Some(Some(number)) => state.counts_at(number),
        };
        self.appliances().filter(move |(_, state)| counts(state))
    }

    /// The numbers of the nodes that an appliance itself counts under.
    pub(super) fn here(&mut self, directory: &Directory, id: &ApplianceId) -> Arc<[usize]> {
        let state = self.appliances.get_mut(id);
        if let Some(known) = state.as_ref().and_then(|state| state.here.clone()) {
            return known;
        }
        let numbers = self.rollups.numbers(directory.nodes_above_appliance(id));
        if let Some(state) = state {
            state.here = Some(numbers.clone());
        }
        numbers
    }

    fn nodes_of(&mut self, directory: &Directory, id: &ApplianceId, need: &Need) -> Arc<[usize]> {
        match need.tenant() {
            Some(tenant) => self.above(directory, id, Some(tenant)),
            None => self.here(directory, id),
        }
    }

    pub(super) fn order_need(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        from: Option<&Need>,
        to: Option<&Need>,
    ) {
        if from == to {
            return;
        }
        if let Some(need) = from {
            let nodes = self.nodes_of(directory, id, need);
            self.rollups.take_need(&nodes, need);
        }
        if let Some(need) = to {
            let nodes = self.nodes_of(directory, id, need);
            self.rollups.put_need(&nodes, need);
        }
    }

    /// What an appliance wanted of a person becomes what it wants now.
    pub(super) fn order_anew(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        wanted: Vec<Need>,
    ) {
        let wants = self.get(id).map(|state| state.needs(id));
        for need in &wanted {
            self.order_need(directory, id, Some(need), None);
        }
        for need in wants.iter().flatten() {
            self.order_need(directory, id, None, Some(need));
        }
    }

    /// An appliance that was so is counted as it is now.
    pub(super) fn order_health(&mut self, directory: &Directory, id: &ApplianceId, was: Health) {
        let Some(health) = self.get(id).map(|state| state.health()) else {
            return;
        };
        if health != was {
            let here = self.here(directory, id);
            let change = |rollup: &mut RollUp| {
                rollup.appliance(was, -1);
                rollup.appliance(health, 1);
            };
            self.rollups.change(&here, change);
            change(&mut self.total);
        }
    }

    pub(super) fn put_repository(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        repository: Repository,
    ) {
        let here = self.here(directory, id);
        let to = fill(id, &repository);
        let Some(state) = self.appliances.get_mut(id) else {
            return;
        };
        let was = state.repositories.insert(repository.id.clone(), repository);
        let from: Option<Fill> = was.map(|was| fill(id, &was));
        if from.as_ref() == Some(&to) {
            return;
        }
        if let Some(from) = from {
            self.rollups.take_store(&here, &from);
        }
        self.rollups.put_store(&here, &to);
    }

    pub(super) fn remove_repository(
        &mut self,
        directory: &Directory,
        id: &ApplianceId,
        repository: &str,
    ) {
        let here = self.here(directory, id);
        let state = self.appliances.get_mut(id);
        if let Some(was) = state.and_then(|state| state.repositories.remove(&repository.into())) {
            self.rollups.take_store(&here, &fill(id, &was));
        }
    }

    /// The quotas of a tenant, wherever they are.
    pub fn quotas(&self, tenant: &TenantId) -> impl Iterator<Item = (&ApplianceId, &Quota)> {
        let on = self.quotas.get(tenant).into_iter().flatten();
        let states = on.filter_map(|id| self.entry(id));
        states
            .flat_map(|(id, state)| state.quotas.values().map(move |quota| (id, quota)))
            .filter(move |(_, quota)| &quota.tenant == tenant)
    }

    pub(super) fn put_quota(&mut self, id: &ApplianceId, quota: Quota) {
        let of = self.quotas.entry(quota.tenant.clone()).or_default();
        of.insert(id.clone());
        if let Some(state) = self.appliances.get_mut(id) {
            let key = (quota.tenant.clone(), quota.repository.clone());
            state.quotas.insert(key, quota);
        }
    }

    pub(super) fn remove_quota(&mut self, id: &ApplianceId, gone: &str) {
        let Some(state) = self.appliances.get_mut(id) else {
            return;
        };
        let named = |(tenant, repository): &(TenantId, RepositoryId)| {
            format!("{tenant}:{repository}") == gone
        };
        let Some(key) = state.quotas.keys().find(|key| named(key)).cloned() else {
            return;
        };
        state.quotas.remove(&key);
        let left = state.quotas.keys().any(|(tenant, _)| *tenant == key.0);
        if let Some(of) = self.quotas.get_mut(&key.0).filter(|_| !left) {
            of.remove(id);
        }
    }

    /// Everything that an appliance holds, under a directory that is new.
    pub(super) fn order_all(&mut self, directory: &Directory, id: &ApplianceId) {
        self.order_anew(directory, id, Vec::new());
        // As every appliance is counted that a directory names.
        self.order_health(directory, id, Health::Unheard);
        let here = self.here(directory, id);
        let stores = self.appliances.get(id);
        let stores = stores
            .into_iter()
            .flat_map(|state| state.repositories.values());
        let fills: Vec<Fill> = stores.map(|repository| fill(id, repository)).collect();
        for full in fills {
            self.rollups.put_store(&here, &full);
        }
        let quotas = self.appliances.get(id).map(|state| &state.quotas);
        for (tenant, _) in quotas.into_iter().flat_map(|quotas| quotas.keys()) {
            let of = self.quotas.entry(tenant.clone()).or_default();
            of.insert(id.clone());
        }
    }
}

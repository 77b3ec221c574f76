//! News of the links: facts into the store, rows into the lists, witnesses onto the desk.

use super::super::{
    effect::{Effect, Ring, RingWhy},
    fleet::{Changes, LinkState, Moved},
    lists::{JobClass, JobKey, Rows, holds},
    model::{Env, Model},
    msg::{FleetMsg, LinkNews},
};
use ocdeck_domain::{
    facts::Fact,
    fleet::Node,
    ids::{ApplianceId, JobId, On, TenantId},
};
use std::collections::BTreeMap;

impl Model {
    pub(super) fn fleet_news(&mut self, news: Vec<FleetMsg>, env: &Env<'_>) {
        let mut changes = Changes::default();
        let mut systems_changed = false;
        for FleetMsg {
            appliance,
            at,
            news,
        } in news
        {
            let id = &appliance;
            systems_changed |= matches!(&news, LinkNews::Snapshot(_))
                || matches!(&news, LinkNews::Delta(facts) if facts.iter().any(|f| matches!(f, Fact::System(_))));
            let (store, directory) = (&mut self.fleet, &self.directory);
            match news {
                LinkNews::Dialling => {
                    // A link that is down stays so on screen until somebody answers.
                    if !matches!(
                        store.get(id).map(|a| &a.link),
                        Some(LinkState::Down { .. } | LinkState::Stale)
                    ) {
                        store.set_link(directory, id, LinkState::Dialling, at, &mut changes);
                    }
                }
                LinkNews::Live {
                    description,
                    offset_ms,
                } => {
                    store.describe(id, description, offset_ms);
                    store.hear(directory, id, at, &mut changes);
                }
                LinkNews::Snapshot(facts) => {
                    store.hear(directory, id, at, &mut changes);
                    store.snapshot(directory, id, facts, &mut changes);
                    store.odd(id, None);
                }
                LinkNews::Delta(facts) => {
                    store.hear(directory, id, at, &mut changes);
                    for fact in facts {
                        store.apply(directory, id, fact, &mut changes);
                    }
                }
                LinkNews::Odd { count, example } => {
                    let example = ocdeck_domain::text::clean(&example).into_owned();
                    store.odd(id, Some((count, example)));
                }
                LinkNews::Heard => {
                    store.hear(directory, id, at, &mut changes);
                }
                LinkNews::Silent => {
                    store.set_link(directory, id, LinkState::Stale, at, &mut changes)
                }
                LinkNews::Down { why, retry_at } => {
                    let why = ocdeck_domain::text::clean(&why).into_owned();
                    store.set_link(
                        directory,
                        id,
                        LinkState::Down { why, retry_at },
                        at,
                        &mut changes,
                    );
                }
            }
        }
        if changes != Changes::default() {
            self.gathered.fall_behind();
        }
        self.untold.changes.append(&mut changes.names);
        self.move_jobs(changes.jobs);
        for alert in &changes.alerts {
            self.judge_later(alert.clone());
        }
        self.alerts.touched.append(&mut changes.alerts);
        for appliance in &changes.links {
            self.touch_appliance(appliance);
        }
        for (appliance, request, attempt) in changes.restores {
            self.witness(&appliance, request, attempt, env);
            self.approval_news(&appliance, request, attempt);
        }
        for appliance in &changes.live {
            self.link_came_back(appliance, env);
        }
        if let Some(wizard) = self.wizard.as_mut().filter(|_| systems_changed) {
            wizard.refresh_contacts(&self.directory, &self.fleet);
            wizard.refresh_systems(&self.directory, &self.fleet);
        }
    }

    /// Whether something of a tenant on an appliance stands in the scope.
    pub(in crate::state) fn in_scope(
        &self,
        appliance: &ApplianceId,
        tenant: Option<&TenantId>,
    ) -> bool {
        self.stands_below(self.scope(), appliance, tenant)
    }

    /// Whether it stands below a node; `None`: there are no nodes.
    fn stands_below(
        &self,
        node: Option<&Node>,
        appliance: &ApplianceId,
        tenant: Option<&TenantId>,
    ) -> bool {
        match node {
            None => true,
            Some(Node::Appliance(site, id)) if id == appliance => {
                let of_site = site
                    .as_ref()
                    .and_then(|s| Some(self.directory.site(s)?.tenant.clone()));
                of_site.is_none() || tenant.is_none() || of_site.as_ref() == tenant
            }
            Some(Node::Appliance(..)) => false,
            Some(scope) => self.directory.counts_under(appliance, tenant, scope),
        }
    }

    /// Whether a job passes the filter.
    pub(super) fn passes(&self, id: &On<JobId>, words: &[String]) -> bool {
        if words.is_empty() {
            return true;
        }
        let Some(job) = self.fleet.job(id) else {
            return false;
        };
        let text = format!(
            "{} {} {} {} {:?}",
            self.directory.tenant_name(&job.tenant),
            job.id,
            job.use_case,
            id.appliance,
            self.fleet.class(id),
        );
        holds(&text, words)
    }

    fn move_jobs(&mut self, moved: Vec<Moved<JobKey, On<JobId>>>) {
        let words = self.jobs.filter.words();
        let top = self.directory.top().cloned();
        for Moved { id, from, to } in moved {
            let below = |node: Option<&Node>, key: &Option<JobKey>| {
                let tenant = key.as_ref().map(|(_, tenant, _)| tenant);
                tenant.is_some_and(|tenant| self.stands_below(node, &id.appliance, Some(tenant)))
            };
            let (was, is) = (below(top.as_ref(), &from), below(top.as_ref(), &to));
            let part = self.jobs.part.is_some().then(|| {
                let scope = self.scope();
                let (was, is) = (below(scope, &from), below(scope, &to));
                (was, is, is && self.passes(&id, &words))
            });
            let list = &mut self.jobs;
            if let (Some((was, is, shown)), Some(rows)) = (part, &mut list.part) {
                list.total = (list.total + usize::from(is)).saturating_sub(was.into());
                if let Some(key) = from.as_ref().filter(|_| was) {
                    rows.remove(key, &id);
                }
                if let Some(key) = to.clone().filter(|_| shown) {
                    rows.insert(key, id.clone());
                }
            }
            if let Some(key) = from.filter(|_| was) {
                list.whole.remove(&key, &id);
            }
            if let Some(key) = to.filter(|_| is) {
                list.whole.insert(key, id);
            }
        }
        if self.jobs.part.is_none() {
            self.jobs.total = self.jobs.whole.len();
        }
        self.keep_job_selected();
    }

    fn keep_job_selected(&mut self) {
        if self
            .jobs
            .selected
            .as_ref()
            .is_none_or(|id| self.job_row(id).is_none())
        {
            self.jobs.selected = self.jobs.rows().get(0).cloned();
        }
    }

    /// Calls whoever looks elsewhere; what happens at once is one ring of each kind.
    pub(super) fn ring(&mut self, why: RingWhy, text: impl FnOnce(&Self) -> String) {
        let rung = self.effects.iter_mut().find_map(|effect| match effect {
            Effect::Ring(ring) if ring.why == why => Some(ring),
            _ => None,
        });
        if let Some(ring) = rung {
            ring.more += 1;
            return;
        }
        let text = text(self);
        self.effects.push(Effect::Ring(Ring { why, text, more: 0 }));
    }

    /// Lists anew, after the scope or the filter changed.
    pub(super) fn rebuild_lists(&mut self) {
        let words = self.jobs.filter.words();
        let scope = self.scope();
        if words.is_empty() && scope == self.directory.top() {
            // What the whole tree has is in order already.
            self.jobs.part = None;
            self.jobs.total = self.jobs.whole.len();
        } else {
            let (rows, total) = self.job_rows(scope, &words);
            self.jobs.part = Some(rows);
            self.jobs.total = total;
        }
        self.keep_job_selected();
        self.rebuild_alerts();
    }

    /// As [`Self::rebuild_lists`], after what is in order for the whole tree changed too.
    pub(super) fn rebuild_all_lists(&mut self) {
        self.jobs.whole = self.job_rows(self.directory.top(), &[]).0;
        self.rebuild_lists();
    }

    /// The jobs below a node that pass a filter, and how many are there without it.
    fn job_rows(&self, node: Option<&Node>, words: &[String]) -> (Rows<JobKey, On<JobId>>, usize) {
        let mut scope = Scope::new(self, node);
        let mut total = 0;
        // Class by class, as the order begins with it: within one they come nearly in order.
        let mut shown: BTreeMap<JobClass, Vec<_>> = BTreeMap::new();
        for (appliance, state) in self.fleet.with_jobs_at(node) {
            for job in state.jobs.values() {
                if !scope.holds(appliance, Some(&job.tenant)) {
                    continue;
                }
                total += 1;
                let id = On::new(appliance.clone(), job.id.clone());
                if self.passes(&id, words) {
                    let key = state.job_key(job);
                    shown.entry(key.0).or_default().push((key, id));
                }
            }
        }
        let mut rows = Rows::default();
        rows.replace(shown.into_values().flatten());
        (rows, total)
    }
}

/// The scope, asked for one thing after the other: of an appliance and a tenant only the first
/// climbs the tree.
struct Scope<'a> {
    model: &'a Model,
    node: Option<&'a Node>,
    last: Option<(ApplianceId, Option<TenantId>, bool)>,
}

impl<'a> Scope<'a> {
    fn new(model: &'a Model, node: Option<&'a Node>) -> Self {
        let last = None;
        Self { model, node, last }
    }

    fn holds(&mut self, appliance: &ApplianceId, tenant: Option<&TenantId>) -> bool {
        if let Some((last, of, holds)) = &self.last
            && last == appliance
            && of.as_ref() == tenant
        {
            return *holds;
        }
        let holds = self.model.stands_below(self.node, appliance, tenant);
        self.last = Some((appliance.clone(), tenant.cloned(), holds));
        holds
    }
}

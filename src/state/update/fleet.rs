//! News of the links: facts into the store, rows into the lists, witnesses onto the desk.

use super::super::{
    effect::Effect,
    fleet::{Changes, LinkState, Moved},
    lists::{AlertKey, JobClass, JobKey, holds},
    model::{Env, Model, Pane, Screen},
    msg::{FleetMsg, LinkNews},
};
use ocdeck_domain::{
    facts::Fact,
    fleet::Node,
    ids::{AlertId, ApplianceId, JobId, On, TenantId},
    priority::Priority,
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
                    store.hear(id, at);
                    store.set_link(directory, id, LinkState::Live, at, &mut changes);
                }
                LinkNews::Snapshot(facts) => {
                    store.hear(id, at);
                    store.set_link(directory, id, LinkState::Live, at, &mut changes);
                    store.snapshot(directory, id, facts, &mut changes);
                    store.odd(id, None);
                }
                LinkNews::Delta(facts) => {
                    store.hear(id, at);
                    store.set_link(directory, id, LinkState::Live, at, &mut changes);
                    for fact in facts {
                        store.apply(directory, id, fact, &mut changes);
                    }
                }
                LinkNews::Odd { count, example } => {
                    let example = ocdeck_domain::text::clean(&example).into_owned();
                    store.odd(id, Some((count, example)));
                }
                LinkNews::Heard => {
                    store.hear(id, at);
                    store.set_link(directory, id, LinkState::Live, at, &mut changes);
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
        self.untold.changes.append(&mut changes.names);
        self.move_jobs(changes.jobs);
        self.move_alerts(changes.alerts);
        for alert in changes.told {
            self.judge_later(alert);
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
        match self.scope() {
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
    fn passes(&self, id: &On<JobId>, words: &[String]) -> bool {
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

    /// Whether an alert passes the filter.
    fn alert_passes(&self, id: &On<AlertId>, words: &[String]) -> bool {
        if words.is_empty() {
            return true;
        }
        let Some(alert) = self.fleet.alert(id) else {
            return false;
        };
        let tenant = alert.tenant.as_ref();
        let text = format!(
            "{} {} {} {} {} {}",
            tenant.map_or("", |tenant| self.directory.tenant_name(tenant)),
            id.appliance,
            alert.object,
            alert.monitor.replace('_', " "),
            alert.text,
            alert
                .severity
                .priority()
                .map_or_else(String::new, |p| p.to_string()),
        );
        holds(&text, words)
    }

    fn move_jobs(&mut self, moved: Vec<Moved<JobKey, On<JobId>>>) {
        let words = self.jobs.filter.words();
        for Moved {
            id,
            tenant,
            from,
            to,
        } in moved
        {
            if !self.in_scope(&id.appliance, tenant.as_ref()) {
                continue;
            }
            let (was, is) = (from.is_some(), to.is_some());
            if let Some(key) = from {
                self.jobs.rows.remove(&key, &id);
            }
            if let Some(key) = to.filter(|_| self.passes(&id, &words)) {
                self.jobs.rows.insert(key, id);
            }
            self.jobs.total = match (was, is) {
                (false, true) => self.jobs.total + 1,
                (true, false) => self.jobs.total.saturating_sub(1),
                _ => self.jobs.total,
            };
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
            self.jobs.selected = self.jobs.rows.get(0).cloned();
        }
    }

    fn move_alerts(&mut self, moved: Vec<Moved<AlertKey, On<AlertId>>>) {
        let reading = self.screen == Screen::Alerts
            && self.focus == Pane::Main
            && !self.alerts.rows.is_empty();
        let words = self.alerts.filter.words();
        for Moved {
            id,
            tenant,
            from,
            to,
        } in moved
        {
            if to.is_some() && from.is_none() {
                let priority = self.fleet.alert(&id).and_then(|a| a.severity.priority());
                let urgent = matches!(priority, Some(Priority::P1 | Priority::P2));
                // What stood there before the desk was read is not news.
                if urgent && self.desk.loaded {
                    self.ring();
                }
            }
            if !self.in_scope(&id.appliance, tenant.as_ref()) {
                continue;
            }
            self.alerts.total += usize::from(to.is_some());
            if let Some(key) = from {
                self.alerts.total = self.alerts.total.saturating_sub(1);
                self.alerts.rows.remove(&key, &id);
                self.alerts.waiting.retain(|(_, other)| other != &id);
            }
            match to.filter(|_| self.alert_passes(&id, &words)) {
                Some(key) if reading && from.is_none() => self.alerts.waiting.push((key, id)),
                Some(key) => drop(self.alerts.rows.insert(key, id)),
                None => {}
            }
        }
        self.keep_alert_selected();
    }

    fn keep_alert_selected(&mut self) {
        if self
            .alerts
            .selected
            .as_ref()
            .is_none_or(|id| self.alert_row(id).is_none())
        {
            self.alerts.selected = self.alerts.rows.get(0).cloned();
        }
    }

    pub(super) fn ring(&mut self) {
        if !self.effects.contains(&Effect::Bell) {
            self.effects.push(Effect::Bell);
        }
    }

    /// Lists anew, after the scope or the filter changed.
    pub(super) fn rebuild_lists(&mut self) {
        let words = self.jobs.filter.words();
        let alert_words = self.alerts.filter.words();
        let mut scope = Scope::new(self);
        let mut total = 0;
        // Class by class, as the order begins with it: within one they come nearly in order.
        let mut shown: BTreeMap<JobClass, Vec<_>> = BTreeMap::new();
        for (appliance, state) in self.fleet.appliances() {
            for job in state.jobs.values() {
                if !scope.holds(appliance, Some(&job.tenant)) {
                    continue;
                }
                total += 1;
                let id = On::new(appliance.clone(), job.id.clone());
                if self.passes(&id, &words) {
                    let key = state.job_key(job);
                    shown.entry(key.0).or_default().push((key, id));
                }
            }
        }
        let mut alerts: Vec<_> = self
            .fleet
            .alert_keys()
            .filter(|(_, id, alert)| scope.holds(&id.appliance, alert.tenant.as_ref()))
            .map(|(key, id, _)| (key, id))
            .collect();
        self.alerts.total = alerts.len();
        alerts.retain(|(_, id)| self.alert_passes(id, &alert_words));
        self.jobs.total = total;
        self.jobs.rows.replace(shown.into_values().flatten());
        self.keep_job_selected();
        self.alerts.waiting.clear();
        self.alerts.rows.replace(alerts);
        self.keep_alert_selected();
    }
}

/// The scope, asked for one thing after the other: of an appliance and a tenant only the first
/// climbs the tree.
struct Scope<'a> {
    model: &'a Model,
    last: Option<(ApplianceId, Option<TenantId>, bool)>,
}

impl<'a> Scope<'a> {
    fn new(model: &'a Model) -> Self {
        Self { model, last: None }
    }

    fn holds(&mut self, appliance: &ApplianceId, tenant: Option<&TenantId>) -> bool {
        if let Some((last, of, holds)) = &self.last
            && last == appliance
            && of.as_ref() == tenant
        {
            return *holds;
        }
        let holds = self.model.in_scope(appliance, tenant);
        self.last = Some((appliance.clone(), tenant.cloned(), holds));
        holds
    }
}

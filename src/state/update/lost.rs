//! That an appliance is lost: nobody tells it, so consoles write what they do not hear, and not
//! what is the fault of their own certificate, network or configuration.

use super::super::{
    fleet::LinkState,
    model::{Env, Model},
};
use ocdeck_domain::{
    alert::{self, Event},
    facts::{Alert, Time},
    ids::{AlertId, ApplianceId, On},
    journal::NewRecord,
};

/// Who dials so many and hears none of them looks at itself first.
const SEVERAL: usize = 3;

impl Model {
    /// That an appliance is lost is seen by consoles, not told by it.
    pub(super) fn witness_link(
        &mut self,
        id: &On<AlertId>,
        env: &Env<'_>,
        records: &mut Vec<NewRecord>,
    ) {
        let appliance = &id.appliance;
        let policy = self.policy.alert_life;
        let last = self.book.raisings(id).next_back();
        let standing = last.filter(|life| life.stands());
        let Some(since) = self.unheard_since(appliance) else {
            self.alerts.deaf = false;
            if let Some(life) = standing {
                let event = Event::Cleared { at: env.now };
                let episode = life.episode.episode;
                records.push(self.alert_record(id, episode, &event, env.now, env));
            }
            return;
        };
        if let Some(life) = standing {
            let fact = life.fact.as_deref();
            if let Some(out) = fact.and_then(|fact| self.time_out(life, fact, env)) {
                let episode = life.episode.episode;
                records.push(self.alert_record(id, episode, &out, env.now, env));
            }
            return;
        }
        if !self.revised.links.contains_key(appliance) {
            // Who does not call somebody cannot say that nobody answers.
            return;
        }
        let after = policy.link_lost_after();
        let cleared = last.and_then(|life| life.cleared);
        if cleared.is_some_and(|cleared| cleared >= since + after) {
            // Somebody else hears it: this one is no witness until it hears it too.
            return;
        }
        let from = cleared.map_or(since, |cleared| cleared.max(since));
        let due = from + after;
        if due > env.now {
            self.alerts.due.insert((due, id.clone()));
            return;
        }
        if self.hears_nobody() && !self.speaks_for_all(appliance) {
            self.alerts.due.insert((env.now + after, id.clone()));
            return self.tell_deaf(appliance);
        }
        let number = last
            .map_or(0, |life| life.episode.episode)
            .saturating_add(1);
        let lost = self.lost_alert(appliance, number, due, since);
        records.push(self.alert_record(id, number, &Event::Raised(Box::new(lost)), due, env));
        let on = last.and_then(|life| life.goes_on(due, &policy));
        records.extend(on.map(|on| self.alert_record(id, number, &on, due, env)));
    }

    /// Whether this console hears nobody although it dials several: then the trouble is its own,
    /// its network or its certificate, as far as it can know. One or two may both be gone.
    fn hears_nobody(&self) -> bool {
        let dialled = &self.revised.links;
        dialled.len() >= SEVERAL && !dialled.keys().any(|id| self.fleet.is_live(id))
    }

    /// Nobody sits before a keeper to read that it hears nobody, and a site may have burned: it
    /// says so of the first of its appliances, once for all.
    fn speaks_for_all(&self, appliance: &ApplianceId) -> bool {
        self.keeper.is_some() && self.revised.links.keys().next() == Some(appliance)
    }

    fn tell_deaf(&mut self, appliance: &ApplianceId) {
        if self.keeper.is_none() && !self.alerts.deaf {
            self.alerts.deaf = true;
            let why = self.lost_because(appliance);
            self.bad(format!(
                "this console hears no appliance: {why}; look at its network and its certificate (ocdeck doctor)"
            ));
        }
    }

    fn lost_because(&self, appliance: &ApplianceId) -> String {
        match self.fleet.get(appliance).map(|state| &state.link) {
            Some(LinkState::Down { why, .. }) => why.clone(),
            _ => format!("{appliance} is not heard"),
        }
    }

    fn lost_alert(&self, appliance: &ApplianceId, number: u32, raised: Time, heard: Time) -> Alert {
        let tenants = self.directory.tenants_of(appliance);
        let only = tenants.iter().next().filter(|_| tenants.len() == 1);
        let mut why = self.lost_because(appliance);
        if self.hears_nobody() {
            let all = self.revised.links.len();
            why = format!("{} hears none of its {all} appliances: {why}", self.me.name);
        }
        let policy = &self.policy.alert_life;
        alert::link_lost(
            appliance,
            only.cloned(),
            number,
            raised,
            heard,
            &why,
            policy,
        )
    }
}

//! What an appliance holds by id: a snapshot replaces it, so what is missing is gone.

use super::ApplianceState;
use ocdeck_domain::facts::{EntityKind, Fact};
use std::collections::BTreeSet;

/// The ids that an appliance holds, to see which ones a snapshot no longer has.
pub(super) struct Held(BTreeSet<(u8, String)>);

impl Held {
    pub(super) fn of(state: &ApplianceState) -> Self {
        let mut held = BTreeSet::new();
        held.extend(state.repositories.keys().map(|id| (0, id.to_string())));
        held.extend(state.quotas.keys().map(|(t, r)| (1, format!("{t}:{r}"))));
        held.extend(state.systems.keys().map(|id| (2, id.to_string())));
        held.extend(state.jobs.keys().map(|id| (3, id.to_string())));
        held.extend(state.sessions.keys().map(|id| (4, id.to_string())));
        held.extend(state.alerts.keys().map(|id| (5, id.to_string())));
        held.extend(state.restores.keys().map(|(r, a)| (6, format!("{r}:{a}"))));
        Self(held)
    }

    pub(super) fn keep(&mut self, fact: &Fact) {
        let key = match fact {
            Fact::Repository(r) => (0, r.id.to_string()),
            Fact::Quota(q) => (1, format!("{}:{}", q.tenant, q.repository)),
            Fact::System(s) => (2, s.id.to_string()),
            Fact::Job(j) => (3, j.id.to_string()),
            Fact::Session(s) => (4, s.id.to_string()),
            Fact::Alert(a) => (5, a.id.to_string()),
            Fact::Restore(r) => (6, format!("{}:{}", r.request, r.attempt)),
            Fact::Gone(..) => return,
        };
        self.0.remove(&key);
    }

    pub(super) fn tombstones(self) -> Vec<Fact> {
        const KINDS: [EntityKind; 7] = [
            EntityKind::Repository,
            EntityKind::Quota,
            EntityKind::System,
            EntityKind::Job,
            EntityKind::Session,
            EntityKind::Alert,
            EntityKind::Restore,
        ];
        self.0
            .into_iter()
            .filter_map(|(kind, id)| Some(Fact::Gone(*KINDS.get(usize::from(kind))?, id)))
            .collect()
    }
}

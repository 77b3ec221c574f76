//! Another directory for the same facts: what appliances told is kept, and counted anew.

use super::{ApplianceState, FleetStore, LinkState, RollUp};
use ocdeck_domain::{facts::Time, fleet::Directory, ids::ApplianceId};

impl FleetStore {
    /// The same appliances under another directory, and those that it does not have, which are
    /// forgotten. New ones are not heard yet; of one whose link is another now, what it told before is
    /// old until it is heard again.
    pub fn under(
        mut self,
        directory: &Directory,
        now: Time,
        mut link: impl FnMut(&ApplianceId) -> Linked,
    ) -> (Self, Vec<(ApplianceId, ApplianceState)>) {
        let mut next = Self::new(directory, now);
        let mut left = Vec::new();
        for (id, mut state) in self.appliances.take() {
            if next.appliances.get(&id).is_none() {
                left.push((id, state));
                continue;
            }
            state.forget_counts();
            next.appliances.put(id, state);
        }
        let ids: Vec<ApplianceId> = next.appliances().map(|(id, _)| id.clone()).collect();
        for id in ids {
            if let Some(state) = next.appliances.get_mut(&id) {
                state.relink(link(&id), now);
            }
            next.recount(directory, &id);
        }
        (next, left)
    }

    fn recount(&mut self, directory: &Directory, id: &ApplianceId) {
        let Some(state) = self.appliances.get(id) else {
            return;
        };
        let link = state.link.clone();
        let jobs: Vec<_> = state
            .jobs
            .values()
            .map(|job| (job.tenant.clone(), state.job_key(job).0))
            .collect();
        let here = self.here(directory, id);
        self.count(id, &here, |rollup| rollup.link(&link, 1));
        for (tenant, class) in jobs {
            let above = self.above(directory, id, Some(&tenant));
            self.count(id, &above, |rollup| rollup.job(class, 1));
        }
        self.order_all(directory, id);
    }
}

/// What becomes of the link to an appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// It stays.
    Same,
    /// It is dialled now, for the first time or at another address.
    Anew,
    /// Nobody knows where to dial.
    Nowhere,
}

impl ApplianceState {
    fn relink(&mut self, linked: Linked, now: Time) {
        let link = match linked {
            Linked::Same => return,
            Linked::Anew => LinkState::Dialling,
            Linked::Nowhere => LinkState::Down {
                why: "neither the directory nor this console's fleet.toml has an address for it"
                    .to_owned(),
                retry_at: Time::MAX_UTC,
            },
        };
        if self.link != link {
            (self.link, self.since) = (link, now);
        }
    }

    fn forget_counts(&mut self) {
        self.counts = RollUp::default();
        self.above.clear();
        self.here = None;
    }
}

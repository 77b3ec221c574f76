//! Another directory for the same facts: what appliances told is kept, and counted anew.

use super::{ApplianceState, FleetStore, LinkState, RollUp};
use ocdeck_domain::{facts::Time, fleet::Directory, ids::ApplianceId};

impl FleetStore {
    /// The same appliances under another directory. Those that it does not have are forgotten,
    /// new ones are not heard yet; `dialled` says whether anybody dials them.
    pub fn under(
        mut self,
        directory: &Directory,
        now: Time,
        dialled: impl Fn(&ApplianceId) -> bool,
    ) -> Self {
        let mut next = Self::new(directory, now);
        for (id, mut state) in self.appliances.take() {
            if next.appliances.get(&id).is_none() {
                continue;
            }
            state.forget_counts();
            next.appliances.put(id.clone(), state);
            next.recount(directory, &id);
        }
        let undialled: Vec<ApplianceId> = next
            .appliances()
            .filter(|(id, state)| state.link == LinkState::Dialling && !dialled(id))
            .map(|(id, _)| id.clone())
            .collect();
        for id in undialled {
            let down = LinkState::Down {
                why: "fleet.toml of this console has no address for it".to_owned(),
                retry_at: Time::MAX_UTC,
            };
            next.set_link(directory, &id, down, now, &mut super::Changes::default());
        }
        next
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
        let above = self.rollups.numbers(directory.nodes_above_appliance(id));
        self.count(id, &above, |rollup| rollup.link(&link, 1));
        for (tenant, class) in jobs {
            let above = self.above(directory, id, Some(&tenant));
            self.count(id, &above, |rollup| rollup.job(class, 1));
        }
    }
}

impl ApplianceState {
    fn forget_counts(&mut self) {
        self.counts = RollUp::default();
        self.above.clear();
    }
}

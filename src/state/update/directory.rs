//! A revision of the directory comes into force: policy, names, tree, roll-ups and links follow at
//! once. What is looked at stays in view: scope, selection and cursor keep their place.

use super::super::{
    effect::Effect,
    find::{Change, Target, directory_names},
    fleet::{ApplianceState, Linked},
    model::Model,
    tree::Tree,
};
use ocdeck_domain::{
    fleet::{Directory, Node},
    ids::{ApplianceId, JobId, On, RequestId},
    restore::Phase,
};

/// What a directory changed about the links.
#[derive(Default)]
struct Relinked {
    /// How many appliances are dialled for the first time.
    new: usize,
    /// How many are dialled at another address.
    moved: usize,
    /// How many nobody knows the address of.
    nowhere: usize,
    /// Those that it does not have any more.
    left: Vec<ApplianceId>,
    /// What was sent to one of these and has no end yet.
    unheard: Vec<RequestId>,
}

impl Model {
    /// Records of the directory were folded in: the newest revision comes into force.
    pub(super) fn take_revision(&mut self) {
        self.revised.read_policies(self.book.directory.all());
        let revisions = &self.book.directory;
        let Some((revision, content)) = revisions.current().zip(revisions.content()) else {
            return;
        };
        let (number, author) = (revision.number, revision.author.clone());
        let directory = content.directory.clone();
        if number == self.revised.current {
            return;
        }
        let first = self.revised.current == 0;
        self.revised.current = number;
        if let Some(policy) = self.revised.policies.get(&number) {
            self.policy = (**policy).clone();
        }
        let relinked = self.put_directory((*directory).clone());
        self.tell_revision(number, &author, first, &relinked);
    }

    /// What came into force, and what of it somebody has to know, whole: it was done behind one's
    /// back. At the start of a console only that.
    fn tell_revision(&mut self, number: u32, author: &str, first: bool, relinked: &Relinked) {
        let names = relinked.unheard.iter().map(|id| self.reference_text(*id));
        let names = super::super::words::list(&names.collect::<Vec<_>>());
        match relinked.unheard.len() {
            0 => {}
            1 => self.faster(format!(
                "{names} is not heard any more: its appliance left the directory (revision {number} \
                 by {author})"
            )),
            _ => self.faster(format!(
                "{names} are not heard any more: their appliances left the directory (revision \
                 {number} by {author})"
            )),
        }
        match relinked.nowhere {
            0 => {}
            1 => self.faster(format!(
                "1 appliance has no address: write it into the directory or into fleet.toml \
                 (revision {number} by {author})"
            )),
            more => self.faster(format!(
                "{more} appliances have no address: write it into the directory or into fleet.toml \
                 (revision {number} by {author})"
            )),
        }
        if first {
            return;
        }
        let counts = [
            (relinked.new, "new"),
            (relinked.left.len(), "left"),
            (relinked.moved, "moved"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = counts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        self.done(match words.is_empty() {
            true => format!("revision {number} of the directory by {author} is in force"),
            false => format!(
                "revision {number} by {author}: appliances {}",
                words.join(", ")
            ),
        });
    }

    fn put_directory(&mut self, directory: Directory) -> Relinked {
        self.forget_names(&directory);
        let job = self.jobs.selected.clone();
        let job = job.and_then(|id| Some((self.job_row(&id)?, id)));
        let mut relinked = Relinked::default();
        let links = self.revised.links_to(&directory);
        let was = std::mem::replace(&mut self.revised.links, links);
        let now = &self.revised.links;
        let fleet = std::mem::take(&mut self.fleet);
        let (fleet, left) = fleet.under(&directory, self.now, |id| {
            match (was.get(id), now.get(id)) {
                (_, None) => {
                    relinked.nowhere += 1;
                    Linked::Nowhere
                }
                (Some(was), Some(now)) if was == now => Linked::Same,
                (was, _) => {
                    *(if was.is_none() {
                        &mut relinked.new
                    } else {
                        &mut relinked.moved
                    }) += 1;
                    Linked::Anew
                }
            }
        });
        if *now != was {
            // A link that is dialled anew asks for signs of life as one that nobody looks at.
            self.heartbeats.retain(|id| was.get(id) == now.get(id));
            self.effects
                .push(Effect::Links(now.values().cloned().collect()));
        }
        self.fleet = fleet;
        let before = std::mem::replace(&mut self.directory, directory);
        self.tree.follow(&before, &self.directory);
        relinked.unheard = self.hang_up(&left);
        relinked.left = left.into_iter().map(|(id, _)| id).collect();
        self.rebuild_all_lists();
        self.keep_job_row(job);
        self.incidents.ordered = None;
        // Another name, window or calendar is another place in the queue.
        self.touch_all_alerts();
        self.judge_all();
        if let Some(wizard) = &mut self.wizard {
            wizard.refresh_contacts(&self.directory, &self.fleet);
            wizard.refresh_systems(&self.directory, &self.fleet);
        }
        relinked
    }

    /// The names of this directory that the next one does not have leave the index.
    fn forget_names(&mut self, next: &Directory) {
        let kept = directory_names(next);
        let kept: std::collections::BTreeSet<&Target> = kept.iter().map(Change::target).collect();
        let gone = directory_names(&self.directory);
        let gone = gone.into_iter().map(|change| change.target().clone());
        let gone = gone
            .filter(|target| !kept.contains(target))
            .map(Change::Gone);
        self.untold.changes.extend(gone);
        self.untold.directory = true;
    }

    /// Appliances left the directory: what they told leaves the picture. Gives the requests that
    /// were sent to one of them and have no end yet: those stay.
    fn hang_up(&mut self, left: &[(ApplianceId, ApplianceState)]) -> Vec<RequestId> {
        for (on, state) in left {
            let systems = state.systems.keys().cloned();
            let systems = systems.map(|id| Target::System(On::new(on.clone(), id)));
            let jobs = state.jobs.keys().cloned();
            let jobs = jobs.map(|id| Target::Job(On::new(on.clone(), id)));
            let alerts = state.alerts.keys().cloned();
            let alerts = alerts.map(|id| Target::Alert(On::new(on.clone(), id)));
            let gone = systems.chain(jobs).chain(alerts).map(Change::Gone);
            self.untold.changes.extend(gone);
        }
        let has_left = |id: &ApplianceId| left.iter().any(|(left, _)| left == id);
        let there: Vec<RequestId> = self
            .requests
            .open()
            .filter(|id| {
                let attempt = self.requests.get(*id).and_then(|request| request.attempt());
                attempt.is_some_and(|attempt| has_left(&attempt.intended.appliance))
            })
            .collect();
        let (foreign, own): (Vec<_>, Vec<_>) = there
            .into_iter()
            .partition(|id| self.requests.is_foreign(*id));
        for id in foreign {
            // Known by the appliance's word alone.
            self.requests.forget_foreign(id);
            self.awaiting.retain(|(request, _)| *request != id);
        }
        own.into_iter()
            .filter(|id| match self.request_phase(*id) {
                Phase::Dispatching => true,
                Phase::Attempt(state) => !state.ended(),
                _ => false,
            })
            .collect()
    }

    /// Where the selected job is gone, the one that stands in its row now is selected.
    fn keep_job_row(&mut self, before: Option<(usize, On<JobId>)>) {
        let gone = before.filter(|(_, id)| self.jobs.selected.as_ref() != Some(id));
        let Some((row, _)) = gone else { return };
        let last = self.jobs.rows().len().saturating_sub(1);
        self.jobs.selected = self.jobs.rows().get(row.min(last)).cloned();
    }
}

impl Tree {
    /// The rows of another directory; what was selected stays so if it is still there, else the
    /// nearest above it that is.
    fn follow(&mut self, before: &Directory, directory: &Directory) {
        let there = |node: &Node| match node {
            Node::Party(id) => directory.party(id).is_some(),
            Node::Tenant(id) => directory.tenant(id).is_some(),
            Node::Site(_) | Node::Appliance(..) => directory
                .parent(node)
                .is_some_and(|above| directory.children(Some(&above)).contains(node)),
        };
        let selected = self.selected.take();
        self.rebuild(directory);
        let way = selected.map_or_else(Vec::new, |node| before.way_to(&node));
        match way.into_iter().rev().find(there) {
            Some(node) => drop(self.reveal(directory, &node)),
            None => self.selected = self.rows.first().map(|row| row.node.clone()),
        }
    }
}

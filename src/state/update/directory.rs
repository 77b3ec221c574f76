//! A revision of the directory comes into force: policy, names, tree and roll-ups follow at once.

use super::super::{
    find::{Change, directory_names},
    model::Model,
    tree::Tree,
};
use ocdeck_domain::fleet::{Directory, Node};

impl Model {
    /// Records of the directory were folded in: the newest revision comes into force.
    pub(super) fn take_revision(&mut self) {
        for revision in self.book.directory.all() {
            if !self.revised.policies.contains_key(&revision.number) {
                let policy = self.revised.shipped.with(&revision.policy);
                let policy = policy.unwrap_or_else(|_| self.revised.shipped.clone());
                self.revised.policies.insert(revision.number, policy);
            }
        }
        let Some(revision) = self.book.directory.current() else {
            return;
        };
        let (number, author) = (revision.number, revision.author.clone());
        let directory = revision.directory.clone();
        if number == self.revised.current {
            return;
        }
        let first = self.revised.current == 0;
        self.revised.current = number;
        if let Some(policy) = self.revised.policies.get(&number) {
            self.policy = policy.clone();
        }
        self.put_directory((*directory).clone());
        let missing = self
            .directory
            .appliances()
            .filter(|appliance| !self.revised.dialled.contains(&appliance.id))
            .count();
        match (missing, first) {
            (0, true) => {}
            (0, false) => self.done(format!(
                "revision {number} of the directory by {author} is in force"
            )),
            (missing, _) => {
                let appliances = match missing {
                    1 => "1 appliance".to_owned(),
                    n => format!("{n} appliances"),
                };
                self.bad(format!(
                    "revision {number} of the directory has {appliances} without an address in \
                     this console's fleet.toml: write it there and start ocdeck again"
                ));
            }
        }
    }

    fn put_directory(&mut self, directory: Directory) {
        let gone = directory_names(&self.directory);
        let kept = directory_names(&directory);
        let kept: Vec<_> = kept.iter().map(Change::target).collect();
        let gone = gone.into_iter().map(|change| change.target().clone());
        let gone = gone.filter(|target| !kept.contains(&target));
        self.untold
            .changes
            .extend(gone.map(Change::Gone).collect::<Vec<_>>());
        self.untold.directory = true;
        let fleet = std::mem::take(&mut self.fleet);
        let dialled = &self.revised.dialled;
        self.fleet = fleet.under(&directory, self.now, |id| dialled.contains(id));
        self.directory = directory;
        self.tree.follow(&self.directory);
        self.rebuild_lists();
        // Another name, window or calendar is another place in the queue.
        self.touch_all_alerts();
        self.judge_all();
        if let Some(wizard) = &mut self.wizard {
            wizard.refresh_contacts(&self.directory, &self.fleet);
            wizard.refresh_systems(&self.directory, &self.fleet);
        }
    }
}

impl Tree {
    /// The rows of another directory; what was selected stays so if it is still there.
    fn follow(&mut self, directory: &Directory) {
        self.rebuild(directory);
        let there = |node: &Node| match node {
            Node::Party(id) => directory.party(id).is_some(),
            Node::Tenant(id) => directory.tenant(id).is_some(),
            Node::Site(id) => directory.site(id).is_some(),
            Node::Appliance(site, id) => directory.appliance(id).is_some_and(|a| {
                site.as_ref()
                    .map_or(a.sites.is_empty(), |s| a.sites.contains(s))
            }),
        };
        if !self.selected.as_ref().is_some_and(there) {
            self.selected = self.rows.first().map(|row| row.node.clone());
        }
    }
}

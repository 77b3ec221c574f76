//! Who runs now and who waits behind what. Pure: it starts nothing itself.
//!
//! Restores run before backups and P1 before P2. A P1 never waits. A repository has one
//! writer; restores read beside it. While a restore of a system waits or runs, backups of
//! that system wait, because they would save what is half restored.

use ocdeck_domain::{
    ids::{JobId, RepositoryId, RequestId, SessionId, SystemId},
    priority::Priority,
};

/// Restores below P1 that run at once.
const RESTORES: usize = 2;
/// Backups that run at once; each is a process with buffers of its own.
const BACKUPS: usize = 4;

/// Something to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its session.
    pub session: SessionId,
    /// What it is.
    pub what: What,
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A run of a job.
    Backup {
        /// The job.
        job: JobId,
        /// What it reads.
        system: SystemId,
        /// What it writes.
        repository: RepositoryId,
    },
    /// An attempt of a restore.
    Restore {
        /// The request.
        request: RequestId,
        /// The attempt.
        attempt: u32,
        /// "R-0118".
        reference: String,
        /// Smaller runs first.
        priority: Priority,
        /// The systems that it reads points of or writes into.
        systems: Vec<SystemId>,
    },
}

impl What {
    fn rank(&self) -> u8 {
        match self {
            Self::Restore { priority, .. } => priority.number(),
            Self::Backup { .. } => 10,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Backup { job, .. } => format!("job {job}"),
            Self::Restore { reference, .. } => format!("restore {reference}"),
        }
    }

    fn is_restore(&self) -> bool {
        matches!(self, Self::Restore { .. })
    }
}

/// Everything that waits or runs.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// By rank, then in the order they came.
    waiting: Vec<Item>,
    running: Vec<Item>,
}

impl Queue {
    /// Puts an item behind all of its rank.
    pub fn push(&mut self, item: Item) {
        let rank = item.what.rank();
        let at = self.waiting.partition_point(|it| it.what.rank() <= rank);
        self.waiting.insert(at, item);
    }

    /// Moves everything that may run now to running, and names it in order.
    pub fn start(&mut self) -> Vec<Item> {
        let mut started = Vec::new();
        let mut at = 0;
        while let Some(item) = self.waiting.get(at) {
            if self.blocker(item).is_some() {
                at += 1;
            } else {
                let item = self.waiting.remove(at);
                self.running.push(item.clone());
                started.push(item);
            }
        }
        started
    }

    /// The item has ended, or is not wanted any more.
    pub fn remove(&mut self, session: &SessionId) -> Option<Item> {
        for list in [&mut self.waiting, &mut self.running] {
            if let Some(at) = list.iter().position(|it| it.session == *session) {
                return Some(list.remove(at));
            }
        }
        None
    }

    /// What waits, with what each waits behind.
    pub fn waiting(&self) -> impl Iterator<Item = (&Item, String)> {
        self.waiting
            .iter()
            .map(|item| (item, self.blocker(item).unwrap_or_default()))
    }

    /// What runs.
    pub fn running(&self) -> &[Item] {
        &self.running
    }

    /// Whether the item waits.
    pub fn waits(&self, session: &SessionId) -> bool {
        self.waiting.iter().any(|it| it.session == *session)
    }

    /// The session of a job that waits or runs.
    pub fn session_of(&self, wanted: &JobId) -> Option<&SessionId> {
        self.waiting
            .iter()
            .chain(&self.running)
            .find(|it| matches!(&it.what, What::Backup { job, .. } if job == wanted))
            .map(|it| &it.session)
    }

    /// What keeps an item from running, if anything.
    fn blocker(&self, item: &Item) -> Option<String> {
        match &item.what {
            What::Restore { priority, .. } => self.restore_blocker(*priority),
            What::Backup {
                system, repository, ..
            } => self.backup_blocker(system, repository),
        }
    }

    fn restore_blocker(&self, priority: Priority) -> Option<String> {
        if priority == Priority::P1 {
            return None;
        }
        let running: Vec<_> = self
            .running
            .iter()
            .filter(|it| it.what.is_restore())
            .map(|it| it.what.name())
            .collect();
        (running.len() >= RESTORES).then(|| running.join(", "))
    }

    fn backup_blocker(&self, system: &SystemId, repository: &RepositoryId) -> Option<String> {
        let touches = |it: &&Item| matches!(&it.what, What::Restore { systems, .. } if systems.contains(system));
        if let Some(it) = self.running.iter().chain(&self.waiting).find(touches) {
            return Some(format!("{} of {system}", it.what.name()));
        }
        let writes = |it: &&Item| matches!(&it.what, What::Backup { repository: other, .. } if other == repository);
        if let Some(it) = self.running.iter().find(writes) {
            return Some(format!("{}, which writes to {repository}", it.what.name()));
        }
        let backups = self.running.iter().filter(|it| !it.what.is_restore());
        let count = backups.count();
        (count >= BACKUPS).then(|| format!("{count} other jobs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn backup(n: u32, system: &str, repository: &str) -> Item {
        Item {
            session: format!("b{n}").into(),
            what: What::Backup {
                job: format!("job{n}").into(),
                system: system.into(),
                repository: repository.into(),
            },
        }
    }

    fn restore(n: u32, priority: Priority, system: &str) -> Item {
        Item {
            session: format!("r{n}").into(),
            what: What::Restore {
                request: RequestId(Uuid::from_u128(u128::from(n))),
                attempt: 1,
                reference: format!("R-{n:04}"),
                priority,
                systems: vec![system.into()],
            },
        }
    }

    fn started(queue: &mut Queue) -> Vec<String> {
        let items = queue.start();
        items.iter().map(|it| it.session.to_string()).collect()
    }

    #[test]
    fn restores_run_before_backups_and_p1_before_p2() {
        let mut queue = Queue::default();
        queue.push(backup(1, "a", "main"));
        queue.push(restore(2, Priority::P2, "b"));
        queue.push(restore(1, Priority::P1, "c"));
        assert_eq!(started(&mut queue), ["r1", "r2", "b1"]);
    }

    #[test]
    fn a_repository_has_one_writer_and_the_other_says_whom_it_waits_for() {
        let mut queue = Queue::default();
        queue.push(backup(1, "a", "main"));
        queue.push(backup(2, "b", "main"));
        assert_eq!(started(&mut queue), ["b1"]);
        let (_, behind) = queue.waiting().next().unwrap();
        assert_eq!(behind, "job job1, which writes to main");
        queue.remove(&"b1".into());
        assert_eq!(started(&mut queue), ["b2"]);
    }

    #[test]
    fn a_backup_waits_while_its_system_is_restored() {
        let mut queue = Queue::default();
        queue.push(restore(118, Priority::P1, "erp01"));
        queue.push(backup(1, "erp01", "main"));
        assert_eq!(started(&mut queue), ["r118"]);
        let (_, behind) = queue.waiting().next().unwrap();
        assert_eq!(behind, "restore R-0118 of erp01");
    }

    #[test]
    fn a_third_p2_waits_and_a_p1_does_not() {
        let mut queue = Queue::default();
        for n in 1..=3 {
            queue.push(restore(n, Priority::P2, "a"));
        }
        assert_eq!(started(&mut queue), ["r1", "r2"]);
        queue.push(restore(9, Priority::P1, "a"));
        assert_eq!(started(&mut queue), ["r9"]);
    }

    proptest! {
        /// Whatever comes and ends in whatever order: one writer a repository, no P1 that
        /// waits, no backup that starts beside a restore of its system, nothing lost.
        #[test]
        fn the_rules_hold_in_any_order(steps in proptest::collection::vec((0u8..4, 0u8..3, 0u8..3), 1..60)) {
            let mut queue = Queue::default();
            let mut pushed = 0usize;
            let mut ended = 0usize;
            for (n, (kind, system, repository)) in (0u32..).zip(steps) {
                let system = format!("s{system}");
                match kind {
                    0 => queue.push(backup(n, &system, &format!("m{repository}"))),
                    1 => queue.push(restore(n, Priority::P1, &system)),
                    2 => queue.push(restore(n, Priority::P2, &system)),
                    _ => {
                        let first = queue.running().first().map(|it| it.session.clone());
                        if let Some(session) = first {
                            queue.remove(&session);
                            ended += 1;
                        }
                    }
                }
                if kind < 3 {
                    pushed += 1;
                }
                let before: Vec<_> = queue.running().iter().filter(|it| it.what.is_restore()).cloned().collect();
                for item in queue.start() {
                    if let What::Backup { system, .. } = &item.what {
                        let beside = before.iter().any(|it| matches!(&it.what, What::Restore { systems, .. } if systems.contains(system)));
                        prop_assert!(!beside, "a backup started beside a restore of its system");
                    }
                }
                let mut writers = std::collections::BTreeSet::new();
                for item in queue.running() {
                    if let What::Backup { repository, .. } = &item.what {
                        prop_assert!(writers.insert(repository.clone()));
                    }
                }
                for (item, behind) in queue.waiting() {
                    prop_assert!(item.what.rank() != 1);
                    prop_assert!(!behind.is_empty());
                }
                prop_assert_eq!(pushed, ended + queue.running().len() + queue.waiting().count());
            }
        }
    }
}

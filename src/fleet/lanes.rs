//! From many links to one inbox: one batch a wake, nothing lost that is a transition, and
//! of the progress of a job only the latest.
//!
//! Bounded by backpressure: a link whose news nobody takes stops reading, and its appliance
//! then keeps only the latest state of each entity.

use crate::state::msg::{FleetMsg, LinkNews, Msg};
use ocdeck_domain::{
    facts::{Fact, Time},
    ids::ApplianceId,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep_until},
};

/// Facts that may wait before links stop reading.
const FULL: usize = 50_000;
/// Batches are at least so far apart, so that many links cost few wake-ups.
const PACE: Duration = Duration::from_millis(10);

/// Where links put their news.
#[derive(Clone, Default)]
pub(super) struct Lanes(Arc<Shared>);

#[derive(Default)]
struct Shared {
    pending: Mutex<Pending>,
    filled: Notify,
    emptied: Notify,
}

#[derive(Default)]
struct Pending {
    batch: Vec<FleetMsg>,
    facts: usize,
    /// The delta of each link that is last in the batch for it, and can still grow.
    open: HashMap<ApplianceId, Open>,
}

/// A delta that is being collected.
struct Open {
    /// Its place in the batch.
    at: usize,
    /// Places of facts whose successor may stand in their stead.
    latest: HashMap<Key, usize>,
}

/// What is the same entity.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Job(String),
    Session(String),
    Restore(String, u32),
    Other(&'static str, String),
}

fn key(fact: &Fact) -> Option<Key> {
    Some(match fact {
        Fact::Job(job) => Key::Job(job.id.to_string()),
        Fact::Session(session) => Key::Session(session.id.to_string()),
        Fact::Restore(restore) => Key::Restore(restore.request.to_string(), restore.attempt),
        Fact::Repository(repository) => Key::Other("repository", repository.id.to_string()),
        Fact::Quota(quota) => Key::Other("quota", format!("{}:{}", quota.tenant, quota.repository)),
        Fact::System(_) | Fact::Alert(_) | Fact::Gone(..) => return None,
    })
}

/// Whether `new` only moves the progress of `old`, so that `old` need not be seen.
fn only_progress(old: &Fact, new: &Fact) -> bool {
    match (old, new) {
        (Fact::Job(old), Fact::Job(new)) => {
            (&old.state, &old.session, &old.last_result, &old.last_end)
                == (&new.state, &new.session, &new.last_result, &new.last_end)
        }
        (Fact::Session(old), Fact::Session(new)) => {
            (&old.result, old.warnings) == (&new.result, new.warnings)
        }
        (Fact::Restore(old), Fact::Restore(new)) => old.state == new.state,
        (Fact::Repository(old), Fact::Repository(new)) => old.offline == new.offline,
        (Fact::Quota(_), Fact::Quota(_)) => true,
        _ => false,
    }
}

impl Pending {
    fn push(&mut self, msg: FleetMsg) {
        match msg.news {
            LinkNews::Delta(facts) => self.push_delta(msg.appliance, msg.at, facts),
            LinkNews::Heard if self.open.contains_key(&msg.appliance) => {}
            news => {
                self.facts += match &news {
                    LinkNews::Snapshot(facts) => facts.len().max(1),
                    _ => 1,
                };
                self.open.remove(&msg.appliance);
                self.batch.push(FleetMsg { news, ..msg });
            }
        }
    }

    fn push_delta(&mut self, appliance: ApplianceId, at: Time, facts: Vec<Fact>) {
        let batch = &mut self.batch;
        let open = self.open.entry(appliance.clone()).or_insert_with(|| {
            batch.push(FleetMsg {
                appliance,
                at,
                news: LinkNews::Delta(Vec::new()),
            });
            Open {
                at: batch.len() - 1,
                latest: HashMap::new(),
            }
        });
        let Some(FleetMsg {
            at: heard,
            news: LinkNews::Delta(collected),
            ..
        }) = batch.get_mut(open.at)
        else {
            return;
        };
        *heard = at;
        for fact in facts {
            let place = match key(&fact) {
                Some(key) => open.latest.entry(key).or_insert(usize::MAX),
                None => {
                    // Something may have gone or changed that earlier places stand for.
                    if matches!(fact, Fact::Gone(..)) {
                        open.latest.clear();
                    }
                    collected.push(fact);
                    self.facts += 1;
                    continue;
                }
            };
            match collected.get_mut(*place) {
                Some(old) if only_progress(old, &fact) => *old = fact,
                _ => {
                    *place = collected.len();
                    collected.push(fact);
                    self.facts += 1;
                }
            }
        }
    }
}

impl Lanes {
    /// Hands over news; waits while too much is waiting already.
    pub(super) async fn push(&self, msg: FleetMsg) {
        loop {
            let emptied = self.0.emptied.notified();
            {
                let mut pending = super::lock(&self.0.pending);
                if pending.facts < FULL {
                    pending.push(msg);
                    break;
                }
            }
            emptied.await;
        }
        self.0.filled.notify_one();
    }

    fn take(&self) -> Vec<FleetMsg> {
        let taken = std::mem::take(&mut *super::lock(&self.0.pending));
        self.0.emptied.notify_waiters();
        taken.batch
    }
}

/// Carries batches into the inbox until nobody reads it any more.
pub(super) async fn pump(lanes: Lanes, inbox: mpsc::Sender<Msg>) {
    let mut next = Instant::now();
    loop {
        lanes.0.filled.notified().await;
        sleep_until(next).await;
        // Room first: what comes in meanwhile joins the batch.
        let Ok(room) = inbox.reserve().await else {
            return;
        };
        let batch = lanes.take();
        if !batch.is_empty() {
            room.send(Msg::Fleet(batch));
            next = Instant::now() + PACE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use ocdeck_domain::facts::{EntityKind, Job, JobState, Progress, WorkKind};

    fn job(id: &str, state: JobState, bytes: u64) -> Fact {
        Fact::Job(Box::new(Job {
            id: id.into(),
            tenant: "acme".into(),
            system: "erp01".into(),
            repository: "main".into(),
            kind: WorkKind::Backup,
            use_case: String::new(),
            state,
            waiting_for: String::new(),
            every_seconds: None,
            next_run: None,
            session: None,
            last_result: None,
            last_end: None,
            last_message: String::new(),
            failures_in_a_row: 0,
            progress: Some(Progress {
                bytes_done: bytes,
                ..Progress::default()
            }),
            recent_seconds: Vec::new(),
        }))
    }

    fn delta(appliance: &str, facts: Vec<Fact>) -> FleetMsg {
        FleetMsg {
            appliance: appliance.into(),
            at: DateTime::UNIX_EPOCH,
            news: LinkNews::Delta(facts),
        }
    }

    fn states(batch: &[FleetMsg]) -> Vec<(String, JobState, u64)> {
        let facts = batch.iter().flat_map(|msg| match &msg.news {
            LinkNews::Delta(facts) => facts.as_slice(),
            _ => &[],
        });
        facts
            .filter_map(|fact| match fact {
                Fact::Job(job) => Some((
                    job.id.to_string(),
                    job.state,
                    job.progress.as_ref().unwrap().bytes_done,
                )),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn progress_is_overtaken_and_transitions_are_not() {
        use JobState::{Idle, Running};
        let mut pending = Pending::default();
        for n in 0..1_000 {
            pending.push(delta("a", vec![job("x", Running, n), job("y", Running, n)]));
        }
        pending.push(delta("a", vec![job("x", Idle, 1_000)]));
        pending.push(delta("a", vec![job("x", Running, 1_001)]));
        pending.push(delta("a", vec![job("x", Running, 1_002)]));
        assert_eq!(pending.batch.len(), 1);
        assert_eq!(
            states(&pending.batch),
            [
                ("x".to_owned(), Running, 999),
                ("y".to_owned(), Running, 999),
                ("x".to_owned(), Idle, 1_000),
                ("x".to_owned(), Running, 1_002),
            ]
        );
    }

    #[test]
    fn nothing_joins_what_stands_before_a_snapshot_or_a_removal() {
        use JobState::Running;
        let mut pending = Pending::default();
        pending.push(delta("a", vec![job("x", Running, 1)]));
        pending.push(FleetMsg {
            news: LinkNews::Snapshot(Vec::new()),
            ..delta("a", Vec::new())
        });
        pending.push(delta("a", vec![job("x", Running, 2)]));
        assert_eq!(states(&pending.batch).len(), 2);
        pending.push(delta(
            "a",
            vec![
                Fact::Gone(EntityKind::Job, "x".into()),
                job("x", Running, 3),
            ],
        ));
        assert_eq!(states(&pending.batch).len(), 3);
    }

    #[tokio::test]
    async fn a_reader_that_stalls_stops_the_links_and_nothing_else() {
        let lanes = Lanes::default();
        let alerts = |n: usize| {
            (0..n)
                .map(|_| Fact::Gone(EntityKind::Alert, "x".into()))
                .collect()
        };
        lanes.push(delta("a", alerts(FULL))).await;
        let blocked = tokio::spawn({
            let lanes = lanes.clone();
            async move { lanes.push(delta("b", alerts(1))).await }
        });
        let (inbox, mut read) = mpsc::channel(1);
        tokio::spawn(pump(lanes, inbox));
        let mut seen = 0;
        while seen < FULL + 1 {
            let Some(Msg::Fleet(batch)) = read.recv().await else {
                panic!("the pump ended")
            };
            for msg in batch {
                if let LinkNews::Delta(facts) = msg.news {
                    seen += facts.len();
                }
            }
        }
        blocked.await.unwrap();
    }
}

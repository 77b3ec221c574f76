//! What keeps the demo alive: threads that seed, change files, and carry out what the
//! console asks of the demo. Dropping the supervisor ends all of it.

use super::{
    children::{Announcement, Children},
    data, files, loss,
    own::{self, Own},
    seeding,
    world::{APPLIANCES, System},
};
use crate::{
    shell::DemoLink,
    state::{effect::DemoCommand, msg::DemoMsg},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// The system that the demo loses, and that nothing but the loss changes.
const LOST: &str = "acme/erp01";
/// How often files are changed, and how long the vanishing file is there and is not.
const BEAT: Duration = Duration::from_secs(10);
/// How often the appliances are looked at.
const TEND: Duration = Duration::from_secs(1);
/// Appliances seeded at once: a machine has at least two cores.
const SEEDERS: usize = 2;

/// The demo's threads and processes.
pub(super) struct Supervisor {
    /// The writer ends when this is dropped.
    stop: Option<std::sync::mpsc::Sender<()>>,
    writer: Option<JoinHandle<()>>,
    children: Arc<Mutex<Children>>,
}

impl Supervisor {
    /// Begins to seed; the link is the console's end. With a folder of one's own its appliance
    /// serves at once: its first backup may take long, and nothing waits for it.
    pub(super) fn start(dir: &Path, own: bool) -> (Self, DemoLink) {
        let (news, from_demo) = tokio::sync::mpsc::unbounded_channel();
        let (to_demo, commands) = tokio::sync::mpsc::unbounded_channel();
        let (stop, stopped) = channel();
        let children = Arc::new(Mutex::new(Children::default()));
        let lost = Arc::new(Mutex::new(BTreeSet::new()));
        if own {
            serve_own(dir, &children, &news);
        }
        seed_all(dir, &children, &news);
        let writer = {
            let (dir, lost, children) = (dir.to_owned(), lost.clone(), children.clone());
            std::thread::spawn(move || write_on(&dir, &stopped, &lost, &children))
        };
        let dir = dir.to_owned();
        std::thread::spawn(move || obey(&dir, commands, &news, &lost));
        let supervisor = Self {
            stop: Some(stop),
            writer: Some(writer),
            children,
        };
        (
            supervisor,
            DemoLink {
                commands: to_demo,
                news: from_demo,
            },
        )
    }
}

impl Supervisor {
    /// Lets a keeper run beside the console, on the console's desk.
    pub(super) fn keep(&self, dir: &Path) -> anyhow::Result<()> {
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        children.keep(dir)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        *children = Children::default();
    }
}

fn serve_own(dir: &Path, children: &Arc<Mutex<Children>>, news: &UnboundedSender<DemoMsg>) {
    let (config, children, news) = (Own::config(dir), children.clone(), news.clone());
    std::thread::spawn(move || {
        let started = children
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .start(own::APPLIANCE, config);
        if let Err(error) = started.and_then(Announcement::wait) {
            let _ = news.send(DemoMsg::Trouble(format!("{}: {error:#}", own::APPLIANCE)));
        }
    });
}

/// Seeds the appliances, the first ones first, [`SEEDERS`] at a time.
fn seed_all(dir: &Path, children: &Arc<Mutex<Children>>, news: &UnboundedSender<DemoMsg>) {
    let next = Arc::new(AtomicUsize::new(0));
    let done = Arc::new(AtomicUsize::new(0));
    let all = APPLIANCES.iter().filter(|a| !a.down).count();
    for _ in 0..SEEDERS {
        let (dir, children, news) = (dir.to_owned(), children.clone(), news.clone());
        let (next, done) = (next.clone(), done.clone());
        std::thread::spawn(move || {
            let alive = || APPLIANCES.iter().filter(|a| !a.down);
            while let Some(appliance) = alive().nth(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(error) = seeding::seed(&dir, appliance, &children) {
                    let _ = news.send(DemoMsg::Trouble(format!("{error:#}")));
                    continue;
                }
                let count = done.fetch_add(1, Ordering::SeqCst) + 1;
                let text = format!("seeding: {} is there, {count} of {all}", appliance.id);
                let _ = news.send(DemoMsg::Seeding {
                    text,
                    done: count == all,
                });
            }
        });
    }
}

/// Starts appliances again that died, changes a few files every now and then, and lets one
/// come and go.
fn write_on(
    dir: &Path,
    stopped: &Receiver<()>,
    lost: &Mutex<BTreeSet<String>>,
    children: &Mutex<Children>,
) {
    let systems: Vec<&System> = APPLIANCES.iter().flat_map(|a| a.systems).collect();
    for round in 0.. {
        let next = Instant::now() + BEAT;
        while Instant::now() < next {
            if stopped.recv_timeout(TEND) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            children
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .tend();
        }
        for (index, system) in systems.iter().enumerate() {
            let root = files::root_of(dir, system);
            let gone = lost
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(&name(system));
            if gone || !started(&root, system) {
                continue;
            }
            if system.vanishing {
                let file = data::vanishing(&root, system);
                let flipped = if file.exists() {
                    fs::remove_file(&file)
                } else {
                    fs::write(&file, "in use")
                };
                if let Err(error) = flipped {
                    tracing::debug!(path = %file.display(), %error, "the vanishing file");
                }
            }
            let turn = round % systems.len() == index;
            if turn
                && name(system) != LOST
                // What changes takes space, and a small repository is to last.
                && system.limit.is_none()
                && let Err(error) = data::change(&root, system, 1_000 + round as u64)
            {
                tracing::debug!(system = system.id, %error, "the demo's writer");
            }
        }
    }
}

/// Whether the data of a system was made.
fn started(root: &Path, system: &System) -> bool {
    system
        .folders
        .iter()
        .all(|(folder, _)| root.join(folder).exists())
}

fn name(system: &System) -> String {
    format!("{}/{}", system.tenant, system.id)
}

fn root_named(dir: &Path, wanted: &str) -> Option<PathBuf> {
    let mut systems = APPLIANCES.iter().flat_map(|a| a.systems);
    let system = systems.find(|s| name(s) == wanted)?;
    Some(files::root_of(dir, system))
}

/// Carries out what the console asks of the demo, until the console is gone.
fn obey(
    dir: &Path,
    mut commands: UnboundedReceiver<DemoCommand>,
    news: &UnboundedSender<DemoMsg>,
    lost: &Mutex<BTreeSet<String>>,
) {
    let mut manifests: BTreeMap<String, loss::Manifest> = BTreeMap::new();
    while let Some(command) = commands.blocking_recv() {
        let done = match command {
            DemoCommand::Lose(system) => lose(dir, system, &mut manifests, lost),
            DemoCommand::Compare(system) => compare(dir, system, &manifests),
        };
        let _ = news.send(done.unwrap_or_else(|error| DemoMsg::Trouble(format!("{error:#}"))));
    }
}

fn lose(
    dir: &Path,
    system: String,
    manifests: &mut BTreeMap<String, loss::Manifest>,
    lost: &Mutex<BTreeSet<String>>,
) -> anyhow::Result<DemoMsg> {
    let root = root_named(dir, &system)
        .ok_or_else(|| anyhow::anyhow!("the demo has no system {system}"))?;
    lost.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(system.clone());
    let manifest = loss::manifest(&root)?;
    let files = manifest.len() as u64;
    // Losing what is lost already must not forget what was there.
    if files > 0 {
        manifests.insert(system.clone(), manifest);
    }
    loss::lose(&root)?;
    Ok(DemoMsg::Lost { system, files })
}

fn compare(
    dir: &Path,
    system: String,
    manifests: &BTreeMap<String, loss::Manifest>,
) -> anyhow::Result<DemoMsg> {
    let root = root_named(dir, &system)
        .ok_or_else(|| anyhow::anyhow!("the demo has no system {system}"))?;
    let before = manifests
        .get(&system)
        .ok_or_else(|| anyhow::anyhow!("{system} was not lost in this demo"))?;
    let (equal, wrong) = loss::compare(&root, before)?;
    Ok(DemoMsg::Compared {
        system,
        equal,
        wrong,
    })
}

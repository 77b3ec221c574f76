//! A fleet to kill in, a client that is no console, and the books that say what was begun.

use crate::support::{
    DEADLINE,
    books::Books,
    fleet::{APPLIANCE, Fleet},
    wait_for,
};
use ocdeck::{
    config,
    fleet::{self, start},
    state::{
        effect::{Call, Dispatch, Intent, Ticket, Verdict},
        msg::{CallError, LinkNews, Msg, Reply},
    },
};
use ocdeck_domain::{
    facts::{Fact, RestoreAttempt, RestorePoint, RestoreState, Session, SessionResult},
    ids::{RequestId, SessionId},
    priority::Priority,
    restore::{Order, OverwritePolicy, Target},
};
use ocdeck_faults::{Point, VARIABLE};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{self, Receiver},
    time::timeout,
};
use uuid::Uuid;

/// Files of a world: those of the fleet, and a big one.
pub const FILES: usize = 42;
/// Bytes of the big one: more than the longest piece that a file is cut into.
const BIG: usize = 10_000_000;

/// A point that one process is to die at.
pub struct Armed {
    point: Point,
    nth: u32,
    mark: PathBuf,
}

impl Armed {
    pub fn new(fleet: &Fleet, point: Point, nth: u32) -> Self {
        let mark = fleet.home.path().join(format!("{}.mark", point.name()));
        Self { point, nth, mark }
    }

    /// The value of [`VARIABLE`].
    pub fn value(&self) -> String {
        let mark = self.mark.to_str().unwrap();
        format!("{}:{}:{mark}", self.point.name(), self.nth)
    }

    /// Waits until a process has died there.
    pub fn died(&self) {
        let id: u32 = wait_for(&format!("a death at {}", self.point.name()), || {
            let text = std::fs::read_to_string(&self.mark).ok()?;
            text.strip_suffix('\n')?.parse().ok()
        });
        wait_for("the end of who died", || (!lives(id)).then_some(()));
    }
}

/// Whether a process is there and no zombie.
pub fn lives(id: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or("").starts_with(" Z"))
}

/// An appliance with a system of [`FILES`] files.
pub struct World {
    pub fleet: Fleet,
    /// What the files hold.
    pub before: BTreeMap<PathBuf, [u8; 32]>,
    runtime: Runtime,
}

impl World {
    /// With a restore point.
    pub fn new() -> Self {
        Self::writing("")
    }

    /// As [`World::new`], with a line for the head of `appliance.toml`.
    pub fn writing(line: &str) -> Self {
        let mut world = Self::without_point();
        if !line.is_empty() {
            let config = world.fleet.folder().join("appliance.toml");
            let text = std::fs::read_to_string(&config).unwrap();
            std::fs::write(&config, format!("{line}\n{text}")).unwrap();
            world.fleet.kill();
            world.fleet.serve();
        }
        let mut client = world.client();
        let session = client.back_up();
        let ended = world.session_ended(&session);
        assert_eq!(ended.result, Some(SessionResult::Success), "{ended:?}");
        drop(client);
        world
    }

    pub fn without_point() -> Self {
        ocdeck_trust::install_provider();
        let fleet = Fleet::start();
        std::fs::write(fleet.data().join("big.bin"), noise()).unwrap();
        let before = fleet.hashes();
        assert_eq!(before.len(), FILES);
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        Self {
            fleet,
            before,
            runtime,
        }
    }

    /// The appliance anew, with a point to die at for it or one of its workers.
    pub fn arm(&mut self, point: Point, nth: u32) -> Armed {
        let armed = Armed::new(&self.fleet, point, nth);
        self.fleet.kill();
        self.fleet.serve_with(&[], &[(VARIABLE, &armed.value())]);
        armed
    }

    /// Waits until the armed appliance is dead, by itself.
    pub fn appliance_died(&mut self, armed: &Armed) {
        let status = self.fleet.death();
        assert_eq!(status.signal(), Some(9), "{status}");
        armed.died();
    }

    /// A client, once it knows what the appliance tells.
    pub fn client(&self) -> Client<'_> {
        let mut client = self.dialling();
        client.snapshot().unwrap();
        client
    }

    /// The client of a duty manager, once it knows what the appliance tells.
    pub fn duty_manager(&self) -> Client<'_> {
        let mut client = self.dialling_as(&self.fleet.file_of("eva", "duty_manager"));
        client.snapshot().unwrap();
        client
    }

    /// A client that dials.
    pub fn dialling(&self) -> Client<'_> {
        self.dialling_as(&self.fleet.file())
    }

    fn dialling_as(&self, file: &Path) -> Client<'_> {
        let file = config::fleet::load(file).unwrap();
        let (inbox, news) = mpsc::channel(64);
        let _inside = self.runtime.enter();
        Client {
            runtime: &self.runtime,
            links: start(file.links, &file.me, inbox).unwrap(),
            news,
            tickets: 0,
        }
    }

    /// What the appliance has written down.
    pub fn books(&self) -> Books {
        Books::of(&self.fleet)
    }

    pub fn session_ended(&self, id: &SessionId) -> Session {
        let books = self.books();
        wait_for("the end of the session", || {
            let mut sessions = books.sessions().into_iter();
            sessions.find(|it| it.id == *id && it.ended.is_some())
        })
    }

    /// The attempt, once it has ended.
    pub fn ended(&self, request: RequestId, attempt: u32) -> RestoreAttempt {
        let books = self.books();
        wait_for("the end of the restore", || {
            books
                .attempt(request, attempt)
                .filter(|it| it.state.ended())
        })
    }

    /// Every file under its own name is whole; temporaries stand for themselves.
    pub fn whole_files(&self) -> usize {
        let there = self.fleet.hashes();
        let named = there.iter().filter(|(path, _)| !is_temporary(path));
        named
            .map(|(path, hash)| {
                let whole = self.before.get(path) == Some(hash);
                assert!(whole, "{} is not whole", path.display());
            })
            .count()
    }

    /// Temporaries of restores and plans that stand there.
    pub fn temporaries(&self) -> Vec<PathBuf> {
        let there = self.fleet.hashes().into_keys();
        there.filter(|path| is_temporary(path)).collect()
    }

    /// How often this request was begun: entries of the audit log, and sessions.
    pub fn begun(&self, request: RequestId) -> (Vec<u32>, usize) {
        let books = self.books();
        (books.dispatches(request), books.restores(request))
    }

    /// Goes on in the next attempt, to the end: every file is compared and equal, and who
    /// sends again what was sent begins nothing.
    pub fn goes_on(&self, client: &mut Client<'_>, request: RequestId, attempt: u32) {
        let before = self.begun(request).1;
        let dispatch = client.planned(request, attempt).unwrap();
        client.dispatch(&dispatch).unwrap();
        let done = self.ended(request, attempt);
        self.is_complete(&done);
        let again = client.dispatch(&dispatch).unwrap();
        assert_eq!(again.state, RestoreState::Completed);
        let (dispatches, sessions) = self.begun(request);
        let all: Vec<u32> = (1..=attempt).collect();
        assert_eq!((dispatches, sessions), (all, before + 1));
    }

    /// It says that all is well, and it is.
    pub fn is_complete(&self, done: &RestoreAttempt) {
        assert_eq!(done.state, RestoreState::Completed, "{done:?}");
        let files = FILES as u64;
        assert_eq!(done.verified.files, files, "{done:?}");
        assert_eq!((done.unequal, done.failed, done.warnings), (0, 0, 0));
        assert_eq!(self.fleet.hashes(), self.before, "and nothing else there");
    }
}

fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.starts_with(".ocdeck-") && name.ends_with(".part")
}

/// Bytes that do not compress and do not repeat.
fn noise() -> Vec<u8> {
    (0_u32..)
        .flat_map(|n| Sha256::digest(n.to_le_bytes()))
        .take(BIG)
        .collect()
}

/// The console's end of a link, without a console.
pub struct Client<'r> {
    runtime: &'r Runtime,
    links: fleet::Fleet,
    news: Receiver<Msg>,
    tickets: u64,
}

impl Client<'_> {
    fn next(&mut self, what: &str) -> Msg {
        let next = async { timeout(DEADLINE, self.news.recv()).await };
        match self.runtime.block_on(next) {
            Ok(Some(msg)) => msg,
            _ => panic!("waited in vain for {what}"),
        }
    }

    /// The first picture, whole; or why the link ended before.
    pub fn snapshot(&mut self) -> Result<Vec<Fact>, String> {
        loop {
            let Msg::Fleet(batch) = self.next("a snapshot") else {
                continue;
            };
            for msg in batch {
                match msg.news {
                    LinkNews::Snapshot(facts) => return Ok(facts),
                    LinkNews::Down { why, .. } => return Err(why),
                    _ => {}
                }
            }
        }
    }

    fn ask<T>(&mut self, call: Call, mut take: impl FnMut(Reply) -> Option<T>) -> T {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.links.call(ticket, &APPLIANCE.into(), call);
        loop {
            if let Msg::Reply(of, reply) = self.next("a reply")
                && of == ticket
                && let Some(taken) = take(reply)
            {
                return taken;
            }
        }
    }

    /// Starts the job, once the run before is off the board.
    pub fn back_up(&mut self) -> SessionId {
        wait_for("the job to start", || {
            let call = Call::StartJob("erp01-files".into(), Intent::default());
            self.ask(call, |reply| match reply {
                Reply::Job(started) => Some(started.ok()),
                _ => None,
            })
        })
    }

    /// The points, newest first.
    pub fn points(&mut self) -> Result<Vec<RestorePoint>, CallError> {
        self.ask(Call::Points("erp01".into()), |reply| match reply {
            Reply::Points(points) => Some(points),
            _ => None,
        })
    }

    /// Plans the whole system at its place, from the newest point: what can be sent.
    pub fn planned(&mut self, request: RequestId, attempt: u32) -> Result<Dispatch, CallError> {
        let order = Order {
            system: "erp01".into(),
            point: self.points()?.remove(0).id,
            paths: Vec::new(),
            target: Target::Original,
            policy: OverwritePolicy::ReplaceChanged,
        };
        let reference = format!("R-{:04}", request.0.as_u128() % 10_000);
        let call = Call::Plan {
            order: order.clone(),
            reference: reference.clone(),
            time_zone: "UTC".to_owned(),
        };
        let plan = self.ask(call, |reply| match reply {
            Reply::Plan(plan) => Some(plan),
            _ => None,
        })?;
        assert_eq!(plan.problems, Vec::<String>::new());
        Ok(Dispatch {
            request,
            attempt,
            order,
            digest: plan.digest.clone(),
            intent: Intent {
                reason: "the disk was swapped".to_owned(),
                reference,
            },
            priority: Priority::P1,
            requester: "Maren of acme".to_owned(),
            break_glass: None,
            asked_by: Vec::new(),
        })
    }

    pub fn decide(&mut self, verdict: &Verdict) -> Result<RestoreAttempt, CallError> {
        let call = Call::Decide(Box::new(verdict.clone()));
        self.ask(call, |reply| match reply {
            Reply::Decided(answer) => Some(answer.map(|told| *told)),
            _ => None,
        })
    }

    pub fn dispatch(&mut self, dispatch: &Dispatch) -> Result<RestoreAttempt, CallError> {
        let call = Call::Dispatch(Box::new(dispatch.clone()));
        self.ask(call, |reply| match reply {
            Reply::Dispatched(answer) => Some(answer.map(|told| *told)),
            _ => None,
        })
    }
}

/// A request of its own.
pub fn new_request() -> RequestId {
    RequestId(Uuid::new_v4())
}

//! Links against a real appliance: a process of the built program, over real TLS.

use crate::support::{DEADLINE, Home, both, ocdeck, trial};
use libtest_mimic::Trial;
use ocdeck::{
    config::fleet,
    fleet::{Fleet, start},
    state::{
        effect::{Call, Intent, Ticket},
        msg::{CallErrorKind, LinkNews, Msg, Reply},
    },
};
use ocdeck_domain::{
    facts::{Fact, LogLine},
    ids::ApplianceId,
};
use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{self, Receiver},
    time::timeout,
};

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "links::live_killed_and_back_with_a_new_snapshot",
            live_killed_and_back,
        ),
        trial(
            "links::an_appliance_that_hangs_is_silent_and_comes_back",
            hangs,
        ),
        trial(
            "links::a_backup_its_log_its_point_and_its_files",
            works_and_answers,
        ),
        trial("links::status_says_why_and_exits_by_the_worst", status),
    ]
}

/// One appliance over one folder, and a console's end of the link.
struct World {
    home: Home,
    serving: Option<Child>,
}

impl World {
    fn new() -> Self {
        ocdeck_trust::install_provider();
        let home = Home::new();
        let data = home.path().join("data");
        std::fs::create_dir_all(data.join("orders")).unwrap();
        std::fs::write(data.join("orders/one.csv"), "a;b\n1;2\n").unwrap();
        std::fs::write(data.join("readme.txt"), "hello").unwrap();
        // Held until the port was written down; free when the appliance takes it.
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = port.local_addr().unwrap().to_string();
        for line in [
            "pki init pki",
            "pki issue person mara --role technician --dir pki",
            &format!(
                "appliance init box1 --protect data --pki pki --person mara --listen {listen}"
            ),
        ] {
            let output = home.run(&line.split(' ').collect::<Vec<_>>());
            assert!(output.status.success(), "{line}: {}", both(&output));
        }
        drop(port);
        let config = home.path().join("box1/appliance.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        // Runs come when a trial asks for them.
        std::fs::write(&config, text.replace("every = \"1h\"\n", "")).unwrap();
        Self {
            home,
            serving: None,
        }
    }

    /// Serves; returns when it listens.
    fn serve(&mut self) {
        let mut child = Command::new(ocdeck())
            .args(["appliance", "serve", "--stop-on-stdin-eof", "--config"])
            .arg(self.home.path().join("box1/appliance.toml"))
            .env_clear()
            .envs(self.home.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.starts_with("listening on "), "{line}");
        self.serving = Some(child);
    }

    fn signal(&self, name: &str) {
        let pid = self.serving.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    fn kill(&mut self) {
        let mut child = self.serving.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn fleet_file(&self) -> std::path::PathBuf {
        self.home.path().join("box1/fleet.toml")
    }

    fn link(&self, runtime: &Runtime) -> Linked {
        let file = fleet::load(&self.fleet_file()).unwrap();
        let (inbox, news) = mpsc::channel(64);
        let _inside = runtime.enter();
        Linked {
            fleet: start(file.links, &file.me, inbox).unwrap(),
            news,
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.serving.is_some() {
            self.kill();
        }
    }
}

struct Linked {
    fleet: Fleet,
    news: Receiver<Msg>,
}

fn box1() -> ApplianceId {
    "box1".into()
}

impl Linked {
    async fn next(&mut self, what: &str) -> Msg {
        match timeout(DEADLINE, self.news.recv()).await {
            Ok(Some(msg)) => msg,
            _ => panic!("waited in vain for {what}"),
        }
    }

    async fn until<T>(&mut self, what: &str, mut found: impl FnMut(&LinkNews) -> Option<T>) -> T {
        loop {
            if let Msg::Fleet(batch) = self.next(what).await
                && let Some(found) = batch.iter().find_map(|msg| found(&msg.news))
            {
                return found;
            }
        }
    }

    async fn snapshot(&mut self) -> Vec<Fact> {
        self.until("a snapshot", |news| match news {
            LinkNews::Snapshot(facts) => Some(facts.clone()),
            _ => None,
        })
        .await
    }

    async fn down(&mut self) -> String {
        self.until("the end of the link", |news| match news {
            LinkNews::Down { why, .. } => Some(why.clone()),
            _ => None,
        })
        .await
    }

    /// Calls and waits for replies with this ticket until one is taken.
    async fn ask<T>(
        &mut self,
        ticket: u64,
        call: Call,
        mut take: impl FnMut(Reply) -> Option<T>,
    ) -> T {
        self.fleet.call(Ticket(ticket), &box1(), call);
        loop {
            if let Msg::Reply(Ticket(got), reply) = self.next("a reply").await
                && got == ticket
                && let Some(taken) = take(reply)
            {
                return taken;
            }
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn systems(facts: &[Fact]) -> usize {
    let is = |fact: &&Fact| matches!(fact, Fact::System(_));
    facts.iter().filter(is).count()
}

fn live_killed_and_back() {
    let runtime = runtime();
    let mut world = World::new();
    world.serve();
    let mut linked = world.link(&runtime);
    runtime.block_on(async {
        let facts = linked.snapshot().await;
        assert_eq!(systems(&facts), 1, "{facts:?}");
        world.kill();
        let why = linked.down().await;
        assert!(why.contains("box1"), "{why}");
        linked.fleet.redial(&box1());
        let why = linked.down().await;
        assert!(why.contains("nobody listens"), "{why}");
        world.serve();
        linked.fleet.redial(&box1());
        // The epoch is new: what was held is replaced whole.
        assert_eq!(systems(&linked.snapshot().await), 1);
    });
}

fn hangs() {
    let runtime = runtime();
    let mut world = World::new();
    world.serve();
    let mut linked = world.link(&runtime);
    runtime.block_on(async {
        linked.snapshot().await;
        linked.fleet.heartbeat(&box1(), 1);
        // A stopped process holds its connections open and answers nothing.
        world.signal("-STOP");
        linked
            .until("silence", |news| {
                matches!(news, LinkNews::Silent).then_some(())
            })
            .await;
        world.signal("-CONT");
        linked
            .until("a sign of life", |news| {
                matches!(news, LinkNews::Heard | LinkNews::Delta(_)).then_some(())
            })
            .await;
    });
}

fn works_and_answers() {
    let runtime = runtime();
    let mut world = World::new();
    world.serve();
    let mut linked = world.link(&runtime);
    runtime.block_on(async {
        let facts = linked.snapshot().await;
        let job = facts
            .iter()
            .find_map(|fact| match fact {
                Fact::Job(job) => Some(job.clone()),
                _ => None,
            })
            .unwrap();
        let call = Call::StartJob(job.id.clone(), Intent::default());
        let session = linked
            .ask(1, call, |reply| match reply {
                Reply::Job(started) => Some(started.unwrap()),
                _ => None,
            })
            .await;
        // A session that waits for its turn has no log yet.
        linked
            .until("the session", |news| match news {
                LinkNews::Delta(facts) => facts.iter().find_map(|fact| match fact {
                    Fact::Session(begun) if begun.id == session => Some(()),
                    _ => None,
                }),
                _ => None,
            })
            .await;
        let mut log: Vec<LogLine> = Vec::new();
        linked
            .ask(2, Call::TailLog(session, 100), |reply| match reply {
                Reply::Log(lines) => {
                    log.extend(lines);
                    None
                }
                Reply::LogEnd(end) => end.ok(),
                _ => None,
            })
            .await;
        let numbers: Vec<u64> = log.iter().map(|line| line.line).collect();
        assert_eq!(
            numbers,
            (0..log.len() as u64).collect::<Vec<_>>(),
            "{log:?}"
        );
        assert!(!log.is_empty());
        let points = linked
            .ask(3, Call::Points(job.system.clone()), |reply| match reply {
                Reply::Points(points) => Some(points.unwrap()),
                _ => None,
            })
            .await;
        assert_eq!(points.len(), 1);
        let point = &points[0];
        let folder = point.folders[0].clone();
        let browse = Call::Browse(job.system.clone(), point.id.clone(), folder);
        let entries = linked
            .ask(4, browse, |reply| match reply {
                Reply::Entries(entries) => Some(entries.unwrap()),
                _ => None,
            })
            .await;
        let names: Vec<&[u8]> = entries.iter().map(|entry| entry.name.as_slice()).collect();
        assert_eq!(names, [&b"orders"[..], b"readme.txt"]);
        // What an appliance refuses arrives with its words.
        let call = Call::StopJob(
            job.id.clone(),
            Intent {
                reason: "test".to_owned(),
                ..Intent::default()
            },
        );
        let mut ticket = 5;
        let error = loop {
            let stopped = linked
                .ask(ticket, call.clone(), |reply| match reply {
                    Reply::Job(stopped) => Some(stopped),
                    _ => None,
                })
                .await;
            match stopped {
                Err(error) => break error,
                // It is leaving just now.
                Ok(_) => ticket += 1,
            }
        };
        assert_eq!(error.kind, CallErrorKind::Refused, "{error:?}");
        assert!(!error.text.is_empty());
    });
}

fn status() {
    let mut world = World::new();
    let fleet = world.fleet_file();
    let fleet = fleet.to_str().unwrap();
    let down = world.home.run(&["status", "--fleet", fleet]);
    assert_eq!(down.status.code(), Some(3), "{}", both(&down));
    assert!(both(&down).contains("nobody listens"), "{}", both(&down));
    world.serve();
    let well = world.home.run(&["status", "--json", "--fleet", fleet]);
    assert_eq!(well.status.code(), Some(0), "{}", both(&well));
    let json: serde_json::Value = serde_json::from_slice(&well.stdout).unwrap();
    assert_eq!(json["appliances"][0]["id"], "box1");
    assert_eq!(json["appliances"][0]["link"], "live");
    let nonsense = world.home.run(&["status", "--fleet", "nowhere.toml"]);
    assert_eq!(nonsense.status.code(), Some(2), "{}", both(&nonsense));
}

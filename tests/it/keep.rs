//! The keeper: no console is open, a job really fails, and the desk has its incident and the hook
//! ran once, however many keepers there are and however they end; on both stores alike.

use crate::{
    desk::{Fresh, on_a_disk, on_a_server},
    support::{
        Home, both,
        fleet::Fleet,
        ocdeck,
        postgres::{Stop, trial_with_postgres},
        trial, trial_with_peer, wait_for,
    },
};
use chrono::Utc;
use libtest_mimic::Trial;
use ocdeck_domain::{
    alert::Event,
    journal::{Record, Subject},
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "keep::without_a_console_an_incident_is_opened_and_a_hook_runs_once",
            || without_a_console(on_a_disk()),
        ),
        trial_with_postgres(
            "keep::without_a_console_an_incident_is_opened_and_a_hook_runs_once_on_postgres",
            || without_a_console(on_a_server()),
        ),
        trial_with_postgres(
            "keep::what_happens_while_the_server_is_away_is_written_once",
            while_the_server_is_away,
        ),
        trial_with_peer(
            "keep::systemd_finds_nothing_wrong_with_the_unit",
            "systemd-analyze",
            "systemd",
            unit,
        ),
        trial(
            "keep::what_cannot_be_used_is_said_and_the_unit_is_printed",
            what_cannot_be_used,
        ),
    ]
}

/// A fleet whose keepers write to a desk.
struct World {
    fleet: Fleet,
    desk: Fresh,
}

impl World {
    /// The directory is on the desk, and an acknowledgement stands for a second.
    fn new(desk: Fresh) -> Self {
        let world = Self {
            fleet: Fleet::start(),
            desk,
        };
        let home = &world.fleet.home;
        fs::write(
            home.path().join("policy.toml"),
            "[alert_life]\nacknowledged_p2 = 1\n",
        )
        .unwrap();
        let place = &world.desk.place;
        let output = home.run(&[
            "desk",
            "directory",
            "apply",
            "--yes",
            "--desk",
            place,
            "console.toml",
            "policy.toml",
        ]);
        assert!(output.status.success(), "{}", both(&output));
        world
    }

    fn journal(&self) -> Vec<Record> {
        self.desk.open("").records(0, u32::MAX).unwrap()
    }

    /// Each thing has one record of that kind. How many things there are is not asked: the disk
    /// below may be an alert too.
    fn once(&self, kind: &str) {
        let journal = self.journal();
        let records = journal.iter().map(|r| &r.record);
        let others = records.filter(|r| !matches!(r.subject, Subject::Alert(_)));
        let mut subjects: Vec<_> = others
            .filter(|r| r.kind == kind)
            .map(|r| r.subject.to_string())
            .collect();
        assert!(!subjects.is_empty(), "{kind}");
        let all = subjects.len();
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), all, "{kind}");
    }

    /// The job runs by itself, and the appliance keeps its address from now on.
    fn often(&mut self) {
        let fleet = &mut self.fleet;
        let console = fs::read_to_string(fleet.file()).unwrap();
        let address = console
            .split('"')
            .find(|word| word.starts_with("127.0.0.1:"));
        fleet.kill();
        let config = fleet.folder().join("appliance.toml");
        let text = fs::read_to_string(&config).unwrap();
        let text = text
            .replace("[[job]]\n", "[[job]]\nevery = \"2s\"\n")
            .replace("127.0.0.1:0", address.unwrap());
        fs::write(&config, text).unwrap();
        fleet.serve();
    }

    /// The folder that is protected goes: the next run fails.
    fn lose(&self) {
        let fleet = &self.fleet;
        fs::rename(fleet.data(), fleet.home.path().join("gone")).unwrap();
    }

    /// Somebody acknowledges the first alert of the desk.
    fn acknowledge(&self) {
        let journal = self.journal();
        let episode = journal.iter().find_map(|r| match &r.record.subject {
            Subject::Alert(episode) => Some(episode.clone()),
            _ => None,
        });
        let note = "looking".to_owned();
        let event = Event::Acknowledged { note };
        let record = event.record(uuid::Uuid::new_v4(), &episode.unwrap(), Utc::now(), "mara");
        self.desk.open("").append(&[record]).unwrap();
    }
}

/// A keeper as a process; killed when dropped.
struct Keeper {
    child: Child,
    said: Arc<Mutex<String>>,
    /// What the service manager was told.
    told: Arc<Mutex<Vec<String>>>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Keeper {
    fn start(world: &World, name: &str) -> Self {
        let (fleet, home) = (&world.fleet, &world.fleet.home);
        let socket = home.path().join(name);
        let manager = UnixDatagram::bind(&socket).unwrap();
        let mut child = Command::new(ocdeck())
            .args(["desk", "keep", "--fleet"])
            .arg(fleet.file())
            .env_clear()
            .envs(home.environment())
            .env("OCDECK_DESK", &world.desk.place)
            .env("NOTIFY_SOCKET", &socket)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (lines, heard) = (BufReader::new(child.stdout.take().unwrap()), said.clone());
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                *heard.lock().unwrap() += &format!("{line}\n");
            }
        });
        // Read at once: what finds no room is not told.
        let told = Arc::new(Mutex::new(Vec::new()));
        let messages = told.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 500];
            while let Ok(read) = manager.recv(&mut bytes) {
                let message = String::from_utf8_lossy(&bytes[..read]).into_owned();
                messages.lock().unwrap().push(message);
            }
        });
        Self { child, said, told }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it says this.
    fn says(&self, words: &str) {
        self.says_so_often(words, 1);
    }

    /// Waits until it has said this so often.
    fn says_so_often(&self, words: &str, times: usize) {
        let said = || self.said().matches(words).count() >= times;
        wait_for(words, || said().then_some(()));
    }

    /// Waits until the service manager was told this.
    fn tells(&self, words: &str) {
        let told = || self.told.lock().unwrap().iter().any(|one| one == words);
        wait_for(words, || told().then_some(()));
    }

    /// Waits until it says that the job's failure is an incident; its number.
    fn number(&self) -> String {
        let end = " raised by acme-stl-01: Job erp01-files failed";
        self.says(end);
        let said = self.said();
        let begin = said.split(end).next().unwrap();
        begin.rsplit(' ').next().unwrap().to_owned()
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    fn end(mut self) -> i32 {
        self.signal(Signal::TERM);
        let status = wait_for("the keeper's end", || self.child.try_wait().unwrap());
        status.code().unwrap()
    }
}

fn hook(home: &Home, name: &str) -> (PathBuf, String) {
    let file = home.path().join(format!("{name}.log"));
    let text = format!(
        "[[hook]]\nname = \"{name}\"\non = [\"new_p1\", \"new_p2\"]\n\
         command = [\"/bin/sh\", \"-c\", 'all=$(cat); printf \"%s\\n\" \"$all\" >> {}']\n",
        file.display()
    );
    (file, text)
}

fn configure(home: &Home, text: &str) {
    fs::create_dir_all(home.config()).unwrap();
    fs::write(home.config().join("config.toml"), text).unwrap();
}

/// What the runs for the job's failure read.
fn runs(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines();
    let all = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|input| input["where"] == "acme/erp01-files")
        .collect()
}

fn without_a_console(desk: Fresh) {
    let mut world = World::new(desk);
    let (paged, page) = hook(&world.fleet.home, "page");
    configure(&world.fleet.home, &page);
    world.lose();
    world.often();
    let keepers = [Keeper::start(&world, "a"), Keeper::start(&world, "b")];
    for keeper in &keepers {
        keeper.tells("READY=1");
        let number = keeper.number();
        keeper.says(&format!("hook page on {number} hook ended by desk keep "));
    }
    let number = keepers[0].number();
    let input = runs(&paged);
    assert_eq!(input.len(), 1, "{input:?}");
    let input = input.first().unwrap();
    assert_eq!(input["event"], "new_p2");
    assert_eq!(input["number"], number);
    assert_eq!(input["appliance"], "acme-stl-01");
    for kind in ["raised", "hook_run", "hook_ended"] {
        world.once(kind);
    }
    world.acknowledge();
    for keeper in &keepers {
        keeper.says(" acknowledgement timed out by desk keep ");
    }
    let journal = world.journal();
    let out = |r: &&Record| r.record.kind == "acknowledgement_timed_out";
    assert_eq!(journal.iter().filter(out).count(), 1, "whoever says it");
    // Both are killed. One that comes back has a further hook: the run of that one shows that
    // it has looked at everything.
    drop(keepers);
    let (mailed, mail) = hook(&world.fleet.home, "mail");
    configure(&world.fleet.home, &format!("{page}{mail}"));
    let keeper = Keeper::start(&world, "c");
    keeper.says(&format!("hook mail on {number} hook ended by desk keep "));
    assert_eq!((runs(&mailed).len(), runs(&paged).len()), (1, 1));
    world.once("hook_run");
    world.once("raised");
    // It outlives its links.
    world.fleet.kill();
    keeper.says("acme-stl-01 is down: ");
    world.fleet.serve();
    keeper.says_so_often("acme-stl-01 is up", 2);
    keeper.signal(Signal::TERM);
    keeper.tells("STOPPING=1");
    assert_eq!(keeper.end(), 0);
}

/// The server falls as in a power cut, a job fails meanwhile, and one of two keepers is killed.
fn while_the_server_is_away() {
    let mut world = World::new(on_a_server());
    let (paged, page) = hook(&world.fleet.home, "page");
    configure(&world.fleet.home, &page);
    world.often();
    let keepers = ["a", "b"].map(|name| Keeper::start(&world, name));
    for keeper in &keepers {
        keeper.says("acme-stl-01 is up");
        keeper.tells("READY=1");
    }
    world.desk.cluster().stop(Stop::Immediate);
    for keeper in &keepers {
        keeper.says("the desk cannot be written: ");
    }
    world.lose();
    wait_for("an alert on the appliance", || {
        let status = world.fleet.status();
        let alerts = status["appliances"][0]["alerts"].as_array();
        (!alerts?.is_empty()).then_some(())
    });
    let [killed, keeper] = keepers;
    drop(killed);
    assert!(runs(&paged).is_empty(), "a hook is claimed before it runs");
    world.desk.cluster().start_again();
    keeper.says("the desk is written again, nothing was lost");
    let number = keeper.number();
    keeper.says(&format!("hook page on {number} hook ended by desk keep "));
    // The one that was killed comes back and does nothing twice.
    let back = Keeper::start(&world, "c");
    back.says("the desk is read");
    back.says("acme-stl-01 is up");
    for keeper in [keeper, back] {
        assert_eq!(keeper.end(), 0);
    }
    assert_eq!(runs(&paged).len(), 1);
    for kind in ["raised", "hook_run", "hook_ended"] {
        world.once(kind);
    }
    let sessions = world.desk.open("").sessions().unwrap();
    let gone = sessions.iter().filter(|session| session.stale).count();
    assert_eq!(
        (sessions.len(), gone),
        (1, 1),
        "who was killed is told apart"
    );
}

fn unit() {
    let home = Home::new();
    let printed = home.run(&["desk", "keep", "--print-unit"]);
    let unit = String::from_utf8(printed.stdout).unwrap();
    // What it runs is not installed here.
    let here = unit.replace("/usr/local/bin/ocdeck", ocdeck());
    let file = home.path().join("ocdeck-desk-keep.service");
    fs::write(&file, here).unwrap();
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", both(&output));
    assert_eq!(both(&output), "");
}

fn what_cannot_be_used() {
    let home = Home::new();
    let output = home.run(&["desk", "keep"]);
    let said = crate::support::both(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("there is no fleet yet"), "{said}");
    let output = home.run(&["desk", "keep", "--print-unit"]);
    let unit = crate::support::both(&output);
    for line in [
        "Type=notify",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "User=ocdeck",
    ] {
        assert!(unit.lines().any(|there| there == line), "{line}: {unit}");
    }
    // What the unit runs can be typed.
    assert!(
        unit.contains("ExecStart=/usr/local/bin/ocdeck desk keep\n"),
        "{unit}"
    );
}

//! The keeper: no console is open, a job really fails, and the desk has its incident and the hook
//! ran once, however many keepers there are and however they end.

use crate::support::{Home, fleet::Fleet, ocdeck, trial, wait_for};
use libtest_mimic::Trial;
use ocdeck::desk::{self, Place, Who};
use ocdeck_domain::journal::{Record, Subject};
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
            without_a_console,
        ),
        trial(
            "keep::what_cannot_be_used_is_said_and_the_unit_is_printed",
            what_cannot_be_used,
        ),
    ]
}

/// A keeper as a process; killed when dropped.
struct Keeper {
    child: Child,
    said: Arc<Mutex<String>>,
    manager: UnixDatagram,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Keeper {
    fn start(fleet: &Fleet, name: &str) -> Self {
        let home = &fleet.home;
        let socket = home.path().join(name);
        let manager = UnixDatagram::bind(&socket).unwrap();
        manager.set_nonblocking(true).unwrap();
        let mut child = Command::new(ocdeck())
            .args(["desk", "keep", "--fleet"])
            .arg(fleet.file())
            .env_clear()
            .envs(home.environment())
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
        Self {
            child,
            said,
            manager,
        }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it says this.
    fn says(&self, words: &str) {
        wait_for(words, || self.said().contains(words).then_some(()));
    }

    /// Waits until the service manager was told this.
    fn tells(&self, words: &str) {
        wait_for(words, || {
            let mut bytes = [0; 500];
            let read = self.manager.recv(&mut bytes).ok()?;
            (bytes.get(..read)? == words.as_bytes()).then_some(())
        });
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
         command = [\"/bin/sh\", \"-c\", \"{{ cat; echo; }} >> {}\"]\n",
        file.display()
    );
    (file, text)
}

fn configure(home: &Home, text: &str) {
    fs::create_dir_all(home.config()).unwrap();
    fs::write(home.config().join("config.toml"), text).unwrap();
}

fn runs(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn journal(home: &Home) -> Vec<Record> {
    let mut store = desk::open(&Place::own(&home.state()), &Who::default()).unwrap();
    store.records(0, u32::MAX).unwrap()
}

/// How many records of that kind there are, those about alerts left out.
fn count(home: &Home, kind: &str) -> usize {
    let journal = journal(home);
    let records = journal.iter().map(|r| &r.record);
    let others = records.filter(|r| !matches!(r.subject, Subject::Alert(_)));
    others.filter(|r| r.kind == kind).count()
}

/// The folder that is protected goes, and the job runs by itself.
fn fail(fleet: &mut Fleet) {
    fleet.kill();
    fs::rename(fleet.data(), fleet.home.path().join("gone")).unwrap();
    let config = fleet.folder().join("appliance.toml");
    let text = fs::read_to_string(&config).unwrap();
    let text = text.replace("[[job]]\n", "[[job]]\nevery = \"2s\"\n");
    fs::write(&config, text).unwrap();
    fleet.serve();
}

fn without_a_console() {
    let mut fleet = Fleet::start();
    let (paged, page) = hook(&fleet.home, "page");
    configure(&fleet.home, &page);
    fail(&mut fleet);
    let keepers = [Keeper::start(&fleet, "a"), Keeper::start(&fleet, "b")];
    for keeper in &keepers {
        keeper.tells("READY=1");
        keeper.says("INC-0001 raised by acme-stl-01: ");
        keeper.says("hook page on INC-0001 hook ended by desk keep ");
    }
    let input = runs(&paged);
    assert_eq!(input.len(), 1, "{input:?}");
    let input = input.first().unwrap();
    assert_eq!(input["event"], "new_p2");
    assert_eq!(input["number"], "INC-0001");
    assert_eq!(input["where"], "acme/erp01-files");
    assert_eq!(input["appliance"], "acme-stl-01");
    let ran = keepers
        .iter()
        .filter(|k| k.said().contains("hook page runs"));
    assert_eq!(ran.count(), 1, "one of two");
    for kind in ["raised", "hook_run", "hook_ended"] {
        assert_eq!(count(&fleet.home, kind), 1, "{kind}");
    }
    // Both are killed. One that comes back has a further hook: the run of that one shows that
    // it has looked at everything.
    drop(keepers);
    let (mailed, mail) = hook(&fleet.home, "mail");
    configure(&fleet.home, &format!("{page}{mail}"));
    let keeper = Keeper::start(&fleet, "c");
    keeper.says("hook mail on INC-0001 hook ended by desk keep ");
    assert_eq!((runs(&mailed).len(), runs(&paged).len()), (1, 1));
    assert_eq!(count(&fleet.home, "hook_run"), 2);
    assert_eq!(count(&fleet.home, "raised"), 1);
    // It outlives its links.
    fleet.kill();
    keeper.says("acme-stl-01 is down: ");
    fleet.serve();
    keeper.says("acme-stl-01 is up");
    keeper.signal(Signal::TERM);
    keeper.tells("STOPPING=1");
    assert_eq!(keeper.end(), 0);
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

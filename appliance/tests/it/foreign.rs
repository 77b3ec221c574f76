//! Repositories that restic itself made: served, restored, never written to.

use crate::site::*;
use ocdeck_appliance::{
    agent::Agent,
    work::{PlanOrder, Refusal, Work},
};
use ocdeck_domain::{
    facts::{JobState, RestorePoint, RestoreState, SessionResult},
    ids::RepositoryId,
    restore::{Order, OverwritePolicy, Target},
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    ops::ControlFlow,
    os::unix::{ffi::OsStrExt, fs::MetadataExt, fs::PermissionsExt, fs::symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::SystemTime,
};

const PASSWORD: &str = "of the old machine";

/// A site, the machine that its system was before, and restic's repository of that.
struct Old {
    site: Site,
}

impl Old {
    /// The lines of the README stand in the site's file.
    fn new(format: &str) -> Self {
        let old = Self { site: Site::new() };
        let ann = old.machine().join("home/ann/Documents");
        fs::create_dir_all(ann.join("letters/deep/er")).unwrap();
        fs::create_dir_all(ann.join("empty")).unwrap();
        fs::create_dir_all(ann.join("cache")).unwrap();
        fs::create_dir_all(old.machine().join("etc")).unwrap();
        fs::write(ann.join("letters/a.txt"), noise(300_000, 5)).unwrap();
        fs::write(ann.join("letters/deep/er/b"), "b".repeat(5_000)).unwrap();
        fs::write(ann.join(OsStr::from_bytes(b"odd \xff\n\x1b[31m")), "odd").unwrap();
        fs::write(ann.join("run"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(ann.join("run"), PermissionsExt::from_mode(0o4751)).unwrap();
        fs::write(ann.join("cache/left out"), "x").unwrap();
        symlink("/nowhere/at all", ann.join("letters/link")).unwrap();
        fs::write(old.machine().join("etc/hosts"), "::1 pc.old\n").unwrap();
        fs::set_permissions(ann.join("letters"), PermissionsExt::from_mode(0o750)).unwrap();
        fs::write(old.site.path("old.password"), PASSWORD).unwrap();
        old.restic(&["init", "--repository-version", format]);

        let text = fs::read_to_string(old.config()).unwrap() + &readme_lines();
        let text = text
            .replace("\"/srv/restic\"", "\"restic\"")
            .replace("\"/etc/ocdeck/restic.password\"", "\"old.password\"")
            .replace("\"documents\"", "\"erp01\"");
        fs::write(old.config(), text).unwrap();
        old
    }

    fn machine(&self) -> PathBuf {
        self.site.path("machine")
    }

    fn repository(&self) -> PathBuf {
        self.site.path("restic")
    }

    fn config(&self) -> PathBuf {
        self.site.path("appliance.toml")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("restic");
        command
            .args(["--no-cache", "--repo"])
            .arg(self.repository())
            .args(arguments)
            .env("RESTIC_PASSWORD", PASSWORD)
            .current_dir(self.machine());
        command
    }

    fn restic(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Relative, as people type them: the snapshot says /…/machine/home, its tree /home.
    fn back_up(&self, host: &str, arguments: &[&str]) {
        let fixed = ["backup", "--exclude", "cache", "--host", host];
        self.restic(&[&fixed, arguments].concat());
    }

    /// The locks that are whole; restic writes one under another name first.
    fn locks(&self) -> Vec<OsString> {
        let locks = fs::read_dir(self.repository().join("locks")).unwrap();
        let names = locks.map(|it| it.unwrap().file_name());
        names.filter(|name| name.len() == 64).collect()
    }

    /// A restic that has locked the repository for itself alone, and stands still.
    fn halted_check(&self) -> Halted {
        until("restic to be met with its lock", || {
            let check = self
                .command(&["check", "--read-data"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let mut check = Halted(check.unwrap());
            let ended = until("restic to lock the repository", || {
                let ended = check.0.try_wait().unwrap().is_some();
                (ended || !self.locks().is_empty()).then_some(ended)
            });
            if ended {
                return None;
            }
            check.signal(Signal::STOP);
            let stat = format!("/proc/{}/stat", check.0.id());
            until("restic to stand still", || {
                let stat = fs::read_to_string(&stat).unwrap();
                [") T ", ") Z "]
                    .iter()
                    .any(|it| stat.contains(it))
                    .then_some(())
            });
            // It may have been done in between.
            (!self.locks().is_empty()).then_some(check)
        })
    }

    /// Every file of the repository; locks come and go.
    fn fingerprint(&self) -> BTreeMap<PathBuf, (u64, SystemTime)> {
        fn look(folder: &Path, into: &mut BTreeMap<PathBuf, (u64, SystemTime)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let meta = fs::metadata(&path).unwrap();
                if meta.is_dir() {
                    look(&path, into);
                } else {
                    into.insert(path, (meta.len(), meta.modified().unwrap()));
                }
            }
        }
        let mut files = BTreeMap::new();
        look(&self.repository(), &mut files);
        files
    }
}

/// What the README says to add.
fn readme_lines() -> String {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let block = readme.split("```toml\n").nth(1).unwrap();
    block.split("```").next().unwrap().to_owned()
}

/// What a file system says of everything below a folder.
#[derive(Debug, PartialEq)]
struct Shape {
    kind: &'static str,
    mode: u32,
    owner: (u32, u32),
    modified: (i64, i64),
    content: Vec<u8>,
}

fn shapes(folder: &Path) -> BTreeMap<PathBuf, Shape> {
    fn look(top: &Path, folder: &Path, into: &mut BTreeMap<PathBuf, Shape>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let (kind, content) = match meta.file_type() {
                it if it.is_symlink() => {
                    let to = fs::read_link(&path).unwrap();
                    ("link", to.into_os_string().into_encoded_bytes())
                }
                it if it.is_dir() => ("folder", Vec::new()),
                _ => ("file", fs::read(&path).unwrap()),
            };
            let shape = Shape {
                kind,
                mode: meta.mode(),
                owner: (meta.uid(), meta.gid()),
                modified: (meta.mtime(), meta.mtime_nsec()),
                content,
            };
            into.insert(path.strip_prefix(top).unwrap().to_owned(), shape);
            if kind == "folder" {
                look(top, &path, into);
            }
        }
    }
    let mut shapes = BTreeMap::new();
    look(folder, folder, &mut shapes);
    shapes
}

fn points(agent: &Agent) -> Vec<RestorePoint> {
    agent.points(&system()).unwrap()
}

fn order(point: &RestorePoint, target: Target, paths: &[&str]) -> Order {
    Order {
        system: system(),
        point: point.id.clone(),
        paths: paths.iter().map(|it| it.as_bytes().to_vec()).collect(),
        target,
        policy: OverwritePolicy::ReplaceChanged,
    }
}

fn staging() -> Target {
    Target::Staging("R-0118".to_owned())
}

/// Plans, dispatches as this attempt, waits for its good end.
fn bring_back(agent: &Agent, order: &Order, attempt: u32) {
    let planned = plan(agent, order);
    assert_eq!(planned.problems, Vec::<String>::new());
    let mut dispatch = dispatch_of(order, &planned, 1);
    dispatch.request = ocdeck_domain::ids::RequestId(uuid::Uuid::from_u128(attempt.into()));
    agent.dispatch(&dispatch, &mara()).unwrap();
    let done = until("the end of the restore", || {
        let restore = agent.facts().restore(dispatch.request, 1);
        restore.filter(|it| it.state.ended())
    });
    assert_eq!(done.state, RestoreState::Completed, "{done:?}");
    assert_eq!((done.unequal, done.failed), (0, 0));
}

fn refused(agent: &Agent, order: &Order) -> Refusal {
    let ask = PlanOrder {
        order: order.clone(),
        reference: "R-0118".into(),
        time_zone: String::new(),
    };
    agent
        .plan(&ask, &mut |_| ControlFlow::Continue(()))
        .unwrap_err()
}

pub(crate) fn of_format_1_are_taken_over() {
    taken_over("1");
}

pub(crate) fn of_format_2_are_taken_over() {
    taken_over("2");
}

fn taken_over(format: &str) {
    let old = Old::new(format);
    old.back_up("pc.old", &["--tag", "weekly", "home/ann/Documents"]);
    old.back_up(
        "pc.old",
        &["--tag", "weekly,all", "home/ann/Documents", "etc"],
    );
    old.back_up("another.old", &["etc"]);
    let before = old.fingerprint();
    let agent = old.site.agent();

    // Of this host only, with what tells them apart.
    let listed = points(&agent);
    let origins: Vec<_> = listed.iter().map(|it| it.origin().unwrap()).collect();
    assert_eq!(origins, ["pc.old #all #weekly", "pc.old #weekly"]);
    let names = |point: &RestorePoint, path: &str| {
        let entries = agent.browse(&system(), &point.id, path.as_bytes()).unwrap();
        entries.into_iter().map(|it| it.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&listed[0], "/"), [&b"etc"[..], b"home"]);
    assert_eq!(
        names(&listed[1], "/home/ann/Documents"),
        [&b"empty"[..], b"letters", b"odd \xff\n\x1b[31m", b"run"]
    );
    assert_eq!(agent.facts().system(&system()).unwrap().point_count, 2);

    // Everything of a point with several paths, as restic itself restores it.
    let snapshots = old.restic(&["snapshots", "--json", "--tag", "all"]);
    let snapshots: serde_json::Value = serde_json::from_str(&snapshots).unwrap();
    let id = snapshots[0]["id"].as_str().unwrap();
    assert_eq!(id, listed[0].id.as_str());
    let theirs = old.site.path("theirs");
    old.restic(&["restore", id, "--target", theirs.to_str().unwrap()]);
    bring_back(&agent, &order(&listed[0], staging(), &[]), 1);
    let ours = old.site.path("staging/R-0118");
    assert_eq!(shapes(&ours), shapes(&theirs));
    assert_eq!(shapes(&ours).len(), 14);

    // One that holds nothing but the root comes without the folders above it.
    fs::remove_dir_all(&ours).unwrap();
    bring_back(&agent, &order(&listed[1], staging(), &[]), 2);
    assert_eq!(shapes(&ours), shapes(&theirs.join("home/ann/Documents")));

    // Its root is the system's root here; what is beside it has no original place.
    old.site.lose();
    bring_back(&agent, &order(&listed[1], Target::Original, &[]), 3);
    assert_eq!(shapes(&old.site.root()), shapes(&ours));
    let error = refused(
        &agent,
        &order(&listed[0], Target::Original, &["/etc/hosts"]),
    );
    let text = error.to_string();
    assert!(
        matches!(
            error,
            Refusal::FailedPrecondition {
                code: "OUTSIDE_ROOT",
                ..
            }
        ) && text.contains("/etc/hosts has no original place")
            && text.contains("staging"),
        "{text}"
    );
    let other = Target::OtherPath(
        old.site
            .root()
            .join("etc")
            .into_os_string()
            .into_encoded_bytes(),
    );
    fs::create_dir(old.site.root().join("etc")).unwrap();
    bring_back(&agent, &order(&listed[0], other, &["/etc/hosts"]), 4);
    let hosts = fs::read_to_string(old.site.root().join("etc/hosts")).unwrap();
    assert_eq!(hosts, "::1 pc.old\n");
    assert_eq!(old.fingerprint(), before, "nothing was written");

    // restic goes on: a new one appears, a forgotten one goes, the rest stays whole.
    old.back_up("pc.old", &["etc"]);
    assert_eq!(points(&agent).len(), 3);
    assert_eq!(agent.facts().system(&system()).unwrap().point_count, 3);
    old.restic(&["forget", "--prune", "--max-unused", "0", id]);
    let left = points(&agent);
    assert_eq!(left.len(), 2);
    assert!(!left.iter().any(|it| it.id.as_str() == id));
    assert_eq!(agent.facts().system(&system()).unwrap().point_count, 2);
    let gone = refused(&agent, &order(&listed[0], staging(), &[]));
    assert!(matches!(gone, Refusal::NotFound(_)), "{gone}");
    fs::remove_dir_all(&ours).unwrap();
    bring_back(&agent, &order(&listed[1], staging(), &[]), 5);
    assert_eq!(shapes(&ours), shapes(&theirs.join("home/ann/Documents")));
    agent.stop();
}

pub(crate) fn without_a_root_here_go_elsewhere() {
    let old = Old::new("2");
    let text = fs::read_to_string(old.config()).unwrap();
    fs::write(
        old.config(),
        text.replace("root = \"/home/ann/Documents\"\n", ""),
    )
    .unwrap();
    old.back_up("pc.old", &["home/ann/Documents"]);
    let agent = old.site.agent();
    let point = points(&agent).remove(0);
    let whole = order(&point, Target::Original, &[]);
    let text = refused(&agent, &whole).to_string();
    assert!(
        text.contains("no original place on this appliance"),
        "{text}"
    );
    assert!(text.contains("pc.old") && text.contains("erp01"), "{text}");
    bring_back(&agent, &order(&point, staging(), &[]), 1);
    let ours = shapes(&old.site.path("staging/R-0118/home/ann/Documents"));
    let mut machine = shapes(&old.machine().join("home/ann/Documents"));
    machine.retain(|path, _| !path.starts_with("cache"));
    assert_eq!(ours, machine);
    agent.stop();
}

pub(crate) fn that_do_not_open_say_why_and_nothing_is_made() {
    let old = Old::new("2");
    fs::write(old.site.path("old.password"), "another").unwrap();
    let agent = old.site.agent();
    let text = agent.points(&system()).unwrap_err().to_string();
    assert!(text.contains("the password does not open"), "{text}");
    let id = RepositoryId::new("old");
    let fact = until("a look at the repository", || agent.facts().repository(&id));
    assert!(fact.offline.unwrap().contains("password file"));
    agent.stop();
    drop(agent);

    fs::remove_dir_all(old.repository()).unwrap();
    let agent = old.site.agent();
    let text = agent.points(&system()).unwrap_err().to_string();
    assert!(text.contains("no [[job]] that would make one"), "{text}");
    back_up(&agent);
    assert_eq!(
        points(&agent).len(),
        1,
        "those of the job are listed all the same"
    );
    assert!(!old.repository().exists());
    agent.stop();
}

/// A process that stands still.
struct Halted(std::process::Child);

impl Halted {
    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.0.id()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }
}

impl Drop for Halted {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn a_backup_waits_while_restic_is_alone() {
    let old = Old::new("2");
    // The job writes where restic did.
    let text = fs::read_to_string(old.config()).unwrap();
    let text = text.replace("repository = \"main\"", "repository = \"old\"");
    fs::write(old.config(), text).unwrap();
    let agent = old.site.agent();
    back_up(&agent);
    let check = old.halted_check();
    let id = start(&agent);
    let waits = until("the word that it waits", || {
        let log = agent.facts().read_log(&id, 0, 100).unwrap();
        log.into_iter().find(|line| line.text.contains("waits"))
    });
    assert!(
        waits.text.contains("restic has locked the repository old"),
        "{waits:?}"
    );
    assert!(waits.text.contains(&check.0.id().to_string()), "{waits:?}");
    agent.stop_job(&job(), &mara(), &intent("not now")).unwrap();
    let stopped = ended(&agent, &id);
    assert_eq!(
        stopped.result,
        Some(SessionResult::Cancelled),
        "{stopped:?}"
    );

    let id = start(&agent);
    until("the job to run", || {
        let job = agent.facts().job(&job())?;
        (job.state == JobState::Running).then_some(())
    });
    assert_eq!(
        points(&agent).len(),
        1,
        "it is listed meanwhile, and nothing is added"
    );
    check.signal(Signal::CONT);
    let done = ended(&agent, &id);
    assert_eq!(done.result, Some(SessionResult::Success), "{done:?}");
    assert_eq!(points(&agent).len(), 2);
    drop(check);

    // A lock of a process that was killed stands in nobody's way.
    drop(old.halted_check());
    assert_eq!(old.locks().len(), 1);
    assert_eq!(back_up(&agent).result, Some(SessionResult::Success));
    agent.stop();
}

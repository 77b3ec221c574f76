//! `ocdeck demo --with FOLDER`: a folder of one's own is backed up and restored, and never
//! written to.

use crate::support::{DEADLINE, Home, both, ocdeck, trial, wait_for};
use libtest_mimic::Trial;
use ocdeck::{
    config::fleet,
    fleet::start,
    state::{
        effect::{Call, Dispatch, Intent, Ticket},
        msg::{LinkNews, Msg, Reply},
    },
};
use ocdeck_domain::{
    facts::{Fact, Plan, RestorePoint, RestoreState},
    ids::{ApplianceId, PointId, RequestId},
    priority::Priority,
    restore::{Order, OverwritePolicy, Target},
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tokio::{
    runtime::Runtime,
    sync::mpsc::{self, Receiver},
    time::timeout,
};

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "own::a_folder_is_restored_beside_and_never_written",
            never_written,
        ),
        trial(
            "own::what_cannot_be_added_is_refused_with_words",
            refused_with_words,
        ),
    ]
}

/// The demo in a folder; it and its appliances end with this.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

type Tree = BTreeMap<PathBuf, (u32, i64, i64, i64, u64, Vec<u8>)>;

/// Of everything in a tree: kind and mode, times of change, size, content.
fn tree(root: &Path) -> Tree {
    fn collect(path: &Path, into: &mut Tree) {
        let about = fs::symlink_metadata(path).unwrap();
        let content = match about.is_file() {
            true => Sha256::digest(fs::read(path).unwrap()).to_vec(),
            false => Vec::new(),
        };
        let seen = (
            about.mode(),
            about.mtime(),
            about.mtime_nsec(),
            about.ctime(),
            about.size(),
            content,
        );
        into.insert(path.to_owned(), seen);
        if about.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                collect(&entry.unwrap().path(), into);
            }
        }
    }
    let mut seen = BTreeMap::new();
    collect(root, &mut seen);
    seen
}

fn never_written() {
    ocdeck_trust::install_provider();
    let home = Home::new();
    let photos = home.path().join("My Photos");
    for n in 0..30 {
        let file = photos.join(format!("{}/img {n}.jpg", 2020 + n % 3));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, format!("picture {n}").repeat(50 + n)).unwrap();
    }
    std::os::unix::fs::symlink("/etc", photos.join("link")).unwrap();
    let before = tree(&photos);
    let dir = home.path().join("demo");
    let demo = Command::new(ocdeck())
        .args(["demo", "--no-console", "--dir"])
        .arg(&dir)
        .arg("--with")
        .arg(&photos)
        .env_clear()
        .envs(home.environment())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(home.path().join("demo.log")).unwrap())
        .spawn()
        .unwrap();
    let _demo = Demo(demo);
    // Long before all is seeded: the folder's appliance waits for nobody.
    let fleet = dir.join("fleet.toml");
    wait_for("the demo's fleet", || {
        let text = fs::read_to_string(&fleet).unwrap_or_default();
        text.contains("own-01").then_some(())
    });
    let mut own = Own::link(&fleet);
    own.until_backed_up();
    let points: Vec<RestorePoint> =
        own.ask(1, Call::Points("my-photos".into()), |reply| match reply {
            Reply::Points(points) => Some(points.unwrap()),
            _ => None,
        });
    let point = points[0].id.clone();

    for target in [
        Target::Original,
        Target::OtherPath(photos.join("2020").into_os_string().into_encoded_bytes()),
    ] {
        let refused = own.plan(2, &point, target).unwrap_err();
        assert!(refused.contains("is only read here"), "{refused}");
        assert!(refused.contains("restore to staging"), "{refused}");
    }
    let target = Target::Staging("R-0001".to_owned());
    let plan = own.plan(3, &point, target.clone()).unwrap();
    own.restore(&point, target, plan.digest.clone());
    let restored = files_below(&dir.join("own-01/staging/R-0001"));
    let original = files_below(&photos);
    assert_eq!(restored.len(), 30);
    assert_eq!(restored, original);
    assert_eq!(tree(&photos), before, "the folder was changed");
}

/// Content of the files below a folder, by name.
fn files_below(folder: &Path) -> BTreeMap<std::ffi::OsString, Vec<u8>> {
    let seen = tree(folder);
    let files = seen.into_iter().filter(|(_, it)| !it.5.is_empty());
    files
        .map(|(path, it)| (path.file_name().unwrap().to_owned(), it.5))
        .collect()
}

/// A link to the folder's own appliance.
struct Own {
    runtime: Runtime,
    fleet: ocdeck::fleet::Fleet,
    news: Receiver<Msg>,
}

impl Own {
    fn link(file: &Path) -> Self {
        let mut file = fleet::load(file).unwrap();
        file.links.retain(|link| link.appliance == appliance());
        assert_eq!(file.links.len(), 1);
        let runtime = Runtime::new().unwrap();
        let (inbox, news) = mpsc::channel(64);
        let inside = runtime.enter();
        let fleet = start(file.links, &file.me, inbox).unwrap();
        drop(inside);
        Self {
            runtime,
            fleet,
            news,
        }
    }

    fn next(&mut self) -> Msg {
        let next = async { timeout(DEADLINE, self.news.recv()).await };
        self.runtime.block_on(next).expect("news in time").unwrap()
    }

    /// Waits for a fact that is as `wanted` says.
    fn until(&mut self, wanted: impl Fn(&Fact) -> bool) {
        loop {
            let Msg::Fleet(batch) = self.next() else {
                continue;
            };
            let facts = batch.iter().flat_map(|msg| match &msg.news {
                LinkNews::Snapshot(facts) | LinkNews::Delta(facts) => facts.as_slice(),
                _ => &[],
            });
            for fact in facts {
                if let Fact::Restore(restore) = fact {
                    let failed = [RestoreState::Failed, RestoreState::Cancelled];
                    assert!(!failed.contains(&restore.state), "{restore:?}");
                }
                if wanted(fact) {
                    return;
                }
            }
        }
    }

    fn until_backed_up(&mut self) {
        self.until(|fact| match fact {
            Fact::System(system) => {
                assert!(system.read_only);
                system.point_count > 0
            }
            _ => false,
        });
    }

    fn ask<T>(&mut self, ticket: u64, call: Call, take: impl Fn(Reply) -> Option<T>) -> T {
        self.fleet.call(Ticket(ticket), &appliance(), call);
        loop {
            if let Msg::Reply(Ticket(got), reply) = self.next()
                && got == ticket
                && let Some(taken) = take(reply)
            {
                return taken;
            }
        }
    }

    fn plan(&mut self, ticket: u64, point: &PointId, target: Target) -> Result<Box<Plan>, String> {
        let call = Call::Plan {
            order: order(point, target),
            reference: "R-0001".to_owned(),
            time_zone: "UTC".to_owned(),
        };
        self.ask(ticket, call, |reply| match reply {
            Reply::Plan(plan) => Some(plan.map_err(|error| error.text)),
            _ => None,
        })
    }

    fn restore(&mut self, point: &PointId, target: Target, digest: Vec<u8>) {
        let dispatch = Dispatch {
            request: RequestId(uuid::Uuid::new_v4()),
            attempt: 1,
            order: order(point, target),
            digest,
            intent: Intent {
                reason: "test".to_owned(),
                reference: "R-0001".to_owned(),
            },
            priority: Priority::P2,
            requester: "Yourself".to_owned(),
            break_glass: None,
            asked_by: Vec::new(),
        };
        let call = Call::Dispatch(Box::new(dispatch));
        self.ask(4, call, |reply| match reply {
            Reply::Dispatched(restore) => Some(restore.unwrap()),
            _ => None,
        });
        self.until(|fact| {
            matches!(fact, Fact::Restore(restore) if restore.state == RestoreState::Completed)
        });
    }
}

fn order(point: &PointId, target: Target) -> Order {
    Order {
        system: "my-photos".into(),
        point: point.clone(),
        paths: Vec::new(),
        target,
        policy: OverwritePolicy::KeepBoth,
    }
}

fn appliance() -> ApplianceId {
    "own-01".into()
}

fn refused_with_words() {
    let home = Home::new();
    fs::write(home.path().join("file"), "x").unwrap();
    for (with, words) in [
        ("file", "is not a folder"),
        ("/", "--with / is too much"),
        ("nowhere", "--with nowhere"),
        (".", "would back itself up"),
    ] {
        let output = home.run(&["demo", "--no-console", "--dir", "demo", "--with", with]);
        assert_eq!(output.status.code(), Some(2), "{with}: {}", both(&output));
        assert!(both(&output).contains(words), "{with}: {}", both(&output));
    }
    for named in ["--desk", "--fleet"] {
        let output = home.run(&["demo", "--no-console", named, "elsewhere"]);
        assert_eq!(output.status.code(), Some(2), "{named}: {}", both(&output));
        let words = format!("leave {named} away");
        assert!(both(&output).contains(&words), "{}", both(&output));
    }
}

//! The desk, as several processes, several accounts and both stores have it.

mod guards;
mod kills;
mod many;
mod moving;
mod shared;
mod suite;
mod wrong;

use crate::support::{
    postgres::{Cluster, OWNER, trial_with_postgres},
    trial,
};
use chrono::Utc;
use libtest_mimic::Trial;
use ocdeck::desk::{
    self, Place, Store, Who,
    postgres::{Address, GROUP, init},
};
use ocdeck_domain::{
    ids::RequestId,
    journal::{NewRecord, Subject},
};
use std::{any::Any, ffi::OsStr, fs};
use uuid::Uuid;

pub fn trials() -> Vec<Trial> {
    let mut trials = suite::trials();
    trials.extend(moving::trials());
    trials.extend(shared::trials());
    trials.extend(wrong::trials());
    trials.extend(guards::trials());
    trials.push(trial("desk::kill_loses_nothing", || {
        kills::kill_loses_nothing(&on_a_disk())
    }));
    trials.push(trial_with_postgres(
        "desk::kill_loses_nothing_of_postgres",
        || kills::kill_loses_nothing(&on_a_server()),
    ));
    trials.push(trial("desk::of_eight_at_once_one_has_it", || {
        many::of_eight_at_once_one_has_it(&on_a_disk());
    }));
    trials.push(trial_with_postgres(
        "desk::of_eight_at_once_one_has_it_on_postgres",
        || many::of_eight_at_once_one_has_it(&on_a_server()),
    ));
    trials
}

/// Another process of a trial: what it plays is told in `OCDECK_IT_ROLE`.
pub fn role(name: &str) -> bool {
    match name {
        "desk-writer" => kills::writer(),
        "desk-claimer" => many::claimer(),
        "desk-on-a-small-disk" => wrong::on_a_small_disk(),
        _ => return false,
    }
    true
}

/// An empty desk, gone at the end.
pub struct Fresh {
    /// As `--desk` takes it.
    pub place: String,
    /// As who owns the desk names it: a server lets nobody else import.
    pub owner: String,
    kept: Box<dyn Any + Send>,
}

impl Fresh {
    pub fn open(&self, name: &str) -> Box<dyn Store> {
        open(&self.place, name)
    }
}

/// Opens the desk at a place, as this person.
pub fn open(place: &str, name: &str) -> Box<dyn Store> {
    let who = Who {
        name: name.to_owned(),
    };
    desk::open(&Place::named(OsStr::new(place)), &who).unwrap()
}

/// A desk of several people in a folder.
pub fn on_a_disk() -> Fresh {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("desk");
    let group = rustix::process::getegid().as_raw();
    desk::folder::init(&folder, group, "ops").unwrap();
    let place = folder.to_str().unwrap().to_owned();
    Fresh {
        owner: place.clone(),
        place,
        kept: Box::new(home),
    }
}

/// A desk of several people in a database of a cluster of its own.
pub fn on_a_server() -> Fresh {
    let cluster = Cluster::start();
    cluster.role("mara");
    let fresh = Fresh {
        place: cluster.url("mara"),
        owner: cluster.url(OWNER),
        kept: Box::new(cluster),
    };
    fresh.clear();
    fresh
}

impl Fresh {
    /// The cluster of a desk on a server.
    pub fn cluster(&self) -> &Cluster {
        self.kept.downcast_ref().unwrap()
    }

    /// Makes the desk on a server empty again.
    fn clear(&self) {
        let cluster = self.cluster();
        cluster.sql(OWNER, "DROP SCHEMA IF EXISTS ocdeck CASCADE");
        let made = init(&Address::parse(&cluster.url(OWNER)).unwrap(), GROUP).unwrap();
        cluster.sql(OWNER, &made.grant.replace("NAME", "mara"));
    }
}

/// The request with this number.
pub fn request(n: u128) -> Subject {
    RequestId(Uuid::from_u128(n)).into()
}

/// A record about a subject; the store finds its place.
pub fn record(subject: &Subject, event: Uuid) -> NewRecord {
    NewRecord {
        event_id: event,
        subject: subject.clone(),
        subject_version: None,
        kind: "noted".to_owned(),
        kind_version: 1,
        at: Utc::now(),
        actor: "mara".to_owned(),
        body: "{}".to_owned(),
        durable: true,
        over: None,
    }
}

/// The file of a desk in a folder.
fn file(fresh: &Fresh) -> std::path::PathBuf {
    let path = std::path::Path::new(&fresh.place).join(desk::FILE);
    assert!(fs::metadata(&path).is_ok());
    path
}

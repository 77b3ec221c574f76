//! How long a decision takes until it is durable, and what a desk of a million records costs:
//! to start from, to look through, to move.

use crate::{
    Wanted,
    fleet::{self, Size},
    measure::{Times, cpu, memory, row, shown},
    postgres::Cluster,
    years::{self, MILLION},
};
use chrono::{TimeDelta, Utc};
use ocdeck::{
    desk::{self, FILE, Place, Sqlite, Store, Who, dump},
    state::msg::{DeskMsg, Msg},
};
use ocdeck_domain::{ids::RequestId, restore::Event};
use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::Path,
    process::Command,
    time::Instant,
};
use uuid::Uuid;

/// The first word of a process that does one thing with a desk: its memory is its own.
pub const ALONE: &str = "alone";

pub fn run(_: &Wanted) {
    let folder = tempfile::tempdir().unwrap();
    let mut small = Sqlite::open(&folder.path().join(FILE)).unwrap();
    durable("small desk", &mut small);
    drop(small);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    let start = Instant::now();
    years::write(&file, MILLION);
    row("a million records written", shown(start.elapsed()));
    let size = std::fs::metadata(&file).unwrap().len();
    row("the file", format!("{} MB", size >> 20));
    let place = folder.path().to_str().unwrap();
    let lines = folder.path().join("lines");
    let lines = lines.to_str().unwrap();
    for _ in 0..3 {
        child(&["start", place]);
    }
    child(&["verify", place]);
    child(&["export", place, lines]);
    let mut large = Sqlite::open(&file).unwrap();
    durable("a million records", &mut large);
    drop(large);
    on_a_server(lines);
}

fn on_a_server(lines: &str) {
    let Some(cluster) = Cluster::start() else {
        println!("PostgreSQL is not there: install the package postgresql");
        return;
    };
    let url = cluster.url();
    println!("PostgreSQL:");
    child(&["import", &url, lines]);
    row("the database", format!("{} MB", cluster.size() >> 20));
    for _ in 0..3 {
        child(&["start", &url]);
    }
    child(&["verify", &url]);
    let mut store = open(&url);
    durable("a million records", store.as_mut());
}

fn durable(name: &str, desk: &mut dyn Store) {
    let times = (0..200).map(|n| {
        let request = RequestId(Uuid::from_u128(1_000_000 + n % 50));
        let record = Event::CallReceived.record(Uuid::new_v4(), request, fleet::now(), "mara");
        let start = Instant::now();
        desk.append(&[record]).unwrap();
        start.elapsed()
    });
    Times::from(times.collect()).row(&format!("a decision, durable, {name} (on the wall)"));
}

fn open(place: &str) -> Box<dyn Store> {
    let place = match Place::named(place.as_ref()) {
        Place::Shared(folder) => Place::Own(folder),
        place => place,
    };
    desk::open(&place, &Who::default()).unwrap()
}

fn child(words: &[&str]) {
    let program = std::env::current_exe().unwrap();
    let status = Command::new(program).arg(ALONE).args(words).status();
    assert!(status.unwrap().success());
}

/// Does one thing with a desk and says what it cost.
pub fn alone(words: &[String]) {
    let [what, place, rest @ ..] = words else {
        return;
    };
    let lines = rest.first().map(Path::new);
    if what == "start" {
        return start(place);
    }
    let (wall, used) = (Instant::now(), cpu());
    let mut store = open(place);
    match (what.as_str(), lines) {
        ("verify", _) => assert!(desk::verify(store.as_mut()).unwrap().damage.is_empty()),
        ("export", Some(to)) => {
            let mut out = BufWriter::new(File::create(to).unwrap());
            dump::export(store.as_mut(), &mut out).unwrap();
        }
        ("import", Some(from)) => {
            let mut lines = BufReader::new(File::open(from).unwrap());
            dump::import(store.as_mut(), &mut lines).unwrap();
        }
        _ => return,
    }
    let (wall, used) = (wall.elapsed(), cpu() - used);
    tell(what, wall, used);
}

fn tell(what: &str, wall: std::time::Duration, used: std::time::Duration) {
    let (_, most) = memory();
    row(
        &format!("  {what}"),
        format!(
            "{} on the wall, {} of this process's CPU, at most {most} MB",
            shown(wall),
            shown(used)
        ),
    );
}

/// From nothing to the first picture.
fn start(place: &str) {
    let mut model = fleet::asleep(Size::GOAL);
    let (before, _) = memory();
    let (wall, used) = (Instant::now(), cpu());
    let mut store = open(place);
    let opened = (wall.elapsed(), cpu() - used);
    // Years in a moment: all that is over is so since the desk was made.
    let since = Utc::now() + TimeDelta::hours(1);
    let picture = store.start(since).unwrap();
    let read = (wall.elapsed(), cpu() - used);
    let count = picture.records.len();
    let msg = DeskMsg::Loaded {
        records: picture.records,
        drafts: picture.drafts,
    };
    fleet::send(&mut model, Msg::Desk(msg));
    let folded = (wall.elapsed(), cpu() - used);
    let (after, _) = memory();
    let both = |(wall, used)| format!("{} ({} CPU)", shown(wall), shown(used));
    row(
        &format!("  start, {count} records read"),
        format!(
            "opened {}, read {}, folded {}; {} MB more",
            both(opened),
            both(read),
            both(folded),
            after.saturating_sub(before),
        ),
    );
}

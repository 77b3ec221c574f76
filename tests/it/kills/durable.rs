//! What is said to be done is on the disk: the calls that bring it there, seen by strace.
//! A process that dies at a point ends its trace there.

use super::world::{Armed, FILES, World, new_request};
use crate::support::{
    ocdeck,
    p1::{is_up, send, up_to_read_back_of},
    pty::Term,
};
use ocdeck_faults::{Point, VARIABLE};
use portable_pty::CommandBuilder;
use std::path::{Path, PathBuf};

/// strace, with the files' names beside their numbers.
fn strace(trace: &Path) -> Vec<String> {
    let calls = "trace=write,pwrite64,fsync,fdatasync,syncfs,rename,renameat,renameat2";
    let words = [
        "strace",
        "-f",
        "-qq",
        "-y",
        "--seccomp-bpf",
        "-s",
        "24",
        "-e",
        calls,
        "-o",
    ];
    let words = words.map(str::to_owned).into_iter();
    words.chain([trace.to_str().unwrap().to_owned()]).collect()
}

fn as_strs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// One call of a trace: its name, and all that stands behind it.
struct Seen {
    call: String,
    about: String,
}

impl Seen {
    fn is(&self, calls: &[&str], file: &str) -> bool {
        calls.contains(&self.call.as_str()) && self.about.contains(file)
    }
}

const WRITES: &[&str] = &["write", "pwrite64"];
const SYNCS: &[&str] = &["fsync", "fdatasync"];

fn seen(trace: &Path) -> Vec<Seen> {
    let text = String::from_utf8_lossy(&std::fs::read(trace).unwrap()).into_owned();
    let call = |line: &str| {
        let (_, line) = line.trim_start().split_once(' ')?;
        let (call, about) = line.trim_start().split_once('(')?;
        Some(Seen {
            call: call.to_owned(),
            about: about.to_owned(),
        })
    };
    text.lines().filter_map(call).collect()
}

fn last(seen: &[Seen], calls: &[&str], file: &str) -> usize {
    let found = seen.iter().rposition(|one| one.is(calls, file));
    found.unwrap_or_else(|| panic!("no {calls:?} of {file}"))
}

/// Whether the last write of a file was followed by a sync of it.
fn is_synced(seen: &[Seen], file: &str) {
    assert!(
        last(seen, WRITES, file) < last(seen, SYNCS, file),
        "{file} was written last and not synced"
    );
}

fn trace_of(world: &World) -> PathBuf {
    world.fleet.home.path().join("trace")
}

/// The intent is on the disk before the call leaves.
pub fn an_intent() {
    let world = World::new();
    world.fleet.lose();
    let armed = Armed::new(&world.fleet, Point::ConsoleAfterIntent, 1);
    let trace = trace_of(&world);
    let words = strace(&trace);
    let mut command = CommandBuilder::new(&words[0]);
    command.args(&words[1..]);
    command.args([ocdeck(), "--fleet", world.fleet.file().to_str().unwrap()]);
    let environment = [(VARIABLE, &*armed.value())];
    let mut term = Term::spawn(&world.fleet.home, command, &environment, 120, 40);
    is_up(&term);
    up_to_read_back_of(&mut term, &format!("{FILES} files"));
    send(&mut term);
    term.exit();
    armed.died();
    is_synced(&seen(&trace), "desk.sqlite-wal");
}

/// Restores under strace, until the appliance dies at a point.
fn restoring(point: Point) -> (World, Vec<Seen>) {
    let mut world = World::new();
    world.fleet.lose();
    let armed = Armed::new(&world.fleet, point, 1);
    let trace = trace_of(&world);
    world.fleet.kill();
    let words = strace(&trace);
    let environment = [(VARIABLE, &*armed.value())];
    world.fleet.serve_with(&as_strs(&words), &environment);
    {
        let mut client = world.client();
        let request = new_request();
        let dispatch = client.planned(request, 1).unwrap();
        let _ = client.dispatch(&dispatch);
    }
    world.appliance_died(&armed);
    let seen = seen(&trace);
    (world, seen)
}

/// A dispatch is on the disk before it is answered, and so is the plan that it names.
pub fn a_dispatch() {
    let (_, seen) = restoring(Point::AgentAfterRecord);
    is_synced(&seen, "state.db-wal");
    is_synced(&seen, ".draft.part");
    is_synced(&seen, ".ticket-draft");
    let named = last(&seen, &["rename", "renameat", "renameat2"], ".plan\"");
    assert!(named < last(&seen, SYNCS, "/state/plans>"));
}

/// The end of a restore is on the disk before anybody is told, and so is what was restored
/// before the journal says so.
pub fn an_end() {
    let (_, seen) = restoring(Point::AgentAfterEnd);
    is_synced(&seen, "state.db-wal");
    is_synced(&seen, ".journal");
    let written = last(&seen, WRITES, "/erp01/");
    let done = last(&seen, WRITES, ".journal");
    // Where writing takes long there are some before.
    let synced = last(&seen[..done], &["syncfs"], "/erp01");
    assert!(
        written < synced && synced < done,
        "{written} {synced} {done}"
    );
}

//! Kills of a random process at a random moment of the main job. A failure prints its seed:
//! `OCDECK_KILL_SEED=<seed>` repeats that kill alone; `OCDECK_KILLS=<n>` makes n of them.

use super::world::{FILES, World, lives, new_request};
use crate::support::{
    Home,
    books::Desk,
    p1::{at_step, console, send},
    pty::Term,
    wait_for,
};
use fastrand::Rng;
use ocdeck_domain::{facts::RestoreState, ids::RequestId};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Kills in the gate.
const KILLS: u64 = 30;
/// They are dealt out to so many trials, which run beside each other.
pub const HANDS: u64 = 3;
/// So fast a restore writes, that there is time to kill it.
const LIMIT: &str = "restore_limit = 25_000_000";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Victim {
    Console,
    Agent,
    Worker,
}

/// Prints the seed when the kill shows a fault.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("kills::random: OCDECK_KILL_SEED={} repeats it", self.0);
        }
    }
}

fn seeds(hand: u64) -> Vec<u64> {
    let number = |name| {
        std::env::var(name)
            .ok()
            .map(|it| it.parse::<u64>().unwrap())
    };
    if let Some(seed) = number("OCDECK_KILL_SEED") {
        return (hand == 0).then_some(seed).into_iter().collect();
    }
    let first = fastrand::u64(..u64::MAX / 2);
    let kills = number("OCDECK_KILLS").unwrap_or(KILLS);
    (hand..kills)
        .step_by(HANDS as usize)
        .map(|n| first + n)
        .collect()
}

/// One hand of kills.
pub fn kills(hand: u64) {
    let seeds = seeds(hand);
    if seeds.is_empty() {
        return;
    }
    eprintln!("kills::random: seeds {seeds:?}");
    let mut world = World::writing(LIMIT);
    let span = undisturbed(&world);
    for seed in seeds {
        let _told = Seed(seed);
        let mut rng = Rng::with_seed(seed);
        let victim = [Victim::Console, Victim::Agent, Victim::Worker][rng.usize(..3)];
        world.fleet.lose();
        match victim {
            Victim::Console => kill_console(&world, &mut rng, span),
            _ => {
                // A moment that came too late for the worker is halved until it does not.
                let mut share = rng.f64();
                while !kill_appliance(&mut world, span.mul_f64(share), victim) {
                    share /= 2.0;
                    world.fleet.lose();
                }
            }
        }
    }
}

/// How long the job takes when nobody dies.
fn undisturbed(world: &World) -> Duration {
    world.fleet.lose();
    let began = Instant::now();
    world.goes_on(&mut world.client(), new_request(), 1);
    began.elapsed()
}

fn kill(id: u32) {
    let pid = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    // It may have ended in this moment.
    let _ = kill_process(pid, Signal::KILL);
}

/// A worker of the agent, while there is one.
fn worker_of(agent: u32) -> Option<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut ids = processes.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    ids.find(|id| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let behind_name = stat.rsplit(')').next().unwrap_or_default();
        behind_name.split_whitespace().nth(1) == Some(&agent.to_string()) && lives(*id)
    })
}

/// Kills the agent at some moment from the plan on, or its worker at some moment from its
/// start on, and drives the job to its end. Whether there was somebody to kill.
fn kill_appliance(world: &mut World, after: Duration, victim: Victim) -> bool {
    let agent = world.fleet.pid();
    let over = Arc::new(AtomicBool::new(false));
    let seen_over = Arc::clone(&over);
    let killer = thread::spawn(move || {
        let mut found = Some(agent);
        if victim == Victim::Worker {
            found = None;
            while found.is_none() && !seen_over.load(Ordering::SeqCst) {
                found = worker_of(agent);
                thread::sleep(Duration::from_millis(1));
            }
        }
        thread::sleep(after);
        let there = found.filter(|id| lives(*id));
        there.inspect(|id| kill(*id)).is_some()
    });
    let request = new_request();
    let mut client = world.dialling();
    let planned = match client.snapshot() {
        Ok(_) => client.planned(request, 1).ok(),
        Err(_) => None,
    };
    if let Some(dispatch) = &planned
        && client.dispatch(dispatch).is_ok()
    {
        let books = world.books();
        wait_for("its end, or the agent's", || {
            let ended = |it: ocdeck_domain::facts::RestoreAttempt| it.state.ended();
            (!lives(agent) || books.attempt(request, 1).is_some_and(ended)).then_some(())
        });
    }
    over.store(true, Ordering::SeqCst);
    let killed = killer.join().unwrap();
    world.whole_files();
    drop(client);
    if victim == Victim::Agent {
        world.fleet.death();
        world.fleet.serve();
    }
    drive_to_the_end(world, request, planned);
    killed
}

/// Sends what was planned once more, and goes on after each interruption.
fn drive_to_the_end(
    world: &World,
    request: RequestId,
    planned: Option<ocdeck::state::effect::Dispatch>,
) {
    let mut client = world.client();
    let first = planned.unwrap_or_else(|| client.planned(request, 1).unwrap());
    client.dispatch(&first).unwrap();
    let mut attempt = 1;
    let done = loop {
        let ended = world.ended(request, attempt);
        world.whole_files();
        assert!(world.temporaries().is_empty(), "{ended:?}");
        let all: Vec<u32> = (1..=attempt).collect();
        assert_eq!(world.begun(request), (all, attempt as usize), "{ended:?}");
        if ended.state != RestoreState::Interrupted {
            break ended;
        }
        attempt += 1;
        assert!(attempt < 4, "nobody was killed any more: {ended:?}");
        let next = client.planned(request, attempt).unwrap();
        client.dispatch(&next).unwrap();
    };
    world.is_complete(&done);
}

/// What a person does at the keys: waits for something on the screen, or presses.
#[derive(Clone, Copy)]
enum Act {
    Sees(&'static str),
    Press(&'static str),
    Types(char),
}

/// The job by keys up to its dispatch. What is typed at steps 1 and 2: "mar", "erp".
fn script() -> Vec<Act> {
    use Act::*;
    let enter = |then| [Press("Enter"), Sees(then)];
    let mut acts = vec![Press("c"), Sees("─ 1 Call ─")];
    acts.extend("mar".chars().map(Types));
    acts.push(Press("Enter"));
    acts.extend(enter("─ 2 System ─"));
    acts.push(Sees("Restore R-0001"));
    acts.extend("erp".chars().map(Types));
    acts.push(Sees("acme/erp01"));
    acts.extend(enter("─ 3 Point ─"));
    acts.extend(rest());
    acts
}

/// From the step of the point on.
fn rest() -> Vec<Act> {
    use Act::*;
    let enter = |then| [Press("Enter"), Sees(then)];
    let mut acts = vec![Sees("42 files")];
    acts.extend(enter("─ 5 Where ─"));
    acts.extend(enter("─ 6 Overwrite ─"));
    acts.extend(enter("─ 7 Check ─"));
    acts.push(Sees("✓ counted"));
    acts.extend(enter("─ 8 Read back ─"));
    acts.extend("erp01".chars().map(Types));
    acts.extend([Sees("✓ nothing"), Press("C-d")]);
    acts
}

fn act(term: &mut Term, act: Act) {
    match act {
        Act::Sees(text) => term.wait(text),
        Act::Press(key) => term.press(&[key]),
        Act::Types(c) => term.type_text(&c.to_string()),
    }
}

/// Kills the console at some moment; half of the kills come after the dispatch.
fn kill_console(world: &World, rng: &mut Rng, span: Duration) {
    // Each has a desk of its own: the request is the first.
    forget_desk(&world.fleet.home);
    let mut term = console(&world.fleet);
    let acts = script();
    let (done, after) = match rng.bool() {
        true => (acts.len(), span.mul_f64(rng.f64())),
        false => (
            rng.usize(1..acts.len()),
            Duration::from_millis(rng.u64(..400)),
        ),
    };
    for one in acts.iter().take(done) {
        act(&mut term, *one);
    }
    thread::sleep(after);
    term.signal(Signal::KILL);
    term.exit();
    world.whole_files();

    let desk = Desk::of(&world.fleet);
    let Some(request) = desk.request(1) else {
        assert_eq!(world.whole_files(), 0);
        return;
    };
    let was_typed = desk.typed(request, "caller").unwrap_or_default();
    assert!("mar".starts_with(&was_typed), "{was_typed}");
    let mut term = console(&world.fleet);
    if desk.intents(request) == 0 {
        // Nothing was sent: a person goes on where the draft stands.
        assert_eq!(world.begun(request), (vec![], 0));
        assert_eq!(world.whole_files(), 0);
        if !go_on(&mut term, &desk, request) {
            return;
        }
    }
    world.is_complete(&world.ended(request, 1));
    assert_eq!(world.begun(request), (vec![1], 1));
    assert_eq!(desk.intents(request), 1);
}

/// Goes on with the draft to its dispatch; at the first two steps it only looks.
fn go_on(term: &mut Term, desk: &Desk, request: RequestId) -> bool {
    term.press(&["4"]);
    term.wait("R-0001");
    term.press(&["Enter"]);
    let step = desk.step(request).unwrap_or(1);
    let rest = match step {
        1 | 2 => {
            at_step(term, ["1 Call", "2 System"][usize::from(step) - 1]);
            return false;
        }
        3 => {
            // The list has named the number of files, too.
            at_step(term, "3 Point");
            rest()
        }
        5..=7 => from_step(&["5 Where", "6 Overwrite", "7 Check"][usize::from(step) - 5..]),
        8 => from_step(&[]),
        other => panic!("no step {other} is in the script"),
    };
    for one in rest {
        if matches!(one, Act::Press("C-d")) {
            send(term);
            break;
        }
        act(term, one);
    }
    true
}

/// The rest of the script from the first of these steps on.
fn from_step(titles: &[&str]) -> Vec<Act> {
    let all = rest();
    let first = titles.first().copied().unwrap_or("8 Read back");
    let start = all
        .iter()
        .position(|act| matches!(act, Act::Sees(text) if text.contains(first)))
        .unwrap();
    all[start..].to_vec()
}

fn forget_desk(home: &Home) {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(home.state().join(format!("desk.sqlite{end}")));
    }
}

const _: () = assert!(FILES == 42, "the script names the number of files");

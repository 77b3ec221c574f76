//! `kill -9` at every named point, and at random ones: nothing begins twice, nothing half
//! stands under its name, and whoever goes on ends equal.

mod agent;
mod backup;
mod console;
mod durable;
mod random;
mod worker;
mod world;

use crate::support::{trial_by, trial_with_peer_by};
use libtest_mimic::Trial;
use ocdeck_faults::Point;

/// What is done at a point.
type Death = Box<dyn Fn() + Send>;

/// Every point with its trial.
fn deaths() -> Vec<(Point, Death)> {
    use Point as P;
    let mut deaths: Vec<(Point, Death)> = Vec::new();
    for death in worker::DEATHS {
        deaths.push((death.0, Box::new(|| worker::dies(*death))));
    }
    for death in backup::DEATHS {
        deaths.push((death.0, Box::new(|| backup::dies(*death))));
    }
    for death in agent::DEATHS {
        deaths.push((death.0, Box::new(|| agent::dies(*death))));
    }
    let dispatching = |point, intent, sent| {
        let death: Death = Box::new(move || console::dies_dispatching(point, intent, sent));
        (point, death)
    };
    let saving = |point, kept: Option<&'static str>| {
        let death: Death = Box::new(move || console::dies_saving(point, kept));
        (point, death)
    };
    let planning = |point, nth, temporaries| {
        let death: Death = Box::new(move || agent::dies_planning(point, nth, temporaries));
        (point, death)
    };
    let deciding = |point, begins| {
        let death: Death = Box::new(move || agent::dies_deciding(point, begins));
        (point, death)
    };
    deaths.extend([
        deciding(P::AgentBeforeDecision, false),
        deciding(P::AgentAfterDecision, true),
        planning(P::AgentProbing, 1, 1),
        planning(P::AgentPlanning, 20, 0),
        (P::AgentRecovering, Box::new(agent::dies_recovering)),
        (P::AgentSnapshot, Box::new(agent::dies_in_a_snapshot)),
        (P::ConsoleDeskRead, Box::new(console::dies_starting)),
        (P::ConsoleKey, Box::new(console::dies_typing)),
        saving(P::ConsoleBeforeDraft, None),
        saving(P::ConsoleAfterDraft, Some("mariposa")),
        dispatching(P::ConsoleBeforeIntent, false, false),
        dispatching(P::ConsoleAfterIntent, true, false),
        dispatching(P::ConsoleBeforeCall, true, false),
        dispatching(P::ConsoleAfterAnswer, true, true),
    ]);
    deaths
}

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (point, death) in deaths() {
        let name = format!("kills::at_{}", point.name().replace('-', "_"));
        let trial = match point.name().starts_with("backup-") {
            true => trial_with_peer_by(&name, "restic", "restic", death),
            false => trial_by(&name, death),
        };
        // A released program dies at no point.
        trials.push(match cfg!(debug_assertions) {
            true => trial,
            false => trial.with_ignored_flag(true),
        });
    }
    let another = trial_by(
        "kills::another_person_sends_it",
        console::another_person_sends_it,
    );
    trials.push(another.with_ignored_flag(!cfg!(debug_assertions)));
    for hand in 0..random::HANDS {
        let name = format!("kills::at_random_{}", hand + 1);
        trials.push(trial_by(&name, move || random::kills(hand)));
    }
    let seen = [
        ("an_intent", durable::an_intent as fn()),
        ("a_dispatch", durable::a_dispatch),
        ("an_end", durable::an_end),
    ];
    for (name, body) in seen {
        let name = format!("kills::{name}_is_on_the_disk");
        let trial = trial_with_peer_by(&name, "strace", "strace", body);
        trials.push(match cfg!(debug_assertions) {
            true => trial,
            false => trial.with_ignored_flag(true),
        });
    }
    trials.push(trial_by(
        "kills::every_point_has_its_trial",
        every_point_has_its_trial,
    ));
    trials
}

/// A point that nobody dies at is none; each trial above fails unless its point is reached.
fn every_point_has_its_trial() {
    let mut tried: Vec<Point> = deaths().into_iter().map(|(point, _)| point).collect();
    tried.sort();
    assert_eq!(tried, Point::ALL);
}

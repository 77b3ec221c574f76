//! The agent, killed at every point of a restore's way through it, and started again at
//! once: its worker may live on for a moment.

use super::world::{Armed, FILES, World, new_request};
use ocdeck::state::{effect::Verdict, msg::CallErrorKind};
use ocdeck_domain::facts::{Fact, RestoreState};
use ocdeck_faults::{Point, VARIABLE};
use std::path::PathBuf;

/// What an agent knows of a restore after the kill and the start.
#[derive(Clone, Copy)]
pub enum After {
    /// Nothing: it goes out again, and begins once.
    Nothing,
    /// It was accepted: it begins by itself, once.
    Begins,
    /// It was accepted, and may have begun.
    MayHaveBegun,
    /// It had begun: it waits for a person.
    Waits,
    /// It had ended.
    Ended,
}

/// Where it dies while it takes and runs a restore.
pub const DEATHS: &[(Point, After)] = &[
    (Point::AgentBeforeRecord, After::Nothing),
    (Point::AgentAfterRecord, After::Begins),
    (Point::AgentBeforeAnswer, After::MayHaveBegun),
    (Point::AgentBeforeWorker, After::Waits),
    (Point::AgentAfterWorker, After::Waits),
    (Point::AgentBeforeEnd, After::Waits),
    (Point::AgentAfterEnd, After::Ended),
];

pub fn dies((point, after): (Point, After)) {
    let mut world = World::new();
    let armed = world.arm(point, 1);
    world.fleet.lose();
    let request = new_request();
    let dispatch = {
        let mut client = world.client();
        let dispatch = client.planned(request, 1).unwrap();
        // With or without an answer: that is a race with the death.
        let _ = client.dispatch(&dispatch);
        dispatch
    };
    world.appliance_died(&armed);
    world.whole_files();
    let had_begun = world.begun(request).1;
    world.fleet.serve();

    let mut client = world.client();
    let answer = client.dispatch(&dispatch).unwrap();
    let ended = world.ended(request, 1);
    // Whoever sent it how often, and however often the agent died: one session.
    assert_eq!(world.begun(request), (vec![1], 1));
    let waits = match after {
        After::Nothing | After::Begins => {
            assert_eq!(had_begun, 0);
            false
        }
        After::MayHaveBegun => had_begun == 1,
        After::Waits => true,
        After::Ended => {
            assert_eq!(answer.state, RestoreState::Completed);
            false
        }
    };
    world.whole_files();
    if waits {
        assert_eq!(had_begun, 1);
        assert_eq!(answer.state, RestoreState::Interrupted);
        assert!(ended.message.contains("continue"), "{}", ended.message);
        assert!(world.temporaries().is_empty());
        world.goes_on(&mut client, request, 2);
    } else {
        world.is_complete(&ended);
    }
}

/// It dies while it takes a duty manager's word: before, the restore still awaits it; after,
/// it begins by itself; and the same word again begins nothing twice.
pub fn dies_deciding(point: Point, begins: bool) {
    let mut world = World::new();
    let file = world.fleet.data().join("erp.conf");
    std::fs::write(&file, "port = 1\nand broken\n").unwrap();
    let request = new_request();
    let dispatch = {
        let mut client = world.client();
        let dispatch = client.planned(request, 1).unwrap();
        let asked = client.dispatch(&dispatch).unwrap();
        assert_eq!(asked.state, RestoreState::AwaitingApproval);
        dispatch
    };
    let yes = Verdict {
        request,
        attempt: 1,
        digest: dispatch.digest,
        approved: true,
        intent: dispatch.intent,
    };
    let armed = world.arm(point, 1);
    let _ = world.duty_manager().decide(&yes);
    world.appliance_died(&armed);
    assert_eq!(world.begun(request), (vec![1], 0));
    world.fleet.serve();
    let there = world.books().attempt(request, 1).unwrap();
    let awaits = there.state == RestoreState::AwaitingApproval;
    assert_eq!(awaits, !begins, "{there:?}");
    if begins {
        world.ended(request, 1);
    }
    world.duty_manager().decide(&yes).unwrap();
    let ended = world.ended(request, 1);
    assert_eq!(ended.state, RestoreState::Completed, "{ended:?}");
    assert_eq!(world.fleet.hashes(), world.before);
    assert_eq!(world.begun(request), (vec![1], 1));
}

/// It dies in the middle of taking up what another death had left.
pub fn dies_recovering() {
    let mut world = World::new();
    let armed = world.arm(Point::AgentAfterWorker, 1);
    world.fleet.lose();
    let request = new_request();
    {
        let mut client = world.client();
        let dispatch = client.planned(request, 1).unwrap();
        let _ = client.dispatch(&dispatch);
    }
    world.appliance_died(&armed);
    let armed = Armed::new(&world.fleet, Point::AgentRecovering, 1);
    let environment = [(VARIABLE, armed.value())];
    let environment = environment
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let said = world.fleet.try_serve(&[], &environment).unwrap_err();
    assert!(!said.contains("listening"), "{said}");
    world.appliance_died(&armed);
    world.fleet.serve();
    let ended = world.ended(request, 1);
    assert_eq!(ended.state, RestoreState::Interrupted, "{ended:?}");
    assert_eq!(world.begun(request), (vec![1], 1));
    assert!(world.temporaries().is_empty());
    let unended = world
        .books()
        .sessions()
        .iter()
        .filter(|it| it.ended.is_none())
        .count();
    assert_eq!(unended, 0);
    world.goes_on(&mut world.client(), request, 2);
}

/// It dies between two parts of its first picture: no client takes a part for the whole.
pub fn dies_in_a_snapshot() {
    let mut world = World::new();
    let whole = facts(&world.dialling().snapshot().unwrap());
    let armed = world.arm(Point::AgentSnapshot, 1);
    let picture = world.dialling().snapshot();
    assert!(
        picture.is_err(),
        "a part was taken for the whole: {picture:?}"
    );
    world.appliance_died(&armed);
    world.fleet.serve();
    assert_eq!(facts(&world.dialling().snapshot().unwrap()), whole);
}

/// The kinds of facts, counted; alerts come and go by themselves.
fn facts(facts: &[Fact]) -> [usize; 4] {
    let count = |is: fn(&Fact) -> bool| facts.iter().filter(|fact| is(fact)).count();
    [
        count(|fact| matches!(fact, Fact::System(_))),
        count(|fact| matches!(fact, Fact::Job(_))),
        count(|fact| matches!(fact, Fact::Session(_))),
        count(|fact| matches!(fact, Fact::Restore(_))),
    ]
}

/// It dies while it plans: nothing is dispatched, nothing stays of the plan, the next is made.
pub fn dies_planning(point: Point, nth: u32, temporaries: usize) {
    let mut world = World::new();
    let armed = world.arm(point, nth);
    world.fleet.lose();
    let request = new_request();
    let lost = world.client().planned(request, 1).unwrap_err();
    assert_eq!(lost.kind, CallErrorKind::LinkLost, "{lost:?}");
    world.appliance_died(&armed);
    assert_eq!(world.temporaries().len(), temporaries);
    assert_eq!(drafts(&world).len(), 1);
    assert_eq!(world.whole_files(), 0);
    world.fleet.serve();
    assert!(world.temporaries().is_empty());
    assert_eq!(drafts(&world), Vec::<PathBuf>::new());
    assert_eq!(world.begun(request), (vec![], 0));
    world.goes_on(&mut world.client(), request, 1);
    assert_eq!(world.fleet.hashes().len(), FILES);
}

/// Plans that are not whole.
fn drafts(world: &World) -> Vec<PathBuf> {
    let plans = std::fs::read_dir(world.fleet.folder().join("state/plans")).unwrap();
    let names = plans.map(|entry| entry.unwrap().path());
    let whole = |path: &PathBuf| {
        path.extension()
            .is_some_and(|it| it == "plan" || it == "ticket")
    };
    names.filter(|path| !whole(path)).collect()
}

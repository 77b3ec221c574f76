//! The worker of a restore, killed at every point of its work.

use super::world::{FILES, World, new_request};
use ocdeck_domain::facts::{RestoreState, SessionResult};
use ocdeck_faults::Point;

/// Where it dies the n-th time; files that then stand under their names; files that are
/// known to be on the disk.
pub const DEATHS: &[(Point, u32, usize, u64)] = &[
    (Point::WorkerBegun, 1, 0, 0),
    (Point::WorkerBeforeClaim, 1, 0, 0),
    (Point::WorkerAfterClaim, 1, 0, 0),
    (Point::WorkerMidFile, 2, 0, 0),
    (Point::WorkerBeforeName, 5, 4, 0),
    (Point::WorkerAfterName, 5, 5, 0),
    (Point::WorkerBeforeDone, 1, FILES, 0),
    (Point::WorkerAfterDone, 1, FILES, FILES as u64),
    (Point::WorkerVerifying, 5, FILES, FILES as u64),
];

pub fn dies((point, nth, standing, synced): (Point, u32, usize, u64)) {
    let mut world = World::new();
    let armed = world.arm(point, nth);
    world.fleet.lose();
    let mut client = world.client();
    let request = new_request();
    let dispatch = client.planned(request, 1).unwrap();
    client.dispatch(&dispatch).unwrap();
    let cut = world.ended(request, 1);
    armed.died();

    assert_eq!(cut.state, RestoreState::Interrupted, "{cut:?}");
    assert!(cut.message.contains("signal 9"), "{}", cut.message);
    assert!(cut.message.contains("continue"), "{}", cut.message);
    // Where writing takes longer than the time between two syncs, more is on the disk.
    let written = usize::try_from(cut.written.files).unwrap();
    assert!(
        cut.written.files >= synced && written <= standing,
        "{cut:?}"
    );
    assert_eq!(world.whole_files(), standing);
    // The agent lives, and has cleaned up before it said what happened.
    assert!(world.temporaries().is_empty());
    assert_eq!(world.begun(request), (vec![1], 1));
    let sessions = world.books().sessions();
    let session = sessions
        .iter()
        .find(|it| Some(&it.id) == cut.session.as_ref());
    assert_eq!(session.unwrap().result, Some(SessionResult::Failed));
    // Who sends it again hears how it ended, and begins nothing.
    let again = client.dispatch(&dispatch).unwrap();
    assert_eq!(again.state, RestoreState::Interrupted);
    assert_eq!(world.begun(request), (vec![1], 1));
    assert!(client.planned(request, 2).is_ok());
    world.goes_on(&mut client, request, 2);
}

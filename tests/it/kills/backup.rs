//! The worker of a backup, killed at every point of its work. restic judges the repository.

use super::world::{World, new_request};
use crate::support::both;
use ocdeck_domain::facts::SessionResult;
use ocdeck_faults::Point;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where it dies the n-th time; points that there are then.
pub const DEATHS: &[(Point, u32, usize)] = &[
    (Point::BackupReading, 5, 0),
    (Point::BackupAfterPack, 1, 0),
    (Point::BackupBeforePoint, 1, 0),
    (Point::BackupAfterPoint, 1, 1),
];

pub fn dies((point, nth, points): (Point, u32, usize)) {
    let mut world = World::without_point();
    let armed = world.arm(point, nth);
    let mut client = world.client();
    let session = client.back_up();
    let cut = world.session_ended(&session);
    assert_eq!(cut.result, Some(SessionResult::Failed), "{cut:?}");
    assert!(cut.message.contains("signal 9"), "{}", cut.message);
    armed.died();
    assert_eq!(cut.point, None);
    assert_eq!(client.points().unwrap().len(), points);

    let session = client.back_up();
    let done = world.session_ended(&session);
    assert_eq!(done.result, Some(SessionResult::Success), "{done:?}");
    let there = client.points().unwrap();
    assert_eq!(there.len(), points + 1);
    assert_eq!(done.point.as_ref(), Some(&there[0].id));
    let repository = world.fleet.folder().join("repository");
    assert_eq!(half_written(&repository), Vec::<PathBuf>::new());
    restic_finds_no_fault(&world, &repository);
    world.fleet.lose();
    world.goes_on(&mut client, new_request(), 1);
}

/// Files that the library had not renamed yet.
fn half_written(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(half_written(&path));
        } else if path.to_str().unwrap().ends_with("-tmp-") {
            found.push(path);
        }
    }
    found
}

fn restic_finds_no_fault(world: &World, repository: &Path) {
    let output = Command::new("restic")
        .args(["check", "--read-data", "--no-cache", "-r"])
        .arg(repository)
        .arg("--password-file")
        .arg(world.fleet.folder().join("password"))
        .env_clear()
        .envs(world.fleet.home.environment())
        .output()
        .unwrap();
    let said = both(&output);
    assert!(
        output.status.success() && said.contains("no errors were found"),
        "{said}"
    );
}

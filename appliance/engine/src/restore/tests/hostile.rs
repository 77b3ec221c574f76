//! Trees and targets that want to lead a restore astray.

use super::world::*;
use crate::{place::Place, plan::PlanSpec, repo::Kind, restore::carry_out, worker::Cancel};
use ocdeck_domain::restore::OverwritePolicy;
use std::{fs, os::unix::fs::symlink};

fn spec(world: &World) -> PlanSpec {
    let mut spec = world.spec("hostile", OverwritePolicy::ReplaceAll);
    spec.system_root = b"/sys".to_vec();
    spec.place = Place::elsewhere(&bytes(world.root()), b"");
    spec
}

#[test]
fn names_that_climb_are_refused() {
    let world = World::new();
    let mut point = Memory::default();
    point.folder("/sys");
    point.file("/sys/../../escaped", b"x");
    point.file("/sys/a/../../../escaped", b"x");
    point.file("/sys/..", b"x");
    point.file("/etc/escaped", b"x");
    point.file("/sys/nul\0byte", b"x");
    point.file("/sys/fine", b"fine");
    let (summary, _) = plan_with(&point, &spec(&world), &world.plan_file());
    assert_eq!((summary.skipped.files, summary.written.files), (5, 1));
    let told = restore_with(&point, &world.order(1), &Cancel::new(), &mut |_| {}).unwrap();
    assert_eq!((told.outcome.written.files, told.outcome.warnings), (1, 5));
    let names: Vec<_> = contents(&world.root()).into_keys().collect();
    assert_eq!(names, [std::path::PathBuf::from("fine")]);
    assert!(!world.dir().join("escaped").exists());
}

#[test]
fn a_plan_with_a_climbing_path_is_not_carried_out() {
    // As if the plan's file itself had been tampered with.
    let world = World::new();
    let mut point = Memory::default();
    point.folder("/sys");
    point.file("/sys/fine", b"fine");
    point.add(
        "/sys/link",
        Kind::Symlink {
            target: b"x".to_vec(),
        },
        0,
    );
    plan_with(&point, &spec(&world), &world.plan_file());
    let plan = fs::read_to_string(world.plan_file()).unwrap();
    let plan = plan
        .replace("\"p\":\"fine\"", "\"p\":\"../escaped\"")
        .replace("\"p\":\"link\"", "\"p\":\"..\"");
    fs::write(world.plan_file(), plan).unwrap();
    let told = restore_with(&point, &world.order(1), &Cancel::new(), &mut |_| {}).unwrap();
    assert_eq!((told.outcome.written.files, told.outcome.failed), (0, 2));
    assert!(!world.dir().join("escaped").exists());
    assert_eq!(contents(&world.root()).len(), 0);
}

#[test]
fn a_link_of_the_point_is_not_written_through() {
    let world = World::new();
    let outside = tempfile::tempdir().unwrap();
    let target = bytes(outside.path());
    let mut point = Memory::default();
    point.folder("/sys");
    point.add("/sys/way", Kind::Symlink { target }, 0);
    point.file("/sys/way/file", b"x");
    plan_with(&point, &spec(&world), &world.plan_file());
    let told = restore_with(&point, &world.order(1), &Cancel::new(), &mut |_| {}).unwrap();
    assert_eq!(told.outcome.failed, 1, "{:?}", told.issues());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_link_swapped_in_for_a_folder_is_not_followed() {
    let world = World::new();
    let root = world.root();
    world.fixture.write("here/file", "mine");
    world.fixture.write("here/deep/file", "mine");
    world.fixture.write("later/file", "mine");
    let point = world.back_up();
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(outside.path().join("deep")).unwrap();
    world.lose();
    fs::create_dir_all(root.join("here")).unwrap();
    world.plan(&world.spec(&point, OverwritePolicy::ReplaceAll));
    fs::remove_dir(root.join("here")).unwrap();
    symlink(outside.path(), root.join("here")).unwrap();
    // One that does not exist when it is planned.
    symlink(outside.path(), root.join("later")).unwrap();
    let told = world.restore(1);
    assert_eq!(told.outcome.written.files, 0);
    assert!(told.outcome.failed >= 3, "{:?}", told.issues());
    let names: Vec<_> = contents(outside.path()).into_keys().collect();
    assert_eq!(names, Vec::<std::path::PathBuf>::new());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn a_link_swapped_in_while_it_runs_is_not_followed() {
    let world = World::new();
    let root = world.root();
    for n in 0..20 {
        world.fixture.write(format!("d/{n}/file"), format!("{n}"));
    }
    let point = world.back_up();
    world.lose();
    world.plan(&world.spec(&point, OverwritePolicy::ReplaceAll));
    let outside = tempfile::tempdir().unwrap();
    let repository = world.fixture.open();
    let swap = |nth| {
        if nth == 10 {
            fs::rename(root.join("d"), root.join("moved")).unwrap();
            symlink(outside.path(), root.join("d")).unwrap();
        }
    };
    let source = Counting {
        inner: &repository,
        at: 0.into(),
        then: &swap,
    };
    let order = world.order(1);
    carry_out(&source, &order, &Cancel::new(), &mut |_| {}).unwrap();
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_target_through_a_link_is_a_problem() {
    let world = World::new();
    let outside = tempfile::tempdir().unwrap();
    world.fixture.write("file", "1");
    let point = world.back_up();
    symlink(outside.path(), world.dir().join("target")).unwrap();
    let mut spec = world.spec(&point, OverwritePolicy::ReplaceAll);
    spec.place = Place::elsewhere(&bytes(world.dir()), b"target");
    let summary = world.plan(&spec);
    assert!(
        summary.problems.concat().contains("symbolic link"),
        "{summary:?}"
    );
    let order = world.order(1);
    let error = carry_out(&world.fixture.open(), &order, &Cancel::new(), &mut |_| {});
    assert!(error.unwrap_err().to_string().contains("symbolic link"));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn more_than_fits_is_a_problem_that_says_how_much() {
    let world = World::new();
    let mut point = Memory::default();
    point.folder("/sys");
    point.add("/sys/huge", Kind::File, 1 << 60);
    let (summary, _) = plan_with(&point, &spec(&world), &world.plan_file());
    let problem = summary.problems.concat();
    assert!(
        problem.contains("free") && problem.contains("needed"),
        "{problem}"
    );
}

//! Very many, very deep, and nothing at all.

use super::{kinds, world::*};
use crate::{catalog::Catalog, place::Place, place::Tree, worker::Cancel};
use ocdeck_domain::restore::OverwritePolicy;
use rustix::fs::{Mode, OFlags, mkdirat, openat};
use std::{
    fs,
    io::{Read, Write},
    path::Path,
    sync::Arc,
    time::Instant,
};

/// Folders in one another, and a file at the bottom; its path below the root.
fn dig(world: &World, name: &str, levels: usize) -> PathBytes {
    let mut folder = fs::File::open(world.root()).unwrap();
    for _ in 0..levels {
        mkdirat(&folder, name, Mode::RWXU).unwrap();
        let below = openat(&folder, name, OFlags::DIRECTORY, Mode::empty());
        folder = below.unwrap().into();
    }
    let flags = OFlags::CREATE | OFlags::WRONLY;
    let file = openat(&folder, "bottom", flags, Mode::RUSR | Mode::WUSR).unwrap();
    fs::File::from(file).write_all(b"down here").unwrap();
    [vec![name; levels].join("/").as_bytes(), b"/bottom"].concat()
}

type PathBytes = Vec<u8>;

/// What stands at a path below the root, however long it is.
fn read(world: &World, path: &[u8]) -> std::io::Result<Vec<u8>> {
    let place = Place::original(&bytes(world.root()));
    let mut tree = Tree::open(&place).unwrap().unwrap();
    let (folder, name) = crate::place::split(path);
    let mut content = Vec::new();
    let folder = tree.folder(folder)?;
    folder.open_file(name)?.read_to_end(&mut content)?;
    Ok(content)
}

#[test]
fn what_lies_deeper_than_any_path_comes_back() {
    for (name, levels) in [("d".repeat(250), 20), ("e".repeat(100), 80)] {
        let world = World::new();
        let path = dig(&world, &name, levels);
        world.fixture.write("shallow", "up here");
        assert!(path.len() > 4096);
        let outcome = world.fixture.back_up();
        assert_eq!((outcome.files, outcome.warnings), (2, 0));
        fs::remove_dir_all(world.root().join(&name)).unwrap();
        assert!(read(&world, &path).is_err());
        let spec = world.spec(&outcome.point, OverwritePolicy::ReplaceChanged);
        let (summary, told) = world.plan_and_restore(&spec);
        assert_eq!(summary.new_folders, levels as u64);
        assert_eq!((told.outcome.failed, told.outcome.verified.files), (0, 1));
        assert_eq!(told.outcome.warnings, 0, "{:?}", told.issues());
        assert_eq!(read(&world, &path).unwrap(), b"down here");
        // Only that one, elsewhere: it is asked for by its whole path.
        let target = world.dir().join("target");
        fs::create_dir(&target).unwrap();
        let mut spec = spec;
        spec.paths = vec![crate::place::join(&bytes(world.root()), &path)];
        spec.place = Place::elsewhere(&bytes(&target), b"");
        let (_, told) = world.plan_and_restore(&spec);
        assert_eq!(told.outcome.failed, 0, "{:?}", told.issues());
        assert_eq!(fs::read(target.join("bottom")).unwrap(), b"down here");
    }
}

#[test]
fn an_empty_system_comes_back_empty() {
    let world = World::new();
    let outcome = world.fixture.back_up();
    assert_eq!(outcome.files, 0);
    let spec = world.spec(&outcome.point, OverwritePolicy::ReplaceChanged);
    let (summary, told) = world.plan_and_restore(&spec);
    assert_eq!((summary.written.files, summary.new_folders), (0, 0));
    assert_eq!((told.outcome.failed, told.outcome.warnings), (0, 0));
    assert_eq!(fs::read_dir(world.root()).unwrap().count(), 0);
    world.fixture.restic_check();
}

#[test]
fn everything_comes_back_wherever_an_attempt_was_cut_off() {
    let world = World::new();
    kinds::fill(&world);
    let point = world.fixture.back_up().point;
    let mut before = picture(&world.root());
    before.retain(|path, _| path != Path::new("special/socket"));
    let mut spec = world.spec(&point, OverwritePolicy::ReplaceAll);
    spec.devices = true;
    let repository = world.fixture.open();
    for nth in [1, 6, 14, 22] {
        world.lose();
        let _ = fs::remove_file(world.journal());
        plan_with(&repository, &spec, &world.plan_file());
        let cancel = Cancel::new();
        let then = |at| {
            if at == nth {
                cancel.cancel();
            }
        };
        let source = Counting {
            inner: &repository,
            at: 0.into(),
            then: &then,
        };
        let first = restore_with(&source, &world.order(1), &cancel, &mut |_| {}).unwrap();
        assert!(first.outcome.cancelled);
        assert_no_parts(&world.root());
        let told = world.restore_from(&repository, 2);
        let when = format!("cut off at {nth}");
        assert_eq!(
            told.outcome.changed_since_plan,
            0,
            "{when}: {:?}",
            told.issues()
        );
        assert_eq!(
            (told.outcome.failed, told.outcome.unequal),
            (0, 0),
            "{when}"
        );
        assert_same(&picture(&world.root()), &before, &when);
    }
}

/// Many files in one folder, and how long everything takes.
fn crowd(files: u64) -> String {
    let world = World::new();
    let folder = world.root().join("crowd");
    fs::create_dir(&folder).unwrap();
    for n in 0..files {
        fs::write(folder.join(format!("file {n:06}")), n.to_le_bytes()).unwrap();
    }
    let mut said = format!("{files} files in a folder");
    let mut time = |what: &str, began: Instant| said += &format!(", {what} {:?}", began.elapsed());
    let began = Instant::now();
    let outcome = world.fixture.back_up();
    time("backup", began);
    assert_eq!((outcome.files, outcome.warnings), (files, 0));
    let began = Instant::now();
    let again = world.fixture.back_up();
    time("unchanged backup", began);
    assert_eq!(again.files, files);
    let repository = Arc::new(world.fixture.open());
    let catalog = Catalog::new(Arc::clone(&repository));
    let began = Instant::now();
    let entries = catalog.browse(&outcome.point, &bytes(&folder)).unwrap();
    time("browse", began);
    assert_eq!(entries.len() as u64, files);
    world.lose();
    let spec = world.spec(&outcome.point, OverwritePolicy::ReplaceChanged);
    let began = Instant::now();
    let (summary, _) = plan_with(&*repository, &spec, &world.plan_file());
    time("plan", began);
    assert_eq!((summary.new.files, summary.problems.len()), (files, 0));
    let began = Instant::now();
    let told = world.restore_from(&*repository, 1);
    time("restore and compare", began);
    assert_eq!(
        (told.outcome.failed, told.outcome.verified.files),
        (0, files)
    );
    let last = folder.join(format!("file {:06}", files - 1));
    assert_eq!(fs::read(last).unwrap(), (files - 1).to_le_bytes());
    said
}

#[test]
fn a_crowded_folder_comes_back() {
    crowd(1_500);
}

/// `cargo test -p ocdeck-engine measure -- --ignored --nocapture`
#[test]
#[ignore = "prints figures"]
fn measure_100_000_files_in_a_folder() {
    println!("{}, peak {}", crowd(100_000), peak());
}

/// The most memory that this process had.
pub(super) fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap().split_whitespace().skip(1).collect()
}

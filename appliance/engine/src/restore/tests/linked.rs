//! Names of one file become names of one file again, whatever stands there and however
//! often it is begun.

use super::world::*;
use crate::{place::Place, testing::noise, worker::Cancel};
use ocdeck_domain::restore::OverwritePolicy;
use std::{fs, os::unix::fs::MetadataExt, path::Path};

/// One file with the names `a/one`, `b/two`, `c/three`, and others between.
fn world() -> (World, String) {
    let world = World::new();
    world.fixture.write("a/one", noise(1, 200_000));
    for (folder, name) in [("b", "two"), ("c", "three")] {
        world.fixture.write(format!("{folder}/other"), folder);
        let to = world.root().join(folder).join(name);
        fs::hard_link(world.root().join("a/one"), to).unwrap();
    }
    let point = world.back_up();
    (world, point)
}

fn inode(world: &World, path: &str) -> u64 {
    fs::metadata(world.root().join(path)).unwrap().ino()
}

#[test]
fn only_some_of_the_names_are_one_file_elsewhere() {
    let (world, point) = world();
    let target = world.dir().join("target");
    fs::create_dir(&target).unwrap();
    let mut spec = world.spec(&point, OverwritePolicy::KeepBoth);
    spec.paths = ["a", "c/three"]
        .map(|path| bytes(world.root().join(path)))
        .to_vec();
    spec.place = Place::elsewhere(&bytes(world.dir()), b"target");
    let (summary, told) = world.plan_and_restore(&spec);
    assert_eq!((summary.linked, told.outcome.verified.files), (2, 2));
    let warnings = summary.warnings.concat();
    assert!(warnings.contains("one file again"), "{warnings}");
    let one = fs::metadata(target.join("a/one")).unwrap();
    let three = fs::metadata(target.join("c/three")).unwrap();
    assert_eq!((one.ino(), one.nlink()), (three.ino(), 2));
    assert_ne!(
        one.ino(),
        inode(&world, "a/one"),
        "the system's is not touched"
    );
}

#[test]
fn a_name_that_stays_and_is_equal_leads() {
    for kept in ["a/one", "b/two", "c/three"] {
        let (world, point) = world();
        let before = picture(&world.root());
        let stays = inode(&world, kept);
        for name in ["a/one", "b/two", "c/three"] {
            if name != kept {
                fs::remove_file(world.root().join(name)).unwrap();
            }
        }
        let spec = world.spec(&point, OverwritePolicy::ReplaceChanged);
        let (_, told) = world.plan_and_restore(&spec);
        assert_eq!((told.outcome.written.files, told.outcome.warnings), (2, 0));
        assert_same(&picture(&world.root()), &before, kept);
        assert_eq!(inode(&world, "a/one"), stays);
    }
}

#[test]
fn a_name_that_stays_and_differs_is_not_linked_to() {
    let (world, point) = world();
    let kept = world.root().join("a/one");
    fs::remove_file(world.root().join("b/two")).unwrap();
    fs::remove_file(world.root().join("c/three")).unwrap();
    // Of the same length and time, so that the plan takes it for the same.
    let time = fs::metadata(&kept).unwrap();
    fs::write(&kept, noise(2, 200_000)).unwrap();
    set_time(&kept, time.mtime(), time.mtime_nsec());
    let spec = world.spec(&point, OverwritePolicy::KeepExisting);
    let (_, told) = world.plan_and_restore(&spec);
    assert_eq!((told.outcome.written.files, told.outcome.unequal), (2, 0));
    assert!(fs::read(&kept).unwrap() == noise(2, 200_000));
    assert_ne!(inode(&world, "b/two"), inode(&world, "a/one"));
    assert_eq!(inode(&world, "b/two"), inode(&world, "c/three"));
    assert!(fs::read(world.root().join("b/two")).unwrap() == noise(1, 200_000));
}

#[test]
fn all_names_are_replaced_though_each_replacement_changes_the_others() {
    let (world, point) = world();
    let before = picture(&world.root());
    let old = inode(&world, "a/one");
    fs::write(
        world.root().join("a/one"),
        "changed through one of its names",
    )
    .unwrap();
    let spec = world.spec(&point, OverwritePolicy::ReplaceAll);
    let (summary, told) = world.plan_and_restore(&spec);
    assert_eq!(summary.replaced.files, 5);
    assert_eq!(told.outcome.changed_since_plan, 0, "{:?}", told.issues());
    assert_eq!(told.outcome.verified.files, 5);
    let after = picture(&world.root());
    assert_same(&after, &before, "afterwards");
    assert_ne!(inode(&world, "a/one"), old);
}

#[test]
fn it_is_one_file_wherever_an_attempt_was_cut_off() {
    // Replaced, so that what is there changes with each name; three blobs are read.
    for (nth, stands) in [(1, true), (2, false), (2, true), (3, true)] {
        let (world, point) = world();
        let before = picture(&world.root());
        if stands {
            fs::write(world.root().join("a/one"), "changed").unwrap();
        } else {
            world.lose();
        }
        world.plan(&world.spec(&point, OverwritePolicy::ReplaceAll));
        let cancel = Cancel::new();
        let repository = world.fixture.open();
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
        restore_with(&source, &world.order(1), &cancel, &mut |_| {}).unwrap();
        let journal = fs::read(world.journal()).unwrap();
        for lines in 0..=journal.iter().filter(|byte| **byte == b'\n').count() {
            // As if the last lines had not reached the disk.
            let kept: Vec<u8> = journal
                .split_inclusive(|byte| *byte == b'\n')
                .take(lines)
                .flatten()
                .copied()
                .collect();
            fs::write(world.journal(), kept).unwrap();
            let told = world.restore_from(&repository, 2);
            let when = format!("cut at {nth}, {lines} lines, {stands}");
            assert_eq!(
                told.outcome.changed_since_plan,
                0,
                "{when}: {:?}",
                told.issues()
            );
            assert_eq!(told.outcome.verified.files, 5, "{when}");
            assert_same(&picture(&world.root()), &before, &when);
        }
    }
}

#[test]
fn what_was_swapped_in_for_a_leader_is_not_linked() {
    let (world, point) = world();
    world.lose();
    world.plan(&world.spec(&point, OverwritePolicy::ReplaceAll));
    let strange = world.dir().join("strange");
    fs::write(&strange, "nobody may get a name of this").unwrap();
    let repository = world.fixture.open();
    let root = world.root();
    let swap = |nth| {
        // The first name is in place when the second file is read.
        if nth == 2 {
            fs::remove_file(root.join("a/one")).unwrap();
            fs::hard_link(&strange, root.join("a/one")).unwrap();
        }
    };
    let source = Counting {
        inner: &repository,
        at: 0.into(),
        then: &swap,
    };
    let told = restore_with(&source, &world.order(1), &Cancel::new(), &mut |_| {}).unwrap();
    assert_eq!(told.outcome.unequal, 1, "{:?}", told.issues());
    assert_eq!(fs::metadata(&strange).unwrap().nlink(), 2);
    assert_eq!(inode(&world, "b/two"), inode(&world, "c/three"));
    assert_no_parts(&world.root());
}

#[test]
fn names_on_another_file_system_are_files_of_their_own_and_say_so() {
    let (world, _) = world();
    // Not the same device for the two names: said, and written nevertheless.
    let shm = tempfile::tempdir_in("/dev/shm").unwrap();
    let tree = |path: &Path| {
        crate::place::Tree::open(&Place::elsewhere(&bytes(path), b""))
            .unwrap()
            .unwrap()
    };
    let (here, there) = (tree(&world.root().join("a")), tree(shm.path()));
    let error = crate::place::Part::link(there.top(), b".part".to_vec(), here.top(), b"one");
    let error = error.unwrap_err();
    assert!(crate::place::is_other_file_system(&error));
    let text = crate::place::advise(&error);
    assert!(text.contains("another file system"), "{text}");
}

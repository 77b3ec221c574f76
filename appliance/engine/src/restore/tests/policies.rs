//! What stands there, times what is asked.

use super::world::*;
use crate::{plan::PlanSpec, worker::protocol::Amount};
use OverwritePolicy::{KeepBoth, KeepExisting, ReplaceAll, ReplaceChanged, ReplaceIfNewer};
use ocdeck_domain::restore::OverwritePolicy;
use std::{fs, os::unix::fs::MetadataExt, path::Path};

const OLD: i64 = 1_600_000_000;
const POINT: i64 = 1_700_000_000;
const LATE: i64 = 1_800_000_000;
const MARK: &str = " (restored 2026-11-20 2200 R-0118)";

fn put(path: &Path, content: &str, time: i64) {
    fs::write(path, content).unwrap();
    set_time(path, time, 5);
}

/// A point of files named after what then stands at their place.
fn world() -> (World, String) {
    let world = World::new();
    let root = world.root();
    for name in [
        "new", "same", "older", "newer", "touched", "link.x", "folder",
    ] {
        put(&root.join(name), "point", POINT);
    }
    fs::create_dir(root.join("dir")).unwrap();
    put(&root.join("dir/inner"), "point", POINT);
    let point = world.back_up();
    fs::remove_file(root.join("new")).unwrap();
    put(&root.join("older"), "changed", OLD);
    put(&root.join("newer"), "changed", LATE);
    set_time(&root.join("touched"), OLD, 5);
    fs::remove_file(root.join("link.x")).unwrap();
    std::os::unix::fs::symlink("same", root.join("link.x")).unwrap();
    set_time(&root.join("link.x"), OLD, 5);
    fs::remove_file(root.join("folder")).unwrap();
    fs::create_dir(root.join("folder")).unwrap();
    put(&root.join("folder/theirs"), "theirs", LATE);
    set_time(&root.join("folder"), OLD, 5);
    fs::remove_dir_all(root.join("dir")).unwrap();
    std::os::unix::fs::symlink("folder", root.join("dir")).unwrap();
    set_time(&root.join("dir"), OLD, 5);
    (world, point)
}

fn text(root: &Path, name: &str) -> Option<String> {
    let path = root.join(name);
    let stat = fs::symlink_metadata(&path).ok()?;
    if stat.is_symlink() {
        let target = fs::read_link(path).unwrap();
        return Some(format!("-> {}", target.display()));
    }
    if stat.is_dir() {
        return Some("folder".to_owned());
    }
    Some(fs::read_to_string(path).unwrap())
}

#[test]
fn every_policy_does_what_its_plan_says() {
    // What stands at each name afterwards.
    let names = [
        "new", "same", "older", "newer", "touched", "link.x", "folder", "dir",
    ];
    let table = [
        (
            KeepExisting,
            [
                "point",
                "point",
                "changed",
                "changed",
                "point",
                "-> same",
                "folder",
                "-> folder",
            ],
        ),
        (
            KeepBoth,
            [
                "point",
                "point",
                "changed",
                "changed",
                "point",
                "-> same",
                "folder",
                "-> folder",
            ],
        ),
        (
            ReplaceIfNewer,
            [
                "point", "point", "point", "changed", "point", "point", "folder", "folder",
            ],
        ),
        (
            ReplaceChanged,
            [
                "point", "point", "point", "point", "point", "point", "folder", "folder",
            ],
        ),
        (
            ReplaceAll,
            [
                "point", "point", "point", "point", "point", "point", "folder", "folder",
            ],
        ),
    ];
    for (policy, expected) in table {
        let (world, point) = world();
        let root = world.root();
        let theirs = fs::metadata(root.join("folder/theirs")).unwrap().ino();
        let touched = fs::metadata(root.join("touched")).unwrap().ino();
        let same = fs::metadata(root.join("same")).unwrap().ino();
        let (summary, told) = world.plan_and_restore(&world.spec(&point, policy));
        for (name, expected) in names.iter().zip(expected) {
            let found = text(&root, name);
            assert_eq!(found.as_deref(), Some(expected), "{policy:?} {name}");
        }
        // A folder of other files is never taken away, by no policy.
        let kept = fs::metadata(root.join("folder/theirs")).unwrap().ino();
        assert_eq!(kept, theirs, "{policy:?}");
        assert_eq!(told.outcome.failed, 0, "{policy:?} {:?}", told.issues());
        assert_eq!(told.outcome.changed_since_plan, 0, "{policy:?}");

        let count = |amount: Amount| amount.files;
        let sum = count(summary.new)
            + count(summary.changed)
            + count(summary.same)
            + count(summary.conflict)
            + count(summary.skipped);
        assert_eq!(sum, 9, "eight files, and the link where a folder belongs");
        assert_eq!(
            count(summary.new) + count(summary.skipped),
            match policy {
                // `new`; skipped: `dir/inner`.
                KeepExisting => 2,
                // And `dir` itself.
                KeepBoth => 3,
                // `new`, `dir/inner`; skipped: `folder`.
                _ => 3,
            }
        );
        // Equal content stays under *replace changed*, and *replace all* writes it again.
        let now = |name: &str| fs::metadata(root.join(name)).unwrap().ino();
        assert_eq!(
            now("touched") == touched,
            matches!(policy, KeepExisting | KeepBoth | ReplaceChanged)
        );
        assert_eq!(now("same") == same, policy != ReplaceAll);
        let outlook = summary
            .outlooks
            .iter()
            .find(|outlook| outlook.policy == policy)
            .unwrap();
        assert_eq!(
            outlook.created.files + outlook.replaced.files,
            summary.written.files + u64::from(!matches!(policy, KeepExisting | KeepBoth)),
            "{policy:?}: all that is written, and the link that becomes a folder"
        );
        assert_eq!(outlook.replaced.files, summary.replaced.files, "{policy:?}");
    }
}

#[test]
fn keep_both_writes_beside_and_a_second_plan_finds_its_own() {
    let (world, point) = world();
    let root = world.root();
    put(&root.join(format!("newer{MARK}")), "someone else's", LATE);
    let spec = world.spec(&point, KeepBoth);
    let (summary, told) = world.plan_and_restore(&spec);
    assert_eq!(summary.replaced.files, 0);
    let expected = [
        (format!("older{MARK}"), "point"),
        (format!("newer{MARK}"), "someone else's"),
        (format!("newer{MARK} 2"), "point"),
        (format!("link{MARK}.x"), "point"),
        (format!("folder{MARK}"), "point"),
        (format!("touched{MARK}"), "point"),
    ];
    for (name, content) in &expected {
        assert_eq!(text(&root, name).as_deref(), Some(*content), "{name}");
    }
    assert_eq!(told.outcome.verified.files, 6);
    assert!(told.about("/dir").concat().contains("not restored"));
    assert!(told.about("/dir/inner").concat().contains("is no folder"));

    let before = contents(&root);
    let again = world.plan(&spec);
    assert_eq!((again.written.files, again.problems.len()), (0, 0));
    let told = world.restore(2);
    assert_eq!(told.outcome.done_before.files, 6, "{told:?}");
    assert_eq!(
        (told.outcome.written.files, told.outcome.verified.files),
        (0, 6)
    );
    assert_eq!(contents(&root), before);
}

#[test]
fn two_long_names_that_shorten_to_one_get_two() {
    let world = World::new();
    let root = world.root();
    let names = ["1", "2"].map(|end| format!("{}{end}", "é".repeat(127)));
    for name in &names {
        put(&root.join(name), "point", POINT);
    }
    let point = world.back_up();
    for name in &names {
        put(&root.join(name), "changed", LATE);
    }
    let (_, told) = world.plan_and_restore(&world.spec(&point, KeepBoth));
    assert_eq!((told.outcome.verified.files, told.outcome.failed), (2, 0));
    assert_eq!(fs::read_dir(&root).unwrap().count(), 4);
}

#[test]
fn a_digest_names_everything_that_a_plan_does_and_saw() {
    let (world, point) = world();
    let spec = world.spec(&point, ReplaceChanged);
    let digest = |spec: &PlanSpec| world.plan(spec).digest;
    let first = digest(&spec);
    assert_eq!(first.len(), 32);
    assert_eq!(first, digest(&spec), "nothing changed");

    let mut other = spec.clone();
    other.policy = ReplaceAll;
    let mut seen = vec![first.clone(), digest(&other)];
    let mut other = spec.clone();
    other.paths = vec![bytes(world.root().join("newer"))];
    seen.push(digest(&other));
    let mut other = spec.clone();
    other.place = crate::place::Place::elsewhere(&spec.system_root, b"");
    seen.push(digest(&other));
    let mut other = spec.clone();
    other.reference = "R-0119".to_owned();
    seen.push(digest(&other));

    let root = world.root();
    set_time(&root.join("newer"), LATE, 6);
    seen.push(digest(&spec));
    // Same size and time, another inode.
    fs::rename(root.join("newer"), root.join("away")).unwrap();
    put(&root.join("newer"), "changed", LATE);
    set_time(&root.join("newer"), LATE, 6);
    seen.push(digest(&spec));
    fs::remove_file(root.join("newer")).unwrap();
    seen.push(digest(&spec));
    // Another point with the same content.
    let second = world.back_up();
    seen.push(digest(&world.spec(&second, ReplaceChanged)));

    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all);
}

#[test]
fn what_changed_since_the_plan_is_left_alone_and_named() {
    let (world, point) = world();
    let root = world.root();
    world.plan(&world.spec(&point, ReplaceAll));
    put(&root.join("new"), "came in between", LATE);
    put(&root.join("older"), "changed again", LATE);
    fs::remove_file(root.join("newer")).unwrap();
    // Same size and time as the plan saw, and yet another file.
    fs::remove_file(root.join("same")).unwrap();
    put(&root.join("same"), "POINT", POINT);
    let told = world.restore(1);
    assert_eq!(told.outcome.changed_since_plan, 4, "{:?}", told.issues());
    for (name, content) in [
        ("new", Some("came in between")),
        ("older", Some("changed again")),
        ("newer", None),
        ("same", Some("POINT")),
    ] {
        assert_eq!(text(&root, name).as_deref(), content, "{name}");
        let about = told.about(&format!("/{name}")).concat();
        assert!(about.contains("changed since the plan"), "{name}: {about}");
    }
    assert_no_parts(&root);
}

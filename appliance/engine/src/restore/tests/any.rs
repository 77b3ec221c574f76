//! Whatever a file system holds comes back as it was.

use super::{extreme, kinds, world::*};
use crate::{
    place::Place,
    plan::Summary,
    testing::{as_another_user, noise},
};
use ocdeck_domain::restore::OverwritePolicy;
use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Instant};

/// What files take on the disk, in bytes.
fn on_disk(path: &Path) -> u64 {
    fs::File::open(path).unwrap().sync_all().unwrap();
    fs::metadata(path).unwrap().blocks() * 512
}

/// As they are named in warnings.
fn skipped(summary: &Summary) -> u64 {
    summary.skipped.files
}

/// Without what restic 0.14 does otherwise: it links only regular files, knows no target of
/// a link that is not UTF-8, sets the attributes of a link on what it points to, and
/// closes a file before it sets its attributes.
fn by_restic(mut picture: Picture) -> Picture {
    picture.remove(Path::new("special/raw"));
    for look in picture.values_mut() {
        look.xattrs.remove(&b"trusted.of.link"[..]);
        if look.mode & 0o200 == 0 {
            look.xattrs.clear();
        }
        if look.mode & 0o170_000 != 0o100_000 {
            look.same_as = None;
        }
    }
    picture
}

fn everything() {
    let world = World::new();
    kinds::fill(&world);
    let root = world.root();
    let outcome = world.fixture.back_up();
    assert_eq!(outcome.warnings, 0);
    world.fixture.restic_check();
    let mut before = picture(&root);
    let room = on_disk(&root.join("sparse"));
    world.lose();

    let mut spec = world.spec(&outcome.point, OverwritePolicy::ReplaceChanged);
    spec.devices = true;
    let (summary, told) = world.plan_and_restore(&spec);
    assert_eq!(skipped(&summary), 1, "the socket: {:?}", summary.warnings);
    assert_eq!(summary.linked, 9);
    let counts = &told.outcome;
    assert_eq!(
        (counts.failed, counts.unequal),
        (0, 0),
        "{:?}",
        told.issues()
    );
    assert_eq!(counts.warnings, 1, "the socket: {:?}", told.issues());
    assert_eq!(counts.written, summary.written);
    assert_eq!(counts.verified, summary.written);
    before.retain(|path, _| path != Path::new("special/socket"));
    assert_same(&picture(&root), &before, "afterwards");
    assert_eq!(on_disk(&root.join("sparse")), room);

    // A second plan finds nothing to do, and nothing is not restored but the socket.
    let again = world.plan(&spec);
    assert_eq!(again.written.files, 0, "{again:?}");
    assert_eq!(again.same, summary.written);

    // restic brings the same.
    let target = world.dir().join("by-restic");
    let arguments = [
        "restore",
        "--no-cache",
        &outcome.point,
        "--target",
        target.to_str().unwrap(),
    ];
    if world.fixture.restic(&arguments).is_some() {
        let below = target.join(root.strip_prefix("/").unwrap());
        let (found, expected) = (by_restic(picture(&below)), by_restic(before));
        assert_same(&found, &expected, "by restic");
        empty(&target);
    }
}

#[test]
fn everything_comes_back_as_it_was() {
    everything();
}

/// Not a test: what the next one runs as another user.
#[test]
#[ignore = "started by another test, as another user"]
fn child_without_rights() {
    assert!(!rustix::process::geteuid().is_root());
    everything();
    others_files();
}

/// What belongs to others comes as one's own, and each is named.
fn others_files() {
    let world = World::new();
    let mut point = Memory::default();
    point.folder("/sys");
    for name in ["one", "two"] {
        let item = point.file(&format!("/sys/{name}"), b"x");
        item.metadata.uid = Some(4711);
        item.metadata.mode = Some(0o6755);
    }
    let mut spec = world.spec("memory", OverwritePolicy::KeepBoth);
    spec.system_root = b"/sys".to_vec();
    spec.place = Place::elsewhere(&bytes(world.root()), b"");
    let (summary, _) = plan_with(&point, &spec, &world.plan_file());
    let warnings = summary.warnings.concat();
    assert!(warnings.contains("2 files had other owners"), "{warnings}");
    let told = world.restore_from(&point, 1);
    assert_eq!((told.outcome.written.files, told.outcome.warnings), (2, 2));
    let mode = fs::metadata(world.root().join("one")).unwrap().mode();
    assert_eq!(
        mode & 0o7777,
        0o755,
        "rights are not lent by the wrong owner"
    );
}

#[test]
fn a_user_without_rights_gets_everything_of_its_own() {
    if !rustix::process::geteuid().is_root() {
        // The test above has shown it.
        return others_files();
    }
    as_another_user("restore::tests::any::child_without_rights");
}

#[test]
fn devices_come_only_where_they_are_allowed() {
    let world = World::new();
    let mut point = Memory::default();
    let null = crate::repo::Kind::Special(crate::repo::Special::CharDevice(259));
    point.folder("/sys");
    point.add("/sys/null", null, 0);
    let mut spec = world.spec("memory", OverwritePolicy::ReplaceAll);
    spec.system_root = b"/sys".to_vec();
    spec.place = Place::elsewhere(&bytes(world.root()), b"");
    let (summary, _) = plan_with(&point, &spec, &world.plan_file());
    assert_eq!((summary.written.files, skipped(&summary)), (0, 1));
    let warning = summary.warnings.concat();
    assert!(
        warning.contains("devices are not allowed here"),
        "{warning}"
    );
    assert!(warning.contains("restore_devices"), "{warning}");
    let told = world.restore_from(&point, 1);
    assert_eq!(told.outcome.warnings, 1);
    assert_eq!(contents(&world.root()).len(), 0);
}

/// Writes nothing but the ends of a file of this many bytes.
fn hollow_file(path: &Path, bytes: u64) {
    use std::os::unix::fs::FileExt;
    let file = fs::File::create(path).unwrap();
    file.write_all_at(&noise(1, 4096), 0).unwrap();
    file.write_all_at(&noise(2, 4096), bytes - 4096).unwrap();
}

/// Backs up, loses and restores a hollow file, and says how long each took.
fn hollow(bytes: u64) -> String {
    let world = World::new();
    let path = world.root().join("hollow");
    hollow_file(&path, bytes);
    let began = Instant::now();
    let outcome = world.fixture.back_up();
    let backup = began.elapsed();
    assert!(outcome.added < 1_000_000, "{}", outcome.added);
    let room = on_disk(&path);
    world.lose();
    let spec = world.spec(&outcome.point, OverwritePolicy::ReplaceChanged);
    let began = Instant::now();
    let (_, told) = world.plan_and_restore(&spec);
    let restore = began.elapsed();
    assert_eq!(told.outcome.verified.bytes, bytes);
    assert_eq!(fs::metadata(&path).unwrap().len(), bytes);
    let after = on_disk(&path);
    assert!(after <= room.max(8192) + 16_384, "{after} for {room}");
    format!("{bytes} bytes, {after} on the disk: backup {backup:?}, plan and restore {restore:?}")
}

#[test]
fn a_hollow_file_takes_as_little_room_as_before() {
    hollow(200 << 20);
}

/// `cargo test -p ocdeck-engine measure -- --ignored --nocapture`
#[test]
#[ignore = "prints figures"]
fn measure_a_hollow_file_of_10_gb() {
    println!("{}, peak {}", hollow(10_000_000_000), extreme::peak());
}

#[test]
fn a_hollow_file_fits_where_its_length_would_not() {
    // 4 TB: more than is free where these tests run, less than the longest file of ext4.
    const PIECES: u64 = 1 << 16;
    const PIECE: u32 = 1 << 26;
    let world = World::new();
    let path = world.root().join("hollow");
    let zeros = vec![0; PIECE as usize];
    let id = crate::repo::BlobId::of(&zeros);
    let mut point = Memory::default();
    point.folder("/sys");
    let item = point.add("/sys/hollow", crate::repo::Kind::File, PIECES << 26);
    item.blobs = vec![(id, Some(PIECE)); PIECES as usize];
    point.blobs.insert(id, zeros.into());
    let mut spec = world.spec("memory", OverwritePolicy::ReplaceAll);
    spec.system_root = b"/sys".to_vec();
    spec.place = Place::elsewhere(&bytes(world.root()), b"");
    let (summary, _) = plan_with(&point, &spec, &world.plan_file());
    assert_eq!(summary.problems, Vec::<String>::new());
    let told = world.restore_from(&point, 1);
    assert_eq!(told.outcome.verified.bytes, PIECES << 26);
    assert!(on_disk(&path) <= 1 << 20);
}

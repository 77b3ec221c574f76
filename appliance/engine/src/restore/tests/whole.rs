//! A system that is gone comes back as it was.

use super::world::*;
use crate::{
    place::Place,
    testing::noise,
    worker::protocol::{Amount, Event},
};
use ocdeck_domain::restore::OverwritePolicy;
use std::{
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, symlink},
        net::UnixListener,
    },
};

/// A small system, with a pipe and a socket.
fn fill(world: &World) {
    let root = world.root();
    world.fixture.write("etc/conf", "answer = 42\n");
    world.fixture.write("empty", "");
    world.fixture.write("big", noise(1, 3_000_000));
    world.fixture.write("closed/inner/secret", "s3cret");
    fs::write(root.join(OsStr::from_bytes(b"bad \xff\xfe name")), "bytes").unwrap();
    fs::create_dir(root.join("hollow")).unwrap();
    symlink("etc/conf", root.join("link")).unwrap();
    symlink("/nowhere/at/all", root.join("dangling")).unwrap();
    symlink(OsStr::from_bytes(b"to \xff"), root.join("raw")).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        root.join("pipe"),
        rustix::fs::Mode::from_raw_mode(0o600),
    )
    .unwrap();
    drop(UnixListener::bind(root.join("socket")).unwrap());
    let mode = |path: &str, mode| {
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("etc/conf", 0o640);
    mode("big", 0o4755);
    mode("hollow", 0o1777);
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::lchown(root.join("etc"), Some(1234), Some(4321)).unwrap();
        std::os::unix::fs::lchown(root.join("etc/conf"), Some(1234), Some(4321)).unwrap();
        std::os::unix::fs::lchown(root.join("link"), Some(1234), Some(4321)).unwrap();
    }
    for (n, path) in ["etc/conf", "empty", "big", "link", "closed/inner/secret"]
        .into_iter()
        .enumerate()
    {
        set_time(&root.join(path), 1_700_000_000 + n as i64, 123_456_789);
    }
    set_time(&root.join("etc"), 1_600_000_000, 1);
    set_time(&root.join("closed/inner"), 1_600_000_001, 999_999_999);
    mode("closed/inner", 0o500);
    mode("closed", 0o500);
    set_time(&root.join("closed"), -5, 3);
}

#[test]
fn a_lost_system_comes_back_with_modes_owners_and_times() {
    let world = World::new();
    fill(&world);
    let point = world.back_up();
    let mut before = picture(&world.root());
    world.lose();

    let spec = world.spec(&point, OverwritePolicy::ReplaceChanged);
    let (summary, told) = world.plan_and_restore(&spec);
    let all = Amount {
        files: 9,
        bytes: 3_000_000 + 12 + 6 + 5,
    };
    assert_eq!((summary.new, summary.written), (all, all));
    assert_eq!((summary.skipped.files, summary.new_folders), (1, 4));
    assert_eq!(summary.replaced, Amount::default());
    assert_eq!(told.outcome.written, all);
    assert_eq!(told.outcome.verified, all);
    assert_eq!((told.outcome.failed, told.outcome.unequal), (0, 0));

    // The socket is named, in the plan and when it runs.
    assert_eq!(told.outcome.warnings, 1);
    assert!(told.about("/socket").concat().contains("socket"));
    assert_eq!(summary.warnings.len(), 1, "{:?}", summary.warnings);

    before.retain(|path, _| path != OsStr::new("socket"));
    assert_same(&picture(&world.root()), &before, "afterwards");
    assert!(matches!(told.events.first(), Some(Event::Started)));
    assert!(told.events.iter().any(|e| matches!(e, Event::Verifying)));
}

#[test]
fn marked_items_go_elsewhere_below_their_common_parent() {
    let world = World::new();
    world.fixture.write("a/b/one", "1");
    world.fixture.write("a/b/deep/er/two", "22");
    world.fixture.write("a/c/three", "333");
    world.fixture.write("other", "x");
    let point = world.back_up();
    let target = world.dir().join("target");
    fs::create_dir(&target).unwrap();
    let mut spec = world.spec(&point, OverwritePolicy::KeepBoth);
    spec.paths = ["a/b/one", "a/b/deep", "a/c/three"]
        .map(|path| bytes(world.root().join(path)))
        .to_vec();
    spec.place = Place::elsewhere(&bytes(world.dir()), b"target");
    let (summary, told) = world.plan_and_restore(&spec);
    assert_eq!((told.outcome.failed, told.outcome.verified.files), (0, 3));
    let names: Vec<_> = contents(&target).into_keys().collect();
    assert_eq!(
        names,
        ["b/deep/er/two", "b/one", "c/three"].map(std::path::PathBuf::from)
    );
    let first = bytes(target.join("b/deep/er/two"));
    assert!(summary.first_paths.contains(&first), "{summary:?}");
}

#[test]
fn a_path_that_the_point_lacks_is_a_problem() {
    let world = World::new();
    world.fixture.write("here", "1");
    let point = world.back_up();
    let mut spec = world.spec(&point, OverwritePolicy::KeepBoth);
    spec.paths = vec![bytes(world.root().join("gone"))];
    let summary = world.plan(&spec);
    assert!(
        summary
            .problems
            .concat()
            .contains("not in this restore point"),
        "{summary:?}"
    );
}

#[test]
fn staging_makes_its_own_folder_and_a_missing_root_is_a_problem() {
    let world = World::new();
    world.fixture.write("a/file", "content");
    let point = world.back_up();
    let staging = world.dir().join("staging");
    fs::create_dir(&staging).unwrap();
    let mut spec = world.spec(&point, OverwritePolicy::KeepExisting);
    spec.place = Place::staging(&bytes(&staging), REFERENCE).unwrap();
    let (_, told) = world.plan_and_restore(&spec);
    assert_eq!(told.outcome.verified.files, 1);
    let read = fs::read(staging.join("R-0118/a/file")).unwrap();
    assert_eq!(read, b"content");

    fs::remove_dir_all(world.root()).unwrap();
    let spec = world.spec(&point, OverwritePolicy::KeepExisting);
    let summary = world.plan(&spec);
    assert!(summary.problems.concat().contains("does not exist"));
    let order = world.order(1);
    let error = restore_with(
        &world.fixture.open(),
        &order,
        &crate::worker::Cancel::new(),
        &mut |_| {},
    )
    .unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    assert!(!world.root().exists());
}

#[test]
fn many_files_need_several_batches() {
    let world = World::new();
    for n in 0..2500 {
        world
            .fixture
            .write(format!("d{}/f{n}", n % 7), format!("content of {n}"));
    }
    let point = world.back_up();
    let before = picture(&world.root());
    world.lose();
    let spec = world.spec(&point, OverwritePolicy::ReplaceChanged);
    let repository = world.fixture.open();
    let (summary, entries) = plan_with(&repository, &spec, &world.plan_file());
    assert_eq!(summary.written.files, 2500);
    assert_eq!(entries.len(), crate::plan::NEWS_ENTRIES);
    let told = world.restore(1);
    assert_eq!(told.outcome.verified.files, 2500);
    assert_same(&picture(&world.root()), &before, "afterwards");
    let journal = fs::read_to_string(world.journal()).unwrap();
    let synced = journal.lines().filter(|l| l.contains("synced")).count();
    assert!(synced >= 3, "{synced} syncs");
}

#[test]
#[ignore = "prints figures"]
fn measure_a_plan_and_a_restore_of_100_000_files() {
    let world = World::new();
    let mut point = Memory::default();
    point.folder("/sys");
    for folder in 0..100 {
        point.folder(&format!("/sys/{folder}"));
        for file in 0..1000 {
            let path = format!("/sys/{folder}/{file}");
            point.file(&path, &noise(folder * 1000 + file, 2000));
        }
    }
    let mut spec = world.spec("measured", OverwritePolicy::ReplaceChanged);
    spec.system_root = b"/sys".to_vec();
    spec.place = Place::elsewhere(&bytes(world.root()), b"");
    for attempt in ["nothing there", "all there"] {
        let began = std::time::Instant::now();
        plan_with(&point, &spec, &world.plan_file());
        let size = fs::metadata(world.plan_file()).unwrap().len();
        println!("plan, {attempt}: {:?}, {size} bytes", began.elapsed());
        let began = std::time::Instant::now();
        let told = world.restore_from(&point, 1);
        println!("restore: {:?} {:?}", began.elapsed(), told.outcome);
    }
}
